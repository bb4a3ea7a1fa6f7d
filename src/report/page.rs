//! The pages: which tables each uses, and what its template is given.
//!
//! Drawings take nothing but cells of the protected tables; a cell that is
//! empty there is not drawn.

use serde::Serialize;

use super::common::Common;
use super::contract_audit::ContractAudit;
use super::facts::{Facts, TableFacts};
use super::living_wage::LivingWage;
use super::own_page::OwnPage;
use super::sectors::Sectors;
use super::tables::Tables;

/// Everything a template may use.
#[derive(Clone, Debug, Serialize)]
pub struct Context {
    /// What every page shows.
    pub common: Common,
    /// What this page shows.
    pub body: Body,
}

/// The subject of a page.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// Pay against two standards, and pay actually made against the law.
    LivingWage(Box<LivingWage>),
    /// Pay, contracts, turnover and conditions side by side.
    Sectors(Box<Sectors>),
    /// Contracts against law, voluntary standards and proposals.
    ContractAudit(Box<ContractAudit>),
    /// A template of the user's own.
    Own(Box<OwnPage>),
}

/// The comparisons that a page shows.
#[must_use]
pub fn tables_of(page: &str) -> &'static [&'static str] {
    match page {
        "living_wage" => &[
            "living_wage",
            "living_wage_providers",
            "wage_test_sectors",
            "wage_test_providers",
            "wage_arrears_providers",
            "care_floors",
            "rate_test_caveats",
            "rate_test_caveats_providers",
            "distance_to_floor",
            "cost_to_comply",
            "cost_to_comply_providers",
            "compression",
            "living_wage_areas",
        ],
        "sector_comparison" => &[
            "pay_by_sector",
            "pay_gap",
            "pay_gap_intervals",
            "pay_points",
            "contract_types",
            "turnover",
            "turnover_over_time",
            "conditions",
            "zero_hours_rights",
            "contract_audit",
        ],
        "contract_audit" => &[
            "contract_rules_sectors",
            "contract_readiness",
            "contract_axes",
            "contract_rules",
        ],
        _ => &[],
    }
}

/// Whether a page shows a comparison; those of the user's own may show any.
#[must_use]
pub fn shows(page: &str, comparison: &str) -> bool {
    let known = tables_of(page);
    known.is_empty() || known.contains(&comparison)
}

/// Builds the values of a page; one that is not built in is given every table.
#[must_use]
pub fn context(page: &str, facts: &Facts, tables: &[TableFacts<'_>]) -> Context {
    let all = Tables::new(tables);
    let body = match page {
        "living_wage" => Body::LivingWage(Box::new(LivingWage::new(facts, &all))),
        "sector_comparison" => Body::Sectors(Box::new(Sectors::new(facts, &all))),
        "contract_audit" => Body::ContractAudit(Box::new(ContractAudit::new(facts, &all))),
        _ => Body::Own(Box::new(OwnPage::new(tables, &all))),
    };
    let shown: Vec<&TableFacts<'_>> = match tables_of(page) {
        [] => tables.iter().collect(),
        used => used.iter().filter_map(|name| all.get(name)).collect(),
    };
    Context {
        common: Common::new(page, facts, &shown),
        body,
    }
}
