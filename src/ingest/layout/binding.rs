//! A file's header bound to a layout and a table.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    BY_NAME, CodeList, ColumnLayout, FileLayout, Layout, Layouts, ListLayout, RowFilter, fold,
};
use crate::model::decimal::Decimal;
use crate::model::finding::Severity;
use crate::model::schema::{self, Table};
use crate::returns::record::Record;

/// A source column bound to its place in a file's header.
#[derive(Debug)]
pub struct Bound {
    /// The field of a record.
    pub index: usize,
    /// The column's name in the file.
    pub name: String,
    /// Their code = ours; none where the codes are the same.
    pub codes: Option<Arc<CodeList>>,
    /// Codes that count besides, in a file with an older header.
    pub retired_codes: Option<Arc<CodeList>>,
    /// Our code for every code of theirs that is in no list.
    pub others: Option<String>,
    /// Marks that mean "not known".
    pub not_known: Vec<String>,
    /// What a wrong value is.
    pub wrong: Severity,
    /// An empty cell is an error.
    pub required: bool,
    /// The most characters allowed.
    pub max_length: Option<usize>,
    /// What the number is multiplied by.
    pub times: Option<Decimal>,
    /// Numbers are plain digits.
    pub plain_numbers: bool,
}

/// A column that says which rows count, bound to its place.
#[derive(Debug)]
pub struct BoundFilter {
    /// The field of a record.
    pub index: usize,
    /// The column's name in the file.
    pub name: String,
    /// Words of rows that count.
    pub keep: Vec<String>,
    /// Words of rows that are skipped.
    pub skip: Vec<String>,
    /// Rows with any other word are skipped too.
    pub skip_others: bool,
}

/// What a filter makes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// It counts.
    Yes,
    /// It is left out, and counted as such.
    No,
    /// Nobody knows its word.
    Unknown,
}

impl BoundFilter {
    /// What becomes of a row.
    #[must_use]
    pub fn judge(&self, record: Record<'_>) -> Counts {
        let text = record.get(self.index).unwrap_or("").trim();
        let known = |same: &dyn Fn(&str) -> bool| {
            if self.keep.iter().any(|word| same(word)) {
                Some(Counts::Yes)
            } else if self.skip.iter().any(|word| same(word)) {
                Some(Counts::No)
            } else {
                None
            }
        };
        let folded = || {
            let text = fold(text);
            known(&|word| fold(word) == text)
        };
        match known(&|word| word.eq_ignore_ascii_case(text)).or_else(folded) {
            Some(counts) => counts,
            // Whether a row without a word counts cannot be told.
            None if self.skip_others && !text.is_empty() => Counts::No,
            None => Counts::Unknown,
        }
    }
}

/// A header bound to a table.
#[derive(Debug)]
pub struct Binding {
    /// The layout.
    pub layout: Arc<Layout>,
    /// The table that the rows belong to.
    pub table: &'static Table,
    /// For each column of the table the source columns that may give it.
    pub columns: Vec<Vec<Bound>>,
    /// For each column of the table the value that every row has.
    pub constants: Vec<Option<String>>,
    /// The header as it stands in the file.
    pub header: Vec<String>,
    /// The names of the columns as the layout has them, in the file's order.
    pub names: Vec<String>,
    /// The columns that say which rows count.
    pub filters: Vec<BoundFilter>,
    /// The field with the month of a row, and its name in the file.
    pub month: Option<(usize, String)>,
    /// The fields that tell the jobs of one worker apart.
    pub jobs_apart: Vec<usize>,
    /// Which of the layout's files it is, if it is one.
    pub file: Option<usize>,
    /// Whether the header is not the newest of its layout.
    pub older: bool,
    /// Names in the header that nobody knows.
    pub unknown: Vec<String>,
}

