//! Spreadsheets hold the figures of pages and tables, cell by cell, in a form
//! that everybody can read: one marked table a sheet, nothing merged or hidden.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader, open_workbook_auto};

use crate::release::sample;
use crate::util::{PERIOD, Project, small_return, workplace};

/// The parts of a packed file, by name.
pub fn parts(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut found = BTreeMap::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        found.insert(entry.name().unwrap().into_owned(), bytes);
    }
    found
}

fn text_parts(path: &Path) -> BTreeMap<String, String> {
    let parts = parts(path).into_iter();
    parts
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect()
}

/// A cell as a reader of spreadsheets has it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Empty,
    Text(String),
    Number(String),
    Date(String),
}

impl Cell {
    fn of(data: &Data) -> Cell {
        match data {
            Data::Empty => Cell::Empty,
            Data::String(text) => Cell::Text(text.clone()),
            Data::Float(number) => Cell::Number(number.to_string()),
            Data::DateTime(day) => {
                let (year, month, day, ..) = day.to_ymd_hms_milli();
                Cell::Date(format!("{year}-{month:02}-{day:02}"))
            }
            Data::DateTimeIso(day) => Cell::Date(day.clone()),
            other => panic!("{other:?}"),
        }
    }

    fn text(&self) -> &str {
        match self {
            Cell::Text(text) | Cell::Number(text) | Cell::Date(text) => text,
            Cell::Empty => "",
        }
    }
}

