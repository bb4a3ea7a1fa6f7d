#![doc = "Compare pay, contract types and turnover across care sectors, and test"]
#![doc = "pay against wage floors, from providers' workforce returns."]
#![doc = ""]
#![doc = "Data flow one way: returns, ingest, store, compare, protect, report."]

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod model;
pub mod returns;
pub mod ingest;
pub mod store;
pub mod engine;
pub mod compare;
pub mod protect;
pub mod report;
pub mod release;
pub mod cli;
