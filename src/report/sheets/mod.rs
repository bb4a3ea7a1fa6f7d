//! Spreadsheets of a release or of one table, laid out as the public sector
//! asks: cover, contents, notes, then one marked table a sheet.
//!
//! Cells have the words of the pages, and the sheet of codes says which code
//! of the CSV file stands behind each.

mod book;
mod front;
mod ods;
mod table;
mod words;
mod xlsx;

use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};

use self::book::{Book, COLUMNS, Names, ROWS, Sheet};
use self::table::Shown;
use self::words::Words;
use super::common::Common;
use super::facts::{Facts, TableFacts};
use super::figures::Figure;
use super::{ReportError, Templates};

/// A longer table is left out of a release's spreadsheets: nobody reads it
/// there, and a workbook is held in memory while it is made.
pub const LONGEST: usize = 100_000;

/// A form of spreadsheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Office Open XML.
    Xlsx,
    /// `OpenDocument`.
    Ods,
}

impl Form {
    /// Both.
    pub const ALL: [Form; 2] = [Form::Xlsx, Form::Ods];

    /// The end of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Form::Xlsx => "xlsx",
            Form::Ods => "ods",
        }
    }

    fn write(self, book: &Book<'_>) -> Result<Vec<u8>, ReportError> {
        let failed = |reason: String| ReportError::Sheets {
            form: self.extension(),
            reason,
        };
        match self {
            Form::Xlsx => xlsx::write(book).map_err(|error| failed(error.to_string())),
            Form::Ods => ods::write(book).map_err(|error| failed(error.to_string())),
        }
    }
}

/// The spreadsheets of a release, in each form.
///
/// # Errors
/// Where a template of the user's does not fit, or a table no spreadsheet.
pub fn release(
    templates: &Templates,
    facts: &Facts,
    tables: &[TableFacts<'_>],
) -> Result<Vec<(Form, Vec<u8>)>, ReportError> {
    let environment = templates.environment()?;
    let mut words = Words::of(&environment)?;
    let all: Vec<&TableFacts<'_>> = tables.iter().collect();
    let common = Common::new("spreadsheets", facts, &all);
    let common = Value::from(Serde(common));
    let (mut sheet_names, mut table_names) = (Names::default(), Names::default());
    let fronts = ["cover", "contents", "notes", "columns", "codes"];
    let fronts = fronts.map(|key| sheet_names.sheet(&words.name(key)));
    let fixed = words.paragraphs("notes", std::slice::from_ref(&common))?;
    let rules = facts.contract_rules.iter();
    let rules = rules.map(|rule| (rule.rule.clone(), rule.title.clone()));
    let rules = rules.collect();
    let mut shown = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let fits = table.rows <= LONGEST && table.table.columns.len() <= COLUMNS;
        let mut table = Shown::of(table, &rules, &mut words)?;
        table.note = Some(fixed.len() + 1 + at);
        table.sheet = fits.then(|| sheet_names.sheet(&table.facts.table.name));
        shown.push(table);
    }
    let mut sheets = front::sheets(&fronts, &common, fixed, &shown, &mut words)?;
    for sheet in &mut sheets {
        if let Some(grid) = &mut sheet.grid {
            grid.name = table_names.table(&grid.name);
        }
    }
    for table in &shown {
        let Some(name) = &table.sheet else { continue };
        let empty = table.facts.table.rows.is_empty();
        let lines = [common.clone(), empty.into(), table.file().into()];
        sheets.push(Sheet {
            name: name.clone(),
            title: table.title_in(facts),
            lines: words.lines("table_lines", &lines)?,
            grid: Some(table.grid(table_names.table(&table.facts.table.name))),
        });
    }
    let title = words.say("title", &[common])?;
    let book = Book { title, sheets };
    Form::ALL
        .into_iter()
        .map(|form| Ok((form, form.write(&book)?)))
        .collect()
}

/// What is said of the table of a query.
#[derive(Clone, Debug, serde::Serialize)]
pub struct About {
    /// `protected` or `restricted`; none where SQL shows the store as it is.
    pub release: Option<String>,
    /// The reference date in words.
    pub period_words: String,
    /// The number of the edition.
    pub edition: u32,
    /// The version of this tool.
    pub tool_version: String,
    /// What it computes, in words.
    pub description: String,
    /// The rules on contracts: name and title.
    pub rules: BTreeMap<String, String>,
}

