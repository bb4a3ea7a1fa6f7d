//! What an ingest tells of its returns: findings, balances, what became of each.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::manifest::{InputFile, Manifest, ReturnEntry, Status};
use crate::ingest::chunk::Reject;
use crate::ingest::file::{File, Kind, of_file};
use crate::ingest::intake::{Held, Intake, Judged};
use crate::ingest::rules::{self, across, previous};
use crate::ingest::stream::Outcome;
use crate::model::finding::{Finding, Severity};

/// What one ingest did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The returns of this call.
    pub returns: Vec<ReturnEntry>,
    /// Their findings, all of them.
    pub findings: Vec<Finding>,
    /// The rejected rows.
    pub rejects: Vec<Reject>,
    /// Returns new to the period.
    pub added: Vec<String>,
    /// Returns that took the place of an earlier one.
    pub replaced: Vec<String>,
    /// Returns of the last edition that stay as they were.
    pub carried: Vec<String>,
    /// Rejected returns whose earlier version stays in force.
    pub kept_earlier: Vec<String>,
    /// Returns of the last edition that were read without a workplace which a return of
    /// this call had then, and no longer has; and that return.
    pub orphaned: Vec<(String, String)>,
}

impl Report {
    /// Findings of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// Whether any row or return was rejected.
    #[must_use]
    pub fn rejected(&self) -> bool {
        !self.rejects.is_empty()
            || self
                .returns
                .iter()
                .any(|entry| entry.status == Status::Rejected || entry.errors > 0)
    }
}

/// Puts findings of returns, files and rows together, with the entries.
#[must_use]
pub fn report(
    intake: &Intake,
    outcome: Outcome,
    held: &Held,
    number: u32,
    before: Option<&Manifest>,
) -> Report {
    let mut result = Report {
        findings: outcome.findings,
        rejects: outcome.rejects,
        ..Report::default()
    };
    for entry in &intake.returns {
        result.findings.extend(entry.findings.iter().cloned());
        result.findings.extend(
            entry
                .files
                .iter()
                .flat_map(|file| file.findings.iter().cloned()),
        );
        result.findings.extend(across::of_return(entry));
        result
            .findings
            .extend(before.and_then(|before| table_gone(entry, before)));
    }
    result.findings.extend(previous::of_returns(intake, held));
    result.findings.sort();
    result.rejects.sort();
    let mut counts: FxHashMap<&str, (u64, u64)> = FxHashMap::default();
    for finding in &result.findings {
        let (errors, warnings) = counts.entry(&finding.return_id).or_default();
        match finding.severity {
            Severity::Error => *errors += 1,
            Severity::Warning => *warnings += 1,
        }
    }
    for entry in &intake.returns {
        let (errors, warnings) = counts.get(entry.id.as_str()).copied().unwrap_or_default();
        let earlier = before.and_then(|before| before.accepted(&entry.id));
        let status = if entry.accepted {
            Status::Accepted
        } else {
            Status::Rejected
        };
        let same = |earlier: &ReturnEntry| {
            let digests = |file: &InputFile| (file.file.clone(), file.sha256.clone());
            earlier.files.iter().map(digests).eq(entry
                .files
                .iter()
                .map(input_file)
                .map(|f| digests(&f)))
        };
        match (status, earlier) {
            (Status::Accepted, Some(earlier))
                if same(earlier) && earlier.elsewhere == elsewhere(entry) =>
            {
                result.carried.push(entry.id.clone());
            }
            (Status::Accepted, Some(_)) => result.replaced.push(entry.id.clone()),
            (Status::Accepted, None) => result.added.push(entry.id.clone()),
            (Status::Rejected, Some(_)) => result.kept_earlier.push(entry.id.clone()),
            (Status::Rejected, None) => {}
        }
        result.returns.push(ReturnEntry {
            return_id: entry.id.clone(),
            status,
            elsewhere: elsewhere(entry),
            broken: entry
                .files
                .iter()
                .any(|file| matches!(file.kind, Kind::Broken)),
            edition: number,
            providers: entry
                .workplaces
                .keys()
                .map(|(provider, _)| provider.clone())
                .collect(),
            errors,
            warnings,
            files: entry.files.iter().map(input_file).collect(),
        });
    }
    result
}

/// The tables of which the return has no file any more.
fn table_gone(entry: &Judged, before: &Manifest) -> Option<Finding> {
    let earlier = before.accepted(&entry.id).filter(|_| entry.accepted)?;
    let rows = earlier.files.iter().filter(|file| file.rows_accepted > 0);
    let gone: BTreeSet<&str> = rows
        .map(|file| file.table.as_str())
        .filter(|table| !table.is_empty() && !entry.files.iter().any(|now| now.table() == *table))
        .collect();
    let names = gone.into_iter().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| of_file(&entry.id, "", &rules::TABLE_GONE, None, &names))
}

/// The return of the call that an earlier one lost a workplace to, if it has let go
/// of it.
#[must_use]
pub fn let_go<'a>(intake: &'a Intake, earlier: &ReturnEntry) -> Option<&'a str> {
    if earlier.elsewhere.is_empty() {
        return None;
    }
    let accepted = intake.returns.iter().filter(|entry| entry.accepted);
    let mut others = accepted.filter(|entry| entry.id != earlier.return_id);
    let other = others.find(|entry| {
        let places = entry.workplaces.keys().chain(entry.elsewhere.keys());
        let has: BTreeSet<String> = places.map(place).collect();
        earlier.lost_to(&entry.id).any(|lost| !has.contains(lost))
    });
    other.map(|entry| entry.id.as_str())
}

fn place((provider, place): &(String, String)) -> String {
    format!("{provider} {place}")
}

/// The workplaces of a return that another return has, each with its name.
#[must_use]
pub fn elsewhere(entry: &Judged) -> Vec<String> {
    let places = entry.elsewhere.iter();
    places
        .map(|(own, other)| format!("{}: {other}", place(own)))
        .collect()
}

fn input_file(file: &File) -> InputFile {
    InputFile {
        file: file.source.name.clone(),
        sheet: file.sheet.clone(),
        table: file.table().to_owned(),
        layout: file.layout().to_owned(),
        sha256: file.fingerprint.sha256.clone(),
        bytes: file.fingerprint.bytes,
        rows_read: file.balance.read,
        rows_accepted: file.balance.accepted,
        rows_rejected: file.balance.rejected,
        rows_blank: file.balance.blank,
        rows_skipped: file.balance.skipped,
    }
}
