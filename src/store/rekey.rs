//! A rotation of the key: every period gets an edition that is its newest one
//! under new worker keys. No return is needed.
//!
//! The order of steps, each whole or not at all:
//!
//! 1. A copy of the key file is kept as `FILE.old-KEYID`.
//! 2. The key file gets a new secret. From here on the new secret is safe, and
//!    every ingest is refused until the rotation is done, for the newest
//!    editions are not under the key.
//! 3. The Parquet files of the new editions are written. No manifest names
//!    them yet.
//! 4. The re-link file is written, before the first edition that it explains.
//! 5. One period after the other gets its manifest, created only if absent.
//!
//! Whatever cuts this short, the same command goes on from there: the key file
//! knows the ids it had, so a newest edition under an earlier one tells that
//! a rotation is unfinished, and no new secret is made. Before step 2 nothing
//! has begun; files of step 3 without a manifest are nobody's; a re-link file
//! whose pairs only this key can have made is taken further. After step 5 the
//! command finds its own re-link file and leaves it at that; without `--relink`
//! it cannot tell, and rotates once more, which harms nothing. An edition is
//! under one key as a whole, always.
//!
//! An ingest that had read the old key may still commit under it. Then the
//! period's next number is taken, or there is a new period under the old key:
//! steps 3 to 5 are done again for what is not under the new key. One that
//! commits after the last look at the store leaves an unfinished rotation,
//! which the next ingest tells of.
//!
//! Earlier editions stay under the key they were made with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringArray};

use super::attempt::{discard, manifest_last, name};
use super::location::Location;
use super::manifest::{self, Manifest, RekeyedFrom, StoredFile};
use super::parquet::{TableWriter, rows};
use super::relink::{Relink, worker_key};
use super::{StoreError, damaged};
use crate::ingest::key::{Key, KeyError};
use crate::ingest::key_file;
use crate::model::digest::{hex, sha256};

/// How often periods that others committed to meanwhile are done again.
const ATTEMPTS: u32 = 20;

/// The column that a rotation replaces, in whatever table it stands.
const COLUMN: &str = "worker_key";

