//! The rules across the fields of one row.

use super::{
    ANNUAL_HOURS, APPRENTICESHIP_BIRTH, BIRTH_AGE, FLOWS_IDENTITY, FLOWS_RETAINED, HOURLY_HIGH,
    HOURLY_LOW, OFFER_ORDER, OFFER_UNDATED, PAY_BASIS_MISSING, PAY_RANGE, PERIOD_DAYS,
    PERIOD_HOURS, PERIOD_LONG, PERIOD_ORDER, PERIOD_PARTS, POINTS_ORDER, Row, Rule, START_BIRTH,
    TRAVEL_RATE, ZERO_HOURS, ZERO_HOURS_ORDER, ZERO_HOURS_UNFLAGGED, breach,
};
use crate::ingest::findings::RowFindings;
use crate::ingest::value::Value;
use crate::model::column::{self, Named};
use crate::model::date;
use crate::model::decimal::{Decimal, SCALE};
use crate::model::finding::Severity;

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
    let flagged = row.get(&column::TRAVEL_TIME_PAY).text() == Some("different_rate");
    if !flagged && row.get(&column::TRAVEL_RATE) != Value::Empty {
        told(&TRAVEL_RATE, row, &column::TRAVEL_RATE, findings);
    }
}

/// Checks pay against its basis and derives `hourly`.
fn pay(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let Some(rate) = row.get(&column::PAY_RATE).number() else {
        return;
    };
    let pounds = |number: i64| number * SCALE;
    let (min, max) = match row.get(&column::PAY_BASIS).text() {
        Some("hourly") => (25_000, pounds(200)),
        Some("annual") => (pounds(500), pounds(250_000)),
        _ => (25_000, pounds(250_000)),
    };
    if rate < min || rate > max {
        // A layout may drop a wrong rate, and not its row.
        if row.wrong(&column::PAY_RATE) == Severity::Warning {
            let dropped = Rule {
                severity: Severity::Warning,
                ..PAY_RANGE
            };
            let rate = &column::PAY_RATE;
            let (name, raw) = (row.name(rate), row.raw(rate));
            breach(&dropped, findings, Some(name), raw, "the value is not used");
            row.set(&column::PAY_RATE, Value::Empty);
            return;
        }
        return told(&PAY_RANGE, row, &column::PAY_RATE, findings);
    }
    match row.get(&column::PAY_BASIS).text() {
        Some("hourly") => row.set(&column::HOURLY, Value::Number(rate)),
        Some("annual") => match row
            .get(&column::CONTRACTED_HOURS)
            .number()
            .filter(|hours| *hours > 0)
        {
            None => breach(
                &ANNUAL_HOURS,
                findings,
                Some(row.name(&column::CONTRACTED_HOURS)),
                None,
                "",
            ),
            Some(hours) => match Decimal::hourly_from_annual(Decimal(rate), Decimal(hours)) {
                Some(hourly) if hourly.0 <= pounds(200) => {
                    row.set(&column::HOURLY, Value::Number(hourly.0));
                    if hourly.0 < 25_000 {
                        told(&HOURLY_LOW, row, &column::PAY_RATE, findings);
                    }
                }
                _ => told(&HOURLY_HIGH, row, &column::PAY_RATE, findings),
            },
        },
        // A basis that cannot be read is told already.
        _ if !row.is_known(&column::PAY_BASIS) => {
            breach(
                &PAY_BASIS_MISSING,
                findings,
                Some(row.name(&column::PAY_BASIS)),
                None,
                "",
            );
        }
        _ => {}
    }
}

fn zero_hours(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let hours = row.get(&column::CONTRACTED_HOURS).number().unwrap_or(0);
    let flagged = row.get(&column::ZERO_HOURS).flag() == Some(true);
    if flagged && hours > 0 {
        told(&ZERO_HOURS, row, &column::CONTRACTED_HOURS, findings);
    }
    if !flagged && row.get(&column::ZERO_HOURS_SINCE) != Value::Empty {
        told(
            &ZERO_HOURS_UNFLAGGED,
            row,
            &column::ZERO_HOURS_SINCE,
            findings,
        );
    }
}

/// A breach at one column of the row, with what stands there.
fn told(rule: &Rule, row: &Row<'_, '_>, column: &Named, findings: &mut RowFindings<'_>) {
    breach(rule, findings, Some(row.name(column)), row.raw(column), "");
}

/// No child under 13 may be employed: Children and Young Persons Act 1933, s. 18.
const YOUNGEST: i64 = 13;
/// Nobody older has been seen at work.
const OLDEST: i64 = 100;

