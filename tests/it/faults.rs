//! What is wrong on the way in ends with its exit code, says what to mend, and
//! leaves the store as it was.

use std::os::unix::fs::PermissionsExt;

use crate::util::{PERIOD, Project, same_tree, small_return, tree, workplace};

const HEADER: &str = "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence";

/// A project with one edition of one return.
fn stored() -> Project {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "12.71"), ("b", "13.00")]);
    project.ingest(&["oak"], PERIOD).ends(0);
    project
}

/// Runs a command that must end with this code, say these texts, and change
/// nothing in the folder.
#[track_caller]
fn refused(project: &Project, args: &[&str], code: i32, texts: &[&str]) {
    let before = tree(project.path());
    let ran = project.run(args).ends(code).says(texts).says(&["error: "]);
    assert_eq!(ran.stdout, "", "{args:?}");
    same_tree(project.path(), &before);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let project = stored();
    refused(
        &project,
        &["ingest", "oka", "--period", PERIOD],
        65,
        &["oka"],
    );
    refused(
        &project,
        &["check", "oka", "--period", PERIOD],
        65,
        &["oka"],
    );
    // One missing path among good ones is no reason to leave it out silently.
    small_return(&project, "elm", "ELM", &[("a", "12.71")]);
    refused(
        &project,
        &["ingest", "elm", "oka", "--period", PERIOD],
        65,
        &["oka"],
    );
}

#[test]
fn a_folder_without_returns_is_named() {
    let project = stored();
    std::fs::create_dir(project.join("nothing")).unwrap();
    project.write("letters/letter.txt", "Dear all");
    for folder in ["nothing", "letters"] {
        refused(
            &project,
            &["ingest", folder, "--period", PERIOD],
            65,
            &[folder, "no return"],
        );
    }
}

/// Returns that no row can be taken from, and what is said about them.
fn unusable() -> Vec<(&'static str, &'static str, Vec<u8>, Vec<&'static str>)> {
    vec![
        (
            "empty",
            "workers.csv",
            b"".to_vec(),
            vec!["empty/workers.csv", "is empty"],
        ),
        (
            "binary",
            "workers.csv",
            b"\x00\x01\x02workers\x00".to_vec(),
            vec!["binary/workers.csv", "binary"],
        ),
        (
            "packed",
            "workers.csv",
            b"PK\x03\x04and so on".to_vec(),
            vec!["packed/workers.csv", "binary"],
        ),
        (
            "header",
            "workers.csv",
            b"provider,workplace,ref,job\nOAK,P1,a,care_worker\n".to_vec(),
            vec![
                "header/workers.csv",
                "file.header",
                "provider_id, workplace_id, worker_ref, role",
            ],
        ),
        (
            "twice",
            "workers.csv",
            b"provider_id,workplace_id,worker_ref,role,Role\nOAK,P1,a,care_worker,manager\n"
                .to_vec(),
            vec!["twice/workers.csv", "columns 4 and 5", "twice"],
        ),
        (
            "name",
            "people.csv",
            b"a,b\n1,2\n".to_vec(),
            vec!["name/people.csv", "file.unknown"],
        ),
        // The damage is far from the start of the file.
        (
            "late",
            "workers.csv",
            [
                &b"provider_id,workplace_id,worker_ref,role\n"[..],
                &b"OAK,late,a,care_worker\n".repeat(500),
                b"OAK,\0,b\n",
            ]
            .concat(),
            vec!["late/workers.csv", "binary"],
        ),
    ]
}

#[test]
fn a_return_that_cannot_be_read_changes_nothing_and_is_explained() {
    let project = stored();
    for (id, file, bytes, texts) in unusable() {
        project.write(
            &format!("{id}/workplaces.csv"),
            workplace("OAK", id, "independent"),
        );
        project.write(&format!("{id}/{file}"), bytes);
        refused(&project, &["ingest", id, "--period", PERIOD], 65, &texts);
    }
}

