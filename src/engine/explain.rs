//! The engine's errors in words for the person who wrote the SQL.

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use tokio::task::JoinError;

use super::{EngineError, words};
use crate::model::nearest::related;

/// What the engine puts before the name of a table.
const WHERE: &str = "paybench.public.";

/// What was asked, and the names that there are.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The statement.
    pub sql: &'a str,
    /// The tables and views.
    pub tables: &'a [String],
    /// The columns of any of them.
    pub columns: &'a [String],
    /// The functions.
    pub functions: &'a [String],
}

/// What is wrong, where it stands, and what to do.
struct Wrong {
    message: String,
    name: Option<String>,
    hint: String,
}

/// Translates an error.
#[must_use]
pub fn explain(error: &DataFusionError, asked: Asked<'_>) -> EngineError {
    let root = error.find_root();
    let text = root.strip_backtrace();
    let wrong = match root {
        DataFusionError::Plan(message) if message.contains("not supported: ") => {
            let what = message.split("not supported: ").nth(1).unwrap_or(message);
            return EngineError::NotAQuery(format!("this is {}", what.trim_matches('"')));
        }
        DataFusionError::SQL(parser, _) => {
            let text = parser.to_string();
            return EngineError::Query(unreadable(&text, asked.sql));
        }
        DataFusionError::SchemaError(schema, _) => of_schema(schema, asked.columns, &text),
        DataFusionError::Plan(_) | DataFusionError::NotImplemented(_) => planned(&text, asked),
        DataFusionError::ResourcesExhausted(_) => {
            return EngineError::Query(format!(
                "it needs more memory than it may have: {}\nhint: add LIMIT, name fewer columns, or aggregate",
                plain(&text)
            ));
        }
        // Arithmetic and casts of the statement's own.
        DataFusionError::Execution(_)
        | DataFusionError::ArrowError(..)
        | DataFusionError::Configuration(_) => {
            return EngineError::Query(plain(&text));
        }
        DataFusionError::ExecutionJoin(_) => return EngineError::Fell,
        DataFusionError::External(error) if error.is::<JoinError>() => return EngineError::Fell,
        DataFusionError::Internal(_) => {
            return EngineError::Query(
                "the engine cannot run this statement; check the types of its columns".to_owned(),
            );
        }
        _ => return EngineError::Run(plain(&text)),
    };
    let named = || {
        let name = wrong.name.as_deref()?;
        let (line, column) = words::place_of(asked.sql, name)?;
        Some((line, column, name.chars().count()))
    };
    let spanned = || {
        let span = error.diagnostic()?.span?;
        let [line, column] = [span.start.line, span.start.column].map(usize::try_from);
        let same_line = span.start.line == span.end.line;
        let width = span.end.column.saturating_sub(span.start.column);
        let width = if same_line { width } else { 1 };
        Some((line.ok()?, column.ok()?, usize::try_from(width).ok()?))
    };
    let place = named().or_else(spanned);
    let pointed = place.map(|place| pointer(asked.sql, place));
    let pointed = pointed.unwrap_or_default();
    EngineError::Query(format!("{}{pointed}{}", wrong.message, wrong.hint))
}

fn of_schema(error: &SchemaError, columns: &[String], text: &str) -> Wrong {
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => {
            let valid: Vec<&str> = valid_fields.iter().map(Column::name).collect();
            let hint = if valid.is_empty() {
                hint(&field.name, columns.iter().map(String::as_str), &[])
            } else {
                // Few enough to read, or none of them.
                let all = if valid.len() > 12 { &[] } else { &valid[..] };
                hint(&field.name, valid.iter().copied(), all)
            };
            Wrong {
                message: format!("there is no column `{}`", plain(&field.flat_name())),
                name: Some(field.name.clone()),
                hint,
            }
        }
        SchemaError::AmbiguousReference { field } => Wrong {
            message: format!("column `{}` stands in more than one table", field.name),
            name: Some(field.name.clone()),
            hint: format!("\nhint: say in which, as in w.{}", field.name),
        },
        _ => Wrong {
            message: plain(text),
            name: None,
            hint: String::new(),
        },
    }
}

fn planned(text: &str, asked: Asked<'_>) -> Wrong {
    let between = |before: &str| {
        let rest = text.split(before).nth(1)?;
        rest.split('\'').next().map(str::to_owned)
    };
    if let (Some(table), true) = (between("table '"), text.contains("not found")) {
        let name = table.trim_start_matches(WHERE).to_owned();
        let known: Vec<&str> = asked.tables.iter().map(String::as_str).collect();
        return Wrong {
            message: format!("there is no table `{name}`"),
            hint: hint(&name, known.iter().copied(), &known),
            name: Some(name),
        };
    }
    if let Some(name) = between("Invalid function '") {
        let known = asked.functions.iter().map(String::as_str);
        return Wrong {
            message: format!("there is no function `{name}`"),
            hint: hint(&name, known, &[]),
            name: Some(name),
        };
    }
    Wrong {
        message: plain(text),
        name: None,
        hint: String::new(),
    }
}

