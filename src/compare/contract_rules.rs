//! Rules on contracts: dated predicates with their source, each in a file of its own.
//!
//! A predicate is SQL of the project, as a query is: it is trusted, and runs in
//! a session that can only read.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;
use toml::value::{Datetime, Value};

use super::error::QueryError;
use crate::engine::predicate;
use crate::model::date;
use crate::model::decimal::Decimal;
use crate::model::digest::sha256;

/// A rule that a worker's record meets or does not.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The file's stem.
    pub name: String,
    /// What it asks for, one line.
    pub title: String,
    /// `wales`, `england`, `scotland`, `gb` or `uk`.
    pub jurisdiction: String,
    /// What it is.
    pub status: Status,
    /// The first day on which it is in force; a proposal may have none.
    pub from: Option<NaiveDate>,
    /// The last day, where it has ended.
    pub to: Option<NaiveDate>,
    /// Where it stands.
    pub citation: String,
    /// What is so of a worker whose record does not meet it.
    pub message: String,
    /// What the test leaves open, in words.
    pub note: String,
    /// Names and values of what the project chose.
    pub settings: Vec<(String, String)>,
    /// Whom it is about.
    pub applies: Predicate,
    /// Whose record does not meet it.
    pub unmet: Predicate,
    /// For whom it cannot be told, though both say something.
    pub unknown: Option<Predicate>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The user's own file, where it is one.
    pub own: Option<String>,
    file: String,
}

/// What a rule is. Nothing but law is ever breached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force from a day on.
    Law,
    /// Kept by those who choose to.
    Voluntary,
    /// Not in force, and perhaps never.
    Proposed,
}

impl Status {
    /// The word that outputs use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Law => "law",
            Status::Voluntary => "voluntary",
            Status::Proposed => "proposed",
        }
    }

    /// The results of a record that meets a rule, and of one that does not.
    #[must_use]
    pub fn results(self) -> (&'static str, &'static str) {
        match self {
            Status::Law => ("met", "breach"),
            Status::Voluntary => ("met", "not_met"),
            Status::Proposed => ("would_meet", "would_not_meet"),
        }
    }
}

/// An SQL expression on `rule_jobs` that is true, false or unknown.
#[derive(Clone, Debug)]
pub struct Predicate {
    /// The expression, with the settings in it.
    pub sql: String,
    raw: String,
    /// Where the expression begins in the file: line and column, from 1.
    start: (usize, usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    jurisdiction: Spanned<String>,
    status: Spanned<String>,
    from: Option<Spanned<Datetime>>,
    to: Option<Spanned<Datetime>>,
    citation: String,
    message: String,
    #[serde(default)]
    note: String,
    applies: Spanned<String>,
    unmet: Spanned<String>,
    unknown: Option<Spanned<String>>,
    #[serde(default)]
    settings: BTreeMap<String, Spanned<Value>>,
}

/// The places that a rule may be for, and the workplaces that are there.
const JURISDICTIONS: [(&str, &str); 5] = [
    ("wales", "area_code LIKE 'W%'"),
    ("england", "area_code LIKE 'E%'"),
    ("scotland", "area_code LIKE 'S%'"),
    ("gb", "area_code NOT LIKE 'N%'"),
    ("uk", "true"),
];

/// A file's text, to tell where in it something is wrong.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    /// Line and column, from 1, of a byte.
    fn place(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }

    fn wrong(&self, (line, column): (usize, usize), message: String) -> QueryError {
        QueryError::Rule {
            file: self.file.to_owned(),
            line,
            column,
            message,
        }
    }

    fn day(&self, day: Option<&Spanned<Datetime>>) -> Result<Option<NaiveDate>, QueryError> {
        let Some(day) = day else { return Ok(None) };
        let text = day.get_ref().to_string();
        date::iso(&text).map(Some).ok_or_else(|| {
            let message = format!("`{text}` is not a date as YYYY-MM-DD");
            self.wrong(self.place(day.span().start), message)
        })
    }

    fn predicate(
        &self,
        value: &Spanned<String>,
        settings: &BTreeMap<String, (String, String)>,
    ) -> Result<Predicate, QueryError> {
        let raw = value.get_ref().clone();
        let begin = value.span().start;
        let quoted = self.text.get(begin..).unwrap_or("");
        let (line, column) = self.place(begin);
        let mark = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") {
            3
        } else {
            1
        };
        // A line's end right after three quotation marks is not part of the text.
        let below = mark == 3 && quoted[3..].trim_start_matches('\r').starts_with('\n');
        let start = if below {
            (line + 1, 1)
        } else {
            (line, column + mark)
        };
        let mut predicate = Predicate {
            sql: String::new(),
            raw,
            start,
        };
        predicate::check(&predicate.raw).map_err(|wrong| {
            let place = predicate.place(wrong.line, wrong.column);
            self.wrong(place, format!("this is no condition: {}", wrong.message))
        })?;
        predicate.sql = predicate
            .with_settings(settings)
            .map_err(|(place, message)| self.wrong(place, message))?;
        Ok(predicate)
    }
}

