//! `paybench handover`: one document for whoever takes the job over.

use std::path::Path;

use serde::Serialize;

use super::{Opened, run::awaited};
use crate::cli::args::{Edition, Handover};
use crate::cli::failure::{Failure, STORAGE};
use crate::cli::settings::Settings;
use crate::cli::terminal::Terminal;
use crate::model::digest::sha256;
use crate::model::floors;
use crate::release::trace::published::Published;
use crate::release::{ReleaseError, facts};
use crate::report::{self, Awaited, ContractRule, FindingCount, Floor};
use crate::store::StoreError;
use crate::store::location::Location;
use crate::store::manifest::{self, Status};

/// How many editions are listed, the newest first.
const EDITIONS: usize = 12;

/// What the template is given.
#[derive(Serialize)]
struct Document {
    tool_version: String,
    today: String,
    settings_file: String,
    settings: String,
    store: String,
    out: String,
    key_file: String,
    key_id: String,
    period: String,
    awaited: Vec<Awaited>,
    editions: Vec<EditionLine>,
    more_editions: usize,
    problems: Vec<Problem>,
    findings: Vec<FindingCount>,
    layouts: Vec<(String, String)>,
    rules_sha256: String,
    contract_rules: Vec<ContractRule>,
    floors: Vec<Floor>,
    rate_notes: Vec<String>,
    own: Vec<String>,
    release: Option<ReleaseLine>,
}

/// One edition.
#[derive(Serialize)]
struct EditionLine {
    period: String,
    edition: u32,
    created: String,
    returns: usize,
    rejected: usize,
    manifest: String,
    sha256: String,
}

/// A return of the newest edition that somebody has to mend.
#[derive(Serialize)]
struct Problem {
    return_id: String,
    status: &'static str,
    earlier_in_force: bool,
    errors: u64,
    warnings: u64,
}

/// The release that stands in the output folder.
#[derive(Serialize)]
struct ReleaseLine {
    kind: String,
    period: String,
    edition: u32,
    sha256: String,
}

/// Writes the document.
///
/// # Errors
/// Where the settings or the store cannot be read.
pub fn run(args: &Handover, terminal: &Terminal) -> Result<u8, Failure> {
    let settings = Settings::read(&args.config, None)?;
    let folder = args.config.parent().unwrap_or(Path::new(""));
    let options = Edition {
        store: settings.store.clone(),
        period: None,
        edition: None,
        as_of: None,
        rates: settings.rates.clone(),
        threads: None,
        memory: None,
    };
    let opened = Opened::open(&options, folder, terminal)?;
    let source = opened.source();
    let session = source.session().map_err(ReleaseError::from)?;
    let newest = source.manifest;
    let (editions, more_editions) = editions(source.location)?;
    let today = chrono::Utc::now().date_naive();
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let own_layouts = settings.layouts.as_deref();
    let layouts = super::layouts(own_layouts, folder, &Terminal::silent())?;
    let origin = |name: &String, digest: &String| {
        let own = layouts.get(name).and_then(|layout| layout.own.clone());
        (
            name.clone(),
            own.unwrap_or_else(|| "built in".to_owned()),
            digest.clone(),
        )
    };
    let used = newest
        .layouts
        .iter()
        .map(|(name, digest)| origin(name, digest));
    let used = used.map(|(name, origin, digest)| (format!("{name} ({origin})"), digest));
    let own = source.queries.comparisons().chain(source.queries.views());
    let own = own.filter_map(|query| query.own.clone());
    let own = own.chain(source.queries.rules().filter_map(|rule| rule.own.clone()));
    let problem = |entry: &manifest::ReturnEntry| Problem {
        return_id: entry.return_id.clone(),
        status: entry.status.as_str(),
        earlier_in_force: entry.status == Status::Rejected
            && newest.accepted(&entry.return_id).is_some(),
        errors: entry.errors,
        warnings: entry.warnings,
    };
    let open = newest
        .returns
        .iter()
        .filter(|entry| entry.errors > 0 || entry.status == Status::Rejected);
    let document = Document {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        today: today.to_string(),
        settings_file: args.config.display().to_string(),
        settings: read(&args.config),
        store: source.location.shown.clone(),
        out: settings.out.display().to_string(),
        key_file: settings.key_file.display().to_string(),
        key_id: newest.key_id.clone(),
        period: newest.period.to_string(),
        awaited: awaited::states(&settings, today)?,
        editions,
        more_editions,
        problems: open.map(problem).collect(),
        findings: facts::finding_counts(&session)?,
        layouts: used.collect(),
        rules_sha256: newest.rules.clone(),
        contract_rules: facts::contract_rules(&source),
        floors: facts::floors_used(&source),
        rate_notes: floors::stale(source.floors, today),
        own: own
            .chain(source.templates.overridden().iter().cloned())
            .collect(),
        release: release(&settings.out),
    };
    let text = report::text("handover.md.j2", source.templates, &document)?;
    match &args.output {
        None => terminal.data(text.as_bytes())?,
        Some(file) => std::fs::write(file, text)
            .map_err(|error| Failure::new(STORAGE, format!("{}: {error}", file.display())))?,
    }
    Ok(0)
}

/// The newest editions of the store, and how many more there are.
fn editions(location: &Location) -> Result<(Vec<EditionLine>, usize), StoreError> {
    let mut all = Vec::new();
    for period in manifest::periods(location)? {
        for number in manifest::numbers(location, period)? {
            all.push((period, number));
        }
    }
    let more = all.len().saturating_sub(EDITIONS);
    let newest = all.into_iter().rev().take(EDITIONS);
    let line = |(period, number)| {
        let edition = manifest::read(location, period, number)?;
        let count = |status| {
            edition
                .returns
                .iter()
                .filter(|entry| entry.status == status)
                .count()
        };
        Ok(EditionLine {
            period: period.to_string(),
            edition: number,
            created: edition.created.clone(),
            returns: count(Status::Accepted),
            rejected: count(Status::Rejected),
            manifest: edition.path(),
            sha256: sha256(location.get(&edition.path())?),
        })
    };
    let lines = newest.map(line).collect::<Result<_, StoreError>>()?;
    Ok((lines, more))
}

fn release(out: &Path) -> Option<ReleaseLine> {
    let published = Published::open(out)?;
    let (period, edition) = published.edition()?;
    Some(ReleaseLine {
        kind: published.release,
        period: period.to_string(),
        edition,
        sha256: published.sha256,
    })
}
