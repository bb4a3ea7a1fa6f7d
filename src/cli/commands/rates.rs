//! `paybench rates [--on DATE]`: the wage floors in force, with their sources.

use crate::cli::args::Rates;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::compare::table::{Table, Value};
use crate::model::date;
use crate::model::floors;

/// Prints the floors in force.
///
/// # Errors
/// Where the rates file is wrong.
pub fn run(args: &Rates, terminal: &Terminal) -> Result<u8, Failure> {
    let on = args.on.unwrap_or_else(|| chrono::Local::now().date_naive());
    let floors = super::floors(args.rates.as_deref())?;
    let day = |day: Option<chrono::NaiveDate>| {
        day.map_or(Value::Empty, |day| Value::Date(date::days(day)))
    };
    let age = |age: Option<i64>| age.map_or(Value::Empty, Value::Integer);
    let columns = [
        "scheme",
        "band",
        "min_age",
        "max_age",
        "rate",
        "effective_from",
        "implement_by",
        "confidence",
        "source",
    ];
    let mut in_force = floors::in_force(&floors, on);
    in_force.sort_by(|a, b| (&a.scheme, b.rate, &a.band).cmp(&(&b.scheme, a.rate, &b.band)));
    let rows = in_force
        .into_iter()
        .map(|floor| {
            vec![
                Value::Text(floor.scheme.clone()),
                Value::Text(floor.band.clone()),
                age(floor.min_age),
                age(floor.max_age),
                Value::Decimal(i128::from(floor.rate.0), 4),
                day(Some(floor.effective_from)),
                day(floor.implement_by),
                Value::Text(floor.confidence.clone()),
                Value::Text(floor.source.clone()),
            ]
        })
        .collect();
    let table = Table {
        name: "rates".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows,
    };
    terminal.note(&format!(
        "wage floors in force on {on}, pounds an hour (accommodation_offset: a day)"
    ));
    terminal.data(Terminal::table(&table).as_bytes())?;
    for note in floors::stale(&floors, on) {
        terminal.warn(&note);
    }
    Ok(0)
}
