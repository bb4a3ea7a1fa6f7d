//! Whether the columns of a layout's file and those of its table fit together:
//! each name once, each target once, nothing missing.

use std::collections::BTreeMap;

use toml::Spanned;

use super::check::{Checker, meant};
use super::parts::{ColumnLayout, fold};
use super::read::RawFile;
use crate::model::schema::Table;

impl Checker<'_> {
    /// No two columns of the file have one name, and none is read that must not be.
    pub(super) fn names(&mut self, raw: &RawFile) {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for column in &raw.column {
            let own = column.from.get_ref().as_str();
            if fold(own).is_empty() {
                self.wrong(
                    column.from.span(),
                    "the column has no name",
                    "give its name in the file's header",
                );
            }
            owners.insert(fold(own), own);
        }
        for column in &raw.column {
            let own = column.from.get_ref().as_str();
            let mut mine = Vec::new();
            for alias in &column.aliases {
                let folded = fold(alias.get_ref());
                let other = owners.get(&folded).filter(|other| fold(other) != fold(own));
                if let Some(other) = other {
                    let message = format!(
                        "`{}` is a name of the column `{other}` too",
                        alias.get_ref()
                    );
                    self.wrong(alias.span(), message, "give each name to one column");
                } else if mine.contains(&folded) || folded == fold(own) {
                    let message = format!("`{}` is named twice", alias.get_ref());
                    self.wrong(
                        alias.span(),
                        message,
                        "leave one out; case and surplus spaces do not count",
                    );
                }
                owners.insert(folded.clone(), own);
                mine.push(folded);
            }
        }
        for (what, list) in [("identity", &raw.identity), ("unused", &raw.unused)] {
            for name in list {
                if owners.contains_key(&fold(name.get_ref())) {
                    let message = format!("`{}` is read, and under `{what}`", name.get_ref());
                    self.wrong(name.span(), message, "leave it out of one of the two");
                }
            }
        }
        let identity: Vec<String> = raw.identity.iter().map(|n| fold(n.get_ref())).collect();
        let month = raw.month.iter();
        for name in raw.jobs_apart.iter().chain(month).chain(&raw.in_code) {
            if identity.contains(&fold(name.get_ref())) {
                let message = format!("`{}` is read, and under `identity`", name.get_ref());
                self.wrong(name.span(), message, "leave it out of one of the two");
            }
        }
    }

    /// Every target is one of the table's, and is given once.
    pub(super) fn targets(&mut self, raw: &RawFile, table: &'static Table) {
        let mut given: Vec<(&str, &str, bool)> = Vec::new();
        for column in &raw.column {
            let (from, to) = (column.from.get_ref().as_str(), column.to.get_ref().as_str());
            self.target(&column.to, table);
            for (other, known, _) in given.iter().copied().filter(|(_, known, _)| *known == to) {
                if fold(other) == fold(from) {
                    let message = format!("`{from}` gives `{known}` twice");
                    self.wrong(column.from.span(), message, "leave one of the two out");
                } else if !column.otherwise {
                    let message = format!("`{known}` is given by the column `{other}` already");
                    let fix = "leave one out, or write `otherwise = true` where this one counts if the other is empty";
                    self.wrong(column.to.span(), message, fix);
                }
            }
            if column.otherwise && !given.iter().any(|(_, known, _)| *known == to) {
                let message = format!("no column before it gives `{to}`");
                let fix = "put it behind the column that comes first, or leave `otherwise` out";
                self.wrong(column.to.span(), message, fix);
            }
            given.push((from, to, column.otherwise));
        }
        let mut fixed: Vec<&str> = Vec::new();
        for constant in &raw.constant {
            let to = constant.to.get_ref().as_str();
            self.target(&constant.to, table);
            if given.iter().any(|(_, known, _)| *known == to) || fixed.contains(&to) {
                let message = format!("`{to}` is given twice");
                self.wrong(constant.to.span(), message, "leave one of the two out");
            }
            fixed.push(to);
        }
        if !raw.jobs_apart.is_empty() && table.name != "workers" {
            let message = "only the table workers has jobs to tell apart";
            self.wrong(raw.jobs_apart[0].span(), message, "leave `jobs_apart` out");
        }
    }

    fn target(&mut self, to: &Spanned<String>, table: &'static Table) {
        let readable = || {
            let columns = table.columns.iter().filter(|column| !column.derived);
            columns.map(|column| column.name.as_str())
        };
        if !readable().any(|name| name == to.get_ref()) {
            let derived = table.position(to.get_ref()).is_some();
            let message = if derived {
                format!("`{}` is made by paybench, and never read", to.get_ref())
            } else {
                format!("the table {} has no column `{}`", table.name, to.get_ref())
            };
            self.wrong(to.span(), message, meant(to.get_ref(), readable()));
        }
    }

    /// Every required column of the table is given by something.
    pub(super) fn never_given(
        &mut self,
        raw: &RawFile,
        table: &'static Table,
        columns: &[ColumnLayout],
        constants: &[(usize, String)],
    ) {
        let by_rules = self.rules.map_or(&[][..], |rules| rules.gives(&table.name));
        for (position, column) in table.columns.iter().enumerate() {
            let given = columns.iter().any(|c| c.position == position)
                || constants.iter().any(|(at, _)| *at == position)
                || by_rules.contains(&column.name.as_str());
            if column.required && !column.derived && !given {
                let message = format!(
                    "nothing gives `{}`, which {} needs",
                    column.name, table.name
                );
                let fix = format!(
                    "add a column with to = \"{}\", or a [[file.constant]]",
                    column.name
                );
                self.wrong(raw.table.span(), message, fix);
            }
        }
    }
}
