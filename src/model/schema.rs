//! The tables of a return as data: columns, types, ranges, code lists.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::decimal::Decimal;

/// What a column's text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any text.
    Text,
    /// A keyed hash in hexadecimal.
    Key,
    /// A code of the column's list.
    Code,
    /// A 9-character ONS area code.
    Area,
    /// A whole number of people or things.
    Count,
    /// A whole number.
    Integer,
    /// Pounds.
    Money,
    /// Pounds, or the word `free`.
    Charge,
    /// Decimal hours.
    Hours,
    /// Per cent.
    Percent,
    /// Days, which may be parts of days.
    Days,
    /// A date.
    Date,
    /// `yes` or `no`.
    YesNo,
}

impl Kind {
    /// What the column accepts, in the words of a message.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Kind::Text | Kind::Key => "text",
            Kind::Code => "one of the codes of this column",
            Kind::Area => "a 9-character ONS area code such as W06000015",
            Kind::Count | Kind::Integer => "a whole number such as 12",
            Kind::Money => "pounds as a plain number with at most 4 decimals, such as 12.60",
            Kind::Charge => "pounds as a plain number such as 11.10, or the word free",
            Kind::Hours => "hours as a plain number with at most 4 decimals, such as 37.5",
            Kind::Percent => "per cent as a plain number such as 16.5",
            Kind::Days => "days as a plain number such as 28",
            Kind::Date => "a date as YYYY-MM-DD or DD/MM/YYYY",
            Kind::YesNo => "yes or no",
        }
    }

    /// Whether the store keeps the column as an exact decimal.
    #[must_use]
    pub fn is_decimal(self) -> bool {
        matches!(
            self,
            Kind::Money | Kind::Charge | Kind::Hours | Kind::Percent | Kind::Days
        )
    }
}

/// Few words, each with something: found by their length and two of their
/// letters, by which hardly two are the same, so that nothing is hashed.
#[derive(Clone, Debug)]
pub struct Words<T>(Vec<Vec<(String, T)>>);

impl<T> Default for Words<T> {
    fn default() -> Words<T> {
        Words(Vec::new())
    }
}

/// The places in which words stand: a power of two.
const PLACES: usize = 256;

#[inline]
fn place(word: &str) -> usize {
    let word = word.as_bytes();
    let letter = |at: usize| word.get(at).map_or(0, |letter| usize::from(*letter));
    (word.len() * 29 + letter(0) + letter(word.len() / 2) * 5) % PLACES
}

impl<T> FromIterator<(String, T)> for Words<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(words: I) -> Words<T> {
        let mut all: Vec<_> = (0..PLACES).map(|_| Vec::new()).collect();
        for (word, value) in words {
            all[place(&word)].push((word, value));
        }
        Words(all)
    }
}

impl<T> Words<T> {
    /// What a word has, where it is known.
    #[must_use]
    #[inline]
    pub fn get(&self, word: &str) -> Option<&T> {
        let mut there = self.0.get(place(word))?.iter();
        let found = there.find(|(known, _)| known == word);
        found.map(|(_, value)| value)
    }
}

/// One column of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the data file"
)]
pub struct Column {
    /// Its name, lower snake case.
    pub name: String,
    /// What its text must be.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it means, with its unit.
    pub doc: String,
    /// An empty cell is an error.
    #[serde(default)]
    pub required: bool,
    /// Read and used, never stored nor echoed.
    #[serde(default)]
    pub personal: bool,
    /// Made by ingest, never read from a return.
    #[serde(default)]
    pub derived: bool,
    /// Its range depends on other columns: a rule looks at it.
    #[serde(default)]
    pub range_by_rule: bool,
    /// A date that may not be after the period.
    #[serde(default)]
    pub past: bool,
    /// The smallest value, where there is one.
    pub min: Option<String>,
    /// The largest value, where there is one.
    pub max: Option<String>,
    /// The code list, for [`Kind::Code`].
    pub codes: Option<String>,
    #[serde(skip)]
    known_codes: Words<()>,
    #[serde(skip)]
    limits: Option<(Decimal, Decimal)>,
}

