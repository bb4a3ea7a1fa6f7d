//! The release that stands in the output folder, before another takes its place.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::make::Pages;
use super::{ReleaseError, Source, swap};
use crate::model::date;
use crate::model::decimal::Decimal;
use crate::report::{Changes, Last};
use crate::store::StoreError;
use crate::store::manifest::{self, Manifest};

/// From which difference on a figure has moved.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// In per cent of what it was.
    pub pct: Decimal,
    /// In points, where it is itself in per cent.
    pub points: Decimal,
}

/// The release that stands in the output folder.
pub struct Before {
    folder: PathBuf,
    bytes: Vec<u8>,
    pub(super) manifest: Json,
    pub(super) summary: Json,
}

impl Before {
    /// The release in a folder, if there is one.
    ///
    /// # Errors
    /// Where it cannot be read: it is not taken for none.
    pub fn read(out: &Path) -> Result<Option<Before>, ReleaseError> {
        let Some(bytes) = swap::manifest(out)? else {
            return Ok(None);
        };
        let summary = out.join("summary.json");
        let summary = match std::fs::read(&summary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(swap::io(&summary)(error));
            }
            read => read.unwrap_or_default(),
        };
        Ok(serde_json::from_slice(&bytes).ok().map(|manifest| Before {
            folder: out.to_path_buf(),
            manifest,
            summary: serde_json::from_slice(&summary).unwrap_or_default(),
            bytes,
        }))
    }

    /// The changes that it tells itself: a release with the same figures and
    /// the same changes is the same release.
    #[must_use]
    pub fn changes(&self) -> Option<Changes> {
        serde_json::from_value(self.summary["changes_since_last_release"].clone()).ok()
    }

    /// Whether it is this release, every file of it in its place.
    #[must_use]
    pub fn is(&self, pages: &Pages) -> bool {
        let outputs = self.manifest["outputs"].as_array();
        let there = |output: &Json| {
            let name = output["name"].as_str().unwrap_or_default();
            let size = output["bytes"].as_u64();
            let file = std::fs::metadata(self.folder.join(name));
            file.is_ok_and(|file| Some(file.len()) == size)
        };
        self.bytes == pages.manifest && outputs.is_some_and(|all| all.iter().all(there))
    }

    /// One of its tables as text.
    pub(super) fn table(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(format!("tables/{name}.csv"))).ok()
    }

    /// The digest of one of its files.
    pub(super) fn digest(&self, name: &str) -> Option<&str> {
        let outputs = self.manifest["outputs"].as_array()?;
        let output = outputs.iter().find(|output| output["name"] == name)?;
        output["sha256"].as_str()
    }

    /// `protected` or `restricted`.
    pub(super) fn release(&self) -> &str {
        self.manifest["release"].as_str().unwrap_or_default()
    }

    /// The edition that it was made of, where the store still has it as it was.
    pub(super) fn edition(&self, source: &Source<'_>) -> Result<Option<Manifest>, StoreError> {
        let named = &self.manifest["editions"][0];
        let Some(period) = named["period"].as_str().and_then(date::iso) else {
            return Ok(None);
        };
        let numbers = manifest::numbers(source.location, period)?;
        let number = numbers
            .into_iter()
            .find(|number| named["edition"].as_u64() == Some(u64::from(*number)));
        let Some(number) = number else {
            return Ok(None);
        };
        let bytes = source.location.get(&manifest::path(period, number))?;
        if super::digest(&bytes) != named["sha256"].as_str().unwrap_or_default() {
            return Ok(None);
        }
        manifest::read(source.location, period, number).map(Some)
    }

    pub(super) fn last(&self, known: bool) -> Last {
        let named = &self.manifest["editions"][0];
        let edition = named["edition"].as_u64();
        Last {
            period: named["period"].as_str().unwrap_or_default().to_owned(),
            edition: edition
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(0),
            known,
        }
    }
}
