//! The shell, from a pipe and at a terminal.

use std::process::Command;
use std::sync::OnceLock;

use crate::util::{PERIOD, Project, fixture, same_tree, small_return, tree};

/// The small return, ingested once.
fn tiny() -> &'static Project {
    static TINY: OnceLock<Project> = OnceLock::new();
    TINY.get_or_init(|| {
        let project = Project::new();
        project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
        project
    })
}

const COUNT: &str = "SELECT count(*) AS n FROM workers";

#[test]
fn statements_from_a_pipe_are_answered_as_query_answers_them() {
    let project = tiny();
    let before = tree(project.path());
    let text = format!(
        "{COUNT};\n\nSELECT sector, -- a comment;\n  ';' AS x\nFROM workplaces\nORDER BY sector LIMIT 1; {COUNT};\npay_by_sector\npay_by_sector;\n{COUNT}"
    );
    let ran = project
        .run_on(&["shell", "--format", "csv"], &text)
        .ends(0)
        .says(&["nothing is withheld"]);
    let protected = project
        .run(&["query", "pay_by_sector", "--format", "csv"])
        .ends(0)
        .stdout;
    assert!(protected.contains("[c]"));
    assert_eq!(
        ran.stdout,
        format!("n\n40\nsector,x\nindependent,;\nn\n40\n{protected}{protected}n\n40\n")
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    same_tree(project.path(), &before);
    for (restricted, marker) in [(&[][..], true), (&["--restricted"], false)] {
        let args = [&["shell"], restricted].concat();
        let ran = project.run_on(&args, "pay_by_sector;").ends(0);
        assert_eq!(ran.stdout.contains("[c]"), marker);
    }
    assert_eq!(project.run_on(&["shell"], "").ends(0).stdout, "");
    assert_eq!(
        project
            .run_on(&["shell"], " -- only this\n;;\n")
            .ends(0)
            .stdout,
        ""
    );
}

#[test]
fn the_first_failure_decides_the_exit_code_and_ends_nothing() {
    let project = tiny();
    let text =
        format!("{COUNT};\nSELECT pay FROM workers;\nDROP TABLE workers;\n\\nothing\n{COUNT};");
    let ran = project
        .run_on(&["shell"], &text)
        .ends(64)
        .says(&[
            "there is no column `pay`\n  line 1, column 8:\n  | SELECT pay FROM workers\n  |        ^^^\n",
            "hint: there are pay_basis, pay_rate",
            "only queries are allowed here",
            "there is no command `\\nothing`",
        ]);
    assert_eq!(ran.stdout.matches("40").count(), 2);
    // A disk that is full is another matter than a mistake.
    let text = format!("\\o no/such/folder.csv\n{COUNT};\nSELECT;");
    project.run_on(&["shell"], &text).ends(74);
    project
        .run_on(&["shell", "--store", "nowhere"], COUNT)
        .ends(65);
    let two = project.run(&["query", "SELECT 1; SELECT 2"]).ends(64);
    assert_eq!(two.stdout, "");
}

#[test]
fn commands_describe_set_and_leave() {
    let project = tiny();
    let read = |text: &str| project.run_on(&["shell"], text).ends(0);
    assert!(read("\\d").stdout.contains("pay_gap"));
    assert!(read("\\d workers\n").stdout.contains("worker_key"));
    assert!(read("\\d jobs").stdout.contains("role_group"));
    let listed = read("\\l").stdout;
    assert!(
        listed.contains("pay_gap") && !listed.contains("worker_key"),
        "{listed}"
    );
    assert!(read("\\?").stdout.contains("\\refresh"));
    assert_eq!(read("\\q\nSELECT 1;").stdout, "");
    assert_eq!(read("SELECT 1 AS a; \\q\nSELECT 2;").stdout, " a\n 1\n");
    assert_eq!(
        read("\\format csv\n\\format\nSELECT 1 AS a;").stdout,
        "csv\na\n1\n"
    );
    read("\\timing\nSELECT 1;").says(&["timing is on", " s\n"]);
    project
        .run_on(&["shell"], "\\d workrs\n\\format png\n\\o\n")
        .ends(64)
        .says(&[
            "hint: there is workers",
            "there are table, csv",
            "\\o needs",
        ]);
    // A value lasts; a query takes those that it has.
    let costs = read(
        "\\format csv\n\\param floor=15.00\n\\param other=1\ncost_to_comply\n\\param\nSELECT $floor AS f FROM workers WHERE pay_rate < $floor LIMIT 1;",
    );
    let alone = [
        "query",
        "cost_to_comply",
        "--param",
        "floor=15.00",
        "--format",
        "csv",
    ];
    let alone = project.run(&alone).ends(0).stdout;
    assert_eq!(
        costs.stdout,
        format!("{alone}floor=15.00\nother=1\nf\n15.0000\n")
    );
    project
        .run_on(
            &["shell"],
            "\\param floor=many\ncost_to_comply\n\\param floor=\ncost_to_comply",
        )
        .ends(64)
        .says(&["`many` is no decimal", "hint: floor is a plain number"]);
    project
        .run_on(
            &["shell"],
            "SELECT $least FROM workers WHERE pay_rate > $least;",
        )
        .ends(64)
        .says(&["\\param least=DECIMAL"]);
}

#[test]
fn one_result_goes_to_a_file_in_the_format_of_its_ending() {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    let text = format!(
        "\\o n.csv\n{COUNT};\n{COUNT};\n\\o n.json\n{COUNT};\n\\o gap.xlsx\npay_gap\n\\o n.parquet\n{COUNT};"
    );
    let ran = project.run_on(&["shell"], &text).ends(0);
    assert_eq!(ran.stdout, "  n\n 40\n");
    assert_eq!(project.read("n.csv"), "n\n40\n");
    assert_eq!(project.json("n.json"), serde_json::json!([{"n": 40}]));
    assert!(
        std::fs::read(project.join("gap.xlsx"))
            .unwrap()
            .starts_with(b"PK")
    );
    assert!(project.join("n.parquet").exists());
    project
        .run_on(&["shell"], "\\format xlsx\npay_gap")
        .ends(64)
        .says(&["\\o FILE"]);
}

/// Talks to the shell at a terminal of its own; the arguments are the program and the
/// store, the lines of stdin what is typed once the text before the tab is on the screen.
const TERMINAL: &str = r#"
import os, pty, select, sys, time
program, store = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program, "shell", "--store", store])
seen = b""
def read(wanted):
    global seen
    end = time.monotonic() + 60
    while wanted not in seen:
        if time.monotonic() > end:
            sys.exit(f"{wanted!r} never came; the screen: {seen!r}")
        if select.select([fd], [], [], 0.1)[0]:
            try:
                seen += os.read(fd, 65536)
            except OSError:
                if wanted:
                    sys.exit(f"{wanted!r} never came; the screen: {seen!r}")
                return
    seen = seen[seen.index(wanted) + len(wanted):]
