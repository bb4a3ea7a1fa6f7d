//! Findings of a row, as they are made.

use std::borrow::Cow;

use super::layout::Binding;
use crate::model::finding::{Finding, Severity};
use crate::returns::address;

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
    /// Whether its cells may stand under other columns than their own: then no
    /// value is repeated, for it may be a personal one.
    pub slipped: bool,
}

impl RowFindings<'_> {
    /// The id of a rule about a row of the table; `rest` is the part after its name.
    #[must_use]
    pub fn id(&self, rest: &str) -> Cow<'static, str> {
        format!("{}.{rest}", self.table).into()
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
            value: value.filter(|_| !self.slipped).map(beginning),
            message,
            fix,
        });
    }
}

/// As much of a value as tells which it is.
#[must_use]
pub fn beginning(value: &str) -> String {
    value.chars().take(80).collect()
}
