//! SQL that can only read.

use std::sync::OnceLock;

use crate::util::{PERIOD, Project, find, fixture, rows, same_tree, tree};

/// The small return, ingested once.
fn tiny() -> &'static Project {
    static TINY: OnceLock<Project> = OnceLock::new();
    TINY.get_or_init(|| {
        let project = Project::new();
        project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
        project.write("own.csv", "a,b\n1,2\n");
        project
    })
}

#[test]
fn whatever_would_change_or_set_anything_is_refused_and_changes_nothing() {
    let project = tiny();
    let before = tree(project.path());
    for sql in [
        "INSERT INTO workers SELECT * FROM workers",
        "INSERT INTO workplaces (provider_id) VALUES ('X')",
        "UPDATE workers SET pay_rate = 1",
        "DELETE FROM workers",
        "TRUNCATE TABLE workers",
        "COPY workers TO 'stolen.csv'",
        "COPY (SELECT * FROM workers) TO 'stolen.parquet' STORED AS PARQUET",
        "CREATE TABLE mine AS SELECT * FROM workers",
        "CREATE VIEW mine AS SELECT * FROM workers",
        "CREATE EXTERNAL TABLE mine STORED AS CSV LOCATION 'own.csv'",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE FUNCTION f(double) RETURNS double RETURN $1",
        "DROP TABLE workers",
        "DROP VIEW jobs",
        "ALTER TABLE workers ADD COLUMN x int",
        "SET datafusion.execution.batch_size = 1",
        "RESET datafusion.execution.batch_size",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "SELECT 1; DROP TABLE workers",
        "EXPLAIN ANALYZE INSERT INTO workers SELECT * FROM workers",
        "SELECT * INTO mine FROM workers",
    ] {
        let ran = project.run(&["query", sql]).ends(64).says(&["error: "]);
        assert_eq!(ran.stdout, "", "{sql}");
        same_tree(project.path(), &before);
    }
    assert_eq!(project.value("SELECT count(*) FROM workers"), "40");
}

#[test]
fn no_file_is_read_by_its_path() {
    let project = tiny();
    let own = project.join("own.csv").display().to_string();
    let stored = tree(&project.join("store"))
        .into_keys()
        .find(|name| name.ends_with("workers.parquet"))
        .unwrap();
    let stored = project.join("store").join(stored).display().to_string();
    let paths = [
        "own.csv",
        own.as_str(),
        stored.as_str(),
        "/etc/passwd",
        "file:///etc/passwd",
        "paybench.key",
    ];
    let mut statements: Vec<String> = paths
        .iter()
        .map(|path| format!("SELECT * FROM '{path}'"))
        .collect();
    for function in ["read_csv", "read_parquet", "parquet_metadata"] {
        statements.push(format!("SELECT * FROM {function}('{stored}')"));
    }
    statements.push(format!("SELECT * FROM \"{own}\""));
    for sql in statements {
        let ran = project.run(&["query", &sql]).ends(64);
        assert_eq!(ran.stdout, "", "{sql}");
        assert!(!ran.stderr.contains("root:"), "{sql}");
    }
}

#[test]
fn mistakes_in_sql_are_explained_with_the_nearest_name() {
    let project = tiny();
    for (sql, texts) in [
        (
            "SELECT * FROM wokers",
            vec!["wokers", "hint: there is workers"],
        ),
        (
            "SELECT * FROM nothing_like_it",
            vec!["nothing_like_it", "hint: there are", "workplaces"],
        ),
        ("SELECT pay FROM workers", vec!["pay"]),
        ("SELEC * FROM workers", vec!["SQL"]),
        ("SELECT", vec!["error: "]),
        ("", vec!["error: "]),
        ("SELECT sum(role) FROM workers", vec!["sum"]),
    ] {
        let ran = project.run(&["query", sql]).ends(64).says(&texts);
        let words = [
            "datafusion",
            "DataFusion",
            "panicked",
            "Internal",
            "backtrace",
        ];
        ran.never_says(&words);
    }
}

