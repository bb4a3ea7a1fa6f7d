//! One row of a sheet while it is put together, and what a sheet tells of itself.

use super::WorkbookError;
use crate::returns::address::{self, ROWS, Region};
use crate::returns::flaw::Flaw;

/// The most columns that a sheet with content may have.
pub const COLUMNS: usize = 1024;

/// The cells of one row, from the left.
#[derive(Debug, Default)]
pub struct Row {
    /// The texts of all cells.
    pub text: String,
    /// Where each ends.
    pub ends: Vec<u32>,
    /// Cells that cannot be read.
    pub flaws: Vec<(u32, Flaw)>,
}

impl Row {
    /// Makes it a row without cells.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.flaws.clear();
    }

    /// Whether it has no cell with content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Puts text into a cell; empty text is none.
    ///
    /// # Errors
    /// Where the cell is too far right, or not right of the last one.
    pub fn set(&mut self, column: usize, row: u64, text: &str) -> Result<(), WorkbookError> {
        if text.is_empty() {
            return Ok(());
        }
        self.place(column, row)?;
        self.text.push_str(text);
        if self.text.len() > MOST {
            return Err(WorkbookError::Long(row));
        }
        self.ends.push(end(&self.text));
        Ok(())
    }

    /// Says that a cell cannot be read.
    ///
    /// # Errors
    /// Where the cell is too far right, or not right of the last one.
    pub fn flaw(&mut self, column: usize, row: u64, flaw: Flaw) -> Result<(), WorkbookError> {
        self.place(column, row)?;
        self.flaws
            .push((u32::try_from(column).unwrap_or(u32::MAX), flaw));
        self.ends.push(end(&self.text));
        Ok(())
    }

    fn place(&mut self, column: usize, row: u64) -> Result<(), WorkbookError> {
        if column >= COLUMNS {
            return Err(WorkbookError::Wide(address::cell(column, row)));
        }
        if column < self.ends.len() {
            return Err(WorkbookError::Order(address::cell(column, row)));
        }
        self.ends.resize(column, end(&self.text));
        Ok(())
    }
}

/// The most text of one row: as much as one record of a text file.
const MOST: usize = 4 << 20;

fn end(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// What a sheet tells besides its cells.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Rows with content that are not shown.
    pub hidden_rows: Vec<(u64, u64)>,
    /// Columns that are not shown.
    pub hidden_columns: Vec<(u64, u64)>,
    /// Cells joined to one.
    pub merged: Vec<Region>,
}

/// The most joined regions of a sheet.
const MERGED: usize = 65_536;

impl Facts {
    /// Notes joined cells.
    ///
    /// # Errors
    /// Where there are more than anybody joins.
    pub fn merge(&mut self, region: Region) -> Result<(), WorkbookError> {
        if self.merged.len() >= MERGED {
            return Err(WorkbookError::Malformed(format!(
                "it has more than {MERGED} merged regions"
            )));
        }
        self.merged.push(region);
        Ok(())
    }
}

/// Checks that rows follow each other downwards.
///
/// # Errors
/// Where one does not, or stands below the last possible row.
pub fn descends(before: u64, row: u64) -> Result<(), WorkbookError> {
    if row <= before || row > ROWS {
        return Err(WorkbookError::Order(format!("row {row}")));
    }
    Ok(())
}
