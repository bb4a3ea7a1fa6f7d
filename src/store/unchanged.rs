//! Whether the store holds what is to be ingested already.

use sha2::{Digest, Sha256};

use super::StoreError;
use super::location::Location;
use super::manifest::{self, InputFile, Manifest, ReturnEntry, Status};
use super::report::elsewhere;
use crate::ingest::file::File;
use crate::ingest::intake::{Held, Intake};
use crate::ingest::key::Key;
use crate::ingest::rules;
use crate::model::digest::hex;
use crate::model::schema;

/// Holds the key against those of the store's newest editions.
///
/// # Errors
/// Where one is another, or the storage fails.
pub fn same_key(location: &Location, intake: &Intake) -> Result<(), StoreError> {
    let keys = manifest::keys(location)?;
    match keys.into_values().find(|key| key != intake.key.id()) {
        Some(expected) => Err(StoreError::OtherKey {
            expected,
            found: intake.key.id().to_owned(),
        }),
        None => Ok(()),
    }
}

/// Where the store has no edition yet: claims it for the key, so that of two
/// that begin it at once, each for a period of its own, one only goes on.
///
/// # Errors
/// Where another has claimed it, or the storage fails.
pub fn claim(location: &Location, key: &Key) -> Result<(), StoreError> {
    if !manifest::keys(location)?.is_empty() {
        return Ok(());
    }
    // Rotations leave the first id of a chain as it is.
    let claim = format!("{}\n", key.first_id());
    if location.create(CLAIM, claim.as_bytes())? {
        return Ok(());
    }
    let held = location.get(CLAIM)?;
    if held == claim.as_bytes() {
        return Ok(());
    }
    Err(StoreError::OtherKey {
        expected: String::from_utf8_lossy(&held).trim().to_owned(),
        found: key.first_id().to_owned(),
    })
}

/// Holds the id of the key with which the store was begun.
const CLAIM: &str = "key-id";

/// The entries of the intake's returns, where the store holds them all, read
/// from the same bytes by the same rules under the same key. Files are read for
/// their digest only where as many bytes are held under their name.
///
/// # Errors
/// Where one can no longer be read.
pub fn unchanged(
    intake: &mut Intake,
    before: &Manifest,
    held: &Held,
) -> std::io::Result<Option<Vec<ReturnEntry>>> {
    if before.layouts != intake.layouts.digests()
        || before.rules != rules_digest()
        || before.key_id != intake.key.id()
    {
        return Ok(None);
    }
    let as_held = |same: fn(&File, &InputFile) -> bool, intake: &Intake| {
        let entries = intake.returns.iter();
        let held = entries.map(|entry| {
            // The last word on a return counts: its newest entry.
            let known = before.of(&entry.id).iter();
            let known = known.max_by_key(|known| known.edition)?;
            let files = entry.files.iter().zip(&known.files);
            let as_many = entry.files.len() == known.files.len();
            let mut files =
                files.map(|(file, held)| file.source.name == held.file && same(file, held));
            (as_many && files.all(|same| same)).then(|| known.clone())
        });
        held.collect::<Option<Vec<ReturnEntry>>>()
    };
    if as_held(|file, held| file.fingerprint.bytes == held.bytes, intake).is_none() {
        return Ok(None);
    }
    intake.all_digests()?;
    let same = |file: &File, held: &InputFile| file.fingerprint.sha256 == held.sha256;
    let Some(known) = as_held(same, intake) else {
        return Ok(None);
    };
    // What other returns decided may have changed with them.
    if known
        .iter()
        .any(|entry| entry.status == Status::Rejected || !entry.elsewhere.is_empty())
    {
        intake.judge(held);
        let same = intake.returns.iter().zip(&known).all(|(entry, known)| {
            // A file that breaks off is rejected only once its rows are read.
            (entry.accepted == (known.status == Status::Accepted) || known.broken)
                && elsewhere(entry) == known.elsewhere
        });
        return Ok(same.then_some(known));
    }
    Ok(Some(known))
}

/// SHA-256 of the rules and code lists.
#[must_use]
pub fn rules_digest() -> String {
    let mut hasher = Sha256::new();
    for rule in rules::all() {
        let (severity, message, fix) = (rule.severity.as_str(), rule.message, rule.fix);
        hasher.update(format!("{}\n{severity}\n{message}\n{fix}\n", rule.id));
    }
    for (name, codes) in schema::CODES.iter() {
        hasher.update(format!("{name}\n{codes}\n"));
    }
    hasher.update(env!("CARGO_PKG_VERSION"));
    hex(&hasher.finalize())
}
