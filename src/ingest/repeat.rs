//! What of a row about a person a finding may repeat. Values of personal columns never
//! get this far; here are those that stand below another column by mistake.

use super::layout::{Binding, Bound, CodeList};
use super::number;
use crate::model::column::{self, Named};
use crate::model::date;
use crate::model::schema::{CODES, Column, Kind};
use crate::returns::record::Record;

/// Whether a text that stands below a column of a row tells nothing of a person.
#[must_use]
pub fn is_harmless(
    binding: &Binding,
    record: Record<'_>,
    column: Option<&str>,
    text: &str,
) -> bool {
    if column::WORKER_REF.of(binding.table).is_none() {
        return true;
    }
    let text = text.trim();
    if is_misplaced(binding, record) || is_own(binding, record, text) || looks_personal(text) {
        return false;
    }
    let columns = binding.table.columns.iter().zip(&binding.columns);
    let named = |name: &str| {
        let mut all =
            columns.flat_map(|(column, sources)| sources.iter().map(move |own| (column, own)));
        all.find(|(_, source)| source.name == name)
    };
    match column.and_then(named) {
        Some((column, source)) => belongs(column, source, text),
        None if binding
            .filters
            .iter()
            .any(|filter| Some(filter.name.as_str()) == column) =>
        {
            true
        }
        // Columns that are read by rules alone hold numbers.
        None => number_words(text),
    }
}

/// Whether a text, right or wrong, is of the kind that a column holds.
fn belongs(column: &Column, source: &Bound, text: &str) -> bool {
    match column.kind {
        Kind::Text | Kind::Key => false,
        Kind::Code | Kind::YesNo => {
            let digits = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
            let numbered = |codes: &CodeList| codes.iter().all(|(code, _)| digits(code));
            !source.codes.as_deref().is_some_and(numbered) || number_words(text)
        }
        _ => number_words(text),
    }
}

/// Words that people write beside numbers and dates.
const WORDS: [&str; 55] = [
    "a", "about", "an", "and", "annual", "annum", "approx", "circa", "day", "days", "each", "est",
    "eur", "free", "gbp", "h", "half", "hour", "hourly", "hours", "hr", "hrs", "k", "m", "min",
    "mins", "minutes", "month", "monthly", "months", "n", "na", "nd", "nil", "none", "of", "or",
    "p", "pa", "pay", "pence", "per", "ph", "pound", "pounds", "pw", "rate", "rd", "st", "tbc",
    "th", "unknown", "week", "weekly", "zero",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Whether all words of a text are such as stand beside numbers, or it is an error of
/// a spreadsheet.
fn number_words(text: &str) -> bool {
    let known = |word: &str| {
        let word = word.to_lowercase();
        let is_month = || MONTHS.iter().any(|month| month.starts_with(&word));
        word.chars().count() < 2
            || WORDS.binary_search(&word.as_str()).is_ok()
            || word.len() > 2 && is_month()
            || word == "sept"
    };
    let mut words = text.split(|char: char| !char.is_alphabetic());
    let is_error = || text.starts_with('#') && text.ends_with(['!', '?']) && !text.contains(' ');
    words.all(known) || number::is_no_value(text) || is_error()
}

/// Whether a text is what tells people apart: an address of mail, a number of National
/// Insurance or of the NHS, a postcode.
fn looks_personal(text: &str) -> bool {
    let bare: Vec<u8> = text.bytes().filter(|byte| !b" -.".contains(byte)).collect();
    let is = |shape: &[u8]| {
        let fits = |(byte, kind): (&u8, &u8)| match kind {
            b'A' => byte.is_ascii_alphabetic(),
            _ => byte.is_ascii_digit(),
        };
        bare.len() == shape.len() && bare.iter().zip(shape).all(fits)
    };
    let postcode = || {
        let shapes: [&[u8]; 6] = [
            b"A99AA", b"A999AA", b"AA99AA", b"AA999AA", b"A9A9AA", b"AA9A9AA",
        ];
        shapes.iter().any(|shape| is(shape))
    };
    text.contains('@') || is(b"AA999999A") || is(b"AA999999") || is(b"9999999999") || postcode()
}

/// Whether a text is the worker's own reference.
fn is_own(binding: &Binding, record: Record<'_>, text: &str) -> bool {
    // Shorter ones may be codes by chance.
    text.len() > 2 && cell(binding, record, &column::WORKER_REF).is_some_and(|own| own == text)
}

/// Whether what stands below the personal columns belongs elsewhere, so that what
/// belongs there may stand in other columns: a reference that is a date, a code or
/// missing, a date of birth that is none.
fn is_misplaced(binding: &Binding, record: Record<'_>) -> bool {
    let is_date = |text: &str| date::parse_days(text).is_some();
    let is_role = |text: &str| {
        let position = column::ROLE.of(binding.table);
        let known = position.is_some_and(|at| {
            let list = binding.table.columns[at].codes.as_ref();
            let ours = list.and_then(|list| CODES.get(list));
            let theirs = |source: &Bound| match &source.codes {
                Some(codes) => codes.get(text).is_some(),
                None => ours.is_some_and(|codes| codes.contains_key(text)),
            };
            binding.columns[at].iter().any(theirs)
        });
        known && text.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    cell(binding, record, &column::WORKER_REF)
        .is_some_and(|text| text.is_empty() || is_date(text) || is_role(text))
        || cell(binding, record, &column::BIRTH_DATE)
            .is_some_and(|text| !text.is_empty() && !is_date(text))
}

/// What stands below a column, unless it is a mark of what is not known.
fn cell<'a>(binding: &Binding, record: Record<'a>, name: &Named) -> Option<&'a str> {
    let source = binding.columns[name.of(binding.table)?].first()?;
    let text = record.get(source.index)?.trim();
    (!source.not_known.iter().any(|mark| mark == text)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_people_apart_is_told_by_its_shape() {
        for text in [
            "AB123456C",
            "ab 12 34 56 c",
            "qq 123456",
            "943 476 5919",
            "a.b@example.org",
            "XX10 9ZZ",
            "x1 1aa",
        ] {
            assert!(looks_personal(text), "{text}");
        }
        for text in [
            "12.60",
            "care_worker",
            "41500",
            "37.5",
            "2026-03-31",
            "14/03/1979",
            "1;2",
        ] {
            assert!(!looks_personal(text), "{text}");
        }
    }

    #[test]
    fn words_beside_numbers_are_those_of_numbers() {
        assert!(WORDS.is_sorted());
        for text in [
            "12.60",
            "£12.60 per hour",
            "12,60",
            "24.5k p.a.",
            "31 Sept 2026",
            "n/a",
            "TBC",
            "50p",
            "37 hrs/week",
            "",
            "#REF!",
            "1st",
        ] {
            assert!(number_words(text), "{text}");
        }
        for text in ["lives with Zeb Quux", "Q1234 ZQ", "twelve and Smith"] {
            assert!(!number_words(text), "{text}");
        }
    }
}
