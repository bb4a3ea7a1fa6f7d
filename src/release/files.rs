//! Tables as files: CSV to the letter, Parquet with the query's own types.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
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
        let data_type = match name.as_str() {
            "period" => DataType::Date32,
            name => types
                .field_with_name(name)
                .map_or(DataType::Utf8, |f| f.data_type().clone()),
        };
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

fn array(
    table: &Table,
    at: usize,
    data_type: &DataType,
) -> Result<ArrayRef, arrow::error::ArrowError> {
    let cells = table.rows.iter().map(|row| &row[at]);
    Ok(match data_type {
        DataType::Decimal128(precision, scale) => Arc::new(
            cells
                .map(|value| {
                    if let Value::Decimal(value, _) = value {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect::<Decimal128Array>()
                .with_precision_and_scale(*precision, *scale)?,
        ),
        DataType::Date32 => Arc::new(
            cells
                .map(|value| {
                    if let Value::Date(days) = value {
                        Some(*days)
                    } else {
                        None
                    }
                })
                .collect::<Date32Array>(),
        ),
        DataType::Boolean => Arc::new(
            cells
                .map(|value| {
                    if let Value::Boolean(yes) = value {
                        Some(*yes)
                    } else {
                        None
                    }
                })
                .collect::<BooleanArray>(),
        ),
        kind if kind.is_integer() => Arc::new(cells.map(Value::as_count).collect::<Int64Array>()),
        _ => {
            let text = |value: &Value| (*value != Value::Empty).then(|| value.render());
            Arc::new(cells.map(text).collect::<StringArray>())
        }
    })
}
