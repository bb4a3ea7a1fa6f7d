//! The rules `asc-wds`: what files of that data set need beyond their layout,
//! for answers that hang together.

use std::borrow::Cow;

use std::collections::BTreeMap;

use super::cell::Cell;
use super::findings::RowFindings;
use super::layout::{Binding, CodeRules};
use super::rules::{self, breach};
use crate::model::decimal::{Decimal, SCALE};
use crate::returns::record::Record;

/// A workplace's provider and id by its LOCALESTID without spaces.
pub type Workplaces = BTreeMap<String, (String, String)>;

/// LOCALESTID as the two files are matched: without any white space.
#[must_use]
pub fn reference(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// UNIQUEWORKERID by which a worker is known: in this layout without any white space.
#[must_use]
pub fn worker_reference<'a>(binding: &Binding, text: &'a str) -> Cow<'a, str> {
    let spaced =
        binding.layout.rules == Some(CodeRules::AscWds) && text.contains(char::is_whitespace);
    if spaced {
        reference(text).into()
    } else {
        text.into()
    }
}

fn at<'c, 'a>(
    binding: &Binding,
    cells: &'c mut [Cell<'a>],
    column: &str,
) -> Option<&'c mut Cell<'a>> {
    binding
        .table
        .position(column)
        .map(|position| &mut cells[position])
}

/// Completes the cells of a workplace.
pub fn workplace<'a>(binding: &'a Binding, record: Record<'a>, cells: &mut [Cell<'a>]) {
    if binding.field(record, "SLEEPINS") == "2"
        && let Some(cell) = at(binding, cells, "sleep_in_pay")
    {
        *cell = Cell {
            text: "no_sleep_ins",
            unknown_code: false,
            ..*cell
        };
    }
}

/// Completes the cells of a worker and checks the answers that hang together.
pub fn worker<'a>(
    binding: &'a Binding,
    record: Record<'a>,
    workplaces: &'a Workplaces,
    cells: &mut [Cell<'a>],
    findings: &mut RowFindings<'_>,
) {
    let local = at(binding, cells, "workplace_id").map_or("", |cell| cell.text);
    // A worker of a workplace that is not there keeps its own reference, so
    // that the rule about missing workplaces can say so.
    let own = workplaces.get(&reference(local));
    let target = own.and_then(|_| transfer(binding, record, workplaces, findings));
    let (provider, workplace) = target
        .or(own)
        .map_or((local, local), |(p, w)| (p.as_str(), w.as_str()));
    let renamed = binding.field(record, "CHGUNIQUEWRKID");
    if renamed.chars().count() > 49 {
        breach(
            &rules::ASC_RENAMED,
            findings,
            Some("CHGUNIQUEWRKID"),
            None,
            "",
        );
    } else if let Some(cell) = at(binding, cells, "worker_ref").filter(|_| !renamed.is_empty()) {
        // From now on the worker is known by the new reference.
        (cell.text, cell.raw) = (renamed, renamed);
    }
    if let Some(cell) = at(binding, cells, "workplace_id") {
        cell.text = workplace;
    }
    if let Some(cell) = at(binding, cells, "provider_id") {
        *cell = Cell::constant(provider);
    }
    pay(binding, record, cells, findings);
    hours(binding, record, cells, findings);
}

/// The workplace that a worker is moved to.
fn transfer<'a>(
    binding: &Binding,
    record: Record<'_>,
    workplaces: &'a Workplaces,
    findings: &mut RowFindings<'_>,
) -> Option<&'a (String, String)> {
    const COLUMN: Option<&str> = Some("TRANSFERSTAFFRECORD");
    let wanted = binding.field(record, "TRANSFERSTAFFRECORD");
    if wanted.is_empty() {
        return None;
    }
    if !is_update(binding, record) {
        breach(&rules::ASC_TRANSFER, findings, COLUMN, Some(wanted), "");
        return None;
    }
    let target = workplaces.get(&reference(wanted));
    if target.is_none() {
        let rule = &rules::WORKPLACE_MISSING;
        breach(rule, findings, COLUMN, None, "");
    }
    target
}

fn is_update(binding: &Binding, record: Record<'_>) -> bool {
    let status = binding.field(record, "STATUS").trim();
    status.eq_ignore_ascii_case("UPDATE")
}

