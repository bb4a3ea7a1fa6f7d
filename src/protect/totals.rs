//! Totals that would give a hidden part away.

use std::collections::BTreeMap;

use super::{ProtectError, column, is_small, keys};
use crate::compare::query::{Clause, QueryFile};
use crate::compare::table::{Table, Value};

/// The counts that a rule guards, each with the rows of which it is withheld:
/// those that are hidden, those where it is small, and the totals from which
/// one such part could be worked out.
///
/// # Errors
/// Where a column of a rule is not in the table.
pub fn guarded(
    query: &QueryFile,
    table: &Table,
    clauses: &[Clause],
    hidden: &[bool],
) -> Result<BTreeMap<String, Vec<bool>>, ProtectError> {
    let mut guarded = BTreeMap::new();
    for clause in clauses {
        let Clause::Guard(count) = clause else {
            continue;
        };
        let at = column(query, table, count)?;
        let mut withheld: Vec<bool> = table
            .rows
            .iter()
            .zip(hidden)
            .map(|(row, hidden)| *hidden || is_small(&row[at]))
            .collect();
        for clause in clauses {
            if let Clause::Total { columns, across } = clause {
                hide_totals(query, table, clauses, columns, across, &mut withheld)?;
            }
        }
        guarded.insert(count.clone(), withheld);
    }
    Ok(guarded)
}

/// The ways in which a total of a column adds up: by its plain values, and of
/// sectors also with `commissioned` for the two that it adds up itself.
const WAYS: [fn(&str, &str) -> bool; 2] = [
    |total, part| match total {
        "all" => part != "all" && part != "commissioned",
        "commissioned" => is_commissioned(part),
        _ => false,
    },
    |total, part| total == "all" && part != "all" && !is_commissioned(part),
];

fn is_commissioned(part: &str) -> bool {
    part == "independent" || part == "third_sector"
}

/// A column, and what the other columns say.
type Line = (usize, Vec<Value>);

/// Hides a total where exactly one of its parts is hidden, until nothing changes.
///
/// # Errors
/// Where a column of the rule is not in the table.
pub fn hide_totals(
    query: &QueryFile,
    table: &Table,
    clauses: &[Clause],
    columns: &[String],
    across: &[String],
    hidden: &mut [bool],
) -> Result<(), ProtectError> {
    let columns = columns
        .iter()
        .map(|name| column(query, table, name))
        .collect::<Result<Vec<_>, _>>()?;
    // A cell is what the key columns say, leaving out those whose rows share its fate.
    let mut is_key = keys(query, table, clauses)?;
    for name in across {
        is_key[column(query, table, name)?] = false;
    }
    let cell = |row: &[Value]| -> Vec<Value> {
        row.iter()
            .zip(&is_key)
            .map(|(v, key)| if *key { v.clone() } else { Value::Empty })
            .collect()
    };
    let mut cells: BTreeMap<Vec<Value>, bool> = BTreeMap::new();
    for (row, hidden) in table.rows.iter().zip(hidden.iter()) {
        *cells.entry(cell(row)).or_default() |= hidden;
    }
    // Cells that differ in one column only, with what that column says.
    let mut lines: BTreeMap<Line, Vec<(String, Vec<Value>)>> = BTreeMap::new();
    for key in cells.keys() {
        for at in &columns {
            let mut line = key.clone();
            line[*at] = Value::Empty;
            let says = key[*at].as_text().unwrap_or_default().to_owned();
            lines
                .entry((*at, line))
                .or_default()
                .push((says, key.clone()));
        }
    }
    // The smaller totals first: once one of them is hidden, `all` may stay.
    let mut hide = |kind: &str| {
        let mut given_away = Vec::new();
        for members in lines.values() {
            for (total, key) in members.iter().filter(|(total, _)| total == kind) {
                let derivable = |adds_up: &fn(&str, &str) -> bool| {
                    let parts = members.iter().filter(|(part, _)| adds_up(total, part));
                    parts.filter(|(_, part)| cells[part]).count() == 1
                };
                if !cells[key] && WAYS.iter().any(derivable) {
                    given_away.push(key.clone());
                }
            }
        }
        let any = !given_away.is_empty();
        cells.extend(given_away.into_iter().map(|key| (key, true)));
        any
    };
    while hide("commissioned") || hide("all") {}
    for (row, hidden) in table.rows.iter().zip(hidden.iter_mut()) {
        *hidden = cells[&cell(row)];
    }
    Ok(())
}
