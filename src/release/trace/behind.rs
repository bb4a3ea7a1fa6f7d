//! The rows behind a figure, from the query that goes with its comparison.

use std::collections::{BTreeMap, BTreeSet};

use super::{Origin, Source, Stored, TraceError};
use crate::compare::query::QueryFile;
use crate::compare::run;
use crate::compare::table::{Table, Value};
use crate::engine::EngineError;
use crate::engine::parameter::Parameter;
use crate::engine::session::Session;
use crate::store::manifest::{InputFile, Manifest};

/// The rows behind a figure.
#[derive(Default)]
pub struct Behind {
    /// The rows, by file and row.
    pub table: Table,
    /// How many rows count in the figure's row of the comparison, behind this
    /// figure or another.
    pub looked_at: usize,
}

/// Columns that every query for rows has.
const PLACE: [&str; 4] = ["table_name", "return_id", "source_file", "source_row"];

/// A column and the value that tells a row by it.
pub type Told = (String, Value);

/// The columns of a row that say what it is about.
pub fn key(table: &Table, row: &[Value], key: &[String]) -> Vec<Told> {
    let at = |name: &String| table.position(name).map(|at| row[at].clone());
    key.iter()
        .map(|name| (name.clone(), at(name).unwrap_or(Value::Empty)))
        .collect()
}

impl Behind {
    /// Finds the rows behind `column` of the row that `told` tells.
    ///
    /// # Errors
    /// Where the query for the rows fails or lacks a column.
    pub fn find(
        source: &Source<'_>,
        session: &Session,
        (query, rows): (&QueryFile, &QueryFile),
        column: &str,
        told: &[Told],
    ) -> Result<Behind, TraceError> {
        let file = rows
            .own
            .clone()
            .unwrap_or_else(|| format!("queries/rows/{}.sql", rows.name));
        let mut parameters = rows.bind(&[])?;
        let mut conditions = Vec::new();
        for (number, (name, value)) in told.iter().enumerate() {
            let name = name.replace('"', "\"\"");
            match parameter(value) {
                None => conditions.push(format!("t.\"{name}\" IS NULL")),
                Some(value) => {
                    conditions.push(format!("t.\"{name}\" = $figure_key_{number}"));
                    parameters.push((format!("figure_key_{number}"), value));
                }
            }
        }
        // Where a worker's sector, place and full-time week stand, too.
        let sql = format!(
            "SELECT t.*, p.source_file AS workplace_file, p.source_row AS workplace_row\nFROM (\n{}\n) AS t\n\
             LEFT JOIN workplaces AS p ON p.provider_id = t.provider_id AND p.workplace_id = t.workplace_id\n\
             WHERE {}",
            rows.sql,
            conditions.join(" AND ")
        );
        let (schema, batches) = session
            .query(&sql, &parameters)
            .map_err(|error| match error {
                EngineError::Query(message) => TraceError::Misfit(format!("{file}: {message}")),
                other => other.into(),
            })?;
        let mut table = run::table(&query.name, &schema, &batches)?;
        let lacks = PLACE.iter().find(|name| table.position(name).is_none());
        if let Some(name) = lacks {
            return Err(TraceError::Misfit(format!("{file} has no column {name}")));
        }
        let order: Vec<usize> = PLACE
            .iter()
            .filter_map(|name| table.position(name))
            .collect();
        table.rows.sort_by(|a, b| {
            let by = |row: &Vec<Value>| order.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
            by(a).cmp(&by(b)).then_with(|| a.cmp(b))
        });
        let looked_at = table.rows.len();
        let named = rows.behind.iter().find(|(figure, _)| figure == column);
        let own = [column.to_owned()];
        let columns = match named {
            Some((_, columns)) => &columns[..],
            None if table.position(column).is_some() => &own,
            None => &[],
        };
        let mut at = Vec::new();
        for name in columns {
            let missing = || TraceError::Misfit(format!("{file} has no column {name}"));
            at.push(table.position(name).ok_or_else(missing)?);
        }
        if !at.is_empty() {
            table
                .rows
                .retain(|row| at.iter().any(|at| row[*at] != Value::Empty));
        }
        with_sheets(&mut table, source.manifest);
        Ok(Behind { table, looked_at })
    }

    /// What the rows add up to, where each says what it adds to the figure.
    pub fn sum(&self, column: &str) -> Option<Value> {
        let at = self.table.position(column)?;
        let mut sum: Option<(i128, usize)> = None;
        for row in &self.table.rows {
            let (value, scale) = match &row[at] {
                Value::Integer(number) => (i128::from(*number), 0),
                Value::Decimal(value, scale) => (*value, *scale),
                _ => return None,
            };
            let (total, known) = sum.unwrap_or((0, scale));
            sum = (known == scale).then_some((total.checked_add(value)?, scale));
            sum?;
        }
        Some(match sum {
            None | Some((_, 0)) => {
                Value::Integer(i64::try_from(sum.map_or(0, |(total, _)| total)).ok()?)
            }
            Some((total, scale)) => Value::Decimal(total, scale),
        })
    }

