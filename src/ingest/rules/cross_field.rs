//! The rules across the fields of one row.

use super::{
    ANNUAL_HOURS, APPRENTICESHIP_BIRTH, BIRTH_AGE, FLOWS_IDENTITY, FLOWS_RETAINED, HOURLY_HIGH,
    OFFER_ORDER, OFFER_UNDATED, PAY_BASIS_MISSING, PAY_RANGE, PERIOD_LONG, PERIOD_ORDER,
    POINTS_ORDER, Row, Rule, START_BIRTH, TRAVEL_RATE, ZERO_HOURS, ZERO_HOURS_ORDER,
    ZERO_HOURS_UNFLAGGED, breach,
};
use crate::ingest::row::{RowFindings, Value};
use crate::model::date;
use crate::model::decimal::{Decimal, SCALE};

/// A rule across the fields of one row.
pub type CrossField = fn(&mut Row<'_, '_>, &mut RowFindings<'_>);

/// The rules across fields of a table, in the order in which they run.
#[must_use]
pub fn cross_field(table: &str) -> &'static [CrossField] {
    match table {
        "workplaces" => &[travel_rate],
        "workers" => &[pay, zero_hours, dates, offer],
        "flows" => &[flows],
        "pay_periods" => &[pay_period],
        "pay_points" => &[pay_points],
        _ => &[],
    }
}

fn travel_rate(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let flagged = row.get("travel_time_pay").text() == Some("different_rate");
    if !flagged && row.get("travel_rate") != Value::Empty {
        told(&TRAVEL_RATE, row, "travel_rate", findings);
    }
}

/// Checks pay against its basis and derives `hourly`.
fn pay(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let Some(rate) = row.get("pay_rate").number() else {
        return;
    };
    let column = row.name("pay_rate").to_owned();
    let pounds = |number: i64| number * SCALE;
    let (min, max) = match row.get("pay_basis").text() {
        Some("hourly") => (25_000, pounds(200)),
        Some("annual") => (pounds(500), pounds(250_000)),
        _ => (25_000, pounds(250_000)),
    };
    if rate < min || rate > max {
        return breach(&PAY_RANGE, findings, Some(&column), row.raw("pay_rate"), "");
    }
    match row.get("pay_basis").text() {
        Some("hourly") => row.set("hourly", Value::Number(rate)),
        Some("annual") => match row
            .get("contracted_hours")
            .number()
            .filter(|hours| *hours > 0)
        {
            None => breach(
                &ANNUAL_HOURS,
                findings,
                Some(row.name("contracted_hours")),
                None,
                "",
            ),
            Some(hours) => match Decimal::hourly_from_annual(Decimal(rate), Decimal(hours)) {
                Some(hourly) if hourly.0 <= pounds(200) => {
                    row.set("hourly", Value::Number(hourly.0));
                }
                _ => breach(
                    &HOURLY_HIGH,
                    findings,
                    Some(&column),
                    row.raw("pay_rate"),
                    "",
                ),
            },
        },
        // A basis that cannot be read is told already.
        _ if !row.is_known("pay_basis") => {
            breach(
                &PAY_BASIS_MISSING,
                findings,
                Some(row.name("pay_basis")),
                None,
                "",
            );
        }
        _ => {}
    }
}

fn zero_hours(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let hours = row.get("contracted_hours").number().unwrap_or(0);
    let flagged = row.get("zero_hours").flag() == Some(true);
    if flagged && hours > 0 {
        told(&ZERO_HOURS, row, "contracted_hours", findings);
    }
    if !flagged && row.get("zero_hours_since") != Value::Empty {
        told(&ZERO_HOURS_UNFLAGGED, row, "zero_hours_since", findings);
    }
}

/// A breach at one column of the row, with what stands there.
fn told(rule: &Rule, row: &Row<'_, '_>, column: &str, findings: &mut RowFindings<'_>) {
    breach(rule, findings, Some(row.name(column)), row.raw(column), "");
}

/// No child under 13 may be employed: Children and Young Persons Act 1933, s. 18.
const YOUNGEST: i64 = 13;
/// Nobody older has been seen at work.
const OLDEST: i64 = 100;

/// Dates in an impossible order. Values of `birth_date` are never repeated.
fn dates(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let day = |column: &str| row.get(column).date();
    let before = |column: &str, other: &str| {
        let both = day(column).zip(day(other));
        both.is_some_and(|(day, other)| day < other)
    };
    if before("zero_hours_since", "start_date") {
        told(&ZERO_HOURS_ORDER, row, "zero_hours_since", findings);
    }
    if before("contract_offer_on", "start_date") {
        told(&OFFER_ORDER, row, "contract_offer_on", findings);
    }
    let Some(birth) = day("birth_date").and_then(date::from_days) else {
        return;
    };
    let age = |on: i32| date::from_days(on).and_then(|on| date::age_on(birth, on));
    let too_young =
        |column: &str| day(column).is_some_and(|on| age(on).is_none_or(|years| years < YOUNGEST));
    if too_young("start_date") {
        told(&START_BIRTH, row, "start_date", findings);
    }
    if too_young("apprenticeship_start") {
        told(&APPRENTICESHIP_BIRTH, row, "apprenticeship_start", findings);
    }
    if age(row.period).is_some_and(|years| !(YOUNGEST..=OLDEST).contains(&years)) {
        breach(&BIRTH_AGE, findings, Some(row.name("birth_date")), None, "");
    }
}

fn offer(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let undated = row.get("contract_offer_on") == Value::Empty;
    if undated && row.get("contract_offer_hours") != Value::Empty {
        told(&OFFER_UNDATED, row, "contract_offer_hours", findings);
    }
}

fn flows(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let count = |name: &str| row.get(name).number();
    if let (Some(opening), Some(starters), Some(leavers), Some(closing)) = (
        count("opening"),
        count("starters"),
        count("leavers"),
        count("closing"),
    ) && closing != opening + starters - leavers
    {
        let detail = format!("{closing} is not {opening} + {starters} - {leavers}");
        breach(
            &FLOWS_IDENTITY,
            findings,
            Some(row.name("closing")),
            row.raw("closing"),
            &detail,
        );
    }
    let least = [count("opening"), count("closing")]
        .into_iter()
        .flatten()
        .min();
    if let (Some(retained), Some(least)) = (count("retained"), least)
        && retained > least
    {
        told(&FLOWS_RETAINED, row, "retained", findings);
    }
}

fn pay_period(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let (start, end) = (row.get("period_start").date(), row.get("period_end").date());
    let days = start.zip(end).map(|(start, end)| end - start + 1);
    if days.is_some_and(|days| days < 1) {
        told(&PERIOD_ORDER, row, "period_end", findings);
    }
    // NMW Regulations 2015, reg. 6.
    if days.is_some_and(|days| days > 31) {
        told(&PERIOD_LONG, row, "period_end", findings);
    }
    if row.get("accommodation_charge").text() == Some("free") {
        row.set("accommodation_charge", Value::Empty);
        row.set("accommodation_free", Value::Flag(true));
    }
}

fn pay_points(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let rates = row
        .get("minimum_rate")
        .number()
        .zip(row.get("maximum_rate").number());
    if rates.is_some_and(|(minimum, maximum)| maximum < minimum) {
        told(&POINTS_ORDER, row, "maximum_rate", findings);
    }
}
