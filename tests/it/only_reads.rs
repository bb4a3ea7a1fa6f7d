//! Statements nobody would write, and what they leave: nothing. They are put together
//! from pieces by a generator with a fixed seed, and go through `query` and the shell.

use std::sync::OnceLock;

use crate::util::{PERIOD, Project, fixture, same_tree, tree};

/// The small return, ingested once.
fn tiny() -> &'static Project {
    static TINY: OnceLock<Project> = OnceLock::new();
    TINY.get_or_init(|| {
        let project = Project::new();
        project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
        project.write("own.csv", "secret\nsecret-4711\n");
        project
    })
}

/// A row of numbers that looks like chance (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const TABLES: [&str; 7] = [
    "workers",
    "jobs",
    "mine",
    "\"Workers\"",
    "public.workers",
    "paybench.public.workers",
    "information_schema.tables",
];
const FILES: [&str; 9] = [
    "own.csv",
    "./own.csv",
    "/etc/passwd",
    "file:///etc/passwd",
    "store",
    "s3://bucket/x.parquet",
    "http://127.0.0.1:9/x.csv",
    "paybench.key",
    "new/x.parquet",
];
const SELECTS: [&str; 5] = [
    "SELECT * FROM workers",
    "SELECT 1 AS a",
    "VALUES (1, 2)",
    "WITH a AS (SELECT 1 AS b) SELECT * FROM a",
    "TABLE workers",
];

/// A statement that would change, write, set or read from elsewhere.
fn forbidden(chance: &mut Chance) -> String {
    let (table, file, select) = (chance.of(&TABLES), chance.of(&FILES), chance.of(&SELECTS));
    let kind = chance.of(&["CSV", "PARQUET", "JSON", "ARROW", "AVRO", "x"]);
    let (a, b) = (
        chance.of(&["", "IF NOT EXISTS", "IF EXISTS"]),
        chance.of(&["", "OR REPLACE"]),
    );
    let statement = match chance.below(36) {
        0 => format!("INSERT INTO {table} {select}"),
        1 => format!("INSERT OVERWRITE {table} {select}"),
        2 => format!("UPDATE {table} SET pay_rate = 1"),
        3 => format!("DELETE FROM {table}"),
        4 => format!("TRUNCATE TABLE {table}"),
        5 => format!("COPY {table} TO '{file}'"),
        6 => format!("COPY ({select}) TO '{file}' STORED AS {kind}"),
        7 => format!("COPY {table} TO '{file}' PARTITIONED BY (sector)"),
        8 => format!("CREATE {b} TABLE {a} mine AS {select}"),
        9 => format!("CREATE {b} VIEW {table} AS {select}"),
        10 => format!("CREATE EXTERNAL TABLE {a} mine STORED AS {kind} LOCATION '{file}'"),
        11 => format!(
            "CREATE UNBOUNDED EXTERNAL TABLE mine (a INT) STORED AS {kind} LOCATION '{file}'"
        ),
        12 => format!("CREATE SCHEMA {a} mine"),
        13 => format!("CREATE DATABASE {a} mine"),
        14 => "CREATE FUNCTION f(BIGINT) RETURNS BIGINT RETURN $1".to_owned(),
        15 => format!("DROP TABLE {a} {table}"),
        16 => format!("DROP VIEW {a} {table}"),
        17 => format!("DROP SCHEMA {a} public CASCADE"),
        18 => format!("ALTER TABLE {table} ADD COLUMN x INT"),
        19 => format!(
            "SET {} = {}",
            chance.of(&[
                "datafusion.execution.batch_size",
                "datafusion.runtime.memory_limit",
                "x"
            ]),
            chance.of(&["1", "'100G'", "'x'"])
        ),
        20 => format!(
            "RESET {}",
            chance.of(&["datafusion.execution.batch_size", "ALL"])
        ),
        21 => chance
            .of(&["BEGIN", "COMMIT", "ROLLBACK", "START TRANSACTION"])
            .to_owned(),
        22 => format!("PREPARE p AS {select}"),
        23 => chance.of(&["EXECUTE p", "DEALLOCATE p"]).to_owned(),
        24 => format!("EXPLAIN ANALYZE INSERT INTO {table} {select}"),
        25 => format!("EXPLAIN COPY {table} TO '{file}'"),
        26 => format!("EXPLAIN ANALYZE COPY ({select}) TO '{file}' STORED AS {kind}"),
        27 => format!("EXPLAIN CREATE TABLE mine AS {select}"),
        28 => format!("SELECT * INTO mine FROM {table}"),
        29 => format!("SELECT * FROM '{file}'"),
        30 => format!("SELECT * FROM \"{file}\""),
        31 => format!(
            "SELECT * FROM {}('{file}')",
            chance.of(&[
                "read_csv",
                "read_parquet",
                "parquet_metadata",
                "glob",
                "read_json"
            ])
        ),
        32 => format!("{select}; DROP TABLE {table}"),
        33 => format!("WITH x AS (DELETE FROM {table} RETURNING *) SELECT * FROM x"),
        34 => format!("MERGE INTO {table} USING jobs ON 1 = 1 WHEN MATCHED THEN DELETE"),
        _ => chance
            .of(&[
                "VACUUM",
                "ANALYZE workers",
                "LOAD 'x'",
                "INSTALL httpfs",
                "PRAGMA x",
                "ATTACH 'x' AS y",
                "USE x",
                "GRANT ALL ON workers TO x",
                "CALL f()",
                "KILL 1",
                "DECLARE c CURSOR FOR SELECT 1",
                "\u{0}",
                "SELECT '",
            ])
            .to_owned(),
    };
    let mut statement = statement.replace("  ", " ");
    if chance.below(4) == 0 {
        statement = statement.to_lowercase();
    }
    match chance.below(5) {
        0 => format!("/* SELECT 1 */ {statement}"),
        1 => statement.replace(' ', "\n\t"),
        _ => statement,
    }
}

