//! The rules across rows and tables of one return, held against what its rows
//! add up to. Where a row is meant the finding is the row's; otherwise there
//! is one for each workplace, with counts.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    APPRENTICESHIP_MISSING, FLOWS_NO_WORKERS, FULL_TIME_SALARY, LEAVERS_MOVED, LEAVERS_STAFF,
    POINTS_ABOVE, POINTS_BELOW, Row, Rule, STARTERS_MOVED, TOTAL_STAFF, VACANCIES_STAFF, breach,
};
use crate::ingest::file::{Kind, of_file};
use crate::ingest::findings::{RowFindings, in_its_words};
use crate::ingest::intake::{Judged, Workplace};
use crate::ingest::tally::Staff;
use crate::ingest::value::Value;
use crate::model::column::{self, Named};
use crate::model::decimal::{Decimal, SCALE};
use crate::model::finding::Finding;

/// A full-time week where the workplace gives none, as in `contract_types`.
const FULL_TIME: i64 = 35 * SCALE;

fn has_workers(entry: &Judged) -> bool {
    let mut files = entry.files.iter();
    files.any(|file| file.rows_of("workers").is_some())
}

/// Staff in post in a role of which there is no worker. A role that all have
/// left, or that is vacant, is none.
pub fn flows(
    row: &Row<'_, '_>,
    entry: &Judged,
    workplace: &Workplace,
    findings: &mut RowFindings<'_>,
) {
    let Value::Code(role, place) = row.get(&column::ROLE) else {
        return;
    };
    let count = |column: &Named| row.get(column).number();
    let reckoned =
        || Some(count(&column::OPENING)? + count(&column::STARTERS)? - count(&column::LEAVERS)?);
    let in_post = count(&column::CLOSING).or_else(reckoned).unwrap_or(0);
    let staff = entry.tally.staff.get(&workplace.number);
    let known = staff.is_some_and(|staff: &Staff| staff.any_of(place));
    if in_post > 0 && !known && has_workers(entry) {
        let detail = format!("{in_post} in post as {role}");
        let column = Some(row.name(&column::ROLE));
        breach(
            &FLOWS_NO_WORKERS,
            findings,
            column,
            row.raw(&column::ROLE),
            &detail,
        );
    }
}

/// Workers paid outside the rates that their employer gives, to the penny.
pub fn pay_points(
    row: &Row<'_, '_>,
    entry: &Judged,
    workplace: &Workplace,
    findings: &mut RowFindings<'_>,
) {
    let role = row.get(&column::ROLE).place();
    let rates = role.and_then(|role| entry.tally.rates.get(&(workplace.number, role)));
    let Some(rates) = rates else { return };
    let limits = row.get(&column::MINIMUM_RATE).number();
    let limits = limits.zip(row.get(&column::MAXIMUM_RATE).number());
    // Rates the wrong way round are told already.
    if limits.is_some_and(|(minimum, maximum)| maximum < minimum) {
        return;
    }
    let mut told = |rule: &Rule, column: &Named, outside: &dyn Fn(i64, i64) -> bool| {
        let Some(limit) = row.get(column).number() else {
            return;
        };
        let apart = rates
            .iter()
            .filter(|(rate, _)| outside(**rate, pence(limit)));
        let workers: i64 = apart.map(|(_, workers)| workers).sum();
        if workers > 0 {
            let detail = people(workers);
            breach(
                rule,
                findings,
                Some(row.name(column)),
                row.raw(column),
                &detail,
            );
        }
    };
    told(&POINTS_BELOW, &column::MINIMUM_RATE, &|rate, limit| {
        rate < limit
    });
    told(&POINTS_ABOVE, &column::MAXIMUM_RATE, &|rate, limit| {
        rate > limit
    });
}

/// Ten-thousandths of a pound as pence, half away from zero.
#[must_use]
pub fn pence(rate: i64) -> i64 {
    (rate + 50) / 100
}

fn people(count: i64) -> String {
    format!("{count} worker{}", if count == 1 { "" } else { "s" })
}

/// The findings of a return whose rows have all been read.
#[must_use]
pub fn of_return(entry: &Judged) -> Vec<Finding> {
    if !entry.accepted {
        return Vec::new();
    }
    let mut findings = full_time_salaries(entry);
    for (file, apprentices) in &entry.tally.apprentices {
        let file = &entry.files[*file];
        let column = Some("apprenticeship_start");
        let detail = people(*apprentices);
        findings.push(file.placed(of_file(
            &entry.id,
            &file.source.name,
            &APPRENTICESHIP_MISSING,
            column,
            &detail,
        )));
    }
    for ((_, place), workplace) in &entry.workplaces {
        if has_workers(entry) {
            findings.extend(total_staff(entry, place, workplace));
        }
        turnover(entry, place, workplace, &mut findings);
    }
    findings
}

