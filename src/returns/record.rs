//! Records as cells, many of them in one piece of memory.

use csv::StringRecord;

/// One record: its cells, without their quotation marks.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    text: &'a str,
    /// Where each cell ends.
    ends: &'a [u32],
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

    /// Whether it has no text.
    #[must_use]
    pub fn is_blank(self) -> bool {
        self.text.bytes().all(|b| b == b' ' || b == b'\t')
    }
}

/// Many records in one piece of memory.
#[derive(Debug, Default)]
pub struct Block {
    text: String,
    ends: Vec<u32>,
    /// Of each record: its line, and where its text and its ends begin.
    starts: Vec<(u64, usize, usize)>,
}

/// The most text in one block, beyond which it is full whatever its records.
pub const BLOCK: usize = 8 << 20;

impl Block {
    /// How many records it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// How much text it has.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether it has no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Adds a record and the line on which it starts.
    pub fn push(&mut self, line: u64, record: &StringRecord) {
        self.starts.push((line, self.text.len(), self.ends.len()));
        self.text.push_str(record.as_slice());
        let mut end = 0;
        for cell in record {
            end += cell.len();
            // A record has at most 4 MiB.
            self.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        }
    }

    /// The records with the line on which each starts.
    pub fn records(&self) -> impl Iterator<Item = (u64, Record<'_>)> {
        self.starts
            .iter()
            .enumerate()
            .map(|(at, (line, text, end))| {
                let (next_text, next_end) = self
                    .starts
                    .get(at + 1)
                    .map_or((self.text.len(), self.ends.len()), |(_, text, end)| {
                        (*text, *end)
                    });
                let text = &self.text[*text..next_text];
                (
                    *line,
                    Record {
                        text,
                        ends: &self.ends[*end..next_end],
                    },
                )
            })
    }
}