/// A table of a sheet: headings, then rows.
struct Table {
    title: String,
    headings: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// A workbook as read back.
struct Book {
    sheets: Vec<(String, Vec<Vec<Cell>>)>,
}

impl Book {
    fn read(path: &Path) -> Book {
        let mut book = open_workbook_auto(path).unwrap();
        let names = book.sheet_names();
        let sheet = |name: String| {
            let range = book.worksheet_range(&name).unwrap();
            assert_eq!(range.start(), Some((0, 0)), "{name} begins in A1");
            let rows = range.rows().map(|row| row.iter().map(Cell::of).collect());
            (name, rows.collect())
        };
        Book {
            sheets: names.into_iter().map(sheet).collect(),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.sheets.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The table of a sheet: it begins after the lines, which have one cell.
    #[track_caller]
    fn table(&self, name: &str) -> Table {
        let (_, rows) = self.sheets.iter().find(|(sheet, _)| sheet == name).unwrap();
        let full = |row: &&Vec<Cell>| row.len() > 1 && row[1] != Cell::Empty;
        let first = rows.iter().position(|row| full(&row)).unwrap();
        assert!(
            (2..=5).contains(&first),
            "{name}: the table begins in row {}",
            first + 1
        );
        Table {
            title: rows[0][0].text().to_owned(),
            headings: rows[first]
                .iter()
                .map(|cell| cell.text().to_owned())
                .collect(),
            rows: rows[first + 1..].to_vec(),
        }
    }

    /// Columns of a sheet's table: heading and name in the CSV file.
    fn columns(&self, sheet: &str) -> Vec<(String, String)> {
        let rows = self.table("Columns").rows.into_iter();
        let own = rows.filter(|row| row[0].text() == sheet);
        own.map(|row| (row[1].text().to_owned(), row[2].text().to_owned()))
            .collect()
    }

    /// The code behind the words of a column.
    fn codes(&self) -> BTreeMap<(String, String), String> {
        let rows = self.table("Codes").rows.into_iter();
        rows.map(|row| {
            let [_, column, code, words] = row.as_slice() else {
                panic!("{row:?}")
            };
            let key = (column.text().to_owned(), words.text().to_owned());
            (key, code.text().to_owned())
        })
        .collect()
    }
}

/// A decimal without surplus zeros.
fn shortest(text: &str) -> String {
    if !text.contains('.') {
        return text.to_owned();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Both books of a release, with the name of their form.
fn books(release: &str) -> [(&'static str, PathBuf); 2] {
    ["xlsx", "ods"].map(|form| (form, sample().join(&format!("{release}/paybench.{form}"))))
}

/// The tables of a release by name.
fn tables(release: &str) -> Vec<String> {
    let folder = std::fs::read_dir(sample().join(release).join("tables")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".csv").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 11, "{release}");
    names
}

fn csv(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

/// Each cell of a sheet beside the same of the CSV file: column, CSV, sheet,
/// and the marker of the row.
fn pairs(book: &Book, release: &str, name: &str) -> Vec<(String, String, Cell, String)> {
    let text = csv(&sample().read(&format!("{release}/tables/{name}.csv")));
    let table = book.table(name);
    let columns = book.columns(name);
    let codes = book.codes();
    let last = text[0].len() - 2;
    let named: Vec<&str> = columns.iter().map(|(_, column)| column.as_str()).collect();
    assert_eq!(named, text[0][1..last], "{name}: columns");
    let headings: Vec<&str> = columns
        .iter()
        .map(|(heading, _)| heading.as_str())
        .collect();
    assert_eq!(table.headings, headings, "{name}: headings");
    assert_eq!(table.rows.len(), text.len() - 1, "{name}: rows");
    let mut pairs = Vec::new();
    for (row, cells) in text[1..].iter().zip(&table.rows) {
        for ((value, cell), column) in row[1..last].iter().zip(cells).zip(&named) {
            let cell = match cell {
                Cell::Text(words) => {
                    let code = codes.get(&((*column).to_owned(), words.clone()));
                    Cell::Text(code.unwrap_or(words).clone())
                }
                other => other.clone(),
            };
            pairs.push(((*column).to_owned(), value.clone(), cell, row[last].clone()));
        }
    }
    pairs
}

#[test]
fn every_cell_is_the_cell_of_the_csv_file() {
    for release in ["protected", "restricted"] {
        for (form, path) in books(release) {
            let book = Book::read(&path);
            let (mut numbers, mut markers, mut dates, mut words) = (0, BTreeMap::new(), 0, 0);
            for name in tables(release) {
                for (column, value, cell, marker) in pairs(&book, release, &name) {
                    let place = format!("{release} {form} {name} {column}: {value:?}");
                    match &cell {
                        Cell::Number(number) => {
                            assert_eq!(*number, shortest(&value), "{place}");
                            numbers += 1;
                        }
                        Cell::Date(day) => {
                            assert_eq!(*day, value, "{place}");
                            dates += 1;
                        }
                        Cell::Text(text) if value.is_empty() => {
                            assert!(
                                ["[c]", "[x]", "[z]"].contains(&text.as_str()),
                                "{place}: {text}"
                            );
                            assert!(text != "[c]" || marker == "[c]", "{place}");
                            assert!(text != "[x]" || marker.is_empty(), "{place}");
                            *markers.entry(text.clone()).or_insert(0) += 1;
                        }
                        Cell::Text(text) => {
                            assert_eq!(*text, value, "{place}");
                            assert!(!is_number(text), "{place} is a number kept as text");
                            words += 1;
                        }
                        Cell::Empty => panic!("{place} is blank"),
                    }
                }
            }
            let restricted = release == "restricted";
            assert!(
                numbers > 3000 && words > 1500,
                "{numbers} numbers, {words} words"
            );
            assert_eq!(dates > 0, restricted);
            assert!(markers.contains_key("[z]"), "{markers:?}");
            assert!(markers.contains_key("[x]") || !restricted, "{markers:?}");
            assert_eq!(markers.contains_key("[c]"), !restricted, "{markers:?}");
        }
    }
}

#[test]
fn every_cell_is_the_cell_of_the_json_of_a_query() {
    for release in ["protected", "restricted"] {
        let book = Book::read(&books(release)[0].1);
        for name in tables(release) {
            let mut args = vec!["query", &name, "--format", "json"];
            if release == "restricted" {
                args.push("--restricted");
            }
            let said = sample().run(&args).ends(0).stdout;
            let rows: Vec<serde_json::Map<String, serde_json::Value>> =
                serde_json::from_str(&said).unwrap();
            let cells = rows.iter().flat_map(|row| {
                let inner = row.len() - 2;
                row.iter().take(inner).skip(1)
            });
            let pairs = pairs(&book, release, &name);
            assert_eq!(cells.clone().count(), pairs.len(), "{name}");
            for ((column, json), (same, _, cell, _)) in cells.zip(&pairs) {
                assert_eq!(column, same, "{name}");
                let value = match json {
                    serde_json::Value::Null => {
                        assert!(cell.text().starts_with('['), "{name} {column}: {cell:?}");
                        continue;
                    }
                    serde_json::Value::Number(number) => {
                        assert_eq!(*cell, Cell::Number(number.to_string()), "{name} {column}");
                        continue;
                    }
                    serde_json::Value::String(text) => text,
                    other => panic!("{other}"),
                };
                let expected = if is_number(value) {
                    shortest(value)
                } else {
                    value.clone()
                };
                assert_eq!(cell.text(), expected, "{name} {column}");
            }
        }
    }
}

/// A row of a page with its role group, where its table has them.
type PageRow = (Option<String>, Vec<String>);

/// A table of a page: headings, then rows.
fn page_table(page: &str, id: &str) -> Option<(Vec<String>, Vec<PageRow>)> {
    let start = page.find(&format!("<caption id=\"{id}\">"))?;
    let table = &page[start..start + page[start..].find("</table>").unwrap()];
    let cells = |row: &str, kinds: &[&str]| -> Vec<String> {
        let mut found = Vec::new();
        for part in row.split('<') {
            let Some((tag, rest)) = part.split_once('>') else {
                continue;
            };
            let name = tag.split(' ').next().unwrap();
            if kinds.contains(&name) {
                found.push(rest.to_owned());
            } else if let Some(last) = found.last_mut() {
                last.push_str(rest);
            }
        }
        let plain = |cell: &String| {
            let cell = cell.trim().replace("&#x27;", "'").replace("&#39;", "'");
            cell.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
        };
        found.iter().map(plain).collect()
    };
    let (head, body) = table.split_once("</thead>").unwrap();
    let headings = cells(head.split("<thead>").nth(1).unwrap(), &["th"]);
    let (mut group, mut rows) = (None, Vec::new());
    for row in body.split("<tr").skip(1) {
        let found = cells(row.split("</tr>").next().unwrap(), &["th", "td"]);
        if row.starts_with(" class=\"group\"") {
            group = Some(found[0].clone());
        } else {
            rows.push((group.clone(), found));
        }
    }
    Some((headings, rows))
}

/// A figure of a page without its unit.
fn plain(figure: &str) -> String {
    let figure = figure.replace('−', "-").replace(['£', '%', ','], "");
    if is_number(&figure) {
        shortest(&figure)
    } else {
        figure
    }
}

type Shown = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// Tables of pages that show a comparison as it stands: page, id, comparison,
/// and what stands above the table instead of in a column.
const SHOWN: [Shown; 25] = [
    (
        "living_wage",
        "caveats-providers",
        "rate_test_caveats_providers",
        None,
    ),
    ("living_wage", "caveats-table", "rate_test_caveats", None),
    ("living_wage", "caveats-rest", "rate_test_caveats", None),
    ("living_wage", "distance-table", "distance_to_floor", None),
    ("living_wage", "distance-rest", "distance_to_floor", None),
    ("living_wage", "cost-table", "cost_to_comply", None),
    ("living_wage", "cost-rest", "cost_to_comply", None),
    (
        "living_wage",
        "cost-providers",
        "cost_to_comply_providers",
        None,
    ),
    ("living_wage", "compression-table", "compression", None),
    ("sector_comparison", "pay-table", "pay_by_sector", None),
    ("sector_comparison", "pay-rest", "pay_by_sector", None),
    ("sector_comparison", "points-table", "pay_points", None),
    ("sector_comparison", "points-rest", "pay_points", None),
    (
        "sector_comparison",
        "rights-table",
        "zero_hours_rights",
        None,
    ),
    ("sector_comparison", "audit-table", "contract_audit", None),
    (
        "living_wage",
        "statutory-table",
        "living_wage",
        Some(("standard", "nlw_nmw")),
    ),
    (
        "living_wage",
        "statutory-rest",
        "living_wage",
        Some(("standard", "nlw_nmw")),
    ),
    (
        "living_wage",
        "living-table",
        "living_wage",
        Some(("standard", "real_living_wage")),
    ),
    (
        "living_wage",
        "living-rest",
        "living_wage",
        Some(("standard", "real_living_wage")),
    ),
    (
        "living_wage",
        "wage-test-sectors",
        "wage_test_sectors",
        None,
    ),
    (
        "living_wage",
        "wage-test-providers",
        "wage_test_providers",
        None,
    ),
    (
        "living_wage",
        "wage-test-causes",
        "wage_test_providers",
        None,
    ),
    (
        "living_wage",
        "wage-arrears",
        "wage_arrears_providers",
        None,
    ),
    (
        "living_wage",
        "providers-statutory",
        "living_wage_providers",
        Some(("standard", "nlw_nmw")),
    ),
    (
        "living_wage",
        "providers-living",
        "living_wage_providers",
        Some(("standard", "real_living_wage")),
    ),
];

#[test]
fn every_figure_of_the_pages_tables_stands_in_the_sheets() {
    for release in ["protected", "restricted"] {
        for (form, path) in books(release) {
            let book = Book::read(&path);
            let codes = book.codes();
            let (mut compared, mut seen) = (0, 0);
            for (page, id, name, fixed) in SHOWN {
                let html = sample().read(&format!("{release}/{page}.html"));
                let Some((headings, rows)) = page_table(&html, id) else {
                    continue;
                };
                seen += 1;
                let table = book.table(name);
                let place = |row: &Vec<Cell>, heading: &str| {
                    let bare = |own: &str| {
                        let own = own.strip_suffix(", %").unwrap_or(own);
                        own.strip_suffix(", £").unwrap_or(own) == heading
                    };
                    let at = table.headings.iter().position(|own| bare(own));
                    let at = at.unwrap_or_else(|| panic!("{name} has no heading {heading}"));
                    row[at].clone()
                };
                let fixed = fixed.map(|(column, code)| {
                    let columns = book.columns(name);
                    let (heading, _) = columns.iter().find(|(_, own)| own == column).unwrap();
                    let words = codes
                        .iter()
                        .find(|((own, _), known)| own == column && *known == code)
                        .map(|((_, words), _)| words.clone());
                    (heading.clone(), words.unwrap())
                });
                assert!(!rows.is_empty(), "{page} {id}");
                for (group, cells) in rows {
                    // Rows are found by all their words, then compared whole.
                    let words = |row: &&Vec<Cell>| {
                        group
                            .as_ref()
                            .is_none_or(|group| place(row, "Roles").text() == group)
                            && fixed
                                .as_ref()
                                .is_none_or(|(heading, words)| place(row, heading).text() == words)
                            && headings.iter().zip(&cells).all(|(heading, cell)| {
                                let own = place(row, heading);
                                matches!(own, Cell::Number(_)) || own.text() == cell
                            })
                    };
                    let found: Vec<&Vec<Cell>> = table.rows.iter().filter(words).collect();
                    let same = |row: &&&Vec<Cell>| {
                        headings.iter().zip(&cells).all(|(heading, cell)| {
                            let own = place(row, heading);
                            own.text() == *cell || own.text() == plain(cell)
                        })
                    };
                    let equal = found.iter().filter(same).count();
                    assert_eq!(
                        equal, 1,
                        "{release} {form} {id}: {group:?} {cells:?} in {found:?}"
                    );
                    compared += cells.len();
                }
            }
            let (tables, cells) = if release == "restricted" {
                (22, 4000)
            } else {
                (14, 1500)
            };
            assert!(
                seen >= tables && compared > cells,
                "{release}: {seen} tables, {compared} cells"
            );
        }
    }
}

/// Attributes of each tag of a name, as they stand.
fn tags<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name} ");
    xml.split(&open)
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = tag.split(&format!("{name}=\"")).nth(1)?;
    rest.split('"').next()
}

#[test]
fn sheets_are_laid_out_for_everybody() {
    for release in ["protected", "restricted"] {
        let tables = tables(release);
        for (form, path) in books(release) {
            let book = Book::read(&path);
            let names = book.names();
            let mut expected = vec!["Cover", "Contents", "Notes", "Columns", "Codes"];
            expected.extend(tables.iter().map(String::as_str));
            assert_eq!(names, expected, "{release} {form}");
            assert!(names.iter().all(|name| name.len() <= 31));
            let cover = &book.sheets[0].1;
            let lines: Vec<&str> = cover.iter().map(|row| row[0].text()).collect();
            assert!(
                lines[0].contains("32 returns received for 30 September 2026"),
                "{}",
                lines[0]
            );
            let said = lines.join("\n");
            let page = sample().read(&format!("{release}/sector_comparison.html"));
            for words in [
                "Edition 1 of the data for 30 September 2026.",
                "32 returns from 32 providers, with 80 workplaces",
                "They are not weighted",
                if release == "protected" {
                    "It was not checked for publication"
                } else {
                    "not for publication"
                },
            ] {
                assert!(
                    said.contains(words) && page.contains(words),
                    "{form}: {words}"
                );
            }
            assert!(said.to_lowercase().starts_with(&lines[0].to_lowercase()));
            let contents = book.table("Contents");
            let listed: Vec<&str> = contents.rows.iter().map(|row| row[0].text()).collect();
            assert_eq!(listed, names[2..], "{form}");
            let notes = book.table("Notes").rows;
            for (number, row) in (1..).zip(&notes) {
                assert_eq!(row[0].text(), format!("[note {number}]"));
                assert!(row[1].text().len() > 40);
            }
            for (at, name) in names.iter().enumerate().skip(5) {
                let table = book.table(name);
                let note = format!("[note {}]", at - 2);
                assert!(
                    table.title.ends_with(&format!("{release} release {note}")),
                    "{}",
                    table.title
                );
                let own: BTreeSet<String> =
                    table.headings.iter().map(|h| h.to_lowercase()).collect();
                assert_eq!(own.len(), table.headings.len(), "{name}: headings");
            }
            for (name, rows) in &book.sheets[1..] {
                let width = book.table(name).headings.len();
                let header = rows.len() - book.table(name).rows.len() - 1;
                for row in &rows[header..] {
                    assert!(
                        row.len() == width && !row.contains(&Cell::Empty),
                        "{name}: {row:?}"
                    );
                }
                for row in &rows[..header] {
                    assert!(
                        row[0] != Cell::Empty && row[1..].iter().all(|cell| *cell == Cell::Empty)
                    );
                }
            }
        }
    }
}

#[test]
fn tables_are_marked_and_nothing_is_merged_or_hidden() {
    for release in ["protected", "restricted"] {
        let [(_, xlsx), (_, ods)] = books(release);
        let book = Book::read(&xlsx);
        let last = |name: &str| {
            let rows = book
                .sheets
                .iter()
                .find(|(sheet, _)| sheet == name)
                .unwrap()
                .1
                .len();
            (rows - book.table(name).rows.len(), rows)
        };
        let with_table = book.names().len() - 1;

        let parts = text_parts(&xlsx);
        let marked: Vec<&String> = parts
            .iter()
            .filter(|(name, _)| name.starts_with("xl/tables/"))
            .map(|(_, xml)| xml)
            .collect();
        assert_eq!(marked.len(), with_table);
        let mut names = BTreeSet::new();
        let mut ranges = BTreeSet::new();
        for xml in marked {
            let tag = tags(xml, "table")[0];
            assert!(names.insert(attribute(tag, "displayName").unwrap().to_lowercase()));
            assert!(!xml.contains("<autoFilter"));
            ranges.insert(attribute(tag, "ref").unwrap().to_owned());
        }
        for name in book.names().into_iter().skip(1) {
            let (first, last) = last(name);
            let width = book.table(name).headings.len();
            let column = char::from(b'A' + u8::try_from(width - 1).unwrap());
            assert!(
                ranges.contains(&format!("A{first}:{column}{last}")),
                "{name}: {ranges:?}"
            );
        }
        for (name, xml) in &parts {
            for forbidden in [
                "mergeCell",
                "hidden=",
                "state=\"hidden\"",
                "veryHidden",
                "activeTab",
                "<i/>",
                "<f>",
            ] {
                assert!(!xml.contains(forbidden), "{name}: {forbidden}");
            }
            if name.starts_with("xl/worksheets/sheet") {
                // No selection elsewhere: the cursor is in A1.
                assert!(
                    !xml.contains("<selection") || xml.contains("activeCell=\"A1\""),
                    "{name}"
                );
                assert_eq!(
                    xml.contains("tabSelected=\"1\""),
                    name.ends_with("sheet1.xml")
                );
            }
        }
        let fonts = parts["xl/styles.xml"].split("</fonts>").next().unwrap();
        for tag in tags(fonts, "name") {
            assert_eq!(attribute(tag, "val"), Some("Arial"));
        }
        for tag in tags(fonts, "sz") {
            assert!(attribute(tag, "val").unwrap().parse::<u32>().unwrap() >= 11);
        }

        let content = &text_parts(&ods)["content.xml"];
        let marked = tags(content, "table:database-range");
        assert_eq!(marked.len(), with_table);
        let names: BTreeSet<&str> = marked
            .iter()
            .map(|tag| attribute(tag, "table:name").unwrap())
            .collect();
        assert_eq!(names.len(), with_table);
        for (tag, name) in marked.iter().zip(book.names().into_iter().skip(1)) {
            let (first, last) = last(name);
            let range = attribute(tag, "target-range-address").unwrap();
            assert!(
                range.starts_with(&format!("'{name}'.A{first}:'{name}'.")),
                "{range}"
            );
            assert!(range.ends_with(&last.to_string()), "{range}");
        }
        for forbidden in [
            "spanned",
            "visibility",
            "table:display=",
            "covered",
            "repeated",
            "fo:font-style",
        ] {
            assert!(!content.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn figures_show_the_decimals_of_their_table() {
    let [(_, xlsx), (_, ods)] = books("protected");
    let styles = &text_parts(&xlsx)["xl/styles.xml"];
    for format in ["#,##0.0000", "#,##0.00", "#,##0.0"] {
        assert!(
            styles.contains(&format!("formatCode=\"{format}\"")),
            "{format}"
        );
    }
    let text = csv(&sample().read("protected/tables/pay_by_sector.csv"));
    let at = text[0]
        .iter()
        .position(|name| name == "median_hourly")
        .unwrap();
    let shown = text[1..]
        .iter()
        .map(|row| row[at].as_str())
        .filter(|value| !value.is_empty());
    let content = &text_parts(&ods)["content.xml"];
    for value in shown {
        let cell = format!(
            "table:style-name=\"figure4\" office:value-type=\"float\" office:value=\"{}\"><text:p>{value}</text:p>",
            shortest(value)
        );
        assert!(content.contains(&cell), "{cell}");
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes_on_any_number_of_threads() {
    let before = books("restricted").map(|(_, path)| std::fs::read(path).unwrap());
    for threads in ["1", "8"] {
        let out = format!("sheets-{threads}");
        let args = [
            "report",
            "--restricted",
            "--threads",
            threads,
            "--out",
            &out,
        ];
        sample().run(&args).ends(0);
        for (form, before) in ["xlsx", "ods"].iter().zip(&before) {
            let path = sample().join(&format!("{out}/paybench.{form}"));
            assert!(
                std::fs::read(path).unwrap() == *before,
                "{form} on {threads} threads"
            );
        }
    }
    for (_, path) in books("restricted") {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        for at in 0..zip.len() {
            let entry = zip.by_index(at).unwrap();
            assert_eq!(
                entry.last_modified().unwrap().year(),
                1980,
                "{}",
                entry.name().unwrap()
            );
        }
    }
}

#[test]
fn compare_makes_tables_alone_and_a_run_without_news_keeps_its_spreadsheets() {
    let project = Project::new();
    small_return(&project, "ash", "ASH", &[("a", "12.71"), ("b", "13.00")]);
    project.write(
        "paybench.toml",
        format!("returns = [\"ash\"]\nperiod = \"{PERIOD}\"\nrestricted = true\n"),
    );
    project.run(&["run"]).ends(0);
    let time = |name: &str| {
        std::fs::metadata(project.join(name))
            .unwrap()
            .modified()
            .unwrap()
    };
    let times = ["out/paybench.xlsx", "out/paybench.ods"].map(time);
    project
        .run(&["run"])
        .ends(0)
        .says(&["nothing changed since the last release"]);
    assert_eq!(["out/paybench.xlsx", "out/paybench.ods"].map(time), times);
    std::fs::remove_file(project.join("out/paybench.ods")).unwrap();
    project
        .run(&["run"])
        .ends(0)
        .never_says(&["nothing changed since the last release"]);
    assert!(project.join("out/paybench.ods").exists());
    let outputs = project.json("out/manifest.json")["outputs"].clone();
    let listed = |name: &str| {
        outputs
            .as_array()
            .unwrap()
            .iter()
            .any(|output| output["name"] == name)
    };
    assert!(listed("paybench.xlsx") && listed("paybench.ods"));
    project.run(&["compare", "--out", "tables"]).ends(0);
    assert!(!project.join("tables/paybench.xlsx").exists());
}

#[test]
fn tables_without_rows_have_their_headings_and_say_so() {
    let project = Project::new();
    project.write("ash/workplaces.csv", workplace("ASH", "P1", "independent"));
    project.ingest(&["ash"], PERIOD);
    project.run(&["report", "--restricted"]).ends(0);
    let text = project.read("out/tables/pay_by_sector.csv");
    assert_eq!(text.lines().count(), 1);
    for form in ["xlsx", "ods"] {
        let path = project.join(&format!("out/paybench.{form}"));
        let book = Book::read(&path);
        let (_, rows) = book
            .sheets
            .iter()
            .find(|(name, _)| name == "pay_by_sector")
            .unwrap();
        let said = rows[1][0].text();
        assert!(
            said.starts_with("This sheet has one table, which has no rows."),
            "{said}"
        );
        assert_eq!(rows[4][2].text(), "Workers");
        assert!(rows[5..].iter().flatten().all(|cell| *cell == Cell::Empty));
    }
}

#[test]
fn a_table_too_long_for_a_sheet_stands_in_its_files_alone() {
    let project = Project::new();
    small_return(&project, "ash", "ASH", &[("a", "12.71")]);
    project.ingest(&["ash"], PERIOD).ends(0);
    for (name, rows) in [("long", 100_001), ("short", 500)] {
        let sql = format!(
            "-- title: A {name} table\n-- description: Numbers.\n-- units: value = number\n\
             -- disclosure: restricted\nSELECT value, value AS other FROM generate_series(1, {rows}) ORDER BY value\n"
        );
        project.write(&format!("queries/{name}.sql"), sql);
    }
    project.run(&["report", "--restricted"]).ends(0);
    let lines = |name: &str| {
        project
            .read(&format!("out/tables/{name}.csv"))
            .lines()
            .count()
    };
    assert_eq!((lines("long"), lines("short")), (100_002, 501));
    for form in ["xlsx", "ods"] {
        let book = Book::read(&project.join(&format!("out/paybench.{form}")));
        assert!(!book.names().contains(&"long"));
        assert_eq!(book.table("short").rows.len(), 500);
        let contents = book.table("Contents").rows;
        let row = contents.iter().find(|row| row[1].text() == "A long table");
        let row: Vec<&str> = row.unwrap().iter().map(Cell::text).collect();
        assert_eq!(
            (row[0], row[2]),
            ("Not in this file: over 100,000 rows", "100001")
        );
        assert_eq!(row[5], "tables/long.csv");
    }
}

#[test]
fn a_query_gives_one_table_with_notes() {
    for form in ["xlsx", "ods"] {
        let file = format!("pay_gap.{form}");
        let ran = sample()
            .run(&["query", "pay_gap", "--format", form])
            .ends(64);
        ran.says(&["is not for a terminal; give --output FILE"]);
        sample()
            .run(&["query", "pay_gap", "--format", form, "--output", &file])
            .ends(0);
        let book = Book::read(&sample().join(&file));
        assert_eq!(book.names(), ["Notes", "Codes", "pay_gap"]);
        let release = Book::read(&sample().join(&format!("protected/paybench.{form}")));
        assert_eq!(book.table("pay_gap").rows, release.table("pay_gap").rows);
        let notes = book.sheets[0]
            .1
            .iter()
            .map(|row| row[0].text())
            .collect::<Vec<_>>();
        assert!(
            notes[1].contains("Protected release. It was not checked"),
            "{notes:?}"
        );

        let file = format!("own.{form}");
        let sql = "SELECT '007' AS id, CAST(1234567890.1234 AS DECIMAL(18, 4)) AS pay, \
                   CAST(12345678901234.5678 AS DECIMAL(20, 4)) AS long, CAST(NULL AS BIGINT) AS none, \
                   DATE '2026-09-30' AS day, '=1+1' AS sum, ' a  b ' AS \"Id\", 'x' AS \"<&>\"";
        sample()
            .run(&["query", sql, "--format", form, "--output", &file])
            .ends(0);
        let table = Book::read(&sample().join(&file)).table("query");
        assert_eq!(
            table.headings,
            ["id", "pay", "long", "none", "day", "sum", "Id_2", "<&>"]
        );
        let text = |text: &str| Cell::Text(text.to_owned());
        let expected = [
            text("007"),
            Cell::Number("1234567890.1234".to_owned()),
            text("12345678901234.5678"),
            text("[x]"),
            Cell::Date("2026-09-30".to_owned()),
            text("=1+1"),
            text(" a  b "),
            text("x"),
        ];
        assert_eq!(table.rows, [expected.to_vec()]);
    }
}

#[test]
fn decimals_reach_the_file_of_either_form_digit_by_digit() {
    let sql = "SELECT CAST(CAST(value * 48271 % 99999999989 AS VARCHAR) || '.' || \
               lpad(CAST(value * 16807 % 9973 AS VARCHAR), 4, '0') AS DECIMAL(18, 4)) AS n \
               FROM generate_series(1, 5000) ORDER BY n";
    let said = sample()
        .run(&["query", sql, "--format", "csv"])
        .ends(0)
        .stdout;
    let expected: Vec<String> = said.lines().skip(1).map(shortest).collect();
    assert_eq!(expected.len(), 5000);
    for (form, part, open) in [
        ("xlsx", "xl/worksheets/sheet2.xml", "<v>"),
        ("ods", "content.xml", "office:value=\""),
    ] {
        let file = format!("digits.{form}");
        sample()
            .run(&["query", sql, "--format", form, "--output", &file])
            .ends(0);
        let xml = &text_parts(&sample().join(&file))[part];
        let cells = xml.split("<sheetData>").last().unwrap();
        let written = cells.split(open).skip(1);
        let written = written.map(|rest| rest.split(['<', '"']).next().unwrap());
        let written: Vec<&str> = written.collect();
        // Lines and the heading are text, which XLSX keeps by its number.
        assert_eq!(written[written.len() - 5000..], expected, "{form}");
    }
}

#[test]
fn what_no_sheet_can_hold_is_refused_with_a_way_out() {
    let sql = "SELECT value FROM generate_series(1, 1048570)";
    let args = ["query", sql, "--format", "xlsx", "--output", "long.xlsx"];
    sample()
        .run(&args)
        .ends(64)
        .says(&["1048570 rows", "hint: --format csv"]);
    assert!(!sample().join("long.xlsx").exists());
    let args = [
        "query",
        "SELECT repeat('x', 32768) AS long",
        "--format",
        "xlsx",
        "--output",
        "wide.xlsx",
    ];
    sample()
        .run(&args)
        .ends(64)
        .says(&["no xlsx file can be made"]);
}

/// The second opinion of a whole spreadsheet program, where there is one.
#[test]
fn libreoffice_reads_the_same_figures() {
    let found = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !found("soffice") || !found("python3") {
        eprintln!("soffice or python3 is not there: not compared with LibreOffice");
        return;
    }
    let script = format!(
        "{}/tests/spreadsheets/compare_with_libreoffice.py",
        env!("CARGO_MANIFEST_DIR")
    );
    for release in ["protected", "restricted"] {
        let ran = Command::new("python3")
            .arg(&script)
            .arg(sample().join(release))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned()
            + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
    }
}