/// Why a rotation did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// The key or the re-link file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A step that was done, and will not be done again.
pub enum Step<'a> {
    /// The key file as it was is kept here.
    Kept(&'a Path),
    /// The key file has a new secret, and so another id.
    Rotated(&'a Key),
    /// An earlier rotation to this key is gone on with.
    Resumed(&'a Key),
    /// All of it was done before: the key and the re-link file say so.
    Finished(&'a Key),
    /// The files of an edition are written, and nothing names them yet.
    Drafted(&'a Manifest),
    /// The re-link file holds so many workers.
    Relinked(&'a Path, usize),
    /// The edition exists.
    Made(&'a Manifest),
}

/// What is to be rotated.
pub struct Rotation<'a> {
    /// The store.
    pub location: &'a Location,
    /// The key file.
    pub key_file: &'a Path,
    /// The re-link file; beside the key file if not given.
    pub relink: Option<&'a Path>,
    /// The time, for the manifests.
    pub created: &'a str,
}

/// An edition whose files are written.
struct Draft {
    manifest: Manifest,
    folder: String,
}

impl Rotation<'_> {
    /// Rotates the key, or finishes a rotation that was cut short, and gives
    /// the key as it is now. `tell` hears of each step, and ends it by failing.
    ///
    /// # Errors
    /// Why it did not come to its end; the same call goes on from there.
    pub fn run(
        &self,
        tell: &mut dyn FnMut(&Step<'_>) -> Result<(), RekeyError>,
    ) -> Result<Key, RekeyError> {
        let mut key = key_file::read(self.key_file)?;
        let keys = manifest::keys(self.location)?;
        if keys.is_empty() {
            let store = format!("store {}", self.location.shown);
            return Err(StoreError::Empty(store, String::new()).into());
        }
        self.location.prove()?;
        let mut finished = true;
        for id in keys.values() {
            finished &= key_file::known(&key, self.key_file, id)? == 0;
        }
        let _kept;
        if finished {
            // Known before anything is changed, and not after half of it.
            if self.relinked(&key)? {
                tell(&Step::Finished(&key))?;
                return Ok(key);
            }
            let kept = key_file::keep(self.key_file)?;
            tell(&Step::Kept(&kept.path))?;
            key = key_file::rotate(self.key_file, &kept)?;
            tell(&Step::Rotated(&key))?;
            _kept = kept;
        } else {
            _kept = key_file::resume(self.key_file, &key)?;
            tell(&Step::Resumed(&key))?;
        }
        let mut relink: Option<Relink> = None;
        let mut number = 0;
        for _ in 0..ATTEMPTS {
            let due = self.due(&key)?;
            let Some(oldest) = due.iter().max_by_key(|(age, _)| *age) else {
                return Ok(key);
            };
            number = oldest.1.edition + 1;
            let mut links = match relink.take() {
                Some(links) => links,
                None => Relink::open(&self.relink_path(&oldest.1.key_id, &key), &key)?,
            };
            let mut drafts = Vec::new();
            let made = self.make(&key, &due, &mut links, &mut drafts, tell);
            for draft in drafts {
                discard(self.location, &draft.folder);
            }
            made?;
            relink = Some(links);
        }
        Err(StoreError::Contended(number, self.location.shown.clone()).into())
    }

    /// Whether the re-link file that the user names is there, and of the
    /// rotation that the store has behind it.
    fn relinked(&self, key: &Key) -> Result<bool, KeyError> {
        let Some(path) = self.relink else {
            return Ok(false);
        };
        if path.exists() {
            return Relink::open(path, key).map(|_| true);
        }
        let folder = key_file::folder(path);
        let there = std::fs::read_dir(folder).map(|_| false);
        there.map_err(|error| key_file::io(folder, error))
    }

    fn relink_path(&self, old: &str, key: &Key) -> PathBuf {
        self.relink.map_or_else(
            || Relink::beside(self.key_file, old, key.id()),
            Path::to_owned,
        )
    }

    /// The newest editions that are under an earlier key, with the number of
    /// rotations since.
    fn due(&self, key: &Key) -> Result<Vec<(usize, Manifest)>, RekeyError> {
        let mut due = Vec::new();
        for (period, id) in manifest::keys(self.location)? {
            if id == key.id() {
                continue;
            }
            if let Some(newest) = manifest::newest(self.location, period)? {
                let age = key_file::known(key, self.key_file, &newest.key_id)?;
                if age > 0 {
                    due.push((age, newest));
                }
            }
        }
        Ok(due)
    }

    /// Steps 3 to 5 for the editions that are due. Drafts that are left
    /// afterwards came to nothing.
    fn make(
        &self,
        key: &Key,
        due: &[(usize, Manifest)],
        links: &mut Relink,
        drafts: &mut Vec<Draft>,
        tell: &mut dyn FnMut(&Step<'_>) -> Result<(), RekeyError>,
    ) -> Result<(), RekeyError> {
        for (age, before) in due {
            let draft = self.draft(key, *age, before, links)?;
            drafts.push(draft);
            if let Some(draft) = drafts.last() {
                tell(&Step::Drafted(&draft.manifest))?;
            }
        }
        let workers = links.save()?;
        tell(&Step::Relinked(links.path(), workers))?;
        drafts.reverse();
        let mut taken = Vec::new();
        while let Some(draft) = drafts.pop() {
            if !manifest_last(self.location, &draft.manifest)? {
                // Somebody was quicker: done again with what they committed.
                taken.push(draft);
                continue;
            }
            tell(&Step::Made(&draft.manifest))?;
        }
        drafts.append(&mut taken);
        Ok(())
    }

    /// Writes the files of an edition that is `before` under the key.
    fn draft(
        &self,
        key: &Key,
        age: usize,
        before: &Manifest,
        links: &mut Relink,
    ) -> Result<Draft, StoreError> {
        let number = before.edition + 1;
        let inputs = format!("{}\n{}\n", before.digest, key.id());
        let digest = sha256(inputs.as_bytes());
        let name = name(number, &digest)?;
        let folder = format!("{}/{name}", before.folder());
        let mut files = Vec::new();
        for file in &before.files {
            match self.copy(key, age, before, file, &name, links) {
                Ok(file) => files.push(file),
                Err(error) => {
                    discard(self.location, &folder);
                    return Err(error);
                }
            }
        }
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            edition: number,
            // Never before the edition that it follows, whatever a clock says.
            created: before.created.clone().max(self.created.to_owned()),
            key_id: key.id().to_owned(),
            digest,
            files,
            withdrawn: Vec::new(),
            rekeyed_from: Some(RekeyedFrom {
                edition: before.edition,
                key_id: before.key_id.clone(),
            }),
            ..before.clone()
        };
        Ok(Draft { manifest, folder })
    }

    /// Writes one file of an edition again: with other worker keys if it has
    /// any, otherwise byte for byte.
    fn copy(
        &self,
        key: &Key,
        age: usize,
        before: &Manifest,
        file: &StoredFile,
        name: &str,
        links: &mut Relink,
    ) -> Result<StoredFile, StoreError> {
        let from = format!("{}/{}", before.folder(), file.name);
        let bytes = self.location.get(&from)?;
        if sha256(&bytes) != file.sha256 {
            let message = "its bytes are not those that the manifest names";
            return Err(StoreError::Manifest(from, message.to_owned()));
        }
        let table = file.name.rsplit('/').next().unwrap_or_default();
        let name = format!("{name}/{table}");
        let (schema, batches) = rows(bytes.clone(), &from)?;
        if schema.column_with_name(COLUMN).is_none() {
            let below = format!("{}/{name}", before.folder());
            if !self.location.create(&below, &bytes)? {
                return Err(StoreError::Contended(before.edition + 1, below));
            }
            return Ok(StoredFile {
                name,
                ..file.clone()
            });
        }
        let mut writer = TableWriter::begin(self.location, &before.folder(), &name, &schema)?;
        for batch in batches {
            let batch = renewed(&batch?, key, age, links).map_err(|error| match error {
                Wrong::Key => {
                    StoreError::Manifest(from.clone(), "a worker key in it is none".to_owned())
                }
                Wrong::Columns(error) => damaged(error),
            })?;
            writer.write(batch)?;
        }
        writer.finish()
    }
}

enum Wrong {
    Key,
    Columns(arrow::error::ArrowError),
}

/// The rows with the worker keys of now; each pair goes to the links.
fn renewed(
    batch: &RecordBatch,
    key: &Key,
    age: usize,
    links: &mut Relink,
) -> Result<RecordBatch, Wrong> {
    let schema = batch.schema();
    let mut columns = batch.columns().to_vec();
    let Some((at, _)) = schema.column_with_name(COLUMN) else {
        return Ok(batch.clone());
    };
    let old = columns[at].as_string_opt::<i32>().ok_or(Wrong::Key)?;
    let new: Result<StringArray, Wrong> = old
        .iter()
        .map(|old| {
            let Some(old) = old else { return Ok(None) };
            let old = worker_key(old).ok_or(Wrong::Key)?;
            let new = key.renew(old, age);
            links.add(old, new);
            Ok(Some(hex(&new)))
        })
        .collect();
    columns[at] = Arc::new(new?);
    RecordBatch::try_new(schema, columns).map_err(Wrong::Columns)
}
