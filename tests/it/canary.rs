//! The search for personal values in all that the program says and leaves.
//! Names of files and folders are no part of it: they are stored on purpose,
//! so that a figure can be traced, and README.md says so.

use std::collections::BTreeSet;
use std::path::Path;

use crate::util::{PERIOD, Project, Ran};

/// What is looked for: in capitals or not, in any file or stream.
pub const CANARY: &str = "canary";

/// Birth dates of no other use, in the forms that files and messages have.
const BIRTHS: [&str; 9] = [
    "1913-07-19",
    "19/07/1913",
    "19.07.1913",
    "19130719",
    "1913-07-20",
    "20/07/1913",
    "31/02/1913",
    "2031-07-19",
    "19/07/2031",
];

/// The commands that [`nothing_leaks`] and [`nothing_leaves`] run.
const RUN: [&str; 13] = [
    "check", "compare", "evidence", "feedback", "handover", "ingest", "key", "query", "report",
    "run", "shell", "trace", "withdraw",
];

/// The commands that see no return and no row of a store; `serve` is asked for every
/// table in tests/serve.
const BLIND: [&str; 10] = [
    "completions",
    "demo",
    "describe",
    "editions",
    "help",
    "init",
    "man",
    "rates",
    "serve",
    "verify",
];

/// Asserts that bytes hold no personal value: as text, in UTF-16, in
/// hexadecimal, in capitals or not.
#[track_caller]
pub fn clean(place: &str, bytes: &[u8]) {
    let plain = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let narrow: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let narrow = String::from_utf8_lossy(&narrow).to_ascii_lowercase();
    for wanted in [CANARY].iter().chain(&BIRTHS) {
        let hex: String = wanted.bytes().map(|byte| format!("{byte:02x}")).collect();
        for (text, wanted) in [(&plain, *wanted), (&narrow, *wanted), (&plain, &hex)] {
            let near = text.find(wanted).map(|at| {
                let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                text[line..].chars().take(300).collect::<String>()
            });
            assert!(
                near.is_none(),
                "{place} holds the personal value {wanted}: {near:?}"
            );
        }
    }
}

#[track_caller]
fn clean_streams(ran: &Ran) {
    clean("stdout", ran.stdout.as_bytes());
    clean("stderr", ran.stderr.as_bytes());
}

/// Asserts that no file below a folder holds a personal value, in its bytes or,
/// for compression hides text, in the values of a table and the parts of a book.
#[track_caller]
fn clean_folder(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let shown = path.display().to_string();
        clean("a file's name", shown.as_bytes());
        if path.is_dir() {
            clean_folder(&path);
            continue;
        }
        clean(&shown, &std::fs::read(&path).unwrap());
        if path.extension().is_some_and(|name| name == "parquet") {
            for row in crate::release::parquet_rows(&path) {
                clean(&shown, row.join(",").as_bytes());
            }
        }
        if path
            .extension()
            .is_some_and(|name| name == "xlsx" || name == "ods")
        {
            for (part, bytes) in crate::spreadsheets::parts(&path) {
                clean(&format!("{shown}, {part}"), &bytes);
            }
        }
    }
}

/// Runs a command and looks at what it says. Temporary files have no place to
/// go, so none holds anything while it runs either.
#[track_caller]
fn run(project: &Project, args: &[&str], code: i32) {
    let nowhere = project.join("no such folder");
    let said = project.run_with(args, &[("TMPDIR", &nowhere)]).ends(code);
    clean_streams(&said);
}

/// Runs the commands that read the returns in `in` or rows of the store, and
/// looks at all that each says and at every file that there is afterwards.
pub fn nothing_leaks(project: &Project) {
    std::fs::create_dir(project.join("own")).unwrap();
    let run = |args: &[&str], code: i32| run(project, args, code);
    // An example may have warnings only; others have rejected rows too.
    let code = project.run(&["check", "in", "--period", PERIOD]).code;
    assert!([10, 20].contains(&code), "there is something to tell of");
    for format in ["text", "json", "csv", "html"] {
        run(
            &["check", "in", "--period", PERIOD, "--format", format],
            code,
        );
        run(
            &["check", "in", "-vv", "--period", PERIOD, "--format", format],
            code,
        );
    }
    run(&["-vv", "ingest", "in", "--period", PERIOD], code);
    run(&["ingest", "in", "--period", PERIOD], code);
    for table in ["workers", "findings"] {
        let sql = format!("SELECT * FROM {table}");
        for format in ["table", "csv", "json"] {
            run(&["query", &sql, "--format", format], 0);
        }
        for format in ["parquet", "xlsx", "ods"] {
            let file = format!("own/{table}.{format}");
            run(&["query", &sql, "--format", format, "--output", &file], 0);
        }
    }
    let shell = "SELECT * FROM workers;\nSELECT * FROM findings;\n";
    clean_streams(&project.run_on(&["-vv", "shell"], shell).ends(0));
    // A query that fails on a row says what it fell over.
    run(
        &[
            "-vv",
            "query",
            "SELECT CAST(worker_key AS BIGINT) FROM workers",
        ],
        64,
    );
    run(&["-vv", "key", "rotate"], 0);
    run(&["-vv", "key", "id"], 0);
    clean_project(project);
}

