//! Findings of a row, as they are made.

use std::borrow::Cow;

use super::layout::Binding;
use super::repeat;
use crate::model::finding::{Finding, Severity};
use crate::model::schema::Column;
use crate::returns::address;
use crate::returns::record::Record;

/// Where findings of one row go.
pub struct RowFindings<'f> {
    /// The findings of the file so far.
    pub all: &'f mut Vec<Finding>,
    /// The return and the file.
    pub return_id: &'f str,
    /// The file below the return.
    pub file: &'f str,
    /// The table, for the ids of rules.
    pub table: &'f str,
    /// The sheet with its header, where the file is a workbook.
    pub sheet: Option<(&'f str, &'f Binding)>,
    /// The row on which the record starts.
    pub row: u64,
    /// Whether the row has an error.
    pub rejected: bool,
    /// Whether its cells are known to stand under other columns than their own.
    pub slipped: bool,
    /// The cells of a row that may name a person.
    pub cells: Option<(&'f Binding, Record<'f>)>,
}

impl RowFindings<'_> {
    /// The id of a rule about a row of the table; `rest` is the part after its name.
    #[must_use]
    pub fn id(&self, rest: &str) -> Cow<'static, str> {
        format!("{}.{rest}", self.table).into()
    }

    /// Whether a text that stands below a column may be repeated: in none of a row whose
    /// cells stand under other columns than their own, and only if it is of the kind
    /// that belongs there. Asked only where something is found.
    #[must_use]
    pub fn may_repeat(&self, column: Option<&str>, text: &str) -> bool {
        !self.slipped
            && self
                .cells
                .is_none_or(|(binding, record)| repeat::is_harmless(binding, record, column, text))
    }

    /// What to do, with the columns called as the file calls them.
    #[must_use]
    pub fn in_its_words(&self, fix: &'static str) -> Cow<'static, str> {
        self.cells
            .map_or(fix.into(), |(binding, _)| in_its_words(binding, fix))
    }

    /// Records a finding of a rule.
    pub fn push(
        &mut self,
        severity: Severity,
        rule: Cow<'static, str>,
        column: Option<&str>,
        value: Option<&str>,
        message: Cow<'static, str>,
        fix: Cow<'static, str>,
    ) {
        self.rejected |= severity == Severity::Error;
        self.all.push(Finding {
            return_id: self.return_id.to_owned(),
            file: self.file.to_owned(),
            row: Some(self.row),
            column: column.map(str::to_owned),
            rule,
            severity,
            sheet: self.sheet.map(|(name, _)| name.to_owned()),
            cell: self.sheet.map(|(_, binding)| {
                let index = column.and_then(|column| binding.index_of(column));
                address::cell(index.unwrap_or(0), self.row)
            }),
            value: value
                .filter(|text| self.may_repeat(column, text))
                .map(beginning),
            message,
            fix,
        });
    }
}

/// What to do, with the columns called as the file calls them.
#[must_use]
pub fn in_its_words(binding: &Binding, fix: &'static str) -> Cow<'static, str> {
    let theirs = |word: &str| {
        let ours = |column: &Column| column.name == word;
        let position = binding.table.columns.iter().position(ours)?;
        let sources = binding.columns.get(position)?.iter();
        let names: Vec<&str> = sources.map(|source| source.name.as_str()).collect();
        (!names.is_empty() && names != [word]).then(|| names.join(" or "))
    };
    let apart = |char: char| !char.is_ascii_lowercase() && char != '_';
    let mut told = String::with_capacity(fix.len());
    for piece in fix.split_inclusive(apart) {
        let word = piece.trim_end_matches(apart);
        // A name without it may be a word of the sentence.
        match theirs(word).filter(|_| word.contains('_')) {
            Some(theirs) => told.extend([theirs.as_str(), &piece[word.len()..]]),
            None => told.push_str(piece),
        }
    }
    if told == fix { fix.into() } else { told.into() }
}

/// As much of a value as tells which it is.
#[must_use]
pub fn beginning(value: &str) -> String {
    value.chars().take(80).collect()
}
