//! Differences between the medians of two sectors, always both ways.

use serde::Serialize;

use super::chart::Amount;
use super::facts::TableFacts;
use super::figures::Figure;
use super::tables::role_groups;
use crate::compare::table::Value;

/// Differences between the medians of two sectors, each pair once.
#[derive(Clone, Debug, Serialize)]
pub struct Gaps {
    groups: Vec<GapGroup>,
}

#[derive(Clone, Debug, Serialize)]
struct GapGroup {
    role_group: String,
    pairs: Vec<Pair>,
}

/// Two sectors, the one with the higher median first. Both percentages are of
/// the same difference: each has the other sector's median as its base.
#[derive(Clone, Debug, Serialize)]
struct Pair {
    higher: String,
    lower: String,
    hidden: bool,
    equal: bool,
    higher_workers: Figure,
    lower_workers: Figure,
    higher_median: Figure,
    lower_median: Figure,
    pounds: Figure,
    more_pct: Figure,
    less_pct: Figure,
}

impl Gaps {
    /// The pairs of a table, by role group.
    #[must_use]
    pub fn new(table: &TableFacts<'_>) -> Gaps {
        let groups = role_groups(table)
            .into_iter()
            .map(|role_group| GapGroup {
                pairs: table
                    .table
                    .rows
                    .iter()
                    .filter(|row| table.text(row, "role_group") == role_group)
                    .filter(|row| stands_for_its_pair(table, row))
                    .map(|row| Pair::new(table, row))
                    .collect(),
                role_group,
            })
            .collect();
        Gaps { groups }
    }
}

/// Of the two rows of a pair, the one whose reference has the higher median;
/// where there is no difference to see, the first by name.
fn stands_for_its_pair(table: &TableFacts<'_>, row: &[Value]) -> bool {
    match Amount::of(table.value(row, "gap_pounds")) {
        Some(Amount(gap)) if gap != 0 => gap > 0,
        _ => table.text(row, "reference_sector") < table.text(row, "focus_sector"),
    }
}

impl Pair {
    fn new(table: &TableFacts<'_>, row: &[Value]) -> Pair {
        let gap = table.figure(row, "gap_pounds");
        Pair {
            higher: table.text(row, "reference_sector"),
            lower: table.text(row, "focus_sector"),
            hidden: gap.marker,
            equal: gap.zero,
            higher_workers: table.figure(row, "reference_workers"),
            lower_workers: table.figure(row, "focus_workers"),
            higher_median: table.figure(row, "reference_median"),
            lower_median: table.figure(row, "focus_median"),
            pounds: gap,
            more_pct: table.figure(row, "reference_more_pct"),
            less_pct: table.figure(row, "focus_less_pct"),
        }
    }
}
