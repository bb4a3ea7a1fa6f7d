//! Typed rows to Arrow batches, under the one schema of each table.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Date32Array, DictionaryArray, PrimitiveArray,
    RecordBatch, StringArray, StringBuilder,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal64Type, Field, Int64Type, Schema, SchemaRef, UInt8Type,
};
use arrow::error::ArrowError;

use super::value::Value;
use crate::model::schema::{Column, Kind, TABLES, Table};

/// Records that are typed in one go: as many as are written in one, so that
/// those of a file without errors need not be put together anew.
pub const CHUNK: usize = 8192;

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

/// The same for rows on their way: what the store has as a text of a list is a
/// place in that list here, and decimals take half the room.
fn coded(table: &Table) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
        let with_places = |table: &Table| {
            let fields = schema(table);
            let fields = fields.fields().iter().map(|field| {
                let column = table.position(field.name()).map(|at| &table.columns[at]);
                let kind = match (column, field.data_type()) {
                    (Some(column), _) if !column.list().is_empty() => place_type(),
                    (_, DataType::Decimal128(digits, scale)) => {
                        DataType::Decimal64(*digits, *scale)
                    }
                    _ => return Arc::clone(field),
                };
                Arc::new(Field::new(field.name(), kind, true))
            });
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        };
        TABLES.iter().map(with_places).collect()
    });
    SCHEMAS
        .get(table.number)
        .map_or_else(|| made(table), Arc::clone)
}

fn place_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8))
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

/// Bits in the order of rows.
#[derive(Default)]
struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    fn with_capacity(rows: usize) -> Bits {
        Bits {
            words: vec![0; rows.div_ceil(64)],
            len: 0,
        }
    }

    /// Adds at most 64 bits, the first the lowest.
    #[inline]
    fn push(&mut self, bits: u64, count: usize) {
        let at = self.len % 64;
        self.add(self.len / 64, bits << at);
        if at + count > 64 {
            self.add(self.len / 64 + 1, bits >> (64 - at));
        }
        self.len += count;
    }

    #[inline]
    fn add(&mut self, word: usize, bits: u64) {
        match self.words.get_mut(word) {
            Some(word) => *word |= bits,
            None => self.words.push(bits),
        }
    }

    fn finish(&mut self) -> BooleanBuffer {
        let Bits { words, len } = std::mem::take(self);
        BooleanBuffer::new(words.into(), 0, len)
    }

    fn nulls(&mut self) -> Option<NullBuffer> {
        Some(NullBuffer::new(self.finish())).filter(|nulls| nulls.null_count() > 0)
    }
}

/// Values of one width, and which of them there are.
struct Fixed<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    known: Bits,
}

impl<T: ArrowPrimitiveType> Fixed<T> {
    fn with_capacity(rows: usize) -> Fixed<T> {
        Fixed {
            values: Vec::with_capacity(rows),
            known: Bits::with_capacity(rows),
        }
    }

    /// Adds at most 64 values.
    #[inline]
    fn extend(&mut self, values: impl Iterator<Item = Option<T::Native>>) {
        let before = self.values.len();
        let mut known = 0;
        self.values.extend(values.zip(0..64).map(|(value, at)| {
            known |= u64::from(value.is_some()) << at;
            value.unwrap_or_default()
        }));
        self.known.push(known, self.values.len() - before);
    }

    fn finish(&mut self) -> Result<PrimitiveArray<T>, ArrowError> {
        let values = std::mem::take(&mut self.values);
        PrimitiveArray::try_new(values.into(), self.known.nulls())
    }
}

/// Texts one after the other, where each ends, and which of them there are.
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    known: Bits,
}

impl Texts {
    fn finish(&mut self) -> Result<StringArray, ArrowError> {
        let (bytes, ends) = (
            std::mem::take(&mut self.bytes),
            std::mem::take(&mut self.ends),
        );
        let offsets = OffsetBuffer::new(ends.into());
        StringArray::try_new(offsets, bytes.into(), self.known.nulls())
    }
}

