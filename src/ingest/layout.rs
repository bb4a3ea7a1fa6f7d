//! Layouts: how the columns and codes of one kind of source file map to the
//! tables of a return. A layout is a data file; this reads and binds it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::finding::Severity;
use crate::model::schema::{self, Table};

/// One kind of source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Its name, as manifests and findings use it.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// Files recognised by their header; none where names decide.
    #[serde(default, rename = "file")]
    pub files: Vec<FileLayout>,
    /// Code lists that columns refer to by name.
    #[serde(default)]
    pub lists: BTreeMap<String, BTreeMap<String, String>>,
}

/// One kind of file of a layout.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileLayout {
    /// The table that it holds; empty where its rows are not needed.
    pub table: String,
    /// Columns that tell this kind of file from others.
    pub recognise: Vec<String>,
    /// The column that says what to do with a row; `DELETE` rows are skipped.
    #[serde(default)]
    pub status: Option<String>,
    /// Columns with personal detail: never read past the parser.
    #[serde(default)]
    pub identity: Vec<String>,
    /// Columns that code of the layout reads itself: parallel lists.
    #[serde(default)]
    pub in_code: Vec<String>,
    /// Columns that are known and not needed.
    #[serde(default)]
    pub unused: Vec<String>,
    /// Columns among `unused` that only the newest headers have.
    #[serde(default)]
    pub recent: Vec<String>,
    /// Columns that older headers have and the newest has not.
    #[serde(default)]
    pub removed: Vec<String>,
    /// Columns that are read.
    #[serde(default)]
    pub column: Vec<ColumnLayout>,
}

/// One column of a source file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnLayout {
    /// Its name in the file.
    pub from: String,
    /// The column of the table.
    pub to: String,
    /// Their codes and ours, or the name of a list of the layout.
    #[serde(default)]
    pub codes: Option<CodeMap>,
    /// The name of a list of codes that only older headers may use.
    #[serde(default)]
    pub retired_codes: Option<String>,
    /// The release that brought the column: older headers do without it.
    #[serde(default)]
    pub added: Option<String>,
    /// Marks that mean "not known".
    #[serde(default)]
    pub not_known: Vec<String>,
    /// What a wrong value is: an error rejects the row, a warning drops the value.
    #[serde(default = "error")]
    pub wrong: Severity,
    /// An empty cell is an error, although the table does not ask for it.
    #[serde(default)]
    pub required: bool,
    /// The most characters that the source allows.
    #[serde(default)]
    pub max_length: Option<usize>,
}

/// A code list inline, or the name of one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum CodeMap {
    /// A list of the layout.
    Named(String),
    /// Their code = ours.
    Inline(BTreeMap<String, String>),
}

fn error() -> Severity {
    Severity::Error
}

const SOURCES: [&str; 2] = [
    include_str!("layouts/paybench.toml"),
    include_str!("layouts/asc-wds.toml"),
];

/// The layouts that paybench has, `paybench` first.
pub static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .filter_map(|text| toml::from_str(text).ok())
        .collect()
});

/// The text of each layout by name, for the hashes in manifests.
#[must_use]
pub fn texts() -> Vec<(&'static str, &'static str)> {
    LAYOUTS
        .iter()
        .map(|layout| layout.name.as_str())
        .zip(SOURCES)
        .collect()
}

/// A source column bound to its place in a file's header.
#[derive(Debug)]
pub struct Bound {
    /// The field of a record.
    pub index: usize,
    /// The column's name in the file.
    pub name: String,
    /// Their code = ours; none where the codes are the same.
    pub codes: Option<&'static BTreeMap<String, String>>,
    /// Codes that count besides, in a file with an older header.
    pub retired_codes: Option<&'static BTreeMap<String, String>>,
    /// Marks that mean "not known".
    pub not_known: &'static [String],
    /// What a wrong value is.
    pub wrong: Severity,
    /// An empty cell is an error.
    pub required: bool,
    /// The most characters allowed.
    pub max_length: Option<usize>,
}

/// A header bound to a table.
#[derive(Debug)]
pub struct Binding {
    /// The layout.
    pub layout: &'static Layout,
    /// The table that the rows belong to.
    pub table: &'static Table,
    /// For each column of the table the source columns that may give it.
    pub columns: Vec<Vec<Bound>>,
    /// The header as it stands in the file.
    pub header: Vec<String>,
    /// The field that says what to do with a row.
    pub status: Option<usize>,
    /// Whether spaces around a value are part of it.
    pub strict: bool,
    /// Whether the header is not the newest of its layout.
    pub older: bool,
    /// Names in the header that nobody knows.
    pub unknown: Vec<String>,
}

impl Binding {
    /// The place of a column, by its name in the file or in the table.
    #[must_use]
    pub fn index_of(&self, column: &str) -> Option<usize> {
        let mut names = self.header.iter();
        let own = names.position(|name| name.eq_ignore_ascii_case(column));
        own.or_else(|| {
            let sources = self.columns.get(self.table.position(column)?)?;
            sources.first().map(|source| source.index)
        })
    }

    /// Whether a field of a record is read at all.
    #[must_use]
    pub fn reads(&self, index: usize) -> bool {
        let mut bound = self.columns.iter().flatten();
        let name = self.header.get(index);
        let mut files = self.layout.files.iter();
        bound.any(|source| source.index == index)
            || self.status == Some(index)
            || name.is_some_and(|name| files.any(|file| file.in_code.contains(name)))
    }
}

