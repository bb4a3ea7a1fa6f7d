//! `paybench demo`: the whole pipeline on embedded sample returns.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::ingest::Job;
use super::{Opened, report};
use crate::cli::args::{Demo, Edition};
use crate::cli::failure::{Failure, STORAGE, USAGE};
use crate::cli::terminal::Terminal;
use crate::ingest::layout::Layouts;
use crate::model::date;
use crate::protect::Release;
use crate::release::Wanted;
use crate::release::swap::Aside;
use crate::store::commit::Committed;
use crate::store::location::Location;

static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/sample");

/// Runs everything in a new folder.
///
/// # Errors
/// Where the folder cannot be made.
pub fn run(args: &Demo, terminal: &Terminal) -> Result<u8, Failure> {
    // The release of somebody's own returns is not given up for invented ones.
    let own = args.out.join("manifest.json").exists() && !args.out.join("returns").exists();
    if own {
        let message = format!(
            "{} holds a release that is no demo; it is left as it is\nhint: give another --out",
            args.out.display()
        );
        return Err(Failure::new(USAGE, message));
    }
    let aside = Aside::begin(&args.out, &["returns", "store", "paybench.key"])?;
    let returns = aside.path().join("returns");
    extract(&SAMPLE, &returns)?;
    let store = aside.path().join("store").display().to_string();
    let key_file = aside.path().join("paybench.key");
    let threads = super::threads(None);
    let location = Location::open(&store, super::runtime(threads)?)?;
    let floors = super::floors(None)?;
    // The demo's findings are in its report; here the counts are enough.
    let quiet = Terminal::silent();
    let mut newest = None;
    for folder in SAMPLE.dirs() {
        let Some(period) = folder.path().to_str().and_then(date::iso) else {
            continue;
        };
        let paths = [returns.join(folder.path())];
        let job = Job {
            location: &location,
            paths: &paths,
            period,
            layouts: Layouts::built_in()?,
            key_file: &key_file,
            floors: &floors,
            threads,
        };
        if let Committed::Edition(manifest, report) = job.run(&quiet)? {
            let rows: u64 = report
                .returns
                .iter()
                .flat_map(|r| &r.files)
                .map(|f| f.rows_accepted)
                .sum();
            terminal.note(&format!(
                "{period}: {} returns, {rows} rows accepted, {} rejected; {}",
                report.returns.len(),
                report.rejects.len(),
                Terminal::counted(&report.findings)
            ));
            newest = newest.max(Some(manifest.period));
        }
    }
    let options = Edition {
        store,
        period: newest,
        edition: None,
        as_of: None,
        rates: None,
        threads: Some(threads),
        memory: None,
    };
    let opened = Opened::open(&options, aside.path(), &quiet)?;
    let pages = report::pages(&[], opened.source().templates)?;
    let made = opened.make(&Wanted {
        comparisons: report::comparisons(&[], &pages, &opened.queries),
        pages,
        spreadsheets: true,
        release: Release::Protected,
        over_time: true,
        limits: Vec::new(),
        awaited: Vec::new(),
        commands: vec!["paybench demo".to_owned()],
    })?;
    aside.publish(&made.files, &made.manifest, true)?;
    super::say_withheld(&made, terminal);
    terminal.note("the returns are invented; open the report in a browser:");
    for (page, _) in crate::report::pages() {
        terminal.line(&args.out.join(format!("{page}.html")).display().to_string())?;
    }
    Ok(0)
}

/// Writes the sample returns, a folder a period.
///
/// # Errors
/// Where the folder cannot be written.
pub(super) fn sample(to: &Path) -> Result<(), Failure> {
    extract(&SAMPLE, to)
}

fn extract(folder: &Dir<'_>, to: &Path) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| Failure::new(STORAGE, format!("{path}: {error}"))
    };
    std::fs::create_dir_all(to).map_err(failed(to))?;
    for file in folder.files() {
        let path = to.join(file.path().file_name().unwrap_or_default());
        std::fs::write(&path, file.contents()).map_err(failed(&path))?;
    }
    folder.dirs().try_for_each(|inner| {
        extract(
            inner,
            &to.join(inner.path().file_name().unwrap_or_default()),
        )
    })
}
