//! A workbook as Office Open XML, through a library.
//!
//! Its numbers are binary, as the format's are: no other file of this program
//! has any. They are made here from the text of a number of at most 15 digits,
//! and written as the shortest text that reads back the same, which is that
//! number (`tests/it/spreadsheets.rs`).

use chrono::Datelike;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, FormatUnderline, Table,
    TableColumn, TableStyle, Url, Workbook, Worksheet, XlsxError,
};

use super::book::{Book, Cell, Column, Line, Sheet, lines_in};

/// The width of a sheet that is all lines.
const COVER: u16 = 110;
/// The paper, by its number in the format.
const A4: u8 = 9;
/// The height of a line, and the greatest of a row, in pixels.
const LINE: u32 = 19;
const HIGHEST: u32 = 545;

/// How cells look.
struct Looks {
    title: Format,
    heading: Format,
    text: Format,
    wrapped: Format,
    header: Format,
    marker: Format,
    date: Format,
    link: Format,
}

impl Looks {
    fn new() -> Looks {
        let plain = || font().set_align(FormatAlign::Top);
        Looks {
            title: plain().set_bold().set_font_size(14),
            heading: plain().set_bold().set_font_size(12),
            text: plain(),
            wrapped: plain().set_text_wrap(),
            header: plain()
                .set_bold()
                .set_text_wrap()
                .set_border_bottom(FormatBorder::Thin),
            marker: plain().set_align(FormatAlign::Right),
            date: plain().set_num_format("yyyy-mm-dd"),
            link: plain().set_underline(FormatUnderline::Single),
        }
    }
}

/// A sans serif that every system has or replaces.
fn font() -> Format {
    Format::new().set_font_name("Arial").set_font_size(11)
}

/// The file. Its properties have a fixed date: the same book gives the same
/// bytes.
///
/// # Errors
/// Where the book is none that the format can hold.
pub fn write(book: &Book<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_default_format(&font(), 19, 72)?;
    let made = ExcelDateTime::from_ymd(1980, 1, 1)?;
    let properties = DocProperties::new()
        .set_title(&book.title)
        .set_author("paybench")
        .set_creation_datetime(&made);
    workbook.set_properties(&properties);
    let looks = Looks::new();
    for sheet in &book.sheets {
        write_sheet(workbook.add_worksheet(), sheet, &looks)?;
    }
    workbook.save_to_buffer()
}

fn write_sheet(to: &mut Worksheet, sheet: &Sheet<'_>, looks: &Looks) -> Result<(), XlsxError> {
    to.set_name(&sheet.name)?;
    to.set_paper_size(A4).set_landscape();
    to.set_print_fit_to_pages(1, 0);
    to.write_string_with_format(0, 0, &sheet.title, &looks.title)?;
    let wrapped = sheet.grid.is_none();
    if wrapped {
        to.set_column_width(0, COVER)?;
    }
    for (row, line) in (1..).zip(&sheet.lines) {
        match line {
            Line::Heading(text) => to.write_string_with_format(row, 0, text, &looks.heading)?,
            Line::Text(text) if wrapped => {
                to.write_string_with_format(row, 0, text, &looks.wrapped)?;
                set_height(to, row, lines_in(text, COVER))?
            }
            Line::Text(text) => to.write_string_with_format(row, 0, text, &looks.text)?,
        };
    }
    let Some(grid) = &sheet.grid else {
        return Ok(());
    };
    let too_large = |_| XlsxError::RowColumnLimitError;
    let first = u32::try_from(sheet.header()).map_err(too_large)?;
    // The format has no table without a row: an empty one has a blank one.
    let last = first + u32::try_from(grid.rows.max(1)).map_err(too_large)?;
    let last_column = u16::try_from(grid.columns.len().saturating_sub(1)).map_err(too_large)?;
    let header = |column: &Column| {
        let align = if column.figure {
            FormatAlign::Right
        } else {
            FormatAlign::Left
        };
        let look = looks.header.clone().set_align(align);
        TableColumn::new()
            .set_header(&column.heading)
            .set_header_format(look)
    };
    let table = Table::new()
        .set_name(&grid.name)
        .set_columns(&grid.columns.iter().map(header).collect::<Vec<_>>())
        .set_style(TableStyle::None)
        .set_banded_rows(false)
        .set_autofilter(false);
    to.add_table(first, 0, last, last_column, &table)?;
    let heading = |column: &Column| lines_in(&column.heading, column.width.saturating_sub(2));
    set_height(
        to,
        first,
        grid.columns.iter().map(heading).max().unwrap_or(1),
    )?;
    let mut figures = Vec::new();
    for (at, column) in (0..).zip(&grid.columns) {
        to.set_column_width(at, column.width)?;
        let decimals = match column.places {
            0 => String::new(),
            places => format!(".{}", "0".repeat(places)),
        };
        let figure = font().set_align(FormatAlign::Top);
        figures.push(figure.set_num_format(format!("#,##0{decimals}")));
    }
    for (row, at) in (first + 1..).zip(0..grid.rows) {
        let mut lines = 1;
        let cells = (grid.row)(at).into_iter().zip(&grid.columns);
        for (column, ((cell, look), figure)) in (0..).zip(cells.zip(&figures)) {
            if let (Cell::Text(text), true) = (&cell, look.wrap) {
                lines = lines.max(lines_in(text, look.width));
            }
            write_cell(to, (row, column), &cell, (look, figure), looks)?;
        }
        set_height(to, row, lines)?;
    }
    Ok(())
}

/// Makes room for lines of text: not every reader does so by itself.
fn set_height(to: &mut Worksheet, row: u32, lines: u32) -> Result<&mut Worksheet, XlsxError> {
    if lines == 1 {
        return Ok(to);
    }
    to.set_row_height_pixels(row, (lines * LINE).min(HIGHEST))
}

fn write_cell(
    to: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    (look, figure): (&Column, &Format),
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) if look.wrap => {
            to.write_string_with_format(row, column, &**text, &looks.wrapped)?
        }
        Cell::Text(text) => to.write_string_with_format(row, column, &**text, &looks.text)?,
        Cell::Marker(text) if look.figure => {
            to.write_string_with_format(row, column, text, &looks.marker)?
        }
        Cell::Marker(text) => to.write_string_with_format(row, column, text, &looks.text)?,
        Cell::Number(text) => match text.parse::<f64>() {
            Ok(number) => to.write_number_with_format(row, column, number, figure)?,
            Err(_) => to.write_string_with_format(row, column, text, &looks.text)?,
        },
        Cell::Boolean(yes) => to.write_boolean_with_format(row, column, *yes, &looks.text)?,
        Cell::Date(day) => {
            let part = |number: u32| u8::try_from(number).unwrap_or_default();
            let year = u16::try_from(day.year()).unwrap_or_default();
            let date = ExcelDateTime::from_ymd(year, part(day.month()), part(day.day()))?;
            to.write_datetime_with_format(row, column, date, &looks.date)?
        }
        Cell::Link(sheet) => {
            let link = Url::new(format!("internal:'{sheet}'!A1")).set_text(sheet);
            to.write_url_with_format(row, column, &link, &looks.link)?
        }
    };
    Ok(())
}
