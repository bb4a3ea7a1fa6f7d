//! Whether a store holds what its manifests name.

use super::StoreError;
use super::location::Location;
use super::manifest;
use super::seal;
use crate::model::digest::sha256;

/// What was looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many files were held against their digests.
    pub files: usize,
    /// What is not as a manifest says: a file and what is wrong with it.
    pub wrong: Vec<String>,
}

/// Holds every file of every edition against its manifest.
///
/// # Errors
/// Where the storage fails; a file that is missing is no error but a result.
pub fn verify(location: &Location) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let periods = manifest::periods(location)?;
    if periods.is_empty() {
        let store = format!("store {}", location.shown);
        return Err(StoreError::Empty(store, String::new()));
    }
    for period in periods {
        let numbers = manifest::numbers(location, period)?;
        for number in 1..=numbers.last().copied().unwrap_or(0) {
            let path = manifest::path(period, number);
            if !numbers.contains(&number) {
                verified.wrong.push(format!("{path} is missing"));
                continue;
            }
            verified.files += 1;
            let text = location.get(&path)?;
            // Editions of earlier versions have no seal.
            if seal::is_whole(&String::from_utf8_lossy(&text)) == Some(false) {
                verified.wrong.push(format!("{path} was altered"));
            }
            match manifest::read(location, period, number) {
                Err(StoreError::Manifest(path, why)) => {
                    verified.wrong.push(format!("{path} is damaged: {why}"));
                }
                Err(error) => return Err(error),
                Ok(edition) => {
                    for file in &edition.files {
                        let path = format!("{}/{}", edition.folder(), file.name);
                        verified.look_at(location, &path, &file.sha256)?;
                    }
                    let rates = &edition.rates;
                    verified.look_at(location, &rates.file, &rates.sha256)?;
                }
            }
        }
    }
    verified.wrong.dedup();
    Ok(verified)
}

impl Verified {
    fn look_at(&mut self, location: &Location, path: &str, named: &str) -> Result<(), StoreError> {
        self.files += 1;
        if !location.exists(path)? {
            self.wrong.push(format!("{path} is missing"));
        } else if sha256(location.get(path)?) != named {
            self.wrong.push(format!("{path} was altered"));
        }
        Ok(())
    }
}
