//! What a command writes: where it cannot, for whom, and nothing beside it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::util::{PERIOD, Project, same_tree, small_return, tree, workplace};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn project() -> Project {
    let project = Project::new();
    small_return(&project, "ash", "ASH", &[("a", "12.71")]);
    project.ingest(&["ash"], PERIOD).ends(0);
    project
}

#[test]
fn output_that_finds_no_room_is_a_failure() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_paybench"))
        .arg("rates")
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(74));
}

#[test]
fn a_restricted_release_is_its_owners_alone() {
    let project = project();
    project.run(&["compare", "--out", "open"]).ends(0);
    project
        .run(&["compare", "--restricted", "--out", "own"])
        .ends(0);
    std::fs::create_dir(project.join("usual")).unwrap();
    assert_eq!(mode(&project.join("open")), mode(&project.join("usual")));
    assert_eq!(mode(&project.join("own")), 0o700);
}

#[test]
fn a_query_writes_nothing_into_the_store_whatever_its_rates() {
    let project = project();
    project.write(
        "rates.csv",
        "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence\n\
         real_living_wage,uk,,,14.00,2026-10-22,2026-10-22,2027-05-01,,a draft,memory\n",
    );
    let before = tree(&project.join("store"));
    let sql = "SELECT count(*) FROM wage_floors WHERE rate = 14";
    let ran = project
        .run(&["query", sql, "--rates", "rates.csv", "--format", "csv"])
        .ends(0);
    assert_eq!(ran.stdout.lines().nth(1), Some("1"));
    same_tree(&project.join("store"), &before);
}

#[test]
fn two_columns_of_one_name_are_refused_in_every_format() {
    let project = project();
    let sql =
        "SELECT w.period, p.period FROM workers AS w JOIN workplaces AS p USING (workplace_id)";
    for format in ["csv", "json", "table"] {
        project
            .run(&["query", sql, "--format", format])
            .ends(64)
            .says(&["two columns called period", "hint: give one another name"]);
    }
    // A column of ones own may be called as one of ours.
    let own = "SELECT CAST(period AS VARCHAR) AS period FROM workers";
    let args = [
        "query",
        own,
        "--format",
        "parquet",
        "--output",
        "own.parquet",
    ];
    project.run(&args).ends(0);
    let found = crate::release::parquet_rows(&project.join("own.parquet"));
    assert_eq!(found, [[PERIOD]]);
}

#[test]
fn a_query_that_would_take_all_memory_ends_with_an_error() {
    let project = project();
    let sql = "SELECT a.value, b.value AS other FROM generate_series(1, 100000000) AS a \
               CROSS JOIN generate_series(1, 100000000) AS b ORDER BY a.value + b.value";
    let ran = project.run(&["query", sql, "--memory", "64"]).ends(64);
    ran.says(&["more memory than it may have", "hint: add LIMIT"]);
    // A result that is passed through, not worked on, has a bound too.
    let series = "SELECT * FROM generate_series(1, 100000000)";
    let ran = project.run(&["query", series, "--memory", "64"]).ends(64);
    ran.says(&["the result is larger than 4 MiB"]);
}

#[test]
fn an_ingest_that_comes_to_nothing_leaves_the_folder_of_the_store_as_it_was() {
    let project = Project::new();
    project.write("ash/workplaces.csv", workplace("ASH", "P1", "independent"));
    // The rows break off after the first table was written.
    project.write(
        "ash/workers.csv",
        "provider_id,workplace_id,worker_ref,role\nASH,P1,a,\"care_worker\n",
    );
    let store = project.join("private/store");
    std::fs::create_dir_all(&store).unwrap();
    for folder in [&project.join("private"), &store] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let args = [
        "ingest",
        "ash",
        "--period",
        PERIOD,
        "--store",
        "private/store",
    ];
    project.run(&args).ends(65);
    assert_eq!(
        (mode(&project.join("private")), mode(&store)),
        (0o700, 0o700)
    );
    assert_eq!(tree(&store), std::collections::BTreeMap::new());
}

#[test]
fn a_store_begun_with_another_key_is_not_gone_on_with() {
    let project = Project::new();
    small_return(&project, "ash", "ASH", &[("a", "12.71")]);
    // Somebody claimed it a moment ago, for another period, and has no edition yet.
    project.write("store/key-id", "0123456789abcdef\n");
    project
        .ingest(&["ash"], PERIOD)
        .ends(78)
        .says(&["the store was made with key 0123456789abcdef"]);
    assert!(!project.join(&format!("store/period={PERIOD}")).exists());
}

#[test]
fn a_byte_altered_in_any_file_is_named() {
    let project = project();
    project
        .run(&["compare", "pay_by_sector", "--restricted"])
        .ends(0);
    let sound = project.run(&["verify"]).ends(0).stdout;
    assert_eq!(sound.matches("all as their manifests name them").count(), 2);
    for place in ["store", "out"] {
        let files = tree(&project.join(place)).into_keys();
        for file in files.filter(|file| !file.ends_with('/') && file != "key-id") {
            let path = project.join(place).join(&file);
            let whole = std::fs::read(&path).unwrap();
            let mut altered = whole.clone();
            let middle = altered.len() / 2;
            altered[middle] ^= 1;
            std::fs::write(&path, altered).unwrap();
            let ran = project.run(&["verify", place]);
            assert_eq!(ran.code, 65, "{place}/{file}: {}", ran.stderr);
            assert!(ran.stderr.contains(&file), "{place}/{file}: {}", ran.stderr);
            std::fs::write(&path, whole).unwrap();
        }
    }
    project.write("out/notes.txt", "not ours");
    project
        .run(&["verify", "out"])
        .ends(65)
        .says(&["notes.txt is not in the manifest"]);
}
