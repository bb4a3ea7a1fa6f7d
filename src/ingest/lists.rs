//! Flows that stand in lists of a workplace's own row, as rows of their table.

use super::batch::{Batch, Waiting};
use super::cell::Cells;
use super::chunk::{Chunk, Twice};
use super::findings::RowFindings;
use super::intake::Judged;
use super::row_key::row_key;
use super::rules::{DUPLICATE, Row, breach};
use super::value::Value;
use crate::model::{column, schema};

/// Flows of workplaces whose joiners and leavers stand in lists of their own row.
#[must_use]
pub fn flows_of_lists(entry: &Judged, period: i32, batch: &mut Batch) -> Chunk {
    let mut chunk = Chunk::default();
    let Some(table) = schema::table("flows") else {
        return chunk;
    };
    let role_column = column::ROLE.of(table).map(|at| &table.columns[at]);
    let before = batch.len();
    for (index, file) in entry.files.iter().enumerate() {
        batch.begin(&entry.id, &file.stored_as);
        let mut places: Vec<_> = entry
            .workplaces
            .iter()
            .filter(|(_, workplace)| workplace.file == index)
            .collect();
        places.sort_by_key(|(_, workplace)| workplace.row);
        for ((provider, place), workplace) in places {
            let Some(mut lists) = workplace.lists.clone() else {
                continue;
            };
            if let Some(staff) = entry.tally.staff.get(&workplace.number) {
                lists.complete(&staff.staffed());
            }
            let mut waiting = Waiting::default();
            for (role, [starters, leavers, vacancies]) in &lists.roles {
                let values = waiting.add();
                values.resize(values.len() + table.columns.len(), Value::Empty);
                let mut row = Row {
                    table,
                    values: waiting.begun(),
                    cells: Cells::Made(&[]),
                    binding: None,
                    period,
                };
                row.set(&column::PROVIDER_ID, Value::Text(provider));
                row.set(&column::WORKPLACE_ID, Value::Text(place));
                let code = role_column.and_then(|column| column.place_of(role));
                let code = code.map_or(Value::Text(role), |place| Value::Code(role, place));
                row.set(&column::ROLE, code);
                for (column, count) in [
                    (&column::STARTERS, starters),
                    (&column::LEAVERS, leavers),
                    (&column::VACANCIES, vacancies),
                ] {
                    row.set(column, count.map_or(Value::Empty, Value::Number));
                }
                let first = (index, workplace.row);
                if let Some(key) = row_key(&row, workplace.number, None) {
                    chunk.keys.push(key);
                    // Another file has the flows of the role too, and nobody knows which are right.
                    if entry.is_twice(&table.name, key) {
                        chunk.twice.push(Twice {
                            key,
                            finding: chunk.findings.len(),
                            at: first,
                        });
                        let mut findings = RowFindings {
                            all: &mut chunk.findings,
                            return_id: &entry.id,
                            file: &file.source.name,
                            table: &table.name,
                            sheet: None,
                            row: workplace.row,
                            rejected: false,
                            slipped: false,
                            cells: None,
                        };
                        breach(&DUPLICATE, &mut findings, None, None, "");
                        continue;
                    }
                }
                chunk
                    .tally
                    .flow(workplace.number, first, [*starters, *leavers, *vacancies]);
                if entry.accepted && waiting.keep(workplace.row) {
                    batch.push(&mut waiting);
                }
            }
            batch.push(&mut waiting);
        }
    }
    chunk.rows = batch.len() - before;
    chunk
}
