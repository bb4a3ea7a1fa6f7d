//! Workbooks: XLSX, XLSM, ODS and XLS as sheets of text. What a file is, its
//! content says, not its name.

mod biff;
mod format;
pub mod number;
mod ods;
mod package;
mod parts;
pub mod row;
pub mod rows;
mod sniff;
mod xls;
mod xlsx;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::record::Block;
pub use xls::is_guarded;

use row::{Facts, Row};
use sniff::Form;

/// Why a workbook, or a sheet, cannot be read; each follows "it".
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The file cannot be read at all.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is something else than its name says.
    #[error("is no workbook but {0}")]
    NotAWorkbook(&'static str),
    /// It needs a password.
    #[error("is encrypted: take the password away and save it again")]
    Encrypted,
    /// A part of it is missing or cut off.
    #[error("is damaged or cut off")]
    Truncated,
    /// It unpacks to more than any return has.
    #[error("unpacks to far more than its size: no workbook of a return does that")]
    Bomb,
    /// It is not as a workbook must be.
    #[error("is damaged: {0}")]
    Malformed(String),
    /// A cell stands too far to the right.
    #[error("has more than 1,024 columns: cell {0} is not empty")]
    Wide(String),
    /// Rows or cells are not in order.
    #[error("is damaged: {0} is out of order")]
    Order(String),
    /// It has too many sheets.
    #[error("has more than 256 sheets")]
    Sheets,
    /// A row has too much text.
    #[error("has more than 4 MiB of text in row {0}")]
    Long(u64),
    /// A row stands there more often than anybody types it.
    #[error("has {1} equal rows from row {0} on")]
    Repeated(u64, u64),
    /// The reader of this program's libraries gave up.
    #[error("is damaged: its cells cannot be taken apart")]
    Fault,
    /// What an earlier reading found.
    #[error("{0}")]
    Again(String),
    /// Nobody wants the rest.
    #[error("was left unread")]
    Stopped,
}

/// Takes a row with its number.
pub type Taker<'t> = &'t mut dyn FnMut(u64, &Row) -> Result<(), WorkbookError>;

/// Rows at the top in which the header is looked for.
pub const TOP: usize = 30;

/// The most text of these: what does not fit is no header that anybody reads.
const TOP_BYTES: usize = 1 << 20;

/// The most sheets that a workbook may have.
const SHEETS: usize = 256;

/// One sheet of a workbook.
#[derive(Debug)]
pub struct Sheet {
    /// The workbook.
    pub path: PathBuf,
    form: Form,
    /// Its place in the workbook.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Whether it is not shown.
    pub hidden: bool,
    /// What it tells besides its cells.
    pub facts: Facts,
    /// How many rows it has with content.
    pub rows: u64,
    /// The first rows.
    pub top: Block,
    /// All rows, where there was room to keep them.
    kept: Option<Vec<Block>>,
    /// Why it cannot be read to its end.
    pub broken: Option<WorkbookError>,
}

/// Room for small files between their first reading and the others.
#[derive(Debug)]
pub struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Room {
        Room(AtomicUsize::new(128 << 20))
    }
}

