//! `paybench compare [NAME...]`: a release of tables.

use std::path::Path;

use super::Opened;
use crate::cli::args::Compare;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::protect::Release;
use crate::release::Wanted;

/// Makes a release of tables.
///
/// # Errors
/// Why there is none; the last release is as it was.
pub fn run(args: &Compare, terminal: &Terminal) -> Result<u8, Failure> {
    crate::release::swap::may_replace(&args.out, &[])?;
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let comparisons = if args.names.is_empty() {
        opened
            .queries
            .comparisons()
            .map(|query| query.name.clone())
            .collect()
    } else {
        args.names.clone()
    };
    let wanted = Wanted {
        comparisons,
        pages: Vec::new(),
        spreadsheets: false,
        release: release(args.restricted),
        commands: commands("compare", args, &opened),
        over_time: true,
        limits: super::limits(&args.fail_on)?,
        awaited: Vec::new(),
    };
    let made = opened.make(&wanted)?;
    super::publish(&made, &args.out, terminal)?;
    if made.tables.is_empty() {
        terminal
            .warn("none of these comparisons may leave in a protected release; see --restricted");
    }
    terminal.line(&args.out.join("tables").display().to_string())?;
    Ok(super::say_limits(&made, terminal))
}

pub(super) fn release(restricted: bool) -> Release {
    if restricted {
        Release::Restricted
    } else {
        Release::Protected
    }
}

/// The commands that make the release again.
pub(super) fn commands(verb: &str, args: &Compare, opened: &Opened) -> Vec<String> {
    let names: Vec<&str> = args.names.iter().map(String::as_str).collect();
    let rates = args.edition.rates.as_deref();
    vec![command(verb, &names, rates, args.restricted, opened)]
}

/// The command that makes an output again, with the edition it was made of.
pub(super) fn command(
    verb: &str,
    names: &[&str],
    rates: Option<&Path>,
    restricted: bool,
    opened: &Opened,
) -> String {
    let mut command = format!("paybench {verb}");
    for name in names {
        command.push_str(&format!(" {name}"));
    }
    command.push_str(&format!(
        " --period {} --edition {}",
        opened.manifest.period, opened.manifest.edition
    ));
    if let Some(rates) = rates.and_then(Path::file_name) {
        command.push_str(&format!(" --rates {}", rates.to_string_lossy()));
    }
    if restricted {
        command.push_str(" --restricted");
    }
    command
}
