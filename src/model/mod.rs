//! The field's nouns as values: no files, no Arrow, no SQL.

pub mod column;
pub mod date;
pub mod decimal;
pub mod digest;
pub mod finding;
pub mod floors;
pub mod nearest;
pub mod schema;
pub mod threads;
