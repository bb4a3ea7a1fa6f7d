//! The manifest that makes an edition exist, and the editions of a store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::location::Location;
use crate::model::date;

/// An edition: what it was made of, what it is made up of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `paybench`.
    pub tool: String,
    /// The version that wrote it.
    pub version: String,
    /// The version of the stored tables' schema.
    pub schema_version: u32,
    /// The reference date.
    #[serde(with = "crate::model::date::as_text")]
    pub period: NaiveDate,
    /// The number of the edition within its period.
    pub edition: u32,
    /// When it was committed, UTC.
    pub created: String,
    /// The id of the key behind `worker_key`.
    pub key_id: String,
    /// SHA-256 over all inputs, layouts, rules and the key id.
    pub digest: String,
    /// The returns in it, and those rejected since they were last accepted.
    pub returns: Vec<ReturnEntry>,
    /// The returns of the last edition that were withdrawn from this one, as
    /// they stood in it.
    #[serde(default)]
    pub withdrawn: Vec<ReturnEntry>,
    /// The Parquet files, relative to the manifest.
    pub files: Vec<StoredFile>,
    /// SHA-256 of each layout.
    pub layouts: BTreeMap<String, String>,
    /// SHA-256 of the rules: columns, ranges, code lists.
    pub rules: String,
    /// The wage floors known when it was made, relative to the store.
    pub rates: RatesFile,
    /// The edition that this is with other worker keys, after a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rekeyed_from: Option<RekeyedFrom>,
}

/// The edition before a rotation of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RekeyedFrom {
    /// Its number, within the same period.
    pub edition: u32,
    /// The id of its key.
    pub key_id: String,
}

/// One return of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnEntry {
    /// Its id.
    pub return_id: String,
    /// `accepted` or `rejected`.
    pub status: Status,
    /// The edition in which it was read.
    pub edition: u32,
    /// The providers whose workplaces it holds.
    pub providers: BTreeSet<String>,
    /// Its workplaces that were left out because another return has them.
    #[serde(default)]
    pub elsewhere: Vec<String>,
    /// Whether one of its files is not what it should be.
    #[serde(default)]
    pub broken: bool,
    /// How many findings of each severity it has.
    pub errors: u64,
    /// Findings that ask for confirmation.
    pub warnings: u64,
    /// Its files.
    pub files: Vec<InputFile>,
}

/// How the name of another return ends in [`ReturnEntry::elsewhere`].
const ENDINGS: [&str; 4] = [
    "",
    ", which the store holds",
    " (the same file)",
    ", which the store holds (the same file)",
];

impl ReturnEntry {
    /// A line for each of its files: what the digest of an edition is made of.
    pub fn inputs(&self) -> impl Iterator<Item = String> {
        let of_file =
            |file: &InputFile| format!("{}\n{}\n{}", self.return_id, file.file, file.sha256);
        self.files.iter().map(of_file)
    }

    /// Its workplaces, as `PROVIDER WORKPLACE`, that were left out because this return
    /// had them.
    pub fn lost_to<'a>(&'a self, return_id: &str) -> impl Iterator<Item = &'a str> {
        let named = ENDINGS.map(|ending| format!(": {return_id}{ending}"));
        self.elsewhere.iter().filter_map(move |place| {
            let mut owns = named.iter().map(|named| place.strip_suffix(named.as_str()));
            owns.find_map(|own| own)
        })
    }
}

/// Whether a return is in the edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its rows are in the edition.
    Accepted,
    /// None of its rows is; an earlier return of its id stays in force.
    Rejected,
}

impl Status {
    /// The word that outputs use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::Rejected => "rejected",
        }
    }
}

/// One file of a return, or one sheet of its workbook, with its row balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its name below the return.
    pub file: String,
    /// The sheet, where it is a workbook: each has an entry of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The table that it holds, or empty.
    pub table: String,
    /// The layout that it was read by, or empty.
    pub layout: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Records after the header: the sum of the next four.
    pub rows_read: u64,
    /// Stored.
    pub rows_accepted: u64,
    /// Not stored, for an error.
    pub rows_rejected: u64,
    /// Without any text.
    pub rows_blank: u64,
    /// Left out because they say so, or because their file is not needed.
    pub rows_skipped: u64,
}

/// One Parquet file of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its path relative to the manifest's folder.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// A table of wage floors in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatesFile {
    /// Its path relative to the store.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl Manifest {
    /// The folder below the store that the manifest stands in.
    #[must_use]
    pub fn folder(&self) -> String {
        period_folder(self.period)
    }

    /// The manifest's own path below the store.
    #[must_use]
    pub fn path(&self) -> String {
        path(self.period, self.edition)
    }

    /// The path below the store of the file that holds a table.
    #[must_use]
    pub fn table_path(&self, table: &str) -> Option<String> {
        let ending = format!("/{table}.parquet");
        let file = self
            .files
            .iter()
            .find(|file| file.name.ends_with(&ending))?;
        Some(format!("{}/{}", self.folder(), file.name))
    }

    /// The entries of a return: they are in the order of their ids.
    #[must_use]
    pub fn of(&self, return_id: &str) -> &[ReturnEntry] {
        let before = |entry: &ReturnEntry| entry.return_id.as_str() < return_id;
        let from = &self.returns[self.returns.partition_point(before)..];
        let own = |entry: &ReturnEntry| entry.return_id == return_id;
        &from[..from.partition_point(own)]
    }

    /// The entry of a return that is in the edition.
    #[must_use]
    pub fn accepted(&self, return_id: &str) -> Option<&ReturnEntry> {
        let mut own = self.of(return_id).iter();
        own.find(|entry| entry.status == Status::Accepted)
    }
}

