//! From the cells of one record to typed values, with every problem as a finding.

use super::fault::{self, Fault};
use super::layout::{Binding, Bound};
use super::number::{self, Read, Trouble};
use super::plain::Plain;
use crate::model::date;
use crate::model::decimal::{Decimal, SCALE};
use crate::model::finding::{Finding, Severity};
use crate::model::schema::{Column, Kind};
use crate::returns::address;
use crate::returns::record::Record;

/// A typed cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Not known.
    Empty,
    /// Text.
    Text(&'a str),
    /// A code of the contract, and its place in the list of its column.
    Code(&'a str, u8),
    /// A count, or an exact decimal in ten-thousandths.
    Number(i64),
    /// Days since 1 January 1970.
    Date(i32),
    /// Yes or no.
    Flag(bool),
    /// A keyed hash.
    Key([u8; 16]),
}

impl<'a> Value<'a> {
    /// The number, where there is one.
    #[must_use]
    #[inline]
    pub fn number(self) -> Option<i64> {
        if let Value::Number(number) = self {
            Some(number)
        } else {
            None
        }
    }
    /// The text or code, where there is one.
    #[must_use]
    #[inline]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Value::Text(text) | Value::Code(text, _) => Some(text),
            _ => None,
        }
    }
    /// The place of the code in the list of its column, where there is one.
    #[must_use]
    #[inline]
    pub fn place(self) -> Option<u8> {
        match self {
            Value::Code(_, place) => Some(place),
            _ => None,
        }
    }
    /// The date, where there is one.
    #[must_use]
    #[inline]
    pub fn date(self) -> Option<i32> {
        if let Value::Date(days) = self {
            Some(days)
        } else {
            None
        }
    }
    /// The answer, where there is one.
    #[must_use]
    #[inline]
    pub fn flag(self) -> Option<bool> {
        if let Value::Flag(yes) = self {
            Some(yes)
        } else {
            None
        }
    }
}

/// A cell on its way from the file to a value: its text after the layout's
/// codes and "not known" marks, and what stood in the file.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The text to read; empty where it is not known.
    pub text: &'a str,
    /// The text in the file.
    pub raw: &'a str,
    /// The column that it stands in.
    pub source: Option<&'a Bound>,
    /// The source's code is in no list.
    pub unknown_code: bool,
    /// It cannot be read, which another finding says.
    pub flawed: bool,
    /// It stood in the guard by which spreadsheets keep text as it is.
    pub guarded: bool,
}

impl Cell<'_> {
    /// No such cell.
    pub const NONE: Cell<'static> = Cell {
        text: "",
        raw: "",
        source: None,
        unknown_code: false,
        flawed: false,
        guarded: false,
    };

    /// A cell that no column of the file holds.
    #[must_use]
    pub fn constant(text: &str) -> Cell<'_> {
        Cell {
            text,
            raw: text,
            ..Cell::NONE
        }
    }
}

/// Where findings of one row go.
pub struct RowFindings<'f> {
    /// The findings of the file so far.
    pub all: &'f mut Vec<Finding>,
    /// The return and the file.
    pub return_id: &'f str,
    /// The file below the return.
    pub file: &'f str,
    /// The table, for the ids of rules.
    pub table: &'f str,
    /// The sheet with its header, where the file is a workbook.
    pub sheet: Option<(&'f str, &'f Binding)>,
    /// The row on which the record starts.
    pub row: u64,
    /// Whether the row has an error.
    pub rejected: bool,
    /// Whether its cells may stand under other columns than their own: then no
    /// value is repeated, for it may be a personal one.
    pub slipped: bool,
}

impl RowFindings<'_> {
    /// Records a finding; `rule` is the part after the table's name.
    pub fn push(
        &mut self,
        severity: Severity,
        rule: &str,
        column: Option<&str>,
        value: Option<&str>,
        message: String,
        fix: &str,
    ) {
        self.rejected |= severity == Severity::Error;
        self.all.push(Finding {
            return_id: self.return_id.to_owned(),
            file: self.file.to_owned(),
            row: Some(self.row),
            column: column.map(str::to_owned),
            rule: format!("{}.{rule}", self.table),
            severity,
            sheet: self.sheet.map(|(name, _)| name.to_owned()),
            cell: self.sheet.map(|(_, binding)| {
                let index = column.and_then(|column| binding.index_of(column));
                address::cell(index.unwrap_or(0), self.row)
            }),
            value: value.filter(|_| !self.slipped).map(str::to_owned),
            message,
            fix: fix.to_owned(),
        });
    }
}

