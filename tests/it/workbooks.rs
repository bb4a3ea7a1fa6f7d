//! Workbooks of every form, and cells of every kind.

use crate::book::{
    PLACES, STAFF, archive, number, ods, ods_row, places, places_of, sheet, staff, styled, xlsx,
};
use crate::util::{PERIOD, Project, fixture, rows};

#[test]
fn every_form_of_workbook_gives_the_tables_of_the_text_files() {
    let project = Project::new();
    let tables = |path: &str, store: &str, code: i32| {
        let args = ["ingest", path, "--period", PERIOD, "--store", store];
        project.run(&args).ends(code);
        ["workplaces", "workers", "flows", "pay_points"].map(|table| {
            let sql = format!(
                "SELECT * EXCLUDE (return_id, source_file) FROM {table} ORDER BY source_row"
            );
            let args = ["query", &sql, "--store", store, "--format", "csv"];
            rows(&project.run(&args).ends(0).stdout)
        })
    };
    let expected = tables(&fixture("tiny/return"), "text", 0);
    assert_eq!(expected.each_ref().map(Vec::len), [7, 40, 17, 3]);
    for form in ["xlsx", "xlsm", "xls", "ods"] {
        let found = tables(&fixture(&format!("workbooks/tiny.{form}")), form, 10);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{form}");
        }
        let args = [
            "query",
            "SELECT DISTINCT return_id, source_file FROM workers",
        ];
        let source = project.run(&[&args[..], &["--store", form, "--format", "csv"]].concat());
        assert_eq!(
            source.stdout,
            format!("return_id,source_file\ntiny,tiny.{form}\n")
        );
    }
}

#[test]
fn numbers_dates_and_answers_are_read_as_they_were_typed() {
    let project = Project::new();
    let workers: [&[&str]; 3] = [
        &[
            &number("123.0"),
            "P1",
            &number("7"),
            "care_worker",
            "hourly",
            &number("57.699999999999996"),
            &styled(1, "46112"),
            "<c @ t=\"b\"><v>0</v></c>",
            &number("3.75E1"),
        ],
        &[
            "123",
            "P1",
            "b_x005F_2",
            "care_worker",
            "hourly",
            "<c @><f>10+2.6</f><v>12.6</v></c>",
            "<c @ t=\"d\"><v>2026-03-31T00:00:00</v></c>",
            "<c @ t=\"str\"><f>IF(TRUE,\"yes\")</f><v>yes</v></c>",
            &number("0"),
        ],
        &[
            "123",
            "P1",
            "c",
            "care_worker",
            "hourly",
            "12.60",
            "31/03/2026",
            "no",
            "37.5",
        ],
    ];
    let place: &[&str] = &[
        &number("123"),
        "P1",
        "nhs",
        &styled(2, "0.16500000000000001"),
    ];
    let book = xlsx(&[
        ("workplaces", sheet(&[PLACES, place], "")),
        ("Workers", staff(&workers)),
    ]);
    project.write("returns/ash.xlsx", book);
    project.ingest(&["returns"], PERIOD).ends(0);
    let found = project.query(
        "SELECT provider_id, CAST(hourly AS VARCHAR) AS hourly, start_date, zero_hours, \
         CAST(contracted_hours AS VARCHAR) AS hours, source_row FROM workers ORDER BY source_row",
    );
    let values: Vec<Vec<&str>> = found
        .iter()
        .map(|row| {
            let names = [
                "provider_id",
                "hourly",
                "start_date",
                "zero_hours",
                "hours",
                "source_row",
            ];
            names.iter().map(|name| row[*name].as_str()).collect()
        })
        .collect();
    assert_eq!(
        values,
        [
            ["123", "57.7000", "2026-03-31", "false", "37.5000", "2"],
            ["123", "12.6000", "2026-03-31", "true", "0.0000", "3"],
            ["123", "12.6000", "2026-03-31", "false", "37.5000", "4"],
        ]
    );
    let pension = "SELECT CAST(employer_pension_pct AS VARCHAR) FROM workplaces";
    assert_eq!(project.value(pension), "16.5000");
}

