//! What `paybench describe` says of layouts.

use crate::cli::failure::{Failure, USAGE};
use crate::cli::terminal::Terminal;
use crate::ingest::layout::{BY_NAME, CodeList, FileLayout, Layout, Layouts};
use crate::model::finding::Severity;

/// Every layout in a line.
#[must_use]
pub fn list(layouts: &Layouts) -> String {
    let rows = layouts.iter().map(|layout| {
        let tables = layout.files.iter().filter_map(|file| file.table);
        let mut tables: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
        if layout.name == BY_NAME {
            tables = vec!["all"];
        }
        vec![
            layout.name.clone(),
            layout.title.clone(),
            tables.join(", "),
            dates(layout),
            origin(layout).to_owned(),
        ]
    });
    Terminal::lines(
        &["layout", "what it is", "tables", "periods", "origin"],
        rows.collect(),
    ) + "\npaybench describe layouts NAME shows one of them; template in place of NAME shows how to write one.\n"
}

fn dates(layout: &Layout) -> String {
    match (layout.from, layout.to) {
        (None, None) => "all".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    }
}

fn origin(layout: &Layout) -> &str {
    layout.own.as_deref().unwrap_or("built in")
}

/// The layout of a name.
///
/// # Errors
/// Where there is none.
pub fn named(name: &str, layouts: &Layouts) -> Result<String, Failure> {
    layouts.get(name).map(|layout| of(layout)).ok_or_else(|| {
        let hint = match layouts.nearest(name) {
            Some(near) => format!("did you mean {near}?"),
            None => "paybench describe layouts lists them".to_owned(),
        };
        Failure::new(USAGE, format!("there is no layout `{name}`\nhint: {hint}"))
    })
}

/// One layout: its files, columns, codes and marks.
#[must_use]
pub fn of(layout: &Layout) -> String {
    let mut text = format!(
        "{}: {}\nPeriods: {}. Origin: {}. SHA-256: {}.\n",
        layout.name,
        layout.title,
        dates(layout),
        origin(layout),
        layout.sha256
    );
    for (holds, what) in [
        (
            layout.keep_spaces,
            "Cells are read as they stand, spaces included.",
        ),
        (
            layout.plain_numbers,
            "Numbers are plain digits: no pound signs, commas or marks.",
        ),
        (
            layout.short_rows,
            "Rows may leave out empty cells at their end.",
        ),
        (
            layout.ignore_case,
            "Codes are matched whatever the case of their letters.",
        ),
        (
            layout.rules.is_some(),
            "Rules in code look at answers that hang together.",
        ),
    ] {
        if holds {
            text.push_str(&format!("{what}\n"));
        }
    }
    if layout.name == BY_NAME {
        text.push_str("Files are named after their table, columns after its columns: paybench describe lists the tables.\n");
    }
    for file in &layout.files {
        text.push('\n');
        text.push_str(&of_file(file));
    }
    text
}

fn of_file(file: &FileLayout) -> String {
    let known_by = file.recognise.join(", ");
    let Some(table) = file.table else {
        return format!("A file known by {known_by}: its rows are not needed.\n");
    };
    let mut text = format!("{} file, known by {known_by}\n", table.name);
    let mut rows = Vec::new();
    for (at, column) in file.columns.iter().enumerate() {
        let target = &table.columns[column.position].name;
        let mut remarks = Vec::new();
        let mut before = file.columns[..at].iter();
        if before.any(|other| other.position == column.position) {
            remarks.push("where the one before is empty".to_owned());
        }
        if let Some(factor) = column.times {
            remarks.push(format!("times {}", factor.short()));
        }
        if column.wrong == Severity::Warning {
            remarks.push("a wrong value is dropped".to_owned());
        }
        if column.required {
            remarks.push("required".to_owned());
        }
        if column.optional {
            remarks.push("may be missing".to_owned());
        }
        remarks.extend(column.added.map(|day| format!("since {day}")));
        remarks.extend(column.removed.map(|day| format!("until {day}")));
        if let Some(most) = column.max_length {
            remarks.push(format!("at most {most} characters"));
        }
        rows.push(vec![
            column.from.clone(),
            column.aliases.join(", "),
            target.clone(),
            column.not_known.join(" "),
            remarks.join(", "),
        ]);
    }
    for (position, value) in &file.constants {
        rows.push(vec![
            String::new(),
            String::new(),
            table.columns[*position].name.clone(),
            String::new(),
            format!("always {value}"),
        ]);
    }
    text.push_str(&Terminal::lines(
        &["column", "also called", "becomes", "not known", "remarks"],
        rows,
    ));
    for filter in &file.rows {
        let mut skip = filter.skip.clone();
        if filter.skip_others {
            skip.push("any other word".to_owned());
        }
        text.push_str(&format!(
            "rows that count: {} is {}; skipped: {}\n",
            filter.column,
            filter.keep.join(", "),
            skip.join(", ")
        ));
    }
    let lists = file.lists.iter();
    let lists: Vec<String> = lists
        .map(|lists| format!("{}, {}", lists.roles, lists.counts.join(", ")))
        .collect();
    let month: Vec<String> = file.month.iter().cloned().collect();
    for (what, names) in [
        ("rows are of the month of the period by", &month),
        ("the jobs of one worker are told apart by", &file.jobs_apart),
        ("parallel lists of joiners and leavers", &lists),
        ("read by rules in code", &file.in_code),
        ("personal, never read past the parser", &file.identity),
        ("known and not needed", &file.unused),
        ("in older headers only", &file.removed),
    ] {
        if !names.is_empty() {
            text.push_str(&format!("{what}: {}\n", names.join(", ")));
        }
    }
    text.push_str(&codes(file));
    text
}

/// The codes of the file's columns, and of its lists.
fn codes(file: &FileLayout) -> String {
    let mut rows = Vec::new();
    let mut add = |column: &str, codes: &CodeList, remark: &str| {
        let mut codes: Vec<(&str, &str)> = codes.iter().collect();
        codes.sort_by_key(|(theirs, _)| (theirs.parse::<u32>().unwrap_or(0), *theirs));
        for (theirs, ours) in codes {
            rows.push([column, theirs, ours, remark].map(str::to_owned).to_vec());
        }
    };
    for column in &file.columns {
        if let Some(codes) = &column.codes {
            add(&column.from, codes, "");
        }
        if let Some(codes) = &column.retired_codes {
            add(&column.from, codes, "older headers only");
        }
    }
    if let Some(lists) = &file.lists {
        add(&lists.roles, &lists.codes, "");
    }
    for column in &file.columns {
        if let Some(others) = &column.others {
            rows.push(
                [&column.from, "any other", others, ""]
                    .map(str::to_owned)
                    .to_vec(),
            );
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    Terminal::lines(&["column", "code", "becomes", "remarks"], rows)
}
