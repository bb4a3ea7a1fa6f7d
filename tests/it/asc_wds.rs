//! The bulk-upload files of the workforce data set, and what its own validator
//! says of the same changes.

use crate::util::{PERIOD, Project, Row, find, fixture, rows};

/// One change to the staff row `A2` of the example: the columns set, what the
/// data set's validator says of it, what we say, and the values kept: basis
/// and rate, contracted hours, average hours, zero hours.
struct Change {
    set: &'static [(&'static str, &'static str)],
    validator: &'static str,
    ours: &'static str,
    kept: [&'static str; 4],
}

const fn change(
    set: &'static [(&'static str, &'static str)],
    validator: &'static str,
    ours: &'static str,
    kept: [&'static str; 4],
) -> Change {
    Change {
        set,
        validator,
        ours,
        kept,
    }
}

/// Nothing is kept of a rejected row.
const REJECTED: [&str; 4] = ["", "", "", ""];
const AS_BEFORE: [&str; 4] = ["hourly 13.6000", "36.0000", "", "false"];

const CHANGES: [Change; 21] = [
    change(&[], "none", "none", AS_BEFORE),
    // The validator passes it at first and loses it later; we say so at once.
    change(&[("HOURLYRATE", "500")], "none", "error", REJECTED),
    change(&[("HOURLYRATE", "13.6")], "none", "none", AS_BEFORE),
    change(&[("HOURLYRATE", "£13.60")], "error", "error", REJECTED),
    change(&[("HOURLYRATE", " 13.60")], "error", "error", REJECTED),
    change(&[("SALARYINT", "")], "error", "error", REJECTED),
    change(&[("SALARYINT", "1")], "error", "error", REJECTED),
    change(
        &[("SALARYINT", "1"), ("HOURLYRATE", ""), ("SALARY", "499")],
        "error",
        "error",
        REJECTED,
    ),
    change(
        &[
            ("SALARYINT", "1"),
            ("HOURLYRATE", ""),
            ("SALARY", "220000"),
            ("MAINJOBROLE", "1"),
        ],
        "none",
        "none",
        ["annual 220000.0000", "36.0000", "", "false"],
    ),
    change(
        &[("ZEROHRCONT", "999"), ("CONTHOURS", "999")],
        "error",
        "error",
        REJECTED,
    ),
    change(&[("ZEROHRCONT", "1")], "error", "error", REJECTED),
    change(
        &[("ZEROHRCONT", "2"), ("CONTHOURS", "0")],
        "warning",
        "warning",
        ["hourly 13.6000", "0.0000", "", ""],
    ),
    change(
        &[("ZEROHRCONT", ""), ("CONTHOURS", "")],
        "none",
        "none",
        ["hourly 13.6000", "", "", ""],
    ),
    change(
        &[("CONTHOURS", "75.5")],
        "warning",
        "warning",
        ["hourly 13.6000", "", "", "false"],
    ),
    change(&[("AVGHOURS", "30")], "warning", "warning", AS_BEFORE),
    change(&[("EMPLSTATUS", "5")], "error", "error", REJECTED),
    // Sickness stops at the parser: it is neither checked nor mentioned.
    change(&[("DAYSSICK", "1.50")], "warning", "none", AS_BEFORE),
    // In both files, or the two would no longer meet.
    change(
        &[(
            "LOCALESTID",
            "An id of exactly 49 characters, spaces and all: X",
        )],
        "none",
        "none",
        AS_BEFORE,
    ),
    change(&[("STATUS", "new")], "none", "none", AS_BEFORE),
    change(
        &[("STARTDATE", "1/9/2016")],
        "warning",
        "warning",
        AS_BEFORE,
    ),
    change(&[("MAINJOBROLE", "41")], "error", "error", REJECTED),
];

/// Where we say something else than the validator, with the reason beside the
/// change above.
const DIFFERENT: [&str; 2] = ["HOURLYRATE", "DAYSSICK"];

fn example(file: &str) -> String {
    std::fs::read_to_string(fixture(&format!("asc-wds/example_{file}.csv"))).unwrap()
}

/// The example with columns of some rows set.
fn changed(text: &str, pick: impl Fn(&Row) -> bool, set: &[(&str, &str)]) -> Vec<u8> {
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for mut row in rows(text) {
        if pick(&row) {
            for (column, value) in set {
                assert!(header.contains(column), "{column}");
                row.insert((*column).to_owned(), (*value).to_owned());
            }
        }
        writer
            .write_record(header.iter().map(|column| &row[*column]))
            .unwrap();
    }
    writer.into_inner().unwrap()
}

/// A return of the example files with one change.
fn write(project: &Project, id: &str, change: &Change) {
    let same_place = |row: &Row| row["LOCALESTID"] == "OAK 01";
    let (place, own): (Vec<_>, Vec<_>) = change
        .set
        .iter()
        .copied()
        .partition(|(column, _)| *column == "LOCALESTID");
    let staff = changed(&example("staff"), |row| row["UNIQUEWORKERID"] == "A2", &own);
    let staff = changed(std::str::from_utf8(&staff).unwrap(), same_place, &place);
    project.write(&format!("{id}/staff.csv"), staff);
    project.write(
        &format!("{id}/workplace.csv"),
        changed(&example("workplace"), same_place, &place),
    );
}

/// Rule and row of every finding of `check`.
fn findings(project: &Project, id: &str) -> Vec<(String, String, String)> {
    let ran = project.run(&["check", id, "--period", PERIOD, "--format", "json"]);
    let json: Vec<Row> = serde_json::from_str::<Vec<serde_json::Value>>(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr))
        .into_iter()
        .map(|finding| {
            let fields = finding.as_object().unwrap().clone();
            fields
                .into_iter()
                .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
                .collect()
        })
        .collect();
    json.into_iter()
        .map(|finding| {
            let file = finding["file"].rsplit('/').next().unwrap().to_owned();
            (
                finding["severity"].clone(),
                finding["rule"].clone(),
                format!("{file} {}", finding["row"]),
            )
        })
        .collect()
}

#[test]
fn the_example_files_are_read_with_every_row_accepted() {
    let project = Project::new();
    for file in ["workplace", "staff", "training"] {
        project.write(&format!("in/{file}.csv"), example(file));
    }
    // The training file is not needed, and that is worth a word.
    let ran = project.ingest(&["in"], PERIOD).says(&["training.csv"]);
    assert!([0, 10].contains(&ran.code), "{}{}", ran.code, ran.stderr);
    assert_eq!(project.value("SELECT count(*) FROM workers"), "12");
    let places = project.query("SELECT * FROM workplaces");
    let oak = find(&places, &[("workplace_id", "OAK 01")]);
    for (column, value) in [
        ("provider_id", "9-999999901"),
        ("regulator_id", "9-999999911"),
        ("sector", "independent"),
        ("service", "residential"),
        ("area_code", "E92000001"),
        ("total_staff", "5"),
        ("enhanced_sick_pay", "false"),
        ("pension_above_minimum", "false"),
        ("annual_leave_days", "28.0000"),
        ("sleep_in_pay", "flat"),
        ("workplace_name", "Old Oak Court, Example"),
    ] {
        assert_eq!(oak[column], value, "{column}");
    }
    let council = find(&places, &[("workplace_id", "COUNCIL-HC")]);
    for (column, value) in [
        ("sector", "local_authority"),
        ("service", "domiciliary"),
        ("travel_time_pay", "different_rate"),
        ("travel_rate", "12.9000"),
        ("employer_pension_pct", "16.5000"),
        ("sleep_in_pay", "no_sleep_ins"),
    ] {
        assert_eq!(council[column], value, "{column}");
    }
    let trust = find(&places, &[("workplace_id", "NHS-CT")]);
    for (column, value) in [
        ("sector", "other"),
        ("service", "healthcare"),
        ("enhanced_sick_pay", ""),
        ("annual_leave_days", ""),
    ] {
        assert_eq!(trust[column], value, "{column}");
    }
    let tenures =
        project.query("SELECT tenure, count(*) AS n FROM workers GROUP BY tenure ORDER BY tenure");
    let tenures: Vec<_> = tenures
        .iter()
        .map(|row| (row["tenure"].as_str(), row["n"].as_str()))
        .collect();
    assert_eq!(
        tenures,
        [
            ("agency", "1"),
            ("bank", "1"),
            ("permanent", "8"),
            ("temporary", "2")
        ]
    );
    let apprentice = project.query("SELECT age, apprentice, hourly FROM workers WHERE apprentice");
    assert_eq!(apprentice.len(), 1);
    assert_eq!(
        (
            apprentice[0]["age"].as_str(),
            apprentice[0]["hourly"].as_str()
        ),
        ("18", "8.1000")
    );
}

#[test]
fn parallel_lists_become_flows_and_999_is_never_a_number() {
    let project = Project::new();
    for file in ["workplace", "staff"] {
        project.write(&format!("in/{file}.csv"), example(file));
    }
    project.ingest(&["in"], PERIOD);
    let flows = project.query(
        "SELECT workplace_id, role, opening, starters, leavers, closing, vacancies, retained FROM flows",
    );
    let expected = [
        ("OAK 01", "registered_manager", "0", "0", "0"),
        ("OAK 01", "senior_care_worker", "0", "0", "0"),
        ("OAK 01", "care_worker", "2", "1", "1"),
        ("OAK 01", "ancillary", "0", "1", "0"),
        ("COUNCIL-HC", "registered_manager", "", "0", "1"),
        ("COUNCIL-HC", "care_worker", "", "0", "2"),
        ("COUNCIL-HC", "social_worker", "", "0", "1"),
        ("NHS-CT", "registered_nurse", "1", "0", ""),
        ("NHS-CT", "nursing_assistant", "0", "0", ""),
    ];
    for (place, role, starters, leavers, vacancies) in expected {
        let row = find(&flows, &[("workplace_id", place), ("role", role)]);
        assert_eq!(
            [&row["starters"], &row["leavers"], &row["vacancies"]],
            [starters, leavers, vacancies],
            "{row:?}"
        );
        for unknown in ["opening", "closing", "retained"] {
            assert_eq!(row[unknown], "", "{row:?}");
        }
    }
    assert_eq!(flows.len(), expected.len());
}

#[test]
fn roles_that_fall_together_are_summed_and_staffed_roles_left_out_have_none() {
    let project = Project::new();
    project.write("in/staff.csv", example("staff"));
    let lists = |roles: &'static str, counts: [&'static str; 3]| {
        let set = [
            ("ALLJOBROLES", roles),
            ("STARTERS", counts[0]),
            ("LEAVERS", counts[1]),
            ("VACANCIES", counts[2]),
        ];
        changed(
            &example("workplace"),
            |row| row["LOCALESTID"] == "OAK 01",
            &set,
        )
    };
    // 9, 10 and 23 are one role here; one part of their leavers is not known.
    let text = lists("9;10;23;8", ["1;2;3;4", "1;999;3;4", ""]);
    project.write("in/workplace.csv", text);
    project.ingest(&["in"], PERIOD);
    let flows = project.query("SELECT * FROM flows WHERE workplace_id = 'OAK 01'");
    let counts = |role: &str| {
        let row = find(&flows, &[("role", role)]);
        ["starters", "leavers", "vacancies"].map(|count| row[count].clone())
    };
    assert_eq!(counts("support_worker"), ["6", "", ""]);
    assert_eq!(counts("care_worker"), ["4", "4", ""]);
    assert_eq!(counts("registered_manager"), ["0", "0", ""]);
    assert_eq!(counts("senior_care_worker"), ["0", "0", ""]);
    assert_eq!(flows.len(), 4);
    // Lists that are not parallel reject the workplace and all that stands in it.
    project.write("in/workplace.csv", lists("9;10", ["1", "0;0", "0;0"]));
    let ran = project.run(&["check", "in", "--period", PERIOD]).ends(20);
    assert!(
        ran.stdout.contains("flows.lists.length") && ran.stdout.contains("workers.workplace"),
        "{}",
        ran.stdout
    );
}