/// `period=2026-03-31`.
#[must_use]
pub fn period_folder(period: NaiveDate) -> String {
    format!("period={period}")
}

/// `period=2026-03-31/0002.json`.
#[must_use]
pub fn path(period: NaiveDate, edition: u32) -> String {
    format!("{}/{edition:04}.json", period_folder(period))
}

/// Which edition of a period to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The highest.
    #[default]
    Newest,
    /// The one of this number.
    Number(u32),
    /// The newest that was committed by then, UTC.
    AsOf(NaiveDateTime),
}

/// The periods that have an edition, oldest first.
///
/// # Errors
/// Where the storage fails.
pub fn periods(location: &Location) -> Result<Vec<NaiveDate>, StoreError> {
    Ok(editions(location)?.into_keys().collect())
}

/// The periods that have an edition, with the numbers of their editions.
fn editions(location: &Location) -> Result<BTreeMap<NaiveDate, Vec<u32>>, StoreError> {
    let mut editions = BTreeMap::new();
    for name in location.list("")? {
        let Some(period) = name.strip_prefix("period=").and_then(date::iso) else {
            continue;
        };
        let numbers = numbers(location, period)?;
        if !numbers.is_empty() {
            editions.insert(period, numbers);
        }
    }
    Ok(editions)
}

/// The numbers of a period's editions, ascending.
///
/// # Errors
/// Where the storage fails.
pub fn numbers(location: &Location, period: NaiveDate) -> Result<Vec<u32>, StoreError> {
    let mut numbers: Vec<u32> = location
        .list(&period_folder(period))?
        .iter()
        .filter_map(|name| {
            let number = name.strip_suffix(".json")?.parse().ok()?;
            // What is named otherwise is no edition.
            path(period, number)
                .ends_with(&format!("/{name}"))
                .then_some(number)
        })
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads one manifest.
///
/// # Errors
/// Where the storage fails or the manifest is damaged.
pub fn read(location: &Location, period: NaiveDate, edition: u32) -> Result<Manifest, StoreError> {
    let below = path(period, edition);
    let bytes = location.get(&below)?;
    serde_json::from_slice(&bytes).map_err(|error| StoreError::Manifest(below, error.to_string()))
}

/// The newest edition of a period, if it has any.
///
/// # Errors
/// Where the storage fails or the manifest is damaged.
pub fn newest(location: &Location, period: NaiveDate) -> Result<Option<Manifest>, StoreError> {
    match numbers(location, period)?.last() {
        None => Ok(None),
        Some(number) => read(location, period, *number).map(Some),
    }
}

/// The id of the key of each period's newest edition. They are one, but for
/// the time that a rotation takes.
///
/// # Errors
/// Where the storage fails or a manifest is damaged.
pub fn keys(location: &Location) -> Result<BTreeMap<NaiveDate, String>, StoreError> {
    #[derive(Deserialize)]
    struct Head {
        key_id: String,
    }
    let mut keys = BTreeMap::new();
    for (period, numbers) in editions(location)? {
        if let Some(number) = numbers.last() {
            let below = path(period, *number);
            let head: Head = serde_json::from_slice(&location.get(&below)?)
                .map_err(|error| StoreError::Manifest(below, error.to_string()))?;
            keys.insert(period, head.key_id);
        }
    }
    Ok(keys)
}

/// The edition asked for; without a period that of the newest period, as of a moment
/// that of the newest period of which there was one then.
///
/// # Errors
/// Where there is none, naming those that there are.
pub fn find(
    location: &Location,
    asked: Option<NaiveDate>,
    which: Which,
) -> Result<Manifest, StoreError> {
    let editions = editions(location)?;
    let Some(newest_period) = editions.keys().next_back() else {
        return Err(StoreError::Empty(
            format!("store {}", location.shown),
            String::new(),
        ));
    };
    let period = asked.unwrap_or(*newest_period);
    let Some(numbers) = editions.get(&period) else {
        let known: Vec<String> = editions.keys().map(ToString::to_string).collect();
        return Err(StoreError::NoSuchEdition(format!(
            "store {} has no edition for the period {period}; it has {}",
            location.shown,
            known.join(", ")
        )));
    };
    let none = |what: String| {
        let known: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        StoreError::NoSuchEdition(format!(
            "store {} has no {what} for {period}; its editions are {}",
            location.shown,
            known.join(", ")
        ))
    };
    match which {
        Which::Newest => match numbers.last() {
            Some(number) => read(location, period, *number),
            None => Err(none("edition".to_owned())),
        },
        Which::Number(number) if numbers.contains(&number) => read(location, period, number),
        Which::Number(number) => Err(none(format!("edition {number}"))),
        Which::AsOf(moment) => {
            let first = asked.unwrap_or(NaiveDate::MIN);
            for (period, numbers) in editions.range(first..=period).rev() {
                for number in numbers.iter().rev() {
                    let manifest = read(location, *period, *number)?;
                    if date::moment(&manifest.created).is_some_and(|created| created <= moment) {
                        return Ok(manifest);
                    }
                }
            }
            Err(none(format!("edition as of {moment}")))
        }
    }
}
