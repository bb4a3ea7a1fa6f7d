//! A figure back to the query, the Parquet rows, and the file, sheet and row.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::util::{PERIOD, Project, Ran, Row, find, fixture, rows, scaled, sha256};

/// The columns of each comparison that count or add up single rows, and are
/// therefore held against the rows behind it.
const SUMS: [(&str, &[&str]); 28] = [
    (
        "care_floors",
        &["tested", "below", "cannot_tell", "shortfall_unknown"],
    ),
    (
        "compression",
        &[
            "points",
            "providers",
            "senior_workers",
            "front_line_workers",
        ],
    ),
    ("conditions", &["workplaces", "answered"]),
    (
        "contract_audit",
        &[
            "workers",
            "agency",
            "bank",
            "zero_hours",
            "under_16_hours",
            "hours_unknown",
            "average_above_contracted",
            "registration_overdue",
            "registration_unknown",
        ],
    ),
    ("contract_axes", &["workers"]),
    (
        "contract_readiness",
        &["tested", "would_meet", "would_not_meet", "cannot_tell"],
    ),
    ("contract_rules", &["workers"]),
    (
        "contract_rules_sectors",
        &["tested", "met", "not_met", "cannot_tell"],
    ),
    ("contract_types", &["workers", "no_guarantee"]),
    (
        "cost_to_comply",
        &["workers", "cannot_tell", "hours_unknown"],
    ),
    (
        "cost_to_comply_providers",
        &["workers", "cannot_tell", "hours_unknown"],
    ),
    ("distance_to_floor", &["workers"]),
    (
        "living_wage",
        &["tested", "below", "cannot_tell", "shortfall_unknown"],
    ),
    (
        "living_wage_areas",
        &["tested", "below", "cannot_tell", "shortfall_unknown"],
    ),
    (
        "living_wage_providers",
        &["tested", "below", "cannot_tell", "shortfall_unknown"],
    ),
    ("pay_by_sector", &["workers", "providers"]),
    ("pay_gap", &["reference_workers", "focus_workers"]),
    ("pay_gap_intervals", &["reference_workers", "focus_workers"]),
    ("pay_points", &["points", "providers"]),
    ("rate_test_caveats", &["rate_meets", "workers"]),
    ("rate_test_caveats_providers", &["rate_meets", "workers"]),
    ("turnover", &["numerator", "denominator", "providers"]),
    ("wage_arrears", &[]),
    (
        "wage_arrears_providers",
        &[
            "workers",
            "periods",
            "periods_out_of_reach",
            "periods_reach_unknown",
            "shortfall",
            "arrears",
        ],
    ),
    ("wage_test", &[]),
    (
        "wage_test_providers",
        &[
            "periods",
            "meets",
            "below",
            "cannot_tell",
            "pay_missing",
            "hours_missing",
            "no_hours",
            "period_too_long",
            "no_rate",
            "rates_differ",
            "travel_missing",
            "accommodation_missing",
            "shortfall",
        ],
    ),
    ("wage_test_sectors", &["tested", "below", "cannot_tell"]),
    ("zero_hours_rights", &["workers"]),
];

/// The sample returns as a protected and a restricted release, made once.
fn sample() -> &'static Project {
    static SAMPLE: OnceLock<Project> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let project = Project::new();
        let returns = fixture("sample/2026-09-30");
        project.ingest(&[&returns], PERIOD).ends(20);
        project.run(&["compare", "--restricted"]).ends(0);
        project.run(&["compare", "--out", "protected"]).ends(0);
        project
    })
}

/// The small return and a release of it.
fn tiny() -> Project {
    let project = Project::new();
    project.ingest(&[&fixture("tiny/return")], PERIOD).ends(0);
    project.run(&["compare", "--restricted"]).ends(0);
    project
}

fn trace(project: &Project, args: &[&str]) -> Ran {
    let mut all = vec!["trace"];
    all.extend(args);
    all.push("--restricted");
    project.run(&all)
}

