//! Batches to Parquet files and back: one set of writer properties, so that
//! the same rows give the same bytes.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::StoreError;
use super::document::documented;
use super::location::Location;
use super::manifest::StoredFile;
use super::upload::Upload;

/// Rows in one batch on its way into a file, whatever the batches it came in:
/// page boundaries, and so the bytes, depend on it.
const BATCH: usize = 8192;
/// Rows in one row group: small enough for two cores to share a file.
const ROW_GROUP: usize = 256 * 1024;

fn properties(entries: Vec<KeyValue>) -> WriterProperties {
    let key = ColumnPath::from("worker_key");
    let row = ColumnPath::from("source_row");
    WriterProperties::builder()
        .set_created_by(format!("paybench {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        // Keys are all different: no dictionary and no range can help.
        .set_column_dictionary_enabled(key.clone(), false)
        .set_column_statistics_enabled(key, EnabledStatistics::None)
        // Rows run upwards: differences are small, and no two are the same.
        .set_column_dictionary_enabled(row.clone(), false)
        .set_column_encoding(row, Encoding::DELTA_BINARY_PACKED)
        .set_key_value_metadata(Some(entries))
        .build()
}

/// A Parquet file on its way into the store.
pub struct TableWriter {
    writer: ArrowWriter<Upload>,
    coalescer: BatchCoalescer,
    name: String,
    rows: u64,
}

fn failed(what: &str, source: ParquetError) -> StoreError {
    StoreError::Parquet {
        what: what.to_owned(),
        source: Arc::new(source),
    }
}

impl TableWriter {
    /// Begins a file at `folder/name` of the store.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn begin(
        location: &Location,
        folder: &str,
        name: &str,
        schema: &SchemaRef,
    ) -> Result<TableWriter, StoreError> {
        let upload = Upload::begin(location, &format!("{folder}/{name}"));
        let table = name.rsplit('/').next().unwrap_or(name);
        let table = table.strip_suffix(".parquet").unwrap_or(table);
        let (documented, entries) = documented(table, schema);
        let writer = ArrowWriter::try_new(upload, documented, Some(properties(entries)))
            .map_err(|error| failed(name, error))?;
        Ok(TableWriter {
            writer,
            coalescer: BatchCoalescer::new(schema.clone(), BATCH),
            name: name.to_owned(),
            rows: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn write(&mut self, batch: RecordBatch) -> Result<(), StoreError> {
        self.rows += batch.num_rows() as u64;
        self.coalescer
            .push_batch(batch)
            .map_err(|error| failed(&self.name, error.into()))?;
        self.flush()
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.writer
                .write(&batch)
                .map_err(|error| failed(&self.name, error))?;
        }
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where the storage fails; then there is no such file.
    pub fn finish(mut self) -> Result<StoredFile, StoreError> {
        self.coalescer
            .finish_buffered_batch()
            .map_err(|error| failed(&self.name, error.into()))?;
        self.flush()?;
        let upload = self
            .writer
            .into_inner()
            .map_err(|error| failed(&self.name, error))?;
        let written = upload.finish()?;
        Ok(StoredFile {
            name: self.name,
            sha256: written.sha256,
            rows: self.rows,
            bytes: written.bytes,
        })
    }
}

/// The columns of a file without what it says of them: rows of an edition are the
/// same whether they were read from a file or from a return.
fn plain() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

/// The batches of a stored file, read in order.
///
/// # Errors
/// Where the file is not there or is damaged.
pub fn batches(
    location: &Location,
    below: &str,
) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>> + use<>, StoreError> {
    Ok(rows(location.get(below)?, below)?.1)
}

/// The schema of a stored file, and its batches, of its bytes.
///
/// # Errors
/// Where it is damaged.
pub fn rows(
    bytes: bytes::Bytes,
    below: &str,
) -> Result<
    (
        SchemaRef,
        impl Iterator<Item = Result<RecordBatch, StoreError>> + use<>,
    ),
    StoreError,
> {
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, plain())
        .and_then(|builder| builder.with_batch_size(BATCH).build())
        .map_err(|error| failed(below, error))?;
    let below = below.to_owned();
    let schema = reader.schema();
    let batches = reader.map(move |batch| batch.map_err(|error| failed(&below, error.into())));
    Ok((schema, batches))
}

/// Some columns of a stored file, read in order; one that is not there is left out.
///
/// # Errors
/// Where the file is not there or is damaged.
pub fn columns(
    location: &Location,
    below: &str,
    names: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch, StoreError>> + use<>, StoreError> {
    let bytes = location.get(below)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, plain())
        .and_then(|builder| {
            let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
            builder.with_projection(mask).with_batch_size(BATCH).build()
        })
        .map_err(|error| failed(below, error))?;
    let below = below.to_owned();
    Ok(reader.map(move |batch| batch.map_err(|error| failed(&below, error.into()))))
}
