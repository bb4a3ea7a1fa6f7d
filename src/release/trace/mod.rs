//! A figure back to the rows of returns that it is made of: figure, query,
//! Parquet rows, and file, sheet and row.

mod behind;
mod choose;
pub mod published;

use serde::Serialize;

use self::behind::Behind;
use self::published::Published;
use super::{ReleaseError, Source};
use crate::compare::error::QueryError;
use crate::compare::query::QueryFile;
use crate::compare::run;
use crate::compare::table::{Table, Value};
use crate::engine::EngineError;
use crate::engine::session::Session;
use crate::model::date;
use crate::model::digest::sha256;
use crate::model::nearest::nearest;
use crate::protect::{self, Release, WITHHELD};
use crate::store::StoreError;

/// Why a figure cannot be traced.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// No one figure was asked for.
    #[error("{0}")]
    Which(String),
    /// A query for rows does not fit its comparison.
    #[error("{0}")]
    Misfit(String),
    /// What the edition is stored in is not what its manifest names.
    #[error("{0}")]
    Altered(String),
    /// Something before that failed.
    #[error(transparent)]
    Release(Box<ReleaseError>),
}

impl From<ReleaseError> for TraceError {
    fn from(error: ReleaseError) -> TraceError {
        TraceError::Release(Box::new(error))
    }
}

impl From<EngineError> for TraceError {
    fn from(error: EngineError) -> TraceError {
        ReleaseError::from(error).into()
    }
}

impl From<QueryError> for TraceError {
    fn from(error: QueryError) -> TraceError {
        ReleaseError::from(error).into()
    }
}

impl From<StoreError> for TraceError {
    fn from(error: StoreError) -> TraceError {
        ReleaseError::from(error).into()
    }
}

/// The figure asked for.
pub struct Asked<'a> {
    /// The comparison.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// Columns and the values that tell the row.
    pub row: &'a [(String, String)],
    /// The release that it stands in, if not in the store as it is.
    pub published: Option<&'a Published>,
}

/// A figure with all that it is made of.
#[derive(Debug, Serialize)]
pub struct Trace {
    /// The figure.
    pub figure: Figure,
    /// The comparison.
    pub query: Used,
    /// The query for the rows behind it.
    pub rows_query: Used,
    /// The edition: period, number, manifest, digests.
    pub edition: serde_json::Value,
    /// The wage floors.
    pub rates: crate::store::manifest::RatesFile,
    /// The Parquet files with the rows.
    pub parquet: Vec<Stored>,
    /// The files of returns that the rows came from.
    pub files: Vec<Origin>,
    /// How many rows count in the figure's row of the comparison.
    pub looked_at: usize,
    /// What the rows add up to, where the figure is a sum of theirs.
    pub adds_up_to: Option<String>,
    /// What does not agree; empty where all does.
    pub differences: Vec<String>,
    /// The rows behind the figure.
    #[serde(skip)]
    pub rows: Table,
    /// The columns that say which row of the comparison the figure stands in.
    #[serde(skip)]
    pub key: Vec<String>,
}

/// The figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// The comparison.
    pub table: String,
    /// The column.
    pub column: String,
    /// What the column means, with its unit.
    pub unit: String,
    /// What its row is about.
    pub row: serde_json::Map<String, serde_json::Value>,
    /// The release that it was read from.
    pub release: Option<ReadFrom>,
    /// The figure as published there; empty where withheld or without value.
    pub published: Option<String>,
    /// Whether it is withheld there.
    pub withheld: Option<bool>,
    /// The figure as it comes out of the edition now.
    pub recomputed: Option<String>,
    /// What a protected release does with it: `shown`, `withheld` or `not in it`.
    pub in_protected_release: String,
}

/// A release that a figure was read from.
#[derive(Debug, Serialize)]
pub struct ReadFrom {
    /// Its folder.
    pub folder: String,
    /// `protected` or `restricted`.
    pub release: String,
    /// SHA-256 of its manifest.
    pub sha256: String,
}

