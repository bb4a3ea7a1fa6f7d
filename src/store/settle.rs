//! Files of a local store on their way to the disk itself: begun as they are
//! written, so that little is left to wait for when the manifest comes.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::StoreError;

/// What was begun and nobody has waited for yet. An error that one of them had
/// is told to nobody else, so each is asked.
#[derive(Debug, Default)]
pub struct Settling(Mutex<Vec<JoinHandle<Result<(), StoreError>>>>);

impl Settling {
    /// Begins to bring what was written of a file so far to the disk, under
    /// whatever name it stands there.
    pub(super) fn begin(&self, path: PathBuf, runtime: &Runtime) {
        if let Ok(mut settling) = self.0.lock() {
            settling.push(runtime.spawn_blocking(move || sync_begun(&path)));
        }
    }

    /// Waits until what was begun, and these files and the folders above them up to
    /// `root`, are on the disk itself.
    ///
    /// # Errors
    /// Where the disk fails.
    pub(super) fn end(
        &self,
        files: impl Iterator<Item = PathBuf>,
        root: &Path,
        runtime: &Runtime,
    ) -> Result<(), StoreError> {
        let settling = self.0.lock();
        let settling = settling.map(|mut settling| std::mem::take(&mut *settling));
        for begun in settling.unwrap_or_default() {
            let ended = runtime.block_on(begun);
            ended.map_err(|error| failed(root, error.into()))??;
        }
        let mut folders = BTreeSet::new();
        for path in files {
            sync(&path)?;
            let above = path.ancestors().skip(1);
            folders.extend(
                above
                    .take_while(|folder| folder.starts_with(root))
                    .map(Path::to_path_buf),
            );
        }
        // Folders can be synced on Unix only.
        if cfg!(unix) {
            for folder in folders.iter().rev() {
                sync(folder)?;
            }
            // The folder above the store is not ours; it may not even be readable.
            let _ = root.parent().map(sync);
        }
        Ok(())
    }
}

fn failed(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io {
        what: format!("writing {}", path.display()),
        source,
    }
}

/// Waits until a file or folder is on the disk itself.
pub(super) fn sync(path: &Path) -> Result<(), StoreError> {
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|source| failed(path, source))
}

/// Syncs a file that is complete, or begun under its name and something more. One
/// that is gone has got its name meanwhile, or was given up.
fn sync_begun(path: &Path) -> Result<(), StoreError> {
    for file in begun(path).unwrap_or_default() {
        match std::fs::File::open(&file).and_then(|file| file.sync_all()) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(&file, error)),
            _ => {}
        }
    }
    Ok(())
}

fn begun(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let name = path.file_name().map(OsString::from).unwrap_or_default();
    let own = |entry: &std::fs::DirEntry| {
        let (own, name) = (entry.file_name(), name.as_encoded_bytes());
        own.as_encoded_bytes().starts_with(name)
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path.parent().unwrap_or(path))? {
        let entry = entry?;
        files.extend(own(&entry).then(|| entry.path()));
    }
    Ok(files)
}
