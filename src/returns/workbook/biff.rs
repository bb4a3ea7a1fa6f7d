//! What the library that reads XLS does not tell: how far the cells of a sheet
//! reach, which rows and columns are hidden, what formats make of numbers. Only
//! the frame of the format is read here, never a value.

use std::collections::{HashMap, HashSet};

use super::format::Format;
use super::row::Facts;
use crate::returns::address::extend;

/// What one sheet tells.
#[derive(Debug, Default)]
pub struct Frame {
    /// Cells in the rectangle around all that have a value.
    pub reach: u64,
    /// Cells in the rectangle that the sheet claims to fill.
    pub claimed: u64,
    /// What is hidden.
    pub facts: Facts,
    /// What its format makes of a number, by row and column, from 0: where it is
    /// more than the number, a date or a time.
    pub formats: HashMap<(u16, u16), Format>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let value = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    usize::try_from(value).ok()
}

/// The stream of a workbook in its compound file.
fn stream(file: &[u8]) -> Option<Vec<u8>> {
    let shift = u16_at(file, 30).filter(|shift| (9..=12).contains(shift))?;
    let size = 1_usize << shift;
    let sector = |number: usize| {
        let start = number.checked_add(1)?.checked_mul(size)?;
        file.get(start..(start + size).min(file.len()))
    };
    // The table of sectors: where it stands is listed in the header and a chain.
    let mut table = Vec::new();
    let mut listed: Vec<usize> = (0..109)
        .filter_map(|at| u32_at(file, 76 + at * 4))
        .collect();
    let mut next = u32_at(file, 68)?;
    let sectors = file.len() / size + 1;
    for _ in 0..sectors {
        let Some(more) = sector(next) else { break };
        let numbers = (0..size / 4).filter_map(|at| u32_at(more, at * 4));
        let mut numbers: Vec<usize> = numbers.collect();
        next = numbers.pop()?;
        listed.extend(numbers);
    }
    for number in listed.into_iter().filter_map(sector).take(sectors) {
        table.extend((0..number.len() / 4).filter_map(|at| u32_at(number, at * 4)));
    }
    let chain = |first: usize| {
        let mut bytes = Vec::new();
        let mut number = first;
        while let (Some(part), true) = (sector(number), bytes.len() <= file.len()) {
            bytes.extend_from_slice(part);
            number = table.get(number).copied().unwrap_or(usize::MAX);
        }
        bytes
    };
    let folder = chain(u32_at(file, 48)?);
    let entry = |names: &[&str]| {
        folder.chunks_exact(128).find(|entry| {
            let length = usize::from(u16_at(entry, 64).unwrap_or(0)).clamp(2, 64) - 2;
            let units = entry[..length].chunks_exact(2);
            let units = units.map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            let name: String = char::decode_utf16(units).flatten().collect();
            names.iter().any(|known| known.eq_ignore_ascii_case(&name))
        })
    };
    let book = entry(&["Workbook", "Book"])?;
    let (first, length) = (u32_at(book, 116)?, u32_at(book, 120)?);
    if length >= u32_at(file, 56)? {
        return Some(chain(first));
    }
    // A short stream stands in pieces of 64 bytes in the stream of the root.
    let small = chain(u32_at(entry(&["Root Entry", "R"])?, 116)?);
    let pieces = chain(u32_at(file, 60)?);
    let mut bytes = Vec::new();
    let mut number = first;
    while let (Some(part), true) = (
        number.checked_mul(64).and_then(|at| small.get(at..at + 64)),
        bytes.len() <= small.len(),
    ) {
        bytes.extend_from_slice(part);
        number = u32_at(&pieces, number * 4).unwrap_or(usize::MAX);
    }
    Some(bytes)
}

/// The frames of all sheets, in the order in which the workbook lists them.
/// None where the file is not put together as it must be.
#[must_use]
pub fn frames(file: &[u8]) -> Option<Vec<Frame>> {
    let stream = stream(file)?;
    let mut formats: HashMap<u16, Format> = HashMap::new();
    let mut styles: Vec<u16> = Vec::new();
    let mut sheets = Vec::new();
    let mut old = false;
    for (kind, body) in Records(&stream) {
        match kind {
            BEGIN => old = u16_at(body, 0)? < UNICODE,
            0x85 => sheets.push(u32_at(body, 0)?),
            0x41e => {
                let code = body.get(2..).and_then(|code| text(code, old))?;
                formats.insert(u16_at(body, 0)?, Format::of(&code));
            }
            0xe0 => styles.push(u16_at(body, 2)?),
            END => break,
            _ => {}
        }
    }
    let format = |id: &u16| {
        let own = formats.get(id).copied();
        own.unwrap_or_else(|| Format::built_in(u32::from(*id)))
    };
    let styles: Vec<Format> = styles.iter().map(format).collect();
    let sheet = |start| frame(stream.get(start..)?, &styles);
    sheets.into_iter().map(sheet).collect()
}

