//! The subjects of the two pages: which rows stand where, and what is drawn.
//!
//! Drawings take nothing but cells of the protected tables; a cell that is
//! empty there is not drawn.

use serde::Serialize;

use super::chart::{self, Amount, Axis};
use super::context::{
    Common, Facts, Figure, FloorView, SECTORS, TableFacts, TableView, floors_of, pounds, rank,
    role_groups, sectors, view,
};
use crate::compare::table::Value;

/// The role groups that a page shows first; the others follow in tables.
const FIRST: [&str; 2] = ["all", "front_line"];

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
    /// Pay against two standards.
    LivingWage(LivingWage),
    /// Pay, contracts, turnover and conditions side by side.
    Sectors(Box<Sectors>),
}

/// Builds the values of a page; `None` where there is no such page.
#[must_use]
pub fn context(page: &str, facts: &Facts, tables: &[TableFacts<'_>]) -> Option<Context> {
    let all = Tables(tables);
    let (used, body): (&[&str], Body) = match page {
        "living_wage" => (
            &["living_wage", "living_wage_providers"],
            Body::LivingWage(LivingWage::new(facts, &all)),
        ),
        "sector_comparison" => (
            &[
                "pay_by_sector",
                "pay_gap",
                "pay_points",
                "contract_types",
                "turnover",
                "conditions",
                "zero_hours_rights",
                "contract_audit",
            ],
            Body::Sectors(Box::new(Sectors::new(facts, &all))),
        ),
        _ => return None,
    };
    let shown: Vec<&TableFacts<'_>> = used.iter().filter_map(|name| all.get(name)).collect();
    Some(Context { common: Common::new(page, facts, &shown), body })
}

/// The tables of a release, found by name.
struct Tables<'a>(&'a [TableFacts<'a>]);

impl<'a> Tables<'a> {
    fn get(&self, name: &str) -> Option<&'a TableFacts<'a>> {
        self.0.iter().find(|facts| facts.table.name == name)
    }

    /// A whole table, for those that a page shows as they are.
    fn whole(&self, name: &str) -> Option<TableView> {
        self.get(name).map(|facts| view(facts, &[], |_| true))
    }
}

/// A table in two parts: the role groups shown first, and the others.
#[derive(Clone, Debug, Serialize)]
pub struct Parts {
    first: TableView,
    rest: TableView,
}

fn parts(facts: &TableFacts<'_>, without: &[&str], only: impl Fn(&[Value]) -> bool) -> Parts {
    let is_first = |row: &[Value]| FIRST.contains(&facts.text(row, "role_group").as_str());
    Parts {
        first: view(facts, without, |row| only(row) && is_first(row)),
        rest: view(facts, without, |row| only(row) && !is_first(row)),
    }
}

/// The rows of one role group, sectors in the order of the page.
fn by_sector<'a>(
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

/// Pay against two standards, each with its own section.
#[derive(Clone, Debug, Serialize)]
pub struct LivingWage {
    present: bool,
    statutory: Standard,
    living: Standard,
    providers: Option<TableView>,
}

/// One standard.
#[derive(Clone, Debug, Serialize)]
struct Standard {
    code: &'static str,
    floors: Vec<FloorView>,
    /// Everyone, in every sector.
    overall: Option<Outcome>,
    front_line: Option<Outcome>,
    charts: Vec<OutcomeChart>,
    table: Option<Parts>,
}

/// How one row's workers compare with a floor.
#[derive(Clone, Debug, Serialize)]
struct Outcome {
    sector: String,
    hidden: bool,
    tested: Figure,
    below: Figure,
    cannot_tell: Figure,
    below_pct: Figure,
    below_pct_low: Figure,
    below_pct_high: Figure,
    annual_shortfall: Figure,
    shortfall_unknown: Figure,
    /// At or above the floor; only where all three parts are known.
    meets: Option<Figure>,
    /// tested + cannot_tell; only where both are known.
    base: Option<Figure>,
    /// The three parts of the bar; none where one is withheld.
    segments: Vec<Segment>,
    label_y: String,
    bar_y: String,
}

/// One part of a bar.
#[derive(Clone, Debug, Serialize)]
struct Segment {
    code: String,
    /// Its number in the legend, from 1.
    key: usize,
    x: String,
    width: String,
    middle: String,
    /// Whether its key can stand inside it.
    wide: bool,
    figure: Figure,
}

/// Bars of one role group.
#[derive(Clone, Debug, Serialize)]
struct OutcomeChart {
    role_group: String,
    height: String,
    rows: Vec<Outcome>,
}

impl LivingWage {
    fn new(facts: &Facts, tables: &Tables<'_>) -> LivingWage {
        let table = tables.get("living_wage");
        LivingWage {
            present: table.is_some(),
            statutory: Standard::new("nlw_nmw", facts, table),
            living: Standard::new("real_living_wage", facts, table),
            providers: tables.whole("living_wage_providers"),
        }
    }
}

/// Tenths of the text size from one row of a drawing to the next.
const ROW: i128 = 38;

fn tenths(rows: usize) -> i128 {
    i128::try_from(rows).unwrap_or(0) * ROW
}

impl Standard {
    fn new(code: &'static str, facts: &Facts, table: Option<&TableFacts<'_>>) -> Standard {
        let floors = floors_of(facts, code);
        let Some(table) = table else {
            return Standard {
                code,
                floors,
                overall: None,
                front_line: None,
                charts: Vec::new(),
                table: None,
            };
        };
        let is_mine = |row: &[Value]| table.text(row, "standard") == code;
        let whole = |role_group: &str| {
            by_sector(table, role_group, is_mine)
                .first()
                .filter(|row| table.text(row, "sector") == "all")
                .map(|row| Outcome::new(table, row, 0))
        };
        let charts = FIRST
            .iter()
            .map(|role_group| {
                let rows: Vec<Outcome> = by_sector(table, role_group, is_mine)
                    .iter()
                    .enumerate()
                    .map(|(at, row)| Outcome::new(table, row, at))
                    .collect();
                OutcomeChart {
                    role_group: (*role_group).to_owned(),
                    height: chart::height(tenths(rows.len())),
                    rows,
                }
            })
            .filter(|chart| chart.rows.iter().any(|row| !row.segments.is_empty()))
            .collect();
        Standard {
            code,
            floors,
            overall: whole("all"),
            front_line: whole("front_line"),
            charts,
            table: Some(parts(table, &["standard"], is_mine)),
        }
    }
}

impl Outcome {
    fn new(table: &TableFacts<'_>, row: &[Value], at: usize) -> Outcome {
        let count = |column: &str| table.value(row, column).as_count();
        let known = match (count("tested"), count("below"), count("cannot_tell")) {
            (Some(tested), Some(below), Some(unknown)) => Some((tested, below, unknown)),
            _ => None,
        };
        let meets = known.map(|(tested, below, _)| tested - below);
        let base = match (count("tested"), count("cannot_tell")) {
            (Some(tested), Some(unknown)) => Some(tested + unknown),
            _ => None,
        };
        let printed = |number: i64| Figure::count(u64::try_from(number).unwrap_or(0));
        let segments = match (known, meets) {
            (Some((tested, below, unknown)), Some(meets)) if tested + unknown > 0 => segments(
                &[
                    ("below", below, printed(below)),
                    ("cannot_tell", unknown, printed(unknown)),
                    ("meets", meets, printed(meets)),
                ]
                .map(|(code, part, figure)| (code.to_owned(), 0, i128::from(part), figure)),
                i128::from(tested + unknown),
            ),
            _ => Vec::new(),
        };
        Outcome {
            sector: table.text(row, "sector"),
            hidden: table.hidden(row),
            tested: table.figure(row, "tested"),
            below: table.figure(row, "below"),
            cannot_tell: table.figure(row, "cannot_tell"),
            below_pct: table.figure(row, "below_pct"),
            below_pct_low: table.figure(row, "below_pct_low"),
            below_pct_high: table.figure(row, "below_pct_high"),
            annual_shortfall: table.figure(row, "annual_shortfall"),
            shortfall_unknown: table.figure(row, "shortfall_unknown"),
            meets: meets.map(printed),
            base: base.map(printed),
            segments,
            label_y: chart::height(tenths(at) + 12),
            bar_y: chart::height(tenths(at) + 17),
        }
    }
}

/// Parts of a bar, those of no length left out.
fn segments(parts: &[(String, usize, i128, Figure)], whole: i128) -> Vec<Segment> {
    let amounts: Vec<i128> = parts.iter().map(|part| part.2).collect();
    parts
        .iter()
        .zip(chart::stack(&amounts, whole))
        .filter(|(_, (_, width))| *width > 0)
        .map(|((code, key, _, figure), (start, width))| Segment {
            code: code.clone(),
            key: *key,
            x: chart::percent(start),
            width: chart::percent(width),
            middle: chart::percent(start + width / 2),
            wide: width >= 600,
            figure: figure.clone(),
        })
        .collect()
}

/// Pay, contracts, turnover and conditions, sector beside sector.
#[derive(Clone, Debug, Serialize)]
pub struct Sectors {
    pay: Option<Pay>,
    gaps: Option<Gaps>,
    points: Option<Parts>,
    contracts: Option<Contracts>,
    turnover: Option<Turnover>,
    conditions: Option<Conditions>,
    zero_hours_rights: Option<TableView>,
    contract_audit: Option<TableView>,
}

impl Sectors {
    fn new(facts: &Facts, tables: &Tables<'_>) -> Sectors {
        Sectors {
            pay: tables.get("pay_by_sector").map(|table| Pay::new(facts, table)),
            gaps: tables.get("pay_gap").map(Gaps::new),
            points: tables.get("pay_points").map(|table| parts(table, &[], |_| true)),
            contracts: tables.get("contract_types").map(Contracts::new),
            turnover: tables.get("turnover").map(Turnover::new),
            conditions: tables.get("conditions").map(Conditions::new),
            zero_hours_rights: tables.whole("zero_hours_rights"),
            contract_audit: tables.whole("contract_audit"),
        }
    }
}

/// Quartiles of hourly pay.
#[derive(Clone, Debug, Serialize)]
struct Pay {
    charts: Vec<StripChart>,
    table: Parts,
}

/// Quartile strips of one role group on one scale.
#[derive(Clone, Debug, Serialize)]
struct StripChart {
    role_group: String,
    height: String,
    /// Where the rows begin and end, for the lines of the floors.
    top: String,
    bottom: String,
    tick_y: String,
    ticks: Vec<Mark>,
    floors: Vec<FloorMark>,
    rows: Vec<Strip>,
}

/// A labelled place on a scale.
#[derive(Clone, Debug, Serialize)]
struct Mark {
    x: String,
    text: String,
    anchor: &'static str,
}

/// A wage floor on a scale.
#[derive(Clone, Debug, Serialize)]
struct FloorMark {
    scheme: String,
    x: String,
    anchor: &'static str,
    text: String,
    label_y: String,
    /// Where its line begins, below the label.
    line_y: String,
}

/// One sector's strip.
#[derive(Clone, Debug, Serialize)]
struct Strip {
    sector: String,
    workers: Figure,
    p25: Figure,
    median: Figure,
    p75: Figure,
    label_y: String,
    bar_y: String,
    middle_y: String,
    /// From the lower to the upper quartile, where both are shown.
    span: Option<(String, String)>,
    /// The median, where it is shown.
    x: Option<String>,
}

impl Pay {
    fn new(facts: &Facts, table: &TableFacts<'_>) -> Pay {
        Pay {
            charts: FIRST.iter().filter_map(|group| StripChart::new(facts, table, group)).collect(),
            table: parts(table, &[], |_| true),
        }
    }
}

impl StripChart {
    fn new(facts: &Facts, table: &TableFacts<'_>, role_group: &str) -> Option<StripChart> {
        let rows = by_sector(table, role_group, |_| true);
        let shown: Vec<Amount> = rows
            .iter()
            .flat_map(|row| ["p25_hourly", "median_hourly", "p75_hourly"].map(|c| (row, c)))
            .filter_map(|(row, column)| Amount::of(table.value(row, column)))
            .collect();
        if shown.is_empty() {
            return None;
        }
        let floors: Vec<(String, String, Amount)> = ["nlw_nmw", "real_living_wage"]
            .iter()
            .filter_map(|scheme| drawn_floor(facts, scheme))
            .collect();
        let mut amounts = shown;
        amounts.extend(floors.iter().map(|floor| floor.2));
        let axis = Axis::covering(&amounts)?;
        // One line of text for each floor stands above the rows.
        let top = i128::try_from(floors.len()).unwrap_or(0) * 14 + 4;
        let bottom = top + tenths(rows.len());
        let strips = rows.iter().enumerate().map(|(at, row)| {
            let y = top + tenths(at);
            let place = |column: &str| Amount::of(table.value(row, column)).map(|a| axis.place(a));
            let span = match (place("p25_hourly"), place("p75_hourly")) {
                // A strip of equal quartiles still has to be seen.
                (Some(low), Some(high)) => {
                    Some((chart::percent(low), chart::percent((high - low).max(30))))
                }
                _ => None,
            };
            Strip {
                sector: table.text(row, "sector"),
                workers: table.figure(row, "workers"),
                p25: table.figure(row, "p25_hourly"),
                median: table.figure(row, "median_hourly"),
                p75: table.figure(row, "p75_hourly"),
                label_y: chart::height(y + 12),
                bar_y: chart::height(y + 19),
                middle_y: chart::height(y + 24),
                span,
                x: place("median_hourly").map(chart::percent),
            }
        });
        let ticks = axis.ticks();
        let whole_pounds = ticks.iter().all(|tick| tick.0 % 10_000 == 0);
        Some(StripChart {
            role_group: role_group.to_owned(),
            height: chart::height(bottom + 20),
            top: chart::height(top),
            bottom: chart::height(bottom),
            tick_y: chart::height(bottom + 15),
            rows: strips.collect(),
            ticks: ticks
                .into_iter()
                .map(|tick| {
                    let place = axis.place(tick);
                    Mark {
                        x: chart::percent(place),
                        // Short labels leave more room between them.
                        text: pounds(&if whole_pounds {
                            Value::Decimal(tick.0 / 10_000, 0)
                        } else {
                            Value::Decimal(tick.0, 4)
                        }),
                        anchor: chart::anchor(place),
                    }
                })
                .collect(),
            floors: floors
                .into_iter()
                .enumerate()
                .map(|(at, (scheme, text, amount))| {
                    let place = axis.place(amount);
                    let label_y = i128::try_from(at).unwrap_or(0) * 14 + 10;
                    FloorMark {
                        scheme,
                        x: chart::percent(place),
                        anchor: chart::wide_anchor(place),
                        text,
                        label_y: chart::height(label_y),
                        line_y: chart::height(label_y + 3),
                    }
                })
                .collect(),
        })
    }
}

/// The floor of a scheme that a drawing shows: that of the oldest workers, and
/// outside London; every floor stands in the page's list.
fn drawn_floor(facts: &Facts, scheme: &str) -> Option<(String, String, Amount)> {
    let floor = facts
        .floors
        .iter()
        .filter(|floor| floor.scheme == scheme && floor.band != "london")
        .filter(|floor| floor.band != "apprentice" && floor.in_use.starts_with("in force"))
        .max_by_key(|floor| floor.min_age)?;
    let amount = Amount::parse(&floor.rate)?;
    Some((scheme.to_owned(), pounds(&Value::Decimal(amount.0, 4)), amount))
}

/// Differences between the medians of two sectors, each pair once.
#[derive(Clone, Debug, Serialize)]
struct Gaps {
    groups: Vec<GapGroup>,
}

#[derive(Clone, Debug, Serialize)]
struct GapGroup {
    role_group: String,
    pairs: Vec<Pair>,
}

/// Two sectors, the one with the higher median first. Both percentages are of
/// the same difference: each has the other sector's median as its base.
#[derive(Clone, Debug, Serialize)]
struct Pair {
    higher: String,
    lower: String,
    hidden: bool,
    equal: bool,
    higher_workers: Figure,
    lower_workers: Figure,
    higher_median: Figure,
    lower_median: Figure,
    pounds: Figure,
    more_pct: Figure,
    less_pct: Figure,
}

impl Gaps {
    fn new(table: &TableFacts<'_>) -> Gaps {
        let groups = role_groups(table)
            .into_iter()
            .map(|role_group| GapGroup {
                pairs: table
                    .table
                    .rows
                    .iter()
                    .filter(|row| table.text(row, "role_group") == role_group)
                    .filter(|row| stands_for_its_pair(table, row))
                    .map(|row| Pair::new(table, row))
                    .collect(),
                role_group,
            })
            .collect();
        Gaps { groups }
    }
}

/// Of the two rows of a pair, the one whose reference has the higher median;
/// where there is no difference to see, the first by name.
fn stands_for_its_pair(table: &TableFacts<'_>, row: &[Value]) -> bool {
    match Amount::of(table.value(row, "gap_pounds")) {
        Some(Amount(gap)) if gap != 0 => gap > 0,
        _ => table.text(row, "reference_sector") < table.text(row, "focus_sector"),
    }
}

impl Pair {
    fn new(table: &TableFacts<'_>, row: &[Value]) -> Pair {
        let gap = table.figure(row, "gap_pounds");
        Pair {
            higher: table.text(row, "reference_sector"),
            lower: table.text(row, "focus_sector"),
            hidden: gap.marker,
            equal: gap.zero,
            higher_workers: table.figure(row, "reference_workers"),
            lower_workers: table.figure(row, "focus_workers"),
            higher_median: table.figure(row, "reference_median"),
            lower_median: table.figure(row, "focus_median"),
            pounds: gap,
            more_pct: table.figure(row, "reference_more_pct"),
            less_pct: table.figure(row, "focus_less_pct"),
        }
    }
}

/// Contract types as shares of a sector's workers.
#[derive(Clone, Debug, Serialize)]
struct Contracts {
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
    share: Figure,
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
                            share: table.figure(row, "share_pct"),
                            workers: table.figure(row, "workers"),
                            no_guarantee: table.figure(row, "no_guarantee"),
                        })
                    })
                    .collect(),
            })
            .filter(|row| row.cells.iter().any(Option::is_some))
            .collect();
        MixGroup { role_group, sectors, rows }
    }
}

