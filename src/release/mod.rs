//! A release: tables, pages and their manifest, made aside and put in the
//! place of the last one as a whole.

pub mod evidence;
pub mod facts;
pub mod files;
pub mod limits;
pub mod swap;
pub mod trace;
pub mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use self::files::{CsvFile, ParquetFile};
use self::limits::{Judged, Limit, LimitError};
use crate::compare::query::{Disclosure, Library, QueryError, QueryFile};
use crate::compare::run;
use crate::compare::table::Table;
use crate::engine::EngineError;
use crate::engine::session::{Means, Session};
use crate::model::date;
use crate::model::floors::Floor;
use crate::protect::{self, POLICY, ProtectError, Published, Release};
use crate::report::{self, Facts, ReportError, TableFacts, Templates};
use crate::returns::text::hex;
use crate::store::location::Location;
use crate::store::manifest::Manifest;
use crate::store::rates::Rates;
use crate::store::seal;

/// Why there is no release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A comparison is not known, or its header or parameters are wrong.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// SQL failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A table may not leave.
    #[error(transparent)]
    Protect(#[from] ProtectError),
    /// A page could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A limit is about no figure of the release.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The output folder holds something else.
    #[error(
        "{0} is not empty and holds no paybench release; it is left as it is\nhint: give another --out, or empty it yourself"
    )]
    Foreign(PathBuf),
    /// The output folder holds a store or a key, which would be gone.
    #[error(
        "{0} is not part of the release that would be replaced, and would be gone with it\nhint: give another --out, or move it away"
    )]
    Kept(PathBuf),
    /// Writing failed; the last release is as it was.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A table does not fit its file format.
    #[error("{0} cannot be written: {1}")]
    Format(String, String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// What a release is made of.
pub struct Source<'a> {
    /// The store.
    pub location: &'a Location,
    /// The edition.
    pub manifest: &'a Manifest,
    /// The wage floors as a table of the store.
    pub rates: &'a Rates,
    /// The wage floors.
    pub floors: &'a [Floor],
    /// The queries.
    pub queries: &'a Library,
    /// The templates.
    pub templates: &'a Templates,
    /// What SQL may take of the machine.
    pub means: Means,
}

impl Source<'_> {
    /// A session over the edition.
    ///
    /// # Errors
    /// Where a file is not there or a view does not plan.
    pub fn session(&self) -> Result<Session, EngineError> {
        self.session_with(self.means)
    }

    /// A session over the edition that may take so much of the machine.
    ///
    /// # Errors
    /// As [`Source::session`].
    pub fn session_with(&self, means: Means) -> Result<Session, EngineError> {
        run::open(
            self.location,
            self.manifest,
            self.rates,
            self.queries,
            means,
        )
    }
}

/// What is wanted.
pub struct Wanted {
    /// The comparisons.
    pub comparisons: Vec<String>,
    /// The pages.
    pub pages: Vec<String>,
    /// Whether there are spreadsheets too.
    pub spreadsheets: bool,
    /// Who it is for.
    pub release: Release,
    /// The commands that make it again, for its pages.
    pub commands: Vec<String>,
    /// The limits that its figures are held against.
    pub limits: Vec<Limit>,
}

/// A release in memory: file names and bytes.
pub struct Made {
    /// Every file but the manifest, by its path below the release.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `manifest.json`.
    pub manifest: Vec<u8>,
    /// The facts of its pages.
    pub facts: Facts,
    /// Its tables.
    pub tables: Vec<Written>,
    /// What the limits came to.
    pub limits: Vec<Judged>,
    /// Who it is for.
    pub release: Release,
}

/// A table that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Rows of which every measure is withheld.
    pub hidden_rows: usize,
    /// Rows shown of which some measure is withheld.
    pub emptied_rows: usize,
}