#[test]
fn changes_to_a_row_are_judged_as_the_data_sets_own_validator_judges_them() {
    let project = Project::new();
    write(&project, "base", &CHANGES[0]);
    let base = findings(&project, "base");
    for (number, change) in CHANGES.iter().enumerate() {
        let id = format!("change-{number}");
        write(&project, &id, change);
        let mut new = findings(&project, &id);
        for known in &base {
            if let Some(at) = new.iter().position(|finding| finding == known) {
                new.remove(at);
            }
        }
        let worst = new
            .iter()
            .map(|(severity, ..)| severity.as_str())
            .min()
            .unwrap_or("none");
        assert_eq!(worst, change.ours, "{:?}: {new:?}", change.set);
        if change.ours != change.validator {
            assert!(DIFFERENT.contains(&change.set[0].0), "{:?}", change.set);
        }
        let about_a2 = |place: &str| place == "staff.csv 3" || place.starts_with("workplace.csv");
        assert!(
            new.iter().all(|(_, _, place)| about_a2(place)),
            "{:?}: {new:?}",
            change.set
        );
    }
}

#[test]
fn the_values_that_the_validator_keeps_are_kept() {
    let project = Project::new();
    for (number, change) in CHANGES.iter().enumerate() {
        let id = format!("change-{number}");
        write(&project, &id, change);
        let store = format!("store-{number}");
        project.run(&["ingest", &id, "--period", PERIOD, "--store", &store]);
        let sql = "SELECT pay_basis, pay_rate, contracted_hours, average_hours, zero_hours FROM workers \
                   WHERE source_file = 'staff.csv' AND source_row = 3";
        let ran = project
            .run(&["query", sql, "--store", &store, "--format", "csv"])
            .ends(0);
        let kept = rows(&ran.stdout);
        if change.ours == "error" {
            assert!(kept.is_empty(), "{:?}", change.set);
            continue;
        }
        assert_eq!(kept.len(), 1, "{:?}", change.set);
        let row = &kept[0];
        let pay = format!("{} {}", row["pay_basis"], row["pay_rate"]);
        let values = [
            &pay,
            &row["contracted_hours"],
            &row["average_hours"],
            &row["zero_hours"],
        ];
        assert_eq!(values, change.kept, "{:?}", change.set);
    }
}

