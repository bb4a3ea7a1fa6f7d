//! `paybench editions`: what each edition of the store added, replaced, withdrew.

use crate::cli::args::Editions;
use crate::cli::failure::{Failure, USAGE};
use crate::cli::terminal::Terminal;
use crate::compare::table::{Table, Value};
use crate::store::StoreError;
use crate::store::location::Location;
use crate::store::manifest::{self, Manifest, ReturnEntry, Status};

/// Prints one row an edition.
///
/// # Errors
/// Where there is none.
pub fn run(args: &Editions, terminal: &Terminal) -> Result<u8, Failure> {
    let location = Location::open(&args.store, super::runtime(1)?)?;
    let periods = manifest::periods(&location)?;
    if periods.is_empty() {
        return Err(StoreError::Empty(format!("store {}", args.store), String::new()).into());
    }
    let mut rows = Vec::new();
    for period in &periods {
        if args.period.is_some_and(|wanted| wanted != *period) {
            continue;
        }
        let mut before: Option<Manifest> = None;
        for number in manifest::numbers(&location, *period)? {
            let edition = manifest::read(&location, *period, number)?;
            rows.push(row(&edition, before.as_ref()));
            before = Some(edition);
        }
    }
    if rows.is_empty() {
        let known: Vec<String> = periods.iter().map(ToString::to_string).collect();
        let message = format!("no edition for this period; there are {}", known.join(", "));
        return Err(Failure::new(USAGE, message));
    }
    let columns = [
        "period",
        "edition",
        "created",
        "returns",
        "added",
        "replaced",
        "withdrawn",
        "rejected",
        "carried",
    ];
    let columns = columns.map(str::to_owned).to_vec();
    let table = Table {
        name: "editions".to_owned(),
        columns,
        rows,
    };
    terminal.data(Terminal::table(&table).as_bytes())?;
    Ok(0)
}

fn row(edition: &Manifest, before: Option<&Manifest>) -> Vec<Value> {
    let accepted = |manifest: &Manifest| -> Vec<ReturnEntry> {
        let entries = manifest
            .returns
            .iter()
            .filter(|entry| entry.status == Status::Accepted);
        entries.cloned().collect()
    };
    let now = accepted(edition);
    let old = before.map(accepted).unwrap_or_default();
    let earlier = |entry: &ReturnEntry| old.iter().find(|o| o.return_id == entry.return_id);
    let names = |entries: Vec<&ReturnEntry>| {
        let names: Vec<&str> = entries
            .iter()
            .map(|entry| entry.return_id.as_str())
            .collect();
        Value::Text(names.join(", "))
    };
    let added = now
        .iter()
        .filter(|entry| earlier(entry).is_none())
        .collect();
    let replaced = now
        .iter()
        .filter(|entry| earlier(entry).is_some_and(|old| old.files != entry.files))
        .collect();
    let withdrawn = old
        .iter()
        .filter(|old| !now.iter().any(|now| now.return_id == old.return_id))
        .collect();
    // Those of earlier editions are listed there.
    let rejected = edition
        .returns
        .iter()
        .filter(|entry| entry.status == Status::Rejected && entry.edition == edition.edition)
        .collect();
    let carried = now
        .iter()
        .filter(|entry| earlier(entry).is_some_and(|old| old.files == entry.files));
    let counted = |count: usize| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    vec![
        Value::Text(edition.period.to_string()),
        Value::Integer(i64::from(edition.edition)),
        Value::Text(edition.created.clone()),
        counted(now.len()),
        names(added),
        names(replaced),
        names(withdrawn),
        names(rejected),
        counted(carried.count()),
    ]
}
