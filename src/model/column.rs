//! The columns that the program itself asks for by name, each with its place
//! in every table: looked up once, for rows are read by the million.

use std::sync::OnceLock;

use super::schema::{TABLES, Table};

/// The name of a column, the same in every table that has it.
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// By the number of the table; [`NONE`] where it has no such column.
    places: OnceLock<[u8; 8]>,
}

/// A place that no table has.
const NONE: u8 = u8::MAX;

impl Named {
    const fn new(name: &'static str) -> Named {
        let places = OnceLock::new();
        Named { name, places }
    }

    /// Where the column stands in a table, if it has it.
    #[must_use]
    #[inline]
    pub fn of(&self, table: &Table) -> Option<usize> {
        let places = self.places.get_or_init(|| {
            let mut places = [NONE; 8];
            for (place, table) in places.iter_mut().zip(TABLES.iter()) {
                let position = table.position(self.name).map(u8::try_from);
                *place = position.and_then(Result::ok).unwrap_or(NONE);
            }
            places
        });
        let place = *places.get(table.number)?;
        (place != NONE).then_some(usize::from(place))
    }
}

macro_rules! columns {
    ($($id:ident $name:literal)*) => {
        $(#[doc = concat!("`", $name, "`")]
        pub static $id: Named = Named::new($name);)*
        #[cfg(test)]
        const ALL: &[&Named] = &[$(&$id),*];
    };
}

columns! {
    ABSENCE_PAY "absence_pay"
    ACCOMMODATION_CHARGE "accommodation_charge"
    ACCOMMODATION_DAYS "accommodation_days"
    ACCOMMODATION_FREE "accommodation_free"
    AGE "age"
    ALLOWANCES "allowances"
    APPRENTICE "apprentice"
    APPRENTICESHIP "apprenticeship"
    APPRENTICESHIP_START "apprenticeship_start"
    BIRTH_DATE "birth_date"
    CLOSING "closing"
    CONTRACT_OFFER_HOURS "contract_offer_hours"
    CONTRACT_OFFER_ON "contract_offer_on"
    CONTRACTED_HOURS "contracted_hours"
    EXPENSES "expenses"
    FULL_TIME_HOURS "full_time_hours"
    GROSS_PAY "gross_pay"
    HOURLY "hourly"
    HOURS_AWAKE_SLEEP_IN "hours_awake_sleep_in"
    HOURS_TRAINING "hours_training"
    HOURS_TRAVEL "hours_travel"
    HOURS_WAITING "hours_waiting"
    HOURS_WORK "hours_work"
    LEAVERS "leavers"
    MAXIMUM_RATE "maximum_rate"
    MINIMUM_RATE "minimum_rate"
    OPENING "opening"
    PAY_AWARD_PENDING "pay_award_pending"
    PAY_BASIS "pay_basis"
    PAY_RATE "pay_rate"
    PERIOD_END "period_end"
    PERIOD_START "period_start"
    PREMIUM "premium"
    PROVIDER_ID "provider_id"
    RETAINED "retained"
    ROLE "role"
    ROLE_GROUP "role_group"
    START_DATE "start_date"
    STARTERS "starters"
    TENURE "tenure"
    TIPS "tips"
    TOTAL_STAFF "total_staff"
    TRAVEL_RATE "travel_rate"
    TRAVEL_TIME_PAY "travel_time_pay"
    VACANCIES "vacancies"
    WORKER_KEY "worker_key"
    WORKER_REF "worker_ref"
    WORKPLACE_ID "workplace_id"
    ZERO_HOURS "zero_hours"
    ZERO_HOURS_SINCE "zero_hours_since"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_a_column() {
        for named in ALL {
            let mut tables = TABLES.iter();
            assert!(
                tables.any(|table| named.of(table).is_some()),
                "{}",
                named.name
            );
        }
        assert!(TABLES.len() <= 8);
        for table in TABLES.iter() {
            for named in ALL {
                assert_eq!(named.of(table), table.position(named.name));
            }
        }
    }
}
