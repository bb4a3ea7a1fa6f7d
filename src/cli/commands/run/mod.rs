//! `paybench run`: ingest, compare and report as one job, safe to repeat.

pub(super) mod awaited;
mod hook;
mod lock;

use std::path::Path;

use super::ingest::{Job, tell};
use super::{Opened, report};
use crate::cli::args::{Edition, Run};
use crate::cli::failure::{CONFIG, Failure};
use crate::cli::settings::Settings;
use crate::cli::terminal::Terminal;
use crate::release::before::Before;
use crate::release::changes;
use crate::release::{ReleaseError, Wanted, make};
use crate::report::Changes;
use crate::store::location::Location;

/// How a job ended that did not fail.
struct Done {
    /// Whether there is a new release.
    outcome: Outcome,
    /// The exit code.
    code: u8,
    /// The news, with the names of returns.
    mail: String,
}

/// Whether a job made a new release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Published,
    Unchanged,
}

impl Outcome {
    /// The word that settings and hooks use.
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Published => "published",
            Outcome::Unchanged => "unchanged",
        }
    }
}

/// Runs the job of a settings file.
///
/// # Errors
/// Why nothing was published; the last release is as it was.
pub fn run(args: &Run, terminal: &Terminal) -> Result<u8, Failure> {
    let settings = Settings::read(&args.config, args.period)?;
    let folder = args.config.parent().unwrap_or(Path::new("")).to_path_buf();
    let end = job(args, &settings, &folder, terminal);
    // The lock is free again: the hook may run paybench itself.
    hook::call(&settings, &folder, &end, terminal);
    end.map(|done| done.code)
}

fn job(
    args: &Run,
    settings: &Settings,
    folder: &Path,
    terminal: &Terminal,
) -> Result<Done, Failure> {
    let wrong = |why: String| Failure::new(CONFIG, format!("{}: {why}", args.config.display()));
    let limits = settings.limits(&args.fail_on);
    let limits = limits.map_err(|error| wrong(error.to_string()))?;
    let threshold = settings.changes.threshold().map_err(wrong)?;
    let _lock = lock::take(&folder.join("paybench.lock"))?;
    crate::release::swap::may_replace(&settings.out, &[])?;
    let today = args
        .today
        .unwrap_or_else(|| chrono::Utc::now().date_naive());
    let awaited = awaited::look(settings, today, terminal)?;
    let threads = super::threads(None);
    let store = settings.store.clone();
    let location = Location::open(&store, super::runtime(threads)?)?;
    let floors = super::floors(settings.rates.as_deref())?;
    let own_layouts = args.layouts.as_deref().or(settings.layouts.as_deref());
    let ingest = Job {
        location: &location,
        paths: &settings.returns,
        period: settings.period,
        layouts: super::layouts(own_layouts, folder, terminal)?,
        key_file: &settings.key_file,
        floors: &floors,
        threads,
    };
    // Names are checked before anything is stored.
    let templates = super::templates(folder, &Terminal::silent())?;
    let pages = report::pages(&settings.reports, &templates)?;
    let library = super::library(folder, &Terminal::silent())?;
    for name in &settings.comparisons {
        library.comparison(name)?;
    }
    let done = ingest.run(terminal)?;
    let code = tell(&done, terminal);
    let options = Edition {
        store,
        period: Some(settings.period),
        edition: None,
        as_of: None,
        rates: settings.rates.clone(),
        threads: Some(threads),
        memory: None,
    };
    let opened = Opened::open(&options, folder, terminal)?;
    awaited::in_force(settings, &awaited, &opened.manifest)?;
    let code = code.max(awaited::code(&awaited));
    let comparisons = if settings.comparisons.is_empty() {
        report::comparisons(&[], &pages, &opened.queries)
    } else {
        settings.comparisons.clone()
    };
    let wanted = Wanted {
        comparisons,
        pages,
        spreadsheets: true,
        release: super::compare::release(settings.restricted),
        commands: vec!["paybench run".to_owned()],
        over_time: true,
        limits,
        awaited,
    };
    opened.keep_rates();
    let source = opened.source();
    let figures = make::figures(&source, &wanted)?;
    let named = match Before::read(&settings.out)? {
        None => Changes::default(),
        Some(before) => {
            // The same figures told with the changes of the last release make the
            // last release again, unless something is new.
            let again = figures.pages(&source, &wanted, before.changes())?;
            if before.is(&again) {
                terminal.note("nothing changed since the last release");
                terminal.line(&settings.out.display().to_string())?;
                let made = figures.with(again, &wanted);
                return Ok(Done {
                    outcome: Outcome::Unchanged,
                    code: code.max(super::say_limits(&made, terminal)),
                    mail: format!(
                        "Subject: paybench {}: nothing changed\n\n\
                         Nothing changed since the last release.\n",
                        settings.period
                    ),
                });
            }
            changes::since(&before, &source, &figures, &again, threshold)?
        }
    };
    let mail = crate::report::mail(source.templates, &figures.facts, &named, &figures.limits)
        .map_err(ReleaseError::from)?;
    for line in news(&mail) {
        terminal.note(line);
    }
    let pages = figures.pages(&source, &wanted, Some(named))?;
    let made = figures.with(pages, &wanted);
    super::publish(&made, &settings.out, terminal)?;
    terminal.line(&settings.out.display().to_string())?;
    Ok(Done {
        outcome: Outcome::Published,
        code: code.max(super::say_limits(&made, terminal)),
        mail,
    })
}

/// What a terminal shows of the mail: its text, without the figures one by one.
fn news(mail: &str) -> impl Iterator<Item = &str> {
    let text = mail.split_once("\n\n").map_or(mail, |(_, text)| text);
    let head = text.split("\n\nFigures that moved").next().unwrap_or(text);
    head.lines().filter(|line| !line.is_empty())
}
