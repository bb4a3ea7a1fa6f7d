//! `paybench trace TABLE COLUMN [KEY=VALUE ...]`: a figure back to the rows of returns.

use std::path::Path;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::Opened;
use super::ask::json_rows;
use super::draft::write;
use crate::cli::args::{Edition, Trace, TraceFormat};
use crate::cli::failure::{Failure, INPUT, INTERNAL, USAGE};
use crate::cli::terminal::Terminal;
use crate::compare::table::{Table, Value};
use crate::model::date;
use crate::release::files;
use crate::release::over_time;
use crate::release::trace::published::Published;
use crate::release::trace::{self, Asked, Origin};

/// Where a release stands unless told otherwise.
const USUAL: &str = "out";

/// Traces one figure.
///
/// # Errors
/// Why there is none, or not one alone.
pub fn run(args: &Trace, terminal: &Terminal) -> Result<u8, Failure> {
    if !args.restricted {
        let message = "trace shows single workers, and is never run by accident\n\
                       hint: --restricted runs it for those who may see it";
        return Err(Failure::new(USAGE, message));
    }
    let over_time = over_time(args)?;
    let mut published = published(args, terminal)?;
    if let Some((_, period)) = &over_time {
        published = published.and_then(|found| found.over_time(&args.table, &period.to_string()));
    }
    let mut edition = edition(args, published.as_ref());
    let (mut table, mut row) = (args.table.as_str(), args.row.clone());
    if let Some((comparison, period)) = over_time {
        (table, edition.period) = (comparison, Some(period));
        row.retain(|(name, _)| name != "period");
    }
    let opened = Opened::open(&edition, Path::new(""), terminal)?;
    let asked = Asked {
        table,
        column: &args.column,
        row: &row,
        published: published.as_ref(),
    };
    let trace = trace::trace(&opened.source(), &asked)?;
    let bytes = match args.format {
        TraceFormat::Table => format!("{}\n{}", summary(&trace), rows(&trace)).into_bytes(),
        TraceFormat::Csv => {
            terminal.note(summary(&trace).trim_end());
            files::csv(&trace.rows)?
        }
        TraceFormat::Json => json(&trace)?,
    };
    match &args.output {
        None => terminal.data(&bytes)?,
        Some(path) => write(path, &bytes, false)?,
    }
    for difference in &trace.differences {
        terminal.error(difference);
    }
    Ok(if trace.differences.is_empty() {
        0
    } else {
        INPUT
    })
}

/// Of a table over time: the comparison whose rows it holds, and the period asked for.
fn over_time(args: &Trace) -> Result<Option<(&'static str, NaiveDate)>, Failure> {
    let Some(comparison) = over_time::comparison(&args.table) else {
        return Ok(None);
    };
    let mut row = args.row.iter();
    let period = row.find(|(name, _)| name == "period");
    let period = period.and_then(|(_, value)| date::iso(value));
    let none = || {
        let message = format!(
            "{} tells of several periods\nhint: say of which, as in period=2026-09-30",
            args.table
        );
        Failure::new(USAGE, message)
    };
    Ok(Some((comparison, period.ok_or_else(none)?)))
}

/// The release that the figure stands in: the one named, or the usual one
/// where it has the table and no edition was asked for.
fn published(args: &Trace, terminal: &Terminal) -> Result<Option<Published>, Failure> {
    let Some(folder) = &args.release else {
        let asked = &args.edition;
        if asked.period.is_some() || asked.edition.is_some() || asked.as_of.is_some() {
            return Ok(None);
        }
        let usual = Published::open(Path::new(USUAL));
        return Ok(usual.filter(|found| {
            let has = found.has(&args.table) && found.edition().is_some();
            if !has {
                let table = &args.table;
                terminal.note(&format!(
                    "{USUAL} has no table {table}: traced on the store as it is"
                ));
            }
            has
        }));
    };
    let shown = folder.display();
    let Some(found) = Published::open(folder).filter(|found| found.edition().is_some()) else {
        let message =
            format!("{shown} holds no release\nhint: name the folder that report or compare wrote");
        return Err(Failure::new(USAGE, message));
    };
    if !found.has(&args.table) {
        let message = format!(
            "{shown} has no table {}: it is a {} release\nhint: --period and --edition trace it on the store",
            args.table, found.release
        );
        return Err(Failure::new(USAGE, message));
    }
    Ok(Some(found))
}

