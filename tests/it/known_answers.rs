//! Every figure of the small return that was worked out by hand, and the
//! published figures of a study.

use std::sync::OnceLock;

use crate::util::{PERIOD, Project, find, fixture};

/// The small return, ingested once.
fn tiny() -> &'static Project {
    static TINY: OnceLock<Project> = OnceLock::new();
    TINY.get_or_init(|| {
        let project = Project::new();
        project
            .ingest(&[&fixture("tiny/return")], PERIOD)
            .ends(0)
            .says(&["0 errors, 0 warnings"]);
        project
            .run(&["compare", "--restricted", "--out", "restricted"])
            .ends(0);
        project
    })
}

#[track_caller]
fn as_worked_out(name: &str) {
    let expected = std::fs::read_to_string(fixture(&format!("tiny/expected/{name}.csv"))).unwrap();
    let made = tiny().read(&format!("restricted/tables/{name}.csv"));
    for (line, (expected, made)) in expected.lines().zip(made.lines()).enumerate() {
        assert_eq!(made, expected, "{name}, line {}", line + 1);
    }
    assert_eq!(made, expected, "{name}");
}

#[test]
fn pay_by_sector_is_as_worked_out_by_hand() {
    as_worked_out("pay_by_sector");
}

#[test]
fn pay_gap_is_as_worked_out_by_hand() {
    as_worked_out("pay_gap");
}

#[test]
fn pay_gap_intervals_are_as_worked_out_by_hand() {
    as_worked_out("pay_gap_intervals");
}

#[test]
fn pay_points_are_as_worked_out_by_hand() {
    as_worked_out("pay_points");
}

#[test]
fn contract_types_are_as_worked_out_by_hand() {
    as_worked_out("contract_types");
}

#[test]
fn turnover_is_as_worked_out_by_hand() {
    as_worked_out("turnover");
}

#[test]
fn living_wage_is_as_worked_out_by_hand() {
    as_worked_out("living_wage");
}

#[test]
fn living_wage_providers_are_as_worked_out_by_hand() {
    as_worked_out("living_wage_providers");
}

#[test]
fn zero_hours_rights_are_as_worked_out_by_hand() {
    as_worked_out("zero_hours_rights");
}

#[test]
fn conditions_are_as_worked_out_by_hand() {
    as_worked_out("conditions");
}

#[test]
fn contract_audit_is_as_worked_out_by_hand() {
    as_worked_out("contract_audit");
}

#[test]
fn contract_rules_are_as_worked_out_by_hand() {
    as_worked_out("contract_rules");
    as_worked_out("contract_rules_sectors");
    as_worked_out("contract_readiness");
}

#[test]
fn contract_axes_are_as_worked_out_by_hand() {
    as_worked_out("contract_axes");
}

#[test]
fn care_floors_are_as_worked_out_by_hand() {
    as_worked_out("care_floors");
}

#[test]
fn costs_are_as_worked_out_by_hand() {
    as_worked_out("cost_to_comply");
    as_worked_out("cost_to_comply_providers");
}

#[test]
fn distances_and_differentials_are_as_worked_out_by_hand() {
    as_worked_out("distance_to_floor");
    as_worked_out("compression");
}

#[test]
fn living_wage_areas_are_as_worked_out_by_hand() {
    as_worked_out("living_wage_areas");
}

#[test]
fn what_the_rate_leaves_open_is_as_worked_out_by_hand() {
    as_worked_out("rate_test_caveats");
    as_worked_out("rate_test_caveats_providers");
}

#[test]
fn every_expected_table_is_asserted_and_no_table_lacks_an_expectation() {
    let names = |folder: &std::path::Path, ending: &str| {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| {
                entry
                    .unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(ending)
                    .map(str::to_owned)
            })
            .collect();
        names.sort();
        names
    };
    let expected = names(std::path::Path::new(&fixture("tiny/expected")), ".csv");
    let made: Vec<String> = names(&tiny().join("restricted/tables"), ".csv")
        .into_iter()
        // The small return has no pay periods; these have worked examples of their own.
        .filter(|name| !name.starts_with("wage_"))
        .collect();
    assert_eq!(made, expected);
    assert_eq!(made.len(), 23);
}

