//! What identifies a file's bytes, and how they are text: by its marks and by
//! what its bytes can be, never by what its words look like.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::digest::hex;

/// How much of a file is read at once.
pub const BUFFER: usize = 1 << 17;

/// What identifies a file's bytes, and how they are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256, hexadecimal; empty while the file is not read to its end.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// How its bytes are text.
    pub encoding: Encoding,
}

/// How bytes are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// UTF-16, either way round, by its byte order mark.
    Utf16,
    /// Neither, so taken for Windows-1252, in which every byte is a character.
    Windows1252,
    /// UTF-8 by its mark or its letters, and other bytes, first on this line:
    /// whichever it is taken for, some of it is garbled.
    Mixed(u64),
}

/// Hashes a file and tells its encoding, without holding it in memory. Gives
/// the bytes of a small one, which was read as a whole.
///
/// # Errors
/// Where it cannot be read.
pub fn fingerprint(path: &Path) -> std::io::Result<(Fingerprint, Option<Vec<u8>>)> {
    let mut file = File::open(path)?;
    let mut buffer = buffer_of(&file, 1 << 18)?;
    let mut passing = Passing::default();
    let mut pieces = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        passing.pass(&buffer[..read]);
        pieces += 1;
    }
    let whole = usize::try_from(passing.bytes).ok().filter(|_| pieces == 1);
    let whole = whole.map(|bytes| {
        buffer.truncate(bytes);
        buffer
    });
    Ok((passing.fingerprint(), whole))
}

/// How the bytes at the start of a file are text, as far as they tell.
///
/// # Errors
/// Where it cannot be read.
pub fn first_look(path: &Path) -> std::io::Result<Encoding> {
    let mut file = File::open(path)?;
    let mut buffer = buffer_of(&file, BUFFER)?;
    let read = file.read(&mut buffer)?;
    let mut seen = Seen::default();
    seen.mark(&buffer[..read]);
    seen.look(&buffer[..read]);
    Ok(seen.encoding())
}

/// The bytes of a file as they pass by, of which its fingerprint is made.
#[derive(Default)]
pub struct Passing {
    hasher: Sha256,
    bytes: u64,
    seen: Seen,
    /// The bytes of a character that the end of a piece has cut.
    cut: Vec<u8>,
}

impl Passing {
    /// Takes the next piece.
    pub fn pass(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        if self.bytes == 0 {
            self.seen.mark(piece);
        }
        self.bytes += piece.len() as u64;
        let joined = (!self.cut.is_empty()).then(|| [&self.cut, piece].concat());
        let piece = joined.as_deref().unwrap_or(piece);
        let kept = self.seen.look(piece);
        self.cut = piece[piece.len() - kept..].to_vec();
    }

    /// What all pieces together are.
    #[must_use]
    pub fn fingerprint(mut self) -> Fingerprint {
        if !self.cut.is_empty() {
            self.seen.other.get_or_insert(self.seen.line);
        }
        Fingerprint {
            sha256: hex(&self.hasher.finalize()),
            bytes: self.bytes,
            encoding: self.seen.encoding(),
        }
    }
}

/// What a file's bytes have shown so far.
#[derive(Default)]
struct Seen {
    utf16: bool,
    /// A byte order mark of UTF-8, or characters that only UTF-8 has.
    utf8: bool,
    /// Line feeds so far.
    line: u64,
    /// The lines before the first bytes that are not UTF-8.
    other: Option<u64>,
}

impl Seen {
    fn mark(&mut self, start: &[u8]) {
        self.utf16 = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
        self.utf8 = start.starts_with(b"\xef\xbb\xbf");
    }

    /// Looks at a block; says how many bytes at its end are half a character.
    fn look(&mut self, block: &[u8]) -> usize {
        if self.utf16 {
            return 0;
        }
        if self.other.is_none() && std::str::from_utf8(block).is_ok() {
            self.utf8 |= !block.is_ascii();
            self.line += memchr::memchr_iter(b'\n', block).count() as u64;
            return 0;
        }
        let mut left = block.len();
        for chunk in block.utf8_chunks() {
            let (valid, invalid) = (chunk.valid().as_bytes(), chunk.invalid());
            self.utf8 |= !valid.is_ascii();
            self.line += memchr::memchr_iter(b'\n', valid).count() as u64;
            left -= valid.len();
            if left == invalid.len() && left < 4 && is_begun(invalid) {
                return left;
            }
            left -= invalid.len();
            if !invalid.is_empty() {
                self.other.get_or_insert(self.line);
            }
        }
        0
    }

    fn encoding(&self) -> Encoding {
        match self.other {
            _ if self.utf16 => Encoding::Utf16,
            None => Encoding::Utf8,
            Some(lines) if self.utf8 => Encoding::Mixed(lines + 1),
            Some(_) => Encoding::Windows1252,
        }
    }
}

/// Whether bytes may be the start of a character of which the rest is to come.
fn is_begun(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// Room for what is read of a file at once: no more than a small one needs.
pub(super) fn buffer_of(file: &File, most: usize) -> std::io::Result<Vec<u8>> {
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(most);
    Ok(vec![0; size.saturating_add(1).clamp(64, most)])
}