#[test]
fn hundreds_of_statements_that_would_write_are_refused_and_leave_nothing() {
    let project = tiny();
    let before = tree(project.path());
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let statements: Vec<String> = (0..600).map(|_| forbidden(&mut chance)).collect();
    // Some of them each by itself, all of them in sessions of fifty.
    let mut wrong = Vec::new();
    for statement in statements.iter().step_by(25) {
        if statement.contains('\0') {
            continue;
        }
        let ran = project.run(&["query", statement]);
        if ran.code != 64 || !ran.stdout.is_empty() || !ran.stderr.contains("error: ") {
            wrong.push(format!("{}: {statement}: {}", ran.code, ran.stderr));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for statements in statements.chunks(50) {
        // An open text would swallow those behind it.
        let closed = statements.iter().filter(|text| !text.ends_with('\''));
        let whole: Vec<&String> = closed
            .chain(statements.iter().filter(|t| t.ends_with("')")))
            .collect();
        let wanted = whole.iter().map(|text| text.matches(';').count() + 1);
        let at_most: usize = wanted.sum();
        let text: String = whole.iter().map(|text| format!("{text}\n;\n")).collect();
        let ran = project
            .run_on(&["shell", "--format", "csv"], &text)
            .ends(64);
        let errors = ran.stderr.matches("error: ").count();
        assert!(
            errors >= whole.len() && errors <= at_most,
            "{errors}: {}",
            ran.stderr
        );
        for word in [
            "secret-4711",
            "root:",
            "panicked",
            "internal fault",
            "Internal",
        ] {
            assert!(
                !ran.stdout.contains(word) && !ran.stderr.contains(word),
                "{}",
                ran.stderr
            );
        }
        same_tree(project.path(), &before);
    }
    assert_eq!(project.value("SELECT count(*) FROM workers"), "40");
}

/// Statements that would fill any memory, each in its own way.
const GREEDY: [&str; 15] = [
    "SELECT count(DISTINCT value || 'x') FROM generate_series(1, 1000000000)",
    "SELECT value FROM generate_series(1, 1000000000) ORDER BY value DESC",
    "SELECT array_agg(value) FROM generate_series(1, 1000000000)",
    "SELECT value, count(*) FROM generate_series(1, 1000000000) GROUP BY value",
    "SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 100000000)",
    "SELECT range(1, 2000000000)",
    "SELECT sum(cardinality(range(1, 200000000 + w.age))) FROM workers w",
    "SELECT length(repeat('x', 2000000000)) FROM workers",
    "SELECT length(repeat(repeat(repeat('x', 1000), 1000), 100 + age)) FROM workers",
    "SELECT array_repeat(repeat('x', 1000), 100000000)",
    "SELECT array_resize([1], 1000000000, 1) FROM workers",
    "SELECT a.role, count(*) OVER () FROM workers a, workers b, workers c, workers d, workers e",
    "WITH RECURSIVE r AS (SELECT 1 AS n, 'x' AS t UNION ALL SELECT n + 1, t || t FROM r WHERE n < 60) SELECT max(length(t)) FROM r",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, workers WHERE n < 1000000) SELECT n FROM r ORDER BY n",
    "SELECT max(a.value * b.value) OVER (ORDER BY a.value) FROM generate_series(1, 10000000) a CROSS JOIN generate_series(1, 10000000) b",
];

/// The most memory that a process had, in MiB, while a statement ran, and what came of it.
#[cfg(target_os = "linux")]
fn peak(project: &Project, sql: &str, more: &[&str]) -> (u64, crate::util::Ran) {
    let args = [&["query", "--memory", "64", sql], more].concat();
    let mut child = project.start(&args);
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let from = std::time::Instant::now();
    while child.try_wait().unwrap().is_none() {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0) / 1024);
        if from.elapsed() > std::time::Duration::from_mins(2) {
            child.kill().unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    (
        most,
        crate::util::Ran::of(child.wait_with_output().unwrap(), &args),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn a_statement_that_needs_more_memory_than_it_may_have_ends_with_an_error() {
    let project = tiny();
    let before = tree(project.path());
    for sql in GREEDY {
        let (most, ran) = peak(project, sql, &[]);
        let ran = ran.ends(64).says(&["more memory than it may have"]);
        ran.never_says(&["panicked", "internal fault"]);
        assert!(most < 1024, "{most} MiB: {sql}");
        same_tree(project.path(), &before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_million_rows_are_written_as_they_come() {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    let sql = "SELECT value AS n, 'a text that takes some room, a million times over' AS t FROM generate_series(1, 1000000)";
    for (format, whole) in [("csv", 5_000_000), ("json", 9_000_000)] {
        let more = ["--format", format, "--output", "rows"];
        let (most, ran) = peak(&project, sql, &more);
        ran.ends(0);
        assert!(most < 400, "{most} MiB as {format}");
        assert!(std::fs::metadata(project.join("rows")).unwrap().len() > whole);
    }
    // What is not wanted any more is not written, and no half of a file is left.
    let before = tree(project.path());
    let args = [
        "query",
        "SELECT value / (900000 - value) AS n FROM generate_series(1, 1000000)",
        "--format",
        "csv",
        "--output",
        "rows",
    ];
    project.run(&args).ends(64);
    same_tree(project.path(), &before);
    let few = project
        .run(&["query", "SELECT 1 AS a, 'b' AS c", "--format", "json"])
        .ends(0);
    assert_eq!(
        few.stdout,
        "[\n  {\n    \"a\": 1,\n    \"c\": \"b\"\n  }\n]\n"
    );
    let none = project
        .run(&["query", "SELECT 1 AS a WHERE false", "--format", "json"])
        .ends(0);
    assert_eq!(none.stdout, "[]\n");
}
