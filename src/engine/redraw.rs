//! Views whose rows are medians of clusters drawn anew: a table that is made of a
//! query's result when it is read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::ready;
use std::panic::resume_unwind;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DECIMAL128_MAX_SCALE, DataType, Decimal128Type, Field, Int64Type, Schema, SchemaRef,
};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::JoinError;

use super::bootstrap::{Cell, DRAWS, Entry};
use crate::model::threads::on_threads;

/// Which columns of a query are drawn anew; the others say what a cell is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redraw {
    /// What is drawn with all its rows, such as `provider_id`.
    pub cluster: String,
    /// A decimal, of which there is a median for each draw.
    pub value: String,
    /// How many rows have the value.
    pub rows: String,
}

/// Fewer clusters have nothing to be drawn instead of them.
const FEWEST: usize = 2;

/// A smaller cell is drawn before other threads have begun.
const SMALL: usize = 10_000;

/// A view of a query, drawn anew where it says so.
///
/// # Errors
/// Where the query has not the columns.
pub(super) fn view(
    name: &str,
    frame: DataFrame,
    redraw: Option<&Redraw>,
) -> Result<Arc<dyn TableProvider>> {
    let Some(redraw) = redraw else {
        return Ok(frame.into_view());
    };
    let drawn = Redrawn::new(name, frame, redraw)?;
    let schema = Arc::clone(&drawn.schema);
    Ok(Arc::new(StreamingTable::try_new(
        schema,
        vec![Arc::new(drawn)],
    )?))
}

/// A query, and how its result is drawn anew.
#[derive(Clone)]
struct Redrawn {
    view: String,
    frame: DataFrame,
    /// Where the columns are.
    keys: Vec<usize>,
    cluster: usize,
    value: usize,
    rows: usize,
    threads: usize,
    /// Keys, the number of the draw, and the median.
    schema: SchemaRef,
}

impl fmt::Debug for Redrawn {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{DRAWS} draws")
    }
}

impl Redrawn {
    fn new(view: &str, frame: DataFrame, redraw: &Redraw) -> Result<Redrawn> {
        let wrong = |what: &str| wrong(view, what);
        // Those of the statement that reads it would not come here.
        if !frame.logical_plan().get_parameter_names()?.is_empty() {
            return Err(wrong("a query with parameters cannot be drawn anew"));
        }
        let input = frame.schema().as_arrow();
        let place = |name: &str| {
            let none = |_| wrong(&format!("there is no column `{name}` to draw anew"));
            input.index_of(name).map_err(none)
        };
        let [cluster, value, rows] = [
            place(&redraw.cluster)?,
            place(&redraw.value)?,
            place(&redraw.rows)?,
        ];
        let DataType::Decimal128(precision, scale) = input.field(value).data_type() else {
            let name = &redraw.value;
            return Err(wrong(&format!("{name} is no decimal: it has no median")));
        };
        if *scale >= DECIMAL128_MAX_SCALE {
            let name = &redraw.value;
            return Err(wrong(&format!("{name} has too many decimals")));
        }
        if !input.field(rows).data_type().is_integer() {
            let name = &redraw.rows;
            return Err(wrong(&format!("{name} is no whole number of rows")));
        }
        // Half a unit of the last decimal, where two values are in the middle.
        let median = DataType::Decimal128((precision + 2).min(38), scale + 1);
        let keys: Vec<usize> = (0..input.fields().len())
            .filter(|column| ![cluster, value, rows].contains(column))
            .collect();
        if keys.is_empty() {
            return Err(wrong("it needs a column that says what a cell is"));
        }
        let mut fields: Vec<Field> = keys.iter().map(|at| input.field(*at).clone()).collect();
        fields.push(Field::new("draw", DataType::Int64, false));
        fields.push(Field::new(
            format!("median_{}", redraw.value),
            median,
            false,
        ));
        Ok(Redrawn {
            view: view.to_owned(),
            keys,
            cluster,
            value,
            rows,
            threads: 1,
            schema: Arc::new(Schema::new(fields)),
            frame,
        })
    }

