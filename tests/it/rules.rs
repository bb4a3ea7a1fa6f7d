//! Every rule is broken once and kept once, by the cases of `fixtures/rules`:
//! all that break a rule go into one run, all that keep it into another.

use std::collections::{BTreeMap, BTreeSet};

use paybench::ingest::rules;
use serde::Deserialize;

use crate::util::{PERIOD, Project, Row, fixture, rows};

type Cells = toml::map::Map<String, toml::Value>;

/// A file of cases about the rows of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    table: String,
    base: BTreeMap<String, Cells>,
    #[serde(default)]
    more: BTreeMap<String, Vec<Cells>>,
    cases: BTreeMap<String, Vec<RowCase>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowCase {
    rule: String,
    pass: Cells,
    fail: Cells,
    at: Option<String>,
    rows: Option<Vec<u64>>,
    file: Option<String>,
    #[serde(default)]
    add: BTreeMap<String, Vec<Cells>>,
    #[serde(default)]
    set: BTreeMap<String, Cells>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    raw: bool,
}

/// The file of cases about whole files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    base: BTreeMap<String, String>,
    case: Vec<FileCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCase {
    rule: String,
    #[serde(default)]
    pass: BTreeMap<String, String>,
    fail: BTreeMap<String, String>,
    windows: Option<String>,
    at: Vec<String>,
}

/// The file of cases against what the store held before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Previous {
    case: Vec<PreviousCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviousCase {
    rule: String,
    day: Option<String>,
    before: Sent,
    pass: Sent,
    fail: Sent,
    at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    workers: u32,
    rate: Option<String>,
    award: Option<String>,
    provider: Option<String>,
    #[serde(default)]
    second: bool,
    tables: Option<Vec<String>>,
}

