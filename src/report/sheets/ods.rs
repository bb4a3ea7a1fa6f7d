//! A workbook as `OpenDocument`: one XML file that names its styles, and the few
//! files that the format asks for beside it.

use std::io::{BufWriter, Cursor, Write};

use quick_xml::escape::escape;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::book::{Book, Cell, Column, Grid, Line, Sheet};
use crate::report::figures::group;

const MIME: &str = "application/vnd.oasis.opendocument.spreadsheet";

const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"#;

const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3"><office:styles><style:default-style style:family="table-cell"><style:table-cell-properties style:vertical-align="top"/><style:text-properties fo:font-family="Arial" fo:font-size="11pt" fo:language="en" fo:country="GB"/></style:default-style></office:styles></office:document-styles>
"#;

/// The beginning of `content.xml`; styles of figures are named after their decimals.
const OPENING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"><office:automatic-styles><style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-size="14pt" fo:font-weight="bold"/></style:style><style:style style:name="heading" style:family="table-cell"><style:text-properties fo:font-size="12pt" fo:font-weight="bold"/></style:style><style:style style:name="wrapped" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap"/></style:style><style:style style:name="header" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" fo:border-bottom="0.75pt solid #000000"/><style:paragraph-properties fo:text-align="start"/><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="header-figure" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" fo:border-bottom="0.75pt solid #000000"/><style:paragraph-properties fo:text-align="end"/><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="marker" style:family="table-cell"><style:table-cell-properties style:text-align-source="fix"/><style:paragraph-properties fo:text-align="end"/></style:style><number:date-style style:name="day"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style><style:style style:name="date" style:family="table-cell" style:data-style-name="day"/><style:style style:name="row" style:family="table-row"><style:table-row-properties style:use-optimal-row-height="true"/></style:style>"#;

/// The file. Its entries have the format's earliest date: the same book gives
/// the same bytes.
///
/// # Errors
/// Where the archive cannot be made.
pub fn write(book: &Book<'_>) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let packed = stored.compression_method(CompressionMethod::Deflated);
    zip.start_file("mimetype", stored)?;
    zip.write_all(MIME.as_bytes())?;
    zip.start_file("META-INF/manifest.xml", packed)?;
    zip.write_all(MANIFEST.as_bytes())?;
    zip.start_file("meta.xml", packed)?;
    let title = text(&book.title);
    write!(
        zip,
        r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"><office:meta><meta:generator>paybench</meta:generator><dc:title>{title}</dc:title><dc:language>en-GB</dc:language></office:meta></office:document-meta>
"#
    )?;
    zip.start_file("styles.xml", packed)?;
    zip.write_all(STYLES.as_bytes())?;
    zip.start_file("content.xml", packed)?;
    let mut buffered = BufWriter::new(&mut zip);
    content(&mut buffered, book)?;
    buffered.flush()?;
    drop(buffered);
    Ok(zip.finish()?.into_inner())
}

fn content(to: &mut impl Write, book: &Book<'_>) -> std::io::Result<()> {
    to.write_all(OPENING.as_bytes())?;
    let grids = || book.sheets.iter().filter_map(|sheet| sheet.grid.as_ref());
    let columns = || grids().flat_map(|grid| &grid.columns);
    let places: std::collections::BTreeSet<usize> = columns().map(|column| column.places).collect();
    for places in places {
        write!(
            to,
            r#"<number:number-style style:name="n{places}"><number:number number:decimal-places="{places}" number:min-decimal-places="{places}" number:min-integer-digits="1" number:grouping="true"/></number:number-style><style:style style:name="figure{places}" style:family="table-cell" style:data-style-name="n{places}"/>"#
        )?;
    }
    let widths: std::collections::BTreeSet<u16> = columns()
        .map(|column| column.width)
        .chain([COVER])
        .collect();
    for width in widths {
        // A character of 11 points is about two millimetres wide.
        write!(
            to,
            r#"<style:style style:name="w{width}" style:family="table-column"><style:table-column-properties style:column-width="{}mm"/></style:style>"#,
            u32::from(width) * 22 / 10
        )?;
    }
    to.write_all(b"</office:automatic-styles><office:body><office:spreadsheet>")?;
    for sheet in &book.sheets {
        write_sheet(to, sheet)?;
    }
    to.write_all(b"<table:database-ranges>")?;
    for sheet in &book.sheets {
        let Some(grid) = &sheet.grid else { continue };
        let (name, sheet_name) = (text(&grid.name), text(&sheet.name));
        let (first, last) = (sheet.header() + 1, sheet.header() + 1 + grid.rows);
        let column = letters(grid.columns.len().saturating_sub(1));
        write!(
            to,
            r#"<table:database-range table:name="{name}" table:target-range-address="'{sheet_name}'.A{first}:'{sheet_name}'.{column}{last}" table:contains-header="true" table:display-filter-buttons="false"/>"#
        )?;
    }
    to.write_all(
        b"</table:database-ranges></office:spreadsheet></office:body></office:document-content>\n",
    )
}

/// The width of a sheet that is all lines.
const COVER: u16 = 110;

