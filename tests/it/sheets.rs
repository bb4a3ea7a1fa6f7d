//! Sheets as files of a return: their names, headers, and what is hidden in them.

use crate::book::{PLACES, STAFF, places, places_of, row, sheet, staff, xlsx};
use crate::util::{PERIOD, Project, Row, fixture};

#[test]
fn hidden_and_merged_cells_are_read_and_said() {
    let project = Project::new();
    let worker = |reference: &'static str| {
        [
            "ASH",
            "P1",
            reference,
            "care_worker",
            "hourly",
            "12.60",
            "",
            "no",
            "37.5",
        ]
    };
    let rows: String = ["a", "b", "c", "d", "e"]
        .iter()
        .zip(2..)
        .map(|(reference, number)| {
            let hidden = if [3, 4, 6].contains(&number) {
                "hidden=\"1\""
            } else {
                ""
            };
            row(number, hidden, &worker(reference))
        })
        .collect();
    let staff = format!(
        "<worksheet><cols><col min=\"6\" max=\"7\" hidden=\"1\"/><col min=\"40\" max=\"41\" hidden=\"1\"/></cols>\
         <sheetData>{}{rows}</sheetData><mergeCells><mergeCell ref=\"G2:G4\"/></mergeCells></worksheet>",
        row(1, "", STAFF)
    );
    let book = xlsx(&[
        ("workplaces|state=\"hidden\"", places()),
        ("workers", staff),
        (
            "Lists|state=\"veryHidden\"",
            sheet(&[&["yes"], &["no"]], ""),
        ),
    ]);
    project.write("ash.xlsx", book);
    let (code, findings) = project.check("ash.xlsx");
    assert_eq!(code, 10);
    assert_eq!(
        places_of(&findings),
        [
            ["sheet.unknown", "Lists", "", "", ""],
            ["sheet.hidden", "workers", "", "", ""],
            ["sheet.merged", "workers", "2", "G2", ""],
            ["sheet.hidden", "workplaces", "", "", ""],
        ]
    );
    assert!(
        findings[1]["message"].ends_with("rows 3-4, 6, columns F-G"),
        "{:?}",
        findings[1]
    );
    assert!(findings[2]["message"].ends_with("G2:G4"));
    assert!(findings[3]["message"].ends_with("the whole sheet"));
    project.ingest(&["ash.xlsx"], PERIOD).ends(10);
    assert_eq!(project.value("SELECT count(*) FROM workers"), "5");
}

#[test]
fn what_merged_cells_cover_is_not_read() {
    let project = Project::new();
    let worker = |reference: &'static str, pay: &'static str| {
        [
            "ASH",
            "P1",
            reference,
            "care_worker",
            "hourly",
            pay,
            "",
            "no",
            "37.5",
        ]
    };
    let (a, b, c) = (
        worker("a", "12.60"),
        worker("b", "99.00"),
        worker("c", "13.00"),
    );
    let joined = "<mergeCells><mergeCell ref=\"F2:F3\"/><mergeCell ref=\"H4:I4\"/></mergeCells>";
    let staff = sheet(&[STAFF, &a, &b, &c], joined);
    project.write(
        "ash.xlsx",
        xlsx(&[("workplaces", places()), ("workers", staff)]),
    );
    project.ingest(&["ash.xlsx"], PERIOD).ends(10);
    let rows =
        project.query("SELECT source_row, pay_rate, contracted_hours FROM workers ORDER BY 1");
    let read = |row: &Row| [row["pay_rate"].clone(), row["contracted_hours"].clone()];
    assert_eq!(
        rows.iter().map(read).collect::<Vec<_>>(),
        [["12.6000", "37.5000"], ["", "37.5000"], ["13.0000", ""]]
    );
}

#[test]
fn the_form_of_old_tells_what_is_hidden_and_what_is_per_cent() {
    let project = Project::new();
    let path = fixture("workbooks/hidden.xls");
    let (code, findings) = project.check(&path);
    assert_eq!(code, 20);
    assert_eq!(
        places_of(&findings),
        [
            ["file.old_format", "", "", "", ""],
            ["sheet.hidden", "workers", "", "", ""],
            ["sheet.merged", "workers", "6", "A6", ""],
            [
                "workers.provider_id.required",
                "workers",
                "7",
                "A7",
                "provider_id"
            ],
        ]
    );
    assert!(
        findings[1]["message"].ends_with("rows 3-4, columns E"),
        "{:?}",
        findings[1]
    );
    project.ingest(&[&path], PERIOD).ends(20);
    let pension = "SELECT CAST(employer_pension_pct AS VARCHAR) FROM workplaces";
    assert_eq!(project.value(pension), "16.5000");
    assert_eq!(
        project.value("SELECT DISTINCT start_date FROM workers WHERE source_row < 6"),
        "2026-03-31"
    );
}