#[test]
fn other_sql_shows_the_store_as_it_is_and_says_so_once() {
    let ran = tiny()
        .run(&[
            "query",
            "SELECT count(*) AS n FROM workers",
            "--format",
            "csv",
        ])
        .ends(0);
    assert_eq!(ran.stdout, "n\n40\n");
    assert_eq!(ran.stderr.matches("as it is").count(), 1, "{}", ran.stderr);
    let quiet = tiny()
        .run(&["--quiet", "query", "SELECT count(*) AS n FROM workers"])
        .ends(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_comparison_is_protected_unless_restricted() {
    let project = tiny();
    let read = |more: &[&str]| {
        let args = [&["query", "pay_by_sector", "--format", "csv"], more].concat();
        rows(&project.run(&args).ends(0).stdout)
    };
    let (protected, restricted) = (read(&[]), read(&["--restricted"]));
    let nhs = [("role_group", "all"), ("sector", "nhs")];
    assert_eq!(find(&protected, &nhs)["marker"], "[c]");
    assert_eq!(find(&protected, &nhs)["median_hourly"], "");
    assert_eq!(find(&restricted, &nhs)["median_hourly"], "13.4134");
    // What `compare` writes is what `query` shows.
    let expected = std::fs::read_to_string(fixture("tiny/expected/pay_by_sector.csv")).unwrap();
    assert_eq!(restricted, rows(&expected));
    for name in [
        "living_wage_providers",
        "zero_hours_rights",
        "contract_audit",
        "contract_rules",
    ] {
        let ran = project
            .run(&["query", name])
            .ends(64)
            .says(&[name, "--restricted"]);
        assert_eq!(ran.stdout, "");
        assert!(
            !project
                .run(&["query", name, "--restricted"])
                .ends(0)
                .stdout
                .is_empty()
        );
    }
}

#[test]
fn decimals_are_text_in_json_and_fixed_in_csv() {
    let project = tiny();
    let sql = "SELECT pay_rate, age, apprentice, zero_hours_since, guaranteed_allowance FROM workers WHERE source_row = 3";
    let csv = project
        .run(&["query", sql, "--format", "csv"])
        .ends(0)
        .stdout;
    assert_eq!(
        csv,
        "pay_rate,age,apprentice,zero_hours_since,guaranteed_allowance\n12.8000,46,false,2026-01-15,\n"
    );
    let json = project
        .run(&["query", sql, "--format", "json"])
        .ends(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = serde_json::json!([{
        "pay_rate": "12.8000", "age": 46, "apprentice": false,
        "zero_hours_since": "2026-01-15", "guaranteed_allowance": null,
    }]);
    assert_eq!(json, expected);
    // A literal is a decimal too, not a float.
    assert_eq!(project.value("SELECT 0.1 + 0.2"), "0.3");
    assert_eq!(
        project.value("SELECT count(*) FROM workers WHERE pay_rate = 12.71"),
        "4"
    );
}

#[test]
fn an_output_file_is_whole_and_parquet_keeps_the_types() {
    let project = tiny();
    let sql =
        "SELECT pay_rate, age FROM workers WHERE pay_rate IS NOT NULL ORDER BY source_row LIMIT 3";
    project
        .run(&[
            "query",
            sql,
            "--format",
            "parquet",
            "--output",
            "rates.parquet",
        ])
        .ends(0);
    let read = crate::release::parquet_rows(&project.join("rates.parquet"));
    assert_eq!(
        read,
        [["12.7100", "40"], ["12.8000", "46"], ["13.4500", "27"]]
    );
    project
        .run(&["query", sql, "--format", "parquet"])
        .ends(64)
        .says(&["--output"]);
    project
        .run(&["query", sql, "--format", "csv", "--output", "rates.csv"])
        .ends(0);
    assert_eq!(project.read("rates.csv").lines().count(), 4);
    project
        .run(&["query", sql, "--output", "no/such/folder.csv"])
        .ends(74)
        .says(&["no/such"]);
    project
        .run(&[
            "query",
            "SELECT nothing",
            "--format",
            "csv",
            "--output",
            "bad.csv",
        ])
        .ends(64);
    assert!(!project.join("bad.csv").exists());
}

#[test]
fn parameters_have_the_types_that_the_query_declares() {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    project.write(
        "least.sql",
        "-- title: Rates from a least one\n\
         -- param: least decimal 14.00\n\
         -- param: kind text care_worker\n\
         -- param: since date 2000-01-01\n\
         -- param: young integer 0\n\
         -- param: apprentices yes_no no\n\
         SELECT pay_rate FROM workers WHERE pay_basis = 'hourly' AND pay_rate >= $least AND role = $kind\n\
         AND start_date >= $since AND age >= $young AND apprentice = $apprentices ORDER BY pay_rate\n",
    );
    let read = |more: &[&str]| {
        let args = [&["query", "@least.sql", "--format", "csv"], more].concat();
        project
            .run(&args)
            .ends(0)
            .stdout
            .lines()
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(read(&[]), ["14.0000", "14.8000", "15.0000"]);
    assert_eq!(read(&["--param", "least=14.8"]), ["14.8000", "15.0000"]);
    assert_eq!(read(&["--param", "least=14.8001"]), ["15.0000"]);
    assert_eq!(read(&["--param", "since=2020-01-01"]), ["15.0000"]);
    assert_eq!(read(&["--param", "young=40"]), ["14.0000"]);
    assert_eq!(
        read(&["--param", "kind=supervisor"]),
        ["14.9000", "15.1000"]
    );
    // A value is a value: it is never read as SQL.
    assert_eq!(
        read(&["--param", "kind=x' OR '1'='1"]),
        Vec::<String>::new()
    );
    for (param, texts) in [
        ("least=many", vec!["least", "many", "decimal"]),
        ("least=14.80001", vec!["least"]),
        ("since=01/01/2020", vec!["since", "date"]),
        ("young=1.5", vec!["young", "integer"]),
        ("apprentices=maybe", vec!["apprentices"]),
        ("most=1", vec!["most", "least, kind"]),
    ] {
        project
            .run(&["query", "@least.sql", "--param", param])
            .ends(64)
            .says(&texts);
    }
    project.write(
        "needs.sql",
        "-- param: least decimal\nSELECT $least AS least\n",
    );
    project
        .run(&["query", "@needs.sql"])
        .ends(64)
        .says(&["--param least="]);
    project
        .run(&["query", "@nowhere.sql"])
        .ends(64)
        .says(&["nowhere.sql"]);
}

#[test]
fn a_comparison_that_is_taken_for_a_table_is_told_apart() {
    let project = tiny();
    project
        .run(&["query", "SELECT below FROM living_wage"])
        .ends(64)
        .says(&[
            "there is no table `living_wage`",
            "paybench query living_wage runs it",
        ])
        .never_says(&["hint: there are"]);
}

#[test]
fn another_floor_has_a_word_of_its_own() {
    let project = tiny();
    let ask = |args: &[&str]| {
        let all = [
            &["query", "cost_to_comply", "--restricted", "--format", "csv"],
            args,
        ]
        .concat();
        project.run(&all).ends(0).stdout
    };
    let asked = ask(&["--floor", "15.00"]);
    assert_eq!(asked, ask(&["--param", "floor=15.00"]));
    assert_ne!(asked, ask(&[]));
    project
        .run(&["query", "pay_gap", "--floor", "15.00"])
        .ends(64)
        .says(&["pay_gap has no parameter `floor`"]);
}

#[test]
fn every_view_can_be_asked_on_its_own() {
    let project = tiny();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/views");
    let mut asked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name();
        let view = file.to_str().unwrap().trim_end_matches(".sql");
        let sql = format!("SELECT * FROM {view}");
        project.run(&["query", &sql, "--format", "csv"]).ends(0);
        asked += 1;
    }
    assert!(asked > 30, "{asked} views");
    // What a statement names itself it has to give.
    project
        .run(&["query", "SELECT $floor AS floor FROM pay_rises"])
        .ends(64)
        .says(&["--param floor="]);
}
