//! Stores in buckets. `tests/object_stores/run.sh` starts emulators and names
//! buckets of theirs; without them only what needs none is tested.

use crate::killed::{commits_wanted, kills, kills_wanted, races};
use crate::util::{PERIOD, Project, small_return, tree};

/// A new place in each bucket that there is, named after the test.
fn places(test: &str) -> Vec<String> {
    let buckets = std::env::var("PAYBENCH_TEST_BUCKETS").unwrap_or_default();
    if buckets.is_empty() {
        eprintln!("skipped: start with tests/object_stores/run.sh");
    }
    let unique = tempfile::tempdir().unwrap();
    let unique = unique
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    buckets
        .split_whitespace()
        .map(|bucket| format!("{bucket}/{test}/a b{unique}"))
        .collect()
}

/// The rows of an edition's tables.
fn tables(project: &Project, store: &str) -> Vec<String> {
    let read = |(table, order): &(&str, &str)| {
        let sql = format!("SELECT * FROM {table} ORDER BY {order}");
        let args = ["query", &sql, "--format", "csv", "--store", store];
        project.run(&args).ends(0).stdout
    };
    [
        ("workplaces", "return_id, source_row"),
        ("workers", "return_id, source_row"),
        ("returns", "return_id"),
        ("findings", "return_id, message"),
        ("rejects", "return_id, source_row"),
    ]
    .iter()
    .map(read)
    .collect()
}

#[test]
fn a_store_in_a_bucket_holds_what_one_in_a_folder_holds() {
    let places = places("same");
    if places.is_empty() {
        return;
    }
    let project = Project::new();
    small_return(&project, "in/elm", "ELM", &[("a", "12.71"), ("b", "999")]);
    small_return(&project, "in/oak", "OAK", &[("a", "13.00")]);
    small_return(&project, "next/oak", "OAK", &[("a", "13.50")]);
    let life = |store: &str, out: &str| {
        let ingest = |folder| ["ingest", folder, "--period", PERIOD, "--store", store];
        project
            .run(&ingest("in"))
            .ends(20)
            .says(&["made edition 1"]);
        project
            .run(&ingest("in"))
            .ends(20)
            .says(&["nothing changed"]);
        project
            .run(&ingest("next"))
            .ends(0)
            .says(&["made edition 2"]);
        let second = tables(&project, store);
        project.run(&["withdraw", "elm", "--store", store]).ends(0);
        let third = tables(&project, store);
        let args = [
            "compare",
            "pay_by_sector",
            "--restricted",
            "--edition",
            "2",
            "--store",
            store,
            "--out",
            out,
        ];
        project.run(&args).ends(0);
        let listed = project.run(&["editions", "--store", store]).ends(0).stdout;
        assert_eq!(listed.lines().count(), 4, "{listed}");
        let mut release = tree(&project.join(out));
        // These two name the manifest, and the manifest the attempt.
        release.retain(|name, _| name.ends_with(".csv") || name.ends_with(".parquet"));
        assert!(!release.is_empty());
        (second, third, release)
    };
    let folder = life("store", "out");
    for (number, place) in places.iter().enumerate() {
        assert_eq!(life(place, &format!("out{number}")), folder, "{place}");
        project
            .run(&["query", "SELECT 1", "--store", &format!("{place}/none")])
            .ends(65)
            .says(&["holds no edition"]);
    }
}

#[test]
fn a_killed_ingest_into_a_bucket_leaves_the_last_edition() {
    for place in places("kills") {
        let project = Project::new();
        kills(&project, kills_wanted(), |number| {
            format!("{place}/{number}")
        });
    }
}

#[test]
fn two_processes_that_commit_to_a_bucket_at_once_lose_nothing() {
    for place in places("races") {
        races(&Project::new(), commits_wanted(), &place);
    }
}

