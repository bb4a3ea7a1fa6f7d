//! XLSX and XLSM: the cells of a sheet, read in one pass as they stand there.

use std::path::Path;

use quick_xml::events::{BytesStart, Event};

use super::format::Format;
use super::number::{Fault, Number, iso_date};
use super::package::{Package, Use, push_reference};
use super::parts::{
    Listed, Strings, attribute, contents, formats, is_true, push_unescaped, text_of,
};
use super::row::{Facts, Row, descends};
use super::{Taker, WorkbookError};
use crate::returns::address::{self, Region, extend};
use crate::returns::flaw::Flaw;

/// A workbook with what its sheets share.
pub struct Xlsx {
    package: Package,
    /// Its sheets.
    pub sheets: Vec<Listed>,
    since_1904: bool,
    formats: Vec<Format>,
    strings: Strings,
}

/// A cell while it is read.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: String,
    /// What its style makes of a number; none where the style is missing.
    format: Option<Format>,
    value: String,
    has_value: bool,
    has_formula: bool,
}

impl Xlsx {
    /// Opens a workbook.
    ///
    /// # Errors
    /// Where it is none, or is broken.
    pub fn open(path: &Path) -> Result<Xlsx, WorkbookError> {
        let mut package = Package::open(path)?;
        let contents = contents(&mut package)?;
        let strings = match &contents.strings {
            Some(part) => Strings::read(&mut package, part)?,
            None => Strings::default(),
        };
        let formats = match &contents.styles {
            Some(part) => formats(&mut package, part)?,
            None => Vec::new(),
        };
        Ok(Xlsx {
            package,
            sheets: contents.sheets,
            since_1904: contents.since_1904,
            formats,
            strings,
        })
    }

