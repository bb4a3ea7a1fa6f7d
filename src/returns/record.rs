//! Records as cells, many of them in one piece of memory.

use super::workbook::row::{Flaw, Row};

/// One record: its cells, without their quotation marks.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    text: &'a str,
    /// Where each cell ends.
    ends: &'a [u32],
    /// Cells of a sheet that cannot be read: they are empty here.
    pub flaws: &'a [(u32, Flaw)],
}

impl<'a> Record<'a> {
    /// The text of a cell, if the record has that many.
    #[must_use]
    pub fn get(self, cell: usize) -> Option<&'a str> {
        let end = *self.ends.get(cell)? as usize;
        let start = if cell == 0 {
            0
        } else {
            self.ends[cell - 1] as usize
        };
        self.text.get(start..end)
    }

    /// The text of all its cells, one after the other.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// How many cells it has.
    #[must_use]
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
        self.flaws.is_empty() && self.text.bytes().all(|b| b == b' ' || b == b'\t')
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
        self.start(line);
        self.text.push_str(text);
        // A record has at most 4 MiB.
        let short = |end: &usize| u32::try_from(*end).unwrap_or(u32::MAX);
        self.ends.extend(ends.iter().map(short));
    }

    /// Adds a row of a sheet.
    pub fn push_row(&mut self, number: u64, row: &Row) {
        self.start(number);
        self.text.push_str(&row.text);
        self.ends.extend_from_slice(&row.ends);
        self.flaws.extend_from_slice(&row.flaws);
    }

    /// Adds a record of another block, filled up with empty cells to `width`.
    pub fn push_record(&mut self, line: u64, record: Record<'_>, width: usize) {
        self.start(line);
        self.text.push_str(record.text);
        self.ends.extend_from_slice(record.ends);
        let last = record.ends.last().copied().unwrap_or(0);
        let missing = width.saturating_sub(record.ends.len());
        self.ends.extend(std::iter::repeat_n(last, missing));
        self.flaws.extend_from_slice(record.flaws);
    }

    fn start(&mut self, line: u64) {
        self.starts.push(Start {
            line,
            text: self.text.len(),
            ends: self.ends.len(),
            flaws: self.flaws.len(),
        });
    }

    /// Gives back memory that no record needs.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// A record with the line on which it starts.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(u64, Record<'_>)> {
        let start = self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(Start {
            line: 0,
            text: self.text.len(),
            ends: self.ends.len(),
            flaws: self.flaws.len(),
        });
        let record = Record {
            text: &self.text[start.text..end.text],
            ends: &self.ends[start.ends..end.ends],
            flaws: &self.flaws[start.flaws..end.flaws],
        };
        Some((start.line, record))
    }

    /// The records with the line on which each starts.
    pub fn records(&self) -> impl Iterator<Item = (u64, Record<'_>)> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