impl Predicate {
    /// The place in the file of a line and column of the expression.
    fn place(&self, line: usize, column: usize) -> (usize, usize) {
        let (first, indent) = self.start;
        let column = if line <= 1 {
            indent + column - 1
        } else {
            column
        };
        (first + line.saturating_sub(1), column)
    }

    /// The expression with the value of each setting in the place of its `$name`.
    fn with_settings(
        &self,
        settings: &BTreeMap<String, (String, String)>,
    ) -> Result<String, ((usize, usize), String)> {
        let mut sql = String::new();
        for (at, line) in self.raw.lines().enumerate() {
            let mut rest = line;
            // Between quotation marks a dollar sign is one.
            let mut quoted = false;
            while let Some(found) = rest.find(['$', '\'']) {
                let (before, from) = rest.split_at(found);
                sql.push_str(before);
                if from.starts_with('\'') || quoted {
                    quoted ^= from.starts_with('\'');
                    sql.push_str(&from[..1]);
                    rest = &from[1..];
                    continue;
                }
                let name = from[1..]
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or("");
                let Some((_, literal)) = settings.get(name) else {
                    let column = line[..line.len() - from.len()].chars().count() + 1;
                    let message = format!("there is no setting `{name}`");
                    return Err((self.place(at + 1, column), message));
                };
                sql.push_str(literal);
                rest = &from[1 + name.len()..];
            }
            sql.push_str(rest);
            sql.push('\n');
        }
        Ok(sql)
    }
}

/// Reads a rule's file; the name is its stem.
///
/// # Errors
/// What is wrong in it, with line and column.
pub fn parse(path: &Path, text: &str, own: Option<String>) -> Result<Rule, QueryError> {
    let file = own
        .clone()
        .unwrap_or_else(|| format!("queries/{}", path.display()));
    let source = Source { file: &file, text };
    let name = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        let message =
            format!("`{name}` is no name for a rule: use small letters, digits and underscores");
        return Err(source.wrong((1, 1), message));
    }
    let read: File = toml::from_str(text).map_err(|error| {
        let place = source.place(error.span().map_or(0, |span| span.start));
        source.wrong(place, error.message().to_owned())
    })?;
    let jurisdiction = read.jurisdiction.get_ref();
    if !JURISDICTIONS.iter().any(|(code, _)| code == jurisdiction) {
        let known = JURISDICTIONS.map(|(code, _)| code).join(", ");
        let message = format!("`{jurisdiction}` is no jurisdiction; there are {known}");
        let place = source.place(read.jurisdiction.span().start);
        return Err(source.wrong(place, message));
    }
    let of_status = source.place(read.status.span().start);
    let status = match read.status.get_ref().as_str() {
        "law" => Status::Law,
        "voluntary" => Status::Voluntary,
        "proposed" => Status::Proposed,
        other => {
            let message = format!("`{other}` is no status; there are law, voluntary, proposed");
            return Err(source.wrong(of_status, message));
        }
    };
    let from = source.day(read.from.as_ref())?;
    let to = source.day(read.to.as_ref())?;
    if status == Status::Law && from.is_none() {
        let message = "a law needs `from`, the first day on which it is in force".to_owned();
        return Err(source.wrong(of_status, message));
    }
    if let (Some(first), Some(last), Some(at)) = (from, to, &read.to)
        && last < first
    {
        let message = format!("it ends on {last}, before it begins on {first}");
        return Err(source.wrong(source.place(at.span().start), message));
    }
    let mut settings = BTreeMap::new();
    for (name, value) in &read.settings {
        let literal = literal(value.get_ref()).map_err(|message| {
            let place = source.place(value.span().start);
            source.wrong(place, format!("setting {name}: {message}"))
        })?;
        settings.insert(name.clone(), literal);
    }
    let unknown = read.unknown.as_ref();
    Ok(Rule {
        applies: source.predicate(&read.applies, &settings)?,
        unmet: source.predicate(&read.unmet, &settings)?,
        unknown: unknown
            .map(|text| source.predicate(text, &settings))
            .transpose()?,
        jurisdiction: jurisdiction.clone(),
        settings: settings
            .into_iter()
            .map(|(name, (shown, _))| (name, shown))
            .collect(),
        sha256: sha256(text.as_bytes()),
        name,
        title: read.title,
        status,
        from,
        to,
        citation: read.citation,
        message: read.message,
        note: read.note,
        own,
        file,
    })
}

