//! A folder to work in, and small readers of what comes out.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The period of most returns here.
pub const PERIOD: &str = "2026-09-30";

/// A temporary folder in which the program runs.
pub struct Project {
    folder: TempDir,
}

/// What one run gave.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    command: String,
}

/// A row of CSV by the names of its columns.
pub type Row = BTreeMap<String, String>;

impl Project {
    pub fn new() -> Project {
        Project {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn join(&self, below: &str) -> PathBuf {
        self.path().join(below)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, below: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, below: &str) -> String {
        let path = self.join(below);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn rows(&self, below: &str) -> Vec<Row> {
        rows(&self.read(below))
    }

    pub fn json(&self, below: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(below)).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paybench"));
        command
            .args(args)
            .current_dir(self.path())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap(), args)
    }

    /// Runs the program with more in its environment.
    pub fn run_with(&self, args: &[&str], environment: &[(&str, impl AsRef<OsStr>)]) -> Ran {
        let mut command = self.command(args);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Ran::of(command.output().unwrap(), args)
    }

    /// Runs the program to its end with a text on stdin.
    pub fn run_on(&self, args: &[&str], stdin: &str) -> Ran {
        use std::io::Write;
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let text = stdin.to_owned();
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = child.wait_with_output().unwrap();
        // Whoever leaves early reads no further.
        let _ = writer.join().unwrap();
        Ran::of(output, args)
    }

    /// Starts the program and does not wait for it.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// `ingest` of paths below the folder, or of absolute ones.
    pub fn ingest(&self, paths: &[&str], period: &str) -> Ran {
        let mut args = vec!["ingest"];
        args.extend(paths);
        args.extend(["--period", period]);
        self.run(&args)
    }

    /// What `check` finds: its exit code and findings.
    #[track_caller]
    pub fn check(&self, path: &str) -> (i32, Vec<Row>) {
        let ran = self.run(&["check", path, "--period", PERIOD, "--format", "csv"]);
        (ran.code, rows(&ran.stdout))
    }

    /// The rows of a query on the newest edition.
    #[track_caller]
    pub fn query(&self, sql: &str) -> Vec<Row> {
        rows(&self.run(&["query", sql, "--format", "csv"]).ends(0).stdout)
    }

    /// The single value of a query.
    #[track_caller]
    pub fn value(&self, sql: &str) -> String {
        let rows = self.query(sql);
        assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql}: {rows:?}");
        rows[0].values().next().unwrap().clone()
    }
}

impl Ran {
    pub fn of(output: Output, args: &[&str]) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            command: args.join(" "),
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        assert_eq!(
            self.code, code,
            "exit code of `paybench {}`\n-- stdout\n{}-- stderr\n{}",
            self.command, self.stdout, self.stderr
        );
        self
    }

    /// Asserts that stderr holds each of these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "`{text}` is not in stderr:\n{}",
                self.stderr
            );
        }
        self
    }

    /// Asserts that stderr holds none of these texts.
    #[track_caller]
    pub fn never_says(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(
                !self.stderr.contains(text),
                "`{text}` is in stderr:\n{}",
                self.stderr
            );
        }
        self
    }
}

/// A file or folder of `fixtures/`.
pub fn fixture(below: &str) -> String {
    format!("{}/fixtures/{below}", env!("CARGO_MANIFEST_DIR"))
}

/// Rows of CSV text.
pub fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let named = |record: csv::StringRecord| {
        header
            .iter()
            .map(str::to_owned)
            .zip(record.iter().map(str::to_owned))
            .collect()
    };
    reader
        .records()
        .map(|record| named(record.unwrap()))
        .collect()
}

/// The first row whose columns have these values.
#[track_caller]
pub fn find<'a>(rows: &'a [Row], wanted: &[(&str, &str)]) -> &'a Row {
    rows.iter()
        .find(|row| {
            wanted
                .iter()
                .all(|(column, value)| row.get(*column).is_some_and(|v| v == value))
        })
        .unwrap_or_else(|| panic!("no row with {wanted:?} in {rows:#?}"))
}

/// Every file below a folder with its SHA-256; folders end in `/`.
pub fn tree(root: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                found.insert(format!("{name}/"), String::new());
                walk(root, &path, found);
            } else {
                found.insert(name, sha256(&std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// Asserts that a folder is as it was, and names what differs.
#[track_caller]
pub fn same_tree(root: &Path, before: &BTreeMap<String, String>) {
    let now = tree(root);
    let changed: Vec<&String> = before
        .keys()
        .chain(now.keys())
        .filter(|name| before.get(*name) != now.get(*name))
        .collect();
    assert!(changed.is_empty(), "no longer as it was: {changed:#?}");
}

/// SHA-256, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A decimal text as a whole number of ten-thousandths.
pub fn scaled(text: &str) -> i128 {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or((1, text), |digits| (-1, digits));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(places.len() <= 4, "{text}");
    sign * format!("{whole}{places:0<4}").parse::<i128>().unwrap()
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// The one workplace of a small return: header and row.
pub fn workplace(provider: &str, place: &str, sector: &str) -> String {
    format!("provider_id,workplace_id,sector\n{provider},{place},{sector}\n")
}

/// A workers file of one provider and workplace: reference and pay rate.
pub fn workers(provider: &str, place: &str, pay: &[(&str, &str)]) -> String {
    let mut text =
        "provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate\n"
            .to_owned();
    for (reference, rate) in pay {
        text.push_str(&format!(
            "{provider},{place},{reference},care_worker,permanent,37,hourly,{rate}\n"
        ));
    }
    text
}

/// A return with one workplace and as many workers as rates.
pub fn small_return(project: &Project, id: &str, provider: &str, pay: &[(&str, &str)]) {
    project.write(
        &format!("{id}/workplaces.csv"),
        workplace(provider, "P1", "independent"),
    );
    project.write(&format!("{id}/workers.csv"), workers(provider, "P1", pay));
}