/// Runs the comparisons wanted, and those that protection needs beside them.
fn results(
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

struct Ran {
    query: QueryFile,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Ran {
    fn table(&self, batches: &[RecordBatch]) -> Result<Table, ReleaseError> {
        Ok(run::table(&self.query.name, &self.schema, batches)?)
    }
}

/// Publishes and writes what nobody reads afterwards, as CSV, Parquet or both,
/// a batch at a time: a row for each worker of a country is held no more often
/// than it must be.
///
/// # Errors
/// Where a value is not of its column's type.
pub fn written(
    query: &QueryFile,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = RecordBatch>,
    period: i32,
    (in_csv, in_parquet): (bool, bool),
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
        if in_csv {
            csv.add(&out.table)?;
        }
        if in_parquet {
            parquet.add(&out.table)?;
        }
        all.rows += out.rows;
    }
    Ok((all, [csv.finish()?, parquet.finish()?]))
}

/// The comparisons whose rows pages and limits read once they are written;
/// spreadsheets read all that fit them.
fn read_later(wanted: &Wanted) -> BTreeSet<&str> {
    let pages = wanted.pages.iter().flat_map(|page| report::tables_of(page));
    let limits = wanted.limits.iter().flat_map(Limit::tables);
    pages.copied().chain(limits).collect()
}

/// Makes a release in memory.
///
/// # Errors
/// Why it cannot be made; nothing was written.
pub fn make(source: &Source<'_>, wanted: &Wanted) -> Result<Made, ReleaseError> {
    let session = source.session()?;
    let ran = results(&session, source.queries, wanted)?;
    let read_later = read_later(wanted);
    let streamed = |entry: &Ran| {
        let rows: usize = entry.batches.iter().map(RecordBatch::num_rows).sum();
        wanted.release == Release::Restricted
            && !read_later.contains(entry.query.name.as_str())
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
            written(&entry.query, &entry.schema, batches, period, (true, true))?
        } else {
            let out = protect::publish(&entry.query, table, &others, wanted.release, period)?;
            let Some(out) = out else { continue };
            let csv = files::csv(&out.table)?;
            let parquet = files::parquet(&out.table, &entry.schema)?;
            (out, [csv, parquet])
        };
        files.insert(format!("tables/{name}.csv"), csv);
        files.insert(format!("tables/{name}.parquet"), parquet);
        published.push((entry.query.clone(), out));
    }
    let facts = facts::gather(source, wanted, &session, &published)?;
    let tables: Vec<TableFacts<'_>> = published
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
        .collect();
    for page in &wanted.pages {
        let html = report::render(page, source.templates, &facts, &tables)?;
        files.insert(format!("{page}.html"), html.into_bytes());
    }
    if wanted.spreadsheets {
        for (form, bytes) in report::sheets::release(source.templates, &facts, &tables)? {
            files.insert(format!("paybench.{}", form.extension()), bytes);
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
    let limits = limits.collect::<Result<Vec<_>, _>>()?;
    let written = |(_, out): &(QueryFile, Published)| Written {
        name: out.table.name.clone(),
        rows: out.rows,
        hidden_rows: out.hidden_rows,
        emptied_rows: out.emptied_rows,
    };
    let tables: Vec<Written> = published.iter().map(written).collect();
    let summary = summary(wanted, &facts, &tables, &limits)?;
    files.insert("summary.json".to_owned(), summary);
    let manifest = manifest(source, wanted, &published, &files)?;
    Ok(Made {
        files,
        manifest,
        facts,
        tables,
        limits,
        release: wanted.release,
    })
}

fn pretty(value: &Json) -> Result<Vec<u8>, ReleaseError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| ReleaseError::Format("JSON".to_owned(), error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A manifest as its file has it, with its seal.
///
/// # Errors
/// Never, unless memory runs out.
pub fn sealed(mut manifest: Json) -> Result<Vec<u8>, ReleaseError> {
    manifest["seal"] = "".into();
    let text = pretty(&manifest)?;
    Ok(seal::sealed(&String::from_utf8_lossy(&text)).into_bytes())
}

fn summary(
    wanted: &Wanted,
    facts: &Facts,
    tables: &[Written],
    limits: &[Judged],
) -> Result<Vec<u8>, ReleaseError> {
    let tables: Vec<Json> = tables
        .iter()
        .map(|out| {
            json!({
                "name": out.name,
                "rows": out.rows,
                "rows_withheld": out.hidden_rows,
                "rows_partly_withheld": out.emptied_rows,
            })
        })
        .collect();
    let facts = serde_json::to_value(facts)
        .map_err(|error| ReleaseError::Format("summary.json".to_owned(), error.to_string()))?;
    pretty(&json!({
        "tool": "paybench",
        "release": wanted.release.as_str(),
        "checked_for_publication": false,
        "tables": tables,
        "pages": wanted.pages,
        "limits": limits,
        "facts": facts,
    }))
}

/// What the release is made of and what it holds, each with its digest. There
/// is no clock in it: the same inputs give the same bytes.
fn manifest(
    source: &Source<'_>,
    wanted: &Wanted,
    published: &[(QueryFile, Published)],
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<u8>, ReleaseError> {
    let origin = |query: &QueryFile| query.own.clone().unwrap_or_else(|| "built in".to_owned());
    let used = published
        .iter()
        .map(|(query, _)| query)
        .chain(source.queries.views());
    let queries: Vec<Json> = used
        .map(|query| json!({ "name": query.name, "sha256": query.sha256, "origin": origin(query) }))
        .collect();
    let rules: Vec<Json> = source
        .queries
        .rules()
        .map(|rule| {
            let origin = rule.own.as_deref().unwrap_or("built in");
            json!({ "name": rule.name, "sha256": rule.sha256, "origin": origin })
        })
        .collect();
    let templates: Vec<Json> = source
        .templates
        .files()
        .map(|(name, text)| {
            let own = source
                .templates
                .overridden()
                .iter()
                .any(|other| other == name);
            let origin = if own { "own folder" } else { "built in" };
            json!({ "name": name, "sha256": digest(text.as_bytes()), "origin": origin })
        })
        .collect();
    sealed(json!({
        "tool": "paybench",
        "version": env!("CARGO_PKG_VERSION"),
        "release": wanted.release.as_str(),
        "editions": [edition(source)?],
        "rates": source.rates.file,
        "queries": queries,
        "contract_rules": rules,
        "templates": templates,
        "policy": { "text": POLICY, "sha256": digest(POLICY.as_bytes()) },
        "outputs": outputs(files),
    }))
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The edition read, as manifests name it.
fn edition(source: &Source<'_>) -> Result<Json, ReleaseError> {
    let own = source.location.get(&source.manifest.path())?;
    Ok(json!({
        "period": source.manifest.period.to_string(),
        "edition": source.manifest.edition,
        "manifest": source.manifest.path(),
        "sha256": digest(&own),
        "inputs": source.manifest.digest,
    }))
}

/// The files written, each with its digest.
fn outputs(files: &BTreeMap<String, Vec<u8>>) -> Vec<Json> {
    let output = |(name, bytes): (&String, &Vec<u8>)| json!({ "name": name, "sha256": digest(bytes), "bytes": bytes.len() });
    files.iter().map(output).collect()
}