/// Dates in an impossible order. Values of `birth_date` are never repeated.
fn dates(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let day = |column: &Named| row.get(column).date();
    let before = |column: &Named, other: &Named| {
        let both = day(column).zip(day(other));
        both.is_some_and(|(day, other)| day < other)
    };
    if before(&column::ZERO_HOURS_SINCE, &column::START_DATE) {
        told(&ZERO_HOURS_ORDER, row, &column::ZERO_HOURS_SINCE, findings);
    }
    if before(&column::CONTRACT_OFFER_ON, &column::START_DATE) {
        told(&OFFER_ORDER, row, &column::CONTRACT_OFFER_ON, findings);
    }
    let Some(birth) = day(&column::BIRTH_DATE) else {
        return;
    };
    let too_young = |column: &Named| {
        day(column).is_some_and(|on| {
            // So many days are more than so many years: no need to reckon.
            i64::from(on) - i64::from(birth) < (YOUNGEST + 1) * 365
                && date::years(birth, on).is_none_or(|years| years < YOUNGEST)
        })
    };
    if too_young(&column::START_DATE) {
        told(&START_BIRTH, row, &column::START_DATE, findings);
    }
    if too_young(&column::APPRENTICESHIP_START) {
        told(
            &APPRENTICESHIP_BIRTH,
            row,
            &column::APPRENTICESHIP_START,
            findings,
        );
    }
    let days = i64::from(row.period) - i64::from(birth);
    // Between these numbers of days nobody is too young or too old.
    if ((YOUNGEST + 1) * 365..OLDEST * 365).contains(&days) {
        return;
    }
    let age = date::years(birth, row.period);
    if age.is_some_and(|years| !(YOUNGEST..=OLDEST).contains(&years)) {
        breach(
            &BIRTH_AGE,
            findings,
            Some(row.name(&column::BIRTH_DATE)),
            None,
            "",
        );
    }
}

fn offer(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let undated = row.get(&column::CONTRACT_OFFER_ON) == Value::Empty;
    if undated && row.get(&column::CONTRACT_OFFER_HOURS) != Value::Empty {
        told(&OFFER_UNDATED, row, &column::CONTRACT_OFFER_HOURS, findings);
    }
}

fn flows(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let count = |name: &Named| row.get(name).number();
    if let (Some(opening), Some(starters), Some(leavers), Some(closing)) = (
        count(&column::OPENING),
        count(&column::STARTERS),
        count(&column::LEAVERS),
        count(&column::CLOSING),
    ) && closing != opening + starters - leavers
    {
        let detail = format!("{closing} is not {opening} + {starters} - {leavers}");
        breach(
            &FLOWS_IDENTITY,
            findings,
            Some(row.name(&column::CLOSING)),
            row.raw(&column::CLOSING),
            &detail,
        );
    }
    let least = [count(&column::OPENING), count(&column::CLOSING)]
        .into_iter()
        .flatten()
        .min();
    if let (Some(retained), Some(least)) = (count(&column::RETAINED), least)
        && retained > least
    {
        told(&FLOWS_RETAINED, row, &column::RETAINED, findings);
    }
}

/// The hours of a pay period, which are apart from each other.
static HOURS: [&Named; 5] = [
    &column::HOURS_WORK,
    &column::HOURS_TRAVEL,
    &column::HOURS_WAITING,
    &column::HOURS_TRAINING,
    &column::HOURS_AWAKE_SLEEP_IN,
];

/// What is a part of gross pay and does not count (NMW Regulations 2015, reg. 10).
static PARTS: [&Named; 5] = [
    &column::PREMIUM,
    &column::ALLOWANCES,
    &column::ABSENCE_PAY,
    &column::TIPS,
    &column::EXPENSES,
];

fn pay_period(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let (start, end) = (
        row.get(&column::PERIOD_START).date(),
        row.get(&column::PERIOD_END).date(),
    );
    let days = start.zip(end).map(|(start, end)| end - start + 1);
    if days.is_some_and(|days| days < 1) {
        told(&PERIOD_ORDER, row, &column::PERIOD_END, findings);
    }
    // NMW Regulations 2015, reg. 6.
    if days.is_some_and(|days| days > 31) {
        told(&PERIOD_LONG, row, &column::PERIOD_END, findings);
    }
    if let Some(days) = days.map(i64::from).filter(|days| *days > 0) {
        let sum = |columns: &[&Named]| {
            let numbers = columns.iter().filter_map(|column| row.get(column).number());
            numbers.sum::<i64>()
        };
        if sum(&HOURS) > days * 24 * SCALE {
            told(&PERIOD_HOURS, row, &column::HOURS_WORK, findings);
        }
        if row
            .get(&column::ACCOMMODATION_DAYS)
            .number()
            .is_some_and(|given| given > days)
        {
            told(&PERIOD_DAYS, row, &column::ACCOMMODATION_DAYS, findings);
        }
        let gross = row.get(&column::GROSS_PAY).number();
        if gross.is_some_and(|gross| sum(&PARTS) > gross) {
            told(&PERIOD_PARTS, row, &column::GROSS_PAY, findings);
        }
    }
    if row.get(&column::ACCOMMODATION_CHARGE).text() == Some("free") {
        row.set(&column::ACCOMMODATION_CHARGE, Value::Empty);
        row.set(&column::ACCOMMODATION_FREE, Value::Flag(true));
    }
}

fn pay_points(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let rates = row
        .get(&column::MINIMUM_RATE)
        .number()
        .zip(row.get(&column::MAXIMUM_RATE).number());
    if rates.is_some_and(|(minimum, maximum)| maximum < minimum) {
        told(&POINTS_ORDER, row, &column::MAXIMUM_RATE, findings);
    }
}
