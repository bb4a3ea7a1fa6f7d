//! What changed since the release that stands in the output folder, split by
//! where it comes from: data, rules and layouts, rates, code, settings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::before::{Before, Threshold};
use super::make::{Figures, Pages};
use super::{Source, moved};
use crate::report::{Changed, Changes, DataChanges, RateChange, Returns};
use crate::store::StoreError;
use crate::store::manifest::{Manifest, ReturnEntry, Status};

/// What changed since `before`, with the names of returns; `pages` are those that
/// the release would have without its changes.
///
/// # Errors
/// Where the store fails.
pub fn since(
    before: &Before,
    source: &Source<'_>,
    figures: &Figures,
    pages: &Pages,
    threshold: Threshold,
) -> Result<Changes, StoreError> {
    let new: Json = serde_json::from_slice(&pages.manifest).unwrap_or_default();
    let old = &before.manifest;
    let edition = before.edition(source)?;
    let mut rules = edition
        .as_ref()
        .map_or_else(Vec::new, |edition| checks(edition, source.manifest));
    rules.extend(named(
        "contract_rule",
        &old["contract_rules"],
        &new["contract_rules"],
    ));
    let mut code = Vec::new();
    let mut settings = Vec::new();
    if old["version"] != new["version"] {
        code.push(changed("version", text(&new["version"]), "changed"));
    }
    if old["policy"] != new["policy"] {
        code.push(changed("policy", "", "changed"));
    }
    for entry in named("query", &old["queries"], &new["queries"]) {
        // A comparison that came or went was asked for, or not any more.
        let view = source.queries.views().any(|view| view.name == entry.name);
        if entry.how == "changed" || view {
            code.push(entry);
        } else {
            settings.push(Changed {
                what: "comparison".to_owned(),
                ..entry
            });
        }
    }
    code.extend(named("template", &old["templates"], &new["templates"]));
    if old["release"] != new["release"] {
        settings.push(changed("release", text(&new["release"]), "changed"));
    }
    settings.extend(limits(&before.summary, figures));
    Ok(Changes {
        last: Some(before.last(edition.is_some())),
        data: DataChanges {
            earlier: earlier(&old["editions"], &new["editions"]),
            ..edition.map_or_else(DataChanges::default, |edition| {
                data(&edition, source.manifest)
            })
        },
        rules,
        rates: rates(&before.summary, figures),
        code,
        settings,
        figures: moved::figures(before, source, figures, threshold),
    })
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

fn changed(what: &str, name: &str, how: &str) -> Changed {
    Changed {
        what: what.to_owned(),
        name: name.to_owned(),
        how: how.to_owned(),
    }
}

/// What became of each name in two maps of digests.
fn apart(what: &str, old: &BTreeMap<&str, &str>, new: &BTreeMap<&str, &str>) -> Vec<Changed> {
    let names: BTreeSet<&&str> = old.keys().chain(new.keys()).collect();
    let how = |name: &str| match (old.get(name), new.get(name)) {
        (None, _) => Some("new"),
        (_, None) => Some("gone"),
        (before, after) => (before != after).then_some("changed"),
    };
    names
        .into_iter()
        .filter_map(|name| how(name).map(|how| changed(what, name, how)))
        .collect()
}

/// The same of two lists of a manifest.
fn named(what: &str, old: &Json, new: &Json) -> Vec<Changed> {
    let (old, new) = (digests(old, "name"), digests(new, "name"));
    apart(what, &borrowed(&old), &borrowed(&new))
}

/// The digests of a list of a manifest, by what its entries are called.
fn digests(list: &Json, by: &str) -> BTreeMap<String, String> {
    let all = list.as_array().into_iter().flatten();
    all.map(|entry| {
        (
            text(&entry[by]).to_owned(),
            text(&entry["sha256"]).to_owned(),
        )
    })
    .collect()
}

fn borrowed(map: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    map.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect()
}

/// Earlier periods of which there is another edition now. The period of either
/// release itself is told by its returns.
fn earlier(old: &Json, new: &Json) -> Vec<Changed> {
    let (before, after) = (digests(old, "period"), digests(new, "period"));
    let own = [text(&old[0]["period"]), text(&new[0]["period"])];
    // The last release knew of none: nothing is new in it.
    let known = before.len() > 1;
    let mut changed = apart("period", &borrowed(&before), &borrowed(&after));
    changed.retain(|entry| known && !own.contains(&entry.name.as_str()));
    changed
}

/// The rules that returns are read by.
fn checks(old: &Manifest, new: &Manifest) -> Vec<Changed> {
    let mut rules = Vec::new();
    if old.rules != new.rules {
        rules.push(changed("checks", "", "changed"));
    }
    // An edition names the layouts that its returns were read by.
    let both = |manifest: &Manifest| -> BTreeMap<String, String> {
        let shared =
            |name: &&String| old.layouts.contains_key(*name) && new.layouts.contains_key(*name);
        let kept = manifest.layouts.iter().filter(|(name, _)| shared(name));
        kept.map(|(name, digest)| (name.clone(), digest.clone()))
            .collect()
    };
    let (before, after) = (both(old), both(new));
    rules.extend(apart("layout", &borrowed(&before), &borrowed(&after)));
    rules
}

/// Returns of two editions.
fn data(old: &Manifest, new: &Manifest) -> DataChanges {
    let accepted = |manifest: &'_ Manifest| -> Vec<String> {
        let all = manifest.returns.iter();
        all.filter(|entry| entry.status == Status::Accepted)
            .map(|entry| entry.return_id.clone())
            .collect()
    };
    let inputs = |entry: &ReturnEntry| entry.inputs().collect::<Vec<_>>();
    let mut changes = DataChanges {
        other_keys: old.key_id != new.key_id,
        ..DataChanges::default()
    };
    let (mut added, mut restated, mut read_anew) = (Vec::new(), Vec::new(), Vec::new());
    for id in accepted(new) {
        match (old.accepted(&id), new.accepted(&id)) {
            (None, _) => added.push(id),
            (Some(before), Some(after)) if inputs(before) != inputs(after) => restated.push(id),
            (Some(before), Some(after)) if before != after && old.period == new.period => {
                let mut as_before = after.clone();
                as_before.edition = before.edition;
                // Read again, with another outcome.
                if as_before != *before {
                    read_anew.push(id);
                }
            }
            _ => {}
        }
    }
    let gone = accepted(old)
        .into_iter()
        .filter(|id| new.accepted(id).is_none());
    changes.withdrawn = Returns::named(gone.collect());
    let rejected = |entry: &&ReturnEntry| {
        let same = |other: &ReturnEntry| {
            other.status == Status::Rejected && inputs(other) == inputs(entry)
        };
        entry.status == Status::Rejected && !old.of(&entry.return_id).iter().any(same)
    };
    let rejected = new.returns.iter().filter(rejected);
    changes.rejected = Returns::named(rejected.map(|entry| entry.return_id.clone()).collect());
    changes.new = Returns::named(added);
    changes.restated = Returns::named(restated);
    changes.read_anew = Returns::named(read_anew);
    changes
}

