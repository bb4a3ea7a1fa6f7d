//! The evidence pack: whole, on one provider alone, and checked by a script
//! that knows nothing of this program.

use std::path::Path;
use std::process::{Command, Output};

use crate::util::{PERIOD, Project, find, fixture, same_tree, sha256, tree};

fn packed() -> Project {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    project
        .run(&["evidence", "ALDER", "--restricted"])
        .ends(0)
        .says(&["SHA-256 of its manifest.json"]);
    project
}

/// What the pack's own script says; `-B` keeps Python from leaving files in it.
fn verify(folder: &Path, more: &[&str]) -> (i32, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("python3")
        .args(["-B", "verify.py"])
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn a_pack_is_about_one_provider_and_can_be_checked_without_paybench() {
    let project = packed();
    let folder = project.join("evidence");
    let workers = project.rows("evidence/workers.csv");
    assert_eq!(workers.len(), 8);
    assert!(workers.iter().all(|row| row["provider_id"] == "ALDER"));
    for (name, _) in tree(&folder) {
        let text = project.read(&format!("evidence/{name}"));
        // References, birth dates and other providers stay out.
        for word in [
            "BEECH",
            "CEDAR",
            "1986-05-14",
            "worker_ref",
            "birth_date",
            ",a1,",
        ] {
            assert!(!text.contains(word), "{word} in {name}");
        }
    }
    let tests = project.rows("evidence/wage_tests.csv");
    assert_eq!(tests.len(), 16);
    // The fifth line of the return: 12.50 an hour at 30.
    let line = |standard| find(&tests, &[("source_row", "5"), ("standard", standard)]);
    assert_eq!(line("nlw_nmw")["result"], "below");
    assert!(
        line("nlw_nmw")["arithmetic"]
            .starts_with("12.50 < 12.71 (nlw from 2026-04-01, floors.csv line "),
        "{:?}",
        line("nlw_nmw")
    );
    assert!(line("real_living_wage")["arithmetic"].starts_with("12.50 < 13.45 (uk from "));
    // An allowance counts for the real Living Wage alone: 13.20 + 0.30.
    let six = |standard| find(&tests, &[("source_row", "7"), ("standard", standard)]);
    assert!(six("real_living_wage")["arithmetic"].starts_with("13.20 >= 13.45 - 0.30 = 13.15 ("));
    assert!(six("nlw_nmw")["arithmetic"].starts_with("13.20 >= 12.71 ("));
    let rules = project.rows("evidence/contract_rules.csv");
    let offer = find(&rules, &[("rule", "wales_offer"), ("source_row", "3")]);
    assert_eq!(offer["result"], "breach");
    assert!(offer["finding"].contains("No offer of guaranteed hours"));
    assert!(rules.iter().all(|row| row["status"] != "proposed"));
    let sources = project.rows("evidence/sources.csv");
    let file = find(&sources, &[("file", "workers.csv")]);
    let bytes = std::fs::read(fixture("tiny/return/workers.csv")).unwrap();
    assert_eq!(file["sha256"], sha256(&bytes));

    let (code, said) = verify(&folder, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("8 workers, 16 wage tests"), "{said}");
    let (code, said) = verify(&folder, &["--returns", &fixture("tiny/return")]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = verify(&folder, &["--returns", &fixture("tiny/expected")]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("workers.csv of return"), "{said}");
}

#[test]
fn a_changed_byte_a_lost_file_and_a_false_sum_are_found() {
    let project = packed();
    let folder = project.join("evidence");
    let whole = tree(&folder);
    let manifest = project.read("evidence/manifest.json");
    for name in whole.keys().filter(|name| *name != "manifest.json") {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).unwrap();
        // A script that was changed cannot be trusted to say so.
        if name != "verify.py" {
            let mut flipped = bytes.clone();
            let middle = flipped.len() / 2;
            flipped[middle] ^= 1;
            std::fs::write(&path, flipped).unwrap();
            let (code, said) = verify(&folder, &[]);
            assert_eq!(code, 1, "{name}: {said}");
            assert!(said.contains(&format!("{name} is not the file")), "{said}");
        }
        std::fs::write(&path, bytes).unwrap();
    }
    same_tree(&folder, &whole);
    project.write("evidence/more.csv", "a\n");
    assert!(
        verify(&folder, &[])
            .1
            .contains("more.csv is not in manifest.json")
    );
    std::fs::remove_file(folder.join("more.csv")).unwrap();
    // A false result is found even where the manifest was made to fit.
    let tests = project.read("evidence/wage_tests.csv");
    let false_tests = tests.replacen(",nlw_nmw,below,", ",nlw_nmw,meets,", 1);
    assert_ne!(tests, false_tests);
    project.write("evidence/wage_tests.csv", &false_tests);
    let fitted = manifest.replace(&sha256(tests.as_bytes()), &sha256(false_tests.as_bytes()));
    project.write("evidence/manifest.json", fitted);
    let (code, said) = verify(&folder, &[]);
    assert_eq!(code, 1);
    assert!(said.contains("says meets, worked out as below"), "{said}");
}

#[test]
fn it_is_never_made_by_accident_nor_over_something_else() {
    let project = packed();
    let before = tree(&project.join("evidence"));
    project
        .run(&["evidence", "ALDER"])
        .ends(64)
        .says(&["single workers", "--restricted"]);
    project
        .run(&["evidence", "ALDR", "--restricted"])
        .ends(64)
        .says(&["there is no provider `ALDR`", "there is ALDER"]);
    same_tree(&project.join("evidence"), &before);
    project.run(&["compare", "pay_gap"]).ends(0);
    let release = tree(&project.join("out"));
    project
        .run(&["evidence", "ALDER", "--restricted", "--out", "out"])
        .ends(64)
        .says(&["no evidence pack"]);
    same_tree(&project.join("out"), &release);
    project.write("mine/notes.txt", "mine");
    project
        .run(&["evidence", "ALDER", "--restricted", "--out", "mine"])
        .ends(64);
    assert_eq!(project.read("mine/notes.txt"), "mine");
    // The same edition gives the same bytes, and the place is taken as a whole.
    project.run(&["evidence", "BEECH", "--restricted"]).ends(0);
    assert_eq!(project.rows("evidence/workers.csv").len(), 6);
    project.run(&["evidence", "ALDER", "--restricted"]).ends(0);
    same_tree(&project.join("evidence"), &before);
}
