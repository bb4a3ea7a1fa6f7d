//! The rules against what the store held before: the return that this one
//! replaces, the period before, and the period of about a year before. They
//! ask for confirmation; nothing is rejected by them.

use std::collections::{BTreeMap, BTreeSet};

use super::{PROVIDER_GONE, RATE_TRIPLED, RATES_UNCHANGED, Row, Rule, STAFF_CHANGED, breach};
use crate::ingest::before::Earlier;
use crate::ingest::file::{File, of_file};
use crate::ingest::findings::RowFindings;
use crate::ingest::intake::{Held, Intake, Judged, Workplace};
use crate::ingest::tally::Tally;
use crate::model::decimal::Decimal;
use crate::model::finding::Finding;
use crate::model::{column, date};

/// Fewer workers than these are too few to say that no rate has changed.
const RATES: i64 = 5;
/// In providers with fewer staff than this, before and now, numbers halve and
/// double by themselves.
const STAFF: i64 = 10;

/// Holds a worker against the same worker before, and counts for the provider.
pub fn worker(
    intake: &Intake,
    row: &Row<'_, '_>,
    key: [u8; 16],
    workplace: &Workplace,
    findings: &mut RowFindings<'_>,
    tally: &mut Tally,
) {
    let before = &intake.before;
    let Some(now) = row.get(&column::HOURLY).number() else {
        return;
    };
    if let Some(then) = before.year(intake.period).and_then(|year| year.rate(key))
        && !workplace.award_pending
    {
        let staff = tally.at(workplace.number);
        staff.known_before += 1;
        staff.same_rate += i64::from(then == now);
    }
    // What a correction is held against is the period before, not the fault.
    let known = |earlier: Option<&Earlier>| Some((earlier?.rate(key)?, earlier?.words()));
    let then = known(before.last.as_ref()).or_else(|| known(before.replaced.as_ref()));
    if let Some((then, when)) = then
        && (now >= then * 3 || now * 3 <= then)
    {
        let pounds = |rate: i64| Decimal(rate).to_string();
        let detail = format!("{} an hour now, {} {when}", pounds(now), pounds(then));
        let column = Some(row.name(&column::PAY_RATE));
        breach(
            &RATE_TRIPLED,
            findings,
            column,
            row.raw(&column::PAY_RATE),
            &detail,
        );
    }
}

/// The findings of returns whose rows have all been read.
#[must_use]
pub fn of_returns(intake: &Intake, held: &Held) -> Vec<Finding> {
    let here = here(intake, held);
    let mut findings = Vec::new();
    for entry in intake.returns.iter().filter(|entry| entry.accepted) {
        findings.extend(gone(intake, entry, held, &here));
        let mut files = entry.files.iter();
        if let Some(file) = files.find(|file| file.rows_of("workers").is_some()) {
            staff_and_rates(intake, entry, file, &here, &mut findings);
        }
    }
    findings
}

/// The providers that have a workplace now, and in how many returns.
fn here<'a>(intake: &'a Intake, held: &'a Held) -> BTreeMap<&'a str, usize> {
    let accepted = intake.returns.iter().filter(|entry| entry.accepted);
    let replaced: BTreeSet<&str> = accepted.clone().map(|entry| entry.id.as_str()).collect();
    let mut here = BTreeMap::new();
    let mut add = |providers: BTreeSet<&'a str>| {
        for provider in providers {
            *here.entry(provider).or_default() += 1;
        }
    };
    for entry in accepted {
        add(entry
            .workplaces
            .keys()
            .map(|(provider, _)| provider.as_str())
            .collect());
    }
    for (id, providers) in &held.providers {
        if !replaced.contains(id.as_str()) {
            add(providers.iter().map(String::as_str).collect());
        }
    }
    here
}

