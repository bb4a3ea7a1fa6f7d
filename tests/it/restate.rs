//! Restated, rejected, doubled and concurrent returns.

use std::os::unix::fs::PermissionsExt;

use crate::util::{PERIOD, Project, Ran, same_tree, small_return, tree, workers, workplace};

fn manifest(project: &Project, edition: u32) -> serde_json::Value {
    project.json(&format!("store/period={PERIOD}/{edition:04}.json"))
}

/// Return id and pay of every worker, in order.
#[track_caller]
fn pay(project: &Project) -> Vec<(String, String)> {
    let rows =
        project.query("SELECT return_id, pay_rate FROM workers ORDER BY return_id, pay_rate");
    rows.into_iter()
        .map(|row| (row["return_id"].clone(), row["pay_rate"].clone()))
        .collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// Two returns in edition 1.
fn two() -> Project {
    let project = Project::new();
    small_return(&project, "in/elm", "ELM", &[("a", "12.71")]);
    small_return(&project, "in/oak", "OAK", &[("a", "13.00")]);
    project
        .ingest(&["in"], PERIOD)
        .ends(0)
        .says(&["2 returns new", "made edition 1"]);
    project
}

#[test]
fn a_restated_return_replaces_its_earlier_self_and_others_are_carried_over() {
    let project = two();
    let first = tree(&project.join("store"));
    small_return(&project, "in/oak", "OAK", &[("a", "13.50"), ("b", "13.60")]);
    project.ingest(&["in/oak"], PERIOD).ends(0).says(&[
        "1 return replaced",
        "1 return as they were",
        "made edition 2",
    ]);
    assert_eq!(
        pay(&project),
        owned(&[("elm", "12.7100"), ("oak", "13.5000"), ("oak", "13.6000")])
    );
    // Nothing that was there is touched.
    let second = tree(&project.join("store"));
    for (name, hash) in &first {
        assert_eq!(second.get(name), Some(hash), "{name}");
    }
    let returns: Vec<_> = manifest(&project, 2)["returns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["return_id"].as_str().unwrap().to_owned(),
                entry["edition"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(returns, [("elm".to_owned(), 1), ("oak".to_owned(), 2)]);
}

#[test]
fn an_earlier_edition_can_still_be_read() {
    let project = two();
    small_return(&project, "in/oak", "OAK", &[("a", "13.50")]);
    project.ingest(&["in"], PERIOD).ends(0);
    let sql = "SELECT max(pay_rate) AS pay FROM workers";
    let read = |more: &[&str]| {
        let args = [&["query", sql, "--format", "csv"], more].concat();
        project.run(&args).ends(0).stdout
    };
    assert_eq!(read(&[]), "pay\n13.5000\n");
    assert_eq!(read(&["--edition", "1"]), "pay\n13.0000\n");
    assert_eq!(read(&["--edition", "2"]), "pay\n13.5000\n");
    // As if edition 1 had been made in the spring.
    let name = format!("store/period={PERIOD}/0001.json");
    let mut old = project.json(&name);
    old["created"] = "2026-04-01T23:59:59Z".into();
    project.write(&name, old.to_string());
    assert_eq!(read(&["--as-of", "2026-04-01"]), "pay\n13.0000\n");
    assert_eq!(read(&["--as-of", "2999-12-31"]), "pay\n13.5000\n");
    let early = ["query", sql, "--as-of", "2026-03-31"];
    project.run(&early).ends(64).says(&["2026-03-31"]);
    let both = ["query", sql, "--as-of", "2026-04-01", "--edition", "1"];
    project.run(&both).ends(64);
    // A release says of which edition it is.
    project
        .run(&["compare", "pay_by_sector", "--edition", "1", "--restricted"])
        .ends(0);
    let manifest = project.json("out/manifest.json");
    assert_eq!(manifest["editions"][0]["edition"], 1);
}

#[test]
fn a_rejected_restatement_leaves_the_earlier_return_in_force_and_says_so() {
    let project = two();
    project.write("in/oak/workers.csv", "worker,pay\na,14.00\n");
    small_return(&project, "in/elm", "ELM", &[("a", "12.80")]);
    project
        .ingest(&["in"], PERIOD)
        .ends(20)
        .says(&["return oak was rejected", "the earlier one stays in force"]);
    assert_eq!(
        pay(&project),
        owned(&[("elm", "12.8000"), ("oak", "13.0000")])
    );
    assert_eq!(
        project.value("SELECT count(*) FROM findings WHERE return_id = 'oak'"),
        "1"
    );
    // Where it is the only return of the call nothing is accepted at all.
    let before = tree(&project.join("store"));
    project.write("in/oak/workers.csv", "worker,pay\na,15.00\n");
    project.ingest(&["in/oak"], PERIOD).ends(65);
    same_tree(&project.join("store"), &before);
}

#[test]
fn a_withdrawn_row_does_not_come_back() {
    let project = two();
    small_return(&project, "in/oak", "OAK", &[]);
    project.ingest(&["in/oak"], PERIOD).ends(0);
    assert_eq!(pay(&project), owned(&[("elm", "12.7100")]));
}

#[test]
fn another_provider_does_not_replace_a_return_of_the_same_name() {
    let project = two();
    small_return(&project, "in/oak", "ASH", &[("a", "14.00")]);
    small_return(&project, "in/elm", "ELM", &[("a", "12.80")]);
    project.ingest(&["in"], PERIOD).ends(20).says(&[
        "return.other_provider",
        "ASH",
        "OAK",
        "return oak was rejected",
    ]);
    assert_eq!(
        pay(&project),
        owned(&[("elm", "12.8000"), ("oak", "13.0000")])
    );
    let before = tree(&project.join("store"));
    project.write(
        "in/oak/workers.csv",
        workers("ASH", "P1", &[("a", "14.01")]),
    );
    project
        .ingest(&["in/oak"], PERIOD)
        .ends(65)
        .says(&["ASH", "OAK"]);
    same_tree(&project.join("store"), &before);
}

#[test]
fn a_workplace_in_two_returns_of_one_call_is_rejected_from_both() {
    let project = Project::new();
    let places =
        |own: &str| format!("provider_id,workplace_id,sector\nOAK,P1,nhs\nOAK,{own},nhs\n");
    for (id, own) in [("north", "N1"), ("south", "S1")] {
        project.write(&format!("in/{id}/workplaces.csv"), places(own));
        let rows = format!(
            "provider_id,workplace_id,worker_ref,role\nOAK,P1,a,care_worker\nOAK,{own},{own},care_worker\n"
        );
        project.write(&format!("in/{id}/workers.csv"), rows);
    }
    project
        .ingest(&["in"], PERIOD)
        .ends(20)
        .says(&["workplaces.two_returns", "workers.workplace"]);
    let places =
        project.query("SELECT workplace_id, return_id FROM workplaces ORDER BY workplace_id");
    let places: Vec<_> = places
        .iter()
        .map(|row| (row["workplace_id"].as_str(), row["return_id"].as_str()))
        .collect();
    assert_eq!(places, [("N1", "north"), ("S1", "south")]);
    assert_eq!(project.value("SELECT count(*) FROM workers"), "2");
    let findings = project.query(
        "SELECT return_id, \"row\", message FROM findings WHERE rule = 'workplaces.two_returns' ORDER BY return_id",
    );
    assert_eq!(findings.len(), 2);
    assert!(
        findings[0]["return_id"] == "north" && findings[0]["message"].contains("south"),
        "{findings:?}"
    );
    assert!(
        findings[1]["return_id"] == "south" && findings[1]["message"].contains("north"),
        "{findings:?}"
    );
}

#[test]
fn a_workplace_that_the_store_has_in_another_return_is_rejected_from_the_newcomer() {
    let project = two();
    project.write(
        "in/ash/workplaces.csv",
        "provider_id,workplace_id,sector\nOAK,P1,nhs\nOAK,P2,nhs\n",
    );
    project
        .ingest(&["in/ash"], PERIOD)
        .ends(20)
        .says(&["workplaces.two_returns", "oak"]);
    let places = project.query(
        "SELECT workplace_id, return_id FROM workplaces WHERE provider_id = 'OAK' ORDER BY 1",
    );
    let places: Vec<_> = places
        .iter()
        .map(|row| (row["workplace_id"].as_str(), row["return_id"].as_str()))
        .collect();
    assert_eq!(places, [("P1", "oak"), ("P2", "ash")]);
    assert_eq!(
        pay(&project),
        owned(&[("elm", "12.7100"), ("oak", "13.0000")])
    );
    // In another period it is free.
    project.ingest(&["in/ash"], "2027-03-31").ends(0);
}

#[test]
fn of_rows_with_one_key_none_is_accepted_and_each_names_the_others() {
    let project = Project::new();
    small_return(
        &project,
        "oak",
        "OAK",
        &[
            ("a", "12.71"),
            ("b", "12.72"),
            ("a", "12.73"),
            ("c", "12.74"),
        ],
    );
    project.write(
        "oak/more.workers.csv",
        workers("OAK", "P1", &[("a", "12.75"), ("d", "12.76")]),
    );
    project.write(
        "oak/flows.csv",
        "provider_id,workplace_id,role,closing\nOAK,P1,manager,1\nOAK,P1,care_worker,4\nOAK,P1,manager,1\n",
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(20)
        .says(&["workers.duplicate_key", "flows.duplicate_key"]);
    let rates = project.query("SELECT pay_rate FROM workers ORDER BY pay_rate");
    let rates: Vec<_> = rates.iter().map(|row| row["pay_rate"].as_str()).collect();
    assert_eq!(rates, ["12.7200", "12.7400", "12.7600"]);
    assert_eq!(project.value("SELECT role FROM flows"), "care_worker");
    let findings = project
        .query("SELECT file, \"row\", message FROM findings WHERE rule = 'workers.duplicate_key'");
    assert_eq!(findings.len(), 3);
    for finding in &findings {
        for place in [
            "more.workers.csv row 2",
            "workers.csv row 2",
            "workers.csv row 4",
        ] {
            assert!(finding["message"].contains(place), "{finding:?}");
        }
    }
    let rejects = "SELECT count(*) FROM rejects WHERE source_file LIKE '%workers.csv'";
    assert_eq!(project.value(rejects), "3");
}

#[test]
fn of_very_many_rows_with_one_key_each_names_the_first() {
    let project = Project::new();
    let many = vec![("a", "12.71"); 3000];
    small_return(&project, "oak", "OAK", &many);
    project.ingest(&["oak"], PERIOD).ends(20);
    let sql = "SELECT count(*) AS findings, max(length(message)) AS longest, \
               min(message) AS message FROM findings WHERE rule = 'workers.duplicate_key'";
    let told = &project.query(sql)[0];
    assert_eq!(told["findings"], "3000");
    assert!(told["longest"].parse::<usize>().unwrap() < 400, "{told:?}");
    assert!(
        told["message"].contains("workers.csv row 11 and 2990 more"),
        "{told:?}"
    );
}

#[test]
fn a_workplace_twice_in_a_return_takes_its_workers_with_it() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        "provider_id,workplace_id,sector\nOAK,P1,nhs\nOAK,P2,nhs\nOAK,P1,independent\n",
    );
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,worker_ref,role\nOAK,P1,a,care_worker\nOAK,P2,a,care_worker\n",
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(20)
        .says(&["workplaces.duplicate_key", "workers.workplace"]);
    assert_eq!(project.value("SELECT workplace_id FROM workplaces"), "P2");
    // One worker in two workplaces is two jobs of one person, not a duplicate.
    assert_eq!(project.value("SELECT workplace_id FROM workers"), "P2");
}

#[test]
fn ingests_at_the_same_time_lose_no_return() {
    let project = Project::new();
    project.write("paybench.key", "5e".repeat(32));
    std::fs::set_permissions(
        project.join("paybench.key"),
        std::fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let names = ["ash", "elm", "oak", "yew"];
    for name in names {
        let provider = name.to_uppercase();
        project.write(
            &format!("{name}/workplaces.csv"),
            workplace(&provider, "P1", "independent"),
        );
        project.write(
            &format!("{name}/workers.csv"),
            workers(&provider, "P1", &[("a", "12.71")]),
        );
    }
    let running: Vec<_> = names
        .iter()
        .map(|name| project.start(&["ingest", name, "--period", PERIOD]))
        .collect();
    let mut made = Vec::new();
    for child in running {
        let ran = Ran::of(child.wait_with_output().unwrap(), &["ingest"]).ends(0);
        let line = ran
            .stderr
            .lines()
            .find(|line| line.starts_with("made edition"))
            .unwrap()
            .to_owned();
        made.push(line);
    }
    made.sort();
    let expected: Vec<String> = (1..=4)
        .map(|number| format!("made edition {number} of {PERIOD}"))
        .collect();
    assert_eq!(made, expected);
    let returns: Vec<_> = pay(&project).into_iter().map(|(id, _)| id).collect();
    assert_eq!(returns, names);
    // Each edition holds as many returns as its number says.
    for edition in 1..=4 {
        assert_eq!(
            manifest(&project, edition)["returns"]
                .as_array()
                .unwrap()
                .len(),
            edition as usize
        );
    }
}

#[test]
fn the_editions_of_a_store_say_what_each_added_and_replaced() {
    let project = two();
    small_return(&project, "ash", "ASH", &[("a", "14.00")]);
    small_return(&project, "elm", "ELM", &[("e", "12.80")]);
    project.ingest(&["ash", "elm"], PERIOD).ends(0);
    let listed = project.run(&["editions"]).ends(0).stdout;
    let columns: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|c| !c.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(
        columns[0][..5],
        ["period", "edition", "created", "returns", "added"]
    );
    let last = columns.last().unwrap();
    assert_eq!((last[0], last[1], last[3]), (PERIOD, "2", "3"));
    assert!(listed.lines().last().unwrap().contains("elm"), "{listed}");
    project
        .run(&["editions", "--period", "2020-01-01"])
        .ends(64)
        .says(&[PERIOD]);
    project.run(&["editions", "--store", "none"]).ends(65);
}

#[test]
fn a_workplace_never_stands_twice_in_an_edition() {
    let project = Project::new();
    small_return(&project, "north", "CARE", &[("a", "12.71")]);
    project.ingest(&["north"], PERIOD).ends(0);
    // The new version of one return cannot be read, so the old one stays; the
    // newcomer's workplace is the old one's.
    project.write("north/workers.csv", "provider_id\nCARE\n");
    small_return(&project, "south", "CARE", &[("b", "13.00")]);
    project.ingest(&["north", "south"], PERIOD).ends(65);
    assert_eq!(project.value("SELECT count(*) FROM jobs"), "1");
    assert_eq!(project.value("SELECT count(*) FROM workplaces"), "1");
}

#[test]
fn what_another_return_decided_is_decided_again_when_that_one_changes() {
    let project = Project::new();
    let place = |place: &str| workplace("CARE", place, "nhs");
    let both = |a: &str, b: &str| {
        let second = place(b);
        format!("{}{}", place(a), second.split_once('\n').unwrap().1)
    };
    project.write("b/workplaces.csv", both("W1", "W3"));
    project.ingest(&["b"], PERIOD);
    project.write("a/workplaces.csv", both("W1", "W2"));
    project
        .ingest(&["a"], PERIOD)
        .ends(20)
        .says(&["W1", "the store holds"]);
    // The same again changes nothing, and says so with the code that it earns.
    project
        .ingest(&["a"], PERIOD)
        .ends(20)
        .says(&["nothing changed"]);
    project.write("b/workplaces.csv", place("W3"));
    project.ingest(&["b"], PERIOD);
    project.ingest(&["a"], PERIOD);
    let places =
        project.query("SELECT workplace_id, return_id FROM workplaces ORDER BY workplace_id");
    assert_eq!(places.len(), 3, "{places:?}");
    assert_eq!(
        project.value("SELECT return_id FROM workplaces WHERE workplace_id = 'W1'"),
        "a"
    );
}

#[test]
fn rows_swallowed_by_a_quotation_mark_are_missed() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "nhs"));
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,role,birth_date,worker_ref\n\
         OAK,P1,care_worker,,\"a\n\
         OAK,P1,care_worker,1982-02-03,secretb\n",
    );
    let ran = project
        .ingest(&["oak"], PERIOD)
        .ends(65)
        .says(&["ends inside quotation marks"]);
    assert!(
        !ran.stderr.contains("secretb") && !ran.stderr.contains("1982"),
        "{}",
        ran.stderr
    );
    // Closed again later, it is still no worker's reference.
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,worker_ref,birth_date,role\n\
         OAK,P1,a,,\"care_worker\n\
         OAK,P1,secretb,1982-02-03,care_worker\"\n\
         OAK,P1,Smith, J,1981-05-06,care_worker\n",
    );
    let ran = project.ingest(&["oak"], PERIOD).ends(20);
    for personal in ["secretb", "1982", "1981", "Smith"] {
        assert!(
            !ran.stderr.contains(personal),
            "{personal} in {}",
            ran.stderr
        );
    }
}

