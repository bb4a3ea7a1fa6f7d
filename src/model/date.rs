//! Civil dates as returns write them: `YYYY-MM-DD` or `DD/MM/YYYY`, strictly.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime};

/// Reads one of the two accepted forms; one-digit days or months are refused.
#[must_use]
pub fn parse(text: &str) -> Option<NaiveDate> {
    iso(text).or_else(|| british(text))
}

/// Reads `YYYY-MM-DD`.
#[must_use]
pub fn iso(text: &str) -> Option<NaiveDate> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    from_digits(&b[0..4], &b[5..7], &b[8..10])
}

/// Reads `YYYY-MM-DDThh:mm:ssZ`, or a day as its last second; both are UTC.
#[must_use]
pub fn moment(text: &str) -> Option<NaiveDateTime> {
    let Some((day, time)) = text.split_once('T') else {
        return iso(text)?.and_hms_opt(23, 59, 59);
    };
    let b = time.as_bytes();
    let digits = |at: usize| {
        b.get(at..at + 2)
            .is_some_and(|d| d.iter().all(u8::is_ascii_digit))
    };
    if b.len() != 9 || b[8] != b'Z' || !(digits(0) && digits(3) && digits(6)) {
        return None;
    }
    let time = chrono::NaiveTime::parse_from_str(&time[..8], "%H:%M:%S").ok()?;
    Some(iso(day)?.and_time(time))
}

fn british(text: &str) -> Option<NaiveDate> {
    let b = text.as_bytes();
    if b.len() != 10 || b[2] != b'/' || b[5] != b'/' {
        return None;
    }
    from_digits(&b[6..10], &b[3..5], &b[0..2])
}

fn from_digits(year: &[u8], month: &[u8], day: &[u8]) -> Option<NaiveDate> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, b| {
            b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0'))
        })
    };
    NaiveDate::from_ymd_opt(
        i32::try_from(number(year)?).ok()?,
        number(month)?,
        number(day)?,
    )
}

/// Completed years from `birth` to `on`; a birthday on 29 February is reached
/// on 1 March of other years. `None` where `on` is before `birth`.
#[must_use]
pub fn age_on(birth: NaiveDate, on: NaiveDate) -> Option<i64> {
    if on < birth {
        return None;
    }
    let years = i64::from(on.year() - birth.year());
    let reached = (on.month(), on.day()) >= (birth.month(), birth.day());
    Some(if reached { years } else { years - 1 })
}

/// Reads one of the two accepted forms as days since 1 January 1970: what
/// [`parse`] and [`days`] give, in a fraction of the time.
#[must_use]
#[inline]
pub fn parse_days(text: &str) -> Option<i32> {
    let digits = match *text.as_bytes() {
        [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1]
        | [d0, d1, b'/', m0, m1, b'/', y0, y1, y2, y3] => {
            u64::from_le_bytes([y0, y1, y2, y3, m0, m1, d0, d1])
        }
        _ => return None,
    };
    // All at once: to ask after each digit takes longer than to reckon.
    let digits = digits ^ u64::from_le_bytes([b'0'; 8]);
    let over = u64::from_le_bytes([0x76; 8]);
    if (digits.wrapping_add(over) | digits) & u64::from_le_bytes([0x80; 8]) != 0 {
        return None;
    }
    let [y0, y1, y2, y3, m0, m1, d0, d1] = digits.to_le_bytes().map(u32::from);
    let year = y0 * 1_000 + y1 * 100 + y2 * 10 + y3;
    let (month, day) = (m0 * 10 + m1, d0 * 10 + d1);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that comes and goes is the last; and
    // 400 of them before, so that none is negative.
    let (year, month) = if month > 2 {
        (year + 400, month - 3)
    } else {
        (year + 399, month + 9)
    };
    let leaps = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leaps + (153 * month + 2) / 5 + day;
    Some(days.cast_signed() - 719_469 - ERA.cast_signed())
}

/// The days of 400 years.
const ERA: u32 = 146_097;

/// Completed years from one day to another, both counted from 1 January 1970:
/// what [`age_on`] gives of their dates.
#[must_use]
#[inline]
pub fn years(birth: i32, on: i32) -> Option<i64> {
    if on < birth {
        return None;
    }
    let ((year, month, day), (birth_year, birth_month, birth_day)) = (civil(on), civil(birth));
    let reached = (month, day) >= (birth_month, birth_day);
    Some(year - birth_year - i64::from(!reached))
}

