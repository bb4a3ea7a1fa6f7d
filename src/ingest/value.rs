//! From the text of a cell to its typed value.

use super::number::{self, Read, Trouble};
use crate::model::date;
use crate::model::decimal::{Decimal, SCALE};
use crate::model::schema::{Column, Kind};

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

/// What can be wrong with one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is empty and must not be.
    Required,
    /// It is not what its column holds.
    Unreadable,
    /// It is not a number, and why.
    Number(Trouble),
    /// It has more than four decimals.
    Decimals,
    /// It is below the smallest or above the largest value.
    Range,
    /// It is in no code list.
    UnknownCode,
    /// It is a date after the period.
    AfterPeriod,
    /// It has more characters than the source, or any cell, may have.
    TooLong,
}

impl Fault {
    /// The last part of the rule's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Fault::Required => "required",
            Fault::Unreadable | Fault::Number(_) | Fault::Decimals | Fault::TooLong => "unreadable",
            Fault::Range => "range",
            Fault::UnknownCode => "unknown_code",
            Fault::AfterPeriod => "after_period",
        }
    }
}

/// How the numbers of a source are written.
#[derive(Clone, Copy, Debug)]
pub enum Numbers {
    /// As people write them.
    Any,
    /// Digits with at most a point.
    Plain,
    /// In a unit of its own, so many of ours.
    Times(Decimal),
}

impl Numbers {
    fn read(self, text: &str, kind: Kind) -> Result<Read<'_>, Fault> {
        let read = match self {
            Numbers::Any => number::read(text, kind),
            Numbers::Plain => number::plain(text),
            Numbers::Times(factor) => number::times(text, factor),
        };
        read.map_err(|trouble| match trouble {
            Trouble::Decimals => Fault::Decimals,
            Trouble::TooLarge => Fault::Range,
            trouble => Fault::Number(trouble),
        })
    }
}

/// Whether a text is what a column holds.
#[must_use]
pub fn holds(column: &Column, text: &str) -> bool {
    !text.is_empty() && read(column, text, Numbers::Any, i32::MAX).is_ok()
}

/// The value of a text, and the marks behind it.
///
/// # Errors
/// What is wrong with it.
pub fn read<'a>(
    column: &Column,
    text: &'a str,
    numbers: Numbers,
    period: i32,
) -> Result<(Value<'a>, &'a str), Fault> {
    let mut marks = "";
    let value = match column.kind {
        // An id over two lines is two rows in one: a quotation mark is left open.
        Kind::Text | Kind::Key
            if column.required && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some() =>
        {
            return Err(Fault::Unreadable);
        }
        Kind::Text | Kind::Key if text.len() > LONGEST && text.chars().count() > LONGEST => {
            return Err(Fault::TooLong);
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
            let read = numbers.read(text, column.kind)?;
            // Points, also before zeros only, are no part of a whole number.
            if text.contains(['.', '-']) {
                return Err(Fault::Unreadable);
            }
            marks = read.marks;
            Value::Number(in_range(column, read.number)?.0 / SCALE)
        }
        Kind::Money | Kind::Charge | Kind::Hours | Kind::Percent | Kind::Days => {
            let read = numbers.read(text, column.kind)?;
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

/// Characters of the longest text that a cell may hold: no name or id comes near it,
/// and a column of them still fits into memory.
pub const LONGEST: usize = 4_096;

/// 1 January 1900: older dates are slips of the pen.
pub const EARLIEST: i32 = -25_567;

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
