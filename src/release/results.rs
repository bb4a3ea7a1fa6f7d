//! The comparisons of a release: run, published, written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::files::{CsvFile, ParquetFile};
use super::limits::Limit;
use super::{ReleaseError, Wanted};
use crate::compare::library::Library;
use crate::compare::query::{Disclosure, QueryFile};
use crate::compare::run;
use crate::compare::table::Table;
use crate::engine::session::Session;
use crate::protect::{self, Published, Release};
use crate::report;

/// Runs the comparisons wanted, and those that protection needs beside them.
pub(super) fn results(
    session: &Session,
    library: &Library,
    wanted: &Wanted,
) -> Result<Vec<Ran>, ReleaseError> {
    let mut names: Vec<&str> = wanted.comparisons.iter().map(String::as_str).collect();
    for name in &wanted.comparisons {
        for other in protect::needs(library.comparison(name)?) {
            if wanted.release == Release::Protected && !names.contains(&other) {
                names.push(other);
            }
        }
    }
    let mut queries = Vec::new();
    for name in names {
        let query = library.comparison(name)?;
        let restricted = query.disclosure == Disclosure::Restricted;
        if !(restricted && wanted.release == Release::Protected) {
            queries.push(query);
        }
    }
    // Two at a time: what one does on a single core leaves the others to the next.
    let next = AtomicUsize::new(0);
    let work = || {
        let mut ran = Vec::new();
        while let Some(query) = queries.get(next.fetch_add(1, Ordering::Relaxed)) {
            ran.push((query.name.as_str(), run_one(session, query)));
        }
        ran
    };
    let mut ran: BTreeMap<&str, Result<Ran, ReleaseError>> = std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let own = work();
        // A panic there is a fault of this program; the query is then missing here.
        own.into_iter()
            .chain(other.join().unwrap_or_default())
            .collect()
    });
    queries
        .iter()
        .map(|query| match ran.remove(query.name.as_str()) {
            Some(result) => result,
            None => run_one(session, query),
        })
        .collect()
}

fn run_one(session: &Session, query: &QueryFile) -> Result<Ran, ReleaseError> {
    let (schema, batches) = run::batches(session, query, &query.bind(&[])?)?;
    Ok(Ran {
        query: query.clone(),
        schema,
        batches,
    })
}

/// The result of a comparison.
pub(super) struct Ran {
    pub query: QueryFile,
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

impl Ran {
    pub fn table(&self, batches: &[RecordBatch]) -> Result<Table, ReleaseError> {
        Ok(run::table(&self.query.name, &self.schema, batches)?)
    }
}

/// Publishes and writes what nobody reads afterwards, as CSV and Parquet, a batch
/// at a time: a row for each worker of a country is held no more often than it
/// must be.
///
/// # Errors
/// Where a value is not of its column's type.
pub(super) fn written(
    query: &QueryFile,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = RecordBatch>,
    period: i32,
) -> Result<(Published, [Vec<u8>; 2]), ReleaseError> {
    let publish = |batches: &[RecordBatch]| -> Result<Published, ReleaseError> {
        let table = run::table(&query.name, schema, batches)?;
        Ok(protect::unprotected(query, &table, period)?)
    };
    let mut all = publish(&[])?;
    let mut csv = CsvFile::begin(&all.table)?;
    let mut parquet = ParquetFile::begin(&all.table, schema)?;
    for batch in batches {
        let out = publish(&[batch])?;
        csv.add(&out.table)?;
        parquet.add(&out.table)?;
        all.rows += out.rows;
    }
    Ok((all, [csv.finish()?, parquet.finish()?]))
}

/// The comparisons whose rows pages and limits read once they are written;
/// spreadsheets read all that fit them.
pub(super) fn read_later(wanted: &Wanted) -> BTreeSet<&str> {
    let names = wanted.comparisons.iter().map(String::as_str);
    let pages = names.filter(|name| wanted.pages.iter().any(|page| report::shows(page, name)));
    let limits = wanted.limits.iter().flat_map(Limit::tables);
    pages.chain(limits).collect()
}
