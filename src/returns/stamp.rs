//! What shows that a file is still the one that was looked at.

use std::path::Path;
use std::time::SystemTime;

/// Size and times of a file, and which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device, number, and when anything about it last changed: a program that
    /// sets the time of modification back cannot set this back.
    #[cfg(unix)]
    node: (u64, u64, i64, i64),
}

impl Stamp {
    /// The size of the file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Looks at a file.
    ///
    /// # Errors
    /// Where it is not there or cannot be looked at.
    pub fn of(path: &Path) -> std::io::Result<Stamp> {
        let metadata = std::fs::metadata(path)?;
        #[cfg(unix)]
        let node = {
            use std::os::unix::fs::MetadataExt;
            let (m, n) = (&metadata, metadata.ino());
            (m.dev(), n, m.ctime(), m.ctime_nsec())
        };
        Ok(Stamp {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            node,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_or_is_replaced_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workers.csv");
        std::fs::write(&path, "one").unwrap();
        let first = Stamp::of(&path).unwrap();
        assert_eq!(Stamp::of(&path).unwrap(), first);
        std::fs::write(&path, "one and two").unwrap();
        let grown = Stamp::of(&path).unwrap();
        assert_ne!(grown, first);
        // The same text in the same place, and yet another file.
        let other = folder.path().join("other");
        std::fs::write(&other, "one and two").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_ne!(Stamp::of(&path).unwrap(), grown);
        std::fs::remove_file(&path).unwrap();
        assert!(Stamp::of(&path).is_err());
    }
}
