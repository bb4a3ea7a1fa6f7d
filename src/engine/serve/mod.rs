//! A read-only server of the `PostgreSQL` wire protocol over one session: for the
//! spreadsheets, dashboards and statistics programs that speak it.
//!
//! A guest sees the tables that the server was given, and nothing else of the
//! session: whoever may query is not thereby shown what the store holds.

mod apart;
mod door;
mod guard;
mod guests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatchReader;
use bytes::Bytes;
use datafusion::catalog::MemorySchemaProvider;
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use datafusion_postgres::pgwire::tokio::process_socket;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::apart::Apart;
pub use self::door::{Door, DoorError};
use self::guard::{Handlers, Names};
use self::guests::Guests;
use super::EngineError;
use super::explain::{Asked, explain};
use super::parameter::bind;
use super::rows::{FULL, LOOK, Stop};
use super::session::{CATALOG, Session};

/// The schema of the session's own tables.
const STORE: &str = "store";
/// Guests at a time. The next waits until one leaves.
const MOST: usize = 32;
/// How long every statement has to see that memory is full, and to end.
const SEEN: Duration = Duration::from_millis(250);
/// How long memory may stay full after that.
const GRACE: Duration = Duration::from_secs(5);

/// What guests are shown.
pub struct Shown {
    /// Tables as Parquet files, with their names.
    pub tables: Vec<(String, Bytes)>,
    /// Whether the tables and views of the session are shown as well, in the schema `store`.
    pub store: bool,
}

/// Threads to answer guests on: however much one of them asks, the others are heard.
pub const THREADS: usize = 2 * MOST;

/// Answers guests on `runtime`, which has [`THREADS`], until the program ends;
/// `ready` is told the address once they may come. Where too much memory is
/// taken, all statements end.
///
/// # Errors
/// Where a table cannot be read, the address cannot be had, or memory stays full.
pub fn serve(
    session: &Session,
    shown: Shown,
    door: Door,
    runtime: &Runtime,
    ready: &dyn Fn(SocketAddr),
) -> Result<(), EngineError> {
    let plain = |error: &DataFusionError| explain(error, Asked::default());
    let context = runtime.block_on(rooms(session, shown));
    let context = context.map_err(|error| plain(&error))?;
    let names = Arc::new(runtime.block_on(Names::of(&context)));
    runtime.block_on(async {
        let listener = TcpListener::bind(door.address).await;
        let listener = listener.map_err(|error| taken(door.address, &error))?;
        let address = listener.local_addr();
        ready(address.map_err(|error| taken(door.address, &error))?);
        let door = Arc::new(door);
        let guests = Arc::new(Guests::default());
        let mut visits = JoinSet::new();
        let mut full_since: Option<Instant> = None;
        loop {
            tokio::select! {
                guest = listener.accept(), if visits.len() < MOST => {
                    let Ok((socket, _)) = guest else {
                        // It left already, or there are no file handles: they come back.
                        tokio::time::sleep(LOOK).await;
                        continue;
                    };
                    let stop = session.stop.for_another();
                    let context = of_its_own(&context, &stop);
                    let handlers = Handlers::new(context, stop, &names, &door, &guests);
                    visits.spawn(process_socket(socket, door.tls(), handlers));
                }
                Some(_) = visits.join_next() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            if !session.stop.is_full() {
                full_since = None;
                continue;
            }
            let full = full_since.get_or_insert_with(Instant::now).elapsed();
            if full > GRACE {
                return Err(EngineError::Run(FULL.to_owned()));
            }
            if full > SEEN {
                // Set again where it still is.
                session.stop.forget();
            }
        }
    })
}

fn taken(address: SocketAddr, error: &std::io::Error) -> EngineError {
    EngineError::Run(format!(
        "{address}: {error}\nhint: --listen gives another address and port"
    ))
}

/// The tables that guests see, in a context that shares files and memory with the
/// session's.
async fn rooms(session: &Session, shown: Shown) -> Result<SessionContext, DataFusionError> {
    let config = session.context.copied_config();
    let context = SessionContext::new_with_config_rt(config, session.context.runtime_env());
    setup_pg_catalog(&context, CATALOG, EmptyContextProvider).map_err(|error| *error)?;
    if shown.store {
        // Apart, for a comparison may be called as a table is.
        if let Some(catalog) = context.catalog(CATALOG) {
            catalog.register_schema(STORE, Arc::new(MemorySchemaProvider::new()))?;
        }
        for name in session.names() {
            let table = session.context.table_provider(name.as_str()).await?;
            let table = if table.get_logical_plan().is_some() {
                // Guests cannot give parameters of views.
                let view = session.context.table(name.as_str()).await?;
                bind(view, &session.defaults)?.into_view()
            } else {
                table
            };
            context.register_table(TableReference::partial(STORE, name.as_str()), table)?;
        }
    }
    for (name, bytes) in shown.tables {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        let table = MemTable::try_new(schema, vec![batches])?;
        context.register_table(name.as_str(), Arc::new(table))?;
    }
    Ok(context)
}

/// The same tables with settings of its own, such as the time zone, and statements
/// that end when `stop` is set.
fn of_its_own(context: &SessionContext, stop: &Stop) -> SessionContext {
    let planner = Apart { stop: stop.clone() };
    let state = SessionStateBuilder::new_from_existing(context.state());
    let state = state.with_query_planner(Arc::new(planner)).build();
    SessionContext::new_with_state(state)
}
