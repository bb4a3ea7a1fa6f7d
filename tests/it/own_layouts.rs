//! Layouts that a user adds.

use crate::util::{PERIOD, Project, find, rows, sha256, workplace};

const OWN: &str = r#"name = "payroll"
title = "Our payroll's export"

[lists.jobs]
CA = "care_worker"
SCA = "senior_care_worker"

[[file]]
table = "workers"
recognise = ["Payroll No", "Job", "Hourly Rate"]
identity = ["Name", "NI Number"]
unused = ["Ext*"]

[[file.column]]
from = "Payroll No"
to = "worker_ref"

[[file.column]]
from = "Home"
to = "workplace_id"

[[file.column]]
from = "Job"
to = "role"
codes = "jobs"

[[file.column]]
from = "Hourly Rate"
aliases = ["Hourly Rate (£)"]
to = "pay_rate"
not_known = ["-"]

[[file.column]]
from = "WTE"
to = "contracted_hours"
times = "37.5"
optional = true

[[file.constant]]
to = "provider_id"
value = "OAK"

[[file.constant]]
to = "pay_basis"
value = "hourly"

[[file.rows]]
column = "Employment"
keep = ["Active"]
skip = ["Leaver"]
"#;

const EXPORT: &str = "Payroll No,NAME,Home,Job,hourly  rate (£),WTE,Employment,Ext 1\n\
    1,Ann Other,P1,CA,£12.60,0.8,Active,x\n\
    2,Bob Other,P1,SCA,-,1,ACTIVE,x\n\
    3,Cy Other,P1,CA,13.10,1,Leaver,x\n";

/// A project with the layout and an export that it reads.
fn project() -> Project {
    let project = Project::new();
    project.write("layouts/payroll.toml", OWN);
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    project.write("oak/export.csv", EXPORT);
    project
}

/// The layout with one text of it replaced.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(OWN.matches(from).count(), 1, "{from}");
    OWN.replace(from, to)
}

#[test]
fn a_file_of_ones_own_kind_is_read_by_ones_own_layout() {
    let project = project();
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["using your own layout payroll from layouts/payroll.toml\n"]);
    let jobs = project.query(
        "SELECT provider_id, role, pay_basis, pay_rate, contracted_hours, source_row FROM workers \
         ORDER BY source_row",
    );
    assert_eq!(jobs.len(), 2);
    for (row, role, rate, hours) in [
        ("2", "care_worker", "12.6000", "30.0000"),
        ("3", "senior_care_worker", "", "37.5000"),
    ] {
        let job = find(&jobs, &[("source_row", row)]);
        let found = [&job["role"], &job["pay_rate"], &job["contracted_hours"]];
        assert_eq!(found, [role, rate, hours]);
        assert_eq!(
            (job["provider_id"].as_str(), job["pay_basis"].as_str()),
            ("OAK", "hourly")
        );
    }
    let balance =
        project.query("SELECT rows_skipped, layout FROM returns WHERE source_file = 'export.csv'");
    assert_eq!(balance[0]["rows_skipped"], "1");
    assert_eq!(balance[0]["layout"], "payroll");
    for table in ["workers", "findings", "returns"] {
        let sql = format!("SELECT * FROM {table}");
        let text = project
            .run(&["query", &sql, "--format", "csv"])
            .ends(0)
            .stdout;
        assert!(!text.contains("Other"), "{table}: {text}");
    }
}

#[test]
fn the_manifest_has_its_digest_and_a_changed_layout_is_a_change() {
    let project = project();
    project.ingest(&["oak"], PERIOD).ends(0);
    let layouts = |edition: &str| {
        let manifest = project.json(&format!("store/period={PERIOD}/{edition}.json"));
        manifest["layouts"].clone()
    };
    assert_eq!(layouts("0001")["payroll"], sha256(OWN.as_bytes()));
    assert!(layouts("0001")["asc-wds"].is_string());
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["nothing changed"]);
    let other = changed("times = \"37.5\"", "times = \"40\"");
    project.write("layouts/payroll.toml", &other);
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["made edition 2"]);
    assert_eq!(layouts("0002")["payroll"], sha256(other.as_bytes()));
    let hours = "SELECT contracted_hours FROM workers WHERE source_row = 2";
    assert_eq!(project.value(hours), "32.0000");
}

