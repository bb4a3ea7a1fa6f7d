//! `paybench withdraw RETURN`: the next edition without a return.

use crate::cli::args::Withdraw;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::store::location::Location;
use crate::store::manifest::ReturnEntry;
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
    let lost_to_it = |entry: &&ReturnEntry| {
        entry
            .elsewhere
            .iter()
            .any(|place| lost(place, &gone.return_id))
    };
    for entry in edition.returns.iter().filter(lost_to_it) {
        terminal.warn(&format!(
            "return {} was read without workplaces that stood in {}; ingest it again if they are its own",
            entry.return_id, gone.return_id
        ));
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

/// Whether a workplace was left out because this return had it.
fn lost(place: &str, return_id: &str) -> bool {
    let other = place.split_once(&format!(": {return_id}"));
    other.is_some_and(|(_, end)| end.is_empty() || end.starts_with([',', ' ']))
}