#[test]
fn a_return_that_comes_back_without_a_table_is_asked_about() {
    let project = two();
    std::fs::remove_file(project.join("in/oak/workers.csv")).unwrap();
    project
        .ingest(&["in/oak"], PERIOD)
        .ends(10)
        .says(&["return.table_missing", "workers"]);
}

#[test]
fn staff_that_halve_are_those_that_the_store_has() {
    let project = Project::new();
    let staff = |good: usize, bad: usize| {
        let row = |at: usize| {
            let role = if at < good { "care_worker" } else { "xxx" };
            format!("OAK,P1,w{at},{role},permanent,37,hourly,12.71\n")
        };
        let rows: String = (0..good + bad).map(row).collect();
        format!(
            "provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate\n{rows}"
        )
    };
    let rule = "workers.provider_id.staff";
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "nhs"));
    project.write("oak/workers.csv", staff(6, 6));
    project.ingest(&["oak"], PERIOD).ends(20);
    // Mended as it was asked for.
    project.write("oak/workers.csv", staff(12, 0));
    project.ingest(&["oak"], PERIOD).ends(0);
    project.write("oak/workers.csv", staff(6, 6));
    project.ingest(&["oak"], PERIOD).ends(20).says(&[
        rule,
        "OAK has 6 now, with 6 more rejected, and had 12 in the return that this one replaces",
    ]);
    // Of a provider with several returns, one tells of its own rows.
    project.write("oak/workers.csv", staff(12, 0));
    project.write("elm/workplaces.csv", workplace("OAK", "P2", "nhs"));
    project.ingest(&["oak", "elm"], PERIOD);
    project.write("oak/workers.csv", staff(6, 0));
    project
        .ingest(&["oak"], PERIOD)
        .ends(10)
        .says(&[rule, "OAK in this return has 6 now, and had 12"]);
}
