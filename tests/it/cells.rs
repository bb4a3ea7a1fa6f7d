//! Money, ids and lines arrive as they stand in the file.

use crate::util::{PERIOD, Project, find, rows, workers, workplace};

#[test]
fn pounds_stay_pounds_and_pence_stay_pence_however_late_the_pence_come() {
    let project = Project::new();
    let mut text = "provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate\n".to_owned();
    for number in 0..25_000 {
        text.push_str(&format!(
            "OAK,P1,{number},care_worker,hourly,{}\n",
            12 + number % 3
        ));
    }
    text.push_str(
        "OAK,P1,late-1,care_worker,hourly,12.40\nOAK,P1,late-2,care_worker,hourly,12.60\n",
    );
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    project.write("oak/workers.csv", text);
    project.ingest(&["oak"], PERIOD).ends(0);
    let counts = project.query(
        "SELECT pay_rate, count(*) AS rows FROM workers GROUP BY pay_rate ORDER BY pay_rate",
    );
    let counts: Vec<_> = counts
        .iter()
        .map(|row| (row["pay_rate"].as_str(), row["rows"].as_str()))
        .collect();
    assert_eq!(
        counts,
        [
            ("12.0000", "8334"),
            ("12.4000", "1"),
            ("12.6000", "1"),
            ("13.0000", "8333"),
            ("14.0000", "8333")
        ]
    );
    let late = project.query(
        "SELECT source_row, hourly FROM workers WHERE source_row > 25001 ORDER BY source_row",
    );
    assert_eq!(late[0]["hourly"], "12.4000");
    assert_eq!(late[1]["source_row"], "25003");
}

#[test]
fn four_decimals_are_kept_and_more_are_an_error_not_a_rounding() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    let pay = [
        ("a", "11.449"),
        ("b", "12.34567"),
        ("c", "12.3456"),
        ("d", "12.500000"),
    ];
    project.write("oak/workers.csv", workers("OAK", "P1", &pay));
    project.ingest(&["oak"], PERIOD).ends(20).says(&[
        "workers.pay_rate.unreadable",
        "12.34567",
        "row 3",
    ]);
    let rates = project.query("SELECT pay_rate, hourly FROM workers ORDER BY source_row");
    let rates: Vec<_> = rates.iter().map(|row| row["pay_rate"].as_str()).collect();
    assert_eq!(rates, ["11.4490", "12.3456", "12.5000"]);
    let rejected = project.query("SELECT source_row FROM rejects");
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["source_row"], "3");
}

#[test]
fn a_half_penny_of_an_annual_rate_rounds_away_from_zero() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    // 703.95 x 7/365 = 13.50041...; 26,006.25 x 7/(365 x 37.5) = 13.3 exactly;
    // 9,125.0365 x 7/(365 x 14) = 12.50005 exactly, which is half a unit.
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,worker_ref,role,contracted_hours,pay_basis,pay_rate\n\
         OAK,P1,a,care_worker,1,annual,703.95\n\
         OAK,P1,b,care_worker,37.5,annual,26006.25\n\
         OAK,P1,c,care_worker,14,annual,9125.0365\n",
    );
    project.ingest(&["oak"], PERIOD).ends(0);
    let rates = project.query("SELECT hourly FROM workers ORDER BY source_row");
    let rates: Vec<_> = rates.iter().map(|row| row["hourly"].as_str()).collect();
    assert_eq!(rates, ["13.5004", "13.3000", "12.5001"]);
}

#[test]
fn ids_keep_leading_zeros_and_any_letter() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        "provider_id,workplace_id,sector,provider_name\n007,0012,independent,Tŷ Derw & Sons\n",
    );
    project.write(
        "oak/workers.csv",
        workers("007", "0012", &[("0001", "12.71"), ("1", "12.71")]),
    );
    project.ingest(&["oak"], PERIOD).ends(0);
    let places = project.query("SELECT provider_id, workplace_id, provider_name FROM workplaces");
    assert_eq!(places[0]["provider_id"], "007");
    assert_eq!(places[0]["workplace_id"], "0012");
    assert_eq!(places[0]["provider_name"], "Tŷ Derw & Sons");
    // 0001 and 1 are two workers.
    assert_eq!(
        project.value("SELECT count(DISTINCT worker_key) FROM workers"),
        "2"
    );
}

