//! CSV as rows of text with true line numbers, whatever its encoding, line
//! ends and delimiter.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use csv::StringRecord;
use sha2::{Digest, Sha256};

use super::lines::{Lines, Watched};
use super::record::{BLOCK, Block};

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
    /// It is a workbook by what it holds.
    #[error("is not a CSV text file: it holds binary data, a workbook or another packed file")]
    Packed,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8 text: line {0} holds other bytes")]
    Encoding(u64),
    /// The text ends inside a quoted cell: rows were swallowed by it.
    #[error("ends inside quotation marks, which were opened in the record of line {0}")]
    OpenQuote(u64),
    /// The CSV parser gave up.
    #[error("cannot be read as CSV at line {line}: {message}")]
    Csv {
        /// Where.
        line: u64,
        /// Why.
        message: String,
    },
}

/// What identifies a file's bytes, and how they are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256, hexadecimal.
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
}

/// Hashes a file and tells its encoding, without holding it in memory.
///
/// # Errors
/// Where it cannot be read.
pub fn fingerprint(path: &Path) -> std::io::Result<Fingerprint> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    let mut utf8 = true;
    let mut utf16 = false;
    // The bytes of a character that the end of a block has cut.
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[kept..kept + read]);
        if bytes == 0 {
            utf16 =
                buffer[..read].starts_with(b"\xff\xfe") || buffer[..read].starts_with(b"\xfe\xff");
        }
        bytes += read as u64;
        let end = kept + read;
        kept = 0;
        if utf8 && !utf16 {
            match std::str::from_utf8(&buffer[..end]) {
                Ok(_) => {}
                Err(error) if error.error_len().is_none() => {
                    kept = end - error.valid_up_to();
                    buffer.copy_within(error.valid_up_to()..end, 0);
                }
                Err(_) => utf8 = false,
            }
        }
    }
    let encoding = match (utf16, utf8 && kept == 0) {
        (true, _) => Encoding::Utf16,
        (false, true) => Encoding::Utf8,
        (false, false) => Encoding::Windows1252,
    };
    Ok(Fingerprint {
        sha256: hex(&hasher.finalize()),
        bytes,
        encoding,
    })
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

/// The most bytes that one record may have: a thousand times a long one.
const RECORD: usize = 4 << 20;

/// The characters that may part cells.
pub const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

type Text = Watched<Box<dyn Read>>;

/// Records of one CSV file.
pub struct Rows {
    reader: csv::Reader<Text>,
    record: StringRecord,
    lines: Rc<RefCell<Lines>>,
}

impl Rows {
    /// Opens a file at its first record.
    ///
    /// # Errors
    /// Where the file is not text.
    pub fn open(path: &Path, encoding: Encoding, delimiter: u8) -> Result<Rows, TextError> {
        let mut start = [0; 4096];
        let read = File::open(path)?.read(&mut start)?;
        if read == 0 {
            return Err(TextError::Empty);
        }
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(TextError::Packed);
        }
        if encoding != Encoding::Utf16 && start[..read].contains(&0) {
            return Err(TextError::Binary);
        }
        let lines = Rc::new(RefCell::new(Lines::new(RECORD)));
        let end = format!("\n{END}\n");
        let inner: Box<dyn Read> =
            Box::new(text(path, encoding)?.chain(std::io::Cursor::new(end.into_bytes())));
        let reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(Watched {
                inner,
                lines: Rc::clone(&lines),
            });
        Ok(Rows {
            reader,
            record: StringRecord::new(),
            lines,
        })
    }

    /// The first records, at most `most`: fewer where one cannot be read.
    ///
    /// # Errors
    /// Where there is none.
    pub fn top(
        path: &Path,
        encoding: Encoding,
        delimiter: u8,
        most: usize,
    ) -> Result<Block, TextError> {
        let mut block = Block::default();
        let read = Rows::open(path, encoding, delimiter)?.fill(&mut block, most);
        match read {
            _ if !block.is_empty() => Ok(block),
            Err(error) => Err(error),
            Ok(_) => Err(TextError::Empty),
        }
    }

    /// Adds the next records to `block` until it holds `most` or is full; says
    /// whether there may be more.
    ///
    /// # Errors
    /// Where the file stops being CSV text.
    pub fn fill(&mut self, block: &mut Block, most: usize) -> Result<bool, TextError> {
        while block.len() < most && block.bytes() < BLOCK {
            self.lines.borrow_mut().left = RECORD + BUFFER;
            if !read_record(&mut self.reader, &mut self.record)? || is_end(&self.record) {
                return Ok(false);
            }
            if memchr::memchr(0, self.record.as_slice().as_bytes()).is_some() {
                return Err(TextError::Binary);
            }
            let offset = self.record.position().map_or(0, csv::Position::byte);
            let line = self.lines.borrow_mut().line_at(offset);
            if self.record.as_slice().contains(END) {
                return Err(TextError::OpenQuote(line));
            }
            block.push(line, &self.record);
        }
        Ok(true)
    }

    /// How much of the text was read.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.reader.position().byte()
    }
}

