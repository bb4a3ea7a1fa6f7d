//! What cells show beside their numbers: other currencies, pence, per cent. And
//! workbooks that lack what tells it, or tell two things at once.

use crate::book::{
    NAMES, PLACES, STAFF, archive, ods, ods_row, places, sheet, staff, styled, xlsx,
};
use crate::util::{PERIOD, Project, fixture};

/// Cell and value of the findings about pay.
fn pay(project: &Project, name: &str) -> Vec<(String, String)> {
    let (code, findings) = project.check(name);
    assert_eq!(code, 20, "{findings:#?}");
    let of_pay = findings.iter().filter(|f| f["column"] == "pay_rate");
    let place = of_pay.map(|f| (f["cell"].clone(), f["value"].clone()));
    place.collect()
}

fn owned(found: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(cell, value): &(&str, &str)| ((*cell).to_owned(), (*value).to_owned());
    found.iter().map(pair).collect()
}

#[test]
fn an_xls_amount_is_in_the_currency_that_it_shows() {
    let project = Project::new();
    let bytes = std::fs::read(fixture("workbooks/formats.xls")).unwrap();
    project.write("ash.xls", bytes);
    let expected = [
        ("F3", "€12.6"),
        ("F4", "$15.5"),
        ("F5", "50p"),
        ("F6", "1260%"),
        ("F7", ""),
        ("F8", "46112"),
    ];
    assert_eq!(pay(&project, "ash.xls"), owned(&expected));
}

#[test]
fn the_formats_of_excel_95_are_read_as_they_stand_there() {
    let project = Project::new();
    let path = fixture("workbooks/excel95.xls");
    let args = ["ingest", &path, "--period", PERIOD];
    project.run(&args).ends(10);
    let found = project.query(
        "SELECT workplace_id, CAST(employer_pension_pct AS VARCHAR) AS pension FROM workplaces ORDER BY 1",
    );
    let pensions: Vec<_> = found.iter().map(|row| row["pension"].as_str()).collect();
    assert_eq!(pensions, ["3.0000", "3.0000"]);
}

fn open_document(pay: &[&str], yes: &str) -> Vec<u8> {
    let workers = pay.iter().enumerate().map(|(at, pay)| {
        let reference = format!("w{at}");
        ods_row(
            "",
            &[
                "ASH",
                "P1",
                &reference,
                "care_worker",
                "hourly",
                pay,
                "",
                yes,
                "0",
            ],
        )
    });
    let table = |name: &str, rows: String| {
        format!("<table:table table:name=\"{name}\">{rows}</table:table>")
    };
    let places = [PLACES, &["ASH", "P1", "nhs"]].map(|row| ods_row("", row));
    let workers: String = std::iter::once(ods_row("", STAFF)).chain(workers).collect();
    ods(&[
        table("workplaces", places.concat()),
        table("workers", workers),
    ]
    .concat())
}

fn float(value: &str, shown: &str) -> String {
    format!(
        "<table:table-cell office:value-type=\"float\" office:value=\"{value}\">{shown}</table:table-cell>"
    )
}

#[test]
fn an_ods_amount_is_in_the_currency_that_it_shows() {
    let project = Project::new();
    let shown = |value: &str, text: &str| float(value, &format!("<text:p>{text}</text:p>"));
    let cells = [
        shown("12.6", "£12.60"),
        shown("50", "50p"),
        shown("12.6", "12.60 €"),
        float("12.6", ""),
        // Neither a drawing nor a note is what the cell holds.
        float(
            "12.6",
            "<draw:custom-shape><text:p>€9p</text:p></draw:custom-shape><text:p>12.6<text:note><text:p>1p</text:p></text:note></text:p>",
        ),
    ];
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    project.write("ash.ods", open_document(&cells, ""));
    let expected = [("F3", "50p"), ("F4", "€12.6")];
    assert_eq!(pay(&project, "ash.ods"), owned(&expected));
}

