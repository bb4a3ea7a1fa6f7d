//! `paybench check PATH...`: findings only.

use crate::cli::args::{Check, FindingFormat};
use crate::cli::failure::{Failure, INPUT, INTERNAL, REJECTED, WARNINGS};
use crate::cli::terminal::Terminal;
use crate::ingest::intake::Intake;
use crate::ingest::key::Key;
use crate::model::date;
use crate::model::finding::{COLUMNS, Finding, Severity};
use crate::returns::discover;
use crate::store::commit;
use crate::store::manifest::Status;

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
    let threads = super::threads(args.threads);
    let unreadable = |error: std::io::Error| Failure::new(INPUT, error.to_string());
    let mut intake = Intake::prepare(returns, date::days(period), Key::ephemeral()?, threads)
        .map_err(unreadable)?;
    let progress = terminal.progress(intake.bytes());
    let report = commit::check(&mut intake, &progress.bytes);
    drop(progress);
    match args.format {
        FindingFormat::Text => {
            terminal.findings(&report.findings, true);
            super::ingest::balances(&report.returns, terminal);
        }
        FindingFormat::Csv => terminal.data(&csv(&report.findings)?),
        FindingFormat::Json => terminal.data(&json(&report.findings)?),
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

fn csv(findings: &[Finding]) -> Result<Vec<u8>, Failure> {
    let failed = |error: String| Failure::new(INTERNAL, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(COLUMNS)
        .map_err(|error| failed(error.to_string()))?;
    for finding in findings {
        writer
            .write_record(finding.fields())
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
