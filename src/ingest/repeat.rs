//! What of a row about a person a finding may repeat. Values of personal columns never
//! get this far; here are those that stand below another column by mistake.

use std::collections::BTreeSet;

use super::layout::{Binding, Bound, CodeList};
use super::number;
use crate::model::column::{self, Named};
use crate::model::date;
use crate::model::nearest;
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
    let filter = || {
        let mut filters = binding.filters.iter();
        filters.find(|filter| Some(filter.name.as_str()) == column)
    };
    match (column.and_then(named), filter()) {
        (Some((column, source)), _) => belongs(column, source, text),
        (None, Some(filter)) => {
            let words = filter.keep.iter().chain(&filter.skip);
            nearest::nearest(text, words.map(String::as_str)).is_some()
        }
        // Columns that are read by rules alone hold numbers.
        (None, None) => is_number_like(text),
    }
}

/// The form of an id: that of `P9` is that of `P10`.
#[must_use]
pub fn form(id: &str) -> String {
    let mut form: Vec<char> = id.trim().chars().collect();
    for letter in &mut form {
        *letter = match *letter {
            digit if digit.is_ascii_digit() => '9',
            letter if letter.is_alphabetic() => 'a',
            other => other,
        };
    }
    form.dedup_by(|next, last| *next == '9' && *last == '9');
    form.into_iter().collect()
}