/// The name that a column of a table has in a file of the return.
fn column(entry: &Judged, file: usize, table: &str, column: &str) -> String {
    let binding = entry.files[file].rows_of(table);
    let bound = binding.and_then(|binding| {
        let position = binding.table.position(column)?;
        binding.columns[position].first()
    });
    bound.map_or_else(|| column.to_owned(), |bound| bound.name.clone())
}

fn at(
    entry: &Judged,
    (file, row): (usize, u64),
    column: String,
    rule: &Rule,
    value: Option<String>,
    detail: &str,
) -> Finding {
    let file = &entry.files[file];
    let fix = match &file.kind {
        Kind::Rows(binding) => in_its_words(binding, rule.fix),
        _ => rule.fix.into(),
    };
    file.placed(Finding {
        row: Some(row),
        column: Some(column),
        value,
        fix,
        ..of_file(&entry.id, &file.source.name, rule, None, detail)
    })
}

/// Part-timers with the salary of a full-timer: one whose hours are at most
/// four fifths of the full-time week, beside one of at least that week, in the
/// same role and workplace, on the very same pounds a year.
fn full_time_salaries(entry: &Judged) -> Vec<Finding> {
    let places = entry.workplaces.values();
    let weeks: FxHashMap<u32, i64> = places
        .filter_map(|place| Some((place.number, place.full_time_hours?)))
        .collect();
    let week = |workplace: u32| weeks.get(&workplace).copied().unwrap_or(FULL_TIME);
    let salaries = &entry.tally.salaries;
    let full_time: FxHashSet<(u32, u8, i64)> = salaries
        .iter()
        .filter(|salary| salary.hours >= week(salary.workplace))
        .map(|salary| (salary.workplace, salary.role, salary.pay))
        .collect();
    let part_time = salaries.iter().filter(|salary| {
        salary.hours * 5 <= week(salary.workplace) * 4
            && full_time.contains(&(salary.workplace, salary.role, salary.pay))
    });
    part_time
        .map(|salary| {
            let file = salary.file as usize;
            let detail = format!(
                "{} pounds for {} hours a week, and for full-time hours",
                Decimal(salary.pay).short(),
                Decimal(salary.hours).short()
            );
            at(
                entry,
                (file, salary.row),
                column(entry, file, "workers", "pay_rate"),
                &FULL_TIME_SALARY,
                Some(Decimal(salary.pay).short()),
                &detail,
            )
        })
        .collect()
}

/// Whether `total_staff` is the number of worker rows, before or after those
/// who are being transferred.
fn total_staff(entry: &Judged, place: &str, workplace: &Workplace) -> Option<Finding> {
    let staff = entry.tally.staff.get(&workplace.number);
    let staff = staff.copied().unwrap_or_default();
    let (rows, moved) = (staff.rows, staff.came - staff.went);
    let total = workplace.total_staff?;
    if total == rows || total == rows - moved {
        return None;
    }
    Some(at(
        entry,
        (workplace.file, workplace.row),
        column(entry, workplace.file, "workplaces", "total_staff"),
        &TOTAL_STAFF,
        Some(total.to_string()),
        &format!("workplace {place} has {total} staff and {rows} rows"),
    ))
}

/// Joiners, leavers and vacancies of a workplace against its staff, and against
/// those who only moved inside the provider.
fn turnover(entry: &Judged, place: &str, workplace: &Workplace, findings: &mut Vec<Finding>) {
    let Some(sums) = entry.tally.turnover.get(&workplace.number) else {
        return;
    };
    let staff = entry.tally.staff.get(&workplace.number);
    let staff = staff.copied().unwrap_or_default();
    let total = workplace
        .total_staff
        .or_else(|| has_workers(entry).then_some(staff.rows));
    let listed = workplace.lists.is_some();
    let mut told = |rule: &Rule, name: &str, count: i64, detail: &str| {
        let column = if listed {
            name.to_uppercase()
        } else {
            column(entry, sums.file, "flows", name)
        };
        let detail = format!("workplace {place}: {count} {name}, {detail}");
        let first = (sums.file, sums.row);
        findings.push(at(entry, first, column, rule, None, &detail));
    };
    let rules: [(&Rule, &str, i64); 2] = [
        (&LEAVERS_STAFF, "leavers", sums.leavers),
        (&VACANCIES_STAFF, "vacancies", sums.vacancies),
    ];
    for (rule, name, count) in rules {
        if let Some(total) = total.filter(|total| count > 0 && count >= *total) {
            told(rule, name, count, &format!("{total} staff"));
        }
    }
    // Counts that are the same as the transfers: then they may be the transfers.
    if staff.went_inside > 0 && sums.leavers == staff.went_inside {
        let detail = format!("{} transferred", people(staff.went_inside));
        told(&LEAVERS_MOVED, "leavers", sums.leavers, &detail);
    }
    if staff.came_inside > 0 && sums.starters == staff.came_inside {
        let detail = format!("{} transferred", people(staff.came_inside));
        told(&STARTERS_MOVED, "starters", sums.starters, &detail);
    }
}
