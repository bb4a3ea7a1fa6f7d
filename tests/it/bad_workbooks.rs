//! Workbooks that are none, or would fill the memory.

use crate::book::{archive, ods, ods_row, ods_with, row, sheet, xlsx};
use crate::util::{Project, Row, fixture};

const PLACES: &[&str] = &["provider_id", "workplace_id", "sector"];

/// Checks one file and gives the message of its only `file.unreadable`.
#[track_caller]
fn unreadable(name: &str, bytes: &[u8]) -> String {
    let project = Project::new();
    project.write(name, bytes);
    let (code, findings) = project.check(name);
    assert_eq!(code, 65, "{name}: {findings:#?}");
    let all: Vec<&Row> = findings
        .iter()
        .filter(|f| f["rule"] == "file.unreadable")
        .collect();
    assert_eq!(all.len(), 1, "{name}: {findings:#?}");
    all[0]["message"].clone()
}

#[test]
fn a_file_is_what_it_holds_and_not_what_it_is_called() {
    for (bytes, expected) in [
        (&b"%PDF-1.7\n%binary"[..], "it is no workbook but a PDF"),
        (
            b"<html><table><tr><td>1</td></tr></table></html>",
            "a web page",
        ),
        (b"<?xml version=\"1.0\"?><Workbook/>", "an XML file"),
        (
            b"provider_id,workplace_id\nASH,P1\n",
            "a text file: if it is CSV, name it .csv",
        ),
        (b"", "an empty file"),
        (b"\x01\x02\0\0", "a file of another kind"),
    ] {
        for name in ["ash.xlsx", "ash.ods", "ash.xls", "ash.xlsm"] {
            let message = unreadable(name, bytes);
            assert!(message.contains(expected), "{name}: {message}");
        }
    }
    let word = archive(&[("word/document.xml".to_owned(), "<w/>".to_owned())]);
    assert!(unreadable("ash.xlsx", &word).contains("a zip archive of other files"));
    // A workbook under another workbook's name is read.
    let project = Project::new();
    for (form, name) in [("xls", "oak.xlsx"), ("ods", "elm.xls"), ("xlsx", "fir.ods")] {
        project.write(
            name,
            std::fs::read(fixture(&format!("workbooks/tiny.{form}"))).unwrap(),
        );
        assert_eq!(project.check(name).0, 10, "{name}");
    }
}

#[test]
fn a_workbook_with_a_password_is_said_to_have_one() {
    let manifest = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/>\
                    </manifest:file-entry></manifest:manifest>";
    assert!(unreadable("ash.ods", &ods_with("", manifest)).contains("it is encrypted"));
    // The envelope of encrypted XLSX: a compound file with a stream of this name.
    let mut envelope = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    envelope.resize(1024, 0);
    envelope.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    envelope.resize(4096, 0);
    assert!(unreadable("ash.xlsx", &envelope).contains("it is encrypted"));
}

#[test]
fn a_workbook_that_is_cut_off_or_damaged_loses_no_row_in_silence() {
    for form in ["xlsx", "xls", "ods"] {
        let bytes = std::fs::read(fixture(&format!("workbooks/tiny.{form}"))).unwrap();
        for part in [3, 10, 50, 90, 99] {
            let cut = &bytes[..bytes.len() * part / 100];
            let project = Project::new();
            let name = format!("ash.{form}");
            project.write(&name, cut);
            if project.check(&name).0 == 10 {
                // What was cut off held nothing of the sheets.
                project.ingest(&[&name], "2026-09-30").ends(10);
                let rows = "SELECT (SELECT count(*) FROM workers) + (SELECT count(*) FROM flows)";
                assert_eq!(project.value(rows), "57", "{form} {part}");
                continue;
            }
            let message = unreadable(&name, cut);
            assert!(
                message.contains("damaged") || message.contains("cut off"),
                "{form} {part}: {message}"
            );
        }
    }
    // A sheet whose XML ends early, in an archive that is whole.
    let whole = sheet(&[PLACES, &["ASH", "P1", "nhs"], &["ASH", "P2", "nhs"]], "");
    let cut = whole[..whole.find("P2").unwrap()].to_owned();
    assert!(unreadable("ash.xlsx", &xlsx(&[("workplaces", cut)])).contains("damaged"));
    let table = format!(
        "<table:table table:name=\"workplaces\">{}",
        ods_row("", PLACES)
    );
    assert!(unreadable("ash.ods", &ods(&table)).contains("damaged"));
}

#[test]
fn noise_in_a_workbook_never_ends_the_program() {
    for form in ["xlsx", "xls", "ods"] {
        let bytes = std::fs::read(fixture(&format!("workbooks/tiny.{form}"))).unwrap();
        let project = Project::new();
        let mut seed = 1_u32;
        for copy in 0..6 {
            let mut noisy = bytes.clone();
            for _ in 0..40 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = seed as usize % noisy.len();
                noisy[at] = noisy[at].wrapping_add(u8::try_from(seed >> 24).unwrap());
            }
            project.write(&format!("in/{copy}.{form}"), noisy);
        }
        let ran = project.run(&["check", "in", "--period", "2026-09-30"]);
        assert!(
            [0, 10, 20, 65].contains(&ran.code),
            "{form} {}: {}",
            ran.code,
            ran.stderr
        );
    }
}

