//! The project's own queries.

use crate::util::{PERIOD, Project, fixture, sha256, small_return};

const OWN: &str = "-- title: Jobs by service\n\
    -- description: Jobs in each service.\n\
    -- units: workers = jobs\n\
    SELECT p.service, count(*) AS workers FROM workers AS w\n\
    JOIN workplaces AS p ON p.provider_id = w.provider_id AND p.workplace_id = w.workplace_id\n\
    GROUP BY p.service ORDER BY p.service\n";

fn project() -> Project {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    project
}

fn origin(project: &Project, name: &str) -> serde_json::Value {
    let manifest = project.json("out/manifest.json");
    let queries = manifest["queries"].as_array().unwrap();
    queries
        .iter()
        .find(|query| query["name"] == name)
        .cloned()
        .unwrap_or_default()
}

#[test]
fn a_file_adds_a_comparison() {
    let project = project();
    project.write("queries/jobs_by_service.sql", OWN);
    project
        .run(&["compare", "--restricted"])
        .ends(0)
        .says(&["jobs_by_service", "queries/jobs_by_service.sql"]);
    let made = project.read("out/tables/jobs_by_service.csv");
    assert!(
        made.starts_with(
            "period,service,workers,marker,release\n2026-09-30,domiciliary,13,,restricted\n"
        ),
        "{made}"
    );
    assert!(project.join("out/tables/pay_gap.csv").exists());
    let query = origin(&project, "jobs_by_service");
    assert_eq!(query["sha256"], sha256(OWN.as_bytes()));
    assert!(
        query["origin"]
            .as_str()
            .unwrap()
            .ends_with("queries/jobs_by_service.sql"),
        "{query}"
    );
    assert_eq!(origin(&project, "pay_gap")["origin"], "built in");
    let described = project.run(&["describe", "jobs_by_service"]).ends(0).stdout;
    assert!(described.contains("Jobs in each service."), "{described}");
}

#[test]
fn without_a_word_on_disclosure_it_stays_out_of_protected_releases() {
    let project = project();
    project.write("queries/jobs_by_service.sql", OWN);
    project.run(&["compare"]).ends(0);
    assert!(!project.join("out/tables/jobs_by_service.csv").exists());
    assert!(!project.join("out/tables/jobs_by_service.parquet").exists());
    project
        .run(&["query", "jobs_by_service"])
        .ends(64)
        .says(&["--restricted"]);
    project
        .run(&["compare", "jobs_by_service", "--out", "alone"])
        .ends(0)
        .says(&["--restricted"]);
    assert!(!project.join("alone/tables/jobs_by_service.csv").exists());
}

#[test]
fn a_file_of_the_same_name_takes_a_built_in_ones_place_and_the_run_says_so() {
    let project = project();
    let built_in = include_str!("../../queries/pay_by_sector.sql");
    // The very same text is no other query.
    project.write("queries/pay_by_sector.sql", built_in);
    project
        .run(&["compare", "pay_by_sector", "--restricted"])
        .ends(0)
        .never_says(&["pay_by_sector.sql"]);
    assert_eq!(origin(&project, "pay_by_sector")["origin"], "built in");
    let before = project.read("out/tables/pay_by_sector.csv");
    let own = format!("{built_in}\n-- ours\n");
    std::fs::remove_file(project.join("queries/pay_by_sector.sql")).unwrap();
    project.write("queries/deeper/pay_by_sector.sql", &own);
    project
        .run(&["compare", "pay_by_sector", "--restricted"])
        .ends(0)
        .says(&["pay_by_sector.sql"]);
    let query = origin(&project, "pay_by_sector");
    assert_eq!(query["sha256"], sha256(own.as_bytes()));
    assert_ne!(query["origin"], "built in");
    assert_eq!(project.read("out/tables/pay_by_sector.csv"), before);
}

#[test]
fn a_view_may_be_replaced_too_and_everything_on_it_follows() {
    let project = project();
    project
        .run(&[
            "compare",
            "pay_by_sector",
            "--restricted",
            "--out",
            "before",
        ])
        .ends(0);
    let own = include_str!("../../queries/views/jobs.sql")
        .replace("    w.hourly,", "    w.hourly + 1.0000 AS hourly,");
    assert_ne!(
        own,
        include_str!("../../queries/views/jobs.sql"),
        "the view has another form now"
    );
    project.write("queries/views/jobs.sql", &own);
    project
        .run(&["compare", "pay_by_sector", "--restricted"])
        .ends(0)
        .says(&["jobs.sql"]);
    assert_ne!(
        project.read("out/tables/pay_by_sector.csv"),
        project.read("before/tables/pay_by_sector.csv")
    );
    assert_eq!(origin(&project, "jobs")["sha256"], sha256(own.as_bytes()));
}

