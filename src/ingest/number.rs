//! Numbers as people write them. The whole grammar, after white space around
//! the text (no-break and thin spaces, and the tab by which spreadsheets guard
//! a minus sign) is taken away:
//!
//! ```text
//! number = [ "-" ] [ "£" [ space ] ] whole [ "." digits ] [ "%" ] { [ space ] mark }
//! whole  = digits | 1 to 3 digits, not starting with 0, { "," 3 digits }
//! mark   = "[r]" | "[p]" | "[e]" | "[b]" | "[er]" | "[u]"
//! digits = one or more of 0 to 9
//! ```
//!
//! A pound sign is read where the column holds money, commas where it holds
//! money or whole numbers, a per cent sign where it holds percentages; these
//! leave no doubt, so they are no finding. Marks leave a warning. More than four decimals, surplus zeros aside, are refused,
//! never rounded. Whatever else there is, is not a number: nothing is guessed.

use crate::model::decimal::{Decimal, DecimalError, SCALE, round_half_away};
use crate::model::schema::Kind;

/// A number that was read, and the marks behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read<'a> {
    /// The number.
    pub number: Decimal,
    /// The marks as they stand, such as `[p]`; empty without.
    pub marks: &'a str,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It has more than four decimals.
    Decimals,
    /// It has more digits than any amount of this field.
    TooLarge,
    /// A comma stands where it parts no thousands.
    Comma,
    /// Words or letters follow: a unit.
    Unit,
    /// A pound sign in a column that does not hold money.
    Pound,
    /// It stands in brackets, as accountants write what is below zero.
    Brackets,
    /// It is a mark by which publishers say that there is no value.
    NoValue,
    /// None of these.
    Other,
}

/// Marks of publishers that stand for a missing value; what they mean differs
/// from one to the other, so only a layout can say that they mean "not known".
const NO_VALUE: [&str; 12] = [
    "[c]", "[x]", "[z]", "[low]", "*", ":", "..", ".", "-", "~", "x", "n/a",
];

/// Marks behind a number, and what they say of it.
const MARKS: [(&str, &str); 6] = [
    ("[r]", "revised"),
    ("[p]", "provisional"),
    ("[e]", "estimated"),
    ("[b]", "a break in the series"),
    ("[er]", "the earliest revision"),
    ("[u]", "of low reliability"),
];

/// Whether a text is a mark that says that there is no value.
#[must_use]
pub fn is_no_value(text: &str) -> bool {
    NO_VALUE.iter().any(|mark| mark.eq_ignore_ascii_case(text))
}

/// What the marks behind a number say, in words.
#[must_use]
pub fn meaning(marks: &str) -> String {
    let said = |(mark, meaning): &(&str, &'static str)| marks.contains(mark).then_some(*meaning);
    MARKS.iter().filter_map(said).collect::<Vec<_>>().join(", ")
}

/// Reads a number of a column of this kind.
///
/// # Errors
/// Why it is none.
pub fn read(text: &str, kind: Kind) -> Result<Read<'_>, Trouble> {
    // Nearly every cell is a plain number.
    if let Ok(number) = Decimal::parse(text) {
        return Ok(Read { number, marks: "" });
    }
    let money = matches!(kind, Kind::Money | Kind::Charge);
    let whole = matches!(kind, Kind::Count | Kind::Integer);
    let (amount, marks) = without_marks(text);
    let amount = match amount.strip_suffix('%') {
        Some(rest) if kind == Kind::Percent => rest,
        _ => amount,
    };
    let (sign, amount) = match amount.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", amount),
    };
    let amount = match amount.strip_prefix('£') {
        Some(_) if !money => return Err(Trouble::Pound),
        Some(rest) => rest.trim_start(),
        None => amount,
    };
    let parsed = match grouped(amount).filter(|_| money || whole) {
        Some(digits) => Decimal::parse(&format!("{sign}{digits}")),
        None if amount.starts_with('-') => Err(DecimalError::NotANumber),
        None => Decimal::parse(&format!("{sign}{amount}")),
    };
    match parsed {
        Ok(number) => Ok(Read { number, marks }),
        Err(error) => Err(match error {
            DecimalError::TooManyDecimals => Trouble::Decimals,
            DecimalError::TooLarge => Trouble::TooLarge,
            DecimalError::NotANumber => trouble(text),
        }),
    }
}

