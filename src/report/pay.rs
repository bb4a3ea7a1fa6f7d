//! Quartiles of hourly pay, drawn as strips on one scale.

use serde::Serialize;

use super::bars::tenths;
use super::chart::{self, Amount, Axis, Mark};
use super::facts::{Facts, TableFacts};
use super::figures::{Figure, pounds};
use super::tables::{FIRST, Parts, by_sector, parts};
use crate::compare::table::Value;

/// Quartiles of hourly pay.
#[derive(Clone, Debug, Serialize)]
pub struct Pay {
    charts: Vec<StripChart>,
    /// The medians in words, where any is shown.
    medians: Vec<Medians>,
    table: Parts,
}

/// The medians of one role group.
#[derive(Clone, Debug, Serialize)]
struct Medians {
    role_group: String,
    rows: Vec<SectorMedian>,
}

#[derive(Clone, Debug, Serialize)]
struct SectorMedian {
    sector: String,
    median: Figure,
}

/// Quartile strips of one role group on one scale.
#[derive(Clone, Debug, Serialize)]
struct StripChart {
    role_group: String,
    height: String,
    /// Where the rows begin and end, for the lines of the floors.
    top: String,
    bottom: String,
    tick_y: String,
    ticks: Vec<Mark>,
    floors: Vec<FloorMark>,
    rows: Vec<Strip>,
}

/// A wage floor on a scale.
#[derive(Clone, Debug, Serialize)]
struct FloorMark {
    scheme: String,
    x: String,
    anchor: &'static str,
    text: String,
    label_y: String,
    /// Where its line begins, below the label.
    line_y: String,
}

/// One sector's strip.
#[derive(Clone, Debug, Serialize)]
struct Strip {
    sector: String,
    workers: Figure,
    p25: Figure,
    median: Figure,
    p75: Figure,
    label_y: String,
    bar_y: String,
    middle_y: String,
    /// From the lower to the upper quartile, where both are shown.
    span: Option<(String, String)>,
    /// The median, where it is shown.
    x: Option<String>,
}

impl Pay {
    /// Strips, medians and table.
    #[must_use]
    pub fn new(facts: &Facts, table: &TableFacts<'_>) -> Pay {
        Pay {
            charts: FIRST
                .iter()
                .filter_map(|group| StripChart::new(facts, table, group))
                .collect(),
            medians: FIRST
                .iter()
                .filter_map(|group| Medians::new(table, group))
                .collect(),
            table: parts(table, &[], |_| true),
        }
    }
}

impl Medians {
    fn new(table: &TableFacts<'_>, role_group: &str) -> Option<Medians> {
        let rows: Vec<SectorMedian> = by_sector(table, role_group, |_| true)
            .iter()
            .map(|row| SectorMedian {
                sector: table.text(row, "sector"),
                median: table.figure(row, "median_hourly"),
            })
            .collect();
        let any = rows.iter().any(|row| !row.median.marker);
        any.then(|| Medians {
            role_group: role_group.to_owned(),
            rows,
        })
    }
}

impl StripChart {
    fn new(facts: &Facts, table: &TableFacts<'_>, role_group: &str) -> Option<StripChart> {
        let rows = by_sector(table, role_group, |_| true);
        let shown: Vec<Amount> = rows
            .iter()
            .flat_map(|row| ["p25_hourly", "median_hourly", "p75_hourly"].map(|c| (row, c)))
            .filter_map(|(row, column)| Amount::of(table.value(row, column)))
            .collect();
        // One dot alone compares nothing.
        let medians = rows
            .iter()
            .filter(|row| *table.value(row, "median_hourly") != Value::Empty);
        if medians.count() < 2 {
            return None;
        }
        let floors: Vec<(String, String, Amount)> = ["nlw_nmw", "real_living_wage"]
            .iter()
            .filter_map(|scheme| drawn_floor(facts, scheme))
            .collect();
        let mut amounts = shown;
        amounts.extend(floors.iter().map(|floor| floor.2));
        let axis = Axis::covering(&amounts)?;
        // One line of text for each floor stands above the rows.
        let top = i128::try_from(floors.len()).unwrap_or(0) * 14 + 4;
        let bottom = top + tenths(rows.len());
        let strips = rows.iter().enumerate().map(|(at, row)| {
            let y = top + tenths(at);
            let place = |column: &str| Amount::of(table.value(row, column)).map(|a| axis.place(a));
            let span = match (place("p25_hourly"), place("p75_hourly")) {
                // A strip of equal quartiles still has to be seen.
                (Some(low), Some(high)) => {
                    Some((chart::percent(low), chart::percent((high - low).max(30))))
                }
                _ => None,
            };
            Strip {
                sector: table.text(row, "sector"),
                workers: table.figure(row, "workers"),
                p25: table.figure(row, "p25_hourly"),
                median: table.figure(row, "median_hourly"),
                p75: table.figure(row, "p75_hourly"),
                label_y: chart::height(y + 12),
                bar_y: chart::height(y + 19),
                middle_y: chart::height(y + 24),
                span,
                x: place("median_hourly").map(chart::percent),
            }
        });
        Some(StripChart {
            role_group: role_group.to_owned(),
            height: chart::height(bottom + 20),
            top: chart::height(top),
            bottom: chart::height(bottom),
            tick_y: chart::height(bottom + 15),
            rows: strips.collect(),
            ticks: Mark::along(axis),
            floors: floors
                .into_iter()
                .enumerate()
                .map(|(at, (scheme, text, amount))| {
                    let place = axis.place(amount);
                    let label_y = i128::try_from(at).unwrap_or(0) * 14 + 10;
                    FloorMark {
                        scheme,
                        x: chart::percent(place),
                        anchor: chart::wide_anchor(place),
                        text,
                        label_y: chart::height(label_y),
                        line_y: chart::height(label_y + 3),
                    }
                })
                .collect(),
        })
    }
}

/// The floor of a scheme that a drawing shows: that of the oldest workers, and
/// outside London; every floor stands in the page's list.
fn drawn_floor(facts: &Facts, scheme: &str) -> Option<(String, String, Amount)> {
    let floor = facts
        .floors
        .iter()
        .filter(|floor| floor.scheme == scheme && floor.band != "london")
        .filter(|floor| floor.band != "apprentice")
        .filter(|floor| ["in_force", "payable"].contains(&floor.in_use.as_str()))
        .max_by_key(|floor| floor.min_age)?;
    let amount = Amount::parse(&floor.rate)?;
    Some((
        scheme.to_owned(),
        pounds(&Value::Decimal(amount.0, 4)),
        amount,
    ))
}
