//! Exact decimals with four places, the only form in which money, hours and
//! percentages travel between the text of a return and the Parquet store.

use std::fmt;

/// Ten-thousandths in one unit.
pub const SCALE: i64 = 10_000;

/// Why a text is not a decimal number with at most four places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is not digits with at most one point and a leading minus.
    #[error("is not a plain number")]
    NotANumber,
    /// There are digits other than 0 after the fourth decimal.
    #[error("has more than 4 decimals")]
    TooManyDecimals,
    /// The number has more digits than any amount of this field can have.
    #[error("is too large")]
    TooLarge,
}

/// A number of ten-thousandths: `12.40` is `Decimal(124_000)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub i64);

impl Decimal {
    /// Reads `12`, `12.4`, `12.4000` or `-3.5`; never rounds.
    ///
    /// # Errors
    /// What is wrong with the text, as a phrase that follows the value.
    #[inline]
    pub fn parse(text: &str) -> Result<Decimal, DecimalError> {
        if let Some(value) = short(text.as_bytes()) {
            return Ok(Decimal(value));
        }
        Decimal::parse_any(text)
    }

    fn parse_any(text: &str) -> Result<Decimal, DecimalError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        if whole.is_empty() || fraction.is_empty() {
            return Err(DecimalError::NotANumber);
        }
        if !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit())
        {
            return Err(DecimalError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 4 {
            return Err(DecimalError::TooManyDecimals);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 14 {
            return Err(DecimalError::TooLarge);
        }
        let mut value: i64 = 0;
        for byte in whole.bytes() {
            value = value * 10 + i64::from(byte - b'0');
        }
        for place in 0..4 {
            let digit = fraction.as_bytes().get(place).map_or(0, |b| b - b'0');
            value = value * 10 + i64::from(digit);
        }
        Ok(Decimal(if negative { -value } else { value }))
    }

    /// The number without surplus zeros: `37.5`.
    #[must_use]
    pub fn short(self) -> String {
        let text = self.to_string();
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// The hourly rate of an annual salary: salary / (hours x 365/7), rounded
    /// half away from zero to four decimals. `None` where hours are 0 or less.
    #[must_use]
    pub fn hourly_from_annual(salary: Decimal, weekly_hours: Decimal) -> Option<Decimal> {
        if weekly_hours.0 <= 0 {
            return None;
        }
        // salary/10^4 / (hours/10^4 * 365/7), in ten-thousandths.
        let numerator = i128::from(salary.0) * 7 * i128::from(SCALE);
        let denominator = i128::from(weekly_hours.0) * 365;
        i64::try_from(round_half_away(numerator, denominator))
            .ok()
            .map(Decimal)
    }
}

/// The ten-thousandths of a number of few digits and at most four decimals
/// without a sign, as nearly every one is: read in one go.
#[inline]
fn short(text: &[u8]) -> Option<i64> {
    if text.len() > 14 || text.first() == Some(&b'.') || text.is_empty() {
        return None;
    }
    let mut value = 0;
    let mut decimals = None;
    for byte in text {
        match (byte, decimals) {
            (b'0'..=b'9', _) => {
                value = value * 10 + i64::from(byte - b'0');
                decimals = decimals.map(|decimals| decimals + 1);
            }
            (b'.', None) => decimals = Some(0),
            _ => return None,
        }
    }
    match decimals {
        None => Some(value * SCALE),
        Some(1) => Some(value * 1_000),
        Some(2) => Some(value * 100),
        Some(3) => Some(value * 10),
        Some(4) => Some(value),
        Some(_) => None,
    }
}

/// `numerator / denominator` to the nearest integer, halves away from zero.
#[must_use]
pub fn round_half_away(numerator: i128, denominator: i128) -> i128 {
    let (n, d) = if denominator < 0 {
        (-numerator, -denominator)
    } else {
        (numerator, denominator)
    };
    if n >= 0 {
        (2 * n + d) / (2 * d)
    } else {
        -((-2 * n + d) / (2 * d))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_scaled(i128::from(self.0), 4))
    }
}

/// Writes `value / 10^scale` with exactly `scale` decimals.
#[must_use]
pub fn format_scaled(value: i128, scale: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_is_written() {
        for (text, expected) in [
            ("12.60", 126_000),
            ("11.449", 114_490),
            ("0.5", 5_000),
            ("007", 70_000),
            ("12.340000", 123_400),
            ("-3.5", -35_000),
        ] {
            assert_eq!(Decimal::parse(text), Ok(Decimal(expected)), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_would_have_to_change() {
        assert_eq!(
            Decimal::parse("12.34567"),
            Err(DecimalError::TooManyDecimals)
        );
        assert_eq!(
            Decimal::parse("123456789012345"),
            Err(DecimalError::TooLarge)
        );
        for text in [
            "", ".", "1.", ".5", "1e3", "+1", "1,000", "£1", "1 000", "--1", "NaN", "１",
        ] {
            assert_eq!(
                Decimal::parse(text),
                Err(DecimalError::NotANumber),
                "{text}"
            );
        }
    }

    #[test]
    fn annual_salaries_become_hourly_rates() {
        let hourly = |salary, hours| {
            Decimal::hourly_from_annual(
                Decimal::parse(salary).unwrap(),
                Decimal::parse(hours).unwrap(),
            )
        };
        assert_eq!(hourly("24465", "37.5").unwrap().to_string(), "12.5118");
        assert_eq!(hourly("17364", "37").unwrap().to_string(), "9.0002");
        assert_eq!(hourly("24465", "0"), None);
    }

    #[test]
    fn short_forms_keep_every_digit_that_counts() {
        for (value, short) in [
            (375_000, "37.5"),
            (1_000_000, "100"),
            (0, "0"),
            (-10_500, "-1.05"),
        ] {
            assert_eq!(Decimal(value).short(), short);
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(round_half_away(5, 2), 3);
        assert_eq!(round_half_away(-5, 2), -3);
        assert_eq!(round_half_away(4, 3), 1);
        assert_eq!(round_half_away(7, 7), 1);
        assert_eq!(round_half_away(3, 7), 0);
        assert_eq!(round_half_away(-4, 7), -1);
    }

    proptest! {
        #[test]
        fn text_and_value_agree(value in -10_000_000_000_i64..10_000_000_000) {
            prop_assert_eq!(Decimal::parse(&Decimal(value).to_string()), Ok(Decimal(value)));
        }

        #[test]
        fn the_short_way_reads_what_the_long_one_does(text in "[0-9]{0,12}[.]?[0-9]{0,6}") {
            // A zero more in front, too many for the short way, changes nothing.
            let long = Decimal::parse(&format!("{}{text}", "0".repeat(15)));
            if text.starts_with('.') || text.is_empty() {
                prop_assert_eq!(Decimal::parse(&text), Err(DecimalError::NotANumber));
            } else {
                prop_assert_eq!(Decimal::parse(&text), long);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = Decimal::parse(&text);
        }
    }
}