#[test]
fn what_unpacks_to_far_more_than_its_size_is_refused() {
    let blank = " ".repeat(1 << 14);
    let mut rows = row(1, "", PLACES);
    for number in 2..2_000 {
        rows.push_str(&format!("<row r=\"{number}\">{blank}</row>"));
    }
    let bomb = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let message = unreadable("ash.xlsx", &xlsx(&[("workplaces", bomb)]));
    assert!(message.contains("unpacks to far more"), "{message}");
}

#[test]
fn sheets_that_claim_to_be_huge_cost_nothing() {
    let project = Project::new();
    // The whole sheet as its dimension, and a cell in the last row.
    let xml = format!(
        "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{}{}{}</sheetData></worksheet>",
        row(1, "", PLACES),
        row(2, "", &["ASH", "P1", "nhs"]),
        row(1_048_576, "", &["ASH", "P2", "nhs"]),
    );
    project.write("ash.xlsx", xlsx(&[("workplaces", xml)]));
    assert_eq!(project.check("ash.xlsx").0, 0);
    // Rows and cells that stand there a million times.
    let repeated = "<table:table-row table:number-rows-repeated=\"1048576\">\
                    <table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    let place = ods_row("", &["ASH", "P1", "nhs"]);
    let table = |more: &str| {
        ods(&format!(
            "<table:table table:name=\"workplaces\">{}{place}{more}</table:table>",
            ods_row("", PLACES)
        ))
    };
    project.write("oak.ods", table(&repeated.repeat(3)));
    assert_eq!(project.check("oak.ods").0, 0);
    let full = ods_row(
        "table:number-rows-repeated=\"1048576\"",
        &["ASH", "P2", "nhs"],
    );
    assert!(unreadable("elm.ods", &table(&full)).contains("has 1048576 equal rows from row 3 on"));
    let wide = "<table:table-row><table:table-cell table:number-columns-repeated=\"1048576\" \
                office:value-type=\"float\" office:value=\"1\"/></table:table-row>";
    assert!(unreadable("fir.ods", &table(wide)).contains("more than 1,024 columns: cell AMK3"));
    // Two equal rows are told as two.
    let twice = ods_row("table:number-rows-repeated=\"2\"", &["ASH", "P2", "nhs"]);
    project.write("yew.ods", table(&twice));
    let (code, findings) = project.check("yew.ods");
    let rows: Vec<_> = findings
        .iter()
        .map(|f| (f["rule"].as_str(), f["cell"].as_str()))
        .collect();
    assert_eq!(code, 20);
    assert_eq!(
        rows,
        [
            ("workplaces.duplicate_key", "A3"),
            ("workplaces.duplicate_key", "A4")
        ]
    );
}

#[test]
fn cells_of_the_form_of_old_in_far_corners_cost_nothing() {
    let mut bytes = std::fs::read(fixture("workbooks/tiny.xls")).unwrap();
    // A record of a text cell: its kind, its length, then row and column.
    let record = b"\xfd\x00\x0a\x00";
    let at = bytes
        .windows(4)
        .rposition(|window| window == record)
        .unwrap();
    bytes[at + 4..at + 8].fill(0xff);
    assert!(unreadable("ash.xls", &bytes).contains("cells stand too far apart"));
    // A record of the size that a sheet claims to have.
    let mut bytes = std::fs::read(fixture("workbooks/tiny.xls")).unwrap();
    let record = b"\x00\x02\x0e\x00";
    let at = bytes
        .windows(4)
        .rposition(|window| window == record)
        .unwrap();
    bytes[at + 8..at + 12].fill(0xff);
    assert!(unreadable("ash.xls", &bytes).contains("cells stand too far apart"));
}

#[test]
fn a_sheet_of_too_many_columns_is_refused() {
    let names: Vec<String> = (0..16_384).map(|at| format!("c{at}")).collect();
    let cells: String = names
        .iter()
        .map(|name| format!("<c t=\"inlineStr\"><is><t>{name}</t></is></c>"))
        .collect();
    let xml = format!("<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>");
    let message = unreadable("ash.xlsx", &xlsx(&[("workplaces", xml)]));
    assert!(
        message.contains("more than 1,024 columns: cell AMK1"),
        "{message}"
    );
}

#[test]
fn xml_that_tricks_its_reader_is_refused() {
    let good = sheet(&[PLACES, &["ASH", "P1", "nhs"]], "");
    let entities = format!(
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}",
        good.replace("ASH", "&b;")
    );
    assert!(
        unreadable("ash.xlsx", &xlsx(&[("workplaces", entities)])).contains("entities of its own")
    );
    for (from, to, expected) in [
        ("r=\"A2\"", "r=\"A9\"", "A9 is out of order"),
        ("r=\"B2\"", "r=\"A2\"", "A2 is out of order"),
        ("<row r=\"2\"", "<row r=\"1\"", "row 1 is out of order"),
        (
            "<row r=\"2\"",
            "<row r=\"1048577\"",
            "row 1048577 is out of order",
        ),
        ("<row r=\"2\"", "<row r=\"-1\"", "-1 is out of order"),
        ("t=\"inlineStr\"", "t=\"s\"", ""),
        ("</row>", "</raw>", "its XML is broken"),
    ] {
        let xml = good.replace(from, to);
        if expected.is_empty() {
            // A text that the shared ones have not.
            let xml = xml.replace("<is><t>ASH</t></is>", "<v>4000000000</v>");
            let message = unreadable("ash.xlsx", &xlsx(&[("workplaces", xml)]));
            assert!(message.contains("cell A1 is not of its type"), "{message}");
            continue;
        }
        let message = unreadable("ash.xlsx", &xlsx(&[("workplaces", xml)]));
        assert!(message.contains(expected), "{message}");
    }
}
