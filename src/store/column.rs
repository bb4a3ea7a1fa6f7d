//! A column of a row group on its way into a Parquet file.

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use bytes::Bytes;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::ColumnDescPtr;

use super::dictionary::DictionaryColumn;
use super::upload::Upload;

/// A column that takes values.
pub enum Column {
    /// Values that repeat.
    Dictionary(Box<DictionaryColumn>),
    /// All others.
    Other(Box<ArrowColumnWriter>),
}

/// A column that has all its values.
pub enum Complete {
    /// Values that repeat.
    Dictionary(Bytes, Box<ColumnCloseResult>),
    /// All others.
    Other(Box<ArrowColumnChunk>),
}

impl Column {
    /// Begins the column of a field: where it has no dictionary, it is the library's.
    ///
    /// # Errors
    /// Where there is no memory for compressing.
    pub fn begin(
        field: &Field,
        descriptor: ColumnDescPtr,
        other: ArrowColumnWriter,
        properties: &WriterProperties,
    ) -> Result<Column, ParquetError> {
        let path = descriptor.path();
        let Compression::ZSTD(level) = properties.compression(path) else {
            return Ok(Column::Other(Box::new(other)));
        };
        let takes = DictionaryColumn::takes(field.data_type(), descriptor.physical_type());
        if !takes || !properties.dictionary_enabled(path) {
            return Ok(Column::Other(Box::new(other)));
        }
        let ranges = properties.statistics_enabled(path) == EnabledStatistics::Page;
        let column = DictionaryColumn::begin(descriptor, level, ranges)?;
        Ok(Column::Dictionary(Box::new(column)))
    }

    /// Adds values.
    ///
    /// # Errors
    /// Where they are of another type than the field.
    pub fn write(&mut self, field: &Field, values: &ArrayRef) -> Result<(), ParquetError> {
        match self {
            Column::Dictionary(column) => column.write(values),
            Column::Other(column) => {
                for leaf in compute_leaves(field, values)? {
                    column.write(&leaf)?;
                }
                Ok(())
            }
        }
    }

    /// Ends the column.
    ///
    /// # Errors
    /// Where a page is larger than the format allows.
    pub fn close(self) -> Result<Complete, ParquetError> {
        Ok(match self {
            Column::Dictionary(column) => {
                let (bytes, close) = column.close()?;
                Complete::Dictionary(bytes, Box::new(close))
            }
            Column::Other(column) => Complete::Other(Box::new(column.close()?)),
        })
    }
}

impl Complete {
    /// Puts the column into its row group, as the next one.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn append(
        self,
        group: &mut SerializedRowGroupWriter<'_, Upload>,
    ) -> Result<(), ParquetError> {
        match self {
            Complete::Dictionary(bytes, close) => group.append_column(&bytes, *close),
            Complete::Other(column) => column.append_to_row_group(group),
        }
    }
}
