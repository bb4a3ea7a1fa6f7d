//! Typed rows to Arrow batches, under the one schema of each table.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Array, Date32Builder, Decimal128Builder,
    Int64Builder, RecordBatch, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::row::Value;
use crate::model::schema::{Column, Kind, TABLES, Table};

/// Precision of money a year or a period; everything else has 9 digits.
const WIDE: [&str; 10] = [
    "pay_rate",
    "gross_pay",
    "premium",
    "allowances",
    "absence_pay",
    "tips",
    "expenses",
    "deductions_own_use",
    "job_spending",
    "accommodation_charge",
];

fn data_type(column: &Column) -> DataType {
    match column.kind {
        kind if kind.is_decimal() => DataType::Decimal128(
            if WIDE.contains(&column.name.as_str()) {
                12
            } else {
                9
            },
            4,
        ),
        Kind::Count | Kind::Integer => DataType::Int64,
        Kind::Date => DataType::Date32,
        Kind::YesNo => DataType::Boolean,
        _ => DataType::Utf8,
    }
}

/// The schema under which a table is stored; every column may be null.
#[must_use]
pub fn schema(table: &Table) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| TABLES.iter().map(made).collect());
    SCHEMAS
        .get(table.number)
        .map_or_else(|| made(table), Arc::clone)
}

fn made(table: &Table) -> SchemaRef {
    let own = table.columns.iter().filter(|column| column.stored());
    let mut fields: Vec<Field> = own
        .map(|column| Field::new(&column.name, data_type(column), true))
        .collect();
    fields.extend([
        Field::new("period", DataType::Date32, true),
        Field::new("return_id", DataType::Utf8, true),
        Field::new("source_file", DataType::Utf8, true),
        Field::new("source_row", DataType::Int64, true),
    ]);
    Arc::new(Schema::new(fields))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

enum Builder {
    Text(StringBuilder),
    Decimal(Decimal128Builder),
    Integer(Int64Builder),
    Date(Date32Builder),
    Flag(BooleanBuilder),
}

impl Builder {
    fn new(data_type: &DataType, rows: usize) -> Builder {
        match data_type {
            DataType::Decimal128(..) => Builder::Decimal(
                Decimal128Builder::with_capacity(rows).with_data_type(data_type.clone()),
            ),
            DataType::Int64 => Builder::Integer(Int64Builder::with_capacity(rows)),
            DataType::Date32 => Builder::Date(Date32Builder::with_capacity(rows)),
            DataType::Boolean => Builder::Flag(BooleanBuilder::with_capacity(rows)),
            _ => Builder::Text(StringBuilder::with_capacity(rows, rows * 12)),
        }
    }

    fn append(&mut self, value: Value<'_>) {
        match self {
            Builder::Text(builder) => match value {
                Value::Key(key) => {
                    let mut digits = [0; 32];
                    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(key) {
                        *pair = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                    }
                    builder.append_option(std::str::from_utf8(&digits).ok());
                }
                value => builder.append_option(value.text()),
            },
            Builder::Decimal(builder) => builder.append_option(value.number().map(i128::from)),
            Builder::Integer(builder) => builder.append_option(value.number()),
            Builder::Date(builder) => builder.append_option(value.date()),
            Builder::Flag(builder) => builder.append_option(value.flag()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Flag(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Builds batches of one table for one file.
pub struct Batch {
    schema: SchemaRef,
    /// The positions of stored columns among the table's.
    stored: Vec<usize>,
    builders: Vec<Builder>,
    rows: Int64Builder,
    period: i32,
    return_id: String,
    file: String,
}

impl Batch {
    /// A builder of rows that came in one file.
    #[must_use]
    pub fn new(table: &Table, rows: usize, period: i32, return_id: &str, file: &str) -> Batch {
        let schema = schema(table);
        let stored: Vec<usize> = (0..table.columns.len())
            .filter(|at| table.columns[*at].stored())
            .collect();
        let own = schema.fields().iter().take(stored.len());
        Batch {
            builders: own
                .map(|field| Builder::new(field.data_type(), rows))
                .collect(),
            rows: Int64Builder::with_capacity(rows),
            stored,
            schema,
            period,
            return_id: return_id.to_owned(),
            file: file.to_owned(),
        }
    }

    /// Adds a row of the table's values.
    pub fn push(&mut self, values: &[Value<'_>], row: u64) {
        for (builder, position) in self.builders.iter_mut().zip(&self.stored) {
            builder.append(values[*position]);
        }
        self.rows
            .append_value(i64::try_from(row).unwrap_or(i64::MAX));
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The batch, leaving the builder empty.
    ///
    /// # Errors
    /// Never, unless a column has another type than its schema says.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = self.rows.len();
        let same = |text: &str| -> ArrayRef { Arc::new(StringArray::new_repeated(text, rows)) };
        let mut columns: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        columns.push(Arc::new(Date32Array::from(vec![self.period; rows])));
        columns.push(same(&self.return_id));
        columns.push(same(&self.file));
        columns.push(Arc::new(self.rows.finish()));
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}