#[track_caller]
fn traced(project: &Project, args: &[&str]) -> serde_json::Value {
    let mut all = args.to_vec();
    all.extend(["--format", "json"]);
    let ran = trace(project, &all).ends(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// A query for rows as its header, the columns of its `key`, and itself.
fn rows_query(name: &str) -> (String, Vec<String>, String) {
    let path = format!("{}/queries/rows/{name}.sql", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let header: Vec<&str> = text
        .lines()
        .take_while(|line| line.starts_with("--"))
        .collect();
    let key = header
        .iter()
        .find_map(|line| line.strip_prefix("-- key: "))
        .unwrap();
    let key = key.split(' ').map(str::to_owned).collect();
    let parameters = header.iter().filter(|line| line.starts_with("-- param: "));
    (
        parameters.map(|line| format!("{line}\n")).collect(),
        key,
        text,
    )
}

#[test]
fn the_rows_behind_every_figure_add_up_to_it() {
    let project = sample();
    for (name, sums) in SUMS {
        let table = project.rows(&format!("out/tables/{name}.csv"));
        assert!(!table.is_empty(), "{name}");
        let (parameters, key, text) = rows_query(name);
        let sum = |column: &&str| format!("CAST(sum({column}) AS DECIMAL(18, 2)) AS {column}");
        let mut columns = key.clone();
        columns.extend(sums.iter().map(sum));
        columns.push("count(*) AS rows_behind".to_owned());
        let key_columns = key.join(", ");
        let sql = format!(
            "{parameters}SELECT {} FROM (\n{text}\n) AS t GROUP BY {key_columns} ORDER BY {key_columns}\n",
            columns.join(", ")
        );
        project.write("sums.sql", sql);
        let added = project
            .run(&["query", "@sums.sql", "--format", "csv"])
            .ends(0);
        let added: BTreeMap<Vec<String>, Row> = rows(&added.stdout)
            .into_iter()
            .map(|row| (key.iter().map(|key| row[key].clone()).collect(), row))
            .collect();
        for row in &table {
            let about: Vec<String> = key.iter().map(|key| row[key].clone()).collect();
            let behind = added.get(&about);
            for column in sums {
                let sum = behind.map_or("", |row| row[*column].as_str());
                let number = |text: &str| scaled(if text.is_empty() { "0" } else { text });
                assert_eq!(
                    number(&row[*column]),
                    number(sum),
                    "{name} {about:?} {column}"
                );
            }
            // Where nothing is added up, the figure is that of one row.
            if sums.is_empty() {
                assert_eq!(behind.unwrap()["rows_behind"], "1", "{name} {about:?}");
            }
        }
    }
}

#[test]
fn each_comparison_has_its_rows_and_each_of_their_columns_a_meaning() {
    let project = sample();
    let made: Vec<&str> = SUMS.iter().map(|(name, _)| *name).collect();
    let mut tables: Vec<String> = crate::util::tree(&project.join("out/tables"))
        .into_keys()
        .filter_map(|name| name.strip_suffix(".csv").map(str::to_owned))
        .collect();
    tables.sort();
    assert_eq!(tables, made);
    for name in made {
        let (parameters, key, text) = rows_query(name);
        project.write(
            "columns.sql",
            format!("{parameters}SELECT * FROM (\n{text}\n) AS t LIMIT 0\n"),
        );
        let args = ["query", "@columns.sql", "--format", "csv"];
        let header = project.run(&args).ends(0).stdout;
        let columns: Vec<&str> = header.trim().split(',').collect();
        let meant: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("-- units: ")?.split(" = ").next())
            .collect();
        for column in &columns {
            assert!(meant.contains(column), "{name}: {column} has no meaning");
        }
        for column in meant.into_iter().chain(key.iter().map(String::as_str)) {
            assert!(columns.contains(&column), "{name} has no column {column}");
        }
    }
}

#[test]
fn a_figure_leads_to_the_lines_of_the_files() {
    let project = tiny();
    let figure = [
        "living_wage",
        "below",
        "role_group=all",
        "sector=independent",
        "standard=nlw_nmw",
    ];
    let trace = traced(&project, &figure);
    let published = project.rows("out/tables/living_wage.csv");
    let row = find(
        &published,
        &[
            ("role_group", "all"),
            ("sector", "independent"),
            ("standard", "nlw_nmw"),
        ],
    );
    assert_eq!(trace["figure"]["published"], row["below"].as_str());
    assert_eq!(trace["figure"]["recomputed"], row["below"].as_str());
    assert_eq!(trace["adds_up_to"], row["below"].as_str());
    assert_eq!(trace["differences"], serde_json::json!([]));
    let behind = trace["rows"].as_array().unwrap();
    assert_eq!(behind.len().to_string(), row["below"]);
    let file = std::fs::read_to_string(fixture("tiny/return/workers.csv")).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    let header: Vec<&str> = lines[0].split(',').collect();
    let pay = header.iter().position(|name| *name == "pay_rate").unwrap();
    for row in behind {
        assert_eq!(row["source_file"], "workers.csv");
        assert_eq!(row["result"], "below");
        let number = usize::try_from(row["source_row"].as_u64().unwrap()).unwrap();
        let cells: Vec<&str> = lines[number - 1].split(',').collect();
        assert_eq!(cells[0], row["provider_id"]);
        assert_eq!(
            scaled(cells[pay]),
            scaled(row["pay_rate"].as_str().unwrap())
        );
    }
    assert_eq!(trace["files"][0]["sha256"], sha256(file.as_bytes()));
    let edition = trace["edition"]["manifest"].as_str().unwrap();
    let bytes = std::fs::read(project.join("store").join(edition)).unwrap();
    assert_eq!(trace["edition"]["sha256"], sha256(&bytes));
    let stored = trace["parquet"][0]["file"].as_str().unwrap();
    let bytes = std::fs::read(project.join("store").join(stored)).unwrap();
    assert_eq!(trace["parquet"][0]["sha256"], sha256(&bytes));
    let query = std::fs::read(format!(
        "{}/queries/living_wage.sql",
        env!("CARGO_MANIFEST_DIR")
    ));
    assert_eq!(trace["query"]["sha256"], sha256(&query.unwrap()));

    // The same for people, and as rows.
    let said = self::trace(&project, &figure).ends(0).stdout;
    for part in [
        "workers below the floor, count",
        "workers.csv",
        "they add up to",
        "built in",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mut args = figure.to_vec();
    args.extend(["--format", "csv", "--output", "own.csv"]);
    self::trace(&project, &args)
        .ends(0)
        .says(&["living_wage.below"]);
    assert_eq!(project.rows("own.csv").len(), behind.len());
}

#[test]
fn a_share_shows_what_it_is_a_share_of() {
    let project = tiny();
    let row = ["role_group=all", "sector=all", "contract_type=zero_hours"];
    let share = traced(
        &project,
        &[&["contract_types", "share_pct"][..], &row].concat(),
    );
    let count = traced(
        &project,
        &[&["contract_types", "workers"][..], &row].concat(),
    );
    assert_eq!(share["rows"].as_array().unwrap().len(), 40);
    let counted = count["rows"].as_array().unwrap().len();
    assert!((1..40).contains(&counted));
    assert_eq!(count["looked_at"], 40);
    // One side of a gap, and both.
    let gap = [
        "role_group=all",
        "reference_sector=local_authority",
        "focus_sector=independent",
    ];
    let sides = |column: &str| {
        let trace = traced(&project, &[&["pay_gap", column][..], &gap].concat());
        let rows = trace["rows"].as_array().unwrap().clone();
        let sides: std::collections::BTreeSet<String> = rows
            .iter()
            .map(|row| row["side"].as_str().unwrap().to_owned())
            .collect();
        sides.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(sides("reference_median"), "reference");
    assert_eq!(sides("gap_pounds"), "focus reference");
}

#[test]
fn which_figure_must_be_told() {
    let project = tiny();
    for (args, said) in [
        (
            &["pay_gaps", "gap_pounds"][..],
            &["no comparison `pay_gaps`", "there is pay_gap"][..],
        ),
        (
            &["pay_gap", "gap_pound"],
            &["no column `gap_pound`", "there is gap_pounds"],
        ),
        (
            &["pay_by_sector", "sector"],
            &["is no figure of it", "workers"],
        ),
        (
            &["pay_by_sector", "workers", "role_group=all"],
            &["rows of pay_by_sector fit", "sector=VALUE", "independent"],
        ),
        (
            &["pay_by_sector", "workers", "sectr=all"],
            &["no column `sectr`", "there is sector"],
        ),
        (
            &["pay_by_sector", "workers", "sector=independant"],
            &["no sector `independant`", "there is independent"],
        ),
        (&["pay_by_sector", "workers", "sector"], &["not NAME=VALUE"]),
        (
            &["pay_gap", "gap_pounds", "--release", "store"],
            &["store holds no release", "hint: "],
        ),
        (
            &[
                "pay_gap",
                "gap_pounds",
                "--release",
                "out",
                "--edition",
                "1",
            ],
            &["cannot be used with"],
        ),
    ] {
        let ran = trace(&project, args).ends(64).says(said);
        assert_eq!(ran.stdout, "");
    }
    project
        .run(&[
            "trace",
            "pay_by_sector",
            "workers",
            "role_group=all",
            "sector=all",
        ])
        .ends(64)
        .says(&["single workers", "--restricted"]);
}

#[test]
fn a_withheld_figure_is_said_to_be() {
    let project = sample();
    let protected = project.rows("protected/tables/living_wage.csv");
    let restricted = project.rows("out/tables/living_wage.csv");
    let hidden = protected
        .iter()
        .find(|row| row["marker"] == "[c]" && row["below"].is_empty())
        .unwrap();
    let about = ["role_group", "sector", "standard"];
    let wanted = about.map(|name| (name, hidden[name].as_str()));
    let shown = find(&restricted, &wanted);
    let told: Vec<String> = wanted
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut args = vec!["living_wage", "below"];
    args.extend(told.iter().map(String::as_str));
    args.extend(["--release", "protected"]);
    let trace = traced(project, &args);
    assert_eq!(trace["figure"]["published"], "");
    assert_eq!(trace["figure"]["withheld"], true);
    assert_eq!(trace["figure"]["recomputed"], shown["below"].as_str());
    assert_eq!(trace["figure"]["in_protected_release"], "withheld");
    args.truncate(args.len() - 2);
    let trace = traced(project, &args);
    assert_eq!(trace["figure"]["withheld"], false);
    assert_eq!(trace["figure"]["published"], shown["below"].as_str());
    assert_eq!(trace["figure"]["in_protected_release"], "withheld");
    // What a protected release has no table of is traced on the store.
    let args = ["wage_test", "result", "--release", "protected"];
    self::trace(project, &args)
        .ends(64)
        .says(&["has no table wage_test", "protected release"]);
}

#[test]
fn what_was_altered_since_is_named() {
    let project = tiny();
    let figure = ["pay_by_sector", "workers", "role_group=all", "sector=all"];
    let path = format!("store/period={PERIOD}/0001.json");
    let manifest = project.read(&path);
    project.write(
        &path,
        manifest.replace("\"rows_blank\": 0", "\"rows_blank\": 1"),
    );
    trace(&project, &figure).ends(65).says(&[
        "0001.json was altered",
        "edition 1 of 2026-09-30 is not the one that the release was made of",
    ]);
    project.write(&path, &manifest);
    trace(&project, &figure).ends(0);
    // A table of the release, and a file of the edition.
    let table = project.read("out/tables/pay_by_sector.csv");
    project.write(
        "out/tables/pay_by_sector.csv",
        table.replace(",all,", ",nhs,"),
    );
    trace(&project, &figure)
        .ends(65)
        .says(&["pay_by_sector.csv is not the file", "verify out"]);
    project.write("out/tables/pay_by_sector.csv", &table);
    let stored = crate::util::tree(&project.join("store"));
    let stored = stored
        .keys()
        .find(|name| name.ends_with("/workers.parquet"))
        .unwrap();
    let mut bytes = std::fs::read(project.join("store").join(stored)).unwrap();
    let whole = bytes.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    project.write(&format!("store/{stored}"), bytes);
    let ran = trace(&project, &figure)
        .ends(65)
        .says(&["workers.parquet is not the file", "verify"]);
    assert_eq!(ran.stdout, "");
    project.write(&format!("store/{stored}"), whole);
    // Another comparison of the name gives other figures, and says so.
    let own =
        "SELECT role_group, sector, 1 AS workers FROM pay_cells ORDER BY role_group, sector\n";
    project.write("queries/pay_by_sector.sql", own);
    let rows = std::fs::read(format!(
        "{}/queries/rows/pay_by_sector.sql",
        env!("CARGO_MANIFEST_DIR")
    ));
    trace(&project, &figure)
        .ends(64)
        .says(&["comparison of your own", "queries/rows/pay_by_sector.sql"]);
    let rows = [rows.unwrap(), b"\n".to_vec()].concat();
    project.write("queries/rows/pay_by_sector.sql", rows);
    trace(&project, &figure).ends(65).says(&[
        "using your own query for the rows behind pay_by_sector",
        "with other queries or rules: pay_by_sector",
        "published as 38, and comes out as 1 now",
        "the rows add up to 38, not to 1",
    ]);
}

#[test]
fn a_later_edition_leaves_the_figure_traceable() {
    let project = tiny();
    let figure = ["pay_by_sector", "workers", "role_group=all", "sector=all"];
    let before = traced(&project, &figure);
    crate::util::small_return(&project, "more/ash", "ASH", &[("a", "13.00")]);
    project.ingest(&["more"], PERIOD).ends(0);
    assert_eq!(traced(&project, &figure), before);
    let now = traced(&project, &[&figure[..], &["--edition", "2"]].concat());
    assert_eq!(now["figure"]["published"], serde_json::Value::Null);
    assert_eq!(now["edition"]["edition"], 2);
    assert_ne!(now["figure"]["recomputed"], before["figure"]["recomputed"]);
}

#[test]
fn a_row_of_a_workbook_has_its_sheet() {
    let project = Project::new();
    let returns = fixture("workbooks/tiny.xlsx");
    let code = project.ingest(&[&returns], PERIOD).code;
    assert!([0, 10].contains(&code), "{code}");
    let figure = [
        "pay_by_sector",
        "median_hourly",
        "role_group=all",
        "sector=all",
    ];
    let trace = traced(&project, &figure);
    let behind = trace["rows"].as_array().unwrap();
    assert!(!behind.is_empty());
    for row in behind {
        assert_eq!(row["source_file"], "tiny.xlsx");
        assert_eq!(
            row["sheet"].as_str().unwrap().trim().to_lowercase(),
            "workers"
        );
    }
    assert_eq!(trace["files"][0]["sheet"], behind[0]["sheet"]);
    assert_eq!(
        trace["files"][0]["sha256"],
        sha256(&std::fs::read(returns).unwrap())
    );
    let said = self::trace(&project, &figure).ends(0).stdout;
    assert!(said.contains("tiny.xlsx sheet "), "{said}");
}

#[test]
fn a_comparison_of_your_own_is_traced_by_rows_of_your_own() {
    let project = tiny();
    let comparison = "-- title: Jobs by service\n-- units: jobs = jobs, count\n\
        SELECT service, CAST(count(*) AS BIGINT) AS jobs FROM jobs GROUP BY service ORDER BY service\n";
    project.write("queries/jobs_by_service.sql", comparison);
    let figure = ["jobs_by_service", "jobs", "service=domiciliary"];
    let hint = "add queries/rows/jobs_by_service.sql";
    trace(&project, &figure)
        .ends(64)
        .says(&["nothing says which rows", hint]);
    let body = "SELECT service, 'workers' AS table_name, return_id, source_file, source_row, provider_id, \
        workplace_id, 1 AS jobs FROM jobs\n";
    project.write("queries/rows/jobs_by_service.sql", body);
    trace(&project, &figure).ends(78).says(&["-- key: "]);
    project.write(
        "queries/rows/jobs_by_service.sql",
        format!("-- key: servise\n{body}"),
    );
    trace(&project, &figure)
        .ends(78)
        .says(&["has the key servise"]);
    project.write(
        "queries/rows/jobs_by_service.sql",
        format!("-- key: service\n{body}"),
    );
    let trace = traced(&project, &figure);
    assert_eq!(trace["adds_up_to"], trace["figure"]["recomputed"]);
    assert!(
        trace["rows_query"]["origin"]
            .as_str()
            .unwrap()
            .ends_with("queries/rows/jobs_by_service.sql")
    );
    let broken = "-- key: service\n-- behind: jobs = work\nSELECT 1 AS service\n";
    project.write("queries/rows/jobs_by_service.sql", broken);
    self::trace(&project, &figure)
        .ends(78)
        .says(&["queries/rows/jobs_by_service.sql: "]);
}
