//! A page of the user's own: a template that is none of the built-in ones.

use std::collections::BTreeMap;

use serde::Serialize;

use super::facts::TableFacts;
use super::figures::{Figure, Kind};
use super::tables::{TableView, Tables};
use crate::compare::table::Value;

/// What such a page is given beside what every page shows: each table of the
/// release by its name.
#[derive(Clone, Debug, Serialize)]
pub struct OwnPage {
    /// The tables.
    pub tables: BTreeMap<String, OwnTable>,
}

/// A table of the release.
#[derive(Clone, Debug, Serialize)]
pub struct OwnTable {
    /// The query's title.
    pub title: String,
    /// What the query says of itself.
    pub description: String,
    /// As the macro `table` shows it.
    pub view: Option<TableView>,
    /// Its rows: figures as printed by the name of their column, codes as they
    /// are in the CSV file.
    pub rows: Vec<BTreeMap<String, Figure>>,
}

impl OwnPage {
    /// The page of these tables.
    #[must_use]
    pub fn new(facts: &[TableFacts<'_>], all: &Tables<'_>) -> OwnPage {
        let table = |facts: &TableFacts<'_>| OwnTable {
            title: facts.title.clone(),
            description: facts.description.clone(),
            view: all.whole(&facts.table.name),
            rows: facts
                .table
                .rows
                .iter()
                .map(|row| cells(facts, row))
                .collect(),
        };
        let named = facts
            .iter()
            .map(|facts| (facts.table.name.clone(), table(facts)));
        OwnPage {
            tables: named.collect(),
        }
    }
}

fn cells(facts: &TableFacts<'_>, row: &[Value]) -> BTreeMap<String, Figure> {
    let cell = |column: &String| {
        let figure = match Kind::of(column) {
            Kind::Text => Figure::word(facts.value(row, column).render()),
            _ => facts.figure(row, column),
        };
        (column.clone(), figure)
    };
    facts.table.columns.iter().map(cell).collect()
}
