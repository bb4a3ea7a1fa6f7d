//! Whether a release holds what its manifest names, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::ReleaseError;
use super::swap::io;
use crate::model::digest::sha256;
use crate::store::seal;
use crate::store::verify::Verified;

/// Holds the files of a release, or of a pack of evidence, against its manifest.
///
/// # Errors
/// Where the folder cannot be read or is none of paybench's.
pub fn verify(folder: &Path) -> Result<Verified, ReleaseError> {
    let path = folder.join("manifest.json");
    let bytes = fs::read(&path).map_err(io(&path))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut verified = Verified::default();
    verified.files += 1;
    if seal::is_whole(&text) == Some(false) {
        verified.wrong.push("manifest.json was altered".to_owned());
    }
    let Ok(manifest) = serde_json::from_str::<Json>(&text) else {
        verified.wrong.push("manifest.json is damaged".to_owned());
        return Ok(verified);
    };
    if manifest["tool"] != "paybench" {
        return Err(ReleaseError::Foreign(folder.to_path_buf()));
    }
    let mut named = BTreeSet::from([PathBuf::from("manifest.json")]);
    for output in manifest["outputs"].as_array().into_iter().flatten() {
        let name = output["name"].as_str().unwrap_or_default();
        named.insert(PathBuf::from(name));
        verified.files += 1;
        match fs::read(folder.join(name)) {
            Ok(bytes) if output["sha256"] == sha256(&bytes) => {}
            Ok(_) => verified.wrong.push(format!("{name} was altered")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                verified.wrong.push(format!("{name} is missing"));
            }
            Err(error) => return Err(io(&folder.join(name))(error)),
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found)?;
    for path in found {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        if !named.contains(below) {
            let name = below.display();
            verified
                .wrong
                .push(format!("{name} is not in the manifest"));
        }
    }
    Ok(verified)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), ReleaseError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        entries.push(entry.map_err(io(folder))?.path());
    }
    entries.sort();
    for path in entries {
        // The demonstration keeps its store inside; that is verified by itself.
        let is_store = path.join("rates").is_dir();
        if path.is_dir() && !is_store {
            walk(&path, found)?;
        } else if !path.is_dir() {
            found.push(path);
        }
    }
    Ok(())
}