impl Binding {
    /// The text of a column of the layout, empty where the file has none.
    #[must_use]
    pub fn field<'r>(&self, record: Record<'r>, name: &str) -> &'r str {
        let at = self.names.iter().position(|column| column == name);
        at.and_then(|at| record.get(at)).unwrap_or("")
    }

    /// Whether a row may have so many cells and no more.
    #[must_use]
    pub fn may_end(&self, cells: usize) -> bool {
        let short = self.file_layout().and_then(|file| file.short_rows.as_ref());
        let ends = short.and_then(|(after, by)| {
            let least = self.names.iter().position(|name| name == after)? + 1;
            cells.checked_sub(least)?.checked_rem(*by)
        });
        self.layout.short_rows || ends == Some(0)
    }

    /// The fields below a name that is empty, which are not read.
    pub fn unnamed(&self) -> impl Iterator<Item = usize> {
        let named = self.header.iter().enumerate();
        named.filter_map(|(at, name)| name.is_empty().then_some(at))
    }

    /// The place of a column, by its name in the file, the layout or the table.
    #[must_use]
    pub fn index_of(&self, column: &str) -> Option<usize> {
        let place = |names: &[String]| {
            let mut names = names.iter();
            names.position(|name| name.eq_ignore_ascii_case(column))
        };
        place(&self.header)
            .or_else(|| place(&self.names))
            .or_else(|| {
                let sources = self.columns.get(self.table.position(column)?)?;
                sources.first().map(|source| source.index)
            })
    }

    /// Whether a field of a record is read at all.
    #[must_use]
    pub fn reads(&self, index: usize) -> bool {
        let mut bound = self.columns.iter().flatten();
        let in_code = || {
            let name = self.names.get(index)?;
            let file = self.file_layout()?;
            let mut lists = file.lists.iter().flat_map(ListLayout::columns);
            Some(file.in_code.contains(name) || lists.any(|column| column == name))
        };
        bound.any(|source| source.index == index)
            || self.filters.iter().any(|filter| filter.index == index)
            || self.month.as_ref().is_some_and(|(at, _)| *at == index)
            || self.jobs_apart.contains(&index)
            || in_code().unwrap_or(false)
    }

    /// The layout of the file, if its header was recognised.
    #[must_use]
    pub fn file_layout(&self) -> Option<&FileLayout> {
        self.layout.files.get(self.file?)
    }

    /// Whether a record says that it is to be left out.
    #[must_use]
    pub fn skips(&self, record: Record<'_>) -> bool {
        let mut filters = self.filters.iter();
        filters.any(|filter| filter.judge(record) == Counts::No)
    }

    /// The worker's reference with what tells the worker's jobs apart, however that is
    /// written, each with its length before it: no two lists are one text.
    #[must_use]
    pub fn job<'r>(&self, reference: &'r str, record: Record<'_>) -> Cow<'r, str> {
        let mut job = Cow::Borrowed(reference);
        for index in &self.jobs_apart {
            let part = fold(record.get(*index).unwrap_or(""));
            let part = Decimal::parse(&part).map_or(part, Decimal::short);
            job.to_mut().push_str(&format!("\n{}:{part}", part.len()));
        }
        job
    }
}

/// What a header turned out to be.
#[derive(Debug)]
pub enum Recognised {
    /// Rows of a table.
    Rows(Arc<Binding>),
    /// A file whose rows are not needed.
    NotNeeded(Arc<Layout>),
    /// A file of no known kind.
    Unknown,
    /// Of a layout that does not hold for the period.
    OutOfDate(Arc<Layout>),
    /// Of several layouts alike.
    Ambiguous(Vec<String>),
    /// Of a known kind, but these required columns are missing.
    Missing(&'static Table, Vec<String>),
    /// Of a known kind, but these two columns are one to the layout.
    Twice(String, String),
}

impl Layouts {
    /// Recognises a file: by its header where a layout says how, by its name
    /// otherwise. Of several layouts that of the most columns counts, of the
    /// user's own and a built-in one the user's.
    #[must_use]
    pub fn recognise(&self, name: &str, header: &[String], period: NaiveDate) -> Recognised {
        let folded: Vec<String> = header.iter().map(|name| fold(name)).collect();
        let mut fitting = Vec::new();
        let mut out_of_date = None;
        for layout in self.iter() {
            for (at, file) in layout.files.iter().enumerate() {
                let has = |name: &String| file.names(name).any(|name| folded.contains(&fold(name)));
                if !file.recognise.iter().all(has) {
                    continue;
                }
                if layout.holds(period) {
                    let weight = (file.recognise.len(), layout.own.is_some());
                    fitting.push((weight, layout, at));
                } else {
                    out_of_date = Some(layout);
                }
            }
        }
        let most = fitting.iter().map(|(weight, ..)| *weight).max();
        fitting.retain(|(weight, ..)| Some(*weight) == most);
        match (fitting.as_slice(), out_of_date) {
            ([(_, layout, at)], _) => return by_layout(layout, *at, header, &folded),
            ([], None) => {}
            ([], Some(layout)) => return Recognised::OutOfDate(Arc::clone(layout)),
            (several, _) => {
                let names = several.iter().map(|(_, layout, _)| layout.name.clone());
                return Recognised::Ambiguous(names.collect());
            }
        }
        match (table_of_name(name), self.get(BY_NAME)) {
            (Some(table), Some(layout)) => by_name(layout, table, header, &folded),
            _ => Recognised::Unknown,
        }
    }
}

impl FileLayout {
    /// A column's name and its aliases.
    fn names<'n>(&'n self, name: &'n String) -> impl Iterator<Item = &'n String> {
        let column = self
            .columns
            .iter()
            .find(move |c| fold(&c.from) == fold(name));
        std::iter::once(name).chain(column.into_iter().flat_map(|column| &column.aliases))
    }