impl Room {
    /// Takes room; says whether there was enough.
    #[must_use]
    pub fn take(&self, bytes: usize) -> bool {
        let take = |left: usize| left.checked_sub(bytes);
        let order = Ordering::Relaxed;
        self.0.fetch_update(order, order, take).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Reads a workbook once: its sheets, what they tell, and their rows where
/// there is room for them; and whether it is of the form of old.
///
/// # Errors
/// Where it is no workbook that can be read.
pub fn sheets(path: &Path, room: &Room) -> Result<(Vec<Sheet>, bool), WorkbookError> {
    let form = sniff::form(path)?;
    let mut sheets = Vec::new();
    match form {
        Form::Xlsx => {
            let mut book = xlsx::Xlsx::open(path)?;
            few(book.sheets.len())?;
            for index in 0..book.sheets.len() {
                let (name, hidden) = (book.sheets[index].name.clone(), book.sheets[index].hidden);
                let mut gather = Gather::new(path, form, index, name, hidden, room);
                let mut facts = Facts::default();
                let read = book.read(index, &mut facts, &mut |row, cells| gather.row(row, cells));
                sheets.push(gather.end(facts, read.err())?);
            }
        }
        Form::Ods => {
            let open: std::cell::RefCell<Option<Gather<'_>>> = std::cell::RefCell::default();
            let mut index = 0;
            let read = ods::Ods::open(path)?.read(
                &mut |name, hidden| {
                    open.replace(Some(Gather::new(path, form, index, name, hidden, room)));
                    index += 1;
                    index <= SHEETS
                },
                &mut |row, cells| {
                    let mut open = open.borrow_mut();
                    open.as_mut()
                        .map_or(Ok(()), |gather| gather.row(row, cells))
                },
                &mut |facts| {
                    let done = open.take().and_then(|gather| gather.end(facts, None).ok());
                    sheets.extend(done);
                },
            );
            few(index)?;
            if let Err(error) = read {
                match open.take() {
                    Some(gather) => sheets.push(gather.end(Facts::default(), Some(error))?),
                    None => return Err(error),
                }
            }
        }
        Form::Xls => {
            let mut book = xls::Xls::open(path)?;
            few(book.sheets.len())?;
            for index in 0..book.sheets.len() {
                let (name, hidden) = book.sheets[index].clone();
                let mut gather = Gather::new(path, form, index, name, hidden, room);
                let mut facts = Facts::default();
                let read = book.read(index, &mut facts, &mut |row, cells| gather.row(row, cells));
                sheets.push(gather.end(facts, read.err())?);
            }
        }
    }
    Ok((sheets, form == Form::Xls))
}

fn few(sheets: usize) -> Result<(), WorkbookError> {
    if sheets > SHEETS {
        return Err(WorkbookError::Sheets);
    }
    Ok(())
}

/// Reads one sheet's rows again.
fn again(sheet: &Sheet, take: Taker<'_>) -> Result<(), WorkbookError> {
    let mut facts = Facts::default();
    match sheet.form {
        Form::Xlsx => xlsx::Xlsx::open(&sheet.path)?.read(sheet.index, &mut facts, take),
        Form::Xls => xls::Xls::open(&sheet.path)?.read(sheet.index, &mut facts, take),
        Form::Ods => {
            let mut at = 0;
            let mut wanted = |_, _| {
                at += 1;
                at - 1 == sheet.index
            };
            ods::Ods::open(&sheet.path)?.read(&mut wanted, take, &mut |_| {})
        }
    }
}

/// Rows of a sheet on their way into blocks.
struct Gather<'r> {
    sheet: Sheet,
    room: &'r Room,
    /// Room taken for the blocks so far.
    taken: usize,
}

/// Rows in one block.
const BLOCK_ROWS: usize = 4096;

impl<'r> Gather<'r> {
    fn new(
        path: &Path,
        form: Form,
        index: usize,
        name: String,
        hidden: bool,
        room: &'r Room,
    ) -> Gather<'r> {
        Gather {
            sheet: Sheet {
                path: path.to_path_buf(),
                form,
                index,
                name,
                hidden,
                facts: Facts::default(),
                rows: 0,
                top: Block::default(),
                kept: Some(Vec::new()),
                broken: None,
            },
            room,
            taken: 0,
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form of a taker")]
    fn row(&mut self, number: u64, row: &Row) -> Result<(), WorkbookError> {
        self.sheet.rows += 1;
        let room = TOP_BYTES.saturating_sub(self.sheet.top.bytes());
        if self.sheet.top.len() < TOP && row.text.len() < room {
            self.sheet.top.push_row(number, row);
        }
        let Some(blocks) = &mut self.sheet.kept else {
            return Ok(());
        };
        let cost = row.text.len() + row.ends.len() * 4 + row.flaws.len() * 24 + 40;
        if !self.room.take(cost) {
            self.sheet.kept = None;
            self.room.give(std::mem::take(&mut self.taken));
            return Ok(());
        }
        self.taken += cost;
        if blocks.last().is_none_or(|block| block.len() >= BLOCK_ROWS) {
            blocks.push(Block::default());
        }
        if let Some(block) = blocks.last_mut() {
            block.push_row(number, row);
        }
        Ok(())
    }

    /// # Errors
    /// Where it is the file that cannot be read, not the sheet.
    fn end(mut self, facts: Facts, broken: Option<WorkbookError>) -> Result<Sheet, WorkbookError> {
        if let Some(WorkbookError::Io(error)) = broken {
            return Err(WorkbookError::Io(error));
        }
        self.sheet.facts = facts;
        self.sheet.broken = broken;
        if let Some(blocks) = &mut self.sheet.kept {
            blocks.iter_mut().for_each(Block::shrink);
        }
        Ok(self.sheet)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use rows::SheetRows;

    fn all(sheet: Sheet, most: usize) -> Vec<(u64, Vec<String>)> {
        let mut rows = SheetRows::open(&Arc::new(sheet), 1, 5);
        let mut found = Vec::new();
        loop {
            let mut block = Block::default();
            let more = rows.fill(&mut block, most).unwrap();
            found.extend(block.records().map(|(row, record)| {
                let cells = record.cells().map(str::to_owned);
                (row, cells.collect())
            }));
            if !more {
                return found;
            }
        }
    }

    #[test]
    fn rows_are_the_same_kept_or_read_again() {
        for form in ["xlsx", "xlsm", "xls", "ods"] {
            let path = format!("fixtures/workbooks/tiny.{form}");
            let kept = sheets(Path::new(&path), &Room::default()).unwrap().0;
            let none = Room(AtomicUsize::new(10));
            let again = sheets(Path::new(&path), &none).unwrap().0;
            assert_eq!(none.0.into_inner(), 10, "room taken in vain is given back");
            for (kept, again) in kept.into_iter().zip(again).skip(1) {
                assert!(kept.kept.is_some() && again.kept.is_none());
                assert_eq!(kept.rows, again.rows);
                let rows = all(kept, 3);
                assert!(rows.len() > 2 && rows.iter().all(|(_, cells)| cells.len() >= 5));
                assert_eq!(rows, all(again, 7), "{form}");
            }
        }
    }
}