#[test]
fn a_title_above_the_header_is_passed_over_and_said() {
    let project = Project::new();
    let place: &[&str] = &["ASH", "P1", "independent"];
    let titled = sheet(
        &[
            &["Return of Ash Care"],
            &[],
            &["for", "31 March 2026"],
            PLACES,
            place,
        ],
        "<mergeCells><mergeCell ref=\"A1:D1\"/></mergeCells>",
    );
    project.write("book/ash.xlsx", xlsx(&[("Workplaces", titled)]));
    project.write(
        "text/oak/workplaces.csv",
        "Return of Oak Care\nfor;31 March;2026;of;many;words;more;words\n\
         provider_id,workplace_id,sector\nOAK,P1,nhs\n",
    );
    let (code, findings) = project.check("book");
    assert_eq!((code, findings.len()), (10, 1), "{findings:#?}");
    assert_eq!(
        places_of(&findings),
        [["file.title_rows", "Workplaces", "1", "A1", ""]]
    );
    assert!(findings[0]["message"].ends_with("rows 1 to 3"));
    let (code, findings) = project.check("text");
    assert_eq!(code, 10);
    assert_eq!(places_of(&findings), [["file.title_rows", "", "1", "", ""]]);
    project.ingest(&["book", "text"], PERIOD).ends(10);
    let balance = project.query(
        "SELECT return_id, sheet, rows_read, rows_accepted, rows_skipped, rows_blank \
         FROM returns ORDER BY return_id",
    );
    let counts = |row: &Row| {
        [
            "return_id",
            "sheet",
            "rows_read",
            "rows_accepted",
            "rows_skipped",
            "rows_blank",
        ]
        .map(|name| row[name].clone())
    };
    assert_eq!(
        counts(&balance[0]),
        ["ash", "Workplaces", "3", "1", "2", "0"]
    );
    assert_eq!(counts(&balance[1]), ["oak", "", "3", "1", "2", "0"]);
    let rows = project.query("SELECT provider_id, source_row FROM workplaces ORDER BY 1");
    assert_eq!(rows[0]["source_row"], "5");
    assert_eq!(rows[1]["source_row"], "4");
}

#[test]
fn a_header_over_two_rows_is_an_error_that_names_them() {
    let place: &[&str] = &["ASH", "P1", "independent", "3"];
    // Split: what is required stands in two rows.
    let split = sheet(
        &[
            &["provider_id", "workplace_id", "About"],
            &["", "", "sector", "total_staff"],
            place,
        ],
        "",
    );
    // Above: a column's name stands beside the title of the others.
    let above = sheet(
        &[
            &["Place", "", "", "total_staff"],
            &["provider_id", "workplace_id", "sector"],
            place,
        ],
        "",
    );
    for xml in [split, above] {
        let project = Project::new();
        project.write("ash.xlsx", xlsx(&[("workplaces", xml)]));
        let (code, findings) = project.check("ash.xlsx");
        assert_eq!(code, 65);
        let spread = findings
            .iter()
            .find(|f| f["rule"] == "file.header_spread")
            .unwrap();
        assert_eq!(
            (spread["cell"].as_str(), spread["severity"].as_str()),
            ("A1", "error")
        );
        assert!(spread["message"].ends_with("rows 1 and 2"), "{spread:?}");
    }
}

#[test]
fn blank_rows_and_unknown_columns_of_a_sheet_are_counted_and_placed() {
    let project = Project::new();
    let header = [PLACES, &["colour"]].concat();
    let space = "<c @ t=\"inlineStr\"><is><t xml:space=\"preserve\"> </t></is></c>";
    let rows = [
        row(2, "", &header),
        row(5, "", &["ASH", "P1", "nhs", "", "red"]),
        row(6, "", &["", space]),
    ];
    let xml = format!(
        "<worksheet><sheetData>{}</sheetData></worksheet>",
        rows.concat()
    );
    project.write("ash.xlsx", xlsx(&[("workplaces", xml)]));
    let (_, findings) = project.check("ash.xlsx");
    assert_eq!(
        places_of(&findings),
        [["file.unknown_column", "workplaces", "2", "E2", "colour"]]
    );
    project.ingest(&["ash.xlsx"], PERIOD).ends(10);
    let balance = project.query("SELECT rows_read, rows_accepted, rows_blank FROM returns");
    let counts = ["rows_read", "rows_accepted", "rows_blank"].map(|name| balance[0][name].as_str());
    assert_eq!(counts, ["4", "1", "3"]);
}

