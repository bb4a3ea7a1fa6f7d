//! `paybench describe [NAME]`: everything with meaning and units, offline.

use std::path::Path;

use super::layout;
use crate::cli::args::Describe;
use crate::cli::failure::{Failure, USAGE};
use crate::cli::terminal::Terminal;
use crate::compare::contract_rules::Status;
use crate::compare::library::Library;
use crate::compare::query::{Disclosure, QueryFile};
use crate::ingest::layout::TEMPLATE;
use crate::ingest::{batch, rules};
use crate::model::nearest::related;
use crate::model::schema::{self, CODES, PROVENANCE, TABLES};
use crate::store::document::{self, OTHERS};
use crate::store::{rates, records};

/// Prints what there is, or one thing of it.
///
/// # Errors
/// Where there is nothing of the name.
pub fn run(args: &Describe, terminal: &Terminal) -> Result<u8, Failure> {
    // Printed into the folder of layouts, it stands there empty before it is read.
    if (args.name.as_deref(), args.layout.as_deref()) == (Some("layouts"), Some("template")) {
        terminal.data(TEMPLATE.as_bytes())?;
        return Ok(0);
    }
    let library = super::library(Path::new(""), terminal)?;
    let layouts = super::layouts(args.layouts.as_deref(), Path::new(""), terminal)?;
    if let (Some(wanted), Some(first)) = (&args.layout, &args.name) {
        if first != "layouts" {
            let message = format!(
                "`{wanted}` after `{first}`\nhint: give one name, or layouts and the name of one"
            );
            return Err(Failure::new(USAGE, message));
        }
        terminal.data(layout::named(wanted, &layouts)?.as_bytes())?;
        return Ok(0);
    }
    let text = match args.name.as_deref() {
        None => overview(&library),
        Some("layouts") => layout::list(&layouts),
        Some("rules") => rule_table(),
        Some("codes") => codes(),
        Some(name) => match (schema::table(name), library.get(name)) {
            (Some(table), _) => of_table(table),
            (None, Some(query)) if name == "contract_rules" => {
                format!("{}\n{}", of_query(query), contract_rules(&library))
            }
            (None, Some(query)) => of_query(query),
            (None, None) => match (of_other(name), layouts.get(name)) {
                (Some(text), _) => text,
                (None, Some(found)) => layout::of(found),
                (None, None) => of_rule(&library, name).ok_or_else(|| unknown(&library, name))?,
            },
        },
    };
    terminal.data(text.as_bytes())?;
    Ok(0)
}

const FLOORS: (&str, &str) = ("wage_floors", "Dated wage floors with their sources.");

/// What there is, in one list.
pub(in crate::cli) fn overview(library: &Library) -> String {
    let mut rows: Vec<Vec<String>> = TABLES
        .iter()
        .map(|table| vec!["table".to_owned(), table.name.clone(), table.doc.clone()])
        .collect();
    rows.extend(
        OTHERS
            .iter()
            .chain([&FLOORS])
            .map(|(name, doc)| vec!["table".to_owned(), (*name).to_owned(), (*doc).to_owned()]),
    );
    let query = |kind: &str, query: &QueryFile| {
        vec![kind.to_owned(), query.name.clone(), query.title.clone()]
    };
    rows.extend(library.views().map(|view| query("view", view)));
    rows.extend(
        library
            .comparisons()
            .map(|comparison| query("comparison", comparison)),
    );
    rows.extend(library.rules().map(|rule| {
        let kind = format!("rule ({})", rule.status.as_str());
        vec![kind, rule.name.clone(), rule.title.clone()]
    }));
    for (name, doc) in [
        ("layouts", "How source files map to the tables."),
        ("rules", "What is checked, with what to do."),
        ("codes", "The code lists."),
    ] {
        rows.push(vec!["list".to_owned(), name.to_owned(), doc.to_owned()]);
    }
    Terminal::lines(&["kind", "name", "what it is"], rows)
}

/// The comparisons.
pub(in crate::cli) fn comparisons(library: &Library) -> String {
    let of = |query: &QueryFile| vec![query.name.clone(), query.title.clone()];
    let rows = library.comparisons().map(of).collect();
    Terminal::lines(&["comparison", "what it shows"], rows)
}