#[derive(Clone, Debug, Serialize)]
struct MixChart {
    role_group: String,
    height: String,
    rows: Vec<Mix>,
}

#[derive(Clone, Debug, Serialize)]
struct Mix {
    sector: String,
    segments: Vec<Segment>,
    /// Whether a part of the bar is withheld: the bar then stops short.
    partial: bool,
    label_y: String,
    bar_y: String,
}

impl Contracts {
    fn new(table: &TableFacts<'_>) -> Contracts {
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
        Contracts { charts, legend, groups }
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
            let mut shares: Vec<(String, usize, i128, Figure)> = Vec::new();
            let mut partial = false;
            for (key, code) in CONTRACTS.iter().enumerate() {
                let found = rows.iter().find(|row| {
                    table.text(row, "sector") == *sector
                        && table.text(row, "contract_type") == *code
                });
                let Some(row) = found else { continue };
                match Amount::of(table.value(row, "share_pct")) {
                    Some(Amount(share)) => shares.push((
                        (*code).to_owned(),
                        key + 1,
                        share,
                        table.figure(row, "share_pct"),
                    )),
                    None => partial = true,
                }
            }
            // Rounded shares may add up to a little over a hundred.
            let whole = shares.iter().map(|share| share.2).sum::<i128>().max(1_000_000);
            Mix {
                sector: (*sector).to_owned(),
                segments: segments(&shares, whole),
                partial,
                label_y: chart::height(tenths(at) + 12),
                bar_y: chart::height(tenths(at) + 17),
            }
        });
        MixChart {
            role_group: role_group.to_owned(),
            height: chart::height(tenths(sectors.len())),
            rows: mixes.collect(),
        }
    }
}

