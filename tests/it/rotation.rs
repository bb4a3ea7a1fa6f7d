//! The key is rotated without the returns, also if that is cut short at any step.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use paybench::ingest::key_file;
use paybench::store::location::Location;
use paybench::store::rekey::{RekeyError, Rotation, Step};

#[cfg(unix)]
use crate::keys::mode;
use crate::util::{PERIOD, Project, copy, same_tree, sha256, small_return, tree, workplace};

const EARLIER: &str = "2025-09-30";

/// Two periods, the second with two editions, and pay periods in one of them.
fn store(project: &Project) {
    small_return(project, "old/oak", "OAK", &[("1", "12.10"), ("2", "12.20")]);
    small_return(project, "new/oak", "OAK", &[("2", "12.80"), ("3", "12.90")]);
    small_return(project, "new/elm", "ELM", &[("1", "13.10")]);
    project.write(
        "new/oak/pay_periods.csv",
        "provider_id,workplace_id,worker_ref,period_start,period_end,hours_work,gross_pay\n\
         OAK,P1,2,2026-08-01,2026-08-31,100,1280\n\
         OAK,P1,3,2026-08-01,2026-08-31,100,1290\n",
    );
    project.ingest(&["old"], EARLIER).ends(0);
    project.ingest(&["new/elm"], PERIOD).ends(0);
    project.ingest(&["new"], PERIOD).ends(0);
}

fn location(store: &Path) -> Location {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    Location::open(&store.display().to_string(), Arc::new(runtime)).unwrap()
}

/// Rotates through the library, ended by `tell`.
fn rotate(
    project: &Project,
    tell: &mut dyn FnMut(&Step<'_>) -> Result<(), RekeyError>,
) -> Result<(), RekeyError> {
    let rotation = Rotation {
        location: &location(&project.join("store")),
        key_file: &project.join("paybench.key"),
        relink: Some(&project.join("relink.csv")),
        created: "2026-10-01T09:00:00Z",
    };
    rotation.run(tell).map(|_| ())
}

fn manifest(project: &Project, period: &str, edition: u32) -> serde_json::Value {
    project.json(&format!("store/period={period}/{edition:04}.json"))
}

/// Return, row and worker key of every row of a table of one edition.
fn worker_keys(project: &Project, period: &str, edition: u32, table: &str) -> Vec<[String; 3]> {
    let files = files(&manifest(project, period, edition));
    let (_, file) = files.iter().find(|(own, _)| own == table).unwrap();
    let path = format!("store/period={period}/{}", file["name"].as_str().unwrap());
    let file = std::fs::File::open(project.join(&path)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut rows = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let cell = |name| array_value_to_string(batch.column_by_name(name).unwrap(), row);
            rows.push(["return_id", "source_row", "worker_key"].map(|name| cell(name).unwrap()));
        }
    }
    rows
}

fn links(project: &Project, below: &str) -> BTreeMap<String, String> {
    let named =
        |row: crate::util::Row| (row["old_worker_key"].clone(), row["new_worker_key"].clone());
    project.rows(below).into_iter().map(named).collect()
}

/// Asserts that the store is under the key of the key file as a whole, that
/// its newest editions hold the same as before, and that returns go on as ever.
#[track_caller]
fn rotated(project: &Project, relink: &str, editions: &[(&str, u32, u32)]) {
    let id = project.run(&["key", "id"]).ends(0).stdout;
    let links = links(project, relink);
    let mut old_keys = BTreeSet::new();
    for (period, before, after) in editions {
        let (before, after) = (*before, *after);
        let (was, now) = (
            manifest(project, period, before),
            manifest(project, period, after),
        );
        assert_eq!(now["key_id"], id.trim());
        assert_ne!(was["key_id"], now["key_id"]);
        for same in ["returns", "layouts", "rules", "rates", "schema_version"] {
            assert_eq!(was[same], now[same], "{same}");
        }
        for (was, now) in std::iter::zip(files(&was), files(&now)) {
            let own = was.0 == "workers" || was.0 == "pay_periods" && was.1["rows"] != 0;
            assert_eq!(was.0, now.0);
            assert_eq!(was.1["rows"], now.1["rows"]);
            assert_eq!(was.1["sha256"] != now.1["sha256"], own, "{}", was.0);
            let path = format!("store/period={period}/{}", now.1["name"].as_str().unwrap());
            assert_eq!(
                sha256(&std::fs::read(project.join(&path)).unwrap()),
                now.1["sha256"].as_str().unwrap()
            );
        }
        for table in ["workers", "pay_periods"] {
            let old = worker_keys(project, period, before, table);
            let new = worker_keys(project, period, after, table);
            let expected: Vec<[String; 3]> = old
                .into_iter()
                .map(|[id, row, key]| {
                    old_keys.insert(key.clone());
                    [id, row, links[&key].clone()]
                })
                .collect();
            assert_eq!(new, expected);
        }
    }
    // Not a worker more than there is, and none has the key of another.
    let linked: BTreeSet<String> = links.keys().cloned().collect();
    assert_eq!(linked, old_keys);
    let new: BTreeSet<&String> = links.values().collect();
    assert_eq!(new.len(), links.len());
    for (path, period) in [("old", EARLIER), ("new", PERIOD)] {
        project
            .ingest(&[path], period)
            .ends(0)
            .says(&["nothing changed"]);
    }
}

