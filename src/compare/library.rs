//! All queries and rules by name: those built in, and the user's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::contract_rules::{self, Rule};
use super::error::QueryError;
use super::query::{QueryFile, ROWS, parse};
use super::rule_views;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/queries");

type ByName = BTreeMap<String, QueryFile>;

/// All queries and rules by name.
pub struct Library {
    queries: ByName,
    /// The queries for the rows behind comparisons, by the comparison's name.
    rows: ByName,
    rules: BTreeMap<String, Rule>,
}

impl Library {
    /// The built-in queries and rules, and those of `own` instead of or besides them.
    ///
    /// # Errors
    /// Where a file does not read.
    pub fn load(own: Option<&Path>) -> Result<Library, QueryError> {
        let (mut queries, mut rows) = (BTreeMap::new(), BTreeMap::new());
        let mut rules = BTreeMap::new();
        collect_built_in(&BUILT_IN, &mut queries, &mut rows)?;
        for file in BUILT_IN.get_dir("rules").into_iter().flat_map(Dir::files) {
            let text = file.contents_utf8().unwrap_or_default();
            let rule = contract_rules::parse(file.path(), text, None)?;
            rules.insert(rule.name.clone(), rule);
        }
        if let Some(folder) = own.filter(|folder| folder.is_dir()) {
            collect_own(folder, folder, &mut queries, &mut rows)?;
            collect_own_rules(&folder.join("rules"), &mut rules)?;
        }
        for view in rule_views::of(rules.values()) {
            queries.entry(view.name.clone()).or_insert(view);
        }
        Ok(Library {
            queries,
            rows,
            rules,
        })
    }

    /// The rules on contracts, by name.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The comparisons, by name.
    pub fn comparisons(&self) -> impl Iterator<Item = &QueryFile> {
        self.queries.values().filter(|query| !query.view)
    }

    /// The views, by name.
    pub fn views(&self) -> impl Iterator<Item = &QueryFile> {
        self.queries.values().filter(|query| query.view)
    }

    /// The comparison of a name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn comparison(&self, name: &str) -> Result<&QueryFile, QueryError> {
        self.queries
            .get(name)
            .filter(|query| !query.view)
            .ok_or_else(|| QueryError::Unknown {
                name: name.to_owned(),
                known: self
                    .comparisons()
                    .map(|q| q.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// The query for the rows behind a comparison. Behind one of the user's own
    /// stands a file of the user's own or none: the built-in one is about another.
    #[must_use]
    pub fn rows_behind(&self, name: &str) -> Option<&QueryFile> {
        let rows = self.rows.get(name)?;
        let comparison = self.queries.get(name).filter(|query| !query.view)?;
        (rows.own.is_some() || comparison.own.is_none()).then_some(rows)
    }

    /// The queries for the rows behind comparisons.
    pub fn rows(&self) -> impl Iterator<Item = &QueryFile> {
        self.rows.values()
    }

    /// The query or view of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&QueryFile> {
        self.queries.get(name)
    }
}

fn collect_built_in(
    folder: &Dir<'_>,
    queries: &mut ByName,
    rows: &mut ByName,
) -> Result<(), QueryError> {
    for file in folder.files().filter(|file| is_sql(file.path())) {
        let query = parse(file.path(), file.contents_utf8().unwrap_or_default(), None)?;
        let kind = kind(file.path(), queries, rows);
        kind.insert(query.name.clone(), query);
    }
    folder
        .dirs()
        .try_for_each(|folder| collect_built_in(folder, queries, rows))
}

/// Where a file belongs, by its path below the folder of queries.
fn kind<'a>(below: &Path, queries: &'a mut ByName, rows: &'a mut ByName) -> &'a mut ByName {
    if below.starts_with(ROWS) {
        rows
    } else {
        queries
    }
}

fn collect_own(
    root: &Path,
    folder: &Path,
    queries: &mut ByName,
    rows: &mut ByName,
) -> Result<(), QueryError> {
    let failed = |path: &Path| {
        let file = path.display().to_string();
        move |source| QueryError::Io { file, source }
    };
    for path in sorted(folder)? {
        if path.is_dir() {
            collect_own(root, &path, queries, rows)?;
        } else if is_sql(&path) {
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            let below = path.strip_prefix(root).unwrap_or(&path);
            let query = parse(below, &text, Some(path.display().to_string()))?;
            let kind = kind(below, queries, rows);
            if let Some(other) = kind.get(&query.name).and_then(|known| known.own.as_deref()) {
                let message = format!(
                    "{other} has the same name, and only one can be {}",
                    query.name
                );
                return Err(QueryError::Header {
                    file: path.display().to_string(),
                    line: 1,
                    message,
                });
            }
            // The very same file is no override.
            if kind
                .get(&query.name)
                .is_none_or(|known| known.sql != query.sql)
            {
                kind.insert(query.name.clone(), query);
            }
        }
    }
    Ok(())
}

/// A rule of the user's own takes the place of the built-in one of its name.
fn collect_own_rules(folder: &Path, rules: &mut BTreeMap<String, Rule>) -> Result<(), QueryError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for path in sorted(folder)? {
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(&path).map_err(|source| QueryError::Io {
                file: file.clone(),
                source,
            })?;
            let rule = contract_rules::parse(&path, &text, Some(file))?;
            // The very same file is no override.
            if rules
                .get(&rule.name)
                .is_none_or(|known| known.sha256 != rule.sha256)
            {
                rules.insert(rule.name.clone(), rule);
            }
        }
    }
    Ok(())
}

/// The entries of a folder in order of names.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, QueryError> {
    let failed = |source| QueryError::Io {
        file: folder.display().to_string(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sql")
}
