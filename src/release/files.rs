//! Tables as files: CSV to the letter, Parquet with the query's own types.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::ReleaseError;
use crate::compare::table::{Table, Value};

/// A table as CSV: UTF-8, LF, one header line, fixed decimals, empty for none.
///
/// # Errors
/// Never, unless memory runs out.
pub fn csv(table: &Table) -> Result<Vec<u8>, ReleaseError> {
    let mut file = CsvFile::begin(table)?;
    file.add(table)?;
    file.finish()
}

/// A table as Parquet; `types` are the query's.
///
/// # Errors
/// Where a value is not of its column's type.
pub fn parquet(table: &Table, types: &SchemaRef) -> Result<Vec<u8>, ReleaseError> {
    let mut file = ParquetFile::begin(table, types)?;
    file.add(table)?;
    file.finish()
}

fn failed<E: ToString>(name: &str) -> impl Fn(E) -> ReleaseError + use<'_, E> {
    move |error| ReleaseError::Format(name.to_owned(), error.to_string())
}

/// A CSV file that tables of the same columns are added to.
pub struct CsvFile {
    name: String,
    writer: csv::Writer<Vec<u8>>,
}

impl CsvFile {
    /// A file with the table's header.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn begin(table: &Table) -> Result<CsvFile, ReleaseError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = writer.write_record(&table.columns);
        written.map_err(failed(&table.name))?;
        Ok(CsvFile {
            name: table.name.clone(),
            writer,
        })
    }

    /// Adds the table's rows.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn add(&mut self, table: &Table) -> Result<(), ReleaseError> {
        for row in &table.rows {
            let written = self.writer.write_record(row.iter().map(Value::render));
            written.map_err(failed(&self.name))?;
        }
        Ok(())
    }

    /// The whole file.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn finish(self) -> Result<Vec<u8>, ReleaseError> {
        self.writer.into_inner().map_err(failed(&self.name))
    }
}

/// A Parquet file that tables of the same columns are added to.
pub struct ParquetFile {
    name: String,
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
}

impl ParquetFile {
    /// A file of the table's columns; `types` are the query's.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn begin(table: &Table, types: &SchemaRef) -> Result<ParquetFile, ReleaseError> {
        let field = |name: &String| {
            // What protection adds to the query's own columns.
            let added = if name == "period" {
                DataType::Date32
            } else {
                DataType::Utf8
            };
            let own = types.field_with_name(name);
            let data_type = match own.map_or(added, |field| field.data_type().clone()) {
                kind if kind.is_integer() => DataType::Int64,
                kind @ (DataType::Decimal128(..) | DataType::Date32 | DataType::Boolean) => kind,
                _ => DataType::Utf8,
            };
            let meaning = types
                .field_with_name(name)
                .map(|field| field.metadata().clone());
            Field::new(name, data_type, true).with_metadata(meaning.unwrap_or_default())
        };
        let fields: Vec<Field> = table.columns.iter().map(field).collect();
        let schema = Arc::new(Schema::new(fields));
        // In the order of their names: the same file gives the same bytes.
        let said: BTreeMap<&String, &String> = types.metadata().iter().collect();
        let said = said
            .into_iter()
            .map(|(name, text)| KeyValue::new(name.clone(), text.clone()));
        let properties = WriterProperties::builder()
            .set_key_value_metadata(Some(said.collect()))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties));
        Ok(ParquetFile {
            name: table.name.clone(),
            schema,
            writer: writer.map_err(failed(&table.name))?,
        })
    }

    /// Adds the table's rows.
    ///
    /// # Errors
    /// Where a value is not of its column's type.
    pub fn add(&mut self, table: &Table) -> Result<(), ReleaseError> {
        let fields = self.schema.fields().iter().enumerate();
        let arrays = fields.map(|(at, field)| array(table, at, field.data_type()));
        let batch = arrays
            .collect::<Result<Vec<_>, _>>()
            .and_then(|arrays| RecordBatch::try_new(Arc::clone(&self.schema), arrays))
            .map_err(failed(&self.name))?;
        self.writer.write(&batch).map_err(failed(&self.name))
    }

    /// The whole file.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn finish(self) -> Result<Vec<u8>, ReleaseError> {
        self.writer.into_inner().map_err(failed(&self.name))
    }
}

fn array(table: &Table, at: usize, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let cells = || table.rows.iter().map(|row| &row[at]);
    let own = |cell: &&Value| match (cell, data_type) {
        (Value::Empty, _) => true,
        (Value::Decimal(_, places), DataType::Decimal128(_, scale)) => {
            usize::try_from(*scale) == Ok(*places)
        }
        (Value::Date(_), kind) => *kind == DataType::Date32,
        (Value::Boolean(_), kind) => *kind == DataType::Boolean,
        (Value::Integer(_), kind) => kind.is_integer(),
        (Value::Text(_) | Value::Decimal(..), kind) => {
            !kind.is_integer() && !matches!(kind, DataType::Date32 | DataType::Boolean)
        }
    };
    if !cells().all(|cell| own(&cell)) {
        let name = &table.columns[at];
        let message = format!("column {name} holds what is no {data_type}");
        return Err(ArrowError::InvalidArgumentError(message));
    }
    Ok(match data_type {
        DataType::Decimal128(precision, scale) => {
            let number = |cell: &Value| match cell {
                Value::Decimal(number, _) => Some(*number),
                _ => None,
            };
            let numbers = cells().map(number).collect::<Decimal128Array>();
            Arc::new(numbers.with_precision_and_scale(*precision, *scale)?)
        }
        DataType::Date32 => {
            let day = |cell: &Value| match cell {
                Value::Date(days) => Some(*days),
                _ => None,
            };
            Arc::new(cells().map(day).collect::<Date32Array>())
        }
        DataType::Boolean => {
            let answer = |cell: &Value| match cell {
                Value::Boolean(yes) => Some(*yes),
                _ => None,
            };
            Arc::new(cells().map(answer).collect::<BooleanArray>())
        }
        kind if kind.is_integer() => Arc::new(cells().map(Value::as_count).collect::<Int64Array>()),
        _ => {
            let text = |cell: &Value| (*cell != Value::Empty).then(|| cell.render());
            Arc::new(cells().map(text).collect::<StringArray>())
        }
    })
}
