//! What the sender of faulty returns is told: all of it, in an order to mend it
//! by, and nothing of a person.

use std::collections::BTreeMap;

use crate::util::{PERIOD, Project, Row, copy, fixture, rows, small_return, workplace};

const HEADER: &str = "severity,rule,file,sheet,row,cell,column,value,message,fix";

/// What a person does who reads a finding.
enum Mend {
    /// Types another value into the column.
    Type(&'static str, &'static str),
    /// Gives the column another name.
    Name(&'static str, &'static str),
    /// Types the whole row again.
    Row(&'static str),
}

use Mend::{Name, Row as Again, Type};

/// For each finding of `fixtures/faulty` its rule, file and row, and what is
/// done by its words alone.
const MENDS: [(&str, &str, usize, Mend); 34] = [
    ("file.encoding", "workplaces.csv", 0, Name("", "")),
    (
        "file.unknown_column",
        "workplaces.csv",
        1,
        Name("anual_leave_days", "annual_leave_days"),
    ),
    (
        "workplaces.total_staff.rows",
        "workplaces.csv",
        3,
        Type("total_staff", "2"),
    ),
    (
        "workplaces.sector.unknown_code",
        "workplaces.csv",
        4,
        Type("sector", "independent"),
    ),
    (
        "workplaces.area_code.unreadable",
        "workplaces.csv",
        5,
        Type("area_code", "W06000015"),
    ),
    (
        "workplaces.travel_rate.unflagged",
        "workplaces.csv",
        6,
        Type("travel_time_pay", "different_rate"),
    ),
    (
        "workplaces.full_time_hours.range",
        "workplaces.csv",
        7,
        Type("full_time_hours", "37.5"),
    ),
    (
        "workers.role.unknown_code",
        "workers.csv",
        3,
        Type("role", "care_worker"),
    ),
    (
        "workers.pay_rate.range",
        "workers.csv",
        4,
        Type("pay_rate", "12.71"),
    ),
    (
        "workers.pay_rate.unreadable",
        "workers.csv",
        5,
        Type("pay_rate", "12.71"),
    ),
    (
        "workers.pay_rate.unreadable",
        "workers.csv",
        6,
        Type("pay_rate", "12.3457"),
    ),
    (
        "workers.start_date.unreadable",
        "workers.csv",
        7,
        Type("start_date", "30/06/2024"),
    ),
    (
        "workers.start_date.after_period",
        "workers.csv",
        8,
        Type("start_date", "2026-01-05"),
    ),
    (
        "workers.contracted_hours.range",
        "workers.csv",
        9,
        Type("contracted_hours", "37.5"),
    ),
    (
        "workers.zero_hours.contracted_hours",
        "workers.csv",
        10,
        Type("zero_hours", "no"),
    ),
    (
        "workers.pay_basis.missing",
        "workers.csv",
        11,
        Type("pay_basis", "hourly"),
    ),
    (
        "workers.contracted_hours.annual_pay",
        "workers.csv",
        12,
        Type("contracted_hours", "37.5"),
    ),
    (
        "workers.birth_date.after_period",
        "workers.csv",
        13,
        Type("birth_date", "1990-03-12"),
    ),
    (
        "workers.duplicate_key",
        "workers.csv",
        14,
        Type("worker_ref", "ref-13"),
    ),
    (
        "workers.duplicate_key",
        "workers.csv",
        15,
        Type("worker_ref", "ref-14"),
    ),
    (
        "workers.workplace",
        "workers.csv",
        16,
        Type("workplace_id", "P1"),
    ),
    (
        "workers.worker_ref.required",
        "workers.csv",
        17,
        Type("worker_ref", "ref-16"),
    ),
    (
        "workers.pay_rate.full_time_salary",
        "workers.csv",
        19,
        Type("pay_rate", "13866.67"),
    ),
    (
        "workers.contract_offer_hours.undated",
        "workers.csv",
        20,
        Type("contract_offer_hours", ""),
    ),
    (
        "workers.zero_hours_since.order",
        "workers.csv",
        21,
        Type("zero_hours_since", "2021-01-06"),
    ),
    (
        "workers.tenure.unknown_code",
        "workers.csv",
        22,
        Type("tenure", "temporary"),
    ),
    (
        "workers.cells",
        "workers.csv",
        23,
        Again(
            "OAK,P1,ref-22,1990-03-22,care_worker,permanent,no,,37.5,2020-01-06,annual,25000,2024-01-06,16",
        ),
    ),
    (
        "workers.start_date.birth",
        "workers.csv",
        24,
        Type("birth_date", "1992-03-23"),
    ),
    (
        "flows.closing.identity",
        "flows.csv",
        2,
        Type("closing", "15"),
    ),
    (
        "flows.role.no_workers",
        "flows.csv",
        3,
        Type("role", "registered_manager"),
    ),
    (
        "flows.vacancies.staff",
        "flows.csv",
        4,
        Type("vacancies", "1"),
    ),
    (
        "pay_points.minimum_rate.workers",
        "pay_points.csv",
        2,
        Type("minimum_rate", "12"),
    ),
    (
        "pay_points.maximum_rate.workers",
        "pay_points.csv",
        2,
        Type("maximum_rate", "13.20"),
    ),
    (
        "pay_points.maximum_rate.order",
        "pay_points.csv",
        3,
        Type("maximum_rate", "12.91"),
    ),
];

/// The faulty return, its workplaces in an older code page.
fn faulty() -> Project {
    let project = Project::new();
    copy(fixture("faulty").as_ref(), &project.join("oak"));
    let text = project.read("oak/workplaces.csv");
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    project.write("oak/workplaces.csv", bytes);
    project
}

fn check(project: &Project, format: &str) -> crate::util::Ran {
    project.run(&["check", "oak", "--period", PERIOD, "--format", format])
}

/// Does what the finding says in the file that it names.
fn mend(project: &Project, finding: &Row) {
    let file = finding["file"].strip_prefix("oak/").unwrap();
    let row: usize = finding["row"].parse().unwrap_or(0);
    let is_this = |mend: &&(&str, &str, usize, Mend)| {
        (mend.0, mend.1, mend.2) == (finding["rule"].as_str(), file, row)
    };
    let Some((_, _, _, mend)) = MENDS.iter().find(is_this) else {
        // What else is wrong with a slipped row goes with it.
        assert_eq!((file, row), ("workers.csv", 23), "{finding:?}");
        return;
    };
    let path = format!("oak/{file}");
    let bytes = std::fs::read(project.join(&path)).unwrap();
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let bytes = error.into_bytes();
        bytes.into_iter().map(char::from).collect()
    });
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match mend {
        Name(was, is) => lines[0] = lines[0].replace(was, is),
        Again(line) => lines[row - 1] = (*line).to_owned(),
        Type(column, value) => {
            let at = lines[0]
                .split(',')
                .position(|name| name == *column)
                .unwrap();
            let line = &mut lines[row - 1];
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[at] = value;
            *line = cells.join(",");
        }
    }
    project.write(&path, format!("{}\n", lines.join("\n")));
}

