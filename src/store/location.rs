//! Where a store is: one place that turns an address into an object store.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, WriteMultipart};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use super::StoreError;
use crate::returns::text::hex;

/// A store's place.
#[derive(Clone)]
pub struct Location {
    /// As the user gave it.
    pub shown: String,
    objects: Arc<dyn ObjectStore>,
    root: ObjectPath,
    runtime: Arc<Runtime>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// The size.
    pub bytes: u64,
}

impl Location {
    /// The store at a local folder, which need not exist yet.
    ///
    /// # Errors
    /// Where the address is of another kind, or the folder cannot be named.
    pub fn open(address: &str, runtime: Arc<Runtime>) -> Result<Location, StoreError> {
        let io = |source| StoreError::Io {
            what: format!("store {address}"),
            source,
        };
        if let Some((scheme, _)) = address.split_once("://") {
            let message = format!("{scheme}:// stores are not built into this paybench");
            return Err(io(std::io::Error::new(
                std::io::ErrorKind::Unsupported,
                message,
            )));
        }
        let folder = std::path::absolute(address).map_err(io)?;
        if folder.exists() && !folder.is_dir() {
            return Err(io(std::io::Error::other("it is a file, not a folder")));
        }
        // The folder may be reached through links; its files are named by it alone.
        let folder = folder.canonicalize().unwrap_or(folder);
        let root = ObjectPath::from_absolute_path(&folder)
            .map_err(|error| io(std::io::Error::other(error.to_string())))?;
        Ok(Location {
            shown: address.to_owned(),
            objects: Arc::new(LocalFileSystem::new().with_automatic_cleanup(true)),
            root,
            runtime,
        })
    }

    /// The place of a file below the root.
    #[must_use]
    pub fn path(&self, below: &str) -> ObjectPath {
        let below = below.split('/').filter(|part| !part.is_empty());
        below.fold(self.root.clone(), object_store::path::Path::join)
    }

    /// The URL of a file, for the SQL engine.
    #[must_use]
    pub fn url(&self, below: &str) -> String {
        let path = std::path::PathBuf::from(format!("/{}", self.path(below)));
        path.display().to_string()
    }

    /// The runtime on which storage and queries run.
    #[must_use]
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn failed(&self, doing: &str, below: &str, source: object_store::Error) -> StoreError {
        let place = Path::new(&self.shown).join(below);
        StoreError::Storage {
            what: format!("{doing} {}", place.display()),
            source,
        }
    }

    /// Names of files and folders directly below a folder of the store.
    ///
    /// # Errors
    /// Where the storage fails; a folder that is not there is empty.
    pub fn list(&self, below: &str) -> Result<Vec<String>, StoreError> {
        let folder = self.path(below);
        let listed = self
            .runtime
            .block_on(self.objects.list_with_delimiter(Some(&folder)))
            .map_err(|error| self.failed("listing", below, error))?;
        let files = listed.objects.iter().map(|object| &object.location);
        let mut names: Vec<String> = files
            .chain(&listed.common_prefixes)
            .filter_map(|path| path.filename().map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Where it is not there or the storage fails.
    pub fn get(&self, below: &str) -> Result<bytes::Bytes, StoreError> {
        let path = self.path(below);
        self.runtime
            .block_on(async { self.objects.get(&path).await?.bytes().await })
            .map_err(|error| self.failed("reading", below, error))
    }

    /// Whether a file is there.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn exists(&self, below: &str) -> Result<bool, StoreError> {
        match self.runtime.block_on(self.objects.head(&self.path(below))) {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed("looking for", below, error)),
        }
    }

    /// Writes a file only if there is none of its name; says whether it did.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn create(&self, below: &str, bytes: Vec<u8>) -> Result<bool, StoreError> {
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        let path = self.path(below);
        let put = self.objects.put_opts(&path, bytes.into(), options);
        match self.runtime.block_on(put) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.failed("writing", below, error)),
        }
    }

    /// Waits until a file and its folder are on the disk itself, so that a
    /// manifest never outlives what it names in a power cut.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn settle(&self, below: &str) -> Result<(), StoreError> {
        let path = std::path::PathBuf::from(self.url(below));
        let failed = |source| StoreError::Io {
            what: format!("writing {}", path.display()),
            source,
        };
        std::fs::File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
        match path.parent() {
            // Folders can be synced on Unix only.
            Some(folder) if cfg!(unix) => std::fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed),
            _ => Ok(()),
        }
    }

    /// Removes a file that no manifest names.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn remove(&self, below: &str) -> Result<(), StoreError> {
        self.runtime
            .block_on(self.objects.delete(&self.path(below)))
            .map_err(|error| self.failed("removing", below, error))
    }

    /// Begins a file; it is there only once [`Upload::finish`] has succeeded.
    ///
    /// # Errors
    /// Where the storage fails.
    pub fn upload(&self, below: &str) -> Result<Upload, StoreError> {
        let path = self.path(below);
        let upload = self
            .runtime
            .block_on(self.objects.put_multipart(&path))
            .map_err(|error| self.failed("writing", below, error))?;
        let parts = WriteMultipart::new_with_chunk_size(upload, PART);
        Ok(Upload {
            location: self.clone(),
            below: below.to_owned(),
            parts: Some(parts),
            hasher: Sha256::new(),
            bytes: 0,
        })
    }
}

/// Bytes sent to the storage at a time.
const PART: usize = 8 << 20;

/// A file on its way into the store.
pub struct Upload {
    location: Location,
    below: String,
    parts: Option<WriteMultipart>,
    hasher: Sha256,
    bytes: u64,
}

impl Write for Upload {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let Some(parts) = &mut self.parts else {
            return Err(std::io::Error::other("the file is closed"));
        };
        self.hasher.update(buffer);
        self.bytes += buffer.len() as u64;
        self.location
            .runtime
            .block_on(async {
                parts.wait_for_capacity(2).await?;
                parts.write(buffer);
                Ok::<(), object_store::Error>(())
            })
            .map_err(std::io::Error::other)?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Upload {
    /// Completes the file.
    ///
    /// # Errors
    /// Where the storage fails; then there is no such file.
    pub fn finish(mut self) -> Result<Written, StoreError> {
        if let Some(parts) = self.parts.take() {
            self.location
                .runtime
                .block_on(parts.finish())
                .map_err(|error| self.location.failed("writing", &self.below, error))?;
        }
        let hasher = std::mem::take(&mut self.hasher);
        Ok(Written {
            sha256: hex(&hasher.finalize()),
            bytes: self.bytes,
        })
    }
}

impl Drop for Upload {
    /// An upload that was not finished leaves nothing behind.
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            // The storage may be the reason; there is nobody left to tell.
            let _ = self.location.runtime.block_on(parts.abort());
        }
    }
}
