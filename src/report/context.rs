//! What a page may know, and every figure of it as the text that is printed.
//!
//! Figures are written here once, exactly, from the decimals of the protected
//! tables. Words stand in the templates: this module gives codes and figures.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::compare::table::{Table, Value};

/// What a page may know beside its tables. There is no clock in it: the same
/// inputs give the same bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The version of this tool.
    pub tool_version: String,
    /// `protected` or `restricted`.
    pub release: String,
    /// The reference date, ISO.
    pub period: String,
    /// The reference date in words.
    pub period_words: String,
    /// The number of the edition.
    pub edition: u32,
    /// What the returns hold.
    pub received: Received,
    /// What became of the rows read.
    pub balance: Balance,
    /// Findings, counted by rule.
    pub findings: Vec<FindingCount>,
    /// The wage floors used for the period.
    pub floors: Vec<Floor>,
    /// Warnings about rates, in words.
    pub rate_notes: Vec<String>,
    /// Queries and templates taken from the user's own folders.
    pub overridden: Vec<String>,
    /// How to make the same page again.
    pub reproduce: Reproduce,
}

/// What the returns of the edition hold.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    /// Returns that are part of the edition.
    pub returns_accepted: u64,
    /// Returns that were rejected as a whole.
    pub returns_rejected: u64,
    /// Providers with at least one accepted workplace.
    pub providers: u64,
    /// Accepted workplaces.
    pub workplaces: u64,
    /// Accepted worker rows: jobs.
    pub workers: u64,
    /// The same by sector.
    pub by_sector: Vec<SectorCount>,
    /// Returns carried over from the edition before.
    pub returns_carried: u64,
}

/// The size of one sector; a count that is withheld is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct SectorCount {
    /// The sector's code.
    pub sector: String,
    /// Providers.
    pub providers: Option<u64>,
    /// Workplaces.
    pub workplaces: Option<u64>,
    /// Worker rows.
    pub workers: Option<u64>,
}

/// rows read = accepted + rejected + blank + skipped.
#[derive(Clone, Debug, Serialize)]
pub struct Balance {
    /// Files read.
    pub files: u64,
    /// Rows read from them.
    pub rows_read: u64,
    /// Rows that are part of the edition.
    pub accepted: u64,
    /// Rows kept out because of an error.
    pub rejected: u64,
    /// Rows without any value.
    pub blank: u64,
    /// Rows that their layout says to leave out.
    pub skipped: u64,
}

/// How often one rule was met.
#[derive(Clone, Debug, Serialize)]
pub struct FindingCount {
    /// The rule's stable id.
    pub rule: String,
    /// `error` or `warning`.
    pub severity: String,
    /// How many findings.
    pub count: u64,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

/// One wage floor, with its source.
#[derive(Clone, Debug, Serialize)]
pub struct Floor {
    /// The scheme's code.
    pub scheme: String,
    /// The band's code.
    pub band: String,
    /// The youngest age it covers.
    pub min_age: Option<i64>,
    /// The oldest age it covers.
    pub max_age: Option<i64>,
    /// Pounds an hour: `12.71`.
    pub rate: String,
    /// The day from which it holds.
    pub effective_from: String,
    /// The last day to bring it in, where there is one.
    pub implement_by: Option<String>,
    /// Where the rate was found.
    pub source: String,
    /// How sure that is.
    pub confidence: String,
    /// Why it is used for the period.
    pub in_use: String,
}

/// How to make the same page again, and what it was made from.
#[derive(Clone, Debug, Serialize)]
pub struct Reproduce {
    /// Commands, in order.
    pub commands: Vec<String>,
    /// The name of the edition's manifest.
    pub edition_manifest: String,
    /// SHA-256 of that manifest.
    pub edition_sha256: String,
    /// SHA-256 of the wage floors used.
    pub rates_sha256: String,
    /// Each query's name and SHA-256.
    pub queries: Vec<(String, String)>,
}

/// A protected table with what describes it. Its first column is `period`, its
/// last two are `marker` and `release`.
#[derive(Clone, Debug)]
pub struct TableFacts<'a> {
    /// The figures.
    pub table: &'a Table,
    /// The query's own title.
    pub title: String,
    /// The query's own description.
    pub description: String,
    /// Columns with meaning and unit.
    pub units: Vec<(String, String)>,
    /// Rows hidden as a whole.
    pub hidden_rows: usize,
    /// Rows shown with some figures emptied.
    pub emptied_rows: usize,
}