#[test]
fn who_does_what_the_findings_say_ends_without_any() {
    let project = faulty();
    let found = rows(&check(&project, "csv").ends(20).stdout);
    assert!(found.len() >= 30, "{}", found.len());
    for finding in &found {
        mend(&project, finding);
    }
    let left = check(&project, "csv");
    assert_eq!(left.stdout, format!("{HEADER}\n"));
    left.ends(0);
}

#[test]
fn the_text_has_every_finding_grouped_errors_first_and_nothing_of_a_person() {
    let project = faulty();
    let found = rows(&check(&project, "csv").stdout);
    let text = check(&project, "text").ends(20).stdout;
    let (errors, warnings) = text.split_once("Warnings: ").unwrap();
    let (first, errors) = errors.split_once("Errors: ").unwrap();
    assert!(first.contains("[workers.cells]"), "{first}");
    for finding in &found {
        let part = match (finding["severity"].as_str(), finding["rule"].as_str()) {
            ("warning", _) => warnings,
            (_, "workers.cells") => first,
            _ => errors,
        };
        assert!(
            part.contains(&format!("[{}]", finding["rule"])),
            "{finding:?}"
        );
        assert!(part.contains(&finding["fix"]), "{finding:?}");
    }
    for format in ["text", "csv", "json", "html"] {
        let shown = check(&project, format).stdout;
        for secret in ["ref-", "1990-03", "2990", "2012-03-23"] {
            assert!(!shown.contains(secret), "{format}: {secret}");
        }
    }
}

