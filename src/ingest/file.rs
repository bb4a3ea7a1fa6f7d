//! One file of a return, looked at: its bytes, its kind, its findings as a whole.

use std::path::Path;

use super::layout::{Binding, Layouts, Recognised};
use super::rules::{self, Rule};
use crate::model::date;
use crate::model::finding::Finding;
use crate::returns::SourceFile;
use crate::returns::text::{Encoding, Fingerprint, Rows, TextError, fingerprint};

/// Rows of one file, counted. `read` is always the sum of the other four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Records after the header.
    pub read: u64,
    /// Stored.
    pub accepted: u64,
    /// Not stored, for an error.
    pub rejected: u64,
    /// Without any text.
    pub blank: u64,
    /// Left out because they say so, or their file is not needed.
    pub skipped: u64,
}

/// What a file turned out to be.
pub enum Kind {
    /// Rows of a table.
    Rows(Box<Binding>),
    /// Recognised and not needed.
    NotNeeded(String),
    /// Nothing that can be read; the finding says why.
    Broken,
}

/// One file, looked at.
pub struct File {
    /// Where it is.
    pub source: SourceFile,
    /// What identifies its bytes.
    pub fingerprint: Fingerprint,
    /// What it is.
    pub kind: Kind,
    /// Its findings as a whole.
    pub findings: Vec<Finding>,
    /// Its rows, once read.
    pub balance: Balance,
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
}

/// Looks at a file.
///
/// # Errors
/// Where it can no longer be read.
pub fn look(
    return_id: &str,
    source: SourceFile,
    layouts: &Layouts,
    period: i32,
) -> std::io::Result<File> {
    let fingerprint = fingerprint(&source.path)?;
    let mut findings = Vec::new();
    let kind = match Rows::open(&source.path, fingerprint.encoding) {
        Err(TextError::Io(error)) => return Err(error),
        Err(error) => {
            let detail = if is_workbook(&source.path) {
                "it is a workbook, which this version does not read".to_owned()
            } else {
                format!("it {error}")
            };
            findings.push(of_file(
                return_id,
                &source.name,
                &rules::UNREADABLE_FILE,
                None,
                &detail,
            ));
            Kind::Broken
        }
        Ok(rows) => {
            if fingerprint.encoding == Encoding::Windows1252 {
                findings.push(of_file(return_id, &source.name, &rules::ENCODING, None, ""));
            }
            let period = date::from_days(period).unwrap_or_default();
            match layouts.recognise(&source.name, rows.header(), period) {
                Recognised::Rows(binding) => {
                    for name in &binding.unknown {
                        findings.push(of_file(
                            return_id,
                            &source.name,
                            &rules::UNKNOWN_COLUMN,
                            Some(name),
                            "",
                        ));
                    }
                    Kind::Rows(binding)
                }
                Recognised::NotNeeded(layout) => {
                    findings.push(of_file(
                        return_id,
                        &source.name,
                        &rules::NOT_NEEDED,
                        None,
                        "",
                    ));
                    Kind::NotNeeded(layout.name.clone())
                }
                Recognised::Unknown => {
                    findings.push(of_file(
                        return_id,
                        &source.name,
                        &rules::UNKNOWN_FILE,
                        None,
                        "",
                    ));
                    Kind::Broken
                }
                Recognised::OutOfDate(layout) => {
                    let detail = format!(
                        "its header is that of the layout {}, which does not hold for the period",
                        layout.name
                    );
                    findings.push(of_file(
                        return_id,
                        &source.name,
                        &rules::UNKNOWN_FILE,
                        None,
                        &detail,
                    ));
                    Kind::Broken
                }
                Recognised::Ambiguous(names) => {
                    let detail = format!(
                        "its header is that of several layouts: {}",
                        names.join(", ")
                    );
                    findings.push(of_file(
                        return_id,
                        &source.name,
                        &rules::UNKNOWN_FILE,
                        None,
                        &detail,
                    ));
                    Kind::Broken
                }
                Recognised::Twice(first, second) => {
                    let detail = format!("{first} and {second}");
                    findings.push(of_file(
                        return_id,
                        &source.name,
                        &rules::COLUMN_TWICE,
                        None,
                        &detail,
                    ));
                    Kind::Broken
                }
                Recognised::Missing(table, columns) => {
                    let detail = format!("{} of a {} file", columns.join(", "), table.name);
                    findings.push(of_file(
                        return_id,
                        &source.name,
                        &rules::MISSING_COLUMNS,
                        None,
                        &detail,
                    ));
                    Kind::Broken
                }
            }
        }
    };
    Ok(File {
        source,
        fingerprint,
        kind,
        findings,
        balance: Balance::default(),
    })
}

fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["xlsx", "xlsm", "xls", "ods"]
            .contains(&extension.to_string_lossy().to_lowercase().as_str())
    })
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
        row: column.map(|_| 1),
        column: column.map(str::to_owned),
        rule: rule.id.to_owned(),
        severity: rule.severity,
        sheet: None,
        cell: None,
        value: None,
        message: if detail.is_empty() {
            rule.message.to_owned()
        } else {
            format!("{}: {detail}", rule.message)
        },
        fix: rule.fix.to_owned(),
    }
}