const ROWS: [&str; 7] = [
    "workplaces",
    "workers",
    "flows",
    "pay_periods",
    "pay_points",
    "asc-wds",
    "asc-wds-lists",
];

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = fixture(&format!("rules/{name}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A case with its name and the findings that breaking it must give, as rule
/// and address.
struct Case {
    id: String,
    rule: String,
    also: Vec<String>,
    at: Vec<String>,
    pass: BTreeMap<String, Vec<u8>>,
    fail: BTreeMap<String, Vec<u8>>,
}

/// Rows of cells as CSV under a header of all their columns.
fn csv_of(rows: &[Cells], id: &str, raw: bool) -> Vec<u8> {
    let mut header: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Cells::keys) {
        if !header.contains(&name.as_str()) {
            header.push(name);
        }
    }
    let mut text = format!("{}\n", header.join(","));
    for row in rows {
        let cells: Vec<String> = header
            .iter()
            .map(|name| {
                let value = row.get(*name).map_or("", |value| value.as_str().unwrap());
                let value = value.replace("{id}", id);
                if raw || !value.contains([',', '\n']) {
                    value
                } else {
                    format!("\"{value}\"")
                }
            })
            .collect();
        text.push_str(&format!("{}\n", cells.join(",")));
    }
    text.into_bytes()
}

fn merged(base: &Cells, over: &Cells) -> Cells {
    let mut row = base.clone();
    row.extend(over.clone());
    row
}

fn row_cases(name: &str) -> Vec<Case> {
    let file: Rows = read(name);
    let cases = file.cases.values().flatten();
    let named = cases.enumerate().map(|(number, case)| {
        let id = format!("{name}-{number}");
        let files = |own: &Cells| -> BTreeMap<String, Vec<u8>> {
            let table = |(table, base): (&String, &Cells)| {
                let none = Cells::new();
                let set = case.set.get(table).unwrap_or(&none);
                let base = merged(base, set);
                let first = if *table == file.table { own } else { &none };
                let mut all = vec![merged(&base, first)];
                let add = case.add.get(table).into_iter().flatten();
                let add = add.chain(file.more.get(table).into_iter().flatten());
                all.extend(add.map(|row| merged(&base, row)));
                (format!("oak/{table}.csv"), csv_of(&all, &id, case.raw))
            };
            let mut tables: BTreeMap<String, Cells> = file.base.clone();
            for added in case.add.keys().filter(|table| *table == "workers") {
                let worker = "provider_id = '{id}'\nworkplace_id = 'P1'\nrole = 'care_worker'";
                let worker = toml::from_str(worker).unwrap();
                // A table that only some cases have gets no row but those added.
                tables.entry(added.clone()).or_insert(worker);
            }
            let mut files: BTreeMap<_, _> = tables.iter().map(table).collect();
            for added in case
                .add
                .keys()
                .filter(|table| !file.base.contains_key(*table))
            {
                let base = &tables[added];
                let rows = case.add[added].iter().map(|row| merged(base, row));
                let rows: Vec<Cells> = rows.collect();
                files.insert(format!("oak/{added}.csv"), csv_of(&rows, &id, false));
            }
            files
        };
        let column = case.rule.split('.').nth(1).unwrap().to_owned();
        let column = case.at.clone().unwrap_or(column);
        let table = case.file.as_ref().unwrap_or(&file.table);
        let rows = case.rows.clone().unwrap_or(vec![2]);
        Case {
            at: rows
                .iter()
                .map(|row| format!("oak/{table}.csv {row} {column}"))
                .collect(),
            rule: case.rule.clone(),
            also: case.also.clone(),
            pass: files(&case.pass),
            fail: files(&case.fail),
            id: id.clone(),
        }
    });
    named.collect()
}

fn file_cases() -> Vec<Case> {
    let file: Files = read("files");
    let cases = file.case.into_iter().enumerate();
    let named = cases.map(|(number, case)| {
        let id = format!("files-{number}");
        let files = |own: &BTreeMap<String, String>, windows: Option<&String>| {
            let mut files = file.base.clone();
            files.extend(own.clone());
            let bytes = |(name, text): (String, String)| {
                let text = text.replace("{id}", &id);
                let bytes = if windows == Some(&name) {
                    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
                } else {
                    text.into_bytes()
                };
                (name, bytes)
            };
            files.into_iter().map(bytes).collect()
        };
        Case {
            rule: case.rule.clone(),
            also: Vec::new(),
            at: case.at.clone(),
            pass: files(&case.pass, None),
            fail: files(&case.fail, case.windows.as_ref()),
            id: id.clone(),
        }
    });
    named.collect()
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = ROWS.iter().flat_map(|name| row_cases(name)).collect();
    cases.extend(file_cases());
    cases
}

/// A finding's address as cases write it: file below the case, row, column.
fn address(finding: &Row) -> (String, String) {
    let (case, file) = finding["file"].split_once('/').unwrap();
    let at = [file, &finding["row"], &finding["column"]].join(" ");
    (case.to_owned(), at.trim_end().to_owned())
}

fn check(project: &Project, folder: &str) -> Vec<Row> {
    let ran = project.run(&["check", folder, "--period", PERIOD, "--format", "csv"]);
    rows(&ran.stdout)
}

#[test]
fn what_keeps_a_rule_has_no_finding() {
    let project = Project::new();
    for case in cases() {
        for (name, bytes) in &case.pass {
            project.write(&format!("in/{}/{name}", case.id), bytes);
        }
    }
    let ran = project.run(&["check", "in", "--period", PERIOD, "--format", "csv"]);
    assert_eq!(rows(&ran.stdout), Vec::<Row>::new());
    ran.ends(0);
}

#[test]
fn what_breaks_a_rule_has_that_finding_at_that_place_and_no_other() {
    let project = Project::new();
    let cases = cases();
    for case in &cases {
        for (name, bytes) in &case.fail {
            project.write(&format!("in/{}/{name}", case.id), bytes);
        }
    }
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for finding in check(&project, "in") {
        let (case, at) = address(&finding);
        assert!(!finding["message"].is_empty() && !finding["fix"].is_empty());
        // Birth dates and references of workers are never repeated.
        let personal = [
            "birth_date",
            "worker_ref",
            "DOB",
            "UNIQUEWORKERID",
            "CHGUNIQUEWRKID",
        ];
        if personal.contains(&finding["column"].as_str()) {
            assert_eq!(finding["value"], "", "{finding:?}");
        }
        found
            .entry(case)
            .or_default()
            .push((finding["rule"].clone(), at));
    }
    let mut wrong = Vec::new();
    for case in &cases {
        let mut own = found.remove(&case.id).unwrap_or_default();
        own.retain(|(rule, _)| !case.also.contains(rule));
        let mut expected: Vec<(String, String)> = Vec::new();
        for at in &case.at {
            expected.push((case.rule.clone(), at.trim_end().to_owned()));
        }
        own.sort();
        expected.sort();
        if own != expected {
            wrong.push(format!("{}: expected {expected:?}, found {own:?}", case.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(found.len(), 0, "{found:?}");
}

/// The return of a case: one workplace, and a second provider's where there is one.
fn sent(project: &Project, folder: &str, id: &str, sent: &Sent) {
    let provider = sent.provider.as_ref().map_or(id, |other| other.as_str());
    let award = sent.award.as_deref().unwrap_or("");
    let mut places = format!(
        "provider_id,workplace_id,sector,pay_award_pending\n{provider},P1,independent,{award}\n"
    );
    if sent.second {
        places.push_str(&format!("{id}-second,P1,independent,\n"));
    }
    let rate = sent.rate.as_deref().unwrap_or("12.71");
    let mut workers = "provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate\n".to_owned();
    for number in 0..sent.workers {
        workers.push_str(&format!(
            "{provider},P1,w{number},care_worker,hourly,{rate}\n"
        ));
    }
    project.write(&format!("{folder}/{id}/workplaces.csv"), places);
    if sent
        .tables
        .as_ref()
        .is_none_or(|tables| tables.iter().any(|t| t == "workers"))
    {
        project.write(&format!("{folder}/{id}/workers.csv"), workers);
    }
}

#[test]
fn what_the_store_held_before_is_held_against_what_comes() {
    let file: Previous = read("previous");
    for (which, breaks) in [("pass", false), ("fail", true)] {
        let project = Project::new();
        let mut days = BTreeSet::new();
        for (number, case) in file.case.iter().enumerate() {
            let id = format!("case-{number}");
            let day = case.day.as_deref().unwrap_or(PERIOD);
            days.insert(day);
            // Every earlier day has a folder of its own; the store is one for each,
            // for else the nearest day would be that of another case.
            sent(&project, &format!("{day}/before"), &id, &case.before);
            let now = if breaks { &case.fail } else { &case.pass };
            sent(&project, &format!("{day}/now"), &id, now);
        }
        for day in days {
            let (before, now) = (format!("{day}/before"), format!("{day}/now"));
            let store = format!("{day}/store");
            let ingest = |folder: &str, period: &str| {
                project.run(&["ingest", folder, "--period", period, "--store", &store])
            };
            ingest(&before, day).ends(0);
            let code = ingest(&now, PERIOD).code;
            assert!(
                if breaks { code > 0 } else { code == 0 },
                "{which} {day}: {code}"
            );
            let sql = "SELECT return_id, rule, file, row, \"column\" FROM findings";
            let ran = project.run(&["query", sql, "--store", &store, "--format", "csv"]);
            let found = rows(&ran.ends(0).stdout);
            for (number, case) in file.case.iter().enumerate() {
                if case.day.as_deref().unwrap_or(PERIOD) != day {
                    continue;
                }
                let id = format!("case-{number}");
                let own = found.iter().filter(|row| row["return_id"] == id);
                let own: Vec<String> = own
                    .map(|row| {
                        let at = [&row["file"], &row["row"], &row["column"]];
                        format!("{} {}", row["rule"], at.map(String::as_str).join(" "))
                    })
                    .collect();
                let own: Vec<&str> = own.iter().map(|text| text.trim_end()).collect();
                if breaks {
                    let expected = format!("{} {}", case.rule, case.at);
                    assert_eq!(own, [expected.trim_end()], "{id}");
                } else {
                    assert!(own.is_empty(), "{id}: {own:?}");
                }
            }
        }
    }
}

/// Rules that only workbooks break: their cases are in `sheets` and `workbooks`.
const OF_WORKBOOKS: [&str; 7] = [
    "file.old_format",
    "sheet.unknown",
    "sheet.hidden",
    "sheet.merged",
    "workers.cell_error",
    "workers.cell_formula",
    "workers.cell_long_number",
];

#[test]
fn every_rule_has_a_case() {
    let previous: Previous = read("previous");
    let mut tested: BTreeSet<String> = cases().into_iter().map(|case| case.rule).collect();
    tested.extend(OF_WORKBOOKS.map(str::to_owned));
    tested.extend(previous.case.into_iter().map(|case| case.rule));
    let any_row = |id: &str| {
        let rest = id.strip_prefix("TABLE.COLUMN");
        let rest = rest.or_else(|| id.strip_prefix("TABLE"));
        rest.is_some_and(|rest| tested.iter().any(|rule| rule.ends_with(rest)))
    };
    let untested: Vec<String> = rules::all()
        .into_iter()
        .map(|rule| rule.id)
        .filter(|id| !tested.contains(id) && !any_row(id))
        .collect();
    assert_eq!(untested, Vec::<String>::new());
    // And no case is about a rule that there is not.
    let known: BTreeSet<String> = rules::all().into_iter().map(|rule| rule.id).collect();
    for rule in tested {
        let row = rule.split_once('.').unwrap().1;
        let cell = rule.rsplit_once('.').unwrap().1;
        let forms = [
            rule.clone(),
            format!("TABLE.{row}"),
            format!("TABLE.COLUMN.{cell}"),
        ];
        assert!(forms.iter().any(|form| known.contains(form)), "{rule}");
    }
}
