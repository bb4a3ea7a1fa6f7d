//! SQL files and their headers.

use std::path::Path;

use super::error::QueryError;
use super::parameter::Declared;
use crate::engine::redraw::Redraw;
use crate::model::digest::sha256;

/// The folder of the queries for the rows behind comparisons.
pub const ROWS: &str = "rows";

/// A comparison, a view, or the rows behind a comparison.
#[derive(Clone, Debug)]
pub struct QueryFile {
    /// The file's stem.
    pub name: String,
    /// Its title, one line.
    pub title: String,
    /// What it computes, in words.
    pub description: String,
    /// Its parameters, in order.
    pub parameters: Vec<Declared>,
    /// Column and meaning with unit.
    pub units: Vec<(String, String)>,
    /// What may leave of it.
    pub disclosure: Disclosure,
    /// Whether its header says nothing about that: then nothing leaves.
    pub undecided: bool,
    /// Of a query for the rows behind a comparison: the columns that say to
    /// which of its rows each belongs.
    pub key: Vec<String>,
    /// Of such a query: a figure, and the columns of which a row behind it has one.
    pub behind: Vec<(String, Vec<String>)>,
    /// Of a view: how its rows are drawn anew, where they are.
    pub redraw: Option<Redraw>,
    /// The whole file.
    pub sql: String,
    /// The user's own file, where it is one.
    pub own: Option<String>,
    /// Whether it stands in `views/`.
    pub view: bool,
}

impl QueryFile {
    /// SHA-256 of the file.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256(self.sql.as_bytes())
    }
}

/// What may leave of a comparison in a protected release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Nothing: it is written to restricted releases only.
    Restricted,
    /// Its rows, under these rules besides the rules for whole rows.
    Protected(Vec<Clause>),
}

/// One rule of a comparison's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// These columns say what a row is about; the others are measures.
    Key(Vec<String>),
    /// These columns' `all` and `commissioned` rows are sums of the plain ones;
    /// rows that differ only in the columns `across` are hidden together.
    Total {
        /// The columns.
        columns: Vec<String>,
        /// The columns whose rows share one fate.
        across: Vec<String>,
    },
    /// The columns are empty unless the count is at least this.
    Need(i64, String, Vec<String>),
    /// The columns are empty where the part is more than one in so many of the whole.
    OneIn(i64, [String; 2], Vec<String>),
    /// A count of people from 1 to 9 is emptied with these columns.
    Small(String, Vec<String>),
    /// A total's count goes too where exactly one of its parts' was emptied or hidden.
    Guard(String),
    /// Rows are hidden with those of another comparison, by the sector in each of these columns.
    Sides(String, Vec<String>),
}

/// Reads a query file; `below` is its path below the folder of queries.
///
/// # Errors
/// Where a line of the header does not read.
pub fn parse(below: &Path, text: &str, own: Option<String>) -> Result<QueryFile, QueryError> {
    let file = own
        .clone()
        .unwrap_or_else(|| format!("queries/{}", below.display()));
    let name = below
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut query = QueryFile {
        view: below.starts_with("views"),
        name,
        title: String::new(),
        description: String::new(),
        parameters: Vec::new(),
        units: Vec::new(),
        disclosure: Disclosure::Restricted,
        undecided: false,
        key: Vec::new(),
        behind: Vec::new(),
        redraw: None,
        sql: text.to_owned(),
        own,
    };
    let rows = below.starts_with(ROWS);
    let mut clauses: Option<Vec<Clause>> = None;
    let mut restricted = false;
    for (number, line) in text.lines().enumerate() {
        let Some(comment) = line.strip_prefix("--") else {
            break;
        };
        let bad = |message: String| QueryError::Header {
            file: file.clone(),
            line: number + 1,
            message,
        };
        let Some((key, value)) = comment.trim().split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key.trim() {
            "title" => value.clone_into(&mut query.title),
            "description" => {
                if !query.description.is_empty() {
                    query.description.push(' ');
                }
                query.description.push_str(value);
            }
            "units" => {
                let (column, meaning) = value
                    .split_once('=')
                    .ok_or_else(|| bad("units need column = meaning".to_owned()))?;
                query
                    .units
                    .push((column.trim().to_owned(), meaning.trim().to_owned()));
            }
            "key" if rows => query
                .key
                .extend(value.split_whitespace().map(str::to_owned)),
            "behind" if rows => {
                let (figure, columns) = value
                    .split_once('=')
                    .ok_or_else(|| bad("behind needs figure = column ..".to_owned()))?;
                let columns = columns.split_whitespace().map(str::to_owned).collect();
                query.behind.push((figure.trim().to_owned(), columns));
            }
            "redraw" if query.view && query.redraw.is_some() => {
                return Err(bad("a view is drawn anew in one way only".to_owned()));
            }
            "redraw" if query.view => query.redraw = Some(redraw(value).map_err(bad)?),
            "param" => query.parameters.push(Declared::parse(value).map_err(bad)?),
            "limit" => {
                let (name, limit) = value.split_once('=').unwrap_or((value, ""));
                let mut parameters = query.parameters.iter_mut();
                let parameter = parameters.find(|parameter| parameter.name == name.trim());
                let parameter = parameter.ok_or_else(|| {
                    bad("limit needs name = limit, of a param above it".to_owned())
                })?;
                parameter.set_limit(limit.trim()).map_err(bad)?;
            }
            "disclosure" if value == "restricted" => restricted = true,
            "disclosure" => clauses
                .get_or_insert_default()
                .push(clause(value).map_err(bad)?),
            other => {
                let more = match (rows, query.view) {
                    (true, _) => ", key, behind",
                    (_, true) => ", redraw",
                    _ => "",
                };
                return Err(bad(format!(
                    "`{other}` is no key; there are title, description, param, limit, units, disclosure{more}"
                )));
            }
        }
    }
    query.undecided = clauses.is_none() && !restricted;
    // Nothing said beside it opens what is restricted.
    if let Some(clauses) = clauses.filter(|_| !restricted) {
        query.disclosure = Disclosure::Protected(clauses);
    }
    if query.title.is_empty() {
        query.title.clone_from(&query.name);
    }
    Ok(query)
}

