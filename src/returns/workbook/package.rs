//! The parts of a workbook that is a zip archive of XML, read within bounds:
//! nothing that the archive says of its own sizes is believed.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::WorkbookError;

/// The most that one part may unpack to.
const PART: u64 = 1 << 30;
/// The most that one part held in memory may unpack to.
const HELD: u64 = 1 << 28;
/// The most that a workbook may unpack to in one reading.
const TOTAL: u64 = 4 << 30;
/// Parts that unpack to more than this many times their size are bombs, once
/// they are larger than a small one.
const RATIO: u64 = 250;
const SMALL: u64 = 16 << 20;
/// The most that one tag or text may have.
const EVENT: u64 = 4 << 20;
const BUFFER: usize = 1 << 15;

/// The archive.
pub struct Package {
    zip: ZipArchive<BufReader<File>>,
    /// Parts by name, in lower case and with `/`.
    names: HashMap<String, usize>,
    bytes: u64,
    total: Rc<Cell<u64>>,
}

/// How a part is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Piece by piece.
    Stream,
    /// As a whole.
    Hold,
}

impl Package {
    /// Opens an archive and reads its list of parts.
    ///
    /// # Errors
    /// Where it cannot be read or is no archive.
    pub fn open(path: &Path) -> Result<Package, WorkbookError> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
            zip::result::ZipError::Io(error)
                if error.kind() != std::io::ErrorKind::UnexpectedEof =>
            {
                WorkbookError::Io(error)
            }
            _ => WorkbookError::Truncated,
        })?;
        let names = (0..zip.len()).filter_map(|index| {
            let name = zip.name_for_index(index)?.ok()?;
            Some((key(&name), index))
        });
        Ok(Package {
            names: names.collect(),
            zip,
            bytes,
            total: Rc::default(),
        })
    }

    /// Whether it has a part of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(&key(name))
    }

    /// A part as XML; none where it has no such part.
    ///
    /// # Errors
    /// Where the part cannot be unpacked.
    pub fn part(&mut self, name: &str, how: Use) -> Result<Option<Xml<'_>>, WorkbookError> {
        let Some(index) = self.names.get(&key(name)) else {
            return Ok(None);
        };
        let part = self.zip.by_index(*index).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED) => {
                WorkbookError::Encrypted
            }
            error => WorkbookError::Malformed(format!("{name}: {error}")),
        })?;
        let packed = part.compressed_size().min(self.bytes);
        let event = Rc::new(Cell::new(0));
        let most = match how {
            Use::Stream => PART,
            Use::Hold => HELD,
        };
        let limited = Limited {
            inner: part,
            read: 0,
            most: most.min(SMALL.max(packed.saturating_mul(RATIO))),
            total: Rc::clone(&self.total),
            event: Rc::clone(&event),
        };
        let mut reader = Reader::from_reader(BufReader::with_capacity(BUFFER, limited));
        reader.config_mut().expand_empty_elements = true;
        Ok(Some(Xml {
            reader,
            buffer: Vec::new(),
            event,
            open: None,
        }))
    }
}

fn key(name: &str) -> String {
    let name = name.replace('\\', "/").to_lowercase();
    name.strip_prefix('/').unwrap_or(&name).to_owned()
}

/// A part's bytes, counted as they come out.
struct Limited<R> {
    inner: R,
    read: u64,
    most: u64,
    total: Rc<Cell<u64>>,
    event: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = read as u64;
        self.read += bytes;
        self.total.set(self.total.get() + bytes);
        if self.read > self.most || self.total.get() > TOTAL {
            return Err(std::io::Error::new(
                std::io::ErrorKind::QuotaExceeded,
                "bomb",
            ));
        }
        let Some(left) = self.event.get().checked_sub(bytes) else {
            return Err(std::io::Error::new(
                std::io::ErrorKind::FileTooLarge,
                "event",
            ));
        };
        self.event.set(left);
        Ok(read)
    }
}

type Part<'p> = ZipFile<'p, BufReader<File>>;

/// A part as XML.
pub struct Xml<'p> {
    reader: Reader<BufReader<Limited<Part<'p>>>>,
    buffer: Vec<u8>,
    event: Rc<Cell<u64>>,
    /// How many tags are open; none before the first.
    open: Option<usize>,
}

impl Xml<'_> {
    /// The next tag or text. Empty tags come as a start and an end.
    ///
    /// # Errors
    /// Where it is no XML, out of bounds, or ends before its last tag.
    pub fn next(&mut self) -> Result<Event<'_>, WorkbookError> {
        self.buffer.clear();
        self.event.set(EVENT + BUFFER as u64);
        match self.reader.read_event_into(&mut self.buffer) {
            // Entities that a file declares itself are never expanded; one
            // that declares any was made by hand.
            Ok(Event::DocType(_)) => Err(WorkbookError::Malformed(
                "it declares entities of its own".to_owned(),
            )),
            Ok(event) => {
                let open = self.open.unwrap_or(0);
                match event {
                    Event::Start(_) => self.open = Some(open + 1),
                    Event::End(_) => self.open = Some(open.saturating_sub(1)),
                    Event::Eof if self.open != Some(0) => return Err(WorkbookError::Truncated),
                    _ => {}
                }
                Ok(event)
            }
            Err(quick_xml::Error::Io(error)) => Err(match error.kind() {
                std::io::ErrorKind::QuotaExceeded => WorkbookError::Bomb,
                std::io::ErrorKind::FileTooLarge => {
                    WorkbookError::Malformed("a cell or tag has more than 4 MiB".to_owned())
                }
                std::io::ErrorKind::InvalidData
                | std::io::ErrorKind::InvalidInput
                | std::io::ErrorKind::UnexpectedEof => WorkbookError::Truncated,
                kind => WorkbookError::Io(std::io::Error::new(kind, error.to_string())),
            }),
            Err(error) => Err(WorkbookError::Malformed(format!(
                "its XML is broken: {error}"
            ))),
        }
    }
}

/// Adds the character that a reference stands for.
///
/// # Errors
/// Where it is none of those that XML has.
pub fn push_reference(reference: &BytesRef<'_>, text: &mut String) -> Result<(), WorkbookError> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        text.push(character);
        return Ok(());
    }
    let character = match reference.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            return Err(WorkbookError::Malformed(
                "it uses an unknown entity".to_owned(),
            ));
        }
    };
    text.push(character);
    Ok(())
}