    /// The layout's own name for a column of a header, if it knows it.
    fn known(&self, folded: &str) -> Option<String> {
        let column = self.columns.iter().find(|column| {
            let mut names = std::iter::once(&column.from).chain(&column.aliases);
            names.any(|name| fold(name) == folded)
        });
        if let Some(column) = column {
            return Some(column.from.clone());
        }
        let lists = self.lists.iter().flat_map(ListLayout::columns);
        let mut others = self
            .recognise
            .iter()
            .chain(self.rows.iter().map(|rows| &rows.column))
            .chain(&self.month)
            .chain(&self.jobs_apart)
            .chain(&self.identity)
            .chain(&self.in_code)
            .chain(lists)
            .chain(&self.unused)
            .chain(&self.recent)
            .chain(&self.removed);
        let fits = |name: &&String| match name.strip_suffix('*') {
            Some(start) => folded.starts_with(&fold(start)),
            None => fold(name) == folded,
        };
        let known = others.find(fits)?;
        Some(if known.ends_with('*') {
            folded.to_owned()
        } else {
            known.clone()
        })
    }
}

/// The table of `anything.workers.csv` or `workers.csv`.
#[must_use]
pub fn table_of_name(name: &str) -> Option<&'static Table> {
    let (stem, _) = name.rsplit_once('.')?;
    let last = stem.rsplit('.').next()?;
    schema::table(&last.to_lowercase())
}

fn by_name(
    layout: &Arc<Layout>,
    table: &'static Table,
    header: &[String],
    folded: &[String],
) -> Recognised {
    let mut unknown = Vec::new();
    let mut columns: Vec<Vec<Bound>> = table.columns.iter().map(|_| Vec::new()).collect();
    for (index, (name, folded)) in header.iter().zip(folded).enumerate() {
        match table
            .position(folded)
            .filter(|at| !table.columns[*at].derived)
        {
            Some(position) => {
                if let Some(first) = columns[position].first() {
                    return Recognised::Twice(first.name.clone(), name.clone());
                }
                columns[position].push(Bound {
                    index,
                    name: name.clone(),
                    codes: None,
                    retired_codes: None,
                    others: None,
                    not_known: Vec::new(),
                    wrong: Severity::Error,
                    required: false,
                    max_length: None,
                    times: None,
                    plain_numbers: layout.plain_numbers,
                });
            }
            None if name.is_empty() => {}
            None => unknown.push(name.clone()),
        }
    }
    let missing = never_given(table, &columns, |_| false);
    if !missing.is_empty() {
        return Recognised::Missing(table, missing);
    }
    Recognised::Rows(Arc::new(Binding {
        layout: Arc::clone(layout),
        table,
        columns,
        constants: vec![None; table.columns.len()],
        names: header.to_vec(),
        header: header.to_vec(),
        filters: Vec::new(),
        month: None,
        jobs_apart: Vec::new(),
        file: None,
        older: false,
        unknown,
    }))
}