#[test]
fn a_mark_at_the_start_another_order_of_columns_and_other_line_ends_change_nothing() {
    let project = Project::new();
    let plain = workers("OAK", "P1", &[("a", "12.71"), ("b", "13.00")]);
    let mut reordered = Vec::new();
    for line in plain.lines() {
        let cells: Vec<&str> = line.split(',').rev().collect();
        reordered.push(cells.join(","));
    }
    let forms = [
        ("plain", plain.clone().into_bytes()),
        (
            "marked",
            [b"\xef\xbb\xbf".as_slice(), plain.as_bytes()].concat(),
        ),
        (
            "reordered",
            format!("{}\n", reordered.join("\n")).into_bytes(),
        ),
        ("windows", plain.replace('\n', "\r\n").into_bytes()),
        ("no-end", plain.trim_end().as_bytes().to_vec()),
        (
            "quoted",
            plain.replace("care_worker", "\"care_worker\"").into_bytes(),
        ),
    ];
    let mut results = Vec::new();
    for (name, bytes) in forms {
        let folder = format!("{name}/oak");
        project.write(
            &format!("{folder}/workplaces.csv"),
            workplace("OAK", "P1", "independent"),
        );
        project.write(&format!("{folder}/workers.csv"), bytes);
        let store = format!("{name}-store");
        project
            .run(&["ingest", &folder, "--period", PERIOD, "--store", &store])
            .ends(0);
        let sql = "SELECT * FROM workers ORDER BY source_row";
        results.push(
            project
                .run(&["query", sql, "--format", "csv", "--store", &store])
                .ends(0)
                .stdout,
        );
    }
    for result in &results {
        assert_eq!(result, &results[0]);
    }
}

#[test]
fn rows_have_the_line_on_which_they_start_also_after_a_quoted_line_break() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        "provider_id,workplace_id,workplace_name,sector\n\
         OAK,P1,\"Oak\nCourt,\n\"\"North\"\"\",independent\n\
         \n\
         OAK,P2,Oak Lane,private\n\
         OAK,P3,Oak Hill,nhs\n",
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(20)
        .says(&["row 6, sector", "`private`"]);
    let places = project.query(
        "SELECT workplace_id, workplace_name, source_row FROM workplaces ORDER BY source_row",
    );
    assert_eq!(find(&places, &[("workplace_id", "P1")])["source_row"], "2");
    assert_eq!(
        find(&places, &[("workplace_id", "P1")])["workplace_name"],
        "Oak\nCourt,\n\"North\""
    );
    assert_eq!(find(&places, &[("workplace_id", "P3")])["source_row"], "7");
}

#[test]
fn both_forms_of_a_date_are_read_and_no_third_is_guessed() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,worker_ref,role,start_date\n\
         OAK,P1,a,care_worker,2024-02-29\n\
         OAK,P1,b,care_worker,29/02/2024\n\
         OAK,P1,c,care_worker,2023-02-29\n\
         OAK,P1,d,care_worker,02/13/2024\n\
         OAK,P1,e,care_worker,1/2/2024\n\
         OAK,P1,f,care_worker,2026-10-01\n\
         OAK,P1,g,care_worker,2026-09-30\n",
    );
    let checked = project
        .run(&["check", "oak", "--period", PERIOD, "--format", "csv"])
        .ends(20);
    let found: Vec<(String, String)> = rows(&checked.stdout)
        .into_iter()
        .map(|row| (row["row"].clone(), row["rule"].clone()))
        .collect();
    let expected = [
        ("4", "workers.start_date.unreadable"),
        ("5", "workers.start_date.unreadable"),
        ("6", "workers.start_date.unreadable"),
        ("7", "workers.start_date.after_period"),
    ];
    assert_eq!(
        found,
        expected.map(|(row, rule)| (row.to_owned(), rule.to_owned()))
    );
    project.ingest(&["oak"], PERIOD).ends(20);
    let dates = project.query("SELECT start_date FROM workers ORDER BY source_row");
    let dates: Vec<_> = dates.iter().map(|row| row["start_date"].as_str()).collect();
    assert_eq!(dates, ["2024-02-29", "2024-02-29", "2026-09-30"]);
}

