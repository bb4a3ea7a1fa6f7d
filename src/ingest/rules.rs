//! The rules that look at more than one cell, in one table with ids, and the
//! list of all rules that `describe rules` prints.

use super::row::{Cell, RowFindings, Value};
use crate::model::decimal::{Decimal, SCALE};
use crate::model::finding::Severity;
use crate::model::schema::{Kind, TABLES, Table};

/// One rule: its id, what it says and what to do.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The stable id, with its table.
    pub id: &'static str,
    /// What its breach means.
    pub severity: Severity,
    /// What is wrong.
    pub message: &'static str,
    /// What to do.
    pub fix: &'static str,
}

macro_rules! rules {
    ($($name:ident $severity:ident $id:literal $message:literal $fix:literal;)*) => {
        $(#[doc = concat!("`", $id, "`")]
        pub const $name: Rule = Rule {
            id: $id,
            severity: Severity::$severity,
            message: $message,
            fix: $fix,
        };)*
        /// Every rule that is not about a single column.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    UNREADABLE_FILE Error "file.unreadable"
        "the file cannot be read as rows of text"
        "save the sheet as CSV (UTF-8) and send it again";
    ENCODING Warning "file.encoding"
        "the file is not UTF-8 and was read as Windows-1252"
        "check letters with accents and pound signs, or save the file as CSV UTF-8";
    UNKNOWN_FILE Error "file.unknown"
        "the file is of no known kind"
        "name it after its table, such as workers.csv, or send it with the header of its layout";
    MISSING_COLUMNS Error "file.header"
        "required columns are missing from the header"
        "add the columns, with a value in each row";
    UNKNOWN_COLUMN Warning "file.unknown_column"
        "the column is not known and is not read"
        "mend the column's name if it is misspelt, otherwise leave it out";
    NOT_NEEDED Warning "file.not_needed"
        "the file was recognised and holds nothing that is read"
        "nothing to do; it may be left out";
    NO_WORKPLACE Error "return.no_workplace"
        "the return has no workplace that can be accepted"
        "send a workplaces file, and mend the errors in its rows";
    TABLE_GONE Warning "return.table_missing"
        "the earlier version of the return had rows of tables that this one has no file of"
        "confirm that they are meant to go, or send the whole return again";
    OTHER_PROVIDER Error "return.other_provider"
        "the store has a return of the same name from another provider"
        "give the folder of this return a name of its own";
    LONG_ROW Error "row.cells"
        "the row has more cells than the header has columns"
        "put text that holds a comma between quotation marks, and check that no cell has slipped";
    SHORT_ROW Warning "row.short"
        "the row has fewer cells than the header; the missing ones count as empty"
        "fill the row up with empty cells";
    LINE_BREAK Warning "row.line_break"
        "a cell holds a line break"
        "check that no quotation mark is left open: it would swallow the rows after it";
    BAD_STATUS Error "row.status"
        "the status of the row is not known"
        "use NEW, UPDATE, UNCHECKED, NOCHANGE or DELETE";
    DUPLICATE Error "row.duplicate_key"
        "another row has the same key, so neither is accepted"
        "keep the one row that is right, or give the workers references of their own";
    WORKPLACE_MISSING Error "row.workplace"
        "the workplace is not among the accepted workplaces of this return"
        "add the workplace to the workplaces file, mend its errors, or mend the row's workplace_id";
    TWO_RETURNS Error "workplaces.two_returns"
        "the workplace stands in two returns of the period"
        "leave it in the one return that it belongs to";
    PAY_RANGE Error "workers.pay_rate.range"
        "pay is outside 2.50 to 200 pounds an hour, or 500 to 250,000 pounds a year"
        "check the pounds and pence, and whether pay is by the hour or by the year";
    PAY_BASIS_MISSING Warning "workers.pay_basis.missing"
        "there is pay, but not whether it is by the hour or by the year; the pay is not used"
        "give pay_basis: hourly or annual";
    ANNUAL_HOURS Warning "workers.contracted_hours.annual_pay"
        "annual pay without contracted hours cannot be compared by the hour"
        "give contracted_hours";
    HOURLY_HIGH Warning "workers.hourly.above_range"
        "annual pay over the contracted hours comes out above 200 pounds an hour and is not used"
        "check the salary and contracted_hours";
    ZERO_HOURS Warning "workers.zero_hours.contracted_hours"
        "a zero-hours contract has contracted hours"
        "confirm which is right: zero_hours, or contracted_hours";
    TRAVEL_RATE Warning "workplaces.travel_rate.unflagged"
        "there is a travel rate, but travel is not paid at a rate of its own"
        "set travel_time_pay to different_rate, or leave travel_rate empty";
    TOTAL_STAFF Warning "workplaces.total_staff.rows"
        "total_staff is not the number of rows in the workers file"
        "send a row for each worker of every contract, or mend total_staff";
    FLOWS_IDENTITY Warning "flows.closing.identity"
        "closing is not opening + starters - leavers"
        "check the four counts; moves inside the provider are neither starters nor leavers";
    FLOWS_RETAINED Warning "flows.retained.order"
        "retained is more than opening or closing"
        "count only those in post at both ends";
    PERIOD_ORDER Error "pay_periods.period_end.order"
        "period_end is before period_start"
        "check the two dates";
    PERIOD_WORKER Warning "pay_periods.worker.missing"
        "the worker is not in the workers file, so the age is not known"
        "add the worker, or mend worker_ref";
    POINTS_ORDER Warning "pay_points.maximum_rate.order"
        "maximum_rate is below minimum_rate"
        "check the two rates";
    ASC_PAY_PAIR Error "workers.pay_rate.basis"
        "SALARY is given without SALARYINT 1, or HOURLYRATE without SALARYINT 3"
        "give SALARY with SALARYINT 1, or HOURLYRATE with SALARYINT 3";
    ASC_PAY_IGNORED Warning "workers.pay_rate.ignored"
        "SALARYINT says that pay is not known, so the pay given is not used"
        "set SALARYINT to 1 or 3";
    ASC_DECIMALS Error "workers.pay_rate.decimals"
        "HOURLYRATE has more than two decimals, or SALARY is not in whole pounds"
        "give HOURLYRATE with at most two decimals and SALARY in whole pounds";
    ASC_SALARY_RANGE Error "workers.pay_rate.salary_range"
        "SALARY is above 200,000 pounds for a role other than senior management"
        "check the salary";
    ASC_ZERO_HOURS Error "workers.zero_hours.hours"
        "CONTHOURS is given although ZEROHRCONT is 1 or 999"
        "leave CONTHOURS empty, or set ZEROHRCONT to 2";
    ASC_ZERO_UNKNOWN Warning "workers.zero_hours.unanswered"
        "CONTHOURS and ZEROHRCONT do not fit together"
        "answer ZEROHRCONT, or give the contracted hours";
    ASC_CONTHOURS Warning "workers.contracted_hours.ignored"
        "CONTHOURS does not apply to this contract and is not used"
        "give AVGHOURS instead";
    ASC_AVGHOURS Warning "workers.average_hours.ignored"
        "AVGHOURS does not apply to this contract and is not used"
        "give CONTHOURS instead";
    ASC_HOURS Warning "workers.contracted_hours.form"
        "hours are not 0 to 75 in whole or half hours; the value is not used"
        "give hours a week from 0 to 75, in whole or half hours";
    ASC_LISTS Error "flows.lists.length"
        "ALLJOBROLES, STARTERS, LEAVERS and VACANCIES are not lists of the same length"
        "give one count for each role in ALLJOBROLES, or the single code 999";
    ASC_COUNTS Error "flows.lists.count"
        "a count in STARTERS, LEAVERS or VACANCIES is not a whole number from 0 to 999"
        "give whole numbers, 999 where the count is not known";
    ASC_ROLES Error "flows.lists.role"
        "ALLJOBROLES holds a role that is not known"
        "use the job role codes of the data set";
}

/// Records a breach of `rule`; `detail` follows its message.
pub fn breach(
    rule: &Rule,
    findings: &mut RowFindings<'_>,
    column: Option<&str>,
    value: Option<&str>,
    detail: &str,
) {
    let message = if detail.is_empty() {
        rule.message.to_owned()
    } else {
        format!("{}: {detail}", rule.message)
    };
    let (before, rest) = rule.id.split_once('.').unwrap_or(("", rule.id));
    // Rules about any row take the name of the row's own table.
    let table = findings.table;
    findings.table = if before == "row" { table } else { before };
    findings.push(rule.severity, rest, column, value, message, rule.fix);
    findings.table = table;
}

/// A row as the cross-field rules see it.
pub struct Row<'r, 'a> {
    /// The table.
    pub table: &'static Table,
    /// The typed values, in the table's order.
    pub values: &'r mut [Value<'a>],
    /// The cells that they were read from.
    pub cells: &'r [Cell<'a>],
}

