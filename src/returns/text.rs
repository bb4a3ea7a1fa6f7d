//! CSV as rows of text with true line numbers.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use csv::StringRecord;
use sha2::{Digest, Sha256};

/// Why a file is not rows of text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The file cannot be read at all.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// There is nothing in it.
    #[error("is empty: it has not even a header")]
    Empty,
    /// It is not text: it holds NUL bytes, or is a packed or other binary file.
    #[error("is not a CSV text file: it holds binary data")]
    Binary,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8 text: line {0} holds other bytes")]
    Encoding(u64),
    /// A column name stands twice in the header.
    #[error("has the column `{0}` twice in its header")]
    ColumnTwice(String),
    /// The CSV parser gave up.
    #[error("cannot be read as CSV at line {line}: {message}")]
    Csv {
        /// Where.
        line: u64,
        /// Why.
        message: String,
    },
}

/// What identifies a file's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// Hashes a file without holding it in memory.
///
/// # Errors
/// Where it cannot be read.
pub fn fingerprint(path: &Path) -> std::io::Result<Fingerprint> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok(Fingerprint { sha256: hex(&hasher.finalize()), bytes })
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Rows of one CSV file, after its header.
pub struct Rows {
    reader: csv::Reader<BufReader<File>>,
    header: Vec<String>,
}

impl Rows {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Where the file is not text or has no usable header.
    pub fn open(path: &Path) -> Result<Rows, TextError> {
        let mut file = File::open(path)?;
        let mut start = [0; 4096];
        let read = file.read(&mut start)?;
        if read == 0 {
            return Err(TextError::Empty);
        }
        if start[..read].contains(&0) || start.starts_with(b"PK\x03\x04") {
            return Err(TextError::Binary);
        }
        let bom = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        file.seek(SeekFrom::Start(bom))?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(1 << 17)
            .from_reader(BufReader::with_capacity(1 << 17, file));
        let mut record = StringRecord::new();
        if !read_record(&mut reader, &mut record)? {
            return Err(TextError::Empty);
        }
        let header: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        for (position, name) in header.iter().enumerate() {
            if !name.is_empty() && header[..position].iter().any(|n| n.eq_ignore_ascii_case(name)) {
                return Err(TextError::ColumnTwice(name.clone()));
            }
        }
        Ok(Rows { reader, header })
    }

    /// The names in the header, trimmed.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next row into `record` and gives the line on which it starts.
    ///
    /// # Errors
    /// Where the file stops being UTF-8 CSV text.
    pub fn next(&mut self, record: &mut StringRecord) -> Result<Option<u64>, TextError> {
        if !read_record(&mut self.reader, record)? {
            return Ok(None);
        }
        if record.as_slice().as_bytes().contains(&0) {
            return Err(TextError::Binary);
        }
        Ok(Some(record.position().map_or(0, csv::Position::line)))
    }
}

fn read_record(
    reader: &mut csv::Reader<BufReader<File>>,
    record: &mut StringRecord,
) -> Result<bool, TextError> {
    reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(error) => TextError::Io(error),
            csv::ErrorKind::Utf8 { .. } => TextError::Encoding(line),
            other => TextError::Csv { line, message: format!("{other:?}") },
        }
    })
}
