//! Putting a release in its place: the whole of it, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::ReleaseError;

pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ReleaseError + use<> {
    let path = path.to_path_buf();
    move |source| ReleaseError::Io { path, source }
}

/// Refuses a folder that holds no release, or besides the release a store or
/// a key, which would be gone with it; `besides` names those that may go.
///
/// # Errors
/// Where the folder may not be replaced.
pub fn may_replace(out: &Path, besides: &[&str]) -> Result<(), ReleaseError> {
    let foreign = || ReleaseError::Foreign(out.to_path_buf());
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(_) if out.is_file() => return Err(foreign()),
        Err(error) => return Err(io(out)(error)),
    };
    let mut empty = true;
    for entry in entries {
        let entry = entry.map_err(io(out))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        empty = false;
        if !besides.contains(&name.as_str())
            && (name.to_lowercase().ends_with(".key") || is_store(&entry.path()))
        {
            return Err(ReleaseError::Kept(out.join(name)));
        }
    }
    let ours = |manifest: &[u8]| {
        let manifest = serde_json::from_slice::<serde_json::Value>(manifest).unwrap_or_default();
        manifest["tool"] == "paybench" && manifest["release"].is_string()
    };
    match manifest(out)? {
        _ if empty => Ok(()),
        Some(bytes) if ours(&bytes) => Ok(()),
        _ => Err(foreign()),
    }
}

/// The manifest of what stands in a folder; none where there is none.
///
/// # Errors
/// Where it is there and cannot be read: what stands there is not known then.
pub(super) fn manifest(out: &Path) -> Result<Option<Vec<u8>>, ReleaseError> {
    let path = out.join("manifest.json");
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(&path)(error)),
    }
}

fn is_store(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("period="))
}

/// A folder beside `out` in which the next release is made.
pub struct Aside {
    folder: tempfile::TempDir,
    out: PathBuf,
}

impl Aside {
    /// Makes the folder.
    ///
    /// # Errors
    /// Where `out` may not be replaced or the disk fails.
    pub fn begin(out: &Path, besides: &[&str]) -> Result<Aside, ReleaseError> {
        may_replace(out, besides)?;
        let out = std::path::absolute(out).map_err(io(out))?;
        let parent = out.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).map_err(io(parent))?;
        let name = out
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let folder = builder
            .prefix(&format!(".{name}.new-"))
            .tempdir_in(parent)
            .map_err(io(parent))?;
        Ok(Aside { folder, out })
    }

    /// Where the release is being made.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the release and puts the folder in the place of the last one;
    /// one that is not `open` is its owner's alone.
    ///
    /// # Errors
    /// Where the disk fails; the folder that was there is as it was.
    pub fn publish(
        self,
        files: &BTreeMap<String, Vec<u8>>,
        manifest: &[u8],
        open: bool,
    ) -> Result<(), ReleaseError> {
        for (name, bytes) in files {
            write(&self.path().join(name), bytes)?;
        }
        write(&self.path().join("manifest.json"), manifest)?;
        if open {
            open_to_readers(self.path())?;
        }
        let below = files.keys().filter_map(|name| Path::new(name).parent());
        for folder in below.collect::<BTreeSet<_>>() {
            settle(&self.path().join(folder))?;
        }
        settle(self.path())?;
        let parent = self.out.parent().map(Path::to_path_buf);
        if self.out.exists() {
            exchange(self.path(), &self.out)?;
            // What is aside now is the last release; closing removes it.
            self.folder.close().map_err(io(&self.out))?;
        } else {
            fs::rename(self.path(), &self.out).map_err(io(&self.out))?;
            // Nothing is aside any more that could be removed.
            let _ = self.folder.keep();
        }
        // The folder above is not ours, and the release is in its place.
        let _ = parent.map(|parent| settle(&parent));
        Ok(())
    }
}

/// Waits until a folder's list of files is on the disk itself, so that a power
/// cut leaves one release or the other. Folders can be synced on Unix only.
fn settle(folder: &Path) -> Result<(), ReleaseError> {
    if cfg!(unix) {
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io(folder))?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ReleaseError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io(folder))?;
    }
    let mut file = fs::File::create(path).map_err(io(path))?;
    file.write_all(bytes).map_err(io(path))?;
    file.sync_all().map_err(io(path))
}

/// A temporary folder is its owner's alone; a release is as open as the
/// system makes new folders.
#[cfg(unix)]
fn open_to_readers(folder: &Path) -> Result<(), ReleaseError> {
    let usual = folder.join(".usual");
    let looked = fs::create_dir(&usual).and_then(|()| fs::metadata(&usual));
    let permissions = looked.map_err(io(&usual))?.permissions();
    fs::remove_dir(&usual).map_err(io(&usual))?;
    fs::set_permissions(folder, permissions).map_err(io(folder))
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) -> Result<(), ReleaseError> {
    Ok(())
}

/// Exchanges two folders in one step where the system can.
fn exchange(new: &Path, out: &Path) -> Result<(), ReleaseError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, new, CWD, out, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    // Two steps; a failed second one is undone.
    let old: PathBuf = new.with_extension("old");
    fs::rename(out, &old).map_err(io(out))?;
    if let Err(error) = fs::rename(new, out) {
        fs::rename(&old, out).map_err(io(out))?;
        return Err(io(out)(error));
    }
    fs::rename(&old, new).map_err(io(new))
}
