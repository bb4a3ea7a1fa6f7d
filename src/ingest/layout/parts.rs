//! What a layout says: its files, their columns, codes and lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::model::decimal::Decimal;
use crate::model::finding::Severity;
use crate::model::schema::Table;

/// The name of the layout whose files are known by their names alone.
pub const BY_NAME: &str = "paybench";

/// A layout that shows every key, to begin one of one's own with.
pub const TEMPLATE: &str = include_str!("template.toml");

pub(super) const BUILT_IN: [(&str, &str); 3] = [
    ("paybench.toml", include_str!("paybench.toml")),
    ("asc-wds.toml", include_str!("asc-wds.toml")),
    ("nhs-esr.toml", include_str!("nhs-esr.toml")),
];

/// One kind of source.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the data file"
)]
pub struct Layout {
    /// Its name, as manifests and findings use it.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// The user's own file, where it is one.
    pub own: Option<String>,
    /// SHA-256 of its file, hexadecimal.
    pub sha256: String,
    /// The first period for which it holds.
    pub from: Option<NaiveDate>,
    /// The last period for which it holds.
    pub to: Option<NaiveDate>,
    /// The rules in code that its files need.
    pub rules: Option<CodeRules>,
    /// White space around a value is part of it, and spreadsheets' guards too.
    pub keep_spaces: bool,
    /// Numbers are digits with at most a point: no pound signs, commas, marks.
    pub plain_numbers: bool,
    /// A row of any file may leave out empty cells at its end without a word.
    pub short_rows: bool,
    /// Codes are matched whatever the case of their letters.
    pub ignore_case: bool,
    /// Files recognised by their header; none where names decide.
    pub files: Vec<FileLayout>,
}

/// Rules across the cells of a row that stand in code, by the name that a
/// layout gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRules {
    /// Those of the Adult Social Care Workforce Data Set: `asc_wds.rs`.
    AscWds,
}