fn staff_and_rates(
    intake: &Intake,
    entry: &Judged,
    file: &File,
    here: &BTreeMap<&str, usize>,
    findings: &mut Vec<Finding>,
) {
    let before = &intake.before;
    let mut told = |rule: &Rule, column: &str, detail: &str| {
        let named = file.rows_of("workers").and_then(|binding| {
            let bound = binding.columns[binding.table.position(column)?].first()?;
            Some(bound.name.clone())
        });
        findings.push(file.placed(Finding {
            column: named,
            ..of_file(&entry.id, &file.source.name, rule, None, detail)
        }));
    };
    for (provider, sum) in providers(entry) {
        let alone = here.get(provider) == Some(&1);
        // The figures of a provider with several returns are those of this one.
        let of_whom = if alone {
            provider.to_owned()
        } else {
            format!("{provider} in this return")
        };
        let replaced = before.replaced.as_ref().map(|earlier| {
            let when = "in the return that this one replaces".to_owned();
            (earlier, when)
        });
        let last = before
            .last
            .as_ref()
            .map(|earlier| (earlier, earlier.words()));
        for (earlier, when) in [replaced, last].into_iter().flatten() {
            let now = sum.staff;
            let then = earlier.staff_of(&entry.id, provider, alone);
            let Some(then) = then.filter(|then| now.max(*then) >= STAFF) else {
                continue;
            };
            // Rows that were rejected then and are mended now make nobody join.
            let rejected = earlier.rejected.get(&entry.id).copied().unwrap_or(0);
            if now * 2 <= then || now >= (then + rejected) * 2 {
                let rejected = match sum.rejected {
                    0 => ",".to_owned(),
                    rows => format!(", with {rows} more rejected,"),
                };
                let detail = format!("{of_whom} has {now} now{rejected} and had {then} {when}");
                told(&STAFF_CHANGED, "provider_id", &detail);
            }
        }
        if let Some(year) = before.year(intake.period)
            && sum.known_before >= RATES
            && sum.same_rate == sum.known_before
        {
            let (count, when) = (sum.known_before, year.words());
            let detail = format!("{of_whom}: {count} workers, all paid as {when}");
            told(&RATES_UNCHANGED, "pay_rate", &detail);
        }
    }
}

#[derive(Default)]
struct Sum {
    /// Rows that the store is to have.
    staff: i64,
    rejected: i64,
    known_before: i64,
    same_rate: i64,
}

/// The sums of each provider. Who moves within it is of its staff before and after.
fn providers(entry: &Judged) -> BTreeMap<&str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for ((provider, _), workplace) in &entry.workplaces {
        let sum = sums.entry(provider).or_default();
        if let Some(staff) = entry.tally.staff.get(&workplace.number) {
            sum.staff += staff.good;
            sum.rejected += staff.rows - staff.good;
            sum.known_before += staff.known_before;
            sum.same_rate += staff.same_rate;
        }
    }
    sums
}

/// Providers of the earlier returns of this name that no return has now.
fn gone(
    intake: &Intake,
    entry: &Judged,
    held: &Held,
    here: &BTreeMap<&str, usize>,
) -> Vec<Finding> {
    let last = intake.before.last.as_ref();
    let replaced = held.providers.get(&entry.id);
    let earlier = [
        replaced.map(|had| ("the return that this one replaces".to_owned(), had)),
        last.and_then(|last| {
            let when = date::in_words(last.period);
            Some((
                format!("the return of {when}"),
                last.providers.get(&entry.id)?,
            ))
        }),
    ];
    let mut findings = Vec::new();
    for (what, had) in earlier.into_iter().flatten() {
        let gone = had
            .iter()
            .filter(|provider| !here.contains_key(provider.as_str()));
        let gone = gone.map(String::as_str).collect::<Vec<_>>().join(", ");
        if !gone.is_empty() {
            let detail = format!("{what} had {gone}");
            findings.push(of_file(&entry.id, "", &PROVIDER_GONE, None, &detail));
        }
    }
    findings
}
