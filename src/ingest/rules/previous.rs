//! The rules against what the store held before: the return that this one
//! replaces, the period before, and the period of about a year before. They
//! ask for confirmation; nothing is rejected by them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{PROVIDER_GONE, RATE_TRIPLED, RATES_UNCHANGED, Row, Rule, STAFF_CHANGED, breach};
use crate::ingest::file::{File, of_file};
use crate::ingest::intake::{Held, Intake, Judged, Workplace};
use crate::ingest::row::RowFindings;
use crate::ingest::tally::Tally;
use crate::model::decimal::Decimal;
use crate::model::finding::Finding;
use crate::model::{column, date};

/// Rates are held against those of at least so many days before: the shortest
/// year between two collections, with room for a date that moves.
pub const YEAR: i64 = 300;
/// Fewer workers than these are too few to say that no rate has changed.
const RATES: i64 = 5;
/// In providers with fewer staff than this, before and now, numbers halve and
/// double by themselves.
const STAFF: i64 = 10;

/// What the store holds from before.
#[derive(Debug, Default)]
pub struct Before {
    /// The returns that are replaced.
    pub replaced: Option<Earlier>,
    /// The newest edition of the nearest earlier period.
    pub last: Option<Earlier>,
    /// The newest edition of the nearest period at least [`YEAR`] days before,
    /// where that is not `last`.
    pub year: Option<Earlier>,
}

/// The workers of an edition, as far as they are compared: 24 bytes each.
#[derive(Debug)]
pub struct Earlier {
    /// Its reference date.
    pub period: NaiveDate,
    /// The providers of each return.
    pub providers: BTreeMap<String, BTreeSet<String>>,
    /// Worker rows by provider and return.
    staff: BTreeMap<String, BTreeMap<String, i64>>,
    /// The halves of the worker's key, and the hourly rate in ten-thousandths:
    /// 0 where it is not known, or the worker has several jobs.
    rates: Vec<(u64, u64, u32)>,
    /// Where the keys of each first half's top bits begin.
    starts: Vec<u32>,
}

/// The top bits of a key that tell its bucket: keys are as good as random, so
/// a bucket of two million workers has thirty.
const BUCKETS: u32 = 16;

fn bucket(high: u64) -> usize {
    usize::try_from(high >> (u64::BITS - BUCKETS)).unwrap_or(0)
}

fn halves(key: [u8; 16]) -> (u64, u64) {
    let all = u128::from_be_bytes(key);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let halves = ((all >> 64) as u64, all as u64);
    halves
}

impl Earlier {
    /// An edition without workers yet.
    #[must_use]
    pub fn new(period: NaiveDate, providers: BTreeMap<String, BTreeSet<String>>) -> Earlier {
        Earlier {
            period,
            providers,
            staff: BTreeMap::new(),
            rates: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// Counts worker rows of a provider in a return.
    pub fn count(&mut self, return_id: &str, provider: &str, rows: i64) {
        let returns = self.staff.entry(provider.to_owned()).or_default();
        *returns.entry(return_id.to_owned()).or_default() += rows;
    }

    /// Adds a worker by key, in hexadecimal, and hourly rate.
    pub fn add(&mut self, key: &str, hourly: Option<i64>) {
        let half = |digits: Option<&str>| u64::from_str_radix(digits?, 16).ok();
        if let (Some(high), Some(low)) = (half(key.get(..16)), half(key.get(16..))) {
            let rate = hourly.and_then(|rate| u32::try_from(rate).ok());
            self.rates.push((high, low, rate.unwrap_or(0)));
        }
    }

    /// Makes the workers findable: no more are added.
    pub fn seal(&mut self) {
        self.rates.sort_unstable();
        // Of a worker with several jobs nobody can tell which is which.
        self.rates.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 = 0;
            }
            same
        });
        self.rates.shrink_to_fit();
        let mut starts = vec![0; (1 << BUCKETS) + 1];
        for (high, ..) in &self.rates {
            starts[bucket(*high) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        self.starts = starts;
    }

    /// The rate of a worker, where it is known.
    #[must_use]
    pub fn rate(&self, key: [u8; 16]) -> Option<i64> {
        let (high, low) = halves(key);
        let start = |at: usize| Some(*self.starts.get(at)? as usize);
        let range = start(bucket(high))?..start(bucket(high) + 1)?;
        let own = self.rates.get(range)?;
        let found = own.binary_search_by_key(&(high, low), |(high, low, _)| (*high, *low));
        let rate = own[found.ok()?].2;
        (rate > 0).then(|| i64::from(rate))
    }

    fn words(&self) -> String {
        format!("on {}", date::in_words(self.period))
    }

    /// The rows of a provider in the return of this name; under another name
    /// only where the provider has but one return, then as now.
    fn staff_of(&self, return_id: &str, provider: &str, alone: bool) -> Option<i64> {
        let returns = self.staff.get(provider)?;
        let only = || {
            returns
                .values()
                .next()
                .filter(|_| alone && returns.len() == 1)
        };
        returns.get(return_id).or_else(only).copied()
    }
}

impl Before {
    /// The edition of about a year before.
    fn year(&self, period: i32) -> Option<&Earlier> {
        let is_year = |earlier: &&Earlier| i64::from(period - date::days(earlier.period)) >= YEAR;
        self.year.as_ref().or(self.last.as_ref()).filter(is_year)
    }
}

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
            if now * 2 <= then || now >= then * 2 {
                let detail = format!("{provider} has {now} now, and had {then} {when}");
                told(&STAFF_CHANGED, "provider_id", &detail);
            }
        }
        if let Some(year) = before.year(intake.period)
            && sum.known_before >= RATES
            && sum.same_rate == sum.known_before
        {
            let (count, when) = (sum.known_before, year.words());
            let detail = format!("{provider}: {count} workers, all paid as {when}");
            told(&RATES_UNCHANGED, "pay_rate", &detail);
        }
    }
}

#[derive(Default)]
struct Sum {
    staff: i64,
    known_before: i64,
    same_rate: i64,
}

/// The sums of each provider. Who is being transferred counts where the
/// transfer began: it makes nobody join or leave.
fn providers(entry: &Judged) -> BTreeMap<&str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for ((provider, _), workplace) in &entry.workplaces {
        let sum = sums.entry(provider).or_default();
        if let Some(staff) = entry.tally.staff.get(&workplace.number) {
            sum.staff += staff.rows - staff.came + staff.went;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_found_by_key_and_several_jobs_are_nobodys_rate() {
        let mut earlier = Earlier::new(NaiveDate::default(), BTreeMap::new());
        let key = |number: u128| (number * 0x1234_5678_9abc_def1_0fed_cba9_8765_4321).to_be_bytes();
        let hex = |key: [u8; 16]| format!("{:032x}", u128::from_be_bytes(key));
        for number in 1..=9_u8 {
            earlier.add(&hex(key(number.into())), Some(i64::from(number)));
        }
        earlier.add(&hex(key(3)), Some(120_000));
        earlier.add(&hex(key(10)), None);
        earlier.seal();
        assert_eq!(earlier.rate(key(9)), Some(9));
        assert_eq!(earlier.rate(key(1)), Some(1));
        for unknown in [3, 10, 11, 0] {
            assert_eq!(earlier.rate(key(unknown)), None);
        }
    }
}
