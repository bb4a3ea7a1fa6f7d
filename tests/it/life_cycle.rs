//! Returns that are withdrawn, renamed, sent twice; and editions of the past.

use std::collections::BTreeMap;

use crate::util::{PERIOD, Project, Row, find, same_tree, small_return, tree, workplace};

/// Three returns in edition 1; one with a warning and a rejected row.
fn three() -> Project {
    let project = Project::new();
    small_return(&project, "in/ash", "ASH", &[("a", "12.71"), ("b", "13.10")]);
    small_return(
        &project,
        "in/elm",
        "ELM",
        &[("a", "12.90"), ("b", "999.00")],
    );
    small_return(&project, "in/oak", "OAK", &[("a", "13.00")]);
    project.ingest(&["in"], PERIOD).ends(20);
    project
}

fn manifest(project: &Project, edition: u32) -> serde_json::Value {
    project.json(&format!("store/period={PERIOD}/{edition:04}.json"))
}

/// Table to digest of an edition's files.
fn files(project: &Project, edition: u32) -> BTreeMap<String, String> {
    let manifest = manifest(project, edition);
    let files = manifest["files"].as_array().unwrap();
    let table = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    files
        .iter()
        .map(|file| {
            let text = |key: &str| file[key].as_str().unwrap().to_owned();
            (table(&text("name")), text("sha256"))
        })
        .collect()
}

/// The rows of `paybench editions`, by column. Its columns stand under each other.
fn editions(project: &Project) -> Vec<Row> {
    let listed = project.run(&["editions"]).ends(0).stdout;
    let mut lines = listed.lines();
    let header = lines.next().unwrap();
    let starts: Vec<(usize, &str)> = header
        .split_whitespace()
        .map(|name| (header.find(&format!(" {name}")).unwrap(), name))
        .collect();
    lines
        .map(|line| {
            let cell = |(at, (start, name)): (usize, &(usize, &str))| {
                let end = starts.get(at + 1).map_or(line.len(), |(next, _)| *next);
                let text = line.get(*start..end.min(line.len())).unwrap_or("");
                ((*name).to_owned(), text.trim().to_owned())
            };
            starts.iter().enumerate().map(cell).collect()
        })
        .collect()
}

#[test]
fn a_withdrawn_return_is_gone_and_nothing_else_changes() {
    let project = three();
    let before = tree(&project.join("store"));
    project
        .run(&["withdraw", "elm"])
        .ends(0)
        .says(&["withdrew return elm of ELM: 2 rows", "made edition 2"]);
    // What was there is there still, to the byte.
    let after = tree(&project.join("store"));
    for (name, hash) in &before {
        assert_eq!(after.get(name), Some(hash), "{name}");
    }
    for table in ["workplaces", "workers", "findings", "rejects", "returns"] {
        let sql = format!("SELECT DISTINCT return_id FROM {table} ORDER BY return_id");
        let ids: Vec<String> = project
            .query(&sql)
            .iter()
            .map(|r| r["return_id"].clone())
            .collect();
        assert!(!ids.contains(&"elm".to_owned()), "{table}: {ids:?}");
    }
    assert_eq!(project.value("SELECT count(*) FROM workers"), "3");
    // The same tables as where it never was.
    let other = Project::new();
    for id in ["ash", "oak"] {
        crate::util::copy(
            &project.join(&format!("in/{id}")),
            &other.join(&format!("in/{id}")),
        );
    }
    std::fs::copy(project.join("paybench.key"), other.join("paybench.key")).unwrap();
    other.ingest(&["in"], PERIOD).ends(0);
    assert_eq!(files(&project, 2), files(&other, 1));
    let noted = &manifest(&project, 2)["withdrawn"];
    assert_eq!(noted.as_array().unwrap().len(), 1);
    assert_eq!(
        (&noted[0]["return_id"], &noted[0]["edition"]),
        (&"elm".into(), &1.into())
    );
    assert_eq!(
        noted[0]["files"],
        manifest(&project, 1)["returns"][1]["files"]
    );
    assert_eq!(manifest(&project, 1)["withdrawn"], serde_json::json!([]));
}

