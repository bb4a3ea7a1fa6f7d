//! The statutory test of pay actually made, where returns hold pay periods.

use serde::Serialize;

use super::facts::TableFacts;
use super::figures::Figure;
use super::tables::{TableView, Tables, view};
use crate::compare::table::Value;

/// Why it cannot be told of a pay period, in the order of the page.
const CAUSES: [&str; 8] = [
    "travel_missing",
    "accommodation_missing",
    "rates_differ",
    "pay_missing",
    "hours_missing",
    "no_hours",
    "period_too_long",
    "no_rate",
];

/// Pay actually made against the statutory minimum.
#[derive(Clone, Debug, Serialize)]
pub struct WageTest {
    present: bool,
    /// Whether any return holds pay periods.
    tested: bool,
    overall: Option<Overall>,
    sectors: Option<TableView>,
    /// Single providers; in restricted releases only.
    providers: Option<Providers>,
}

/// The workers of all sectors.
#[derive(Clone, Debug, Serialize)]
struct Overall {
    hidden: bool,
    tested: Figure,
    below: Figure,
    cannot_tell: Figure,
    below_pct: Figure,
    below_pct_low: Figure,
    below_pct_high: Figure,
}

#[derive(Clone, Debug, Serialize)]
struct Providers {
    /// How many pay periods meet the minimum, are below it, or cannot be told.
    results: TableView,
    /// Why they cannot be told.
    causes: TableView,
    /// The same over all providers: code and count.
    all_causes: Vec<(String, Figure)>,
    /// What arrears and penalties could come to.
    arrears: Option<TableView>,
}

impl WageTest {
    /// Gathers what the section shows.
    #[must_use]
    pub fn new(tables: &Tables<'_>) -> WageTest {
        let table = tables.get("wage_test_sectors");
        let filled = table.filter(|facts| !facts.table.rows.is_empty());
        WageTest {
            present: table.is_some(),
            tested: filled.is_some(),
            overall: filled.and_then(Overall::new),
            sectors: filled.map(|facts| view(facts, &[], |_| true)),
            providers: tables
                .get("wage_test_providers")
                .filter(|facts| !facts.table.rows.is_empty())
                .map(|facts| Providers::new(facts, tables.get("wage_arrears_providers"))),
        }
    }
}

impl Overall {
    fn new(facts: &TableFacts<'_>) -> Option<Overall> {
        let is_all = |row: &&Vec<Value>| facts.text(row, "sector") == "all";
        let row = facts.table.rows.iter().find(is_all)?;
        Some(Overall {
            hidden: facts.hidden(row),
            tested: facts.figure(row, "tested"),
            below: facts.figure(row, "below"),
            cannot_tell: facts.figure(row, "cannot_tell"),
            below_pct: facts.figure(row, "below_pct"),
            below_pct_low: facts.figure(row, "below_pct_low"),
            below_pct_high: facts.figure(row, "below_pct_high"),
        })
    }
}

impl Providers {
    fn new(facts: &TableFacts<'_>, arrears: Option<&TableFacts<'_>>) -> Providers {
        let results = ["periods", "meets", "below", "cannot_tell", "shortfall"];
        let total = |cause: &str| -> u64 {
            let counts = facts.table.rows.iter();
            let counts = counts.filter_map(|row| facts.value(row, cause).as_count());
            u64::try_from(counts.sum::<i64>()).unwrap_or(0)
        };
        Providers {
            results: view(facts, &CAUSES, |_| true),
            causes: view(facts, &results, |row| {
                facts.value(row, "cannot_tell").as_count() != Some(0)
            }),
            all_causes: CAUSES
                .iter()
                .map(|cause| ((*cause).to_owned(), Figure::count(total(cause))))
                .filter(|(_, count)| !count.zero)
                .collect(),
            arrears: arrears
                .filter(|facts| !facts.table.rows.is_empty())
                .map(|facts| view(facts, &[], |_| true)),
        }
    }
}
