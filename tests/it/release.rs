//! A release is whole, repeatable and withholds what it must.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::util::{PERIOD, Project, Row, find, fixture, same_tree, sha256, tree};

/// Columns that say what a row is about.
const ABOUT: [&str; 15] = [
    "period",
    "role_group",
    "sector",
    "reference_sector",
    "focus_sector",
    "contract_type",
    "measure",
    "standard",
    "condition",
    "rule",
    "status",
    "tenure",
    "guarantee",
    "marker",
    "release",
];

const PUBLIC: [&str; 10] = [
    "pay_by_sector",
    "pay_gap",
    "pay_points",
    "contract_types",
    "turnover",
    "living_wage",
    "conditions",
    "contract_axes",
    "contract_readiness",
    "contract_rules_sectors",
];

/// The sample returns as a protected and a restricted release, made once.
pub fn sample() -> &'static Project {
    static SAMPLE: OnceLock<Project> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let project = Project::new();
        project
            .ingest(&[&fixture("sample/2026-09-30")], PERIOD)
            .ends(20);
        project.run(&["report", "--out", "protected"]).ends(0);
        project
            .run(&["report", "--restricted", "--out", "restricted"])
            .ends(0);
        project
    })
}

/// Rows of a Parquet file as text, empty for none.
pub fn parquet_rows(path: &Path) -> Vec<Vec<String>> {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            rows.push(
                batch
                    .columns()
                    .iter()
                    .map(|column| array_value_to_string(column, row).unwrap())
                    .collect(),
            );
        }
    }
    rows
}

fn number(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or(0)
}

/// What a row tells besides what it is about.
fn measures(row: &Row) -> impl Iterator<Item = (&String, &String)> {
    row.iter()
        .filter(|(column, _)| !ABOUT.contains(&column.as_str()))
}

/// Whether a row tells nothing at all. The marker alone does not say so: it
/// also stands where a part of a row is withheld.
fn hidden(row: &Row) -> bool {
    row["marker"] == "[c]" && measures(row).all(|(_, value)| value.is_empty())
}

/// The same row of another release.
#[track_caller]
fn same<'a>(rows: &'a [Row], row: &Row) -> &'a Row {
    let about: Vec<(&str, &str)> = row
        .iter()
        .filter(|(column, _)| {
            ABOUT.contains(&column.as_str()) && *column != "marker" && *column != "release"
        })
        .map(|(column, value)| (column.as_str(), value.as_str()))
        .collect();
    find(rows, &about)
}

fn both(name: &str) -> (Vec<Row>, Vec<Row>) {
    let read = |release: &str| sample().rows(&format!("{release}/tables/{name}.csv"));
    (read("protected"), read("restricted"))
}

#[test]
fn the_manifest_names_every_file_with_its_digest_and_what_it_was_made_of() {
    for release in ["protected", "restricted"] {
        let folder = sample().join(release);
        let manifest = sample().json(&format!("{release}/manifest.json"));
        let mut listed: BTreeMap<String, String> = BTreeMap::new();
        for output in manifest["outputs"].as_array().unwrap() {
            let name = output["name"].as_str().unwrap().to_owned();
            let bytes = std::fs::read(folder.join(&name)).unwrap();
            assert_eq!(output["bytes"], bytes.len(), "{name}");
            listed.insert(name, output["sha256"].as_str().unwrap().to_owned());
        }
        let mut there = tree(&folder);
        there.remove("manifest.json");
        there.retain(|name, _| !name.ends_with('/'));
        assert_eq!(listed, there);
        assert_eq!(manifest["release"], release);
        for part in [
            "editions",
            "rates",
            "queries",
            "templates",
            "policy",
            "version",
        ] {
            assert!(!manifest[part].is_null(), "{part}");
        }
        let edition = manifest["editions"][0]["manifest"].as_str().unwrap();
        let bytes = std::fs::read(sample().join("store").join(edition)).unwrap();
        assert_eq!(manifest["editions"][0]["sha256"], sha256(&bytes));
        let rates = manifest["rates"]["file"].as_str().unwrap();
        let bytes = std::fs::read(sample().join("store").join(rates)).unwrap();
        assert_eq!(manifest["rates"]["sha256"], sha256(&bytes));
    }
}