#[test]
fn a_file_of_an_older_code_page_is_read_with_its_letters_and_a_warning() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        b"provider_id,workplace_id,provider_name,sector\nOAK,P1,Caf\xe9 Care \x96 North,independent\n",
    );
    project.write("oak/workers.csv", workers("OAK", "P1", &[("a", "12.71")]));
    project
        .ingest(&["oak"], PERIOD)
        .ends(10)
        .says(&["file.encoding", "oak/workplaces.csv"]);
    assert_eq!(
        project.value("SELECT provider_name FROM workplaces"),
        "Caf\u{e9} Care \u{2013} North"
    );
    assert_eq!(project.value("SELECT count(*) FROM workers"), "1");
}

#[test]
fn true_line_numbers_also_hold_in_files_of_windows() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        workplace("OAK", "P1", "independent").replace('\n', "\r\n"),
    );
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate,notes\r\n\
         OAK,P1,a,care_worker,hourly,12.71,\"x\r\ny\"\r\n\
         \r\n\
         ,,,,,,\r\n\
         OAK,P1,c,care_worker,hourly,1271,\r\n",
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(20)
        .says(&["row 6, pay_rate", "row 2: a cell holds a line break"]);
    assert_eq!(project.value("SELECT source_row FROM workers"), "2");
    assert_eq!(project.value("SELECT source_row FROM rejects"), "6");
}

#[test]
fn other_encodings_and_delimiters_arrive_as_the_same_text() {
    let project = Project::new();
    let text = "provider_id;workplace_id;workplace_name;sector\r\nOAK;P1;Tŷ Derw – £;nhs\r\n";
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    project.write("wide/workplaces.csv", utf16);
    project.run(&["ingest", "wide", "--period", PERIOD]).ends(0);
    let name = "SELECT workplace_name FROM workplaces WHERE provider_id = 'OAK'";
    assert_eq!(project.value(name), "Tŷ Derw – £");
    project.write(
        "old/workplaces.csv",
        b"provider_id,workplace_id,workplace_name,sector\nASH,A1,Ash \x96 \xa3,nhs\n",
    );
    project
        .run(&["ingest", "old", "--period", PERIOD])
        .ends(10)
        .says(&["file.encoding", "Windows-1252"]);
    assert_eq!(
        project.value("SELECT workplace_name FROM workplaces WHERE provider_id = 'ASH'"),
        "Ash – £"
    );
}

#[test]
fn a_code_that_is_nearly_right_is_told_the_right_one() {
    let project = Project::new();
    project.write(
        "ash/workplaces.csv",
        "provider_id,workplace_id,sector\nASH,A1,Independant\nASH,A2,nhs\n",
    );
    let ran = project.run(&["check", "ash", "--period", PERIOD]).ends(20);
    let hint = "did you mean independent? use one of: ";
    assert!(ran.stdout.contains(hint), "{}", ran.stdout);
}

/// No name comes near it, and memory holds a column of them.
#[test]
fn a_text_has_at_most_4096_characters() {
    let project = Project::new();
    let mut text = "provider_id,workplace_id,workplace_name,sector\n".to_owned();
    for (place, letters) in [("P1", 4_096), ("P2", 4_097)] {
        let name = "ŷ".repeat(letters);
        text.push_str(&format!("OAK,{place},{name},independent\n"));
    }
    project.write("oak/workplaces.csv", text);
    project.write("oak/workers.csv", workers("OAK", "P1", &[("a", "12.71")]));
    let (code, findings) = project.check("oak");
    assert_eq!((code, findings.len()), (20, 1), "{findings:?}");
    let finding = &findings[0];
    assert_eq!(finding["rule"], "workplaces.workplace_name.unreadable");
    assert_eq!(
        (finding["row"].as_str(), finding["column"].as_str()),
        ("3", "workplace_name")
    );
    assert!(finding["message"].ends_with("has more characters than allowed"));
    assert_eq!(finding["fix"], "give at most 4096 characters");
    assert_eq!(finding["value"].chars().count(), 80);
}
