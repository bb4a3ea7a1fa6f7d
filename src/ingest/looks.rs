//! What a text looks like, whether it is one or not: a number with its words, a date in
//! any form, what tells people apart.

use super::number;
use crate::model::date;

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

/// Words that people write beside numbers and dates.
const WORDS: &str = "a about am an and annual annually annum approx band chf circa confirmed day days dollar \
    dollars each est eur euro euros free ft full gbp h half hour hourly hours hr hrs k \
    living lot m min minimum mins minutes month monthly months n na nd nil nk nlw nmw none \
    of or p pa pay pence per ph pm pound pounds pro pt pw rata rate rd rlw salary st tba tbc \
    tbd th time to unknown usd varies various wage week weekly wk wkly year yearly years yr \
    yrs zero";

const MONTHS: &str =
    "january february march april may june july august september october november december";

const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday";

/// Whether a word is one of a list, or the first letters of it.
fn is_beginning(word: &str, list: &str) -> bool {
    word.len() > 2 && list.split_whitespace().any(|whole| whole.starts_with(word))
}

fn is_one_of(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// The words of a text, without what stands between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|char: char| !char.is_alphabetic());
    words.filter(|word| !word.is_empty())
}

/// Whether the words of a text are such as stand beside numbers, or others that are
/// expected; or it is an error of a spreadsheet. One more may be short and without
/// capitals, as no name is.
#[must_use]
pub fn words_are(text: &str, expected: &dyn Fn(&str) -> bool) -> bool {
    let is_error = text.starts_with('#') && text.ends_with(['!', '?']) && !text.contains(' ');
    let other = |word: &&str| {
        let lower = word.to_lowercase();
        let known = word.chars().count() < 2 || is_one_of(WORDS, &lower) || expected(&lower);
        !known
    };
    let others: Vec<&str> = words(text).filter(other).collect();
    let plain = |word: &&str| word.len() < 6 && word.chars().all(char::is_lowercase);
    is_error || number::is_no_value(text) || others.len() < 2 && others.iter().all(plain)
}

/// Whether a word is a month, or its first letters.
#[must_use]
pub fn is_month(word: &str) -> bool {
    is_beginning(word, MONTHS) || word == "sept"
}

/// Whether a text is one or two numbers of money, hours or counts with their words: no
/// date, and none of the numbers that stand for people, accounts or telephones. Before
/// the point they have together at most so many `places`.
#[must_use]
pub fn is_number_like(text: &str, places: usize) -> bool {
    // Figures of other scripts may be a date.
    let other = |char: &char| char.is_numeric() && !char.is_ascii_digit();
    if text.chars().filter(other).count() > places {
        return false;
    }
    let bare = text.replace("1/2", "");
    let numbers: Vec<&str> = bare
        .split(|char: char| !char.is_ascii_digit() && !".,".contains(char))
        .map(|number| number.trim_matches(['.', ',']))
        .filter(|number| !number.is_empty())
        .collect();
    let whole = |number: &str| {
        let whole = number.split('.').next().unwrap_or_default();
        whole.bytes().filter(u8::is_ascii_digit).count()
    };
    let padded = |number: &&str| {
        number.len() > 1
            && number.starts_with('0')
            && !number.starts_with(['.', ','])
            && !number[1..].starts_with(['.', ','])
    };
    let list = text.contains(';');
    let most = numbers.iter().map(|number| whole(number));
    let short = if list {
        most.max().unwrap_or(0)
    } else {
        most.sum()
    } <= places;
    let time = text.contains(':');
    let few =
        numbers.len() < 3 || list || time || numbers.iter().all(|number| number.contains('.'));
    short
        && few
        && (time || !numbers.iter().any(padded))
        && !has_letters_inside(text)
        && !is_date_like(text)
        && words_are(text, &|word| is_one_of(NUMBERS, word))
}

/// Whether a word is a day of the week, or its first letters.
#[must_use]
pub fn is_weekday(word: &str) -> bool {
    is_beginning(word, WEEKDAYS)
}

/// Numbers in words.
const NUMBERS: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty \
    ninety hundred thousand";

/// Whether a letter stands among digits, or behind four of them: no slip of the finger
/// and no power of ten.
fn has_letters_inside(text: &str) -> bool {
    let bytes = text.as_bytes();
    let few = bytes.iter().filter(|byte| byte.is_ascii_digit()).count() < 5;
    let inside = bytes.windows(3).any(|three| {
        let (before, letter, after) = (three[0], three[1], three[2]);
        let allowed = b"oOx".contains(&letter) || few && b"eEhH".contains(&letter);
        let digits = before.is_ascii_digit() && after.is_ascii_digit();
        digits && letter.is_ascii_alphabetic() && !allowed
    });
    let behind = bytes.windows(5).any(|five| {
        five[..4].iter().all(u8::is_ascii_digit)
            && five[4].is_ascii_alphabetic()
            && !b"kKpP".contains(&five[4])
    });
    inside || behind
}

/// Whether a text is a date in any form that people write, or holds one.
#[must_use]
pub fn is_date_like(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let three = |word: &str, mark: char| {
        let word = word.split('T').next().unwrap_or_default();
        let parts: Vec<&str> = word.split(mark).collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let form = matches!(
            lengths.as_slice(),
            [1..=2, 1..=2, 2 | 4] | [4, 1..=2, 1..=2]
        );
        form && parts.iter().all(|part| digits(part))
    };
    let is_date = |word: &str| {
        let word = word.trim_matches(|char: char| !char.is_ascii_digit());
        ['-', '/', '.', '\u{2013}']
            .into_iter()
            .any(|mark| three(word, mark))
            || word.len() == 8 && digits(word)
    };
    let month = || {
        text.bytes().any(|byte| byte.is_ascii_digit())
            && words(text).any(|word| is_month(&word.to_lowercase()))
    };
    text.split_whitespace().any(is_date) || three(&text.replace(' ', "-"), '-') || month()
}

/// Whether a text is what tells people apart: an address of mail, a number of National
/// Insurance or of the NHS, a postcode.
#[must_use]
pub fn looks_personal(text: &str) -> bool {
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

/// The year of a date in any form.
#[must_use]
pub fn year_of(text: &str) -> Option<i32> {
    if let Some(day) = date::parse_days(text).and_then(date::from_days) {
        return Some(chrono::Datelike::year(&day));
    }
    let groups = text.split(|char: char| !char.is_ascii_digit());
    let groups: Vec<&str> = groups.filter(|group| !group.is_empty()).take(3).collect();
    let four = groups.iter().find(|group| group.len() == 4);
    let number = |text: &str| text.parse::<i32>().ok();
    match (four, groups.as_slice()) {
        (Some(year), _) => number(year),
        (None, [.., two]) if groups.len() > 1 && two.len() == 2 => {
            number(two).map(|year| if year > 40 { 1900 + year } else { 2000 + year })
        }
        (None, [eight]) if eight.len() == 8 => number(&eight[..4]),
        _ => None,
    }
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
            "thirty seven",
            "37:30:00",
            "37h30",
            "37 1/2",
            "12.71/13.20/14.00",
            "37.5 h pp",
        ] {
            assert!(is_number_like(text, 7), "{text}");
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
            "jane smith",
            "pregnant",
            "12A 3456E",
            "1234 5678",
            "£14.05.1986",
            "DOB 14/05/1986",
            "14 05 1986",
            "1986-05-14T00:00:00",
            "١٤/٠٥/١٩٨٦",
            "12E3456E",
        ] {
            assert!(!is_number_like(text, 7), "{text}");
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