impl TableFacts<'_> {
    /// The text of a cell; empty where the column or the value is missing.
    #[must_use]
    pub fn text(&self, row: &[Value], column: &str) -> String {
        self.value(row, column).as_text().unwrap_or_default().to_owned()
    }

    /// The value of a cell.
    #[must_use]
    pub fn value<'r>(&self, row: &'r [Value], column: &str) -> &'r Value {
        self.table.position(column).and_then(|at| row.get(at)).unwrap_or(&Value::Empty)
    }

    /// The figure of a cell as printed.
    #[must_use]
    pub fn figure(&self, row: &[Value], column: &str) -> Figure {
        let kind = Kind::of(column);
        let value = self.value(row, column);
        if matches!(value, Value::Empty) {
            return Figure::missing(&self.gap_marker(row, column));
        }
        Figure { text: kind.write(value), marker: false, zero: is_zero(value), one: is_one(value) }
    }

    /// Why a cell is empty: it cannot apply, it is withheld, or it is not known.
    fn gap_marker(&self, row: &[Value], column: &str) -> String {
        if cannot_apply(&self.text(row, "condition"), column) {
            return "[z]".to_owned();
        }
        match self.text(row, "marker") {
            marker if marker.is_empty() => "[x]".to_owned(),
            marker => marker,
        }
    }

    /// Whether the row is withheld as a whole.
    #[must_use]
    pub fn hidden(&self, row: &[Value]) -> bool {
        !self.text(row, "marker").is_empty()
            && self.table.columns.iter().zip(row).all(|(column, value)| {
                Kind::of(column) == Kind::Text || matches!(value, Value::Empty)
            })
    }
}

/// Figures that a condition cannot have, whoever answers.
fn cannot_apply(condition: &str, column: &str) -> bool {
    match column {
        "yes_pct" => condition == "annual_leave_days",
        "median_value" => {
            matches!(condition, "pay_award_pending" | "enhanced_sick_pay" | "travel_time_paid")
        }
        _ => false,
    }
}

fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Integer(0) | Value::Decimal(0, _))
}

fn is_one(value: &Value) -> bool {
    matches!(value, Value::Integer(1))
}

/// One figure as printed: `£12.71`, `3.65%`, `1,204` or a marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The text.
    pub text: String,
    /// Whether the text is a marker that stands for no figure.
    pub marker: bool,
    /// Whether the figure is nought: templates then say "none".
    pub zero: bool,
    /// Whether the figure is one: templates then use the singular.
    pub one: bool,
}

impl Figure {
    fn missing(marker: &str) -> Figure {
        Figure { text: marker.to_owned(), marker: true, zero: false, one: false }
    }

    /// A count.
    #[must_use]
    pub fn count(number: u64) -> Figure {
        let text = group(&number.to_string());
        Figure { text, marker: false, zero: number == 0, one: number == 1 }
    }

    /// A count that may be withheld.
    #[must_use]
    pub fn count_or_withheld(number: Option<u64>) -> Figure {
        number.map_or_else(|| Figure::missing("[c]"), Figure::count)
    }
}

/// How the figures of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text or a code, as it stands.
    Text,
    /// Pounds.
    Money,
    /// Per cent.
    Percent,
    /// A count or another plain number.
    Number,
}

