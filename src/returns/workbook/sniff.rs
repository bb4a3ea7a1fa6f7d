//! What a file is by its first bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::WorkbookError;
use super::package::Package;

/// The forms of workbook that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// XLSX or XLSM.
    Xlsx,
    /// `OpenDocument`.
    Ods,
    /// The binary form of old.
    Xls,
}

/// Tells a workbook's form.
///
/// # Errors
/// What it is instead, where it is none.
pub fn form(path: &Path) -> Result<Form, WorkbookError> {
    let mut start = Vec::new();
    File::open(path)?.take(4096).read_to_end(&mut start)?;
    if start.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(Form::Xls);
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        let package = Package::open(path)?;
        return if package.has("_rels/.rels") {
            Ok(Form::Xlsx)
        } else if package.has("content.xml") || package.has("encrypted-package") {
            Ok(Form::Ods)
        } else {
            Err(WorkbookError::NotAWorkbook("a zip archive of other files"))
        };
    }
    Err(WorkbookError::NotAWorkbook(instead(&start)))
}

fn instead(start: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(start).to_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.is_empty() {
        "an empty file"
    } else if text.starts_with("%pdf") {
        "a PDF"
    } else if text.starts_with("<!doctype html") || text.contains("<html") {
        "a web page: open it, and save it as .xlsx"
    } else if text.starts_with("<?xml") {
        "an XML file: open it, and save it as .xlsx"
    } else if start.starts_with(b"\x09\x08") || start.starts_with(b"\x09\x04") {
        "a workbook of a form that nobody writes any more: open it, and save it as .xlsx"
    } else if start.contains(&0) {
        "a file of another kind"
    } else {
        "a text file: if it is CSV, name it .csv"
    }
}