/// Year, month and day of a number of days since 1 January 1970.
#[inline]
fn civil(days: i32) -> (i64, u32, u32) {
    // Counted from 1 March of a year 0 in eras of 400 years.
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(ERA.into());
    let day = u32::try_from(days.rem_euclid(ERA.into())).unwrap_or(0);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, after) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + i64::from(year + after), month, day)
}

/// Days since 1 January 1970, as Parquet stores dates.
#[must_use]
pub fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

/// The date of a number of days since 1 January 1970.
#[must_use]
pub fn from_days(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)
}

/// `30 September 2026`.
#[must_use]
pub fn in_words(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// The same day `months` later, or the last day of that month.
#[must_use]
pub fn add_months(date: NaiveDate, months: u32) -> Option<NaiveDate> {
    date.checked_add_months(Months::new(months))
}

/// Dates as ISO text in JSON.
pub mod as_text {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Where the writer fails.
    pub fn serialize<S: Serializer>(date: &NaiveDate, writer: S) -> Result<S::Ok, S::Error> {
        writer.collect_str(date)
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Where the text is no such date.
    pub fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<NaiveDate, D::Error> {
        let text = String::deserialize(reader)?;
        super::iso(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no date")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_forms_and_no_other() {
        let expected = NaiveDate::from_ymd_opt(2026, 3, 31);
        assert_eq!(parse("2026-03-31"), expected);
        assert_eq!(parse("31/03/2026"), expected);
        for text in [
            "1/9/2016",
            "2026-3-31",
            "31-03-2026",
            "2026-02-30",
            "",
            "20260331",
            "03/31/2026",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_its_last_second() {
        let text = |text| moment(text).map(|moment| moment.to_string());
        let evening = Some("2026-11-02 23:59:59".to_owned());
        assert_eq!(text("2026-11-02"), evening);
        assert_eq!(text("2026-11-02T23:59:59Z"), evening);
        for wrong in [
            "2026-11-02T23:59:59",
            "2026-11-02T3:59:59Z",
            "2026-11-02T24:00:00Z",
            "T",
        ] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ages_are_completed_years() {
        let date = |text| parse(text).unwrap();
        assert_eq!(age_on(date("2008-09-30"), date("2026-09-30")), Some(18));
        assert_eq!(age_on(date("2008-10-01"), date("2026-09-30")), Some(17));
        assert_eq!(age_on(date("2004-02-29"), date("2026-02-28")), Some(21));
        assert_eq!(age_on(date("2004-02-29"), date("2026-03-01")), Some(22));
        assert_eq!(age_on(date("2027-01-01"), date("2026-03-01")), None);
    }

    #[test]
    fn days_count_from_1970() {
        assert_eq!(days(parse("1970-01-01").unwrap()), 0);
        assert_eq!(from_days(20_543), parse("2026-03-31"));
    }

    #[test]
    fn the_short_ways_come_to_the_same_days_and_years() {
        let on = days(parse("2026-03-31").unwrap());
        for day in
            (days(parse("0001-01-01").unwrap())..days(parse("9999-12-31").unwrap())).step_by(7)
        {
            let date = from_days(day).unwrap();
            assert_eq!(civil(day), (date.year().into(), date.month(), date.day()));
            for form in ["%Y-%m-%d", "%d/%m/%Y"] {
                assert_eq!(parse_days(&date.format(form).to_string()), Some(day));
            }
            assert_eq!(years(day, on), age_on(date, from_days(on).unwrap()));
        }
        for year in [
            "1899", "1900", "2000", "2023", "2024", "0000", "9999", "20x4",
        ] {
            for month in 0..14 {
                for day in 0..33 {
                    let text = format!("{year}-{month:02}-{day:02}");
                    assert_eq!(parse_days(&text), parse(&text).map(days), "{text}");
                }
            }
        }
        for text in ["2026-3-31", "31-03-2026", "2026/03/31", "", "+026-03-31"] {
            assert_eq!(parse_days(text), None);
        }
        let day = |text| parse_days(text).unwrap();
        assert_eq!(years(day("2004-02-29"), day("2026-02-28")), Some(21));
        assert_eq!(years(day("2004-02-29"), day("2026-03-01")), Some(22));
    }
}
