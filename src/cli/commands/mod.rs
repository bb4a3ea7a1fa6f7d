//! One function a verb, and what several verbs share.

pub(super) mod ask;
pub mod check;
pub mod compare;
pub mod demo;
pub mod describe;
mod draft;
pub mod editions;
pub mod evidence;
pub mod feedback;
pub mod handover;
pub mod ingest;
pub mod init;
pub mod key;
pub mod layout;
pub mod manual;
pub mod query;
pub mod rates;
pub mod report;
pub mod run;
pub mod serve;
pub mod trace;
pub mod verify;
pub mod withdraw;

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDateTime;

use super::args::Edition;
use super::failure::{BREACHED, CONFIG, Failure, INTERNAL, WARNINGS};
use super::terminal::Terminal;
use crate::compare::library::Library;
use crate::engine::session::{Means, Session};
use crate::ingest::layout::Layouts;
use crate::model::date;
use crate::model::floors::{self, Floor};
use crate::model::schema::TABLES;
use crate::protect::Release;
use crate::release::limits::{Limit, Verdict};
use crate::release::{Made, Source, Wanted, swap::Aside};
use crate::report::Templates;
use crate::store::location::Location;
use crate::store::manifest::{self, Manifest, Which};
use crate::store::rates::Rates;

/// The name of the threads of storage and SQL.
pub(super) const ENGINE: &str = "paybench-engine";

/// SQL may be deep. Only what is used of a stack is taken.
const STACK: usize = 64 << 20;

/// The runtime of storage and SQL.
pub(super) fn runtime(threads: usize) -> Result<Arc<tokio::runtime::Runtime>, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .thread_name(ENGINE)
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map(Arc::new)
        .map_err(|error| Failure::new(INTERNAL, format!("no threads can be had: {error}")))
}

/// How many threads to use.
pub(super) fn threads(wanted: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    wanted.filter(|threads| *threads > 0).unwrap_or_else(cores)
}

/// The built-in wage floors, and those of a file.
pub(super) fn floors(file: Option<&Path>) -> Result<Vec<Floor>, Failure> {
    let Some(file) = file else {
        return Ok(floors::built_in()?);
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(CONFIG, format!("{name}: {error}")))?;
    Ok(floors::with_file(&name, &text)?)
}

/// An edition opened for reading, with queries, templates and floors.
pub(in crate::cli) struct Opened {
    location: Location,
    manifest: Manifest,
    as_of: Option<NaiveDateTime>,
    rates: Rates,
    floors: Vec<Floor>,
    queries: Library,
    templates: Templates,
    means: Means,
}

impl Opened {
    /// Opens the edition that the options name; `folder` is the project's own.
    pub(in crate::cli) fn open(
        options: &Edition,
        folder: &Path,
        terminal: &Terminal,
    ) -> Result<Opened, Failure> {
        let threads = threads(options.threads);
        let which = match (options.edition, options.as_of) {
            (Some(number), _) => Which::Number(number),
            (None, Some(moment)) => Which::AsOf(moment),
            (None, None) => Which::Newest,
        };
        let stored = || {
            let location = Location::open(&options.store, runtime(threads)?)?;
            let manifest = manifest::find(&location, options.period, which)?;
            let floors = floors(options.rates.as_deref())?;
            let rates = crate::store::rates::table(&floors)?;
            // What a session needs whatever the queries are.
            LazyLock::force(&TABLES);
            crate::engine::warm();
            Ok::<_, Failure>((location, manifest, floors, rates))
        };
        // Both take as long as a short statement does.
        let (library, stored) = beside(|| loaded(folder), stored);
        let (location, manifest, floors, rates) = stored?;
        let as_of = match which {
            Which::Newest => None,
            Which::AsOf(moment) => Some(moment),
            // An edition that was followed by others tells of the time when it was made.
            Which::Number(number) => {
                let numbers = manifest::numbers(&location, manifest.period)?;
                let newer = numbers.last().is_some_and(|newest| *newest > number);
                newer.then(|| date::moment(&manifest.created)).flatten()
            }
        };
        if terminal.is_verbose() {
            terminal.note(&format!(
                "edition {} of {} in {}, wage floors {}, {threads} threads",
                manifest.edition,
                manifest.period,
                location.shown,
                rates.file()?.file
            ));
        }
        let library = library?;
        say_own(&library, terminal);
        let templates = templates(folder, terminal)?;
        Ok(Opened {
            location,
            manifest,
            as_of,
            rates,
            floors,
            queries: library,
            templates,
            means: Means::of(threads, options.memory),
        })
    }

