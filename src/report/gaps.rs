//! Differences between the medians of two sectors, always both ways.

use serde::Serialize;

use super::chart::Amount;
use super::facts::TableFacts;
use super::figures::Figure;
use super::gap_chart::{GapChart, told};
use super::tables::{FIRST, Parts, parts, role_groups};
use crate::compare::table::Value;

/// Differences between the medians of two sectors, each pair once.
#[derive(Clone, Debug, Serialize)]
pub struct Gaps {
    groups: Vec<GapGroup>,
    /// How far each rests on who sent returns.
    ranges: Option<Parts>,
    /// Whether no pair has providers enough for a range.
    too_few: bool,
}

#[derive(Clone, Debug, Serialize)]
struct GapGroup {
    role_group: String,
    chart: Option<GapChart>,
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
    range: Option<Range>,
}

/// The range of a difference in pounds.
#[derive(Clone, Debug, Serialize)]
struct Range {
    low: Figure,
    high: Figure,
    /// Then either sector may have the higher median.
    holds_nought: bool,
}

/// Columns of the ranges that the page leaves to the table.
const LEFT: [&str; 5] = [
    "reference_workers",
    "focus_workers",
    "focus_less_pct",
    "focus_less_pct_low",
    "focus_less_pct_high",
];

impl Gaps {
    /// The pairs of a table, by role group, with their ranges where there is a table
    /// of these.
    #[must_use]
    pub fn new(table: &TableFacts<'_>, ranges: Option<&TableFacts<'_>>) -> Gaps {
        let group = |role_group: String| {
            let rows = pairs(table, &role_group);
            let found = |row| ranges.and_then(|ranges| Range::find(ranges, table, row));
            let drawn = ranges.filter(|_| FIRST.contains(&role_group.as_str()));
            GapGroup {
                chart: drawn.and_then(|ranges| {
                    GapChart::new(ranges, &role_group, &pairs(ranges, &role_group))
                }),
                pairs: rows
                    .into_iter()
                    .map(|row| Pair::new(table, row, found(row)))
                    .collect(),
                role_group,
            }
        };
        let any = |ranges: &&TableFacts<'_>| {
            let mut rows = ranges.table.rows.iter();
            rows.any(|row| told(ranges, row))
        };
        let shown = ranges.filter(any);
        Gaps {
            too_few: ranges.is_some() && shown.is_none(),
            groups: role_groups(table).into_iter().map(group).collect(),
            ranges: shown
                .map(|ranges| parts(ranges, &LEFT, |row| stands_for_its_pair(ranges, row))),
        }
    }
}

/// The rows of a role group, one a pair.
fn pairs<'a>(table: &'a TableFacts<'_>, role_group: &str) -> Vec<&'a Vec<Value>> {
    let rows = table.table.rows.iter();
    rows.filter(|row| table.text(row, "role_group") == role_group)
        .filter(|row| stands_for_its_pair(table, row))
        .collect()
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
    fn new(table: &TableFacts<'_>, row: &[Value], range: Option<Range>) -> Pair {
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
            range,
        }
    }
}

impl Range {
    /// That of the pair that a row of `gaps` tells of, where it has one.
    fn find(ranges: &TableFacts<'_>, gaps: &TableFacts<'_>, row: &[Value]) -> Option<Range> {
        let same = |other: &&Vec<Value>| {
            ["role_group", "reference_sector", "focus_sector"]
                .iter()
                .all(|column| ranges.value(other, column) == gaps.value(row, column))
        };
        let row = ranges.table.rows.iter().find(same)?;
        let end = |column| Amount::of(ranges.value(row, column));
        let (low, high) = (end("gap_pounds_low")?, end("gap_pounds_high")?);
        Some(Range {
            low: ranges.figure(row, "gap_pounds_low"),
            high: ranges.figure(row, "gap_pounds_high"),
            holds_nought: low < high && low <= Amount(0) && Amount(0) <= high,
        })
    }
}
