//! Records as cells, many of them in one piece of memory.

use super::flaw::Flaw;
use super::workbook::row::Row;

/// One record: its cells, without their quotation marks.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The text of its block, and where it begins in that.
    text: &'a str,
    first: u32,
    /// Where each cell ends.
    ends: &'a [u32],
    /// How many bytes part two cells: one where the text is that of a file as
    /// it stands, none where it is the cells alone.
    apart: u32,
    /// Cells that cannot be read: they are empty here.
    pub flaws: &'a [(u32, Flaw)],
}

impl<'a> Record<'a> {
    /// The text of a cell, if the record has that many.
    #[must_use]
    #[inline]
    pub fn get(self, cell: usize) -> Option<&'a str> {
        let end = *self.ends.get(cell)?;
        let start = if cell == 0 {
            self.first
        } else {
            self.ends[cell - 1] + self.apart
        };
        self.text.get(start as usize..end as usize)
    }

    /// The text of all its cells, one after the other, with what parts them or
    /// without.
    #[must_use]
    pub fn text(self) -> &'a str {
        let end = self.ends.last().copied().unwrap_or(self.first);
        let text = self.text.get(self.first as usize..end as usize);
        text.unwrap_or_default()
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

    /// Whether it is one line of a file as it stands there: then no cell of it
    /// holds a line break.
    #[must_use]
    #[inline]
    pub fn is_line(self) -> bool {
        self.apart == 1
    }

    /// Whether it has nothing in it.
    #[must_use]
    pub fn is_blank(self) -> bool {
        let blank = |cell: &str| cell.chars().all(char::is_whitespace);
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

/// Of one record: its line, where its text, ends and flaws begin, and how many
/// cells it has. Between the ends of two records others may stand that count
/// for neither, and text as well.
#[derive(Clone, Copy, Debug)]
struct Start {
    line: u64,
    text: u32,
    ends: u32,
    cells: u32,
    flaws: u32,
    apart: u32,
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

    /// Adds a record, with where each of its cells ends, which of them, in
    /// order, have text behind their quotation marks, and the line on which it starts.
    pub fn push(&mut self, line: u64, text: &str, ends: &[usize], loose: &[usize]) {
        self.start(line, ends.len());
        let (mut from, mut loose) = (0, loose.iter().peekable());
        for (cell, end) in ends.iter().enumerate() {
            if loose.next_if_eq(&&cell).is_some() {
                self.flaws.push((short(cell), Flaw::Quotes));
            } else {
                self.text.push_str(text.get(from..*end).unwrap_or_default());
            }
            self.ends.push(short(self.text.len()));
            from = *end;
        }
    }

    /// Adds lines of a file as they stand there, each with its end, without
    /// quotation marks: those that are not empty are records, whose cells one
    /// byte parts. Ends with the last line, or once the block has `most`
    /// records. `line_at` is asked for the line that starts at a place of the
    /// text. Says how much of the text was taken.
    pub fn push_lines(
        &mut self,
        text: &str,
        delimiter: u8,
        most: usize,
        mut line_at: impl FnMut(usize) -> u64,
    ) -> usize {
        let base = short(self.text.len());
        let (mut from, mut ends) = (0, self.ends.len());
        let (pieces, rest) = text.as_bytes().as_chunks::<64>();
        // Zeros part nothing.
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        let mut at = 0;
        for piece in pieces.iter().chain([&last]) {
            let (mut breaks, delimiters) = marks(piece, delimiter);
            let all = breaks | delimiters;
            let before = self.ends.len();
            push_bits(&mut self.ends, all, base + short(at));
            while breaks != 0 {
                let bit = breaks & breaks.wrapping_neg();
                breaks ^= bit;
                let end = at + bit.trailing_zeros() as usize;
                let until = before + (all & (bit | (bit - 1))).count_ones() as usize;
                if end > from {
                    self.starts.push(Start {
                        line: line_at(from),
                        text: base + short(from),
                        ends: short(ends),
                        cells: short(until - ends),
                        flaws: short(self.flaws.len()),
                        apart: 1,
                    });
                }
                (from, ends) = (end + 1, until);
                if self.starts.len() == most {
                    self.text.push_str(&text[..from]);
                    return from;
                }
            }
            at += 64;
        }
        self.text.push_str(&text[..from]);
        from
    }

    /// Adds a row of a sheet.
    pub fn push_row(&mut self, number: u64, row: &Row) {
        let first = self.start(number, row.ends.len());
        self.text.push_str(&row.text);
        self.ends.extend(row.ends.iter().map(|end| first + end));
        self.flaws.extend_from_slice(&row.flaws);
    }

    /// Adds a record of another block, filled up with empty cells to `width`; the
    /// cells that are `covered` are empty too.
    pub fn push_record(
        &mut self,
        line: u64,
        record: Record<'_>,
        width: usize,
        covered: impl Fn(usize) -> bool,
    ) {
        let cells = record.len().max(width);
        self.start(line, cells);
        for (at, cell) in record.cells().enumerate() {
            if !covered(at) {
                self.text.push_str(cell);
            }
            self.ends.push(short(self.text.len()));
        }
        let last = short(self.text.len());
        let missing = cells - record.len();
        self.ends.extend(std::iter::repeat_n(last, missing));
        let flaws = record.flaws.iter();
        let seen = flaws.filter(|(at, _)| !covered(*at as usize));
        self.flaws.extend(seen.copied());
    }

    /// Begins a record; says where its text does.
    fn start(&mut self, line: u64, cells: usize) -> u32 {
        let text = short(self.text.len());
        self.starts.push(Start {
            line,
            text,
            ends: short(self.ends.len()),
            cells: short(cells),
            flaws: short(self.flaws.len()),
            apart: 0,
        });
        text
    }

    /// An empty block with room for a little more than another holds.
    #[must_use]
    pub fn like(other: &Block) -> Block {
        let more = |length: usize| length + length / 16;
        Block {
            text: String::with_capacity(more(other.text.len())),
            ends: Vec::with_capacity(more(other.ends.len())),
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
        let next = self.starts.get(index + 1);
        let flaws = next.map_or(self.flaws.len(), |next| next.flaws as usize);
        let ends = start.ends as usize;
        let record = Record {
            text: &self.text,
            first: start.text,
            ends: &self.ends[ends..ends + start.cells as usize],
            apart: start.apart,
            flaws: &self.flaws[start.flaws as usize..flaws],
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

/// A place in a block, which holds little more than [`BLOCK`].
fn short(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Adds the places of bits, in order.
#[inline]
fn push_bits(places: &mut Vec<u32>, bits: u64, base: u32) {
    let count = bits.count_ones() as usize;
    let mut found = [0; 64];
    let mut left = bits;
    // Eight at a time, whether there are as many or not: to ask after each is
    // what takes time.
    for eight in found.as_chunks_mut::<8>().0 {
        for place in eight {
            *place = base + left.trailing_zeros();
            left &= left.wrapping_sub(1);
        }
        if left == 0 {
            break;
        }
    }
    places.extend_from_slice(&found[..count]);
}

const LOW: u64 = u64::from_le_bytes([0x7f; 8]);

/// Where lines end, and where delimiters stand: a bit for each byte.
#[inline]
fn marks(piece: &[u8; 64], delimiter: u8) -> (u64, u64) {
    let delimiters = u64::from_le_bytes([delimiter; 8]);
    let (mut low, mut found) = (0, 0);
    for (word, at) in piece.as_chunks::<8>().0.iter().zip((0..64).step_by(8)) {
        let word = u64::from_le_bytes(*word);
        low |= bits(!(((word & LOW) + BELOW) | word | LOW)) << at;
        found |= bits(zeros(word ^ delimiters)) << at;
    }
    // Other control characters end no line.
    let mut breaks = 0;
    while low != 0 {
        let bit = low & low.wrapping_neg();
        if matches!(piece[bit.trailing_zeros() as usize], b'\n' | b'\r') {
            breaks |= bit;
        }
        low ^= bit;
    }
    (breaks, found)
}

/// What takes every byte after a carriage return over the top.
const BELOW: u64 = u64::from_le_bytes([0x7f - b'\r'; 8]);

/// The highest bit of each byte that is zero.
fn zeros(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

/// The highest bits of the eight bytes, next to each other.
fn bits(word: u64) -> u64 {
    (word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
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
            let lines = format!("{text}\r\n\nnext,line\n");
            let taken = block.push_lines(&lines, b',', 9, |at| 7 + at as u64);
            assert_eq!(taken, lines.len());
            let expected: Vec<&str> = text.split(',').collect();
            if text.is_empty() {
                assert_eq!(block.len(), 1);
                continue;
            }
            let (line, record) = block.get(0).unwrap();
            assert_eq!(
                (line, cells(record)),
                (7, expected.iter().map(ToString::to_string).collect())
            );
            assert_eq!(record.text(), text);
            assert_eq!(record.is_blank(), text.bytes().all(|b| b == b','));
            let mut other = Block::default();
            other.push_record(7, record, expected.len() + 2, |_| false);
            let copy = other.get(0).unwrap().1;
            assert_eq!(cells(copy)[..expected.len()], cells(record));
            assert_eq!(cells(copy)[expected.len()..], ["", ""]);
            let (line, record) = block.get(1).unwrap();
            assert_eq!(line, 7 + text.len() as u64 + 3);
            assert_eq!(cells(record), ["next", "line"]);
        }
    }

    #[test]
    fn lines_are_taken_until_there_are_enough() {
        let line = "1,\tone\u{b}, one and \u{1} more,";
        for lines in 1..9 {
            let text = format!("{line}\n").repeat(9);
            let mut block = Block::default();
            let taken = block.push_lines(&text, b',', lines, |_| 1);
            assert_eq!(taken, (line.len() + 1) * lines);
            block.push_lines(&text[taken..], b',', 9, |_| 2);
            assert_eq!(block.len(), 9);
            for (_, record) in block.records() {
                assert_eq!(cells(record), line.split(',').collect::<Vec<_>>());
            }
        }
    }
}