/// Whether an id that no workplace has is one all the same, and not the reference of a
/// worker that stands in its place: it has the form of a known one, which the reference
/// of the row has not.
#[must_use]
pub fn is_workplace(
    id: &str,
    forms: &BTreeSet<String>,
    (binding, record): (&Binding, Record<'_>),
) -> bool {
    let own = form(id);
    let reference = cell(binding, record, &column::WORKER_REF);
    forms.contains(&own)
        && reference.is_none_or(|reference| form(reference) != own)
        && !is_misplaced(binding, record)
}

/// Whether a text, right or wrong, is of the kind that a column holds.
fn belongs(column: &Column, source: &Bound, text: &str) -> bool {
    match column.kind {
        Kind::Text | Kind::Key => false,
        Kind::Code | Kind::YesNo => {
            let digits = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
            let numbered = |codes: &CodeList| codes.iter().all(|(code, _)| digits(code));
            match source.codes.as_deref() {
                Some(codes) if numbered(codes) => is_number_like(text),
                _ => !is_date_like(text),
            }
        }
        Kind::Date => words_are(text, &|word| {
            is_beginning(word, &MONTHS) || is_beginning(word, &DAYS) || word == "sept"
        }),
        _ => is_number_like(text),
    }
}

/// Words that people write beside numbers and dates.
const WORDS: [&str; 93] = [
    "a",
    "about",
    "am",
    "an",
    "and",
    "annual",
    "annually",
    "annum",
    "approx",
    "band",
    "chf",
    "circa",
    "confirmed",
    "day",
    "days",
    "dollar",
    "dollars",
    "each",
    "est",
    "eur",
    "euro",
    "euros",
    "free",
    "ft",
    "full",
    "gbp",
    "h",
    "half",
    "hour",
    "hourly",
    "hours",
    "hr",
    "hrs",
    "k",
    "living",
    "lot",
    "m",
    "min",
    "minimum",
    "mins",
    "minutes",
    "month",
    "monthly",
    "months",
    "n",
    "na",
    "nd",
    "nil",
    "nk",
    "nlw",
    "nmw",
    "none",
    "of",
    "or",
    "p",
    "pa",
    "pay",
    "pence",
    "per",
    "ph",
    "pm",
    "pound",
    "pounds",
    "pro",
    "pt",
    "pw",
    "rata",
    "rate",
    "rd",
    "rlw",
    "salary",
    "st",
    "tba",
    "tbc",
    "tbd",
    "th",
    "time",
    "to",
    "unknown",
    "usd",
    "varies",
    "various",
    "wage",
    "week",
    "weekly",
    "wk",
    "wkly",
    "year",
    "yearly",
    "years",
    "yr",
    "yrs",
    "zero",
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

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Whether a word is one of a list, or the first letters of it.
fn is_beginning(word: &str, list: &[&str]) -> bool {
    word.len() > 2 && list.iter().any(|whole| whole.starts_with(word))
}

/// The words of a text, without what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|char: char| !char.is_alphabetic());
    words.filter(|word| !word.is_empty())
}

/// Whether the words of a text are such as stand beside numbers, or others that are
/// expected; or it is an error of a spreadsheet. Names have capitals, and what is told
/// of people has more than two words.
fn words_are(text: &str, expected: &dyn Fn(&str) -> bool) -> bool {
    let is_error = text.starts_with('#') && text.ends_with(['!', '?']) && !text.contains(' ');
    let other = |word: &&str| {
        let lower = word.to_lowercase();
        let known = word.chars().count() < 2
            || WORDS.binary_search(&lower.as_str()).is_ok()
            || expected(&lower);
        !known
    };
    let others: Vec<&str> = words(text).filter(other).collect();
    let plain = |word: &&str| word.chars().all(char::is_lowercase);
    is_error || number::is_no_value(text) || others.len() <= 2 && others.iter().all(plain)
}

/// Whether a text is one or two numbers of money, hours or counts with their words: no
/// date, and none of the numbers that stand for people, accounts or telephones.
fn is_number_like(text: &str) -> bool {
    let numbers: Vec<&str> = text
        .split(|char: char| !char.is_ascii_digit() && !".,".contains(char))
        .map(|number| number.trim_matches(['.', ',']))
        .filter(|number| !number.is_empty())
        .collect();
    let short = |number: &&str| {
        let whole = number.split('.').next().unwrap_or_default();
        let digits = whole.bytes().filter(u8::is_ascii_digit).count();
        let padded = whole.len() > 1 && whole.starts_with('0') && !whole.starts_with("0,");
        digits <= 7 && !padded
    };
    // A letter among digits is a slip of the finger, or a power of ten.
    let few = text.bytes().filter(u8::is_ascii_digit).count() < 5;
    let inside = text.as_bytes().windows(3).any(|three| {
        let (before, letter, after) = (three[0], three[1], three[2]);
        let allowed = matches!(letter, b'o' | b'O' | b'x') || few && matches!(letter, b'e' | b'E');
        let digits = before.is_ascii_digit() && after.is_ascii_digit();
        digits && letter.is_ascii_alphabetic() && !allowed
    });
    let one_or_two = numbers.len() <= 2 || text.contains(';');
    one_or_two
        && numbers.iter().all(short)
        && !inside
        && !is_date_like(text)
        && words_are(text, &|_| false)
}

/// Whether a text is a date in any form that people write, or begins with one.
fn is_date_like(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let three = |mark: char| {
        let parts: Vec<&str> = first.split(mark).collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let form = matches!(
            lengths.as_slice(),
            [1..=2, 1..=2, 2 | 4] | [4, 1..=2, 1..=2]
        );
        form && parts.iter().all(|part| digits(part))
    };
    let month = || {
        let is_month = |word: &str| {
            let word = word.to_lowercase();
            is_beginning(&word, &MONTHS) || word == "sept"
        };
        text.bytes().any(|byte| byte.is_ascii_digit()) && words(text).any(is_month)
    };
    ['-', '/', '.'].into_iter().any(three) || first.len() == 8 && digits(first) || month()
}

/// Whether a text is what tells people apart: an address of mail, a number of National
/// Insurance or of the NHS, a postcode.
fn looks_personal(text: &str) -> bool {
    let bare: Vec<u8> = text.bytes().filter(|byte| !b" -".contains(byte)).collect();
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
/// belongs there may stand in other columns: a reference that is a date, a code, a word
/// of a filter or missing; a date of birth that is none, or after the start of the job.
fn is_misplaced(binding: &Binding, record: Record<'_>) -> bool {
    let day = |text: &str| date::parse_days(text);
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
    let is_status = |text: &str| {
        let words = binding
            .filters
            .iter()
            .flat_map(|own| own.keep.iter().chain(&own.skip));
        words
            .into_iter()
            .any(|word| word.eq_ignore_ascii_case(text))
    };
    let own = |name: &Named| cell(binding, record, name);
    let born = own(&column::BIRTH_DATE);
    let no_reference = own(&column::WORKER_REF).is_some_and(|text| {
        text.is_empty() || day(text).is_some() || is_role(text) || is_status(text)
    });
    let no_date =
        born.is_some_and(|text| !text.is_empty() && day(text).is_none() && !is_date_like(text));
    let start = own(&column::START_DATE).and_then(day);
    let swapped = born
        .and_then(day)
        .zip(start)
        .is_some_and(|(born, start)| born + CHILD > start);
    no_reference || no_date || swapped
}

/// The days before which nobody takes up work: 13 years.
const CHILD: i32 = 13 * 365;

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
    fn numbers_are_repeated_with_the_words_beside_them() {
        assert!(WORDS.is_sorted());
        for text in [
            "12.60",
            "£12.60 per hour",
            "12,60",
            "24.5k p.a.",
            "n/a",
            "TBC",
            "50p",
            "37 hrs/week",
            "",
            "#REF!",
            "1st",
            "12.6O",
            "1O.60",
            "£24,500 per year",
            "12.00 to 13.00",
            "a lot",
            "37.5/wk",
            "minimum wage",
            "Band 3",
            "full time",
            "12.60333333",
            "1,234,567.89",
            "1e3",
            "abc",
            "0;1;2;3",
            "37.5 h pp",
        ] {
            assert!(is_number_like(text), "{text}");
        }
        for text in [
            "lives with Zeb Quux",
            "Q1234 ZQ",
            "twelve and Smith",
            "07700 900123",
            "12A3456E",
            "12-34-56",
            "April May",
            "14 March 1979",
            "14 Mar 79",
            "14.03.1979",
            "14-03-79",
            "1979/03/14",
            "5/14/1986",
            "19790314",
            "12/05/86",
            "14-05-1986",
            "lives with zeb",
            "9434765919",
            "12E3456E",
        ] {
            assert!(!is_number_like(text), "{text}");
        }
    }

    #[test]
    fn dates_are_told_in_every_form() {
        for text in [
            "14-May-86",
            "5/14/1986",
            "19790314",
            "14.03.79",
            "3 January 2024",
        ] {
            assert!(is_date_like(text), "{text}");
        }
        for text in [
            "12.60",
            "care_worker",
            "24500",
            "1,234.50",
            "37.5 to 40.0",
            "march",
            "",
        ] {
            assert!(!is_date_like(text), "{text}");
        }
    }
}