/// Reads a plain number: digits, at most one point, a minus sign before them.
///
/// # Errors
/// Why it is none.
pub fn plain(text: &str) -> Result<Read<'_>, Trouble> {
    match Decimal::parse(text) {
        Ok(number) => Ok(Read { number, marks: "" }),
        Err(DecimalError::TooManyDecimals) => Err(Trouble::Decimals),
        Err(DecimalError::TooLarge) => Err(Trouble::TooLarge),
        Err(DecimalError::NotANumber) => Err(trouble(text)),
    }
}

/// Reads a plain number of up to eight decimals and multiplies it; the product
/// is rounded once, to four decimals, halves away from zero.
///
/// # Errors
/// Why it is no such number.
pub fn times(text: &str, factor: Decimal) -> Result<Read<'_>, Trouble> {
    let (amount, marks) = without_marks(text);
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let (first, rest) = fraction.split_at_checked(4).unwrap_or((fraction, ""));
    if !rest.bytes().all(|b| b.is_ascii_digit()) {
        return Err(trouble(text));
    }
    let rest = rest.trim_end_matches('0');
    if rest.len() > 4 {
        return Err(Trouble::Decimals);
    }
    let upper = plain(if rest.is_empty() {
        amount
    } else {
        &amount[..=whole.len() + first.len()]
    })?;
    let lower = rest
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(4)
        .fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let negative = amount.starts_with('-');
    let lower = if negative { -lower } else { lower };
    // Hundred-millionths times ten-thousandths, back to ten-thousandths.
    let value = i128::from(upper.number.0) * i128::from(SCALE) + lower;
    let product = round_half_away(
        value * i128::from(factor.0),
        i128::from(SCALE) * i128::from(SCALE),
    );
    match i64::try_from(product) {
        Ok(product) => Ok(Read {
            number: Decimal(product),
            marks,
        }),
        Err(_) => Err(Trouble::TooLarge),
    }
}

/// The text without the marks at its end, and those.
fn without_marks(text: &str) -> (&str, &str) {
    let mut rest = text;
    let mut start = text.len();
    while let Some(mark) = MARKS.iter().find(|(mark, _)| rest.ends_with(mark)) {
        start = rest.len() - mark.0.len();
        rest = rest[..start].trim_end();
    }
    (rest, &text[start..])
}

/// The number without its commas, where each parts three digits.
fn grouped(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let (first, groups) = whole.split_once(',')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let right = (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && groups
            .split(',')
            .all(|part| part.len() == 3 && digits(part));
    let point = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
    right.then(|| whole.replace(',', "") + &point)
}

/// What somebody probably meant by a text that is not a number.
fn trouble(text: &str) -> Trouble {
    if is_no_value(text) {
        return Trouble::NoValue;
    }
    let text = text.trim_start_matches(['-', '£']).trim_start();
    if text.starts_with('(') && text.ends_with(')') {
        return Trouble::Brackets;
    }
    let numeric = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let (number, rest) = text.split_at(text.find(|c| !numeric(c)).unwrap_or(text.len()));
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Trouble::Other;
    }
    if rest.is_empty() {
        let commas = number.contains(',') && number.matches('.').count() <= 1;
        return if commas {
            Trouble::Comma
        } else {
            Trouble::Other
        };
    }
    let unit = rest.trim_start();
    let words = unit.starts_with(|c: char| c.is_alphabetic() || c == '/' || c == '%');
    if words && !unit.contains(|c: char| c.is_numeric()) {
        Trouble::Unit
    } else {
        Trouble::Other
    }
}

