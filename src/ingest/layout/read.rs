//! The text of a layout, with the place of everything in it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use toml::Spanned;
use toml::value::Datetime;

use crate::model::finding::Severity;
use crate::model::nearest;

/// Why a layout cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// There are mistakes in the file.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Mistakes(Vec<Problem>),
    /// Two of the user's own files have the same name.
    #[error(
        "{file}: {other} is a layout of the name `{name}` too\nhint: give one of them another name"
    )]
    Twice {
        /// The file.
        file: String,
        /// The other file.
        other: String,
        /// The name.
        name: String,
    },
    /// The folder or file cannot be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// One mistake in a layout: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            file,
            line,
            column,
            message,
            fix,
        } = self;
        write!(
            f,
            "{file}, line {line}, column {column}: {message}\nhint: {fix}"
        )
    }
}

impl Problem {
    /// A mistake at a place of the text.
    pub(super) fn at(
        file: &str,
        text: &str,
        span: Range<usize>,
        message: String,
        fix: String,
    ) -> Problem {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or("");
        Problem {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            message,
            fix,
        }
    }
}

/// Reads the text of a layout.
///
/// # Errors
/// The first place where it is no TOML, or has a key that no layout has.
pub(super) fn raw(file: &str, text: &str) -> Result<RawLayout, LayoutError> {
    toml::from_str(text).map_err(|error| LayoutError::Mistakes(vec![syntax(file, text, &error)]))
}

/// What the TOML parser says, with the key that was probably meant.
fn syntax(file: &str, text: &str, error: &toml::de::Error) -> Problem {
    let message = error.message().trim().replace('\n', "; ");
    let mut names = message.split('`').skip(1).step_by(2);
    let fix = match (message.starts_with("unknown field"), names.next()) {
        (true, Some(wrong)) => match nearest::nearest(wrong, names) {
            Some(known) => format!("did you mean `{known}`? otherwise leave the key out"),
            None => "leave the key out, or mend its name".to_owned(),
        },
        _ => "mend the line; `paybench describe layouts NAME` shows what a layout holds".to_owned(),
    };
    Problem::at(file, text, error.span().unwrap_or(0..0), message, fix)
}

pub(super) type RawCodes = BTreeMap<Spanned<String>, Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the data file"
)]
pub(super) struct RawLayout {
    pub name: Spanned<String>,
    pub title: String,
    pub from: Option<Spanned<Datetime>>,
    pub to: Option<Spanned<Datetime>>,
    pub rules: Option<Spanned<String>>,
    #[serde(default)]
    pub keep_spaces: bool,
    #[serde(default)]
    pub plain_numbers: bool,
    #[serde(default)]
    pub short_rows: bool,
    #[serde(default)]
    pub ignore_case: bool,
    #[serde(default)]
    pub file: Vec<RawFile>,
    #[serde(default)]
    pub lists: BTreeMap<String, RawCodes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub table: Spanned<String>,
    pub recognise: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub rows: Vec<RawRows>,
    pub month: Option<Spanned<String>>,
    #[serde(default)]
    pub jobs_apart: Vec<Spanned<String>>,
    #[serde(default)]
    pub identity: Vec<Spanned<String>>,
    #[serde(default)]
    pub in_code: Vec<Spanned<String>>,
    #[serde(default)]
    pub unused: Vec<Spanned<String>>,
    #[serde(default)]
    pub recent: Vec<Spanned<String>>,
    #[serde(default)]
    pub removed: Vec<Spanned<String>>,
    #[serde(default)]
    pub column: Vec<RawColumn>,
    #[serde(default)]
    pub constant: Vec<RawConstant>,
    pub lists: Option<RawLists>,
    pub short_rows: Option<RawShort>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShort {
    pub after: Spanned<String>,
    pub by: Spanned<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRows {
    pub column: Spanned<String>,
    pub keep: Spanned<Vec<String>>,
    #[serde(default)]
    pub skip: Vec<Spanned<String>>,
    #[serde(default)]
    pub skip_others: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawColumn {
    pub from: Spanned<String>,
    #[serde(default)]
    pub aliases: Vec<Spanned<String>>,
    pub to: Spanned<String>,
    pub codes: Option<Spanned<CodeMap>>,
    pub retired_codes: Option<Spanned<String>>,
    pub others: Option<Spanned<String>>,
    pub added: Option<Spanned<Datetime>>,
    pub removed: Option<Spanned<Datetime>>,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub otherwise: bool,
    #[serde(default)]
    pub not_known: Vec<Spanned<String>>,
    #[serde(default = "error")]
    pub wrong: Severity,
    #[serde(default)]
    pub required: bool,
    pub max_length: Option<usize>,
    pub times: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConstant {
    pub to: Spanned<String>,
    pub value: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLists {
    pub roles: Spanned<String>,
    pub codes: Spanned<String>,
    pub retired_codes: Option<Spanned<String>>,
    pub starters: Spanned<String>,
    pub leavers: Spanned<String>,
    pub vacancies: Spanned<String>,
    pub not_known: String,
    #[serde(default = "million")]
    pub most: i64,
    #[serde(default)]
    pub staffed: Vec<Spanned<String>>,
}

fn million() -> i64 {
    1_000_000
}

fn error() -> Severity {
    Severity::Error
}

/// A code list inline, or the name of one. Read by hand: serde's untagged enums
/// lose the places of what is in them.
pub(super) enum CodeMap {
    /// A list of the layout.
    Named(String),
    /// Their code = ours.
    Inline(RawCodes),
}

impl<'de> Deserialize<'de> for CodeMap {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<CodeMap, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = CodeMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a list, or codes as { theirs = \"ours\" }")
            }

            fn visit_str<E>(self, name: &str) -> Result<CodeMap, E> {
                Ok(CodeMap::Named(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CodeMap, A::Error> {
                let mut codes = RawCodes::new();
                while let Some((theirs, ours)) = map.next_entry()? {
                    codes.insert(theirs, ours);
                }
                Ok(CodeMap::Inline(codes))
            }
        }

        reader.deserialize_any(Either)
    }
}
