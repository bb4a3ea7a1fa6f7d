//! Names, birth dates and references stop at the parser: unmistakable values
//! in every such column are found nowhere afterwards.
//!
//! A value that stands under the wrong column without a trace (as many cells as
//! the header, each readable) is that column's value: nobody can tell.

use std::collections::BTreeSet;
use std::path::Path;

use paybench::model::schema::{Column, Kind, TABLES, Table};
use rust_xlsxwriter::Workbook;

use crate::canary::{nothing_leaks, nothing_leaves};
use crate::util::{PERIOD, Project, fixture, rows, workplace};

/// The cells of a good row of one of our own tables.
fn good(table: &Table) -> Vec<(&Column, String)> {
    let own = table.columns.iter().filter(|column| !column.derived);
    own.map(|column| {
        let cell = match column.name.as_str() {
            "provider_id" => "OAK",
            "workplace_id" => "P1",
            "sector" => "independent",
            "role" => "care_worker",
            "period_start" => "2026-08-01",
            "period_end" => "2026-08-31",
            "pay_basis" => "hourly",
            "pay_rate" => "12.71",
            _ => "",
        };
        assert!(
            !cell.is_empty() || !column.required || personal(column),
            "no good value of {} is known here",
            column.name
        );
        (column, cell.to_owned())
    })
    .collect()
}

fn personal(column: &Column) -> bool {
    !column.stored() && !column.derived
}

/// What a row is made of besides good cells.
const FAULTS: [&str; 12] = [
    "none",
    "another form of date",
    "double",
    "double",
    "no such day",
    "a day to come",
    "no date at all",
    "a line break",
    "a wrong code",
    "one cell too many",
    "some cells too few",
    "no such workplace",
];