/// What a header turned out to be.
#[derive(Debug)]
pub enum Recognised {
    /// Rows of a table.
    Rows(Box<Binding>),
    /// A file whose rows are not needed.
    NotNeeded(&'static Layout),
    /// A file of no known kind.
    Unknown,
    /// Of a known kind, but these required columns are missing.
    Missing(&'static Table, Vec<String>),
}

/// Recognises a file: by its header where a layout says how, by its name otherwise.
#[must_use]
pub fn recognise(name: &str, header: &[String]) -> Recognised {
    for layout in LAYOUTS.iter() {
        for file in &layout.files {
            if file.recognise.iter().all(|column| header.contains(column)) {
                return match schema::table(&file.table) {
                    Some(table) => by_layout(layout, file, table, header),
                    None => Recognised::NotNeeded(layout),
                };
            }
        }
    }
    match (table_of_name(name), LAYOUTS.first()) {
        (Some(table), Some(layout)) => by_name(layout, table, header),
        _ => Recognised::Unknown,
    }
}

/// The table of `anything.workers.csv` or `workers.csv`.
fn table_of_name(name: &str) -> Option<&'static Table> {
    let (stem, _) = name.rsplit_once('.')?;
    let last = stem.rsplit('.').next()?;
    schema::table(&last.to_lowercase())
}

fn by_name(layout: &'static Layout, table: &'static Table, header: &[String]) -> Recognised {
    let mut unknown = Vec::new();
    let mut columns: Vec<Vec<Bound>> = table.columns.iter().map(|_| Vec::new()).collect();
    for (index, name) in header.iter().enumerate() {
        let lower = name.to_lowercase();
        match table
            .position(&lower)
            .filter(|at| !table.columns[*at].derived)
        {
            Some(position) => columns[position].push(Bound {
                index,
                name: name.clone(),
                codes: None,
                retired_codes: None,
                not_known: &[],
                wrong: Severity::Error,
                required: false,
                max_length: None,
            }),
            None if name.is_empty() => {}
            None => unknown.push(name.clone()),
        }
    }
    let missing: Vec<String> = table
        .columns
        .iter()
        .zip(&columns)
        .filter(|(column, bound)| column.required && bound.is_empty())
        .map(|(column, _)| column.name.clone())
        .collect();
    if !missing.is_empty() {
        return Recognised::Missing(table, missing);
    }
    Recognised::Rows(Box::new(Binding {
        layout,
        table,
        columns,
        header: header.to_vec(),
        status: None,
        strict: false,
        older: false,
        unknown,
    }))
}

fn by_layout(
    layout: &'static Layout,
    file: &'static FileLayout,
    table: &'static Table,
    header: &[String],
) -> Recognised {
    let mut columns: Vec<Vec<Bound>> = table.columns.iter().map(|_| Vec::new()).collect();
    let mut missing = Vec::new();
    let older = header.iter().any(|name| file.removed.contains(name))
        || file
            .column
            .iter()
            .any(|c| c.added.is_some() && !header.contains(&c.from))
        || file.recent.iter().any(|name| !header.contains(name));
    for column in &file.column {
        let Some(index) = header.iter().position(|name| *name == column.from) else {
            if column.added.is_none() {
                missing.push(column.from.clone());
            }
            continue;
        };
        let Some(position) = table.position(&column.to) else {
            continue;
        };
        columns[position].push(Bound {
            index,
            name: column.from.clone(),
            codes: match &column.codes {
                None => None,
                Some(CodeMap::Inline(codes)) => Some(codes),
                Some(CodeMap::Named(list)) => layout.lists.get(list),
            },
            retired_codes: column
                .retired_codes
                .as_ref()
                .filter(|_| older)
                .and_then(|list| layout.lists.get(list)),
            not_known: &column.not_known,
            wrong: column.wrong,
            required: column.required,
            max_length: column.max_length,
        });
    }
    if !missing.is_empty() {
        return Recognised::Missing(table, missing);
    }
    let known = |name: &String| {
        file.column.iter().any(|column| column.from == *name)
            || file.status.as_ref() == Some(name)
            || file.identity.contains(name)
            || file.unused.contains(name)
            || file.removed.contains(name)
            || name.starts_with("QUALACH")
            || file.in_code.contains(name)
    };
    Recognised::Rows(Box::new(Binding {
        layout,
        table,
        columns,
        unknown: header
            .iter()
            .filter(|name| !name.is_empty() && !known(name))
            .cloned()
            .collect(),
        status: file
            .status
            .as_ref()
            .and_then(|s| header.iter().position(|name| name == s)),
        header: header.to_vec(),
        strict: true,
        older,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layouts_refer_to_what_exists() {
        assert_eq!(LAYOUTS.len(), SOURCES.len());
        for layout in LAYOUTS.iter() {
            for file in &layout.files {
                let Some(table) = schema::table(&file.table) else {
                    continue;
                };
                for column in &file.column {
                    let position = table.position(&column.to).expect("column of the table");
                    let target = &table.columns[position];
                    let codes = match &column.codes {
                        None => continue,
                        Some(CodeMap::Inline(codes)) => codes,
                        Some(CodeMap::Named(list)) => &layout.lists[list],
                    };
                    for ours in codes.values() {
                        let known = target.codes.as_ref().map_or_else(
                            || ["yes", "no"].contains(&ours.as_str()),
                            |list| schema::CODES[list].contains_key(ours),
                        );
                        assert!(known, "{} {} {ours}", layout.name, column.from);
                    }
                }
            }
        }
    }
}