#[test]
fn the_folder_is_an_option_and_a_setting_too() {
    let project = project();
    std::fs::rename(project.join("layouts"), project.join("mine")).unwrap();
    // Without it the export is of no known kind.
    project
        .run(&["check", "oak", "--period", PERIOD])
        .ends(65)
        .says(&["no return can be accepted"]);
    let told = ["using your own layout payroll from mine/payroll.toml"];
    let args = ["check", "oak", "--period", PERIOD, "--layouts", "mine"];
    project.run(&args).ends(0).says(&told);
    let settings = format!("returns = [\"oak\"]\nperiod = {PERIOD}\nlayouts = \"mine\"\n");
    project.write("paybench.toml", settings);
    project.run(&["run"]).ends(0).says(&told);
    assert_eq!(project.value("SELECT count(*) FROM workers"), "2");
    project.write(
        "paybench.toml",
        format!("returns = [\"oak\"]\nperiod = {PERIOD}\n"),
    );
    project
        .run(&["run", "--layouts", "mine"])
        .ends(0)
        .says(&told);
    let args = ["check", "oak", "--period", PERIOD, "--layouts", "nowhere"];
    project.run(&args).ends(78).says(&["nowhere"]);
}

#[test]
fn one_of_the_same_name_takes_the_place_of_a_built_in_one_and_says_so() {
    let project = project();
    project.write(
        "layouts/payroll.toml",
        changed("name = \"payroll\"", "name = \"nhs-esr\""),
    );
    project
        .run(&["check", "oak", "--period", PERIOD])
        .ends(0)
        .says(&[
            "using your own layout nhs-esr from layouts/payroll.toml, instead of the built-in one",
        ]);
}

#[test]
fn it_holds_for_its_periods_only() {
    let project = project();
    let dated = changed("\n\n[lists.jobs]", "\nfrom = 2027-01-01\n\n[lists.jobs]");
    project.write("layouts/payroll.toml", dated);
    let args = ["check", "oak", "--period", PERIOD, "--format", "csv"];
    let found = rows(&project.run(&args).ends(65).stdout);
    let finding = find(&found, &[("file", "oak/export.csv")]);
    assert_eq!(finding["rule"], "file.unknown");
    assert_eq!(
        finding["message"],
        "the file is of no known kind: its header is that of the layout payroll, which does not hold for the period"
    );
    let args = ["check", "oak", "--period", "2027-01-01"];
    project.run(&args).ends(0);
}

#[test]
fn nothing_is_read_where_the_header_leaves_doubt() {
    let project = project();
    let header = EXPORT.replace("Ext 1", "Hourly Rate");
    project.write("oak/export.csv", header);
    let args = ["check", "oak", "--period", PERIOD, "--format", "csv"];
    let found = rows(&project.run(&args).ends(65).stdout);
    let finding = find(&found, &[("file", "oak/export.csv")]);
    assert_eq!(finding["rule"], "file.column_twice");
    assert_eq!(
        finding["message"],
        "two columns of the header are one and the same: hourly  rate (£) and Hourly Rate"
    );
    project.write("oak/export.csv", EXPORT);
    project.write(
        "layouts/second.toml",
        changed("name = \"payroll\"", "name = \"second\""),
    );
    let found = rows(&project.run(&args).ends(65).stdout);
    let finding = find(&found, &[("file", "oak/export.csv")]);
    let told =
        "the file is of no known kind: its header is that of several layouts: payroll, second;";
    assert!(finding["message"].starts_with(told), "{finding:?}");
    std::fs::remove_file(project.join("layouts/second.toml")).unwrap();
    project.write("oak/export.csv", EXPORT.replace("Job", "Jobs"));
    project.run(&args).ends(65);
    project.write("oak/export.csv", EXPORT.replace(",Home,", ",House,"));
    let found = rows(&project.run(&args).ends(65).stdout);
    let finding = find(&found, &[("rule", "file.header")]);
    assert!(
        finding["message"].ends_with(": Home of a workers file"),
        "{finding:?}"
    );
}

