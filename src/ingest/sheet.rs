//! The sheets of a workbook as the files of its return.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{Balance, File, Kind, Place, at_row};
use super::header::{Header, Known};
use super::layout::Recognised;
use super::rules;
use crate::model::schema;
use crate::returns::address;
use crate::returns::rows::Origin;
use crate::returns::workbook::{self, Room, Sheet, WorkbookError};

/// Looks at a workbook: one part for each sheet with content. `file` is the
/// workbook as a whole.
///
/// # Errors
/// Where it can no longer be read.
pub fn look(
    return_id: &str,
    mut file: File,
    known: &Known<'_>,
    room: &Room,
) -> std::io::Result<Vec<File>> {
    let (sheets, old) = match workbook::sheets(&file.source.path, room) {
        Ok(found) => found,
        Err(WorkbookError::Io(error)) => return Err(error),
        Err(error) => {
            let rule = &rules::UNREADABLE_FILE;
            file.add(return_id, rule, Place::default(), &format!("it {error}"));
            return Ok(vec![file]);
        }
    };
    let mut files: Vec<File> = Vec::new();
    for sheet in sheets {
        if sheet.rows == 0 && sheet.broken.is_none() && table_of(&sheet).is_none() {
            continue;
        }
        let mut part = File {
            source: file.source.clone(),
            stamp: file.stamp,
            sheet: Some(sheet.name.clone()),
            stored_as: file.source.name.clone(),
            fingerprint: file.fingerprint.clone(),
            kind: Kind::Broken,
            findings: Vec::new(),
            balance: Balance::default(),
            above: 0,
            header: 1,
            // The file's bytes count once.
            bytes: if files.is_empty() {
                file.fingerprint.bytes
            } else {
                0
            },
            origin: None,
        };
        part.sheet(return_id, sheet, known);
        files.push(part);
    }
    let is_table = |file: &File| matches!(file.kind, Kind::Rows(_));
    let broken = |file: &File| matches!(file.kind, Kind::Broken);
    if !files.iter().any(|file| is_table(file) || broken(file)) {
        let names: Vec<&str> = files
            .iter()
            .filter_map(|file| file.sheet.as_deref())
            .collect();
        let detail = match names.as_slice() {
            [] => "none of its sheets holds anything".to_owned(),
            names => format!("none of its sheets ({}) is a table", names.join(", ")),
        };
        file.add(return_id, &rules::UNKNOWN_FILE, Place::default(), &detail);
        return Ok(vec![file]);
    }
    if let (true, Some(first)) = (old, files.first_mut()) {
        let sheet = first.sheet.take();
        first.add(return_id, &rules::OLD_FORM, Place::default(), "");
        first.sheet = sheet;
    }
    // Rows of one table from two sheets are told apart by the sheet.
    let mut tables: BTreeMap<String, usize> = BTreeMap::new();
    for part in &files {
        *tables.entry(part.table().to_owned()).or_default() += 1;
    }
    for part in &mut files {
        if let (Some(2..), Some(sheet)) = (tables.get(part.table()), &part.sheet) {
            part.stored_as = format!("{}#{sheet}", part.source.name);
        }
    }
    Ok(files)
}

/// The name by which a sheet is recognised: as that of a file.
fn called(sheet: &Sheet) -> String {
    format!("{}.csv", sheet.name.trim())
}

fn table_of(sheet: &Sheet) -> Option<&'static schema::Table> {
    schema::table(&sheet.name.trim().to_lowercase())
}

impl File {
    /// Settles what the sheet is, and what there is to say of it.
    fn sheet(&mut self, return_id: &str, sheet: Sheet, known: &Known<'_>) {
        let header = Header::find(&called(&sheet), &sheet.top, known);
        let known = header
            .as_ref()
            .is_some_and(|header| !matches!(header.recognised, Recognised::Unknown));
        if !known && table_of(&sheet).is_none() {
            let broken = sheet.broken.as_ref();
            let detail = broken.map_or(String::new(), |error| format!("it {error}"));
            self.add(return_id, &rules::UNKNOWN_SHEET, Place::default(), &detail);
            self.kind = Kind::NotNeeded(String::new());
            self.origin = Some(Origin::Sheet {
                sheet: Arc::new(sheet),
                header: 0,
                width: 0,
            });
            return;
        }
        if let Some(error) = &sheet.broken {
            let rule = &rules::UNREADABLE_FILE;
            self.add(return_id, rule, Place::default(), &format!("it {error}"));
            return;
        }
        let Some(header) = header else {
            let rule = &rules::UNREADABLE_FILE;
            let detail = "it is empty: it has not even a header";
            self.add(return_id, rule, Place::default(), detail);
            return;
        };
        let (row, width) = (header.row, header.names.len());
        self.bind(return_id, header);
        if matches!(self.kind, Kind::Rows(_)) {
            self.hidden(return_id, &sheet, row, width);
            for region in &sheet.facts.merged {
                if region.rows.1 >= row && region.columns.0 < width {
                    let place = Place {
                        index: Some(region.columns.0),
                        ..at_row(region.rows.0)
                    };
                    self.add(return_id, &rules::MERGED, place, &region.text());
                }
            }
        }
        self.origin = Some(Origin::Sheet {
            sheet: Arc::new(sheet),
            header: row,
            width,
        });
    }

    /// Says what a filter, or a hand, has taken out of sight.
    fn hidden(&mut self, return_id: &str, sheet: &Sheet, header: u64, width: usize) {
        let mut what = Vec::new();
        if sheet.hidden {
            what.push("the whole sheet".to_owned());
        }
        let facts = &sheet.facts;
        let below = |(first, last): &(u64, u64)| {
            (*last > header).then_some(((*first).max(header + 1), *last))
        };
        let rows: Vec<_> = facts.hidden_rows.iter().filter_map(below).collect();
        if !rows.is_empty() {
            what.push(format!(
                "rows {}",
                address::ranges(&rows, |row| row.to_string())
            ));
        }
        let width = width as u64;
        let within = |(first, last): &(u64, u64)| {
            (*first < width).then_some((*first, (*last).min(width - 1)))
        };
        let columns: Vec<_> = facts.hidden_columns.iter().filter_map(within).collect();
        if !columns.is_empty() {
            let name = |index| address::column(usize::try_from(index).unwrap_or(usize::MAX));
            what.push(format!("columns {}", address::ranges(&columns, name)));
        }
        if !what.is_empty() {
            self.add(
                return_id,
                &rules::HIDDEN,
                Place::default(),
                &what.join(", "),
            );
        }
    }
}
