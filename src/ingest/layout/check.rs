//! A layout checked against the tables, codes and lists that it speaks of:
//! every mistake with its place, and what to do.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use toml::Spanned;
use toml::value::Datetime;

use super::parts::{
    BY_NAME, CodeList, CodeRules, ColumnLayout, FileLayout, Layout, ListLayout, RowFilter, fold,
};
use super::read::{
    CodeMap, LayoutError, Problem, RawCodes, RawColumn, RawConstant, RawFile, RawLayout, RawLists,
    RawRows, RawShort, raw,
};
use crate::ingest::value;
use crate::model::date;
use crate::model::decimal::Decimal;
use crate::model::digest::sha256;
use crate::model::finding::Severity;
use crate::model::nearest::nearest;
use crate::model::schema::{self, CODES, Kind, TABLES, Table};

/// Reads and checks a layout.
///
/// # Errors
/// Every mistake in it.
pub(super) fn layout(file: &str, text: &str, own: Option<String>) -> Result<Layout, LayoutError> {
    Checker::new(file, text)
        .layout(raw(file, text)?, own)
        .map_err(LayoutError::Mistakes)
}

/// Checks one layout; mistakes gather until its end.
pub(super) struct Checker<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
    lists: BTreeMap<String, Arc<CodeList>>,
    /// Where each code of a list stands, for mistakes in those that are used.
    raw_lists: BTreeMap<String, RawCodes>,
    ignore_case: bool,
    pub(super) rules: Option<CodeRules>,
}

fn texts(list: &[Spanned<String>]) -> Vec<String> {
    list.iter().map(|text| text.get_ref().clone()).collect()
}

/// `did you mean that?`, or what there is.
pub(super) fn meant<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.collect();
    let all = known.join(", ");
    match nearest(wrong, known.into_iter()) {
        Some(near) => format!("did you mean `{near}`? there are: {all}"),
        None => format!("use one of: {all}"),
    }
}

