//! Contract types as shares of a sector's workers.

use serde::Serialize;

use super::bars::{Part, Segment, segments, tenths};
use super::chart::{self, Amount};
use super::facts::TableFacts;
use super::figures::Figure;
use super::tables::{FIRST, SECTORS, by_sector, role_groups};
use crate::compare::table::Value;

/// The order of contract types in a bar, as the comparison decides them.
const CONTRACTS: [&str; 10] = [
    "permanent_full_time",
    "permanent_part_time",
    "permanent_under_16",
    "permanent_hours_unknown",
    "temporary",
    "zero_hours",
    "bank",
    "agency",
    "other",
    "unknown",
];

/// Contract types as shares of a sector's workers.
#[derive(Clone, Debug, Serialize)]
pub struct Contracts {
    charts: Vec<MixChart>,
    /// Contract types that are drawn, with their key.
    legend: Vec<(usize, String)>,
    groups: Vec<MixGroup>,
}

/// Contract types as rows, sectors as columns.
#[derive(Clone, Debug, Serialize)]
struct MixGroup {
    role_group: String,
    sectors: Vec<String>,
    rows: Vec<MixRow>,
}

#[derive(Clone, Debug, Serialize)]
struct MixRow {
    contract_type: String,
    /// One a sector; none where nobody has such a contract.
    cells: Vec<Option<Share>>,
}

#[derive(Clone, Debug, Serialize)]
struct Share {
    percent: Figure,
    workers: Figure,
    no_guarantee: Figure,
}

