//! The comparison of a worker's pay with a floor, written out as a sum that
//! anybody can do again.

use crate::model::decimal::format_scaled;

/// Ten-thousandths: the unit of all money and hours here.
const SCALE: usize = 4;

/// What a comparison is made of. Money and hours are ten-thousandths.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// `below`, `meets`, `cannot_tell` or `out_of_scope`.
    pub result: String,
    /// Whether the standard is the statutory one.
    pub statutory: bool,
    /// Supplied by an agency, or by whom is not known.
    pub agency: bool,
    /// A salary: pounds a year.
    pub salaried: bool,
    /// Pounds an hour, or a year.
    pub pay: Option<i128>,
    /// Hours a week of a salary.
    pub hours: Option<i128>,
    /// Pounds an hour that count beside basic pay.
    pub allowance: i128,
    /// The lowest floor that could apply, with its name.
    pub lowest: Option<(i128, String)>,
    /// The highest floor that could apply, with its name.
    pub highest: Option<(i128, String)>,
}

/// `12.71`, `37`, `0.125`: no zeros at the end but the two of pounds.
fn plain(value: i128, scale: usize, least: usize) -> String {
    let text = format_scaled(value, scale);
    let Some(point) = text.find('.') else {
        return text;
    };
    let trimmed = text.trim_end_matches('0').trim_end_matches('.').len();
    let least = if least == 0 { point } else { point + 1 + least };
    text[..trimmed.max(least.min(text.len()))].to_owned()
}

fn pounds(value: i128) -> String {
    plain(value, SCALE, 2)
}

/// A side of a comparison: how it is worked out, and its value in `10^-scale`.
struct Side {
    text: String,
    value: i128,
    scale: usize,
}

impl Side {
    fn write(&self) -> String {
        if self.text.contains(' ') {
            format!("{} = {}", self.text, plain(self.value, self.scale, 2))
        } else {
            self.text.clone()
        }
    }

    /// Both values in the same unit.
    fn less_than(&self, other: &Side) -> bool {
        let scale = self.scale.max(other.scale);
        let scaled = |side: &Side| {
            let power = u32::try_from(scale - side.scale).unwrap_or(0);
            side.value * 10_i128.pow(power)
        };
        scaled(self) < scaled(other)
    }
}

impl Compared {
    /// The floor, less what else counts, over the hours that pay is for.
    fn due(&self, floor: i128, weeks: i128) -> Side {
        let rate = floor - self.allowance;
        let text = if self.allowance == 0 {
            pounds(floor)
        } else {
            format!("({} - {})", pounds(floor), pounds(self.allowance))
        };
        match self.hours.filter(|_| self.salaried) {
            Some(hours) => Side {
                text: format!("{text} x {} x {weeks}", plain(hours, SCALE, 0)),
                value: rate * hours * weeks,
                scale: 2 * SCALE,
            },
            None if self.allowance == 0 => Side {
                text,
                value: rate,
                scale: SCALE,
            },
            None => Side {
                text: text[1..text.len() - 1].to_owned(),
                value: rate,
                scale: SCALE,
            },
        }
    }

    /// Whether pay is under 52 weeks, or one hour, of the floor.
    fn under(&self, pay: i128, (floor, name): &(i128, String)) -> (bool, String) {
        let pay = Side {
            text: pounds(pay),
            value: pay,
            scale: SCALE,
        };
        compare(&pay, &self.due(*floor, 52), name)
    }

    /// Whether seven times a salary is under 365 days' pay at the floor: a year
    /// has 365/7 weeks, and whole numbers stay exact.
    fn under_in_full(&self, pay: i128, (floor, name): &(i128, String)) -> (bool, String) {
        let pay = Side {
            text: format!("{} x 7", pounds(pay)),
            value: pay * 7,
            scale: SCALE,
        };
        compare(&pay, &self.due(*floor, 365), name)
    }

