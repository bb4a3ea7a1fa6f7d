//! The page for one provider: its own figures beside those of its sector, and
//! what to mend in its returns. Of others it holds nothing but what a
//! protected release shows.

use std::collections::BTreeSet;

use serde::Serialize;

use super::check::{self, Checked};
use super::facts::TableFacts;
use super::figures::Figure;
use super::{ReportError, Templates, text};
use crate::compare::table::Value;

/// The tables that stand on the page, with the columns that say what a row is
/// about and the figures that are shown.
const SHOWN: [(&str, &[&str], &[&str]); 5] = [
    (
        "pay_by_sector",
        &["role_group", "sector"],
        &["workers", "median_hourly"],
    ),
    (
        "living_wage",
        &["standard", "role_group", "sector"],
        &["tested", "below", "cannot_tell", "below_pct"],
    ),
    (
        "contract_types",
        &["role_group", "sector", "contract_type"],
        &["workers", "share_pct"],
    ),
    (
        "turnover",
        &["role_group", "sector", "measure"],
        &["numerator", "denominator", "rate_pct"],
    ),
    (
        "conditions",
        &["sector", "condition"],
        &["yes_pct", "median_value"],
    ),
];

/// The comparisons that stand on the page.
#[must_use]
pub fn comparisons() -> Vec<String> {
    SHOWN
        .iter()
        .map(|(name, _, _)| (*name).to_owned())
        .collect()
}

/// Who the page is for.
#[derive(Clone, Debug, Serialize)]
pub struct Provider {
    /// The provider's code.
    pub provider_id: String,
    /// Its names, as its workplaces give them.
    pub names: Vec<String>,
    /// Its returns that other providers share: their findings are not shown.
    pub shared: Vec<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    check: check::Page<'a>,
    provider: &'a Provider,
    tables: Vec<Beside>,
}

/// A table with the provider's figures beside those of its sector.
#[derive(Serialize)]
struct Beside {
    name: String,
    title: String,
    /// The sector of all its rows, where there is but one.
    sector: Option<String>,
    labels: Vec<String>,
    measures: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    /// Codes, in the order of the labels.
    labels: Vec<String>,
    /// Own figure and that of the sector, for each measure.
    figures: Vec<(Figure, Figure)>,
}

/// Makes the page. `own` are the tables of the provider's rows alone, `others`
/// those of a protected release.
///
/// # Errors
/// Where a template of the user's does not fit.
pub fn page(
    provider: &Provider,
    checked: &Checked<'_>,
    own: &[TableFacts<'_>],
    others: &[TableFacts<'_>],
    templates: &Templates,
) -> Result<String, ReportError> {
    let named = |tables: &'_ [TableFacts<'_>], name: &str| {
        tables.iter().position(|facts| facts.table.name == name)
    };
    let tables = SHOWN.iter().filter_map(|(name, labels, measures)| {
        let (own, others) = (&own[named(own, name)?], &others[named(others, name)?]);
        Some(beside(own, others, labels, measures))
    });
    let page = Page {
        check: check::Page::new(checked),
        provider,
        tables: tables.collect(),
    };
    text("feedback.html.j2", templates, &page)
}

fn beside(
    own: &TableFacts<'_>,
    others: &TableFacts<'_>,
    labels: &[&str],
    measures: &[&str],
) -> Beside {
    let about = |facts: &TableFacts<'_>, row: &[Value]| -> Vec<String> {
        labels.iter().map(|label| facts.text(row, label)).collect()
    };
    // A provider stands in one sector or two; wholes of sectors are not its own.
    let plain = |row: &&Vec<Value>| {
        let sector = own.text(row, "sector");
        !["all", "commissioned"].contains(&sector.as_str())
    };
    let row = |row: &Vec<Value>| {
        let key = about(own, row);
        let mut rest = others.table.rows.iter();
        let other = rest.find(|other| about(others, other) == key);
        let figure = |measure: &&str| {
            let other = other.map_or_else(
                || Figure::missing("[x]"),
                |other| others.figure(other, measure),
            );
            (own.figure(row, measure), other)
        };
        Row {
            figures: measures.iter().map(figure).collect(),
            labels: key,
        }
    };
    let mut rows: Vec<Row> = own.table.rows.iter().filter(plain).map(row).collect();
    // The two standards stay apart.
    rows.sort_by_key(|row| (labels[0] == "standard").then(|| row.labels[0].clone()));
    let mut labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let at = labels.iter().position(|label| label == "sector");
    let sectors: BTreeSet<&String> = rows.iter().filter_map(|row| row.labels.get(at?)).collect();
    // One sector stands above the table.
    let sector = sectors.first().filter(|_| sectors.len() == 1);
    let sector = sector.map(|sector| (*sector).clone());
    if let (Some(at), Some(_)) = (at, &sector) {
        labels.remove(at);
        for row in &mut rows {
            row.labels.remove(at);
        }
    }
    Beside {
        name: own.table.name.clone(),
        title: own.title.clone(),
        sector,
        labels,
        measures: measures.iter().map(|name| (*name).to_owned()).collect(),
        rows,
    }
}
