//! Layouts: how the columns and codes of one kind of source file map to the
//! tables of a return. A layout is a data file; `template.toml` beside this
//! file shows its keys.

mod binding;
mod check;
mod parts;
mod read;
mod targets;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use binding::{Binding, Bound, Counts, Recognised, table_of_name};
use parts::BUILT_IN;
pub use parts::{
    BY_NAME, CodeList, CodeRules, ColumnLayout, FileLayout, Layout, ListLayout, RowFilter,
    TEMPLATE, fold,
};
pub use read::{LayoutError, Problem};

use crate::model::nearest;

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
            .map(|(file, text)| check::layout(file, text, None).map(Arc::new))
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
            layouts.add(check::layout(&file, &text, Some(file.clone()))?)?;
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
        check::layout("template.toml", TEMPLATE, Some(String::new())).unwrap();
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
                check::layout("x.toml", &lines.join("\n"), Some(String::new()))
            {
                for problem in problems {
                    prop_assert!(problem.line <= lines.len() + 1, "{problem}");
                    prop_assert!(!problem.message.is_empty() && !problem.fix.is_empty());
                }
            }
        }
    }
}
