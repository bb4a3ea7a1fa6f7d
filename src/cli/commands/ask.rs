//! What `query` and the shell share: one question to an edition, and its
//! answer in the form that is wanted.

use std::cell::{Cell, OnceCell};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Opened;
use super::draft::{Draft, write};
use crate::cli::args::TableFormat;
use crate::cli::failure::{Failure, INTERNAL, USAGE};
use crate::cli::terminal::Terminal;
use crate::cli::watch::Watch;
use crate::compare::parameter::Declared;
use crate::compare::query::QueryFile;
use crate::compare::run as engine;
use crate::compare::table::{Table, Value};
use crate::engine::rows::{Rows, Stop};
use crate::engine::session::Session;
use crate::model::date;
use crate::protect::{self, Release};
use crate::release::files::{self, ParquetFile};
use crate::report::TableFacts;
use crate::report::sheets::{self, About, Form};

/// A question.
pub(in crate::cli) struct Question<'a> {
    /// SQL, `@FILE`, or the name of a comparison.
    pub(in crate::cli) text: &'a str,
    /// Parameters as they were typed.
    pub(in crate::cli) parameters: &'a [(String, String)],
    /// Whether they last: then a query takes those that it has, and leaves the others.
    pub(in crate::cli) lasting: bool,
    /// How the answer is written.
    pub(in crate::cli) format: TableFormat,
    /// Where to, if not to the screen.
    pub(in crate::cli) output: Option<&'a Path>,
    /// Whether a comparison is shown unprotected.
    pub(in crate::cli) restricted: bool,
}

impl Question<'_> {
    fn given(&self, declared: &[Declared]) -> Vec<(String, String)> {
        let has = |name: &String| declared.iter().any(|declared| declared.name == *name);
        let given = self.parameters.iter();
        let given = given.filter(|(name, _)| !self.lasting || has(name));
        given.cloned().collect()
    }
}

/// An edition and the sessions over it, each made when it is first needed.
pub(in crate::cli) struct Desk {
    /// The edition.
    pub(in crate::cli) opened: Opened,
    stop: Stop,
    /// The only SQL that will be asked, where that is known.
    only: Option<String>,
    /// Whether it was said what SQL shows.
    said: Cell<bool>,
    /// For comparisons.
    free: OnceCell<Session>,
    /// For statements that nobody has tried before.
    bounded: OnceCell<Session>,
}

impl Desk {
    /// A desk for many questions, whose statements end when `stop` is set.
    pub(in crate::cli) fn new(opened: Opened, stop: Stop) -> Desk {
        Desk {
            opened,
            stop,
            only: None,
            said: Cell::new(false),
            free: OnceCell::new(),
            bounded: OnceCell::new(),
        }
    }

    /// A desk for one question.
    pub(in crate::cli) fn once(opened: Opened, text: &str) -> Result<Desk, Failure> {
        let mut only = match opened.queries.comparison(text) {
            Ok(query) => query.sql.clone(),
            Err(_) => read(text)?.1,
        };
        if let Ok(query) = opened.queries.comparison(text) {
            for other in protect::needs(query) {
                only.push_str(&opened.queries.comparison(other)?.sql);
            }
        }
        let only = Some(only);
        Ok(Desk {
            only,
            ..Desk::new(opened, Stop::default())
        })
    }

    /// Leaves without waiting for statements that were stopped: the engine ends what it
    /// is at first, however long that takes.
    pub(in crate::cli) fn leave(self) {
        std::mem::forget(self);
    }

    fn comparisons(&self) -> Result<&Session, Failure> {
        if self.free.get().is_none() {
            let only = self.only.as_deref();
            let session = self.opened.session(self.opened.means, only)?;
            let _ = self.free.set(session.stopped_by(&self.stop));
        }
        made(&self.free)
    }

    /// The session for SQL.
    pub(in crate::cli) fn statements(&self) -> Result<&Session, Failure> {
        if self.bounded.get().is_none() {
            let (means, only) = (self.opened.means.bounded(), self.only.as_deref());
            let session = self.opened.session(means, only)?;
            let _ = self.bounded.set(session.stopped_by(&self.stop));
        }
        made(&self.bounded)
    }

