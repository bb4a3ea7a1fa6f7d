//! The Living Wage page: two standards, each with its own section, and pay
//! actually made against the law.

use serde::Serialize;

use super::bars::{Part, Segment, segments, tenths};
use super::chart;
use super::common::{FloorView, floors_of};
use super::facts::{Facts, TableFacts};
use super::figures::Figure;
use super::lifting::Lifting;
use super::tables::Tables;
use super::tables::{FIRST, Parts, TableView, by_sector, parts, view};
use super::wage_test::WageTest;
use crate::compare::table::Value;

/// Pay against two standards, each with its own section.
#[derive(Clone, Debug, Serialize)]
pub struct LivingWage {
    present: bool,
    statutory: Standard,
    living: Standard,
    providers: Option<Providers>,
    wage_test: WageTest,
    /// Other floors, costs and differentials.
    lifting: Lifting,
}

/// The same, provider by provider: a table for each standard.
#[derive(Clone, Debug, Serialize)]
struct Providers {
    statutory: TableView,
    living: TableView,
}

impl Providers {
    fn new(table: &TableFacts<'_>) -> Providers {
        let of = |standard: &str| {
            view(table, &["standard"], |row| {
                table.text(row, "standard") == standard
            })
        };
        Providers {
            statutory: of("nlw_nmw"),
            living: of("real_living_wage"),
        }
    }
}

/// One standard.
#[derive(Clone, Debug, Serialize)]
struct Standard {
    code: &'static str,
    floors: Vec<FloorView>,
    /// Everyone, in every sector.
    overall: Option<Outcome>,
    front_line: Option<Outcome>,
    charts: Vec<OutcomeChart>,
    table: Option<Parts>,
}

/// How one row's workers compare with a floor.
#[derive(Clone, Debug, Serialize)]
struct Outcome {
    sector: String,
    hidden: bool,
    tested: Figure,
    below: Figure,
    cannot_tell: Figure,
    below_pct: Figure,
    below_pct_low: Figure,
    below_pct_high: Figure,
    annual_shortfall: Figure,
    shortfall_unknown: Figure,
    /// At or above the floor; only where all three parts may be shown.
    meets: Option<Figure>,
    /// tested + `cannot_tell`; only where both are known.
    base: Option<Figure>,
    /// The three parts of the bar; none where one is withheld.
    segments: Vec<Segment>,
    label_y: String,
    bar_y: String,
    middle_y: String,
}

/// Bars of one role group.
#[derive(Clone, Debug, Serialize)]
struct OutcomeChart {
    role_group: String,
    height: String,
    rows: Vec<Outcome>,
}

impl LivingWage {
    /// Gathers what the page shows.
    #[must_use]
    pub fn new(facts: &Facts, tables: &Tables<'_>) -> LivingWage {
        let table = tables.get("living_wage");
        LivingWage {
            present: table.is_some(),
            statutory: Standard::new("nlw_nmw", facts, table),
            living: Standard::new("real_living_wage", facts, table),
            providers: tables.get("living_wage_providers").map(Providers::new),
            wage_test: WageTest::new(tables),
            lifting: Lifting::new(tables),
        }
    }
}

impl Standard {
    fn new(code: &'static str, facts: &Facts, table: Option<&TableFacts<'_>>) -> Standard {
        let floors = floors_of(facts, code);
        let Some(table) = table else {
            return Standard {
                code,
                floors,
                overall: None,
                front_line: None,
                charts: Vec::new(),
                table: None,
            };
        };
        let restricted = facts.release == "restricted";
        let is_mine = |row: &[Value]| table.text(row, "standard") == code;
        let whole = |role_group: &str| {
            by_sector(table, role_group, is_mine)
                .first()
                .filter(|row| table.text(row, "sector") == "all")
                .map(|row| Outcome::new(table, row, 0, restricted))
        };
        let charts = FIRST
            .iter()
            .map(|role_group| {
                let rows: Vec<Outcome> = by_sector(table, role_group, is_mine)
                    .iter()
                    .enumerate()
                    .map(|(at, row)| Outcome::new(table, row, at, restricted))
                    .collect();
                OutcomeChart {
                    role_group: (*role_group).to_owned(),
                    height: chart::height(tenths(rows.len())),
                    rows,
                }
            })
            .filter(|chart| chart.rows.iter().any(|row| !row.segments.is_empty()))
            .collect();
        Standard {
            code,
            floors,
            overall: whole("all"),
            front_line: whole("front_line"),
            charts,
            table: Some(parts(table, &["standard"], is_mine)),
        }
    }
}

impl Outcome {
    fn new(table: &TableFacts<'_>, row: &[Value], at: usize, restricted: bool) -> Outcome {
        let count = |column: &str| table.value(row, column).as_count();
        let known = match (count("tested"), count("below"), count("cannot_tell")) {
            (Some(tested), Some(below), Some(unknown)) => Some((tested, below, unknown)),
            _ => None,
        };
        // What is left over may be as few people as a count that is withheld.
        let few = |number: i64| !restricted && (1..10).contains(&number);
        let meets = known
            .map(|(tested, below, _)| tested - below)
            .filter(|rest| !few(*rest));
        let base = match (count("tested"), count("cannot_tell")) {
            (Some(tested), Some(unknown)) => Some(tested + unknown),
            _ => None,
        };
        let printed = |number: i64| Figure::count(u64::try_from(number).unwrap_or(0));
        let part = |code: &'static str, number: i64| Part {
            code,
            key: 0,
            length: i128::from(number),
            figure: printed(number),
        };
        let segments = match (known, meets) {
            (Some((tested, below, unknown)), Some(meets)) if tested + unknown > 0 => segments(
                &[
                    part("below", below),
                    part("cannot_tell", unknown),
                    part("meets", meets),
                ],
                i128::from(tested + unknown),
            ),
            _ => Vec::new(),
        };
        Outcome {
            sector: table.text(row, "sector"),
            hidden: table.hidden(row),
            tested: table.figure(row, "tested"),
            below: table.figure(row, "below"),
            cannot_tell: table.figure(row, "cannot_tell"),
            below_pct: table.figure(row, "below_pct"),
            below_pct_low: table.figure(row, "below_pct_low"),
            below_pct_high: table.figure(row, "below_pct_high"),
            annual_shortfall: table.figure(row, "annual_shortfall"),
            shortfall_unknown: table.figure(row, "shortfall_unknown"),
            meets: meets.map(printed),
            base: base.map(printed),
            segments,
            label_y: chart::height(tenths(at) + 12),
            bar_y: chart::height(tenths(at) + 17),
            middle_y: chart::height(tenths(at) + 24),
        }
    }
}