#[test]
fn a_wrong_statement_in_a_file_is_told_with_the_comparisons_name_and_publishes_nothing() {
    let project = project();
    project.write(
        "queries/mine.sql",
        "-- title: Mine\nSELECT wage FROM workers\n",
    );
    project
        .run(&["compare", "mine", "--restricted"])
        .ends(64)
        .says(&["mine", "wage"]);
    project
        .run(&["compare", "--restricted"])
        .ends(64)
        .says(&["mine"]);
    assert!(!project.join("out").exists());
    // One file alone cannot write either.
    project.write("queries/mine.sql", "-- title: Mine\nDROP TABLE workers\n");
    project.run(&["compare", "mine", "--restricted"]).ends(64);
    assert!(!project.join("out").exists());
}

#[test]
fn what_is_restricted_stays_so_and_a_hidden_row_keeps_nothing_but_its_keys() {
    let project = Project::new();
    small_return(&project, "oak", "OAK", &[("a", "12.71"), ("b", "13.00")]);
    project.ingest(&["oak"], PERIOD).ends(0);
    let basis = "2 AS basis_workers, 2 AS basis_private_workers, \
                 1 AS basis_private_providers, 2 AS basis_private_largest";
    project.write(
        "queries/closed.sql",
        "-- disclosure: restricted\n-- disclosure: small workers\nSELECT 2 AS workers\n",
    );
    project.write(
        "queries/names.sql",
        format!(
            "-- disclosure: key sector\nSELECT 'nhs' AS sector, max(worker_key) AS someone, \
             avg(CAST(age AS DOUBLE)) + 41.5 AS mean_age, {basis} FROM workers\n"
        ),
    );
    project.run(&["query", "closed"]).ends(64);
    let shown = project
        .run(&["query", "names", "--format", "csv"])
        .ends(0)
        .stdout;
    assert!(shown.contains(",nhs,,,[c],protected"), "{shown}");
}

#[test]
fn a_saved_query_says_what_its_parameters_take_and_what_may_leave() {
    let project = project();
    let saved = "-- title: Rates of a sector\n\
        -- description: Rates from a least one.\n\
        -- param: least decimal 14.00\n\
        -- limit: least = 0 to 200\n\
        -- param: sector text\n\
        -- limit: sector = one of nhs independent\n\
        -- units: pay_rate = pounds an hour\n\
        SELECT pay_rate FROM jobs WHERE sector = $sector AND pay_rate >= $least ORDER BY pay_rate, source_row\n";
    project.write("queries/rates_of.sql", saved);
    let described = project.run(&["describe", "rates_of"]).ends(0).stdout;
    for text in [
        "least",
        "14.00",
        "such as 12.60, 0 to 200",
        "one of nhs, independent",
        "needed",
        "does not say",
        "-- disclosure:",
    ] {
        assert!(
            described.to_lowercase().contains(&text.to_lowercase()),
            "{text}: {described}"
        );
    }
    // What it may show is not decided, so nobody sees it unless they may see all.
    let args = ["query", "rates_of", "--param", "sector=nhs"];
    let ran = project
        .run(&args)
        .ends(64)
        .says(&["-- disclosure:", "--restricted"]);
    assert_eq!(ran.stdout, "");
    let restricted = [&args[..], &["--restricted", "--format", "csv"]].concat();
    let seen = project.run(&restricted).ends(0).stdout;
    assert!(seen.lines().count() > 1, "{seen}");
    for (param, texts) in [
        (
            "sector=NHS",
            [
                "`NHS` is not one of nhs, independent",
                "hint: sector is one of",
            ],
        ),
        (
            "least=200.01",
            ["`200.01` is not 0 to 200", "hint: least is a plain number"],
        ),
        ("least=a lot", ["`a lot` is no decimal", "0 to 200"]),
        (
            "lest=1",
            ["has no parameter `lest`", "hint: there is least"],
        ),
    ] {
        let args = [
            "query",
            "rates_of",
            "--restricted",
            "--param",
            "sector=nhs",
            "--param",
            param,
        ];
        project.run(&args).ends(64).says(&texts);
    }
    for (line, wrong) in [
        (
            "-- limit: floor = 1 to 2",
            "line 1: limit needs name = limit",
        ),
        (
            "-- param: a text\n-- limit: a = 1 to 2",
            "line 2: `1 to 2` is no limit of a text",
        ),
        (
            "-- param: a integer 5\n-- limit: a = 1 to 2",
            "the default 5 of a is beyond it",
        ),
    ] {
        project.write("wrong.sql", format!("{line}\nSELECT 1 AS one\n"));
        project
            .run(&["query", "@wrong.sql"])
            .ends(78)
            .says(&["wrong.sql", wrong]);
    }
    // Without a header the statement itself says of which type a parameter is.
    let sql = "SELECT count(*) AS n FROM workers WHERE start_date < $day AND age > $age";
    let asked = |day: &str| {
        [
            "query", sql, "--format", "csv", "--param", day, "--param", "age=20",
        ]
        .map(str::to_owned)
    };
    let run = |day: &str| {
        let args = asked(day);
        project.run(&args.each_ref().map(String::as_str))
    };
    assert_ne!(run("day=2026-01-01").ends(0).stdout, "n\n0\n");
    run("day=yesterday")
        .ends(64)
        .says(&["`yesterday` is no date", "YYYY-MM-DD"]);
}