    /// Answers a question; `show` takes what goes to the screen in one piece.
    pub(in crate::cli) fn answer(
        &self,
        question: &Question<'_>,
        terminal: &Terminal,
        show: &dyn Fn(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        may_show(question)?;
        let plain = matches!(question.format, TableFormat::Csv | TableFormat::Parquet);
        let answer = match self.opened.queries.comparison(question.text) {
            Ok(query) if question.restricted && plain => {
                return self.whole(question, query, terminal);
            }
            Ok(query) => self.comparison(question, query)?,
            Err(error) if is_name(question.text) => {
                let Some(view) = self.opened.is_table(question.text) else {
                    return Err(error.into());
                };
                let message = format!(
                    "{view} is no comparison but a table\nhint: SELECT * FROM {view} LIMIT 10"
                );
                return Err(Failure::new(USAGE, message));
            }
            Err(_) => {
                let answer = self.statement(question, terminal);
                let Some(answer) = answer.map_err(|failure| self.opened.meant(failure))? else {
                    return Ok(());
                };
                answer
            }
        };
        let bytes = match question.format {
            TableFormat::Table => Terminal::table(&answer.table).into_bytes(),
            TableFormat::Csv => files::csv(&answer.table)?,
            TableFormat::Json => json(&answer.table)?,
            TableFormat::Parquet => files::parquet(&answer.table, &answer.schema)?,
            TableFormat::Xlsx => spreadsheet(&answer, &self.opened, Form::Xlsx)?,
            TableFormat::Ods => spreadsheet(&answer, &self.opened, Form::Ods)?,
        };
        give(question, &bytes, show)
    }

    /// A comparison with nothing withheld: its rows are written as they come,
    /// one for each worker of a country as well.
    fn whole(
        &self,
        question: &Question<'_>,
        query: &QueryFile,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let bound = query.bind(&question.given(&query.parameters))?;
        let rows = self.comparisons()?.rows(&query.sql, &bound);
        let rows = rows.map_err(|error| engine::named(query, error))?;
        let schema = engine::documented(query, &rows.schema);
        let period = date::days(self.opened.manifest.period);
        let publish = |batches: &[RecordBatch]| {
            let table = engine::table(&query.name, &schema, batches)?;
            let out = protect::unprotected(query, &table, period);
            Ok(out.map_err(crate::release::ReleaseError::from)?.table)
        };
        stream(question, rows, &schema, &publish, terminal)
    }

    fn comparison(&self, question: &Question<'_>, query: &QueryFile) -> Result<Answer, Failure> {
        let session = self.comparisons()?;
        let release = super::compare::release(question.restricted);
        let bound = query.bind(&question.given(&query.parameters))?;
        let (schema, batches) = engine::batches(session, query, &bound)?;
        let result = engine::table(&query.name, &schema, &batches)?;
        // A row for each worker of a country is held no more often than it must be.
        drop(batches);
        let mut others = Vec::new();
        if release == Release::Protected {
            others.push((query.clone(), result.clone()));
            for name in protect::needs(query) {
                let other = self.opened.queries.comparison(name)?;
                let (schema, batches) = engine::batches(session, other, &other.bind(&[])?)?;
                others.push((other.clone(), engine::table(name, &schema, &batches)?));
            }
        }
        let others: Vec<(&QueryFile, &Table)> =
            others.iter().map(|(query, table)| (query, table)).collect();
        let period = date::days(self.opened.manifest.period);
        let published = protect::publish(query, &result, &others, release, period)
            .map_err(crate::release::ReleaseError::from)?;
        let published = published.ok_or_else(|| Failure::new(USAGE, withheld(query)))?;
        Ok(Answer {
            table: published.table,
            schema,
            query: query.clone(),
            release: Some(release),
        })
    }

    /// SQL as it is: an answer, or none where its rows were written as they came.
    fn statement(
        &self,
        question: &Question<'_>,
        terminal: &Terminal,
    ) -> Result<Option<Answer>, Failure> {
        let session = self.statements()?;
        let _watch = session.memory().map(|most| Watch::begin(most, &self.stop));
        let (query, sql) = read(question.text)?;
        let more = undeclared(session, &query, &sql)?;
        let declared = [query.parameters.as_slice(), more.as_slice()].concat();
        let bound = query.bind_all(&question.given(&declared), &more)?;
        let rows = session.rows(&sql, &bound)?;
        distinct(&rows.schema)?;
        if !self.said.replace(true) {
            terminal.note("this shows the store as it is: nothing is withheld");
        }
        match question.format {
            TableFormat::Csv | TableFormat::Json | TableFormat::Parquet => {
                let schema = Arc::clone(&rows.schema);
                let plain =
                    |batches: &[RecordBatch]| Ok(engine::table(&query.name, &schema, batches)?);
                stream(question, rows, &schema, &plain, terminal)?;
                Ok(None)
            }
            TableFormat::Table | TableFormat::Xlsx | TableFormat::Ods => {
                let schema = Arc::clone(&rows.schema);
                Ok(Some(Answer {
                    table: held(rows, &query.name, session.memory())?,
                    schema,
                    query,
                    release: None,
                }))
            }
        }
    }
}

fn made(session: &OnceCell<Session>) -> Result<&Session, Failure> {
    let none = || Failure::new(INTERNAL, "there is no session");
    session.get().ok_or_else(none)
}

/// What came out, and of what.
struct Answer {
    table: Table,
    schema: SchemaRef,
    query: QueryFile,
    /// Who it is for; none where SQL shows the store as it is.
    release: Option<Release>,
}

/// Files that no terminal can show need somewhere to go.
pub(in crate::cli) fn may_show(question: &Question<'_>) -> Result<(), Failure> {
    let form = match question.format {
        TableFormat::Table | TableFormat::Csv | TableFormat::Json => return Ok(()),
        TableFormat::Parquet => "Parquet",
        TableFormat::Xlsx => "XLSX",
        TableFormat::Ods => "ODS",
    };
    if question.output.is_some() {
        return Ok(());
    }
    let message = format!("{form} is not for a terminal; give --output FILE");
    Err(Failure::new(USAGE, message))
}

/// A single word that is no statement.
pub(in crate::cli) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Why a protected answer is none.
fn withheld(query: &QueryFile) -> String {
    let name = &query.name;
    let why = if query.undecided {
        format!(
            "{name} does not say what may leave of it: it has no line `-- disclosure:`\nhint: add one"
        )
    } else {
        format!("{name} shows single providers or people\nhint: --restricted")
    };
    let seen = if query.undecided {
        "; --restricted"
    } else {
        ""
    };
    format!("{why}{seen} shows it to those who may see it")
}

/// The query of a text: its header, and its SQL.
fn read(text: &str) -> Result<(QueryFile, String), Failure> {
    let Some(path) = text.strip_prefix('@') else {
        // A remark above a statement need not be a line of a header.
        let is_param = |line: &&str| {
            let comment = line.strip_prefix("--").unwrap_or("");
            comment.trim_start().starts_with("param:")
        };
        let header: Vec<&str> = text.trim_start().lines().filter(is_param).collect();
        let name = Path::new("query");
        let query = crate::compare::query::parse(name, &header.join("\n"), Some("query".into()))?;
        return Ok((query, text.to_owned()));
    };
    let path = path.trim();
    let sql = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(USAGE, format!("{path}: {error}")))?;
    let query = crate::compare::query::parse(Path::new(path), &sql, Some(path.to_owned()))?;
    Ok((query, sql))
}

