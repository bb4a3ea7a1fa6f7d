//! Staff-in-post extracts of the NHS.

use crate::util::{PERIOD, Project, find, fixture, rows};

const HEADER: &str = "Tm Year Month,Ocs Code,Unique Nhs Identifier,Occupation Code,Status,Asg Type Of Contract,Contracted Wte\n";

/// A return of one organisation and these assignments.
fn extract(project: &Project, id: &str, assignments: &str) {
    project.write(
        &format!("{id}/workplaces.csv"),
        "provider_id,workplace_id,sector\nXQ1,XQ1,nhs\n",
    );
    project.write(&format!("{id}/staff.csv"), format!("{HEADER}{assignments}"));
}

fn rules(project: &Project, id: &str, code: i32) -> Vec<(String, String, String)> {
    let ran = project.run(&["check", id, "--period", PERIOD, "--format", "csv"]);
    rows(&ran.ends(code).stdout)
        .into_iter()
        .map(|row| {
            (
                row["row"].clone(),
                row["rule"].clone(),
                row["message"].clone(),
            )
        })
        .collect()
}

#[test]
fn the_extract_gives_the_answer_worked_out_by_hand() {
    let project = Project::new();
    project.ingest(&[&fixture("nhs-esr")], PERIOD).ends(0);
    let balance = project.query(
        "SELECT layout, rows_read, rows_accepted, rows_rejected, rows_skipped FROM returns \
         WHERE source_file = 'staff_in_post.csv'",
    );
    for (column, value) in [
        ("layout", "nhs-esr"),
        ("rows_read", "13"),
        ("rows_accepted", "10"),
        ("rows_rejected", "0"),
        ("rows_skipped", "3"),
    ] {
        assert_eq!(balance[0][column], value, "{column}");
    }
    let jobs = project.query(
        "SELECT source_row, workplace_id, role, tenure, contracted_hours, pay_rate, hourly, age, \
         start_date FROM workers ORDER BY source_row",
    );
    let expected = [
        ("2", "healthcare_support_worker", "permanent", "37.5000"),
        ("3", "healthcare_support_worker", "permanent", "30.0000"),
        ("4", "nursing_assistant", "permanent", "7.5000"),
        ("5", "nursing_assistant", "fixed_term", "19.9999"),
        ("6", "registered_nurse", "permanent", "37.5000"),
        ("7", "other", "temporary", "18.7500"),
        ("8", "healthcare_support_worker", "bank", "0.0000"),
        ("12", "nursing_associate", "permanent", "37.5000"),
        ("13", "healthcare_support_worker", "permanent", ""),
        ("14", "healthcare_support_worker", "permanent", "22.5000"),
    ];
    assert_eq!(jobs.len(), expected.len());
    for (row, role, tenure, hours) in expected {
        let job = find(&jobs, &[("source_row", row)]);
        let found = [&job["role"], &job["tenure"], &job["contracted_hours"]];
        assert_eq!(found, [role, tenure, hours], "row {row}");
        // What the extract cannot tell stays unknown.
        for column in ["pay_rate", "hourly", "age", "start_date"] {
            assert_eq!(job[column], "", "row {row} {column}");
        }
    }
    assert_eq!(
        project.value("SELECT count(DISTINCT worker_key) FROM workers"),
        "10"
    );
    project
        .run(&["compare", "contract_types", "--restricted"])
        .ends(0);
    let types = project.rows("out/tables/contract_types.csv");
    let front: Vec<(&str, &str, &str)> = types
        .iter()
        .filter(|row| row["role_group"] == "front_line" && row["sector"] == "nhs")
        .map(|row| {
            (
                row["contract_type"].as_str(),
                row["workers"].as_str(),
                row["share_pct"].as_str(),
            )
        })
        .collect();
    for wanted in [
        ("permanent_full_time", "1", "14.29"),
        ("permanent_part_time", "2", "28.57"),
        ("permanent_under_16", "1", "14.29"),
        ("permanent_hours_unknown", "1", "14.29"),
        ("temporary", "1", "14.29"),
        ("bank", "1", "14.29"),
    ] {
        assert!(front.contains(&wanted), "{wanted:?} in {front:?}");
    }
    assert_eq!(front.len(), 6);
}