fn redraw(value: &str) -> Result<Redraw, String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let [cluster, value, rows] = words.as_slice() else {
        return Err("redraw needs the columns CLUSTER VALUE ROWS".to_owned());
    };
    Ok(Redraw {
        cluster: (*cluster).to_owned(),
        value: (*value).to_owned(),
        rows: (*rows).to_owned(),
    })
}

fn clause(value: &str) -> Result<Clause, String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let owned = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    match words.as_slice() {
        ["key", columns @ ..] if !columns.is_empty() => Ok(Clause::Key(owned(columns))),
        ["total", rest @ ..] if !rest.is_empty() => {
            let split = rest.iter().position(|word| *word == "across");
            let (columns, across) = rest.split_at(split.unwrap_or(rest.len()));
            let across = across.get(1..).unwrap_or_default();
            if columns.is_empty() || (split.is_some() && across.is_empty()) {
                return Err(format!("`{value}` lacks a column"));
            }
            Ok(Clause::Total {
                columns: owned(columns),
                across: owned(across),
            })
        }
        ["need", least, count, "for", columns @ ..] if !columns.is_empty() => {
            let least = least
                .parse()
                .map_err(|_| format!("`{least}` is no count"))?;
            Ok(Clause::Need(least, (*count).to_owned(), owned(columns)))
        }
        ["one", "in", many, part, "of", whole, "for", columns @ ..] if !columns.is_empty() => {
            let many = many.parse().map_err(|_| format!("`{many}` is no count"))?;
            let parts = [(*part).to_owned(), (*whole).to_owned()];
            Ok(Clause::OneIn(many, parts, owned(columns)))
        }
        ["small", count] => Ok(Clause::Small((*count).to_owned(), Vec::new())),
        ["small", count, "empties", columns @ ..] if !columns.is_empty() => {
            Ok(Clause::Small((*count).to_owned(), owned(columns)))
        }
        ["guard", count] => Ok(Clause::Guard((*count).to_owned())),
        ["sides", comparison, columns @ ..] if !columns.is_empty() => {
            Ok(Clause::Sides((*comparison).to_owned(), owned(columns)))
        }
        _ => Err(format!(
            "`{value}` is no rule; there are restricted, key COLUMN.., total COLUMN.. [across COLUMN..], \
             need N COUNT for COLUMN.., one in N PART of WHOLE for COLUMN.., small COUNT [empties COLUMN..], guard COUNT, sides COMPARISON COLUMN.."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::library::Library;
    use crate::engine::parameter::Parameter;

    #[test]
    fn the_built_in_queries_load() {
        let library = Library::load(None).unwrap();
        assert!(library.comparison("pay_gap").is_ok());
        for query in library.comparisons() {
            let rows = library.rows_behind(&query.name);
            assert!(
                rows.is_some_and(|rows| !rows.key.is_empty()),
                "{}",
                query.name
            );
            assert!(
                !query.description.is_empty() && !query.units.is_empty(),
                "{}",
                query.name
            );
        }
        let error = library.comparison("pay_gaps").unwrap_err().to_string();
        assert!(
            error.starts_with("there is no comparison `pay_gaps`\nhint: there are care_floors,")
        );
    }

    #[test]
    fn headers_are_read_strictly() {
        let read = |text: &str| parse(Path::new("mine.sql"), text, None);
        let query = read(
            "-- title: Mine\n-- param: floor decimal 15.00\n-- disclosure: total sector\n\
             -- disclosure: need 20 workers for median\nSELECT 1",
        )
        .unwrap();
        assert_eq!(
            query.parameters[0].default,
            Some(("15.00".to_owned(), Parameter::Decimal(150_000)))
        );
        assert_eq!(
            query.disclosure,
            Disclosure::Protected(vec![
                Clause::Total {
                    columns: vec!["sector".to_owned()],
                    across: Vec::new()
                },
                Clause::Need(20, "workers".to_owned(), vec!["median".to_owned()]),
            ])
        );
        assert_eq!(
            clause("total sector role_group across tenure guarantee"),
            Ok(Clause::Total {
                columns: vec!["sector".to_owned(), "role_group".to_owned()],
                across: vec!["tenure".to_owned(), "guarantee".to_owned()],
            })
        );
        assert!(clause("total across tenure").is_err() && clause("total sector across").is_err());
        // A query that says nothing about disclosure stays inside.
        assert_eq!(read("SELECT 1").unwrap().disclosure, Disclosure::Restricted);
        assert_eq!(
            read("-- disclosure: anything")
                .unwrap_err()
                .to_string()
                .lines()
                .next(),
            Some(
                "queries/mine.sql, line 1: `anything` is no rule; there are restricted, key COLUMN.., total COLUMN.. [across COLUMN..], \
                 need N COUNT for COLUMN.., one in N PART of WHOLE for COLUMN.., small COUNT [empties COLUMN..], guard COUNT, sides COMPARISON COLUMN.."
            )
        );
    }
}