/// Asserts that what is read under the rotated key from the start is the same
/// as what was rotated, byte for byte.
#[track_caller]
fn as_if_read_now(project: &Project, editions: &[(&str, u32, u32)]) {
    for (path, (period, _, after)) in std::iter::zip(["old", "new"], editions) {
        let args = ["ingest", path, "--period", period, "--store", "fresh"];
        project.run(&args).ends(0);
        let fresh = project.json(&format!("fresh/period={period}/0001.json"));
        let now = manifest(project, period, *after);
        for (fresh, now) in std::iter::zip(files(&fresh), files(&now)) {
            if !["returns", "findings", "rejects"].contains(&fresh.0.as_str()) {
                assert_eq!(fresh.1["sha256"], now.1["sha256"], "{period} {}", fresh.0);
            }
        }
    }
}

/// The files that a manifest names, by table.
fn files(manifest: &serde_json::Value) -> Vec<(String, serde_json::Value)> {
    let files = manifest["files"].as_array().unwrap().iter();
    files
        .map(|file| {
            let name = file["name"].as_str().unwrap();
            let table = name
                .rsplit('/')
                .next()
                .unwrap()
                .trim_end_matches(".parquet");
            (table.to_owned(), file.clone())
        })
        .collect()
}

#[test]
fn a_rotation_changes_every_worker_key_and_nothing_else() {
    let project = Project::new();
    store(&project);
    let before = tree(&project.join("store"));
    let old = project.run(&["key", "id"]).ends(0).stdout;
    let old_file = project.read("paybench.key");
    let ran = project.run(&["key", "rotate"]).ends(0).says(&[
        "made edition 2 of 2025-09-30",
        "made edition 3 of 2026-09-30",
        "4 workers",
        "earlier editions stay under the key of their time",
    ]);
    let (old, new) = (old.trim(), ran.stdout.trim());
    assert_ne!(old, new);
    let relink = format!("relink-{old}-{new}.csv");
    let kept = format!("paybench.key.old-{old}");
    assert_eq!(project.read(&kept), old_file);
    assert!(project.read("paybench.key").starts_with(&old_file));
    #[cfg(unix)]
    for file in ["paybench.key", &kept, &relink] {
        assert_eq!(mode(&project.join(file)), 0o600, "{file}");
    }
    let lines: Vec<String> = project
        .read(&relink)
        .lines()
        .skip(1)
        .map(str::to_owned)
        .collect();
    assert!(lines.is_sorted() && lines.len() == 4);
    rotated(&project, &relink, &[(EARLIER, 1, 2), (PERIOD, 2, 3)]);
    as_if_read_now(&project, &[(EARLIER, 1, 2), (PERIOD, 2, 3)]);
    let note = &manifest(&project, PERIOD, 3)["rekeyed_from"];
    assert_eq!(note["edition"], 2);
    assert_eq!(note["key_id"], old);
    assert!(manifest(&project, PERIOD, 2).get("rekeyed_from").is_none());
    // What was there is as it was.
    let now = tree(&project.join("store"));
    assert!(
        before
            .iter()
            .all(|(name, hash)| now.get(name) == Some(hash))
    );
    // The old key opens nothing any more.
    let args = ["ingest", "new", "--period", PERIOD, "--key-file", &kept];
    project.run(&args).ends(78).says(&[new]);
    // A changed return has the new keys, and the carried one keeps them.
    small_return(&project, "new/elm", "ELM", &[("1", "13.30")]);
    project.ingest(&["new/elm"], PERIOD).ends(0);
    assert_eq!(
        worker_keys(&project, PERIOD, 4, "workers"),
        worker_keys(&project, PERIOD, 3, "workers")
    );
}

