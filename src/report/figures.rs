//! Every figure as the text that is printed.
//!
//! Figures are written here once, exactly, from the decimals of the protected
//! tables.

use serde::Serialize;

use crate::compare::table::Value;

/// Whether a value is nought.
#[must_use]
pub fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Integer(0) | Value::Decimal(0, _))
}

/// Whether a value is a count of one.
#[must_use]
pub fn is_one(value: &Value) -> bool {
    matches!(value, Value::Integer(1))
}

/// One figure as printed: `£12.71`, `3.65%`, `1,204` or a marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The text.
    pub text: String,
    /// Whether the text is a marker that stands for no figure.
    pub marker: bool,
    /// Whether the figure is nought: templates then say "none".
    pub zero: bool,
    /// Whether the figure is one: templates then use the singular.
    pub one: bool,
}

impl Figure {
    /// No figure, with the marker that says why.
    #[must_use]
    pub fn missing(marker: &str) -> Figure {
        Figure {
            text: marker.to_owned(),
            marker: true,
            zero: false,
            one: false,
        }
    }

    /// Text or a code that stands for itself.
    #[must_use]
    pub fn word(text: String) -> Figure {
        Figure {
            text,
            marker: false,
            zero: false,
            one: false,
        }
    }

    /// A count.
    #[must_use]
    pub fn count(number: u64) -> Figure {
        let text = group(&number.to_string());
        Figure {
            text,
            marker: false,
            zero: number == 0,
            one: number == 1,
        }
    }

    /// A count that may be withheld.
    #[must_use]
    pub fn count_or_withheld(number: Option<u64>) -> Figure {
        number.map_or_else(|| Figure::missing("[c]"), Figure::count)
    }
}

/// How the figures of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text or a code, as it stands.
    Text,
    /// Pounds.
    Money,
    /// Per cent.
    Percent,
    /// A count or another plain number.
    Number,
}

impl Kind {
    /// The kind of a comparison's column, by the endings that all tables share.
    #[must_use]
    pub fn of(column: &str) -> Kind {
        // below_pct and its bounds alike.
        if column.contains("_pct") {
            return Kind::Percent;
        }
        match column {
            "p25_hourly" | "median_hourly" | "p75_hourly" | "reference_median" | "focus_median"
            | "gap_pounds" | "gap_pounds_low" | "gap_pounds_high" | "median_minimum"
            | "median_maximum" | "annual_shortfall" | "floor" | "counted_pay"
            | "effective_rate" | "shortfall" | "arrears" | "penalty" | "prompt_penalty"
            | "cost" | "on_costs" | "total" | "pay_bill" | "median_gap" => Kind::Money,
            "period" | "marker" | "release" | "role_group" | "sector" | "reference_sector"
            | "focus_sector" | "contract_type" | "measure" | "standard" | "provider_id"
            | "provider_name" | "workplace_id" | "regulator_id" | "service" | "status"
            | "condition" | "notice_date" | "naming" | "rule" | "result" | "tenure"
            | "guarantee" | "distance" | "area" | "area_code" | "caveat" | "law" => Kind::Text,
            _ => Kind::Number,
        }
    }

    /// A value as printed.
    #[must_use]
    pub fn write(self, value: &Value) -> String {
        if !matches!(value, Value::Integer(_) | Value::Decimal(..)) {
            return value.render();
        }
        match self {
            Kind::Text => value.render(),
            Kind::Money => pounds(value),
            Kind::Percent => format!("{}%", group(&value.render())),
            Kind::Number => group(trim_decimals(&value.render(), 0)),
        }
    }
}

/// `£1,204.50`: two decimals, or up to four where the amount has them.
#[must_use]
pub fn pounds(value: &Value) -> String {
    let text = value.render();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text.as_str()),
    };
    format!("{sign}£{}", group(trim_decimals(digits, 2)))
}

/// Drops zeros at the end of the decimals, but keeps at least `keep` places.
#[must_use]
pub fn trim_decimals(text: &str, keep: usize) -> &str {
    let Some(point) = text.find('.') else {
        return text;
    };
    let least = if keep == 0 {
        point
    } else {
        (point + 1 + keep).min(text.len())
    };
    let trimmed = text.trim_end_matches('0').trim_end_matches('.').len();
    &text[..trimmed.max(least)]
}

/// Commas between thousands, a true minus in front.
#[must_use]
pub fn group(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_have_two_decimals_or_the_four_they_need() {
        for (value, expected) in [
            (Value::Decimal(127_100, 4), "£12.71"),
            (Value::Decimal(127_104, 4), "£12.7104"),
            (Value::Decimal(127_150, 4), "£12.715"),
            (Value::Decimal(120_000, 4), "£12.00"),
            (Value::Decimal(123_456_700, 2), "£1,234,567.00"),
            (Value::Decimal(-14_900, 4), "−£1.49"),
            (Value::Decimal(0, 2), "£0.00"),
        ] {
            assert_eq!(pounds(&value), expected);
        }
    }

    #[test]
    fn counts_and_shares_keep_their_digits() {
        assert_eq!(Figure::count(1_204).text, "1,204");
        assert_eq!(Figure::count(999).text, "999");
        assert_eq!(Kind::Percent.write(&Value::Decimal(1806, 2)), "18.06%");
        assert_eq!(Kind::Number.write(&Value::Decimal(1_105, 1)), "110.5");
        assert_eq!(Kind::Number.write(&Value::Decimal(12_000, 1)), "1,200");
        assert_eq!(Kind::Number.write(&Value::Decimal(280_000, 4)), "28");
    }
}
