//! What of a row about a person a finding may repeat. Values of personal columns never
//! get this far; here are those that stand below another column by mistake.

use std::collections::BTreeSet;

use super::layout::{Binding, Bound, CodeList};
use super::looks::{
    form, is_date_like, is_month, is_number_like, is_weekday, looks_personal, words_are, year_of,
};
use super::number;
use crate::model::column::{self, Named};
use crate::model::date;
use crate::model::decimal::Decimal;
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
        (Some((column, source)), _) => belongs((binding, record), column, source, text),
        (None, Some(filter)) => {
            let words = filter.keep.iter().chain(&filter.skip);
            nearest::nearest(text, words.map(String::as_str)).is_some()
        }
        (None, None) if is_month_column(binding, column) => words_are(text, &is_month),
        // Columns that are read by rules alone hold numbers.
        (None, None) => is_number_like(text, PLACES),
    }
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

fn is_month_column(binding: &Binding, column: Option<&str>) -> bool {
    let month = binding.month.as_ref().map(|(_, name)| name.as_str());
    month.is_some() && month == column
}

/// The most figures before the point of what is no money.
const PLACES: usize = 4;

/// Whether a text, right or wrong, is of the kind that a column holds.
fn belongs(row: (&Binding, Record<'_>), column: &Column, source: &Bound, text: &str) -> bool {
    let reference = cell(row.0, row.1, &column::WORKER_REF);
    let is_number = |text: &str| text.contains('.') && Decimal::parse(text).is_ok();
    match column.kind {
        Kind::Text | Kind::Key => false,
        Kind::Code | Kind::YesNo => {
            // A reference that is a code has changed places with it.
            if reference.is_some_and(|text| is_code(column, source, text)) {
                return false;
            }
            let digits = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
            let numbered = |codes: &CodeList| codes.iter().all(|(code, _)| digits(code));
            match source.codes.as_deref() {
                Some(codes) if numbered(codes) => is_number_like(text, PLACES),
                _ => {
                    !is_date_like(text) && text.chars().filter(|char| char.is_numeric()).count() < 6
                }
            }
        }
        Kind::Date => {
            is_later(row, text) && words_are(text, &|word| is_month(word) || is_weekday(word))
        }
        _ if reference.is_some_and(is_number) => false,
        Kind::Money | Kind::Charge => is_number_like(text, PLACES + 3),
        _ => is_number_like(text, PLACES),
    }
}

fn is_code(column: &Column, source: &Bound, text: &str) -> bool {
    if let Some(codes) = &source.codes {
        return codes.get(text).is_some();
    }
    let ours = column.codes.as_ref().and_then(|list| CODES.get(list));
    ours.is_some_and(|codes| codes.contains_key(text))
        || column.kind == Kind::YesNo && matches!(text, "yes" | "no")
}

/// Whether a date can be that of an event in the life of somebody grown up; that of a
/// birth is not repeated, whatever stands below the date of birth.
fn is_later(row: (&Binding, Record<'_>), text: &str) -> bool {
    let Some(born) = cell(row.0, row.1, &column::BIRTH_DATE).filter(|text| !text.is_empty()) else {
        return true;
    };
    match (year_of(born), year_of(text)) {
        (_, None | Some(..=EARLIEST)) => true,
        (Some(born), Some(year)) => born + 13 <= year,
        (None, Some(_)) => false,
    }
}

/// Nobody was born in this year or before.
const EARLIEST: i32 = 1905;

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
            let column = &binding.table.columns[at];
            binding.columns[at]
                .iter()
                .any(|source| is_code(column, source, text))
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
    let no_reference = own(&column::WORKER_REF).is_some_and(|text| {
        text.is_empty() || day(text).is_some() || is_role(text) || is_status(text)
    });
    let born = own(&column::BIRTH_DATE).filter(|text| !text.is_empty());
    // A year, a serial number and a mark of what is not known stand there as they should.
    let no_date = born.is_some_and(|text| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        !digits && !is_date_like(text) && !number::is_no_value(text) && !text.starts_with('#')
    });
    let start = own(&column::START_DATE)
        .and_then(day)
        .filter(|start| *start > FIRST);
    let swapped = born
        .and_then(day)
        .zip(start)
        .is_some_and(|(born, start)| born + CHILD > start);
    no_reference || no_date || swapped
}

/// The first day on which somebody who works now may have been born: in 1905.
const FIRST: i32 = -65 * 365;

/// The days before which nobody takes up work: 13 years.
const CHILD: i32 = 13 * 365;

/// What stands below a column, unless it is a mark of what is not known.
fn cell<'a>(binding: &Binding, record: Record<'a>, name: &Named) -> Option<&'a str> {
    let source = binding.columns[name.of(binding.table)?].first()?;
    let text = record.get(source.index)?.trim();
    (!source.not_known.iter().any(|mark| mark == text)).then_some(text)
}
