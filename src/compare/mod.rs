//! Comparisons: named SQL files, run on an edition, as tables of plain values.

pub mod contract_rules;
pub mod library;
pub mod parameter;
pub mod query;
pub mod rule_views;
pub mod run;
pub mod table;
