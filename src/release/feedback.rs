//! Pages for providers: each sees its own figures and findings, and of others
//! what a protected release shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::make::{self, Figures, table_facts};
use super::{ReleaseError, Source, Wanted, edition, facts, outputs, sealed};
use crate::compare::query::QueryFile;
use crate::compare::run;
use crate::compare::table::{Table, Value};
use crate::engine::parameter::Parameter;
use crate::ingest::rules;
use crate::model::date;
use crate::model::finding::{Finding, Severity};
use crate::protect::{self, Published, Release};
use crate::report::check::groups;
use crate::report::feedback::{self, Provider};
use crate::store::manifest::ReturnEntry;

/// What `kind` is in the manifest.
pub const KIND: &str = "feedback";

/// Pages by file name, and their manifest.
pub struct Pages {
    /// The pages.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `manifest.json`.
    pub manifest: Vec<u8>,
}

/// Makes the pages of these providers.
///
/// # Errors
/// Why they cannot be made; nothing was written.
pub fn make(source: &Source<'_>, providers: &[String]) -> Result<Pages, ReleaseError> {
    let wanted = Wanted {
        comparisons: feedback::comparisons(),
        pages: Vec::new(),
        spreadsheets: false,
        release: Release::Protected,
        commands: Vec::new(),
        over_time: false,
        limits: Vec::new(),
        awaited: Vec::new(),
    };
    let everybody = make::figures(source, &wanted)?;
    let mut files = BTreeMap::new();
    for provider in providers {
        let page = page(source, provider, &everybody)?;
        files.insert(
            format!("{}.html", file_name(provider, providers)),
            page.into_bytes(),
        );
    }
    let manifest = sealed(json!({
        "tool": "paybench",
        "version": env!("CARGO_PKG_VERSION"),
        "kind": KIND,
        "release": Release::Restricted.as_str(),
        "editions": [edition(source)?],
        "rates": source.rates.file()?,
        "outputs": outputs(&files),
    }))?;
    Ok(Pages { files, manifest })
}

/// A provider's code as the name of a file, and of no other provider's.
fn file_name(provider: &str, all: &[String]) -> String {
    let plain = |code: &str| -> String {
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() || "-_".contains(c) {
                c
            } else {
                '-'
            }
        };
        code.chars().map(safe).collect::<String>().to_lowercase()
    };
    let name = plain(provider);
    let same = all.iter().filter(|other| plain(other) == name);
    if same.clone().count() == 1 {
        return name;
    }
    let before = same.take_while(|other| *other != provider).count();
    format!("{name}-{}", before + 1)
}

fn page(source: &Source<'_>, provider: &str, everybody: &Figures) -> Result<String, ReleaseError> {
    let session = run::open_for(
        source.location,
        source.manifest,
        source.rates,
        source.queries,
        source.means,
        run::Scope {
            provider: Some(provider),
            statement: None,
        },
    )?;
    let period = date::days(source.manifest.period);
    let mut own: Vec<(QueryFile, Published)> = Vec::new();
    for (query, _) in &everybody.published {
        let (schema, batches) = run::batches(&session, query, &query.bind(&[])?)?;
        let table = run::table(&query.name, &schema, &batches)?;
        own.push((query.clone(), protect::unprotected(query, &table, period)?));
    }
    let rows = |sql: &str, parameters: &[(String, Parameter)]| -> Result<Table, ReleaseError> {
        let (schema, batches) = session.query(sql, parameters)?;
        Ok(run::table("rows", &schema, &batches)?)
    };
    let names = rows(
        "SELECT DISTINCT provider_name FROM workplaces WHERE provider_name IS NOT NULL \
         ORDER BY provider_name",
        &[],
    )?;
    let of_provider = |entry: &&ReturnEntry| entry.providers.contains(provider);
    let entries: Vec<&ReturnEntry> = source.manifest.returns.iter().filter(of_provider).collect();
    let alone = |entry: &&ReturnEntry| entry.providers.len() == 1;
    let (own_entries, shared): (Vec<&ReturnEntry>, Vec<&ReturnEntry>) =
        entries.into_iter().partition(alone);
    let mut found = Vec::new();
    let ids: BTreeSet<&str> = own_entries
        .iter()
        .map(|entry| entry.return_id.as_str())
        .collect();
    for id in &ids {
        let parameter = ("id".to_owned(), Parameter::Text((*id).to_owned()));
        let table = rows(FINDINGS, &[parameter])?;
        found.extend(table.rows.iter().map(|row| finding(row)));
    }
    let groups = groups(&found, &rules::list::messages());
    let checked = facts::checked(&own_entries, source.manifest.period, &groups);
    let about = Provider {
        provider_id: provider.to_owned(),
        names: names.rows.iter().map(|row| row[0].render()).collect(),
        shared: shared.iter().map(|entry| entry.return_id.clone()).collect(),
    };
    let (own, others) = (table_facts(&own), table_facts(&everybody.published));
    Ok(feedback::page(
        &about,
        &checked,
        &own,
        &others,
        source.templates,
    )?)
}

const FINDINGS: &str = "SELECT file, sheet, \"row\", \"column\", rule, severity, cell, value, \
     message, fix, return_id FROM findings WHERE return_id = $id \
     ORDER BY file, sheet, \"row\", rule, \"column\", value, message";

fn finding(row: &[Value]) -> Finding {
    let text = |at: usize| row[at].render();
    let some = |at: usize| row[at].as_text().map(str::to_owned);
    Finding {
        file: text(0),
        sheet: some(1),
        row: row[2].as_count().and_then(|row| u64::try_from(row).ok()),
        column: some(3),
        rule: text(4).into(),
        severity: match row[5].as_text() {
            Some("error") => Severity::Error,
            _ => Severity::Warning,
        },
        cell: some(6),
        value: some(7),
        message: text(8).into(),
        fix: text(9).into(),
        return_id: text(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_has_a_file_name_of_its_own() {
        let all = ["A/1", "a-1", "B"].map(str::to_owned);
        let names: Vec<String> = all.iter().map(|one| file_name(one, &all)).collect();
        assert_eq!(names, ["a-1-1", "a-1-2", "b"]);
    }
}
