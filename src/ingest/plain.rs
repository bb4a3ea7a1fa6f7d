//! The short way from a cell to its value, for cells that are as they should
//! be, as nearly all are. Whatever it does not know goes the long way, which
//! tells what is wrong: where this way gives a value, that one gives the same.

use super::layout::{Binding, Bound};
use super::value::{EARLIEST, LONGEST, Value};
use crate::model::date;
use crate::model::decimal::{Decimal, SCALE};
use crate::model::schema::{Column, Kind};
use crate::returns::record::Record;

/// The columns of a table that have something to read: a row has nothing in
/// the others, and they are no fault.
pub struct Plain {
    width: usize,
    cells: Vec<Step>,
}

struct Step {
    /// The place of the column in its table.
    position: usize,
    column: &'static Column,
    /// The field of a record, where it stands for itself.
    field: Option<usize>,
    /// An empty cell is a fault.
    required: bool,
    kind: Kind,
    min: Decimal,
    max: Decimal,
}

impl Plain {
    /// The short ways of a header.
    #[must_use]
    pub fn of(binding: &Binding) -> Plain {
        let table = binding.table;
        let columns = table.columns.iter().zip(&binding.columns).enumerate();
        let wanted = columns.filter(|(at, (column, sources))| {
            let given = !sources.is_empty() || binding.constants[*at].is_some();
            !column.derived && (given || column.required)
        });
        Plain {
            width: table.columns.len(),
            cells: wanted
                .map(|(position, (column, sources))| Step::new(position, column, sources))
                .collect(),
        }
    }

    /// Adds the values of a record: plain cells are read here, `long` reads the others.
    #[inline]
    pub fn read<'a>(
        &self,
        record: Record<'a>,
        period: i32,
        out: &mut Vec<Value<'a>>,
        mut long: impl FnMut(usize, &'static Column) -> Value<'a>,
    ) {
        let first = out.len();
        out.resize(first + self.width, Value::Empty);
        let own = &mut out[first..];
        for step in &self.cells {
            let text = step.field.map(|field| record.get(field).unwrap_or(""));
            let value = match text {
                Some("") if !step.required => continue,
                Some(text) => step.value(text, period),
                None => None,
            };
            own[step.position] = value.unwrap_or_else(|| long(step.position, step.column));
        }
    }
}

impl Step {
    fn new(position: usize, column: &'static Column, sources: &[Bound]) -> Step {
        let itself = |one: &Bound| {
            one.codes.is_none()
                && one.not_known.is_empty()
                && one.max_length.is_none()
                && one.times.is_none()
        };
        let one = match sources {
            [one] if itself(one) => Some(one),
            _ => None,
        };
        // The range of pay depends on its basis: a rule looks at both.
        let (min, max) = if column.range_by_rule {
            (Decimal(i64::MIN), Decimal(i64::MAX))
        } else {
            column.limits()
        };
        Step {
            position,
            column,
            field: one.map(|one| one.index),
            required: column.required || one.is_some_and(|one| one.required),
            kind: column.kind,
            min,
            max,
        }
    }

    #[inline]
    fn value<'a>(&self, text: &'a str, period: i32) -> Option<Value<'a>> {
        match self.kind {
            Kind::Text => plain(text.as_bytes()).then_some(Value::Text(text)),
            Kind::Code => {
                let place = self.column.place_of(text);
                place.map(|place| Value::Code(text, place))
            }
            Kind::YesNo => match text.as_bytes() {
                b"yes" => Some(Value::Flag(true)),
                b"no" => Some(Value::Flag(false)),
                _ => None,
            },
            Kind::Date => date::parse_days(text)
                .filter(|days| *days >= EARLIEST && !(self.column.past && *days > period))
                .map(Value::Date),
            Kind::Money | Kind::Hours | Kind::Percent | Kind::Days => {
                self.number(text).map(|number| Value::Number(number.0))
            }
            Kind::Count | Kind::Integer => {
                let whole = text.bytes().all(|b| b.is_ascii_digit());
                let number = self.number(text).filter(|_| whole)?;
                Some(Value::Number(number.0 / SCALE))
            }
            Kind::Key | Kind::Area | Kind::Charge => None,
        }
    }

    #[inline]
    fn number(&self, text: &str) -> Option<Decimal> {
        let number = Decimal::parse(text).ok()?;
        (self.min <= number && number <= self.max).then_some(number)
    }
}

