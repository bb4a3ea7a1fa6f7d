//! The views that the rules on contracts make up together: SQL put together
//! from their files, and from nothing that is typed on the command line.

use super::contract_rules::{Rule, Status};
use super::error::QueryError;
use super::query::{Disclosure, QueryFile};
use crate::engine::EngineError;

/// One row a job and rule.
const RESULTS: &str = "rule_results";
/// Jobs counted by provider, sector and result of each rule.
const COUNTS: &str = "rule_counts";

/// The views, in order of names.
#[must_use]
pub fn of<'a>(rules: impl Iterator<Item = &'a Rule>) -> Vec<QueryFile> {
    let rules: Vec<&Rule> = rules.collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let about = [
        ("rule", "name of the rule"),
        ("status", "`law`, `voluntary` or `proposed`"),
        (
            "result",
            "`met`, `breach` of a law, `not_met` of a voluntary standard, `would_meet` or `would_not_meet` of a \
             proposal, `unknown`, `out_of_scope` or `not_in_force`",
        ),
    ];
    let results = view(
        RESULTS,
        "Results of the rules on contracts, worker by worker",
        "One row a job and rule, as the rules' files in `rules` say.",
        &[
            ("provider_id", "provider code"),
            ("workplace_id", "workplace code, unique within the provider"),
            ("worker_key", "keyed hash that stands for the worker, hex"),
            ("sector", "sector code of the workplace"),
            ("role_group", "role group code"),
        ],
        &about,
        results_sql(&rules),
    );
    let mut counts = view(
        COUNTS,
        "Results of the rules on contracts, counted",
        "Jobs by provider, sector and result of each rule.",
        &[
            ("provider_id", "provider code"),
            ("sector", "sector code of the workplace"),
        ],
        &about,
        counts_sql(&rules),
    );
    counts.units.push((
        "workers".to_owned(),
        "jobs with that result, count".to_owned(),
    ));
    vec![counts, results]
}

fn view(
    name: &str,
    title: &str,
    description: &str,
    keys: &[(&str, &str)],
    about: &[(&str, &str)],
    sql: String,
) -> QueryFile {
    let units = keys.iter().chain(about);
    QueryFile {
        name: name.to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        parameters: Vec::new(),
        units: units
            .map(|(column, meaning)| ((*column).to_owned(), (*meaning).to_owned()))
            .collect(),
        disclosure: Disclosure::Restricted,
        undecided: false,
        key: Vec::new(),
        behind: Vec::new(),
        redraw: None,
        sql,
        own: None,
        view: true,
    }
}

/// The result of one rule for a row of `rule_jobs`. What is neither true nor
/// false is unknown, and never met.
fn result(rule: &Rule) -> String {
    let mut in_force = Vec::new();
    if rule.status != Status::Proposed {
        in_force.extend(rule.from.map(|day| format!("period < DATE '{day}'")));
        in_force.extend(rule.to.map(|day| format!("period > DATE '{day}'")));
    }
    let (met, unmet) = rule.status.results();
    let scope = format!("({} AND (\n{}))", rule.place(), rule.applies.sql);
    let mut cases = String::new();
    for condition in in_force {
        cases.push_str(&format!("WHEN {condition} THEN 'not_in_force'\n"));
    }
    cases.push_str(&format!("WHEN NOT {scope} THEN 'out_of_scope'\n"));
    cases.push_str(&format!("WHEN {scope} IS NULL THEN 'unknown'\n"));
    if let Some(unknown) = &rule.unknown {
        cases.push_str(&format!(
            "WHEN (\n{}) IS NOT FALSE THEN 'unknown'\n",
            unknown.sql
        ));
    }
    let failed = &rule.unmet.sql;
    cases.push_str(&format!("WHEN (\n{failed}) THEN '{unmet}'\n"));
    cases.push_str(&format!("WHEN NOT (\n{failed}) THEN '{met}'\n"));
    format!("CASE\n{cases}ELSE 'unknown'\nEND")
}

/// The results of all rules for each row of `rule_jobs`, a column a rule.
fn judged(rules: &[&Rule], keys: &str) -> String {
    let columns: Vec<String> = rules
        .iter()
        .map(|rule| format!("{} AS of_{}", result(rule), rule.name))
        .collect();
    format!(
        "judged AS (\nSELECT {keys},\n{}\nFROM rule_jobs\n)",
        columns.join(",\n")
    )
}

/// The rules as rows `r`, and the result that stands in the column of each.
fn unpivoted(rules: &[&Rule]) -> (String, String) {
    let rows: Vec<String> = rules
        .iter()
        .map(|rule| format!("('{}', '{}')", rule.name, rule.status.as_str()))
        .collect();
    let cases: Vec<String> = rules
        .iter()
        .map(|rule| format!("WHEN '{0}' THEN j.of_{0}", rule.name))
        .collect();
    (
        format!("(VALUES {}) AS r (rule, status)", rows.join(", ")),
        format!("CASE r.rule {} END", cases.join(" ")),
    )
}

fn results_sql(rules: &[&Rule]) -> String {
    let keys = "provider_id, workplace_id, worker_key, sector, role_group";
    let judged = judged(rules, keys);
    let (rows, value) = unpivoted(rules);
    format!(
        "WITH {judged}\nSELECT j.provider_id, j.workplace_id, j.worker_key, j.sector, j.role_group, \
         r.rule, r.status, {value} AS result\nFROM judged AS j\nCROSS JOIN {rows}"
    )
}

/// Jobs with the same results are counted first, and only then taken rule by rule.
fn counts_sql(rules: &[&Rule]) -> String {
    let judged = judged(rules, "provider_id, sector");
    let (rows, value) = unpivoted(rules);
    let columns: Vec<String> = rules
        .iter()
        .map(|rule| format!("of_{}", rule.name))
        .collect();
    let columns = columns.join(", ");
    format!(
        "WITH {judged},\ncounted AS (\nSELECT provider_id, sector, {columns}, count(*) AS workers\nFROM judged\n\
         GROUP BY provider_id, sector, {columns}\n)\nSELECT j.provider_id, j.sector, r.rule, r.status, \
         {value} AS result, sum(j.workers) AS workers\nFROM counted AS j\nCROSS JOIN {rows}\n\
         GROUP BY j.provider_id, j.sector, r.rule, r.status, {value}"
    )
}

/// The views that neither are made from rules nor use those that are.
#[must_use]
pub fn without<'a>(views: &[&'a QueryFile]) -> Vec<&'a QueryFile> {
    let mut tainted = vec![RESULTS, COUNTS];
    loop {
        let more = views.iter().find(|view| {
            let uses = tainted.iter().any(|name| view.sql.contains(name));
            uses && !tainted.contains(&view.name.as_str())
        });
        match more {
            Some(view) => tainted.push(&view.name),
            None => break,
        }
    }
    let clean = |view: &&&QueryFile| !tainted.contains(&view.name.as_str());
    views.iter().filter(clean).copied().collect()
}

/// The first predicate that does not fit `rule_jobs`, at its place in its file.
pub fn misfit<'a>(
    rules: impl Iterator<Item = &'a Rule>,
    plan: impl Fn(&str) -> Result<(), EngineError>,
) -> Option<QueryError> {
    for rule in rules {
        for predicate in rule.predicates() {
            let sql = format!(
                "SELECT CASE WHEN NOT (\n{}) THEN 1 END FROM rule_jobs",
                predicate.sql
            );
            if let Err(cause) = plan(&sql) {
                return Some(rule.misfit(predicate, &cause.to_string()));
            }
        }
    }
    None
}
