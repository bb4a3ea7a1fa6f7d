//! Published percentages and rates, and the formulas that do not give them:
//! the cases of `formula_cases.csv`, each put to the program as a return.

use crate::util::{Project, Row, find, rows, scaled, workplace};

/// One role a case, each in a group of its own: eight cases fit one return.
const ROLES: [(&str, &str); 8] = [
    ("care_worker", "front_line"),
    ("team_leader", "senior"),
    ("supervisor", "supervisor"),
    ("manager", "manager"),
    ("registered_nurse", "nursing"),
    ("social_worker", "social_work"),
    ("occupational_therapist", "allied_health"),
    ("administrative", "support"),
];

fn cases(kind: &str) -> Vec<Row> {
    let all = rows(include_str!("formula_cases.csv"));
    let cases: Vec<Row> = all
        .into_iter()
        .filter(|case| case["id"].starts_with(kind))
        .collect();
    assert!(!cases.is_empty());
    cases
}

/// Whether a figure is the published one within half a unit of its last digit.
fn reproduces(computed: &str, published: &str) -> bool {
    let places = published
        .split_once('.')
        .map_or(0, |(_, places)| places.len());
    let half_unit = 10_000 / 10_i128.pow(u32::try_from(places).unwrap()) / 2;
    (scaled(computed) - scaled(published)).abs() <= half_unit
}

#[test]
fn published_pay_gaps_come_out_of_the_formula_that_gives_them_and_of_no_other() {
    let project = Project::new();
    let cases = cases("gap-");
    let mut seen = 0;
    for (batch, cases) in cases.chunks(ROLES.len()).enumerate() {
        let header =
            "provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate\n";
        for (provider, sector, column) in [
            ("HIGH", "local_authority", "higher"),
            ("LOW", "independent", "lower"),
        ] {
            let id = format!("batch{batch}/{provider}");
            project.write(
                &format!("{id}/workplaces.csv"),
                workplace(provider, "P1", sector),
            );
            let mut text = header.to_owned();
            for (case, (role, _)) in cases.iter().zip(ROLES) {
                // Salaries are for the same hours on both sides, so these cancel out.
                let basis = if scaled(&case[column]) > 2_000_000 {
                    "annual"
                } else {
                    "hourly"
                };
                let rate = &case[column];
                text.push_str(&format!(
                    "{provider},P1,{},{role},permanent,37.5,{basis},{rate}\n",
                    case["id"]
                ));
            }
            project.write(&format!("{id}/workers.csv"), text);
        }
        let period = format!("202{batch}-03-31");
        project.ingest(&[&format!("batch{batch}")], &period).ends(0);
        let made = project
            .run(&[
                "query",
                "pay_gap",
                "--restricted",
                "--format",
                "csv",
                "--period",
                &period,
            ])
            .ends(0);
        let made = rows(&made.stdout);
        for (case, (_, group)) in cases.iter().zip(ROLES) {
            let wanted = [
                ("role_group", group),
                ("reference_sector", "local_authority"),
                ("focus_sector", "independent"),
            ];
            let row = find(&made, &wanted);
            let computed = &row[&case["formula"]];
            assert_eq!(
                reproduces(computed, &case["published"]),
                case["reproduces"] == "yes",
                "{}: {computed} and {}",
                case["id"],
                case["published"]
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 13);
}

#[test]
fn published_hourly_rates_come_out_of_365_sevenths_weeks_and_not_of_52() {
    let project = Project::new();
    let cases = cases("hour-");
    project.write("year/workplaces.csv", workplace("YEAR", "P1", "nhs"));
    let mut text =
        "provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate\n"
            .to_owned();
    for case in &cases {
        let (id, annual, hours) = (&case["id"], &case["higher"], &case["lower"]);
        text.push_str(&format!(
            "YEAR,P1,{id},care_worker,permanent,{hours},annual,{annual}\n"
        ));
    }
    project.write("year/workers.csv", text);
    project.ingest(&["year"], "2025-03-31").ends(0);
    let hourly = project.query("SELECT source_row, hourly FROM workers ORDER BY source_row");
    assert_eq!(hourly.len(), 6);
    for (case, row) in cases.iter().zip(&hourly) {
        let (id, published) = (&case["id"], &case["published"]);
        assert!(reproduces(&row["hourly"], published), "{id}: {row:?}");
        if case["formula"] == "52 weeks" {
            assert_eq!(case["reproduces"], "no");
            let in_52_weeks = scaled(&case["higher"]) * 10_000 / (scaled(&case["lower"]) * 52);
            let in_52_weeks = format!("{}.{:04}", in_52_weeks / 10_000, in_52_weeks % 10_000);
            assert!(!reproduces(&in_52_weeks, published), "{id}: {in_52_weeks}");
            assert!(!reproduces(&row["hourly"], "12.55"), "{id}: {row:?}");
        }
    }
}

/// `living_wage` of one return of hourly workers in Wales, all of age 40.
fn living_wage(project: &Project, period: &str, rates: &[(&str, usize)], standard: &str) -> Row {
    let id = period.to_owned();
    project.write(
        &format!("{id}/workplaces.csv"),
        "provider_id,workplace_id,sector,area_code\nFLOOR,P1,independent,W92000004\n",
    );
    let mut text = "provider_id,workplace_id,worker_ref,birth_date,role,tenure,apprentice,contracted_hours,pay_basis,pay_rate\n".to_owned();
    for (rate, people) in rates {
        for person in 0..*people {
            text.push_str(&format!(
                "FLOOR,P1,{rate}-{person},1985-01-01,care_worker,permanent,no,37,hourly,{rate}\n"
            ));
        }
    }
    project.write(&format!("{id}/workers.csv"), text);
    project.ingest(&[&id], period).ends(0);
    let made = project
        .run(&[
            "query",
            "living_wage",
            "--restricted",
            "--format",
            "csv",
            "--period",
            period,
        ])
        .ends(0);
    find(
        &rows(&made.stdout),
        &[
            ("role_group", "all"),
            ("sector", "all"),
            ("standard", standard),
        ],
    )
    .clone()
}

#[test]
fn pay_exactly_at_the_floor_is_not_below_it() {
    let case = &cases("cmp-01")[0];
    let project = Project::new();
    let threshold = case["lower"].as_str();
    // The median is the threshold, and yet fewer than half are below it.
    let row = living_wage(
        &project,
        "2025-09-30",
        &[("12.59", 49), (threshold, 51)],
        "real_living_wage",
    );
    assert_eq!(
        (row["tested"].as_str(), row["below"].as_str()),
        ("100", "49")
    );
    assert!(reproduces(&row["below_pct"], &case["published"]), "{row:?}");
}

#[test]
fn pay_is_tested_against_the_rate_in_force_on_its_date() {
    let case = &cases("cmp-02")[0];
    let project = Project::new();
    let pay = case["higher"].as_str();
    let row = living_wage(&project, "2025-03-31", &[(pay, 1)], "nlw_nmw");
    assert_eq!((row["tested"].as_str(), row["below"].as_str()), ("1", "0"));
    // For a month the rate before could still apply, then the new one alone.
    let row = living_wage(&project, "2025-04-15", &[(pay, 1)], "nlw_nmw");
    assert_eq!(
        (row["tested"].as_str(), row["cannot_tell"].as_str()),
        ("0", "1")
    );
    let row = living_wage(&project, "2025-05-02", &[(pay, 1)], "nlw_nmw");
    assert_eq!((row["tested"].as_str(), row["below"].as_str()), ("1", "1"));
}