#[test]
fn a_withdrawn_return_can_come_back() {
    let project = three();
    project.run(&["withdraw", "elm"]).ends(0);
    project
        .ingest(&["in/elm"], PERIOD)
        .ends(20)
        .says(&["1 return new", "made edition 3"]);
    let (first, third) = (files(&project, 1), files(&project, 3));
    for table in ["workplaces.parquet", "workers.parquet", "flows.parquet"] {
        assert_eq!(first[table], third[table], "{table}");
    }
    let rows = editions(&project);
    let row = |edition| find(&rows, &[("edition", edition)]);
    let told = |edition| {
        let columns = [
            "returns",
            "added",
            "replaced",
            "withdrawn",
            "rejected",
            "carried",
        ];
        columns.map(|column| row(edition)[column].clone())
    };
    assert_eq!(told("1"), ["3", "ash, elm, oak", "", "", "", "0"]);
    assert_eq!(told("2"), ["2", "", "", "elm", "", "2"]);
    assert_eq!(told("3"), ["3", "elm", "", "", "", "2"]);
}

#[test]
fn editions_tell_what_each_ingest_did() {
    let project = three();
    small_return(&project, "in/ash", "ASH", &[("a", "12.75")]);
    small_return(&project, "in/yew", "YEW", &[("a", "12.80")]);
    project.write("in/oak/workers.csv", "worker,pay\na,14.00\n");
    project.ingest(&["in"], PERIOD).ends(20);
    small_return(&project, "in/yew", "YEW", &[("a", "12.85")]);
    project.ingest(&["in/yew"], PERIOD).ends(0);
    let rows = editions(&project);
    let told = |edition| {
        let columns = [
            "returns",
            "added",
            "replaced",
            "withdrawn",
            "rejected",
            "carried",
        ];
        columns.map(|column| find(&rows, &[("edition", edition)])[column].clone())
    };
    assert_eq!(told("2"), ["4", "yew", "ash", "", "oak", "2"]);
    // The rejection is told once, where it happened.
    assert_eq!(told("3"), ["4", "", "yew", "", "", "3"]);
}

#[test]
fn a_return_is_withdrawn_by_its_provider_where_that_is_clear() {
    let project = three();
    project.write(
        "in/joint/workplaces.csv",
        "provider_id,workplace_id,sector\nOAK,P2,nhs\nYEW,P1,nhs\n",
    );
    project.ingest(&["in/joint"], PERIOD).ends(0);
    let before = tree(&project.join("store"));
    for (wanted, said) in [
        (
            "OAK",
            vec!["several returns", "joint, oak", "hint: name one"],
        ),
        (
            "elmm",
            vec!["no return and no provider elmm", "hint: there is elm"],
        ),
        ("nobody", vec!["no provider nobody", "ash, elm, joint, oak"]),
    ] {
        project.run(&["withdraw", wanted]).ends(64).says(&said);
    }
    let args = ["withdraw", "oak", "--period", "2020-03-31"];
    project.run(&args).ends(64).says(&[PERIOD]);
    project
        .run(&["withdraw", "oak", "--store", "none"])
        .ends(65);
    same_tree(&project.join("store"), &before);
    project
        .run(&["withdraw", "ELM"])
        .ends(0)
        .says(&["withdrew return elm of ELM"]);
    project
        .run(&["withdraw", "YEW"])
        .ends(0)
        .says(&["withdrew return joint of OAK, YEW"]);
    project.run(&["withdraw", "elm"]).ends(64);
}

#[test]
fn a_rejected_return_is_taken_off_the_list_too() {
    let project = three();
    project.write("in/bad/workers.csv", "worker\na\n");
    small_return(&project, "in/yew", "YEW", &[("a", "12.80")]);
    project.ingest(&["in/bad", "in/yew"], PERIOD).ends(20);
    project.run(&["withdraw", "bad"]).ends(0);
    let count = |table| {
        project.value(&format!(
            "SELECT count(*) FROM {table} WHERE return_id = 'bad'"
        ))
    };
    assert_eq!(
        (count("returns"), count("findings")),
        ("0".to_owned(), "0".to_owned())
    );
    assert_eq!(editions(&project).last().unwrap()["returns"], "4");
}

#[test]
fn an_edition_without_returns_is_read_like_any_other() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "13.00")]);
    project.ingest(&["oak"], PERIOD).ends(0);
    project
        .run(&["withdraw", "oak"])
        .ends(0)
        .says(&["no return of 2026-09-30 is left"]);
    assert_eq!(project.value("SELECT count(*) FROM workers"), "0");
    assert_eq!(project.value("SELECT count(*) FROM returns"), "0");
    for command in [
        vec!["report"],
        vec!["compare", "--restricted"],
        vec!["query", "pay_gap"],
        vec!["editions"],
    ] {
        project.run(&command).ends(0);
    }
    project.run(&["withdraw", "oak"]).ends(64);
    // The key of the store is still its key.
    std::fs::remove_file(project.join("paybench.key")).unwrap();
    project.ingest(&["oak"], PERIOD).ends(78);
}

