//! `paybench withdraw RETURN`: the next edition without a return.

use crate::cli::args::Withdraw;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::store::location::Location;
use crate::store::withdraw::withdraw;

/// Makes the edition and says what is gone.
///
/// # Errors
/// Why there is none; the store is as it was.
pub fn run(args: &Withdraw, terminal: &Terminal) -> Result<u8, Failure> {
    let location = Location::open(&args.store, super::runtime(1)?)?;
    let edition = withdraw(&location, args.period, &args.name)?;
    let Some(gone) = edition.withdrawn.first() else {
        return Ok(0);
    };
    let rows: u64 = edition
        .withdrawn
        .iter()
        .flat_map(|entry| &entry.files)
        .map(|file| file.rows_accepted)
        .sum();
    let providers: Vec<&str> = gone.providers.iter().map(String::as_str).collect();
    terminal.note(&format!(
        "withdrew return {} of {}: {rows} rows",
        gone.return_id,
        providers.join(", ")
    ));
    for entry in &edition.returns {
        if entry.lost_to(&gone.return_id).next().is_some() {
            terminal.warn(&super::read_without(&entry.return_id, &gone.return_id));
        }
    }
    if edition.returns.is_empty() {
        terminal.warn(&format!("no return of {} is left", edition.period));
    }
    terminal.note(&format!(
        "made edition {} of {}; paybench ingest brings a withdrawn return back",
        edition.edition, edition.period
    ));
    Ok(0)
}
