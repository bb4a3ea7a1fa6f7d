//! Layouts: how the columns and codes of one kind of source file map to the
//! tables of a return. A layout is a data file; `template.toml` beside this
//! file shows its keys.

mod binding;
mod check;
mod read;
mod targets;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use binding::{Binding, Bound, Counts, Recognised, table_of_name};
use chrono::NaiveDate;
pub use read::{LayoutError, Problem};

use crate::model::decimal::Decimal;
use crate::model::digest::sha256;
use crate::model::finding::Severity;
use crate::model::nearest;
use crate::model::schema::Table;

/// The name of the layout whose files are known by their names alone.
pub const BY_NAME: &str = "paybench";

/// A layout that shows every key, to begin one of one's own with.
pub const TEMPLATE: &str = include_str!("template.toml");

const BUILT_IN: [(&str, &str); 3] = [
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
    const ALL: [(&'static str, CodeRules); 1] = [("asc-wds", CodeRules::AscWds)];

    /// The columns that the rules give, which no column of the file does.
    fn gives(self, table: &str) -> &'static [&'static str] {
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
    fn columns(&self) -> impl Iterator<Item = &String> {
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
    fn new(codes: BTreeMap<String, String>, ignore_case: bool) -> CodeList {
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

/// The layouts of one call: built in, and the user's own.
#[derive(Clone, Debug)]
pub struct Layouts {
    layouts: Vec<Arc<Layout>>,
}

impl Layouts {
    /// The layouts that paybench has, [`BY_NAME`] first.
    ///
    /// # Errors
    /// Never, unless paybench was built with a layout that does not read.
    pub fn built_in() -> Result<Layouts, LayoutError> {
        let layouts = BUILT_IN
            .iter()
            .map(|(file, text)| read::layout(file, text, None).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Layouts { layouts })
    }

    /// The built-in layouts, and those of a folder besides or instead of them.
    ///
    /// # Errors
    /// What is wrong in which file, with line and column.
    pub fn with_own(folder: &Path) -> Result<Layouts, LayoutError> {
        let mut layouts = Layouts::built_in()?;
        let failed = |path: &Path| {
            let file = path.display().to_string();
            move |source| LayoutError::Io { file, source }
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let hidden = name.starts_with(['.', '~']);
            if !hidden && path.extension().is_some_and(|e| e == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            let file = path.display().to_string();
            layouts.add(read::layout(&file, &text, Some(file.clone()))?)?;
        }
        Ok(layouts)
    }

    fn add(&mut self, layout: Layout) -> Result<(), LayoutError> {
        let same = self
            .layouts
            .iter_mut()
            .find(|known| known.name == layout.name);
        match same {
            Some(known) => {
                if let Some(other) = &known.own {
                    return Err(LayoutError::Twice {
                        file: layout.own.unwrap_or_default(),
                        other: other.clone(),
                        name: layout.name,
                    });
                }
                // The very same file is no override.
                if known.sha256 != layout.sha256 {
                    *known = Arc::new(layout);
                }
            }
            None => self.layouts.push(Arc::new(layout)),
        }
        Ok(())
    }

    /// The layouts in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Layout>> {
        self.layouts.iter()
    }

    /// The layout of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Layout>> {
        self.layouts.iter().find(|layout| layout.name == name)
    }

    /// The name nearest to one that there is not.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest::nearest(name, self.layouts.iter().map(|layout| layout.name.as_str()))
    }

    /// SHA-256 of each layout by name, for manifests.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, String> {
        self.layouts
            .iter()
            .map(|layout| (layout.name.clone(), layout.sha256.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_built_in_layouts_and_the_template_are_without_mistakes() {
        let layouts = Layouts::built_in().unwrap();
        let names: Vec<&str> = layouts.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["paybench", "asc-wds", "nhs-esr"]);
        read::layout("template.toml", TEMPLATE, Some(String::new())).unwrap();
    }

    #[test]
    fn names_are_folded_and_codes_where_the_layout_says_so() {
        assert_eq!(fold("  Hourly\u{a0}Rate  (£) "), "hourly rate (£)");
        let codes = BTreeMap::from([("Fixed Term".to_owned(), "fixed_term".to_owned())]);
        let strict = CodeList::new(codes.clone(), false);
        let loose = CodeList::new(codes, true);
        assert_eq!(strict.get("fixed  term"), None);
        assert_eq!(loose.get("fixed  TERM"), Some("fixed_term"));
        assert_eq!(loose.get("Permanent"), None);
    }

    proptest! {
        #[test]
        fn whatever_a_layout_says_it_is_read_or_told_where_it_is_wrong(
            line in 0_usize..200, text in "\\PC{0,20}", whole in any::<bool>()
        ) {
            let mut lines: Vec<&str> = TEMPLATE.lines().collect();
            let line = line % lines.len();
            let begun = format!("{}{text}", lines[line].split_at_checked(text.len()).unwrap_or_default().0);
            lines[line] = if whole { &text } else { &begun };
            if let Err(LayoutError::Mistakes(problems)) =
                read::layout("x.toml", &lines.join("\n"), Some(String::new()))
            {
                for problem in problems {
                    prop_assert!(problem.line <= lines.len() + 1, "{problem}");
                    prop_assert!(!problem.message.is_empty() && !problem.fix.is_empty());
                }
            }
        }
    }
}