enum Builder {
    Text(Texts),
    /// Places in the list of the column.
    Code(&'static Column, Fixed<UInt8Type>),
    /// Hexadecimal digits, and where each key ends: one is missing where none are.
    Keys(Vec<u8>, Vec<usize>),
    Decimal(Fixed<Decimal64Type>, DataType),
    Integer(Fixed<Int64Type>),
    Date(Fixed<Date32Type>),
    Flag(Bits, Bits),
}

impl Builder {
    fn new(column: &'static Column, data_type: &DataType, rows: usize) -> Builder {
        match data_type {
            _ if column.kind == Kind::Key => {
                Builder::Keys(Vec::with_capacity(rows * 32), Vec::with_capacity(rows))
            }
            DataType::Dictionary(..) => Builder::Code(column, Fixed::with_capacity(rows)),
            DataType::Decimal64(..) => {
                Builder::Decimal(Fixed::with_capacity(rows), data_type.clone())
            }
            DataType::Int64 => Builder::Integer(Fixed::with_capacity(rows)),
            DataType::Date32 => Builder::Date(Fixed::with_capacity(rows)),
            DataType::Boolean => {
                Builder::Flag(Bits::with_capacity(rows), Bits::with_capacity(rows))
            }
            _ => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Builder::Text(Texts {
                    bytes: Vec::with_capacity(rows * 12),
                    ends,
                    known: Bits::with_capacity(rows),
                })
            }
        }
    }

    /// Adds the column's values of at most 64 rows.
    fn extend<'v>(&mut self, values: impl Iterator<Item = Value<'v>>) {
        match self {
            Builder::Text(texts) => {
                let (before, mut known) = (texts.ends.len(), 0);
                texts.ends.extend(values.zip(0..64).map(|(value, at)| {
                    if let Some(text) = value.text() {
                        texts.bytes.extend_from_slice(text.as_bytes());
                        known |= 1 << at;
                    }
                    // More than an array can hold is found out when it is made.
                    i32::try_from(texts.bytes.len()).unwrap_or(i32::MIN)
                }));
                texts.known.push(known, texts.ends.len() - before);
            }
            Builder::Code(column, places) => places.extend(values.map(|value| {
                // What is in no list is found out when the column is made.
                let place = |text| column.place_of(text).unwrap_or(u8::MAX);
                value.place().or_else(|| value.text().map(place))
            })),
            Builder::Keys(digits, ends) => ends.extend(values.map(|value| {
                if let Value::Key(key) = value {
                    let pair =
                        |byte: u8| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                    digits.extend_from_slice(key.map(pair).as_flattened());
                }
                digits.len()
            })),
            Builder::Decimal(column, _) => column.extend(values.map(Value::number)),
            Builder::Integer(column) => column.extend(values.map(Value::number)),
            Builder::Date(column) => column.extend(values.map(Value::date)),
            Builder::Flag(yes, known) => {
                let (mut yes_bits, mut known_bits, mut count) = (0, 0, 0);
                for (value, at) in values.zip(0..64) {
                    yes_bits |= u64::from(value == Value::Flag(true)) << at;
                    known_bits |= u64::from(matches!(value, Value::Flag(_))) << at;
                    count = at + 1;
                }
                yes.push(yes_bits, count);
                known.push(known_bits, count);
            }
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Builder::Text(texts) => Arc::new(texts.finish()?),
            Builder::Code(column, places) => {
                let list = StringArray::from_iter_values(column.list());
                Arc::new(DictionaryArray::<UInt8Type>::try_new(
                    places.finish()?,
                    Arc::new(list),
                )?)
            }
            Builder::Keys(digits, ends) => Arc::new(keys(std::mem::take(digits), ends)?),
            Builder::Decimal(values, data_type) => {
                Arc::new(values.finish()?.with_data_type(data_type.clone()))
            }
            Builder::Integer(values) => Arc::new(values.finish()?),
            Builder::Date(values) => Arc::new(values.finish()?),
            Builder::Flag(yes, known) => Arc::new(BooleanArray::new(yes.finish(), known.nulls())),
        })
    }
}

/// Keys as texts: looked at once, not each for itself.
fn keys(digits: Vec<u8>, ends: &[usize]) -> Result<StringArray, ArrowError> {
    let starts = std::iter::once(&0).chain(ends);
    let lengths = ends.iter().zip(starts).map(|(end, start)| end - start);
    let known: BooleanBuffer = lengths.clone().map(|length| length > 0).collect();
    let known = Some(NullBuffer::new(known)).filter(|nulls| nulls.null_count() > 0);
    StringArray::try_new(OffsetBuffer::from_lengths(lengths), digits.into(), known)
}