impl CodeRules {
    pub(super) const ALL: [(&'static str, CodeRules); 1] = [("asc-wds", CodeRules::AscWds)];

    /// The columns that the rules give, which no column of the file does.
    pub(super) fn gives(self, table: &str) -> &'static [&'static str] {
        match (self, table) {
            (CodeRules::AscWds, "workers") => &["provider_id"],
            (CodeRules::AscWds, _) => &[],
        }
    }
}

/// One kind of file of a layout.
#[derive(Debug)]
pub struct FileLayout {
    /// The table that it holds; none where its rows are not needed.
    pub table: Option<&'static Table>,
    /// Columns that tell this kind of file from others.
    pub recognise: Vec<String>,
    /// Which rows count.
    pub rows: Vec<RowFilter>,
    /// The column with the month that a row is of.
    pub month: Option<String>,
    /// Columns that, besides `worker_ref`, tell the jobs of one worker apart.
    pub jobs_apart: Vec<String>,
    /// Columns with personal detail: never read past the parser.
    pub identity: Vec<String>,
    /// Columns that rules in code read themselves.
    pub in_code: Vec<String>,
    /// Columns that are known and not needed.
    pub unused: Vec<String>,
    /// Columns among these that only the newest headers have.
    pub recent: Vec<String>,
    /// Columns that older headers have and the newest has not.
    pub removed: Vec<String>,
    /// Columns that are read.
    pub columns: Vec<ColumnLayout>,
    /// Values that every row has: position among the table's columns, and text.
    pub constants: Vec<(usize, String)>,
    /// Counts of joiners and leavers in parallel lists.
    pub lists: Option<ListLayout>,
    /// Where rows may end: after this column, or so many columns further on.
    pub short_rows: Option<(String, usize)>,
}

/// A column that says which rows count.
#[derive(Debug)]
pub struct RowFilter {
    /// Its name in the file.
    pub column: String,
    /// Words of rows that count.
    pub keep: Vec<String>,
    /// Words of rows that are skipped, and counted as such.
    pub skip: Vec<String>,
    /// Rows with any other word are skipped too, rather than an error.
    pub skip_others: bool,
}

/// One column of a source file.
#[derive(Clone, Debug)]
pub struct ColumnLayout {
    /// Its name in the file.
    pub from: String,
    /// Other names that it may have.
    pub aliases: Vec<String>,
    /// The position of its target among the table's columns.
    pub position: usize,
    /// Their codes and ours.
    pub codes: Option<Arc<CodeList>>,
    /// Codes that only older headers may use.
    pub retired_codes: Option<Arc<CodeList>>,
    /// Our code for every code of theirs that is in no list.
    pub others: Option<String>,
    /// The release that brought the column: older headers do without it.
    pub added: Option<NaiveDate>,
    /// The release that dropped the column: only older headers have it.
    pub removed: Option<NaiveDate>,
    /// A file may do without the column.
    pub optional: bool,
    /// Marks that mean "not known".
    pub not_known: Vec<String>,
    /// What a wrong value is: an error rejects the row, a warning drops the value.
    pub wrong: Severity,
    /// An empty cell is an error, although the table does not ask for it.
    pub required: bool,
    /// The most characters that the source allows.
    pub max_length: Option<usize>,
    /// What the number is multiplied by.
    pub times: Option<Decimal>,
}

/// Parallel lists in the row of a workplace: roles, and a count for each.
#[derive(Debug)]
pub struct ListLayout {
    /// The column that lists the roles.
    pub roles: String,
    /// Their codes and ours.
    pub codes: Arc<CodeList>,
    /// Codes that only older headers may use.
    pub retired_codes: Option<Arc<CodeList>>,
    /// The columns that list starters, leavers and vacancies.
    pub counts: [String; 3],
    /// The count that means "not known".
    pub not_known: String,
    /// The largest count.
    pub most: i64,
    /// Tenures whose roles count as listed with 0 where they are not listed.
    pub staffed: Vec<String>,
}

impl ListLayout {
    /// The columns that hold the lists.
    pub(super) fn columns(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.roles).chain(&self.counts)
    }
}

/// Their code = ours.
#[derive(Debug, Default)]
pub struct CodeList {
    codes: BTreeMap<String, String>,
    /// The same by folded code, where case does not matter.
    folded: BTreeMap<String, String>,
}

impl CodeList {
    pub(super) fn new(codes: BTreeMap<String, String>, ignore_case: bool) -> CodeList {
        let folded = codes.iter().map(|(code, ours)| (fold(code), ours.clone()));
        CodeList {
            folded: if ignore_case {
                folded.collect()
            } else {
                BTreeMap::new()
            },
            codes,
        }
    }

    /// Our code for one of theirs.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&str> {
        let folded = || (!self.folded.is_empty()).then(|| self.folded.get(&fold(code)))?;
        self.codes.get(code).or_else(folded).map(String::as_str)
    }

    /// Their codes and ours, by theirs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.codes
            .iter()
            .map(|(theirs, ours)| (theirs.as_str(), ours.as_str()))
    }
}

/// A name without regard to case and surplus spaces.
#[must_use]
pub fn fold(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

impl Layout {
    /// The tenures that a list of this layout takes for staffed roles.
    #[must_use]
    pub fn staffed(&self) -> &[String] {
        let lists = self.files.iter().find_map(|file| file.lists.as_ref());
        lists.map_or(&[], |lists| &lists.staffed)
    }

    /// Whether it stands in the place of a built-in one.
    #[must_use]
    pub fn replaces(&self) -> bool {
        let mut files = BUILT_IN.iter().map(|(file, _)| file.strip_suffix(".toml"));
        self.own.is_some() && files.any(|name| name == Some(&self.name))
    }

    /// Whether it holds for a period.
    #[must_use]
    pub fn holds(&self, period: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= period) && self.to.is_none_or(|to| period <= to)
    }
}
