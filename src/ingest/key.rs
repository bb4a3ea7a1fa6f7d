//! The key that turns a worker's reference into a `worker_key`.
//!
//! A key is a chain of secrets. The first turns provider and reference into a
//! worker key; each later one, which a rotation adds, turns the worker key so
//! far into the next. So a rotation needs the stored worker keys only, not the
//! returns, and a later ingest, which goes along the whole chain, comes to the
//! same worker keys.
//!
//! What each secret protects: whoever has all of them can try references until
//! a worker key comes out. Whoever has only the old ones comes as far as the
//! old worker key: the new one is an HMAC under a secret of 256 random bits,
//! and says nothing without it. That holds as long as old and new rows do not
//! lie side by side: an earlier edition has the same rows in the same order,
//! and a re-link file says outright which is which.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::returns::text::hex;

/// One secret: random bytes.
pub type Secret = [u8; 32];

/// One or more secrets, kept outside the store.
#[derive(Clone)]
pub struct Key {
    first: Hmac<Sha256>,
    later: Vec<Hmac<Sha256>>,
    id: String,
    /// The ids of the chain without its last secrets, shortest first.
    earlier: Vec<String>,
}

/// Why there is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not there although the store was made with one.
    #[error(
        "there is no key file {0}, and the store was made with one\nhint: give the key with --key-file; without it the same workers would get other keys"
    )]
    Missing(String),
    /// The file is not there.
    #[error("there is no key file {0}\nhint: make one with paybench key new, or give --key-file")]
    None(String),
    /// The file does not hold a key.
    #[error("{0} is not a key file: it must hold 64 hexadecimal digits on each line")]
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
    /// The key was rotated and the store, or part of it, was not.
    #[error(
        "{file} holds key {found}, but {behind} of {periods} periods of the store are still under an earlier one: a rotation is unfinished\nhint: run paybench key rotate with the same --store and --key-file to finish it"
    )]
    Unfinished {
        /// The file.
        file: String,
        /// The id of its key.
        found: String,
        /// Periods under an earlier key of the chain.
        behind: usize,
        /// All periods of the store.
        periods: usize,
    },
    /// A file that was to be made is there.
    #[error("{0} exists already and is left as it is\nhint: give another name, or move it away")]
    Taken(String),
    /// Another process rotates the key.
    #[error("{0} is being rotated by another paybench\nhint: look at it again once that is done")]
    Busy(String),
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
        Ok(Key::from_secrets(&random()?, &[]))
    }

    /// The key of a chain of secrets, oldest first.
    #[must_use]
    pub fn from_secrets(first: &Secret, later: &[Secret]) -> Key {
        // Secrets have one length, so no two chains are the same bytes.
        let mut hasher = Sha256::new();
        hasher.update(b"paybench key id\n");
        hasher.update(first);
        let id = |hasher: &Sha256| hex(&hasher.clone().finalize()[..8]);
        let mut ids = vec![id(&hasher)];
        for secret in later {
            hasher.update(secret);
            ids.push(id(&hasher));
        }
        ids.pop();
        Key {
            first: keyed(first),
            later: later.iter().map(keyed).collect(),
            id: id(&hasher),
            earlier: ids,
        }
    }

    /// What manifests call the key: a digest that does not reveal it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id that the key had before it was ever rotated.
    #[must_use]
    pub fn first_id(&self) -> &str {
        self.earlier.first().unwrap_or(&self.id)
    }

    /// The id that the key had before its last rotation.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.earlier.last().map(String::as_str)
    }

    /// How many rotations ago the key had this id; 0 if it has it now.
    #[must_use]
    pub fn age_of(&self, id: &str) -> Option<usize> {
        if id == self.id {
            return Some(0);
        }
        let earlier = self.earlier.iter().rev();
        earlier
            .zip(1..)
            .find(|(known, _)| *known == id)
            .map(|(_, age)| age)
    }

    /// How often the key was rotated.
    #[must_use]
    pub fn rotations(&self) -> usize {
        self.later.len()
    }

    /// The first 128 bits of HMAC-SHA-256 over provider and reference. Each
    /// part is preceded by its length, so that no two pairs are one text.
    #[must_use]
    pub fn worker(&self, provider_id: &str, worker_ref: &str) -> [u8; 16] {
        let mut mac = self.first.clone();
        for part in [provider_id, worker_ref] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        self.renew(cut(mac), self.later.len())
    }

    /// The worker key that takes the place of one made `age` rotations ago:
    /// for each secret since, the first 128 bits of HMAC-SHA-256 over it.
    #[must_use]
    pub fn renew(&self, worker_key: [u8; 16], age: usize) -> [u8; 16] {
        let since = self.later.len().saturating_sub(age);
        self.later[since..].iter().fold(worker_key, |old, secret| {
            let mut mac = secret.clone();
            mac.update(&old);
            cut(mac)
        })
    }
}

