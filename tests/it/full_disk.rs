//! A disk that is full and folders that may no longer be written to: what was
//! stored and published is as it was, and the next run needs no repair.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::util::{PERIOD, Project, Ran, same_tree, small_return, tree};

/// A store with one edition, a release of it, and a return to come.
fn published() -> Project {
    let project = Project::new();
    small_return(&project, "in/oak", "OAK", &[("a", "12.71"), ("b", "13.00")]);
    project.ingest(&["in"], PERIOD).ends(0);
    let release = ["report", "living_wage", "--restricted"];
    project.run(&release).ends(0);
    small_return(&project, "in/oak", "OAK", &[("a", "14.00")]);
    project
}

/// Runs the program where no file may grow beyond some blocks of 512 bytes.
fn run_limited(project: &Project, blocks: u32, args: &[&str]) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_paybench")])
        .args(args)
        .current_dir(project.path());
    Ran::of(command.output().unwrap(), args)
}

#[test]
fn a_full_disk_costs_neither_edition_nor_release() {
    let project = published();
    let (store, out) = (tree(&project.join("store")), tree(&project.join("out")));
    let ingest = ["ingest", "in", "--period", PERIOD];
    // Full at the first table, and only at a larger one.
    for blocks in [1, 8] {
        run_limited(&project, blocks, &ingest)
            .ends(74)
            .says(&["store/period=2026-09-30/0002-"]);
        same_tree(&project.join("store"), &store);
    }
    let report = ["report", "living_wage", "--restricted", "--edition", "1"];
    run_limited(&project, 4, &report).ends(74).says(&["out"]);
    same_tree(&project.join("out"), &out);
    same_tree(&project.join("store"), &store);
    let beside: Vec<_> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        !beside
            .iter()
            .any(|name| name.to_string_lossy().starts_with(".out")),
        "{beside:?}"
    );
    project.run(&ingest).ends(0).says(&["made edition 2"]);
    project
        .run(&["report", "living_wage", "--restricted"])
        .ends(0);
}

/// Runs the program as somebody whom permissions bind; nothing where that
/// cannot be had.
fn run_bound(project: &Project, args: &[&str]) -> Option<Ran> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paybench"));
    command.args(args).current_dir(project.path());
    if is_root(project) {
        command.uid(NOBODY).gid(NOBODY);
    }
    match command.output() {
        Ok(output) => Some(Ran::of(output, args)),
        Err(error) => {
            eprintln!("skipped: nobody else may run the program: {error}");
            None
        }
    }
}

const NOBODY: u32 = 65_534;

/// Whether permissions bind nobody here.
fn is_root(project: &Project) -> bool {
    let shut = project.join("shut");
    std::fs::create_dir_all(&shut).unwrap();
    mode(&shut, 0o555);
    std::fs::write(shut.join("try"), "").is_ok()
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Gives everything to whoever is bound by permissions.
fn give(project: &Project) {
    if !is_root(project) {
        return;
    }
    let mut folders = vec![project.path().to_path_buf()];
    while let Some(path) = folders.pop() {
        std::os::unix::fs::chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.is_dir() {
            folders.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
}

#[test]
fn a_permission_that_is_taken_away_costs_neither_edition_nor_release() {
    let project = published();
    give(&project);
    let (store, out) = (tree(&project.join("store")), tree(&project.join("out")));
    let period = project.join(&format!("store/period={PERIOD}"));
    let ingest = ["ingest", "in", "--period", PERIOD];
    mode(&period, 0o555);
    let Some(ran) = run_bound(&project, &ingest) else {
        return;
    };
    ran.ends(74)
        .says(&["store/period=2026-09-30/0002-", "denied"]);
    same_tree(&project.join("store"), &store);
    // Nor may somebody read it any more.
    mode(&period, 0o000);
    run_bound(&project, &["query", "SELECT 1"])
        .unwrap()
        .ends(74)
        .says(&["store"]);
    mode(&period, 0o755);
    mode(project.path(), 0o555);
    let report = ["report", "living_wage", "--restricted"];
    run_bound(&project, &report)
        .unwrap()
        .ends(74)
        .says(&["denied"]);
    same_tree(&project.join("out"), &out);
    mode(project.path(), 0o755);
    run_bound(&project, &ingest)
        .unwrap()
        .ends(0)
        .says(&["made edition 2"]);
    run_bound(&project, &report).unwrap().ends(0);
}