/// Whether a text has nothing around it that would be taken away, and no line
/// break in it.
#[inline]
fn plain(text: &[u8]) -> bool {
    let (Some(first), Some(last)) = (text.first(), text.last()) else {
        return false;
    };
    text.len() <= LONGEST
        && *first != b'='
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
        && text.iter().all(|byte| *byte >= b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::cell::cells;
    use crate::ingest::findings::RowFindings;
    use crate::ingest::layout::{Layouts, Recognised};
    use crate::ingest::row::{values, values_of};
    use crate::model::schema::TABLES;
    use crate::returns::record::Block;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    /// What stands in cells, right and wrong.
    const CELLS: [&str; 40] = [
        "",
        " ",
        "yes",
        "No",
        "no",
        "12",
        "12.5",
        "-1",
        "0",
        "250000",
        "250000.01",
        "1000001",
        "12.34567",
        "007",
        "1,234",
        "£12.60",
        "3%",
        "12 [p]",
        " 12.50",
        "12.",
        ".5",
        "99999999999999999999",
        "2026-03-31",
        "2026-04-01",
        "31/03/2026",
        "1899-12-31",
        "2026-02-30",
        "care_worker",
        "permanent",
        "hourly",
        "Annual",
        "P1",
        "=\"007\"",
        "a b",
        "a\u{a0}",
        "Tŷ",
        "ŷ",
        "W06000015",
        "free",
        "[c]",
    ];

    fn both(table: &str, text: &[&str]) -> bool {
        let table = TABLES.iter().find(|known| known.name == table).unwrap();
        let own = table.columns.iter().filter(|column| !column.derived);
        let header: Vec<String> = own.map(|column| column.name.clone()).collect();
        let day = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        let name = format!("{}.csv", table.name);
        let layouts = Layouts::built_in().unwrap();
        let Recognised::Rows(binding) = layouts.recognise(&name, &header, day) else {
            panic!("{header:?}")
        };
        let row: Vec<&str> = text.iter().copied().cycle().take(header.len()).collect();
        let mut block = Block::default();
        let line = format!("{}\n", row.join(";"));
        block.push_lines(&line, b';', 1, |_| 2);
        let (line, record) = block.get(0).unwrap();
        let (mut short, mut long, mut made) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = [Vec::new(), Vec::new()];
        let [first, second] = &mut found;
        for (all, is_short) in [(first, true), (second, false)] {
            let mut findings = RowFindings {
                all,
                return_id: "one",
                file: &name,
                table: &table.name,
                sheet: None,
                row: line,
                rejected: false,
                slipped: false,
                cells: None,
            };
            let period = crate::model::date::days(day);
            if is_short {
                let plain = Plain::of(&binding);
                values_of(&binding, &plain, record, period, &mut findings, &mut short);
            } else {
                cells(&binding, record, &mut made);
                values(&binding, &made, period, &mut findings, &mut long);
            }
        }
        short == long && found[0] == found[1]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_short_way_gives_what_the_long_one_gives(
            picked in proptest::collection::vec(0..CELLS.len(), 1..30),
        ) {
            let text: Vec<&str> = picked.iter().map(|at| CELLS[*at]).collect();
            for table in TABLES.iter() {
                prop_assert!(both(&table.name, &text), "{} {text:?}", table.name);
            }
        }
    }

    #[test]
    fn every_cell_in_every_column() {
        for cell in CELLS {
            for table in TABLES.iter() {
                assert!(both(&table.name, &[cell]), "{} {cell:?}", table.name);
            }
        }
    }
}
