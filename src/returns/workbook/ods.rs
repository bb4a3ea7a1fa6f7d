//! ODS: the cells of all sheets, which stand in one part one after the other.
//! Numbers are text there; equal rows and cells stand once, with a count.

use std::collections::HashSet;
use std::path::Path;

use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use super::format::{Format, currency};
use super::number::iso_date;
use super::package::{Package, Use, Xml, push_reference};
use super::parts::attribute;
use super::row::{Facts, Row, descends};
use super::xlsx::set_number;
use super::{Taker, WorkbookError};
use crate::returns::address::{ROWS, Region, extend};
use crate::returns::flaw::Flaw;

/// A row with content that stands more often than this was not typed.
const REPEATED: u64 = 1000;

/// A workbook whose sheets are read in order.
pub struct Ods {
    package: Package,
}

/// A cell while it is read.
#[derive(Default)]
struct Cell {
    repeated: u64,
    kind: String,
    value: Option<String>,
    text: String,
    paragraphs: usize,
    formula: bool,
    error: bool,
    currency: Option<char>,
    joined: (u64, u64),
}

/// What is known of a table while it is read.
#[derive(Default)]
struct Table {
    row: u64,
    column: u64,
    columns: u64,
    repeated: u64,
    hidden: bool,
    /// How many groups of rows around are folded away.
    folded: usize,
}

impl Ods {
    /// Opens a workbook.
    ///
    /// # Errors
    /// Where it is none, or encrypted.
    pub fn open(path: &Path) -> Result<Ods, WorkbookError> {
        let mut package = Package::open(path)?;
        if package.has("encrypted-package") {
            return Err(WorkbookError::Encrypted);
        }
        if let Some(mut xml) = package.part("META-INF/manifest.xml", Use::Hold)? {
            loop {
                match xml.next()? {
                    Event::Start(tag) if tag.local_name().as_ref() == "encryption-data" => {
                        return Err(WorkbookError::Encrypted);
                    }
                    Event::Eof => break,
                    _ => {}
                }
            }
        }
        Ok(Ods { package })
    }

    /// Reads the sheets in order: `begin` is told of each, by name and whether
    /// it is hidden, and says whether its rows are wanted; `take` gets those,
    /// `end` what else the sheet told.
    ///
    /// # Errors
    /// Where the workbook is broken or out of bounds, or `take` wants no more.
    pub fn read(
        &mut self,
        begin: &mut dyn FnMut(String, bool) -> bool,
        take: Taker<'_>,
        end: &mut dyn FnMut(Facts),
    ) -> Result<(), WorkbookError> {
        let Some(mut xml) = self.package.part("content.xml", Use::Stream)? else {
            return Err(WorkbookError::NotAWorkbook("a zip archive of other files"));
        };
        let mut style = String::new();
        let mut unseen: HashSet<String> = HashSet::new();
        let (mut sheets, mut named) = (false, false);
        loop {
            match xml.next()? {
                Event::Start(tag) if !named => {
                    named = true;
                    check_names(&tag)?;
                }
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "style" => style = attribute(&tag, "name").unwrap_or_default(),
                    "table-properties"
                        if attribute(&tag, "display").as_deref() == Some("false") =>
                    {
                        unseen.insert(style.clone());
                    }
                    "spreadsheet" => sheets = true,
                    "tracked-changes" => skip(&mut xml, "tracked-changes")?,
                    "table" if sheets => {
                        let name = attribute(&tag, "name").unwrap_or_default();
                        let hidden = attribute(&tag, "style-name")
                            .is_some_and(|style| unseen.contains(&style));
                        if begin(name, hidden) {
                            let mut facts = Facts::default();
                            table(&mut xml, &mut facts, take)?;
                            end(facts);
                        } else {
                            skip(&mut xml, "table")?;
                        }
                    }
                    _ => {}
                },
                Event::Eof if sheets => return Ok(()),
                Event::Eof => {
                    return Err(WorkbookError::NotAWorkbook("an Office file without sheets"));
                }
                _ => {}
            }
        }
    }
}

