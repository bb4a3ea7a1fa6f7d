//! What guests may ask, and what they are told.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::CatalogProvider;
use datafusion::common::{DataFusionError, ParamValues};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{DeclareType, Set, Statement};
use datafusion_postgres::hooks::HookClient;
use datafusion_postgres::hooks::cursor::CursorStatementHook;
use datafusion_postgres::hooks::set_show::SetShowHook;
use datafusion_postgres::hooks::transactions::TransactionStatementHook;
use datafusion_postgres::pgwire::api::auth::StartupHandler;
use datafusion_postgres::pgwire::api::cancel::CancelHandler;
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::Response;
use datafusion_postgres::pgwire::api::{ClientInfo, ErrorHandler, PgWireServerHandlers};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::{DfSessionService, QueryHook};

use super::STORE;
use super::door::{Door, Entrance};
use super::guests::Guests;
use crate::engine::EngineError;
use crate::engine::explain::{Asked, explain};
use crate::engine::rows::Stop;
use crate::engine::session::{CATALOG, SCHEMA, bearable, functions, read_only};

/// The names that there are, for whoever mistypes one.
pub struct Names {
    tables: Vec<String>,
    columns: Vec<String>,
    functions: Vec<String>,
}

impl Names {
    /// Those of a context.
    pub async fn of(context: &SessionContext) -> Names {
        let (mut tables, mut columns) = (Vec::new(), Vec::new());
        let catalog = context.catalog(CATALOG);
        for schema in [SCHEMA, STORE] {
            let schema_of = |catalog: &Arc<dyn CatalogProvider>| catalog.schema(schema);
            let names = catalog.as_ref().and_then(schema_of);
            for name in names.iter().flat_map(|names| names.table_names()) {
                let name = if schema == SCHEMA {
                    name
                } else {
                    format!("{schema}.{name}")
                };
                if let Ok(table) = context.table_provider(name.as_str()).await {
                    let table = table.schema();
                    columns.extend(table.fields().iter().map(|field| field.name().clone()));
                }
                tables.push(name);
            }
        }
        tables.sort();
        columns.sort();
        columns.dedup();
        Names {
            tables,
            columns,
            functions: functions(context),
        }
    }

    fn explained(&self, error: &DataFusionError, sql: &str) -> PgWireError {
        let asked = Asked {
            sql,
            tables: &self.tables,
            columns: &self.columns,
            functions: &self.functions,
        };
        told(&explain(error, asked))
    }
}

/// An error as `PostgreSQL`'s clients show it.
fn told(error: &EngineError) -> PgWireError {
    let code = match error {
        EngineError::Query(text) if text.starts_with("it needs more memory") => "53200",
        EngineError::Query(_) | EngineError::Definition(_) => "42000",
        EngineError::NotAQuery(_) => "25006",
        EngineError::Stopped => "57014",
        EngineError::Run(_) => "58000",
        EngineError::Fell => "XX000",
    };
    let text = error.to_string();
    let (message, hint) = match text.split_once("\nhint: ") {
        Some((message, hint)) => (message.trim_end(), Some(hint.to_owned())),
        None => (text.as_str(), None),
    };
    let mut info = ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message.to_owned());
    info.hint = hint;
    PgWireError::UserError(Box::new(info))
}

fn refused(what: &str) -> PgWireError {
    told(&EngineError::NotAQuery(what.to_owned()))
}

/// Lets queries through, and what clients send around them.
struct OnlyReads {
    names: Arc<Names>,
}

