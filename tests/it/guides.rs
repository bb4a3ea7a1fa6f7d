//! The guides of the README: every line of theirs is run as it stands, and
//! ends with the exit code that it says.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::util::Project;

/// The `sh` blocks below a heading, up to the next one.
fn script(heading: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, guide) = readme.split_once(&format!("\n### {heading}")).unwrap();
    let guide = guide.split("\n## ").next().unwrap();
    let guide = guide.split("\n### ").next().unwrap();
    let blocks = guide.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split_once("```").unwrap().0)
        .collect()
}

/// The exit codes that the lines of a script say of their commands.
fn expected(script: &str) -> Vec<String> {
    let said = |line: &str| {
        let (command, comment) = line.split_once("    # ends with ").unwrap_or((line, "0"));
        let code: String = comment.chars().take_while(char::is_ascii_digit).collect();
        format!("{code} {}", command.trim().split(' ').nth(1).unwrap())
    };
    let lines = script.lines().filter(|line| line.starts_with("paybench "));
    lines.map(said).collect()
}

/// Runs a guide, each paybench of it noted with its exit code.
fn follow(heading: &str) -> Project {
    let project = Project::new();
    let script = script(heading);
    let noted = project.join("noted");
    let shim = project.write(
        "bin/paybench",
        format!(
            "#!/bin/sh\n'{}' \"$@\"\ncode=$?\necho \"$code $1\" >> '{}'\nexit $code\n",
            env!("CARGO_BIN_EXE_paybench"),
            noted.display()
        ),
    );
    std::fs::set_permissions(&shim, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        shim.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let file = project.write("guide.sh", &script);
    let ran = Command::new("sh")
        .arg(file)
        .current_dir(project.path())
        .env("PATH", path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    let noted: Vec<String> = project.read("noted").lines().map(str::to_owned).collect();
    assert_eq!(noted, expected(&script), "{said}");
    assert!(ran.status.success(), "the last command: {said}");
    for wrong in ["not found", "No such file", "internal fault"] {
        assert!(!said.contains(wrong), "{said}");
    }
    project
}

#[test]
fn a_unions_guide() {
    let project = follow("A union");
    let mail = project.read("union/last-mail.txt");
    assert!(mail.starts_with("Subject: paybench 2026-09-30: "), "{mail}");
    assert!(mail.contains("LIMIT BREACHED"), "{mail}");
    let changes = &project.json("union/out/summary.json")["changes_since_last_release"];
    assert_eq!(changes["settings"][0]["what"], "limit");
}

#[test]
fn a_regulators_guide() {
    let project = follow("A regulator");
    assert!(project.read("audit/cwm-derw.html").contains("care_wroker"));
    assert!(project.join("audit/evidence/verify.py").exists());
}

#[test]
fn an_analysts_guide() {
    let project = follow("An analyst");
    let page = project.read("analysis/note/pay_note.html");
    assert!(
        page.contains("<h1>A note on pay</h1>") && page.contains("£"),
        "{page}"
    );
    // What the guide's own comparison rests on decides about its rows.
    let args = ["--param", "rate=22.00", "--format", "csv"];
    let show = |more: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_paybench"))
            .args(["query", "night_pay"])
            .args(args)
            .args(more)
            .current_dir(project.join("analysis"))
            .output()
            .unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    let (open, all) = (show(&[]), show(&["--restricted"]));
    assert!(open.contains("[c]") && !all.contains("[c]"), "{open}{all}");
    assert_eq!(open.lines().count(), all.lines().count());
}