#[test]
fn what_an_open_document_draws_or_answers_is_no_answer_by_chance() {
    let project = Project::new();
    let drawn = "<table:table-cell><draw:frame><text:p>yes</text:p></draw:frame>\
                 <draw:custom-shape><text:p>yes</text:p></draw:custom-shape></table:table-cell>";
    project.write("ash.ods", open_document(&["12.60"], drawn));
    project.ingest(&["ash.ods"], PERIOD).ends(0);
    let found = project.query("SELECT zero_hours IS NULL AS none FROM workers");
    assert_eq!(found[0]["none"], "true");
    let answer = |value: &str| {
        format!(
            "<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"{value}\"/>"
        )
    };
    project.write("oak.ods", open_document(&["12.60"], &answer("perhaps")));
    let (code, findings) = project.check("oak.ods");
    assert_eq!(code, 20);
    let finding = (findings[0]["rule"].as_str(), findings[0]["cell"].as_str());
    assert_eq!(finding, ("workers.cell_formula", "H2"));
    project.write("oak.ods", open_document(&["12.60"], &answer("1")));
    assert_eq!(project.check("oak.ods").0, 0);
}

/// What is said of a workbook that cannot be read.
fn broken(name: &str, bytes: Vec<u8>) -> String {
    let project = Project::new();
    project.write(name, bytes);
    let (code, findings) = project.check(name);
    assert_eq!(code, 65, "{findings:#?}");
    assert_eq!(findings[0]["rule"], "file.unreadable");
    findings[0]["message"].clone()
}

/// A workbook with one of its parts changed or, where that is none, taken away.
fn with_part(bytes: &[u8], name: &str, change: impl Fn(String) -> Option<String>) -> Vec<u8> {
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for at in 0..read.len() {
        let mut part = read.by_index(at).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
        let own = part.name().unwrap().into_owned();
        let kept = if own == name {
            change(text)
        } else {
            Some(text)
        };
        parts.extend(kept.map(|text| (own, text)));
    }
    archive(&parts)
}

#[test]
fn without_what_tells_the_format_no_number_is_read() {
    let place: &[&str] = &["ASH", "P1", "nhs", &styled(2, "0.03")];
    let book = xlsx(&[
        ("workplaces", sheet(&[PLACES, place], "")),
        ("workers", staff(&[])),
    ]);
    let styles = "xl/styles.xml";
    for (bytes, expected) in [
        (
            with_part(&book, styles, |_| None),
            "the style of cell D2 is missing",
        ),
        (
            with_part(&book, styles, |text| {
                Some(text.replace("<xf numFmtId=\"10\"/><xf numFmtId=\"46\"/>", ""))
            }),
            "the style of cell D2 is missing",
        ),
        (
            with_part(&book, styles, |text| {
                Some(text.replace("</styleSheet>", ""))
            }),
            "damaged or cut off",
        ),
    ] {
        let message = broken("ash.xlsx", bytes);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_workbook_that_tells_two_things_is_not_read() {
    let book = xlsx(&[("workplaces", places())]);
    let names = "xl/_rels/workbook.xml.rels";
    for (more, expected) in [
        (
            "<Relationship Id=\"t\" Type=\"http://x/styles\" Target=\"other.xml\"/>",
            "two parts of the kind styles",
        ),
        (
            "<Relationship Id=\"s\" Type=\"http://x/theme\" Target=\"other.xml\"/>",
            "two relationships of one id",
        ),
    ] {
        let end = "</Relationships>";
        let bytes = with_part(&book, names, |text| {
            Some(text.replace(end, &format!("{more}{end}")))
        });
        let message = broken("ash.xlsx", bytes);
        assert!(message.contains(expected), "{message}");
    }
    let other = NAMES.replace("office=", "of=");
    let bytes = with_part(&open_document(&[], ""), "content.xml", |text| {
        Some(text.replace(NAMES, &other))
    });
    let message = broken("ash.ods", bytes);
    assert!(message.contains("it lacks xmlns:office="), "{message}");
}
