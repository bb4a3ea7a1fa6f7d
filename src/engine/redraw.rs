//! Views whose rows are medians of clusters drawn anew: a table that is made of a
//! query's result when it is read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{StreamExt, stream};

use super::bootstrap::{Cell, DRAWS, Entry};

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

/// A view of a query, drawn anew where it says so.
///
/// # Errors
/// Where the query has not the columns.
pub(super) fn view(frame: DataFrame, redraw: Option<&Redraw>) -> Result<Arc<dyn TableProvider>> {
    let Some(redraw) = redraw else {
        return Ok(frame.into_view());
    };
    // Those of the statement that reads it would not come here.
    if !frame.logical_plan().get_parameter_names()?.is_empty() {
        return Err(wrong("a query with parameters cannot be drawn anew"));
    }
    let drawn = Redrawn::new(frame, redraw)?;
    let schema = Arc::clone(&drawn.schema);
    Ok(Arc::new(StreamingTable::try_new(
        schema,
        vec![Arc::new(drawn)],
    )?))
}

fn wrong(what: impl Into<String>) -> DataFusionError {
    DataFusionError::Plan(what.into())
}

/// A query, and how its result is drawn anew.
#[derive(Clone)]
struct Redrawn {
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
    fn new(frame: DataFrame, redraw: &Redraw) -> Result<Redrawn> {
        let input = frame.schema().as_arrow();
        let place = |name: &str| input.index_of(name).map_err(DataFusionError::from);
        let [cluster, value, rows] = [
            place(&redraw.cluster)?,
            place(&redraw.value)?,
            place(&redraw.rows)?,
        ];
        let DataType::Decimal128(precision, scale) = input.field(value).data_type() else {
            let name = &redraw.value;
            return Err(wrong(format!("{name} is no decimal: it has no median")));
        };
        // Half a unit of the last decimal, where two values are in the middle.
        let median = DataType::Decimal128((precision + 2).min(38), scale + 1);
        let keys: Vec<usize> = (0..input.fields().len())
            .filter(|column| ![cluster, value, rows].contains(column))
            .collect();
        let mut fields: Vec<Field> = keys.iter().map(|at| input.field(*at).clone()).collect();
        fields.push(Field::new("draw", DataType::Int64, false));
        fields.push(Field::new(
            format!("median_{}", redraw.value),
            median,
            false,
        ));
        Ok(Redrawn {
            keys,
            cluster,
            value,
            rows,
            threads: 1,
            schema: Arc::new(Schema::new(fields)),
            frame,
        })
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

    async fn drawn(self) -> Result<RecordBatch> {
        let cells = self.cells().await?;
        let work = tokio::task::spawn_blocking(move || cells.drawn(&self));
        work.await
            .map_err(|error| DataFusionError::Execution(error.to_string()))?
    }
}

impl PartitionStream for Redrawn {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut drawn = self.clone();
        drawn.threads = context.session_config().target_partitions();
        let schema = Arc::clone(&self.schema);
        let stream = stream::once(drawn.drawn());
        Box::pin(RecordBatchStreamAdapter::new(schema, stream))
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
        let clusters = cast(batch.column(drawn.cluster), &DataType::Utf8View)?;
        let clusters = clusters.as_string_view();
        let counts = cast(batch.column(drawn.rows), &DataType::Int64)?;
        let counts = counts.as_primitive::<Int64Type>();
        let values = batch.column(drawn.value).as_primitive::<Decimal128Type>();
        if clusters.null_count() + counts.null_count() + values.null_count() > 0 {
            return Err(wrong("what is drawn anew has an empty cell"));
        }
        for row in 0..batch.num_rows() {
            let large = |_| wrong("what is drawn anew has a number that is too large");
            let entry = Entry {
                value: i64::try_from(values.value(row)).map_err(large)?,
                cluster: self.cluster(clusters.value(row)).map_err(large)?,
                rows: u32::try_from(counts.value(row)).map_err(large)?,
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

    /// The draws of all cells, in order.
    fn drawn(mut self, drawn: &Redrawn) -> Result<RecordBatch> {
        let mut names: Vec<(Box<str>, u32)> = self.clusters.drain().collect();
        names.sort_unstable();
        let mut ranks = vec![0; names.len()];
        for (rank, (_, number)) in (0..).zip(&names) {
            ranks[*number as usize] = rank;
        }
        let mut kept = Vec::new();
        let mut medians: Vec<i128> = Vec::new();
        let parser = self.converter.parser();
        for (key, entries) in &mut self.entries {
            let keys = self.converter.convert_rows([parser.parse(key)])?;
            let entries = std::mem::take(entries);
            if let Some(cell) = cell(named(&keys)?, entries, &ranks)? {
                let doubled = in_parts(&cell, drawn.threads)?;
                medians.extend(doubled.into_iter().map(|doubled| i128::from(doubled) * 5));
                kept.push(parser.parse(key));
            }
        }
        let keys = kept.iter().flat_map(|key| [*key].repeat(DRAWS));
        let mut columns = self.converter.convert_rows(keys)?;
        let each = (1..).take(DRAWS);
        let numbers: Int64Array = kept.iter().flat_map(|_| each.clone()).collect();
        columns.push(Arc::new(numbers));
        let kind = drawn.schema.field(columns.len()).data_type().clone();
        let medians = Decimal128Array::from(medians).with_data_type(kind);
        columns.push(Arc::new(medians));
        Ok(RecordBatch::try_new(Arc::clone(&drawn.schema), columns)?)
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

/// A cell, its clusters in the order of their names; none where there are too few.
fn cell(name: String, mut entries: Vec<Entry>, ranks: &[u32]) -> Result<Option<Cell>> {
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
        return Err(wrong("what is drawn anew has too many rows"));
    }
    let mut places = vec![0; ranks.len()];
    for (place, rank) in (0..).zip(&there) {
        places[*rank as usize] = place;
    }
    for entry in &mut entries {
        entry.cluster = places[ranks[entry.cluster as usize] as usize];
    }
    Ok(Some(Cell::new(name, there.len(), entries)))
}

/// All medians of a cell, worked out on several threads.
fn in_parts(cell: &Cell, threads: usize) -> Result<Vec<i64>> {
    let part = DRAWS.div_ceil(threads.max(1));
    let parts = (1..=DRAWS).step_by(part);
    let parts = parts.map(|from| from..(from + part).min(DRAWS + 1));
    std::thread::scope(|scope| {
        let work: Vec<_> = parts
            .map(|draws| scope.spawn(move || cell.medians(draws)))
            .collect();
        let mut medians = Vec::with_capacity(DRAWS);
        for part in work {
            let lost = |_| DataFusionError::Execution("a draw has ended early".to_owned());
            medians.extend(part.join().map_err(lost)?);
        }
        Ok(medians)
    })
}
