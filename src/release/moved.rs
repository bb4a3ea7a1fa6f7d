//! Which figures are not those of the last release, one by one.

use std::collections::BTreeMap;

use super::Source;
use super::before::{Before, Threshold};
use super::make::Figures;
use crate::compare::query::{Clause, Disclosure, QueryFile};
use crate::compare::table::{Table, Value};
use crate::model::decimal::{self, Decimal};
use crate::protect::{ADDED, WITHHELD, WORKERS};
use crate::report::{self, FigureChanges, Moved, TableChange, is_share};

/// The headcounts of comparisons, by which rows of two releases lie close.
const HEADCOUNTS: [&str; 2] = ["workers", "tested"];

/// Tables whose figures stand in another one too, or say how sure that one's are: they
/// are counted where they changed, and not told one by one.
const BESIDE: [&str; 1] = ["pay_gap_intervals"];

/// The figures of the release against those of the last one.
#[must_use]
pub fn figures(
    before: &Before,
    source: &Source<'_>,
    figures: &Figures,
    threshold: Threshold,
) -> FigureChanges {
    let mut all = FigureChanges {
        moved_pct: threshold.pct.short(),
        moved_points: threshold.points.short(),
        ..FigureChanges::default()
    };
    for (query, published) in &figures.published {
        let file = format!("tables/{}.csv", query.name);
        // A table that was not there is a matter of what was asked for.
        let Some(digest) = before.digest(&file) else {
            continue;
        };
        if figures.digest(&file) == Some(digest) {
            continue;
        }
        let held = published.table.rows.len() == published.rows;
        let old = before.table(&query.name).filter(|_| held);
        let old = old.and_then(|bytes| Old::read(&bytes, &published.table));
        let change = match old {
            Some(old) => {
                let key = key(source, query, &published.table);
                compare(&old, &published.table, &key, threshold, &mut all)
            }
            None => TableChange {
                name: query.name.clone(),
                changed: 0,
                new_rows: 0,
                gone_rows: 0,
                compared: false,
            },
        };
        all.changed += change.changed;
        if !change.compared || change.changed + change.new_rows + change.gone_rows > 0 {
            all.tables.push(change);
        }
    }
    // As the pages have the tables, the others after them.
    let shown: Vec<&str> = report::pages()
        .iter()
        .flat_map(|(page, _)| report::tables_of(page).iter().copied())
        .collect();
    let place = |name: &str| shown.iter().position(|other| *other == name);
    let order = |name: &str| place(name).unwrap_or(usize::MAX);
    all.moved.sort_by_key(|moved| order(&moved.table));
    if before.release() != "protected" {
        all.close = 0;
    }
    all
}

/// The columns that say what a row is about.
fn key(source: &Source<'_>, query: &QueryFile, table: &Table) -> Vec<usize> {
    let mut names: Vec<&str> = Vec::new();
    if let Some(rows) = source.queries.rows_behind(&query.name) {
        names.extend(rows.key.iter().map(String::as_str));
    } else if let Disclosure::Protected(clauses) = &query.disclosure {
        for clause in clauses {
            if let Clause::Key(columns) = clause {
                names.extend(columns.iter().map(String::as_str));
            }
        }
    }
    if !names.is_empty() && names.iter().all(|name| table.position(name).is_some()) {
        return names
            .iter()
            .filter_map(|name| table.position(name))
            .collect();
    }
    // A query that does not say: whatever is no number.
    let word = |at: &usize| {
        let name = table.columns[*at].as_str();
        let mut cells = table.rows.iter().map(|row| &row[*at]);
        !ADDED.contains(&name) && cells.any(|cell| matches!(cell, Value::Text(_) | Value::Date(_)))
    };
    (0..table.columns.len()).filter(word).collect()
}

/// A table of the last release, as its file has it.
struct Old {
    rows: Vec<Vec<String>>,
}