/// One table, view or comparison. Where nothing is written about its columns, these
/// `columns` of the engine say their names and types.
pub(in crate::cli) fn one(
    library: &Library,
    name: &str,
    columns: &[(String, String)],
) -> Result<String, Failure> {
    if let Some(table) = schema::table(name) {
        return Ok(of_table(table));
    }
    let (text, units) = match (library.get(name), of_other(name)) {
        (Some(query), _) => (of_query(query), query.units.as_slice()),
        (None, Some(text)) => return Ok(text),
        (None, None) => match of_rule(library, name) {
            Some(text) => return Ok(text),
            None => return Err(unknown(library, name)),
        },
    };
    if !units.is_empty() {
        return Ok(text);
    }
    let rows = columns
        .iter()
        .map(|(name, kind)| vec![name.clone(), kind.clone()]);
    Ok(format!(
        "{}\n\n{}",
        text.trim_end(),
        Terminal::lines(&["column", "type"], rows.collect())
    ))
}

fn unknown(library: &Library, name: &str) -> Failure {
    let queries = library.comparisons().chain(library.views());
    let known = queries.map(|query| query.name.as_str());
    let tables = TABLES.iter().map(|table| table.name.as_str());
    let others = OTHERS.iter().chain([&FLOORS]).map(|(name, _)| *name);
    let known: Vec<&str> = known.chain(tables).chain(others).collect();
    let hint = match related(name, known.into_iter()).as_slice() {
        [] => "paybench describe lists what there is".to_owned(),
        [one] => format!("there is {one}"),
        several => format!("there are {}", several.join(", ")),
    };
    Failure::new(USAGE, format!("there is no `{name}`\nhint: {hint}"))
}

fn of_table(table: &schema::Table) -> String {
    let stored = batch::schema(table);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for column in &table.columns {
        let kind = stored.field_with_name(&column.name).map_or_else(
            |_| "never stored".to_owned(),
            |field| field.data_type().to_string(),
        );
        let codes = column.codes.as_deref().and_then(|list| CODES.get(list));
        let codes = codes.map(|codes| codes.keys().cloned().collect::<Vec<_>>().join(" "));
        let mut doc = column.doc.clone();
        if let Some(codes) = codes {
            doc.push_str(&format!(" One of: {codes}."));
        }
        if column.required {
            doc.push_str(" Required.");
        }
        rows.push(vec![column.name.clone(), kind, doc]);
    }
    for (name, doc) in PROVENANCE {
        let kind = stored
            .field_with_name(name)
            .map(|f| f.data_type().to_string())
            .unwrap_or_default();
        rows.push(vec![name.to_owned(), kind, doc.to_owned()]);
    }
    format!(
        "{}\nKey: {}.\n\n{}",
        table.doc,
        table.key.join(", "),
        Terminal::lines(&["column", "type", "meaning"], rows)
    )
}

fn of_query(query: &QueryFile) -> String {
    let rows = query
        .units
        .iter()
        .map(|(name, unit)| vec![name.clone(), unit.clone()])
        .collect();
    let leaves = match &query.disclosure {
        _ if query.view => "",
        Disclosure::Restricted if query.undecided => {
            "\nDoes not say what may leave of it (-- disclosure:): restricted releases only.\n"
        }
        Disclosure::Restricted => "\nShows single providers or people: restricted releases only.\n",
        Disclosure::Protected(_) => "\nProtected unless --restricted.\n",
    };
    let parameters = query.parameters.iter().map(|p| {
        let default = p.default.as_ref().map_or("needed", |(text, _)| text);
        vec![p.name.clone(), default.to_owned(), p.expected()]
    });
    let parameters: Vec<Vec<String>> = parameters.collect();
    let parameters = if parameters.is_empty() {
        String::new()
    } else {
        format!(
            "\n{}",
            Terminal::lines(&["parameter", "default", "what it takes"], parameters)
        )
    };
    format!(
        "{}\n\n{}\n{leaves}{parameters}\n{}",
        query.title,
        query.description,
        Terminal::lines(&["column", "meaning"], rows)
    )
}

