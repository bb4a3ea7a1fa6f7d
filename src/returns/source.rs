//! The bytes of a text file: in the file, or kept since it was hashed.

use std::fs::File;
use std::io::{Read, Result};
use std::path::PathBuf;

use bytes::Bytes;

use super::encoding::buffer_of;

/// How much of a file is read at once.
pub const BUFFER: usize = 1 << 17;

/// Where the bytes of a text are.
#[derive(Clone, Debug)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In memory, of a file so small that to open it again takes longer.
    Kept(Bytes),
}

impl Source {
    /// The first bytes, how many they are, and what gives the others.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn open(&self) -> Result<(Vec<u8>, usize, Rest)> {
        match self {
            Source::File(path) => {
                let mut file = File::open(path)?;
                let mut buffer = buffer_of(&file, BUFFER)?;
                let read = file.read(&mut buffer)?;
                Ok((buffer, read, Rest(Some(file))))
            }
            Source::Kept(bytes) => {
                let mut buffer = bytes.to_vec();
                buffer.resize(bytes.len().max(64), 0);
                Ok((buffer, bytes.len(), Rest(None)))
            }
        }
    }
}

/// What follows the first bytes.
pub struct Rest(Option<File>);

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.0.as_mut().map_or(Ok(0), |file| file.read(buffer))
    }
}
