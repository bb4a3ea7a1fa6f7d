//! The key file: one secret a line as 64 hexadecimal digits, oldest first. A
//! file of one line is a key that was never rotated.
//!
//! Files are written aside and put in place whole, so no process ever reads
//! half a key, and no file but the key file itself is ever replaced. A kill may
//! leave such a file as `.paybench-key-*`, which is of no use. On Unix
//! they are made for their owner alone, and one that others may read is
//! refused. A folder in which others may write is not: they can put another
//! file in the key's place, but not one that this user alone may read, so the
//! worst that they can do is to stop an ingest. Elsewhere nothing of this is
//! checked: [`CHECKED`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::key::{Key, KeyError, Secret, random};
use crate::model::digest::hex;

/// Whether this system lets paybench see who may read a file.
pub const CHECKED: bool = cfg!(unix);

/// Reads a key file and holds it against the keys of the store's newest
/// editions, by period, or makes one where there is no edition yet. Says
/// whether it was made.
///
/// # Errors
/// Why the key cannot be used.
pub fn open<P>(path: &Path, store_keys: &BTreeMap<P, String>) -> Result<(Key, bool), KeyError> {
    let key = match read(path) {
        Err(KeyError::None(_)) if store_keys.is_empty() => {
            return match create(path) {
                // Somebody else was quicker: theirs is the key.
                Err(KeyError::Taken(_)) => read(path).map(|key| (key, false)),
                made => made.map(|key| (key, true)),
            };
        }
        Err(KeyError::None(file)) => return Err(KeyError::Missing(file)),
        read => read?,
    };
    let mut behind = 0;
    for id in store_keys.values() {
        match known(&key, path, id)? {
            0 => {}
            _ => behind += 1,
        }
    }
    if behind > 0 {
        return Err(KeyError::Unfinished {
            file: path.display().to_string(),
            found: key.id().to_owned(),
            behind,
            periods: store_keys.len(),
        });
    }
    Ok((key, false))
}

/// How many rotations ago the key had this id.
///
/// # Errors
/// Where it never had.
pub fn known(key: &Key, path: &Path, id: &str) -> Result<usize, KeyError> {
    key.age_of(id).ok_or_else(|| KeyError::Different {
        file: path.display().to_string(),
        found: key.id().to_owned(),
        expected: id.to_owned(),
    })
}

/// Reads a key file.
///
/// # Errors
/// Why there is no key in it, or none that may be used.
pub fn read(path: &Path) -> Result<Key, KeyError> {
    let Some((first, later)) = secrets(&text(path)?) else {
        return Err(KeyError::Malformed(path.display().to_string()));
    };
    Ok(Key::from_secrets(&first, &later))
}

/// Makes a key file of one new secret.
///
/// # Errors
/// Where there is a file of the name, or it cannot be written.
pub fn create(path: &Path) -> Result<Key, KeyError> {
    let secret: Secret = random()?;
    let mut file = begin(path)?;
    write(&mut file, path, &format!("{}\n", hex(&secret)))?;
    place(file, path)?;
    Ok(Key::from_secrets(&secret, &[]))
}

/// The key file as it was before a rotation; no other process rotates it
/// until this is dropped.
pub struct Kept {
    /// Where the copy is.
    pub path: PathBuf,
    _lock: File,
}

/// Keeps a copy of the key file, before a rotation, under the name of its id.
/// A copy that an earlier attempt left is as good.
///
/// # Errors
/// Where another file has the name, it cannot be written, or the key is being
/// rotated by another process.
pub fn keep(path: &Path) -> Result<Kept, KeyError> {
    let key = read(path)?;
    let kept = copy_of(path, key.id());
    let text = text(path)?;
    let mut file = begin(&kept)?;
    write(&mut file, &kept, &text)?;
    match place(file, &kept) {
        Err(KeyError::Taken(_)) if self::text(&kept).is_ok_and(|old| old == text) => {}
        placed => placed?,
    }
    let lock = lock(&kept, path)?;
    // Who had the lock before may have rotated the key.
    if read(path)?.id() != key.id() {
        return Err(KeyError::Busy(path.display().to_string()));
    }
    Ok(Kept {
        path: kept,
        _lock: lock,
    })
}

fn lock(kept: &Path, path: &Path) -> Result<File, KeyError> {
    let file = File::open(kept).map_err(|error| io(kept, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(KeyError::Busy(path.display().to_string())),
        Err(TryLockError::Error(error)) => Err(io(kept, error)),
    }
}

/// Goes on with a rotation that was cut short: no other process does until
/// this is dropped. Where the copy is gone the key file itself serves.
///
/// # Errors
/// Where the key is being rotated by another process.
pub fn resume(path: &Path, key: &Key) -> Result<Kept, KeyError> {
    let copy = key.last_id().map(|id| copy_of(path, id));
    let kept = copy.filter(|copy| copy.exists());
    let kept = kept.unwrap_or_else(|| path.to_owned());
    Ok(Kept {
        _lock: lock(&kept, path)?,
        path: kept,
    })
}

fn copy_of(path: &Path, id: &str) -> PathBuf {
    let mut kept = path.as_os_str().to_owned();
    kept.push(format!(".old-{id}"));
    PathBuf::from(kept)
}

/// Adds a new secret to the key file, which is replaced in one step.
///
/// # Errors
/// Where it cannot be read or written; then it is as it was.
pub fn rotate(path: &Path, _: &Kept) -> Result<Key, KeyError> {
    let secret: Secret = random()?;
    let new = format!("{}\n{}\n", text(path)?.trim_end(), hex(&secret));
    // A link to the key stays one.
    let real = path.canonicalize().map_err(|error| io(path, error))?;
    let mut file = begin(&real)?;
    write(&mut file, &real, &new)?;
    replace(file, &real)?;
    read(path)
}

/// A file of no use yet beside `path`, which its owner alone may read.
///
/// # Errors
/// Where none can be made.
pub fn begin(path: &Path) -> Result<NamedTempFile, KeyError> {
    tempfile::Builder::new()
        .prefix(".paybench-key-")
        .tempfile_in(folder(path))
        .map_err(|error| io(path, error))
}

fn write(file: &mut NamedTempFile, path: &Path, text: &str) -> Result<(), KeyError> {
    file.write_all(text.as_bytes())
        .map_err(|error| io(path, error))
}

/// Gives a finished file its name, which no other has.
///
/// # Errors
/// Where one has, or the disk fails.
pub fn place(file: NamedTempFile, path: &Path) -> Result<(), KeyError> {
    settled(file.as_file(), path)?;
    match file.persist_noclobber(path) {
        Ok(_) => settle_folder(path),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            Err(KeyError::Taken(path.display().to_string()))
        }
        Err(error) => Err(io(path, error.error)),
    }
}

