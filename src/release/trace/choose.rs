//! The one row that was asked for, or why there is none.

use std::collections::BTreeSet;

use super::{Asked, TraceError};
use crate::compare::table::{Table, Value};
use crate::model::nearest::nearest;
use crate::protect::ADDED;

/// How many values a message names.
const NAMED: usize = 12;

/// The row of `table` that the words asked for.
///
/// # Errors
/// Where they fit none or several, or the column is no figure.
pub fn row<'a>(
    table: &'a Table,
    key: &[String],
    asked: &Asked<'_>,
) -> Result<&'a [Value], TraceError> {
    let name = &table.name;
    let figures = || {
        let columns = table.columns.iter().map(String::as_str);
        columns.filter(|column| !ADDED.contains(column) && !key.iter().any(|key| key == column))
    };
    if !figures().any(|column| column == asked.column) {
        let what = if table.position(asked.column).is_some() {
            format!(
                "{} says what a row of {name} is about, and is no figure of it",
                asked.column
            )
        } else {
            format!("{name} has no column `{}`", asked.column)
        };
        return Err(which(&what, &meant(asked.column, figures())));
    }
    let mut fit: Vec<&Vec<Value>> = table.rows.iter().collect();
    for (column, value) in asked.row {
        let Some(at) = table.position(column) else {
            let known = key.iter().map(String::as_str);
            return Err(which(
                &format!("{name} has no column `{column}`"),
                &meant(column, known),
            ));
        };
        let all = values(table.rows.iter(), at);
        if !all.contains(value) {
            let known = all.iter().map(String::as_str);
            return Err(which(
                &format!("{name} has no {column} `{value}`"),
                &meant(value, known),
            ));
        }
        let left = values(fit.iter().copied(), at);
        fit.retain(|row| row[at].render() == *value);
        if fit.is_empty() {
            let what = format!(
                "{name} has no row of {column} `{value}` with the rest of what was asked for"
            );
            return Err(which(&what, &listed(left.iter().map(String::as_str))));
        }
    }
    match fit.as_slice() {
        [one] => Ok(one),
        [] => Err(TraceError::Which(format!("{name} has no rows"))),
        several => {
            let apart = |column: &&String| {
                let at = table.position(column)?;
                let values = values(several.iter().copied(), at);
                let named = listed(values.iter().map(String::as_str));
                (values.len() > 1).then(|| format!("{column}=VALUE ({named})"))
            };
            let apart: Vec<String> = key.iter().filter_map(|column| apart(&column)).collect();
            let what = format!("{} rows of {name} fit", several.len());
            Err(which(
                &what,
                &format!("tell them apart by {}", apart.join("; ")),
            ))
        }
    }
}

fn which(what: &str, hint: &str) -> TraceError {
    TraceError::Which(format!("{what}\nhint: {hint}"))
}

fn values<'a>(rows: impl Iterator<Item = &'a Vec<Value>>, at: usize) -> BTreeSet<String> {
    rows.map(|row| row[at].render()).collect()
}

fn listed<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let more = if known.len() > NAMED {
        " and others"
    } else {
        ""
    };
    let named = known[..known.len().min(NAMED)].join(", ");
    let are = if known.len() == 1 { "is" } else { "are" };
    format!("there {are} {named}{more}")
}

fn meant<'a>(wanted: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(wanted, known.clone()) {
        Some(near) => format!("there is {near}"),
        None => listed(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let text = |text: &str| Value::Text(text.to_owned());
        let rows = [
            ("all", "nhs", 3),
            ("all", "independent", 5),
            ("senior", "nhs", 1),
        ];
        Table {
            name: "pay".to_owned(),
            columns: [
                "period",
                "role_group",
                "sector",
                "workers",
                "marker",
                "release",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: rows
                .map(|(group, sector, workers)| {
                    let figure = Value::Integer(workers);
                    vec![
                        Value::Date(0),
                        text(group),
                        text(sector),
                        figure,
                        Value::Empty,
                        text("restricted"),
                    ]
                })
                .to_vec(),
        }
    }

    fn asked(column: &str, row: &[(&str, &str)]) -> Result<String, String> {
        let row: Vec<(String, String)> = row
            .iter()
            .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
            .collect();
        let asked = Asked {
            table: "pay",
            column,
            row: &row,
            published: None,
        };
        let key = ["role_group", "sector"].map(str::to_owned);
        super::row(&table(), &key, &asked)
            .map(|row| row[3].render())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_row_or_what_tells_them_apart() {
        assert_eq!(
            asked("workers", &[("role_group", "senior")]),
            Ok("1".to_owned())
        );
        assert_eq!(
            asked("workers", &[("sector", "nhs"), ("role_group", "all")]),
            Ok("3".to_owned())
        );
        for (column, row, said) in [
            (
                "worker",
                &[][..],
                "pay has no column `worker`\nhint: there is workers",
            ),
            (
                "sector",
                &[],
                "sector says what a row of pay is about, and is no figure of it\nhint: there is workers",
            ),
            (
                "workers",
                &[("sector", "nhs")],
                "2 rows of pay fit\nhint: tell them apart by role_group=VALUE (there are all, senior)",
            ),
            (
                "workers",
                &[("sectr", "nhs")],
                "pay has no column `sectr`\nhint: there is sector",
            ),
            (
                "workers",
                &[("sector", "nsh")],
                "pay has no sector `nsh`\nhint: there are independent, nhs",
            ),
            (
                "workers",
                &[("sector", "independant")],
                "pay has no sector `independant`\nhint: there is independent",
            ),
            (
                "workers",
                &[("role_group", "senior"), ("sector", "independent")],
                "pay has no row of sector `independent` with the rest of what was asked for\nhint: there is nhs",
            ),
        ] {
            assert_eq!(asked(column, row), Err(said.to_owned()), "{column} {row:?}");
        }
    }
}
