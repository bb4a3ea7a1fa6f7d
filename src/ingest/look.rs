//! The first look at a file: what it is, by its bytes and its header.

use super::file::{Balance, File, Kind, Place};
use super::header::{Header, Known};
use super::rules;
use super::sheet;
use crate::returns::SourceFile;
use crate::returns::discover::is_workbook;
use crate::returns::encoding::{Encoding, Fingerprint, fingerprint, first_look};
use crate::returns::record::Block;
use crate::returns::rows::Origin;
use crate::returns::source::Source;
use crate::returns::stamp::Stamp;
use crate::returns::text::{self, DELIMITERS, TextError};
use crate::returns::workbook::{Room, TOP};

/// The most bytes of a text file that are kept: to open one of these again takes
/// longer than to read it.
const KEPT: u64 = 4096;

/// Text files of more bytes are not read for their digest and again for their
/// rows: to read a smaller one twice takes no time.
const LARGE: u64 = 1 << 20;

/// When the digest of a file has to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// At once.
    First,
    /// Of a large file once its rows are read.
    WithRows,
}

/// Looks at a file: one part, or one for each sheet of a workbook.
///
/// # Errors
/// Where it can no longer be read.
pub fn look(
    return_id: &str,
    source: SourceFile,
    known: &Known<'_>,
    room: &Room,
    digest: Digest,
) -> std::io::Result<Vec<File>> {
    let named = |error: std::io::Error| {
        let path = source.path.display();
        let hint = "hint: make it readable, or take it out of the folder";
        std::io::Error::new(error.kind(), format!("{path}: {error}\n{hint}"))
    };
    let stamp = Stamp::of(&source.path).map_err(named)?;
    // What is UTF-8 to begin with is taken for it: its rows tell whether it is.
    let due = digest == Digest::WithRows
        && stamp.bytes() > LARGE
        && !is_workbook(&source.path)
        && first_look(&source.path).map_err(named)? == Encoding::Utf8;
    let (fingerprint, whole) = if due {
        let bytes = stamp.bytes();
        let (sha256, encoding) = (String::new(), Encoding::Utf8);
        let fingerprint = Fingerprint {
            sha256,
            bytes,
            encoding,
        };
        (fingerprint, None)
    } else {
        fingerprint(&source.path).map_err(named)?
    };
    let mut file = File {
        stored_as: source.name.clone(),
        source,
        stamp,
        sheet: None,
        bytes: fingerprint.bytes,
        fingerprint,
        kind: Kind::Broken,
        findings: Vec::new(),
        balance: Balance::default(),
        above: 0,
        header: 1,
        origin: None,
    };
    if is_workbook(&file.source.path) {
        return sheet::look(return_id, file, known, room);
    }
    let kept = |bytes: Vec<u8>| Source::Kept(bytes.into());
    let mut text = whole.map_or_else(|| Source::File(file.source.path.clone()), kept);
    let header = text_header(&file, &text, known);
    if file.bytes > KEPT || !room.take(usize::try_from(file.bytes).unwrap_or(usize::MAX)) {
        text = Source::File(file.source.path.clone());
    }
    match header {
        Err(TextError::Io(error)) => return Err(error),
        Err(error) => {
            let rule = &rules::UNREADABLE_FILE;
            file.add(return_id, rule, Place::default(), &format!("it {error}"));
        }
        Ok((delimiter, above, header)) => {
            if file.fingerprint.encoding == Encoding::Windows1252 {
                file.add(return_id, &rules::ENCODING, Place::default(), "");
            }
            file.origin = Some(Origin::Text {
                source: text,
                encoding: file.fingerprint.encoding,
                delimiter,
                above,
            });
            file.bind(return_id, header);
        }
    }
    // Workplaces are looked at before any rows are read, and files without rows
    // never are.
    if due && (file.table().is_empty() || file.table() == "workplaces") {
        return look(return_id, file.source, known, room, Digest::First);
    }
    Ok(vec![file])
}

/// Records that are looked at first.
const FIRST: usize = 2;

/// How many records end with the header.
fn through(top: &Block, header: &Header) -> usize {
    let above = top.records().take_while(|(row, _)| *row <= header.row);
    above.count()
}

/// The header of a text file, what parts its cells, and how many records end
/// with it. Of several characters that might part them the first counts by which
/// all that is needed is in the header, else the one that leaves out least.
fn text_header(
    file: &File,
    text: &Source,
    known: &Known<'_>,
) -> Result<(u8, usize, Header), TextError> {
    let encoding = file.fingerprint.encoding;
    // Nearly every header is the first row, and the rows after it say nothing more.
    if let Ok(top) = text::Rows::top(text, encoding, DELIMITERS[0], FIRST)
        && let Some(header) = Header::find(&file.source.name, &top, known)
        && header.is_whole()
    {
        return Ok((DELIMITERS[0], through(&top, &header), header));
    }
    let mut best: Option<(u8, usize, Header)> = None;
    let mut unreadable = None;
    for delimiter in DELIMITERS {
        let top = match text::Rows::top(text, encoding, delimiter, TOP) {
            Ok(top) => top,
            // A file that one of the others makes unreadable is none of its own.
            Err(error) => {
                if best.is_none() && unreadable.is_none() {
                    unreadable = Some(error);
                }
                continue;
            }
        };
        let Some(header) = Header::find(&file.source.name, &top, known) else {
            continue;
        };
        let better = |(_, _, other): &(_, _, Header)| header.rank() < other.rank();
        if best.as_ref().is_none_or(better) {
            let whole = header.is_whole();
            best = Some((delimiter, through(&top, &header), header));
            if whole {
                break;
            }
        }
    }
    match (best, unreadable) {
        (Some(best), None) => Ok(best),
        // One that was read by a later one has all that it needs there.
        (Some(best), Some(_)) if best.2.is_whole() => Ok(best),
        (_, Some(error)) => Err(error),
        (None, None) => Err(TextError::Empty),
    }
}
