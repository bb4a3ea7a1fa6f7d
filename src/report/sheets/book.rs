//! A workbook as both file formats write it: sheets, lines of text, one table
//! a sheet, cells.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::compare::table::Value;
use crate::model::date;
use crate::report::figures::trim_decimals;

/// The rows of a sheet in XLSX; ODS has as many.
pub const ROWS: usize = 1_048_576;
/// Its columns.
pub const COLUMNS: usize = 16_384;
/// Digits that a cell of either format keeps exactly.
const DIGITS: usize = 15;

/// A workbook.
pub struct Book<'a> {
    /// What it is, for the properties of the file.
    pub title: String,
    /// Its sheets, in order.
    pub sheets: Vec<Sheet<'a>>,
}

/// A sheet: title in A1, lines below it, then at most one table.
pub struct Sheet<'a> {
    /// Its name, unlike any other in the book.
    pub name: String,
    /// The text of A1.
    pub title: String,
    /// The lines below, each in column A.
    pub lines: Vec<Line>,
    /// The table.
    pub grid: Option<Grid<'a>>,
}

impl Sheet<'_> {
    /// The row of the table's header, from 0.
    #[must_use]
    pub fn header(&self) -> usize {
        1 + self.lines.len()
    }
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A heading.
    Heading(String),
    /// Anything else.
    Text(String),
}

/// The table of a sheet.
pub struct Grid<'a> {
    /// Its name, unlike any other in the book.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub rows: usize,
    /// The cells of a row, made when they are written.
    pub row: Box<dyn Fn(usize) -> Vec<Cell<'a>> + 'a>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The text of its header.
    pub heading: String,
    /// Its width in characters.
    pub width: u16,
    /// Whether its text wraps.
    pub wrap: bool,
    /// Whether it holds figures.
    pub figure: bool,
    /// The decimals that its numbers show.
    pub places: usize,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Words, a code, or what no number of a spreadsheet can hold.
    Text(Cow<'a, str>),
    /// What stands in place of a figure.
    Marker(String),
    /// A number: its shortest text.
    Number(String),
    /// A day.
    Date(NaiveDate),
    /// Yes or no.
    Boolean(bool),
    /// The name of another sheet, which it leads to.
    Link(String),
}

impl<'a> Cell<'a> {
    /// A value that is there.
    #[must_use]
    pub fn of(value: &'a Value) -> Cell<'a> {
        match value {
            Value::Text(text) => Cell::Text(text.into()),
            Value::Boolean(yes) => Cell::Boolean(*yes),
            Value::Date(days) => match date::from_days(*days) {
                Some(day) if fits(day) => Cell::Date(day),
                _ => Cell::Text(value.render().into()),
            },
            Value::Integer(_) | Value::Decimal(..) => number(&value.render()),
            Value::Empty => Cell::Text("".into()),
        }
    }

    /// A count.
    #[must_use]
    pub fn count(number: usize) -> Cell<'a> {
        Cell::Number(number.to_string())
    }

    /// Words.
    #[must_use]
    pub fn text(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
        Cell::Text(text.into())
    }
}

/// Both formats count days from 1900 on without fault only after its February.
fn fits(day: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(1900, 3, 1).is_some_and(|first| day >= first)
        && NaiveDate::from_ymd_opt(9999, 12, 31).is_some_and(|last| day <= last)
}

/// A number as one where a spreadsheet keeps each of its digits, as text where
/// it would round them.
fn number<'a>(text: &str) -> Cell<'a> {
    let short = trim_decimals(text, 0);
    let digits = short.bytes().filter(u8::is_ascii_digit);
    let significant = digits.skip_while(|digit| *digit == b'0').count();
    if significant <= DIGITS {
        Cell::Number(short.to_owned())
    } else {
        Cell::Text(text.to_owned().into())
    }
}

