//! How numbers may be written, and what is said of every other way.

use crate::util::{PERIOD, Project, Row, rows, workplace};

/// A workers file with these cells, hours and pay, and a header of its own.
fn return_of(project: &Project, cells: &[(&str, &str)]) {
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = "provider_id workplace_id worker_ref role pay_basis contracted_hours pay_rate";
    writer.write_record(header.split(' ')).unwrap();
    for (at, (hours, pay)) in cells.iter().enumerate() {
        let reference = at.to_string();
        let row = ["OAK", "P1", &reference, "care_worker", "hourly", hours, pay];
        writer.write_record(row).unwrap();
    }
    project.write("oak/workers.csv", writer.into_inner().unwrap());
}

fn findings(project: &Project, code: i32) -> Vec<Row> {
    let args = ["check", "oak", "--period", PERIOD, "--format", "csv"];
    rows(&project.run(&args).ends(code).stdout)
}

#[test]
fn pounds_and_thousands_are_read_without_a_word() {
    let project = Project::new();
    return_of(
        &project,
        &[
            ("37.5", "£12.60"),
            ("37", "£ 13.00"),
            ("37", "\u{a0}12.71\u{2009}"),
            ("37", "  14.5000000 "),
        ],
    );
    project.write(
        "oak/workplaces.csv",
        "provider_id,workplace_id,sector,total_staff\nOAK,P1,independent,4\nOAK,P2,independent,\"1,234\"\n",
    );
    project.ingest(&["oak"], PERIOD).ends(10);
    let read = project.query("SELECT pay_rate FROM workers ORDER BY source_row");
    let read: Vec<&str> = read.iter().map(|row| row["pay_rate"].as_str()).collect();
    assert_eq!(read, ["12.6000", "13.0000", "12.7100", "14.5000"]);
    let staff = "SELECT total_staff FROM workplaces WHERE workplace_id = 'P2'";
    assert_eq!(project.value(staff), "1234");
    // The one finding is that there are no 1,234 rows.
    let found = project.query("SELECT rule FROM findings");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["rule"], "workplaces.total_staff.rows");
}

#[test]
fn a_pound_sign_of_an_older_code_page_is_one_too() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    project.write(
        "oak/workers.csv",
        b"provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate\nOAK,P1,a,care_worker,hourly,\xa312.60\n",
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(10)
        .says(&["file.encoding"]);
    assert_eq!(project.value("SELECT pay_rate FROM workers"), "12.6000");
}

#[test]
fn a_mark_behind_a_number_is_a_warning_that_names_it() {
    let project = Project::new();
    return_of(
        &project,
        &[("37.5 [e]", "12.60 [p]"), ("37", "£12.71[r][u]")],
    );
    let found = findings(&project, 10);
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|f| (f["row"].as_str(), f["rule"].as_str(), f["message"].as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "2",
                "workers.contracted_hours.marked",
                "contracted_hours: `37.5 [e]` is marked [e], estimated; the number is used"
            ),
            (
                "2",
                "workers.pay_rate.marked",
                "pay_rate: `12.60 [p]` is marked [p], provisional; the number is used"
            ),
            (
                "3",
                "workers.pay_rate.marked",
                "pay_rate: `£12.71[r][u]` is marked [r][u], revised, of low reliability; the number is used"
            ),
        ]
    );
    project.ingest(&["oak"], PERIOD).ends(10);
    assert_eq!(
        project.value("SELECT sum(pay_rate) FROM workers"),
        "25.3100"
    );
}

const COMMA: &str =
    "write decimals after a point (12.60), and commas only between groups of three digits (1,234)";
const UNIT: &str = "give the number alone, in pounds, without pence, words or a unit behind it";
const MARK: &str = "if the mark means that the value is not known, leave the cell empty, or list the mark under not_known in a layout of your own; it is not guessed";
const PLAIN: &str = "give pounds as a plain number with at most 4 decimals, such as 12.60";
const BRACKETS: &str =
    "give the number without brackets; if it is meant to be below zero, check it";