impl Kind {
    /// The kind of a comparison's column, by the endings that all tables share.
    #[must_use]
    pub fn of(column: &str) -> Kind {
        // below_pct and its bounds alike.
        if column.contains("_pct") {
            return Kind::Percent;
        }
        match column {
            "p25_hourly" | "median_hourly" | "p75_hourly" | "reference_median" | "focus_median"
            | "gap_pounds" | "median_minimum" | "median_maximum" | "annual_shortfall" | "floor"
            | "counted_pay" | "effective_rate" | "shortfall" => Kind::Money,
            "period" | "marker" | "release" | "role_group" | "sector" | "reference_sector"
            | "focus_sector" | "contract_type" | "measure" | "standard" | "provider_id"
            | "provider_name" | "workplace_id" | "regulator_id" | "service" | "status"
            | "condition" => Kind::Text,
            _ => Kind::Number,
        }
    }

    fn write(self, value: &Value) -> String {
        if !matches!(value, Value::Integer(_) | Value::Decimal(..)) {
            return value.render();
        }
        match self {
            Kind::Text => value.render(),
            Kind::Money => pounds(value),
            Kind::Percent => format!("{}%", group(&value.render())),
            Kind::Number => group(trim_decimals(&value.render(), 0)),
        }
    }
}

/// `£1,204.50`: two decimals, or up to four where the amount has them.
#[must_use]
pub fn pounds(value: &Value) -> String {
    let text = value.render();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text.as_str()),
    };
    format!("{sign}£{}", group(trim_decimals(digits, 2)))
}

/// Drops zeros at the end of the decimals, but keeps at least `keep` places.
fn trim_decimals(text: &str, keep: usize) -> &str {
    let Some(point) = text.find('.') else { return text };
    let least = if keep == 0 { point } else { (point + 1 + keep).min(text.len()) };
    let trimmed = text.trim_end_matches('0').trim_end_matches('.').len();
    &text[..trimmed.max(least)]
}

/// Commas between thousands, a true minus in front.
#[must_use]
pub fn group(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

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
pub const SECTORS: [&str; 7] =
    ["all", "commissioned", "independent", "third_sector", "local_authority", "nhs", "other"];

/// Where a code stands in an order; unknown codes come last.
#[must_use]
pub fn rank(order: &[&str], code: &str) -> usize {
    order.iter().position(|known| *known == code).unwrap_or(order.len())
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
        if groups.last().is_none_or(|group| group.role_group != role_group) {
            groups.push(GroupView { role_group, rows: Vec::new() });
        }
        let cells = shown.iter().map(|name| {
            let figure = facts.figure(row, name);
            CellView { text: figure.text, marker: figure.marker }
        });
        if let Some(group) = groups.last_mut() {
            group.rows.push(cells.collect());
        }
    }
    TableView { name: facts.table.name.clone(), title: facts.title.clone(), columns, groups }
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
    )
}

/// What every page shows, written out.
#[derive(Clone, Debug, Serialize)]
pub struct Common {
    page: String,
    tool_version: String,
    release: String,
    restricted: bool,
    period: String,
    period_words: String,
    edition: u32,
    received: ReceivedView,
    balance: BalanceView,
    findings: Vec<FindingView>,
    floors: Vec<FloorView>,
    rate_notes: Vec<String>,
    overridden: Vec<String>,
    reproduce: Reproduce,
    /// Whether over half of the rows behind the page are hidden.
    mostly_hidden: bool,
    hidden: Vec<HiddenView>,
}

#[derive(Clone, Debug, Serialize)]
struct ReceivedView {
    returns_accepted: Figure,
    returns_rejected: Figure,
    returns_carried: Figure,
    providers: Figure,
    workplaces: Figure,
    workers: Figure,
    by_sector: Vec<SectorView>,
}

#[derive(Clone, Debug, Serialize)]
struct SectorView {
    sector: String,
    providers: Figure,
    workplaces: Figure,
    workers: Figure,
}