#[test]
fn all_formats_have_the_same_findings_and_a_file_is_written_whole() {
    let project = faulty();
    let found = rows(&check(&project, "csv").ends(20).stdout);
    let json = check(&project, "json").ends(20).stdout;
    let objects: Vec<BTreeMap<String, String>> = serde_json::from_str(&json).unwrap();
    assert_eq!(objects, found);
    let html = check(&project, "html").ends(20).stdout;
    for finding in &found {
        assert!(
            html.contains(&format!("<code>{}</code>", finding["rule"])),
            "{finding:?}"
        );
    }
    assert_eq!(
        html.matches("<tr><th scope=\"row\">oak&#x2f;").count(),
        found.len() + 4
    );
    for (format, shown) in [("json", json), ("html", html)] {
        project.write("report", "of yesterday");
        let args = [
            "check", "oak", "--period", PERIOD, "--format", format, "--output", "report",
        ];
        assert_eq!(project.run(&args).ends(20).stdout, "");
        assert_eq!(project.read("report"), shown);
    }
    let nowhere = [
        "check",
        "oak",
        "--period",
        PERIOD,
        "--output",
        "no/such/folder.txt",
    ];
    project.run(&nowhere).ends(74).says(&["no/such/folder.txt"]);
}

#[test]
fn the_page_stands_alone_and_its_tables_are_tables() {
    let project = faulty();
    let html = check(&project, "html").stdout;
    for outside in ["<script", "http:", "https:", "src=", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("url(").count(), html.matches("url(#").count());
    let tables = html.matches("<table>").count();
    assert!(tables > 25, "{tables}");
    for part in [
        "<caption id=",
        "<thead>",
        "role=\"region\" aria-labelledby=",
    ] {
        assert_eq!(html.matches(part).count(), tables, "{part}");
    }
    let ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .map(|at| &at[..at.find('"').unwrap()])
        .collect();
    let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(once.len(), ids.len());
    for link in html.split("href=\"#").skip(1) {
        let target = &link[..link.find('"').unwrap()];
        assert!(ids.contains(&target), "{target}");
    }
    let small = Project::new();
    small_return(&small, "oak", "OAK", &[("a", "12.71")]);
    let clean = check(&small, "html").ends(0).stdout;
    assert!(
        clean.contains("Nothing: there is no error and no warning."),
        "{clean}"
    );
}

#[test]
fn ten_thousand_findings_are_ten_thousand_findings() {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    let mut text = "provider_id,workplace_id,worker_ref,role\nOAK,P1,a,care_worker\n".to_owned();
    for number in 0..10_000 {
        text.push_str(&format!(
            "OAK,P1,{number},{}\n",
            if number % 2 == 0 { "carer" } else { "" }
        ));
    }
    project.write("oak/workers.csv", text);
    assert_eq!(rows(&check(&project, "csv").ends(20).stdout).len(), 10_000);
    let html = check(&project, "html").ends(20).stdout;
    assert_eq!(
        html.matches("<tr><th scope=\"row\">oak&#x2f;").count(),
        10_002
    );
    // What is wrong everywhere is said once, with every row.
    let text = check(&project, "text").ends(20).stdout;
    assert_eq!(text.matches("[workers.role").count(), 2);
    assert!(
        text.contains("5,000 times") && text.contains(", 10002, role"),
        "{}",
        text.len()
    );
}

#[test]
fn values_are_text_on_the_page_whatever_they_hold() {
    let project = Project::new();
    project.write(
        "oak/workplaces.csv",
        "provider_id,workplace_id,sector\nOAK,P1,<b>nhs</b>\nOAK,P2,nhs\n",
    );
    let html = check(&project, "html").ends(20).stdout;
    assert!(!html.contains("<b>nhs"), "{html}");
    assert!(html.contains("&lt;b&gt;nhs"), "{html}");
}