impl MixGroup {
    fn new(table: &TableFacts<'_>, role_group: String) -> MixGroup {
        let rows = by_sector(table, &role_group, |_| true);
        let sectors: Vec<String> = SECTORS
            .iter()
            .filter(|sector| rows.iter().any(|row| table.text(row, "sector") == **sector))
            .map(|sector| (*sector).to_owned())
            .collect();
        let find = |sector: &str, code: &str| {
            rows.iter().find(|row| {
                table.text(row, "sector") == sector && table.text(row, "contract_type") == code
            })
        };
        let rows = CONTRACTS
            .iter()
            .map(|code| MixRow {
                contract_type: (*code).to_owned(),
                cells: sectors
                    .iter()
                    .map(|sector| {
                        find(sector, code).map(|row| Share {
                            percent: table.figure(row, "share_pct"),
                            workers: table.figure(row, "workers"),
                            no_guarantee: table.figure(row, "no_guarantee"),
                        })
                    })
                    .collect(),
            })
            .filter(|row| row.cells.iter().any(Option::is_some))
            .collect();
        MixGroup {
            role_group,
            sectors,
            rows,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct MixChart {
    role_group: String,
    height: String,
    rows: Vec<Mix>,
}

/// How the bar of a sector is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Drawn {
    /// Every part.
    Whole,
    /// The parts that are shown, and the rest as one withheld part.
    WithRest,
    /// Not at all: the length of the rest would tell of fewer than 10 people.
    RestTooSmall,
    /// Not at all: every part is withheld.
    Withheld,
}

#[derive(Clone, Debug, Serialize)]
struct Mix {
    sector: String,
    segments: Vec<Segment>,
    /// How the bar is drawn.
    drawn: Drawn,
    label_y: String,
    bar_y: String,
    middle_y: String,
}

impl Contracts {
    /// Bars, their legend and tables.
    #[must_use]
    pub fn new(table: &TableFacts<'_>) -> Contracts {
        let charts: Vec<MixChart> = FIRST
            .iter()
            .map(|role_group| MixChart::new(table, role_group))
            .filter(|chart| chart.rows.iter().any(|row| !row.segments.is_empty()))
            .collect();
        let legend = CONTRACTS
            .iter()
            .enumerate()
            .filter(|(_, code)| {
                charts
                    .iter()
                    .flat_map(|chart| &chart.rows)
                    .flat_map(|row| &row.segments)
                    .any(|segment| segment.code == **code)
            })
            .map(|(at, code)| (at + 1, (*code).to_owned()))
            .collect();
        let groups = role_groups(table)
            .into_iter()
            .map(|role_group| MixGroup::new(table, role_group))
            .collect();
        Contracts {
            charts,
            legend,
            groups,
        }
    }
}

impl MixChart {
    fn new(table: &TableFacts<'_>, role_group: &str) -> MixChart {
        let rows = by_sector(table, role_group, |_| true);
        let sectors: Vec<&str> = SECTORS
            .iter()
            .copied()
            .filter(|sector| rows.iter().any(|row| table.text(row, "sector") == *sector))
            .collect();
        let mixes = sectors.iter().enumerate().map(|(at, sector)| {
            let own: Vec<&[Value]> = rows
                .iter()
                .copied()
                .filter(|row| table.text(row, "sector") == *sector)
                .collect();
            let (drawn, segments) = bar(table, &own);
            Mix {
                sector: (*sector).to_owned(),
                segments,
                drawn,
                label_y: chart::height(tenths(at) + 12),
                bar_y: chart::height(tenths(at) + 17),
                middle_y: chart::height(tenths(at) + 24),
            }
        });
        MixChart {
            role_group: role_group.to_owned(),
            height: chart::height(tenths(sectors.len())),
            rows: mixes.collect(),
        }
    }
}

/// The bar of one sector, from its rows.
fn bar(table: &TableFacts<'_>, rows: &[&[Value]]) -> (Drawn, Vec<Segment>) {
    let mut parts: Vec<Part> = Vec::new();
    let mut people: Vec<(i128, i128)> = Vec::new();
    let mut partial = false;
    for (at, code) in CONTRACTS.iter().copied().enumerate() {
        let Some(row) = rows
            .iter()
            .find(|row| table.text(row, "contract_type") == code)
        else {
            continue;
        };
        let share = Amount::of(table.value(row, "share_pct"));
        let workers = table.value(row, "workers").as_count();
        if let (Some(Amount(length)), Some(workers)) = (share, workers) {
            let figure = table.figure(row, "share_pct");
            parts.push(Part {
                code,
                key: at + 1,
                length,
                figure,
            });
            people.push((i128::from(workers), length));
        } else {
            partial = true;
        }
    }
    let shown: i128 = parts.iter().map(|part| part.length).sum();
    if !partial {
        // Rounded shares may add up to a little over a hundred.
        return (Drawn::Whole, segments(&parts, shown.max(ALL)));
    }
    if parts.is_empty() {
        return (Drawn::Withheld, Vec::new());
    }
    if least_left(&people) < 10 {
        return (Drawn::RestTooSmall, Vec::new());
    }
    let figure = Figure::missing("[c]");
    parts.push(Part {
        code: "withheld",
        key: 0,
        length: (ALL - shown).max(0),
        figure,
    });
    (Drawn::WithRest, segments(&parts, shown.max(ALL)))
}

/// A hundred per cent in ten-thousandths.
const ALL: i128 = 1_000_000;

/// The fewest people that parts which are not shown can have, from the workers
/// and shares of those that are. Shares are rounded to a hundredth of a per cent.
fn least_left(people: &[(i128, i128)]) -> i128 {
    let shown: i128 = people.iter().map(|(workers, _)| workers).sum();
    let fewest = |(workers, share): &(i128, i128)| workers * ALL / (share + 50);
    people.iter().map(fewest).max().unwrap_or(0) - shown
}

#[cfg(test)]
mod tests {
    use super::least_left;

    #[test]
    fn what_is_left_over_is_never_overstated() {
        // 50 of 100, and 44 of 100: six people are left.
        assert_eq!(least_left(&[(50, 500_000), (44, 440_000)]), 5);
        // 300 of 1,000: 700 are left.
        assert_eq!(least_left(&[(300, 300_000)]), 699);
        assert_eq!(least_left(&[]), 0);
    }
}
