//! Workbooks put together by hand, and readers of what is found in them.

use crate::util::Row;

/// The header of a small sheet.
pub const PLACES: &[&str] = &[
    "provider_id",
    "workplace_id",
    "sector",
    "employer_pension_pct",
];
/// The header of a small sheet.
pub const STAFF: &[&str] = &[
    "provider_id",
    "workplace_id",
    "worker_ref",
    "role",
    "pay_basis",
    "pay_rate",
    "start_date",
    "zero_hours",
    "contracted_hours",
];

/// A sheet of one workplace.
pub fn places() -> String {
    sheet(&[PLACES, &["ASH", "P1", "independent"]], "")
}

/// A workers sheet whose rows are these.
pub fn staff(workers: &[&[&str]]) -> String {
    let mut all = vec![STAFF];
    all.extend(workers);
    sheet(&all, "")
}

/// A cell that holds a number.
pub fn number(value: &str) -> String {
    format!("<c @><v>{value}</v></c>")
}

/// One in a style: 1 is a date, 2 per cent, 3 a length of time.
pub fn styled(style: u8, value: &str) -> String {
    format!("<c @ s=\"{style}\"><v>{value}</v></c>")
}

/// Rule, sheet, row, cell and column of each finding.
pub fn places_of(findings: &[Row]) -> Vec<[&str; 5]> {
    let place = |finding: &'_ Row| {
        ["rule", "sheet", "row", "cell", "column"].map(|name| finding[name].clone().leak() as &str)
    };
    findings.iter().map(place).collect()
}

/// An XLSX workbook of sheets, each a name and its XML, put together by hand:
/// a library would not write most of what is tested.
pub fn xlsx(sheets: &[(&str, String)]) -> Vec<u8> {
    let relations = |items: &[String]| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{}</Relationships>",
            items.concat()
        )
    };
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"http://x/{kind}\" Target=\"{target}\"/>")
    };
    let mut list = String::new();
    let mut related = vec![relation("s", "styles", "styles.xml")];
    let mut parts = Vec::new();
    for (at, (name, xml)) in sheets.iter().enumerate() {
        // A name may bring attributes of its own after a bar.
        let (name, more) = name.split_once('|').unwrap_or((name, ""));
        list.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"r{at}\" {more}/>",
            at + 1
        ));
        related.push(relation(
            &format!("r{at}"),
            "worksheet",
            &format!("sheet{at}.xml"),
        ));
        parts.push((format!("xl/sheet{at}.xml"), xml.clone()));
    }
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"200\" formatCode=\"dd/mm/yyyy\"/></numFmts>\
        <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"200\"/><xf numFmtId=\"10\"/><xf numFmtId=\"46\"/></cellXfs></styleSheet>";
    parts.extend([
        (
            "_rels/.rels".to_owned(),
            relations(&[relation("b", "officeDocument", "xl/workbook.xml")]),
        ),
        ("xl/_rels/workbook.xml.rels".to_owned(), relations(&related)),
        ("xl/styles.xml".to_owned(), styles.to_owned()),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                "<workbook xmlns:r=\"http://r\"><workbookPr/><sheets>{list}</sheets></workbook>"
            ),
        ),
    ]);
    archive(&parts)
}

/// A zip archive.
pub fn archive(parts: &[(String, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(name.as_str(), options).unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The XML of a sheet: rows of cells from A1 on. A cell is text, or its own
/// XML with `@` for its address. `more` follows the rows.
pub fn sheet(rows: &[&[&str]], more: &str) -> String {
    let rows = rows
        .iter()
        .enumerate()
        .map(|(at, cells)| row(at + 1, "", cells));
    format!(
        "<worksheet><sheetData>{}</sheetData>{more}</worksheet>",
        rows.collect::<String>()
    )
}

/// The XML of one row of a sheet.
pub fn row(number: usize, attributes: &str, cells: &[&str]) -> String {
    let cell = |(at, text): (usize, &&str)| {
        let address = format!("{}{number}", char::from(b'A' + u8::try_from(at).unwrap()));
        match *text {
            "" => String::new(),
            xml if xml.starts_with('<') => xml.replace('@', &format!("r=\"{address}\"")),
            text => format!("<c r=\"{address}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        }
    };
    let cells: String = cells.iter().enumerate().map(cell).collect();
    format!("<row r=\"{number}\" {attributes}>{cells}</row>")
}

/// An ODS workbook of these tables.
pub fn ods(table: &str) -> Vec<u8> {
    ods_with(table, "<manifest:manifest/>")
}

/// One with a list of parts of its own.
pub fn ods_with(table: &str, manifest: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content {NAMES}><office:body><office:spreadsheet>{table}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        (
            "mimetype".to_owned(),
            "application/vnd.oasis.opendocument.spreadsheet".to_owned(),
        ),
        ("META-INF/manifest.xml".to_owned(), manifest.to_owned()),
        ("content.xml".to_owned(), content),
    ])
}

/// The namespaces of an open document.
pub const NAMES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";

/// A row of an ODS table: each cell is text, or its own XML.
pub fn ods_row(attributes: &str, cells: &[&str]) -> String {
    let cell = |text: &&str| {
        if text.starts_with('<') {
            return (*text).to_owned();
        }
        format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let cells: String = cells.iter().map(cell).collect();
    format!("<table:table-row {attributes}>{cells}</table:table-row>")
}