#[test]
fn a_word_of_the_rows_that_nobody_knows_is_an_error_with_the_words_there_are() {
    let project = project();
    project.write("oak/export.csv", EXPORT.replace("Leaver", "Gone"));
    let args = ["check", "oak", "--period", PERIOD, "--format", "csv"];
    let found = rows(&project.run(&args).ends(20).stdout);
    assert_eq!(found.len(), 1);
    let finding = find(&found, &[("row", "4"), ("rule", "workers.status")]);
    assert_eq!(finding["fix"], "use one of: Active, Leaver");
    assert_eq!(finding["column"], "Employment");
}

#[test]
fn lists_second_columns_and_short_rows_are_data_too() {
    let project = Project::new();
    let layout = |settings: &str| {
        format!(
            r#"name = "homes"
title = "Homes with lists"
{settings}
[lists.jobs]
a = "care_worker"
b = "care_worker"
c = "manager"

[[file]]
table = "workplaces"
recognise = ["Home", "Owner", "Jobs"]
column = [
    {{ from = "Owner", to = "provider_id" }},
    {{ from = "Home", to = "provider_id", otherwise = true }},
    {{ from = "Home", to = "workplace_id" }},
    {{ from = "Kind", to = "sector", codes = {{ 1 = "nhs" }}, others = "other" }},
]

[file.lists]
roles = "Jobs"
codes = "jobs"
starters = "In"
leavers = "Out"
vacancies = "Open"
not_known = "?"
"#
        )
    };
    project.write("layouts/homes.toml", layout(""));
    let header = "Home,Owner,Kind,Jobs,In,Out,Open,Remarks";
    let text = format!("{header}\nH1,,1,a;b;c,1;2;?,0;1500;2,?\nH2,OAK,7,c,4,5,x,\n");
    project.write("homes/homes.csv", text);
    let args = ["check", "homes", "--period", PERIOD, "--format", "csv"];
    let found = rows(&project.run(&args).ends(20).stdout);
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|f| (f["row"].as_str(), f["rule"].as_str(), f["value"].as_str()))
        .collect();
    let expected = [
        ("1", "file.unknown_column", ""),
        ("2", "workplaces.short", ""),
        ("3", "flows.lists.count", "x"),
    ];
    assert_eq!(found, expected);
    project.write("layouts/homes.toml", layout("short_rows = true"));
    let text = project
        .read("homes/homes.csv")
        .replace(",Remarks", "")
        .replace("x,", "0");
    project.write("homes/homes.csv", text);
    project.run(&args).ends(0);
    project.ingest(&["homes"], PERIOD).ends(0);
    let flows = project.query(
        "SELECT provider_id, role, starters, leavers, vacancies FROM flows \
         ORDER BY provider_id, role",
    );
    let flows: Vec<String> = flows
        .iter()
        .map(|row| {
            let of = |name: &str| row[name].clone();
            let counts = ["starters", "leavers", "vacancies"].map(of).join("/");
            format!("{} {} {counts}", of("provider_id"), of("role"))
        })
        .collect();
    // Two jobs are one role: summed, and unknown where a part of it is.
    assert_eq!(
        flows,
        [
            "H1 care_worker 3/1500/",
            "H1 manager /2/",
            "OAK manager 4/5/0"
        ]
    );
    let sectors = project.query("SELECT sector FROM workplaces ORDER BY workplace_id");
    assert_eq!(
        (sectors[0]["sector"].as_str(), sectors[1]["sector"].as_str()),
        ("nhs", "other")
    );
}

