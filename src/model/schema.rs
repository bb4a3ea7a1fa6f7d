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

/// Few words, each with something: found by their length, first and last letters,
/// by which hardly two are the same.
#[derive(Clone, Debug)]
pub struct Words<T> {
    /// Where the words of each place begin, and the last ones end.
    places: Vec<u16>,
    words: Vec<Word<T>>,
}

#[derive(Clone, Debug)]
struct Word<T> {
    /// What of it is in one register each.
    ends: (u64, u64),
    whole: String,
    value: T,
}

impl<T> Default for Words<T> {
    fn default() -> Words<T> {
        Words::from_iter([])
    }
}

/// The places in which words stand: as many as eight bits tell apart.
const PLACES: usize = 256;

/// The first and the last letters of a word, eight of each where it has as many:
/// of two words of one length, up to sixteen letters, they are the same only if
/// the words are.
#[inline]
fn ends(word: &[u8]) -> (u64, u64) {
    let four = |letters: Option<&[u8; 4]>| letters.map_or(0, |four| u32::from_le_bytes(*four));
    match (word.first_chunk(), word.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ if word.len() >= 4 => (
            four(word.first_chunk()).into(),
            four(word.last_chunk()).into(),
        ),
        _ => match *word {
            [] => (0, 0),
            [one] => (one.into(), 0),
            [one, .., last] => (one.into(), u64::from(last) << 8 | u64::from(word[1])),
        },
    }
}

#[inline]
fn place((first, last): (u64, u64), length: usize) -> usize {
    let mixed = (first ^ last.rotate_left(32) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as usize
}

impl<T> FromIterator<(String, T)> for Words<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(words: I) -> Words<T> {
        let mut all: Vec<(usize, Word<T>)> = words
            .into_iter()
            .map(|(word, value)| {
                let ends = ends(word.as_bytes());
                (
                    place(ends, word.len()),
                    Word {
                        ends,
                        whole: word,
                        value,
                    },
                )
            })
            .collect();
        all.sort_by_key(|(place, _)| *place);
        let before = |place: usize| all.partition_point(|(at, _)| *at < place);
        Words {
            places: (0..=PLACES)
                .map(|place| u16::try_from(before(place)).unwrap_or(u16::MAX))
                .collect(),
            words: all.into_iter().map(|(_, word)| word).collect(),
        }
    }
}

impl<T> Words<T> {
    /// What a word has, where it is known.
    #[must_use]
    #[inline]
    pub fn get(&self, word: &str) -> Option<&T> {
        let ends = ends(word.as_bytes());
        let at = place(ends, word.len());
        let there = usize::from(self.places[at])..usize::from(self.places[at + 1]);
        let same = |known: &&Word<T>| {
            known.ends == ends
                && known.whole.len() == word.len()
                && (word.len() <= 16 || known.whole == word)
        };
        let found = self.words.get(there)?.iter().find(same);
        found.map(|known| &known.value)
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
    list: Vec<String>,
    #[serde(skip)]
    places: Words<u8>,
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

    /// The codes that the column can hold, in order; none where it holds others.
    #[must_use]
    pub fn list(&self) -> &[String] {
        &self.list
    }

    /// The place of a code in the column's list.
    #[must_use]
    #[inline]
    pub fn place_of(&self, code: &str) -> Option<u8> {
        self.places.get(code).copied()
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
        column.list = match &column.codes {
            Some(list) => CODES
                .get(list)
                .into_iter()
                .flat_map(Codes::keys)
                .cloned()
                .collect(),
            None if column.name == "role_group" => role_groups(),
            None => Vec::new(),
        };
        column.places = column.list.iter().cloned().zip(0..).collect();
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

/// The groups of roles, in the order of their first role.
fn role_groups() -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for group in CODES.get("role").into_iter().flat_map(Codes::values) {
        let group = group.as_str().unwrap_or_default();
        if !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
    }
    groups
}

/// The group of a role, by the role's place in its list, and the place of the
/// group among the groups.
#[must_use]
pub fn role_group(role: u8) -> (&'static str, u8) {
    static GROUPS: LazyLock<Vec<(String, u8)>> = LazyLock::new(|| {
        let groups: Words<u8> = role_groups().into_iter().zip(0..).collect();
        let of_roles = CODES.get("role").into_iter().flat_map(Codes::values);
        let of_roles = of_roles.filter_map(|group| {
            let group = group.as_str()?;
            Some((group.to_owned(), *groups.get(group)?))
        });
        of_roles.collect()
    });
    GROUPS
        .get(usize::from(role))
        .map_or(("", 0), |(group, place)| (group.as_str(), *place))
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
                for (place, code) in column.list().iter().enumerate() {
                    assert_eq!(column.place_of(code).map(usize::from), Some(place));
                }
                assert!(column.limits().0 < column.limits().1);
            }
        }
        let workers = &TABLES[1];
        let column = |name: &str| &workers.columns[workers.position(name).unwrap()];
        for (place, (role, group)) in (0..).zip(&CODES["role"]) {
            let group = group.as_str().unwrap();
            assert_eq!(column("role").place_of(role), Some(place));
            let place_of_group = column("role_group").place_of(group).unwrap();
            assert_eq!(role_group(place), (group, place_of_group));
        }
        assert_eq!(column("role_group").place_of("team_leader"), None);
    }

    #[test]
    fn words_are_found_and_no_others() {
        let mut all: Vec<String> = CODES.values().flat_map(Codes::keys).cloned().collect();
        let letters = [
            "",
            "a",
            "ab",
            "aab",
            "abb",
            "abcd",
            "abcdabcd",
            "abcdefgh-abcdefgh",
        ];
        all.extend(letters.map(str::to_owned));
        all.sort();
        all.dedup();
        let words: Words<usize> = all.iter().cloned().zip(0..).collect();
        for (at, word) in all.iter().enumerate() {
            assert_eq!(words.get(word), Some(&at), "{word}");
            for other in [
                format!("{word}s"),
                word.replace('a', "e"),
                format!("x{word}"),
            ] {
                let known = all.iter().position(|known| *known == other);
                assert_eq!(words.get(&other).copied(), known, "{other}");
            }
        }
        assert_eq!(words.get("abcdefgh+abcdefgh"), None);
        assert_eq!(Words::<()>::default().get(""), None);
    }
}