/// The cells of a row in the order of the table's columns.
#[derive(Clone, Copy)]
pub enum Cells<'r, 'a> {
    /// Made beforehand, and completed by the rules of a layout.
    Made(&'r [Cell<'a>]),
    /// Made only where they are asked for: rows without a problem need none.
    Of(&'a Binding, Record<'a>),
}

impl<'a> Cells<'_, 'a> {
    /// The cell of a column.
    #[must_use]
    pub fn get(self, position: usize) -> Option<Cell<'a>> {
        match self {
            Cells::Made(cells) => cells.get(position).copied(),
            Cells::Of(binding, record) => cell_of(binding, record, position),
        }
    }
}

/// The cells of a record in the order of the table's columns.
pub fn cells<'a>(binding: &'a Binding, record: Record<'a>, out: &mut Vec<Cell<'a>>) {
    out.clear();
    let positions = 0..binding.columns.len();
    out.extend(positions.filter_map(|position| cell_of(binding, record, position)));
}

fn cell_of<'a>(binding: &'a Binding, record: Record<'a>, position: usize) -> Option<Cell<'a>> {
    let sources = binding.columns.get(position)?;
    let keep_spaces = binding.layout.keep_spaces;
    let cell = |source: &'a Bound| cell(source, record, keep_spaces);
    // Of several source columns the first that holds a value counts, or
    // else the first that holds something.
    Some(match sources.as_slice() {
        [] => {
            let constant = binding.constants.get(position)?.as_deref();
            constant.map_or(Cell::NONE, Cell::constant)
        }
        [one] => cell(one),
        several => {
            let held = |with: fn(&Cell<'_>) -> bool| several.iter().map(cell).find(with);
            held(|cell| !cell.text.is_empty())
                .or_else(|| held(|cell| !cell.raw.is_empty()))
                .unwrap_or_else(|| cell(&several[0]))
        }
    })
}

fn cell<'a>(source: &'a Bound, record: Record<'a>, keep_spaces: bool) -> Cell<'a> {
    let raw = record.get(source.index).unwrap_or("");
    let (text, guarded) = if keep_spaces {
        (raw, false)
    } else {
        unguarded(trimmed(raw))
    };
    let not_known = source
        .not_known
        .iter()
        .any(|mark| mark.eq_ignore_ascii_case(text));
    let mut cell = Cell {
        text: if not_known { "" } else { text },
        raw,
        source: Some(source),
        unknown_code: false,
        flawed: record.is_flawed(source.index),
        guarded,
    };
    if let (Some(codes), false) = (&source.codes, cell.text.is_empty()) {
        let retired = || source.retired_codes.as_ref().and_then(|c| c.get(cell.text));
        let ours = codes.get(cell.text).or_else(retired);
        match ours.or(source.others.as_deref()) {
            Some(ours) => cell.text = ours,
            None => cell.unknown_code = true,
        }
    }
    cell
}

/// The text inside `="..."`, by which spreadsheets keep leading zeros, and
/// whether it stood there.
fn unguarded(text: &str) -> (&str, bool) {
    let inner = text
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inner| !inner.contains('"'));
    inner.map_or((text, false), |inner| (inner.trim(), true))
}

/// The text without white space around it: looked for only where there may be some.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Adds the value of every cell; wrong ones become findings and [`Value::Empty`].
pub fn values<'a>(
    binding: &Binding,
    cells: &[Cell<'a>],
    period: i32,
    findings: &mut RowFindings<'_>,
    out: &mut Vec<Value<'a>>,
) {
    let columns = binding.table.columns.iter().zip(cells);
    out.extend(columns.map(|(column, cell)| typed(column, cell, period, findings)));
}

/// Adds the value of every cell of a record, those that are plain without making a
/// cell of them.
pub fn values_of<'a>(
    binding: &'a Binding,
    plain: &Plain,
    record: Record<'a>,
    period: i32,
    findings: &mut RowFindings<'_>,
    out: &mut Vec<Value<'a>>,
) {
    plain.read(record, period, out, |position, column| {
        let cell = cell_of(binding, record, position).unwrap_or(Cell::NONE);
        typed(column, &cell, period, findings)
    });
}

fn typed<'a>(
    column: &Column,
    cell: &Cell<'a>,
    period: i32,
    findings: &mut RowFindings<'_>,
) -> Value<'a> {
    if column.derived {
        return Value::Empty;
    }
    match value(column, cell, period) {
        Ok((value, marks)) => {
            if !marks.is_empty() {
                fault::marked(column, cell, marks, findings);
            }
            if cell.guarded {
                fault::guarded(column, cell, findings);
            }
            value
        }
        Err(fault) => {
            fault::report(column, cell, fault, findings);
            Value::Empty
        }
    }
}