/// The workplace and reference under which a worker was known until now, where
/// the row moves the worker or gives another reference.
#[must_use]
pub fn earlier<'a>(
    binding: &Binding,
    record: Record<'a>,
    workplaces: &'a Workplaces,
) -> Option<(&'a (String, String), &'a str)> {
    if binding.layout.rules != Some(CodeRules::AscWds) {
        return None;
    }
    let moved = || {
        let target = binding.field(record, "TRANSFERSTAFFRECORD");
        is_update(binding, record) && workplaces.contains_key(&reference(target))
    };
    if binding.field(record, "CHGUNIQUEWRKID").is_empty() && !moved() {
        return None;
    }
    let own = workplaces.get(&reference(binding.field(record, "LOCALESTID")))?;
    Some((own, binding.field(record, "UNIQUEWORKERID")))
}

fn pay(
    binding: &Binding,
    record: Record<'_>,
    cells: &mut [Cell<'_>],
    findings: &mut RowFindings<'_>,
) {
    let basis = binding.field(record, "SALARYINT");
    let salary = binding.field(record, "SALARY");
    let rate = binding.field(record, "HOURLYRATE");
    let mut use_pay = true;
    for (column, value, needs) in [("SALARY", salary, "1"), ("HOURLYRATE", rate, "3")] {
        if value.is_empty() || basis == needs {
            continue;
        }
        let rule = if basis == "999" {
            &rules::ASC_PAY_IGNORED
        } else {
            &rules::ASC_PAY_PAIR
        };
        breach(rule, findings, Some(column), Some(value), "");
        use_pay = false;
    }
    if !use_pay && let Some(cell) = at(binding, cells, "pay_rate") {
        cell.text = "";
    }
    if rate
        .split_once('.')
        .is_some_and(|(_, places)| places.len() > 2)
    {
        breach(
            &rules::ASC_DECIMALS,
            findings,
            Some("HOURLYRATE"),
            Some(rate),
            "",
        );
    }
    let senior = binding.field(record, "MAINJOBROLE") == "1";
    if !senior && Decimal::parse(salary).is_ok_and(|salary| salary.0 > 200_000 * SCALE) {
        breach(
            &rules::ASC_SALARY_RANGE,
            findings,
            Some("SALARY"),
            Some(salary),
            "",
        );
    }
}

fn hours(
    binding: &Binding,
    record: Record<'_>,
    cells: &mut [Cell<'_>],
    findings: &mut RowFindings<'_>,
) {
    let zero = binding.field(record, "ZEROHRCONT");
    let contracted = binding.field(record, "CONTHOURS");
    let average = binding.field(record, "AVGHOURS");
    let status = binding.field(record, "EMPLSTATUS");
    let above_zero = Decimal::parse(contracted).is_ok_and(|hours| hours.0 > 0);
    let mut drop = |column: &str, binding: &Binding| {
        if let Some(cell) = at(binding, cells, column) {
            cell.text = "";
        }
    };
    match zero {
        "1" | "999" if above_zero => {
            breach(
                &rules::ASC_ZERO_HOURS,
                findings,
                Some("CONTHOURS"),
                Some(contracted),
                "",
            );
        }
        "" if above_zero => {
            breach(
                &rules::ASC_ZERO_UNKNOWN,
                findings,
                Some("ZEROHRCONT"),
                None,
                "ZEROHRCONT is empty",
            );
        }
        "2" if Decimal::parse(contracted) == Ok(Decimal(0)) => {
            breach(
                &rules::ASC_ZERO_UNKNOWN,
                findings,
                Some("CONTHOURS"),
                Some(contracted),
                "no hours, and yet no zero-hours contract; the answer is not used",
            );
            drop("zero_hours", binding);
        }
        _ => {}
    }
    let applies = !matches!(status, "3" | "4" | "7") && zero != "1";
    if !contracted.is_empty() && contracted != "999" {
        if !applies {
            breach(
                &rules::ASC_CONTHOURS,
                findings,
                Some("CONTHOURS"),
                Some(contracted),
                "",
            );
            drop("contracted_hours", binding);
        } else if !plain_hours(contracted) {
            breach(
                &rules::ASC_HOURS,
                findings,
                Some("CONTHOURS"),
                Some(contracted),
                "",
            );
            drop("contracted_hours", binding);
        }
    }
    if !average.is_empty() && average != "999" {
        if matches!(status, "1" | "2") && zero != "1" {
            breach(
                &rules::ASC_AVGHOURS,
                findings,
                Some("AVGHOURS"),
                Some(average),
                "",
            );
            drop("average_hours", binding);
        } else if !plain_hours(average) {
            breach(
                &rules::ASC_HOURS,
                findings,
                Some("AVGHOURS"),
                Some(average),
                "",
            );
            drop("average_hours", binding);
        }
    }
}

/// 0 to 75 in whole or half hours.
fn plain_hours(text: &str) -> bool {
    Decimal::parse(text)
        .is_ok_and(|hours| (0..=75 * SCALE).contains(&hours.0) && (hours.0 * 2) % SCALE == 0)
}
