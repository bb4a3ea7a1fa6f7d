//! One function makes the session: tables over exactly the files that an
//! edition's manifest names, and the views over them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::object_store::ObjectStore;
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use url::Url;

use super::EngineError;
use super::codes::Coded;
use super::explain::{Asked, explain};
use super::parameter::{Parameter, bind, word};
use super::redraw;
use super::rows::{Rows, Stop, waited};
use super::views::{self, View};
use super::words;

/// A table over Parquet files.
pub struct FileTable {
    /// Its name in SQL.
    pub name: String,
    /// The files, by their URLs.
    pub files: Vec<Url>,
    /// The schema under which they were written.
    pub schema: SchemaRef,
    /// Its columns that hold one of a few words.
    pub codes: Vec<String>,
    /// Of its rows only those with this text in this column, where given.
    pub only: Option<(&'static str, String)>,
}

/// What a session may take of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// Threads.
    pub threads: usize,
    /// Bytes of memory for what it works on, and a quarter as much for a
    /// result; unbounded where there is none, as for comparisons.
    pub memory: Option<usize>,
}

impl Means {
    /// These threads, and as many MiB of memory as are given.
    #[must_use]
    pub fn of(threads: usize, memory: Option<usize>) -> Means {
        Means {
            threads,
            memory: memory.map(|wanted| wanted.saturating_mul(MIB)),
        }
    }

    /// With half of the machine's memory, unless something else was given: for
    /// statements that nobody has tried before.
    #[must_use]
    pub fn bounded(self) -> Means {
        let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let kilobytes = total.and_then(|total| total.split_whitespace().next()?.parse().ok());
        let half = kilobytes.map_or(4096 * MIB, |kilobytes: usize| kilobytes * 512);
        Means {
            memory: self.memory.or(Some(half)),
            ..self
        }
    }
}

const MIB: usize = 1 << 20;

/// Where SQL finds the tables.
pub(super) const CATALOG: &str = "paybench";
pub(super) const SCHEMA: &str = "public";

/// Where the files of tables are: scheme and bucket, and who reads them.
pub type Storage = (Url, Arc<dyn ObjectStore>);

/// A session over one edition.
pub struct Session {
    pub(super) context: SessionContext,
    memory: Option<usize>,
    runtime: Arc<tokio::runtime::Runtime>,
    names: Vec<String>,
    pub(super) defaults: Vec<(String, Parameter)>,
    pub(super) stop: Stop,
}