impl<'a> Checker<'a> {
    fn new(file: &'a str, text: &'a str) -> Checker<'a> {
        Checker {
            file,
            text,
            problems: Vec::new(),
            lists: BTreeMap::new(),
            raw_lists: BTreeMap::new(),
            ignore_case: false,
            rules: None,
        }
    }

    /// Records a mistake.
    pub(super) fn wrong(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let problem = Problem::at(self.file, self.text, span, message.into(), fix.into());
        self.problems.push(problem);
    }

    /// The layout, or every mistake in it.
    fn layout(mut self, raw: RawLayout, own: Option<String>) -> Result<Layout, Vec<Problem>> {
        self.ignore_case = raw.ignore_case;
        let name = raw.name.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            let message = format!("`{name}` is not a name for a layout");
            let fix = "use lower-case letters, digits and hyphens";
            self.wrong(raw.name.span(), message, fix);
        } else if own.is_some() && name == BY_NAME {
            let message = format!("the layout `{BY_NAME}` is the tables themselves and stays");
            self.wrong(raw.name.span(), message, "give the layout another name");
        }
        if raw.file.is_empty() && name != BY_NAME {
            let fix = "add a [[file]] with table, recognise and its columns";
            self.wrong(raw.name.span(), "the layout has no file", fix);
        }
        if let Some(rules) = &raw.rules {
            let known = CodeRules::ALL.iter();
            self.rules = known
                .clone()
                .find(|(name, _)| *name == rules.get_ref())
                .map(|(_, rules)| *rules);
            if self.rules.is_none() {
                let fix = meant(rules.get_ref(), known.map(|(name, _)| *name));
                let message = format!("there are no rules `{}`", rules.get_ref());
                self.wrong(rules.span(), message, fix);
            }
        }
        let (from, to) = (self.date(raw.from.as_ref()), self.date(raw.to.as_ref()));
        if let (Some(first), Some(last), Some(to)) = (from, to, &raw.to)
            && first > last
        {
            self.wrong(
                to.span(),
                "`to` is before `from`",
                "give the last period for which the layout holds, or leave it out",
            );
        }
        for (name, codes) in &raw.lists {
            let codes = self.plain_codes(codes);
            self.lists.insert(name.clone(), codes);
        }
        self.raw_lists = raw.lists;
        let files = raw
            .file
            .into_iter()
            .map(|file| self.one_file(file))
            .collect();
        if !self.problems.is_empty() {
            self.problems
                .sort_by_key(|problem| (problem.line, problem.column));
            self.problems.dedup();
            return Err(self.problems);
        }
        Ok(Layout {
            name: raw.name.into_inner(),
            title: raw.title,
            own,
            sha256: sha256(self.text),
            from,
            to,
            rules: self.rules,
            keep_spaces: raw.keep_spaces,
            plain_numbers: raw.plain_numbers,
            short_rows: raw.short_rows,
            ignore_case: raw.ignore_case,
            files,
        })
    }

    fn date(&mut self, raw: Option<&Spanned<Datetime>>) -> Option<NaiveDate> {
        let raw = raw?;
        let day = date::iso(&raw.get_ref().to_string());
        if day.is_none() {
            let message = format!("`{}` is not a day", raw.get_ref());
            self.wrong(
                raw.span(),
                message,
                "give a date as 2026-04-01, without quotation marks",
            );
        }
        day
    }

    fn plain_codes(&self, raw: &RawCodes) -> Arc<CodeList> {
        let codes = raw
            .iter()
            .map(|(theirs, ours)| (theirs.get_ref().clone(), ours.get_ref().clone()))
            .collect();
        Arc::new(CodeList::new(codes, self.ignore_case))
    }

    fn one_file(&mut self, raw: RawFile) -> FileLayout {
        let name = raw.table.get_ref();
        let table = schema::table(name);
        if table.is_none() && !name.is_empty() {
            let known = TABLES.iter().map(|table| table.name.as_str());
            let fix = meant(name, known) + ", or \"\" for a file whose rows are not needed";
            self.wrong(raw.table.span(), format!("there is no table `{name}`"), fix);
        }
        if raw.recognise.get_ref().is_empty() {
            self.wrong(
                raw.recognise.span(),
                "no column tells this kind of file from others",
                "list under `recognise` the names of columns that only such files have together",
            );
        }
        self.names(&raw);
        let mut columns: Vec<ColumnLayout> = Vec::new();
        let mut constants = Vec::new();
        if let Some(table) = table {
            let before = self.problems.len();
            self.targets(&raw, table);
            let targets_are_right = self.problems.len() == before;
            for column in &raw.column {
                columns.extend(self.column(column, table));
            }
            for constant in &raw.constant {
                constants.extend(self.constant(constant, table));
            }
            // What a misspelt target was to give is no second mistake.
            if targets_are_right {
                self.never_given(&raw, table, &columns, &constants);
            }
        } else if let Some(column) = raw.column.first().filter(|_| name.is_empty()) {
            let fix = "name the table that the rows belong to, or leave the columns out";
            self.wrong(
                column.from.span(),
                "a file without a table reads no column",
                fix,
            );
        }
        let rows = raw.rows.iter().map(|rows| self.rows(rows)).collect();
        let short_rows = raw.short_rows.as_ref().map(|short| self.short_rows(short));
        FileLayout {
            lists: raw
                .lists
                .as_ref()
                .and_then(|lists| self.lists(lists, table)),
            table,
            rows,
            columns,
            constants,
            recognise: texts(raw.recognise.get_ref()),
            month: raw.month.map(Spanned::into_inner),
            jobs_apart: texts(&raw.jobs_apart),
            identity: texts(&raw.identity),
            in_code: texts(&raw.in_code),
            unused: texts(&raw.unused),
            recent: texts(&raw.recent),
            removed: texts(&raw.removed),
            short_rows,
        }
    }

    fn short_rows(&mut self, raw: &RawShort) -> (String, usize) {
        if *raw.by.get_ref() == 0 {
            let fix = "give 1 where a row may end after any column further on";
            self.wrong(raw.by.span(), "rows cannot be longer by 0 columns", fix);
        }
        (raw.after.get_ref().clone(), *raw.by.get_ref())
    }

    fn column(&mut self, raw: &RawColumn, table: &'static Table) -> Option<ColumnLayout> {
        let position = table
            .position(raw.to.get_ref())
            .filter(|at| !table.columns[*at].derived)?;
        let target = &table.columns[position];
        if target.required && raw.wrong == Severity::Warning {
            let message = format!("no row is accepted without `{}`", target.name);
            self.wrong(raw.to.span(), message, "leave `wrong` out");
        }
        let codes = match &raw.codes {
            None => None,
            Some(codes) => match codes.get_ref() {
                CodeMap::Inline(inline) => {
                    self.fit(inline, target);
                    Some(self.plain_codes(inline))
                }
                CodeMap::Named(name) => self.list(name, codes.span(), target),
            },
        };
        let retired_codes = raw
            .retired_codes
            .as_ref()
            .and_then(|name| self.list(name.get_ref(), name.span(), target));
        if let Some(others) = &raw.others {
            if raw.codes.is_none() {
                self.wrong(
                    others.span(),
                    "`others` without `codes`",
                    "give the codes that are not among the others",
                );
            }
            self.value(others, target);
        }
        for mark in &raw.not_known {
            if mark.get_ref().trim().is_empty() {
                self.wrong(
                    mark.span(),
                    "an empty cell is not known anyway",
                    "leave the mark out",
                );
            }
            if codes
                .as_ref()
                .is_some_and(|codes| codes.get(mark.get_ref()).is_some())
            {
                let message = format!("`{}` is a code and not known", mark.get_ref());
                self.wrong(mark.span(), message, "leave it out of one of the two");
            }
        }
        let (added, removed) = (
            self.date(raw.added.as_ref()),
            self.date(raw.removed.as_ref()),
        );
        if let (Some(day), Some(first), Some(end)) = (&raw.removed, added, removed)
            && end <= first
        {
            let message = format!("the column is removed on {end} and added on {first}");
            self.wrong(
                day.span(),
                message,
                "give a later day, or leave one of them out",
            );
        }
        if raw.max_length == Some(0) {
            let message = format!("`{}` may have no character at all", raw.from.get_ref());
            self.wrong(raw.from.span(), message, "give max_length as 1 or more");
        }
        let times = raw.times.as_ref().and_then(|times| {
            let factor = Decimal::parse(times.get_ref()).ok().filter(|f| f.0 > 0);
            if factor.is_none() {
                let message = format!("`{}` is not a number above 0", times.get_ref());
                self.wrong(
                    times.span(),
                    message,
                    "give a number with at most 4 decimals, such as \"37.5\"",
                );
            }
            if !target.kind.is_decimal() || target.kind == Kind::Charge {
                let message = format!("`{}` is not a decimal number", target.name);
                self.wrong(
                    times.span(),
                    message,
                    "multiply money, hours, days or percentages only",
                );
            }
            factor
        });
        Some(ColumnLayout {
            from: raw.from.get_ref().clone(),
            aliases: texts(&raw.aliases),
            position,
            codes,
            retired_codes,
            others: raw.others.as_ref().map(|others| others.get_ref().clone()),
            added,
            removed,
            optional: raw.optional,
            not_known: texts(&raw.not_known),
            wrong: raw.wrong,
            required: raw.required,
            max_length: raw.max_length,
            times,
        })
    }

    fn constant(&mut self, raw: &RawConstant, table: &'static Table) -> Option<(usize, String)> {
        let position = table
            .position(raw.to.get_ref())
            .filter(|at| !table.columns[*at].derived)?;
        if table.columns[position].personal {
            let message = format!("`{}` differs from person to person", raw.to.get_ref());
            self.wrong(raw.to.span(), message, "read it from a column");
        }
        self.value(&raw.value, &table.columns[position]);
        Some((position, raw.value.get_ref().clone()))
    }

    /// Whether a text of ours is what its column holds.
    fn value(&mut self, ours: &Spanned<String>, target: &schema::Column) {
        if value::holds(target, ours.get_ref()) {
            return;
        }
        let message = format!("`{}` is not a value of `{}`", ours.get_ref(), target.name);
        let known = target.codes.as_ref().and_then(|list| CODES.get(list));
        let fix = match known {
            Some(codes) => meant(ours.get_ref(), codes.keys().map(String::as_str)),
            None => format!("give {}", target.kind.expected()),
        };
        self.wrong(ours.span(), message, fix);
    }

    fn fit(&mut self, codes: &RawCodes, target: &schema::Column) {
        let mut folded: BTreeMap<String, &str> = BTreeMap::new();
        for (theirs, ours) in codes {
            self.value(ours, target);
            let before = folded.insert(fold(theirs.get_ref()), ours.get_ref());
            if self.ignore_case && before.is_some_and(|before| before != ours.get_ref()) {
                let message = format!(
                    "`{}` has two meanings where case is ignored",
                    theirs.get_ref()
                );
                self.wrong(
                    theirs.span(),
                    message,
                    "keep one, or leave `ignore_case` out",
                );
            }
        }
    }

    /// A list of the layout whose codes fit the column.
    fn list(
        &mut self,
        name: &str,
        span: Range<usize>,
        target: &schema::Column,
    ) -> Option<Arc<CodeList>> {
        let Some(list) = self.lists.get(name).cloned() else {
            let known: Vec<String> = self.lists.keys().cloned().collect();
            let fix = if known.is_empty() {
                format!("add it as [lists.{name}]")
            } else {
                meant(name, known.iter().map(String::as_str))
            };
            self.wrong(span, format!("there is no list `{name}`"), fix);
            return None;
        };
        if let Some(codes) = self.raw_lists.remove(name) {
            self.fit(&codes, target);
            self.raw_lists.insert(name.to_owned(), codes);
        }
        Some(list)
    }

    fn rows(&mut self, raw: &RawRows) -> RowFilter {
        if raw.keep.get_ref().is_empty() {
            self.wrong(
                raw.keep.span(),
                "no row would count",
                "list the words of the rows that count",
            );
        }
        let keep: Vec<String> = raw.keep.get_ref().iter().map(|word| fold(word)).collect();
        for word in &raw.skip {
            if keep.contains(&fold(word.get_ref())) {
                let message = format!("rows with `{}` are kept and skipped", word.get_ref());
                self.wrong(word.span(), message, "leave it out of one of the two");
            }
        }
        RowFilter {
            column: raw.column.get_ref().clone(),
            keep: raw.keep.get_ref().clone(),
            skip: texts(&raw.skip),
            skip_others: raw.skip_others,
        }
    }

    fn lists(&mut self, raw: &RawLists, table: Option<&'static Table>) -> Option<ListLayout> {
        if table.is_none_or(|table| table.name != "workplaces") {
            let message = "lists of joiners and leavers stand in rows of workplaces";
            self.wrong(raw.roles.span(), message, "leave [file.lists] out");
        }
        let role = schema::table("flows").and_then(|t| Some(&t.columns[t.position("role")?]))?;
        let codes = self.list(raw.codes.get_ref(), raw.codes.span(), role);
        let retired_codes = raw
            .retired_codes
            .as_ref()
            .and_then(|name| self.list(name.get_ref(), name.span(), role));
        let tenures = CODES.get("tenure");
        for tenure in &raw.staffed {
            if !tenures.is_some_and(|codes| codes.contains_key(tenure.get_ref())) {
                let known = tenures.into_iter().flat_map(|codes| codes.keys());
                let fix = meant(tenure.get_ref(), known.map(String::as_str));
                let message = format!("`{}` is not a tenure", tenure.get_ref());
                self.wrong(tenure.span(), message, fix);
            }
        }
        let counts = [&raw.starters, &raw.leavers, &raw.vacancies];
        Some(ListLayout {
            roles: raw.roles.get_ref().clone(),
            codes: codes?,
            retired_codes,
            counts: counts.map(|column| column.get_ref().clone()),
            not_known: raw.not_known.clone(),
            most: raw.most,
            staffed: texts(&raw.staffed),
        })
    }
}
