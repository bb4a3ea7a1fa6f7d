//! What stands beside the two standards: other floors, how far pay is from its
//! floor, what lifting it would cost, and what that does to differentials.

use serde::Serialize;

use super::facts::TableFacts;
use super::tables::{Parts, TableView, Tables, parts, view, whole_first};
use crate::compare::table::Value;

/// The sections after the two standards; each is none in a release without its
/// table.
#[derive(Clone, Debug, Serialize)]
pub struct Lifting {
    /// Commitments and contractual minima by code, those with anybody in scope.
    care_floors: Option<Vec<Named>>,
    /// What the rate alone does not show of the statutory minimum.
    caveats: Option<Parts>,
    /// The same by provider; in restricted releases only.
    caveats_providers: Option<TableView>,
    /// Workers by how far their pay is from their statutory floor.
    distance: Option<Parts>,
    /// What it costs to lift everybody to the statutory floor.
    cost: Option<Parts>,
    /// The same by provider; in restricted releases only.
    cost_providers: Option<TableView>,
    /// Seniors above front-line workers of the same provider.
    compression: Option<TableView>,
    /// The two standards by code, each by area.
    areas: Option<Vec<Named>>,
}

/// Rows of one standard.
#[derive(Clone, Debug, Serialize)]
struct Named {
    standard: String,
    table: TableView,
}

impl Lifting {
    /// Gathers what the sections show.
    #[must_use]
    pub fn new(tables: &Tables<'_>) -> Lifting {
        let whole = |name: &str| tables.get(name).map(|facts| view(facts, &[], |_| true));
        let split = |name: &str, without: &[&str]| {
            let facts = tables.get(name)?;
            Some(parts(facts, without, |_| true))
        };
        Lifting {
            care_floors: tables.get("care_floors").map(|facts| {
                let first = |row: &[Value]| facts.text(row, "role_group") == "all";
                by_standard(facts, &[], first)
            }),
            caveats: tables.get("rate_test_caveats").map(whole_first),
            caveats_providers: whole("rate_test_caveats_providers"),
            distance: tables.get("distance_to_floor").map(whole_first),
            // Without a floor of one's own the column is empty.
            cost: split("cost_to_comply", &["floor"]),
            cost_providers: tables
                .get("cost_to_comply_providers")
                .map(|facts| view(facts, &["floor"], |_| true)),
            compression: whole("compression"),
            areas: tables.get("living_wage_areas").map(|facts| {
                let all = |row: &[Value]| facts.text(row, "sector") == "all";
                by_standard(facts, &["sector"], all)
            }),
        }
    }
}

fn by_standard(
    facts: &TableFacts<'_>,
    without: &[&str],
    wanted: impl Fn(&[Value]) -> bool,
) -> Vec<Named> {
    let mut standards: Vec<String> = Vec::new();
    for row in &facts.table.rows {
        let standard = facts.text(row, "standard");
        if !standards.contains(&standard) {
            standards.push(standard);
        }
    }
    let without: Vec<&str> = without.iter().copied().chain(["standard"]).collect();
    let named = |standard: String| Named {
        table: view(facts, &without, |row| {
            wanted(row) && facts.text(row, "standard") == standard
        }),
        standard,
    };
    standards.into_iter().map(named).collect()
}
