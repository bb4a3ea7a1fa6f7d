//! What tells the rows of a return apart.

use rustc_hash::{FxHashMap, FxHashSet};

use super::rules::Row;
use crate::model::column;

/// The keys that were seen, by their first half: that is the workplace, whose
/// rows mostly follow each other, so what is looked up is close at hand.
#[derive(Default)]
pub struct Seen {
    keys: FxHashMap<u32, FxHashSet<u128>>,
}

impl Seen {
    /// Notes a key; says whether it is new.
    pub fn insert(&mut self, key: u128) -> bool {
        let workplace = u32::try_from(key >> 96).unwrap_or(0);
        self.keys.entry(workplace).or_default().insert(key)
    }
}

/// The key of a worker in a workplace.
#[must_use]
pub fn worker_key(workplace: u32, worker: [u8; 16]) -> u128 {
    (u128::from(workplace) << 96) | (u128::from_le_bytes(worker) >> 32)
}

/// The key of a row within the call: its workplace, and what tells it from
/// the workplace's other rows.
#[must_use]
pub fn row_key(row: &Row<'_, '_>, workplace: u32, job: Option<[u8; 16]>) -> Option<u128> {
    match (job, row.table.name.as_str()) {
        (Some(worker), "pay_periods") => {
            let start = row.get(&column::PERIOD_START).date()?;
            let day = u128::from(start.cast_unsigned());
            Some((u128::from(workplace) << 96) | (day << 64) | (u128::from_le_bytes(worker) >> 64))
        }
        (Some(worker), _) => Some(worker_key(workplace, worker)),
        // Without a reference nobody can tell whether it is the same worker.
        (None, "workers" | "pay_periods") => None,
        (None, _) => {
            let role = row.get(&column::ROLE).place()?;
            Some((u128::from(workplace) << 96) | u128::from(role))
        }
    }
}