/// Parameters that no header declares, with the types that the statement gives them.
fn undeclared(session: &Session, query: &QueryFile, sql: &str) -> Result<Vec<Declared>, Failure> {
    if !query.parameters.is_empty() || !sql.contains('$') {
        return Ok(Vec::new());
    }
    let named = session.parameters(sql)?.into_iter();
    Ok(named
        .map(|(name, kind)| Declared::of(name, kind.unwrap_or("text")))
        .collect())
}

/// A file of two columns of one name is of no use to anybody.
fn distinct(schema: &SchemaRef) -> Result<(), Failure> {
    let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
    twice.map_or(Ok(()), |twice| {
        let message = format!(
            "the result has two columns called {}\nhint: give one another name, as in SELECT w.provider_id AS worker_provider",
            names[twice]
        );
        Err(Failure::new(USAGE, message))
    })
}

/// What a value takes at least while it is held and laid out.
const CELL: usize = 64;

/// All rows as a table, where they fit a sixteenth of the memory.
fn held(rows: Rows<'_>, name: &str, memory: Option<usize>) -> Result<Table, Failure> {
    let schema = Arc::clone(&rows.schema);
    let mut all = engine::table(name, &schema, &[])?;
    let mut size = 0;
    for batch in rows {
        let batch = batch?;
        size += batch.num_rows() * batch.num_columns() * CELL + batch.get_array_memory_size();
        if let Some(most) = memory.filter(|memory| size > memory / 16) {
            let message = format!(
                "it needs more memory than it may have: the result is larger than {} MiB, too large for a table\nhint: add LIMIT, or write it with --format csv, json or parquet",
                most >> 24
            );
            return Err(Failure::new(USAGE, message));
        }
        all.rows
            .extend(engine::table(name, &schema, &[batch])?.rows);
    }
    Ok(all)
}