/// The edition to read: the one that the release names.
fn edition(args: &Trace, published: Option<&Published>) -> Edition {
    let asked = &args.edition;
    let named = published.and_then(Published::edition);
    Edition {
        store: asked.store.clone(),
        period: named.map_or(asked.period, |(period, _)| Some(period)),
        edition: named.map_or(asked.edition, |(_, number)| Some(number)),
        as_of: asked.as_of,
        rates: asked.rates.clone(),
        threads: asked.threads,
        memory: asked.memory,
    }
}

/// All but the rows, for people.
fn summary(trace: &trace::Trace) -> String {
    let figure = &trace.figure;
    let or_none = |text: &str| if text.is_empty() { "no value" } else { text }.to_owned();
    let about: Vec<String> = figure
        .row
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    let mut text = vec![
        vec![
            "figure".to_owned(),
            format!("{}.{}, {}", figure.table, figure.column, about.join(" ")),
        ],
        vec!["meaning".to_owned(), figure.unit.clone()],
    ];
    let mut line = |name: &str, value: String| text.push(vec![name.to_owned(), value]);
    if let (Some(from), Some(published)) = (&figure.release, &figure.published) {
        let value = if figure.withheld == Some(true) {
            "withheld [c]".to_owned()
        } else {
            or_none(published)
        };
        line(
            "published",
            format!("{value}, in {} ({} release)", from.folder, from.release),
        );
        line("", format!("manifest SHA-256 {}", from.sha256));
    }
    let now = figure
        .recomputed
        .as_deref()
        .map_or("no such row".to_owned(), or_none);
    line("recomputed", now);
    let protected = match figure.in_protected_release.as_str() {
        "not in it" => "not in a protected release".to_owned(),
        does => format!("{does} in a protected release"),
    };
    line("protected", protected);
    for (name, query) in [("query", &trace.query), ("rows by", &trace.rows_query)] {
        line(
            name,
            format!("{}, {}: {}", query.name, query.origin, query.title),
        );
        line("", format!("SHA-256 {}", query.sha256));
    }
    let of = |name: &str| trace.edition[name].as_str().unwrap_or_default().to_owned();
    let number = &trace.edition["edition"];
    line(
        "edition",
        format!("{number} of {}, {}", of("period"), of("manifest")),
    );
    line("", format!("SHA-256 {}", of("sha256")));
    line("wage floors", trace.rates.file.clone());
    for stored in &trace.parquet {
        line(
            "Parquet",
            format!("{}, SHA-256 {}", stored.file, stored.sha256),
        );
    }
    for file in &trace.files {
        let sheet = file
            .sheet
            .as_ref()
            .map_or(String::new(), |sheet| format!(" sheet {sheet}"));
        let sha256 = file.sha256.as_deref().unwrap_or("not named by the edition");
        let Origin {
            return_id,
            file,
            rows,
            ..
        } = file;
        line(
            "return",
            format!("{return_id}: {file}{sheet}, {rows} rows, SHA-256 {sha256}"),
        );
    }
    let sum = trace
        .adds_up_to
        .as_ref()
        .map_or(String::new(), |sum| format!("; they add up to {sum}"));
    let (behind, all) = (trace.rows.rows.len(), trace.looked_at);
    line(
        "rows",
        format!("{behind} behind the figure, of {all} looked at for its row{sum}"),
    );
    Terminal::lines(&["", ""], text).trim_start().to_owned()
}

/// The rows for people: without columns that are the figure's own or empty.
fn rows(trace: &trace::Trace) -> String {
    let of_figure = |name: &String| {
        trace.key.contains(name)
            && !["provider_id", "workplace_id", "worker_key"].contains(&name.as_str())
    };
    let kept: Vec<usize> = (0..trace.rows.columns.len())
        .filter(|at| {
            let filled = trace.rows.rows.iter().any(|row| row[*at] != Value::Empty);
            filled && !of_figure(&trace.rows.columns[*at])
        })
        .collect();
    Terminal::table(&Table {
        name: trace.rows.name.clone(),
        columns: kept
            .iter()
            .map(|at| trace.rows.columns[*at].clone())
            .collect(),
        rows: trace
            .rows
            .rows
            .iter()
            .map(|row| kept.iter().map(|at| row[*at].clone()).collect())
            .collect(),
    })
}

fn json(trace: &trace::Trace) -> Result<Vec<u8>, Failure> {
    let failed = |error: serde_json::Error| Failure::new(INTERNAL, error.to_string());
    let mut whole = serde_json::to_value(trace).map_err(failed)?;
    whole["rows"] = Json::Array(json_rows(&trace.rows));
    let mut bytes = serde_json::to_vec_pretty(&whole).map_err(failed)?;
    bytes.push(b'\n');
    Ok(bytes)
}
