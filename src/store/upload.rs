//! A file on its way into the store, in parts where it is large.

use std::io::Write;

use object_store::{Error, ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

use super::StoreError;
use super::location::Location;
use crate::model::digest::hex;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// The size.
    pub bytes: u64,
}

/// A file that is there only once [`Upload::finish`] has succeeded.
pub struct Upload {
    location: Location,
    below: String,
    /// What came so far, while it is less than a part.
    first: Vec<u8>,
    parts: Option<WriteMultipart>,
    /// What was sent since it was last begun to settle.
    unsettled: usize,
    hasher: Sha256,
    bytes: u64,
}

/// Parts on their way at once.
const AT_ONCE: usize = 2;

impl Upload {
    /// Begins a file.
    #[must_use]
    pub fn begin(location: &Location, below: &str) -> Upload {
        Upload {
            location: location.clone(),
            below: below.to_owned(),
            first: Vec::new(),
            parts: None,
            unsettled: 0,
            hasher: Sha256::new(),
            bytes: 0,
        }
    }

    fn send(&mut self, buffer: &[u8]) -> Result<(), Error> {
        let part = self.location.part;
        if self.parts.is_none() && self.first.len() + buffer.len() < part {
            self.first.extend_from_slice(buffer);
            return Ok(());
        }
        let (objects, path, runtime) = self.location.parts(&self.below);
        runtime.block_on(async {
            if self.parts.is_none() {
                let upload = objects.put_multipart(&path).await?;
                let mut parts = WriteMultipart::new_with_chunk_size(upload, part);
                parts.write(&std::mem::take(&mut self.first));
                self.parts = Some(parts);
            }
            if let Some(parts) = &mut self.parts {
                parts.wait_for_capacity(AT_ONCE).await?;
                parts.write(buffer);
            }
            Ok::<_, Error>(())
        })?;
        self.unsettled += buffer.len();
        if self.unsettled >= part {
            self.unsettled = 0;
            self.location.begin_to_settle(&self.below);
        }
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where the storage fails; then nobody is told of the file.
    pub fn finish(mut self) -> Result<Written, StoreError> {
        let (objects, path, runtime) = self.location.parts(&self.below);
        let finished = if let Some(parts) = self.parts.take() {
            runtime.block_on(parts.finish())
        } else {
            let bytes = bytes::Bytes::from(std::mem::take(&mut self.first));
            runtime.block_on(objects.put(&path, bytes.into()))
        };
        finished.map_err(|error| self.location.failed("writing", &self.below, error))?;
        self.location.begin_to_settle(&self.below);
        let hasher = std::mem::take(&mut self.hasher);
        Ok(Written {
            sha256: hex(&hasher.finalize()),
            bytes: self.bytes,
        })
    }
}

impl Write for Upload {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.hasher.update(buffer);
        self.bytes += buffer.len() as u64;
        // The path that the error names.
        self.send(buffer)
            .map_err(|error| self.location.failed("writing", &self.below, error))
            .map_err(std::io::Error::other)?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Upload {
    /// A file that was not finished leaves no parts behind.
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            // The storage may be the reason; there is nobody left to tell.
            let _ = self.location.runtime().block_on(parts.abort());
        }
    }
}
