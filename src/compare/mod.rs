//! Comparisons: named SQL files, run on an edition, as tables of plain values.

pub mod query;
pub mod run;
pub mod table;