    fn wrong(&self, column: usize, what: &str) -> DataFusionError {
        let name = self.frame.schema().field(column).name();
        wrong(&self.view, &format!("{name} has {what}"))
    }

    /// Reads the query's result, which may be long, as it comes.
    async fn cells(&self) -> Result<Cells> {
        let mut cells = Cells::new(self)?;
        let mut batches = self.frame.clone().execute_stream().await?;
        while let Some(batch) = batches.next().await {
            cells.add(self, &batch?)?;
        }
        Ok(cells)
    }
}

fn wrong(view: &str, what: &str) -> DataFusionError {
    DataFusionError::Plan(format!("view {view}: {what}"))
}

impl PartitionStream for Redrawn {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut drawn = self.clone();
        drawn.threads = context.session_config().target_partitions();
        let schema = Arc::clone(&self.schema);
        let batches = async move { Ok::<_, DataFusionError>(drawn.cells().await?.draws(drawn)) };
        let batches = stream::once(batches).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

/// The result as cells of entries.
struct Cells {
    converter: RowConverter,
    /// By the bytes of their keys, which are in the order of the keys.
    entries: BTreeMap<Box<[u8]>, Vec<Entry>>,
    clusters: HashMap<Box<str>, u32>,
}

impl Cells {
    fn new(drawn: &Redrawn) -> Result<Cells> {
        let fields = drawn.schema.fields().iter().take(drawn.keys.len());
        let fields = fields.map(|field| SortField::new(field.data_type().clone()));
        Ok(Cells {
            converter: RowConverter::new(fields.collect())?,
            entries: BTreeMap::new(),
            clusters: HashMap::new(),
        })
    }

    fn add(&mut self, drawn: &Redrawn, batch: &RecordBatch) -> Result<()> {
        let keys: Vec<ArrayRef> = drawn
            .keys
            .iter()
            .map(|at| Arc::clone(batch.column(*at)))
            .collect();
        let keys = self.converter.convert_columns(&keys)?;
        for at in [drawn.cluster, drawn.value, drawn.rows] {
            if batch.column(at).null_count() > 0 {
                return Err(drawn.wrong(at, "an empty cell, and cannot be drawn anew"));
            }
        }
        let clusters = cast(batch.column(drawn.cluster), &DataType::Utf8View)?;
        let clusters = clusters.as_string_view();
        let counts = cast(batch.column(drawn.rows), &DataType::Int64)?;
        let counts = counts.as_primitive::<Int64Type>();
        let values = batch.column(drawn.value).as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            let large = |column| move |_| drawn.wrong(column, "a number that is too large");
            if counts.value(row) < 1 {
                return Err(drawn.wrong(drawn.rows, "a number below 1"));
            }
            let entry = Entry {
                value: i64::try_from(values.value(row)).map_err(large(drawn.value))?,
                cluster: self
                    .cluster(clusters.value(row))
                    .map_err(large(drawn.cluster))?,
                rows: u32::try_from(counts.value(row)).map_err(large(drawn.rows))?,
            };
            let key = keys.row(row);
            match self.entries.get_mut(key.as_ref()) {
                Some(known) => known.push(entry),
                None => drop(self.entries.insert(key.as_ref().into(), vec![entry])),
            }
        }
        Ok(())
    }

    fn cluster(&mut self, name: &str) -> std::result::Result<u32, std::num::TryFromIntError> {
        if let Some(known) = self.clusters.get(name) {
            return Ok(*known);
        }
        let number = u32::try_from(self.clusters.len())?;
        self.clusters.insert(name.into(), number);
        Ok(number)
    }

