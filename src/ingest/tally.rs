//! What the rows of a return add up to: for the rules across rows and tables,
//! and for what is derived from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::model::schema::CODES;

/// The roles in the order of their list: the place of one is its number.
static ROLES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let codes = CODES.get("role").into_iter().flatten();
    codes.map(|(role, _)| role.as_str()).collect()
});

/// The roles whose numbers are in a set.
fn names(set: u64) -> BTreeSet<String> {
    let numbered = ROLES.iter().zip(0..u64::BITS);
    numbered
        .filter(|(_, number)| set >> number & 1 == 1)
        .map(|(role, _)| (*role).to_owned())
        .collect()
}

/// The worker rows of one workplace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Staff {
    /// Rows, accepted or not.
    pub rows: i64,
    /// Of them, those without an error of their own.
    pub good: i64,
    /// Of them, workers transferred here from another workplace.
    pub came: i64,
    /// Workers transferred to another workplace: no rows of this one.
    pub went: i64,
    /// Of those who came, from a workplace of the same provider.
    pub came_inside: i64,
    /// Of those who went, to a workplace of the same provider.
    pub went_inside: i64,
    /// Roles of its rows, accepted or not, as a set of numbers.
    roles: u64,
    /// Roles with permanent or temporary staff, as a set of numbers.
    staffed: u64,
    /// Workers whose rate is known now and was about a year ago, no award pending.
    pub known_before: i64,
    /// Of them, those whose rate is the same.
    pub same_rate: i64,
}

impl Staff {
    /// Notes a row's role.
    pub fn has_role(&mut self, role: u8) {
        self.roles |= 1_u64.checked_shl(role.into()).unwrap_or(0);
    }

    /// Notes that the role has permanent or temporary staff.
    pub fn has_staff(&mut self, role: u8) {
        self.staffed |= 1_u64.checked_shl(role.into()).unwrap_or(0);
    }

    /// Whether a row has the role.
    #[must_use]
    pub fn any_of(&self, role: u8) -> bool {
        self.roles & 1_u64.checked_shl(role.into()).unwrap_or(0) != 0
    }

    /// The roles with permanent or temporary staff.
    #[must_use]
    pub fn staffed(&self) -> BTreeSet<String> {
        names(self.staffed)
    }

    fn add(&mut self, other: &Staff) {
        self.rows += other.rows;
        self.good += other.good;
        self.came += other.came;
        self.went += other.went;
        self.came_inside += other.came_inside;
        self.went_inside += other.went_inside;
        self.roles |= other.roles;
        self.staffed |= other.staffed;
        self.known_before += other.known_before;
        self.same_rate += other.same_rate;
    }
}

/// A worker on annual pay, to be held against the others of the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salary {
    /// The number of the workplace.
    pub workplace: u32,
    /// The number of the role.
    pub role: u8,
    /// The file, by its place in the return.
    pub file: u32,
    /// The row.
    pub row: u64,
    /// Pounds a year, in ten-thousandths.
    pub pay: i64,
    /// Contracted hours a week, in ten-thousandths.
    pub hours: i64,
}

/// The joiners and leavers of one workplace over all roles, as far as known.
#[derive(Clone, Copy, Debug)]
pub struct Turnover {
    /// The file of the first row, by its place in the return.
    pub file: usize,
    /// The first row.
    pub row: u64,
    /// Sums of the known counts.
    pub starters: i64,
    /// Sums of the known counts.
    pub leavers: i64,
    /// Sums of the known counts.
    pub vacancies: i64,
}

/// What the rows of one table add up to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Worker rows by workplace number.
    pub staff: FxHashMap<u32, Staff>,
    /// Workers on annual pay with hours, in the order of rows.
    pub salaries: Vec<Salary>,
    /// Workers by workplace, role and hourly pay in pence, without agency workers
    /// and apprentices: filled where the return has pay points.
    pub rates: BTreeMap<(u32, u8), BTreeMap<i64, i64>>,
    /// Apprentices of whom their file, by its place in the return, cannot say
    /// when they began.
    pub apprentices: BTreeMap<usize, i64>,
    /// Joiners and leavers by workplace number.
    pub turnover: FxHashMap<u32, Turnover>,
}

impl Tally {
    /// The worker rows of a workplace.
    pub fn at(&mut self, workplace: u32) -> &mut Staff {
        self.staff.entry(workplace).or_default()
    }

    /// Adds the counts of a row of flows.
    pub fn flow(&mut self, workplace: u32, first: (usize, u64), counts: [Option<i64>; 3]) {
        let [starters, leavers, vacancies] = counts.map(Option::unwrap_or_default);
        let sums = self.turnover.entry(workplace).or_insert(Turnover {
            file: first.0,
            row: first.1,
            starters: 0,
            leavers: 0,
            vacancies: 0,
        });
        sums.starters += starters;
        sums.leavers += leavers;
        sums.vacancies += vacancies;
    }

    /// Adds what the rows after these add up to.
    pub fn append(&mut self, later: Tally) {
        for (workplace, staff) in &later.staff {
            self.at(*workplace).add(staff);
        }
        self.salaries.extend(later.salaries);
        for (role, rates) in later.rates {
            let own = self.rates.entry(role).or_default();
            for (pence, workers) in rates {
                *own.entry(pence).or_default() += workers;
            }
        }
        for (file, apprentices) in later.apprentices {
            *self.apprentices.entry(file).or_default() += apprentices;
        }
        for (workplace, sums) in later.turnover {
            let counts = [sums.starters, sums.leavers, sums.vacancies].map(Some);
            self.flow(workplace, (sums.file, sums.row), counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_number_that_a_set_can_hold() {
        assert!(ROLES.len() <= 64);
        let mut staff = Staff::default();
        (0..)
            .take(ROLES.len())
            .for_each(|role| staff.has_staff(role));
        assert_eq!(staff.staffed().len(), ROLES.len());
        assert!(!staff.any_of(0));
    }
}