#[test]
fn a_return_without_a_usable_workplace_is_rejected() {
    let project = stored();
    project.write(
        "elm/workplaces.csv",
        "provider_id,workplace_id,sector\nELM,P1,\n",
    );
    refused(
        &project,
        &["ingest", "elm", "--period", PERIOD],
        65,
        &["return.no_workplace", "workplaces.sector.required"],
    );
    project.write(
        "ash/flows.csv",
        "provider_id,workplace_id,role\nASH,P1,manager\n",
    );
    refused(
        &project,
        &["ingest", "ash", "--period", PERIOD],
        65,
        &["return.no_workplace"],
    );
}

#[test]
fn where_no_return_is_accepted_a_new_store_is_not_even_begun() {
    let project = Project::new();
    project.write(
        "elm/workplaces.csv",
        "provider_id,workplace_id,sector\nELM,P1,private\n",
    );
    project
        .ingest(&["elm"], PERIOD)
        .ends(65)
        .says(&["no return can be accepted; nothing was written"]);
    assert!(
        !project.join("store").exists(),
        "{:?}",
        tree(&project.join("store"))
    );
}

#[test]
fn what_is_typed_wrongly_is_named_with_what_there_is() {
    let project = stored();
    refused(
        &project,
        &["compare", "pay_gaps"],
        64,
        &["pay_gaps", "hint: ", "pay_gap"],
    );
    refused(
        &project,
        &["report", "living_wages"],
        64,
        &["living_wages", "living_wage"],
    );
    refused(
        &project,
        &["query", "pay_gaps"],
        64,
        &["pay_gaps", "pay_gap"],
    );
    refused(
        &project,
        &["compare", "--period", "2025-09-30"],
        64,
        &["2025-09-30", PERIOD],
    );
    refused(
        &project,
        &["compare", "--edition", "7"],
        64,
        &["edition 7", PERIOD],
    );
    refused(
        &project,
        &["compare", "--as-of", "2020-01-01"],
        64,
        &["2020-01-01", PERIOD],
    );
    refused(
        &project,
        &["query", "SELECT 1", "--param", "a"],
        64,
        &["NAME=VALUE"],
    );
    refused(&project, &["compair"], 64, &["compair", "compare"]);
    refused(&project, &["ingest", "oak"], 64, &["--period"]);
    for date in ["30/09/2026", "2026-9-30", "2026-02-29", "today", "20260930"] {
        refused(
            &project,
            &["ingest", "oak", "--period", date],
            64,
            &[date, "YYYY-MM-DD"],
        );
        refused(
            &project,
            &["compare", "--period", date],
            64,
            &[date, "YYYY-MM-DD"],
        );
    }
}

#[test]
fn two_folders_of_one_name_are_not_taken_for_one_return() {
    let project = stored();
    small_return(&project, "north/elm", "ELM", &[("a", "12.71")]);
    small_return(&project, "south/elm", "ELM", &[("a", "12.71")]);
    let args = ["ingest", "north/elm", "south/elm", "--period", PERIOD];
    refused(&project, &args, 64, &["north/elm", "south/elm", "`elm`"]);
}

#[test]
fn without_the_right_key_nothing_is_added_to_a_store() {
    let project = stored();
    small_return(&project, "elm", "ELM", &[("a", "12.71")]);
    let key = project.join("paybench.key");
    let right = std::fs::read(&key).unwrap();
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(project.join(name), std::fs::Permissions::from_mode(mode))
            .unwrap();
    };
    let ingest = |key: &'static str| ["ingest", "elm", "--period", PERIOD, "--key-file", key];

    refused(
        &project,
        &ingest("lost.key"),
        78,
        &["lost.key", "hint: ", "--key-file"],
    );
    project.write("other.key", "ab".repeat(32));
    mode("other.key", 0o600);
    refused(
        &project,
        &ingest("other.key"),
        78,
        &["other.key", "made with key"],
    );
    project.write("open.key", &right);
    mode("open.key", 0o644);
    refused(
        &project,
        &ingest("open.key"),
        78,
        &["open.key", "hint: chmod 600 open.key"],
    );
    let halves = String::from_utf8(right.clone()).unwrap();
    for (name, text) in [
        ("short.key", "abc".to_owned()),
        ("empty.key", String::new()),
        ("words.key", "zz".repeat(32)),
        ("signs.key", "+1".repeat(32)),
        ("two.key", format!("{halves}{halves}")),
    ] {
        project.write(name, text);
        mode(name, 0o600);
        refused(
            &project,
            &["ingest", "elm", "--period", PERIOD, "--key-file", name],
            78,
            &[name, "64 hexadecimal"],
        );
    }
    // A key is not made again by itself, and neither message tells it.
    std::fs::remove_file(&key).unwrap();
    refused(
        &project,
        &["ingest", "elm", "--period", PERIOD],
        78,
        &["paybench.key"],
    );
    assert!(!key.exists());
    std::fs::write(&key, right).unwrap();
    mode("paybench.key", 0o600);
    project.ingest(&["elm"], PERIOD).ends(0);
}