#[test]
fn a_key_can_be_rotated_again_and_stores_may_fall_behind() {
    let project = Project::new();
    store(&project);
    copy(&project.join("store"), &project.join("other"));
    let first = project.run(&["key", "id"]).ends(0).stdout;
    for _ in 0..2 {
        project
            .run(&["key", "rotate", "--relink", "one.csv"])
            .ends(0);
        std::fs::rename(project.join("one.csv"), project.join("last.csv")).unwrap();
    }
    assert_eq!(project.read("paybench.key").lines().count(), 3);
    rotated(&project, "last.csv", &[(EARLIER, 2, 3), (PERIOD, 3, 4)]);
    as_if_read_now(&project, &[(EARLIER, 2, 3), (PERIOD, 3, 4)]);
    // The other store is under the first key still, two rotations ago.
    let args = ["ingest", "new", "--period", PERIOD, "--store", "other"];
    project.run(&args).ends(78).says(&[
        "2 of 2 periods of the store are still under an earlier one",
        "paybench key rotate",
    ]);
    let ran = project
        .run(&["key", "rotate", "--store", "other"])
        .ends(0)
        .says(&["finishing its rotation"]);
    assert_eq!(project.read("paybench.key").lines().count(), 3);
    let relink = format!("relink-{}-{}.csv", first.trim(), ran.stdout.trim());
    std::fs::remove_dir_all(project.join("store")).unwrap();
    std::fs::rename(project.join("other"), project.join("store")).unwrap();
    rotated(&project, &relink, &[(EARLIER, 1, 2), (PERIOD, 2, 3)]);
}

#[test]
fn a_rotation_that_cannot_begin_changes_nothing() {
    let project = Project::new();
    project.run(&["key", "rotate"]).ends(78);
    project.run(&["key", "new"]).ends(0);
    project
        .run(&["key", "rotate"])
        .ends(65)
        .says(&["no edition"]);
    store(&project);
    project.write("mine.csv", "my,notes\n");
    project
        .run(&["key", "new", "--key-file", "other.key"])
        .ends(0);
    let before = tree(project.path());
    project
        .run(&["key", "rotate", "--relink", "mine.csv"])
        .ends(78)
        .says(&["mine.csv exists already"]);
    project
        .run(&["key", "rotate", "--relink", "no/folder.csv"])
        .ends(78);
    project
        .run(&["key", "rotate", "--key-file", "other.key"])
        .ends(78)
        .says(&["the store was made with key"]);
    same_tree(project.path(), &before);
}

/// The name of a step, to be cut there.
fn name(step: &Step<'_>) -> String {
    match step {
        Step::Kept(_) => "kept".to_owned(),
        Step::Rotated(_) => "rotated".to_owned(),
        Step::Resumed(_) => "resumed".to_owned(),
        Step::Finished(_) => "finished".to_owned(),
        Step::Drafted(manifest) => format!("drafted {}", manifest.period),
        Step::Relinked(..) => "relinked".to_owned(),
        Step::Made(manifest) => format!("made {}", manifest.period),
    }
}

const STEPS: [&str; 7] = [
    "kept",
    "rotated",
    "drafted 2025-09-30",
    "drafted 2026-09-30",
    "relinked",
    "made 2025-09-30",
    "made 2026-09-30",
];

#[test]
fn a_rotation_goes_through_its_steps_in_order() {
    let project = Project::new();
    store(&project);
    let mut steps = Vec::new();
    rotate(&project, &mut |step| {
        steps.push(name(step));
        Ok(())
    })
    .unwrap();
    assert_eq!(steps, STEPS);
}