impl Session {
    /// Makes the session, for one `statement` where there is one: then with the views
    /// only that it needs.
    ///
    /// # Errors
    /// Where a file is not there or a view does not plan.
    pub fn new(
        tables: &[FileTable],
        rows: (&str, RecordBatch),
        views: &[View<'_>],
        (base, objects): Storage,
        means: Means,
        runtime: Arc<tokio::runtime::Runtime>,
        statement: Option<&str>,
    ) -> Result<Session, EngineError> {
        let mut config = SessionConfig::new()
            .with_information_schema(true)
            .with_default_catalog_and_schema(CATALOG, SCHEMA)
            .with_target_partitions(means.threads.max(1));
        let options = config.options_mut();
        // 12.60 in a query must not become a float.
        options.sql_parser.parse_float_as_decimal = true;
        options.sql_parser.collect_spans = true;
        let codes = tables.iter().flat_map(|table| table.codes.iter().cloned());
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime_of(means.memory)?)
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(Coded::new(codes.collect())));
        let context = SessionContext::new_with_state(state.build());
        context.register_object_store(&base, objects);
        let (name, batch) = rows;
        let mut names = vec![name.to_owned()];
        let held = MemTable::try_new(batch.schema(), vec![vec![batch]]);
        held.and_then(|table| context.register_table(name, Arc::new(table)))
            .map_err(|error| explain(&error, Asked::default()))?;
        for table in tables {
            register(&context, table).map_err(|error| explain(&error, Asked::default()))?;
            names.push(table.name.clone());
        }
        let mut session = Session {
            context,
            memory: means.memory,
            runtime,
            names,
            defaults: views
                .iter()
                .flat_map(|view| view.defaults.iter().cloned())
                .collect(),
            stop: Stop::default(),
        };
        session.add_views(views::ordered(views, statement))?;
        // Also those that are left out are known to whoever mistypes one.
        let names = views.iter().map(|view| view.name.to_owned());
        session.names.extend(names);
        session.names.sort();
        session.names.dedup();
        Ok(session)
    }

    /// Registers views, and again those whose references came later than they did.
    fn add_views(&mut self, mut waiting: Vec<&View<'_>>) -> Result<(), EngineError> {
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut failed = None;
            let mut still = Vec::new();
            for view in waiting {
                let planned = self
                    .runtime
                    .block_on(self.context.sql_with_options(view.sql, read_only()));
                match planned {
                    Ok(frame) => {
                        redraw::view(view.name, frame, view.redraw)
                            .and_then(|made| self.context.register_table(view.name, made))
                            .map_err(|error| self.explained(&error, view.sql))?;
                        self.names.push(view.name.to_owned());
                    }
                    Err(error) => {
                        failed.get_or_insert((view, error));
                        still.push(view);
                    }
                }
            }
            if still.len() == before
                && let Some((view, error)) = failed
            {
                let cause = self.explained(&error, view.sql);
                return Err(EngineError::Query(format!("view {}: {cause}", view.name)));
            }
            waiting = still;
        }
        Ok(())
    }

    /// The tables and views that there are.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of memory that it may take, if they are bounded.
    #[must_use]
    pub fn memory(&self) -> Option<usize> {
        self.memory
    }

    /// Ends what runs whenever it is set.
    #[must_use]
    pub fn stopped_by(self, stop: &Stop) -> Session {
        let stop = stop.clone();
        Session { stop, ..self }
    }

    /// The columns of a table or view, with the types of the engine; none where there
    /// is no such table.
    #[must_use]
    pub fn columns(&self, table: &str) -> Vec<(String, String)> {
        let provider = self.runtime.block_on(self.context.table_provider(table));
        let schema = provider.map(|provider| provider.schema());
        let fields = schema.iter().flat_map(|schema| schema.fields());
        fields
            .map(|field| (field.name().clone(), field.data_type().to_string()))
            .collect()
    }

    /// The functions that there are.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        functions(&self.context)
    }

    /// An error in plain words, with the place in the statement and the names
    /// that are near.
    pub(super) fn explained(&self, error: &DataFusionError, sql: &str) -> EngineError {
        let columns = self.names.iter().flat_map(|table| self.columns(table));
        let mut columns: Vec<String> = columns.map(|(name, _)| name).collect();
        columns.sort();
        columns.dedup();
        let asked = Asked {
            sql,
            tables: &self.names,
            columns: &columns,
            functions: &self.functions(),
        };
        explain(error, asked)
    }

    /// The parameters of a statement in the order of their names, each with the type
    /// that its place asks for: a word of [`Parameter`]'s types, none where any will do.
    ///
    /// # Errors
    /// What is wrong with the statement, in plain words.
    pub fn parameters(
        &self,
        sql: &str,
    ) -> Result<Vec<(String, Option<&'static str>)>, EngineError> {
        bearable(sql)?;
        let (context, text) = (self.context.clone(), sql.to_owned());
        let planning = self
            .runtime
            .spawn(async move { context.sql_with_options(&text, read_only()).await });
        let types = waited(&self.runtime, planning, &self.stop)?
            .and_then(|frame| frame.logical_plan().get_parameter_types())
            .map_err(|error| self.explained(&error, sql))?;
        let mut found: Vec<_> = types
            .into_iter()
            .map(|(name, kind)| (name.trim_start_matches('$').to_owned(), word(kind.as_ref())))
            .collect();
        found.sort();
        Ok(found)
    }

    /// Plans one read-only statement and does not run it.
    ///
    /// # Errors
    /// What is wrong with the statement, in plain words.
    pub fn plan(&self, sql: &str) -> Result<(), EngineError> {
        let planned = self.context.sql_with_options(sql, read_only());
        match self.runtime.block_on(planned) {
            Ok(frame) => frame.into_optimized_plan().map(|_| ()),
            Err(error) => Err(error),
        }
        .map_err(|error| self.explained(&error, sql))
    }

    /// Runs one read-only statement and gives its rows as they come.
    ///
    /// # Errors
    /// What is wrong with the statement, in plain words.
    pub fn rows<'a>(
        &'a self,
        sql: &'a str,
        parameters: &[(String, Parameter)],
    ) -> Result<Rows<'a>, EngineError> {
        bearable(sql)?;
        let (context, text) = (self.context.clone(), sql.to_owned());
        let parameters = self.bound(sql, parameters);
        // Also a plan may take long: `repeat('x', 2000000000)` is worked out in it.
        let planning = self.runtime.spawn(async move {
            let frame = context.sql_with_options(&text, read_only()).await?;
            let frame = bind(frame, &parameters)?;
            let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
            Ok((schema, frame.execute_stream().await?))
        });
        let begun = waited(&self.runtime, planning, &self.stop)?;
        let (schema, stream) = begun.map_err(|error| self.explained(&error, sql))?;
        let runtime = Arc::clone(&self.runtime);
        let stop = self.stop.clone();
        let explain = Box::new(|error: &DataFusionError| self.explained(error, sql));
        Ok(Rows::begin(schema, stream, runtime, stop, explain))
    }

    /// Those given, and of views' parameters that the statement neither gives nor
    /// names the defaults.
    fn bound(&self, sql: &str, given: &[(String, Parameter)]) -> Vec<(String, Parameter)> {
        let mut bound = given.to_vec();
        for (name, value) in &self.defaults {
            let is_new = bound.iter().all(|(known, _)| known != name);
            if is_new && !sql.contains(&format!("${name}")) {
                bound.push((name.clone(), value.clone()));
            }
        }
        bound
    }

    /// Runs one read-only statement.
    ///
    /// # Errors
    /// What is wrong with the statement, in plain words; where the result is larger
    /// than a quarter of the memory that there is for it.
    pub fn query(
        &self,
        sql: &str,
        parameters: &[(String, Parameter)],
    ) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let rows = self.rows(sql, parameters)?;
        let schema = Arc::clone(&rows.schema);
        let (mut batches, mut held) = (Vec::new(), 0);
        for batch in rows {
            let batch = batch?;
            held += batch.get_array_memory_size();
            if let Some(most) = self.memory.filter(|memory| held > memory / 4) {
                let message = format!("the result is larger than {} MiB", most / 4 / MIB);
                return Err(explain(
                    &DataFusionError::ResourcesExhausted(message),
                    Asked::default(),
                ));
            }
            batches.push(batch);
        }
        Ok((schema, batches))
    }
}