#[test]
fn two_reports_of_one_edition_are_the_same_bytes() {
    let before = tree(&sample().join("protected"));
    sample()
        .run(&["report", "--out", "again", "--threads", "1"])
        .ends(0);
    same_tree(&sample().join("again"), &before);
}

#[test]
fn csv_and_parquet_hold_the_same_values() {
    for release in ["protected", "restricted"] {
        let mut tables = 0;
        for (name, _) in tree(&sample().join(release)) {
            let Some(stem) = name
                .strip_suffix(".csv")
                .filter(|name| name.starts_with("tables/"))
            else {
                continue;
            };
            let text = sample().read(&format!("{release}/{name}"));
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let csv: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let parquet = parquet_rows(&sample().join(&format!("{release}/{stem}.parquet")));
            assert_eq!(csv, parquet, "{release}/{name}");
            tables += 1;
        }
        assert!(tables >= 7, "{release}");
    }
}

#[test]
fn csv_is_plain_and_its_rows_are_in_a_total_order() {
    for (name, _) in tree(&sample().join("restricted/tables"))
        .iter()
        .filter(|(name, _)| name.ends_with(".csv"))
    {
        let text = sample().read(&format!("restricted/tables/{name}"));
        assert!(
            text.ends_with('\n') && !text.contains('\r') && !text.starts_with('\u{feff}'),
            "{name}"
        );
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        assert_eq!(header[0], "period", "{name}");
        assert_eq!(header[header.len() - 2..], ["marker", "release"], "{name}");
        let mut seen = std::collections::BTreeSet::new();
        for row in text.lines().skip(1) {
            assert!(seen.insert(row), "{name}: {row} twice");
        }
    }
}

#[test]
fn what_is_shown_is_what_the_restricted_release_shows_and_what_is_not_is_marked() {
    let (mut whole, mut part, mut none) = (0, 0, 0);
    for name in PUBLIC {
        let (protected, restricted) = both(name);
        assert_eq!(protected.len(), restricted.len(), "{name}");
        for row in &protected {
            let full = same(&restricted, row);
            assert_eq!(
                (row["release"].as_str(), full["release"].as_str()),
                ("protected", "restricted")
            );
            assert_eq!(full["marker"], "", "{name}");
            let mut withheld = false;
            for (column, value) in measures(row) {
                assert!(
                    value.is_empty() || *value == full[column],
                    "{name}: {column} of {row:?}"
                );
                withheld |= *value != full[column];
            }
            assert_eq!(
                row["marker"],
                if withheld { "[c]" } else { "" },
                "{name}: {row:?}"
            );
            match (withheld, hidden(row)) {
                (false, _) => whole += 1,
                (true, false) => part += 1,
                (true, true) => none += 1,
            }
        }
    }
    let counts =
        format!("{whole} whole, {part} in part, {none} hidden: the sample shows too little");
    assert!(whole > 20 && part > 20 && none > 20, "{counts}");
}