#[test]
fn no_identifier_and_no_nationality_reaches_the_store() {
    let project = Project::new();
    project.ingest(&[&fixture("nhs-esr")], PERIOD).ends(0);
    let tables = ["workers", "returns", "findings", "rejects"];
    for table in tables {
        let text = project
            .run(&[
                "query",
                &format!("SELECT * FROM {table}"),
                "--format",
                "csv",
            ])
            .ends(0)
            .stdout;
        for word in ["10000", "British", "Filipino"] {
            assert!(!text.contains(word), "{word} in {table}");
        }
    }
}

#[test]
fn rows_of_another_month_are_errors_and_never_counted() {
    let project = Project::new();
    extract(
        &project,
        "esr",
        "2026-SEP,XQ1,1,H1A,Active Assignment,Permanent,1\n\
         2026-AUG,XQ1,2,H1A,Active Assignment,Permanent,1\n\
         202609,XQ1,3,H1A,Active Assignment,Permanent,1\n\
         September,XQ1,4,H1A,Active Assignment,Permanent,1\n\
         ,XQ1,5,H1A,Active Assignment,Permanent,1\n",
    );
    let found = rules(&project, "esr", 20);
    let month = |row: &str| {
        (
            row.to_owned(),
            "workers.month".to_owned(),
            "the row is not of the month of the period: that is 2026-09".to_owned(),
        )
    };
    assert_eq!(found, [month("3"), month("5"), month("6")]);
}

#[test]
fn the_same_assignment_twice_is_a_duplicate() {
    let project = Project::new();
    extract(
        &project,
        "esr",
        "2026-SEP,XQ1,1,H1A,Active Assignment,Permanent,0.5\n\
         2026-SEP,XQ1,1,H1A,Active Assignment,Permanent,0.5\n\
         2026-SEP,XQ1,1,H1A,Active Assignment,Permanent,0.4\n",
    );
    let found = rules(&project, "esr", 20);
    let found: Vec<(&str, &str)> = found.iter().map(|f| (f.0.as_str(), f.1.as_str())).collect();
    assert_eq!(
        found,
        [
            ("2", "workers.duplicate_key"),
            ("3", "workers.duplicate_key")
        ]
    );
}

#[test]
fn what_the_extract_leaves_open_is_never_decided_for_it() {
    let project = Project::new();
    extract(
        &project,
        "esr",
        "2026-SEP,XQ1,1,H1A,,Permanent,1\n\
         2026-SEP,XQ1,2,H1A,Active Assignment,Retainer,1\n\
         2026-SEP,XQ1,3,,Active Assignment,Permanent,1\n\
         2026-SEP,XQ1,4,H1A,Active Assignment,Permanent,3\n\
         2026-SEP,XQ1,5,H1A,Active Assignment,Permanent,full\n",
    );
    let found = rules(&project, "esr", 20);
    let found: Vec<(&str, &str)> = found.iter().map(|f| (f.0.as_str(), f.1.as_str())).collect();
    assert_eq!(
        found,
        [
            ("2", "workers.status"),
            ("3", "workers.status"),
            ("3", "workers.tenure.unknown_code"),
            ("4", "workers.role.required"),
            ("5", "workers.contracted_hours.range"),
            ("6", "workers.contracted_hours.unreadable"),
        ]
    );
    let ran = project.run(&["check", "esr", "--period", PERIOD]).ends(20);
    for text in [
        "use one of: Active Assignment, Internal Secondment, Acting Up",
        "Contracted Wte: 3 x 37.5 is not between 0 and 84",
    ] {
        assert!(ran.stdout.contains(text), "{text} in {}", ran.stdout);
    }
}
