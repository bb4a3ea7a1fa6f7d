//! Wage floors: dated rates of each scheme with their sources.

use chrono::NaiveDate;
use serde::Deserialize;

use super::date;
use super::decimal::Decimal;

/// One rate of a scheme for one band and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// `nlw_nmw`, `real_living_wage`, `accommodation_offset` and others.
    pub scheme: String,
    /// The band within the scheme: `nlw`, `18_20`, `apprentice`, `uk`, `london`.
    pub band: String,
    /// Youngest age, completed years; open where empty.
    pub min_age: Option<i64>,
    /// Oldest age, completed years; open where empty.
    pub max_age: Option<i64>,
    /// Pounds an hour (a day, for `accommodation_offset`).
    pub rate: Decimal,
    /// When it was made public.
    pub announced_on: Option<NaiveDate>,
    /// The first day on which it applies.
    pub effective_from: NaiveDate,
    /// The day by which accredited employers must pay it.
    pub implement_by: Option<NaiveDate>,
    /// The last day on which it applies, where the source gives one.
    pub effective_to: Option<NaiveDate>,
    /// Where the rate was read.
    pub source: String,
    /// `verified` or `memory`: how sure the rate is.
    pub confidence: String,
}

/// Why a table of floors cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FloorsError {
    /// A row does not read.
    #[error("{file}, line {line}: {message}")]
    Row {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A new set of minimum wage rates leaves someone out or counts someone twice.
    #[error("{file}: nlw_nmw rates from {from}: {message}")]
    Coverage {
        /// The file.
        file: String,
        /// The day from which the rates apply.
        from: NaiveDate,
        /// Who is left out.
        message: String,
    },
}

/// The scheme of the statutory minimum.
pub const NLW_NMW: &str = "nlw_nmw";
/// The scheme of the voluntary real Living Wage.
pub const REAL_LIVING_WAGE: &str = "real_living_wage";
/// The scheme of the accommodation offset, pounds a day.
pub const ACCOMMODATION_OFFSET: &str = "accommodation_offset";

#[derive(Deserialize)]
struct Row {
    scheme: String,
    band: String,
    min_age: String,
    max_age: String,
    rate_gbp_per_hour: String,
    announced_on: String,
    effective_from: String,
    implement_by: String,
    effective_to: String,
    source: String,
    confidence: String,
}

/// The floors that paybench knows.
///
/// # Errors
/// Never, unless the embedded table is damaged.
pub fn built_in() -> Result<Vec<Floor>, FloorsError> {
    let mut floors = parse("built-in wage floors", include_str!("data/wage_floors.csv"))?;
    floors.extend(parse(
        "built-in accommodation offset",
        include_str!("data/accommodation_offset.csv"),
    )?);
    check_coverage("built-in wage floors", &floors)?;
    Ok(floors)
}

/// The built-in floors and those of a file of the same form.
///
/// # Errors
/// What is wrong in the file, with its line.
pub fn with_file(file: &str, text: &str) -> Result<Vec<Floor>, FloorsError> {
    let mut floors = built_in()?;
    let added = parse(file, text)?;
    // The same band and day again is a correction: the file's row counts.
    floors.retain(|known| !added.iter().any(|new| same(new, known)));
    floors.extend(added);
    check_coverage(file, &floors)?;
    floors.sort_by(|a, b| {
        (&a.scheme, a.effective_from, &a.band).cmp(&(&b.scheme, b.effective_from, &b.band))
    });
    Ok(floors)
}

/// Whether two rows are of the same band and day; a day has one accommodation
/// offset, whatever its band is called.
fn same(a: &Floor, b: &Floor) -> bool {
    a.scheme == b.scheme
        && a.effective_from == b.effective_from
        && (a.band == b.band || a.scheme == ACCOMMODATION_OFFSET)
}