/// Mistakes: what is replaced by what, and line, column, message and hint.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "unused = [\"Ext*\"]",
        "unsued = [\"Ext*\"]",
        "line 12, column 1: unknown field `unsued`",
    ),
    (
        "unused = [\"Ext*\"]",
        "unsued = [\"Ext*\"]",
        "hint: did you mean `unused`?",
    ),
    (
        "to = \"worker_ref\"",
        "to = \"worker_reff\"",
        "line 16, column 6: the table workers has no column `worker_reff`\nhint: did you mean `worker_ref`?",
    ),
    (
        "to = \"contracted_hours\"",
        "to = \"hourly\"",
        "line 35, column 6: `hourly` is made by paybench, and never read",
    ),
    (
        "SCA = \"senior_care_worker\"",
        "SCA = \"senior_care_wroker\"",
        "line 6, column 7: `senior_care_wroker` is not a value of `role`\nhint: did you mean `senior_care_worker`?",
    ),
    (
        "codes = \"jobs\"",
        "codes = \"job\"",
        "line 25, column 9: there is no list `job`\nhint: did you mean `jobs`?",
    ),
    (
        "codes = \"jobs\"",
        "codes = { CA = \"carer\" }",
        "line 25, column 16: `carer` is not a value of `role`",
    ),
    (
        "from = \"WTE\"\nto = \"contracted_hours\"",
        "from = \"WTE\"\nto = \"pay_rate\"",
        "line 35, column 6: `pay_rate` is given by the column `Hourly Rate` already",
    ),
    (
        "from = \"Home\"\nto = \"workplace_id\"",
        "from = \"Payroll No\"\nto = \"worker_ref\"",
        "line 19, column 8: `Payroll No` gives `worker_ref` twice",
    ),
    (
        "from = \"Home\"\nto = \"workplace_id\"",
        "from = \"Home\"\nto = \"start_date\"",
        "line 9, column 9: nothing gives `workplace_id`, which workers needs",
    ),
    (
        "recognise = [\"Payroll No\", \"Job\", \"Hourly Rate\"]",
        "recognise = []",
        "line 10, column 13: no column tells this kind of file from others",
    ),
    (
        "aliases = [\"Hourly Rate (£)\"]",
        "aliases = [\"Rate\", \"rate \"]",
        "line 29, column 20: `rate ` is named twice",
    ),
    (
        "aliases = [\"Hourly Rate (£)\"]",
        "aliases = [\"JOB\"]",
        "line 29, column 12: `JOB` is a name of the column `Job` too",
    ),
    (
        "identity = [\"Name\", \"NI Number\"]",
        "identity = [\"Name\", \"Home\"]",
        "line 11, column 21: `Home` is read, and under `identity`",
    ),
    (
        "table = \"workers\"",
        "table = \"worker\"",
        "line 9, column 9: there is no table `worker`\nhint: did you mean `workers`?",
    ),
    (
        "times = \"37.5\"",
        "times = \"37,5\"",
        "line 36, column 9: `37,5` is not a number above 0",
    ),
    (
        "codes = \"jobs\"",
        "codes = \"jobs\"\nnot_known = [\"CA\"]",
        "line 26, column 14: `CA` is a code and not known",
    ),
    (
        "times = \"37.5\"",
        "times = \"37.5\"\nadded = 2026-04-01\nremoved = 2026-04-01",
        "line 38, column 11: the column is removed on 2026-04-01 and added on 2026-04-01",
    ),
    (
        "from = \"Home\"",
        "from = \"Home\"\nmax_length = 0",
        "line 19, column 8: `Home` may have no character at all",
    ),
    (
        "value = \"hourly\"",
        "value = \"weekly\"",
        "line 45, column 9: `weekly` is not a value of `pay_basis`",
    ),
    (
        "to = \"pay_basis\"",
        "to = \"pay_rate\"",
        "line 44, column 6: `pay_rate` is given twice",
    ),
    (
        "skip = [\"Leaver\"]",
        "skip = [\"active\"]",
        "line 50, column 9: rows with `active` are kept and skipped",
    ),
    (
        "name = \"payroll\"",
        "name = \"paybench\"",
        "line 1, column 8: the layout `paybench` is the tables themselves and stays",
    ),
    (
        "title = \"Our payroll's export\"",
        "title = \"Our payroll's export\"\nrules = \"asc\"",
        "line 3, column 9: there are no rules `asc`\nhint: use one of: asc-wds",
    ),
    (
        "title = \"Our payroll's export\"",
        "title = \"Our payroll's export\"\nfrom = 2026-04-01\nto = 2026-03-31",
        "line 4, column 6: `to` is before `from`",
    ),
    (
        "title = \"Our payroll's export\"",
        "title = Our payroll's export",
        "line 2, column 9: ",
    ),
    (
        "title = \"Our payroll's export\"\n",
        "",
        "missing field `title`",
    ),
];

