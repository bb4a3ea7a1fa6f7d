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
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use crate::model::digest::hex;

/// One secret: random bytes.
pub type Secret = [u8; 32];

/// One or more secrets, kept outside the store.
#[derive(Clone)]
pub struct Key {
    first: Hmac<Sha256>,
    /// The same for texts of one block, as nearly all are.
    short: OneBlock,
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
            short: OneBlock::new(first),
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
        let parts = [provider_id, worker_ref];
        let key = self.short.mac(parts).unwrap_or_else(|| {
            let mut mac = self.first.clone();
            for part in parts {
                mac.update(&(part.len() as u64).to_le_bytes());
                mac.update(part.as_bytes());
            }
            cut(mac)
        });
        self.renew(key, self.later.len())
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

/// HMAC-SHA-256 (RFC 2104) of texts that fit into one block of the hash: the
/// state after the key is kept, and two blocks are all that is left to do.
#[derive(Clone)]
struct OneBlock {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// The first state of SHA-256 (FIPS 180-4, 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

impl OneBlock {
    fn new(secret: &Secret) -> OneBlock {
        let after = |pad: u8| {
            let mut block = [pad; 64];
            for (byte, own) in block.iter_mut().zip(secret) {
                *byte ^= own;
            }
            let mut state = START;
            compress256(&mut state, &[block]);
            state
        };
        OneBlock {
            inner: after(0x36),
            outer: after(0x5c),
        }
    }

    /// The first 128 bits over parts, each preceded by its length; none where
    /// they are too long for one block.
    fn mac(&self, parts: [&str; 2]) -> Option<[u8; 16]> {
        let mut block = [0; 64];
        let mut at = 0;
        for part in parts {
            let length = (part.len() as u64).to_le_bytes();
            block.get_mut(at..at + 8)?.copy_from_slice(&length);
            at += 8;
            let end = at.checked_add(part.len())?;
            block.get_mut(at..end)?.copy_from_slice(part.as_bytes());
            at = end;
        }
        let mut state = self.inner;
        compress256(&mut state, &[ended(block, at)?]);
        let mut block = [0; 64];
        for (bytes, word) in block.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        let mut state = self.outer;
        compress256(&mut state, &[ended(block, 32)?]);
        let mut key = [0; 16];
        for (bytes, word) in key.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        Some(key)
    }
}

/// A last block of so many bytes, after one block of key: with the mark of its
/// end and its length in bits (FIPS 180-4, 5.1.1). None where they do not fit.
fn ended(mut block: [u8; 64], bytes: usize) -> Option<[u8; 64]> {
    if bytes > 55 {
        return None;
    }
    block[bytes] = 0x80;
    let bits = (64 + bytes as u64) * 8;
    block[56..].copy_from_slice(&bits.to_be_bytes());
    Some(block)
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

    /// The short way and the library's, on both sides of the length of a block.
    #[test]
    fn one_block_or_several_make_no_difference() {
        let key = Key::from_secrets(&[7; 32], &[]);
        for length in 0..80 {
            let text = "ŷ-worker".chars().cycle().take(length).collect::<String>();
            for (provider, reference) in [("", text.as_str()), ("P1", &text), (&text, "4711")] {
                let mut mac = keyed(&[7; 32]);
                for part in [provider, reference] {
                    mac.update(&(part.len() as u64).to_le_bytes());
                    mac.update(part.as_bytes());
                }
                assert_eq!(key.worker(provider, reference), cut(mac), "{length}");
            }
        }
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