fn keyed(secret: &Secret) -> Hmac<Sha256> {
    // HMAC fills a key shorter than its block up with zeros (RFC 2104).
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..secret.len()].copy_from_slice(secret);
    Hmac::new(&block)
}

fn cut(mac: Hmac<Sha256>) -> [u8; 16] {
    let digest = mac.finalize().into_bytes();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pairs_are_one() {
        let key = Key::from_secrets(&[7; 32], &[]);
        assert_ne!(key.worker("A1", "23"), key.worker("A12", "3"));
        assert_eq!(key.worker("A1", "23"), key.worker("A1", "23"));
        let other = Key::from_secrets(&[8; 32], &[]);
        assert_ne!(key.worker("A1", "23"), other.worker("A1", "23"));
    }

    /// Worked out with another implementation of HMAC-SHA-256.
    #[test]
    fn a_worker_key_is_the_hmac_that_it_is_said_to_be() {
        let key = Key::from_secrets(&[7; 32], &[]);
        assert_eq!(key.id(), "da2c9c0029aed7d2");
        assert_eq!(
            hex(&key.worker("A1", "23")),
            "0307de3ba34e048a3c631cd262541813"
        );
        let rotated = Key::from_secrets(&[7; 32], &[[8; 32]]);
        assert_eq!(rotated.id(), "656c030a79c30f26");
        assert_eq!(
            hex(&rotated.worker("A1", "23")),
            "93bf75bf76b67583b508bf9cc1efd61a"
        );
    }

    #[test]
    fn a_chain_comes_to_what_its_rotations_came_to() {
        let chain = [[1; 32], [2; 32], [3; 32]];
        let keys: Vec<Key> = (0..3)
            .map(|rotations| Key::from_secrets(&chain[0], &chain[1..=rotations]))
            .collect();
        let [first, second, third] = &keys[..] else {
            unreachable!()
        };
        let old = first.worker("OAK", "1001");
        let renewed = second.renew(old, 1);
        assert_eq!(renewed, second.worker("OAK", "1001"));
        assert_eq!(third.renew(renewed, 1), third.worker("OAK", "1001"));
        assert_eq!(third.renew(old, 2), third.worker("OAK", "1001"));
        assert_eq!(third.renew(old, 0), old);
    }

    #[test]
    fn a_key_knows_the_ids_it_had() {
        let chain = [[1; 32], [2; 32], [3; 32]];
        let key = Key::from_secrets(&chain[0], &chain[1..]);
        for (rotations, age) in [(0, 2), (1, 1), (2, 0)] {
            let earlier = Key::from_secrets(&chain[0], &chain[1..=rotations]);
            assert_eq!(key.age_of(earlier.id()), Some(age));
        }
        assert_eq!(key.age_of(Key::from_secrets(&chain[1], &[]).id()), None);
        // The same last secret on another chain is another key.
        let other = Key::from_secrets(&chain[1], &chain[2..]);
        assert_eq!(key.age_of(other.id()), None);
    }
}
