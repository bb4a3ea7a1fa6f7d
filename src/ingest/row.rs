//! From the cells of one record to typed values, with every problem as a finding.

use super::cell::{Cell, cell_of};
use super::fault;
use super::findings::RowFindings;
use super::layout::Binding;
use super::plain::Plain;
use super::value::Value;
use crate::model::schema::Column;
use crate::returns::record::Record;

/// Adds the value of every cell; wrong ones become findings and [`Value::Empty`].
pub fn values<'a>(
    binding: &Binding,
    cells: &[Cell<'a>],
    period: i32,
    findings: &mut RowFindings<'_>,
    out: &mut Vec<Value<'a>>,
) {
    let columns = binding.table.columns.iter().zip(cells);
    out.extend(columns.map(|(column, cell)| typed(column, cell, period, findings)));
}

/// Adds the value of every cell of a record, those that are plain without making a
/// cell of them.
pub fn values_of<'a>(
    binding: &'a Binding,
    plain: &Plain,
    record: Record<'a>,
    period: i32,
    findings: &mut RowFindings<'_>,
    out: &mut Vec<Value<'a>>,
) {
    plain.read(record, period, out, |position, column| {
        let cell = cell_of(binding, record, position).unwrap_or(Cell::NONE);
        typed(column, &cell, period, findings)
    });
}

fn typed<'a>(
    column: &Column,
    cell: &Cell<'a>,
    period: i32,
    findings: &mut RowFindings<'_>,
) -> Value<'a> {
    if column.derived {
        return Value::Empty;
    }
    match cell.value(column, period) {
        Ok((value, marks)) => {
            if !marks.is_empty() {
                fault::marked(column, cell, marks, findings);
            }
            if cell.guarded {
                fault::guarded(column, cell, findings);
            }
            value
        }
        Err(fault) => {
            fault::report(column, cell, fault, findings);
            Value::Empty
        }
    }
}