#[test]
fn every_cell_that_cannot_be_read_is_named_by_its_address() {
    let project = Project::new();
    let long = number("1234567890123456");
    let odd: Vec<[String; 2]> = vec![
        ["F2".into(), "<c @ t=\"e\"><v>#REF!</v></c>".into()],
        ["F3".into(), "<c @><f>SUM(A1)</f></c>".into()],
        ["F4".into(), "<c @><f>SUM(A1)</f><v></v></c>".into()],
        ["F5".into(), number("12.34565")],
        ["G6".into(), number("46112")],
        ["G7".into(), styled(1, "46112.5")],
        ["G8".into(), styled(1, "60")],
        ["I9".into(), styled(3, "1.5625")],
        ["I10".into(), styled(1, "0.3125")],
        ["C11".into(), long],
        ["I12".into(), styled(2, "0.375")],
        ["H13".into(), number("1")],
        ["F14".into(), "<c @ t=\"e\"><v>#MADE_UP!</v></c>".into()],
    ];
    let references: Vec<String> = (0..odd.len()).map(|at| format!("w{at}")).collect();
    let workers: Vec<Vec<&str>> = odd
        .iter()
        .zip(&references)
        .map(|([address, xml], reference)| {
            let mut cells = vec![
                "ASH",
                "P1",
                reference.as_str(),
                "care_worker",
                "hourly",
                "12.60",
                "2026-03-31",
                "no",
                "37.5",
            ];
            cells[usize::from(address.as_bytes()[0] - b'A')] = xml;
            cells
        })
        .collect();
    let workers: Vec<&[&str]> = workers.iter().map(Vec::as_slice).collect();
    project.write(
        "ash.xlsx",
        xlsx(&[("workplaces", places()), ("workers", staff(&workers))]),
    );
    let (code, findings) = project.check("ash.xlsx");
    assert_eq!(code, 20);
    let expected = [
        ["workers.cell_error", "2", "F2", "pay_rate"],
        ["workers.cell_formula", "3", "F3", "pay_rate"],
        ["workers.cell_formula", "4", "F4", "pay_rate"],
        ["workers.pay_rate.unreadable", "5", "F5", "pay_rate"],
        ["workers.start_date.unreadable", "6", "G6", "start_date"],
        ["workers.start_date.unreadable", "7", "G7", "start_date"],
        ["workers.start_date.unreadable", "8", "G8", "start_date"],
        [
            "workers.contracted_hours.unreadable",
            "9",
            "I9",
            "contracted_hours",
        ],
        [
            "workers.contracted_hours.unreadable",
            "10",
            "I10",
            "contracted_hours",
        ],
        ["workers.cell_long_number", "11", "C11", "worker_ref"],
        [
            "workers.contracted_hours.unreadable",
            "12",
            "I12",
            "contracted_hours",
        ],
        ["workers.zero_hours.unknown_code", "13", "H13", "zero_hours"],
        ["workers.cell_error", "14", "F14", "pay_rate"],
    ]
    .map(|[rule, row, cell, column]| [rule, "workers", row, cell, column]);
    assert_eq!(places_of(&findings), expected);
    assert!(findings.iter().all(|finding| finding["file"] == "ash.xlsx"));
    assert!(
        findings[0]["message"].ends_with("#REF!"),
        "{:?}",
        findings[0]
    );
}

#[test]
fn a_row_that_holds_only_an_error_is_no_blank_row() {
    let project = Project::new();
    let broken: &[&str] = &["", "", "<c @ t=\"e\"><v>#N/A</v></c>"];
    let workers = staff(&[broken]);
    project.write(
        "ash.xlsx",
        xlsx(&[("workplaces", places()), ("workers", workers)]),
    );
    let (_, findings) = project.check("ash.xlsx");
    let cells: Vec<_> = findings.iter().map(|f| f["cell"].as_str()).collect();
    assert_eq!(cells, ["A2", "D2", "C2", "B2"], "{findings:#?}");
}

#[test]
fn days_count_from_1900_or_1904_as_the_workbook_says() {
    let worker = |day: &str| {
        let date = styled(1, day);
        staff(&[&["ASH", "P1", "a", "care_worker", "", "", &date]])
    };
    for (day, since_1904) in [("46112", false), ("44650", true)] {
        let project = Project::new();
        let path = project.join("ash.xlsx");
        let mut parts = Vec::new();
        let book = xlsx(&[("workplaces", places()), ("workers", worker(day))]);
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
        for at in 0..book.len() {
            let mut part = book.by_index(at).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut part, &mut text).unwrap();
            if since_1904 {
                text = text.replace("<workbookPr/>", "<workbookPr date1904=\"1\"/>");
            }
            parts.push((part.name().unwrap().into_owned(), text));
        }
        std::fs::write(&path, archive(&parts)).unwrap();
        project.ingest(&["ash.xlsx"], PERIOD).ends(0);
        assert_eq!(
            project.value("SELECT start_date FROM workers"),
            "2026-03-31"
        );
    }
}