impl Trouble {
    /// What to do, where that is more than to give what the column holds.
    #[must_use]
    pub fn fix(self, kind: Kind) -> Option<&'static str> {
        let money = matches!(kind, Kind::Money | Kind::Charge);
        match self {
            Trouble::Comma if money || matches!(kind, Kind::Count | Kind::Integer) => Some(
                "write decimals after a point (12.60), and commas only between groups of three digits (1,234)",
            ),
            Trouble::Comma => Some("write decimals after a point (37.5), and no commas"),
            Trouble::Unit if money => {
                Some("give the number alone, in pounds, without pence, words or a unit behind it")
            }
            Trouble::Unit => Some("give the number alone, without words or a unit behind it"),
            Trouble::Pound => Some("give the number alone: the column does not hold money"),
            Trouble::Brackets => {
                Some("give the number without brackets; if it is meant to be below zero, check it")
            }
            Trouble::NoValue => Some(NO_VALUE_FIX),
            Trouble::Decimals | Trouble::TooLarge | Trouble::Other => None,
        }
    }
}

/// What to do about a mark that may mean "not known".
pub const NO_VALUE_FIX: &str = "if the mark means that the value is not known, leave the cell empty, or list the mark under not_known in a layout of your own; it is not guessed";

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;
    use arrow::compute::regexp_is_match_scalar;
    use proptest::prelude::*;

    fn money(text: &str) -> Result<String, Trouble> {
        read(text, Kind::Money).map(|read| read.number.to_string())
    }

    #[test]
    fn money_is_read_as_people_write_it() {
        for (text, expected) in [
            ("12.60", "12.6000"),
            ("£12.60", "12.6000"),
            ("£ 12.60", "12.6000"),
            ("£\u{a0}12.60", "12.6000"),
            ("1,234.50", "1234.5000"),
            ("£24,465", "24465.0000"),
            ("1,234,567", "1234567.0000"),
            ("-£1.50", "-1.5000"),
            ("12.340000", "12.3400"),
            ("007", "7.0000"),
        ] {
            assert_eq!(money(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn marks_are_told_apart_from_the_number() {
        for (text, number, marks) in [
            ("12.60 [p]", "12.6000", "[p]"),
            ("12.60[r][e]", "12.6000", "[r][e]"),
            ("12.60 [er] [u]", "12.6000", "[er] [u]"),
            ("£1,234 [b]", "1234.0000", "[b]"),
        ] {
            let read = read(text, Kind::Money).unwrap();
            assert_eq!(
                (read.number.to_string().as_str(), read.marks),
                (number, marks)
            );
        }
        assert_eq!(meaning("[r][e]"), "revised, estimated");
        assert_eq!(meaning("[er]"), "the earliest revision");
    }

    #[test]
    fn what_is_no_number_says_why() {
        use Trouble::{Brackets, Comma, Decimals, NoValue, Other, TooLarge, Unit};
        for (text, expected) in [
            ("12,60", Comma),
            ("1,23", Comma),
            ("0,123", Comma),
            ("12,34,567", Comma),
            ("1,2345", Comma),
            ("1234,567", Comma),
            ("12.60p", Unit),
            ("£12.60 per hour", Unit),
            ("12.60ph", Unit),
            ("12.60/hr", Unit),
            ("1260 pence", Unit),
            ("(12.60)", Brackets),
            ("£(12.60)", Brackets),
            ("12.34567", Decimals),
            ("123456789012345", TooLarge),
            ("12.60.5", Other),
            ("1e3", Other),
            ("+5", Other),
            ("0x10", Other),
            ("١٢", Other),
            ("１２", Other),
            ("1 234", Other),
            ("--5", Other),
            ("£-5", Other),
            ("££5", Other),
            ("$5", Other),
            ("'12.60", Other),
            ("5-", Other),
            ("[p]", Other),
            ("12.60 [f]", Other),
            ("12.60 [c]", Other),
        ] {
            assert_eq!(money(text), Err(expected), "{text}");
        }
        for mark in NO_VALUE {
            assert_eq!(money(mark), Err(NoValue), "{mark}");
        }
    }

    #[test]
    fn pounds_and_commas_only_where_they_belong() {
        assert_eq!(read("£37.5", Kind::Hours), Err(Trouble::Pound));
        assert_eq!(read("1,234", Kind::Hours), Err(Trouble::Comma));
        assert_eq!(read("37,5", Kind::Hours), Err(Trouble::Comma));
        assert_eq!(read("£5", Kind::Count), Err(Trouble::Pound));
        assert!(read("1,234", Kind::Count).is_ok());
        let percent = read("16.5%", Kind::Percent).map(|read| read.number);
        assert_eq!(percent, Ok(Decimal(165_000)));
        assert_eq!(read("16.5%", Kind::Money), Err(Trouble::Unit));
        assert_eq!(read("%", Kind::Percent), Err(Trouble::Other));
        assert_eq!(plain("£5"), Err(Trouble::Other));
    }

    #[test]
    fn products_are_exact_and_rounded_once() {
        let factor = Decimal::parse("37.5").unwrap();
        for (text, expected) in [
            ("1", "37.5000"),
            ("0.8", "30.0000"),
            ("0.53333", "19.9999"),
            ("0.53333333", "20.0000"),
            ("0.0001", "0.0038"),
            ("-0.00001", "-0.0004"),
            ("1.00000000000", "37.5000"),
        ] {
            let product = times(text, factor).map(|read| read.number.to_string());
            assert_eq!(product.as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(times("0.123456789", factor), Err(Trouble::Decimals));
        assert_eq!(times("0.12345x", factor), Err(Trouble::Unit));
        assert_eq!(times("1,5", factor), Err(Trouble::Comma));
        assert_eq!(times("", factor), Err(Trouble::Other));
    }

    /// The grammar once more, for another engine.
    const GRAMMAR: &str =
        r"^-?(£\s*)?([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+)(\.[0-9]{1,4}0*)?(\s*\[(r|p|e|b|er|u)\])*$";

    fn in_grammar(text: &str) -> bool {
        let texts = StringArray::from(vec![text]);
        let matched = regexp_is_match_scalar(&texts, GRAMMAR, None).unwrap();
        // A number of 15 digits or more is beyond any amount.
        matched.value(0)
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(value in -10_000_000_000_i64..10_000_000_000, pound in any::<bool>()) {
            let number = Decimal(value);
            let printed = number.to_string();
            let (sign, digits) = printed.strip_prefix('-').map_or(("", printed.as_str()), |d| ("-", d));
            let (whole, places) = digits.split_once('.').unwrap();
            let mut grouped = String::new();
            for (at, digit) in whole.chars().enumerate() {
                if at > 0 && (whole.len() - at) % 3 == 0 {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            let pound = if pound { "£" } else { "" };
            for text in [&printed, &format!("{sign}{pound}{grouped}.{places}")] {
                prop_assert_eq!(read(text, Kind::Money).map(|read| read.number), Ok(number));
            }
        }

        #[test]
        fn only_the_grammar_is_read(text in "[0-9.,£ \\-\\[\\]rpebux\u{a0}]{0,12}") {
            let text = text.trim();
            prop_assert_eq!(read(text, Kind::Money).is_ok(), in_grammar(text), "{:?}", text);
        }

        #[test]
        fn whatever_is_nearly_a_number_is_judged_alike(
            text in "-?£? ?[0-9]{1,4}(,[0-9]{2,4}){0,2}(\\.[0-9]{0,6})? ?(\\[(r|p|er|c)\\]){0,2}p?"
        ) {
            prop_assert_eq!(read(&text, Kind::Money).is_ok(), in_grammar(&text), "{:?}", text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = (read(&text, Kind::Money), plain(&text), times(&text, Decimal(375_000)));
        }
    }
}