    /// Makes a release without publishing it.
    pub(super) fn make(&self, wanted: &Wanted) -> Result<Made, Failure> {
        self.keep_rates();
        Ok(crate::release::make(&self.source(), wanted)?)
    }

    /// Keeps the wage floors that a release rests on beside the edition.
    pub(super) fn keep_rates(&self) {
        // A store may be open to readers only; the release names their digest.
        let _ = self.rates.store(&self.location);
    }

    /// The queries.
    pub(in crate::cli) fn queries(&self) -> &Library {
        &self.queries
    }

    /// The period and the number of the edition.
    pub(in crate::cli) fn edition(&self) -> (chrono::NaiveDate, u32) {
        (self.manifest.period, self.manifest.edition)
    }

    /// A table or view of a name.
    pub(super) fn is_table<'a>(&self, name: &'a str) -> Option<&'a str> {
        let stored = self.manifest.table_path(name).is_some() || name == "wage_floors";
        let view = self.queries.get(name).is_some_and(|query| query.view);
        (stored || view).then_some(name)
    }

    /// A session over the edition; where there is one statement that it is for, with the
    /// views only that it needs.
    pub(super) fn session(
        &self,
        means: Means,
        statement: Option<&str>,
    ) -> Result<Session, Failure> {
        let (location, manifest, rates) = (&self.location, &self.manifest, &self.rates);
        let opened = crate::compare::run::open_for(
            location,
            manifest,
            rates,
            &self.queries,
            means,
            crate::compare::run::Scope {
                provider: None,
                statement,
            },
        );
        Ok(opened?)
    }

    /// Says of a comparison that was taken for a table what it is.
    pub(super) fn meant(&self, failure: Failure) -> Failure {
        let taken = |name: &str| {
            let missing = format!("there is no table `{name}`");
            failure.message.starts_with(&missing)
        };
        let Some(query) = self.queries.comparisons().find(|query| taken(&query.name)) else {
            return failure;
        };
        let said = failure
            .message
            .split("\n\nhint:")
            .next()
            .unwrap_or_default();
        let said = said.split("\nhint:").next().unwrap_or_default();
        let hint = format!(
            "{name} is a comparison, which makes its own table; paybench query {name} runs it",
            name = query.name
        );
        Failure::new(failure.code, format!("{said}\nhint: {hint}"))
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source {
            location: &self.location,
            manifest: &self.manifest,
            as_of: self.as_of,
            rates: &self.rates,
            floors: &self.floors,
            queries: &self.queries,
            templates: &self.templates,
            means: self.means,
        }
    }
}

/// The templates: built in, and the project's own.
pub(super) fn templates(folder: &Path, terminal: &Terminal) -> Result<Templates, Failure> {
    let own = folder.join("reports");
    let templates = Templates::load(own.is_dir().then_some(own.as_path()))?;
    for name in templates.overridden() {
        terminal.note(&format!("using your own template {name}"));
    }
    Ok(templates)
}

/// The queries: built in, and the project's own.
pub(super) fn library(folder: &Path, terminal: &Terminal) -> Result<Library, Failure> {
    let library = loaded(folder)?;
    say_own(&library, terminal);
    Ok(library)
}

fn loaded(folder: &Path) -> Result<Library, Failure> {
    Ok(Library::load(Some(&folder.join("queries")))?)
}

