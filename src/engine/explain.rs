//! The engine's errors in words for the person who wrote the SQL.

use datafusion::error::DataFusionError;

use super::EngineError;
use crate::model::nearest::nearest as nearest_of;

/// Translates an error; `known` are the names of tables that there are.
#[must_use]
pub fn explain(error: &DataFusionError, known: &[String]) -> EngineError {
    let root = error.find_root();
    let text = root.strip_backtrace();
    match root {
        DataFusionError::Plan(message) if message.contains("not supported: ") => {
            let what = message.split("not supported: ").nth(1).unwrap_or(message);
            EngineError::NotAQuery(format!("this is {}", what.trim_matches('"')))
        }
        DataFusionError::SQL(parser, _) => EngineError::Query(format!(
            "this is not SQL that can be read: {}",
            parser.to_string().trim_start_matches("sql parser error: ")
        )),
        DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_) => {
            EngineError::Query(format!("{}{}", plain(&text), nearest(&text, known)))
        }
        DataFusionError::ResourcesExhausted(_) => EngineError::Query(format!(
            "it needs more memory than it may have: {}\nhint: add LIMIT, name fewer columns, or aggregate",
            plain(&text)
        )),
        // Arithmetic and casts of the statement's own.
        DataFusionError::Execution(_) | DataFusionError::ArrowError(..) => {
            EngineError::Query(plain(&text))
        }
        DataFusionError::Internal(_) => EngineError::Query(
            "the engine cannot run this statement; check the types of its columns".to_owned(),
        ),
        _ => EngineError::Run(plain(&text)),
    }
}

fn plain(text: &str) -> String {
    let mut text = text.replace("datafusion.public.", "");
    // The engine's own words for its stages, wherever it nested them.
    for stage in [
        "Error during planning: ",
        "Schema error: ",
        "Execution error: ",
        "Internal error: ",
        "Arrow error: ",
        "type_coercion\ncaused by\n",
    ] {
        text = text.replace(stage, "");
    }
    text.lines().next().unwrap_or_default().to_owned()
}

/// `hint: there is workers` for the table whose name is nearest.
fn nearest(text: &str, known: &[String]) -> String {
    let Some(rest) = text.split("table '").nth(1) else {
        return String::new();
    };
    let wanted = rest
        .split('\'')
        .next()
        .unwrap_or("")
        .rsplit('.')
        .next()
        .unwrap_or("");
    match nearest_of(wanted, known.iter().map(String::as_str)) {
        Some(name) => format!("\nhint: there is {name}"),
        None => format!("\nhint: there are {}", known.join(", ")),
    }
}