/// Puts a finished file in the place of another.
///
/// # Errors
/// Where the disk fails.
pub fn replace(file: NamedTempFile, path: &Path) -> Result<(), KeyError> {
    settled(file.as_file(), path)?;
    match file.persist(path) {
        Ok(_) => settle_folder(path),
        Err(error) => Err(io(path, error.error)),
    }
}

fn settled(file: &File, path: &Path) -> Result<(), KeyError> {
    file.sync_all().map_err(|error| io(path, error))
}

/// Waits until the name itself is on the disk; folders can be synced on Unix only.
fn settle_folder(path: &Path) -> Result<(), KeyError> {
    if cfg!(unix) {
        let synced = File::open(folder(path)).and_then(|folder| folder.sync_all());
        return synced.map_err(|error| io(path, error));
    }
    Ok(())
}

/// The folder that a file stands in.
#[must_use]
pub fn folder(path: &Path) -> &Path {
    let folder = path.parent();
    folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Input or output that failed, with the file.
#[must_use]
pub fn io(path: &Path, source: std::io::Error) -> KeyError {
    KeyError::Io {
        file: path.display().to_string(),
        source,
    }
}

/// More than any chain of secrets needs.
const LONGEST: u64 = 1 << 16;

/// The text of a key file that its owner alone may read.
fn text(path: &Path) -> Result<String, KeyError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(KeyError::None(path.display().to_string()));
        }
        file => file.map_err(|error| io(path, error))?,
    };
    if exposed(&file).map_err(|error| io(path, error))? {
        return Err(KeyError::Exposed(path.display().to_string()));
    }
    let mut text = String::new();
    match file.take(LONGEST).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(KeyError::Malformed(path.display().to_string()))
        }
        Err(error) => Err(io(path, error)),
    }
}

/// The secrets of a key file, oldest first. The same one twice is no chain but
/// a file that was put together by mistake.
fn secrets(text: &str) -> Option<(Secret, Vec<Secret>)> {
    let lines = text.trim_end().lines();
    let mut secrets: Vec<Secret> = lines
        .map(|line| from_hex(line.trim()))
        .collect::<Option<_>>()?;
    if secrets.iter().collect::<BTreeSet<_>>().len() < secrets.len() || secrets.is_empty() {
        return None;
    }
    let later = secrets.split_off(1);
    secrets.pop().map(|first| (first, later))
}

fn from_hex(text: &str) -> Option<Secret> {
    let digits = text.as_bytes();
    // Not left to the number parser, which takes `+f` for 15.
    if digits.len() != 2 * size_of::<Secret>() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Whether others than its owner may read a file.
///
/// # Errors
/// Where the system does not say.
#[cfg(unix)]
pub fn exposed(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Whether others than its owner may read a file: this system does not say.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn exposed(_: &File) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_whole_lines_of_hexadecimal_digits() {
        let line = "0f".repeat(32);
        for good in [
            line.clone(),
            format!("{line}\n"),
            format!("{}\r\n{}\r\n", line.to_uppercase(), "f0".repeat(32)),
        ] {
            assert!(secrets(&good).is_some(), "{good:?}");
        }
        for bad in [
            String::new(),
            "\n".to_owned(),
            line[1..].to_owned(),
            format!("{line}0"),
            line.replacen("0f", "+f", 1),
            format!("{line}\n\n{line}\n"),
            format!("{line}\n{}", &line[2..]),
            format!("{line}\n{}\n", line.to_uppercase()),
        ] {
            assert!(secrets(&bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_rotation_adds_a_line_and_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paybench.key");
        let old = create(&path).unwrap();
        let before = std::fs::read_to_string(&path).unwrap();
        drop(keep(&path).unwrap());
        let kept = keep(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&kept.path).unwrap(), before);
        assert!(matches!(keep(&path), Err(KeyError::Busy(_))));
        let new = rotate(&path, &kept).unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        assert!(after.starts_with(&before) && after.lines().count() == 2);
        assert_eq!(new.age_of(old.id()), Some(1));
        // Another file in the place of the copy is not touched.
        std::fs::rename(&path, folder.path().join("new.key")).unwrap();
        std::fs::copy(&kept.path, &path).unwrap();
        std::fs::write(&kept.path, "something else").unwrap();
        assert!(matches!(keep(&path), Err(KeyError::Taken(_))));
        assert_eq!(
            std::fs::read_to_string(&kept.path).unwrap(),
            "something else"
        );
    }
}
