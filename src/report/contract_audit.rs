//! The page of rules on contracts: law, voluntary standards and proposals, each apart.

use serde::Serialize;

use super::contract_axes::Axes;
use super::facts::{ContractRule, Facts, TableFacts};
use super::figures::Figure;
use super::tables::{SECTORS, Tables, rank};
use crate::compare::table::Value;

/// Rules on contracts by what they are, and contracts on two axes.
#[derive(Clone, Debug, Serialize)]
pub struct ContractAudit {
    law: Option<Vec<RuleView>>,
    voluntary: Option<Vec<RuleView>>,
    proposed: Option<Vec<RuleView>>,
    axes: Option<Axes>,
    /// Whether a restricted release has the results of each provider.
    by_provider: bool,
}

/// One rule with what the records say of it.
#[derive(Clone, Debug, Serialize)]
struct RuleView {
    #[serde(flatten)]
    rule: ContractRule,
    /// In every sector together; none where it applies to nobody.
    overall: Option<Row>,
    rows: Vec<Row>,
    providers: Vec<ProviderRow>,
}

/// What the records of one sector say.
#[derive(Clone, Debug, Serialize)]
struct Row {
    sector: String,
    hidden: bool,
    tested: Figure,
    met: Figure,
    not_met: Figure,
    cannot_tell: Figure,
    not_met_pct: Figure,
    not_met_pct_low: Figure,
    not_met_pct_high: Figure,
}

/// What the records of one provider say.
#[derive(Clone, Debug, Serialize)]
struct ProviderRow {
    provider_id: String,
    sector: String,
    not_met: Figure,
    cannot_tell: Figure,
    met: Figure,
    out_of_scope: Figure,
}

/// The columns that hold the same for a rule in force and for a proposal.
struct Columns {
    met: &'static str,
    not_met: &'static str,
    share: [&'static str; 3],
}

const IN_FORCE: Columns = Columns {
    met: "met",
    not_met: "not_met",
    share: ["not_met_pct", "not_met_pct_low", "not_met_pct_high"],
};
const PROPOSED: Columns = Columns {
    met: "would_meet",
    not_met: "would_not_meet",
    share: [
        "would_not_meet_pct",
        "would_not_meet_pct_low",
        "would_not_meet_pct_high",
    ],
};

impl ContractAudit {
    /// Gathers what the page shows.
    #[must_use]
    pub fn new(facts: &Facts, tables: &Tables<'_>) -> ContractAudit {
        let in_force = tables.get("contract_rules_sectors");
        let providers = tables.get("contract_rules");
        let of = |status: &str, table: Option<&TableFacts<'_>>, columns: &Columns| {
            let table = table?;
            let rules = facts.contract_rules.iter();
            let rules = rules.filter(|rule| rule.status == status);
            Some(
                rules
                    .map(|rule| RuleView::new(rule, table, columns, providers))
                    .collect(),
            )
        };
        ContractAudit {
            law: of("law", in_force, &IN_FORCE),
            voluntary: of("voluntary", in_force, &IN_FORCE),
            proposed: of("proposed", tables.get("contract_readiness"), &PROPOSED),
            axes: tables.get("contract_axes").map(Axes::new),
            by_provider: providers.is_some(),
        }
    }
}

impl RuleView {
    fn new(
        rule: &ContractRule,
        table: &TableFacts<'_>,
        columns: &Columns,
        providers: Option<&TableFacts<'_>>,
    ) -> RuleView {
        let own = table.table.rows.iter();
        let own = own.filter(|row| table.text(row, "rule") == rule.rule);
        let mut rows: Vec<Row> = own.map(|row| Row::new(table, row, columns)).collect();
        rows.sort_by_key(|row| rank(&SECTORS, &row.sector));
        RuleView {
            rule: rule.clone(),
            overall: rows.iter().find(|row| row.sector == "all").cloned(),
            rows,
            providers: providers.map_or_else(Vec::new, |table| by_provider(table, &rule.rule)),
        }
    }
}

impl Row {
    fn new(table: &TableFacts<'_>, row: &[Value], columns: &Columns) -> Row {
        let [share, low, high] = columns.share;
        Row {
            sector: table.text(row, "sector"),
            hidden: table.hidden(row),
            tested: table.figure(row, "tested"),
            met: table.figure(row, columns.met),
            not_met: table.figure(row, columns.not_met),
            cannot_tell: table.figure(row, "cannot_tell"),
            not_met_pct: table.figure(row, share),
            not_met_pct_low: table.figure(row, low),
            not_met_pct_high: table.figure(row, high),
        }
    }
}

/// The providers of which some worker is within a rule, a row a sector.
fn by_provider(table: &TableFacts<'_>, rule: &str) -> Vec<ProviderRow> {
    let mut providers: Vec<(String, String, [u64; 4])> = Vec::new();
    for row in &table.table.rows {
        if table.text(row, "rule") != rule {
            continue;
        }
        let at = match table.text(row, "result").as_str() {
            "breach" | "not_met" => 0,
            "unknown" => 1,
            "met" => 2,
            _ => 3,
        };
        let workers = table.value(row, "workers").as_count().unwrap_or(0);
        let workers = u64::try_from(workers).unwrap_or(0);
        let key = (table.text(row, "provider_id"), table.text(row, "sector"));
        // Rows come in order of provider and sector.
        match providers.last_mut() {
            Some((provider, sector, counts)) if (&*provider, &*sector) == (&key.0, &key.1) => {
                counts[at] += workers;
            }
            _ => {
                let mut counts = [0; 4];
                counts[at] = workers;
                providers.push((key.0, key.1, counts));
            }
        }
    }
    providers
        .into_iter()
        .filter(|(_, _, counts)| counts[..3] != [0; 3])
        .map(|(provider_id, sector, counts)| {
            let [not_met, cannot_tell, met, out_of_scope] = counts.map(Figure::count);
            ProviderRow {
                provider_id,
                sector,
                not_met,
                cannot_tell,
                met,
                out_of_scope,
            }
        })
        .collect()
}