/// Rows on their way into a batch: at most 64.
#[derive(Default)]
pub struct Waiting<'v> {
    values: Vec<Value<'v>>,
    rows: Vec<u64>,
    /// How many values the rows have that stay.
    kept: usize,
}

/// As many as there are bits in a word.
const AT_ONCE: usize = 64;

impl<'v> Waiting<'v> {
    /// Where the values of a row are added, in the order of the table's columns.
    pub fn add(&mut self) -> &mut Vec<Value<'v>> {
        self.values.truncate(self.kept);
        &mut self.values
    }

    /// The values of the row that was begun last.
    pub fn begun(&mut self) -> &mut [Value<'v>] {
        &mut self.values[self.kept..]
    }

    /// Keeps the row that was begun last; says whether that was the last that may
    /// wait.
    #[must_use]
    pub fn keep(&mut self, row: u64) -> bool {
        self.kept = self.values.len();
        self.rows.push(row);
        self.rows.len() >= AT_ONCE
    }
}

/// Builds a batch of one table, of the rows of one file or several.
pub struct Batch {
    schema: SchemaRef,
    /// The positions of stored columns among the table's.
    stored: Vec<usize>,
    builders: Vec<Builder>,
    rows: Fixed<Int64Type>,
    period: i32,
    /// Return and file of the rows, and after how many rows each ends.
    files: Vec<(String, String, usize)>,
}

impl Batch {
    /// A builder of rows.
    #[must_use]
    pub fn new(table: &'static Table, rows: usize, period: i32) -> Batch {
        let schema = coded(table);
        let stored: Vec<usize> = (0..table.columns.len())
            .filter(|at| table.columns[*at].stored())
            .collect();
        let own = stored.iter().zip(schema.fields());
        Batch {
            builders: own
                .map(|(at, field)| Builder::new(&table.columns[*at], field.data_type(), rows))
                .collect(),
            rows: Fixed::with_capacity(rows),
            stored,
            schema,
            period,
            files: Vec::new(),
        }
    }

    /// Says where the rows that follow came in.
    pub fn begin(&mut self, return_id: &str, file: &str) {
        let rows = self.len();
        self.files
            .push((return_id.to_owned(), file.to_owned(), rows));
    }

    /// Adds the rows that wait, column by column: that takes half the time of
    /// row by row.
    pub fn push(&mut self, waiting: &mut Waiting<'_>) {
        let values = &waiting.values[..waiting.kept];
        let rows = &waiting.rows;
        let width = values.len() / rows.len().max(1);
        if width == 0 {
            return;
        }
        for (builder, position) in self.builders.iter_mut().zip(&self.stored) {
            builder.extend(values.iter().skip(*position).step_by(width).copied());
        }
        let row = |row: &u64| Some(i64::try_from(*row).unwrap_or(i64::MAX));
        self.rows.extend(rows.iter().map(row));
        if let Some((.., all)) = self.files.last_mut() {
            *all += rows.len();
        }
        waiting.values.clear();
        waiting.rows.clear();
        waiting.kept = 0;
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.values.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The batch; codes are places in their lists.
    ///
    /// # Errors
    /// Never, unless a value is none of its column.
    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let rows = self.len();
        let columns: Result<Vec<ArrayRef>, ArrowError> =
            self.builders.iter_mut().map(Builder::finish).collect();
        let mut columns = columns?;
        columns.push(Arc::new(Date32Array::from(vec![self.period; rows])));
        columns.push(self.same(|(return_id, ..)| return_id));
        columns.push(self.same(|(_, file, _)| file));
        columns.push(Arc::new(self.rows.finish()?));
        RecordBatch::try_new(self.schema, columns)
    }

    /// What the rows of each file have in common.
    fn same(&self, text: fn(&(String, String, usize)) -> &String) -> ArrayRef {
        if let [one] = self.files.as_slice() {
            return Arc::new(StringArray::new_repeated(text(one), one.2));
        }
        let mut builder = StringBuilder::with_capacity(self.len(), self.len() * 16);
        let mut at = 0;
        for file in &self.files {
            builder.append_value_n(text(file), file.2 - at);
            at = file.2;
        }
        Arc::new(builder.finish())
    }
}