#[test]
fn a_protected_release_of_few_people_withholds_nearly_everything_and_says_why() {
    let project = tiny();
    project
        .run(&["report", "--out", "protected"])
        .ends(0)
        .says(&[
            "withheld [c]",
            "fewer than 10 workers",
            "1 or 2 providers",
            "--restricted",
        ]);
    for name in [
        "living_wage_providers",
        "zero_hours_rights",
        "contract_audit",
        "contract_rules",
        "wage_test",
    ] {
        assert!(
            !project
                .join(&format!("protected/tables/{name}.csv"))
                .exists(),
            "{name}"
        );
        assert!(
            !project
                .join(&format!("protected/tables/{name}.parquet"))
                .exists(),
            "{name}"
        );
    }
    let (mut hidden, mut all) = (0, 0);
    for name in [
        "pay_by_sector",
        "pay_gap",
        "pay_points",
        "contract_types",
        "turnover",
        "living_wage",
        "conditions",
    ] {
        for row in project.rows(&format!("protected/tables/{name}.csv")) {
            assert_eq!(row["release"], "protected");
            assert!(
                ["", "[c]"].contains(&row["marker"].as_str()),
                "{name}: {row:?}"
            );
            hidden += usize::from(row["marker"] == "[c]");
            all += 1;
        }
    }
    assert!(hidden * 10 > all * 7, "{hidden} of {all}");
    for page in ["living_wage.html", "sector_comparison.html"] {
        let text = project.read(&format!("protected/{page}"));
        for words in ["[c]", "--restricted"] {
            assert!(text.contains(words), "`{words}` is not in {page}");
        }
    }
}

#[test]
fn the_published_percentages_of_a_study_are_reproduced() {
    // Role group, reference sector, published as "less", and what is less.
    let cases = [
        ("minimum", "front_line", "local_authority", "18", "15.3"),
        ("maximum", "front_line", "local_authority", "32", "24.2"),
        ("minimum", "supervisor", "local_authority", "32", "24.2"),
        ("maximum", "supervisor", "local_authority", "78", "43.8"),
        ("minimum", "front_line", "nhs", "9", "8.6"),
        ("maximum", "front_line", "nhs", "18", "15.3"),
    ];
    let project = Project::new();
    for end in ["minimum", "maximum"] {
        let store = format!("{end}-store");
        let path = fixture(&format!("wihsc/{end}"));
        let ingest = ["ingest", &path, "--period", "2020-03-31", "--store", &store];
        project.run(&ingest).ends(0);
        project
            .run(&[
                "compare",
                "pay_gap",
                "--restricted",
                "--store",
                &store,
                "--out",
                end,
            ])
            .ends(0);
        let made = project.read(&format!("{end}/tables/pay_gap.csv"));
        let expected =
            std::fs::read_to_string(fixture(&format!("wihsc/expected/{end}.csv"))).unwrap();
        assert_eq!(made, expected);
    }
    for (end, group, reference, more, less) in cases {
        let rows = project.rows(&format!("{end}/tables/pay_gap.csv"));
        let wanted = [
            ("role_group", group),
            ("reference_sector", reference),
            ("focus_sector", "independent"),
        ];
        let row = find(&rows, &wanted);
        assert_eq!(rounded(&row["reference_more_pct"], 0), more, "{row:?}");
        assert_eq!(rounded(&row["focus_less_pct"], 1), less, "{row:?}");
    }
}

/// A text of two decimals rounded half away from zero to fewer.
fn rounded(text: &str, places: usize) -> String {
    let hundredths: i64 = text.replace('.', "").parse().unwrap();
    let step = if places == 0 { 100 } else { 10 };
    let steps = (hundredths + step / 2) / step;
    if places == 0 {
        steps.to_string()
    } else {
        format!("{}.{}", steps / 10, steps % 10)
    }
}
