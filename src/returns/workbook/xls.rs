//! XLS, the binary form of old, through a library that reads it as a whole; so
//! it is told beforehand how much that will be.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader, SheetType, SheetVisible};

use super::biff::{self, Frame};
use super::format::Format;
use super::number::iso_date;
use super::row::{Facts, Row};
use super::xlsx::set_number;
use super::{Taker, WorkbookError};
use crate::returns::address::Region;
use crate::returns::flaw::Flaw;

/// The largest file of this form that is read: four times what its 65,536
/// rows of a return take.
const MOST: u64 = 64 << 20;

/// A workbook.
pub struct Xls {
    book: calamine::Xls<Cursor<Vec<u8>>>,
    /// Its sheets: name, and whether each is hidden.
    pub sheets: Vec<(String, bool)>,
    frames: Vec<Frame>,
    since_1904: bool,
}

/// The most cells, empty ones among them, that the sheets may reach over.
const CELLS: u64 = 4 << 20;
/// The most cells that a sheet of this form can have.
const WHOLE: u64 = 65_537 * 257;

impl Xls {
    /// Opens a workbook.
    ///
    /// # Errors
    /// Where it is none, or is broken or encrypted.
    pub fn open(path: &Path) -> Result<Xls, WorkbookError> {
        if File::open(path)?.metadata()?.len() > MOST {
            return Err(WorkbookError::NotAWorkbook(
                "an .xls file of more than 64 MiB, or an encrypted one: save it as .xlsx",
            ));
        }
        let bytes = std::fs::read(path)?;
        if is_encrypted(&bytes) {
            return Err(WorkbookError::Encrypted);
        }
        let frames = biff::frames(&bytes).ok_or(WorkbookError::Truncated)?;
        let reach: u64 = frames.iter().map(|frame| frame.reach).sum();
        if reach > CELLS || frames.iter().any(|frame| frame.claimed > WHOLE) {
            return Err(WorkbookError::NotAWorkbook(
                "an .xls file whose cells stand too far apart: save it as .xlsx",
            ));
        }
        let opened = guarded(|| calamine::Xls::new(Cursor::new(bytes)))?;
        let book = opened.map_err(|error| match error {
            calamine::XlsError::Password => WorkbookError::Encrypted,
            calamine::XlsError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                WorkbookError::Io(error)
            }
            error => WorkbookError::Malformed(error.to_string()),
        })?;
        let listed = book.sheets_metadata().iter().zip(frames);
        let listed = listed.filter(|(sheet, _)| sheet.typ == SheetType::WorkSheet);
        let (sheets, frames) = listed
            .map(|(sheet, frame)| {
                let hidden = sheet.visible != SheetVisible::Visible;
                ((sheet.name.clone(), hidden), frame)
            })
            .unzip();
        Ok(Xls {
            sheets,
            frames,
            since_1904: book.has_1904_epoch(),
            book,
        })
    }

    /// Gives the rows of a sheet that have content to `take`, and the cells
    /// joined or hidden to `facts`. Formulas without a result cannot be told.
    ///
    /// # Errors
    /// Where the sheet is broken or out of bounds, or `take` wants no more.
    pub fn read(
        &mut self,
        sheet: usize,
        facts: &mut Facts,
        take: Taker<'_>,
    ) -> Result<(), WorkbookError> {
        let (Some((name, _)), Some(frame)) = (self.sheets.get(sheet), self.frames.get(sheet))
        else {
            return Err(WorkbookError::Truncated);
        };
        facts.clone_from(&frame.facts);
        let range = guarded(|| self.book.worksheet_range(name))?;
        let range = range.map_err(|error| WorkbookError::Malformed(error.to_string()))?;
        for merged in self
            .book
            .merge_cells_by_sheet_name(name)
            .unwrap_or_default()
        {
            let column = |column: u32| usize::try_from(column).unwrap_or(usize::MAX);
            facts.merge(Region {
                columns: (column(merged.start.1), column(merged.end.1)),
                rows: (u64::from(merged.start.0) + 1, u64::from(merged.end.0) + 1),
            })?;
        }
        let Some((top, left)) = range.start() else {
            return Ok(());
        };
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let mut row = Row::default();
        for (at, cells) in (u64::from(top) + 1..).zip(range.rows()) {
            row.clear();
            for (column, cell) in (left..).zip(cells) {
                self.cell(column, at, (cell, frame), &mut row)?;
            }
            if !row.is_empty() {
                take(at, &row)?;
            }
        }
        Ok(())
    }

    fn cell(
        &self,
        column: usize,
        at: u64,
        (cell, frame): (&Data, &Frame),
        row: &mut Row,
    ) -> Result<(), WorkbookError> {
        let place = u16::try_from(at - 1).ok().zip(u16::try_from(column).ok());
        let plain = place.and_then(|place| frame.formats.get(&place).copied());
        let plain = plain.unwrap_or_default();
        let number = |row: &mut Row, value: String, format| {
            set_number(row, column, at, &value, format, self.since_1904)
        };
        match cell {
            Data::Empty => Ok(()),
            Data::String(text) | Data::DurationIso(text) => row.set(column, at, text),
            Data::Int(value) => number(row, value.to_string(), plain),
            Data::Float(value) => number(row, value.to_string(), plain),
            Data::Bool(yes) => row.set(column, at, if *yes { "yes" } else { "no" }),
            Data::DateTime(value) if value.is_duration() => {
                number(row, value.as_f64().to_string(), Format::Elapsed)
            }
            Data::DateTime(value) => number(row, value.as_f64().to_string(), Format::Date),
            Data::DateTimeIso(text) => row.set(column, at, &iso_date(text)),
            Data::Error(error) => row.flaw(column, at, Flaw::error(&error.to_string())),
        }
    }
}

/// Whether it is a newer workbook in the envelope that encryption needs.
fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    memchr::memmem::find(bytes, &name).is_some()
}

thread_local! {
    static QUIET: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether a panic of this thread is one that becomes a finding.
#[must_use]
pub fn is_guarded() -> bool {
    QUIET.get()
}

/// Runs a reader that may panic on a file made by hand.
fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, WorkbookError> {
    QUIET.set(true);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    QUIET.set(false);
    result.map_err(|_| WorkbookError::Fault)
}
