//! Rules on contracts: every case of the table, own rules, and words that
//! never call a voluntary standard or a proposal law.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::util::{PERIOD, Project, Row, fixture, rows, sha256};

fn cases() -> Vec<Row> {
    rows(&std::fs::read_to_string(fixture("contract_rules/cases.csv")).unwrap())
}

/// The sample returns as a protected and a restricted page, made once.
fn sample() -> &'static Project {
    static SAMPLE: OnceLock<Project> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let project = Project::new();
        project
            .ingest(&[&fixture("sample/2026-09-30")], PERIOD)
            .ends(20);
        let page = |out: &str, more: &[&str]| {
            let args = [&["report", "contract_audit", "--out", out], more].concat();
            project.run(&args).ends(0);
        };
        page("protected", &[]);
        page("restricted", &["--restricted"]);
        project
    })
}

const COLUMNS: [&str; 13] = [
    "role",
    "tenure",
    "zero_hours",
    "zero_hours_since",
    "contracted_hours",
    "average_hours",
    "start_date",
    "registered",
    "regular_hours",
    "offer_conditions_met",
    "contract_offer_on",
    "contract_offer_hours",
    "worker_ref",
];

/// A return in which each case is a workplace with one worker.
fn write_cases(project: &Project, period: &str, cases: &[&Row]) {
    let mut places = "provider_id,workplace_id,sector,service,area_code\n".to_owned();
    let mut workers = format!("provider_id,workplace_id,{}\n", COLUMNS.join(","));
    for case in cases {
        let id = &case["case"];
        places.push_str(&format!(
            "CASES,{id},independent,{},{}\n",
            case["service"], case["area_code"]
        ));
        let cells: Vec<&str> = COLUMNS
            .iter()
            .map(|name| case.get(*name).unwrap_or(id).as_str())
            .collect();
        workers.push_str(&format!("CASES,{id},{}\n", cells.join(",")));
    }
    project.write(&format!("{period}/cases/workplaces.csv"), places);
    project.write(&format!("{period}/cases/workers.csv"), workers);
}

