//! Tables as a page shows them: order of rows, columns, groups of roles.

use std::collections::BTreeSet;

use serde::Serialize;

use super::facts::TableFacts;
use super::figures::Kind;
use crate::compare::table::Value;

/// The role groups that a page shows first; the others follow in tables.
pub const FIRST: [&str; 2] = ["all", "front_line"];

/// A table as a page shows it: no period, marker or release column, since the
/// page's head and the cells themselves say those.
#[derive(Clone, Debug, Serialize)]
pub struct TableView {
    /// The comparison's name.
    pub name: String,
    /// The query's own title.
    pub title: String,
    /// Its columns.
    pub columns: Vec<ColumnView>,
    /// Its rows, under their role groups where it has any.
    pub groups: Vec<GroupView>,
}

/// Rows of one role group; the heading takes the place of that column.
#[derive(Clone, Debug, Serialize)]
pub struct GroupView {
    /// The role group's code; none in a table without role groups.
    pub role_group: Option<String>,
    /// Its rows.
    pub rows: Vec<Vec<CellView>>,
}

/// One column of a shown table.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnView {
    /// The column's name in the data.
    pub name: String,
    /// Whether its cells are figures.
    pub figure: bool,
    /// Whether its cells are codes for which templates have words.
    pub code: bool,
    /// What the query says that it means.
    pub meaning: String,
}

/// One cell of a shown table.
#[derive(Clone, Debug, Serialize)]
pub struct CellView {
    /// The figure, text or code.
    pub text: String,
    /// Whether it is a marker.
    pub marker: bool,
}

/// The order of role groups on a page.
const ROLE_GROUPS: [&str; 10] = [
    "all",
    "front_line",
    "senior",
    "supervisor",
    "manager",
    "nursing",
    "social_work",
    "allied_health",
    "support",
    "other",
];

/// The order of sectors on a page: wholes first, then their parts.
pub const SECTORS: [&str; 7] = [
    "all",
    "commissioned",
    "independent",
    "third_sector",
    "local_authority",
    "nhs",
    "other",
];

/// Where a code stands in an order; unknown codes come last.
#[must_use]
pub fn rank(order: &[&str], code: &str) -> usize {
    order
        .iter()
        .position(|known| *known == code)
        .unwrap_or(order.len())
}

/// The rows of a table that `wanted` accepts, without the columns in `without`.
/// Role groups and sectors stand in the page's order, as in its charts.
#[must_use]
pub fn view(
    facts: &TableFacts<'_>,
    without: &[&str],
    wanted: impl Fn(&[Value]) -> bool,
) -> TableView {
    let shown: Vec<&String> = facts
        .table
        .columns
        .iter()
        .filter(|name| {
            !["period", "role_group", "marker", "release"].contains(&name.as_str())
                && !without.contains(&name.as_str())
        })
        .collect();
    let columns = shown
        .iter()
        .map(|name| ColumnView {
            name: (*name).clone(),
            figure: Kind::of(name) != Kind::Text,
            code: is_code(name),
            meaning: facts
                .units
                .iter()
                .find(|(column, _)| column == *name)
                .map(|(_, meaning)| meaning.clone())
                .unwrap_or_default(),
        })
        .collect();
    let has_groups = facts.table.position("role_group").is_some();
    let mut sorted: Vec<&Vec<Value>> = facts.table.rows.iter().filter(|row| wanted(row)).collect();
    if has_groups {
        sorted.sort_by_key(|row| {
            let role_group = rank(&ROLE_GROUPS, &facts.text(row, "role_group"));
            (role_group, rank(&SECTORS, &facts.text(row, "sector")))
        });
    }
    let mut groups: Vec<GroupView> = Vec::new();
    for row in sorted {
        let role_group = has_groups.then(|| facts.text(row, "role_group"));
        if groups
            .last()
            .is_none_or(|group| group.role_group != role_group)
        {
            groups.push(GroupView {
                role_group,
                rows: Vec::new(),
            });
        }
        let cells = shown.iter().map(|name| {
            let figure = facts.figure(row, name);
            CellView {
                text: figure.text,
                marker: figure.marker,
            }
        });
        if let Some(group) = groups.last_mut() {
            group.rows.push(cells.collect());
        }
    }
    TableView {
        name: facts.table.name.clone(),
        title: facts.title.clone(),
        columns,
        groups,
    }
}

/// Columns whose values are codes of the contract between return and release.
fn is_code(column: &str) -> bool {
    matches!(
        column,
        "role_group"
            | "sector"
            | "reference_sector"
            | "focus_sector"
            | "contract_type"
            | "measure"
            | "standard"
            | "condition"
            | "status"
            | "service"
            | "naming"
            | "rule"
            | "result"
            | "tenure"
            | "guarantee"
            | "distance"
            | "area"
            | "caveat"
    )
}

/// A table in two parts: the role groups shown first, and the others.
#[derive(Clone, Debug, Serialize)]
pub struct Parts {
    first: TableView,
    rest: TableView,
}

