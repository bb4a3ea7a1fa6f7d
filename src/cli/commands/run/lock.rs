//! The lock of a job: one run at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::cli::failure::{Failure, LOCKED, STORAGE};

/// Takes the job's lock, or says who holds it. The system gives it back when
/// the file is closed, however the process ends.
///
/// # Errors
/// Where another run holds it, or the file cannot be written.
pub fn take(path: &Path) -> Result<File, Failure> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| Failure::new(STORAGE, format!("{name}: {error}"));
    let mut options = File::options();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).map_err(failed)?;
            let since = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
            file.write_all(format!("process {} since {since}\n", std::process::id()).as_bytes())
                .map_err(failed)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Whoever holds the lock may not have written its name yet.
            let _ = file
                .rewind()
                .and_then(|()| file.read_to_string(&mut holder));
            let holder = holder.trim();
            Err(Failure::new(
                LOCKED,
                format!("another run holds {name}: {holder}"),
            ))
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
