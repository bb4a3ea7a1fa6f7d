//! One file of a return, or one sheet of its workbook: its bytes, its kind, its
//! findings as a whole.

use std::sync::Arc;

use super::header::Header;
use super::layout::{Binding, Recognised};
use super::rules::{self, Rule};
use crate::model::finding::Finding;
use crate::returns::SourceFile;
use crate::returns::address;
use crate::returns::encoding::Fingerprint;
use crate::returns::rows::{Origin, Rows, RowsError};
use crate::returns::stamp::Stamp;
use crate::returns::text::TextError;

/// Rows of one file or sheet, counted. `read` is always the sum of the other four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Records after the header, and rows of a title above it.
    pub read: u64,
    /// Stored.
    pub accepted: u64,
    /// Not stored, for an error.
    pub rejected: u64,
    /// Without any text.
    pub blank: u64,
    /// Left out because they say so, or stand above the header, or their file
    /// is not needed.
    pub skipped: u64,
}

/// What a file turned out to be.
pub enum Kind {
    /// Rows of a table.
    Rows(Arc<Binding>),
    /// Recognised and not needed.
    NotNeeded(String),
    /// Nothing that can be read; the finding says why.
    Broken,
}

/// One file, or one sheet of a workbook, looked at.
pub struct File {
    /// Where it is.
    pub source: SourceFile,
    /// The sheet, where the file is a workbook.
    pub sheet: Option<String>,
    /// What `source_file` of its rows says: the file, and the sheet where the
    /// file has several of one table.
    pub stored_as: String,
    /// What shows whether it is still the same, taken before it was read.
    pub stamp: Stamp,
    /// What identifies the file's bytes: of one that is due, as far as known.
    pub fingerprint: Fingerprint,
    /// What it is.
    pub kind: Kind,
    /// Its findings as a whole.
    pub findings: Vec<Finding>,
    /// Its rows, once read.
    pub balance: Balance,
    /// How many rows with content stand above the header.
    pub above: u64,
    /// The row that the header stands in, once there is one.
    pub header: u64,
    /// How many bytes of the file count as this part of it.
    pub bytes: u64,
    /// Where its rows are, unless it is broken from the start.
    pub(super) origin: Option<Origin>,
}

impl File {
    /// The binding of its header, where it holds rows of `table`.
    #[must_use]
    pub fn rows_of(&self, table: &str) -> Option<&Binding> {
        match &self.kind {
            Kind::Rows(binding) if binding.table.name == table => Some(binding),
            _ => None,
        }
    }

    /// The table's name, or empty.
    #[must_use]
    pub fn table(&self) -> &str {
        match &self.kind {
            Kind::Rows(binding) => &binding.table.name,
            _ => "",
        }
    }

    /// The layout's name, or empty.
    #[must_use]
    pub fn layout(&self) -> &str {
        match &self.kind {
            Kind::Rows(binding) => &binding.layout.name,
            Kind::NotNeeded(layout) => layout,
            Kind::Broken => "",
        }
    }

    /// Whether its digest comes only with its rows.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.fingerprint.sha256.is_empty()
    }

    /// Begins to read its rows.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn open(&self) -> Result<Rows, RowsError> {
        match &self.origin {
            Some(origin) => origin.open(self.is_due()),
            None => Err(TextError::Empty.into()),
        }
    }

    /// The file and, in a workbook, the sheet, in words.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.sheet {
            Some(sheet) => format!("{} sheet {sheet}", self.source.name),
            None => self.source.name.clone(),
        }
    }

    /// A finding about its rows with its sheet and cell, where it is one. What
    /// stands in row 1 is about the header, wherever that is.
    #[must_use]
    pub fn placed(&self, mut finding: Finding) -> Finding {
        let (Some(sheet), Some(Origin::Sheet { header, .. }), Kind::Rows(binding)) =
            (&self.sheet, &self.origin, &self.kind)
        else {
            return finding;
        };
        finding.sheet = Some(sheet.clone());
        finding.row = finding.row.map(|row| row.max(*header));
        finding.cell = finding.row.map(|row| {
            let column = finding.column.as_deref();
            let index = column.and_then(|column| binding.index_of(column));
            address::cell(index.unwrap_or(0), row)
        });
        finding
    }

    /// Records a finding about it as a whole.
    pub fn add(&mut self, return_id: &str, rule: &Rule, at: Place<'_>, detail: &str) {
        let finding = self.about(return_id, rule, at, detail);
        self.findings.push(finding);
    }

    /// A finding about it as a whole.
    #[must_use]
    pub fn about(&self, return_id: &str, rule: &Rule, at: Place<'_>, detail: &str) -> Finding {
        let mut finding = of_file(return_id, &self.source.name, rule, at.column, detail);
        finding.sheet.clone_from(&self.sheet);
        finding.row = at.row;
        finding.cell = at
            .row
            .filter(|_| self.sheet.is_some())
            .map(|row| address::cell(at.index.unwrap_or(0), row));
        finding
    }

    /// A finding about rows that have something below no name, in the column
    /// at `index`.
    #[must_use]
    pub fn unnamed(&self, return_id: &str, index: usize, rows: u64) -> Finding {
        let column = match self.sheet {
            Some(_) => address::column(index),
            None => (index + 1).to_string(),
        };
        let place = Place {
            index: Some(index),
            ..at_row(self.header)
        };
        let rows = if rows == 1 {
            "1 row".to_owned()
        } else {
            format!("{rows} rows")
        };
        let detail = format!("column {column}, in {rows}");
        self.about(return_id, &rules::UNNAMED_COLUMN, place, &detail)
    }
}