/// The rules on contracts with their dates and sources.
fn contract_rules(library: &Library) -> String {
    let rows = library
        .rules()
        .map(|rule| {
            vec![
                rule.name.clone(),
                rule.status.as_str().to_owned(),
                rule.jurisdiction.clone(),
                day(rule.from, "no date"),
                day(rule.to, ""),
                rule.title.clone(),
                rule.citation.clone(),
            ]
        })
        .collect();
    let columns = [
        "rule",
        "status",
        "jurisdiction",
        "from",
        "to",
        "title",
        "citation",
    ];
    format!(
        "{}\npaybench describe RULE shows one with its conditions.\n",
        Terminal::lines(&columns, rows)
    )
}

fn day(day: Option<chrono::NaiveDate>, none: &str) -> String {
    day.map_or_else(|| none.to_owned(), |day| day.to_string())
}

/// One rule on contracts, whole.
fn of_rule(library: &Library, name: &str) -> Option<String> {
    let rule = library.rules().find(|rule| rule.name == name)?;
    let status = match rule.status {
        Status::Law => "Law",
        Status::Voluntary => "A voluntary standard, not law",
        Status::Proposed => "A proposal, not law",
    };
    let mut text = format!(
        "{}\n\n{status} in {}, from {}{}.\nSource: {}.\nOf a worker whose record does not meet it: {}\n",
        rule.title,
        rule.jurisdiction,
        day(rule.from, "no date yet"),
        rule.to.map_or_else(String::new, |day| format!(" to {day}")),
        rule.citation,
        rule.message,
    );
    if !rule.note.is_empty() {
        text.push_str(&format!("Note: {}\n", rule.note));
    }
    for (name, value) in &rule.settings {
        text.push_str(&format!("Setting {name}: {value}\n"));
    }
    for (what, predicate) in [
        ("applies", Some(&rule.applies)),
        ("unmet", Some(&rule.unmet)),
        ("unknown", rule.unknown.as_ref()),
    ] {
        if let Some(predicate) = predicate {
            let indented = predicate.sql.trim_end().replace('\n', "\n  ");
            text.push_str(&format!("\n{what}:\n  {indented}\n"));
        }
    }
    Some(text)
}

fn of_other(name: &str) -> Option<String> {
    let schema = match name {
        "returns" => records::returns_schema(),
        "findings" => records::findings_schema(),
        "rejects" => records::rejects_schema(),
        "wage_floors" => rates::schema(),
        _ => return None,
    };
    let of_floors = |column: &str| {
        let mut known = rates::COLUMNS.iter().filter(|(name, _)| *name == column);
        known.next().map_or("", |(_, meaning)| meaning).to_owned()
    };
    let meaning = |column: &str| match name {
        "wage_floors" => of_floors(column),
        _ => document::meaning(name, column).description,
    };
    let rows = schema
        .fields()
        .iter()
        .map(|f| {
            vec![
                f.name().clone(),
                f.data_type().to_string(),
                meaning(f.name()),
            ]
        })
        .collect();
    Some(Terminal::lines(&["column", "type", "meaning"], rows))
}

fn rule_table() -> String {
    let rows = rules::all()
        .into_iter()
        .map(|rule| {
            let (scope, severity) = (rule.scope.as_str(), rule.severity.as_str());
            let [scope, severity] = [scope, severity].map(str::to_owned);
            vec![rule.id, scope, severity, rule.message, rule.fix]
        })
        .collect();
    let columns = [
        "rule",
        "looks at",
        "severity",
        "what is wrong",
        "what to do",
    ];
    Terminal::lines(&columns, rows)
}

fn codes() -> String {
    let mut rows = Vec::new();
    for (list, codes) in CODES.iter() {
        for (code, meaning) in codes {
            let meaning = meaning.as_str().unwrap_or_default();
            rows.push(vec![list.clone(), code.clone(), meaning.to_owned()]);
        }
    }
    Terminal::lines(&["list", "code", "meaning"], rows)
}