for line in sys.stdin.read().splitlines():
    wanted, typed = line.split("\t")
    read(wanted.encode())
    time.sleep(0.5)
    os.write(fd, typed.encode().decode("unicode_escape").encode("latin-1"))
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print("left with", code)
"#;

/// What the shell at a terminal does: lines of what is waited for, a tab, what is typed.
fn at_terminal(project: &Project, environment: &[(&str, &str)], lines: &str) -> String {
    use std::io::Write;
    let mut child = Command::new("python3")
        .args(["-c", TERMINAL, env!("CARGO_BIN_EXE_paybench"), "store"])
        .current_dir(project.path())
        .env_remove("NO_COLOR")
        .envs([("TERM", "xterm"), ("PAGER", "")])
        .env("XDG_STATE_HOME", project.join("state"))
        .envs(environment.iter().copied())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
    assert_eq!(out.trim(), "left with 0", "{err}");
    out
}

#[cfg(unix)]
#[test]
fn at_a_terminal_lines_are_edited_and_a_statement_can_be_stopped() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    let lines = [
        // Names are completed, a statement has several lines, keywords a colour.
        "> \tSELECT count(*) AS n\\rFROM worke\\t;\\r",
        // Ctrl-C clears what is typed, and stops what runs.
        " 40\tSELECT nonsense\\x03",
        "nonsense\tSELECT count(*) FROM generate_series(1, 9000000000000);\\r",
        ";\t\\x03",
        "error: stopped\t\\x1b[A\\x03",
        // The history brings a statement back whole.
        "9000000000000\tpay_gap\\r",
        "protected\t\\x1b[A\\x1b[A\\x1b[A\\r",
        " 40\t\\x04",
    ];
    at_terminal(&project, &[], &lines.join("\n"));
    let history = project.join("state/paybench/shell_history");
    let mode = std::fs::metadata(&history).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let kept = std::fs::read_to_string(&history).unwrap();
    assert!(
        kept.starts_with("#V2\nSELECT count(*) AS n\\nFROM workers ;\n"),
        "{kept}"
    );
    assert!(!kept.contains("nonsense"), "{kept}");
    // Colours are for those who want them.
    let coloured =
        "> \tSELECT 1 AS a;\n\u{1b}[34mSELECT\u{1b}[0m \u{1b}[36m1\u{1b}[0m\t\\r\n 1\t\\x04";
    at_terminal(&project, &[], coloured);
    let plain = "> \tSELECT 1 AS a;\nSELECT 1 AS a;\t\\r\n 1\t\\x04";
    at_terminal(&project, &[("NO_COLOR", "1")], plain);
    // Where no history can be kept there is none, and a long result goes to the pager.
    let pager = "> \tpay_gap\\r\nPAGED\t\\x04";
    let environment = [
        ("XDG_STATE_HOME", "/dev/null"),
        ("PAGER", "echo PAGED; cat > /dev/null"),
    ];
    at_terminal(&project, &environment, pager);
}

#[test]
fn a_session_stays_on_its_edition_until_it_is_told() {
    use std::io::{BufRead, BufReader, Write};
    let project = Project::new();
    small_return(&project, "a", "A", &[("R1", "13.00")]);
    project.ingest(&["a"], PERIOD).ends(0);
    let mut child = Command::new(env!("CARGO_BIN_EXE_paybench"))
        .args(["shell", "--format", "csv"])
        .current_dir(project.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |text: &str| {
        input.write_all(text.as_bytes()).unwrap();
        (
            output.next().unwrap().unwrap(),
            output.next().unwrap().unwrap(),
        )
    };
    let count = format!("{COUNT};\n");
    assert_eq!(ask(&count).1, "1");
    small_return(&project, "b", "B", &[("R1", "13.00"), ("R2", "14.00")]);
    project.ingest(&["b"], PERIOD).ends(0);
    assert_eq!(ask(&count).1, "1");
    assert_eq!(ask(&format!("\\refresh\n{count}")).1, "3");
    drop(input);
    assert!(child.wait().unwrap().success());
}
