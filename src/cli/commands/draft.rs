//! Files that are there as a whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::cli::failure::{Failure, STORAGE};

/// A file that is there as a whole or not at all.
pub(super) struct Draft<'a> {
    path: &'a Path,
    file: std::io::BufWriter<tempfile::NamedTempFile>,
}

impl Draft<'_> {
    /// As open as the system makes new files, or for its owner alone.
    pub(super) fn begin(path: &Path, open: bool) -> Result<Draft<'_>, Failure> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        if open {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|error| unwritten(path, &error))?;
        let file = std::io::BufWriter::new(file);
        Ok(Draft { path, file })
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let put = self.file.write_all(bytes);
        put.map_err(|error| unwritten(self.path, &error))
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        let path = self.path;
        let file = self.file.into_inner();
        let file = file.map_err(|error| unwritten(path, error.error()))?;
        let kept = file.persist(path);
        kept.map_err(|error| unwritten(path, &error.error))?;
        Ok(())
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(STORAGE, format!("{}: {error}", path.display()))
}

/// Writes a file as a whole or not at all: as open as the system makes new
/// files, or for its owner alone.
pub(super) fn write(path: &Path, bytes: &[u8], open: bool) -> Result<(), Failure> {
    let mut draft = Draft::begin(path, open)?;
    draft.put(bytes)?;
    draft.finish()
}