#[test]
fn a_key_is_made_once_and_announced() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "12.71")]);
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["made the key paybench.key"]);
    let key = project.read("paybench.key");
    small_return(&project, "elm", "ELM", &[("a", "12.71")]);
    project
        .ingest(&["elm"], PERIOD)
        .ends(0)
        .never_says(&["key"]);
    assert_eq!(project.read("paybench.key"), key);
    for (name, _) in tree(&project.join("store"))
        .iter()
        .filter(|(name, _)| !name.ends_with('/'))
    {
        let bytes = std::fs::read(project.join("store").join(name)).unwrap();
        let secret = key.trim().as_bytes();
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret),
            "{name}"
        );
    }
}

#[test]
fn a_store_that_cannot_be_written_is_a_fault_of_the_disk() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "12.71")]);
    project.write("file", "not a folder");
    project.write("paybench.key", "ab".repeat(32));
    std::fs::set_permissions(
        project.join("paybench.key"),
        std::fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    for store in ["file/store", "file"] {
        refused(
            &project,
            &["ingest", "oak", "--period", PERIOD, "--store", store],
            74,
            &[store],
        );
        refused(&project, &["compare", "--store", "file"], 74, &["file"]);
    }
    assert_eq!(project.read("file"), "not a folder");
}

#[test]
fn an_empty_store_says_how_to_fill_it() {
    let project = Project::new();
    refused(&project, &["compare"], 65, &["store", "paybench ingest"]);
    std::fs::create_dir(project.join("store")).unwrap();
    refused(
        &project,
        &["query", "SELECT 1"],
        65,
        &["store", "paybench ingest"],
    );
    refused(
        &project,
        &["report", "--store", "elsewhere"],
        65,
        &["elsewhere"],
    );
}

#[test]
fn an_edition_without_its_manifest_is_no_edition() {
    let project = stored();
    small_return(&project, "oak", "OAK", &[("a", "14.00")]);
    project.ingest(&["oak"], PERIOD).ends(0);
    std::fs::remove_file(project.join(&format!("store/period={PERIOD}/0002.json"))).unwrap();
    let rates = project.query("SELECT pay_rate FROM workers ORDER BY pay_rate");
    assert_eq!(rates.len(), 2);
    // The number is free again, and what a broken run left is not in the way.
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["made edition 2"]);
    assert_eq!(project.value("SELECT pay_rate FROM workers"), "14.0000");
}

#[test]
fn rates_that_cannot_be_read_are_named_with_their_line() {
    let project = stored();
    let full = |rate: &str| {
        format!(
            "{HEADER}\nnlw_nmw,nlw,21,,{rate},,2027-04-01,,,a letter,verified\n\
             nlw_nmw,18_20,18,20,11.00,,2027-04-01,,,a letter,verified\n\
             nlw_nmw,16_17,16,17,8.20,,2027-04-01,,,a letter,verified\n\
             nlw_nmw,apprentice,16,,8.20,,2027-04-01,,,a letter,verified\n"
        )
    };
    for (name, text, said) in [
        ("pound.csv", full("£13.00"), "line 2"),
        ("negative.csv", full("-13.00"), "line 2"),
        ("places.csv", full("13.00001"), "line 2"),
        ("short.csv", format!("{HEADER}\nnlw_nmw,nlw\n"), "short.csv"),
        (
            "header.csv",
            "scheme,rate\nnlw_nmw,13.00\n".to_owned(),
            "header.csv",
        ),
        (
            "date.csv",
            full("13.00").replacen("2027-04-01", "01/04/2027", 1),
            "line 2",
        ),
        (
            "source.csv",
            full("13.00").replacen("a letter", "", 1),
            "line 2",
        ),
        (
            "ages.csv",
            full("13.00").replace("nlw_nmw,18_20,18,20", "nlw_nmw,18_20,19,20"),
            "age 18",
        ),
        (
            "apprentice.csv",
            full("13.00").replace("apprentice", "trainee"),
            "apprentice",
        ),
        (
            "double.csv",
            full("13.00").replace("nlw_nmw,16_17,16,17", "nlw_nmw,16_17,16,18"),
            "age 18",
        ),
    ] {
        project.write(name, text);
        for verb in [
            vec!["compare"],
            vec!["ingest", "oak", "--period", PERIOD],
            vec!["rates"],
        ] {
            let args = [verb, vec!["--rates", name]].concat();
            refused(&project, &args, 78, &[name, said]);
        }
    }
    refused(
        &project,
        &["compare", "--rates", "nowhere.csv"],
        78,
        &["nowhere.csv"],
    );
    project.write("good.csv", full("13.00"));
    let shown = project
        .run(&["rates", "--rates", "good.csv", "--on", "2027-04-01"])
        .ends(0);
    assert!(shown.stdout.contains("13.00"), "{}", shown.stdout);
}

