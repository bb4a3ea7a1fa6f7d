//! Tables over time: the rows of a comparison for each period that the store has,
//! each as a release of that period shows them.

use arrow::datatypes::SchemaRef;

use super::{ReleaseError, Source, Wanted};
use crate::compare::query::{Clause, Disclosure, QueryFile};
use crate::compare::run;
use crate::compare::table::Table;
use crate::model::date;
use crate::model::schema::TABLES;
use crate::protect::{self, Published, Release};
use crate::store::manifest::{self, Manifest, Which};

/// The comparisons that are told over time, each with its table of all periods.
const TOLD: [(&str, &str); 1] = [("turnover", "turnover_over_time")];
/// Periods before the release's own. Older ones are left out.
const MOST: usize = 11;

/// The comparison whose rows a table holds for each period.
#[must_use]
pub fn comparison(table: &str) -> Option<&'static str> {
    let mut told = TOLD.iter();
    told.find(|(_, name)| *name == table)
        .map(|(comparison, _)| *comparison)
}

/// Whether a comparison is told over time.
pub(super) fn is_told(comparison: &str) -> bool {
    TOLD.iter().any(|(told, _)| *told == comparison)
}

/// A table over time.
pub(super) struct OverTime {
    /// The comparison, with what the table has besides.
    pub query: QueryFile,
    /// Its rows, oldest period first.
    pub published: Published,
    /// The types of its columns.
    pub schema: SchemaRef,
}

/// The editions of earlier periods that a release tells of, the latest period
/// first; none where nothing in it is told over time.
///
/// # Errors
/// Where the store fails.
pub(super) fn editions(
    source: &Source<'_>,
    wanted: &Wanted,
) -> Result<Vec<Manifest>, ReleaseError> {
    let mut comparisons = wanted.comparisons.iter();
    if !(wanted.over_time && comparisons.any(|name| is_told(name))) {
        return Ok(Vec::new());
    }
    let which = source.as_of.map_or(Which::Newest, Which::AsOf);
    let periods = manifest::periods(source.location)?;
    let earlier = periods.iter().rev();
    let earlier = earlier.filter(|period| **period < source.manifest.period);
    let mut editions = Vec::new();
    for period in earlier.take(MOST) {
        match manifest::find(source.location, Some(*period), which) {
            Ok(edition) => editions.push(edition),
            // It had none by then.
            Err(crate::store::StoreError::NoSuchEdition(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // One of an earlier paybench, which stored less.
    let whole = |edition: &Manifest| {
        let mut tables = TABLES.iter();
        tables.all(|table| edition.table_path(&table.name).is_some())
    };
    editions.retain(whole);
    Ok(editions)
}

/// The table of a comparison over time, where there is one and an earlier edition.
///
/// # Errors
/// Where the comparison cannot be made of an earlier edition.
pub(super) fn table(
    source: &Source<'_>,
    earlier: &[Manifest],
    release: Release,
    (query, now, schema): (&QueryFile, &Published, &SchemaRef),
) -> Result<Option<OverTime>, ReleaseError> {
    let Some((_, name)) = TOLD.iter().find(|(name, _)| *name == query.name) else {
        return Ok(None);
    };
    if earlier.is_empty() {
        return Ok(None);
    }
    let mut all = Published {
        table: Table {
            name: (*name).to_owned(),
            rows: Vec::new(),
            ..now.table.clone()
        },
        rows: 0,
        hidden_rows: 0,
        emptied_rows: 0,
    };
    for edition in earlier.iter().rev() {
        if let Some(then) = published(source, edition, query, release)? {
            add(&mut all, then);
        }
    }
    add(&mut all, now.clone());
    Ok(Some(OverTime {
        query: over_time(query, name),
        published: all,
        schema: SchemaRef::clone(schema),
    }))
}

fn add(all: &mut Published, one: Published) {
    all.table.rows.extend(one.table.rows);
    all.rows += one.rows;
    all.hidden_rows += one.hidden_rows;
    all.emptied_rows += one.emptied_rows;
}

/// The comparison on another edition, as a release of it shows it.
fn published(
    source: &Source<'_>,
    edition: &Manifest,
    query: &QueryFile,
    release: Release,
) -> Result<Option<Published>, ReleaseError> {
    let mut queries = vec![query];
    if release == Release::Protected {
        for name in protect::needs(query) {
            queries.push(source.queries.comparison(name)?);
        }
    }
    let sql: Vec<&str> = queries.iter().map(|query| query.sql.as_str()).collect();
    let scope = run::Scope {
        provider: None,
        statement: Some(&sql.join("\n")),
    };
    let session = run::open_for(
        source.location,
        edition,
        source.rates,
        source.queries,
        source.means,
        scope,
    )?;
    let mut tables = Vec::new();
    for query in &queries {
        let (schema, batches) = run::batches(&session, query, &query.bind(&[])?)?;
        tables.push(run::table(&query.name, &schema, &batches)?);
    }
    let others: Vec<(&QueryFile, &Table)> = queries.iter().copied().zip(&tables).collect();
    let Some((_, own)) = others.first() else {
        return Ok(None);
    };
    let period = date::days(edition.period);
    Ok(protect::publish(query, own, &others, release, period)?)
}

/// What is said of the table: what is said of the comparison, for each period.
fn over_time(query: &QueryFile, name: &str) -> QueryFile {
    let mut told = query.clone();
    name.clone_into(&mut told.name);
    told.title = format!("{} over time", query.title);
    told.description = format!(
        "The rows of {} for each period that the store has, each as a release of that period shows them. {}",
        query.name, query.description
    );
    if let Disclosure::Protected(clauses) = &mut told.disclosure {
        for clause in clauses {
            if let Clause::Key(columns) = clause {
                columns.insert(0, "period".to_owned());
            }
        }
    }
    told
}