/// A last record of our own: the CSV parser closes a quoted cell at the end of
/// the text without a word, and this shows whether there was one.
const END: &str = "\u{1}end of text\u{1}";

fn is_end(record: &StringRecord) -> bool {
    record.len() == 1 && record.get(0) == Some(END)
}

const BUFFER: usize = 1 << 17;

/// The bytes of a file as UTF-8, without byte order mark.
fn text(path: &Path, encoding: Encoding) -> Result<Box<dyn Read>, TextError> {
    let mut file = File::open(path)?;
    if encoding == Encoding::Utf8 {
        let mut mark = [0; 3];
        let read = file.read(&mut mark)?;
        let marked = &mark[..read] == b"\xef\xbb\xbf";
        file.seek(SeekFrom::Start(if marked { 3 } else { 0 }))?;
        return Ok(Box::new(file));
    }
    let fallback = match encoding {
        Encoding::Windows1252 => Some(encoding_rs::WINDOWS_1252),
        Encoding::Utf8 | Encoding::Utf16 => None,
    };
    let decoder = encoding_rs_io::DecodeReaderBytesBuilder::new()
        .encoding(fallback)
        .build(file);
    Ok(Box::new(decoder))
}

fn read_record(
    reader: &mut csv::Reader<Text>,
    record: &mut StringRecord,
) -> Result<bool, TextError> {
    reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                TextError::Csv {
                    line,
                    message: error.to_string(),
                }
            }
            csv::ErrorKind::Io(error) => TextError::Io(error),
            csv::ErrorKind::Utf8 { .. } => TextError::Encoding(line),
            other => TextError::Csv {
                line,
                message: format!("{other:?}"),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::returns::record::Record;

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
        let encoding = fingerprint(file.path()).unwrap().encoding;
        let tops = DELIMITERS.map(|delimiter| {
            let top = Rows::top(file.path(), encoding, delimiter, 1);
            top.map(|top| (top.get(0).map_or(0, |(_, record)| record.len()), delimiter))
        });
        let [comma, ..] = &tops;
        comma.as_ref().map_err(ToString::to_string)?;
        let widest = tops.iter().flatten().rev().max_by_key(|(width, _)| *width);
        let mut rows = Rows::open(file.path(), encoding, widest.unwrap().1)
            .map_err(|error| error.to_string())?;
        let mut all = Vec::new();
        loop {
            let mut block = Block::default();
            let more = rows
                .fill(&mut block, 2)
                .map_err(|error| error.to_string())?;
            let cells = |record: Record<'_>| record.cells().map(str::to_owned).collect();
            all.extend(block.records().map(|(line, record)| (line, cells(record))));
            if !more {
                return Ok(all);
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what may fail")]
    fn owned(rows: &[(u64, &[&str])]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        Ok(rows.iter().map(|(line, row)| (*line, cells(row))).collect())
    }

    #[test]
    fn encodings_give_the_same_text() {
        let expected = owned(&[(1, &["name", "pay"]), (2, &["Tŷ – £", "1"])]);
        let utf8 = "name,pay\nTŷ – £,1\n";
        assert_eq!(rows(utf8.as_bytes()), expected);
        assert_eq!(rows(format!("\u{feff}{utf8}").as_bytes()), expected);
        for (mark, order) in [
            ([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xfe, 0xff], u16::to_be_bytes),
        ] {
            let mut bytes = mark.to_vec();
            bytes.extend(utf8.encode_utf16().flat_map(order));
            assert_eq!(rows(&bytes), expected);
        }
        assert_eq!(
            rows(b"name,pay\nAsh \x96 \xa3,1\n"),
            owned(&[(1, &["name", "pay"]), (2, &["Ash – £", "1"])])
        );
    }

    #[test]
    fn line_ends_and_delimiters_of_all_kinds() {
        for end in ["\n", "\r\n", "\r"] {
            for delimiter in [",", ";", "\t"] {
                let text = ["a,b", "1,2", "3,4"].join(end).replace(',', delimiter);
                let expected = owned(&[(1, &["a", "b"]), (2, &["1", "2"]), (3, &["3", "4"])]);
                assert_eq!(
                    rows(text.as_bytes()).map(|rows| rows.len()),
                    expected.as_ref().map(Vec::len).map_err(Clone::clone)
                );
                let cells = |rows: Vec<(u64, Vec<String>)>| {
                    rows.into_iter().map(|row| row.1).collect::<Vec<_>>()
                };
                assert_eq!(
                    rows(text.as_bytes()).map(cells),
                    expected.map(cells),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn lines_are_those_of_an_editor() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["", "a,b", "", "1,2", "\"x", "y\",3", "", "", "4,5"].join(end);
            let lines =
                rows(text.as_bytes()).map(|rows| rows.into_iter().map(|row| row.0).collect());
            assert_eq!(lines, Ok(vec![2, 4, 5, 9]), "{text:?}");
        }
    }

    #[test]
    fn a_character_cut_by_a_block_is_still_utf8() {
        let mut text = "a,b\n".to_owned();
        while text.len() < (1 << 18) - 1 {
            text.push_str("xx,yy\n");
        }
        text.truncate((1 << 18) - 1);
        text.push_str("ŷŷŷ\n");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        assert_eq!(fingerprint(file.path()).unwrap().encoding, Encoding::Utf8);
    }

    #[test]
    fn an_open_quotation_mark_is_an_error_and_swallows_no_row() {
        let error = rows(b"a,b\n1,2\n3,\"4\n5,6\n").unwrap_err();
        assert_eq!(
            error,
            "ends inside quotation marks, which were opened in the record of line 3"
        );
        assert!(
            rows(b"a,\"b\n1,2\n")
                .unwrap_err()
                .contains("quotation marks")
        );
        assert!(rows(b"a,b\n1,\"2\"").is_ok());
        assert_eq!(
            rows(b"\n\n").unwrap_err(),
            "is empty: it has not even a header"
        );
    }

    #[test]
    fn an_endless_record_is_an_error() {
        let mut text = b"a,b\n1,\"".to_vec();
        text.resize(9 << 20, b'x');
        assert!(rows(&text).unwrap_err().contains("longer than 4 MiB"));
        let text = vec![b'x'; 9 << 20];
        assert!(rows(&text).unwrap_err().contains("longer than 4 MiB"));
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert_eq!(rows(b"").unwrap_err(), "is empty: it has not even a header");
        assert!(rows(b"a,b\n1,\0\n").unwrap_err().contains("binary"));
        assert!(rows(b"PK\x03\x04....").unwrap_err().contains("workbook"));
    }
}
