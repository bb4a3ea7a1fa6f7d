//! What a page may know: plain facts of the release, and its protected tables.

use serde::Serialize;

use super::changes::{Awaited, Changes};
use super::figures::{Figure, Kind, is_one, is_zero};
use crate::compare::table::{Table, Value};

/// What a page may know beside its tables. There is no clock in it: the same
/// inputs give the same bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The version of this tool.
    pub tool_version: String,
    /// `protected` or `restricted`.
    pub release: String,
    /// The reference date, ISO.
    pub period: String,
    /// The reference date in words.
    pub period_words: String,
    /// The number of the edition.
    pub edition: u32,
    /// What the returns hold.
    pub received: Received,
    /// What became of the rows read.
    pub balance: Balance,
    /// Findings, counted by rule.
    pub findings: Vec<FindingCount>,
    /// The wage floors used for the period.
    pub floors: Vec<Floor>,
    /// The rules on contracts, whether in force or not.
    pub contract_rules: Vec<ContractRule>,
    /// Warnings about rates, in words.
    pub rate_notes: Vec<String>,
    /// Queries and templates taken from the user's own folders.
    pub overridden: Vec<String>,
    /// How to make the same page again.
    pub reproduce: Reproduce,
    /// What changed since the last release, where a job made it.
    pub changes: Option<Changes>,
    /// The returns that a job waits for.
    pub awaited: Vec<Awaited>,
}

/// What the returns of the edition hold.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// Returns that are part of the edition.
    pub returns_accepted: u64,
    /// Returns that were rejected as a whole.
    pub returns_rejected: u64,
    /// Providers with at least one accepted workplace.
    pub providers: u64,
    /// Accepted workplaces.
    pub workplaces: u64,
    /// Worker rows; `None` where a withheld sector would follow from it.
    pub workers: Option<u64>,
    /// The same by sector.
    pub by_sector: Vec<SectorCount>,
    /// Returns carried over from the edition before.
    pub returns_carried: u64,
}

/// The size of one sector; a count that is withheld is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct SectorCount {
    /// The sector's code.
    pub sector: String,
    /// Providers.
    pub providers: Option<u64>,
    /// Workplaces.
    pub workplaces: Option<u64>,
    /// Worker rows.
    pub workers: Option<u64>,
}

/// rows read = accepted + rejected + blank + skipped.
#[derive(Clone, Debug, Serialize)]
pub struct Balance {
    /// Files read.
    pub files: u64,
    /// Rows read from them.
    pub rows_read: u64,
    /// Rows that are part of the edition.
    pub accepted: u64,
    /// Rows kept out because of an error.
    pub rejected: u64,
    /// Rows without any value.
    pub blank: u64,
    /// Rows that their layout says to leave out.
    pub skipped: u64,
}