/// The columns that each release brought and took away, newest last.
const HEADERS: [(&str, &str, &[&str], &[&str]); 17] = [
    ("workplace", "2021-11-30", &[], &["SHARELA"]),
    (
        "workplace",
        "2022-08-22",
        &[
            "ADVERTISING",
            "INTERVIEWS",
            "REPEATTRAINING",
            "ACCEPTCARECERT",
            "BENEFITS",
            "SICKPAY",
            "PENSION",
            "HOLIDAY",
        ],
        &[],
    ),
    (
        "workplace",
        "2025-03-27",
        &[],
        &["ADVERTISING", "INTERVIEWS"],
    ),
    (
        "workplace",
        "2025-06-24",
        &["CWPAWARE", "CWPUSE", "CWPUSEDESC"],
        &[],
    ),
    ("workplace", "2025-09-01", &["DHA", "DHAACTIVITIES"], &[]),
    (
        "workplace",
        "2026-03-30",
        &[
            "ACTUALCONT",
            "OPTOUTPEN",
            "SLEEPINS",
            "SLEEPINPAY",
            "TRAVELTIME",
            "TTDIFFRATE",
        ],
        &[],
    ),
    (
        "workplace",
        "2026-07-21",
        &[],
        &["ACCEPTCARECERT", "BENEFITS"],
    ),
    ("staff", "2020-09-14", &["FLUVAC"], &[]),
    ("staff", "2022-08-22", &[], &["FLUVAC"]),
    ("staff", "2023-01-25", &[], &["OTHERJOBROLE", "OTHERJRDESC"]),
    ("staff", "2024-07-08", &["HANDCVISA", "INOUTUK"], &[]),
    ("staff", "2024-09-03", &["L2CARECERT"], &[]),
    (
        "staff",
        "2024-11-28",
        &["TRANSFERSTAFFRECORD"],
        &["CHGUNIQUEWRKID"],
    ),
    ("staff", "2025-06-24", &["CWPCATEGORY"], &[]),
    ("staff", "2025-09-01", &["DHA"], &[]),
    (
        "staff",
        "2026-06-30",
        &["NURSESPEC"],
        &["TRANSFERSTAFFRECORD"],
    ),
    ("staff", "2026-07-21", &[], &["NURSESPEC"]),
];