impl Old {
    /// Its rows with the columns in the order of `now`; none where it has others.
    fn read(bytes: &[u8], now: &Table) -> Option<Old> {
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().ok()?.clone();
        let places: Option<Vec<usize>> = now
            .columns
            .iter()
            .map(|name| header.iter().position(|old| old == name))
            .collect();
        let places = places.filter(|places| places.len() == header.len())?;
        let rows: Result<Vec<_>, _> = reader
            .records()
            .map(|record| {
                record.map(|record| places.iter().map(|at| record[*at].to_owned()).collect())
            })
            .collect();
        Some(Old { rows: rows.ok()? })
    }
}

fn compare(
    old: &Old,
    now: &Table,
    key: &[usize],
    threshold: Threshold,
    all: &mut FigureChanges,
) -> TableChange {
    let about = |row: &[String]| key.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
    let marker = now.position("marker");
    let mut before: BTreeMap<Vec<String>, &Vec<String>> =
        old.rows.iter().map(|row| (about(row), row)).collect();
    let measures: Vec<usize> = (0..now.columns.len())
        .filter(|at| !key.contains(at) && !ADDED.contains(&now.columns[*at].as_str()))
        .collect();
    let mut change = TableChange {
        name: now.name.clone(),
        changed: 0,
        new_rows: 0,
        gone_rows: 0,
        compared: true,
    };
    for row in &now.rows {
        let row: Vec<String> = row.iter().map(Value::render).collect();
        let Some(was) = before.remove(&about(&row)) else {
            change.new_rows += 1;
            continue;
        };
        let withheld = |row: &[String]| marker.is_some_and(|at| row[at] == WITHHELD);
        let shown = |row: &[String], at: usize| match (row[at].as_str(), withheld(row)) {
            ("", true) => WITHHELD.to_owned(),
            (text, _) => text.to_owned(),
        };
        for at in &measures {
            let (was, is) = (shown(was, *at), shown(&row, *at));
            if was == is {
                continue;
            }
            change.changed += 1;
            if BESIDE.contains(&now.name.as_str()) {
                continue;
            }
            let column = &now.columns[*at];
            let numbers = Decimal::parse(&was).ok().zip(Decimal::parse(&is).ok());
            if let Some((was, is)) = numbers {
                let off = i128::from(is.0) - i128::from(was.0);
                let people = HEADCOUNTS.contains(&column.as_str());
                if people && off.abs() < i128::from(WORKERS) * 10_000 {
                    all.close += 1;
                }
                if !beyond(was, off, is_share(column), threshold) {
                    continue;
                }
            }
            let about = key
                .iter()
                .map(|at| (now.columns[*at].clone(), row[*at].clone()));
            all.moved.push(Moved {
                table: now.name.clone(),
                row: about.collect(),
                column: column.clone(),
                by: numbers.map(|(was, is)| difference(was, is)),
                before: was,
                after: is,
            });
        }
    }
    change.gone_rows = before.len() as u64;
    change
}

/// Whether a figure that is off by so much has moved.
fn beyond(was: Decimal, off: i128, share: bool, threshold: Threshold) -> bool {
    if share {
        return off.abs() >= i128::from(threshold.points.0);
    }
    // In ten-thousandths both: 100 x off / was >= pct.
    off.abs() * 100 * 10_000 >= i128::from(threshold.pct.0) * i128::from(was.0).abs()
}

fn difference(was: Decimal, is: Decimal) -> String {
    let off = i128::from(is.0) - i128::from(was.0);
    let text = decimal::format_scaled(off, 4);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if off > 0 {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn a_figure_moves_from_the_threshold_on() {
        let threshold = Threshold {
            pct: decimal("5"),
            points: decimal("1"),
        };
        for (was, is, share, moved) in [
            ("12.00", "12.60", false, true),
            ("12.00", "12.59", false, false),
            ("12.00", "11.40", false, true),
            ("0", "1", false, true),
            ("18.06", "19.06", true, true),
            ("18.06", "19.05", true, false),
            ("0.00", "0.99", true, false),
        ] {
            let off = i128::from(decimal(is).0) - i128::from(decimal(was).0);
            assert_eq!(
                beyond(decimal(was), off, share, threshold),
                moved,
                "{was} {is}"
            );
        }
        assert_eq!(difference(decimal("12.00"), decimal("12.60")), "+0.6");
        assert_eq!(difference(decimal("13"), decimal("3")), "-10");
    }
}