impl<'a> Row<'_, 'a> {
    /// The value of a column; the name must be one of the table.
    #[must_use]
    pub fn get(&self, column: &str) -> Value<'a> {
        self.table
            .position(column)
            .map_or(Value::Empty, |position| self.values[position])
    }
    /// Replaces the value of a column.
    pub fn set(&mut self, column: &str, value: Value<'a>) {
        if let Some(position) = self.table.position(column) {
            self.values[position] = value;
        }
    }
    fn raw(&self, column: &str) -> Option<&'a str> {
        self.table
            .position(column)
            .map(|position| self.cells[position].raw)
            .filter(|raw| !raw.is_empty())
    }
    fn name<'n>(&'n self, column: &'n str) -> &'n str {
        self.table
            .position(column)
            .and_then(|position| self.cells[position].source)
            .map_or(column, |source| source.name.as_str())
    }
}

/// A rule across the fields of one row.
pub type CrossField = fn(&mut Row<'_, '_>, &mut RowFindings<'_>);

/// The rules across fields of a table, in the order in which they run.
#[must_use]
pub fn cross_field(table: &str) -> &'static [CrossField] {
    match table {
        "workplaces" => &[travel_rate],
        "workers" => &[pay, zero_hours],
        "flows" => &[flows],
        "pay_periods" => &[pay_period],
        "pay_points" => &[pay_points],
        _ => &[],
    }
}

