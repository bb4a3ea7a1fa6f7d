//! The SQL engine: the only place that knows `DataFusion`.

mod bootstrap;
mod codes;
pub mod explain;
mod numbers;
pub mod parameter;
pub mod predicate;
pub mod redraw;
pub mod rows;
#[cfg(feature = "serve")]
pub mod serve;
pub mod session;
pub mod views;
pub mod words;

use datafusion::execution::SessionStateDefaults;

/// Makes the functions that every session has: there are hundreds, and whoever has a
/// moment before its session can make them then.
pub fn warm() {
    SessionStateDefaults::default_scalar_functions();
    SessionStateDefaults::default_higher_order_functions();
    SessionStateDefaults::default_aggregate_functions();
    SessionStateDefaults::default_window_functions();
}

/// Why SQL gave no result.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The statement is wrong, or asks for what is not there.
    #[error("{0}")]
    Query(String),
    /// The statement would write or change settings.
    #[error("only queries are allowed here: {0}")]
    NotAQuery(String),
    /// A file that defines a view does not fit the tables.
    #[error("{0}")]
    Definition(String),
    /// The engine fell over: the fault is its own, or ours.
    #[error("{}\nhint: ask in another way, and tell the makers", rows::FELL)]
    Fell,
    /// Whoever asked did not want to wait for the end.
    #[error("stopped")]
    Stopped,
    /// Storage or memory failed while the query ran.
    #[error("the query failed: {0}")]
    Run(String),
}