/// The measures of turnover side by side.
#[derive(Clone, Debug, Serialize)]
struct Turnover {
    groups: Vec<TurnoverGroup>,
}

#[derive(Clone, Debug, Serialize)]
struct TurnoverGroup {
    role_group: String,
    measures: Vec<String>,
    rows: Vec<TurnoverRow>,
}

#[derive(Clone, Debug, Serialize)]
struct TurnoverRow {
    sector: String,
    /// One a measure; none where the comparison has no such row.
    cells: Vec<Option<Rate>>,
}

#[derive(Clone, Debug, Serialize)]
struct Rate {
    rate: Figure,
    numerator: Figure,
    denominator: Figure,
    providers: Figure,
}

/// The measures in the order in which a page explains them.
const MEASURES: [&str; 5] =
    ["turnover_closing", "turnover_mean", "starters_closing", "stability", "vacancy"];

impl Turnover {
    fn new(table: &TableFacts<'_>) -> Turnover {
        let groups = role_groups(table);
        Turnover {
            groups: groups.into_iter().map(|group| TurnoverGroup::new(table, group)).collect(),
        }
    }
}

impl TurnoverGroup {
    fn new(table: &TableFacts<'_>, role_group: String) -> TurnoverGroup {
        let rows = by_sector(table, &role_group, |_| true);
        let measures: Vec<String> = MEASURES
            .iter()
            .filter(|measure| rows.iter().any(|row| table.text(row, "measure") == **measure))
            .map(|measure| (*measure).to_owned())
            .collect();
        let shown = SECTORS
            .iter()
            .filter(|sector| rows.iter().any(|row| table.text(row, "sector") == **sector))
            .map(|sector| TurnoverRow {
                sector: (*sector).to_owned(),
                cells: measures
                    .iter()
                    .map(|measure| {
                        rows.iter()
                            .find(|row| {
                                table.text(row, "sector") == *sector
                                    && table.text(row, "measure") == *measure
                            })
                            .map(|row| Rate {
                                rate: table.figure(row, "rate_pct"),
                                numerator: table.figure(row, "numerator"),
                                denominator: table.figure(row, "denominator"),
                                providers: table.figure(row, "providers"),
                            })
                    })
                    .collect(),
            })
            .collect();
        TurnoverGroup { role_group, measures, rows: shown }
    }
}