impl OnlyReads {
    /// What is wrong with a statement; its plan where it is a query.
    async fn seen(
        &self,
        statement: &Statement,
        context: &SessionContext,
    ) -> PgWireResult<Option<LogicalPlan>> {
        match statement {
            Statement::Query(_) | Statement::Explain { .. } | Statement::ExplainTable { .. } => {
                self.planned(statement, context).await.map(Some)
            }
            Statement::Declare { stmts } => {
                for declared in stmts {
                    let cursor = declared.declare_type == Some(DeclareType::Cursor);
                    let query = declared.for_query.clone().filter(|_| cursor);
                    let query = query.ok_or_else(|| refused("a cursor is over a query"))?;
                    self.planned(&Statement::Query(query), context).await?;
                }
                Ok(None)
            }
            Statement::Set(set) => settable(set).map(|()| None),
            Statement::Fetch { .. }
            | Statement::Close { .. }
            | Statement::ShowVariable { .. }
            | Statement::ShowStatus { .. }
            | Statement::ShowCatalogs { .. }
            | Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. } => Ok(None),
            other => {
                let text = other.to_string();
                let verb = text.split_whitespace().next().unwrap_or_default();
                Err(refused(&format!("{verb} is none")))
            }
        }
    }

    async fn planned(
        &self,
        statement: &Statement,
        context: &SessionContext,
    ) -> PgWireResult<LogicalPlan> {
        let sql = statement.to_string();
        bearable(&sql).map_err(|error| told(&error))?;
        let parsed = Parsed::Statement(Box::new(statement.clone()));
        let plan = context.state().statement_to_plan(parsed).await;
        let plan = plan.and_then(|plan| read_only().verify_plan(&plan).map(|()| plan));
        plan.map_err(|error| self.names.explained(&error, &sql))
    }
}

/// The settings of the engine are ours: among them is how much memory it may take.
fn settable(set: &Set) -> PgWireResult<()> {
    let text = set.to_string().to_lowercase();
    if text.contains("datafusion") {
        return Err(refused("settings of the engine stay as they are"));
    }
    Ok(())
}

#[async_trait]
impl QueryHook for OnlyReads {
    async fn handle_simple_query(
        &self,
        statement: &Statement,
        context: &SessionContext,
        _client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        self.seen(statement, context).await.err().map(Err)
    }

    async fn handle_extended_parse_query(
        &self,
        statement: &Statement,
        context: &SessionContext,
        _client: &(dyn ClientInfo + Send + Sync),
    ) -> Option<PgWireResult<LogicalPlan>> {
        self.seen(statement, context).await.transpose()
    }

    async fn handle_extended_query(
        &self,
        _statement: &Statement,
        _plan: &LogicalPlan,
        _parameters: &ParamValues,
        _context: &SessionContext,
        _client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        // It was seen when it was parsed.
        None
    }
}

/// Whatever an error comes from, it is told in plain words.
struct PlainWords;

impl ErrorHandler for PlainWords {
    fn on_error<C: ClientInfo>(&self, _client: &C, error: &mut PgWireError) {
        let PgWireError::ApiError(cause) = error else {
            return;
        };
        let Some(cause) = cause.downcast_ref::<DataFusionError>() else {
            return;
        };
        let ours = match cause.find_root() {
            DataFusionError::External(ours) => ours.downcast_ref::<EngineError>(),
            _ => None,
        };
        *error = match ours {
            Some(ours) => told(ours),
            None => told(&explain(cause, Asked::default())),
        };
    }
}

/// Who answers one guest.
pub struct Handlers {
    service: Arc<DfSessionService>,
    entrance: Arc<Entrance>,
    guests: Arc<Guests>,
}

impl Handlers {
    /// For a guest with a context of its own, whose statement ends when `stop` is set.
    pub fn new(
        context: SessionContext,
        stop: Stop,
        names: &Arc<Names>,
        door: &Door,
        guests: &Arc<Guests>,
    ) -> Handlers {
        let names = Arc::clone(names);
        let hooks: Vec<Arc<dyn QueryHook>> = vec![
            Arc::new(OnlyReads { names }),
            Arc::new(CursorStatementHook),
            Arc::new(SetShowHook),
            Arc::new(TransactionStatementHook),
        ];
        let context = Arc::new(context);
        Handlers {
            service: Arc::new(DfSessionService::new_with_hooks(context, hooks)),
            entrance: Arc::new(door.entrance(guests, stop)),
            guests: Arc::clone(guests),
        }
    }
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        Arc::clone(&self.service)
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        Arc::clone(&self.service)
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        Arc::clone(&self.entrance)
    }

    fn error_handler(&self) -> Arc<impl ErrorHandler> {
        Arc::new(PlainWords)
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::clone(&self.guests)
    }
}