/// Writes rows as they come, each batch as `table` makes it.
fn stream(
    question: &Question<'_>,
    rows: Rows<'_>,
    schema: &SchemaRef,
    table: &dyn Fn(&[RecordBatch]) -> Result<Table, Failure>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut draft = question
        .output
        .map(|path| Draft::begin(path, !question.restricted))
        .transpose()?;
    let mut put = |bytes: &[u8]| match &mut draft {
        None => terminal.stream(bytes),
        Some(draft) => draft.put(bytes).map(|()| true),
    };
    let empty = table(&[])?;
    match question.format {
        TableFormat::Csv => {
            let header = files::csv(&empty)?;
            let mut wanted = put(&header)?;
            for batch in rows {
                if !wanted {
                    break;
                }
                // The header stands there already.
                let bytes = files::csv(&table(&[batch?])?)?;
                wanted = put(&bytes[header.len()..])?;
            }
        }
        TableFormat::Parquet => {
            let mut file = ParquetFile::begin(&empty, schema)?;
            for batch in rows {
                file.add(&table(&[batch?])?)?;
            }
            put(&file.finish()?)?;
        }
        _ => {
            let mut before = "[";
            for batch in rows {
                let mut text = String::new();
                for row in json_rows(&table(&[batch?])?) {
                    let row = serde_json::to_string_pretty(&row).map_err(internal)?;
                    text.push_str(&format!("{before}\n  {}", row.replace('\n', "\n  ")));
                    before = ",";
                }
                if !put(text.as_bytes())? {
                    return Ok(());
                }
            }
            put(if before == "[" { b"[]\n" } else { b"\n]\n" })?;
        }
    }
    draft.map_or(Ok(()), Draft::finish)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: serde_json::Error) -> Failure {
    Failure::new(INTERNAL, error.to_string())
}

fn give(
    question: &Question<'_>,
    bytes: &[u8],
    show: &dyn Fn(&[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match question.output {
        None => show(bytes),
        Some(path) => write(path, bytes, !question.restricted),
    }
}

/// A table with the words of the pages where it is a comparison.
fn spreadsheet(answer: &Answer, opened: &Opened, form: Form) -> Result<Vec<u8>, Failure> {
    let table = TableFacts {
        table: &answer.table,
        rows: answer.table.rows.len(),
        title: answer.query.title.clone(),
        description: answer.query.description.clone(),
        units: answer.query.units.clone(),
        hidden_rows: 0,
        emptied_rows: 0,
    };
    let rules = opened.queries.rules();
    let about = About {
        release: answer.release.map(|release| release.as_str().to_owned()),
        period_words: date::in_words(opened.manifest.period),
        edition: opened.manifest.edition,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        description: answer.query.description.replace('`', ""),
        rules: rules
            .map(|rule| (rule.name.clone(), rule.title.clone()))
            .collect(),
    };
    Ok(sheets::query(&opened.templates, &about, &table, form)?)
}

/// One object a row.
pub(in crate::cli) fn json_rows(table: &Table) -> Vec<serde_json::Value> {
    table
        .rows
        .iter()
        .map(|row| {
            let cells = table.columns.iter().zip(row).map(|(name, value)| {
                let value = match value {
                    Value::Empty => serde_json::Value::Null,
                    Value::Integer(number) => (*number).into(),
                    Value::Boolean(yes) => (*yes).into(),
                    // Decimals stay text: a reader's floats would change them.
                    other => other.render().into(),
                };
                (name.clone(), value)
            });
            serde_json::Value::Object(cells.collect())
        })
        .collect()
}

fn json(table: &Table) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(&json_rows(table)).map_err(internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}
