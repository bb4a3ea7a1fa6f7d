//! What may leave: the only way from a comparison's result to an output.

#[cfg(test)]
mod tests;
mod totals;

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::query::{Clause, Disclosure, QueryFile};
use crate::compare::table::{Table, Value};

/// Who a release is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Small and dominated figures are withheld.
    Protected,
    /// Everything is shown; for those who may see it.
    Restricted,
}

impl Release {
    /// The word that outputs use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Release::Protected => "protected",
            Release::Restricted => "restricted",
        }
    }
}

/// A table as it may leave, with `period` first, `marker` and `release` last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The table.
    pub table: Table,
    /// Its rows, counted.
    pub rows: usize,
    /// Rows of which every measure is withheld.
    pub hidden_rows: usize,
    /// Rows shown of which some measure is withheld.
    pub emptied_rows: usize,
}

/// Why a table cannot leave.
#[derive(Debug, thiserror::Error)]
pub enum ProtectError {
    /// The query does not say what its rows rest on.
    #[error(
        "{0} cannot be protected: it lacks the column {1}\nhint: a query without basis columns must say `-- disclosure: restricted`"
    )]
    NoBasis(String, String),
    /// A rule of the query names a column that the result does not have.
    #[error(
        "{0} cannot be protected: its disclosure rules name the column {1}, which it does not have"
    )]
    NoColumn(String, String),
    /// A comparison that decides about this one was not run.
    #[error("{0} cannot be protected without {1}")]
    NoSides(String, String),
}

/// The columns that every published table has besides those of its query.
pub const ADDED: [&str; 3] = ["period", "marker", "release"];
/// The marker of what is withheld.
pub const WITHHELD: &str = "[c]";
/// The smallest number of workers that a row may rest on.
pub const WORKERS: i64 = 10;
/// The smallest number of providers that the part of a row outside councils
/// and the NHS may rest on.
pub const PROVIDERS: i64 = 3;

/// The policy in words, for pages and manifests.
pub const POLICY: &str = "A row is withheld if it rests on fewer than 10 workers, or if its part \
    outside local authorities and the NHS is from 1 or 2 providers or over half from one. Medians \
    need 20 workers, quartiles and ranges of gaps 40; ranges are withheld where one provider outside \
    local authorities and the NHS has more than one in six of the workers of its sector, and medians \
    of what employers state where they are the figure of 1 or 2 providers. Counts from 1 to 9 of \
    people below a floor, of those who cannot be told, of those without guaranteed hours and of those \
    on a contract type are withheld with what is computed from them; a shortfall needs 10 people \
    whose hours are known. A total is withheld where exactly one of its parts is.";

/// The comparisons that `query` needs beside it to be protected.
#[must_use]
pub fn needs(query: &QueryFile) -> Vec<&str> {
    match &query.disclosure {
        Disclosure::Restricted => Vec::new(),
        Disclosure::Protected(clauses) => clauses
            .iter()
            .filter_map(|clause| match clause {
                Clause::Sides(name, _) => Some(name.as_str()),
                _ => None,
            })
            .collect(),
    }
}

/// The result as it may leave, or `None` where it may not leave at all.
/// `others` are the results of the comparisons that [`needs`] names.
///
/// # Errors
/// Where the query does not allow its own protection: nothing leaves then.
pub fn publish(
    query: &QueryFile,
    result: &Table,
    others: &[(&QueryFile, &Table)],
    release: Release,
    period: i32,
) -> Result<Option<Published>, ProtectError> {
    let clauses = match (&query.disclosure, release) {
        (_, Release::Restricted) => return unprotected(query, result, period).map(Some),
        (Disclosure::Restricted, Release::Protected) => return Ok(None),
        (Disclosure::Protected(clauses), Release::Protected) => clauses.as_slice(),
    };
    published(query, result, others, Some(clauses), period).map(Some)
}

/// The whole result, for a restricted release.
///
/// # Errors
/// Where the query names columns that it does not have.
pub fn unprotected(
    query: &QueryFile,
    result: &Table,
    period: i32,
) -> Result<Published, ProtectError> {
    published(query, result, &[], None, period)
}