#[test]
fn few_workers_few_providers_and_one_large_provider_hide_a_row() {
    let (protected, _) = both("pay_by_sector");
    // The basis of each plain row, straight from the store.
    let basis = sample().query(
        "SELECT role_group, sector, sum(n) AS workers, count(*) AS providers, max(n) AS largest FROM ( \
           SELECT w.role_group, p.sector, w.provider_id, count(*) AS n FROM workers AS w \
           JOIN workplaces AS p ON p.provider_id = w.provider_id AND p.workplace_id = w.workplace_id \
           WHERE w.hourly IS NOT NULL AND w.tenure IS DISTINCT FROM 'agency' \
           GROUP BY w.role_group, p.sector, w.provider_id) AS a GROUP BY role_group, sector",
    );
    assert!(basis.len() > 10);
    let mut by_rule = [0; 4];
    for row in &basis {
        let open = ["local_authority", "nhs"].contains(&row["sector"].as_str());
        let (workers, providers, largest) = (
            number(row, "workers"),
            number(row, "providers"),
            number(row, "largest"),
        );
        let rule = if workers < 10 {
            1
        } else if !open && providers < 3 {
            2
        } else if !open && largest * 2 > workers {
            3
        } else {
            0
        };
        by_rule[rule] += 1;
        let out = find(
            &protected,
            &[
                ("role_group", &row["role_group"]),
                ("sector", &row["sector"]),
            ],
        );
        assert_eq!(hidden(out), rule != 0, "{row:?}: {out:?}");
    }
    assert!(by_rule[0] > 0 && by_rule[1] > 0, "{by_rule:?}");
}

#[test]
fn no_hidden_row_follows_from_a_total() {
    let mut hidden_parts = 0;
    for name in [
        "pay_by_sector",
        "contract_types",
        "living_wage",
        "turnover",
        "pay_points",
    ] {
        let (protected, restricted) = both(name);
        for (column, other, totals) in [
            ("sector", "role_group", ["all", "commissioned"].as_slice()),
            ("role_group", "sector", &["all"]),
        ] {
            // Rows that differ only in `column`; the mix of contract types is hidden as one.
            let mut groups: BTreeMap<Vec<&str>, BTreeMap<&str, Vec<&Row>>> = BTreeMap::new();
            for row in &protected {
                let rest = [other, "measure", "standard"]
                    .map(|key| row.get(key).map_or("", String::as_str));
                groups
                    .entry(rest.to_vec())
                    .or_default()
                    .entry(&row[column])
                    .or_default()
                    .push(row);
            }
            let hidden_as_one = |rows: &[&Row]| rows.iter().all(|row| hidden(row));
            // A mix of small types only looks hidden, whether it is or not.
            let open_question = |rows: &[&Row]| {
                if name != "contract_types" {
                    return false;
                }
                let workers: Vec<i64> = rows
                    .iter()
                    .map(|row| number(same(&restricted, row), "workers"))
                    .collect();
                workers.iter().all(|n| *n < 10) && workers.iter().sum::<i64>() >= 10
            };
            for (rest, rows) in &groups {
                for total in totals {
                    let parts = rows.iter().filter(|(part, _)| match *total {
                        "commissioned" => ["independent", "third_sector"].contains(part),
                        _ => !["all", "commissioned"].contains(part),
                    });
                    let parts: Vec<_> = parts.collect();
                    let hidden: Vec<_> = parts
                        .iter()
                        .filter(|(_, rows)| hidden_as_one(rows))
                        .map(|(part, _)| part)
                        .collect();
                    hidden_parts += hidden.len();
                    if parts.iter().any(|(_, rows)| open_question(rows)) {
                        continue;
                    }
                    let shown = rows.get(total).is_some_and(|rows| !hidden_as_one(rows));
                    assert!(
                        hidden.len() != 1 || !shown,
                        "{name}, {rest:?}: {hidden:?} follows from {total}"
                    );
                }
            }
        }
    }
    assert!(hidden_parts > 10, "the sample hides too little");
}

