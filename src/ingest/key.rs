//! The key that turns a worker's reference into a `worker_key`.

use std::io::Write;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::returns::text::hex;

/// A secret of 32 bytes, kept outside the store.
#[derive(Clone)]
pub struct Key {
    mac: Hmac<Sha256>,
    id: String,
}

/// Why there is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not there although the store was made with one.
    #[error(
        "there is no key file {0}, and the store was made with one\nhint: give the key with --key-file; without it the same workers would get other keys"
    )]
    Missing(String),
    /// The file does not hold a key.
    #[error("{0} is not a key file: it must hold 64 hexadecimal digits")]
    Malformed(String),
    /// Others may read the file.
    #[error("{0} can be read by others than its owner\nhint: chmod 600 {0}")]
    Exposed(String),
    /// The key is not the one of the store.
    #[error(
        "{file} holds key {found}, but the store was made with key {expected}\nhint: give the right key with --key-file"
    )]
    Different {
        /// The file.
        file: String,
        /// The id of its key.
        found: String,
        /// The id of the store's key.
        expected: String,
    },
    /// The file cannot be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

impl Key {
    /// A key that is forgotten when the program ends: for checks.
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn ephemeral() -> Result<Key, KeyError> {
        Ok(Key::from_bytes(&random::<32>()?))
    }

    fn from_bytes(bytes: &[u8; 32]) -> Key {
        let mut hasher = Sha256::new();
        hasher.update(b"paybench key id\n");
        hasher.update(bytes);
        let id = hex(&hasher.finalize()[..8]);
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mac = Hmac::new_from_slice(bytes).expect("any length");
        Key { mac, id }
    }

    /// What manifests call the key: a digest that does not reveal it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Reads a key file and holds it against the store's key, or makes one
    /// where the store has no edition yet. Says whether it was made.
    ///
    /// # Errors
    /// Why the key cannot be used.
    pub fn open(path: &Path, store_key: Option<&str>) -> Result<(Key, bool), KeyError> {
        let file = path.display().to_string();
        let io = |source| KeyError::Io {
            file: file.clone(),
            source,
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if store_key.is_some() {
                    return Err(KeyError::Missing(file));
                }
                return match Key::create(path) {
                    // Somebody else was quicker: theirs is the key.
                    Err(KeyError::Io { source, .. })
                        if source.kind() == std::io::ErrorKind::AlreadyExists =>
                    {
                        Key::open(path, store_key)
                    }
                    made => made.map(|key| (key, true)),
                };
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(KeyError::Malformed(file));
            }
            Err(error) => return Err(io(error)),
        };
        if exposed(path).map_err(io)? {
            return Err(KeyError::Exposed(file));
        }
        let bytes = from_hex(text.trim()).ok_or_else(|| KeyError::Malformed(file.clone()))?;
        let key = Key::from_bytes(&bytes);
        match store_key {
            Some(expected) if expected != key.id => Err(KeyError::Different {
                file,
                found: key.id,
                expected: expected.to_owned(),
            }),
            _ => Ok((key, false)),
        }
    }

    fn create(path: &Path) -> Result<Key, KeyError> {
        let io = |source| KeyError::Io {
            file: path.display().to_string(),
            source,
        };
        let bytes = random::<32>()?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // Written aside, so that no other process reads half a key; a
        // temporary file can be read by its owner only.
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(io)?;
        file.write_all(format!("{}\n", hex(&bytes)).as_bytes())
            .map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(Key::from_bytes(&bytes)),
            Err(error) => Err(io(error.error)),
        }
    }

    /// The first 128 bits of HMAC-SHA-256 over provider and reference. Each
    /// part is preceded by its length, so that no two pairs are one text.
    #[must_use]
    pub fn worker(&self, provider_id: &str, worker_ref: &str) -> [u8; 16] {
        let mut mac = self.mac.clone();
        for part in [provider_id, worker_ref] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        key
    }
}

/// Random bytes from the system.
///
/// # Errors
/// Where the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Random(error.to_string()))?;
    Ok(bytes)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    // Not left to the number parser, which takes `+f` for 15.
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(unix)]
fn exposed(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn exposed(_: &Path) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pairs_are_one() {
        let key = Key::from_bytes(&[7; 32]);
        assert_ne!(key.worker("A1", "23"), key.worker("A12", "3"));
        assert_eq!(key.worker("A1", "23"), key.worker("A1", "23"));
        assert_ne!(
            key.worker("A1", "23"),
            Key::from_bytes(&[8; 32]).worker("A1", "23")
        );
    }
}