fn parse(file: &str, text: &str) -> Result<Vec<Floor>, FloorsError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut floors: Vec<Floor> = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| FloorsError::Row {
            file: file.to_owned(),
            line: error.position().map_or(1, csv::Position::line),
            message: error.to_string(),
        })?;
        let line = floors.len() as u64 + 2;
        let bad = |message: String| FloorsError::Row {
            file: file.to_owned(),
            line,
            message,
        };
        let optional_date = |text: &str, column: &str| match text {
            "" => Ok(None),
            text => date::iso(text)
                .map(Some)
                .ok_or_else(|| bad(format!("{column} `{text}` is not a date as YYYY-MM-DD"))),
        };
        let optional_age = |text: &str, column: &str| match text {
            "" => Ok(None),
            text => text
                .parse::<i64>()
                .ok()
                .filter(|age| (0..=120).contains(age))
                .map(Some)
                .ok_or_else(|| bad(format!("{column} `{text}` is not an age"))),
        };
        let rate = Decimal::parse(&row.rate_gbp_per_hour)
            .ok()
            .filter(|rate| rate.0 > 0 && rate.0 < 1_000 * super::decimal::SCALE)
            .ok_or_else(|| {
                bad(format!(
                    "rate `{}` is not pounds above 0",
                    row.rate_gbp_per_hour
                ))
            })?;
        if row.scheme.is_empty() || row.source.is_empty() {
            return Err(bad("a rate needs its scheme and its source".to_owned()));
        }
        let floor = Floor {
            min_age: optional_age(&row.min_age, "min_age")?,
            max_age: optional_age(&row.max_age, "max_age")?,
            rate,
            announced_on: optional_date(&row.announced_on, "announced_on")?,
            effective_from: optional_date(&row.effective_from, "effective_from")?
                .ok_or_else(|| bad("effective_from is empty".to_owned()))?,
            implement_by: optional_date(&row.implement_by, "implement_by")?,
            effective_to: optional_date(&row.effective_to, "effective_to")?,
            scheme: row.scheme,
            band: row.band,
            source: row.source,
            confidence: row.confidence,
        };
        if floor.scheme == REAL_LIVING_WAGE
            && (floor.implement_by.is_none() || !["uk", "london"].contains(&floor.band.as_str()))
        {
            return Err(bad(
                "real_living_wage needs band uk or london, and implement_by".to_owned(),
            ));
        }
        if floors.iter().any(|known| same(known, &floor)) {
            return Err(bad(format!(
                "{} {} from {} stands twice",
                floor.scheme, floor.band, floor.effective_from
            )));
        }
        floors.push(floor);
    }
    Ok(floors)
}

/// Every age from 16 has one rate, and apprentices one, from each start.
fn check_coverage(file: &str, floors: &[Floor]) -> Result<(), FloorsError> {
    let statutory = || floors.iter().filter(|floor| floor.scheme == NLW_NMW);
    let mut starts: Vec<_> = statutory().map(|floor| floor.effective_from).collect();
    starts.sort_unstable();
    starts.dedup();
    for from in starts {
        let bad = |message: String| FloorsError::Coverage {
            file: file.to_owned(),
            from,
            message,
        };
        let (apprentice, by_age): (Vec<_>, Vec<_>) = statutory()
            .filter(|floor| floor.effective_from == from)
            .partition(|floor| floor.band == "apprentice");
        if apprentice.len() != 1 {
            return Err(bad("there must be one apprentice rate".to_owned()));
        }
        for age in 16..=120 {
            let rates = by_age
                .iter()
                .filter(|f| {
                    f.min_age.is_none_or(|min| min <= age) && f.max_age.is_none_or(|max| age <= max)
                })
                .count();
            if rates != 1 {
                return Err(bad(format!("age {age} has {rates} rates, not one")));
            }
        }
    }
    Ok(())
}

/// The floors that apply on `on`: of the statutory minimum and other dated
/// schemes those of the newest start, of the real Living Wage those of the
/// newest date by which employers must pay it.
#[must_use]
pub fn in_force(floors: &[Floor], on: NaiveDate) -> Vec<&Floor> {
    let starts = |floor: &Floor| match floor.scheme.as_str() {
        REAL_LIVING_WAGE => floor.implement_by.unwrap_or(floor.effective_from),
        _ => floor.effective_from,
    };
    floors
        .iter()
        .filter(|floor| {
            starts(floor) <= on
                && !floors.iter().any(|newer| {
                    newer.scheme == floor.scheme
                        && (floor.scheme == NLW_NMW || newer.band == floor.band)
                        && starts(newer) <= on
                        && newer.effective_from > floor.effective_from
                })
        })
        .collect()
}

/// The rates of the real Living Wage that are announced and that accredited
/// employers need not pay yet.
#[must_use]
pub fn pending(floors: &[Floor], on: NaiveDate) -> Vec<&Floor> {
    let announced = |floor: &&Floor| {
        floor.scheme == REAL_LIVING_WAGE
            && floor.effective_from <= on
            && floor.implement_by.is_some_and(|day| day > on)
    };
    floors.iter().filter(announced).collect()
}