/// The version from which on texts are Unicode.
const UNICODE: u16 = 0x0600;
const BEGIN: u16 = 0x809;
const END: u16 = 0x0a;

/// The cells of a rectangle as first and last row and column, each last one
/// not in it; rows have four bytes, or two in the oldest files.
fn claimed(body: &[u8]) -> u64 {
    let short = |at| u16_at(body, at).map_or(0, u64::from);
    let long = |at| {
        u32_at(body, at)
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(0)
    };
    let (rows, columns) = if body.len() >= 12 {
        ((long(0), long(4)), (short(8), short(10)))
    } else {
        ((short(0), short(2)), (short(4), short(6)))
    };
    let span = |(first, last): (u64, u64)| last.abs_diff(first) + 1;
    span(rows).saturating_mul(span(columns))
}

/// Records: a kind, and what it holds.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let (kind, length) = (u16_at(self.0, 0)?, u16_at(self.0, 2)?);
        let rest = self.0.get(4..)?;
        let body = rest.get(..usize::from(length))?;
        self.0 = &rest[body.len()..];
        Some((kind, body))
    }
}

/// A text with its length before it; `old` ones are in the code page of Western Europe.
fn text(bytes: &[u8], old: bool) -> Option<String> {
    if old {
        let (length, rest) = bytes.split_first()?;
        let text = rest.get(..usize::from(*length))?;
        return Some(encoding_rs::WINDOWS_1252.decode(text).0.into_owned());
    }
    let length = usize::from(u16_at(bytes, 0)?);
    let (wide, rest) = (bytes.get(2)? & 1 == 1, bytes.get(3..)?);
    if !wide {
        return Some(rest.get(..length)?.iter().map(|b| char::from(*b)).collect());
    }
    let units = rest.get(..length * 2)?.chunks_exact(2);
    let units = units.map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    Some(char::decode_utf16(units).flatten().collect())
}

/// None where a number has a style that there is not.
fn frame(stream: &[u8], styles: &[Format]) -> Option<Frame> {
    let mut frame = Frame::default();
    let mut rows: Option<(u16, u16)> = None;
    let mut columns: Option<(u16, u16)> = None;
    let mut hidden: Vec<u16> = Vec::new();
    let mut filled: HashSet<u16> = HashSet::new();
    let mut depth = 0;
    for (kind, body) in Records(stream) {
        // A chart within a sheet has records of its own.
        match kind {
            BEGIN => depth += 1,
            END => depth -= 1,
            _ => {}
        }
        if depth > 1 || kind == BEGIN {
            continue;
        }
        let number = |at| u16_at(body, at).unwrap_or(0);
        let grow = |known: Option<(u16, u16)>, first: u16, last: u16| {
            let (low, high) = known.unwrap_or((first, last));
            Some((low.min(first), high.max(last)))
        };
        let (row, column) = (number(0), number(2));
        let mut show = |column: u16, style: u16| {
            match styles.get(usize::from(style))? {
                Format::Plain | Format::Date | Format::Elapsed => {}
                format => {
                    frame.formats.insert((row, column), *format);
                }
            }
            Some(())
        };
        match kind {
            END if depth <= 0 => break,
            0x200 => frame.claimed = claimed(body),
            0x208 if number(12) & 0x20 != 0 => hidden.push(row),
            0x7d if number(8) & 1 == 1 => {
                let (first, last) = (u64::from(number(0)), u64::from(number(2)));
                extend(&mut frame.facts.hidden_columns, first, last.max(first));
            }
            0x06 | 0x203 | 0x204 | 0x205 | 0x27e | 0xd6 | 0xfd => {
                rows = grow(rows, row, row);
                columns = grow(columns, column, column);
                filled.insert(row);
                show(column, number(4))?;
            }
            0xbd => {
                let count = body.len().saturating_sub(6) / 6;
                rows = grow(rows, row, row);
                filled.insert(row);
                for at in 0..count {
                    let column = column.checked_add(u16::try_from(at).ok()?)?;
                    columns = grow(columns, column, column);
                    show(column, number(4 + at * 6))?;
                }
            }
            _ => {}
        }
    }
    let span = |range: Option<(u16, u16)>| {
        range.map_or(0, |(first, last)| u64::from(last) - u64::from(first) + 1)
    };
    frame.reach = span(rows) * span(columns);
    hidden.sort_unstable();
    for row in hidden.into_iter().filter(|row| filled.contains(row)) {
        let row = u64::from(row) + 1;
        extend(&mut frame.facts.hidden_rows, row, row);
    }
    Some(frame)
}