#[test]
fn each_outcome_has_its_exit_code() {
    let project = Project::new();
    let place = workplace("OAK", "P1", "independent");
    let sent = |workers: &str| {
        project.write("oak/workplaces.csv", place.as_str());
        let header = "provider_id,workplace_id,worker_ref,role,zero_hours,contracted_hours\n";
        project.write("oak/workers.csv", format!("{header}{workers}"));
    };
    for (number, (workers, code)) in [
        ("OAK,P1,a,care_worker,no,37\n", 0),
        ("OAK,P1,a,care_worker,yes,37\n", 10),
        ("OAK,P1,a,care_worker,yes,37\nOAK,P1,b,carer,no,37\n", 20),
    ]
    .into_iter()
    .enumerate()
    {
        sent(workers);
        check(&project, "text").ends(code);
        let store = format!("store-{number}");
        let ingest = ["ingest", "oak", "--period", PERIOD, "--store", &store];
        project.run(&ingest).ends(code);
        // "Nothing changed" keeps the code that its inputs earn.
        project.run(&ingest).ends(code).says(&["nothing changed"]);
    }
    // Of a rejected and an accepted return the accepted one is taken.
    project.write("elm/workplaces.csv", "a,b\n1,2\n");
    project
        .run(&["check", "oak", "elm", "--period", PERIOD])
        .ends(20);
    let store = [
        "ingest", "oak", "elm", "--period", PERIOD, "--store", "store-3",
    ];
    project.run(&store).ends(20);
    // Nothing that can be used: the report is there all the same.
    let ran = project
        .run(&["check", "elm", "--period", PERIOD, "--output", "elm.txt"])
        .ends(65);
    assert_eq!(ran.stdout, "");
    assert!(project.read("elm.txt").contains("[file.header]"));
    project.run(&["check", "nowhere"]).ends(65);
    project.run(&["check"]).ends(64);
    project.run(&["check", "oak", "--format", "pdf"]).ends(64);
    project
        .run(&["check", "oak", "--period", "30/09/2026"])
        .ends(64);
}

#[test]
fn findings_are_never_written_over_a_return() {
    let project = Project::new();
    small_return(&project, "in/oak", "OAK", &[("a", "1271")]);
    let sent = project.read("in/oak/workers.csv");
    let args = ["check", "in", "--period", PERIOD, "--output"];
    let over = [&args[..], &["in/./oak/workers.csv"]].concat();
    project.run(&over).ends(64).says(&["--output"]);
    assert_eq!(project.read("in/oak/workers.csv"), sent);
    let beside = [&args[..], &["in/oak/findings.html", "--format", "html"]].concat();
    project.run(&beside).ends(20);
    project.run(&beside).ends(20);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_passed_over_and_said() {
    let project = Project::new();
    small_return(&project, "in/oak", "OAK", &[("a", "12.71")]);
    std::os::unix::fs::symlink("nowhere", project.join("in/oak/flows.csv")).unwrap();
    let pipe = project.join("in/oak/pay_points.csv");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    std::os::unix::fs::symlink("..", project.join("in/oak/again")).unwrap();
    // A folder in which nothing can be read is no return that is left out.
    project.write("in/elm/workers.csv.txt", "provider_id\n");
    let (code, findings) = project.check("in");
    assert_eq!(code, 20);
    let told = findings.iter().map(|row| [&*row["rule"], &*row["file"]]);
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ["return.no_workplace", "elm"],
            ["file.not_read", "elm/workers.csv.txt"],
            ["file.not_read", "oak/flows.csv"],
            ["file.not_read", "oak/pay_points.csv"],
        ]
    );
}

#[test]
fn no_cell_of_the_findings_is_a_formula() {
    let project = Project::new();
    project.write(
        "in/oak/workplaces.csv",
        "provider_id,workplace_id,sector,total_staff,=cmd|x\nOAK,P1,=1+1,-5,\nOAK,P2,+44 29,12,\nOAK,P3,@x,12,\n",
    );
    let csv = project.run(&["check", "in", "--period", PERIOD, "--format", "csv"]);
    let (column, values): (Vec<_>, Vec<_>) = rows(&csv.ends(65).stdout)
        .into_iter()
        .map(|row| (row["column"].clone(), row["value"].clone()))
        .unzip();
    assert!(column.contains(&"'=cmd|x".to_owned()), "{column:?}");
    for value in ["'=1+1", "-5", "'+44 29", "'@x"] {
        assert!(values.contains(&value.to_owned()), "{value}: {values:?}");
    }
}

#[test]
fn what_a_terminal_obeys_is_spelt_out() {
    let project = Project::new();
    project.write(
        "in/oak/workplaces.csv",
        "provider_id,workplace_id,sector,\"odd\u{1b}[31m\nname\"\nOAK,P1,n\u{1b}[2Jh\u{202e}s,x\nOAK,P2,nhs,x\n",
    );
    let check = project.run(&["check", "in", "--period", PERIOD]);
    let shown = check.ends(20).stdout.clone();
    let ingest = project.ingest(&["in"], PERIOD);
    for text in [&shown, &ingest.ends(20).stderr] {
        let obeyed = |char: char| char.is_control() && char != '\n' || char == '\u{202e}';
        assert!(!text.contains(obeyed), "{text:?}");
        for spelt in ["odd\\u{1b}[31m\\nname", "n\\u{1b}[2Jh\\u{202e}s"] {
            assert!(text.contains(spelt), "{spelt}: {text}");
        }
    }
}
