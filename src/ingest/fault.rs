//! What is wrong with a cell, in words for the person who can mend it.

use super::cell::Cell;
use super::findings::{RowFindings, beginning};
use super::layout::Bound;
use super::number;
use super::value::{Fault, LONGEST};
use crate::model::finding::Severity;
use crate::model::nearest;
use crate::model::schema::{CODES, Column, Kind};

/// Records what is wrong with a cell.
pub fn report(column: &Column, cell: &Cell<'_>, fault: Fault, findings: &mut RowFindings<'_>) {
    let Some(source) = cell.source else {
        let name = &column.name;
        let (message, fix) = if cell.raw.is_empty() {
            (
                format!("{name} is missing"),
                "give the column in the header and a value in each row",
            )
        } else {
            (
                format!("{name}: the value that the layout gives it cannot be used for the period"),
                "mend the constant in the layout's file, or give it the dates for which it holds",
            )
        };
        let id = findings.id(&format!("{name}.{}", fault.id()));
        findings.push(
            Severity::Error,
            id,
            Some(name),
            None,
            message.into(),
            fix.into(),
        );
        return;
    };
    let severity = if column.required {
        Severity::Error
    } else {
        source.wrong
    };
    let shown = shown(column, cell, findings);
    let (message, fix) = describe(column, source, shown.as_deref(), fault);
    let dropped = if severity == Severity::Warning {
        "; the value is not used"
    } else {
        ""
    };
    findings.push(
        severity,
        findings.id(&format!("{}.{}", column.name, fault.id())),
        Some(&source.name),
        shown.as_deref().filter(|shown| !shown.is_empty()),
        format!("{message}{dropped}").into(),
        fix.into(),
    );
}

fn describe(
    column: &Column,
    source: &Bound,
    shown: Option<&str>,
    fault: Fault,
) -> (String, String) {
    let name = &source.name;
    let quoted = quoted(shown);
    let bare = shown.unwrap_or(HIDDEN);
    let shown = shown.unwrap_or_default();
    let expected = column.kind.expected();
    match fault {
        Fault::Required if matches!(column.kind, Kind::Code | Kind::YesNo) => {
            (format!("{name} is empty"), known_codes(column, source, ""))
        }
        Fault::Required if column.kind == Kind::Text => (
            format!("{name} is empty"),
            format!("give {name}: no row is accepted without it"),
        ),
        Fault::Required => (format!("{name} is empty"), format!("give {expected}")),
        Fault::Number(trouble) => (
            format!("{name}: {quoted} cannot be read"),
            trouble
                .fix(column.kind)
                .map_or_else(|| format!("give {expected}"), str::to_owned),
        ),
        Fault::Unreadable => (
            format!("{name}: {quoted} cannot be read"),
            if number::is_no_value(shown.trim()) {
                number::NO_VALUE_FIX.to_owned()
            } else {
                format!("give {expected}")
            },
        ),
        Fault::Decimals => {
            let most = if source.times.is_some() { 8 } else { 4 };
            (
                format!("{name}: {quoted} has more than {most} decimals and is not rounded"),
                format!("give the exact value with at most {most} decimals"),
            )
        }
        Fault::TooLong => (
            format!("{name}: {quoted} has more characters than allowed"),
            format!(
                "give at most {} characters",
                source.max_length.unwrap_or(LONGEST)
            ),
        ),
        Fault::Range if column.kind == Kind::Date => (
            format!("{name}: {bare} is before 1900"),
            "give the true date as YYYY-MM-DD or DD/MM/YYYY".to_owned(),
        ),
        Fault::Range => {
            let (min, max) = column.limits();
            let multiplied = source
                .times
                .map_or(String::new(), |factor| format!(" x {}", factor.short()));
            (
                format!(
                    "{name}: {bare}{multiplied} is not between {} and {}",
                    min.short(),
                    max.short()
                ),
                "check the value and its unit; leave it empty if it is not known".to_owned(),
            )
        }
        Fault::UnknownCode => (
            format!("{name}: {quoted} is not a known code"),
            known_codes(column, source, shown),
        ),
        Fault::AfterPeriod => (
            format!("{name}: {bare} is after the period"),
            "give the true date, or the period that the return is for".to_owned(),
        ),
    }
}

fn known_codes(column: &Column, source: &Bound, shown: &str) -> String {
    let mut codes: Vec<&str> = match (&source.codes, &column.codes) {
        (Some(codes), _) => codes.iter().map(|(theirs, _)| theirs).collect(),
        (None, Some(list)) => CODES
            .get(list)
            .map(|codes| codes.keys().map(String::as_str).collect())
            .unwrap_or_default(),
        (None, None) => vec!["yes", "no"],
    };
    codes.sort_by_key(|code| (code.parse::<u32>().unwrap_or(0), *code));
    let wrong = Some(shown).filter(|shown| !shown.is_empty());
    let near = wrong.and_then(|shown| nearest::nearest(shown, codes.iter().copied()));
    let meant = match near {
        Some(code) => format!("did you mean {code}? "),
        None => String::new(),
    };
    let mark = if number::is_no_value(shown.trim()) {
        format!("; {}", number::NO_VALUE_FIX)
    } else {
        String::new()
    };
    format!("{meant}use one of: {}{mark}", codes.join(", "))
}

/// What stands for a value that is not repeated.
const HIDDEN: &str = "the value";

fn quoted(shown: Option<&str>) -> String {
    shown.map_or_else(|| HIDDEN.to_owned(), |shown| format!("`{shown}`"))
}

/// What may be repeated of a cell.
fn shown(column: &Column, cell: &Cell<'_>, findings: &RowFindings<'_>) -> Option<String> {
    let broken = cell.raw.contains(['\n', '\r']);
    let name = cell.source.map_or(&column.name, |source| &source.name);
    let hidden = column.personal || broken || !findings.may_repeat(Some(name), cell.raw);
    (!hidden).then(|| beginning(cell.raw))
}

/// Records that a number has marks behind it.
pub fn marked(column: &Column, cell: &Cell<'_>, marks: &str, findings: &mut RowFindings<'_>) {
    let meaning = number::meaning(marks);
    warn(
        column,
        cell,
        "marked",
        &format!("is marked {marks}, {meaning}; the number is used"),
        MARKED_FIX,
        findings,
    );
}

/// What to do about a marked number.
pub const MARKED_FIX: &str = "confirm the number, and leave the mark out";

/// Records that a text stood in a spreadsheet's guard.
pub fn guarded(column: &Column, cell: &Cell<'_>, findings: &mut RowFindings<'_>) {
    warn(
        column,
        cell,
        "guarded",
        "stands in a spreadsheet's guard, =\"...\"; what is inside it is used",
        GUARDED_FIX,
        findings,
    );
}

/// What to do about a guarded text.
pub const GUARDED_FIX: &str =
    "check leading zeros, and give the text without = and quotation marks";

fn warn(
    column: &Column,
    cell: &Cell<'_>,
    rule: &str,
    what: &str,
    fix: &'static str,
    findings: &mut RowFindings<'_>,
) {
    let name = cell.source.map_or(&column.name, |source| &source.name);
    let shown = shown(column, cell, findings);
    let quoted = quoted(shown.as_deref());
    findings.push(
        Severity::Warning,
        findings.id(&format!("{}.{rule}", column.name)),
        Some(name),
        shown.as_deref(),
        format!("{name}: {quoted} {what}").into(),
        fix.into(),
    );
}