/// Where in a file a finding about it as a whole is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The row.
    pub row: Option<u64>,
    /// The column's number from 0.
    pub index: Option<usize>,
    /// The column's name.
    pub column: Option<&'a str>,
}

/// A row.
#[must_use]
pub fn at_row(row: u64) -> Place<'static> {
    Place {
        row: Some(row),
        ..Place::default()
    }
}

impl File {
    /// Settles what the file is by its header.
    pub(super) fn bind(&mut self, return_id: &str, header: Header) {
        self.header = header.row;
        let row = at_row(header.row);
        let name = |index: usize| match self.sheet {
            Some(_) => address::column(index),
            None => (index + 1).to_string(),
        };
        if let (Some(index), None) = (header.flawed, &self.sheet) {
            let detail = format!(
                "in its header the cell of column {} goes on behind the quotation mark that closes it",
                name(index)
            );
            self.add(return_id, &rules::UNREADABLE_FILE, row, &detail);
            return;
        }
        if let Some((first, second)) = header.twice() {
            let line = match (&self.sheet, header.row) {
                (None, 1) => "its first line, which must be the header".to_owned(),
                (_, row) => format!("row {row}, which must be the header"),
            };
            // The name is not repeated: where there is no header it is somebody's data.
            let detail = format!(
                "columns {} and {} of {line}, have one name",
                name(first),
                name(second)
            );
            self.add(return_id, &rules::COLUMN_TWICE, row, &detail);
            return;
        }
        if let Some(row) = header.data {
            let detail = format!("the header is row {}", header.row);
            self.add(return_id, &rules::DATA_ABOVE, at_row(row), &detail);
            return;
        }
        if let Some((first, second)) = header.spread {
            let detail = format!("it is spread over rows {first} and {second}");
            self.add(return_id, &rules::SPREAD_HEADER, at_row(first), &detail);
            return;
        }
        match header.recognised {
            Recognised::Rows(binding) => {
                for name in &binding.unknown {
                    let place = Place {
                        index: binding.header.iter().position(|own| own == name),
                        column: Some(name),
                        ..row
                    };
                    self.add(return_id, &rules::UNKNOWN_COLUMN, place, "");
                }
                self.kind = Kind::Rows(binding);
            }
            Recognised::NotNeeded(layout) => {
                self.add(return_id, &rules::NOT_NEEDED, Place::default(), "");
                self.kind = Kind::NotNeeded(layout.name.clone());
            }
            Recognised::Unknown => {
                self.add(return_id, &rules::UNKNOWN_FILE, Place::default(), "");
            }
            Recognised::OutOfDate(layout) => {
                let detail = format!(
                    "its header is that of the layout {}, which does not hold for the period",
                    layout.name
                );
                self.add(return_id, &rules::UNKNOWN_FILE, Place::default(), &detail);
            }
            Recognised::Ambiguous(names) => {
                let names = names.join(", ");
                let detail = format!(
                    "its header is that of several layouts: {names}; a layout of your own can be \
                     narrowed by the columns that it is recognised by"
                );
                self.add(return_id, &rules::UNKNOWN_FILE, Place::default(), &detail);
            }
            Recognised::Twice(first, second) => {
                let detail = format!("{first} and {second}");
                self.add(return_id, &rules::COLUMN_TWICE, row, &detail);
            }
            Recognised::Missing(table, columns) => {
                let detail = format!("{} of a {} file", columns.join(", "), table.name);
                self.add(
                    return_id,
                    &rules::MISSING_COLUMNS,
                    Place::default(),
                    &detail,
                );
            }
        }
        if let ([first, ..], [.., last], false) = (
            header.above.as_slice(),
            header.above.as_slice(),
            matches!(self.kind, Kind::Broken),
        ) {
            self.above = header.above.len() as u64;
            let detail = if first == last {
                format!("row {first}")
            } else {
                format!("rows {first} to {last}")
            };
            self.add(return_id, &rules::TITLE_ROWS, at_row(*first), &detail);
        }
    }
}

/// A finding about a file as a whole.
#[must_use]
pub fn of_file(
    return_id: &str,
    file: &str,
    rule: &Rule,
    column: Option<&str>,
    detail: &str,
) -> Finding {
    Finding {
        return_id: return_id.to_owned(),
        file: file.to_owned(),
        sheet: None,
        row: column.map(|_| 1),
        column: column.map(str::to_owned),
        rule: rule.id.into(),
        severity: rule.severity,
        cell: None,
        value: None,
        message: rule.told(detail),
        fix: rule.fix.into(),
    }
}
