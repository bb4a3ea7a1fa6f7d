//! From the rows of returns to typed, checked, pseudonymised Arrow batches.

pub mod asc_wds;
pub mod batch;
pub mod chunk;
pub mod due;
pub mod elsewhere;
pub mod fault;
pub mod file;
pub mod header;
pub mod intake;
pub mod key;
pub mod key_file;
pub mod layout;
pub mod lists;
pub mod look;
pub mod number;
pub mod pair;
pub mod parallel;
pub mod plain;
pub mod row;
pub mod row_key;
pub mod rules;
pub mod shape;
pub mod sheet;
pub mod stream;
pub mod tally;
