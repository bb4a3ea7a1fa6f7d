//! The sector page: turnover and conditions, and what it takes from elsewhere.

use serde::Serialize;

use super::contracts::Contracts;
use super::facts::{Facts, TableFacts};
use super::figures::Figure;
use super::gaps::Gaps;
use super::over_time::OverTime;
use super::pay::Pay;
use super::tables::Tables;
use super::tables::{Parts, SECTORS, TableView, by_sector, parts, role_groups, sectors};

/// Pay, contracts, turnover and conditions, sector beside sector.
#[derive(Clone, Debug, Serialize)]
pub struct Sectors {
    pay: Option<Pay>,
    gaps: Option<Gaps>,
    points: Option<Parts>,
    contracts: Option<Contracts>,
    turnover: Option<Turnover>,
    turnover_over_time: Option<OverTime>,
    conditions: Option<Conditions>,
    zero_hours_rights: Option<TableView>,
    contract_audit: Option<TableView>,
}

impl Sectors {
    /// Gathers what the page shows.
    #[must_use]
    pub fn new(facts: &Facts, tables: &Tables<'_>) -> Sectors {
        Sectors {
            pay: tables
                .get("pay_by_sector")
                .map(|table| Pay::new(facts, table)),
            gaps: tables
                .get("pay_gap")
                .map(|table| Gaps::new(table, tables.get("pay_gap_intervals"))),
            points: tables
                .get("pay_points")
                .map(|table| parts(table, &[], |_| true)),
            contracts: tables.get("contract_types").map(Contracts::new),
            turnover: tables.get("turnover").map(Turnover::new),
            turnover_over_time: tables.get("turnover_over_time").and_then(OverTime::new),
            conditions: tables.get("conditions").map(Conditions::new),
            zero_hours_rights: tables.whole("zero_hours_rights"),
            contract_audit: tables.whole("contract_audit"),
        }
    }
}

/// The measures of turnover side by side.
#[derive(Clone, Debug, Serialize)]
struct Turnover {
    groups: Vec<TurnoverGroup>,
}

#[derive(Clone, Debug, Serialize)]
struct TurnoverGroup {
    role_group: String,
    measures: Vec<String>,
    rows: Vec<TurnoverRow>,
}

#[derive(Clone, Debug, Serialize)]
struct TurnoverRow {
    sector: String,
    /// One a measure; none where the comparison has no such row.
    cells: Vec<Option<Rate>>,
}

#[derive(Clone, Debug, Serialize)]
struct Rate {
    percent: Figure,
    numerator: Figure,
    denominator: Figure,
    providers: Figure,
}

/// The measures in the order in which a page explains them.
const MEASURES: [&str; 5] = [
    "turnover_closing",
    "turnover_mean",
    "starters_closing",
    "stability",
    "vacancy",
];

impl Turnover {
    fn new(table: &TableFacts<'_>) -> Turnover {
        let groups = role_groups(table);
        Turnover {
            groups: groups
                .into_iter()
                .map(|group| TurnoverGroup::new(table, group))
                .collect(),
        }
    }
}

impl TurnoverGroup {
    fn new(table: &TableFacts<'_>, role_group: String) -> TurnoverGroup {
        let rows = by_sector(table, &role_group, |_| true);
        let measures: Vec<String> = MEASURES
            .iter()
            .filter(|measure| {
                rows.iter()
                    .any(|row| table.text(row, "measure") == **measure)
            })
            .map(|measure| (*measure).to_owned())
            .collect();
        let shown = SECTORS
            .iter()
            .filter(|sector| rows.iter().any(|row| table.text(row, "sector") == **sector))
            .map(|sector| TurnoverRow {
                sector: (*sector).to_owned(),
                cells: measures
                    .iter()
                    .map(|measure| {
                        rows.iter()
                            .find(|row| {
                                table.text(row, "sector") == *sector
                                    && table.text(row, "measure") == *measure
                            })
                            .map(|row| Rate {
                                percent: table.figure(row, "rate_pct"),
                                numerator: table.figure(row, "numerator"),
                                denominator: table.figure(row, "denominator"),
                                providers: table.figure(row, "providers"),
                            })
                    })
                    .collect(),
            })
            .collect();
        TurnoverGroup {
            role_group,
            measures,
            rows: shown,
        }
    }
}

/// Conditions by sector: sectors are columns, conditions rows.
#[derive(Clone, Debug, Serialize)]
struct Conditions {
    sectors: Vec<String>,
    rows: Vec<ConditionRow>,
}

#[derive(Clone, Debug, Serialize)]
struct ConditionRow {
    condition: String,
    cells: Vec<Option<Answer>>,
}

#[derive(Clone, Debug, Serialize)]
struct Answer {
    workplaces: Figure,
    answered: Figure,
    yes_pct: Figure,
    median_value: Figure,
}

/// The conditions in the order in which a page explains them.
const CONDITIONS: [&str; 7] = [
    "enhanced_sick_pay",
    "travel_time_paid",
    "weekend_enhancement",
    "overtime_enhancement",
    "pension_above_minimum",
    "annual_leave_days",
    "pay_award_pending",
];

impl Conditions {
    fn new(table: &TableFacts<'_>) -> Conditions {
        let sectors = sectors(table);
        let find = |sector: &str, condition: &str| {
            table.table.rows.iter().find(|row| {
                table.text(row, "sector") == sector && table.text(row, "condition") == condition
            })
        };
        let rows = CONDITIONS
            .iter()
            .map(|condition| ConditionRow {
                condition: (*condition).to_owned(),
                cells: sectors
                    .iter()
                    .map(|sector| {
                        find(sector, condition).map(|row| Answer {
                            workplaces: table.figure(row, "workplaces"),
                            answered: table.figure(row, "answered"),
                            yes_pct: table.figure(row, "yes_pct"),
                            median_value: table.figure(row, "median_value"),
                        })
                    })
                    .collect(),
            })
            .collect();
        Conditions { sectors, rows }
    }
}
