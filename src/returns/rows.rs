//! Rows below a header, whether of a text file or of a sheet.

use std::sync::Arc;

use super::encoding::{Encoding, Fingerprint};
use super::record::Block;
use super::source::Source;
use super::text::{self, TextError};
use super::workbook::rows::SheetRows;
use super::workbook::{Sheet, WorkbookError};

/// Where rows are, as often as they are wanted.
#[derive(Clone)]
pub enum Origin {
    /// A text file.
    Text {
        /// Where its bytes are.
        source: Source,
        /// How its bytes are text.
        encoding: Encoding,
        /// What parts its cells.
        delimiter: u8,
        /// The header and the records above it.
        above: usize,
    },
    /// A sheet of a workbook.
    Sheet {
        /// The sheet.
        sheet: Arc<Sheet>,
        /// The row of the header, 0 where there is none.
        header: u64,
        /// The columns of the header.
        width: usize,
    },
}

/// Why rows cannot be read; each follows "it".
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// Of a text file.
    #[error("{0}")]
    Text(#[from] TextError),
    /// Of a sheet.
    #[error("{0}")]
    Sheet(#[from] WorkbookError),
}

/// Rows being read.
pub enum Rows {
    /// Of a text file.
    Text(text::Rows),
    /// Of a sheet.
    Sheet(SheetRows),
}

impl Origin {
    /// Begins to read the rows below the header; where `hashed`, the
    /// fingerprint of a text file is made on the way.
    ///
    /// # Errors
    /// Where the file cannot be read that far.
    pub fn open(&self, hashed: bool) -> Result<Rows, RowsError> {
        match self {
            Origin::Text {
                source,
                encoding,
                delimiter,
                above,
            } => {
                let mut rows = text::Rows::open(source, *encoding, *delimiter, hashed)?;
                for _ in 0..*above {
                    rows.fill(&mut Block::default(), 1)?;
                }
                Ok(Rows::Text(rows))
            }
            Origin::Sheet {
                sheet,
                header,
                width,
            } => Ok(Rows::Sheet(SheetRows::open(sheet, *header, *width))),
        }
    }
}

impl Rows {
    /// Adds the next rows to `block` until it holds `most` or is full; says
    /// whether there may be more.
    ///
    /// # Errors
    /// Where the file stops being readable.
    pub fn fill(&mut self, block: &mut Block, most: usize) -> Result<bool, RowsError> {
        Ok(match self {
            Rows::Text(rows) => rows.fill(block, most)?,
            Rows::Sheet(rows) => rows.fill(block, most)?,
        })
    }

    /// What the file is, where that was to be told and it was read to its end.
    pub fn fingerprint(&mut self) -> Option<Fingerprint> {
        match self {
            Rows::Text(rows) => rows.fingerprint(),
            Rows::Sheet(_) => None,
        }
    }

    /// How much of the file was read, as far as that can be told.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Rows::Text(rows) => rows.offset(),
            Rows::Sheet(_) => 0,
        }
    }
}
