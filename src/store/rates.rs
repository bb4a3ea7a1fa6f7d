//! Wage floors as a table of the store, named after its own digest.

use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::StoreError;
use super::location::Location;
use super::manifest::RatesFile;
use crate::model::date;
use crate::model::digest::sha256;
use crate::model::floors::Floor;

/// Column, meaning: the table `wage_floors`.
pub const COLUMNS: [(&str, &str); 11] = [
    (
        "scheme",
        "nlw_nmw (the statutory minimum), real_living_wage (voluntary) and others",
    ),
    (
        "band",
        "The band within the scheme, such as nlw, 18_20, apprentice, uk, london.",
    ),
    (
        "min_age",
        "Youngest age, completed years; open where empty.",
    ),
    ("max_age", "Oldest age, completed years; open where empty."),
    ("rate", "Pounds an hour; a day for accommodation_offset."),
    ("announced_on", "When it was made public."),
    ("effective_from", "The first day on which it applies."),
    (
        "implement_by",
        "The day by which accredited employers must pay it.",
    ),
    ("effective_to", "The last day, where the source gives one."),
    ("source", "Where the rate was read."),
    (
        "confidence",
        "verified, or memory: recalled or derived from a recalled figure.",
    ),
];

/// The schema of the table.
#[must_use]
pub fn schema() -> SchemaRef {
    let data_type = |name: &str| match name {
        "min_age" | "max_age" => DataType::Int64,
        "rate" => DataType::Decimal128(9, 4),
        "announced_on" | "effective_from" | "implement_by" | "effective_to" => DataType::Date32,
        _ => DataType::Utf8,
    };
    let fields: Vec<Field> = COLUMNS
        .iter()
        .map(|(name, _)| Field::new(*name, data_type(name), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// Wage floors as rows, and as the file that holds them: made when it is asked for,
/// which a statement never does.
pub struct Rates {
    /// The rows.
    pub rows: RecordBatch,
    written: OnceLock<(RatesFile, Vec<u8>)>,
}

/// Makes the table of the floors; nothing is written.
///
/// # Errors
/// Never, unless memory runs out.
pub fn table(floors: &[Floor]) -> Result<Rates, StoreError> {
    Ok(Rates {
        rows: batch(floors).map_err(|error| failed(error.into()))?,
        written: OnceLock::new(),
    })
}

fn failed(source: ParquetError) -> StoreError {
    StoreError::Parquet {
        what: "wage floors".to_owned(),
        source: Arc::new(source),
    }
}

impl Rates {
    /// The file's name below the store, and its digest.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn file(&self) -> Result<&RatesFile, StoreError> {
        Ok(&self.written()?.0)
    }

    fn written(&self) -> Result<&(RatesFile, Vec<u8>), StoreError> {
        if let Some(written) = self.written.get() {
            return Ok(written);
        }
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, schema(), None).map_err(failed)?;
        writer.write(&self.rows).map_err(failed)?;
        writer.close().map_err(failed)?;
        let sha256 = sha256(&bytes);
        let file = format!("rates/{sha256}.parquet");
        let written = (RatesFile { file, sha256 }, bytes);
        Ok(self.written.get_or_init(|| written))
    }

    /// Puts the file into the store unless it is there already.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn store(&self, location: &Location) -> Result<(), StoreError> {
        let (RatesFile { file, .. }, bytes) = self.written()?;
        if !location.exists(file)? && !location.create(file, bytes)? {
            let why = "it does not hold what its name says".to_owned();
            return Err(StoreError::Manifest(file.clone(), why));
        }
        Ok(())
    }
}

fn batch(floors: &[Floor]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |get: fn(&Floor) -> &str| -> ArrayRef {
        Arc::new(
            floors
                .iter()
                .map(|floor| Some(get(floor)))
                .collect::<StringArray>(),
        )
    };
    let number = |get: fn(&Floor) -> Option<i64>| -> ArrayRef {
        Arc::new(floors.iter().map(get).collect::<Int64Array>())
    };
    let day = |get: fn(&Floor) -> Option<chrono::NaiveDate>| -> ArrayRef {
        Arc::new(
            floors
                .iter()
                .map(|floor| get(floor).map(date::days))
                .collect::<Date32Array>(),
        )
    };
    let rate = floors
        .iter()
        .map(|floor| Some(i128::from(floor.rate.0)))
        .collect::<Decimal128Array>()
        .with_precision_and_scale(9, 4)?;
    RecordBatch::try_new(
        schema(),
        vec![
            text(|floor| &floor.scheme),
            text(|floor| &floor.band),
            number(|floor| floor.min_age),
            number(|floor| floor.max_age),
            Arc::new(rate),
            day(|floor| floor.announced_on),
            day(|floor| Some(floor.effective_from)),
            day(|floor| floor.implement_by),
            day(|floor| floor.effective_to),
            text(|floor| &floor.source),
            text(|floor| &floor.confidence),
        ],
    )
}
