//! What every page shows, whatever its subject.

use serde::Serialize;

use super::changes::{Awaited, Changes};
use super::facts::{Balance, Facts, FindingCount, Floor, Received, Reproduce, TableFacts};
use super::figures::{Figure, group, trim_decimals};

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
    /// Where the floors were found, each source once.
    sources: Vec<SourceView>,
    rate_notes: Vec<String>,
    overridden: Vec<String>,
    reproduce: Reproduce,
    /// What changed since the last release, where a job made it.
    changes: Option<Changes>,
    awaited: Vec<Awaited>,
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
    /// The number of its source in the list of them.
    source: usize,
    in_use: String,
}

/// Where floors were found.
#[derive(Clone, Debug, Serialize)]
struct SourceView {
    parts: Vec<SourcePart>,
    confidence: String,
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
        let sources = sources(&facts.floors);
        let rows: usize = tables.iter().map(|facts| facts.rows).sum();
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
            floors: facts
                .floors
                .iter()
                .map(|floor| FloorView::new(floor, &sources))
                .collect(),
            sources: sources
                .iter()
                .map(|(source, confidence)| SourceView {
                    parts: source_parts(source),
                    confidence: (*confidence).to_owned(),
                })
                .collect(),
            rate_notes: facts.rate_notes.clone(),
            overridden: facts.overridden.clone(),
            reproduce: facts.reproduce.clone(),
            changes: facts.changes.clone(),
            awaited: facts.awaited.clone(),
            mostly_hidden: hidden * 2 > rows,
            hidden: tables.iter().map(|facts| HiddenView::new(facts)).collect(),
        }
    }
}

/// The floors of one scheme, as printed.
#[must_use]
pub fn floors_of(facts: &Facts, scheme: &str) -> Vec<FloorView> {
    let sources = sources(&facts.floors);
    let own = facts.floors.iter().filter(|floor| floor.scheme == scheme);
    own.map(|floor| FloorView::new(floor, &sources)).collect()
}

/// Each source once, with how sure it is, in the order of the floors: the rates
/// of one announcement share theirs.
fn sources(floors: &[Floor]) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for floor in floors {
        let source = (floor.source.as_str(), floor.confidence.as_str());
        if !found.contains(&source) {
            found.push(source);
        }
    }
    found
}

impl ReceivedView {
    fn new(received: &Received) -> ReceivedView {
        ReceivedView {
            returns_accepted: Figure::count(received.returns_accepted),
            returns_rejected: Figure::count(received.returns_rejected),
            returns_carried: Figure::count(received.returns_carried),
            providers: Figure::count(received.providers),
            workplaces: Figure::count(received.workplaces),
            workers: Figure::count_or_withheld(received.workers),
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
    fn new(floor: &Floor, sources: &[(&str, &str)]) -> FloorView {
        let source = (floor.source.as_str(), floor.confidence.as_str());
        FloorView {
            scheme: floor.scheme.clone(),
            band: floor.band.clone(),
            rate: format!("£{}", group(trim_decimals(&floor.rate, 2))),
            min_age: floor.min_age,
            max_age: floor.max_age,
            effective_from: floor.effective_from.clone(),
            implement_by: floor.implement_by.clone(),
            source: sources
                .iter()
                .position(|other| *other == source)
                .map_or(0, |at| at + 1),
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
            _ => parts.push(SourcePart {
                text: word.to_owned(),
                address,
            }),
        }
    }
    parts
}

impl HiddenView {
    fn new(facts: &TableFacts<'_>) -> HiddenView {
        let count = |number: usize| Figure::count(u64::try_from(number).unwrap_or(u64::MAX));
        HiddenView {
            name: facts.table.name.clone(),
            rows: count(facts.rows),
            hidden_rows: count(facts.hidden_rows),
            emptied_rows: count(facts.emptied_rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_split_into_words_and_addresses() {
        let parts = source_parts("Rates page https://example.org/rates seen twice");
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(
            texts,
            ["Rates page", "https://example.org/rates", "seen twice"]
        );
        assert!(parts[1].address);
    }
}
