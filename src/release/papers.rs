//! What a release says of itself: `summary.json` and `manifest.json`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::limits::Judged;
use super::{ReleaseError, Source, Wanted, Written, over_time};
use crate::compare::query::QueryFile;
use crate::model::digest::sha256;
use crate::protect::POLICY;
use crate::report::Facts;
use crate::store::manifest::Manifest;
use crate::store::seal;

fn pretty(value: &Json) -> Result<Vec<u8>, ReleaseError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| ReleaseError::Format("JSON".to_owned(), error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A manifest as its file has it, with its seal.
///
/// # Errors
/// Never, unless memory runs out.
pub(super) fn sealed(mut manifest: Json) -> Result<Vec<u8>, ReleaseError> {
    manifest["seal"] = "".into();
    let text = pretty(&manifest)?;
    Ok(seal::sealed(&String::from_utf8_lossy(&text)).into_bytes())
}

pub(super) fn summary(
    wanted: &Wanted,
    facts: &Facts,
    tables: &[Written],
    limits: &[Judged],
) -> Result<Vec<u8>, ReleaseError> {
    let tables: Vec<Json> = tables
        .iter()
        .map(|out| {
            json!({
                "name": out.name,
                "rows": out.rows,
                "rows_withheld": out.hidden_rows,
                "rows_partly_withheld": out.emptied_rows,
            })
        })
        .collect();
    let failed = |error: serde_json::Error| {
        ReleaseError::Format("summary.json".to_owned(), error.to_string())
    };
    let mut facts = serde_json::to_value(facts).map_err(failed)?;
    let mut summary = json!({ "tool": "paybench", "release": wanted.release.as_str() });
    // What is new comes first, in releases that know of it.
    for (name, shown) in [
        ("changes", "changes_since_last_release"),
        ("awaited", "returns_awaited"),
    ] {
        let value = facts
            .as_object_mut()
            .and_then(|facts| facts.shift_remove(name));
        if let Some(value) = value.filter(|value| !value.is_null() && *value != json!([])) {
            summary[shown] = value;
        }
    }
    for (name, value) in [
        ("checked_for_publication", false.into()),
        ("tables", tables.into()),
        ("pages", wanted.pages.clone().into()),
        ("limits", serde_json::to_value(limits).map_err(failed)?),
        ("facts", facts),
    ] {
        summary[name] = value;
    }
    pretty(&summary)
}

/// What the release is made of and what it holds, each with its digest. There
/// is no clock in it: the same inputs give the same bytes.
pub(super) fn manifest(
    source: &Source<'_>,
    wanted: &Wanted,
    made: &[&QueryFile],
    earlier: &[Manifest],
    outputs: &[Json],
) -> Result<Vec<u8>, ReleaseError> {
    let origin = |query: &QueryFile| query.own.clone().unwrap_or_else(|| "built in".to_owned());
    // A table over time is made by the query of its comparison.
    let used = made
        .iter()
        .copied()
        .filter(|query| over_time::comparison(&query.name).is_none())
        .chain(source.queries.views());
    let queries: Vec<Json> = used
        .map(|query| json!({ "name": query.name, "sha256": query.sha256(), "origin": origin(query) }))
        .collect();
    let rules: Vec<Json> = source
        .queries
        .rules()
        .map(|rule| {
            let origin = rule.own.as_deref().unwrap_or("built in");
            json!({ "name": rule.name, "sha256": rule.sha256, "origin": origin })
        })
        .collect();
    let templates: Vec<Json> = source
        .templates
        .files()
        .map(|(name, text)| {
            let own = source
                .templates
                .overridden()
                .iter()
                .any(|other| other == name);
            let origin = if own { "own folder" } else { "built in" };
            json!({ "name": name, "sha256": digest(text.as_bytes()), "origin": origin })
        })
        .collect();
    let mut editions = vec![edition(source)?];
    for earlier in earlier {
        editions.push(named(source, earlier)?);
    }
    sealed(json!({
        "tool": "paybench",
        "version": env!("CARGO_PKG_VERSION"),
        "release": wanted.release.as_str(),
        "editions": editions,
        "rates": source.rates.file()?,
        "queries": queries,
        "contract_rules": rules,
        "templates": templates,
        "policy": { "text": POLICY, "sha256": digest(POLICY.as_bytes()) },
        "outputs": outputs,
    }))
}

pub(super) fn digest(bytes: &[u8]) -> String {
    sha256(bytes)
}

/// The edition read, as manifests name it.
pub(super) fn edition(source: &Source<'_>) -> Result<Json, ReleaseError> {
    named(source, source.manifest)
}

fn named(source: &Source<'_>, manifest: &Manifest) -> Result<Json, ReleaseError> {
    let own = source.location.get(&manifest.path())?;
    Ok(json!({
        "period": manifest.period.to_string(),
        "edition": manifest.edition,
        "manifest": manifest.path(),
        "sha256": digest(&own),
        "inputs": manifest.digest,
    }))
}

/// The files written, each with its digest.
pub(super) fn outputs(files: &BTreeMap<String, Vec<u8>>) -> Vec<Json> {
    let output = |(name, bytes): (&String, &Vec<u8>)| json!({ "name": name, "sha256": digest(bytes), "bytes": bytes.len() });
    files.iter().map(output).collect()
}
