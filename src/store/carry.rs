//! Rows of the last edition that the next one takes over.

use std::collections::BTreeSet;

use arrow::array::{AsArray, BooleanArray, RecordBatch, StringArray, UInt64Array, new_null_array};
use arrow::datatypes::{Int64Type, SchemaRef};
use arrow::error::ArrowError;

use super::parquet::TableWriter;
use super::{StoreError, damaged};
use crate::ingest::stream::Run;

/// The rows of the last edition that stay, in the order of their return ids.
pub struct Carried {
    /// The batches of the last edition.
    pub rows: Box<dyn Iterator<Item = Result<RecordBatch, StoreError>>>,
    /// Rows read and not yet due.
    pub waiting: Option<RecordBatch>,
    /// Returns that the new edition has its own rows of.
    pub replaced: BTreeSet<String>,
}

impl Carried {
    /// Writes new rows, return after return, and before each return the rows
    /// that stay and come before it.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn among(
        &mut self,
        runs: &[Run<'_>],
        batch: RecordBatch,
        writer: &mut TableWriter,
    ) -> Result<(), StoreError> {
        let mut written = 0;
        for (at, (id, rows)) in runs.iter().enumerate() {
            self.write(Some(id), writer)?;
            // Nothing stands between these returns, so they go as they came.
            if at == 0 && runs.last().is_none_or(|(last, _)| self.is_after(last)) {
                return writer.write(batch);
            }
            writer.write(batch.slice(written, *rows))?;
            written += rows;
        }
        Ok(())
    }

    /// Whether the rows that wait come after those of a return.
    fn is_after(&self, id: &str) -> bool {
        let ids = self.waiting.as_ref().and_then(return_ids);
        ids.is_none_or(|ids| ids.iter().next().flatten() >= Some(id))
    }

    /// Writes all that is left.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn rest(&mut self, writer: &mut TableWriter) -> Result<(), StoreError> {
        self.write(None, writer)
    }

    fn write(&mut self, until: Option<&str>, writer: &mut TableWriter) -> Result<(), StoreError> {
        loop {
            let batch = match self.waiting.take() {
                Some(batch) => batch,
                None => match self.rows.next() {
                    None => return Ok(()),
                    Some(batch) => {
                        filter(&batch?, &|id, _| !self.replaced.contains(id)).map_err(damaged)?
                    }
                },
            };
            let ids = return_ids(&batch);
            let split = match until {
                None => batch.num_rows(),
                Some(until) => (0..batch.num_rows())
                    .find(|row| ids.as_ref().is_some_and(|ids| ids.value(*row) >= until))
                    .unwrap_or(batch.num_rows()),
            };
            if split > 0 {
                writer.write(batch.slice(0, split))?;
            }
            if split < batch.num_rows() {
                self.waiting = Some(batch.slice(split, batch.num_rows() - split));
                return Ok(());
            }
        }
    }
}

fn return_ids(batch: &RecordBatch) -> Option<StringArray> {
    batch
        .column_by_name("return_id")?
        .as_string_opt::<i32>()
        .cloned()
}

/// The rows to be kept by their return id and, where there is one, the edition
/// in which they were read.
///
/// # Errors
/// Never, unless the columns differ in length.
pub fn filter(
    batch: &RecordBatch,
    keep: &dyn Fn(&str, Option<u32>) -> bool,
) -> Result<RecordBatch, ArrowError> {
    let editions = batch
        .column_by_name("edition")
        .and_then(|column| column.as_primitive_opt::<Int64Type>());
    let edition = |row| editions.and_then(|editions| u32::try_from(editions.value(row)).ok());
    let mask: BooleanArray = match return_ids(batch) {
        Some(ids) => (0..batch.num_rows())
            .map(|row| Some(keep(ids.value(row), edition(row))))
            .collect(),
        None => (0..batch.num_rows()).map(|_| Some(true)).collect(),
    };
    arrow::compute::filter_record_batch(batch, &mask)
}

/// A batch as `schema` has it: columns added since it was written are empty.
///
/// # Errors
/// Where a column has another type.
pub fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().map(|field| {
        let column = batch.column_by_name(field.name()).cloned();
        column.unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
    });
    RecordBatch::try_new(schema.clone(), columns.collect())
}

/// A stable sort by return id, so that the order of ingests leaves no trace.
///
/// # Errors
/// Never, unless the columns differ in length.
pub fn sorted_by_return(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let Some(ids) = return_ids(batch) else {
        return Ok(batch.clone());
    };
    if ids.iter().is_sorted() {
        return Ok(batch.clone());
    }
    let rows = (0..batch.num_rows()).map(|row| ids.value(row));
    let mut order: Vec<(&str, u64)> = rows.zip(0..).collect();
    order.sort_unstable();
    let order: Vec<u64> = order.into_iter().map(|(_, row)| row).collect();
    arrow::compute::take_record_batch(batch, &UInt64Array::from(order))
}