#[test]
fn every_mistake_has_its_file_line_and_column_and_what_to_do() {
    let project = project();
    for (from, to, text) in MISTAKES {
        project.write("layouts/payroll.toml", changed(from, to));
        let ran = project.run(&["check", "oak", "--period", PERIOD]).ends(78);
        let text = text.replace("\nhint", "\n\nhint");
        let ran = ran.says(&["layouts/payroll.toml, line ", &text, "\n\nhint: "]);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_and_two_of_one_name_are_one_too_many() {
    let project = project();
    let wrong = changed("to = \"worker_ref\"", "to = \"ref\"");
    let wrong = wrong.replace("value = \"hourly\"", "value = \"weekly\"");
    project.write("layouts/payroll.toml", wrong);
    project
        .run(&["ingest", "oak", "--period", PERIOD])
        .ends(78)
        .says(&["line 16, column 6", "line 45, column 9"]);
    assert!(!project.join("store").exists());
    project.write("layouts/payroll.toml", OWN);
    project.write("layouts/zweite.toml", OWN);
    project
        .run(&["check", "oak", "--period", PERIOD])
        .ends(78)
        .says(&["layouts/zweite.toml: layouts/payroll.toml is a layout of the name `payroll` too"]);
}

#[test]
fn describe_shows_the_layouts_and_each_of_them() {
    let project = project();
    let list = project.run(&["describe", "layouts"]).ends(0).stdout;
    for text in [
        "paybench",
        "asc-wds",
        "nhs-esr",
        "payroll",
        "layouts/payroll.toml",
        "built in",
    ] {
        assert!(list.contains(text), "{text} in {list}");
    }
    let one = project
        .run(&["describe", "layouts", "payroll"])
        .ends(0)
        .stdout;
    for text in [
        "Our payroll's export",
        &sha256(OWN.as_bytes()),
        "Hourly Rate (£)",
        "times 37.5",
        "always hourly",
        "senior_care_worker",
        "personal, never read past the parser: Name, NI Number",
        "rows that count: Employment is Active; skipped: Leaver",
    ] {
        assert!(one.contains(text), "{text} in {one}");
    }
    assert_eq!(project.run(&["describe", "payroll"]).ends(0).stdout, one);
    project
        .run(&["describe", "layouts", "payrol"])
        .ends(64)
        .says(&["there is no layout `payrol`", "did you mean payroll?"]);
    project.run(&["describe", "workers", "payroll"]).ends(64);
    // The template is a layout as it stands, also printed to where it belongs.
    project.write("layouts/payroll.toml", "");
    let template = project
        .run(&["describe", "layouts", "template"])
        .ends(0)
        .stdout;
    project.write("layouts/payroll.toml", template);
    project.run(&["describe", "layouts", "payroll"]).ends(0);
}

#[test]
fn a_rate_out_of_range_costs_what_the_layout_says() {
    let project = project();
    project.write("oak/export.csv", EXPORT.replace("£12.60", "1.00"));
    let (code, _) = project.check("oak");
    assert_eq!(code, 20);
    let not_known = "not_known = [\"-\"]";
    project.write(
        "layouts/payroll.toml",
        changed(not_known, "not_known = [\"-\"]\nwrong = \"warning\""),
    );
    let (code, findings) = project.check("oak");
    assert_eq!(code, 10);
    let finding = find(&findings, &[("rule", "workers.pay_rate.range")]);
    assert_eq!(finding["severity"], "warning");
    assert!(finding["message"].ends_with(": the value is not used"));
    project.ingest(&["oak"], PERIOD).ends(10);
    let rates = "SELECT count(*) FROM workers WHERE pay_rate IS NULL AND hourly IS NULL";
    assert_eq!(project.value(rates), "2");
}

#[test]
fn a_constant_that_does_not_fit_the_period_is_told_as_the_layouts() {
    let project = project();
    let constant =
        "[[file.constant]]\nto = \"start_date\"\nvalue = \"2030-01-01\"\n\n[[file.rows]]";
    project.write("layouts/payroll.toml", changed("[[file.rows]]", constant));
    let (_, findings) = project.check("oak");
    let finding = find(&findings, &[("rule", "workers.start_date.after_period")]);
    assert!(
        finding["fix"].starts_with("mend the constant"),
        "{finding:?}"
    );
}