/// Runs the commands that make something to hand out, after [`nothing_leaks`]:
/// what they show comes from the store, which was searched then.
pub fn nothing_leaves(project: &Project) {
    let run = |args: &[&str], code: i32| run(project, args, code);
    run(&["-vv", "report", "--out", "own/protected"], 0);
    let args = ["-vv", "compare", "--restricted", "--out", "own/restricted"];
    run(&args, 0);
    let all = ["role_group=all", "sector=all", "standard=nlw_nmw"];
    for (format, release) in [
        ("table", "own/restricted"),
        ("csv", "own/protected"),
        ("json", "own/restricted"),
    ] {
        let mut args = vec!["-vv", "trace", "living_wage", "tested"];
        args.extend(all);
        args.extend(["--restricted", "--release", release, "--format", format]);
        run(&args, 0);
    }
    let sql = "SELECT min(provider_id) FROM workplaces";
    let provider = project.run(&["query", sql, "--format", "csv"]).ends(0);
    let provider = provider.stdout.lines().nth(1).unwrap().to_owned();
    let args = [
        "-vv",
        "evidence",
        &provider,
        "--restricted",
        "--out",
        "own/evidence",
    ];
    run(&args, 0);
    let args = [
        "-vv",
        "feedback",
        &provider,
        "--restricted",
        "--out",
        "own/feedback",
    ];
    run(&args, 0);
    project.write(
        "paybench.toml",
        format!("returns = [\"in\"]\nperiod = \"{PERIOD}\"\nstore = \"other\"\nout = \"job\"\nrestricted = true\n"),
    );
    run(&["-vv", "run"], 20);
    run(&["-vv", "handover", "--output", "own/handover.md"], 0);
    run(&["-vv", "withdraw", &provider, "--store", "other"], 0);
    clean_project(project);
}

/// Looks at every file but the returns.
#[track_caller]
fn clean_project(project: &Project) {
    for entry in std::fs::read_dir(project.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("in") {
            clean_folder(&path);
        } else if path.is_file() {
            clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn the_search_itself_finds_what_it_looks_for() {
    let found = |bytes: &[u8]| std::panic::catch_unwind(|| clean("here", bytes)).is_err();
    let wide: Vec<u8> = "Canary".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        &b"so a Canary sings"[..],
        b"born 20/07/1913",
        b"63616e617279",
        &wide,
    ] {
        assert!(found(bytes), "{bytes:?}");
    }
    assert!(!found(b"nothing"));
}

#[test]
fn the_search_runs_every_command_there_is() {
    let help = Project::new().run(&["--help"]).ends(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap();
    let commands: BTreeSet<&str> = commands
        .split("\n\n")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let known: BTreeSet<&str> = RUN.into_iter().chain(BLIND).collect();
    assert_eq!(
        commands, known,
        "run the command in nothing_leaks or nothing_leaves, or name it among those that see no row"
    );
}

/// What a panic has to say may hold a value of a return.
#[test]
fn a_panic_says_where_and_not_what() {
    use std::sync::{Arc, Mutex};
    let said = Arc::new(Mutex::new(Vec::new()));
    let (heard, own) = (Arc::clone(&said), std::thread::current().id());
    let before = Arc::new(std::panic::take_hook());
    let other = Arc::clone(&before);
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == own {
            heard.lock().unwrap().push(paybench::cli::fault(panic));
        } else {
            other(panic);
        }
    }));
    let personal = format!("Canary, born {}", BIRTHS[0]);
    for ended in [
        std::panic::catch_unwind(|| panic!("{personal}")),
        std::panic::catch_unwind(|| assert_eq!(personal, "somebody else")),
        std::panic::catch_unwind(|| {
            assert!(personal.parse::<u8>().map_err(|_| &personal).unwrap() > 0);
        }),
        std::panic::catch_unwind(|| std::panic::panic_any(personal.clone())),
    ] {
        assert!(ended.is_err());
    }
    let _ = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| before(panic)));
    let said = said.lock().unwrap();
    assert_eq!(said.len(), 4);
    for message in said.iter() {
        // The place is in this very file, whose name is the word.
        let message = message.replace(file!(), "HERE");
        clean("a panic", message.as_bytes());
        assert!(message.contains("HERE:"), "{message}");
    }
}
