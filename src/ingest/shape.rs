//! Whether a row counts, and whether it has the cells that it should.

use chrono::{Datelike, NaiveDate};

use super::findings::{RowFindings, beginning};
use super::layout::{Binding, Counts};
use super::rules::{self, breach};
use crate::model::date;
use crate::model::finding::Severity;
use crate::returns::flaw::Flaw;
use crate::returns::record::Record;

/// Whether a record has text and is not marked as left out.
#[must_use]
pub fn is_row(binding: &Binding, record: Record<'_>) -> bool {
    !record.is_blank() && !binding.skips(record)
}

/// Checks that a row has as many cells as the header, its status and its month.
pub fn check(binding: &Binding, record: Record<'_>, period: i32, findings: &mut RowFindings<'_>) {
    let (cells, columns) = (record.len(), binding.names.len());
    let short = cells < columns && !binding.may_end(cells);
    // A layout that lets any row end early cannot tell which cell is missing.
    findings.slipped = cells > columns || short || cells < columns && binding.layout.short_rows;
    for (at, flaw) in record.flaws {
        let at = usize::try_from(*at).unwrap_or(usize::MAX);
        let name = binding.header.get(at).map(String::as_str);
        if binding.reads(at) {
            let (rule, detail) = match flaw {
                Flaw::Error(text) => (&rules::CELL_ERROR, *text),
                Flaw::NoResult => (&rules::CELL_FORMULA, ""),
                Flaw::Long => (&rules::CELL_LONG, ""),
                Flaw::Quotes => (&rules::QUOTATION, ""),
            };
            breach(rule, findings, name, None, detail);
        }
    }
    // Where marks are missing, cells of a row that is too short are run together.
    let loose = |(at, flaw): &(u32, Flaw)| *flaw == Flaw::Quotes && !binding.reads(*at as usize);
    if cells != columns && record.flaws.iter().any(loose) {
        breach(&rules::QUOTATION, findings, None, None, "");
    }
    // A sheet has no quotation marks that could be left open.
    let in_text = findings.sheet.is_none();
    let breaks = in_text && !record.is_line();
    if breaks && memchr::memchr2(b'\n', b'\r', record.text().as_bytes()).is_some() {
        breach(&rules::LINE_BREAK, findings, None, None, "");
    }
    let counted = || format!("{cells} cells under {columns} columns");
    let mut surplus = (columns..cells).filter_map(|cell| record.get(cell));
    if in_text && surplus.any(|cell| !cell.trim().is_empty()) {
        breach(&rules::LONG_ROW, findings, None, None, &counted());
    }
    // Downloads of some sources leave out empty cells at the end of a row.
    if short {
        breach(&rules::SHORT_ROW, findings, None, None, &counted());
    }
    for filter in &binding.filters {
        if filter.judge(record) == Counts::Unknown {
            let words: Vec<&str> = filter
                .keep
                .iter()
                .chain(&filter.skip)
                .map(String::as_str)
                .collect();
            let text = record.get(filter.index).unwrap_or("").trim();
            let told = if text.is_empty() {
                "it is empty".to_owned()
            } else if findings.may_repeat(Some(&filter.name), text) {
                format!("`{}`", beginning(text))
            } else {
                String::new()
            };
            findings.push(
                Severity::Error,
                findings.id("status"),
                Some(&filter.name),
                Some(text).filter(|text| !text.is_empty()),
                rules::BAD_STATUS.told(&told),
                format!("use one of: {}", words.join(", ")).into(),
            );
        }
    }
    if let Some((at, name)) = &binding.month
        && let Some(day) = date::from_days(period)
    {
        let text = record.get(*at).unwrap_or("");
        let wanted = (day.year(), day.month());
        if month(text) != Some(wanted) {
            let (year, month) = wanted;
            let detail = format!("that is {year}-{month:02}");
            breach(&rules::MONTH, findings, Some(name), Some(text), &detail);
        }
    }
}

/// Year and month of `202609`, `2026-09`, `2026-SEP` or `2026-September`.
fn month(text: &str) -> Option<(i32, u32)> {
    let text = text.trim();
    let (year, month) = text.split_at_checked(4)?;
    if !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let month = month.strip_prefix('-').unwrap_or(month);
    let number = if month.len() == 2 && month.bytes().all(|b| b.is_ascii_digit()) {
        month.parse().ok()?
    } else {
        month.parse::<chrono::Month>().ok()?.number_from_month()
    };
    let first = NaiveDate::from_ymd_opt(year.parse().ok()?, number, 1)?;
    Some((first.year(), first.month()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn months_in_four_forms_and_no_other() {
        for text in [
            "202609",
            "2026-09",
            "2026-SEP",
            "2026-September",
            " 2026-sep ",
        ] {
            assert_eq!(super::month(text), Some((2026, 9)), "{text}");
        }
        for text in [
            "", "2026", "2026-13", "09-2026", "Sep-26", "2026-9", "2026/09", "20x609", "Tŷ26",
        ] {
            assert_eq!(super::month(text), None, "{text}");
        }
    }
}