/// The namespaces of what is read, by the names that are used for them here.
const NAMESPACES: [(&str, &str); 3] = [
    (
        "xmlns:office",
        "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    ),
    (
        "xmlns:table",
        "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    ),
    (
        "xmlns:text",
        "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    ),
];

/// Checks that the names of a document are those of its kind: under others values
/// would be passed over.
fn check_names(root: &BytesStart<'_>) -> Result<(), WorkbookError> {
    for (name, namespace) in NAMESPACES {
        let is_own = |own: &Attribute<'_>| own.key.as_ref() == name && own.value == namespace;
        if !root
            .attributes()
            .with_checks(false)
            .flatten()
            .any(|own| is_own(&own))
        {
            let message = format!("it lacks {name}=\"{namespace}\"");
            return Err(WorkbookError::Malformed(message));
        }
    }
    Ok(())
}

/// Whether a tag within a paragraph is a part of its text, and no drawing or note.
fn is_text(tag: &BytesStart<'_>) -> bool {
    let name = tag.name();
    let drawn = name.prefix().is_some_and(|prefix| {
        ["draw", "dr3d", "office", "svg", "form", "script"].contains(&prefix.as_ref())
    });
    !drawn && !matches!(tag.local_name().as_ref(), "note" | "ruby-text")
}

/// Passes over a tag that was just opened, with all that is in it.
fn skip(xml: &mut Xml<'_>, name: &str) -> Result<(), WorkbookError> {
    let mut depth = 1;
    while depth > 0 {
        match xml.next()? {
            Event::Start(tag) if tag.local_name().as_ref() == name => depth += 1,
            Event::End(tag) if tag.local_name().as_ref() == name => depth -= 1,
            Event::Eof => return Err(WorkbookError::Truncated),
            _ => {}
        }
    }
    Ok(())
}

fn count(tag: &BytesStart<'_>, name: &str) -> u64 {
    let count = attribute(tag, name).and_then(|text| text.parse().ok());
    count.unwrap_or(1).max(1)
}

fn is_unseen(tag: &BytesStart<'_>) -> bool {
    matches!(
        attribute(tag, "visibility").as_deref(),
        Some("collapse" | "filter")
    )
}

fn table(xml: &mut Xml<'_>, facts: &mut Facts, take: Taker<'_>) -> Result<(), WorkbookError> {
    let mut state = Table::default();
    let mut row = Row::default();
    loop {
        match xml.next()? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "table-column" => {
                    let columns = count(&tag, "number-columns-repeated");
                    let first = state.columns;
                    state.columns = first.saturating_add(columns);
                    if is_unseen(&tag) {
                        extend(&mut facts.hidden_columns, first, state.columns - 1);
                    }
                }
                "table-row-group" if attribute(&tag, "display").as_deref() == Some("false") => {
                    state.folded += 1;
                }
                // Once one is folded, those in it end with it.
                "table-row-group" if state.folded > 0 => state.folded += 1,
                "table-row" => {
                    row.clear();
                    state.column = 0;
                    state.repeated = count(&tag, "number-rows-repeated");
                    state.hidden = is_unseen(&tag) || state.folded > 0;
                }
                "table-cell" | "covered-table-cell" => {
                    let mut cell = Cell::begin(&tag);
                    let name = tag.local_name().as_ref().to_owned();
                    cell.content(xml, &name)?;
                    cell.finish(&mut state, facts, &mut row)?;
                }
                "shapes" => skip(xml, "shapes")?,
                _ => {}
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "table-row-group" => state.folded = state.folded.saturating_sub(1),
                "table-row" => {
                    let first = state.row.saturating_add(1);
                    state.row = state.row.saturating_add(state.repeated);
                    if row.is_empty() {
                        continue;
                    }
                    descends(first - 1, first)?;
                    if state.repeated > REPEATED {
                        return Err(WorkbookError::Repeated(first, state.repeated));
                    }
                    descends(first - 1, state.row)?;
                    if state.hidden {
                        extend(&mut facts.hidden_rows, first, state.row);
                    }
                    for number in first..=state.row {
                        take(number, &row)?;
                    }
                }
                "table" => return Ok(()),
                _ => {}
            },
            Event::Eof => return Err(WorkbookError::Truncated),
            _ => {}
        }
    }
}

impl Cell {
    fn begin(tag: &BytesStart<'_>) -> Cell {
        let mut cell = Cell {
            repeated: 1,
            joined: (1, 1),
            ..Cell::default()
        };
        for attribute in tag.attributes().with_checks(false).flatten() {
            let number = || attribute.value.parse::<u64>().unwrap_or(1).max(1);
            match attribute.key.as_ref() {
                "table:number-columns-repeated" => cell.repeated = number(),
                "table:number-columns-spanned" => cell.joined.0 = number(),
                "table:number-rows-spanned" => cell.joined.1 = number(),
                "table:formula" => cell.formula = true,
                "office:currency" => cell.currency = currency(&attribute.value),
                "office:value-type" => cell.kind.push_str(&attribute.value),
                "calcext:value-type" => cell.error = attribute.value == "error",
                "office:value"
                | "office:date-value"
                | "office:time-value"
                | "office:boolean-value"
                | "office:string-value" => {
                    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
                    cell.value = value.ok().map(std::borrow::Cow::into_owned);
                }
                _ => {}
            }
        }
        cell
    }

    /// Reads the shown text, up to the end of the cell. Comments and drawings
    /// are no part of it.
    fn content(&mut self, xml: &mut Xml<'_>, closing: &str) -> Result<(), WorkbookError> {
        let mut inside = false;
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "p" if !inside => {
                        if self.paragraphs > 0 {
                            self.text.push('\n');
                        }
                        self.paragraphs += 1;
                        inside = true;
                    }
                    name if !inside || !is_text(&tag) => {
                        let name = name.to_owned();
                        skip(xml, &name)?;
                    }
                    "s" => {
                        let spaces = count(&tag, "c").min(1000);
                        (0..spaces).for_each(|_| self.text.push(' '));
                    }
                    "tab" => self.text.push('\t'),
                    "line-break" => self.text.push('\n'),
                    _ => {}
                },
                Event::Text(piece) if inside => self.text.push_str(&piece.xml10_content()),
                Event::CData(piece) if inside => self.text.push_str(&piece.xml10_content()),
                Event::GeneralRef(piece) if inside => push_reference(&piece, &mut self.text)?,
                Event::End(tag) => match tag.local_name().as_ref() {
                    "p" => inside = false,
                    name if name == closing => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err(WorkbookError::Truncated),
                _ => {}
            }
        }
    }

    /// Puts the cell into its row, as often as it stands there.
    fn finish(
        &self,
        table: &mut Table,
        facts: &mut Facts,
        row: &mut Row,
    ) -> Result<(), WorkbookError> {
        let (at, first) = (table.row.saturating_add(1), table.column);
        table.column = first.saturating_add(self.repeated);
        if self.joined != (1, 1) {
            let column = |column: u64| usize::try_from(column).unwrap_or(usize::MAX);
            facts.merge(Region {
                columns: (
                    column(first),
                    column(first.saturating_add(self.joined.0 - 1)),
                ),
                rows: (at, at.saturating_add(self.joined.1 - 1).min(ROWS)),
            })?;
        }
        let empty = self.kind.is_empty() && self.text.is_empty();
        if empty && !self.formula {
            return Ok(());
        }
        for column in first..table.column {
            // Beyond the last column a row refuses the cell.
            let before = row.ends.len();
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            self.set(column, at, row)?;
            if row.ends.len() == before {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Programs tell the currency, people see it in the text.
    fn shown_as(&self) -> Format {
        let shown = || Format::shown(&self.text);
        self.currency.map_or_else(shown, Format::Currency)
    }

    fn set(&self, column: usize, at: u64, row: &mut Row) -> Result<(), WorkbookError> {
        if self.error || (self.formula && self.text.starts_with("Err:")) {
            return row.flaw(column, at, Flaw::error(&self.text));
        }
        // What is shown may be less than the value: it cannot stand for it.
        let needed = !matches!(self.kind.as_str(), "" | "string" | "void");
        if self.formula && self.kind.is_empty() || needed && self.value.is_none() {
            return row.flaw(column, at, Flaw::NoResult);
        }
        let value = self.value.as_deref().unwrap_or_default();
        match self.kind.as_str() {
            "float" | "currency" => set_number(row, column, at, value, self.shown_as(), false),
            "percentage" => set_number(row, column, at, value, Format::Percent, false),
            "date" => row.set(column, at, &iso_date(value)),
            "boolean" => match value.to_lowercase().as_str() {
                "true" | "1" => row.set(column, at, "yes"),
                "false" | "0" => row.set(column, at, "no"),
                _ => row.flaw(column, at, Flaw::NoResult),
            },
            "time" => row.set(column, at, value),
            _ if self.paragraphs == 0 => row.set(column, at, value),
            _ => row.set(column, at, &self.text),
        }
    }
}
