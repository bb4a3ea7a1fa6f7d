//! One function makes the session: tables over exactly the files that an
//! edition's manifest names, and the views over them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::ParamValues;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::object_store::ObjectStore;
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;
use url::Url;

use super::EngineError;
use super::explain::explain;

/// A table over Parquet files.
pub struct FileTable {
    /// Its name in SQL.
    pub name: String,
    /// The files, by their URLs.
    pub files: Vec<Url>,
    /// The schema under which they were written.
    pub schema: SchemaRef,
    /// Of its rows only those with this text in this column, where given.
    pub only: Option<(&'static str, String)>,
}

/// A view: a name and the SQL behind it.
pub struct View<'a> {
    /// Its name in SQL.
    pub name: &'a str,
    /// One statement on tables and other views.
    pub sql: &'a str,
    /// What its parameters are where a statement on it does not say.
    pub defaults: Vec<(String, Parameter)>,
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

/// Where the files of tables are: scheme and bucket, and who reads them.
pub type Storage = (Url, Arc<dyn ObjectStore>);

/// A session over one edition.
pub struct Session {
    context: SessionContext,
    memory: Option<usize>,
    runtime: Arc<tokio::runtime::Runtime>,
    names: Vec<String>,
    defaults: Vec<(String, Parameter)>,
}

/// A parameter's value, typed by the query's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Ten-thousandths.
    Decimal(i64),
    /// Days since 1 January 1970.
    Date(i32),
    /// Yes or no.
    Boolean(bool),
    /// Not given: the default `empty`.
    Empty,
}

impl Session {
    /// Makes the session.
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
    ) -> Result<Session, EngineError> {
        let mut config = SessionConfig::new()
            .with_information_schema(true)
            .with_target_partitions(means.threads.max(1));
        let options = config.options_mut();
        // 12.60 in a query must not become a float.
        options.sql_parser.parse_float_as_decimal = true;
        options.sql_parser.collect_spans = true;
        let context = SessionContext::new_with_config_rt(config, runtime_of(means.memory)?);
        context.register_object_store(&base, objects);
        let (name, batch) = rows;
        let mut names = vec![name.to_owned()];
        let held = MemTable::try_new(batch.schema(), vec![vec![batch]]);
        held.and_then(|table| context.register_table(name, Arc::new(table)))
            .map_err(|error| explain(&error, &[]))?;
        for table in tables {
            register(&context, table).map_err(|error| explain(&error, &[]))?;
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
        };
        session.add_views(views)?;
        Ok(session)
    }

    /// Registers views in whatever order their references need.
    fn add_views(&mut self, views: &[View<'_>]) -> Result<(), EngineError> {
        let mut waiting: Vec<&View<'_>> = views.iter().collect();
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
                        self.context
                            .register_table(view.name, frame.into_view())
                            .map_err(|error| explain(&error, &self.names))?;
                        self.names.push(view.name.to_owned());
                    }
                    Err(error) => {
                        failed.get_or_insert((view.name, error));
                        still.push(view);
                    }
                }
            }
            if still.len() == before
                && let Some((name, error)) = failed
            {
                let cause = explain(&error, &self.names);
                return Err(EngineError::Query(format!("view {name}: {cause}")));
            }
            waiting = still;
        }
        self.names.sort();
        Ok(())
    }

    /// The tables and views that there are.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
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
        .map_err(|error| explain(&error, &self.names))
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
    /// What is wrong with the statement, in plain words.
    pub fn query(
        &self,
        sql: &str,
        parameters: &[(String, Parameter)],
    ) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
        let result = self.runtime.block_on(async {
            let frame = self.context.sql_with_options(sql, read_only()).await?;
            let frame = bind(frame, &self.bound(sql, parameters))?;
            let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
            let mut rows = frame.execute_stream().await?;
            let (mut batches, mut held) = (Vec::new(), 0);
            while let Some(batch) = rows.try_next().await? {
                held += batch.get_array_memory_size();
                if let Some(most) = self.memory.filter(|memory| held > memory / 4) {
                    let message = format!("the result is larger than {} MiB", most / 4 / MIB);
                    return Err(DataFusionError::ResourcesExhausted(message));
                }
                batches.push(batch);
            }
            Ok::<_, DataFusionError>((schema, batches))
        });
        result.map_err(|error| explain(&error, &self.names))
    }
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
        .map_err(|error| explain(&error, &[]))
}

fn read_only() -> SQLOptions {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
}

fn bind(
    frame: DataFrame,
    parameters: &[(String, Parameter)],
) -> Result<DataFrame, DataFusionError> {
    if parameters.is_empty() {
        return Ok(frame);
    }
    let values: Vec<(String, ScalarValue)> = parameters
        .iter()
        .map(|(name, value)| {
            let scalar = match value {
                Parameter::Text(text) => ScalarValue::Utf8(Some(text.clone())),
                Parameter::Integer(number) => ScalarValue::Int64(Some(*number)),
                Parameter::Decimal(value) => {
                    ScalarValue::Decimal128(Some(i128::from(*value)), 18, 4)
                }
                Parameter::Date(days) => ScalarValue::Date32(Some(*days)),
                Parameter::Boolean(yes) => ScalarValue::Boolean(Some(*yes)),
                Parameter::Empty => ScalarValue::Null,
            };
            (name.clone(), scalar)
        })
        .collect();
    frame.with_param_values(ParamValues::from(values))
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
