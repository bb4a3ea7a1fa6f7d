//! `paybench run`, and `paybench demo`.

use std::fs::File;
use std::path::Path;

use crate::util::{PERIOD, Project, same_tree, small_return, tree};

/// A job of three returns, one of them required.
fn job() -> Project {
    let project = Project::new();
    for (id, provider) in [("ash", "ASH"), ("elm", "ELM"), ("oak", "OAK")] {
        small_return(
            &project,
            &format!("returns/{id}"),
            provider,
            &[("a", "12.71"), ("b", "13.00")],
        );
    }
    project.write(
        "paybench.toml",
        format!(
            "returns = [\"returns\"]\nperiod = {PERIOD}\nrestricted = true\n\
             comparisons = [\"pay_by_sector\", \"living_wage\"]\nreports = [\"living_wage\"]\n\n\
             [[expected]]\nreturn = \"oak\"\nrequired = true\n\n[[expected]]\nreturn = \"elm\"\n"
        ),
    );
    project
}

fn changes(project: &Project) -> serde_json::Value {
    project.json("out/summary.json")["changes_since_last_release"].clone()
}

#[test]
fn a_second_run_changes_nothing_not_even_the_time_of_a_file() {
    let project = job();
    project.run(&["run"]).ends(0).says(&["made edition 1"]);
    assert!(project.join("out/tables/pay_by_sector.csv").exists());
    assert!(project.join("out/living_wage.html").exists());
    let before = tree(project.path());
    let time = |name: &str| {
        std::fs::metadata(project.join(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let times = ["out/manifest.json", "out/tables/pay_by_sector.csv"].map(time);
    let ran = project.run(&["run"]).ends(0).says(&["nothing changed"]);
    assert_eq!(ran.stdout.trim(), "out");
    assert_eq!(
        ["out/manifest.json", "out/tables/pay_by_sector.csv"].map(time),
        times
    );
    let without_lock = |mut names: std::collections::BTreeMap<String, String>| {
        names.remove("paybench.lock");
        names
    };
    assert_eq!(without_lock(tree(project.path())), without_lock(before));
}

#[test]
fn what_moved_since_the_last_release_is_in_its_summary() {
    let project = job();
    project.run(&["run"]).ends(0);
    assert_eq!(changes(&project)["last"], serde_json::Value::Null);
    assert!(project.read("out/mail.txt").contains("first release"));
    small_return(
        &project,
        "returns/oak",
        "OAK",
        &[("a", "14.71"), ("b", "13.00")],
    );
    small_return(&project, "returns/yew", "YEW", &[("a", "12.71")]);
    project.run(&["run"]).ends(0).says(&["oak", "yew"]);
    let told = changes(&project);
    assert_eq!(told["data"]["restated"]["ids"], serde_json::json!(["oak"]));
    assert_eq!(told["data"]["new"]["ids"], serde_json::json!(["yew"]));
    assert_eq!(told["data"]["withdrawn"]["count"], 0);
    for bucket in ["rules", "rates", "code", "settings"] {
        assert_eq!(told[bucket], serde_json::json!([]), "{told}");
    }
    let tables = told["figures"]["tables"].as_array().unwrap();
    assert!(tables.iter().any(|table| table["name"] == "pay_by_sector"));
    let text = told.to_string();
    assert!(!text.contains("elm") && !text.contains("ash"), "{told}");
    // The digest of the summary in the manifest is that of the summary as it is.
    let manifest = project.json("out/manifest.json");
    let bytes = std::fs::read(project.join("out/summary.json")).unwrap();
    let outputs = manifest["outputs"].as_array().unwrap();
    let summary = outputs
        .iter()
        .find(|output| output["name"] == "summary.json")
        .unwrap();
    assert_eq!(summary["sha256"], crate::util::sha256(&bytes));
    // Again: the same release still stands.
    let before = tree(&project.join("out"));
    project.run(&["run"]).ends(0).says(&["nothing changed"]);
    same_tree(&project.join("out"), &before);
}

#[test]
fn a_required_return_that_is_missing_stops_everything_and_another_is_a_warning() {
    let project = job();
    std::fs::remove_dir_all(project.join("returns/elm")).unwrap();
    project.run(&["run"]).ends(10).says(&["warning: ", "elm"]);
    std::fs::remove_dir_all(project.join("returns/oak")).unwrap();
    let (store, out) = (tree(&project.join("store")), tree(&project.join("out")));
    project.run(&["run"]).ends(66).says(&["oak", "required"]);
    same_tree(&project.join("store"), &store);
    same_tree(&project.join("out"), &out);
    let fresh = job();
    std::fs::remove_dir_all(fresh.join("returns/oak")).unwrap();
    fresh.run(&["run"]).ends(66);
    assert!(!fresh.join("out").exists() && !fresh.join("store").exists());
}

#[test]
fn a_required_return_that_cannot_be_accepted_is_missing_too() {
    let project = job();
    project.write("returns/oak/workers.csv", "a,b\n1,2\n");
    project.run(&["run"]).ends(66).says(&["oak"]);
    assert!(!project.join("out").exists());
}

#[test]
fn while_another_run_holds_the_lock_nothing_is_done_and_its_holder_is_named() {
    let project = job();
    let path = project.write("paybench.lock", "process 4711 since 2026-11-01T06:00:00Z\n");
    let held = File::options().read(true).write(true).open(path).unwrap();
    held.lock().unwrap();
    let before = tree(project.path());
    project
        .run(&["run"])
        .ends(75)
        .says(&["process 4711", "2026-11-01T06:00:00Z"]);
    same_tree(project.path(), &before);
    // A file that nobody holds is no lock.
    drop(held);
    project.run(&["run"]).ends(0);
}

#[test]
fn a_release_is_replaced_as_a_whole() {
    let project = job();
    project.run(&["run"]).ends(0);
    project.write("out/stale.txt", "from before");
    project.write("out/tables/stale.csv", "from before");
    small_return(&project, "returns/oak", "OAK", &[("a", "14.71")]);
    project.run(&["run"]).ends(0);
    assert!(
        !project.join("out/stale.txt").exists() && !project.join("out/tables/stale.csv").exists()
    );
    let left: Vec<String> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .filter(|name| name.contains("out") && name != "out")
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn a_run_that_fails_leaves_the_last_release_as_it_was() {
    let project = job();
    project.run(&["run"]).ends(0);
    let (store, out) = (tree(&project.join("store")), tree(&project.join("out")));
    small_return(&project, "returns/oak", "OAK", &[("a", "14.71")]);
    project.write(
        "queries/mine.sql",
        "-- disclosure: everything\nSELECT 1 AS one\n",
    );
    project.run(&["run"]).ends(78).says(&["mine.sql", "line 1"]);
    same_tree(&project.join("out"), &out);
    same_tree(&project.join("store"), &store);
}

#[test]
fn paths_in_the_settings_are_relative_to_their_file() {
    let project = Project::new();
    small_return(&project, "job/returns/oak", "OAK", &[("a", "12.71")]);
    project.write(
        "job/paybench.toml",
        format!("returns = [\"returns\"]\nperiod = \"{PERIOD}\"\nout = \"release\"\n"),
    );
    project
        .run(&["run", "--config", "job/paybench.toml"])
        .ends(0);
    for name in ["job/store", "job/release/manifest.json", "job/paybench.key"] {
        assert!(project.join(name).exists(), "{name}");
    }
    assert!(!project.join("store").exists() && !project.join("paybench.key").exists());
}

#[test]
fn the_demo_shows_pages_that_exist_and_stays_in_its_folder() {
    let project = Project::new();
    let ran = project
        .run(&["demo", "--out", "shown"])
        .ends(0)
        .says(&["invented"]);
    let paths: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(paths.len(), 3, "{}", ran.stdout);
    for path in &paths {
        assert!(
            project.join(path).is_file() && Path::new(path).starts_with("shown"),
            "{path}"
        );
    }
    let top: Vec<_> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(top, ["shown"]);
    assert!(project.join("shown/store").is_dir() && project.join("shown/paybench.key").is_file());
    // A second demo takes the place of the first.
    project.write("shown/stale.txt", "from before");
    project.run(&["demo", "--out", "shown"]).ends(0);
    assert!(!project.join("shown/stale.txt").exists());
    let top: Vec<_> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(top, ["shown"]);
    // Its store is one like any other.
    let args = [
        "query",
        "SELECT count(*) AS n FROM workers",
        "--store",
        "shown/store",
        "--format",
        "csv",
    ];
    project.run(&args).ends(0);
}

#[test]
fn a_release_never_takes_a_store_or_a_key_with_it() {
    let project = Project::new();
    project.run(&["demo", "--out", "shown"]).ends(0);
    project
        .run(&["report", "--store", "shown/store", "--out", "shown"])
        .ends(64)
        .says(&["would be gone"]);
    assert!(project.join("shown/store").is_dir() && project.join("shown/paybench.key").is_file());
}
