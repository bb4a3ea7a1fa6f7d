//! A table of figures as the grid of a sheet.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Value as Word;

use super::LONGEST;
use super::book::{Cell, Column, Grid, Names};
use super::words::Words;
use crate::compare::table::Value;
use crate::report::ReportError;
use crate::report::facts::{Facts, TableFacts};
use crate::report::figures::Kind;

/// A table with the words of its sheet.
pub struct Shown<'a> {
    /// The table.
    pub facts: &'a TableFacts<'a>,
    /// Its title.
    pub title: String,
    /// The columns that are shown.
    pub columns: Vec<ShownColumn>,
    /// The name of its sheet; none where it is left out.
    pub sheet: Option<String>,
    /// The number of the note that defines it.
    pub note: Option<usize>,
    /// Whether it comes from protection: with period, marker and release.
    published: bool,
}

/// A column with its words.
pub struct ShownColumn {
    at: usize,
    /// Its name in the data.
    pub name: String,
    /// Its meaning and unit.
    pub meaning: String,
    /// How it looks.
    pub column: Column,
    /// The codes that occur in it and have words.
    pub codes: BTreeMap<String, String>,
}

impl<'a> Shown<'a> {
    /// A published table with the headings and words of the pages. What the
    /// sheet says above the table and in its cells needs no column.
    ///
    /// # Errors
    /// Where a template of the user's does not fit.
    pub fn of(
        facts: &'a TableFacts<'a>,
        rules: &BTreeMap<String, String>,
        words: &mut Words<'_>,
    ) -> Result<Shown<'a>, ReportError> {
        let title = [
            Word::from(facts.table.name.as_str()),
            facts.title.as_str().into(),
        ];
        let title = words.say("table_title", &title)?;
        let last = facts.table.columns.len().saturating_sub(2);
        let mut names = Names::default();
        let mut columns = Vec::new();
        for (at, name) in facts.table.columns.iter().enumerate().take(last).skip(1) {
            let unit = match Kind::of(name) {
                Kind::Percent => "percent",
                Kind::Money => "money",
                Kind::Text | Kind::Number => "",
            };
            let heading = words.say("heading", &[name.as_str().into(), unit.into()])?;
            let codes = if name == "rule" {
                Some(rules)
            } else {
                words.codes(name)
            };
            columns.push(column(facts, at, names.heading(&heading), codes));
        }
        Ok(Shown {
            facts,
            title,
            columns,
            sheet: None,
            note: None,
            published: true,
        })
    }

    /// The result of SQL, every column under its own name.
    #[must_use]
    pub fn raw(facts: &'a TableFacts<'a>) -> Shown<'a> {
        let mut names = Names::default();
        let own = facts.table.columns.iter().enumerate();
        Shown {
            facts,
            title: facts.title.clone(),
            columns: own
                .map(|(at, name)| column(facts, at, names.heading(name), None))
                .collect(),
            sheet: None,
            note: None,
            published: false,
        }
    }

    /// Where the release has the same with codes.
    #[must_use]
    pub fn file(&self) -> String {
        format!("tables/{}.csv", self.facts.table.name)
    }

    /// The title of its sheet, which says what of.
    #[must_use]
    pub fn title_in(&self, facts: &Facts) -> String {
        let note = self.note.map(|note| format!(" [note {note}]"));
        format!(
            "{}, {}, {} release{}",
            self.title,
            facts.period_words,
            facts.release,
            note.unwrap_or_default()
        )
    }

    /// Its grid.
    #[must_use]
    pub fn grid(&self, name: String) -> Grid<'_> {
        Grid {
            name,
            columns: self
                .columns
                .iter()
                .map(|shown| shown.column.clone())
                .collect(),
            rows: self.facts.table.rows.len(),
            row: Box::new(|row| self.cells(&self.facts.table.rows[row])),
        }
    }

    fn cells<'s>(&'s self, row: &'s [Value]) -> Vec<Cell<'s>> {
        let cell = |column: &'s ShownColumn| match &row[column.at] {
            Value::Empty if self.published => {
                Cell::Marker(self.facts.figure(row, &column.name).text)
            }
            Value::Empty => Cell::Marker("[x]".to_owned()),
            Value::Text(text) => Cell::text(column.codes.get(text).unwrap_or(text)),
            value => Cell::of(value),
        };
        self.columns.iter().map(cell).collect()
    }
}

fn column(
    facts: &TableFacts<'_>,
    at: usize,
    heading: String,
    words: Option<&BTreeMap<String, String>>,
) -> ShownColumn {
    let name = facts.table.columns[at].clone();
    let (mut figure, mut text, mut places, mut longest) = (false, false, 0, 0);
    let mut found = BTreeSet::new();
    // What is left out needs no look.
    let rows = facts.table.rows.iter().take(LONGEST);
    for row in rows {
        match &row[at] {
            Value::Empty => {}
            Value::Text(value) => {
                text = true;
                let word = words.and_then(|words| words.get(value));
                if word.is_some() && !found.contains(value) {
                    found.insert(value.clone());
                }
                longest = longest.max(word.unwrap_or(value).chars().count());
            }
            Value::Decimal(_, scale) => (figure, places) = (true, places.max(*scale)),
            Value::Integer(_) => figure = true,
            Value::Boolean(_) | Value::Date(_) => text = true,
        }
    }
    if !figure && !text {
        figure = Kind::of(&name) != Kind::Text;
    }
    let widest_word = heading.split(' ').map(str::len).max().unwrap_or(0);
    let width = longest.clamp(12, 45).max(widest_word + 2);
    let meaning = facts.units.iter().find(|(column, _)| *column == name);
    let codes = words.into_iter().flatten();
    let codes = codes.filter(|(code, _)| found.contains(*code));
    ShownColumn {
        at,
        meaning: meaning
            .map(|(_, meaning)| meaning.replace('`', ""))
            .unwrap_or_default(),
        codes: codes
            .map(|(code, word)| (code.clone(), word.clone()))
            .collect(),
        column: Column {
            heading,
            width: u16::try_from(width).unwrap_or(u16::MAX),
            wrap: false,
            figure,
            places,
        },
        name,
    }
}
