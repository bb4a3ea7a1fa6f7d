//! Numbers for the words that stand in columns, the same for all threads of a statement.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use arrow::array::{Array, StringViewArray, UInt32Array};
use datafusion::error::{DataFusionError, Result};

/// The words of some columns, row by row as they turned up: the place of such a row is
/// its code.
#[derive(Debug, Default)]
pub(super) struct Words(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    rows: Vec<Vec<Option<String>>>,
    codes: HashMap<Vec<u8>, u32>,
}

impl Words {
    /// The code of what stands in a row.
    fn code(&self, columns: &[&StringViewArray], row: usize) -> Result<u32> {
        let mut key = Vec::new();
        for texts in columns {
            let text = texts.is_valid(row).then(|| texts.value(row));
            key.extend(text.map_or(usize::MAX, str::len).to_le_bytes());
            key.extend(text.unwrap_or_default().as_bytes());
        }
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.codes.get(&key) {
            return Ok(*code);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.codes.get(&key) {
            return Ok(*code);
        }
        let code = u32::try_from(known.rows.len())
            .map_err(|_| DataFusionError::ResourcesExhausted("too many groups".to_owned()))?;
        let text = |texts: &&StringViewArray| {
            let text = texts.is_valid(row).then(|| texts.value(row));
            text.map(str::to_owned)
        };
        known.rows.push(columns.iter().map(text).collect());
        known.codes.insert(key, code);
        Ok(code)
    }

    /// The code of each row.
    pub(super) fn codes(&self, columns: &[&StringViewArray]) -> Result<UInt32Array> {
        let last = columns.len().saturating_sub(1);
        let mut codes: Vec<u32> = Vec::new();
        for (at, texts) in columns.iter().enumerate() {
            // Up to the last column any numbers will do that tell rows apart.
            let mut next = 0;
            let mut number = |_: usize| {
                next += 1;
                Ok(next)
            };
            let code = |row: usize| self.code(columns, row);
            let views = texts.views().iter().copied();
            let rows = texts.nulls().filter(|nulls| nulls.null_count() > 0);
            let own = match rows {
                None if last == 0 => numbered(views, code),
                None => numbered(views, &mut number),
                Some(rows) => {
                    let views = views.zip(rows.iter());
                    let views = views.map(|(view, valid)| if valid { view } else { NULL });
                    if last == 0 {
                        numbered(views, code)
                    } else {
                        numbered(views, &mut number)
                    }
                }
            }?;
            if at == 0 {
                codes = own;
                continue;
            }
            let pairs = codes.iter().zip(&own);
            let pairs = pairs.map(|(left, right)| u128::from(*left) << 32 | u128::from(*right));
            codes = if at == last {
                numbered(pairs, code)
            } else {
                numbered(pairs, number)
            }?;
        }
        Ok(UInt32Array::from(codes))
    }

    /// What stands in a column where these codes are.
    pub(super) fn texts(&self, codes: &UInt32Array, place: usize) -> StringViewArray {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let word = |code: u32| known.rows.get(code as usize)?.get(place)?.as_deref();
        let words = codes.iter().map(|code| word(code?));
        words.collect::<StringViewArray>()
    }
}

/// A number for each key; `new` gives it where the key was not seen in this batch.
fn numbered(
    keys: impl ExactSizeIterator<Item = u128>,
    mut new: impl FnMut(usize) -> Result<u32>,
) -> Result<Vec<u32>> {
    let mut seen = Seen::new();
    let mut numbers = Vec::with_capacity(keys.len());
    for (row, key) in keys.enumerate() {
        numbers.push(match seen.number(key) {
            Ok(number) => number,
            Err(slot) => seen.keep(slot, key, new(row)?),
        });
    }
    Ok(numbers)
}

/// What stands for no value among views: no text is that long.
const NULL: u128 = u128::MAX - 1;

/// The keys of one batch with their numbers. The view of a text is a key: it is the same
/// where the text is, for short ones always, for long ones nearly, as a page holds each
/// once. A key that was pushed out is new again.
struct Seen {
    keys: [u128; Seen::SLOTS],
    numbers: [u32; Seen::SLOTS],
}

impl Seen {
    const SLOTS: usize = 256;
    const TRIES: usize = 4;
    const FREE: u128 = u128::MAX;

    fn new() -> Seen {
        Seen {
            keys: [Seen::FREE; Seen::SLOTS],
            numbers: [0; Seen::SLOTS],
        }
    }

    /// The number, or where it could be kept.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "halves of a key")]
    fn number(&self, key: u128) -> std::result::Result<u32, usize> {
        let (low, high) = (key as u64, (key >> 64) as u64);
        let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let first = (mixed >> 56) as usize;
        for step in 0..Seen::TRIES {
            let slot = (first + step) % Seen::SLOTS;
            if self.keys[slot] == key {
                return Ok(self.numbers[slot]);
            }
            if self.keys[slot] == Seen::FREE {
                return Err(slot);
            }
        }
        Err(first)
    }

    fn keep(&mut self, slot: usize, key: u128, number: u32) -> u32 {
        self.keys[slot] = key;
        self.numbers[slot] = number;
        number
    }
}
