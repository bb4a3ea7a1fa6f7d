//! What a sheet keeps as binary numbers, as exact text: amounts, and dates and
//! times counted in days.

use crate::model::date;
use crate::model::decimal::{format_scaled, round_half_away};

/// A number in units of 10^-12, which is finer than any double of this field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(i128);

const PLACES: usize = 12;
const ONE: i128 = 1_000_000_000_000;

/// Why a text is no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no number.
    NotANumber,
    /// It has more than 15 digits before the point: a sheet keeps no more, so
    /// the last ones are not what was typed.
    Long,
}

impl Number {
    /// Reads `12.6`, `-3`, `1.5E-3`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Number, Fault> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
                (
                    mantissa,
                    exponent.parse::<i32>().map_err(|_| Fault::NotANumber)?,
                )
            }
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = whole.bytes().chain(fraction.bytes());
        if (whole.is_empty() && fraction.is_empty()) || !digits.clone().all(|b| b.is_ascii_digit())
        {
            return Err(Fault::NotANumber);
        }
        // Where the point stands among the digits, counted from the left.
        let point = i64::try_from(whole.len())
            .unwrap_or(i64::MAX)
            .saturating_add(exponent.into());
        let leading = digits.clone().take_while(|b| *b == b'0').count();
        let leading = i64::try_from(leading).unwrap_or(i64::MAX);
        let mut units: i128 = 0;
        let mut any = false;
        // Digits of 10^14 down to 10^-12, and one more to round by.
        for (at, digit) in (0..).zip(digits) {
            any |= digit != b'0';
            if at < leading {
                continue;
            }
            if point - at > 15 {
                return Err(Fault::Long);
            }
            if point - at < -12 {
                break;
            }
            units += i128::from(digit - b'0') * ten((point - at + 12).cast_unsigned());
        }
        let units = if any { round_half_away(units, 10) } else { 0 };
        Ok(Number(if mantissa.starts_with('-') {
            -units
        } else {
            units
        }))
    }

    /// As plain text. What is within 10^-9 of a number of at most four
    /// decimals is that number: a double of 57.7 may read 57.699999999999996.
    #[must_use]
    pub fn text(self) -> String {
        let step = ONE / 10_000;
        let near = round_half_away(self.0, step) * step;
        let exact = if (self.0 - near).abs() <= 1000 {
            near
        } else {
            self.0
        };
        let text = format_scaled(exact, PLACES);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if text == "-0" {
            "0".to_owned()
        } else {
            text.to_owned()
        }
    }

    /// A hundred times the number: what a cell shows as per cent.
    #[must_use]
    pub fn hundredfold(self) -> Number {
        Number(self.0 * 100)
    }

    /// The number as a date, or date and time, or time of day, by the date
    /// system of its workbook. What is none stays a number.
    #[must_use]
    pub fn date(self, since_1904: bool) -> String {
        if self.0 < 0 {
            return self.text();
        }
        let (days, millis) = self.days();
        if days == 0 && !since_1904 {
            return clock(millis);
        }
        let first = match (since_1904, days) {
            (true, _) => FIRST_1904,
            // That system has a 29 February 1900, which there never was.
            (false, 60) => return "1900-02-29".to_owned(),
            (false, 1..60) => FIRST_1900 + 1,
            (false, _) => FIRST_1900,
        };
        let date = i32::try_from(days)
            .ok()
            .and_then(|days| days.checked_add(first));
        match date.and_then(date::from_days) {
            None => self.text(),
            Some(date) if millis == 0 => date.to_string(),
            Some(date) => format!("{date}T{}", clock(millis)),
        }
    }

    /// The number as a length of time, `37:30:00`.
    #[must_use]
    pub fn elapsed(self) -> String {
        if self.0 < 0 {
            return self.text();
        }
        let (days, millis) = self.days();
        let hours = days * 24 + millis / 3_600_000;
        format!("{hours}{}", &clock(millis)[2..])
    }

    /// Whole days, and milliseconds of the last one.
    fn days(self) -> (i128, i128) {
        let millis = round_half_away(self.0 * DAY, ONE);
        (millis / DAY, millis % DAY)
    }
}

/// Milliseconds of a day.
const DAY: i128 = 86_400_000;
/// 30 December 1899, in days since 1970.
const FIRST_1900: i32 = -25_569;
/// 1 January 1904, in days since 1970.
const FIRST_1904: i32 = -24_107;

fn ten(power: u64) -> i128 {
    (0..power).fold(1, |product, _| product * 10)
}

fn clock(millis: i128) -> String {
    let seconds = millis / 1000;
    let text = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    match millis % 1000 {
        0 => text,
        rest => format!("{text}.{rest:03}"),
    }
}

/// `2026-03-31` of `2026-03-31T00:00:00Z`; other times of day stay.
#[must_use]
pub fn iso_date(text: &str) -> String {
    match text.split_once('T') {
        Some((date, time)) if time.bytes().all(|b| matches!(b, b'0' | b':' | b'.' | b'Z')) => {
            date.to_owned()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_read_as_they_were_typed() {
        for (text, expected) in [
            ("57.699999999999996", "57.7"),
            ("12.6", "12.6"),
            ("12.60", "12.6"),
            ("123.0", "123"),
            ("1.23E2", "123"),
            ("5E-3", "0.005"),
            ("-3.5", "-3.5"),
            ("-0", "0"),
            ("0", "0"),
            ("1e-300", "0"),
            ("12.34565", "12.34565"),
            ("0.30000000000000004", "0.3"),
            ("24465", "24465"),
            ("999999999999999", "999999999999999"),
            ("000000000000000000012", "12"),
        ] {
            assert_eq!(Number::parse(text).unwrap().text(), expected, "{text}");
        }
        for text in [
            "", ".", "1e", "abc", "1.2.3", "NaN", "inf", "0x12", "1 000", "--1",
        ] {
            assert_eq!(Number::parse(text), Err(Fault::NotANumber), "{text}");
        }
        for text in ["1234567890123456", "1E+15", "1e300", "1e2000000000"] {
            assert_eq!(Number::parse(text), Err(Fault::Long), "{text}");
        }
        let percent = Number::parse("0.16500000000000001").unwrap().hundredfold();
        assert_eq!(percent.text(), "16.5");
    }

    #[test]
    fn dates_of_both_systems() {
        let date = |text, since_1904| Number::parse(text).unwrap().date(since_1904);
        assert_eq!(date("46112", false), "2026-03-31");
        assert_eq!(date("44650", true), "2026-03-31");
        assert_eq!(date("40057", false), "2009-09-01");
        assert_eq!(date("59", false), "1900-02-28");
        assert_eq!(date("60", false), "1900-02-29");
        assert_eq!(date("61", false), "1900-03-01");
        assert_eq!(date("46112.604166666664", false), "2026-03-31T14:30:00");
        assert_eq!(date("46111.999999999999", false), "2026-03-31");
        assert_eq!(date("0.3125", false), "07:30:00");
        assert_eq!(date("-1", false), "-1");
        assert_eq!(date("99999999999", false), "99999999999");
        let elapsed = |text: &str| Number::parse(text).unwrap().elapsed();
        assert_eq!(elapsed("1.5625"), "37:30:00");
        assert_eq!(iso_date("2026-03-31T00:00:00"), "2026-03-31");
        assert_eq!(iso_date("2026-03-31T08:00:00"), "2026-03-31T08:00:00");
    }
}
