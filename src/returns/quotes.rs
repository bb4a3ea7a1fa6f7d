//! Quotation marks of text files, as far as the parser says nothing of them: it takes
//! any text for CSV.

/// The quotation marks of one record.
#[derive(Default)]
pub struct Quotes {
    at: Mark,
    /// A quoted cell holds a line break.
    lines: bool,
    /// How many cells are behind.
    cell: usize,
    /// Cells that go on behind their closing mark.
    loose: Vec<usize>,
}

#[derive(Clone, Copy, Default)]
enum Mark {
    /// Where a cell begins.
    #[default]
    None,
    /// In a cell that began without one: there they are letters.
    Letter,
    /// Behind an opening one.
    Open,
    /// Behind one that closes the cell, unless it is doubled.
    Closed,
    /// Behind the spaces after it.
    Ended,
}

impl Quotes {
    /// Whether a cell of several lines goes on behind its closing mark: then one was
    /// left open, and the lines between are no part of the cell.
    #[must_use]
    pub fn swallow_lines(&self) -> bool {
        !self.loose.is_empty() && self.lines
    }

    /// Whether a cell is not closed yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.at, Mark::Open)
    }

    /// Which cells go on behind their closing mark, in order.
    #[must_use]
    pub fn loose(&self) -> &[usize] {
        &self.loose
    }

    /// How many delimiters were passed.
    #[must_use]
    pub fn delimiters(&self) -> usize {
        self.cell
    }

    /// Passes the next bytes of the record.
    pub fn pass(&mut self, bytes: &[u8], delimiter: u8) {
        for byte in bytes {
            self.at = match (self.at, *byte) {
                (Mark::Open, b'"') => Mark::Closed,
                (Mark::Open, byte) => {
                    self.lines |= matches!(byte, b'\n' | b'\r');
                    Mark::Open
                }
                (Mark::None | Mark::Closed, b'"') => Mark::Open,
                (_, b'\n' | b'\r') => Mark::None,
                (_, byte) if byte == delimiter => {
                    self.cell += 1;
                    Mark::None
                }
                (Mark::Closed | Mark::Ended, b' ' | b'\t') => Mark::Ended,
                (Mark::Closed | Mark::Ended, _) => {
                    if self.loose.last() != Some(&self.cell) {
                        self.loose.push(self.cell);
                    }
                    Mark::Letter
                }
                (Mark::None | Mark::Letter, _) => Mark::Letter,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_go_on_behind_their_marks_are_counted() {
        for (record, loose) in [
            ("a,\"b\" ,c\n", vec![]),
            ("a,\"b\"\"\",\"c\"\n", vec![]),
            ("\"a,b\"c,\"d\"e,f\n", vec![0, 1]),
            ("a,\"b\" \"c,d\"\n", vec![1]),
            ("a,\"b\" x\" \"y,d\"\n", vec![1]),
        ] {
            let mut quotes = Quotes::default();
            quotes.pass(record.as_bytes(), b',');
            assert_eq!(quotes.loose(), loose, "{record:?}");
        }
    }

    #[test]
    fn a_mark_that_was_left_open_shows_behind_the_next() {
        for (record, swallows) in [
            ("a,\"b\",c\n", false),
            ("a,\"b\nc\",d\n", false),
            ("a,\"b, \"\"c\nd\"\"\",e\n", false),
            ("a,\"b\nc\" \t,d\r\n", false),
            ("a,b\"c\"d,e\n", false),
            ("a,\"b\"c,d\n", false),
            ("a,\"b\n\"\n", false),
            ("a,\"b\nc,\"d\",e\n", true),
            ("\"b\r\nc,d,\"e\",f\n", true),
            ("a,\"b\nc\"d\"\n", true),
        ] {
            for part in [1, 3, record.len()] {
                let mut quotes = Quotes::default();
                let bytes = record.as_bytes().chunks(part);
                bytes.for_each(|bytes| quotes.pass(bytes, b','));
                assert_eq!(quotes.swallow_lines(), swallows, "{record:?}");
            }
        }
    }
}
