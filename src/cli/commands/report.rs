//! `paybench report [NAME...]`: a release of tables, pages and spreadsheets.

use std::path::Path;

use super::Opened;
use super::compare::{commands, release};
use crate::cli::args::Compare;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::compare::library::Library;
use crate::release::Wanted;
use crate::report::{self, Templates};

/// Makes a release of tables, pages and spreadsheets.
///
/// # Errors
/// Why there is none; the last release is as it was.
pub fn run(args: &Compare, terminal: &Terminal) -> Result<u8, Failure> {
    crate::release::swap::may_replace(&args.out, &[])?;
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let pages = pages(&args.names, opened.source().templates)?;
    let wanted = Wanted {
        comparisons: comparisons(&args.names, &pages, &opened.queries),
        pages: pages.clone(),
        spreadsheets: true,
        release: release(args.restricted),
        commands: commands("report", args, &opened),
        over_time: true,
        limits: super::limits(&args.fail_on)?,
        awaited: Vec::new(),
    };
    let made = opened.make(&wanted)?;
    super::publish(&made, &args.out, terminal)?;
    for page in pages {
        terminal.line(&args.out.join(format!("{page}.html")).display().to_string())?;
    }
    Ok(super::say_limits(&made, terminal))
}

/// The pages of these names; all if none is named.
pub(super) fn pages(names: &[String], templates: &Templates) -> Result<Vec<String>, Failure> {
    let known: Vec<String> = templates.pages().collect();
    for name in names {
        if !known.contains(name) {
            let error = report::ReportError::UnknownPage {
                name: name.clone(),
                known: known.join(", "),
            };
            return Err(error.into());
        }
    }
    Ok(if names.is_empty() {
        known
    } else {
        names.to_vec()
    })
}

/// All comparisons where all pages are made, otherwise those of the pages.
pub(super) fn comparisons(names: &[String], pages: &[String], library: &Library) -> Vec<String> {
    let all = library.comparisons().map(|query| query.name.clone());
    if names.is_empty() {
        return all.collect();
    }
    let shown = |name: &String| pages.iter().any(|page| report::shows(page, name));
    all.filter(shown).collect()
}