/// A setting as it is shown, and as SQL.
fn literal(value: &Value) -> Result<(String, String), String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    Ok(match value {
        Value::Integer(number) => (number.to_string(), number.to_string()),
        Value::Boolean(yes) => (yes.to_string(), yes.to_string()),
        Value::String(text) if Decimal::parse(text).is_ok() => (text.clone(), text.clone()),
        Value::String(text) => (text.clone(), quoted(text)),
        Value::Datetime(day) => {
            let text = day.to_string();
            date::iso(&text).ok_or_else(|| format!("`{text}` is not a date as YYYY-MM-DD"))?;
            (text.clone(), format!("DATE {}", quoted(&text)))
        }
        Value::Float(_) => {
            return Err("write decimals between quotation marks, such as \"16.5\"".to_owned());
        }
        Value::Array(_) | Value::Table(_) => return Err("a setting is one value".to_owned()),
    })
}

impl Rule {
    /// Whether it is in force on a day; a proposal never is.
    #[must_use]
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.status != Status::Proposed
            && self.from.is_none_or(|first| first <= on)
            && self.to.is_none_or(|last| on <= last)
    }

    /// The workplaces of its jurisdiction, as SQL.
    #[must_use]
    pub fn place(&self) -> &'static str {
        JURISDICTIONS
            .iter()
            .find(|(code, _)| *code == self.jurisdiction)
            .map_or("false", |(_, place)| *place)
    }

    /// The predicates that it has.
    pub fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        [&self.applies, &self.unmet]
            .into_iter()
            .chain(&self.unknown)
    }

    /// The error of a predicate that does not fit the view, at its place in the file.
    #[must_use]
    pub fn misfit(&self, predicate: &Predicate, cause: &str) -> QueryError {
        // The name that the engine does not know, where it tells one.
        let named = cause.split("No field named ").nth(1).and_then(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .find(|word| !word.is_empty())
        });
        let found = named.and_then(|name| {
            predicate.raw.lines().enumerate().find_map(|(at, line)| {
                let byte = line.find(name)?;
                Some((at + 1, line[..byte].chars().count() + 1))
            })
        });
        let (line, column) = found.unwrap_or((1, 1));
        let place = predicate.place(line, column);
        let source = Source {
            file: &self.file,
            text: "",
        };
        source.wrong(place, format!("this is no condition on rule_jobs: {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "title = \"Mine\"\njurisdiction = \"gb\"\nstatus = \"law\"\nfrom = 2026-04-01\n\
        citation = \"here\"\nmessage = \"not so\"\napplies = \"true\"\nunmet = \"\"\"\n\
        guaranteed_hours < $least\nAND role <> '$least'\n\"\"\"\n[settings]\nleast = \"16.5\"\n";

    fn read(text: &str) -> Result<Rule, QueryError> {
        parse(Path::new("rules/mine.toml"), text, None)
    }

    #[test]
    fn settings_stand_in_predicates_as_typed_values() {
        let rule = read(RULE).unwrap();
        assert_eq!(
            rule.unmet.sql,
            "guaranteed_hours < 16.5\nAND role <> '$least'\n"
        );
        assert_eq!(rule.settings, [("least".to_owned(), "16.5".to_owned())]);
        let text = RULE.replace("\"16.5\"", "\"it's\"");
        assert!(
            read(&text)
                .unwrap()
                .unmet
                .sql
                .starts_with("guaranteed_hours < 'it''s'")
        );
    }

    #[test]
    fn mistakes_are_told_with_line_and_column() {
        for (from, to, expected) in [
            (
                "\"gb\"",
                "\"france\"",
                "line 2, column 16: `france` is no jurisdiction",
            ),
            (
                "\"law\"",
                "\"maybe\"",
                "line 3, column 10: `maybe` is no status",
            ),
            (
                "from = 2026-04-01\n",
                "",
                "line 3, column 10: a law needs `from`",
            ),
            (
                "citation",
                "citaton",
                "line 5, column 1: unknown field `citaton`",
            ),
            (
                "\"true\"",
                "\"true)\"",
                "line 7, column 16: this is no condition: `)`",
            ),
            (
                "AND role",
                "AND AND role",
                "line 10, column 9: this is no condition",
            ),
            (
                "< $least",
                "< $most",
                "line 9, column 20: there is no setting `most`",
            ),
            (
                "\"16.5\"",
                "16.5",
                "line 13, column 9: setting least: write decimals",
            ),
            (
                "2026-04-01",
                "2026-04-01\nto = 2026-03-31",
                "line 5, column 6: it ends on",
            ),
        ] {
            let error = read(&RULE.replace(from, to)).unwrap_err().to_string();
            let error = error.strip_prefix("queries/rules/mine.toml, ").unwrap();
            assert!(error.starts_with(expected), "{error}");
        }
        let error = parse(Path::new("My rule.toml"), RULE, None).unwrap_err();
        assert!(
            error.to_string().contains("is no name for a rule"),
            "{error}"
        );
    }
}
