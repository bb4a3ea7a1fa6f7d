//! `paybench evidence PROVIDER`: what stands behind the figures of one provider.

use std::path::Path;

use super::Opened;
use super::compare::command;
use crate::cli::args::Evidence;
use crate::cli::failure::{Failure, USAGE};
use crate::cli::terminal::Terminal;
use crate::model::digest::sha256;
use crate::model::nearest::nearest;
use crate::release::evidence;
use crate::release::swap::Aside;

/// Writes the pack of one provider.
///
/// # Errors
/// Why there is none; what was there is as it was.
pub fn run(args: &Evidence, terminal: &Terminal) -> Result<u8, Failure> {
    if !args.restricted {
        let message = "evidence is about single workers, and is never made by accident\n\
                       hint: --restricted makes it for those who may see it";
        return Err(Failure::new(USAGE, message));
    }
    may_replace(&args.out, evidence::KIND)?;
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let source = opened.source();
    known(&opened, &evidence::providers(&source)?, &args.provider)?;
    let given = (args.provider.as_str(), args.edition.rates.as_deref());
    let command = command("evidence", &[given.0], given.1, true, &opened);
    opened.keep_rates();
    let pack = evidence::make(&source, &args.provider, &command)?;
    Aside::begin(&args.out, &[])?.publish(&pack.files, &pack.manifest, false)?;
    terminal.note(&format!(
        "SHA-256 of its manifest.json, to hand over apart from it: {}",
        sha256(&pack.manifest)
    ));
    terminal.line(&args.out.display().to_string())?;
    Ok(0)
}

/// Refuses a provider that the edition does not have, with the nearest that it has.
pub(super) fn known(opened: &Opened, providers: &[String], wanted: &String) -> Result<(), Failure> {
    if providers.contains(wanted) {
        return Ok(());
    }
    let hint = similar(wanted, providers).map_or_else(
        || "paybench query \"SELECT DISTINCT provider_id FROM workplaces\" lists them".to_owned(),
        |name| format!("there is {name}"),
    );
    let message = format!(
        "there is no provider `{wanted}` in edition {} of {}\nhint: {hint}",
        opened.manifest.edition, opened.manifest.period
    );
    Err(Failure::new(USAGE, message))
}

/// The provider whose code was probably meant, whatever its letters' case.
fn similar<'a>(wanted: &str, providers: &'a [String]) -> Option<&'a String> {
    let small: Vec<String> = providers.iter().map(|name| name.to_lowercase()).collect();
    let found = nearest(wanted, small.iter().map(String::as_str))?;
    let at = small.iter().position(|name| name == found)?;
    providers.get(at)
}

/// What was made of a kind takes the place of such a one, never of a release of
/// tables and pages.
pub(super) fn may_replace(out: &Path, kind: &str) -> Result<(), Failure> {
    crate::release::swap::may_replace(out, &[])?;
    let manifest = std::fs::read(out.join("manifest.json")).unwrap_or_default();
    let manifest = serde_json::from_slice::<serde_json::Value>(&manifest).unwrap_or_default();
    if manifest.is_null() || manifest["kind"] == kind {
        return Ok(());
    }
    let message = format!(
        "{} holds a release that is no {}; it is left as it is\nhint: give another --out",
        out.display(),
        if kind == evidence::KIND {
            "evidence pack"
        } else {
            "feedback"
        }
    );
    Err(Failure::new(USAGE, message))
}