fn write_sheet(to: &mut impl Write, sheet: &Sheet<'_>) -> std::io::Result<()> {
    write!(to, r#"<table:table table:name="{}">"#, text(&sheet.name))?;
    let widths: Vec<u16> = match &sheet.grid {
        Some(grid) => grid.columns.iter().map(|column| column.width).collect(),
        None => vec![COVER],
    };
    for width in widths {
        write!(to, r#"<table:table-column table:style-name="w{width}"/>"#)?;
    }
    line(to, "title", &sheet.title)?;
    let plain = if sheet.grid.is_none() {
        "wrapped"
    } else {
        "Default"
    };
    for item in &sheet.lines {
        match item {
            Line::Heading(text) => line(to, "heading", text)?,
            Line::Text(text) => line(to, plain, text)?,
        }
    }
    if let Some(grid) = &sheet.grid {
        write_grid(to, grid)?;
    }
    to.write_all(b"</table:table>")
}

fn line(to: &mut impl Write, style: &str, words: &str) -> std::io::Result<()> {
    to.write_all(ROW.as_bytes())?;
    string(to, style, words)?;
    to.write_all(b"</table:table-row>")
}

const ROW: &str = r#"<table:table-row table:style-name="row">"#;

fn write_grid(to: &mut impl Write, grid: &Grid<'_>) -> std::io::Result<()> {
    write!(to, "<table:table-header-rows>{ROW}")?;
    for column in &grid.columns {
        let style = if column.figure {
            "header-figure"
        } else {
            "header"
        };
        string(to, style, &column.heading)?;
    }
    to.write_all(b"</table:table-row></table:table-header-rows>")?;
    for row in 0..grid.rows {
        to.write_all(ROW.as_bytes())?;
        for (cell, column) in (grid.row)(row).iter().zip(&grid.columns) {
            write_cell(to, cell, column)?;
        }
        to.write_all(b"</table:table-row>")?;
    }
    Ok(())
}

fn write_cell(to: &mut impl Write, cell: &Cell<'_>, column: &Column) -> std::io::Result<()> {
    let plain = if column.wrap { "wrapped" } else { "Default" };
    match cell {
        Cell::Text(words) => string(to, plain, words),
        Cell::Marker(words) => string(to, if column.figure { "marker" } else { plain }, words),
        Cell::Number(number) => {
            let places = column.places;
            let shown = shown(number, places);
            write!(
                to,
                r#"<table:table-cell table:style-name="figure{places}" office:value-type="float" office:value="{number}"><text:p>{shown}</text:p></table:table-cell>"#
            )
        }
        Cell::Date(day) => write!(
            to,
            r#"<table:table-cell table:style-name="date" office:value-type="date" office:date-value="{day}"><text:p>{day}</text:p></table:table-cell>"#
        ),
        Cell::Boolean(yes) => write!(
            to,
            r#"<table:table-cell office:value-type="boolean" office:boolean-value="{yes}"><text:p>{}</text:p></table:table-cell>"#,
            if *yes { "TRUE" } else { "FALSE" }
        ),
        Cell::Link(sheet) => {
            let sheet = text(sheet);
            write!(
                to,
                r##"<table:table-cell office:value-type="string"><text:p><text:a xlink:type="simple" xlink:href="#'{sheet}'.A1">{sheet}</text:a></text:p></table:table-cell>"##
            )
        }
    }
}

fn string(to: &mut impl Write, style: &str, words: &str) -> std::io::Result<()> {
    write!(
        to,
        r#"<table:table-cell table:style-name="{style}" office:value-type="string">"#
    )?;
    for paragraph in words.split('\n') {
        write!(to, "<text:p>{}</text:p>", spaced(paragraph))?;
    }
    to.write_all(b"</table:table-cell>")
}

/// The text of a number as its style shows it.
fn shown(number: &str, places: usize) -> String {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let point = if places == 0 { "" } else { "." };
    let fixed = format!("{whole}{point}{decimals:0<places$}");
    group(&fixed).replace('−', "-")
}

/// Text as XML takes it; what XML cannot hold becomes the sign for that.
fn text(words: &str) -> String {
    let held = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c < ' ' => '\u{fffd}',
        c => c,
    };
    escape(words.chars().map(held).collect::<String>()).into_owned()
}

/// The same with all its spaces: a paragraph takes several in a row for one,
/// and none at its ends.
fn spaced(paragraph: &str) -> String {
    let plain = text(paragraph)
        .replace('\t', "<text:tab/>")
        .replace('\r', "&#13;");
    if !plain.contains("  ") && !plain.starts_with(' ') && !plain.ends_with(' ') {
        return plain;
    }
    let mut out = String::new();
    let mut spaces = 0;
    for c in plain.chars().chain(['\0']) {
        if c == ' ' {
            spaces += 1;
            continue;
        }
        let edge = out.is_empty() || c == '\0';
        match spaces {
            0 => {}
            1 if !edge => out.push(' '),
            count => out.push_str(&format!(r#"<text:s text:c="{count}"/>"#)),
        }
        spaces = 0;
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// A column's letters, from 0.
fn letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(
            b'A' + u8::try_from(column % 26).unwrap_or_default(),
        ));
        if column < 26 {
            return letters.iter().rev().collect();
        }
        column = column / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_spaces_and_loses_what_xml_cannot_hold() {
        assert_eq!(spaced("a & b"), "a &amp; b");
        assert_eq!(spaced("a  b"), r#"a<text:s text:c="2"/>b"#);
        assert_eq!(
            spaced(" a "),
            r#"<text:s text:c="1"/>a<text:s text:c="1"/>"#
        );
        assert_eq!(spaced("a\u{1}b"), "a\u{fffd}b");
    }

    #[test]
    fn numbers_are_shown_with_the_decimals_of_their_column() {
        for (number, places, expected) in [
            ("12.71", 4, "12.7100"),
            ("-1204.5", 2, "-1,204.50"),
            ("0", 2, "0.00"),
            ("1234567", 0, "1,234,567"),
        ] {
            assert_eq!(shown(number, places), expected);
        }
    }

    #[test]
    fn columns_have_letters() {
        for (column, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), expected);
        }
    }
}