/// Conditions by sector: sectors are columns, conditions rows.
#[derive(Clone, Debug, Serialize)]
struct Conditions {
    sectors: Vec<String>,
    rows: Vec<ConditionRow>,
}

#[derive(Clone, Debug, Serialize)]
struct ConditionRow {
    condition: String,
    cells: Vec<Option<Answer>>,
}

#[derive(Clone, Debug, Serialize)]
struct Answer {
    workplaces: Figure,
    answered: Figure,
    yes_pct: Figure,
    median_value: Figure,
}

/// The conditions in the order in which a page explains them.
const CONDITIONS: [&str; 7] = [
    "enhanced_sick_pay",
    "travel_time_paid",
    "weekend_enhancement",
    "overtime_enhancement",
    "pension_above_minimum",
    "annual_leave_days",
    "pay_award_pending",
];

impl Conditions {
    fn new(table: &TableFacts<'_>) -> Conditions {
        let sectors = sectors(table);
        let find = |sector: &str, condition: &str| {
            table.table.rows.iter().find(|row| {
                table.text(row, "sector") == sector && table.text(row, "condition") == condition
            })
        };
        let rows = CONDITIONS
            .iter()
            .map(|condition| ConditionRow {
                condition: (*condition).to_owned(),
                cells: sectors
                    .iter()
                    .map(|sector| {
                        find(sector, condition).map(|row| Answer {
                            workplaces: table.figure(row, "workplaces"),
                            answered: table.figure(row, "answered"),
                            yes_pct: table.figure(row, "yes_pct"),
                            median_value: table.figure(row, "median_value"),
                        })
                    })
                    .collect(),
            })
            .collect();
        Conditions { sectors, rows }
    }
}
