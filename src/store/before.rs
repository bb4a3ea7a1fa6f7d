//! What the store held before, as far as the rules against it need it.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Decimal128Type;
use chrono::NaiveDate;

use super::StoreError;
use super::location::Location;
use super::manifest::{self, Manifest, ReturnEntry, Status};
use super::parquet::columns;
use crate::ingest::before::{Before, Earlier, YEAR};
use crate::ingest::intake::Intake;

/// The columns of workers that are compared.
const COLUMNS: [&str; 4] = ["return_id", "provider_id", "worker_key", "hourly"];

/// Reads what the returns of the intake are held against: of the last edition
/// of their period the returns that they replace, of earlier periods their
/// providers.
///
/// # Errors
/// Where the storage fails or an edition is damaged.
pub fn read(
    location: &Location,
    period: NaiveDate,
    same_period: Option<&Manifest>,
    intake: &Intake,
) -> Result<Before, StoreError> {
    let accepted = intake.returns.iter().filter(|entry| entry.accepted);
    let ids: BTreeSet<&str> = accepted.clone().map(|entry| entry.id.as_str()).collect();
    let places = accepted.flat_map(|entry| entry.workplaces.keys());
    let providers: BTreeSet<&str> = places.map(|(provider, _)| provider.as_str()).collect();
    let mut before = Before::default();
    // Under another key the same workers look like others. A store like that
    // is refused, but a rotation may have begun since.
    let comparable = |manifest: &Manifest| manifest.key_id == intake.key.id();
    if let Some(manifest) = same_period.filter(|manifest| comparable(manifest))
        && ids.iter().any(|id| manifest.accepted(id).is_some())
    {
        let kept = |id: &str, _: &str| ids.contains(id);
        before.replaced = Some(edition(location, manifest, &kept)?);
    }
    let mut periods = manifest::periods(location)?;
    periods.retain(|earlier| *earlier < period);
    let last = periods.last().copied();
    let year = periods.iter().rev().copied();
    let year = year
        .clone()
        .find(|earlier| (period - *earlier).num_days() >= YEAR);
    let kept = |_: &str, provider: &str| providers.contains(provider);
    let newest = |period: Option<NaiveDate>| {
        let manifest = period.map(|period| manifest::newest(location, period));
        let manifest = manifest.transpose()?.flatten().filter(&comparable);
        let read = manifest.map(|manifest| edition(location, &manifest, &kept));
        read.transpose()
    };
    before.last = newest(last)?;
    before.year = newest(year.filter(|year| Some(*year) != last))?;
    Ok(before)
}

/// The workers of an edition that are to be kept by return and provider.
fn edition(
    location: &Location,
    manifest: &Manifest,
    kept: &dyn Fn(&str, &str) -> bool,
) -> Result<Earlier, StoreError> {
    let accepted = manifest.returns.iter();
    let accepted = accepted.filter(|entry| entry.status == Status::Accepted);
    let providers: BTreeMap<String, BTreeSet<String>> = accepted
        .clone()
        .map(|entry| (entry.return_id.clone(), entry.providers.clone()))
        .collect();
    let mut earlier = Earlier::new(manifest.period, providers);
    let rejected = |entry: &ReturnEntry| {
        let files = entry.files.iter().filter(|file| file.table == "workers");
        let rows = files.map(|file| file.rows_rejected).sum::<u64>();
        (
            entry.return_id.clone(),
            i64::try_from(rows).unwrap_or(i64::MAX),
        )
    };
    earlier.rejected = accepted.map(rejected).collect();
    if let Some(below) = manifest.table_path("workers") {
        for batch in columns(location, &below, &COLUMNS)? {
            add(&batch?, kept, &mut earlier);
        }
    }
    earlier.seal();
    Ok(earlier)
}

fn add(batch: &RecordBatch, kept: &dyn Fn(&str, &str) -> bool, earlier: &mut Earlier) {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let (Some(ids), Some(providers), Some(keys)) =
        (text("return_id"), text("provider_id"), text("worker_key"))
    else {
        return;
    };
    let rates = batch.column_by_name("hourly");
    let rates = rates.and_then(|column| column.as_primitive_opt::<Decimal128Type>());
    let mut row = 0;
    while row < batch.num_rows() {
        // Rows of one return and provider follow each other.
        let (id, provider) = (ids.value(row), providers.value(row));
        let same = |row: &usize| ids.value(*row) == id && providers.value(*row) == provider;
        let end = (row..batch.num_rows()).find(|row| !same(row));
        let end = end.unwrap_or(batch.num_rows());
        if kept(id, provider) {
            earlier.count(id, provider, i64::try_from(end - row).unwrap_or(i64::MAX));
            for row in row..end {
                let rate = rates.filter(|rates| rates.is_valid(row));
                let rate = rate.and_then(|rates| i64::try_from(rates.value(row)).ok());
                earlier.add(keys.value(row), rate);
            }
        }
        row = end;
    }
}