/// Letters of a message: it may quote a statement of any length.
const LONGEST: usize = 400;

fn plain(text: &str) -> String {
    let mut text = text.replace(WHERE, "");
    // The engine's own words for its stages, wherever it nested them.
    for stage in [
        "Error during planning: ",
        "Schema error: ",
        "Execution error: ",
        "Internal error: ",
        "Arrow error: ",
        "Invalid or Unsupported Configuration: ",
        "type_coercion\ncaused by\n",
    ] {
        text = text.replace(stage, "");
    }
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(LONGEST).collect()
}

/// `hint: there is workers` for the name that was probably meant; otherwise `all`.
fn hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>, all: &[&str]) -> String {
    let wanted = wanted.rsplit('.').next().unwrap_or(wanted);
    match related(wanted, known).as_slice() {
        [] if all.is_empty() => String::new(),
        [] => format!("\nhint: there are {}", all.join(", ")),
        [one] => format!("\nhint: there is {one}"),
        several => format!("\nhint: there are {}", several.join(", ")),
    }
}

/// The parser says `... at Line: 2, Column: 5`, or nothing where the text ends too soon.
fn unreadable(text: &str, sql: &str) -> String {
    let text = text.trim_start_matches("sql parser error: ");
    let (what, place) = text.rsplit_once(" at Line: ").unwrap_or((text, ""));
    let mut numbers = place.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.find_map(|digits| digits.parse::<usize>().ok());
    let pointed = match (number(), number()) {
        (Some(line), Some(column)) if line > 0 => {
            let rest = sql.lines().nth(line - 1).unwrap_or("").chars();
            let word = rest
                .skip(column.saturating_sub(1))
                .take_while(|c| c.is_alphanumeric() || *c == '_');
            pointer(sql, (line, column, word.count()))
        }
        _ => String::new(),
    };
    let what = what.replacen("Expected: ", "expected ", 1);
    let what = what.replacen(", found: EOF", ", and here it ends", 1);
    let what = what.replacen(", found: ", ", not ", 1);
    let what: String = what.chars().take(LONGEST).collect();
    format!("this is not SQL that can be read: {what}{pointed}")
}

/// Longer lines are shown in part.
const WIDEST: usize = 100;

/// The line of the statement and a mark below what is wrong in it; line and
/// column count from 1, the width in letters.
fn pointer(sql: &str, (line, column, width): (usize, usize, usize)) -> String {
    let text: Vec<char> = sql.lines().nth(line - 1).unwrap_or("").chars().collect();
    let column = column.clamp(1, text.len() + 1);
    let from = if text.len() <= WIDEST {
        0
    } else {
        column.saturating_sub(WIDEST / 2).min(text.len() - WIDEST)
    };
    let shown = text.iter().skip(from).take(WIDEST);
    let shown: String = shown.map(|c| if *c == '\t' { ' ' } else { *c }).collect();
    let before = " ".repeat(column - 1 - from);
    let marks = "^".repeat(width.clamp(1, WIDEST));
    format!("\n  line {line}, column {column}:\n  | {shown}\n  | {before}{marks}")
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;

    use super::*;

    #[test]
    fn an_engine_that_falls_over_is_at_fault_itself() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().unwrap();
        let fallen = || {
            let task = runtime.spawn(async { resume_unwind(Box::new("on purpose")) });
            runtime.block_on(task).map(|(): ()| ()).unwrap_err()
        };
        let errors = [
            DataFusionError::External(Box::new(fallen())),
            DataFusionError::ExecutionJoin(Box::new(fallen())),
        ];
        for error in errors {
            let told = explain(&error, Asked::default());
            assert!(matches!(told, EngineError::Fell), "{told}");
        }
    }

    #[test]
    fn the_mark_stands_below_what_is_wrong() {
        assert_eq!(
            pointer("SELECT a,\n\tpay FROM w", (2, 2, 3)),
            "\n  line 2, column 2:\n  |  pay FROM w\n  |  ^^^"
        );
        // A long line is shown around the mark.
        let long = format!("SELECT {}, pay FROM w", "x, ".repeat(100));
        let column = long.find("pay").unwrap() + 1;
        let shown = pointer(&long, (1, column, 3));
        let lines: Vec<&str> = shown.lines().collect();
        let mark = lines[3].find('^').unwrap();
        assert_eq!(&lines[2][mark..mark + 3], "pay");
        // At the end, and of a statement that is empty.
        assert!(pointer("SELECT", (1, 99, 0)).ends_with("|       ^"));
        assert!(pointer("", (1, 1, 0)).ends_with("| ^"));
    }
}