/// How often one rule was met.
#[derive(Clone, Debug, Serialize)]
pub struct FindingCount {
    /// The rule's stable id.
    pub rule: String,
    /// `error` or `warning`.
    pub severity: String,
    /// How many findings.
    pub count: u64,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// One wage floor, with its source.
#[derive(Clone, Debug, Serialize)]
pub struct Floor {
    /// The scheme's code.
    pub scheme: String,
    /// The band's code.
    pub band: String,
    /// The youngest age it covers.
    pub min_age: Option<i64>,
    /// The oldest age it covers.
    pub max_age: Option<i64>,
    /// Pounds an hour: `12.71`.
    pub rate: String,
    /// The day from which it holds.
    pub effective_from: String,
    /// The last day to bring it in, where there is one.
    pub implement_by: Option<String>,
    /// Where the rate was found.
    pub source: String,
    /// How sure that is.
    pub confidence: String,
    /// `in_force`, `could_still_apply` (the first 31 days of new rates),
    /// `payable` (by accredited employers) or `pending` (announced, not used).
    pub in_use: String,
}

/// A rule on contracts, with its source.
#[derive(Clone, Debug, Serialize)]
pub struct ContractRule {
    /// The rule's name.
    pub rule: String,
    /// What it asks for.
    pub title: String,
    /// Where it holds, code.
    pub jurisdiction: String,
    /// `law`, `voluntary` or `proposed`.
    pub status: String,
    /// Whether it is in force at the period.
    pub in_force: bool,
    /// Its first day, in words.
    pub from: Option<String>,
    /// Its last day, in words.
    pub to: Option<String>,
    /// Where it stands.
    pub citation: String,
    /// What is so of a worker whose record does not meet it.
    pub message: String,
    /// What the test leaves open.
    pub note: String,
    /// Names and values of what the project chose.
    pub settings: Vec<(String, String)>,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// How to make the same page again, and what it was made from.
#[derive(Clone, Debug, Serialize)]
pub struct Reproduce {
    /// Commands, in order.
    pub commands: Vec<String>,
    /// The name of the edition's manifest.
    pub edition_manifest: String,
    /// SHA-256 of that manifest.
    pub edition_sha256: String,
    /// SHA-256 of the wage floors used.
    pub rates_sha256: String,
    /// Each query's name and SHA-256.
    pub queries: Vec<(String, String)>,
}

/// A protected table with what describes it. Its first column is `period`, its
/// last two are `marker` and `release`.
#[derive(Clone, Debug)]
pub struct TableFacts<'a> {
    /// The figures; without rows where they were written and let go.
    pub table: &'a Table,
    /// How many rows it has.
    pub rows: usize,
    /// The query's own title.
    pub title: String,
    /// The query's own description.
    pub description: String,
    /// Columns with meaning and unit.
    pub units: Vec<(String, String)>,
    /// Rows hidden as a whole.
    pub hidden_rows: usize,
    /// Rows shown with some figures emptied.
    pub emptied_rows: usize,
}

impl TableFacts<'_> {
    /// The text of a cell; empty where the column or the value is missing.
    #[must_use]
    pub fn text(&self, row: &[Value], column: &str) -> String {
        self.value(row, column)
            .as_text()
            .unwrap_or_default()
            .to_owned()
    }

    /// The value of a cell.
    #[must_use]
    pub fn value<'r>(&self, row: &'r [Value], column: &str) -> &'r Value {
        self.table
            .position(column)
            .and_then(|at| row.get(at))
            .unwrap_or(&Value::Empty)
    }

    /// The figure of a cell as printed.
    #[must_use]
    pub fn figure(&self, row: &[Value], column: &str) -> Figure {
        let kind = Kind::of(column);
        let value = self.value(row, column);
        if matches!(value, Value::Empty) {
            return Figure::missing(&self.gap_marker(row, column));
        }
        Figure {
            text: kind.write(value),
            marker: false,
            zero: is_zero(value),
            one: is_one(value),
        }
    }

    /// Why a cell is empty: it cannot apply, it is withheld, or it is not known.
    fn gap_marker(&self, row: &[Value], column: &str) -> String {
        // What raises everybody to the rate of their own age has no one floor.
        let own_floors = column == "floor" && self.table.position("pay_bill").is_some();
        if own_floors || cannot_apply(&self.text(row, "condition"), column) {
            return "[z]".to_owned();
        }
        match self.text(row, "marker") {
            marker if marker.is_empty() => "[x]".to_owned(),
            marker => marker,
        }
    }

    /// Whether the row is withheld as a whole.
    #[must_use]
    pub fn hidden(&self, row: &[Value]) -> bool {
        !self.text(row, "marker").is_empty()
            && self.table.columns.iter().zip(row).all(|(column, value)| {
                Kind::of(column) == Kind::Text || matches!(value, Value::Empty)
            })
    }
}

/// Figures that a condition cannot have, whoever answers.
fn cannot_apply(condition: &str, column: &str) -> bool {
    match column {
        "yes_pct" => condition == "annual_leave_days",
        "median_value" => {
            matches!(
                condition,
                "pay_award_pending" | "enhanced_sick_pay" | "travel_time_paid"
            )
        }
        _ => false,
    }
}
