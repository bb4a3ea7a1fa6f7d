//! Making a release in memory: first its figures, then the pages about them.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use serde_json::Value as Json;

use super::limits::Judged;
use super::over_time::{self, OverTime};
use super::results::{Ran, read_later, results, written};
use super::{Made, ReleaseError, Source, Wanted, Written, facts, files, outputs, papers};
use crate::compare::query::QueryFile;
use crate::compare::table::Table;
use crate::model::date;
use crate::protect::{self, Published, Release};
use crate::report::{self, Awaited, Changes, Facts, TableFacts};
use crate::store::manifest::Manifest;

/// The figures of a release: what its pages are about.
pub struct Figures {
    /// The tables, each as it may leave.
    pub published: Vec<(QueryFile, Published)>,
    /// What its pages may know beside them.
    pub facts: Facts,
    /// What the limits came to.
    pub limits: Vec<Judged>,
    /// The editions of earlier periods that tables over time rest on.
    pub earlier: Vec<Manifest>,
    /// The files of tables and findings, by their path below the release.
    files: BTreeMap<String, Vec<u8>>,
    /// Those files as the manifest lists them.
    outputs: Vec<Json>,
}

/// The files about the figures, and the manifest of all.
pub struct Pages {
    /// Pages, spreadsheets and summary, by their path below the release.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `manifest.json`.
    pub manifest: Vec<u8>,
}

/// Makes a release that knows of none before it.
///
/// # Errors
/// Why it cannot be made; nothing was written.
pub fn make(source: &Source<'_>, wanted: &Wanted) -> Result<Made, ReleaseError> {
    let figures = figures(source, wanted)?;
    let pages = figures.pages(source, wanted, None)?;
    Ok(figures.with(pages, wanted))
}

/// Works out the figures of a release.
///
/// # Errors
/// Why they cannot be worked out.
pub fn figures(source: &Source<'_>, wanted: &Wanted) -> Result<Figures, ReleaseError> {
    let session = source.session()?;
    let ran = results(&session, source.queries, wanted)?;
    let read_later = read_later(wanted);
    let earlier = over_time::editions(source, wanted)?;
    let streamed = |entry: &Ran| {
        let rows: usize = entry.batches.iter().map(RecordBatch::num_rows).sum();
        wanted.release == Release::Restricted
            && !read_later.contains(entry.query.name.as_str())
            && (earlier.is_empty() || !over_time::is_told(&entry.query.name))
            && !(wanted.spreadsheets && rows <= report::sheets::LONGEST)
    };
    let held = |entry: &Ran| {
        if streamed(entry) {
            entry.table(&[])
        } else {
            entry.table(&entry.batches)
        }
    };
    let tables = ran.iter().map(held).collect::<Result<Vec<_>, _>>()?;
    let queries = ran.iter().map(|entry| &entry.query);
    let others: Vec<(&QueryFile, &Table)> = queries.zip(&tables).collect();
    let period = date::days(source.manifest.period);
    let mut published = Vec::new();
    let mut files = BTreeMap::new();
    for (entry, table) in ran.iter().zip(&tables) {
        let name = &entry.query.name;
        if !wanted.comparisons.contains(name) {
            continue;
        }
        let (out, [csv, parquet]) = if streamed(entry) {
            let batches = entry.batches.iter().cloned();
            written(&entry.query, &entry.schema, batches, period)?
        } else {
            let out = protect::publish(&entry.query, table, &others, wanted.release, period)?;
            let Some(out) = out else { continue };
            let csv = files::csv(&out.table)?;
            let parquet = files::parquet(&out.table, &entry.schema)?;
            (out, [csv, parquet])
        };
        files.insert(format!("tables/{name}.csv"), csv);
        files.insert(format!("tables/{name}.parquet"), parquet);
        let of_now = (&entry.query, &out, &entry.schema);
        let told = over_time::table(source, &earlier, wanted.release, of_now)?;
        published.push((entry.query.clone(), out));
        if let Some(OverTime {
            query,
            published: out,
            schema,
        }) = told
        {
            let name = &query.name;
            files.insert(format!("tables/{name}.csv"), files::csv(&out.table)?);
            files.insert(
                format!("tables/{name}.parquet"),
                files::parquet(&out.table, &schema)?,
            );
            published.push((query, out));
        }
    }
    files.insert(
        "findings.csv".to_owned(),
        facts::findings_csv(source, &session, wanted.release)?,
    );
    let limits = wanted.limits.iter().map(|limit| {
        let tables: Vec<&Table> = published.iter().map(|(_, out)| &out.table).collect();
        limit.judge(&tables)
    });
    Ok(Figures {
        facts: facts::gather(source, wanted, &session, &published)?,
        limits: limits.collect::<Result<_, _>>()?,
        outputs: outputs(&files),
        earlier,
        published,
        files,
    })
}

