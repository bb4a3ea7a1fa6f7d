//! The sheets before the tables: cover, contents, notes, columns, codes.

use std::collections::BTreeMap;

use minijinja::value::Value;

use super::book::{Cell, Column, Grid, Sheet};
use super::table::Shown;
use super::words::Words;
use super::{LONGEST, figure};
use crate::report::ReportError;
use crate::report::figures::group;

/// A grid whose cells are there already.
fn ready<'a>(
    name: &str,
    columns: &[(&str, u16, bool)],
    words: &Words<'_>,
    rows: Vec<Vec<Cell<'a>>>,
) -> Grid<'a> {
    let column = |(key, width, figure): &(&str, u16, bool)| Column {
        heading: words.heading(key),
        width: *width,
        wrap: !figure,
        figure: *figure,
        places: 0,
    };
    Grid {
        name: name.to_owned(),
        columns: columns.iter().map(column).collect(),
        rows: rows.len(),
        row: Box::new(move |row| rows[row].clone()),
    }
}

/// The five sheets; `fixed` are the notes that belong to no single table.
///
/// # Errors
/// Where a template of the user's does not fit.
pub fn sheets<'a>(
    names: &[String; 5],
    common: &Value,
    fixed: Vec<String>,
    shown: &'a [Shown<'a>],
    words: &mut Words<'_>,
) -> Result<Vec<Sheet<'a>>, ReportError> {
    let [cover, contents, notes, columns_name, codes_name] = names;
    let placed = shown.iter().filter(|table| table.sheet.is_some()).count();
    let mut all = fixed;
    all.extend(shown.iter().map(|table| {
        let description = table.facts.description.replace('`', "");
        format!("{}: {description}", table.title)
    }));
    let grids = [
        notes_grid(all, words),
        columns(shown, true, words),
        codes(shown, words),
    ];
    let mut listed: Vec<Vec<Cell<'a>>> = Vec::new();
    for (name, grid) in [notes, columns_name, codes_name].into_iter().zip(&grids) {
        let about = words.about(&grid.name);
        let none = || Cell::Marker("[z]".to_owned());
        listed.push(vec![
            Cell::Link(name.clone()),
            Cell::text(about),
            Cell::count(grid.rows),
            none(),
            none(),
            none(),
        ]);
    }
    for table in shown {
        let place = match &table.sheet {
            Some(name) => Cell::Link(name.clone()),
            None => Cell::text(words.say("left_out", &[group(&LONGEST.to_string()).into()])?),
        };
        listed.push(vec![
            place,
            Cell::text(table.title.clone()),
            Cell::count(table.facts.rows),
            Cell::count(table.facts.hidden_rows),
            Cell::count(table.facts.emptied_rows),
            Cell::text(table.file()),
        ]);
    }
    let layout = [
        ("sheet", 34, false),
        ("shows", 60, false),
        ("rows", 12, true),
        ("hidden", 14, true),
        ("emptied", 14, true),
        ("file", 40, false),
    ];
    let listed = ready("contents", &layout, words, listed);
    let mut sheets = vec![Sheet {
        name: cover.clone(),
        title: words.say("title", std::slice::from_ref(common))?,
        lines: words.lines("cover", &[common.clone(), figure(placed)])?,
        grid: None,
    }];
    let others = [contents, notes, columns_name, codes_name];
    for (name, grid) in others.into_iter().zip(std::iter::once(listed).chain(grids)) {
        sheets.push(Sheet {
            name: name.clone(),
            title: name.clone(),
            lines: words.lines("one_table", &[(grid.rows == 0).into()])?,
            grid: Some(grid),
        });
    }
    Ok(sheets)
}

fn notes_grid<'a>(notes: Vec<String>, words: &Words<'_>) -> Grid<'a> {
    let rows = notes.into_iter().zip(1..);
    let rows =
        rows.map(|(text, number)| vec![Cell::text(format!("[note {number}]")), Cell::text(text)]);
    let layout = [("note", 12, false), ("text", 110, false)];
    ready("notes", &layout, words, rows.collect())
}

/// What each column of the tables means; `sheets` says which sheet it is on.
pub fn columns<'a>(shown: &[Shown<'_>], sheets: bool, words: &Words<'_>) -> Grid<'a> {
    let mut rows = Vec::new();
    for table in shown {
        let Some(sheet) = &table.sheet else { continue };
        for column in &table.columns {
            let mut row = vec![
                Cell::text(column.column.heading.clone()),
                Cell::text(column.name.clone()),
                match column.meaning.as_str() {
                    "" => Cell::Marker("[x]".to_owned()),
                    meaning => Cell::text(meaning.to_owned()),
                },
            ];
            if sheets {
                row.insert(0, Cell::text(sheet.clone()));
            }
            rows.push(row);
        }
    }
    let layout = [
        ("sheet", 34, false),
        ("heading", 44, false),
        ("column", 26, false),
        ("meaning", 70, false),
    ];
    ready("columns", &layout[usize::from(!sheets)..], words, rows)
}

/// The codes behind the words of the tables.
pub fn codes<'a>(shown: &[Shown<'_>], words: &Words<'_>) -> Grid<'a> {
    let mut found = BTreeMap::new();
    for column in shown.iter().flat_map(|table| &table.columns) {
        for (code, word) in &column.codes {
            let heading = column.column.heading.clone();
            found.insert((column.name.clone(), code.clone()), (heading, word.clone()));
        }
    }
    let rows = found.into_iter().map(|((column, code), (heading, word))| {
        [heading, column, code, word].map(Cell::text).to_vec()
    });
    let layout = [
        ("heading", 30, false),
        ("column", 26, false),
        ("code", 34, false),
        ("words", 60, false),
    ];
    ready("codes", &layout, words, rows.collect())
}
