//! Limits: figures of a release beyond which somebody wants to be told.
//!
//! ```text
//! limit  = figure operator number { "," column "=" value }
//! figure = comparison "." column | standard of living_wage "." column
//! ```
//!
//! A limit looks at every row that has the values it names; of tables by role
//! group at the rows of `all` unless it names another. `provider` stands for
//! `provider_id`, and sends a standard to `living_wage_providers`.

use serde::Serialize;

use crate::compare::table::{Table, Value};
use crate::model::decimal::{Decimal, SCALE};
use crate::model::schema::CODES;
use crate::protect::WITHHELD;

/// Why a limit cannot be used; it follows the limit's text.
#[derive(Debug, thiserror::Error)]
#[error("limit `{limit}`: {why}")]
pub struct LimitError {
    limit: String,
    why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

const OPERATORS: [(&str, Operator); 4] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::Above),
    ("<", Operator::Below),
];

/// A limit as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    text: String,
    subject: String,
    column: String,
    operator: Operator,
    /// In ten-thousandths.
    bound: i128,
    /// Columns and the values that rows must have.
    rows: Vec<(String, String)>,
}

/// What a limit came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No figure is beyond it.
    Kept,
    /// A figure is beyond it.
    Breached,
    /// No figure shown is beyond it, and one is withheld, has no value, or is
    /// not there.
    CannotTell,
}

/// A limit judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// The limit.
    pub limit: String,
    /// What it came to.
    pub verdict: Verdict,
    /// The figures beyond it, or those that cannot be told, in words.
    pub rows: Vec<String>,
}

impl Limit {
    /// Reads a limit; `more` are columns and values beside those in the text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, more: &[(String, String)]) -> Result<Limit, LimitError> {
        let wrong = |why: &str| LimitError {
            limit: text.to_owned(),
            why: why.to_owned(),
        };
        let form = "write it as `nlw_nmw.below_pct > 0` or `turnover.rate_pct > 40, sector = nhs`";
        let mut parts = text.split(',');
        let first = parts.next().unwrap_or_default();
        let (sign, operator) = OPERATORS
            .into_iter()
            .find(|(sign, _)| first.contains(sign))
            .ok_or_else(|| wrong(form))?;
        let (figure, number) = first.split_once(sign).ok_or_else(|| wrong(form))?;
        let (subject, column) = figure.trim().split_once('.').ok_or_else(|| wrong(form))?;
        let bound = Decimal::parse(number.trim())
            .map_err(|error| wrong(&format!("`{}` {error}", number.trim())))?;
        let mut rows = more.to_vec();
        for part in parts {
            let (column, value) = part.split_once('=').ok_or_else(|| wrong(form))?;
            rows.push((column.trim().to_owned(), value.trim().to_owned()));
        }
        for (column, _) in &mut rows {
            if column == "provider" {
                "provider_id".clone_into(column);
            }
        }
        let named = more
            .iter()
            .map(|(column, value)| format!(", {column} = {value}"));
        Ok(Limit {
            text: format!("{}{}", text.trim(), named.collect::<String>()),
            subject: subject.to_owned(),
            column: column.to_owned(),
            operator,
            bound: bound.0.into(),
            rows,
        })
    }

    /// The tables that it may look at.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        [
            self.subject.as_str(),
            "living_wage",
            "living_wage_providers",
        ]
        .into_iter()
    }

    fn wrong(&self, why: String) -> LimitError {
        LimitError {
            limit: self.text.clone(),
            why,
        }
    }

    /// Judges the limit by the figures of a release.
    ///
    /// # Errors
    /// Where the release has no such figure at all.
    pub fn judge(&self, tables: &[&Table]) -> Result<Judged, LimitError> {
        let find = |name: &str| tables.iter().copied().find(|table| table.name == name);
        let mut rows = self.rows.clone();
        let table = if let Some(table) = find(&self.subject) {
            table
        } else {
            rows.push(("standard".to_owned(), self.subject.clone()));
            let by_provider = rows.iter().any(|(column, _)| column == "provider_id");
            let name = if by_provider {
                "living_wage_providers"
            } else {
                "living_wage"
            };
            find(name).ok_or_else(|| {
                self.wrong(format!(
                    "the release has neither a table {} nor {name}; tables of single providers are only in restricted ones",
                    self.subject
                ))
            })?
        };
        let at = self.column_of(table, &self.column)?;
        if table.position("role_group").is_some() && !rows.iter().any(|(c, _)| c == "role_group") {
            rows.push(("role_group".to_owned(), "all".to_owned()));
        }
        let mut wanted = Vec::new();
        for (column, value) in &rows {
            let at = self.column_of(table, column)?;
            let known = table.rows.iter().any(|row| row[at].render() == *value);
            let code = CODES
                .get(column)
                .is_some_and(|codes| codes.contains_key(value));
            if !known && !code && column != "provider_id" {
                return Err(self.wrong(format!("{} has no {column} `{value}`", table.name)));
            }
            wanted.push((at, value));
        }
        let fits = |row: &&Vec<Value>| {
            wanted
                .iter()
                .all(|(at, value)| row[*at].render() == **value)
        };
        let (mut beyond, mut untold) = (Vec::new(), Vec::new());
        for row in table.rows.iter().filter(fits) {
            match scaled(&row[at]) {
                None => untold.push(format!(
                    "{}: {}",
                    in_words(table, row),
                    why_empty(table, row)
                )),
                Some(figure) if self.is_beyond(figure) => {
                    beyond.push(format!("{}: {}", in_words(table, row), row[at].render()));
                }
                Some(_) => {}
            }
        }
        if !table.rows.iter().any(|row| fits(&row)) {
            untold.push(format!("{} has no such row", table.name));
        }
        let (verdict, rows) = match (beyond.is_empty(), untold.is_empty()) {
            (false, _) => (Verdict::Breached, beyond),
            (true, false) => (Verdict::CannotTell, untold),
            (true, true) => (Verdict::Kept, Vec::new()),
        };
        Ok(Judged {
            limit: self.text.clone(),
            verdict,
            rows,
        })
    }

    fn column_of(&self, table: &Table, column: &str) -> Result<usize, LimitError> {
        table.position(column).ok_or_else(|| {
            self.wrong(format!(
                "{} has no column {column}; it has: {}",
                table.name,
                table.columns.join(", ")
            ))
        })
    }

    fn is_beyond(&self, figure: i128) -> bool {
        match self.operator {
            Operator::Above => figure > self.bound,
            Operator::AtLeast => figure >= self.bound,
            Operator::Below => figure < self.bound,
            Operator::AtMost => figure <= self.bound,
        }
    }
}

