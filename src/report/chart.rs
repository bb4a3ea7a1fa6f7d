//! Numbers to places on a drawing: axes, ticks, segments of a bar.
//!
//! Everything is whole-number arithmetic. A place is a share of the drawing's
//! width in hundredths of a per cent, so a drawing fits any screen without
//! stretching its text; heights are tenths of the text size.

use serde::Serialize;

use super::figures::pounds;
use crate::compare::table::Value;
use crate::model::decimal::{self, Decimal};

/// The whole width, in hundredths of a per cent.
pub const FULL: i128 = 10_000;

/// An amount in ten-thousandths, for drawing only: figures keep their own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub i128);

impl Amount {
    /// The amount that a cell holds, if it holds a number.
    #[must_use]
    pub fn of(value: &Value) -> Option<Amount> {
        match value {
            Value::Integer(number) => Some(Amount(i128::from(*number) * 10_000)),
            Value::Decimal(number, scale) => {
                let scale = u32::try_from(*scale).ok()?;
                if scale <= 4 {
                    Some(Amount(number.checked_mul(10_i128.pow(4 - scale))?))
                } else {
                    // A drawing cannot show more than four places.
                    Some(Amount(decimal::round_half_away(
                        *number,
                        10_i128.checked_pow(scale - 4)?,
                    )))
                }
            }
            _ => None,
        }
    }

    /// The amount that a plain text such as `12.71` names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Amount> {
        Decimal::parse(text)
            .ok()
            .map(|amount| Amount(i128::from(amount.0)))
    }
}

/// A place or a length in hundredths of a per cent, as an attribute: `31.25`.
#[must_use]
pub fn percent(hundredths: i128) -> String {
    decimal::format_scaled(hundredths, 2)
}

/// A height in tenths of the text size, as an attribute: `3.6`.
#[must_use]
pub fn height(tenths: i128) -> String {
    decimal::format_scaled(tenths, 1)
}

/// A scale that begins and ends on a round number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    low: i128,
    high: i128,
    step: i128,
}

impl Axis {
    /// The most intervals whose labels still fit beside each other on a phone.
    const INTERVALS: i128 = 4;

    /// The shortest round scale that holds every amount; `None` for no amounts.
    #[must_use]
    pub fn covering(amounts: &[Amount]) -> Option<Axis> {
        let low = amounts.iter().min()?.0;
        let high = amounts.iter().max()?.0;
        let mut unit = 1_000;
        loop {
            for step in [unit, 2 * unit, 5 * unit] {
                let from = low.div_euclid(step) * step;
                let mut to = -((-high).div_euclid(step)) * step;
                if to == from {
                    to += step;
                }
                if (to - from) / step <= Self::INTERVALS {
                    return Some(Axis {
                        low: from,
                        high: to,
                        step,
                    });
                }
            }
            unit *= 10;
        }
    }

    /// Where an amount lies, in hundredths of a per cent of the width.
    #[must_use]
    pub fn place(self, amount: Amount) -> i128 {
        let inside = amount.0.clamp(self.low, self.high);
        decimal::round_half_away((inside - self.low) * FULL, self.high - self.low)
    }

    /// The round amounts from one end to the other.
    #[must_use]
    pub fn ticks(self) -> Vec<Amount> {
        let mut ticks = Vec::new();
        let mut at = self.low;
        while at <= self.high {
            ticks.push(Amount(at));
            at += self.step;
        }
        ticks
    }
}

/// A labelled place on a scale of pounds.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    x: String,
    text: String,
    anchor: &'static str,
}

impl Mark {
    /// The ticks of a scale.
    #[must_use]
    pub fn along(axis: Axis) -> Vec<Mark> {
        let ticks = axis.ticks();
        let whole_pounds = ticks.iter().all(|tick| tick.0 % 10_000 == 0);
        let mark = |tick: Amount| {
            let place = axis.place(tick);
            Mark {
                x: percent(place),
                // Short labels leave more room between them.
                text: pounds(&if whole_pounds {
                    Value::Decimal(tick.0 / 10_000, 0)
                } else {
                    Value::Decimal(tick.0, 4)
                }),
                anchor: anchor(place),
            }
        };
        ticks.into_iter().map(mark).collect()
    }
}

/// Which side of a place its label starts from, so that it stays on the drawing.
#[must_use]
pub fn anchor(place: i128) -> &'static str {
    match place {
        ..1_500 => "start",
        8_501.. => "end",
        _ => "middle",
    }
}

/// The same for a long label, which needs more room on each side.
#[must_use]
pub fn wide_anchor(place: i128) -> &'static str {
    match place {
        ..3_300 => "start",
        6_701.. => "end",
        _ => "middle",
    }
}

/// Start and length of each part of a bar whose whole is `whole`, in hundredths
/// of a per cent. Ends are rounded, not lengths, so that parts never overlap.
#[must_use]
pub fn stack(parts: &[i128], whole: i128) -> Vec<(i128, i128)> {
    let mut sum = 0;
    parts
        .iter()
        .map(|part| {
            let end_of = |amount: i128| match whole {
                0 => 0,
                _ => decimal::round_half_away(amount * FULL, whole),
            };
            let start = end_of(sum);
            sum += part;
            (start, end_of(sum) - start)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).expect("a plain number")
    }

    #[test]
    fn axes_begin_and_end_on_round_numbers() {
        let axis = Axis::covering(&[amount("11.44"), amount("14.80"), amount("12.71")]);
        let axis = axis.expect("three amounts");
        let ticks: Vec<i128> = axis.ticks().iter().map(|tick| tick.0).collect();
        assert_eq!(ticks, [110_000, 120_000, 130_000, 140_000, 150_000]);
        assert_eq!(percent(axis.place(amount("11"))), "0.00");
        assert_eq!(percent(axis.place(amount("12.71"))), "42.75");
        assert_eq!(percent(axis.place(amount("15"))), "100.00");
    }

    #[test]
    fn one_amount_has_an_axis_and_none_has_not() {
        let axis = Axis::covering(&[amount("12")]).expect("one amount");
        assert_eq!(axis.ticks().len(), 2);
        assert_eq!(Axis::covering(&[]), None);
    }

    #[test]
    fn wide_ranges_have_few_ticks() {
        let axis = Axis::covering(&[amount("2.50"), amount("200")]).expect("two amounts");
        assert!(axis.ticks().len() <= 5, "{:?}", axis.ticks());
        assert_eq!(axis.place(amount("200")), FULL);
    }

    #[test]
    fn parts_of_a_bar_touch_and_fill_it() {
        assert_eq!(
            stack(&[1, 1, 1], 3),
            [(0, 3_333), (3_333, 3_334), (6_667, 3_333)]
        );
        assert_eq!(stack(&[0, 5], 5), [(0, 0), (0, FULL)]);
        assert_eq!(stack(&[0], 0), [(0, 0)]);
    }

    #[test]
    fn cells_become_amounts_whatever_their_scale() {
        assert_eq!(Amount::of(&Value::Decimal(1_271, 2)), Some(Amount(127_100)));
        assert_eq!(
            Amount::of(&Value::Decimal(127_104, 4)),
            Some(Amount(127_104))
        );
        assert_eq!(
            Amount::of(&Value::Decimal(12_710_005_000, 9)),
            Some(Amount(127_100))
        );
        assert_eq!(Amount::of(&Value::Integer(3)), Some(Amount(30_000)));
        assert_eq!(Amount::of(&Value::Empty), None);
    }
}
