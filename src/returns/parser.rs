//! Parsers of CSV, used again: to build one takes longer than to read a small file.

use std::sync::Mutex;

use csv_core::{Reader, ReaderBuilder};

/// Those that are idle, by delimiter. (A clone of one does not work: csv-core 0.1.13
/// copies only a part of its tables.)
static IDLE: Mutex<Vec<(u8, Box<Reader>)>> = Mutex::new(Vec::new());

/// A parser of cells that a delimiter parts. It goes back to the idle ones in the end.
pub struct Parser {
    delimiter: u8,
    reader: Option<Box<Reader>>,
}

impl Parser {
    /// One at the start of a text.
    #[must_use]
    pub fn new(delimiter: u8) -> Parser {
        let reader = IDLE.lock().ok().and_then(|mut idle| {
            let at = idle.iter().position(|(known, _)| *known == delimiter)?;
            Some(idle.swap_remove(at).1)
        });
        Parser { delimiter, reader }
    }

    /// What parts its cells.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The parser itself.
    pub fn reader(&mut self) -> &mut Reader {
        self.reader.get_or_insert_with(|| {
            let mut builder = ReaderBuilder::new();
            Box::new(builder.delimiter(self.delimiter).build())
        })
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        if let (Some(mut reader), Ok(mut idle)) = (self.reader.take(), IDLE.lock()) {
            reader.reset();
            idle.push((self.delimiter, reader));
        }
    }
}