    /// Gives the rows of a sheet that have content to `take`, and what else
    /// the sheet tells to `facts`.
    ///
    /// # Errors
    /// Where the sheet is broken or out of bounds, or `take` wants no more.
    pub fn read(
        &mut self,
        sheet: usize,
        facts: &mut Facts,
        take: Taker<'_>,
    ) -> Result<(), WorkbookError> {
        let Some(listed) = self.sheets.get(sheet) else {
            return Err(WorkbookError::Truncated);
        };
        let Some(mut xml) = self.package.part(&listed.part, Use::Stream)? else {
            return Err(WorkbookError::Truncated);
        };
        let shared = (&self.strings, self.since_1904);
        let mut row = Row::default();
        let (mut number, mut next) = (0, 0);
        let (mut hidden, mut all_hidden) = (false, false);
        let mut cell = Cell::default();
        let (mut in_cell, mut in_value) = (false, false);
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "v" if in_cell => {
                        in_value = true;
                        cell.has_value = true;
                    }
                    "f" if in_cell => cell.has_formula = true,
                    "is" if in_cell => {
                        cell.value.clear();
                        text_of(&mut xml, "is", &mut cell.value)?;
                    }
                    "c" => {
                        in_cell = true;
                        cell.begin(&tag, number, next, &self.formats)?;
                    }
                    "row" => {
                        let before = number;
                        number = match attribute(&tag, "r") {
                            Some(text) => text.parse().map_err(|_| WorkbookError::Order(text))?,
                            None => before + 1,
                        };
                        descends(before, number)?;
                        let height = attribute(&tag, "ht");
                        hidden = is_true(&tag, "hidden")
                            || height.as_deref() == Some("0")
                            || (all_hidden && height.is_none());
                        next = 0;
                        row.clear();
                    }
                    "sheetFormatPr" => all_hidden = is_true(&tag, "zeroHeight"),
                    "col" => hidden_columns(&tag, facts),
                    "mergeCell" => {
                        let region = attribute(&tag, "ref").and_then(|text| Region::parse(&text));
                        region.map_or(Ok(()), |region| facts.merge(region))?;
                    }
                    _ => {}
                },
                Event::Text(text) if in_value => cell.value.push_str(&text.xml10_content()),
                Event::CData(text) if in_value => cell.value.push_str(&text.xml10_content()),
                Event::GeneralRef(text) if in_value => push_reference(&text, &mut cell.value)?,
                Event::End(tag) => match tag.local_name().as_ref() {
                    "v" => in_value = false,
                    "c" if in_cell => {
                        in_cell = false;
                        next = cell.column + 1;
                        cell.finish(number, shared, &mut row)?;
                    }
                    "row" if !row.is_empty() => {
                        if hidden {
                            extend(&mut facts.hidden_rows, number, number);
                        }
                        take(number, &row)?;
                        row.clear();
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

fn hidden_columns(tag: &BytesStart<'_>, facts: &mut Facts) {
    let number = |name| attribute(tag, name).and_then(|text| text.parse::<u64>().ok());
    let unseen = is_true(tag, "hidden") || attribute(tag, "width").as_deref() == Some("0");
    if let (true, Some(first @ 1..), Some(last)) = (unseen, number("min"), number("max")) {
        extend(&mut facts.hidden_columns, first - 1, last.max(first) - 1);
    }
}

impl Cell {
    fn begin(
        &mut self,
        tag: &BytesStart<'_>,
        row: u64,
        next: usize,
        formats: &[Format],
    ) -> Result<(), WorkbookError> {
        self.column = next;
        self.kind.clear();
        self.value.clear();
        self.format = Some(Format::Plain);
        (self.has_value, self.has_formula) = (false, false);
        for attribute in tag.attributes().with_checks(false).flatten() {
            let value = attribute.value.as_ref();
            match attribute.key.as_ref() {
                "r" => match address::parse(value) {
                    Some((column, own)) if own == row => self.column = column,
                    _ => return Err(WorkbookError::Order(value.to_owned())),
                },
                "t" => self.kind.push_str(value),
                // Without its style a number may be a hundred times what it is.
                "s" if value != "0" || !formats.is_empty() => {
                    let style: Option<usize> = value.parse().ok();
                    self.format = style.and_then(|style| formats.get(style)).copied();
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts the cell into its row.
    fn finish(
        &self,
        at: u64,
        (strings, since_1904): (&Strings, bool),
        row: &mut Row,
    ) -> Result<(), WorkbookError> {
        let column = self.column;
        let value = self.value.as_str();
        // The empty text is a result of text formulas; no other formula has it.
        if self.has_formula && value.is_empty() && !(self.kind == "str" && self.has_value) {
            return row.flaw(column, at, Flaw::NoResult);
        }
        let malformed = || {
            let place = address::cell(column, at);
            WorkbookError::Malformed(format!("the value of cell {place} is not of its type"))
        };
        match self.kind.as_str() {
            "s" | "n" | "" if value.is_empty() => Ok(()),
            "s" => {
                let index = value.trim().parse().map_err(|_| malformed())?;
                row.set(column, at, strings.get(index).ok_or_else(malformed)?)
            }
            "str" => {
                let mut text = String::new();
                push_unescaped(value, &mut text);
                row.set(column, at, &text)
            }
            "inlineStr" => row.set(column, at, value),
            "b" => match value.trim() {
                "" => Ok(()),
                "1" | "true" => row.set(column, at, "yes"),
                "0" | "false" => row.set(column, at, "no"),
                _ => Err(malformed()),
            },
            "e" => row.flaw(column, at, Flaw::error(value)),
            "d" => row.set(column, at, &iso_date(value)),
            "n" | "" => {
                let format = self.format.ok_or_else(|| {
                    let place = address::cell(column, at);
                    WorkbookError::Malformed(format!("the style of cell {place} is missing"))
                })?;
                set_number(row, column, at, value.trim(), format, since_1904)
            }
            _ => Err(malformed()),
        }
    }
}

/// Puts a number into a row as what its format makes of it.
///
/// # Errors
/// Where the cell cannot stand there.
pub fn set_number(
    row: &mut Row,
    column: usize,
    at: u64,
    value: &str,
    format: Format,
    since_1904: bool,
) -> Result<(), WorkbookError> {
    let number = match Number::parse(value) {
        Ok(number) => number,
        Err(Fault::Long) => return row.flaw(column, at, Flaw::Long),
        Err(Fault::NotANumber) => return row.set(column, at, value),
    };
    let text = match format {
        Format::Plain => number.text(),
        Format::Percent => format!("{}%", number.hundredfold().text()),
        Format::Date => number.date(since_1904),
        Format::Elapsed => number.elapsed(),
        // As it is shown: refused further on, as it is in a text file.
        Format::Currency(sign) => format!("{sign}{}", number.text()),
        Format::Pence => format!("{}p", number.text()),
    };
    row.set(column, at, &text)
}