#[test]
fn medians_need_twenty_workers_quartiles_forty_and_small_counts_are_empty() {
    let (protected, restricted) = both("pay_by_sector");
    for row in protected.iter().filter(|row| !hidden(row)) {
        let workers = number(same(&restricted, row), "workers");
        assert_eq!(!row["median_hourly"].is_empty(), workers >= 20, "{row:?}");
        assert_eq!(!row["p25_hourly"].is_empty(), workers >= 40, "{row:?}");
        assert_eq!(!row["p75_hourly"].is_empty(), workers >= 40, "{row:?}");
    }
    let mut emptied = 0;
    for (name, counts) in [
        ("living_wage", vec!["below", "cannot_tell"]),
        ("contract_types", vec!["workers", "no_guarantee"]),
    ] {
        let (protected, restricted) = both(name);
        for row in protected.iter().filter(|row| !hidden(row)) {
            for count in &counts {
                if (1..10).contains(&number(same(&restricted, row), count)) {
                    assert_eq!(row[*count], "", "{name}: {count} of {row:?}");
                    emptied += 1;
                }
            }
        }
    }
    assert!(emptied > 0);
    let (protected, restricted) = both("pay_gap");
    for row in protected.iter().filter(|row| !hidden(row)) {
        let full = same(&restricted, row);
        let enough = number(full, "reference_workers") >= 20 && number(full, "focus_workers") >= 20;
        for column in ["gap_pounds", "focus_less_pct", "reference_more_pct"] {
            assert!(enough || row[column].is_empty(), "{column} of {row:?}");
        }
    }
}

#[test]
fn findings_are_counted_in_a_protected_release_and_listed_in_a_restricted_one() {
    let counted = sample().rows("protected/findings.csv");
    let listed = sample().rows("restricted/findings.csv");
    let stored: usize = sample()
        .value("SELECT count(*) FROM findings")
        .parse()
        .unwrap();
    assert_eq!(listed.len(), stored);
    let total: i64 = counted.iter().map(|row| number(row, "findings")).sum();
    assert_eq!(total, i64::try_from(stored).unwrap());
    let text = sample().read("protected/findings.csv");
    let providers = sample().query("SELECT DISTINCT return_id FROM workplaces");
    for id in providers.iter().map(|row| &row["return_id"]) {
        assert!(!text.contains(id.as_str()), "{id}");
    }
    // What stands in a cell is not told either.
    for value in ["care_wroker", "12.345678", "1325", "n/k"] {
        assert!(!text.contains(value), "{value}");
        assert!(
            sample().read("restricted/findings.csv").contains(value),
            "{value}"
        );
    }
}

#[test]
fn pages_and_tables_say_which_release_they_are() {
    for release in ["protected", "restricted"] {
        for page in [
            "living_wage.html",
            "sector_comparison.html",
            "contract_audit.html",
        ] {
            let text = sample().read(&format!("{release}/{page}"));
            assert!(text.to_lowercase().contains(release), "{release}/{page}");
            // A page stands alone: nothing is fetched from anywhere.
            for link in [
                "src=\"http",
                "@import",
                "<script src",
                "<link rel=\"stylesheet\" href",
            ] {
                assert!(!text.contains(link), "{release}/{page}: {link}");
            }
        }
    }
}

#[test]
fn the_planted_faults_of_the_sample_are_all_found() {
    let findings = sample().rows("restricted/findings.csv");
    let listed = std::fs::read_to_string(fixture("README.md")).unwrap();
    let mut seen = 0;
    let mut severity = "";
    for line in listed.lines() {
        if line.starts_with("Rows with an error") {
            severity = "error";
        } else if line.starts_with("Warnings planted") {
            severity = "warning";
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, file, lines, column, ..] = cells.as_slice() else {
            continue;
        };
        let Some(file) = file.strip_prefix("2026-09-30/") else {
            continue;
        };
        for row in lines.split(" and ") {
            let found = findings.iter().any(|finding| {
                finding["severity"] == severity
                    && finding["file"] == file
                    && finding["row"] == row
                    && (finding["column"] == *column || finding["column"].is_empty())
            });
            assert!(
                found,
                "{severity} in {file}, line {row}, {column} is not found"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 16);
    let errors = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .count();
    assert_eq!(errors, 11, "an error that was not planted");
}