/// Names that differ in more than capitals, as spreadsheets ask.
#[derive(Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// A name for a sheet: at most 31 characters, none of them `[]:*?/\`.
    pub fn sheet(&mut self, wanted: &str) -> String {
        let plain: String = wanted
            .chars()
            .map(|c| {
                if "[]:*?/\\'".contains(c) || c.is_control() {
                    '_'
                } else {
                    c
                }
            })
            .collect();
        // Excel keeps this one for itself.
        let plain = match plain.trim() {
            "" => "table",
            history if history.eq_ignore_ascii_case("history") => "history_",
            other => other,
        };
        self.unlike(plain, 31)
    }

    /// A name for a table, which must not look like the address of a cell.
    pub fn table(&mut self, wanted: &str) -> String {
        let plain: String = wanted
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        self.unlike(&format!("table_{plain}"), 200)
    }

    /// A heading for a column.
    pub fn heading(&mut self, wanted: &str) -> String {
        let plain: String = wanted
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let plain = if plain.trim().is_empty() {
            "column"
        } else {
            plain.trim()
        };
        self.unlike(plain, 250)
    }

    fn unlike(&mut self, name: &str, limit: usize) -> String {
        for count in 1.. {
            let end = if count == 1 {
                String::new()
            } else {
                format!("_{count}")
            };
            let mut whole = cut(name, limit - end.len()).to_owned();
            whole.push_str(&end);
            if self.0.insert(whole.to_lowercase()) {
                return whole;
            }
        }
        name.to_owned()
    }
}

/// How many lines a text takes in a column of a width in characters.
#[must_use]
pub fn lines_in(text: &str, width: u16) -> u32 {
    let width = usize::from(width).max(1);
    let mut lines = 1;
    let mut used = 0;
    for word in text.split(' ') {
        let long = word.chars().count();
        if used > 0 && used + 1 + long > width {
            lines += 1;
            used = 0;
        }
        used += long + usize::from(used > 0);
    }
    lines
}

/// The beginning of a text, in the units of 16 bits by which Excel counts.
fn cut(text: &str, units: usize) -> &str {
    let mut left = units;
    for (at, c) in text.char_indices() {
        let Some(rest) = left.checked_sub(c.len_utf16()) else {
            return &text[..at];
        };
        left = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_and_unlike() {
        let mut names = Names::default();
        assert_eq!(names.sheet("pay_by_sector"), "pay_by_sector");
        assert_eq!(names.sheet("Pay_by_Sector"), "Pay_by_Sector_2");
        assert_eq!(names.sheet("a/b [c]"), "a_b _c_");
        assert_eq!(names.sheet("History"), "history_");
        let long = names.sheet("statutory_minimum_by_provider_and_place");
        assert_eq!(long, "statutory_minimum_by_provider_a");
        let next = names.sheet("statutory_minimum_by_provider_and_role");
        assert_eq!(next, "statutory_minimum_by_provider_2");
        assert_eq!(names.table("a1"), "table_a1");
        assert_eq!(names.heading("\n"), "column");
    }

    #[test]
    fn words_that_do_not_fit_begin_a_line() {
        for (text, lines) in [
            ("", 1),
            ("one two", 1),
            ("one two three", 2),
            ("longer words than that", 4),
        ] {
            assert_eq!(lines_in(text, 7), lines, "{text}");
        }
    }

    #[test]
    fn numbers_keep_every_digit_or_stay_text() {
        let cell = |number, scale| Cell::of(&Value::Decimal(number, scale)).clone_text();
        assert_eq!(cell(127_100, 4), "12.71");
        assert_eq!(cell(-14_900, 4), "-1.49");
        assert_eq!(cell(0, 2), "0");
        assert_eq!(cell(5, 4), "0.0005");
        assert_eq!(cell(999_999_999_999_999, 4), "99999999999.9999");
        let long = Value::Decimal(1_234_567_890_123_456, 4);
        assert_eq!(Cell::of(&long), Cell::text("123456789012.3456"));
        let long = Value::Integer(9_007_199_254_740_993);
        assert_eq!(Cell::of(&long), Cell::text("9007199254740993"));
        let early = Value::Date(-30_000);
        assert_eq!(Cell::of(&early), Cell::text("1887-11-12"));
    }

    impl Cell<'_> {
        fn clone_text(&self) -> String {
            match self {
                Cell::Number(text) => text.clone(),
                other => panic!("{other:?} is no number"),
            }
        }
    }
}
