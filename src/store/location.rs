//! Where a store is: one place that turns an address into storage.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyMode, CopyOptions, Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
};
use tokio::runtime::Runtime;
use url::Url;

use super::StoreError;
use super::remote;
use super::settle::{Settling, sync};
use crate::ingest::key::random;
use crate::model::digest::hex;

/// A store's place.
#[derive(Clone)]
pub struct Location {
    /// As the user gave it.
    pub shown: String,
    objects: Arc<dyn ObjectStore>,
    /// Scheme and bucket: what the SQL engine knows the storage by.
    base: Url,
    root: ObjectPath,
    runtime: Arc<Runtime>,
    /// Whether the storage has shown that it keeps what is there.
    proven: Arc<AtomicBool>,
    /// What is on its way to the disk itself.
    pub(super) settling: Arc<Settling>,
    /// Bytes sent to the storage at a time.
    pub(super) part: usize,
}

/// Bytes sent to the storage at a time, unless set otherwise.
const PART: usize = 8 << 20;

/// Refusals of a new file although none is there, before it is an error.
const CONFLICTS: u32 = 6;

/// A folder that is not there yet, without `..` in its path.
fn without_parents(folder: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in folder.components() {
        match part {
            Component::ParentDir => {
                // Up from where a link leads to, not from where it stands.
                plain = plain.canonicalize().unwrap_or(plain);
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

impl Location {
    /// The store at a local folder, which need not exist yet, or at an address
    /// `s3://bucket/prefix`, `az://container/prefix` or `gs://bucket/prefix`.
    ///
    /// # Errors
    /// Where the address is of another kind, or the place cannot be named.
    pub fn open(address: &str, runtime: Arc<Runtime>) -> Result<Location, StoreError> {
        if remote::is_address(address) {
            let (objects, base, root) = remote::open(address)?;
            return Ok(Location::over(objects, base, root, address, runtime));
        }
        let io = |source| StoreError::Io {
            what: format!("store {address}"),
            source,
        };
        let folder = std::path::absolute(address).map_err(io)?;
        if folder.exists() && !folder.is_dir() {
            return Err(io(std::io::Error::other("it is a file, not a folder")));
        }
        // The folder may be reached through links; its files are named by it alone.
        let folder = folder
            .canonicalize()
            .unwrap_or_else(|_| without_parents(&folder));
        let named = || io(std::io::Error::other("the folder has no usable name"));
        let root = ObjectPath::from_absolute_path(&folder).map_err(|_| named())?;
        let mut base = Url::from_file_path(&folder).map_err(|()| named())?;
        base.set_path("/");
        let objects = Arc::new(LocalFileSystem::new());
        Ok(Location::over(objects, base, root, address, runtime))
    }

    /// The store below `root` of any storage. A `base` of the scheme `file`
    /// promises that `objects` are the files of this machine.
    #[must_use]
    pub fn over(
        objects: Arc<dyn ObjectStore>,
        base: Url,
        root: ObjectPath,
        shown: &str,
        runtime: Arc<Runtime>,
    ) -> Location {
        let proven = Arc::new(AtomicBool::new(base.scheme() == "file"));
        Location {
            shown: shown.to_owned(),
            objects,
            base,
            root,
            runtime,
            proven,
            settling: Arc::default(),
            part: PART,
        }
    }

    /// The same place, written to in parts of this size.
    #[must_use]
    pub fn in_parts_of(self, bytes: usize) -> Location {
        Location {
            part: bytes,
            ..self
        }
    }

    /// The place of a file below the root.
    fn path(&self, below: &str) -> ObjectPath {
        let below = below.split('/').filter(|part| !part.is_empty());
        below.fold(self.root.clone(), ObjectPath::join)
    }

    /// The URL of a file, for the SQL engine. It is put together, not parsed: a
    /// folder's name may hold `*` or `%`.
    #[must_use]
    pub fn url(&self, below: &str) -> Url {
        let mut url = self.base.clone();
        let path = self.path(below);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear();
            segments.extend(path.as_ref().split('/'));
        }
        url
    }

    /// The storage, and the URL that the SQL engine knows it by.
    #[must_use]
    pub fn storage(&self) -> (Url, Arc<dyn ObjectStore>) {
        (self.base.clone(), Arc::clone(&self.objects))
    }

    pub(super) fn is_local(&self) -> bool {
        self.base.scheme() == "file"
    }

    pub(super) fn local_path(&self, below: &str) -> PathBuf {
        PathBuf::from(format!("/{}", self.path(below)))
    }

    /// Begins to bring what was written of a file so far to the disk, where there is one.
    pub(super) fn begin_to_settle(&self, below: &str) {
        if self.is_local() {
            self.settling.begin(self.local_path(below), &self.runtime);
        }
    }

    /// Waits until files and the folders above them are on the disk itself, so
    /// that a manifest never outlives what it names in a power cut. Object
    /// storage answers only then.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn settle(&self, files: &[impl AsRef<str>]) -> Result<(), StoreError> {
        if !self.is_local() {
            return Ok(());
        }
        let files = files.iter().map(|file| self.local_path(file.as_ref()));
        self.settling
            .end(files, &self.local_path(""), &self.runtime)
    }

    /// The runtime on which storage and queries run.
    #[must_use]
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The storage and runtime, for what is written piece by piece.
    pub(super) fn parts(&self, below: &str) -> (&dyn ObjectStore, ObjectPath, &Runtime) {
        (&*self.objects, self.path(below), &self.runtime)
    }

    pub(super) fn failed(&self, doing: &str, below: &str, source: Error) -> StoreError {
        StoreError::Storage {
            what: format!("{doing} {}", self.place(below)),
            hint: remote::hint(self.base.scheme(), &source),
            source: Box::new(source),
        }
    }

    /// A file as messages name it.
    fn place(&self, below: &str) -> String {
        Path::new(&self.shown).join(below).display().to_string()
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

    /// The bytes of a file, or none where there is no such file.
    fn look(&self, path: &ObjectPath) -> Result<Option<Bytes>, Error> {
        let read = async { self.objects.get(path).await?.bytes().await };
        match self.runtime.block_on(read) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a file only if there is none of its name; says whether the one
    /// that is there now has these bytes. An answer of the storage may be lost
    /// on the way, so that what it refuses can be what it did before.
    ///
    /// # Errors
    /// Where the storage fails; [`StoreError::Unsure`] where the file may be
    /// there all the same, or may yet come to be.
    pub fn create(&self, below: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let path = self.path(below);
        let unsure = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Unsure {
            what: format!("writing {}", self.place(below)),
            source,
        };
        let staged = self.stage(below, bytes)?;
        let mut conflicts = 0;
        let created = loop {
            let put = match &staged {
                Some(staged) => self.link(staged, &path),
                None => self.put_new(&path, Bytes::copy_from_slice(bytes)),
            };
            let Err(error) = put else { break Ok(true) };
            let there = self.look(&path);
            if let Ok(Some(there)) = there {
                break Ok(there == bytes);
            }
            let conflict = matches!(error, Error::AlreadyExists { .. });
            if conflict && there.is_ok() && conflicts < CONFLICTS {
                // Two wrote at once, and the other one failed too.
                conflicts += 1;
                std::thread::sleep(Duration::from_millis(10 << conflicts));
                continue;
            }
            let refused = conflict
                || matches!(
                    error,
                    Error::PermissionDenied { .. }
                        | Error::Unauthenticated { .. }
                        | Error::NotFound { .. }
                );
            break Err(match there {
                Ok(_) if staged.is_some() || refused => self.failed("writing", below, error),
                _ => unsure(Box::new(error)),
            });
        };
        if let Some(staged) = staged {
            // Nobody reads what is left aside.
            let _ = self.runtime.block_on(self.objects.delete(&staged));
        }
        if created? {
            self.settle(&[below])
                .map_err(|error| unsure(Box::new(error)))?;
            return Ok(true);
        }
        Ok(false)
    }

    fn put_new(&self, path: &ObjectPath, bytes: Bytes) -> Result<(), Error> {
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        let put = self.objects.put_opts(path, bytes.into(), options);
        self.runtime.block_on(put).map(drop)
    }

    /// On a disk, a copy under another name, whole and safe, to be linked:
    /// after a power cut the file is there with all its bytes or not at all.
    fn stage(&self, below: &str, bytes: &[u8]) -> Result<Option<ObjectPath>, StoreError> {
        if !self.is_local() {
            return Ok(None);
        }
        let staged = format!("{below}.{}", random_name()?);
        let path = self.path(&staged);
        let put = self.objects.put(&path, bytes.to_vec().into());
        self.runtime
            .block_on(put)
            .map_err(|error| self.failed("writing", &staged, error))
            .and_then(|_| sync(&self.local_path(&staged)))
            .inspect_err(|_| {
                let _ = self.runtime.block_on(self.objects.delete(&path));
            })?;
        Ok(Some(path))
    }

    fn link(&self, staged: &ObjectPath, path: &ObjectPath) -> Result<(), Error> {
        let options = CopyOptions {
            mode: CopyMode::Create,
            ..CopyOptions::default()
        };
        self.runtime
            .block_on(self.objects.copy_opts(staged, path, options))
    }

    /// Finds out once whether the storage refuses a second file of one name.
    /// Some that speak the protocol of S3 take the condition and ignore it: on
    /// them two ingests at once would lose a return.
    ///
    /// # Errors
    /// Where it does not refuse, or the storage fails.
    pub fn prove(&self) -> Result<(), StoreError> {
        if self.proven.load(Ordering::Relaxed) {
            return Ok(());
        }
        let below = format!("probe-{}", random_name()?);
        let path = self.path(&below);
        let first = self.put_new(&path, Bytes::from_static(b"first"));
        let second = self.put_new(&path, Bytes::from_static(b"second"));
        let there = self.look(&path);
        let _ = self.runtime.block_on(self.objects.delete(&path));
        let there = there.map_err(|error| self.failed("reading", &below, error))?;
        let refused = |put: Result<(), Error>| match put {
            Ok(()) => Ok(false),
            Err(Error::AlreadyExists { .. }) => Ok(true),
            Err(error) => Err(self.failed("writing", &below, error)),
        };
        // Of the first one the answer may be lost, and a second try refused.
        refused(first)?;
        if refused(second)? && there.as_deref() == Some(b"first") {
            self.proven.store(true, Ordering::Relaxed);
            return Ok(());
        }
        Err(StoreError::Overwrites(self.shown.clone()))
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

    /// Removes a folder, and those above it below the store's own, where they
    /// are empty. Buckets have no folders.
    pub fn remove_empty(&self, below: &str) {
        if self.is_local() {
            let (root, folder) = (self.local_path(""), self.local_path(below));
            let _ = folder
                .ancestors()
                .take_while(|folder| *folder != root && folder.starts_with(&root))
                .try_for_each(std::fs::remove_dir);
        }
    }
}

/// Letters that tell what this run writes from what others do.
fn random_name() -> Result<String, StoreError> {
    let bytes = random::<8>().map_err(|error| StoreError::Io {
        what: "naming a file".to_owned(),
        source: std::io::Error::other(error.to_string()),
    })?;
    Ok(hex(&bytes))
}