#[test]
fn a_rotation_cut_short_after_any_step_is_finished_by_the_next() {
    let begun = Project::new();
    store(&begun);
    // Ended by an error, which cleans up, and by a death, which does not.
    for (cut, dies) in STEPS.iter().flat_map(|cut| [(cut, false), (cut, true)]) {
        let project = Project::new();
        copy(begun.path(), project.path());
        let mut tell = |step: &Step<'_>| {
            if name(step) != *cut {
                return Ok(());
            }
            if dies {
                std::panic::resume_unwind(Box::new("cut short"));
            }
            Err(RekeyError::Key(key_file::io(
                Path::new("cut"),
                std::io::Error::other("short"),
            )))
        };
        let ended = catch_unwind(AssertUnwindSafe(|| rotate(&project, &mut tell)));
        assert!(!matches!(ended, Ok(Ok(()))), "{cut}");
        let done = *cut == "made 2026-09-30";
        let early = *cut == "kept";
        let before = tree(project.path());
        let again = project.ingest(&["new"], PERIOD);
        if early || done {
            again.ends(0).says(&["nothing changed"]);
        } else {
            again
                .ends(78)
                .says(&["a rotation is unfinished", "paybench key rotate"]);
        }
        same_tree(project.path(), &before);
        let lines = |project: &Project| project.read("paybench.key").lines().count();
        assert_eq!(lines(&project), if early { 1 } else { 2 }, "{cut}");
        // The very same command; where all was done, it says so.
        let args = ["key", "rotate", "--relink", "relink.csv"];
        let said = project.run(&args).ends(0);
        assert_eq!(said.stderr.contains("is done already"), done, "{cut}");
        assert_eq!(lines(&project), 2, "{cut}");
        rotated(&project, "relink.csv", &[(EARLIER, 1, 2), (PERIOD, 2, 3)]);
        let orphans = orphans(&project);
        assert!(orphans.is_empty() || dies, "{cut}: {orphans:?}");
    }
}

/// Files of the store that no manifest names.
fn orphans(project: &Project) -> Vec<String> {
    let mut named = BTreeSet::new();
    let all = tree(&project.join("store"));
    for manifest in all.keys().filter(|name| name.ends_with(".json")) {
        let folder = manifest.split('/').next().unwrap();
        for (_, file) in files(&project.json(&format!("store/{manifest}"))) {
            named.insert(format!("{folder}/{}", file["name"].as_str().unwrap()));
        }
    }
    all.into_keys()
        .filter(|name| name.contains("/0") && name.ends_with(".parquet") && !named.contains(name))
        .collect()
}

#[test]
fn an_ingest_that_slips_in_under_the_old_key_is_rotated_too() {
    let project = Project::new();
    store(&project);
    let old = project.join("old.key");
    std::fs::copy(project.join("paybench.key"), &old).unwrap();
    let mut slipped = false;
    rotate(&project, &mut |step| {
        if let (Step::Relinked(..), false) = (step, slipped) {
            slipped = true;
            small_return(&project, "new/ash", "ASH", &[("1", "14.10")]);
            let late = |path, period| {
                let key = old.to_str().unwrap();
                ["ingest", path, "--period", period, "--key-file", key]
            };
            project.run(&late("new/ash", PERIOD)).ends(0);
            project.run(&late("old", "2024-09-30")).ends(0);
        }
        Ok(())
    })
    .unwrap();
    // Of the slipped-in period no copy of the returns is needed either.
    let id = project.run(&["key", "id"]).ends(0).stdout;
    assert_eq!(manifest(&project, "2024-09-30", 2)["key_id"], id.trim());
    rotated(&project, "relink.csv", &[(EARLIER, 1, 2), (PERIOD, 3, 4)]);
    assert!(orphans(&project).is_empty());
}

#[test]
fn two_rotations_at_once_are_one() {
    let project = Project::new();
    store(&project);
    rotate(&project, &mut |step| {
        let other = || project.run(&["key", "rotate", "--relink", "relink.csv"]);
        match step {
            Step::Kept(_) | Step::Relinked(..) => {
                other().ends(75).says(&["is being rotated by another"]);
            }
            _ => {}
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(project.read("paybench.key").lines().count(), 2);
    rotated(&project, "relink.csv", &[(EARLIER, 1, 2), (PERIOD, 2, 3)]);
    assert!(orphans(&project).is_empty());
}

#[test]
fn an_edition_that_is_damaged_is_not_rotated() {
    let project = Project::new();
    store(&project);
    let files = files(&manifest(&project, PERIOD, 2));
    let (_, flows) = files.iter().find(|(table, _)| table == "flows").unwrap();
    let below = format!("store/period={PERIOD}/{}", flows["name"].as_str().unwrap());
    let good = std::fs::read(project.join(&below)).unwrap();
    project.write(&below, b"PAR1");
    project
        .run(&["key", "rotate"])
        .ends(74)
        .says(&["flows.parquet is damaged"]);
    assert!(orphans(&project).is_empty());
    project.write(&below, good);
    project.run(&["key", "rotate"]).ends(0);
}

#[test]
fn a_return_without_workers_has_nothing_to_rotate() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "nhs"));
    project.ingest(&["oak"], PERIOD).ends(0);
    project
        .run(&["key", "rotate", "--relink", "links.csv"])
        .ends(0)
        .says(&["0 workers"]);
    assert_eq!(project.read("links.csv"), "old_worker_key,new_worker_key\n");
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["nothing changed"]);
}
