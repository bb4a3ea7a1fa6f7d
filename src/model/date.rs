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
}
