//! `paybench ingest PATH... --period DATE`: a new edition.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::cli::args::Ingest;
use crate::cli::failure::{Failure, INPUT, REJECTED, WARNINGS};
use crate::cli::terminal::Terminal;
use crate::compare::table::{Table, Value};
use crate::ingest::intake::Intake;
use crate::ingest::key_file;
use crate::ingest::layout::Layouts;
use crate::model::date;
use crate::model::finding::Severity;
use crate::model::floors::Floor;
use crate::returns::discover;
use crate::store::StoreError;
use crate::store::commit::{self, Committed};
use crate::store::location::Location;
use crate::store::manifest::{self, ReturnEntry, Status};

/// Makes a new edition from returns.
///
/// # Errors
/// Why there is none; the store is as it was.
pub fn run(args: &Ingest, terminal: &Terminal) -> Result<u8, Failure> {
    let threads = super::threads(args.threads);
    let location = Location::open(&args.store, super::runtime(threads)?)?;
    let floors = super::floors(args.rates.as_deref())?;
    let job = Job {
        location: &location,
        paths: &args.paths,
        period: args.period,
        layouts: super::layouts(args.layouts.as_deref(), Path::new(""), terminal)?,
        key_file: &args.key_file,
        floors: &floors,
        threads,
    };
    let done = job.run(terminal)?;
    match &done {
        Committed::Edition(_, report) => terminal.data(balances(&report.returns).as_bytes())?,
        Committed::NothingChanged(_, entries) => terminal.data(balances(entries).as_bytes())?,
    }
    Ok(tell(&done, terminal))
}

/// One ingest.
pub struct Job<'a> {
    /// The store.
    pub location: &'a Location,
    /// Folders or files of returns.
    pub paths: &'a [PathBuf],
    /// The reference date.
    pub period: NaiveDate,
    /// The layouts that files are recognised by.
    pub layouts: Layouts,
    /// The key file.
    pub key_file: &'a Path,
    /// The wage floors.
    pub floors: &'a [Floor],
    /// Threads to use.
    pub threads: usize,
}

impl Job<'_> {
    /// Runs it; findings go to stderr.
    ///
    /// # Errors
    /// Why there is no edition; the store is as it was.
    pub fn run(&self, terminal: &Terminal) -> Result<Committed, Failure> {
        let returns = discover::returns(self.paths)?;
        let store_keys = manifest::keys(self.location)?;
        let (key, made) = key_file::open(self.key_file, &store_keys)?;
        if made {
            super::key::made(self.key_file, terminal);
        }
        let unreadable = |error: std::io::Error| Failure::new(INPUT, error.to_string());
        let layouts = self.layouts.clone();
        let day = date::days(self.period);
        let mut intake =
            Intake::prepare(returns, layouts, day, key, self.threads).map_err(unreadable)?;
        for (entry, file) in intake
            .returns
            .iter()
            .flat_map(|r| r.files.iter().map(move |f| (r, f)))
        {
            let what = if file.table().is_empty() {
                "nothing that is read"
            } else {
                file.table()
            };
            terminal.detail(&format!(
                "{}/{}: {what} {}",
                entry.id,
                file.shown(),
                file.layout()
            ));
        }
        let progress = terminal.progress(intake.bytes());
        let done = commit::commit(self.location, &mut intake, self.floors, &progress.bytes);
        drop(progress);
        match done {
            Err(StoreError::NothingAccepted(report)) => {
                terminal.findings(&report.findings);
                Err(StoreError::NothingAccepted(report).into())
            }
            Err(error) => Err(error.into()),
            Ok(done) => {
                if let Committed::Edition(_, report) = &done {
                    terminal.findings(&report.findings);
                }
                Ok(done)
            }
        }
    }
}

/// Says what an ingest did and gives its exit code.
#[must_use]
pub fn tell(done: &Committed, terminal: &Terminal) -> u8 {
    match done {
        Committed::NothingChanged(manifest, entries) => {
            terminal.note(&format!(
                "nothing changed since edition {} of {}, which was made of the same files",
                manifest.edition, manifest.period
            ));
            for entry in entries
                .iter()
                .filter(|entry| entry.status == Status::Rejected)
            {
                let kept = manifest.accepted(&entry.return_id).is_some();
                terminal.note(&rejected_still(&entry.return_id, kept));
            }
            let rejected =
                |entry: &ReturnEntry| entry.status == Status::Rejected || entry.errors > 0;
            if entries.iter().any(rejected) {
                REJECTED
            } else if entries.iter().any(|entry| entry.warnings > 0) {
                WARNINGS
            } else {
                0
            }
        }
        Committed::Edition(manifest, report) => {
            for (what, names) in [
                ("new", &report.added),
                ("replaced", &report.replaced),
                ("as they were", &report.carried),
            ] {
                if !names.is_empty() {
                    let s = if names.len() == 1 { "" } else { "s" };
                    terminal.note(&format!("{} return{s} {what}", names.len()));
                }
            }
            for entry in report
                .returns
                .iter()
                .filter(|entry| entry.status == Status::Rejected)
            {
                let kept = report.kept_earlier.contains(&entry.return_id);
                terminal.note(&rejected_still(&entry.return_id, kept));
            }
            for (own, other) in &report.orphaned {
                terminal.warn(&super::read_without(own, other));
            }
            terminal.note(&Terminal::counted(&report.findings));
            terminal.note(&format!(
                "made edition {} of {}",
                manifest.edition, manifest.period
            ));
            let warnings = report.count(Severity::Warning) + report.orphaned.len();
            match (report.rejected(), warnings) {
                (true, _) => REJECTED,
                (false, 1..) => WARNINGS,
                (false, 0) => 0,
            }
        }
    }
}

fn rejected_still(return_id: &str, earlier: bool) -> String {
    let still = if earlier {
        "; the earlier one stays in force"
    } else {
        ""
    };
    format!("return {return_id} was rejected{still}")
}

/// The row balance of each file, and of each sheet of a workbook, for people.
#[must_use]
pub fn balances(entries: &[ReturnEntry]) -> String {
    let mut columns = vec!["return", "file"];
    let workbooks = |entry: &ReturnEntry| entry.files.iter().any(|file| file.sheet.is_some());
    let sheets = entries.iter().any(workbooks);
    if sheets {
        columns.push("sheet");
    }
    columns.extend(["read", "accepted", "rejected", "blank", "skipped"]);
    let mut table = Table {
        name: "balance".to_owned(),
        columns: columns.into_iter().map(str::to_owned).collect(),
        rows: Vec::new(),
    };
    for entry in entries {
        for file in &entry.files {
            let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
            let mut row = vec![
                Value::Text(entry.return_id.clone()),
                Value::Text(file.file.clone()),
            ];
            if sheets {
                row.push(Value::Text(file.sheet.clone().unwrap_or_default()));
            }
            row.extend([
                count(file.rows_read),
                count(file.rows_accepted),
                count(file.rows_rejected),
                count(file.rows_blank),
                count(file.rows_skipped),
            ]);
            table.rows.push(row);
        }
    }
    Terminal::table(&table)
}