#[test]
fn what_is_personal_in_a_workbook_stays_in_it() {
    let project = Project::new();
    let secrets = ["Zebedee Quill", "QQ123456C", "1971-02-03", "ref-secret-9"];
    let header = [STAFF, &["birth_date", "name", "ni_number"]].concat();
    let cells = |bad: &'static str| {
        [
            "ASH",
            "P1",
            "ref-secret-9",
            "care_worker",
            "hourly",
            bad,
            "2026-03-31",
            "no",
            "37.5",
            "1971-02-03",
            "Zebedee Quill",
            "QQ123456C",
        ]
    };
    let staff = sheet(&[&header, &cells("12.60"), &cells("a lot")], "");
    let notes = sheet(&[&["Zebedee Quill"], &["QQ123456C", "1971-02-03"]], "");
    project.write(
        "ash.xlsx",
        xlsx(&[
            ("workplaces", places()),
            ("workers", staff),
            ("Notes", notes),
        ]),
    );
    let ran = project.ingest(&["ash.xlsx"], PERIOD).ends(20);
    let (_, findings) = project.check("ash.xlsx");
    for secret in secrets {
        assert!(
            !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
            "{secret}"
        );
        let told = findings
            .iter()
            .any(|f| f.values().any(|text| text.contains(secret)));
        assert!(!told, "{secret}");
    }
    for table in ["workers", "findings", "rejects", "returns", "workplaces"] {
        let all = format!("{:?}", project.query(&format!("SELECT * FROM {table}")));
        for secret in secrets {
            assert!(!all.contains(secret), "{secret} in {table}");
        }
    }
}

#[test]
fn cells_of_an_open_document_are_read_by_their_type() {
    let project = Project::new();
    let cell = |attributes: &str, text: &str| {
        format!("<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>")
    };
    let of =
        |kind: &str, value: &str| cell(&format!("office:value-type=\"{kind}\" {value}"), "shown");
    let percent = of("percentage", "office:value=\"0.165\"");
    let pay = of(
        "currency",
        "office:currency=\"GBP\" office:value=\"57.699999999999996\"",
    );
    let no_pay = of("float", "");
    let euros = of("currency", "office:currency=\"EUR\" office:value=\"12.6\"");
    let day = of("date", "office:date-value=\"2026-03-31\"");
    let yes = of("boolean", "office:boolean-value=\"true\"");
    let noted = "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>why</text:p>\
                 </office:annotation><text:p>a<text:s/>1</text:p></table:table-cell>";
    let worker = |reference: &str, pay: &str, day: &str, hours: &str| {
        ods_row(
            "",
            &[
                "ASH",
                "P1",
                reference,
                "care_worker",
                "hourly",
                pay,
                day,
                &yes,
                hours,
            ],
        )
    };
    let error = cell(
        "office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\" table:formula=\"of:=1\"",
        "#REF!",
    );
    let formula = "<table:table-cell table:formula=\"of:=1\"/>";
    let late = of("date", "office:date-value=\"2026-03-31T14:30:00\"");
    let time = of("time", "office:time-value=\"PT37H30M00S\"");
    let rows = [
        ods_row("", STAFF),
        worker(noted, &pay, &day, "0"),
        worker("b", &error, &day, "0"),
        worker("c", formula, &day, "0"),
        worker("d", "12.60", &late, "0"),
        worker("e", "12.60", &day, &time),
        worker("g", &euros, &day, "0"),
        worker("h", &no_pay, &day, "0"),
        worker("f", "12.60", &day, "0").replace(
            "<table:table-row",
            "<table:table-row table:visibility=\"filter\"",
        ),
    ];
    let places = [
        ods_row("", PLACES),
        ods_row("", &["ASH", "P1", "nhs", &percent]),
    ];
    let table = |name: &str, rows: &[String]| {
        format!(
            "<table:table table:name=\"{name}\">{}</table:table>",
            rows.concat()
        )
    };
    let book = ods(&[table("workplaces", &places), table("workers", &rows)].concat());
    project.write("ash.ods", book);
    let (code, findings) = project.check("ash.ods");
    assert_eq!(code, 20);
    let expected = [
        ["sheet.hidden", "", "", ""],
        ["workers.cell_error", "3", "F3", "pay_rate"],
        ["workers.cell_formula", "4", "F4", "pay_rate"],
        ["workers.start_date.unreadable", "5", "G5", "start_date"],
        [
            "workers.contracted_hours.unreadable",
            "6",
            "I6",
            "contracted_hours",
        ],
        ["workers.pay_rate.unreadable", "7", "F7", "pay_rate"],
        ["workers.cell_formula", "8", "F8", "pay_rate"],
    ]
    .map(|[rule, row, cell, column]| [rule, "workers", row, cell, column]);
    assert_eq!(places_of(&findings), expected);
    assert!(
        findings[0]["message"].ends_with("rows 9"),
        "{:?}",
        findings[0]
    );
    project.ingest(&["ash.ods"], PERIOD).ends(20);
    let found = project.query(
        "SELECT CAST(w.hourly AS VARCHAR) AS hourly, w.start_date, w.zero_hours, \
         CAST(p.employer_pension_pct AS VARCHAR) AS pension FROM workers w, workplaces p \
         ORDER BY w.source_row",
    );
    let first =
        ["hourly", "start_date", "zero_hours", "pension"].map(|name| found[0][name].as_str());
    assert_eq!(first, ["57.7000", "2026-03-31", "true", "16.5000"]);
    assert_eq!(found.len(), 2);
}
