//! The bytes of a text file: in the file, or kept since it was hashed. Those of
//! a file that is not hashed yet are, as they are read.

use std::fs::File;
use std::io::{Read, Result};
use std::path::PathBuf;

use bytes::Bytes;

use super::encoding::{BUFFER, Fingerprint, Passing, buffer_of};

/// Where the bytes of a text are.
#[derive(Clone, Debug)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In memory, of a file so small that to open it again takes longer.
    Kept(Bytes),
}

impl Source {
    /// The first bytes, how many they are, and what gives the others; where
    /// `hashed`, what gives them tells in the end what file they were.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn open(&self, hashed: bool) -> Result<(Vec<u8>, usize, Rest)> {
        match self {
            Source::File(path) => {
                let file = File::open(path)?;
                let mut buffer = buffer_of(&file, BUFFER)?;
                let mut rest = Rest {
                    file: Some(file),
                    passing: hashed.then(Box::default),
                    ended: false,
                };
                let read = rest.read(&mut buffer)?;
                Ok((buffer, read, rest))
            }
            Source::Kept(bytes) => {
                let mut buffer = bytes.to_vec();
                buffer.resize(bytes.len().max(64), 0);
                Ok((buffer, bytes.len(), Rest::default()))
            }
        }
    }
}

/// What follows the first bytes.
#[derive(Default)]
pub struct Rest {
    file: Option<File>,
    passing: Option<Box<Passing>>,
    ended: bool,
}

impl Rest {
    /// What the file is, where it is hashed and was read to its end.
    pub fn fingerprint(&mut self) -> Option<Fingerprint> {
        let passing = self.passing.take_if(|_| self.ended);
        passing.map(|passing| passing.fingerprint())
    }
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Some(file) = &mut self.file else {
            return Ok(0);
        };
        let read = file.read(buffer)?;
        self.ended = read == 0 && !buffer.is_empty();
        if let Some(passing) = &mut self.passing {
            passing.pass(&buffer[..read]);
        }
        Ok(read)
    }
}
