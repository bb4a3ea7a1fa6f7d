//! Tables as files: CSV to the letter, Parquet with the query's own types.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;

use super::ReleaseError;
use crate::compare::table::{Table, Value};

/// UTF-8, LF, one header line, fixed decimals, empty for none.
///
/// # Errors
/// Never, unless memory runs out.
pub fn csv(table: &Table) -> Result<Vec<u8>, ReleaseError> {
    let failed = |error: String| ReleaseError::Format(table.name.clone(), error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(&table.columns)
        .map_err(|error| failed(error.to_string()))?;
    for row in &table.rows {
        writer
            .write_record(row.iter().map(Value::render))
            .map_err(|error| failed(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))
}

/// A small Parquet file; `types` are the query's.
///
/// # Errors
/// Where a value is not of its column's type.
pub fn parquet(table: &Table, types: &SchemaRef) -> Result<Vec<u8>, ReleaseError> {
    let failed = |error: String| ReleaseError::Format(table.name.clone(), error);
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (at, name) in table.columns.iter().enumerate() {
        // What protection adds to the query's own columns.
        let added = if name == "period" {
            DataType::Date32
        } else {
            DataType::Utf8
        };
        let own = types.field_with_name(name);
        let data_type = own.map_or(added, |field| field.data_type().clone());
        let array = array(table, at, &data_type).map_err(|error| failed(error.to_string()))?;
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch =
        RecordBatch::try_new(schema.clone(), arrays).map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None)
        .map_err(|error| failed(error.to_string()))?;
    writer
        .write(&batch)
        .map_err(|error| failed(error.to_string()))?;
    writer.close().map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
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
