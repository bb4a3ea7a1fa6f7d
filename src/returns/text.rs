//! CSV as rows of text with true line numbers, whatever its encoding, line
//! ends and delimiter.

use std::io::{Cursor, Read};

use csv_core::ReadRecordResult;

use super::encoding::{BUFFER, Encoding, Fingerprint};
use super::lines::Lines;
use super::parser::Parser;
use super::quotes::Quotes;
use super::record::{BLOCK, Block};
use super::source::{Rest, Source};

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
    /// Bytes that are not UTF-8 among others that are.
    #[error("is partly UTF-8 and partly not: line {0} holds bytes of another encoding")]
    Encoding(u64),
    /// Half a character of UTF-16, or one that was lost before.
    #[error("has a character that cannot be read at line {0}: only a part of it is there")]
    Lost(u64),
    /// The text ends inside a quoted cell: rows were swallowed by it.
    #[error("ends inside quotation marks, which were opened in the record of line {0}")]
    OpenQuote(u64),
    /// A cell over several lines goes on behind its closing mark: one was left open
    /// before, and swallowed what stood between.
    #[error(
        "has text behind a closing quotation mark, in the record of several lines that starts at line {0}: is one left open there?"
    )]
    LooseQuote(u64),
    /// A record is longer than any row.
    #[error("has a record of more than 4 MiB at line {0}: is a quotation mark left open?")]
    TooLong(u64),
}

/// The most bytes that one record may have: a thousand times a long one.
const RECORD: usize = 4 << 20;

/// The characters that may part cells.
pub const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// What follows the text in the buffer.
enum Text {
    AsItIs(Rest),
    Decoded(Box<dyn Read>),
}