/// The example file as it would have been before the last `back` releases.
fn older(file: &str, back: usize, role: Option<&str>) -> String {
    let text = example(file);
    let mut table: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let releases: Vec<_> = HEADERS.iter().filter(|entry| entry.0 == file).collect();
    for (_, _, brought, took) in releases.iter().rev().take(back) {
        for column in *brought {
            if let Some(at) = table[0].iter().position(|name| name == column) {
                table.iter_mut().for_each(|row| drop(row.remove(at)));
            }
        }
        for column in *took {
            table[0].push((*column).to_owned());
            table[1..]
                .iter_mut()
                .for_each(|row| row.push(String::new()));
        }
    }
    if let Some(role) = role {
        let at = table[0]
            .iter()
            .position(|name| name == "MAINJOBROLE")
            .unwrap();
        role.clone_into(&mut table[1][at]);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in table {
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn every_header_since_2019_is_read() {
    let project = Project::new();
    let releases = |file: &str| HEADERS.iter().filter(|entry| entry.0 == file).count();
    for back in 0..=releases("staff").max(releases("workplace")) {
        let id = format!("back{back}");
        project.write(
            &format!("{id}/workplace.csv"),
            older("workplace", back, None),
        );
        project.write(&format!("{id}/staff.csv"), older("staff", back, None));
        // Worker 103 has the salary of 102 for half the hours.
        let ran = project.run(&["check", &id, "--period", PERIOD]).ends(10);
        assert!(!ran.stdout.contains("file."), "{}", ran.stdout);
        assert!(
            ran.stdout.contains("staff.csv, row 9, SALARY"),
            "{}",
            ran.stdout
        );
    }
    // A role that was retired since counts in older files only.
    project.write("old/workplace.csv", older("workplace", 0, None));
    project.write("old/staff.csv", older("staff", 1, Some("41")));
    project.run(&["check", "old", "--period", PERIOD]).ends(10);
    project.write("old/staff.csv", older("staff", 0, Some("41")));
    let ran = project.run(&["check", "old", "--period", PERIOD]).ends(20);
    assert!(
        ran.stdout.contains("workers.role.unknown_code"),
        "{}",
        ran.stdout
    );
}

/// The findings of the examples with one cell of the second worker changed, which
/// costs rows.
fn with_second(column: &str, value: &str) -> Vec<Row> {
    let project = Project::new();
    let second = |row: &Row| row["UNIQUEWORKERID"] == "A2";
    let staff = changed(&example("staff"), second, &[(column, value)]);
    project.write("oak/staff.csv", staff);
    project.write("oak/workplace.csv", example("workplace"));
    let (code, findings) = project.check("oak");
    assert_eq!(code, 20);
    findings
}

#[test]
fn what_to_do_is_told_in_the_words_of_the_file() {
    let findings = with_second("LOCALESTID", "OAK 99");
    let fix = &find(&findings, &[("rule", "workers.workplace")])["fix"];
    assert!(fix.ends_with("or mend the row's LOCALESTID"), "{fix}");
}

#[test]
fn a_worker_is_one_whatever_the_spaces_in_the_reference() {
    let findings = with_second("UNIQUEWORKERID", "A 1");
    let twice = findings
        .iter()
        .filter(|f| f["rule"] == "workers.duplicate_key");
    assert_eq!(twice.count(), 2, "{findings:#?}");
}