/// `clauses` are those by which it is protected, none where it is not.
fn published(
    query: &QueryFile,
    result: &Table,
    others: &[(&QueryFile, &Table)],
    clauses: Option<&[Clause]>,
    period: i32,
) -> Result<Published, ProtectError> {
    let release = match clauses {
        Some(_) => Release::Protected,
        None => Release::Restricted,
    };
    let hidden = match clauses {
        None => vec![false; result.rows.len()],
        Some(clauses) => hidden_rows(query, result, clauses, others)?,
    };
    let is_key = keys(query, result, clauses.unwrap_or_default())?;
    let guarded = totals::guarded(query, result, clauses.unwrap_or_default(), &hidden)?;
    let shown: Vec<usize> = (0..result.columns.len())
        .filter(|at| !is_basis(&result.columns[*at]))
        .collect();
    let mut published = Published {
        table: Table {
            name: result.name.clone(),
            columns: Vec::new(),
            rows: Vec::new(),
        },
        rows: result.rows.len(),
        hidden_rows: 0,
        emptied_rows: 0,
    };
    let columns = &mut published.table.columns;
    columns.push("period".to_owned());
    columns.extend(shown.iter().map(|at| result.columns[*at].clone()));
    columns.extend(["marker".to_owned(), "release".to_owned()]);
    for (at, (row, hidden)) in result.rows.iter().zip(hidden).enumerate() {
        let emptied = match clauses {
            None => BTreeSet::new(),
            Some(_) if hidden => (0..row.len()).filter(|at| !is_key[*at]).collect(),
            Some(clauses) => emptied_cells(query, result, (at, row), clauses, &guarded)?,
        };
        let withheld = hidden || emptied.iter().any(|at| row[*at] != Value::Empty);
        published.hidden_rows += usize::from(hidden);
        published.emptied_rows += usize::from(withheld && !hidden);
        let mut out = Vec::with_capacity(shown.len() + 3);
        out.push(Value::Date(period));
        out.extend(shown.iter().map(|at| {
            if emptied.contains(at) {
                Value::Empty
            } else {
                row[*at].clone()
            }
        }));
        out.push(if withheld {
            Value::Text(WITHHELD.to_owned())
        } else {
            Value::Empty
        });
        out.push(Value::Text(release.as_str().to_owned()));
        published.table.rows.push(out);
    }
    Ok(published)
}

fn is_basis(column: &str) -> bool {
    column.starts_with("basis_") || column.starts_with("basis2_")
}

/// Which columns say what a row is about: only those stay in a hidden row.
fn keys(query: &QueryFile, table: &Table, clauses: &[Clause]) -> Result<Vec<bool>, ProtectError> {
    let mut is_key = vec![false; table.columns.len()];
    for clause in clauses {
        let names = match clause {
            Clause::Key(names) | Clause::Sides(_, names) => names,
            Clause::Total { columns, .. } => columns,
            Clause::Need(..) | Clause::OneIn(..) | Clause::Small(..) | Clause::Guard(..) => {
                continue;
            }
        };
        for name in names {
            is_key[column(query, table, name)?] = true;
        }
    }
    Ok(is_key)
}

fn column(query: &QueryFile, table: &Table, name: &str) -> Result<usize, ProtectError> {
    table
        .position(name)
        .ok_or_else(|| ProtectError::NoColumn(query.name.clone(), name.to_owned()))
}

