//! Comparisons: named SQL files, run on an edition, as tables of plain values.

mod bind;
pub mod contract_rules;
pub mod error;
pub mod library;
pub mod parameter;
pub mod query;
pub mod rule_views;
pub mod run;
pub mod table;
