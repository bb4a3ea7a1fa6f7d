//! `paybench query SQL`: read only, whatever SQL it gets.

use std::path::Path;

use super::Opened;
use crate::cli::args::{Query, TableFormat};
use crate::cli::failure::{Failure, INTERNAL, STORAGE, USAGE};
use crate::cli::terminal::Terminal;
use crate::compare::query::QueryFile;
use crate::compare::run as engine;
use crate::compare::table::{Table, Value};
use crate::engine::session::Session;
use crate::model::date;
use crate::protect::{self, Release};
use crate::release::files;
use crate::report::TableFacts;
use crate::report::sheets::{self, About, Form};

/// Runs one statement or comparison.
///
/// # Errors
/// What is wrong with it.
pub fn run(args: &Query, terminal: &Terminal) -> Result<u8, Failure> {
    let binary = match args.format {
        TableFormat::Table | TableFormat::Csv | TableFormat::Json => None,
        TableFormat::Parquet => Some("Parquet"),
        TableFormat::Xlsx => Some("XLSX"),
        TableFormat::Ods => Some("ODS"),
    };
    if let (Some(form), None) = (binary, &args.output) {
        let message = format!("{form} is not for a terminal; give --output FILE");
        return Err(Failure::new(USAGE, message));
    }
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let source = opened.source();
    let result = match source.queries.comparison(&args.sql) {
        Ok(query) => {
            let session = source.session()?;
            let plain = matches!(args.format, TableFormat::Csv | TableFormat::Parquet);
            if args.restricted && plain {
                return whole(args, &opened, &session, query, terminal);
            }
            comparison(args, &opened, &session, query)?
        }
        Err(error) if is_name(&args.sql) => return Err(error.into()),
        Err(_) => {
            let session = source.session_with(source.means.bounded())?;
            statement(args, &session, terminal)?
        }
    };
    let bytes = match args.format {
        TableFormat::Table => Terminal::table(&result.table).into_bytes(),
        TableFormat::Csv => files::csv(&result.table)?,
        TableFormat::Json => json(&result.table)?,
        TableFormat::Parquet => files::parquet(&result.table, &result.schema)?,
        TableFormat::Xlsx => spreadsheet(&result, &opened, Form::Xlsx)?,
        TableFormat::Ods => spreadsheet(&result, &opened, Form::Ods)?,
    };
    give(args, &bytes, terminal)
}

fn give(args: &Query, bytes: &[u8], terminal: &Terminal) -> Result<u8, Failure> {
    match &args.output {
        None => terminal.data(bytes)?,
        Some(path) => write(path, bytes, !args.restricted)?,
    }
    Ok(0)
}

/// A comparison with nothing withheld, however many rows it has.
fn whole(
    args: &Query,
    opened: &Opened,
    session: &Session,
    query: &QueryFile,
    terminal: &Terminal,
) -> Result<u8, Failure> {
    let (schema, batches) = engine::batches(session, query, &query.bind(&args.param)?)?;
    let period = date::days(opened.manifest.period);
    let in_csv = args.format == TableFormat::Csv;
    let forms = (in_csv, !in_csv);
    let (_, [csv, parquet]) = crate::release::written(query, &schema, batches, period, forms)?;
    let bytes = if in_csv { csv } else { parquet };
    give(args, &bytes, terminal)
}

/// What came out, and of what.
struct Answer {
    table: Table,
    schema: arrow::datatypes::SchemaRef,
    query: QueryFile,
    /// Who it is for; none where SQL shows the store as it is.
    release: Option<Release>,
}

/// A single word that is no statement.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn comparison(
    args: &Query,
    opened: &Opened,
    session: &Session,
    query: &QueryFile,
) -> Result<Answer, Failure> {
    let release = super::compare::release(args.restricted);
    let (schema, batches) = engine::batches(session, query, &query.bind(&args.param)?)?;
    let result = engine::table(&query.name, &schema, &batches)?;
    // A row for each worker of a country is held no more often than it must be.
    drop(batches);
    let mut others = Vec::new();
    if release == Release::Protected {
        others.push((query.clone(), result.clone()));
        for name in protect::needs(query) {
            let other = opened.queries.comparison(name)?;
            let (schema, batches) = engine::batches(session, other, &other.bind(&[])?)?;
            others.push((other.clone(), engine::table(name, &schema, &batches)?));
        }
    }
    let others: Vec<(&QueryFile, &Table)> =
        others.iter().map(|(query, table)| (query, table)).collect();
    let period = date::days(opened.manifest.period);
    let published = protect::publish(query, &result, &others, release, period)
        .map_err(crate::release::ReleaseError::from)?;
    let published = published.ok_or_else(|| {
        let message = format!("{} shows single providers or people\nhint: --restricted shows it to those who may see it", query.name);
        Failure::new(USAGE, message)
    })?;
    Ok(Answer {
        table: published.table,
        schema,
        query: query.clone(),
        release: Some(release),
    })
}

fn statement(args: &Query, session: &Session, terminal: &Terminal) -> Result<Answer, Failure> {
    let (name, sql) = match args.sql.strip_prefix('@') {
        None => ("query".to_owned(), args.sql.clone()),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::new(USAGE, format!("{path}: {error}")))?;
            (path.to_owned(), text)
        }
    };
    let query = crate::compare::query::parse(Path::new(&name), &sql, Some(name.clone()))?;
    let (schema, batches) = session.query(&sql, &query.bind(&args.param)?)?;
    let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    if let Some(twice) = (1..names.len()).find(|at| names[..*at].contains(&names[*at])) {
        let message = format!(
            "the result has two columns called {}\nhint: give one another name, as in SELECT w.provider_id AS worker_provider",
            names[twice]
        );
        return Err(Failure::new(USAGE, message));
    }
    terminal.note("this shows the store as it is: nothing is withheld");
    Ok(Answer {
        table: engine::table(&name, &schema, &batches)?,
        schema,
        query,
        release: None,
    })
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
pub(super) fn json_rows(table: &Table) -> Vec<serde_json::Value> {
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
    let mut bytes = serde_json::to_vec_pretty(&json_rows(table))
        .map_err(|error| Failure::new(INTERNAL, error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Writes a file as a whole or not at all: as open as the system makes new
/// files, or for its owner alone.
pub(super) fn write(path: &Path, bytes: &[u8], open: bool) -> Result<(), Failure> {
    use std::io::Write;
    let failed =
        |error: std::io::Error| Failure::new(STORAGE, format!("{}: {error}", path.display()));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if open {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
