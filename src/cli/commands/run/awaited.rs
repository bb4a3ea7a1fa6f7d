//! The returns that a job waits for: received, not due yet, or late.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::cli::failure::{Failure, MISSING, WARNINGS};
use crate::cli::settings::{Expected, Settings};
use crate::cli::terminal::Terminal;
use crate::report::Awaited;
use crate::returns::discover;
use crate::store::manifest::Manifest;

/// What became of each return that is awaited; a required one that is late
/// ends the job. Without a day by which it is due a return is late at once.
///
/// # Errors
/// Where a required return is missing.
pub fn look(
    settings: &Settings,
    today: NaiveDate,
    terminal: &Terminal,
) -> Result<Vec<Awaited>, Failure> {
    let awaited = states(settings, today)?;
    for (expected, entry) in settings.expected.iter().zip(&awaited) {
        if entry.state != "late" {
            continue;
        }
        let due = expected.due.map(|due| format!(", due {due}"));
        let missing = format!("is missing{}", due.unwrap_or_default());
        if expected.required {
            let message = format!("the required return {} {missing}", expected.return_id);
            return Err(Failure::new(MISSING, message));
        }
        terminal.warn(&format!("the return {} {missing}", expected.return_id));
    }
    Ok(awaited)
}

/// What became of each return that is awaited.
///
/// # Errors
/// Where a path of the settings is not there.
pub fn states(settings: &Settings, today: NaiveDate) -> Result<Vec<Awaited>, Failure> {
    let here = discover::returns(&settings.returns)?;
    let here: BTreeSet<&str> = here.iter().map(|entry| entry.id.as_str()).collect();
    let state = |expected: &Expected| {
        if here.contains(expected.return_id.as_str()) {
            "received"
        } else if due_later(expected, today) {
            "awaited"
        } else {
            "late"
        }
    };
    let awaited = settings.expected.iter().map(|expected| Awaited {
        return_id: expected.return_id.clone(),
        due: expected.due.map(|due| due.to_string()),
        state: state(expected).to_owned(),
    });
    Ok(awaited.collect())
}

fn due_later(expected: &Expected, today: NaiveDate) -> bool {
    expected.due.is_some_and(|due| today <= due)
}

/// Refuses an edition without a required return that was received.
///
/// # Errors
/// Where one was rejected and no earlier version of it is in force.
pub fn in_force(
    settings: &Settings,
    awaited: &[Awaited],
    manifest: &Manifest,
) -> Result<(), Failure> {
    for (expected, entry) in settings.expected.iter().zip(awaited) {
        let here = expected.required && entry.state == "received";
        if here && manifest.accepted(&expected.return_id).is_none() {
            let message = format!(
                "the required return {} was rejected, and no earlier one is in force",
                expected.return_id
            );
            return Err(Failure::new(MISSING, message));
        }
    }
    Ok(())
}

/// The exit code that late returns earn.
#[must_use]
pub fn code(awaited: &[Awaited]) -> u8 {
    if awaited.iter().any(|entry| entry.state == "late") {
        WARNINGS
    } else {
        0
    }
}