#[test]
fn a_folder_with_anything_else_in_it_is_not_overwritten() {
    let project = stored();
    project.write("out/thesis.txt", "three years of work");
    project.write("page/manifest.json", "{\"name\": \"a web page\"}");
    project.write("note", "a file");
    for out in ["out", "page", "note"] {
        refused(&project, &["compare", "--out", out], 64, &[out, "hint: "]);
        refused(&project, &["report", "--out", out], 64, &[out]);
        refused(&project, &["demo", "--out", out], 64, &[out]);
    }
    std::fs::create_dir(project.join("empty")).unwrap();
    project
        .run(&["compare", "pay_gap", "--out", "empty"])
        .ends(0);
    project
        .run(&["compare", "pay_gap", "--out", "empty"])
        .ends(0);
}

#[test]
fn settings_are_read_strictly_and_mistakes_have_a_line() {
    let project = stored();
    let good = format!("returns = [\"oak\"]\nperiod = {PERIOD}\n");
    for (text, said) in [
        (
            format!("{good}storre = \"store\"\n"),
            vec!["storre", "line 3"],
        ),
        (good.replace(PERIOD, "2026-13-01"), vec!["line 2"]),
        (
            good.replace(PERIOD, "\"September\""),
            vec!["September", "line 2"],
        ),
        (format!("{good}restricted = \"no\"\n"), vec!["line 3"]),
        (
            format!("{good}[[expected]]\nreturn = \"oak\"\nneeded = true\n"),
            vec!["needed", "line 5"],
        ),
        ("period = 2026-09-30\n".to_owned(), vec!["returns"]),
        ("returns = [\n".to_owned(), vec!["paybench.toml"]),
    ] {
        project.write("paybench.toml", text);
        let before = tree(&project.join("store"));
        project
            .run(&["run"])
            .ends(78)
            .says(&said)
            .says(&["paybench.toml"]);
        same_tree(&project.join("store"), &before);
        assert!(!project.join("out").exists());
    }
    std::fs::remove_file(project.join("paybench.toml")).unwrap();
    project
        .run(&["run"])
        .ends(78)
        .says(&["paybench.toml", "hint: "]);
}

#[test]
fn a_malformed_header_of_an_own_query_has_its_line() {
    for (text, said) in [
        (
            "-- title: Mine\n-- disclosure: everything\nSELECT 1 AS one\n",
            "line 2",
        ),
        ("-- titel: Mine\nSELECT 1 AS one\n", "line 1"),
        (
            "-- param: least money 12.00\nSELECT $least AS one\n",
            "line 1",
        ),
        (
            "-- param: least decimal twelve\nSELECT $least AS one\n",
            "line 1",
        ),
        ("-- units: one\nSELECT 1 AS one\n", "line 1"),
    ] {
        let project = stored();
        project.write("queries/mine.sql", text);
        for args in [vec!["compare"], vec!["query", "mine"], vec!["describe"]] {
            refused(&project, &args, 78, &["mine.sql", said]);
        }
    }
}
