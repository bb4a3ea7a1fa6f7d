//! The cells of a record, as their layout has them.

use super::layout::{Binding, Bound};
use super::value::{self, Fault, Numbers, Value};
use crate::model::schema::Column;
use crate::returns::record::Record;

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

impl<'a> Cell<'a> {
    /// The value of the cell in a column, and the marks behind it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self, column: &Column, period: i32) -> Result<(Value<'a>, &'a str), Fault> {
        if self.flawed {
            return Ok((Value::Empty, ""));
        }
        if self.text.is_empty() {
            let required = column.required || self.source.is_some_and(|source| source.required);
            // A "not known" mark is an answer where only the source asks for one.
            let answered = !column.required && !self.raw.is_empty();
            return if required && !answered {
                Err(Fault::Required)
            } else {
                Ok((Value::Empty, ""))
            };
        }
        if self.unknown_code {
            return Err(Fault::UnknownCode);
        }
        if let Some(most) = self.source.and_then(|source| source.max_length)
            && self.text.chars().count() > most
        {
            return Err(Fault::TooLong);
        }
        let numbers = match self.source {
            Some(Bound {
                times: Some(factor),
                ..
            }) => Numbers::Times(*factor),
            Some(source) if source.plain_numbers => Numbers::Plain,
            _ => Numbers::Any,
        };
        value::read(column, self.text, numbers, period)
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

/// The cell of a column in a record.
#[must_use]
pub fn cell_of<'a>(binding: &'a Binding, record: Record<'a>, position: usize) -> Option<Cell<'a>> {
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