#[derive(Clone, Debug, Serialize)]
struct BalanceView {
    files: Figure,
    rows_read: Figure,
    accepted: Figure,
    rejected: Figure,
    blank: Figure,
    skipped: Figure,
}

#[derive(Clone, Debug, Serialize)]
struct FindingView {
    rule: String,
    severity: String,
    count: Figure,
    message: String,
    fix: String,
}

/// A wage floor as printed.
#[derive(Clone, Debug, Serialize)]
pub struct FloorView {
    /// The scheme's code.
    pub scheme: String,
    /// The band's code.
    pub band: String,
    /// `£12.71`.
    pub rate: String,
    min_age: Option<i64>,
    max_age: Option<i64>,
    effective_from: String,
    implement_by: Option<String>,
    source: Vec<SourcePart>,
    confidence: String,
    in_use: String,
}

/// A stretch of a source's text; addresses are shown as such and wrap anywhere.
#[derive(Clone, Debug, Serialize)]
struct SourcePart {
    text: String,
    address: bool,
}

#[derive(Clone, Debug, Serialize)]
struct HiddenView {
    name: String,
    rows: Figure,
    hidden_rows: Figure,
    emptied_rows: Figure,
}

impl Common {
    /// What a page shows whatever its subject.
    #[must_use]
    pub fn new(page: &str, facts: &Facts, tables: &[&TableFacts<'_>]) -> Common {
        let rows: usize = tables.iter().map(|facts| facts.table.rows.len()).sum();
        let hidden: usize = tables.iter().map(|facts| facts.hidden_rows).sum();
        Common {
            page: page.to_owned(),
            tool_version: facts.tool_version.clone(),
            release: facts.release.clone(),
            restricted: facts.release == "restricted",
            period: facts.period.clone(),
            period_words: facts.period_words.clone(),
            edition: facts.edition,
            received: ReceivedView::new(&facts.received),
            balance: BalanceView::new(&facts.balance),
            findings: facts.findings.iter().map(FindingView::new).collect(),
            floors: facts.floors.iter().map(FloorView::new).collect(),
            rate_notes: facts.rate_notes.clone(),
            overridden: facts.overridden.clone(),
            reproduce: facts.reproduce.clone(),
            mostly_hidden: hidden * 2 > rows,
            hidden: tables.iter().map(|facts| HiddenView::new(facts)).collect(),
        }
    }
}

/// The floors of one scheme, as printed.
#[must_use]
pub fn floors_of(facts: &Facts, scheme: &str) -> Vec<FloorView> {
    facts.floors.iter().filter(|floor| floor.scheme == scheme).map(FloorView::new).collect()
}

impl ReceivedView {
    fn new(received: &Received) -> ReceivedView {
        ReceivedView {
            returns_accepted: Figure::count(received.returns_accepted),
            returns_rejected: Figure::count(received.returns_rejected),
            returns_carried: Figure::count(received.returns_carried),
            providers: Figure::count(received.providers),
            workplaces: Figure::count(received.workplaces),
            workers: Figure::count(received.workers),
            by_sector: received
                .by_sector
                .iter()
                .map(|count| SectorView {
                    sector: count.sector.clone(),
                    providers: Figure::count_or_withheld(count.providers),
                    workplaces: Figure::count_or_withheld(count.workplaces),
                    workers: Figure::count_or_withheld(count.workers),
                })
                .collect(),
        }
    }
}

impl BalanceView {
    fn new(balance: &Balance) -> BalanceView {
        BalanceView {
            files: Figure::count(balance.files),
            rows_read: Figure::count(balance.rows_read),
            accepted: Figure::count(balance.accepted),
            rejected: Figure::count(balance.rejected),
            blank: Figure::count(balance.blank),
            skipped: Figure::count(balance.skipped),
        }
    }
}

impl FindingView {
    fn new(finding: &FindingCount) -> FindingView {
        FindingView {
            rule: finding.rule.clone(),
            severity: finding.severity.clone(),
            count: Figure::count(finding.count),
            message: finding.message.clone(),
            fix: finding.fix.clone(),
        }
    }
}

impl FloorView {
    fn new(floor: &Floor) -> FloorView {
        FloorView {
            scheme: floor.scheme.clone(),
            band: floor.band.clone(),
            rate: format!("£{}", group(trim_decimals(&floor.rate, 2))),
            min_age: floor.min_age,
            max_age: floor.max_age,
            effective_from: floor.effective_from.clone(),
            implement_by: floor.implement_by.clone(),
            source: source_parts(&floor.source),
            confidence: floor.confidence.clone(),
            in_use: floor.in_use.clone(),
        }
    }
}

/// Splits a source into words and addresses.
fn source_parts(source: &str) -> Vec<SourcePart> {
    let mut parts: Vec<SourcePart> = Vec::new();
    for word in source.split_whitespace() {
        let address = word.starts_with("https://") || word.starts_with("http://");
        match parts.last_mut() {
            Some(last) if !last.address && !address => {
                last.text.push(' ');
                last.text.push_str(word);
            }
            _ => parts.push(SourcePart { text: word.to_owned(), address }),
        }
    }
    parts
}

impl HiddenView {
    fn new(facts: &TableFacts<'_>) -> HiddenView {
        let count = |number: usize| Figure::count(u64::try_from(number).unwrap_or(u64::MAX));
        HiddenView {
            name: facts.table.name.clone(),
            rows: count(facts.table.rows.len()),
            hidden_rows: count(facts.hidden_rows),
            emptied_rows: count(facts.emptied_rows),
        }
    }
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
    let found: BTreeSet<String> =
        facts.table.rows.iter().map(|row| facts.text(row, column)).collect();
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_by_key(|code| rank(order, code));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_have_two_decimals_or_the_four_they_need() {
        for (value, expected) in [
            (Value::Decimal(127_100, 4), "£12.71"),
            (Value::Decimal(127_104, 4), "£12.7104"),
            (Value::Decimal(127_150, 4), "£12.715"),
            (Value::Decimal(120_000, 4), "£12.00"),
            (Value::Decimal(123_456_700, 2), "£1,234,567.00"),
            (Value::Decimal(-14_900, 4), "−£1.49"),
            (Value::Decimal(0, 2), "£0.00"),
        ] {
            assert_eq!(pounds(&value), expected);
        }
    }