pub(super) fn functions(context: &SessionContext) -> Vec<String> {
    let state = context.state();
    let scalar = state.scalar_functions().keys();
    let aggregate = state.aggregate_functions().keys();
    let names = scalar
        .chain(aggregate)
        .chain(state.window_functions().keys());
    let mut names: Vec<String> = names.cloned().collect();
    names.sort();
    names.dedup();
    names
}

/// A query that needs more memory ends with an error; nothing goes to a disk.
fn runtime_of(memory: Option<usize>) -> Result<Arc<RuntimeEnv>, EngineError> {
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let environment = RuntimeEnvBuilder::new().with_disk_manager_builder(disk);
    let environment = match memory {
        Some(memory) => environment.with_memory_limit(memory, 1.0),
        None => environment,
    };
    environment
        .build_arc()
        .map_err(|error| explain(&error, Asked::default()))
}

/// Words and signs, operators, and what joins whole queries: the engine goes as deep
/// as there are of these, and no stack is without end.
const MOST: (usize, usize, usize) = (100_000, 2000, 500);

pub(super) fn bearable(sql: &str) -> Result<(), EngineError> {
    let (words, operators, unions) = words::size(sql);
    if words <= MOST.0 && operators <= MOST.1 && unions <= MOST.2 {
        return Ok(());
    }
    let message = format!(
        "the statement is too long: it may have {} words and signs, {} operators, and {} times UNION, EXCEPT or INTERSECT",
        MOST.0, MOST.1, MOST.2
    );
    Err(EngineError::Query(message))
}

pub(super) fn read_only() -> SQLOptions {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
}

fn register(context: &SessionContext, table: &FileTable) -> Result<(), DataFusionError> {
    let urls = table
        .files
        .iter()
        .map(|file| ListingTableUrl::try_new(file.clone(), None))
        .collect::<Result<Vec<_>, _>>()?;
    let options =
        ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(with_views(&table.schema));
    let listing = Arc::new(ListingTable::try_new(config)?);
    let provider = match &table.only {
        None => listing,
        Some((column, text)) => context
            .read_table(listing)?
            .filter(col(*column).eq(lit(text.as_str())))?
            .into_view(),
    };
    context.register_table(table.name.as_str(), provider)?;
    Ok(())
}

/// Text as string views: grouping by codes does not copy them.
fn with_views(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => Field::new(field.name(), DataType::Utf8View, true),
        _ => field.as_ref().clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
