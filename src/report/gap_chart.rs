//! Differences between sectors, drawn with their ranges on one scale from nought.

use serde::Serialize;

use super::chart::{self, Amount, Axis, Mark};
use super::facts::TableFacts;
use super::figures::Figure;
use crate::compare::table::Value;

/// Tenths of the text size from one pair to the next: its names, its figures, its line.
const ROW: i128 = 52;

/// The pairs of one role group on one scale.
#[derive(Clone, Debug, Serialize)]
pub struct GapChart {
    role_group: String,
    height: String,
    /// Where the rows end.
    bottom: String,
    tick_y: String,
    /// Where there is no difference.
    nought: String,
    ticks: Vec<Mark>,
    /// Whether any pair has a range, or had one that is withheld.
    ranges: bool,
    rows: Vec<Gap>,
}

/// One pair, the sector with the higher median first.
#[derive(Clone, Debug, Serialize)]
struct Gap {
    higher: String,
    lower: String,
    pounds: Figure,
    low: Figure,
    high: Figure,
    /// Whether the range is withheld, not unknown.
    withheld: bool,
    label_y: String,
    words_y: String,
    middle_y: String,
    /// The difference, where it is shown.
    x: Option<String>,
    /// From one end of the range to the other, where it is shown.
    range: Option<(String, String)>,
}

impl GapChart {
    /// The pairs that these rows of a table of ranges tell of; none where no difference
    /// is shown.
    #[must_use]
    pub fn new(table: &TableFacts<'_>, role_group: &str, rows: &[&Vec<Value>]) -> Option<GapChart> {
        let amount = |row: &[Value], column: &str| Amount::of(table.value(row, column));
        let columns = ["gap_pounds", "gap_pounds_low", "gap_pounds_high"];
        let cells = rows
            .iter()
            .flat_map(|row| columns.map(|column| (row, column)));
        let mut shown: Vec<Amount> = cells
            .filter_map(|(row, column)| amount(row, column))
            .collect();
        if shown.is_empty() {
            return None;
        }
        shown.push(Amount(0));
        let axis = Axis::covering(&shown)?;
        let gap = |(row, top): (&&Vec<Value>, i128)| {
            let place =
                |column: &str| amount(row, column).map(|amount| chart::percent(axis.place(amount)));
            Gap {
                higher: table.text(row, "reference_sector"),
                lower: table.text(row, "focus_sector"),
                pounds: table.figure(row, "gap_pounds"),
                low: table.figure(row, "gap_pounds_low"),
                high: table.figure(row, "gap_pounds_high"),
                withheld: range_withheld(table, row),
                label_y: chart::height(top + 12),
                words_y: chart::height(top + 25),
                middle_y: chart::height(top + 37),
                x: place("gap_pounds"),
                range: place("gap_pounds_low").zip(place("gap_pounds_high")),
            }
        };
        let tops = (0..).map(|row| row * ROW);
        let bottom = i128::try_from(rows.len()).unwrap_or(0) * ROW;
        Some(GapChart {
            role_group: role_group.to_owned(),
            height: chart::height(bottom + 20),
            bottom: chart::height(bottom),
            tick_y: chart::height(bottom + 15),
            nought: chart::percent(axis.place(Amount(0))),
            ticks: Mark::along(axis),
            ranges: rows.iter().any(|row| told(table, row)),
            rows: rows.iter().zip(tops).map(gap).collect(),
        })
    }
}

/// Whether a row has a range, or one that is withheld.
#[must_use]
pub fn told(table: &TableFacts<'_>, row: &[Value]) -> bool {
    *table.value(row, "gap_pounds_low") != Value::Empty || range_withheld(table, row)
}

/// Whether only the range of a row is withheld.
fn range_withheld(table: &TableFacts<'_>, row: &[Value]) -> bool {
    let empty = |column| *table.value(row, column) == Value::Empty;
    !table.text(row, "marker").is_empty() && empty("gap_pounds_low") && !empty("gap_pounds")
}
