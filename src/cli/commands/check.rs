//! `paybench check PATH...`: findings only.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::args::{Check, FindingFormat};
use crate::cli::failure::{Failure, INPUT, INTERNAL, REJECTED, USAGE, WARNINGS};
use crate::cli::terminal::{Terminal, one_line};
use crate::ingest::intake::Intake;
use crate::ingest::key::Key;
use crate::ingest::rules::list::messages;
use crate::model::date;
use crate::model::finding::{self, COLUMNS, Finding, Severity};
use crate::release::facts;
use crate::report::check::{self, Group, Part, Place, groups};
use crate::returns::{Return, discover};
use crate::store::StoreError;
use crate::store::commit;
use crate::store::manifest::{ReturnEntry, Status};

/// Checks returns without storing them.
///
/// # Errors
/// Where a path cannot be read.
pub fn run(args: &Check, terminal: &Terminal) -> Result<u8, Failure> {
    let period = args.period.unwrap_or_else(|| {
        let today = chrono::Local::now().date_naive();
        terminal.note(&format!(
            "checking for {today}; give --period for another reference date"
        ));
        today
    });
    let returns = discover::returns(&args.paths)?;
    if let Some(path) = &args.output
        && is_input(path, &returns)
    {
        let message = format!(
            "{} is a file of a return; give --output another",
            path.display()
        );
        return Err(Failure::new(USAGE, message));
    }
    let threads = super::threads(args.threads);
    let unreadable = |error: std::io::Error| Failure::new(INPUT, error.to_string());
    let layouts = super::layouts(args.layouts.as_deref(), Path::new(""), terminal)?;
    let key = Key::ephemeral()?;
    let mut intake =
        Intake::prepare(returns, layouts, date::days(period), key, threads).map_err(unreadable)?;
    let progress = terminal.progress(intake.bytes());
    let report = commit::check(&mut intake, &progress.bytes)?;
    drop(progress);
    if let Some(file) = intake.changed() {
        return Err(StoreError::Changed(file).into());
    }
    let grouped = groups(&report.findings, &messages());
    let bytes = match args.format {
        FindingFormat::Text => {
            let balances = super::ingest::balances(&report.returns);
            format!("{}{balances}", text(&grouped)).into_bytes()
        }
        FindingFormat::Csv => csv(&report.findings)?,
        FindingFormat::Json => json(&report.findings)?,
        FindingFormat::Html => {
            let returns: Vec<&ReturnEntry> = report.returns.iter().collect();
            let checked = facts::checked(&returns, period, &grouped);
            check::page(&checked, &super::templates(Path::new(""), terminal)?)?.into_bytes()
        }
    };
    match &args.output {
        None => terminal.data(&bytes)?,
        Some(path) => super::draft::write(path, &bytes, true)?,
    }
    terminal.note(&Terminal::counted(&report.findings));
    if report
        .returns
        .iter()
        .all(|entry| entry.status == Status::Rejected)
    {
        return Err(Failure::new(INPUT, "no return can be accepted as it is"));
    }
    Ok(match (report.rejected(), report.count(Severity::Warning)) {
        (true, _) => REJECTED,
        (false, 1..) => WARNINGS,
        (false, 0) => 0,
    })
}

/// Whether a file is one of those that are checked, under whichever path.
fn is_input(path: &Path, returns: &[Return]) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    let mut files = returns.iter().flat_map(|entry| &entry.files);
    files.any(|file| file.path.canonicalize().is_ok_and(|file| file == path))
}

/// The findings for people, those of one rule together.
fn text(groups: &[Group]) -> String {
    let mut text = String::new();
    let mut part = None;
    for (number, group) in (1..).zip(groups) {
        if part.replace(group.part) != Some(group.part) {
            text.push_str(match group.part {
                Part::Structure => "Mend first: other findings may go with these\n\n",
                Part::Errors => "Errors: these rows are not accepted\n\n",
                Part::Warnings => "Warnings: accepted as they stand; please confirm or mend\n\n",
            });
        }
        let times = if group.count.one {
            "once".to_owned()
        } else {
            format!("{} times", group.count.text)
        };
        let mut line = |line: String| {
            text.push_str(&one_line(&line));
            text.push('\n');
        };
        line(format!(
            "{number}. {}, {times}  [{}]",
            group.message, group.rule
        ));
        if let Some(fix) = &group.fix {
            line(format!("   to do: {fix}"));
        }
        for problem in &group.problems {
            if !problem.message.is_empty() {
                line(format!("   {}", problem.message));
            }
            if !problem.fix.is_empty() {
                line(format!("   to do: {}", problem.fix));
            }
            for place in places(&problem.places) {
                line(format!("   - {place}"));
            }
        }
        text.push('\n');
    }
    text
}

/// The addresses, one line a file and column: rows that follow each other as a range.
fn places(places: &[Place]) -> Vec<String> {
    let mut lines: BTreeMap<(&str, &str, &str), Vec<&Place>> = BTreeMap::new();
    for place in places {
        let key = (
            place.file.as_str(),
            place.sheet.as_deref().unwrap_or_default(),
            place.column.as_deref().unwrap_or_default(),
        );
        lines.entry(key).or_default().push(place);
    }
    let line = |((file, sheet, column), places): ((&str, &str, &str), Vec<&Place>)| {
        let mut parts = vec![file.to_owned()];
        if !sheet.is_empty() {
            parts.push(format!("sheet {sheet}"));
        }
        let cells: Vec<&str> = places.iter().filter_map(|p| p.cell.as_deref()).collect();
        if !cells.is_empty() && cells.len() == places.len() {
            parts.push(cells.join(", "));
        } else {
            parts.extend(ranges(places.iter().filter_map(|place| place.row)));
        }
        if !column.is_empty() {
            parts.push(column.to_owned());
        }
        parts.join(", ")
    };
    lines.into_iter().map(line).collect()
}

/// `rows 3 to 7, 9`, or nothing.
fn ranges(rows: impl Iterator<Item = u64>) -> Option<String> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some((_, last)) if row == *last + 1 || row == *last => *last = row,
            _ => runs.push((row, row)),
        }
    }
    let shown: Vec<String> = runs
        .iter()
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        })
        .collect();
    let one = runs
        .first()
        .is_some_and(|(first, last)| runs.len() == 1 && first == last);
    let word = if one { "row" } else { "rows" };
    (!shown.is_empty()).then(|| format!("{word} {}", shown.join(", ")))
}

fn csv(findings: &[Finding]) -> Result<Vec<u8>, Failure> {
    let failed = |error: String| Failure::new(INTERNAL, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS)
        .map_err(|error| failed(error.to_string()))?;
    for finding in findings {
        writer
            .write_record(finding.fields().map(finding::guarded))
            .map_err(|error| failed(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))
}

fn json(findings: &[Finding]) -> Result<Vec<u8>, Failure> {
    let objects: Vec<serde_json::Value> = findings
        .iter()
        .map(|finding| {
            let fields = COLUMNS.iter().zip(finding.fields());
            fields
                .map(|(name, value)| ((*name).to_owned(), serde_json::Value::from(value)))
                .collect()
        })
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&objects)
        .map_err(|error| Failure::new(INTERNAL, error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_follow_each_other_are_a_range() {
        let shown = |rows: &[u64]| ranges(rows.iter().copied()).unwrap_or_default();
        assert_eq!(shown(&[]), "");
        assert_eq!(shown(&[7]), "row 7");
        assert_eq!(shown(&[7, 8]), "rows 7, 8");
        assert_eq!(shown(&[2, 3, 4, 9, 11, 12, 13]), "rows 2 to 4, 9, 11 to 13");
    }
}
