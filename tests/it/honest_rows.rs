//! No row is doubled, lost or judged for what it is not.

use crate::util::{PERIOD, Project, Row, fixture, small_return, workplace};

fn rules(found: &[Row]) -> Vec<(String, String, String)> {
    let of = |row: &Row, name: &str| row[name].clone();
    found
        .iter()
        .map(|row| (of(row, "row"), of(row, "rule"), of(row, "value")))
        .collect()
}

fn told(row: &str, rule: &str, value: &str) -> (String, String, String) {
    (row.to_owned(), rule.to_owned(), value.to_owned())
}

#[test]
fn values_without_a_name_above_them_are_told_once_a_column() {
    let project = Project::new();
    project.write("ash/workplaces.csv", workplace("ASH", "P1", "independent"));
    project.write(
        "ash/workers.csv",
        "Staff of Ash\nprovider_id,workplace_id,worker_ref,role,pay_basis,,contracted_hours\n\
         ASH,P1,a,care_worker,hourly,12.71,30\nASH,P1,b,care_worker,hourly,,30\n\
         ASH,P1,c,care_worker,hourly,12.90,30\n",
    );
    let (code, found) = project.check("ash");
    assert_eq!(code, 10);
    let told: Vec<&Row> = found
        .iter()
        .filter(|row| row["rule"] == "file.unnamed_column")
        .collect();
    assert_eq!((told.len(), told[0]["row"].as_str()), (1, "2"));
    assert!(
        told[0]["message"].ends_with("column 6, in 2 rows"),
        "{told:?}"
    );
    // The values may be anybody's.
    assert!(!format!("{found:?}").contains("12.71"));
}

#[test]
fn workers_without_a_reference_are_not_each_others_doubles() {
    let project = Project::new();
    project.write("ash/workplaces.csv", workplace("ASH", "P1", "independent"));
    project.write(
        "ash/workers.csv",
        "provider_id,workplace_id,worker_ref,role\nASH,P1,,care_worker\nASH,P1,,care_worker\n\
         ASH,P1,c,care_worker\n",
    );
    let (code, found) = project.check("ash");
    let required = "workers.worker_ref.required";
    let expected = [told("2", required, ""), told("3", required, "")];
    assert_eq!((code, rules(&found)), (20, expected.to_vec()));
}

/// The example upload with one text of a file replaced.
fn upload(project: &Project, file: &str, from: &str, to: &str) {
    for name in ["example_workplace.csv", "example_staff.csv"] {
        let text = std::fs::read_to_string(fixture(&format!("asc-wds/{name}"))).unwrap();
        let text = if name == file {
            assert_eq!(text.matches(from).count(), 1, "{from}");
            text.replace(from, to)
        } else {
            text
        };
        project.write(&format!("upload/{name}"), text);
    }
}

#[test]
fn a_row_of_the_data_set_that_lacks_a_cell_says_so_and_repeats_nothing() {
    let text = std::fs::read_to_string(fixture("asc-wds/example_staff.csv")).unwrap();
    let line = text.lines().nth(1).unwrap();
    // Everything after an empty cell that is left out stands one column too far left.
    let short = line.replacen(",,", ",", 1);
    let project = Project::new();
    upload(&project, "example_staff.csv", line, &short);
    let (_, found) = project.check("upload");
    let of_row: Vec<&Row> = found
        .iter()
        .filter(|row| row["row"] == "2" && row["file"] == "upload/example_staff.csv")
        .collect();
    assert!(
        of_row.iter().any(|row| row["rule"] == "workers.short"),
        "{found:?}"
    );
    assert!(
        of_row.iter().all(|row| row["value"].is_empty()),
        "{of_row:?}"
    );
}