/// Variables that lead nowhere, with secrets in them.
const NOWHERE: [(&str, &str); 12] = [
    ("AWS_ENDPOINT", "http://someone:hush-hush@127.0.0.1:1"),
    ("AWS_ALLOW_HTTP", "true"),
    ("AWS_ACCESS_KEY_ID", "AKIASEEDEDSECRET0001"),
    ("AWS_SECRET_ACCESS_KEY", "seeded+secret/0000000000002"),
    ("AWS_SESSION_TOKEN", "seeded-secret-token-00003"),
    ("AWS_REGION", "eu-west-2"),
    ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
    (
        "AZURE_STORAGE_ACCOUNT_KEY",
        "c2VlZGVkLXNlY3JldC0wMDAwMDAwNA==",
    ),
    ("AZURE_STORAGE_ENDPOINT", "http://127.0.0.1:1"),
    ("AZURE_ALLOW_HTTP", "true"),
    (
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "{\"private_key\": \"seeded-secret-key-000005\", \"private_key_id\": \"seeded-secret-key-000006\", \
         \"client_email\": \"a@b\", \"disable_oauth\": true, \"gcs_base_url\": \"http://127.0.0.1:1\"}",
    ),
    ("GOOGLE_ALLOW_HTTP", "true"),
];

/// Parts of the values above that nobody may see.
const SECRETS: [&str; 6] = [
    "hush-hush",
    "SEEDEDSECRET",
    "seeded+secret",
    "seeded-secret",
    "c2VlZGVk",
    "Authorization",
];

#[test]
fn storage_that_does_not_answer_is_named_and_no_secret_is_told() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "13.00")]);
    for address in [
        "s3://bucket/store",
        "az://bucket/store",
        "gs://bucket/store",
    ] {
        let args = [
            "-v", "ingest", "oak", "--period", PERIOD, "--store", address,
        ];
        let ran = project
            .run_with(&args, &NOWHERE)
            .ends(74)
            .says(&[address, "hint: "]);
        for secret in SECRETS {
            assert!(
                !ran.stderr.contains(secret) && !ran.stdout.contains(secret),
                "{secret} in {}",
                ran.stderr
            );
        }
    }
    // A broken credential is quoted by nobody.
    let broken = [
        "\"seeded-secret-key-000007\"",
        "{\"private_key\": seeded-secret-key-000008}",
    ];
    for key in broken {
        let variables = [("GOOGLE_SERVICE_ACCOUNT_KEY", key)];
        let args = ["-v", "query", "SELECT 1", "--store", "gs://bucket/store"];
        let ran = project.run_with(&args, &variables).ends(78);
        assert!(!ran.stderr.contains("seeded"), "{}", ran.stderr);
    }
}

#[test]
fn addresses_that_lead_nowhere_are_wrong_usage() {
    let project = Project::new();
    for (address, said) in [
        ("ftp://host/store", "s3://"),
        ("s3:///store", "no bucket"),
        ("s3://me:hush@bucket/store", "environment"),
        ("s3://bucket/store?x=1", "prefix"),
    ] {
        project
            .run(&["editions", "--store", address])
            .ends(64)
            .says(&[said])
            .never_says(&["hush"]);
    }
}

#[test]
fn a_job_may_keep_its_store_in_a_bucket() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "13.00")]);
    let settings =
        |store: &str| format!("returns = [\"oak\"]\nperiod = {PERIOD}\nstore = \"{store}\"\n");
    project.write(
        "job/paybench.toml",
        settings("s3://bucket/store").replace("\"oak\"", "\"../oak\""),
    );
    project
        .run_with(&["run", "--config", "job/paybench.toml"], &NOWHERE)
        .ends(74)
        .says(&["s3://bucket/store"]);
    for place in places("job") {
        project.write("paybench.toml", settings(&place));
        project.run(&["run"]).ends(0);
        project
            .run(&["run"])
            .ends(0)
            .says(&["nothing changed since the last release"]);
        std::fs::remove_dir_all(project.join("out")).unwrap();
    }
}
