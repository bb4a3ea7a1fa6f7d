//! From the cells of one record to typed values, with every problem as a finding.

use super::layout::{Binding, Bound};
use crate::model::date;
use crate::model::decimal::{Decimal, DecimalError, SCALE};
use crate::model::finding::{Finding, Severity};
use crate::model::nearest;
use crate::model::schema::{CODES, Column, Kind};
use crate::returns::address;
use crate::returns::record::Record;

/// A typed cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Not known.
    Empty,
    /// Text, or a code of the contract.
    Text(&'a str),
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
    pub fn number(self) -> Option<i64> {
        if let Value::Number(number) = self {
            Some(number)
        } else {
            None
        }
    }
    /// The text, where there is one.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        if let Value::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }
    /// The date, where there is one.
    #[must_use]
    pub fn date(self) -> Option<i32> {
        if let Value::Date(days) = self {
            Some(days)
        } else {
            None
        }
    }
    /// The answer, where there is one.
    #[must_use]
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
}

impl Cell<'_> {
    /// No such cell.
    pub const NONE: Cell<'static> = Cell {
        text: "",
        raw: "",
        source: None,
        unknown_code: false,
        flawed: false,
    };
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

/// The cells of a record in the order of the table's columns.
pub fn cells<'a>(binding: &'a Binding, record: Record<'a>, out: &mut Vec<Cell<'a>>) {
    out.clear();
    for sources in &binding.columns {
        let cell = |source: &'a Bound| {
            let raw = record.get(source.index).unwrap_or("");
            let text = if binding.strict { raw } else { trimmed(raw) };
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
            };
            if let (Some(codes), false) = (source.codes, cell.text.is_empty()) {
                let retired = || source.retired_codes.and_then(|codes| codes.get(cell.text));
                match codes.get(cell.text).or_else(retired) {
                    Some(ours) => cell.text = ours,
                    None => cell.unknown_code = true,
                }
            }
            cell
        };
        // Of several source columns the first that holds something counts.
        let found = match sources.as_slice() {
            [] => Cell::NONE,
            [one] => cell(one),
            several => several
                .iter()
                .map(cell)
                .find(|cell| !cell.raw.is_empty())
                .unwrap_or_else(|| cell(&several[0])),
        };
        out.push(found);
    }
}

/// The text without white space around it: looked for only where there may be some.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Types every cell; wrong ones become findings and [`Value::Empty`].
pub fn values<'a>(
    binding: &Binding,
    cells: &[Cell<'a>],
    period: i32,
    findings: &mut RowFindings<'_>,
    out: &mut Vec<Value<'a>>,
) {
    out.clear();
    for (column, cell) in binding.table.columns.iter().zip(cells) {
        let value = if column.derived {
            Value::Empty
        } else {
            match value(column, cell, period) {
                Ok(value) => value,
                Err(fault) => {
                    report(column, cell, fault, findings);
                    Value::Empty
                }
            }
        };
        out.push(value);
    }
}

/// What can be wrong with one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is empty and must not be.
    Required,
    /// It is not what its column holds.
    Unreadable,
    /// It has more than four decimals.
    Decimals,
    /// It is below the smallest or above the largest value.
    Range,
    /// It is in no code list.
    UnknownCode,
    /// It is a date after the period.
    AfterPeriod,
    /// It has more characters than the source allows.
    TooLong,
}

impl Fault {
    /// The last part of the rule's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Fault::Required => "required",
            Fault::Unreadable | Fault::Decimals | Fault::TooLong => "unreadable",
            Fault::Range => "range",
            Fault::UnknownCode => "unknown_code",
            Fault::AfterPeriod => "after_period",
        }
    }
}

