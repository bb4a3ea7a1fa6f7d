//! The same returns give the same bytes, whatever the order and the threads.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use crate::util::{PERIOD, Project, fixture, rows, same_tree, sha256, small_return, tree};

/// A project with the returns of the sample, one of them long enough to be
/// read in several pieces, and a fixed key.
fn sample() -> Project {
    let project = Project::new();
    project.write("paybench.key", "c0".repeat(32));
    std::fs::set_permissions(
        project.join("paybench.key"),
        std::fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    crate::util::copy(
        std::path::Path::new(&fixture("sample/2026-09-30")),
        &project.join("in"),
    );
    let mut pay: Vec<(String, String)> = (0..9_000)
        .map(|n| (format!("w{n}"), format!("{}.{:02}", 12 + n % 5, n % 100)))
        .collect();
    // A key that stands twice, far apart, and an error in each piece.
    "w10".clone_into(&mut pay[8_500].0);
    "12,50".clone_into(&mut pay[5_000].1);
    pay[100].1 = "1250".to_owned();
    let text = pay.iter().fold(
        "provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate\n"
            .to_owned(),
        |text, (reference, rate)| {
            text + &format!("LONG,P1,{reference},care_worker,permanent,37,hourly,\"{rate}\"\n")
        },
    );
    small_return(&project, "in/long", "LONG", &[]);
    project.write("in/long/workers.csv", text);
    project
}

/// The Parquet files of edition 1 by table, and the edition's name without its
/// random part.
fn edition(project: &Project, store: &str) -> (String, BTreeMap<String, String>) {
    let folder = project.join(&format!("{store}/period={PERIOD}"));
    let mut name = String::new();
    let mut files = BTreeMap::new();
    for (path, hash) in tree(&folder) {
        if let Some((edition, table)) = path.split_once('/').filter(|(_, table)| !table.is_empty())
        {
            name = edition.rsplit_once('-').unwrap().0.to_owned();
            files.insert(table.to_owned(), hash);
        }
    }
    assert_eq!(files.len(), 8, "{files:?}");
    (name, files)
}

#[test]
fn order_of_paths_and_number_of_threads_do_not_show_in_the_store() {
    let project = sample();
    let mut folders: Vec<String> = std::fs::read_dir(project.join("in"))
        .unwrap()
        .map(|entry| format!("in/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    folders.sort();
    let together = vec!["in".to_owned()];
    let backwards: Vec<String> = folders.iter().rev().cloned().collect();
    let mut results = Vec::new();
    for (store, paths, threads) in [
        ("one", &together, "1"),
        ("two", &folders, "2"),
        ("eight", &backwards, "8"),
        ("again", &together, "8"),
    ] {
        let mut args = vec![
            "ingest",
            "--period",
            PERIOD,
            "--store",
            store,
            "--threads",
            threads,
        ];
        args.extend(paths.iter().map(String::as_str));
        let ran = project.run(&args).ends(20);
        results.push((store, edition(&project, store), ran.stdout, ran.stderr));
    }
    let (_, first, balance, talk) = &results[0];
    for (store, edition, stdout, stderr) in &results[1..] {
        assert_eq!(edition, first, "{store}");
        assert_eq!(stdout, balance, "{store}");
        assert_eq!(stderr, talk, "{store}");
    }
}

#[test]
fn returns_that_came_one_after_another_are_the_same_rows_as_all_at_once() {
    let project = sample();
    let sql = "SELECT * FROM workers ORDER BY return_id, source_file, source_row";
    let dump = |store: &str| {
        project
            .run(&["query", sql, "--store", store, "--format", "csv"])
            .ends(0)
            .stdout
    };
    let ingest = |store: &str, path: &str| {
        project.run(&["ingest", path, "--period", PERIOD, "--store", store])
    };
    for name in ["wendle", "marlbrook", "long"] {
        ingest("steps", &format!("in/{name}"));
        crate::util::copy(
            &project.join(&format!("in/{name}")),
            &project.join(&format!("three/{name}")),
        );
    }
    ingest("once", "three").ends(20);
    let (steps, once) = (dump("steps"), dump("once"));
    assert_eq!(sha256(steps.as_bytes()), sha256(once.as_bytes()));
    assert!(rows(&once).len() > 9_000);
}

#[test]
fn the_order_of_rows_does_not_show_in_the_tables() {
    let project = Project::new();
    for file in ["workplaces", "workers", "flows", "pay_points"] {
        let text = std::fs::read_to_string(fixture(&format!("tiny/return/{file}.csv"))).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        let middle = lines.len() / 2;
        lines[1..].rotate_left(middle - 1);
        project.write(
            &format!("return/{file}.csv"),
            format!("{}\n", lines.join("\n")),
        );
    }
    project.ingest(&["return"], PERIOD).ends(0);
    for threads in ["1", "8"] {
        project
            .run(&["compare", "--restricted", "--threads", threads])
            .ends(0);
        for entry in std::fs::read_dir(fixture("tiny/expected")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let expected = std::fs::read_to_string(&path).unwrap();
            assert_eq!(
                project.read(&format!("out/tables/{name}")),
                expected,
                "{name} on {threads} threads"
            );
        }
    }
}

#[test]
fn ingesting_the_same_again_changes_nothing_and_keeps_its_exit_code() {
    let project = Project::new();
    small_return(&project, "clean", "OAK", &[("a", "12.71")]);
    small_return(&project, "warns", "ELM", &[("a", "12.71")]);
    project.write(
        "warns/workplaces.csv",
        "provider_id,workplace_id,sector,mood\nELM,P1,nhs,good\n",
    );
    small_return(&project, "rejects", "ASH", &[("a", "12.71"), ("b", "1271")]);
    for (path, code) in [("clean", 0), ("warns", 10), ("rejects", 20)] {
        project
            .ingest(&[path], PERIOD)
            .ends(code)
            .says(&["made edition"]);
        let before = tree(&project.join("store"));
        project
            .ingest(&[path], PERIOD)
            .ends(code)
            .says(&["nothing changed"])
            .never_says(&["made edition"]);
        same_tree(&project.join("store"), &before);
    }
    let all = ["clean", "warns", "rejects"];
    let before = tree(&project.join("store"));
    project
        .ingest(&all, PERIOD)
        .ends(20)
        .says(&["nothing changed"]);
    project
        .ingest(&["warns", "clean"], PERIOD)
        .ends(10)
        .says(&["nothing changed"]);
    same_tree(&project.join("store"), &before);
    // A rejected return stays rejected when it comes again.
    project.write("broken/workers.csv", "a,b\n1,2\n");
    project.ingest(&["broken", "clean"], PERIOD).ends(20);
    let before = tree(&project.join("store"));
    project
        .ingest(&["broken", "clean"], PERIOD)
        .ends(20)
        .says(&["nothing changed"]);
    same_tree(&project.join("store"), &before);
}
