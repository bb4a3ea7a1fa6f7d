//! Taking a return out of a period: the next edition, with everything but it.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::attempt::{ATTEMPTS, Attempt, digest};
use super::carry::filter;
use super::location::Location;
use super::manifest::{self, Manifest, ReturnEntry, Status, StoredFile, Which};
use super::parquet::batches;
use super::records::{findings_schema, rejects_schema, returns_batch, returns_schema};
use super::{StoreError, damaged};
use crate::ingest::batch;
use crate::ingest::intake::reading_order;
use crate::model::nearest::nearest;
use crate::model::schema;

/// Commits the next edition of a period, the newest if none is given, without
/// a return, named by its id or by a provider that stands in it alone.
/// Everything else is carried over as it is, also the rules it was read by.
///
/// # Errors
/// Where there is no such return or the storage fails; the store is as it was.
pub fn withdraw(
    location: &Location,
    period: Option<NaiveDate>,
    wanted: &str,
) -> Result<Manifest, StoreError> {
    let mut before = manifest::find(location, period, Which::Newest)?;
    resolve(&before, wanted)?;
    location.prove()?;
    for _ in 0..ATTEMPTS {
        let return_id = resolve(&before, wanted)?;
        let attempt = Attempt {
            location,
            before: Some(&before),
            number: before.edition + 1,
            period: before.period,
            threads: 1,
        };
        let (gone, stay): (Vec<_>, Vec<_>) = before
            .returns
            .iter()
            .cloned()
            .partition(|entry| entry.return_id == return_id);
        let inputs: BTreeSet<String> = stay.iter().flat_map(ReturnEntry::inputs).collect();
        let digest = digest(inputs, &before.layouts, &before.rules, &before.key_id);
        let name = attempt.name(&digest)?;
        let files = match write(&attempt, &before, &name, &return_id, &stay) {
            Ok(files) => files,
            Err(error) => {
                attempt.discard(&name);
                return Err(error);
            }
        };
        let next = Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            edition: attempt.number,
            created: attempt.created(),
            digest,
            returns: stay,
            withdrawn: gone,
            files,
            rekeyed_from: None,
            ..before.clone()
        };
        if attempt.publish(&name, &next)? {
            return Ok(next);
        }
        before = manifest::find(location, Some(before.period), Which::Newest)?;
    }
    let number = before.edition + 1;
    Err(StoreError::Contended(number, location.shown.clone()))
}

/// Writes the tables of the last edition without the return's rows.
fn write(
    attempt: &Attempt<'_>,
    before: &Manifest,
    name: &str,
    return_id: &str,
    stay: &[ReturnEntry],
) -> Result<Vec<StoredFile>, StoreError> {
    let gone = BTreeSet::from([return_id.to_owned()]);
    let mut files = Vec::new();
    for table in reading_order() {
        let Some(spec) = schema::table(table) else {
            continue;
        };
        let schema = batch::schema(spec);
        let mut writer = attempt.begin(name, table, &schema)?;
        attempt.carried(table, &schema, &gone)?.rest(&mut writer)?;
        files.push(writer.finish()?);
    }
    let returns = returns_batch(stay, attempt.period).map_err(damaged)?;
    files.push(attempt.write_small(name, "returns", &returns_schema(), &[returns])?);
    for (table, schema) in [
        ("findings", findings_schema()),
        ("rejects", rejects_schema()),
    ] {
        let mut rows = Vec::new();
        if let Some(below) = before.table_path(table) {
            for batch in batches(attempt.location, &below)? {
                rows.push(filter(&batch?, &|id, _| id != return_id).map_err(damaged)?);
            }
        }
        files.push(attempt.write_small(name, table, &schema, &rows)?);
    }
    Ok(files)
}

/// The id of the return that is meant.
fn resolve(edition: &Manifest, wanted: &str) -> Result<String, StoreError> {
    let entries = &edition.returns;
    if entries.iter().any(|entry| entry.return_id == wanted) {
        return Ok(wanted.to_owned());
    }
    let of_provider: BTreeSet<&str> = entries
        .iter()
        .filter(|entry| entry.status == Status::Accepted && entry.providers.contains(wanted))
        .map(|entry| entry.return_id.as_str())
        .collect();
    let listed = |ids: &BTreeSet<&str>| ids.iter().copied().collect::<Vec<_>>().join(", ");
    match of_provider.len() {
        1 => return Ok(listed(&of_provider)),
        0 => {}
        _ => {
            return Err(StoreError::NoSuchReturn(format!(
                "provider {wanted} stands in several returns of {}: {}\nhint: name one of them",
                edition.period,
                listed(&of_provider)
            )));
        }
    }
    let ids: BTreeSet<&str> = entries.iter().map(|e| e.return_id.as_str()).collect();
    let providers = entries.iter().flat_map(|entry| &entry.providers);
    let known = ids.iter().copied().chain(providers.map(String::as_str));
    let mut message = format!(
        "edition {} of {} has no return and no provider {wanted}",
        edition.edition, edition.period
    );
    if let Some(near) = nearest(wanted, known) {
        message.push_str(&format!("\nhint: there is {near}"));
    } else if !ids.is_empty() && ids.len() <= LISTED {
        message.push_str(&format!("\nhint: its returns are {}", listed(&ids)));
    } else {
        message.push_str("\nhint: paybench query \"SELECT * FROM returns\" lists them");
    }
    Err(StoreError::NoSuchReturn(message))
}

/// Returns that a message still lists.
const LISTED: usize = 20;