/// A query file.
#[derive(Debug, Serialize)]
pub struct Used {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// `built in`, or the user's own file.
    pub origin: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A Parquet file of the edition.
#[derive(Debug, Serialize)]
pub struct Stored {
    /// The table.
    pub table: String,
    /// Its path below the store.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A file of a return, or a sheet of its workbook.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The return.
    pub return_id: String,
    /// The file, as a path below the return.
    pub file: String,
    /// The sheet, where it is a workbook.
    pub sheet: Option<String>,
    /// SHA-256 of the file's bytes, as the edition's manifest names it.
    pub sha256: Option<String>,
    /// How many of the rows came from it.
    pub rows: usize,
}

impl Used {
    fn of(query: &QueryFile) -> Used {
        Used {
            name: query.name.clone(),
            title: query.title.clone(),
            origin: query.own.clone().unwrap_or_else(|| "built in".to_owned()),
            sha256: query.sha256(),
        }
    }
}

/// Traces one figure.
///
/// # Errors
/// Why it cannot be told which one, or cannot be traced.
pub fn trace(source: &Source<'_>, asked: &Asked<'_>) -> Result<Trace, TraceError> {
    let (query, rows_query) = queries(source, asked.table)?;
    unaltered(source)?;
    let session = source.session()?;
    let result = result(&session, query)?;
    let published = asked.published.map(|from| from.table(asked.table));
    let published = published.transpose()?;
    let now = released(source, (query, &result), &[], Release::Restricted)?;
    let Some(now) = now.filter(|now| rows_query.key.iter().all(|key| now.position(key).is_some()))
    else {
        let message = format!(
            "the query for the rows behind {} has the key {}, which {} does not have",
            query.name,
            rows_query.key.join(" "),
            query.name
        );
        return Err(TraceError::Misfit(message));
    };
    let shown = published.as_ref().unwrap_or(&now);
    let row = choose::row(shown, &rows_query.key, asked)?;
    let figure = Wanted {
        column: asked.column,
        key: &rows_query.key,
        about: about(shown, row, &rows_query.key),
    };
    let value = figure.cell(&now);
    let others = others(source, &session, query, &result)?;
    let others: Vec<(&QueryFile, &Table)> = others.iter().map(|(q, t)| (q, t)).collect();
    let protected = released(source, (query, &result), &others, Release::Protected)?;
    let in_protected_release = match protected.map(|table| figure.cell(&table)) {
        None => "not in it",
        Some(Some(Value::Empty)) if value != Some(Value::Empty) => "withheld",
        Some(_) => "shown",
    };
    let behind = match figure.row(&now) {
        None => Behind::default(),
        Some(row) => {
            let told = behind::key(&now, row, &rows_query.key);
            Behind::find(source, &session, (query, rows_query), asked.column, &told)?
        }
    };
    let adds_up_to = behind.sum(asked.column);
    let cell = published.as_ref().and_then(|table| figure.cell(table));
    let withheld = published.as_ref().map(|table| {
        let marker = table.position("marker").and_then(|at| row[at].as_text());
        marker == Some(WITHHELD) && cell == Some(Value::Empty) && value != Some(Value::Empty)
    });
    let mut differences = match asked.published {
        Some(from) => from.differences(source)?,
        None => Vec::new(),
    };
    let claimed = cell.as_ref().filter(|_| withheld != Some(true));
    let sum = adds_up_to.as_ref();
    differences.extend(disagreements(&query.name, claimed, value.as_ref(), sum));
    let units = query.units.iter().find(|(name, _)| name == asked.column);
    Ok(Trace {
        figure: Figure {
            table: query.name.clone(),
            column: asked.column.to_owned(),
            unit: units.map(|(_, unit)| unit.clone()).unwrap_or_default(),
            row: figure.words(),
            release: asked.published.map(|from| ReadFrom {
                folder: from.folder.display().to_string(),
                release: from.release.clone(),
                sha256: from.sha256.clone(),
            }),
            published: cell.map(|value| value.render()),
            withheld,
            recomputed: value.map(|value| value.render()),
            in_protected_release: in_protected_release.to_owned(),
        },
        query: Used::of(query),
        rows_query: Used::of(rows_query),
        edition: super::edition(source)?,
        rates: source.rates.file()?.clone(),
        parquet: behind.parquet(source),
        files: behind.files(source),
        looked_at: behind.looked_at,
        adds_up_to: adds_up_to.map(|sum| sum.render()),
        differences,
        rows: behind.table,
        key: rows_query.key.clone(),
    })
}

/// A figure by its column and what its row is about.
struct Wanted<'a> {
    column: &'a str,
    key: &'a [String],
    about: Vec<String>,
}