/// The statutory rates before those in force, where a pay reference period
/// that holds `on` may have begun under them: the first 31 days of new rates.
#[must_use]
pub fn could_still_apply(floors: &[Floor], on: NaiveDate) -> Vec<&Floor> {
    let statutory = || floors.iter().filter(|floor| floor.scheme == NLW_NMW);
    let Some(newest) = statutory()
        .map(|f| f.effective_from)
        .filter(|from| *from <= on)
        .max()
    else {
        return Vec::new();
    };
    if (on - newest).num_days() >= 31 {
        return Vec::new();
    }
    let before = statutory()
        .map(|floor| floor.effective_from)
        .filter(|from| *from < newest)
        .max();
    statutory()
        .filter(|floor| Some(floor.effective_from) == before)
        .collect()
}

/// A sentence for each scheme whose newest rate took effect over a year before `on`.
#[must_use]
pub fn stale(floors: &[Floor], on: NaiveDate) -> Vec<String> {
    let mut schemes: Vec<&str> = floors.iter().map(|floor| floor.scheme.as_str()).collect();
    schemes.sort_unstable();
    schemes.dedup();
    let takes_effect = |floor: &Floor| floor.implement_by.unwrap_or(floor.effective_from);
    schemes
        .into_iter()
        .filter_map(|scheme| {
            let newest = floors
                .iter()
                .filter(|f| f.scheme == scheme)
                .map(takes_effect)
                .max()?;
            (on > date::add_months(newest, 12)?).then(|| {
                format!(
                    "the newest rate of {scheme} took effect on {newest}, over a year before {on}: \
                     a newer one is likely; add it with --rates"
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(on: &str, scheme: &str) -> Vec<(String, String)> {
        let floors = built_in().unwrap();
        in_force(&floors, date::iso(on).unwrap())
            .into_iter()
            .filter(|floor| floor.scheme == scheme)
            .map(|floor| (floor.band.clone(), floor.rate.to_string()))
            .collect()
    }

    #[test]
    fn the_rates_of_a_day_are_those_in_force() {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(band, rate)| ((*band).to_owned(), (*rate).to_owned()))
                .collect()
        };
        assert_eq!(
            rates("2026-04-01", NLW_NMW),
            owned(&[
                ("nlw", "12.7100"),
                ("18_20", "10.8500"),
                ("16_17", "8.0000"),
                ("apprentice", "8.0000")
            ])
        );
        // Pay of 2024/25 is tested against the rate of that year, not the next.
        assert_eq!(rates("2025-03-31", NLW_NMW)[0].1, "11.4400");
        // The real Living Wage counts from the day by which it must be paid.
        assert_eq!(rates("2026-04-30", REAL_LIVING_WAGE)[0].1, "12.6000");
        assert_eq!(
            rates("2026-05-01", REAL_LIVING_WAGE),
            owned(&[("uk", "13.4500"), ("london", "14.8000")])
        );
    }

    #[test]
    fn for_a_month_the_rates_before_could_apply() {
        let floors = built_in().unwrap();
        let before = |on| could_still_apply(&floors, date::iso(on).unwrap()).len();
        assert_eq!(before("2026-03-31"), 0);
        assert_eq!(before("2026-04-01"), 4);
        assert_eq!(before("2026-05-01"), 4);
        assert_eq!(before("2026-05-02"), 0);
    }

    #[test]
    fn new_rates_must_cover_everyone() {
        let header = "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence\n";
        let nlw = "nlw_nmw,nlw,21,,13.00,,2027-04-01,,,a letter,verified\n";
        let rest = "nlw_nmw,18_20,18,20,11.00,,2027-04-01,,,a letter,verified\n\
                    nlw_nmw,16_17,16,17,8.20,,2027-04-01,,,a letter,verified\n\
                    nlw_nmw,apprentice,16,,8.20,,2027-04-01,,,a letter,verified\n";
        let message = |text: String| {
            with_file("new.csv", &text)
                .map(|f| f.len())
                .map_err(|e| e.to_string())
        };
        assert!(message(format!("{header}{nlw}{rest}")).is_ok());
        assert_eq!(
            message(format!("{header}{nlw}")),
            Err(
                "new.csv: nlw_nmw rates from 2027-04-01: there must be one apprentice rate"
                    .to_owned()
            )
        );
        assert_eq!(
            message(format!("{header}{}", nlw.replace("13.00", "£13"))),
            Err("new.csv, line 2: rate `£13` is not pounds above 0".to_owned())
        );
    }

    #[test]
    fn old_rates_are_said_to_be_old() {
        let floors = built_in().unwrap();
        assert!(
            stale(&floors, date::iso("2026-09-30").unwrap())
                .iter()
                .all(|note| !note.contains("nlw_nmw"))
        );
        assert!(
            stale(&floors, date::iso("2027-04-02").unwrap())
                .iter()
                .any(|note| note.contains("nlw_nmw"))
        );
    }
}