    /// The Parquet files that the rows stand in.
    pub fn parquet(&self, source: &Source<'_>) -> Vec<Stored> {
        let names: BTreeSet<String> = self.column("table_name").collect();
        let manifest = source.manifest;
        let stored = names.into_iter().filter_map(|table| {
            let path = manifest.table_path(&table)?;
            let ends = |name: &str| path.ends_with(name);
            let file = manifest.files.iter().find(|file| ends(&file.name))?;
            Some(Stored {
                sha256: file.sha256.clone(),
                file: path,
                table,
            })
        });
        stored.collect()
    }

    /// The files of returns that the rows came from.
    pub fn files(&self, source: &Source<'_>) -> Vec<Origin> {
        let mut files: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        let places = self.column("return_id").zip(self.column("source_file"));
        for ((id, file), table) in places.zip(self.column("table_name")) {
            *files.entry((id, file, table)).or_default() += 1;
        }
        let mut origins: Vec<Origin> = Vec::new();
        for ((id, file, table), rows) in files {
            let input = input(source.manifest, &id, &file, &table);
            let origin = Origin {
                file: input.map_or(file, |input| input.file.clone()),
                sheet: input.and_then(|input| input.sheet.clone()),
                sha256: input.map(|input| input.sha256.clone()),
                return_id: id,
                rows,
            };
            let same = |other: &&mut Origin| {
                (&other.return_id, &other.file, &other.sheet)
                    == (&origin.return_id, &origin.file, &origin.sheet)
            };
            match origins.iter_mut().find(same) {
                Some(known) => known.rows += rows,
                None => origins.push(origin),
            }
        }
        origins
    }

    fn column(&self, name: &str) -> impl Iterator<Item = String> {
        let at = self.table.position(name);
        let rows = self.table.rows.iter();
        rows.filter_map(move |row| at.map(|at| row[at].render()))
    }
}

/// Whether two numbers are equal, whatever their decimals; nothing is a sum of nothing.
pub fn same(sum: &Value, figure: &Value) -> bool {
    let plain = |value: &Value| {
        let text = value.render();
        match text.split_once('.') {
            Some((whole, places)) => {
                let places = places.trim_end_matches('0');
                if places.is_empty() {
                    whole.to_owned()
                } else {
                    format!("{whole}.{places}")
                }
            }
            None => text,
        }
    };
    match figure {
        Value::Integer(_) | Value::Decimal(..) => plain(sum) == plain(figure),
        Value::Empty => plain(sum) == "0",
        _ => true,
    }
}

/// Puts the sheet of each row beside its file.
fn with_sheets(table: &mut Table, manifest: &Manifest) {
    let at = |name: &str| table.position(name);
    let (Some(id), Some(file), Some(kind)) = (at("return_id"), at("source_file"), at("table_name"))
    else {
        return;
    };
    for row in &mut table.rows {
        let input = input(
            manifest,
            &row[id].render(),
            &row[file].render(),
            &row[kind].render(),
        );
        let sheet = input.and_then(|input| input.sheet.clone());
        row.insert(file + 1, sheet.map_or(Value::Empty, Value::Text));
    }
    table.columns.insert(file + 1, "sheet".to_owned());
}

/// The file of a return that rows of a table name as theirs.
fn input<'a>(
    manifest: &'a Manifest,
    id: &str,
    stored_as: &str,
    table: &str,
) -> Option<&'a InputFile> {
    let files = || {
        manifest
            .accepted(id)
            .into_iter()
            .flat_map(|entry| &entry.files)
    };
    let by_sheet = files().find(|input| {
        let sheet = input.sheet.as_ref();
        sheet.is_some_and(|sheet| format!("{}#{sheet}", input.file) == stored_as)
    });
    // Some layouts take flows from the files of workplaces.
    let of = |table: &str| files().find(|input| input.file == stored_as && input.table == table);
    let any = || files().find(|input| input.file == stored_as);
    by_sheet
        .or_else(|| of(table))
        .or_else(|| of("workplaces"))
        .or_else(any)
}

fn parameter(value: &Value) -> Option<Parameter> {
    match value {
        Value::Empty => None,
        Value::Integer(number) => Some(Parameter::Integer(*number)),
        Value::Date(days) => Some(Parameter::Date(*days)),
        Value::Boolean(yes) => Some(Parameter::Boolean(*yes)),
        // No comparison tells its rows by a decimal; as text it finds none rather than a wrong one.
        Value::Text(_) | Value::Decimal(..) => Some(Parameter::Text(value.render())),
    }
}
