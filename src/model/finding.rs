//! One problem in a return, told to the person who can mend it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Whether a finding stops its row or asks for confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row, or the whole return, is not accepted.
    Error,
    /// The row is accepted as it stands; please confirm or mend it.
    Warning,
}

impl Severity {
    /// The word that outputs use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One problem: where it is, what was found, what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The return that the file belongs to.
    pub return_id: String,
    /// The file's path below its return; empty for the return as a whole.
    pub file: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The line or sheet row on which the record starts, from 1.
    pub row: Option<u64>,
    /// The column as the file calls it.
    pub column: Option<String>,
    /// The stable id of the rule, `workers.pay_rate.range`.
    pub rule: Cow<'static, str>,
    /// Error or warning.
    pub severity: Severity,
    /// The address of the cell in a workbook.
    pub cell: Option<String>,
    /// What was found; empty for personal values.
    pub value: Option<String>,
    /// What is wrong, in plain words.
    pub message: Cow<'static, str>,
    /// What to do about it.
    pub fix: Cow<'static, str>,
}

/// The column order of findings wherever they are written.
pub const COLUMNS: [&str; 10] = [
    "severity", "rule", "file", "sheet", "row", "cell", "column", "value", "message", "fix",
];

/// What each column holds; those that do not apply are empty.
pub const MEANINGS: [(&str, &str); 10] = [
    ("severity", "error: not accepted; warning: please confirm."),
    ("rule", "The stable id, TABLE.COLUMN.RULE."),
    ("file", "The file, below the return or what was checked."),
    ("sheet", "The sheet of a workbook."),
    (
        "row",
        "The line or sheet row on which the record starts, from 1.",
    ),
    ("cell", "The address of the cell in a workbook."),
    ("column", "The column as the file calls it."),
    ("value", "What was found; never a personal value."),
    ("message", "What is wrong."),
    ("fix", "What to do about it."),
];

/// A field that a spreadsheet would take for a formula, as text: what it repeats is
/// a sender's.
#[must_use]
pub fn guarded(field: String) -> String {
    let number = |text: &str| text.bytes().all(|byte| b"0123456789.,".contains(&byte));
    // `="00123"` is a text in a spreadsheet's own guard.
    let text = field
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    if text.is_some_and(|text| !text.contains('"')) {
        return field;
    }
    let is_formula = match field.split_at_checked(1) {
        Some(("=" | "@" | "\t" | "\r", _)) => true,
        Some(("+" | "-", rest)) => !number(rest),
        _ => false,
    };
    if is_formula {
        format!("'{field}")
    } else {
        field
    }
}

/// Extensions of workbooks.
pub const WORKBOOKS: [&str; 4] = ["xlsx", "xlsm", "xls", "ods"];

/// A file of a return below the folder that was given.
#[must_use]
pub fn path(return_id: &str, file: &str) -> String {
    let of_workbook = |extension: &str| WORKBOOKS.contains(&extension.to_lowercase().as_str());
    let stem = file
        .rsplit_once('.')
        .filter(|(_, extension)| of_workbook(extension));
    let folder = stem.and_then(|(stem, _)| return_id.strip_suffix(stem));
    match (return_id, file, folder) {
        (id, "", _) => id.to_owned(),
        ("", file, _) => file.to_owned(),
        (_, file, Some(folder)) => format!("{folder}{file}"),
        (id, file, None) => format!("{id}/{file}"),
    }
}

impl Finding {
    /// The fields in the order of [`COLUMNS`], the return's id before the file.
    #[must_use]
    pub fn fields(&self) -> [String; 10] {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            self.severity.as_str().to_owned(),
            self.rule.to_string(),
            self.path(),
            optional(&self.sheet),
            self.row.map(|row| row.to_string()).unwrap_or_default(),
            optional(&self.cell),
            optional(&self.column),
            optional(&self.value),
            self.message.to_string(),
            self.fix.to_string(),
        ]
    }

    /// The file below the folder that was given: return and file together. A
    /// workbook has its return's own name.
    #[must_use]
    pub fn path(&self) -> String {
        path(&self.return_id, &self.file)
    }
}