    /// The draws, cell after cell in their order: whoever leaves waits for one at most.
    fn draws(self, drawn: Redrawn) -> impl Stream<Item = Result<RecordBatch>> {
        let mut names: Vec<(Box<str>, u32)> = self.clusters.into_iter().collect();
        names.sort_unstable();
        let mut ranks = vec![0; names.len()];
        for (rank, (_, number)) in (0..).zip(&names) {
            ranks[*number as usize] = rank;
        }
        let work = Arc::new(Work {
            converter: self.converter,
            ranks,
            drawn,
        });
        let batch = move |(key, entries): (Box<[u8]>, Vec<Entry>)| {
            let work = Arc::clone(&work);
            async move {
                let ended = tokio::task::spawn_blocking(move || work.draw(&key, entries)).await;
                match ended.map_err(JoinError::try_into_panic) {
                    Ok(batch) => batch,
                    Err(Ok(panic)) => resume_unwind(panic),
                    Err(Err(error)) => Err(DataFusionError::Execution(error.to_string())),
                }
            }
        };
        let batches = stream::iter(self.entries).then(batch);
        batches.try_filter_map(|batch| ready(Ok(batch)))
    }
}

/// What the draws of each cell need.
struct Work {
    converter: RowConverter,
    /// By the number of a cluster its place in the order of their names.
    ranks: Vec<u32>,
    drawn: Redrawn,
}

impl Work {
    /// The draws of one cell; none where it has too few clusters.
    fn draw(&self, key: &[u8], entries: Vec<Entry>) -> Result<Option<RecordBatch>> {
        let parser = self.converter.parser();
        let keys = self.converter.convert_rows([parser.parse(key)])?;
        let Some(cell) = self.cell(named(&keys)?, entries)? else {
            return Ok(None);
        };
        let medians = in_parts(&cell, self.drawn.threads).into_iter();
        let medians: Decimal128Array = medians.map(|doubled| doubled * 5).collect();
        let mut columns = self
            .converter
            .convert_rows([parser.parse(key)].repeat(DRAWS))?;
        let numbers: Int64Array = (1..).take(DRAWS).collect();
        columns.push(Arc::new(numbers));
        let schema = &self.drawn.schema;
        let kind = schema.field(columns.len()).data_type().clone();
        columns.push(Arc::new(medians.with_data_type(kind)));
        Ok(Some(RecordBatch::try_new(Arc::clone(schema), columns)?))
    }

    /// A cell, its clusters in the order of their names.
    fn cell(&self, name: String, mut entries: Vec<Entry>) -> Result<Option<Cell>> {
        let ranks = &self.ranks;
        let mut there: Vec<u32> = entries
            .iter()
            .map(|entry| ranks[entry.cluster as usize])
            .collect();
        there.sort_unstable();
        there.dedup();
        if there.len() < FEWEST {
            return Ok(None);
        }
        let rows: u64 = entries.iter().map(|entry| u64::from(entry.rows)).sum();
        if u32::try_from(rows).is_err() {
            let what = "more rows in a cell than can be drawn anew";
            return Err(self.drawn.wrong(self.drawn.rows, what));
        }
        for entry in &mut entries {
            let rank = ranks[entry.cluster as usize];
            let place = there.binary_search(&rank).unwrap_or_default();
            entry.cluster = u32::try_from(place).unwrap_or_default();
        }
        Ok(Some(Cell::new(name, there.len(), entries)))
    }
}

/// The text of a cell's keys, a line each.
fn named(keys: &[ArrayRef]) -> std::result::Result<String, ArrowError> {
    let texts = keys.iter().map(|key| {
        let text = cast(key, &DataType::Utf8)?;
        Ok(text.as_string::<i32>().value(0).to_owned())
    });
    Ok(texts
        .collect::<std::result::Result<Vec<_>, ArrowError>>()?
        .join("\n"))
}

/// Twice the medians of a cell, worked out on several threads.
fn in_parts(cell: &Cell, threads: usize) -> Vec<i128> {
    if threads < 2 || cell.entries() < SMALL {
        return cell.medians(1..DRAWS + 1);
    }
    let part = DRAWS.div_ceil(threads);
    let parts = (1..=DRAWS).step_by(part);
    let parts = parts.map(|from| from..(from + part).min(DRAWS + 1));
    let medians = on_threads(threads, parts.collect(), |_, draws| cell.medians(draws));
    medians.concat()
}