#[test]
fn a_renamed_folder_is_told_what_to_do_and_that_works() {
    let project = three();
    std::fs::rename(project.join("in/oak"), project.join("in/oak-house")).unwrap();
    project.ingest(&["in/oak-house"], PERIOD).ends(65).says(&[
        "workplaces.two_returns",
        "(the same file)",
        "return.no_workplace",
        "paybench withdraw oak",
    ]);
    project.run(&["withdraw", "oak"]).ends(0);
    project.ingest(&["in/oak-house"], PERIOD).ends(0);
    let id = "SELECT return_id FROM workplaces WHERE provider_id = 'OAK'";
    assert_eq!(project.value(id), "oak-house");
    // Where only a part is in the other return, that one is no earlier self.
    let places = "provider_id,workplace_id,sector\nASH,P1,nhs\nASH,P2,nhs\n";
    project.write("in/beech/workplaces.csv", places);
    project
        .ingest(&["in/beech"], PERIOD)
        .ends(20)
        .says(&["P1 is also in return ash, which the store holds"])
        .never_says(&["(the same file)", "return.no_workplace"]);
    project
        .run(&["withdraw", "ash"])
        .ends(0)
        .says(&["return beech was read without workplaces that stood in ash"]);
    project.ingest(&["in/beech"], PERIOD).ends(0);
    assert_eq!(
        project.value("SELECT count(*) FROM workplaces WHERE return_id = 'beech'"),
        "2"
    );
}

#[test]
fn a_workplace_that_nobody_has_any_more_is_told() {
    let project = Project::new();
    let places = |ids: &[&str]| {
        let row = |id: &&str| format!("OAK,{id},nhs\n");
        let rows: String = ids.iter().map(row).collect();
        format!("provider_id,workplace_id,sector\n{rows}")
    };
    project.write("in/north/workplaces.csv", places(&["P1", "P2"]));
    project.write("in/south/workplaces.csv", places(&["P2", "P3"]));
    project.ingest(&["in"], PERIOD).ends(20);
    let count = "SELECT string_agg(workplace_id, ' ' ORDER BY workplace_id) FROM workplaces";
    assert_eq!(project.value(count), "P1 P3");
    // One of the two keeps it, or has it no more.
    project.write("in/north/workplaces.csv", places(&["P1", "P2", "P4"]));
    project
        .ingest(&["in/north"], PERIOD)
        .never_says(&["was read without"]);
    project.write("in/north/workplaces.csv", places(&["P1", "P4"]));
    project
        .ingest(&["in/north"], PERIOD)
        .ends(10)
        .says(&["return south was read without workplaces that stood in north; ingest it again"]);
    project
        .ingest(&["in/south"], PERIOD)
        .ends(0)
        .says(&["1 return replaced"]);
    assert_eq!(project.value(count), "P1 P2 P3 P4");
    // Nobody lost anything to a return whose name only begins like another's.
    project.write("in/north end/workplaces.csv", places(&["P5"]));
    project.write("in/south/workplaces.csv", places(&["P2", "P3", "P5"]));
    project
        .ingest(&["in/south", "in/north end"], PERIOD)
        .ends(20);
    project.write("in/north/workplaces.csv", places(&["P1"]));
    project
        .ingest(&["in/north"], PERIOD)
        .never_says(&["was read without"]);
    // Rejected as before, it is told to be, and that the earlier one counts.
    project.write(
        "in/south/workplaces.csv",
        "provider_id,workplace_id\nOAK,P2\n",
    );
    for _ in 0..2 {
        project
            .ingest(&["in"], PERIOD)
            .ends(20)
            .says(&["return south was rejected; the earlier one stays in force"]);
    }
}

#[test]
fn one_file_under_two_names_is_called_the_same_file() {
    let project = Project::new();
    let places = workplace("OAK", "P1", "nhs");
    project.write("in/north/workplaces.csv", &places);
    project.write("in/south/workplaces.csv", &places);
    project.write("in/east/workplaces.csv", workplace("ELM", "P1", "nhs"));
    project.ingest(&["in"], PERIOD).ends(20).says(&[
        "north/workplaces.csv, row 2",
        "P1 is also in return south (the same file)",
        "south/workplaces.csv, row 2",
        "P1 is also in return north (the same file)",
    ]);
    // The same workplace on other terms is a contradiction, not a copy.
    project.write(
        "in/south/workplaces.csv",
        workplace("OAK", "P1", "third_sector"),
    );
    project
        .ingest(&["in"], PERIOD)
        .ends(20)
        .says(&["P1 is also in return south"])
        .never_says(&["the same file"]);
}

