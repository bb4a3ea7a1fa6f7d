//! Names, birth dates and references stop at the parser: unmistakable values
//! in every such column are found nowhere afterwards.

use std::path::Path;

use crate::util::{PERIOD, Project, Ran, fixture, rows, workplace};

/// What is looked for: in capitals or not, in any file or stream.
const CANARY: &str = "canary";

/// Birth dates of no other use, in the forms that files and messages have.
const BIRTHS: [&str; 6] = [
    "1913-07-19",
    "19/07/1913",
    "1913-07-20",
    "20/07/1913",
    "31/02/1913",
    "2031-07-19",
];

#[track_caller]
fn clean(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    for wanted in [CANARY].iter().chain(&BIRTHS) {
        let near = text.find(wanted).map(|at| {
            let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
            text[line..].chars().take(300).collect::<String>()
        });
        assert!(
            near.is_none(),
            "{place} holds the personal value {wanted}: {near:?}"
        );
    }
}

fn clean_streams(ran: &Ran) {
    clean("stdout", ran.stdout.as_bytes());
    clean("stderr", ran.stderr.as_bytes());
}

fn clean_folder(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        clean("a file's name", path.display().to_string().as_bytes());
        if path.is_dir() {
            clean_folder(&path);
        } else {
            clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

/// Runs every command on the returns in `in` and looks at all that it leaves.
fn nothing_leaks(project: &Project) {
    for format in ["text", "json", "csv"] {
        clean_streams(
            &project
                .run(&["check", "in", "--period", PERIOD, "--format", format])
                .ends(20),
        );
    }
    clean_streams(
        &project
            .run(&["-vv", "ingest", "in", "--period", PERIOD])
            .ends(20),
    );
    clean_streams(&project.ingest(&["in"], PERIOD).ends(20));
    clean_folder(&project.join("store"));
    // Compressed pages hide text from a search of bytes: read every column.
    for table in [
        "workplaces",
        "workers",
        "flows",
        "pay_periods",
        "pay_points",
        "returns",
        "findings",
        "rejects",
    ] {
        clean_streams(
            &project
                .run(&[
                    "query",
                    &format!("SELECT * FROM {table}"),
                    "--format",
                    "csv",
                ])
                .ends(0),
        );
    }
    clean_streams(&project.run(&["report", "--out", "protected"]).ends(0));
    clean_folder(&project.join("protected"));
    clean_streams(
        &project
            .run(&["report", "--restricted", "--out", "restricted"])
            .ends(0),
    );
    clean_folder(&project.join("restricted"));
    for entry in std::fs::read_dir(project.join("restricted/tables")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            for row in crate::release::parquet_rows(&path) {
                clean(&path.display().to_string(), row.join(",").as_bytes());
            }
        }
    }
}

#[test]
fn the_search_itself_finds_what_it_looks_for() {
    let found =
        |text: &'static str| std::panic::catch_unwind(|| clean("here", text.as_bytes())).is_err();
    assert!(found("so a Canary sings") && found("born 20/07/1913") && !found("nothing"));
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
         OAK,P1,,1913-07-19,care_worker,,hourly,12.71,Canary Ten,CANARY10\n",
    );
    project.write(
        "in/oak/pay_periods.csv",
        "provider_id,workplace_id,worker_ref,period_start,period_end,hours_work,gross_pay,name\n\
         OAK,P1,canary-1,2026-08-01,2026-08-31,100,1271,Canary One\n\
         OAK,P1,canary-1,2026-08-01,2026-08-31,100,1271,Canary One\n\
         OAK,P1,canary-11,2026-08-01,2026-08-31,100,much,Canary Eleven\n\
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
fn no_identity_column_of_a_bulk_upload_is_kept_or_repeated() {
    let project = Project::new();
    let columns = [
        (
            "workplace",
            vec![
                "ADDRESS1",
                "ADDRESS2",
                "ADDRESS3",
                "POSTTOWN",
                "POSTCODE",
                "OTHERTYPE",
                "SERVICEDESC",
                "OTHERUSERDESC",
                "CWPUSEDESC",
            ],
        ),
        (
            "staff",
            vec![
                "UNIQUEWORKERID",
                "DISPLAYID",
                "NINUMBER",
                "POSTCODE",
                "GENDER",
                "ETHNICITY",
                "NATIONALITY",
                "BRITISHCITIZENSHIP",
                "COUNTRYOFBIRTH",
                "YEAROFENTRY",
                "DISABLED",
                "HANDCVISA",
                "INOUTUK",
                "DAYSSICK",
                "MAINJRDESC",
                "QUALACH01NOTES",
                "QUALACH02NOTES",
                "QUALACH03NOTES",
                "NMCREG",
                "SCQUAL",
            ],
        ),
        (
            "training",
            vec![
                "UNIQUEWORKERID",
                "TRAININGNAME",
                "WHODELIVERED",
                "PROVIDERNAME",
                "NOTES",
            ],
        ),
    ];
    for (file, personal) in columns {
        let text =
            std::fs::read_to_string(fixture(&format!("asc-wds/example_{file}.csv"))).unwrap();
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        for column in &personal {
            assert!(header.contains(column), "{column} is in no {file} file");
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record(header.iter().copied().chain(["CHGUNIQUEWRKID", "MAIDEN"]))
            .unwrap();
        for (number, row) in rows(&text).into_iter().enumerate() {
            let cells = header.iter().map(|column| match *column {
                // A birth date that is read, and ones that are not.
                "DOB" => ["19/07/1913", "the canary's day", "31/02/1913", "1913-07-19"][number % 4]
                    .to_owned(),
                // Some row of each kind is wrong besides.
                "MAINJOBROLE" if number == 1 => "41".to_owned(),
                "STARTDATE" if number == 2 => "1/2/2020".to_owned(),
                column if personal.contains(&column) => format!("Canary {column} {number}"),
                column => row[column].clone(),
            });
            let more = [
                format!("Canary changed {number}"),
                "Canary maiden".to_owned(),
            ];
            writer.write_record(cells.chain(more)).unwrap();
        }
        project.write(&format!("in/{file}.csv"), writer.into_inner().unwrap());
    }
    nothing_leaks(&project);
    assert_eq!(project.value("SELECT count(*) FROM workers"), "11");
    assert_eq!(
        project.value("SELECT age FROM workers WHERE source_row = 6"),
        "113"
    );
}

#[test]
fn the_key_of_a_worker_cannot_be_had_without_the_key_file() {
    let project = Project::new();
    crate::util::small_return(&project, "oak", "OAK", &[("1001", "12.71")]);
    for (store, key) in [("one", "one.key"), ("two", "two.key"), ("three", "one.key")] {
        let args = [
            "ingest",
            "oak",
            "--period",
            PERIOD,
            "--store",
            store,
            "--key-file",
            key,
        ];
        project.run(&args).ends(0);
    }
    let key = |store: &str| {
        let args = [
            "query",
            "SELECT worker_key FROM workers",
            "--store",
            store,
            "--format",
            "csv",
        ];
        project.run(&args).ends(0).stdout
    };
    assert_eq!(key("one"), key("three"));
    assert_ne!(key("one"), key("two"));
}