/// Splits the rows that `only` accepts into both parts.
#[must_use]
pub fn parts(facts: &TableFacts<'_>, without: &[&str], only: impl Fn(&[Value]) -> bool) -> Parts {
    let is_first = |row: &[Value]| FIRST.contains(&facts.text(row, "role_group").as_str());
    Parts {
        first: view(facts, without, |row| only(row) && is_first(row)),
        rest: view(facts, without, |row| only(row) && !is_first(row)),
    }
}

/// Splits a table of many rows a sector: all sectors together come first, of role
/// groups those that are shown first.
#[must_use]
pub fn whole_first(facts: &TableFacts<'_>) -> Parts {
    let is_first = |row: &[Value]| {
        let all = facts.text(row, "sector") == "all";
        let has_groups = facts.table.position("role_group").is_some();
        all && (!has_groups || FIRST.contains(&facts.text(row, "role_group").as_str()))
    };
    Parts {
        first: view(facts, &[], is_first),
        rest: view(facts, &[], |row| !is_first(row)),
    }
}

/// The rows of one role group, sectors in the order of the page.
#[must_use]
pub fn by_sector<'a>(
    facts: &TableFacts<'a>,
    role_group: &str,
    only: impl Fn(&[Value]) -> bool,
) -> Vec<&'a [Value]> {
    let mut rows: Vec<&'a [Value]> = facts
        .table
        .rows
        .iter()
        .map(Vec::as_slice)
        .filter(|row| facts.text(row, "role_group") == role_group && only(row))
        .collect();
    rows.sort_by_key(|row| rank(&SECTORS, &facts.text(row, "sector")));
    rows
}

/// The role groups of a table in the page's order.
#[must_use]
pub fn role_groups(facts: &TableFacts<'_>) -> Vec<String> {
    distinct(facts, "role_group", &ROLE_GROUPS)
}

/// The sectors of a table in the page's order.
#[must_use]
pub fn sectors(facts: &TableFacts<'_>) -> Vec<String> {
    distinct(facts, "sector", &SECTORS)
}

fn distinct(facts: &TableFacts<'_>, column: &str, order: &[&str]) -> Vec<String> {
    let found: BTreeSet<String> = facts
        .table
        .rows
        .iter()
        .map(|row| facts.text(row, column))
        .collect();
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_by_key(|code| rank(order, code));
    found
}

/// The tables of a release, found by name.
pub struct Tables<'a>(&'a [TableFacts<'a>]);

impl<'a> Tables<'a> {
    /// The tables of a release.
    #[must_use]
    pub fn new(tables: &'a [TableFacts<'a>]) -> Tables<'a> {
        Tables(tables)
    }

    /// The table of that name, where the release has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a TableFacts<'a>> {
        self.0.iter().find(|facts| facts.table.name == name)
    }

    /// A whole table, for those that a page shows as they are.
    #[must_use]
    pub fn whole(&self, name: &str) -> Option<TableView> {
        self.get(name).map(|facts| view(facts, &[], |_| true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::table::Table;

    fn one_row(values: Vec<Value>) -> Table {
        Table {
            name: "pay_by_sector".to_owned(),
            columns: [
                "period",
                "sector",
                "workers",
                "median_hourly",
                "marker",
                "release",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: vec![values],
        }
    }

    fn facts(table: &Table) -> TableFacts<'_> {
        TableFacts {
            table,
            rows: table.rows.len(),
            title: String::new(),
            description: String::new(),
            units: Vec::new(),
            hidden_rows: 0,
            emptied_rows: 0,
        }
    }

    #[test]
    fn empty_cells_say_why() {
        let text = |text: &str| Value::Text(text.to_owned());
        let withheld = one_row(vec![
            Value::Date(20_543),
            text("nhs"),
            Value::Empty,
            Value::Empty,
            text("[c]"),
            text("protected"),
        ]);
        let withheld = facts(&withheld);
        let row = &withheld.table.rows[0];
        assert_eq!(withheld.figure(row, "workers").text, "[c]");
        assert!(withheld.hidden(row));

        let unknown = one_row(vec![
            Value::Date(20_543),
            text("nhs"),
            Value::Integer(12),
            Value::Empty,
            Value::Empty,
            text("protected"),
        ]);
        let unknown = facts(&unknown);
        let row = &unknown.table.rows[0];
        assert_eq!(unknown.figure(row, "median_hourly").text, "[x]");
        assert_eq!(unknown.figure(row, "workers").text, "12");
        assert!(!unknown.hidden(row));
    }

    #[test]
    fn shown_tables_leave_out_what_the_page_says_once() {
        let table = one_row(vec![
            Value::Date(20_543),
            Value::Text("nhs".to_owned()),
            Value::Integer(1_200),
            Value::Decimal(134_500, 4),
            Value::Empty,
            Value::Text("protected".to_owned()),
        ]);
        let view = view(&facts(&table), &[], |_| true);
        let names: Vec<&str> = view
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["sector", "workers", "median_hourly"]);
        let cells: Vec<&str> = view.groups[0].rows[0]
            .iter()
            .map(|cell| cell.text.as_str())
            .collect();
        assert_eq!(cells, ["nhs", "1,200", "£13.45"]);
        assert_eq!(view.groups[0].role_group, None);
    }
}