/// Required columns that no column of the file gives, nor anything else.
fn never_given(
    table: &Table,
    columns: &[Vec<Bound>],
    otherwise: impl Fn(usize) -> bool,
) -> Vec<String> {
    table
        .columns
        .iter()
        .zip(columns)
        .enumerate()
        .filter(|(at, (column, bound))| column.required && bound.is_empty() && !otherwise(*at))
        .map(|(_, (column, _))| column.name.clone())
        .collect()
}

fn by_layout(layout: &Arc<Layout>, at: usize, header: &[String], folded: &[String]) -> Recognised {
    let file = &layout.files[at];
    let Some(table) = file.table else {
        return Recognised::NotNeeded(Arc::clone(layout));
    };
    let mut names: Vec<String> = Vec::new();
    let mut unknown = Vec::new();
    for (name, folded) in header.iter().zip(folded) {
        let known = file.known(folded);
        if known.is_none() && !name.is_empty() {
            unknown.push(name.clone());
        }
        // What nobody knows never stands in for a column that is read.
        let known = known.unwrap_or_default();
        if let Some(first) = names.iter().position(|n| *n == known && !known.is_empty()) {
            return Recognised::Twice(header[first].clone(), name.clone());
        }
        names.push(known);
    }
    let place = |name: &String| names.iter().position(|known| known == name);
    let newer = |column: &ColumnLayout| column.added.is_some() && place(&column.from).is_none();
    let dropped = |column: &ColumnLayout| column.removed.is_some() && place(&column.from).is_some();
    let older = file.removed.iter().any(|name| place(name).is_some())
        || file.columns.iter().any(|c| newer(c) || dropped(c))
        || file.recent.iter().any(|name| place(name).is_none());
    let mut columns: Vec<Vec<Bound>> = table.columns.iter().map(|_| Vec::new()).collect();
    let mut missing = Vec::new();
    for column in &file.columns {
        match place(&column.from) {
            Some(index) => {
                let bound = bind(layout, column, index, &header[index], older);
                columns[column.position].push(bound);
            }
            None if column.optional || column.added.is_some() || column.removed.is_some() => {}
            None => missing.push(column.from.clone()),
        }
    }
    let mut need = |name: &String| {
        let at = place(name);
        if at.is_none() && !missing.contains(name) {
            missing.push(name.clone());
        }
        at
    };
    let filters = file.rows.iter();
    let filters = filters
        .filter_map(|rows| Some(filter(rows, need(&rows.column)?, header)))
        .collect();
    let month = file.month.as_ref().and_then(&mut need);
    let jobs_apart = file.jobs_apart.iter().filter_map(need).collect();
    let mut constants = vec![None; table.columns.len()];
    for (position, value) in &file.constants {
        constants[*position] = Some(value.clone());
    }
    if missing.is_empty() {
        let by_rules = layout
            .rules
            .map_or(&[][..], |rules| rules.gives(&table.name));
        missing = never_given(table, &columns, |at| {
            constants[at].is_some() || by_rules.contains(&table.columns[at].name.as_str())
        });
    }
    if !missing.is_empty() {
        return Recognised::Missing(table, missing);
    }
    Recognised::Rows(Arc::new(Binding {
        layout: Arc::clone(layout),
        table,
        columns,
        constants,
        filters,
        month: month.map(|at| (at, header[at].clone())),
        jobs_apart,
        names,
        header: header.to_vec(),
        file: Some(at),
        older,
        unknown,
    }))
}

fn filter(rows: &RowFilter, index: usize, header: &[String]) -> BoundFilter {
    BoundFilter {
        index,
        name: header[index].clone(),
        keep: rows.keep.clone(),
        skip: rows.skip.clone(),
        skip_others: rows.skip_others,
    }
}

fn bind(layout: &Layout, column: &ColumnLayout, index: usize, name: &str, older: bool) -> Bound {
    Bound {
        index,
        name: name.to_owned(),
        codes: column.codes.clone(),
        retired_codes: column.retired_codes.clone().filter(|_| older),
        others: column.others.clone(),
        not_known: column.not_known.clone(),
        wrong: column.wrong,
        required: column.required,
        max_length: column.max_length,
        times: column.times,
        plain_numbers: layout.plain_numbers,
    }
}