#[test]
fn every_other_way_is_unreadable_and_says_what_to_do() {
    let faults = [
        ("12,60", COMMA),
        ("1,23", COMMA),
        ("0,123", COMMA),
        ("12,34,567", COMMA),
        ("12.60p", UNIT),
        ("1260p", UNIT),
        ("12.60 per hour", UNIT),
        ("12.60ph", UNIT),
        ("£12.60/hr", UNIT),
        ("(12.60)", BRACKETS),
        ("[c]", MARK),
        ("[x]", MARK),
        ("[z]", MARK),
        ("[low]", MARK),
        ("*", MARK),
        (":", MARK),
        ("..", MARK),
        (".", MARK),
        ("-", MARK),
        ("~", MARK),
        ("x", MARK),
        ("12.60.5", PLAIN),
        ("1e3", PLAIN),
        ("+5", PLAIN),
        ("0x10", PLAIN),
        ("١٢", PLAIN),
        ("１２", PLAIN),
        ("1 234", PLAIN),
        ("'12.60", PLAIN),
        ("$12.60", PLAIN),
    ];
    let project = Project::new();
    let cells: Vec<(&str, &str)> = faults.iter().map(|(text, _)| ("37", *text)).collect();
    return_of(&project, &[&[("37", "12.60")], cells.as_slice()].concat());
    let found = findings(&project, 20);
    assert_eq!(found.len(), faults.len());
    for (at, ((text, fix), finding)) in faults.iter().zip(&found).enumerate() {
        assert_eq!(finding["row"], (at + 3).to_string(), "{text}");
        assert_eq!(finding["severity"], "error", "{text}");
        assert_eq!(finding["rule"], "workers.pay_rate.unreadable", "{text}");
        assert_eq!(finding["value"], *text);
        assert_eq!(
            finding["message"],
            format!("pay_rate: `{text}` cannot be read")
        );
        assert_eq!(finding["fix"], *fix, "{text}");
    }
}

#[test]
fn a_number_below_zero_is_out_of_range_with_or_without_its_guard() {
    let project = Project::new();
    return_of(
        &project,
        &[
            ("37", "12.60"),
            ("-1.5", "12.60"),
            ("\t-1.5", "12.60"),
            ("37", "\t-1.5"),
            ("37", "-£5"),
        ],
    );
    let found = findings(&project, 20);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|f| (f["row"].as_str(), f["rule"].as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("3", "workers.contracted_hours.range"),
            ("4", "workers.contracted_hours.range"),
            ("5", "workers.pay_rate.range"),
            ("6", "workers.pay_rate.range"),
        ]
    );
}

#[test]
fn hours_are_plain() {
    let project = Project::new();
    return_of(
        &project,
        &[
            ("37", "12.60"),
            ("37,5", "12.60"),
            ("£37", "12.60"),
            ("37.5 hours", "12.60"),
        ],
    );
    let found = findings(&project, 20);
    let fixes: Vec<&str> = found.iter().map(|f| f["fix"].as_str()).collect();
    assert_eq!(
        fixes,
        [
            "write decimals after a point (37.5), and no commas",
            "give the number alone: the column does not hold money",
            "give the number alone, without words or a unit behind it",
        ]
    );
}

#[test]
fn a_guarded_id_is_the_id_inside_and_a_warning_that_shows_no_reference() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        "provider_id,workplace_id,sector\nOAK,00123,independent\n",
    );
    project.write(
        "oak/workers.csv",
        "provider_id,workplace_id,worker_ref,role\n\
         OAK,=\"00123\",=\"00777\",care_worker\n\
         OAK,\"=\"\"00123\"\"\",b,care_worker\n\
         OAK,\u{a0}00123\u{a0},c,\u{a0}care_worker\u{2009}\n",
    );
    let found = findings(&project, 10);
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|f| (f["row"].as_str(), f["rule"].as_str(), f["value"].as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("2", "workers.worker_ref.guarded", ""),
            ("2", "workers.workplace_id.guarded", ""),
            ("3", "workers.workplace_id.guarded", ""),
        ]
    );
    let ran = project.ingest(&["oak"], PERIOD).ends(10);
    assert!(!ran.stderr.contains("00777"), "{}", ran.stderr);
    assert_eq!(
        project.value("SELECT count(*) FROM workers WHERE workplace_id = '00123'"),
        "3"
    );
}