/// The wage floors that two releases used.
fn rates(summary: &Json, figures: &Figures) -> Vec<RateChange> {
    let new = serde_json::to_value(&figures.facts.floors).unwrap_or_default();
    let floors = |list: &Json| -> BTreeSet<[String; 4]> {
        let all = list.as_array().into_iter().flatten();
        let parts = ["scheme", "effective_from", "band", "rate"];
        all.map(|floor| parts.map(|part| text(&floor[part]).to_owned()))
            .collect()
    };
    let (old, new) = (floors(&summary["facts"]["floors"]), floors(&new));
    let change = |how: &'static str| {
        move |[scheme, effective_from, band, rate]: &[String; 4]| RateChange {
            scheme: scheme.clone(),
            band: band.clone(),
            rate: rate.clone(),
            effective_from: effective_from.clone(),
            how: how.to_owned(),
        }
    };
    let gone = old.difference(&new).map(change("gone"));
    gone.chain(new.difference(&old).map(change("new")))
        .collect()
}

/// The limits that two releases were held against.
fn limits(summary: &Json, figures: &Figures) -> Vec<Changed> {
    let new = serde_json::to_value(&figures.limits).unwrap_or_default();
    let names = |list: &Json| -> BTreeMap<String, String> {
        let all = list.as_array().into_iter().flatten();
        all.map(|limit| (text(&limit["limit"]).to_owned(), String::new()))
            .collect()
    };
    let (old, new) = (names(&summary["limits"]), names(&new));
    apart("limit", &borrowed(&old), &borrowed(&new))
}