/// One table with a sheet of notes.
///
/// # Errors
/// Where a template of the user's does not fit, or the table no spreadsheet.
pub fn query(
    templates: &Templates,
    about: &About,
    table: &TableFacts<'_>,
    form: Form,
) -> Result<Vec<u8>, ReportError> {
    // Some lines stand above the table.
    let (rows, columns) = (table.table.rows.len(), table.table.columns.len());
    if rows > ROWS - 16 || columns > COLUMNS {
        return Err(ReportError::Sheets {
            form: form.extension(),
            reason: format!(
                "{rows} rows of {columns} columns do not fit a sheet\nhint: --format csv and --format parquet take any number"
            ),
        });
    }
    let environment = templates.environment()?;
    let mut words = Words::of(&environment)?;
    let (mut sheet_names, mut table_names) = (Names::default(), Names::default());
    let notes = sheet_names.sheet(&words.name("notes"));
    let codes = sheet_names.sheet(&words.name("codes"));
    let mut shown = match about.release {
        Some(_) => Shown::of(table, &about.rules, &mut words)?,
        None => Shown::raw(table),
    };
    shown.sheet = Some(sheet_names.sheet(&table.table.name));
    let value = Value::from(Serde(about.clone()));
    let title = if table.title.is_empty() {
        table.table.name.clone()
    } else {
        shown.title.clone()
    };
    let shown = [shown];
    let mut sheets = vec![Sheet {
        name: notes,
        title: title.clone(),
        lines: words.lines("query_notes", std::slice::from_ref(&value))?,
        grid: Some(front::columns(&shown, false, &words)),
    }];
    let known = front::codes(&shown, &words);
    if known.rows > 0 {
        sheets.push(Sheet {
            title: codes.clone(),
            name: codes,
            lines: words.lines("one_table", &[false.into()])?,
            grid: Some(known),
        });
    }
    let [shown] = &shown;
    let lines = [value, (rows == 0).into()];
    sheets.push(Sheet {
        name: shown.sheet.clone().unwrap_or_default(),
        title: title.clone(),
        lines: words.lines("query_lines", &lines)?,
        grid: Some(shown.grid(table.table.name.clone())),
    });
    for sheet in &mut sheets {
        if let Some(grid) = &mut sheet.grid {
            grid.name = table_names.table(&grid.name);
        }
    }
    form.write(&Book { title, sheets })
}

/// A count as templates take it.
fn figure(count: usize) -> Value {
    Value::from(Serde(Figure::count(
        u64::try_from(count).unwrap_or(u64::MAX),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::table::{Table, Value as Datum};
    use crate::report::tests::facts;

    fn table(name: &str, rows: usize) -> Table {
        let columns = ["period", "provider_id", "workers", "marker", "release"];
        let row = |number: usize| {
            vec![
                Datum::Date(20_543),
                Datum::Text("ASH".to_owned()),
                Datum::Integer(i64::try_from(number).unwrap()),
                Datum::Empty,
                Datum::Text("restricted".to_owned()),
            ]
        };
        Table {
            name: name.to_owned(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: (0..rows).map(row).collect(),
        }
    }

    #[test]
    fn a_table_that_is_too_long_is_left_out_and_the_contents_say_where_it_is() {
        let tables = [table("long", LONGEST + 1), table("short", 2)];
        let tables: Vec<TableFacts<'_>> = tables
            .iter()
            .map(|table| TableFacts {
                table,
                rows: table.rows.len(),
                title: format!("A {} table", table.name),
                description: String::new(),
                units: Vec::new(),
                hidden_rows: 0,
                emptied_rows: 0,
            })
            .collect();
        let templates = Templates::load(None).unwrap();
        for (form, bytes) in release(&templates, &facts(), &tables).unwrap() {
            use calamine::Reader;
            let mut book =
                calamine::open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).unwrap();
            let names = book.sheet_names();
            assert_eq!(names[5..], ["short"], "{form:?}");
            let contents = book.worksheet_range("Contents").unwrap();
            let long = contents
                .rows()
                .find(|row| row[1] == "A long table")
                .unwrap();
            assert_eq!(long[0], "Not in this file: over 100,000 rows");
            assert_eq!(
                (&long[2].to_string(), &long[5].to_string()),
                (&"100001".to_owned(), &"tables/long.csv".to_owned())
            );
            let cover = book.worksheet_range("Cover").unwrap();
            assert!(cover.rows().any(|row| {
                row[0]
                    .to_string()
                    .starts_with("It holds 1 table of figures")
            }));
            let columns = book.worksheet_range("Columns").unwrap();
            assert!(columns.rows().all(|row| row[0] != "long"));
        }
    }
}