fn say_own(library: &Library, terminal: &Terminal) {
    for query in library.comparisons().chain(library.views()) {
        if let Some(file) = &query.own {
            terminal.note(&format!("using your own query {} from {file}", query.name));
        }
    }
    for query in library.rows() {
        if let Some(file) = &query.own {
            let what = "using your own query for the rows behind";
            terminal.note(&format!("{what} {} from {file}", query.name));
        }
    }
    for rule in library.rules() {
        if let Some(file) = &rule.own {
            terminal.note(&format!("using your own rule {} from {file}", rule.name));
        }
    }
}

/// Does one thing on a thread beside another, where a thread can be had.
fn beside<A: Send, B>(one: impl Fn() -> A + Sync, other: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let begun = thread.spawn_scoped(scope, &one).ok();
        let other = other();
        let one = begun.map_or_else(&one, |begun| {
            begun.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        (one, other)
    })
}

/// The layouts: built in, and the user's own of `given`, or of `layouts` in
/// the project's folder where there is one.
pub(super) fn layouts(
    given: Option<&Path>,
    folder: &Path,
    terminal: &Terminal,
) -> Result<Layouts, Failure> {
    let usual = folder.join("layouts");
    let layouts = match given {
        Some(given) => Layouts::with_own(given)?,
        None if usual.is_dir() => Layouts::with_own(&usual)?,
        None => Layouts::built_in()?,
    };
    for layout in layouts.iter() {
        if let Some(file) = &layout.own {
            let instead = if layout.replaces() {
                ", instead of the built-in one"
            } else {
                ""
            };
            terminal.note(&format!(
                "using your own layout {} from {file}{instead}",
                layout.name
            ));
        }
    }
    Ok(layouts)
}

/// The limits of a command line.
pub(super) fn limits(texts: &[String]) -> Result<Vec<Limit>, Failure> {
    let limits = texts.iter().map(|text| Limit::parse(text, &[]));
    let limits: Result<Vec<_>, _> = limits.collect();
    limits.map_err(|error| crate::release::ReleaseError::from(error).into())
}

/// Says which limits are breached or cannot be told; gives the exit code.
pub(super) fn say_limits(made: &Made, terminal: &Terminal) -> u8 {
    let mut code = 0;
    for judged in &made.limits {
        let (earned, what) = match judged.verdict {
            Verdict::Kept => continue,
            Verdict::Breached => (BREACHED, "is breached"),
            Verdict::CannotTell => (WARNINGS, "cannot be told"),
        };
        code = code.max(earned);
        terminal.warn(&format!("the limit {} {what}:", judged.limit));
        for row in &judged.rows {
            terminal.warn(&format!("  {row}"));
        }
    }
    code
}

/// Publishes a release and says what was withheld.
pub(super) fn publish(made: &Made, out: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let open = made.release == Release::Protected;
    Aside::begin(out, &[])?.publish(&made.files, &made.manifest, open)?;
    say_withheld(made, terminal);
    Ok(())
}

/// Says how much of a release is withheld, and why where that is most of it.
pub(super) fn say_withheld(made: &Made, terminal: &Terminal) {
    let rows: usize = made.tables.iter().map(|out| out.rows).sum();
    let hidden: usize = made.tables.iter().map(|out| out.hidden_rows).sum();
    if hidden > 0 {
        terminal.note(&format!(
            "{hidden} of {rows} rows are withheld [c] to protect people and providers"
        ));
    }
    if hidden * 2 > rows {
        terminal.note(
            "most is withheld because it rests on fewer than 10 workers or on 1 or 2 providers; \
             --restricted shows it to those who may see it",
        );
    }
}

/// That a return lacks workplaces which another one no longer has.
fn read_without(own: &str, other: &str) -> String {
    format!(
        "return {own} was read without workplaces that stood in {other}; ingest it again if they \
         are its own"
    )
}