fn travel_rate(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let flagged = row.get("travel_time_pay").text() == Some("different_rate");
    if !flagged && row.get("travel_rate") != Value::Empty {
        breach(
            &TRAVEL_RATE,
            findings,
            Some(row.name("travel_rate")),
            row.raw("travel_rate"),
            "",
        );
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
        _ => {
            breach(
                &PAY_BASIS_MISSING,
                findings,
                Some(row.name("pay_basis")),
                None,
                "",
            );
        }
    }
}

fn zero_hours(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let hours = row.get("contracted_hours").number().unwrap_or(0);
    if row.get("zero_hours").flag() == Some(true) && hours > 0 {
        breach(
            &ZERO_HOURS,
            findings,
            Some(row.name("contracted_hours")),
            row.raw("contracted_hours"),
            "",
        );
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
            Some("closing"),
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
        breach(
            &FLOWS_RETAINED,
            findings,
            Some("retained"),
            row.raw("retained"),
            "",
        );
    }
}

fn pay_period(row: &mut Row<'_, '_>, findings: &mut RowFindings<'_>) {
    let (start, end) = (row.get("period_start").date(), row.get("period_end").date());
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        breach(
            &PERIOD_ORDER,
            findings,
            Some("period_end"),
            row.raw("period_end"),
            "",
        );
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
        breach(
            &POINTS_ORDER,
            findings,
            Some("maximum_rate"),
            row.raw("maximum_rate"),
            "",
        );
    }
}

/// Every rule as id, severity, message and fix: those of single columns first.
#[must_use]
pub fn all() -> Vec<(String, Severity, String, String)> {
    let mut rules = Vec::new();
    for table in TABLES.iter() {
        for column in table.columns.iter().filter(|column| !column.derived) {
            let mut add = |fault: &str, message: String| {
                rules.push((
                    format!("{}.{}.{fault}", table.name, column.name),
                    Severity::Error,
                    message,
                    format!("give {}", column.kind.expected()),
                ));
            };
            if column.required {
                add("required", format!("{} is empty", column.name));
            }
            match column.kind {
                Kind::Text | Kind::Key => {}
                Kind::Code | Kind::YesNo => {
                    add(
                        "unknown_code",
                        format!("{} is not a known code", column.name),
                    );
                }
                Kind::Date => {
                    add("unreadable", format!("{} cannot be read", column.name));
                    add("range", format!("{} is before 1900", column.name));
                    if column.past {
                        add(
                            "after_period",
                            format!("{} is after the period", column.name),
                        );
                    }
                }
                Kind::Area => add("unreadable", format!("{} cannot be read", column.name)),
                _ => {
                    add("unreadable", format!("{} cannot be read", column.name));
                    if !column.range_by_rule {
                        let (min, max) = column.limits();
                        add(
                            "range",
                            format!("{} is not between {min} and {max}", column.name),
                        );
                    }
                }
            }
        }
    }
    for rule in RULES {
        rules.push((
            rule.id.replacen("row.", "TABLE.", 1),
            rule.severity,
            rule.message.to_owned(),
            rule.fix.to_owned(),
        ));
    }
    rules
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_has_an_id_of_its_own_and_says_what_to_do() {
        let mut ids = std::collections::BTreeSet::new();
        for (id, _, message, fix) in super::all() {
            assert!(!message.is_empty() && !fix.is_empty(), "{id}");
            assert!(ids.insert(id.clone()), "{id} twice");
        }
    }
}