/// Records of one CSV file.
pub struct Rows {
    text: Text,
    parser: Parser,
    /// Text that was read and not yet parsed stands from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The first byte of the buffer that not every row may hold: a quotation
    /// mark, one that is none of a text, or a character that was lost.
    special: usize,
    /// How much of the text was parsed.
    offset: u64,
    lines: Lines,
    /// The record being read: its text, and where each cell ends.
    record: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// Opens a text at its first record; where `hashed`, its fingerprint is
    /// made on the way.
    ///
    /// # Errors
    /// Where it is not text.
    pub fn open(
        source: &Source,
        encoding: Encoding,
        delimiter: u8,
        hashed: bool,
    ) -> Result<Rows, TextError> {
        let (mut buffer, mut end, rest) = source.open(hashed)?;
        let start = &buffer[..end];
        if end == 0 {
            return Err(TextError::Empty);
        }
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(TextError::Packed);
        }
        if let Encoding::Mixed(line) = encoding {
            return Err(TextError::Encoding(line));
        }
        if encoding != Encoding::Utf16 && start.contains(&0) {
            return Err(TextError::Binary);
        }
        let marked = start.starts_with(b"\xef\xbb\xbf");
        let start = if encoding == Encoding::Utf8 && marked {
            3
        } else {
            0
        };
        let text = if encoding == Encoding::Utf8 {
            Text::AsItIs(rest)
        } else {
            // What was read goes through the decoder, like the rest.
            let first = std::mem::replace(&mut buffer, vec![0; BUFFER]);
            let first = Cursor::new(first).take(end as u64);
            end = 0;
            Text::Decoded(Box::new(decoded(first.chain(rest), encoding)))
        };
        let mut lines = Lines::default();
        lines.pass(&buffer[start..end]);
        Ok(Rows {
            text,
            parser: Parser::new(delimiter),
            buffer,
            start,
            end,
            special: 0,
            offset: 0,
            lines,
            record: vec![0; 512],
            ends: vec![0; 64],
        })
    }

    /// The first records, at most `most`: fewer where one cannot be read.
    ///
    /// # Errors
    /// Where there is none.
    pub fn top(
        source: &Source,
        encoding: Encoding,
        delimiter: u8,
        most: usize,
    ) -> Result<Block, TextError> {
        let mut block = Block::default();
        let read = Rows::open(source, encoding, delimiter, false)?.fill(&mut block, most);
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
            let from = self.offset;
            if self.plain_lines(block, most)? {
                continue;
            }
            let Some((length, cells, quotes)) = self.read_record()? else {
                return Ok(false);
            };
            let line = self.lines.line_at(from);
            let bytes = &self.record[..length];
            if memchr::memchr(0, bytes).is_some() {
                return Err(TextError::Binary);
            }
            let text = std::str::from_utf8(bytes).map_err(|_| TextError::Encoding(line))?;
            if matches!(self.text, Text::Decoded(_)) && text.contains(LOST) {
                return Err(TextError::Lost(line));
            }
            block.push(line, text, &self.ends[..cells], quotes.loose());
        }
        Ok(true)
    }

    /// Adds the next records that are lines without quotation marks and stand in
    /// the buffer as a whole, as nearly all are and do: as many as `block` lacks
    /// until it holds `most`. Says whether there was any such line.
    fn plain_lines(&mut self, block: &mut Block, most: usize) -> Result<bool, TextError> {
        // The parser looks at the start of a text in its own way.
        if self.offset == 0 {
            return Ok(false);
        }
        if self.special < self.start {
            let text = &self.buffer[self.start..self.end];
            let mut special = memchr::memchr2(b'"', 0, text);
            if let Text::Decoded(_) = self.text {
                let lost = memchr::memmem::find(text, LOST.as_bytes());
                special = special.into_iter().chain(lost).min();
            }
            self.special = special.map_or(self.end, |at| self.start + at);
        }
        let whole = |text: &[u8]| memchr::memrchr2(b'\n', b'\r', text).map(|at| at + 1);
        let text = &self.buffer[self.start..self.special];
        let Some(length) = whole(text) else {
            return Ok(false);
        };
        let text = match std::str::from_utf8(&text[..length]) {
            Ok(text) => text,
            Err(error) => {
                let text = &text[..error.valid_up_to()];
                let text = &text[..whole(text).unwrap_or(0)];
                std::str::from_utf8(text).unwrap_or_default()
            }
        };
        if text.is_empty() {
            return Err(TextError::Encoding(self.lines.line_at(self.offset)));
        }
        let (lines, offset) = (&mut self.lines, self.offset);
        let line_at = |at: usize| lines.line_at(offset + at as u64);
        let taken = block.push_lines(text, self.parser.delimiter(), most, line_at);
        self.offset += taken as u64;
        self.start += taken;
        Ok(true)
    }

    /// Reads a record: how long it is, how many cells it has, and their quotation
    /// marks.
    fn read_record(&mut self) -> Result<Option<(usize, usize, Quotes)>, TextError> {
        let from = self.offset;
        let (mut length, mut cells) = (0, 0);
        let mut quotes = Quotes::default();
        loop {
            if self.start == self.end {
                (self.start, self.special) = (0, 0);
                self.end = match &mut self.text {
                    Text::AsItIs(text) => text.read(&mut self.buffer)?,
                    Text::Decoded(text) => text.read(&mut self.buffer)?,
                };
                self.lines.pass(&self.buffer[..self.end]);
            }
            let (result, read, written, ended) = self.parser.reader().read_record(
                &self.buffer[self.start..self.end],
                &mut self.record[length..],
                &mut self.ends[cells..],
            );
            let passed = &self.buffer[self.start..self.start + read];
            quotes.pass(passed, self.parser.delimiter());
            self.start += read;
            self.offset += read as u64;
            length += written;
            cells += ended;
            match result {
                // The parser closes a cell at the end of the text without a word.
                ReadRecordResult::Record | ReadRecordResult::End if quotes.is_open() => {
                    return Err(TextError::OpenQuote(self.lines.line_at(from)));
                }
                ReadRecordResult::Record if quotes.swallow_lines() => {
                    return Err(TextError::LooseQuote(self.lines.line_at(from)));
                }
                ReadRecordResult::Record => {
                    debug_assert_eq!(quotes.delimiters() + 1, cells);
                    return Ok(Some((length, cells, quotes)));
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.record.resize(length * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(cells * 2, 0),
            }
            if length.max(cells) > RECORD {
                let line = self.lines.line_at(from);
                return Err(TextError::TooLong(line));
            }
        }
    }

    /// What the file is, where that was to be told and it was read to its end.
    pub fn fingerprint(&mut self) -> Option<Fingerprint> {
        match &mut self.text {
            Text::AsItIs(text) => text.fingerprint(),
            Text::Decoded(_) => None,
        }
    }

    /// How much of the text was read.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// What a decoder puts where it can read no character.
const LOST: &str = "\u{fffd}";

/// Bytes of another encoding as UTF-8, without byte order mark.
fn decoded(bytes: impl Read, encoding: Encoding) -> impl Read {
    let windows = (encoding == Encoding::Windows1252).then_some(encoding_rs::WINDOWS_1252);
    encoding_rs_io::DecodeReaderBytesBuilder::new()
        .encoding(windows)
        .build(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::returns::encoding::fingerprint;
    use crate::returns::record::Record;

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
        let (fingerprint, whole) = fingerprint(file.path()).unwrap();
        let encoding = fingerprint.encoding;
        let source = Source::File(file.path().to_owned());
        if let Some(whole) = whole {
            let kept = Rows::top(&Source::Kept(whole.into()), encoding, b',', 9);
            let top = Rows::top(&source, encoding, b',', 9);
            assert_eq!(format!("{kept:?}"), format!("{top:?}"));
        }
        let tops = DELIMITERS.map(|delimiter| {
            let top = Rows::top(&source, encoding, delimiter, 1);
            top.map(|top| (top.get(0).map_or(0, |(_, record)| record.len()), delimiter))
        });
        let [comma, ..] = &tops;
        comma.as_ref().map_err(ToString::to_string)?;
        let widest = tops.iter().flatten().rev().max_by_key(|(width, _)| *width);
        let mut rows = Rows::open(&source, encoding, widest.unwrap().1, true)
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
                // Told on the way, it is what it is told to be beforehand.
                let told = (encoding == Encoding::Utf8).then_some(fingerprint);
                assert_eq!(rows.fingerprint(), told);
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
    fn of_two_encodings_at_once_neither_is_guessed() {
        let line = |bytes: &[u8]| rows(bytes).unwrap_err();
        let two = |line: u64| TextError::Encoding(line).to_string();
        assert_eq!(line(b"\xef\xbb\xbfname,pay\nAsh,\xa31\n"), two(2));
        assert_eq!(
            line(
                "name,pay\nTŷ,1\n"
                    .as_bytes()
                    .iter()
                    .chain(b"A\xa3,1\n")
                    .copied()
                    .collect::<Vec<u8>>()
                    .as_slice()
            ),
            two(3)
        );
        assert_eq!(line(b"name\nT\xc5\xb7\nA\xc5"), two(3));
        // Half a letter at the end of a block is none of its own.
        let mut text = vec![b'x'; (1 << 18) - 1];
        text.extend("ŷ\n".as_bytes());
        text.push(0xa3);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &text).unwrap();
        assert_eq!(
            fingerprint(file.path()).unwrap().0.encoding,
            Encoding::Mixed(2)
        );
    }

    #[test]
    fn half_a_character_is_an_error() {
        let units = |text: &str, broken: u16| {
            let units = "\u{feff}name,pay\n"
                .encode_utf16()
                .chain(text.encode_utf16());
            let units = units.chain([broken, u16::from(b'\n')]);
            units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
        };
        assert_eq!(
            rows(&units("Ash,1\n\u{1f600},", 0x31)).map(|rows| rows.len()),
            Ok(3)
        );
        let error = TextError::Lost(3).to_string();
        assert_eq!(rows(&units("Ash,1\n", 0xd83d)), Err(error));
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
        assert_eq!(fingerprint(file.path()).unwrap().0.encoding, Encoding::Utf8);
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
        // What no line of the file can look like marks its end.
        let text = "a,b\n1,2\n\u{1}end of text\u{1}\n3,4\n";
        assert_eq!(rows(text.as_bytes()).map(|rows| rows.len()), Ok(4));
        assert_eq!(
            rows(b"\n\n").unwrap_err(),
            "is empty: it has not even a header"
        );
    }

    #[test]
    fn an_endless_record_is_an_error() {
        let mut text = b"a,b\n1,\"".to_vec();
        text.resize(9 << 20, b'x');
        assert!(rows(&text).unwrap_err().contains("more than 4 MiB"));
        let text = vec![b'x'; 9 << 20];
        assert!(rows(&text).unwrap_err().contains("more than 4 MiB"));
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        assert_eq!(rows(b"").unwrap_err(), "is empty: it has not even a header");
        assert!(rows(b"a,b\n1,\0\n").unwrap_err().contains("binary"));
        assert!(rows(b"PK\x03\x04....").unwrap_err().contains("workbook"));
    }
}
