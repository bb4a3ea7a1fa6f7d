//! What the store held before, as far as the rules against it ask.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::model::date;

/// Rates are held against those of at least so many days before: the shortest
/// year between two collections, with room for a date that moves.
pub const YEAR: i64 = 300;
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
    /// How many worker rows of a return were rejected.
    pub rejected: BTreeMap<String, i64>,
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
            rejected: BTreeMap::new(),
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

    /// The day, in words.
    #[must_use]
    pub fn words(&self) -> String {
        format!("on {}", date::in_words(self.period))
    }

    /// The rows of a provider in the return of this name; under another name
    /// only where the provider has but one return, then as now.
    #[must_use]
    pub fn staff_of(&self, return_id: &str, provider: &str, alone: bool) -> Option<i64> {
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
    #[must_use]
    pub fn year(&self, period: i32) -> Option<&Earlier> {
        let is_year = |earlier: &&Earlier| i64::from(period - date::days(earlier.period)) >= YEAR;
        self.year.as_ref().or(self.last.as_ref()).filter(is_year)
    }
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
