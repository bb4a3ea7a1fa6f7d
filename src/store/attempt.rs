//! One try at the next edition: its files aside, then its manifest, which
//! makes it exist.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::NaiveDate;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::carry::{Carried, conform, sorted_by_return};
use super::location::Location;
use super::manifest::{Manifest, StoredFile, period_folder};
use super::parquet::{TableWriter, batches};
use super::seal::sealed;
use super::{StoreError, damaged};
use crate::ingest::key::random;
use crate::model::digest::hex;

/// How often a lost race is run again.
pub const ATTEMPTS: u32 = 20;

const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// One try at the next edition of a period.
pub struct Attempt<'a> {
    /// The store.
    pub location: &'a Location,
    /// The last edition.
    pub before: Option<&'a Manifest>,
    /// The number of the next one.
    pub number: u32,
    /// The period.
    pub period: NaiveDate,
    /// How many threads may encode a file.
    pub threads: usize,
}

impl Attempt<'_> {
    /// The folder of the edition's files.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn name(&self, digest: &str) -> Result<String, StoreError> {
        name(self.number, digest)
    }

    /// Now, UTC, but never before the last edition: what held at some time
    /// holds for that time ever after, whatever a clock says.
    #[must_use]
    pub fn created(&self) -> String {
        let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        match self.before {
            Some(before) if before.created > now => before.created.clone(),
            _ => now,
        }
    }

    /// Makes the edition exist; says whether its number was still free.
    ///
    /// # Errors
    /// Where the storage fails; then its files are gone, unless it may exist.
    pub fn publish(&self, name: &str, manifest: &Manifest) -> Result<bool, StoreError> {
        let published = manifest_last(self.location, manifest);
        match published {
            Ok(true) | Err(StoreError::Unsure { .. }) => {}
            Ok(false) | Err(_) => self.discard(name),
        }
        published
    }

    /// Removes the files of an attempt that came to nothing.
    pub fn discard(&self, name: &str) {
        discard(
            self.location,
            &format!("{}/{name}", period_folder(self.period)),
        );
    }

    /// Begins the file of a table.
    ///
    /// # Errors
    /// Where the schema cannot be written.
    pub fn begin(
        &self,
        name: &str,
        table: &str,
        schema: &SchemaRef,
    ) -> Result<TableWriter, StoreError> {
        let writer = TableWriter::begin(
            self.location,
            &period_folder(self.period),
            &format!("{name}/{table}.parquet"),
            schema,
        );
        Ok(writer?.on_threads(self.threads))
    }

    /// Writes a small table in one go.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn write_small(
        &self,
        name: &str,
        table: &str,
        schema: &SchemaRef,
        rows: &[RecordBatch],
    ) -> Result<StoredFile, StoreError> {
        let mut writer = self.begin(name, table, schema)?;
        let rows: Result<Vec<RecordBatch>, _> =
            rows.iter().map(|rows| conform(rows, schema)).collect();
        let rows = match rows.map_err(damaged)?.as_slice() {
            [one] => one.clone(),
            rows => arrow::compute::concat_batches(schema, rows).map_err(damaged)?,
        };
        writer.write(sorted_by_return(&rows).map_err(damaged)?)?;
        writer.finish()
    }

    /// The rows of a table that the last edition hands on.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn carried(
        &self,
        table: &str,
        schema: &SchemaRef,
        replaced: &BTreeSet<String>,
    ) -> Result<Carried, StoreError> {
        let below = self.before.and_then(|before| before.table_path(table));
        let rows: Box<dyn Iterator<Item = Result<RecordBatch, StoreError>>> = match below {
            None => Box::new(std::iter::empty()),
            Some(below) => {
                let schema = schema.clone();
                let rows = batches(self.location, &below)?;
                Box::new(rows.map(move |rows| conform(&rows?, &schema).map_err(damaged)))
            }
        };
        Ok(Carried {
            rows,
            waiting: None,
            replaced: replaced.clone(),
        })
    }
}

/// The folder of an edition: number, digest of the inputs as far as known when
/// it is begun, and four letters that tell this attempt's files from those of others.
///
/// # Errors
/// Where the system has no random numbers.
pub fn name(number: u32, digest: &str) -> Result<String, StoreError> {
    let bytes = random::<4>().map_err(|error| StoreError::Io {
        what: "naming the edition".to_owned(),
        source: std::io::Error::other(error.to_string()),
    })?;
    let letters: String = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    Ok(format!("{number:04}-{}-{letters}", &digest[..8]))
}

/// A manifest with the field of its seal, which comes last.
#[derive(Serialize)]
struct Unsealed<'m> {
    #[serde(flatten)]
    manifest: &'m Manifest,
    seal: &'static str,
}

/// Writes the manifest once all that it names is safe; says whether its number
/// was still free.
///
/// # Errors
/// Where the storage fails.
pub fn manifest_last(location: &Location, manifest: &Manifest) -> Result<bool, StoreError> {
    let text = serde_json::to_string_pretty(&Unsealed { manifest, seal: "" });
    let text = text.map_err(|error| StoreError::Manifest(manifest.path(), error.to_string()))?;
    let text = sealed(&format!("{text}\n"));
    let files: Vec<String> = manifest
        .files
        .iter()
        .map(|file| format!("{}/{}", manifest.folder(), file.name))
        .collect();
    location.settle(&files)?;
    location.create(&manifest.path(), text.as_bytes())
}

/// Removes the files of an attempt that came to nothing. Where even that fails
/// they stay as what no manifest names and nobody reads.
pub fn discard(location: &Location, folder: &str) {
    for file in location.list(folder).unwrap_or_default() {
        let _ = location.remove(&format!("{folder}/{file}"));
    }
    location.remove_empty(folder);
}

/// SHA-256 over everything that decides an edition's content: a line for each
/// file of a return, the layouts, the rules and the key.
#[must_use]
pub fn digest(
    inputs: BTreeSet<String>,
    layouts: &BTreeMap<String, String>,
    rules: &str,
    key_id: &str,
) -> String {
    let mut hasher = Sha256::new();
    for line in inputs {
        hasher.update(line);
        hasher.update(b"\n\n");
    }
    hasher.update(format!("{layouts:?}{rules}{key_id}"));
    hex(&hasher.finalize())
}
