//! Totals that would give a hidden part away.

use std::collections::BTreeMap;

use super::{ProtectError, column, keys};
use crate::compare::query::{Clause, QueryFile};
use crate::compare::table::{Table, Value};

/// The plain values that a total of a column adds up.
fn adds_up(total: &str, part: &str) -> bool {
    match total {
        "all" => part != "all" && part != "commissioned",
        "commissioned" => part == "independent" || part == "third_sector",
        _ => false,
    }
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
    across: Option<&str>,
    hidden: &mut [bool],
) -> Result<(), ProtectError> {
    let across = across.map(|name| column(query, table, name)).transpose()?;
    let columns = columns
        .iter()
        .map(|name| column(query, table, name))
        .collect::<Result<Vec<_>, _>>()?;
    // A cell is what the key columns say, leaving out the one that shares its fate.
    let mut is_key = keys(query, table, clauses)?;
    if let Some(across) = across {
        is_key[across] = false;
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
    loop {
        let mut changed = false;
        for members in lines.values() {
            for (total, key) in members {
                let parts = members.iter().filter(|(part, _)| adds_up(total, part));
                let hidden_parts = parts.filter(|(_, part)| cells[part]).count();
                if hidden_parts == 1 && !cells[key] {
                    cells.insert(key.clone(), true);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    for (row, hidden) in table.rows.iter().zip(hidden.iter_mut()) {
        *hidden = cells[&cell(row)];
    }
    Ok(())
}