impl Figures {
    /// Makes the pages about the figures, with what changed since the last
    /// release where that is known; those of a protected release name no return.
    ///
    /// # Errors
    /// Where a page cannot be made.
    pub fn pages(
        &self,
        source: &Source<'_>,
        wanted: &Wanted,
        changes: Option<Changes>,
    ) -> Result<Pages, ReleaseError> {
        let mut facts = Facts {
            changes,
            ..self.facts.clone()
        };
        // A name beside a figure that moved tells whose figure it is.
        if wanted.release == Release::Protected {
            facts.changes = facts.changes.map(Changes::unnamed);
            facts.awaited = facts.awaited.into_iter().map(Awaited::unnamed).collect();
        }
        let tables = table_facts(&self.published);
        let mut files = BTreeMap::new();
        for page in &wanted.pages {
            let html = report::render(page, source.templates, &facts, &tables)?;
            files.insert(format!("{page}.html"), html.into_bytes());
        }
        if wanted.spreadsheets {
            for (form, bytes) in report::sheets::release(source.templates, &facts, &tables)? {
                files.insert(format!("paybench.{}", form.extension()), bytes);
            }
        }
        if let Some(changes) = &facts.changes {
            let mail = report::mail(source.templates, &facts, changes, &self.limits)?;
            files.insert("mail.txt".to_owned(), mail.into_bytes());
        }
        let summary = papers::summary(wanted, &facts, &self.tables(), &self.limits)?;
        files.insert("summary.json".to_owned(), summary);
        let mut all = outputs(&files);
        all.extend(self.outputs.iter().cloned());
        all.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        let queries: Vec<&QueryFile> = self.published.iter().map(|(query, _)| query).collect();
        let manifest = papers::manifest(source, wanted, &queries, &self.earlier, &all)?;
        Ok(Pages { files, manifest })
    }

    /// The release of these figures and pages.
    #[must_use]
    pub fn with(self, pages: Pages, wanted: &Wanted) -> Made {
        let tables = self.tables();
        let mut files = self.files;
        files.extend(pages.files);
        Made {
            files,
            manifest: pages.manifest,
            tables,
            limits: self.limits,
            release: wanted.release,
        }
    }

    /// The digest of a file of tables or findings.
    pub(super) fn digest(&self, name: &str) -> Option<&str> {
        let mut all = self.outputs.iter();
        let output = all.find(|output| output["name"] == name)?;
        output["sha256"].as_str()
    }

    fn tables(&self) -> Vec<Written> {
        let written = |(_, out): &(QueryFile, Published)| Written {
            name: out.table.name.clone(),
            rows: out.rows,
            hidden_rows: out.hidden_rows,
            emptied_rows: out.emptied_rows,
        };
        self.published.iter().map(written).collect()
    }
}

/// The tables as pages know them.
#[must_use]
pub fn table_facts(published: &[(QueryFile, Published)]) -> Vec<TableFacts<'_>> {
    published
        .iter()
        .map(|(query, out)| TableFacts {
            table: &out.table,
            rows: out.rows,
            title: query.title.clone(),
            description: query.description.clone(),
            units: query.units.clone(),
            hidden_rows: out.hidden_rows,
            emptied_rows: out.emptied_rows,
        })
        .collect()
}
