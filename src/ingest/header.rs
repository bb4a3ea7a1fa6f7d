//! Finding the header of a file or sheet: mostly the first row, but a title
//! may stand above it.

use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::cell::cell_of;
use super::layout::{Binding, Layouts, Recognised, table_of_name};
use crate::model::schema::Kind;
use crate::returns::record::{Block, Record};

/// What headers are held against.
pub struct Known<'l> {
    /// The layouts.
    pub layouts: &'l Layouts,
    /// The period, for which a layout must hold.
    pub period: NaiveDate,
    /// Headers that were bound already: most files of a call have the same few.
    bound: Mutex<FxHashMap<Named, Arc<Binding>>>,
}

/// A header with the table that its file's name says.
type Named = (Option<&'static str>, Vec<String>);

impl<'l> Known<'l> {
    /// These layouts, for a period.
    #[must_use]
    pub fn new(layouts: &'l Layouts, period: NaiveDate) -> Known<'l> {
        Known {
            layouts,
            period,
            bound: Mutex::default(),
        }
    }

    fn recognise(&self, name: &str, header: &[String]) -> Recognised {
        let table = table_of_name(name).map(|table| table.name.as_str());
        let key = (table, header.to_vec());
        let known = |bound: &FxHashMap<Named, Arc<Binding>>| bound.get(&key).cloned();
        if let Some(binding) = self.bound.lock().ok().as_deref().and_then(known) {
            return Recognised::Rows(binding);
        }
        let recognised = self.layouts.recognise(name, header, self.period);
        if let (Recognised::Rows(binding), Ok(mut bound)) = (&recognised, self.bound.lock()) {
            bound.insert(key, Arc::clone(binding));
        }
        recognised
    }
}

/// A header, as far as one was found.
pub struct Header {
    /// The names, trimmed.
    pub names: Vec<String>,
    /// The row that it stands in.
    pub row: u64,
    /// The rows above it that hold something.
    pub above: Vec<u64>,
    /// What it turned out to be.
    pub recognised: Recognised,
    /// The first of these that is a row of data, and no title.
    pub data: Option<u64>,
    /// The rows over which it is spread, where it is.
    pub spread: Option<(u64, u64)>,
    /// The first of its cells that cannot be read, counted from 0.
    pub flawed: Option<usize>,
}

fn names(record: Record<'_>) -> Vec<String> {
    record.cells().map(|name| name.trim().to_owned()).collect()
}

impl Header {
    /// The header among the first rows of what is called `name`: the first row
    /// that holds all that its table or layout needs, else the row that holds
    /// most of it, else the first. None where there is no row at all.
    #[must_use]
    pub fn find(name: &str, top: &Block, known: &Known<'_>) -> Option<Header> {
        let mut best: Option<(usize, usize, Header)> = None;
        let mut above = Vec::new();
        for (at, (row, record)) in top.records().enumerate() {
            if record.is_blank() {
                continue;
            }
            let names = names(record);
            let recognised = known.recognise(name, &names);
            let missing = missing(&recognised);
            if best.as_ref().is_none_or(|(least, ..)| missing < *least) {
                let header = Header {
                    names,
                    row,
                    above: above.clone(),
                    recognised,
                    data: None,
                    spread: None,
                    flawed: record.flaws.first().map(|(at, _)| *at as usize),
                };
                best = Some((missing, at, header));
            }
            if missing == 0 {
                break;
            }
            above.push(row);
        }
        let (_, at, mut header) = best?;
        header.data = data_above(top, &header);
        header.spread = spread(name, top, at, &header, known);
        Some(header)
    }

    /// Whether nothing that its table or layout needs is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        missing(&self.recognised) == 0
    }

    /// How well it was recognised: the fewer columns are missing, the better,
    /// then the more it has.
    #[must_use]
    pub fn rank(&self) -> (usize, std::cmp::Reverse<usize>) {
        (
            missing(&self.recognised),
            std::cmp::Reverse(self.names.len()),
        )
    }

    /// The places of two columns of one name, counted from 0.
    #[must_use]
    pub fn twice(&self) -> Option<(usize, usize)> {
        let mut names = self.names.iter().enumerate();
        names.find_map(|(position, name)| {
            let mut before = self.names[..position].iter();
            let first = before.position(|other| other.eq_ignore_ascii_case(name));
            first
                .filter(|_| !name.is_empty())
                .map(|first| (first, position))
        })
    }
}

fn missing(recognised: &Recognised) -> usize {
    match recognised {
        // Nothing is missing where two columns are one, or the period is wrong.
        Recognised::Rows(_)
        | Recognised::NotNeeded(_)
        | Recognised::OutOfDate(_)
        | Recognised::Ambiguous(_)
        | Recognised::Twice(..) => 0,
        Recognised::Missing(_, columns) => columns.len(),
        Recognised::Unknown => usize::MAX,
    }
}

/// The first row above a header that would be one of its table if it stood below: a
/// title never has a code where the table needs one.
fn data_above(top: &Block, header: &Header) -> Option<u64> {
    let Recognised::Rows(binding) = &header.recognised else {
        return None;
    };
    let columns = binding.table.columns.iter().enumerate();
    let needed: Vec<_> = columns.filter(|(_, column)| column.required).collect();
    if needed.iter().all(|(_, column)| column.kind == Kind::Text) {
        return None;
    }
    let is_data = |record: Record<'_>| {
        needed.iter().all(|(at, column)| {
            let cell = cell_of(binding, record, *at);
            cell.is_some_and(|cell| cell.value(column, i32::MAX).is_ok())
        })
    };
    let mut above = top.records().take_while(|(row, _)| *row < header.row);
    above.find_map(|(row, record)| is_data(record).then_some(row))
}

/// The two rows over which a header is spread: names of columns stand above
/// those of the header, or only both rows together hold what is needed.
fn spread(
    name: &str,
    top: &Block,
    at: usize,
    header: &Header,
    known: &Known<'_>,
) -> Option<(u64, u64)> {
    let (table, whole) = match &header.recognised {
        Recognised::Rows(binding) => (binding.table, true),
        Recognised::Missing(table, _) => (*table, false),
        _ => return None,
    };
    let near = |index: usize| top.get(index).map(|(row, record)| (row, names(record)));
    if whole {
        // Names of required columns stand in data as in titles: only a name
        // that the header itself has not was meant to be part of it.
        let lacking = |names: &[String]| {
            names.iter().any(|name| {
                let column = table.position(&name.to_lowercase());
                let had = header
                    .names
                    .iter()
                    .any(|own| own.eq_ignore_ascii_case(name));
                column.is_some() && !had
            })
        };
        let (row, above) = near(at.checked_sub(1)?)?;
        return lacking(&above).then_some((row, header.row));
    }
    [at.checked_sub(1), Some(at + 1)]
        .into_iter()
        .flatten()
        .filter_map(near)
        .find_map(|(row, other)| {
            let together = [header.names.clone(), other].concat();
            let whole = matches!(
                known.recognise(name, &together),
                Recognised::Rows(_) | Recognised::NotNeeded(_)
            );
            whole.then_some((row.min(header.row), row.max(header.row)))
        })
}