fn value<'a>(column: &Column, cell: &Cell<'a>, period: i32) -> Result<Value<'a>, Fault> {
    let text = cell.text;
    if cell.flawed {
        return Ok(Value::Empty);
    }
    if text.is_empty() {
        let required = column.required || cell.source.is_some_and(|source| source.required);
        // A "not known" mark is an answer where only the source asks for one.
        let answered = !column.required && !cell.raw.is_empty();
        return if required && !answered {
            Err(Fault::Required)
        } else {
            Ok(Value::Empty)
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
    match column.kind {
        // An id over two lines is two rows in one: a quotation mark is left open.
        Kind::Text | Kind::Key if column.required && text.contains(['\n', '\r']) => {
            Err(Fault::Unreadable)
        }
        Kind::Text | Kind::Key => Ok(Value::Text(text)),
        Kind::Code => Some(text)
            .filter(|text| column.has_code(text))
            .map(Value::Text)
            .ok_or(Fault::UnknownCode),
        Kind::Area => {
            if is_area(text) {
                Ok(Value::Text(text))
            } else {
                Err(Fault::Unreadable)
            }
        }
        Kind::YesNo => match text {
            _ if text.eq_ignore_ascii_case("yes") => Ok(Value::Flag(true)),
            _ if text.eq_ignore_ascii_case("no") => Ok(Value::Flag(false)),
            _ => Err(Fault::UnknownCode),
        },
        Kind::Date => {
            let days = date::days(date::parse(text).ok_or(Fault::Unreadable)?);
            if column.past && days > period {
                return Err(Fault::AfterPeriod);
            }
            if days < EARLIEST {
                return Err(Fault::Range);
            }
            Ok(Value::Date(days))
        }
        Kind::Charge if text.eq_ignore_ascii_case("free") => Ok(Value::Text("free")),
        Kind::Count | Kind::Integer => {
            let whole = text.bytes().all(|b| b.is_ascii_digit());
            let number = decimal(text)?;
            if !whole {
                return Err(Fault::Unreadable);
            }
            in_range(column, number).map(|number| Value::Number(number.0 / SCALE))
        }
        Kind::Money | Kind::Charge | Kind::Hours | Kind::Percent | Kind::Days => {
            // A sheet's cell shown as per cent says so.
            let text = match column.kind {
                Kind::Percent => text.strip_suffix('%').unwrap_or(text),
                _ => text,
            };
            // The range of pay depends on its basis: a rule looks at both.
            let number = decimal(text)?;
            if column.range_by_rule {
                return Ok(Value::Number(number.0));
            }
            in_range(column, number).map(|number| Value::Number(number.0))
        }
    }
}

/// 1 January 1900: older dates are slips of the pen.
const EARLIEST: i32 = -25_567;

fn decimal(text: &str) -> Result<Decimal, Fault> {
    Decimal::parse(text).map_err(|error| match error {
        DecimalError::NotANumber => Fault::Unreadable,
        DecimalError::TooManyDecimals => Fault::Decimals,
        DecimalError::TooLarge => Fault::Range,
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

fn report(column: &Column, cell: &Cell<'_>, fault: Fault, findings: &mut RowFindings<'_>) {
    let Some(source) = cell.source else {
        findings.push(
            Severity::Error,
            &format!("{}.{}", column.name, fault.id()),
            Some(&column.name),
            None,
            format!("{} is missing", column.name),
            "give the column in the header and a value in each row",
        );
        return;
    };
    let severity = source.wrong;
    let broken = cell.raw.contains(['\n', '\r']);
    let shown = if column.personal || findings.slipped || broken {
        "the value"
    } else {
        cell.raw
    };
    let shown: String = shown.chars().take(80).collect();
    let (message, fix) = describe(column, source, &shown, fault);
    let message = message.replace("`the value`", "the value");
    let dropped = if severity == Severity::Warning {
        "; the value is not used"
    } else {
        ""
    };
    findings.push(
        severity,
        &format!("{}.{}", column.name, fault.id()),
        Some(&source.name),
        if column.personal || broken || cell.raw.is_empty() {
            None
        } else {
            Some(&shown)
        },
        format!("{message}{dropped}"),
        &fix,
    );
}

fn describe(column: &Column, source: &Bound, shown: &str, fault: Fault) -> (String, String) {
    let name = &source.name;
    let expected = column.kind.expected();
    match fault {
        Fault::Required if matches!(column.kind, Kind::Code | Kind::YesNo) => {
            (format!("{name} is empty"), known_codes(column, source, ""))
        }
        Fault::Required if column.kind == Kind::Text => (
            format!("{name} is empty"),
            format!("give {name}: no row is accepted without it"),
        ),
        Fault::Required => (format!("{name} is empty"), format!("give {expected}")),
        Fault::Unreadable => (
            format!("{name}: `{shown}` cannot be read"),
            format!("give {expected}"),
        ),
        Fault::Decimals => (
            format!("{name}: `{shown}` has more than 4 decimals and is not rounded"),
            "give the exact value with at most 4 decimals".to_owned(),
        ),
        Fault::TooLong => (
            format!("{name}: `{shown}` has more characters than allowed"),
            format!(
                "give at most {} characters",
                source.max_length.unwrap_or_default()
            ),
        ),
        Fault::Range if column.kind == Kind::Date => (
            format!("{name}: {shown} is before 1900"),
            "give the true date as YYYY-MM-DD or DD/MM/YYYY".to_owned(),
        ),
        Fault::Range => {
            let (min, max) = column.limits();
            let plain = |number: Decimal| {
                number
                    .to_string()
                    .trim_end_matches('0')
                    .trim_end_matches('.')
                    .to_owned()
            };
            (
                format!(
                    "{name}: {shown} is not between {} and {}",
                    plain(min),
                    plain(max)
                ),
                "check the value and its unit; leave it empty if it is not known".to_owned(),
            )
        }
        Fault::UnknownCode => (
            format!("{name}: `{shown}` is not a known code"),
            known_codes(column, source, shown),
        ),
        Fault::AfterPeriod => (
            format!("{name}: {shown} is after the period"),
            "give the true date, or the period that the return is for".to_owned(),
        ),
    }
}

fn known_codes(column: &Column, source: &Bound, shown: &str) -> String {
    let mut codes: Vec<&str> = match (source.codes, &column.codes) {
        (Some(codes), _) => codes.keys().map(String::as_str).collect(),
        (None, Some(list)) => CODES
            .get(list)
            .map(|codes| codes.keys().map(String::as_str).collect())
            .unwrap_or_default(),
        (None, None) => vec!["yes", "no"],
    };
    codes.sort_by_key(|code| (code.parse::<u32>().unwrap_or(0), *code));
    let wrong = Some(shown).filter(|shown| !shown.is_empty());
    let near = wrong.and_then(|shown| nearest::nearest(shown, codes.iter().copied()));
    let meant = match near {
        Some(code) => format!("did you mean {code}? "),
        None => String::new(),
    };
    format!("{meant}use one of: {}", codes.join(", "))
}
