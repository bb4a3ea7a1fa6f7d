//! Where numbers stand in a dictionary.

use rustc_hash::FxHashMap;

/// Numbers from half of these below zero on are looked up by themselves: all days
/// from 1880 to 2059, ages and counts.
const NEAR: usize = 1 << 16;
const HALF: i64 = 1 << 15;

/// The places of numbers, in the order in which they came first.
#[derive(Default)]
pub struct Places {
    /// One more than the place; none where there is no such number.
    near: Vec<u32>,
    far: FxHashMap<i64, u32>,
    len: u32,
}

impl Places {
    /// The place of a number, and whether it is new.
    #[inline]
    pub fn of(&mut self, number: i64) -> (u32, bool) {
        let next = self.len;
        let place = match usize::try_from(number.wrapping_add(HALF)) {
            Ok(at) if at < NEAR => {
                if at >= self.near.len() {
                    self.near.resize(at + 1, 0);
                }
                let known = &mut self.near[at];
                if *known == 0 {
                    *known = next + 1;
                }
                *known - 1
            }
            _ => *self.far.entry(number).or_insert(next),
        };
        self.len += u32::from(place == next);
        (place, place == next)
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_has_the_place_in_which_it_came_first(
            numbers in proptest::collection::vec(
                prop_oneof![-40_000_i64..40_000, -3_i64..3, any::<i64>()],
                0..200,
            ),
        ) {
            let mut places = Places::default();
            let mut seen: Vec<i64> = Vec::new();
            for number in numbers {
                let known = seen.iter().position(|one| *one == number);
                let (place, new) = places.of(number);
                prop_assert_eq!(place as usize, known.unwrap_or(seen.len()));
                prop_assert_eq!(new, known.is_none());
                if new {
                    seen.push(number);
                }
                prop_assert_eq!(places.len(), seen.len());
            }
        }
    }
}