#[test]
fn every_command_gives_a_past_edition_to_the_byte() {
    let project = three();
    let release = |command: &str, name: &str, more: &[&str]| {
        let args = [&[command, name, "--restricted", "--out", command], more].concat();
        project.run(&args).ends(0);
        tree(&project.join(command))
    };
    let both = |more: &[&str]| {
        let tables = release("compare", "pay_by_sector", more);
        (tables, release("report", "living_wage", more))
    };
    let sql = "SELECT * FROM workers ORDER BY return_id, source_row";
    let read = |more: &[&str]| {
        let args = [&["query", sql, "--format", "csv"], more].concat();
        project.run(&args).ends(0).stdout
    };
    let then = read(&[]);
    // Two editions of one day, by their seconds.
    let stamp = |edition: u32, created: &str| {
        let mut text = manifest(&project, edition);
        text["created"] = created.into();
        let text = serde_json::to_string_pretty(&text).unwrap() + "\n";
        project.write(&format!("store/period={PERIOD}/{edition:04}.json"), text);
    };
    stamp(1, "2026-11-02T09:00:00Z");
    let released = both(&[]);
    small_return(&project, "in/ash", "ASH", &[("a", "15.00")]);
    project.ingest(&["in"], PERIOD).ends(20);
    stamp(2, "2026-11-02T15:30:00Z");
    project.run(&["withdraw", "oak"]).ends(0);
    assert_ne!(read(&[]), then);
    for past in [
        ["--edition", "1"],
        ["--as-of", "2026-11-02T09:00:00Z"],
        ["--as-of", "2026-11-02T15:29:59Z"],
    ] {
        assert_eq!(read(&past), then, "{past:?}");
    }
    assert_eq!(both(&["--as-of", "2026-11-02T09:00:00Z"]), released);
    // A day is its last edition.
    assert_eq!(read(&["--as-of", "2026-11-02"]), read(&["--edition", "2"]));
    assert_eq!(
        read(&["--as-of", "2026-11-02T15:30:00Z"]),
        read(&["--edition", "2"])
    );
    for wrong in [
        "2026-11-02T15:30:00",
        "2026-11-02 15:30:00Z",
        "2026-11-02T25:00:00Z",
        "now",
    ] {
        let args = ["query", "SELECT 1", "--as-of", wrong];
        project.run(&args).ends(64).says(&["YYYY-MM-DDThh:mm:ssZ"]);
    }
    let early = ["query", "SELECT 1", "--as-of", "2026-11-02T08:59:59Z"];
    project.run(&early).ends(64).says(&["2026-11-02 08:59:59"]);
    // A later period of which there was nothing then.
    small_return(&project, "late/ash", "ASH", &[("a", "15.00")]);
    project.ingest(&["late"], "2026-12-31").ends(0);
    assert_ne!(read(&[]), then);
    assert_eq!(read(&["--as-of", "2026-11-02T09:00:00Z"]), then);
}

#[test]
fn a_store_is_made_wherever_its_path_leads() {
    let project = Project::new();
    small_return(&project, "in/oak", "OAK", &[("a", "12.71")]);
    let store = "in/../new/./deep/../store";
    let args = ["ingest", "in", "--period", PERIOD, "--store", store];
    project.run(&args).ends(0);
    assert!(
        project
            .join("new/store/period=2026-09-30/0001.json")
            .exists()
    );
    project.run(&args).ends(0).says(&["nothing changed"]);
    assert!(!project.join("new/deep").exists());
}

#[test]
fn a_clock_that_goes_back_does_not_reorder_the_past() {
    let project = three();
    let name = format!("store/period={PERIOD}/0001.json");
    let mut first = project.json(&name);
    first["created"] = "2999-01-01T00:00:00Z".into();
    project.write(&name, first.to_string());
    project.run(&["withdraw", "oak"]).ends(0);
    assert_eq!(manifest(&project, 2)["created"], "2999-01-01T00:00:00Z");
}

#[test]
fn a_store_may_stand_in_a_folder_of_any_name() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "13.00")]);
    for store in ["a b", "50%25 *?#[x]", "st\u{f6}re/s3:"] {
        let args = ["ingest", "oak", "--period", PERIOD, "--store", store];
        project.run(&args).ends(0);
        let args = [
            "query",
            "SELECT pay_rate FROM workers",
            "--format",
            "csv",
            "--store",
            store,
        ];
        assert_eq!(project.run(&args).ends(0).stdout, "pay_rate\n13.0000\n");
        assert!(
            project
                .join(store)
                .join(format!("period={PERIOD}/0001.json"))
                .is_file()
        );
    }
}