#[test]
fn references_that_differ_in_spaces_only_reject_both_workplaces() {
    let text = std::fs::read_to_string(fixture("asc-wds/example_workplace.csv")).unwrap();
    let line = text.lines().nth(1).unwrap();
    let id = line.split(',').next().unwrap();
    let twin = line.replacen(id, &format!("{} {}", &id[..2], &id[2..]), 1);
    let project = Project::new();
    upload(
        &project,
        "example_workplace.csv",
        line,
        &format!("{line}\n{twin}"),
    );
    let (_, found) = project.check("upload");
    let twice: Vec<&str> = found
        .iter()
        .filter(|row| row["rule"] == "workplaces.duplicate_key")
        .map(|row| row["row"].as_str())
        .collect();
    assert_eq!(twice, ["2", "3"], "{found:?}");
}

#[test]
fn flows_that_stand_in_two_files_are_taken_from_neither() {
    let project = Project::new();
    upload(&project, "", "", "");
    project
        .ingest(&["upload"], PERIOD)
        .says(&["made edition 1"]);
    let mut flows = project.query(
        "SELECT provider_id, workplace_id, role, leavers FROM flows \
         WHERE leavers > 0 ORDER BY workplace_id, role LIMIT 1",
    );
    let first = flows.remove(0);
    let (provider, place, role) = (
        &first["provider_id"],
        &first["workplace_id"],
        &first["role"],
    );
    project.write(
        "upload/flows.csv",
        format!("provider_id,workplace_id,role,leavers\n{provider},{place},{role},3\n"),
    );
    let (code, found) = project.check("upload");
    let twice: Vec<&Row> = found
        .iter()
        .filter(|row| row["rule"] == "flows.duplicate_key")
        .collect();
    let files: Vec<&str> = twice.iter().map(|row| row["file"].as_str()).collect();
    assert_eq!(
        (code, files),
        (20, vec!["upload/example_workplace.csv", "upload/flows.csv"])
    );
    assert!(twice[0]["message"].contains("flows.csv row 2"), "{twice:?}");
    project.ingest(&["upload"], PERIOD).ends(20);
    let sql =
        format!("SELECT count(*) FROM flows WHERE workplace_id = '{place}' AND role = '{role}'");
    assert_eq!(project.value(&sql), "0");
}

#[test]
fn a_layout_cannot_let_rows_without_what_they_need_pass() {
    let project = Project::new();
    small_return(&project, "ash", "ASH", &[("a", "12.71")]);
    project.write(
        "layouts/payroll.toml",
        "name = \"payroll\"\ntitle = \"a payroll\"\n[[file]]\ntable = \"workers\"\n\
         recognise = [\"Home\", \"Ref\"]\n\
         column = [\n  { from = \"Home\", to = \"workplace_id\", wrong = \"warning\" },\n\
         \x20 { from = \"Ref\", to = \"worker_ref\" },\n  { from = \"Job\", to = \"role\" },\n\
         \x20 { from = \"Org\", to = \"provider_id\" },\n]\n",
    );
    project
        .run(&["check", "ash", "--period", PERIOD])
        .ends(78)
        .says(&[
            "no row is accepted without `workplace_id`",
            "leave `wrong` out",
        ]);
}

#[test]
fn the_payslip_of_a_worker_of_several_jobs_finds_the_worker() {
    let project = Project::new();
    for name in ["staff_in_post.csv", "workplaces.csv"] {
        let text = std::fs::read_to_string(fixture(&format!("nhs-esr/{name}"))).unwrap();
        project.write(&format!("trust/{name}"), text);
    }
    // Two posts in the extract, one payslip.
    project.write(
        "trust/pay_periods.csv",
        "provider_id,workplace_id,worker_ref,period_start,period_end,hours_work,gross_pay\n\
         XQ1,XQ1,100002,2026-09-01,2026-09-30,160,2400\n\
         XQ1,XQ1,no such,2026-09-01,2026-09-30,160,2400\n",
    );
    let (_, found) = project.check("trust");
    let unknown: Vec<&str> = found
        .iter()
        .filter(|row| row["rule"] == "pay_periods.worker.missing")
        .map(|row| row["row"].as_str())
        .collect();
    assert_eq!(unknown, ["3"], "{found:?}");
}
