//! Batches to Parquet files and back: one set of writer properties, so that
//! the same rows give the same bytes.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, RecordBatch, RecordBatchReader};
use arrow::compute::{BatchCoalescer, cast};
use arrow::datatypes::{DataType, Decimal64Type, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::StoreError;
use super::column::Column;
use super::document::documented;
use super::location::Location;
use super::manifest::StoredFile;
use super::upload::Upload;
use crate::model::schema::{Kind, TABLES};
use crate::model::threads::on_threads;

/// Rows in one batch on its way into a file, whatever the batches it came in:
/// page boundaries, and so the bytes, depend on it.
const BATCH: usize = 8192;
/// Batches in one row group: 262,144 rows, small enough for two cores to share a file.
const ROW_GROUP: usize = 32;
/// Batches that are encoded at once, column by column: a part of a row group.
const AT_ONCE: usize = 8;

fn properties(entries: Vec<KeyValue>) -> WriterProperties {
    let key = ColumnPath::from("worker_key");
    let row = ColumnPath::from("source_row");
    let properties = WriterProperties::builder()
        .set_created_by(format!("paybench {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP * BATCH))
        // Keys are all different: no dictionary and no range can help. Without
        // lengths between them they are packed in half the time.
        .set_column_dictionary_enabled(key.clone(), false)
        .set_column_encoding(key.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
        .set_column_statistics_enabled(key, EnabledStatistics::None)
        // Rows run upwards: differences are small, and no two are the same.
        .set_column_dictionary_enabled(row.clone(), false)
        .set_column_encoding(row, Encoding::DELTA_BINARY_PACKED)
        .set_key_value_metadata(Some(entries))
        // One value in a whole file needs no dictionary to be small.
        .set_column_dictionary_enabled(ColumnPath::from("period"), false);
    // Every part of a file has nearly all codes: their range excludes nothing.
    let columns = TABLES.iter().flat_map(|table| &table.columns);
    let codes = columns.filter(|column| column.kind == Kind::Code);
    codes
        .map(|column| ColumnPath::from(column.name.as_str()))
        .fold(properties, |properties, column| {
            properties.set_column_statistics_enabled(column, EnabledStatistics::None)
        })
        .build()
}

/// A Parquet file on its way into the store.
pub struct TableWriter {
    file: SerializedFileWriter<Upload>,
    columns: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    coalescer: BatchCoalescer,
    /// Batches not yet encoded.
    waiting: Vec<RecordBatch>,
    /// The writers of the row group that is begun, one a column, and how many
    /// batches it has.
    begun: Vec<Column>,
    batches: usize,
    threads: usize,
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
        let (file, columns) = ArrowWriter::try_new(upload, documented, Some(properties(entries)))
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(|error| failed(name, error))?;
        Ok(TableWriter {
            file,
            columns,
            schema: schema.clone(),
            coalescer: BatchCoalescer::new(schema.clone(), BATCH),
            waiting: Vec::new(),
            begun: Vec::new(),
            batches: 0,
            threads: 1,
            name: name.to_owned(),
            rows: 0,
        })
    }

    /// Encodes columns on several threads: the bytes stay the same.
    #[must_use]
    pub fn on_threads(self, threads: usize) -> TableWriter {
        TableWriter { threads, ..self }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn write(&mut self, batch: RecordBatch) -> Result<(), StoreError> {
        self.rows += batch.num_rows() as u64;
        let added = self.add(batch);
        added.map_err(|error| failed(&self.name, error))
    }

    fn add(&mut self, batch: RecordBatch) -> Result<(), ParquetError> {
        // What has the right size already is not copied.
        if batch.num_rows() == BATCH && self.coalescer.is_empty() {
            self.waiting.push(batch);
        } else {
            self.coalescer
                .push_batch(spelt_out(&batch, &self.schema)?)?;
            self.take_completed();
        }
        while self.waiting.len() >= AT_ONCE {
            let later = self.waiting.split_off(AT_ONCE);
            self.encode(false)?;
            self.waiting = later;
        }
        Ok(())
    }

    /// Begins the columns of the next row group. The library makes a writer for each
    /// or for none.
    fn begin_columns(&self) -> Result<Vec<Column>, ParquetError> {
        let number = self.file.flushed_row_groups().len();
        let others = self.columns.create_column_writers(number)?;
        let described = self.file.schema_descr().columns().iter();
        let fields = self.schema.fields().iter().zip(described);
        fields
            .zip(others)
            .map(|((field, described), other)| {
                Column::begin(field, described.clone(), other, self.file.properties())
            })
            .collect()
    }

    fn take_completed(&mut self) {
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.waiting.push(batch);
        }
    }

    /// Encodes what waits, and completes the row group where it is full or the
    /// last.
    fn encode(&mut self, last: bool) -> Result<(), ParquetError> {
        if self.begun.is_empty() && !self.waiting.is_empty() {
            self.begun = self.begin_columns()?;
        }
        self.batches += self.waiting.len();
        let batches = std::mem::take(&mut self.waiting);
        let begun = std::mem::take(&mut self.begun);
        let threads = self.threads.min(batches.len().max(1));
        let write = |column: usize, writer: &mut Column| {
            let field = self.schema.field(column);
            let mut batches = batches.iter();
            batches.try_for_each(|batch| writer.write(field, batch.column(column)))
        };
        if self.batches < ROW_GROUP && !last {
            let begun = on_threads(threads, begun, |column, mut writer| {
                write(column, &mut writer).map(|()| writer)
            });
            self.begun = begun.into_iter().collect::<Result<_, _>>()?;
            return Ok(());
        }
        let complete = on_threads(threads, begun, |column, mut writer| {
            write(column, &mut writer)?;
            writer.close()
        });
        let complete = complete.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.batches = 0;
        // A table without rows has no row group.
        if !complete.is_empty() {
            let mut group = self.file.next_row_group()?;
            for column in complete {
                column.append(&mut group)?;
            }
            group.close()?;
        }
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where the storage fails; then there is no such file.
    pub fn finish(mut self) -> Result<StoredFile, StoreError> {
        let name = std::mem::take(&mut self.name);
        let rows = self.rows;
        let upload = self.complete().map_err(|error| failed(&name, error))?;
        let written = upload.finish()?;
        Ok(StoredFile {
            name,
            sha256: written.sha256,
            rows,
            bytes: written.bytes,
        })
    }

    fn complete(mut self) -> Result<Upload, ParquetError> {
        self.coalescer.finish_buffered_batch()?;
        self.take_completed();
        self.encode(true)?;
        self.file.into_inner()
    }
}

/// A batch with its codes as the texts that they stand for, and its decimals in the
/// width of the store.
fn spelt_out(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| match column.data_type() {
        DataType::Dictionary(..) => cast(column, field.data_type()),
        DataType::Decimal64(..) => {
            let decimals: Decimal128Array =
                column.as_primitive::<Decimal64Type>().unary(i128::from);
            Ok(Arc::new(decimals.with_data_type(field.data_type().clone())) as ArrayRef)
        }
        _ => Ok(column.clone()),
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)
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
