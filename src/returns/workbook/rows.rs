//! Rows of one sheet after its header, as often as they are wanted: from what
//! was kept of them, or from the file again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use super::row::COLUMNS;
use super::{BLOCK_ROWS, Sheet, WorkbookError, again};
use crate::returns::address::Region;
use crate::returns::record::{BLOCK, Block};

/// Rows of one sheet.
pub struct SheetRows {
    source: Source,
    block: Block,
    /// The next record of `block`.
    at: usize,
    /// Cells that every row is filled up to.
    width: usize,
    /// The row before the next one.
    before: u64,
    joined: Joined,
}

/// The joined cells of a sheet, on the way down it.
struct Joined {
    /// Those that begin further down, the next one last.
    later: Vec<Region>,
    /// Those of the row.
    here: Vec<Region>,
}

impl Joined {
    fn of(sheet: &Sheet) -> Joined {
        let mut later = sheet.facts.merged.clone();
        later.sort_by_key(|region| std::cmp::Reverse(region.rows.0));
        Joined {
            later,
            here: Vec::new(),
        }
    }

    /// Goes down to a row.
    ///
    /// # Errors
    /// Where more lie side by side than a row has cells.
    fn down_to(&mut self, row: u64) -> Result<(), WorkbookError> {
        while let Some(region) = self.later.pop_if(|region| region.rows.0 <= row) {
            self.here.push(region);
        }
        self.here.retain(|region| region.rows.1 >= row);
        if self.here.len() > COLUMNS {
            let what = format!("merged cells lie upon each other in row {row}");
            return Err(WorkbookError::Malformed(what));
        }
        Ok(())
    }

    /// Whether nobody sees a cell of the row, for it is none but the first of its region.
    fn covers(&self, row: u64, column: usize) -> bool {
        self.here.iter().any(|region| {
            let (first, last) = region.columns;
            (first..=last).contains(&column) && (row, column) != (region.rows.0, first)
        })
    }
}

enum Source {
    /// The number of the next kept block.
    Kept(Arc<Sheet>, usize),
    /// Blocks of another thread; nothing, or an error, at the end.
    File(Receiver<Result<Option<Block>, WorkbookError>>),
}

impl SheetRows {
    /// The rows below `header`, which is 0 where there is none, each with at
    /// least `width` cells.
    #[must_use]
    pub fn open(sheet: &Arc<Sheet>, header: u64, width: usize) -> SheetRows {
        let source = if sheet.kept.is_some() {
            Source::Kept(Arc::clone(sheet), 0)
        } else {
            Source::File(from_file(Arc::clone(sheet)))
        };
        SheetRows {
            source,
            block: Block::default(),
            at: 0,
            width,
            before: header,
            joined: Joined::of(sheet),
        }
    }

    /// Adds the next rows to `block` until it holds `most` or is full; says
    /// whether there may be more.
    ///
    /// # Errors
    /// Where the sheet breaks off.
    pub fn fill(&mut self, block: &mut Block, most: usize) -> Result<bool, WorkbookError> {
        match self.more(block, most) {
            // A sheet without a header is only counted, as far as it goes.
            Err(_) if self.width == 0 => Ok(false),
            result => result,
        }
    }

    fn more(&mut self, block: &mut Block, most: usize) -> Result<bool, WorkbookError> {
        while block.len() < most && block.bytes() < BLOCK {
            let kept = match &self.source {
                Source::Kept(sheet, next) => {
                    let blocks = sheet.kept.as_deref().unwrap_or_default();
                    match blocks.get(*next) {
                        Some(block) => block,
                        None => return sheet.broken.as_ref().map_or(Ok(false), copied),
                    }
                }
                Source::File(_) => &self.block,
            };
            match kept.get(self.at) {
                Some((row, record)) if row > self.before => {
                    block.blank += row - self.before - 1;
                    self.before = row;
                    self.at += 1;
                    self.joined.down_to(row)?;
                    let joined = &self.joined;
                    block.push_record(row, record, self.width, |at| joined.covers(row, at));
                }
                Some(_) => self.at += 1,
                None => {
                    self.at = 0;
                    match &mut self.source {
                        Source::Kept(_, next) => *next += 1,
                        Source::File(blocks) => match blocks.recv() {
                            Ok(Ok(Some(next))) => self.block = next,
                            Ok(Ok(None)) => return Ok(false),
                            Ok(Err(error)) => return Err(error),
                            // It ended without a word: rows may be missing.
                            Err(_) => return Err(WorkbookError::Fault),
                        },
                    }
                }
            }
        }
        Ok(true)
    }
}

/// The error of a sheet whose rows are kept up to it.
fn copied(error: &WorkbookError) -> Result<bool, WorkbookError> {
    Err(WorkbookError::Again(error.to_string()))
}

/// Reads a sheet in a thread of its own, which ends once nobody takes more.
fn from_file(sheet: Arc<Sheet>) -> Receiver<Result<Option<Block>, WorkbookError>> {
    let (into, out) = sync_channel(2);
    std::thread::spawn(move || {
        let mut block = Block::default();
        let read = again(&sheet, &mut |number, row| {
            block.push_row(number, row);
            if block.len() >= BLOCK_ROWS || block.bytes() >= BLOCK {
                let full = std::mem::take(&mut block);
                let sent = into.send(Ok(Some(full)));
                return sent.map_err(|_| WorkbookError::Stopped);
            }
            Ok(())
        });
        // A receiver that is gone wants neither rows nor errors.
        if !block.is_empty() {
            let _ = into.send(Ok(Some(block)));
        }
        let _ = into.send(read.map(|()| None));
    });
    out
}