/// Every personal column of every table that there is, or comes to be.
#[test]
fn no_personal_column_of_a_table_is_kept_or_repeated() {
    let project = Project::new();
    let mut columns = 0;
    let mut book = Workbook::new();
    add_sheet(&mut book, "Notes", "Canary\nborn,1913-07-19\n");
    for table in TABLES.iter() {
        let good = good(table);
        columns += good.iter().filter(|(column, _)| personal(column)).count();
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        let header = good.iter().map(|(column, _)| column.name.as_str());
        writer
            .write_record(header.chain(["full_name", "notes"]))
            .unwrap();
        for (number, fault) in FAULTS.iter().enumerate() {
            if *fault != "none" && !good.iter().any(|(column, _)| personal(column)) {
                continue;
            }
            let mut cells: Vec<String> = good
                .iter()
                .map(
                    |(column, cell)| match (personal(column), column.kind, *fault) {
                        (true, Kind::Date, "another form of date") => "19/07/1913".to_owned(),
                        (true, Kind::Date, "no such day") => "31/02/1913".to_owned(),
                        (true, Kind::Date, "a day to come") => "2031-07-19".to_owned(),
                        (true, Kind::Date, "no date at all") => "the canary's day".to_owned(),
                        (true, Kind::Date, _) => "1913-07-19".to_owned(),
                        (true, _, "double") => "canary twice".to_owned(),
                        (true, _, "a line break") => format!("canary\n{number}"),
                        (true, ..) => format!("canary {number}"),
                        (false, Kind::Code, "a wrong code") => "wizard".to_owned(),
                        (false, ..) if *fault == "no such workplace" && cell == "P1" => {
                            "P9".to_owned()
                        }
                        (false, ..) => cell.clone(),
                    },
                )
                .collect();
            cells.extend(["Canary".to_owned(), "Canary sings".to_owned()]);
            match *fault {
                // As an unquoted comma in a name does.
                "one cell too many" => cells.insert(0, "Canary".to_owned()),
                "some cells too few" => cells.truncate(good.len() - 2),
                _ => {}
            }
            writer.write_record(&cells).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        add_sheet(&mut book, &table.name, &text.replace("OAK", "BOOK"));
        project.write(&format!("in/oak/{}.csv", table.name), text);
    }
    project.write("in/book.xlsx", book.save_to_buffer().unwrap());
    assert!(columns >= 3, "there are personal columns");
    nothing_leaks(&project);
    nothing_leaves(&project);
    let ages = project.query("SELECT source_row, age FROM workers WHERE age IS NOT NULL");
    assert!(ages.iter().any(|row| row["age"] == "113"), "{ages:?}");
    for id in ["oak", "book"] {
        let sql = format!("SELECT DISTINCT source_row FROM rejects WHERE return_id = '{id}'");
        let found = project.query(&sql);
        assert!(found.len() >= 8, "each fault is told of: {found:?}");
    }
}

/// Puts rows of CSV into a sheet, cell by cell.
fn add_sheet(book: &mut Workbook, name: &str, text: &str) {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true);
    let sheet = book.add_worksheet().set_name(name).unwrap();
    for (row, record) in (0..).zip(reader.from_reader(text.as_bytes()).records()) {
        for (column, cell) in (0..).zip(&record.unwrap()) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
}

/// Files that are rejected as a whole say why without a word of what is in them.
#[test]
fn no_file_that_breaks_off_repeats_what_it_holds() {
    let project = Project::new();
    let header = "provider_id,workplace_id,worker_ref,birth_date,role\n";
    let row = "ELM,P1,canary 1,1913-07-19,care_worker\n";
    let wide = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let files: [(&str, Vec<u8>); 12] = [
        ("good", format!("{header}{row}").into()),
        ("no_header", row.repeat(2).into()),
        ("only_a_name", b"Canary\n".to_vec()),
        (
            "open_quote",
            format!("{header}{row}ELM,P1,\"canary 2,1913-07-20,care_worker\n{row}").into(),
        ),
        (
            "open_header",
            format!("provider_id,workplace_id,\"worker_ref,canary\n{row}").into(),
        ),
        (
            "too_long",
            format!(
                "{header}{row}ELM,P1,\"{}\",1913-07-20,care_worker\n",
                "canary ".repeat(700_000)
            )
            .into(),
        ),
        (
            "binary",
            format!("{header}{row}ELM,P1,canary\0,1913-07-20,care_worker\n").into(),
        ),
        (
            "later_binary",
            format!("{header}{}ELM,P1,canary\0,x,care_worker\n", row.repeat(200)).into(),
        ),
        (
            "windows",
            [
                header.as_bytes(),
                b"ELM,P1,canary\xe9,1913-07-20,care_worker\n",
            ]
            .concat(),
        ),
        (
            "wide",
            wide(&format!(
                "{header}{row}ELM,P1,canary 2,31/02/1913,care_worker\n"
            )),
        ),
        ("cut_wide", {
            let mut text = wide(&format!("{header}{row}"));
            text.pop();
            text
        }),
        ("tabs", format!("{header}{row}").replace(',', "\t").into()),
    ];
    for (name, text) in files {
        project.write(
            &format!("in/{name}/workplaces.csv"),
            workplace(name, "P1", "independent"),
        );
        let text = String::from_utf8(text.clone())
            .map_or(text, |text| text.replace("ELM", name).into_bytes());
        project.write(&format!("in/{name}/workers.csv"), text);
    }
    // One that is no text at all, and one in the wrong table's clothes.
    project.write("in/packed/workers.csv", b"PK\x03\x04 canary 1913-07-19");
    project.write("in/clothes/workplaces.csv", format!("{header}{row}"));
    nothing_leaks(&project);
}

/// One kind of file of a layout, as its data file says.
#[derive(serde::Deserialize)]
struct LayoutFile {
    recognise: Vec<String>,
    #[serde(default)]
    identity: Vec<String>,
    #[serde(default)]
    column: Vec<toml::Table>,
}

/// The kinds of file of every layout that is built in.
fn layout_files() -> Vec<(String, LayoutFile)> {
    fn walk(folder: &Path, found: &mut Vec<(String, LayoutFile)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "toml")
                // What a layout of one's own begins with: no file is read by it.
                && !path.ends_with("template.toml")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let layout: toml::Table = toml::from_str(&text).unwrap();
                let name = layout["name"].as_str().unwrap();
                for file in layout
                    .get("file")
                    .and_then(|files| files.as_array())
                    .into_iter()
                    .flatten()
                {
                    found.push((name.to_owned(), file.clone().try_into().unwrap()));
                }
            }
        }
    }
    let mut found = Vec::new();
    let ingest = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ingest");
    walk(&ingest, &mut found);
    found
}