    #[test]
    fn counts_and_shares_keep_their_digits() {
        assert_eq!(Figure::count(1_204).text, "1,204");
        assert_eq!(Figure::count(999).text, "999");
        assert_eq!(Kind::Percent.write(&Value::Decimal(1806, 2)), "18.06%");
        assert_eq!(Kind::Number.write(&Value::Decimal(1_105, 1)), "110.5");
        assert_eq!(Kind::Number.write(&Value::Decimal(12_000, 1)), "1,200");
        assert_eq!(Kind::Number.write(&Value::Decimal(280_000, 4)), "28");
    }

    fn one_row(values: Vec<Value>) -> Table {
        Table {
            name: "pay_by_sector".to_owned(),
            columns: ["period", "sector", "workers", "median_hourly", "marker", "release"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![values],
        }
    }

    fn facts(table: &Table) -> TableFacts<'_> {
        TableFacts {
            table,
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
        let names: Vec<&str> = view.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["sector", "workers", "median_hourly"]);
        let cells: Vec<&str> =
            view.groups[0].rows[0].iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(cells, ["nhs", "1,200", "£13.45"]);
        assert_eq!(view.groups[0].role_group, None);
    }

    #[test]
    fn sources_are_split_into_words_and_addresses() {
        let parts = source_parts("Rates page https://example.org/rates seen twice");
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(texts, ["Rates page", "https://example.org/rates", "seen twice"]);
        assert!(parts[1].address);
    }
}
