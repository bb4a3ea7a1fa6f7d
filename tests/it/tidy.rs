//! The invariants of ARCHITECTURE.md, held by reading the source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each module may use besides itself.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("model", &[]),
    ("returns", &["model"]),
    ("ingest", &["model", "returns"]),
    ("store", &["model", "returns", "ingest"]),
    ("engine", &["model"]),
    (
        "compare",
        &["model", "returns", "ingest", "store", "engine"],
    ),
    ("protect", &["model", "compare"]),
    ("report", &["model", "compare"]),
    (
        "release",
        &[
            "model", "returns", "ingest", "store", "engine", "compare", "protect", "report",
        ],
    ),
    (
        "cli",
        &[
            "model", "returns", "ingest", "store", "engine", "compare", "protect", "report",
            "release",
        ],
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder with their text, by path below the project.
fn files(folder: &str, extension: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

/// The lines of code: without comments and without the unit tests at the end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

fn module(file: &str) -> &str {
    let below = file.trim_start_matches("src/");
    below.split(['/', '.']).next().unwrap()
}

#[test]
fn data_flow_one_way() {
    let mut wrong = Vec::new();
    for (file, text) in files("src", "rs") {
        let own = module(&file);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == own) else {
            assert!(
                ["lib", "main"].contains(&own),
                "{file} is in no known module"
            );
            continue;
        };
        for line in code(&text) {
            for used in line.split("crate::").skip(1) {
                let used = used
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
                    .unwrap();
                if used != own && !allowed.contains(&used) {
                    wrong.push(format!("{file} uses {used}: {}", line.trim()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_library_is_known_in_one_place() {
    let mut wrong = Vec::new();
    for (file, text) in files("src", "rs") {
        for line in code(&text) {
            for (library, homes) in [
                ("datafusion::", &["engine"][..]),
                ("object_store::", &["store", "engine"]),
                ("minijinja::", &["report"]),
                ("clap::", &["cli"]),
                ("println!", &[]),
                ("eprintln!", &[]),
                ("std::io::stdout", &["cli"]),
                ("std::io::stderr", &["cli"]),
            ] {
                if line.contains(library) && !homes.contains(&module(&file)) {
                    wrong.push(format!("{file}: {}", line.trim()));
                }
            }
            let talks = line.contains("stdout()") || line.contains("stderr()");
            if talks && !["src/cli/terminal.rs", "src/cli/mod.rs"].contains(&file.as_str()) {
                wrong.push(format!("{file} prints: {}", line.trim()));
            }
            if file.starts_with("src/model/")
                && ["std::fs", "std::net", "arrow::", "SELECT "]
                    .iter()
                    .any(|word| line.contains(word))
            {
                wrong.push(format!("{file}: {}", line.trim()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_float_comes_near_money() {
    for (file, text) in files("src", "rs") {
        // The numbers of that format are floats, as are its library's.
        if file == "src/report/sheets/xlsx.rs" {
            continue;
        }
        for line in code(&text) {
            let floats = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            for word in floats {
                assert!(
                    !["f32", "f64", "Float32", "Float64"].contains(&word),
                    "{file}: {line}"
                );
            }
        }
    }
    let rules = files("queries/rules", "toml");
    for (file, text) in files("queries", "sql").into_iter().chain(rules) {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            // What a rule says in words is no SQL.
            .filter(|line| {
                !file.ends_with(".toml") || !line.contains(" = \"") || line.starts_with("unmet")
            })
        {
            let upper = line.to_uppercase();
            for word in upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                assert!(
                    ![
                        "DOUBLE",
                        "FLOAT",
                        "REAL",
                        "MEDIAN",
                        "AVG",
                        "PERCENTILE_CONT",
                        "APPROX_MEDIAN"
                    ]
                    .contains(&word),
                    "{file}: {line}"
                );
            }
        }
    }
}

#[test]
fn every_comparison_ends_in_an_order_and_says_what_may_leave() {
    for (file, text) in files("queries", "sql") {
        if file.starts_with("queries/views/") {
            continue;
        }
        let last = text.rsplit(')').next().unwrap();
        assert!(last.contains("ORDER BY"), "{file} has no total order");
        assert!(
            text.contains("\n-- disclosure: "),
            "{file} says nothing about disclosure"
        );
        for key in ["title", "description", "units"] {
            assert!(text.contains(&format!("-- {key}: ")), "{file} has no {key}");
        }
    }
}

#[test]
fn roles_in_sql_are_the_roles_of_the_code_list() {
    let view = &files("queries", "sql")["queries/views/roles.sql"];
    let sql: Vec<&str> = view
        .lines()
        .filter(|line| !line.starts_with("--"))
        .collect();
    let words: Vec<&str> = sql
        .iter()
        .flat_map(|line| line.split('\'').skip(1).step_by(2))
        .collect();
    let pairs: BTreeMap<&str, &str> = words.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let codes = &paybench::model::schema::CODES["role"];
    let known: BTreeMap<&str, &str> = codes
        .iter()
        .map(|(role, group)| (role.as_str(), group.as_str().unwrap()))
        .collect();
    assert_eq!(pairs, known);
}

#[test]
fn one_copy_of_each_engine_library() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for library in ["arrow", "parquet", "object_store", "datafusion"] {
        let name = format!("name = \"{library}\"");
        assert_eq!(
            lock.lines().filter(|line| *line == name).count(),
            1,
            "{library}"
        );
    }
}

#[test]
fn files_stay_readable() {
    for (file, text) in files("src", "rs") {
        assert!(text.lines().count() <= 500, "{file} is two things");
        assert!(
            text.starts_with("//!") || text.starts_with("#!["),
            "{file} does not say what it is"
        );
    }
}