/// Columns of the source that are read and never stored.
fn read_only(file: &LayoutFile, to: &str) -> BTreeSet<String> {
    let text = |column: &toml::Table, key: &str| {
        column
            .get(key)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    let given = file
        .column
        .iter()
        .filter(|column| text(column, "to").as_deref() == Some(to));
    given.filter_map(|column| text(column, "from")).collect()
}

/// Every identity column of every layout that there is, or comes to be, on the
/// layout's own example files.
#[test]
fn no_identity_column_of_a_layout_is_kept_or_repeated() {
    let files = layout_files();
    let personal = files.iter().filter(|(_, file)| !file.identity.is_empty());
    let layouts: BTreeSet<&String> = personal.map(|(name, _)| name).collect();
    assert!(!layouts.is_empty());
    for layout in layouts {
        let project = Project::new();
        let mut seen = BTreeSet::new();
        for entry in std::fs::read_dir(fixture(layout)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if !name.ends_with(".csv") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
            let kind = files.iter().position(|(own, file)| {
                own == layout
                    && file
                        .recognise
                        .iter()
                        .all(|column| header.contains(&column.as_str()))
            });
            let Some(kind) = kind else {
                project.write(&format!("in/{name}"), text);
                continue;
            };
            seen.insert(kind);
            project.write(
                &format!("in/{name}"),
                with_canaries(&files[kind].1, &header, &text),
            );
        }
        for (at, (own, file)) in files.iter().enumerate() {
            assert!(
                own != layout || file.identity.is_empty() || seen.contains(&at),
                "fixtures/{layout} has no example of the file with {:?}",
                file.recognise
            );
        }
        nothing_leaks(&project);
        assert_ne!(
            project.value("SELECT count(*) FROM workers"),
            "0",
            "{layout}"
        );
        if files
            .iter()
            .any(|(own, file)| own == layout && !read_only(file, "birth_date").is_empty())
        {
            let oldest = project.value("SELECT max(age) FROM workers");
            assert_eq!(oldest, "113", "{layout}");
        }
    }
}

/// An example file with personal values wherever they may stand.
fn with_canaries(file: &LayoutFile, header: &[&str], text: &str) -> Vec<u8> {
    let births = read_only(file, "birth_date");
    let references = read_only(file, "worker_ref");
    let absent: Vec<&String> = file
        .identity
        .iter()
        .filter(|column| !header.contains(&column.as_str()))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let more = absent.iter().map(|column| column.as_str());
    writer
        .write_record(header.iter().copied().chain(more).chain(["MAIDEN"]))
        .unwrap();
    for (number, row) in rows(text).into_iter().enumerate() {
        let cells = header.iter().map(|column| match *column {
            // A birth date that is read, and ones that are not.
            column if births.contains(column) => {
                ["19/07/1913", "the canary's day", "31/02/1913", "1913-07-19"][number % 4]
                    .to_owned()
            }
            column
                if references.contains(column)
                    || file.identity.iter().any(|identity| identity == column) =>
            {
                format!("Canary {column} {number}")
            }
            // Columns without a rule that hold personal detail all the same.
            "NMCREG" | "SCQUAL" | "TRAININGNAME" | "WHODELIVERED" | "PROVIDERNAME" | "NOTES"
            | "UNIQUEWORKERID" | "CHGUNIQUEWRKID" => format!("Canary {column} {number}"),
            // Some row of each kind is wrong besides.
            "MAINJOBROLE" if number == 1 => "41".to_owned(),
            "STARTDATE" if number == 2 => "1/2/2020".to_owned(),
            column => row[column].clone(),
        });
        let more = absent.iter().map(|column| format!("Canary {column}"));
        let more = more.chain(["Canary maiden".to_owned()]);
        writer.write_record(cells.chain(more)).unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn no_reference_birth_date_or_unknown_column_of_a_return_is_kept_or_repeated() {
    let project = Project::new();
    project.write(
        "in/oak/workplaces.csv",
        workplace("OAK", "P1", "independent"),
    );
    // Good rows, then a fault of every kind beside a personal value.
    project.write(
        "in/oak/workers.csv",
        "provider_id,workplace_id,worker_ref,birth_date,role,start_date,pay_basis,pay_rate,full_name,ni_number\n\
         OAK,P1,canary-1,1913-07-19,care_worker,,hourly,12.71,Canary One,CANARY1A\n\
         OAK,P1,canary-2,19/07/1913,care_worker,,hourly,12.71,Canary Two,CANARY2A\n\
         OAK,P1,canary-2,1913-07-20,care_worker,,hourly,12.71,Canary Two,CANARY2A\n\
         OAK,P1,canary-3,31/02/1913,care_worker,,hourly,12.71,Canary Three,CANARY3A\n\
         OAK,P1,canary-4,2031-07-19,care_worker,,hourly,12.71,Canary Four,CANARY4A\n\
         OAK,P1,canary-5,the canary's day,care_worker,,hourly,12.71,Canary Five,CANARY5A\n\
         OAK,P1,\"canary\n6\",1913-07-19,wizard,,hourly,about 12,Canary Six,CANARY6A\n\
         OAK,P9,canary-7,1913-07-19,care_worker,2030-01-01,hourly,1271,Canary Seven,CANARY7A\n\
         OAK,P1,canary-8,1913-07-19,care_worker,,hourly,12.71,Canary,Eight,CANARY8A\n\
         OAK,P1,canary-9,1913-07-19,care_worker\n\
         OAK,P1,,1913-07-19,care_worker,,hourly,12.71,Canary Ten,CANARY10\n\
         OAK,P1,Canary, Jane,1913-07-19,care_worker,,hourly,12.71,Canary\n\
         OAK,P1,1913-07-19,care_worker,canary-13,,hourly,12.71,,\n\
         OAK,canary-14,P1,1913-07-19,care_worker,,hourly,12.71,,\n\
         OAK,P1,,,canary-15,,hourly,12.71,,\n\
         OAK,P1,17,,care_worker,,hourly,1913-07-19,,\n",
    );
    project.write(
        "in/oak/pay_periods.csv",
        "provider_id,workplace_id,worker_ref,period_start,period_end,hours_work,gross_pay,name\n\
         OAK,P1,canary-1,2026-08-01,2026-08-31,100,1271,Canary One\n\
         OAK,P1,canary-1,2026-08-01,2026-08-31,100,1271,Canary One\n\
         OAK,P1,canary-11,2026-08-01,2026-08-31,100,much,Canary Eleven\n\
         OAK,P1,1913-07-19,canary-16,2026-08-31,100,1271,\n\
         OAK,P1,canary-12,2026-09-01,2026-08-31,100,1271,Canary Twelve\n",
    );
    // Files that break off, or lack their header line.
    project.write(
        "in/elm/workplaces.csv",
        workplace("ELM", "P1", "independent"),
    );
    project.write(
        "in/elm/workers.csv",
        b"provider_id,workplace_id,worker_ref,role\nELM,P1,canary-1,care_worker\nELM,P1,canary\xe9,care_worker\n",
    );
    project.write(
        "in/fir/workplaces.csv",
        workplace("FIR", "P1", "independent"),
    );
    let rows = "FIR,P1,canary-1,care_worker\n".repeat(300);
    let broken =
        format!("provider_id,workplace_id,worker_ref,role\n{rows}FIR,P1,canary\0,care_worker\n");
    project.write("in/fir/workers.csv", broken);
    project.write(
        "in/ash/workplaces.csv",
        workplace("ASH", "P1", "independent"),
    );
    project.write(
        "in/ash/workers.csv",
        "ASH,P1,canary-1,1913-07-19,care_worker\nASH,P1,canary-2,1913-07-20,care_worker\n",
    );
    nothing_leaks(&project);
    assert_eq!(
        project.value("SELECT count(*) FROM workers WHERE return_id = 'oak'"),
        "2"
    );
    // The column's name may be said, so that it can be mended.
    let unknown = project.query(
        "SELECT DISTINCT \"column\" FROM findings WHERE rule = 'file.unknown_column' ORDER BY 1",
    );
    assert_eq!(unknown.len(), 3);
    assert_eq!(
        project.value("SELECT age FROM workers WHERE return_id = 'oak' AND source_row = 2"),
        "113"
    );
}

#[test]
fn what_stands_below_another_column_is_repeated_only_if_it_tells_of_no_person() {
    let project = Project::new();
    let header = "provider_id,workplace_id,worker_ref,birth_date,role,tenure,contracted_hours,pay_basis,pay_rate\n";
    let bare = "provider_id,workplace_id,worker_ref,role,pay_basis,pay_rate\n";
    project.write("a/workplaces.csv", workplace("OAK", "P1", "nhs"));
    project.write(
        "a/workers.csv",
        format!(
            "{header}\
             OAK,CANARY001,P1,1980-01-01,care_worker,,37,hourly,12.71\n\
             OAK,P1,CANARY002,1980-01-01,CANARY002,permanent,37,hourly,12.71\n\
             OAK,P1,c,1980-01-01,care_worker,permanent,AB 12 34 56 C,hourly,canary3@example.org\n\
             OAK,P1,d,1980-01-01,care_worker,permanent,lives with Canary,hourly,12.71\n\
             OAK,P1,e,1980-01-01,care_worker,1980-01-01,37,hourly,12.6O per hour\n\
             OAK,P1,f,1980-01-01,carer,permanent,37 approx,hourly,12.71\n\
             OAK,P9,worker-7,1980-01-01,care_worker,permanent,37,hourly,12.71\n\
             OAK,P1,g,14-May-86,care_worker,permanent,37 each,hourly,12.71\n\
             OAK,P1,h,1980-01-01,care_worker,permanent,37,hourly,14 March 1979\n\
             OAK,P1,i,1980-01-01,care_worker,permanent,37,hourly,07700 900123\n\
             OAK,P1,permanent,1980-01-01,care_worker,canary007,37,hourly,12.71\n\
             OAK,P1,37.5,1980-01-01,care_worker,permanent,W417,hourly,12.71\n\
             OAK,P1,j,N/A,care_worker,permanent,38 each,hourly,12.71\n"
        ),
    );
    project.write("b/workplaces.csv", workplace("ASH", "P1", "nhs"));
    project.write(
        "b/workers.csv",
        format!("{bare}P1,CANARY004,care_worker,hourly,12.60,\n"),
    );
    // Born after the job began: one of the two dates is the other.
    project.write(
        "b/pay_points.csv",
        "provider_id,workplace_id,role,minimum_rate\nASH,P1,care_worker,x\n",
    );
    project.write("d/workplaces.csv", workplace("ELM", "P1", "nhs"));
    project.write(
        "d/workers.csv",
        "provider_id,workplace_id,worker_ref,birth_date,role,start_date\nELM,P1,a,2019-02-04,care_worker,1986-05-14\n",
    );
    let staff = fixture("asc-wds/example_staff.csv");
    let staff = std::fs::read_to_string(staff).unwrap();
    let swapped = staff.replacen("OAK 01,A1,", "CANARY005,OAK 01,", 1);
    let swapped = swapped.replacen(",A2,NEW,", ",NEW,CANARY006,", 1);
    assert_ne!(swapped, staff);
    project.write("c/staff.csv", swapped);
    let places = std::fs::read(fixture("asc-wds/example_workplace.csv")).unwrap();
    project.write("c/workplace.csv", places);
    for format in ["csv", "json", "html", "text"] {
        let args = ["check", ".", "--period", PERIOD, "--format", format];
        let out = project.run(&args).stdout;
        let all = out.to_lowercase();
        for canary in [
            "canary",
            "34 56",
            "1980-01-01",
            "may-86",
            "1979",
            "07700",
            "1986-05-14",
        ] {
            assert!(!all.contains(canary), "{canary}: {out}");
        }
        // What may be repeated still is.
        for kept in ["carer", "37 approx", "37 each", "38 each", "p9"] {
            assert!(all.contains(kept), "{kept}: {out}");
        }
    }
}