#[test]
fn a_workbook_is_a_return_of_its_own() {
    let project = Project::new();
    let book = |provider: &str| {
        let place: &[&str] = &[provider, "P1", "nhs"];
        xlsx(&[("workplaces", sheet(&[PLACES, place], ""))])
    };
    project.write("in/north/ash.xlsx", book("ASH"));
    project.write("in/north/oak.XLSX", book("OAK"));
    project.write(
        "in/north/workplaces.csv",
        "provider_id,workplace_id,sector\nELM,P1,nhs\n",
    );
    project.write("in/north/~$ash.xlsx", "left by an open window");
    project.ingest(&["in"], PERIOD).ends(0);
    let found = project.query("SELECT return_id, source_file FROM workplaces ORDER BY return_id");
    let names: Vec<_> = found
        .iter()
        .map(|row| (row["return_id"].as_str(), row["source_file"].as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("north", "workplaces.csv"),
            ("north/ash", "ash.xlsx"),
            ("north/oak", "oak.XLSX"),
        ]
    );
    project
        .ingest(&["in"], PERIOD)
        .ends(0)
        .says(&["nothing changed"]);
    let manifest = project.json(&format!("store/period={PERIOD}/0001.json"));
    assert_eq!(manifest["returns"][1]["files"][0]["sheet"], "workplaces");
    assert!(manifest["returns"][0]["files"][0].get("sheet").is_none());
    project.write("in/north/ash.ods", "anything");
    project.ingest(&["in"], PERIOD).ends(64).says(&[
        "north/ash.ods",
        "north/ash.xlsx",
        "both return `north/ash`",
    ]);
}

#[test]
fn a_workbook_without_a_table_and_one_with_a_wrong_one_are_rejected() {
    let project = Project::new();
    project.write(
        "ash.xlsx",
        xlsx(&[
            ("Notes", sheet(&[&["hello"]], "")),
            ("More", sheet(&[], "")),
        ]),
    );
    let (code, findings) = project.check("ash.xlsx");
    assert_eq!(code, 65);
    let unknown = &findings
        .iter()
        .find(|f| f["rule"] == "file.unknown")
        .unwrap();
    assert!(
        unknown["message"].ends_with("none of its sheets (Notes) is a table"),
        "{unknown:?}"
    );
    let worker: &[&str] = &["a", "care_worker"];
    let wrong = sheet(&[&["worker_ref", "role"], worker], "");
    project.write(
        "oak.xlsx",
        xlsx(&[("workplaces", places()), ("workers", wrong)]),
    );
    let (code, findings) = project.check("oak.xlsx");
    assert_eq!(code, 65);
    let header = &findings
        .iter()
        .find(|f| f["rule"] == "file.header")
        .unwrap();
    assert_eq!(header["sheet"], "workers");
    assert!(header["message"].contains("provider_id, workplace_id of a workers file"));
    project.write(
        "elm.xlsx",
        xlsx(&[("workplaces", places()), ("workers", sheet(&[], ""))]),
    );
    let (code, findings) = project.check("elm.xlsx");
    assert_eq!(
        (code, findings[0]["sheet"].as_str()),
        (65, "workers"),
        "{findings:#?}"
    );
    assert!(findings[0]["message"].contains("not even a header"));
}

#[test]
fn rows_of_one_table_in_two_sheets_are_told_apart() {
    let project = Project::new();
    let worker = |reference: &'static str| {
        let cells: &[&str] = &[
            "ASH",
            "P1",
            reference,
            "care_worker",
            "hourly",
            "1",
            "",
            "no",
            "37",
        ];
        staff(&[cells])
    };
    let good = |reference: &'static str| worker(reference).replace("<t>1</t>", "<t>12.60</t>");
    let book = [
        ("workplaces", places()),
        ("workers", good("a")),
        ("2.workers", good("b")),
        ("3.workers", worker("c")),
    ];
    project.write("ash.xlsx", xlsx(&book));
    project.ingest(&["ash.xlsx"], PERIOD).ends(20);
    let sources = project.query("SELECT source_file FROM workers ORDER BY source_file");
    let sources: Vec<_> = sources
        .iter()
        .map(|row| row["source_file"].as_str())
        .collect();
    assert_eq!(sources, ["ash.xlsx#2.workers", "ash.xlsx#workers"]);
    let rejected = project.query("SELECT source_file, sheet, source_row FROM rejects");
    let place = ["source_file", "sheet", "source_row"].map(|name| rejected[0][name].as_str());
    assert_eq!(place, ["ash.xlsx", "3.workers", "2"]);
    // The same worker in both: each finding names the other's sheet.
    let book = [
        ("workplaces", places()),
        ("workers", good("a")),
        ("2.workers", good("a")),
    ];
    project.write("oak.xlsx", xlsx(&book));
    let (_, findings) = project.check("oak.xlsx");
    assert_eq!(findings.len(), 2);
    for finding in findings {
        assert!(
            finding["message"].contains("oak.xlsx sheet workers row 2"),
            "{finding:?}"
        );
        assert!(
            finding["message"].contains("oak.xlsx sheet 2.workers row 2"),
            "{finding:?}"
        );
    }
}
