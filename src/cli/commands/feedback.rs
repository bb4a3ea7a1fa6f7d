//! `paybench feedback [PROVIDER...]`: a page for each provider.

use std::path::Path;

use super::Opened;
use super::evidence::{known, may_replace};
use crate::cli::args::Feedback;
use crate::cli::failure::{Failure, USAGE};
use crate::cli::terminal::Terminal;
use crate::release::swap::Aside;
use crate::release::{evidence, feedback};

/// Writes the pages.
///
/// # Errors
/// Why there are none; what was there is as it was.
pub fn run(args: &Feedback, terminal: &Terminal) -> Result<u8, Failure> {
    if !args.restricted {
        let message = "feedback shows one provider's own figures on each page, and is never made by accident\n\
                       hint: --restricted makes it; send each page to its provider only";
        return Err(Failure::new(USAGE, message));
    }
    may_replace(&args.out, feedback::KIND)?;
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let source = opened.source();
    let all = evidence::providers(&source)?;
    for provider in &args.providers {
        known(&opened, &all, provider)?;
    }
    let wanted = if args.providers.is_empty() {
        &all
    } else {
        &args.providers
    };
    opened.keep_rates();
    let pages = feedback::make(&source, wanted)?;
    Aside::begin(&args.out, &[])?.publish(&pages.files, &pages.manifest, false)?;
    for name in pages.files.keys() {
        terminal.line(&args.out.join(name).display().to_string())?;
    }
    terminal.note("each page is for its provider only");
    Ok(0)
}
