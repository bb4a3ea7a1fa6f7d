#![doc = "Compare pay, contract types and turnover across care sectors, and test"]
#![doc = "pay against wage floors, from providers' workforce returns."]
#![doc = ""]
#![doc = "Data flow one way: returns, ingest, store, compare, protect, report."]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod cli;
pub mod compare;
pub mod engine;
pub mod ingest;
pub mod model;
pub mod protect;
pub mod release;
pub mod report;
pub mod returns;
pub mod store;
