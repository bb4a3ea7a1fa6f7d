//! Contracts on two axes: tenure beside what hours are guaranteed.

use serde::Serialize;

use super::facts::TableFacts;
use super::figures::Figure;
use super::tables::{SECTORS, by_sector, role_groups};
use crate::compare::table::Value;

/// The order of tenures on a page.
const TENURES: [&str; 7] = [
    "permanent",
    "fixed_term",
    "temporary",
    "bank",
    "agency",
    "other",
    "unknown",
];
/// The order of guarantees on a page.
const GUARANTEES: [&str; 5] = ["none", "low", "partial", "full", "unknown"];

/// Tenures as rows, guarantees as columns, for each role group and sector.
#[derive(Clone, Debug, Serialize)]
pub struct Axes {
    guarantees: [&'static str; 5],
    groups: Vec<AxesGroup>,
}

#[derive(Clone, Debug, Serialize)]
struct AxesGroup {
    role_group: String,
    sectors: Vec<AxesSector>,
}

#[derive(Clone, Debug, Serialize)]
struct AxesSector {
    sector: String,
    hidden: bool,
    rows: Vec<AxesRow>,
}

#[derive(Clone, Debug, Serialize)]
struct AxesRow {
    tenure: &'static str,
    /// One a guarantee; none where nobody has both.
    cells: Vec<Option<Cell>>,
}

#[derive(Clone, Debug, Serialize)]
struct Cell {
    percent: Figure,
    workers: Figure,
}

impl Axes {
    /// The table by role group and sector.
    #[must_use]
    pub fn new(table: &TableFacts<'_>) -> Axes {
        let groups = role_groups(table).into_iter();
        Axes {
            guarantees: GUARANTEES,
            groups: groups.map(|group| AxesGroup::new(table, group)).collect(),
        }
    }
}

impl AxesGroup {
    fn new(table: &TableFacts<'_>, role_group: String) -> AxesGroup {
        let rows = by_sector(table, &role_group, |_| true);
        let sectors = SECTORS
            .iter()
            .map(|sector| {
                let own = rows.iter().copied();
                let own: Vec<&[Value]> = own
                    .filter(|row| table.text(row, "sector") == *sector)
                    .collect();
                AxesSector::new(table, sector, &own)
            })
            .filter(|sector| !sector.rows.is_empty());
        AxesGroup {
            sectors: sectors.collect(),
            role_group,
        }
    }
}

impl AxesSector {
    fn new(table: &TableFacts<'_>, sector: &str, own: &[&[Value]]) -> AxesSector {
        let cell = |tenure: &str, guarantee: &str| {
            let row = own.iter().find(|row| {
                table.text(row, "tenure") == tenure && table.text(row, "guarantee") == guarantee
            })?;
            Some(Cell {
                percent: table.figure(row, "share_pct"),
                workers: table.figure(row, "workers"),
            })
        };
        let rows = TENURES
            .iter()
            .map(|tenure| AxesRow {
                tenure,
                cells: GUARANTEES.map(|guarantee| cell(tenure, guarantee)).into(),
            })
            .filter(|row| row.cells.iter().any(Option::is_some));
        AxesSector {
            sector: sector.to_owned(),
            hidden: own.iter().all(|row| table.hidden(row)),
            rows: rows.collect(),
        }
    }
}
