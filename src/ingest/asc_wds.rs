//! What the layout `asc-wds` needs beyond its table of columns: answers that
//! hang together, and the parallel lists that become flows.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Binding;
use super::row::{Cell, RowFindings};
use super::rules::{self, breach};
use crate::model::decimal::{Decimal, SCALE};
use crate::returns::record::Record;

/// The area of every workplace of this layout: England.
const AREA: &str = "E92000001";

/// A workplace's provider and id by its LOCALESTID without spaces.
pub type Workplaces = BTreeMap<String, (String, String)>;

/// LOCALESTID as the two files are matched: without any white space.
#[must_use]
pub fn reference(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn field<'a>(binding: &Binding, record: Record<'a>, name: &str) -> &'a str {
    binding
        .header
        .iter()
        .position(|column| column == name)
        .and_then(|at| record.get(at))
        .unwrap_or("")
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
    let own = at(binding, cells, "workplace_id").map(|cell| *cell);
    if let (Some(own), Some(cell)) = (own, at(binding, cells, "provider_id"))
        && cell.text.is_empty()
    {
        *cell = own;
    }
    if let Some(cell) = at(binding, cells, "area_code") {
        *cell = Cell {
            text: AREA,
            raw: AREA,
            ..Cell::NONE
        };
    }
    if field(binding, record, "SLEEPINS") == "2"
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
    let renamed = field(binding, record, "CHGUNIQUEWRKID");
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
        *cell = Cell {
            text: provider,
            raw: provider,
            ..Cell::NONE
        };
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
    let wanted = field(binding, record, "TRANSFERSTAFFRECORD");
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
        let detail = if findings.slipped { "" } else { wanted };
        breach(rule, findings, COLUMN, Some(wanted), detail);
    }
    target
}

fn is_update(binding: &Binding, record: Record<'_>) -> bool {
    let status = binding.status.and_then(|at| record.get(at));
    status.is_some_and(|status| status.trim().eq_ignore_ascii_case("UPDATE"))
}

/// The workplace and reference under which a worker was known until now, where
/// the row moves the worker or gives another reference.
#[must_use]
pub fn earlier<'a>(
    binding: &Binding,
    record: Record<'a>,
    workplaces: &'a Workplaces,
) -> Option<(&'a (String, String), &'a str)> {
    if !binding.strict {
        return None;
    }
    let moved = || {
        let target = field(binding, record, "TRANSFERSTAFFRECORD");
        is_update(binding, record) && workplaces.contains_key(&reference(target))
    };
    if field(binding, record, "CHGUNIQUEWRKID").is_empty() && !moved() {
        return None;
    }
    let own = workplaces.get(&reference(field(binding, record, "LOCALESTID")))?;
    Some((own, field(binding, record, "UNIQUEWORKERID")))
}

fn pay(
    binding: &Binding,
    record: Record<'_>,
    cells: &mut [Cell<'_>],
    findings: &mut RowFindings<'_>,
) {
    let basis = field(binding, record, "SALARYINT");
    let salary = field(binding, record, "SALARY");
    let rate = field(binding, record, "HOURLYRATE");
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
    let senior = field(binding, record, "MAINJOBROLE") == "1";
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
    let zero = field(binding, record, "ZEROHRCONT");
    let contracted = field(binding, record, "CONTHOURS");
    let average = field(binding, record, "AVGHOURS");
    let status = field(binding, record, "EMPLSTATUS");
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
        "2" if !contracted.is_empty() && !above_zero => {
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

/// Starters, leavers and vacancies of one role; `None` is not known.
pub type Counts = [Option<i64>; 3];

/// The lists of one workplace: counts by role, and which lists were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// Counts by role, roles that fall together summed.
    pub roles: BTreeMap<String, Counts>,
    /// Whether the list was answered: not blank, not 999.
    pub answered: [bool; 3],
}

const LISTS: [&str; 3] = ["STARTERS", "LEAVERS", "VACANCIES"];

/// Reads the parallel lists of a workplace.
pub fn lists(binding: &Binding, record: Record<'_>, findings: &mut RowFindings<'_>) -> Lists {
    let role_of = |code: &str| {
        let list = |name: &str| {
            binding
                .layout
                .lists
                .get(name)
                .and_then(|codes| codes.get(code))
        };
        list("roles").or_else(|| list("retired_roles").filter(|_| binding.older))
    };
    let listed = field(binding, record, "ALLJOBROLES").trim();
    let mut result = Lists::default();
    let mut roles = Vec::new();
    for code in listed
        .split(';')
        .map(str::trim)
        .filter(|_| !listed.is_empty())
    {
        match role_of(code) {
            Some(role) => roles.push(role.clone()),
            None => breach(
                &rules::ASC_ROLES,
                findings,
                Some("ALLJOBROLES"),
                Some(code),
                "",
            ),
        }
    }
    for role in &roles {
        result.roles.insert(role.clone(), [Some(0); 3]);
    }
    for (which, column) in LISTS.into_iter().enumerate() {
        let text = field(binding, record, column).trim();
        let unknown = text.is_empty() || text == "999";
        result.answered[which] = !unknown;
        let mut counts = Vec::new();
        for part in text.split(';').map(str::trim).filter(|_| !unknown) {
            match part.parse::<i64>() {
                Ok(999) => counts.push(None),
                Ok(count) if (0..999).contains(&count) && part.len() <= 3 => {
                    counts.push(Some(count));
                }
                _ => {
                    breach(&rules::ASC_COUNTS, findings, Some(column), Some(part), "");
                    counts.push(None);
                }
            }
        }
        let nothing = listed.is_empty() && counts.iter().all(|count| *count == Some(0));
        if !unknown && !nothing && counts.len() != roles.len() {
            let detail = format!("{column} has {} of {} counts", counts.len(), roles.len());
            breach(
                &rules::ASC_LISTS,
                findings,
                Some(column),
                Some(text),
                &detail,
            );
        }
        for (position, role) in roles.iter().enumerate() {
            let count = if unknown {
                None
            } else {
                counts.get(position).copied().flatten()
            };
            if let Some(sums) = result.roles.get_mut(role) {
                // A sum with an unknown part is not known.
                sums[which] = sums[which].zip(count).map(|(sum, count)| sum + count);
            }
        }
    }
    result
}

impl Lists {
    /// Adds the roles that have permanent or temporary staff and are not
    /// listed: none joined or left, where the list was answered at all.
    pub fn complete(&mut self, staffed: &BTreeSet<String>) {
        for role in staffed {
            let none = self.answered.map(|answered| answered.then_some(0));
            self.roles.entry(role.clone()).or_insert(none);
        }
    }
}