/// Whether a text is what a column holds.
#[must_use]
pub fn holds(column: &Column, text: &str) -> bool {
    !text.is_empty() && value(column, &Cell::constant(text), i32::MAX).is_ok()
}

/// The value of a cell, and the marks behind it.
fn value<'a>(column: &Column, cell: &Cell<'a>, period: i32) -> Result<(Value<'a>, &'a str), Fault> {
    let text = cell.text;
    if cell.flawed {
        return Ok((Value::Empty, ""));
    }
    if text.is_empty() {
        let required = column.required || cell.source.is_some_and(|source| source.required);
        // A "not known" mark is an answer where only the source asks for one.
        let answered = !column.required && !cell.raw.is_empty();
        return if required && !answered {
            Err(Fault::Required)
        } else {
            Ok((Value::Empty, ""))
        };
    }
    if cell.unknown_code {
        return Err(Fault::UnknownCode);
    }
    if let Some(most) = cell.source.and_then(|source| source.max_length)
        && text.chars().count() > most
    {
        return Err(Fault::TooLong);
    }
    let mut marks = "";
    let value = match column.kind {
        // An id over two lines is two rows in one: a quotation mark is left open.
        Kind::Text | Kind::Key
            if column.required && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some() =>
        {
            return Err(Fault::Unreadable);
        }
        Kind::Text | Kind::Key => Value::Text(text),
        Kind::Code => column
            .place_of(text)
            .map(|place| Value::Code(text, place))
            .ok_or(Fault::UnknownCode)?,
        Kind::Area => Some(text)
            .filter(|text| is_area(text))
            .map(Value::Text)
            .ok_or(Fault::Unreadable)?,
        Kind::YesNo => match text {
            _ if text.eq_ignore_ascii_case("yes") => Value::Flag(true),
            _ if text.eq_ignore_ascii_case("no") => Value::Flag(false),
            _ => return Err(Fault::UnknownCode),
        },
        Kind::Date => {
            let days = date::parse_days(text).ok_or(Fault::Unreadable)?;
            if column.past && days > period {
                return Err(Fault::AfterPeriod);
            }
            if days < EARLIEST {
                return Err(Fault::Range);
            }
            Value::Date(days)
        }
        Kind::Charge if text.eq_ignore_ascii_case("free") => Value::Text("free"),
        Kind::Count | Kind::Integer => {
            let read = number(column, cell)?;
            // Points, also before zeros only, are no part of a whole number.
            if text.contains(['.', '-']) {
                return Err(Fault::Unreadable);
            }
            marks = read.marks;
            Value::Number(in_range(column, read.number)?.0 / SCALE)
        }
        Kind::Money | Kind::Charge | Kind::Hours | Kind::Percent | Kind::Days => {
            let read = number(column, cell)?;
            marks = read.marks;
            // The range of pay depends on its basis: a rule looks at both.
            if column.range_by_rule {
                Value::Number(read.number.0)
            } else {
                Value::Number(in_range(column, read.number)?.0)
            }
        }
    };
    Ok((value, marks))
}

/// 1 January 1900: older dates are slips of the pen.
pub(super) const EARLIEST: i32 = -25_567;

fn number<'a>(column: &Column, cell: &Cell<'a>) -> Result<Read<'a>, Fault> {
    let read = match cell.source {
        Some(Bound {
            times: Some(factor),
            ..
        }) => number::times(cell.text, *factor),
        Some(source) if source.plain_numbers => number::plain(cell.text),
        _ => number::read(cell.text, column.kind),
    };
    read.map_err(|trouble| match trouble {
        Trouble::Decimals => Fault::Decimals,
        Trouble::TooLarge => Fault::Range,
        trouble => Fault::Number(trouble),
    })
}

fn in_range(column: &Column, number: Decimal) -> Result<Decimal, Fault> {
    let (min, max) = column.limits();
    if number < min || number > max {
        Err(Fault::Range)
    } else {
        Ok(number)
    }
}

/// The prefixes of ONS area codes that returns may use.
const AREAS: [&str; 15] = [
    "W06", "E06", "E07", "E08", "E09", "E10", "S12", "N09", "W11", "S08", "E12", "W92", "E92",
    "S92", "N92",
];

fn is_area(text: &str) -> bool {
    text.len() == 9
        && text.is_char_boundary(3)
        && AREAS.contains(&&text[..3])
        && text[3..].bytes().all(|b| b.is_ascii_digit())
}