#[test]
fn every_case_comes_out_as_the_table_says() {
    let cases = cases();
    let project = Project::new();
    let mut periods: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for case in &cases {
        periods.entry(&case["period"]).or_default().push(case);
    }
    let mut wrong = Vec::new();
    for (period, cases) in periods {
        write_cases(&project, period, &cases);
        let ran = project.ingest(&[period], period);
        assert!([0, 10].contains(&ran.code), "{}", ran.stderr);
        let sql = "SELECT workplace_id, rule, result FROM rule_results";
        let args = ["query", sql, "--period", period, "--format", "csv"];
        let made: BTreeMap<(String, String), String> = rows(&project.run(&args).ends(0).stdout)
            .into_iter()
            .map(|mut row| {
                let mut take = |name: &str| row.remove(name).unwrap();
                ((take("workplace_id"), take("rule")), take("result"))
            })
            .collect();
        for case in cases {
            let result = made.get(&(case["case"].clone(), case["rule"].clone()));
            if result != Some(&case["expected"]) {
                wrong.push(format!("{case:?} came out as {result:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_cases_of_each_result_and_around_its_first_day() {
    let cases = cases();
    let described = sample().run(&["describe", "contract_rules"]).ends(0).stdout;
    let mut rules = 0;
    for line in described.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (met, unmet) = match words.get(1).copied() {
            Some("law") => ("met", "breach"),
            Some("voluntary") => ("met", "not_met"),
            Some("proposed") => ("would_meet", "would_not_meet"),
            _ => continue,
        };
        if !["wales", "gb", "uk"].contains(&words[2]) {
            continue;
        }
        rules += 1;
        let own: Vec<&Row> = cases
            .iter()
            .filter(|case| case["rule"] == words[0])
            .collect();
        let results: BTreeSet<&str> = own.iter().map(|case| case["expected"].as_str()).collect();
        for result in [met, unmet, "unknown", "out_of_scope"] {
            assert!(
                results.contains(result),
                "{} has no case of {result}",
                words[0]
            );
        }
        if let Ok(first) = words[3].parse::<chrono::NaiveDate>() {
            let on = |day: Option<chrono::NaiveDate>| {
                let day = day.unwrap().to_string();
                let results = own.iter().filter(|case| case["period"] == day);
                results
                    .map(|case| case["expected"].as_str())
                    .collect::<Vec<_>>()
            };
            assert_eq!(on(first.pred_opt()), ["not_in_force"], "{}", words[0]);
            for day in [Some(first), first.succ_opt()] {
                assert!(
                    on(day).iter().all(|result| *result == unmet) && !on(day).is_empty(),
                    "{}",
                    words[0]
                );
            }
        }
    }
    assert_eq!(rules, 9);
}

const OWN: &str = "title = \"Everybody over twenty\"\njurisdiction = \"uk\"\nstatus = \"law\"\n\
    from = 2020-01-01\nto = 2030-12-31\ncitation = \"A rule of this test\"\nmessage = \"Too young.\"\n\
    applies = \"true\"\nunmet = \"age < $years\"\n\n[settings]\nyears = 20\n";

fn tiny() -> Project {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    project
}

fn results(project: &Project, rule: &str) -> BTreeMap<String, u64> {
    let sql = format!(
        "SELECT result, count(*) AS n FROM rule_results WHERE rule = '{rule}' GROUP BY result"
    );
    let rows = project.query(&sql);
    rows.iter()
        .map(|row| (row["result"].clone(), row["n"].parse().unwrap()))
        .collect()
}

#[test]
fn a_file_adds_a_rule_and_takes_the_place_of_one() {
    let project = tiny();
    project.write("queries/rules/over_twenty.toml", OWN);
    let offer = std::fs::read_to_string(format!(
        "{}/queries/rules/wales_offer.toml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    let offer = offer.replace("\"unconfirmed\"\n", "\"no\"\n");
    project.write("queries/rules/wales_offer.toml", &offer);
    project
        .run(&["report", "contract_audit", "--restricted"])
        .ends(0)
        .says(&[
            "your own rule over_twenty",
            "queries/rules/wales_offer.toml",
        ]);
    // Two are under 20, of four the age is not known.
    let known = project.value("SELECT count(*) FROM workers WHERE age < 20");
    let found = results(&project, "over_twenty");
    assert_eq!(found["breach"].to_string(), known);
    let unknown = project.value("SELECT count(*) FROM workers WHERE age IS NULL");
    assert_eq!(found["unknown"].to_string(), unknown);
    // Without repeats the offer of May counts, as in zero_hours_rights.
    let found = results(&project, "wales_offer");
    assert_eq!((found["met"], found["breach"], found["unknown"]), (1, 2, 2));
    let manifest = project.json("out/manifest.json");
    let rules = manifest["contract_rules"].as_array().unwrap();
    assert_eq!(rules.len(), 10);
    let of = |name: &str| rules.iter().find(|rule| rule["name"] == name).unwrap();
    assert_eq!(of("over_twenty")["sha256"], sha256(OWN.as_bytes()));
    assert_eq!(of("wales_offer")["sha256"], sha256(offer.as_bytes()));
    assert_eq!(of("living_hours_contract")["origin"], "built in");
    let page = project.read("out/contract_audit.html");
    for words in [
        "Everybody over twenty",
        "Too young.",
        "1 January 2020",
        "Not as built in.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let described = project.run(&["describe", "over_twenty"]).ends(0).stdout;
    assert!(described.contains("age < 20"), "{described}");
}

#[test]
fn a_rule_that_has_ended_or_not_begun_breaches_nobody() {
    let project = tiny();
    let ended = OWN.replace("2030-12-31", "2026-09-29");
    project.write("queries/rules/ended.toml", ended);
    let last = OWN.replace("2030-12-31", "2026-09-30");
    project.write("queries/rules/last_day.toml", last);
    let future = OWN.replace("from = 2020-01-01", "from = 2026-10-01");
    project.write("queries/rules/future.toml", future);
    let nothing = OWN.replace("age < $years", "NULL");
    project.write("queries/rules/nothing_known.toml", nothing);
    let all: u64 = project
        .value("SELECT count(*) FROM workers")
        .parse()
        .unwrap();
    for rule in ["ended", "future"] {
        assert_eq!(
            results(&project, rule),
            BTreeMap::from([("not_in_force".to_owned(), all)])
        );
    }
    assert!(results(&project, "last_day").contains_key("breach"));
    assert_eq!(
        results(&project, "nothing_known"),
        BTreeMap::from([("unknown".to_owned(), all)])
    );
}

#[test]
fn a_proposal_never_stands_with_law_and_breaches_nothing() {
    let project = tiny();
    let proposal = OWN.replace("\"law\"", "\"proposed\"");
    project.write("queries/rules/over_twenty.toml", proposal);
    project.run(&["compare", "--restricted"]).ends(0);
    for table in ["contract_rules", "contract_rules_sectors"] {
        let text = project.read(&format!("out/tables/{table}.csv"));
        assert!(
            !text.contains("over_twenty") && !text.contains("era_"),
            "{text}"
        );
        assert!(
            !text.contains("proposed") && !text.contains("would_"),
            "{text}"
        );
    }
    let text = project.read("out/tables/contract_readiness.csv");
    assert!(text.contains("over_twenty") && text.contains("era_guaranteed_hours"));
    assert!(!text.contains("breach"), "{text}");
    let found = results(&project, "over_twenty");
    let words: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(words, ["unknown", "would_meet", "would_not_meet"]);
}

#[test]
fn mistakes_in_a_rule_end_with_file_line_and_column() {
    let project = tiny();
    for (from, to, says) in [
        ("title", "titel", "line 1, column 1: unknown field"),
        (
            "age < $years",
            "age <",
            "line 9, column 15: this is no condition",
        ),
        (
            "age < $years",
            "agee < $years",
            "line 9, column 10: this is no condition on rule_jobs",
        ),
        (
            "age < $years",
            "age",
            "line 9, column 10: this is no condition on rule_jobs",
        ),
        (
            "age < $years",
            "age) OR (true",
            "line 9, column 13: this is no condition",
        ),
        (
            "$years",
            "$year",
            "line 9, column 16: there is no setting `year`",
        ),
        ("from = 2020-01-01\n", "", "line 3, column 10: a law needs"),
    ] {
        project.write("queries/rules/mine.toml", OWN.replace(from, to));
        project
            .run(&["compare", "contract_rules", "--restricted"])
            .ends(78)
            .says(&["queries/rules/mine.toml, ", says]);
        assert!(!project.join("out").exists());
    }
}

#[test]
fn rules_agree_with_the_tables_about_the_same_facts() {
    let project = sample();
    // Registration: overdue workers of each workplace.
    let sql = "SELECT provider_id, workplace_id, count(*) AS n FROM rule_results \
        WHERE rule LIKE 'wales_registration%' AND result = 'breach' \
        GROUP BY provider_id, workplace_id ORDER BY provider_id, workplace_id";
    let by_rule: Vec<[String; 3]> = project
        .query(sql)
        .into_iter()
        .map(|row| {
            [
                row["provider_id"].clone(),
                row["workplace_id"].clone(),
                row["n"].clone(),
            ]
        })
        .collect();
    let audit = ["query", "contract_audit", "--restricted", "--format", "csv"];
    let by_workplace: Vec<[String; 3]> = rows(&project.run(&audit).ends(0).stdout)
        .into_iter()
        .filter(|row| row["registration_overdue"] != "0")
        .map(|row| {
            ["provider_id", "workplace_id", "registration_overdue"].map(|name| row[name].clone())
        })
        .collect();
    assert!(!by_rule.is_empty());
    assert_eq!(by_rule, by_workplace);
    // Everybody is counted once for each rule.
    let everybody = project.value("SELECT count(*) FROM workers");
    let counted = project
        .query("SELECT rule, sum(workers) AS n FROM rule_counts GROUP BY rule ORDER BY rule");
    assert_eq!(counted.len(), 9);
    assert!(
        counted.iter().all(|row| row["n"] == everybody),
        "{counted:?}"
    );
    // Both ways of looking at contracts count the same people.
    let read = |name: &str| {
        let args = ["query", name, "--restricted", "--format", "csv"];
        rows(&project.run(&args).ends(0).stdout)
    };
    let sums = |rows: &[Row], wanted: &dyn Fn(&Row) -> bool, column: &str| {
        let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in rows.iter().filter(|row| wanted(row)) {
            let key = (row["role_group"].clone(), row["sector"].clone());
            *sums.entry(key).or_default() += row[column].parse::<u64>().unwrap();
        }
        sums
    };
    let (types, axes) = (read("contract_types"), read("contract_axes"));
    let all = |_: &Row| true;
    assert_eq!(sums(&types, &all, "workers"), sums(&axes, &all, "workers"));
    for tenure in ["agency", "bank"] {
        assert_eq!(
            sums(&types, &|row| row["contract_type"] == tenure, "workers"),
            sums(&axes, &|row| row["tenure"] == tenure, "workers")
        );
    }
}

/// What stands between the start of a section and its end.
fn section<'a>(page: &'a str, status: &str) -> &'a str {
    let start = format!("data-status=\"{status}\"");
    let (_, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no section {status}"));
    rest.split_once("</section>").unwrap().0
}

#[test]
fn nothing_voluntary_or_proposed_reads_as_law() {
    for release in ["protected", "restricted"] {
        let page = sample().read(&format!("{release}/contract_audit.html"));
        let page = page.replace("&#x2f;", "/");
        for (status, says) in [
            ("voluntary", ["Voluntary standard", "not law"]),
            ("proposed", ["Proposal", "not law"]),
        ] {
            let text = crate::wording::read(section(&page, status));
            for word in [
                "unlawful",
                "breach",
                "illegal",
                "must",
                "non-compliant",
                "offence",
                "duty",
                "overdue",
            ] {
                assert!(
                    !text.contains(word),
                    "`{word}` in {status} of the {release} page"
                );
            }
            for words in says {
                assert!(
                    text.contains(&words.to_lowercase()),
                    "`{words}` not in {status}"
                );
            }
        }
        let law = section(&page, "law");
        for words in [
            "SI 2017/1264",
            "2 April 2018",
            "Law</strong> in Wales",
            "Cannot tell",
        ] {
            assert!(law.contains(words), "`{words}` not in the {release} page");
        }
        assert!(!law.contains("Living Hours") && !law.contains("Employment Rights Act 2025"));
        // What is not tested is said to be not tested.
        assert!(page.contains("Exclusivity terms"));
    }
}

#[test]
fn providers_stand_on_the_restricted_page_only() {
    let (protected, restricted) = (
        sample().read("protected/contract_audit.html"),
        sample().read("restricted/contract_audit.html"),
    );
    let providers = sample().query("SELECT DISTINCT provider_id FROM workplaces");
    let shown = |page: &str, provider: &str| page.contains(&format!(">{provider}<"));
    assert!(
        providers
            .iter()
            .any(|row| shown(&restricted, &row["provider_id"]))
    );
    assert!(
        !providers
            .iter()
            .any(|row| shown(&protected, &row["provider_id"]))
    );
    assert!(
        !sample()
            .join("protected/tables/contract_rules.csv")
            .exists()
    );
    assert!(
        sample()
            .join("restricted/tables/contract_rules.csv")
            .exists()
    );
    assert!(protected.contains("withheld <span class=\"marker\">[c]</span>"));
}