/// Which rows are hidden: by what they rest on, then by the totals that would
/// give them away, then by the comparisons that hide a side of them.
fn hidden_rows(
    query: &QueryFile,
    table: &Table,
    clauses: &[Clause],
    others: &[(&QueryFile, &Table)],
) -> Result<Vec<bool>, ProtectError> {
    let mut hidden = rests_on_too_few(query, table)?;
    for clause in clauses {
        if let Clause::Sides(other, columns) = clause {
            let missing = || ProtectError::NoSides(query.name.clone(), other.clone());
            let (other_query, other_table) = others
                .iter()
                .find(|(query, _)| query.name == *other)
                .ok_or_else(missing)?;
            let Disclosure::Protected(other_clauses) = &other_query.disclosure else {
                return Err(missing());
            };
            let other_hidden = hidden_rows(other_query, other_table, other_clauses, others)?;
            let (group, sector) = (
                column(other_query, other_table, "role_group")?,
                column(other_query, other_table, "sector")?,
            );
            let cells: BTreeSet<(&Value, &Value)> = other_table
                .rows
                .iter()
                .zip(&other_hidden)
                .filter(|(_, hidden)| **hidden)
                .map(|(row, _)| (&row[group], &row[sector]))
                .collect();
            let own_group = column(query, table, "role_group")?;
            for side in columns {
                let side = column(query, table, side)?;
                for (row, hidden) in table.rows.iter().zip(&mut hidden) {
                    *hidden |= cells.contains(&(&row[own_group], &row[side]));
                }
            }
        }
    }
    for clause in clauses {
        if let Clause::Total { columns, across } = clause {
            totals::hide_totals(query, table, clauses, columns, across, &mut hidden)?;
        }
    }
    Ok(hidden)
}

fn rests_on_too_few(query: &QueryFile, table: &Table) -> Result<Vec<bool>, ProtectError> {
    let mut sides = vec!["basis"];
    if table.position("basis2_workers").is_some() {
        sides.push("basis2");
    }
    let mut hidden = vec![false; table.rows.len()];
    for side in sides {
        let basis = |what: &str| {
            let name = format!("{side}_{what}");
            table
                .position(&name)
                .ok_or_else(|| ProtectError::NoBasis(query.name.clone(), name))
        };
        let columns = (
            basis("workers")?,
            basis("private_workers")?,
            basis("private_providers")?,
            basis("private_largest")?,
        );
        for (row, hidden) in table.rows.iter().zip(&mut hidden) {
            let (workers, private, providers, largest) = (
                row[columns.0].as_count(),
                row[columns.1].as_count(),
                row[columns.2].as_count(),
                row[columns.3].as_count(),
            );
            // What is not known is not safe.
            *hidden |= match (workers, private, providers, largest) {
                (Some(workers), Some(private), Some(providers), Some(largest)) => {
                    workers < WORKERS
                        || (1..PROVIDERS).contains(&providers)
                        || largest * 2 > private
                }
                _ => true,
            };
        }
    }
    Ok(hidden)
}

/// A count of people that could be told apart.
fn is_small(count: &Value) -> bool {
    count
        .as_count()
        .is_some_and(|count| (1..WORKERS).contains(&count))
}

fn emptied_cells(
    query: &QueryFile,
    table: &Table,
    (number, row): (usize, &[Value]),
    clauses: &[Clause],
    guarded: &BTreeMap<String, Vec<bool>>,
) -> Result<BTreeSet<usize>, ProtectError> {
    let mut emptied = BTreeSet::new();
    for clause in clauses {
        match clause {
            Clause::Need(least, count, columns) => {
                let known = row[column(query, table, count)?].as_count();
                if known.is_none_or(|known| known < *least) {
                    for name in columns {
                        emptied.insert(column(query, table, name)?);
                    }
                }
            }
            Clause::OneIn(many, [part, whole], columns) => {
                let count = |name| Ok(row[column(query, table, name)?].as_count().unwrap_or(0));
                if count(part)?.saturating_mul(*many) > count(whole)? {
                    for name in columns {
                        emptied.insert(column(query, table, name)?);
                    }
                }
            }
            Clause::Small(count, columns) => {
                let at = column(query, table, count)?;
                let withheld = guarded.get(count).is_some_and(|rows| rows[number]);
                if withheld || is_small(&row[at]) {
                    emptied.insert(at);
                    for name in columns {
                        emptied.insert(column(query, table, name)?);
                    }
                }
            }
            Clause::Key(_) | Clause::Total { .. } | Clause::Guard(_) | Clause::Sides(..) => {}
        }
    }
    Ok(emptied)
}