impl Wanted<'_> {
    /// Its row in a table, published or not.
    fn row<'t>(&self, table: &'t Table) -> Option<&'t Vec<Value>> {
        let mut rows = table.rows.iter();
        rows.find(|row| about(table, row, self.key) == self.about)
    }

    fn cell(&self, table: &Table) -> Option<Value> {
        let at = table.position(self.column)?;
        self.row(table).map(|row| row[at].clone())
    }

    fn words(&self) -> serde_json::Map<String, serde_json::Value> {
        let pairs = self.key.iter().zip(&self.about);
        pairs
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect()
    }
}

/// What a row is about, as text.
fn about(table: &Table, row: &[Value], key: &[String]) -> Vec<String> {
    let at = |name: &String| table.position(name).map(|at| row[at].render());
    key.iter()
        .map(|name| at(name).unwrap_or_default())
        .collect()
}

/// A result as a release would have it.
fn released(
    source: &Source<'_>,
    (query, result): (&QueryFile, &Table),
    others: &[(&QueryFile, &Table)],
    release: Release,
) -> Result<Option<Table>, TraceError> {
    let period = date::days(source.manifest.period);
    let out = protect::publish(query, result, others, release, period);
    Ok(out.map_err(ReleaseError::from)?.map(|out| out.table))
}

/// Where the published figure, the one that comes out now, and the sum of the
/// rows are not one.
fn disagreements(
    comparison: &str,
    published: Option<&Value>,
    now: Option<&Value>,
    sum: Option<&Value>,
) -> Vec<String> {
    let Some(now) = now else {
        return vec![format!("{comparison} no longer has the row of the figure")];
    };
    let shown = |value: &Value| match value.render() {
        text if text.is_empty() => "empty".to_owned(),
        text => text,
    };
    let mut found = Vec::new();
    if let Some(published) = published.filter(|published| published.render() != now.render()) {
        let (published, now) = (shown(published), shown(now));
        found.push(format!(
            "the figure is published as {published}, and comes out as {now} now"
        ));
    }
    if let Some(sum) = sum.filter(|sum| !behind::same(sum, now)) {
        found.push(format!(
            "the rows add up to {}, not to {}: the query for the rows behind {comparison} does not fit it",
            shown(sum),
            shown(now)
        ));
    }
    found
}

/// The comparison of a name and the query for the rows behind it.
fn queries<'a>(
    source: &Source<'a>,
    name: &str,
) -> Result<(&'a QueryFile, &'a QueryFile), TraceError> {
    let library = source.queries;
    let Ok(query) = library.comparison(name) else {
        let known = || library.comparisons().map(|query| query.name.as_str());
        let hint = match nearest(name, known()) {
            Some(near) => format!("there is {near}"),
            None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no comparison `{name}`\nhint: {hint}");
        return Err(TraceError::Which(message));
    };
    let rows = library.rows_behind(name).ok_or_else(|| {
        TraceError::Which(format!(
            "{name} is a comparison of your own, and nothing says which rows stand behind it\n\
             hint: add queries/rows/{name}.sql, with a row for each; `paybench query @queries/rows/{name}.sql` tries it"
        ))
    })?;
    if rows.key.is_empty() {
        let message = format!(
            "the query for the rows behind {name} does not say to which row of it each belongs\n\
             hint: add a line such as `-- key: role_group sector` to its header"
        );
        return Err(TraceError::Misfit(message));
    }
    Ok((query, rows))
}

fn result(session: &Session, query: &QueryFile) -> Result<Table, TraceError> {
    let (schema, batches) = run::batches(session, query, &query.bind(&[])?)?;
    Ok(run::table(&query.name, &schema, &batches)?)
}

/// The results that decide what a protected release shows, the comparison's
/// own among them.
fn others(
    source: &Source<'_>,
    session: &Session,
    query: &QueryFile,
    own: &Table,
) -> Result<Vec<(QueryFile, Table)>, TraceError> {
    let mut others = vec![(query.clone(), own.clone())];
    for name in protect::needs(query) {
        let other = source.queries.comparison(name)?;
        others.push((other.clone(), result(session, other)?));
    }
    Ok(others)
}

/// The rows of an edition are worth nothing unless they are those committed.
fn unaltered(source: &Source<'_>) -> Result<(), TraceError> {
    for file in &source.manifest.files {
        let path = format!("{}/{}", source.manifest.folder(), file.name);
        if sha256(source.location.get(&path)?) != file.sha256 {
            let message = format!(
                "{path} is not the file that edition {} of {} was committed with; nothing in it can be traced\n\
                 hint: `paybench verify {}` names all that was altered",
                source.manifest.edition, source.manifest.period, source.location.shown
            );
            return Err(TraceError::Altered(message));
        }
    }
    Ok(())
}