/// A number in ten-thousandths.
fn scaled(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(number) => Some(i128::from(*number) * i128::from(SCALE)),
        // No comparison publishes more than four decimals.
        Value::Decimal(number, scale) => {
            let missing = 4_u32.checked_sub(u32::try_from(*scale).ok()?)?;
            number.checked_mul(10_i128.pow(missing))
        }
        _ => None,
    }
}

/// Whom or what a row is about: its texts, but for what every row shares.
fn in_words(table: &Table, row: &[Value]) -> String {
    let apart = ["period", "marker", "release"];
    let columns = table.columns.iter().zip(row);
    let texts = columns.filter(|(column, _)| !apart.contains(&column.as_str()));
    let texts = texts.filter_map(|(column, value)| Some(format!("{column} {}", value.as_text()?)));
    texts.collect::<Vec<_>>().join(", ")
}

fn why_empty(table: &Table, row: &[Value]) -> &'static str {
    let marker = table.position("marker").and_then(|at| row[at].as_text());
    if marker == Some(WITHHELD) {
        "withheld"
    } else {
        "no value"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: &[(&str, &str, Option<i128>, &str)]) -> Table {
        let columns = [
            "role_group",
            "sector",
            "standard",
            "below_pct",
            "marker",
            "release",
        ];
        let text = |text: &str| Value::Text(text.to_owned());
        let row = |(group, sector, figure, marker): &(&str, &str, Option<i128>, &str)| {
            let figure = figure.map_or(Value::Empty, |figure| Value::Decimal(figure, 2));
            vec![
                text(group),
                text(sector),
                text("nlw_nmw"),
                figure,
                text(marker),
                text("protected"),
            ]
        };
        Table {
            name: name.to_owned(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: rows.iter().map(row).collect(),
        }
    }

    fn release() -> [Table; 1] {
        [table(
            "living_wage",
            &[
                ("all", "independent", Some(321), ""),
                ("all", "nhs", Some(0), ""),
                ("all", "local_authority", None, "[c]"),
                ("front_line", "nhs", Some(9_999), ""),
            ],
        )]
    }

    fn judged(text: &str) -> (Verdict, Vec<String>) {
        let judged = Limit::parse(text, &[])
            .unwrap()
            .judge(&[&release()[0]])
            .unwrap();
        (judged.verdict, judged.rows)
    }

    #[test]
    fn a_figure_beyond_is_named() {
        let (verdict, rows) = judged("nlw_nmw.below_pct > 0");
        assert_eq!(verdict, Verdict::Breached);
        assert_eq!(
            rows,
            ["role_group all, sector independent, standard nlw_nmw: 3.21"]
        );
        assert_eq!(
            judged("living_wage.below_pct >= 3.21, sector = independent").0,
            Verdict::Breached
        );
        assert_eq!(
            judged("nlw_nmw.below_pct > 3.21, sector = independent").0,
            Verdict::Kept
        );
        assert_eq!(
            judged("nlw_nmw.below_pct < 1, sector = nhs").0,
            Verdict::Breached
        );
        assert_eq!(
            judged("nlw_nmw.below_pct <= 0, sector = nhs").0,
            Verdict::Breached
        );
    }

    #[test]
    fn what_is_withheld_or_missing_never_keeps_a_limit() {
        let (verdict, rows) = judged("nlw_nmw.below_pct > 5");
        assert_eq!(verdict, Verdict::CannotTell);
        assert_eq!(
            rows,
            ["role_group all, sector local_authority, standard nlw_nmw: withheld"]
        );
        let (verdict, rows) = judged("nlw_nmw.below_pct > 5, sector = other");
        assert_eq!(
            (verdict, rows),
            (
                Verdict::CannotTell,
                vec!["living_wage has no such row".to_owned()]
            )
        );
    }

    #[test]
    fn a_limit_on_nothing_that_there_is_is_an_error() {
        for (text, part) in [
            ("below_pct > 0", "write it as"),
            ("nlw_nmw.below_pct", "write it as"),
            ("nlw_nmw.below_pct > five", "`five`"),
            ("nlw_nmw.below_pct > 0, independent", "write it as"),
            ("nlw_nwm.below_pct > 0", "has no standard `nlw_nwm`"),
            ("nlw_nmw.belowpct > 0", "has no column belowpct"),
            ("nlw_nmw.below_pct > 0, sector = nsh", "has no sector `nsh`"),
            ("nlw_nmw.below_pct > 0, provider = P1", "only in restricted"),
        ] {
            let error =
                Limit::parse(text, &[]).and_then(|limit| limit.judge(&[&release()[0]]).map(|_| ()));
            let error = error.unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