impl Column {
    /// The smallest and largest value accepted.
    #[must_use]
    #[inline]
    pub fn limits(&self) -> (Decimal, Decimal) {
        self.limits.unwrap_or((Decimal(0), Decimal(i64::MAX)))
    }

    /// Whether a text is a code of the column's list.
    #[must_use]
    #[inline]
    pub fn has_code(&self, text: &str) -> bool {
        self.known_codes.get(text).is_some()
    }

    /// Whether the store has the column.
    #[must_use]
    pub fn stored(&self) -> bool {
        !self.personal
    }
}

/// One table of a return.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name, which is the name of its file and of its view.
    pub name: String,
    /// What one row is.
    pub doc: String,
    /// The columns that no two rows may share.
    pub key: Vec<String>,
    /// The columns, in order.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
    /// Its place among the tables.
    #[serde(skip)]
    pub number: usize,
    #[serde(skip)]
    positions: FxHashMap<String, usize>,
}

impl Table {
    /// The position of a column.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }
}

/// A code list: codes and their meaning, in order.
pub type Codes = toml::map::Map<String, toml::Value>;

#[derive(Deserialize)]
struct Tables {
    table: Vec<Table>,
}

/// The five tables, in the order in which they are read.
pub static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let mut tables = toml::from_str::<Tables>(include_str!("data/tables.toml"))
        .map(|t| t.table)
        .unwrap_or_default();
    for (number, table) in tables.iter_mut().enumerate() {
        table.number = number;
        let names = table.columns.iter().enumerate();
        table.positions = names
            .map(|(at, column)| (column.name.clone(), at))
            .collect();
    }
    for column in tables.iter_mut().flat_map(|table| &mut table.columns) {
        let limit = |text: &Option<String>, default| {
            text.as_deref()
                .and_then(|text| Decimal::parse(text).ok())
                .unwrap_or(default)
        };
        let top = match column.kind {
            Kind::Count | Kind::Integer => Decimal(1_000_000 * super::decimal::SCALE),
            _ => Decimal(99_999 * super::decimal::SCALE),
        };
        let list = column.codes.as_ref().and_then(|list| CODES.get(list));
        column.known_codes = list
            .map(|codes| codes.keys().map(|code| (code.clone(), ())).collect())
            .unwrap_or_default();
        column.limits = Some((limit(&column.min, Decimal(0)), limit(&column.max, top)));
    }
    tables
});

/// The code lists by name.
pub static CODES: LazyLock<BTreeMap<String, Codes>> =
    LazyLock::new(|| toml::from_str(include_str!("data/codes.toml")).unwrap_or_default());

/// The table of a name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The group of a role.
#[must_use]
pub fn role_group(role: &str) -> Option<&'static str> {
    static GROUPS: LazyLock<Words<&str>> = LazyLock::new(|| {
        let roles = CODES.get("role").into_iter().flatten();
        roles
            .filter_map(|(role, group)| Some((role.clone(), group.as_str()?)))
            .collect()
    });
    GROUPS.get(role).copied()
}

/// Columns that every stored table has after its own.
pub const PROVENANCE: [(&str, &str); 4] = [
    ("period", "The reference date of the collection."),
    ("return_id", "The return that the row came in."),
    ("source_file", "The file, as a path below its return."),
    (
        "source_row",
        "The line or sheet row on which the record starts, from 1.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_hold_together() {
        let names: Vec<_> = TABLES.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "workplaces",
                "workers",
                "flows",
                "pay_periods",
                "pay_points"
            ]
        );
        for table in TABLES.iter() {
            for key in &table.key {
                assert!(table.position(key).is_some(), "{}.{key}", table.name);
            }
            for column in &table.columns {
                assert_eq!(
                    column.kind == Kind::Code && !column.derived,
                    column.codes.is_some()
                );
                if let Some(list) = &column.codes {
                    assert!(!CODES[list].is_empty(), "{list}");
                }
                assert!(column.limits().0 < column.limits().1);
            }
        }
        assert_eq!(role_group("team_leader"), Some("senior"));
        assert_eq!(role_group("front_line"), None);
    }
}
