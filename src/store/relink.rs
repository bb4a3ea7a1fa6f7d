//! The re-link file of a rotation: old and new worker key of every worker, for
//! those who hold work of their own by the old keys.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::ingest::key::{Key, KeyError};
use crate::ingest::key_file::{begin, io, place, replace};
use crate::model::digest::hex;

/// The header line.
const HEADER: [&str; 2] = ["old_worker_key", "new_worker_key"];

/// Pairs that are kept before double ones are looked for.
const ROOM: usize = 1 << 20;

/// Pairs of old and new worker keys on their way into a file, which is CSV,
/// sorted, and can be read by its owner only.
pub struct Relink {
    path: PathBuf,
    pairs: Vec<([u8; 16], [u8; 16])>,
    /// How many pairs there may be before the double ones are dropped.
    room: usize,
    /// Whether the file is there, from an attempt that was cut short.
    begun: bool,
}

impl Relink {
    /// The file of this name, which is not there yet. One that holds pairs of
    /// this very key was left by an attempt that was cut short: they stay in it.
    ///
    /// # Errors
    /// Where another file has the name, or it cannot be read.
    pub fn open(path: &Path, key: &Key) -> Result<Relink, KeyError> {
        let taken = || KeyError::Taken(path.display().to_string());
        let mut relink = Relink {
            path: path.to_owned(),
            pairs: Vec::new(),
            room: ROOM,
            begun: path.try_exists().map_err(|error| io(path, error))?,
        };
        if relink.begun {
            let mut reader = csv::Reader::from_path(path).map_err(|_| taken())?;
            if reader.headers().map_err(|_| taken())? != HEADER[..] {
                return Err(taken());
            }
            for record in reader.records() {
                let record = record.map_err(|_| taken())?;
                let pair = record.get(0).and_then(worker_key);
                let pair = pair.zip(record.get(1).and_then(worker_key));
                // Without the key nobody can make such a pair.
                let own = |(old, new): &([u8; 16], [u8; 16])| {
                    (1..=key.rotations()).any(|age| key.renew(*old, age) == *new)
                };
                relink.pairs.push(pair.filter(own).ok_or_else(taken)?);
            }
        }
        Ok(relink)
    }

    /// Its name beside the key file, where the user gives none.
    #[must_use]
    pub fn beside(key_file: &Path, old: &str, new: &str) -> PathBuf {
        key_file.with_file_name(format!("relink-{old}-{new}.csv"))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a worker, once or more often.
    pub fn add(&mut self, old: [u8; 16], new: [u8; 16]) {
        self.pairs.push((old, new));
        if self.pairs.len() > self.room {
            self.tidy();
            self.room = ROOM.max(self.pairs.len() * 2);
        }
    }

    fn tidy(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup();
    }

    /// Writes the file whole, and gives the number of workers in it.
    ///
    /// # Errors
    /// Where it cannot be written, or another has its name meanwhile.
    pub fn save(&mut self) -> Result<usize, KeyError> {
        self.tidy();
        let path = &self.path;
        let mut file = begin(path)?;
        let mut lines = BufWriter::new(&mut file);
        let mut written = writeln!(lines, "{}", HEADER.join(","));
        for (old, new) in &self.pairs {
            written = written.and_then(|()| writeln!(lines, "{},{}", hex(old), hex(new)));
        }
        written
            .and_then(|()| lines.flush())
            .map_err(|error| io(path, error))?;
        drop(lines);
        if self.begun {
            replace(file, path)?;
        } else {
            place(file, path)?;
            self.begun = true;
        }
        Ok(self.pairs.len())
    }
}

/// A worker key of its 32 hexadecimal digits, as the store has them.
#[must_use]
pub fn worker_key(text: &str) -> Option<[u8; 16]> {
    let mut key = [0; 16];
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != key.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_key_is_read_as_it_is_written() {
        let key = *b"0123456789abcdef";
        assert_eq!(worker_key(&hex(&key)), Some(key));
        for wrong in [
            "",
            "00",
            &"g0".repeat(16),
            &"AB".repeat(16),
            &"00".repeat(17),
        ] {
            assert_eq!(worker_key(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_a_file_of_its_own_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relink.csv");
        let key = Key::from_secrets(&[1; 32], &[[2; 32]]);
        let pair = |old: [u8; 16]| (old, key.renew(old, 1));
        let mut relink = Relink::open(&path, &key).unwrap();
        for (old, new) in [pair([9; 16]), pair([8; 16]), pair([9; 16])] {
            relink.add(old, new);
        }
        assert_eq!(relink.save().unwrap(), 2);
        let mut again = Relink::open(&path, &key).unwrap();
        again.add([7; 16], pair([7; 16]).1);
        assert_eq!(again.save().unwrap(), 3);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "old_worker_key,new_worker_key");
        assert!(lines[1].starts_with("0707") && lines[3].starts_with("0909"));
        let other = Key::from_secrets(&[1; 32], &[[3; 32]]);
        assert!(matches!(
            Relink::open(&path, &other),
            Err(KeyError::Taken(_))
        ));
        std::fs::write(&path, "my,notes\n").unwrap();
        assert!(matches!(Relink::open(&path, &key), Err(KeyError::Taken(_))));
        // One that somebody else makes meanwhile is not overwritten either.
        std::fs::remove_file(&path).unwrap();
        let mut late = Relink::open(&path, &key).unwrap();
        std::fs::write(&path, "my,notes\n").unwrap();
        assert!(matches!(late.save(), Err(KeyError::Taken(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my,notes\n");
    }
}