    /// The comparison in one line.
    #[must_use]
    pub fn write(&self) -> String {
        if self.result == "out_of_scope" {
            return "not compared: under 18 or an apprentice".to_owned();
        }
        if self.agency {
            return "not compared: supplied by an agency".to_owned();
        }
        let Some(pay) = self.pay.filter(|_| !self.salaried || self.hours.is_some()) else {
            return "not compared: no hourly rate, nor a salary with hours".to_owned();
        };
        let (Some(lowest), Some(highest)) = (&self.lowest, &self.highest) else {
            return "not compared: no floor is known".to_owned();
        };
        let full = self.salaried && self.statutory;
        let (short, low) = self.under(pay, lowest);
        let (not_enough, high) = if full {
            self.under_in_full(pay, highest)
        } else {
            self.under(pay, highest)
        };
        match self.result.as_str() {
            "below" => low,
            "meets" => high,
            _ if short => format!("{low}, but age or apprenticeship is not known"),
            _ if not_enough => format!("{low}, but {high}"),
            _ => format!("{high}, but age or apprenticeship is not known"),
        }
    }
}

fn compare(pay: &Side, due: &Side, name: &str) -> (bool, String) {
    let short = pay.less_than(due);
    let sign = if short { "<" } else { ">=" };
    (
        short,
        format!("{} {sign} {} ({name})", pay.write(), due.write()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(result: &str, pay: i128, floor: i128) -> Compared {
        Compared {
            result: result.to_owned(),
            statutory: true,
            pay: Some(pay),
            lowest: Some((floor, "nlw from 2026-04-01".to_owned())),
            highest: Some((floor, "nlw from 2026-04-01".to_owned())),
            ..Compared::default()
        }
    }

    #[test]
    fn each_comparison_is_a_sum_that_can_be_done_again() {
        let hourly = compared("below", 125_000, 127_100);
        assert_eq!(hourly.write(), "12.50 < 12.71 (nlw from 2026-04-01)");
        let hourly = compared("meets", 127_100, 127_100);
        assert_eq!(hourly.write(), "12.71 >= 12.71 (nlw from 2026-04-01)");
        let salary = |result: &str, pay: i128| Compared {
            salaried: true,
            hours: Some(370_000),
            ..compared(result, pay, 127_100)
        };
        assert_eq!(
            salary("below", 244_000_000).write(),
            "24400.00 < 12.71 x 37 x 52 = 24454.04 (nlw from 2026-04-01)"
        );
        assert_eq!(
            salary("meets", 246_000_000).write(),
            "24600.00 x 7 = 172200.00 >= 12.71 x 37 x 365 = 171648.55 (nlw from 2026-04-01)"
        );
        assert_eq!(
            salary("cannot_tell", 245_000_000).write(),
            "24500.00 >= 12.71 x 37 x 52 = 24454.04 (nlw from 2026-04-01), but 24500.00 x 7 = 171500.00 \
             < 12.71 x 37 x 365 = 171648.55 (nlw from 2026-04-01)"
        );
        let living = Compared {
            statutory: false,
            allowance: 1_500,
            ..compared("below", 132_000, 134_500)
        };
        assert_eq!(
            living.write(),
            "13.20 < 13.45 - 0.15 = 13.30 (nlw from 2026-04-01)"
        );
        let agency = Compared {
            agency: true,
            ..compared("cannot_tell", 125_000, 127_100)
        };
        assert_eq!(agency.write(), "not compared: supplied by an agency");
    }

    #[test]
    fn two_floors_that_disagree_are_both_shown() {
        let mut torn = compared("cannot_tell", 100_000, 80_000);
        torn.highest = Some((127_100, "nlw from 2026-04-01".to_owned()));
        torn.lowest = Some((80_000, "apprentice from 2026-04-01".to_owned()));
        assert_eq!(
            torn.write(),
            "10.00 >= 8.00 (apprentice from 2026-04-01), but 10.00 < 12.71 (nlw from 2026-04-01)"
        );
    }
}
