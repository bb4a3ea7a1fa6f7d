//! Records as cells, many of them in one piece of memory.

use super::workbook::row::{Flaw, Row};

/// One record: its cells, without their quotation marks.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    text: &'a str,
    /// Where each cell ends.
    ends: &'a [u32],
    /// How many bytes part two cells: one where the text is that of a file as
    /// it stands, none where it is the cells alone.
    apart: usize,
    /// Cells of a sheet that cannot be read: they are empty here.
    pub flaws: &'a [(u32, Flaw)],
}

impl<'a> Record<'a> {
    /// The text of a cell, if the record has that many.
    #[must_use]
    #[inline]
    pub fn get(self, cell: usize) -> Option<&'a str> {
        let end = *self.ends.get(cell)? as usize;
        let start = if cell == 0 {
            0
        } else {
            self.ends[cell - 1] as usize + self.apart
        };
        self.text.get(start..end)
    }

    /// The text of all its cells, one after the other, with what parts them or
    /// without.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// How many cells it has.
    #[must_use]
    #[inline]
    pub fn len(self) -> usize {
        self.ends.len()
    }

    /// Whether it has no cell at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.ends.is_empty()
    }

    /// The cells in order.
    pub fn cells(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(move |cell| self.get(cell))
    }

    /// Whether it has nothing in it.
    #[must_use]
    pub fn is_blank(self) -> bool {
        let blank = |cell: &str| cell.bytes().all(|b| b == b' ' || b == b'\t');
        self.flaws.is_empty() && self.cells().all(blank)
    }

    /// Whether a cell cannot be read.
    #[must_use]
    pub fn is_flawed(self, cell: usize) -> bool {
        self.flaws.iter().any(|(at, _)| *at as usize == cell)
    }
}

/// Many records in one piece of memory.
#[derive(Debug, Default)]
pub struct Block {
    text: String,
    ends: Vec<u32>,
    flaws: Vec<(u32, Flaw)>,
    starts: Vec<Start>,
    /// Rows of a sheet without content, before these records and between them.
    pub blank: u64,
}

/// Of one record: its line, and where its text, ends and flaws begin.
#[derive(Clone, Copy, Debug)]
struct Start {
    line: u64,
    text: usize,
    ends: usize,
    flaws: usize,
    apart: usize,
}

/// The most text in one block, beyond which it is full whatever its records.
pub const BLOCK: usize = 8 << 20;

impl Block {
    /// How many records it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// How much memory its records take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * 4
    }

    /// Whether it has no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Adds a record, with where each of its cells ends, and the line on which
    /// it starts.
    pub fn push(&mut self, line: u64, text: &str, ends: &[usize]) {
        self.start(line, 0);
        self.text.push_str(text);
        // A record has at most 4 MiB.
        let short = |end: &usize| u32::try_from(*end).unwrap_or(u32::MAX);
        self.ends.extend(ends.iter().map(short));
    }

    /// Adds a record as it stands in a file, without quotation marks and line
    /// end, with the byte that parts its cells.
    pub fn push_line(&mut self, line: u64, text: &str, delimiter: u8) {
        self.start(line, 1);
        self.text.push_str(text);
        let bytes = text.as_bytes();
        self.ends.reserve(32);
        let (words, rest) = bytes.as_chunks();
        let all = u64::from_le_bytes([delimiter; 8]);
        let mut at = 0;
        for word in words {
            let mut found = zeros(u64::from_le_bytes(*word) ^ all);
            while found != 0 {
                self.ends.push(at + found.trailing_zeros() / 8);
                found &= found - 1;
            }
            at += 8;
        }
        for byte in rest {
            if *byte == delimiter {
                self.ends.push(at);
            }
            at += 1;
        }
        self.ends.push(at);
    }

    /// Adds a row of a sheet.
    pub fn push_row(&mut self, number: u64, row: &Row) {
        self.start(number, 0);
        self.text.push_str(&row.text);
        self.ends.extend_from_slice(&row.ends);
        self.flaws.extend_from_slice(&row.flaws);
    }

    /// Adds a record of another block, filled up with empty cells to `width`.
    pub fn push_record(&mut self, line: u64, record: Record<'_>, width: usize) {
        self.start(line, 0);
        let first = self.text.len();
        for cell in record.cells() {
            self.text.push_str(cell);
            let end = self.text.len() - first;
            self.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        }
        let last = u32::try_from(self.text.len() - first).unwrap_or(u32::MAX);
        let missing = width.saturating_sub(record.ends.len());
        self.ends.extend(std::iter::repeat_n(last, missing));
        self.flaws.extend_from_slice(record.flaws);
    }

    fn start(&mut self, line: u64, apart: usize) {
        self.starts.push(Start {
            line,
            text: self.text.len(),
            ends: self.ends.len(),
            flaws: self.flaws.len(),
            apart,
        });
    }

    /// An empty block with room for as much as another holds.
    #[must_use]
    pub fn like(other: &Block) -> Block {
        Block {
            text: String::with_capacity(other.text.len()),
            ends: Vec::with_capacity(other.ends.len()),
            starts: Vec::with_capacity(other.starts.len()),
            ..Block::default()
        }
    }

    /// Gives back memory that no record needs.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// A record with the line on which it starts.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<(u64, Record<'_>)> {
        let start = self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(Start {
            line: 0,
            text: self.text.len(),
            ends: self.ends.len(),
            flaws: self.flaws.len(),
            apart: 0,
        });
        let record = Record {
            text: &self.text[start.text..end.text],
            ends: &self.ends[start.ends..end.ends],
            apart: start.apart,
            flaws: &self.flaws[start.flaws..end.flaws],
        };
        Some((start.line, record))
    }

    /// The records with the line on which each starts.
    pub fn records(&self) -> impl Iterator<Item = (u64, Record<'_>)> {
        self.range(0, self.len())
    }

    /// Some of the records, with the line on which each starts.
    pub fn range(&self, first: usize, count: usize) -> impl Iterator<Item = (u64, Record<'_>)> {
        (first..first + count).filter_map(|index| self.get(index))
    }
}

/// The highest bit of each byte that is zero.
fn zeros(word: u64) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    !(((word & LOW) + LOW) | word | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: Record<'_>) -> Vec<String> {
        record.cells().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_is_cut_where_its_delimiter_stands() {
        for text in [
            "",
            ",",
            ",,",
            "a",
            "a,b",
            "abcdefg,h",
            ",abcdefgh,",
            "abcdefgh,",
            "ŷ,-\u{1},.,+,,x",
            "0,1,2,3,4,5,6,7,8,9,,,,,,,,,,,,,end",
        ] {
            let mut block = Block::default();
            block.push_line(7, text, b',');
            block.push_line(8, "next;line", b';');
            let expected: Vec<&str> = text.split(',').collect();
            let (line, record) = block.get(0).unwrap();
            assert_eq!(
                (line, cells(record)),
                (7, expected.iter().map(ToString::to_string).collect())
            );
            assert_eq!(record.is_blank(), text.bytes().all(|b| b == b','));
            let mut other = Block::default();
            other.push_record(7, record, expected.len() + 2);
            let copy = other.get(0).unwrap().1;
            assert_eq!(cells(copy)[..expected.len()], cells(record));
            assert_eq!(cells(copy)[expected.len()..], ["", ""]);
            assert_eq!(cells(block.get(1).unwrap().1), ["next", "line"]);
        }
    }
}
