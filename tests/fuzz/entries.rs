//! What the fuzz targets run, each of any bytes: nothing may panic, and what
//! else is promised holds. A test of every day runs it on the files in `seeds/`.

#![allow(dead_code, reason = "each target runs one of them")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use paybench::compare::error::QueryError;
use paybench::compare::query;
use paybench::ingest::intake::{Held, Intake, reading_order};
use paybench::ingest::key::Key;
use paybench::ingest::layout::Layouts;
use paybench::ingest::stream::ReadError;
use paybench::returns::discover;
use tempfile::TempDir;

/// Kinds of file, by the first byte: tables by their names, and one that its
/// header must tell.
const NAMES: [&str; 6] = [
    "workers.csv",
    "workplaces.csv",
    "flows.csv",
    "pay_periods.csv",
    "pay_points.csv",
    "upload.csv",
];

/// Workbooks, by the first byte.
const WORKBOOKS: [&str; 4] = ["oak.xlsx", "oak.xls", "oak.ods", "oak.xlsm"];

/// The files that stand beside the one that is any bytes.
const WORKPLACES: &str = "provider_id,workplace_id,sector,service,total_staff,full_time_hours\n\
                          OAK,P1,independent,domiciliary,2,37\n\
                          OAK,P2,third_sector,residential,,\n";
const WORKERS: &str = "provider_id,workplace_id,worker_ref,birth_date,role,tenure,apprentice\n\
                       OAK,P1,1,1990-01-31,care_worker,permanent,\n\
                       OAK,P2,2,,manager,bank,yes\n";

thread_local! {
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

/// A file of a return: every row that is read is accounted for.
pub fn returns(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let name = NAMES[usize::from(*kind) % NAMES.len()];
    let mut files = vec![(name, bytes)];
    for (beside, text) in [("workplaces.csv", WORKPLACES), ("workers.csv", WORKERS)] {
        if name != beside {
            files.push((beside, text.as_bytes()));
        }
    }
    checked(&files);
}

/// A workbook: every row that is read is accounted for.
pub fn workbooks(bytes: &[u8]) {
    if let Some((kind, bytes)) = bytes.split_first() {
        checked(&[(WORKBOOKS[usize::from(*kind) % WORKBOOKS.len()], bytes)]);
    }
}

/// A user's own layout file: what is wrong in it is said with its line.
pub fn layouts(bytes: &[u8]) {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a folder"));
        let inside = folder.path().join("layouts");
        let _ = std::fs::create_dir(&inside);
        std::fs::write(inside.join("own.toml"), bytes).expect("a file");
        if let Err(error) = Layouts::with_own(&inside) {
            assert!(error.to_string().contains("own.toml"), "{error}");
        }
    });
}

/// The header of a query file: what is wrong in it is said with its line.
pub fn queries(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // A comparison, a view, and rows behind a comparison have keys of their own.
    for below in ["own.sql", "views/own.sql", "rows/own.sql"] {
        match query::parse(Path::new(below), text, None) {
            Ok(query) => {
                assert_eq!(query.sql, text);
                let _ = query.bind(&[("a".to_owned(), "2026-03-31".to_owned())]);
            }
            Err(QueryError::Header { line, .. }) => {
                assert!(line >= 1 && line <= text.lines().count());
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Checks a return of these files.
fn checked(files: &[(&str, &[u8])]) {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a folder"));
        let inside: PathBuf = folder.path().join("oak");
        let _ = std::fs::remove_dir_all(&inside);
        std::fs::create_dir(&inside).expect("a folder");
        for (name, bytes) in files {
            std::fs::write(inside.join(name), bytes).expect("a file");
        }
        let found = discover::returns(&[inside]).expect("a return");
        let key = Key::from_secrets(&[7; 32], &[]);
        let layouts = Layouts::built_in().expect("the layouts that there are");
        // 30 September 2026.
        let mut intake =
            Intake::prepare(found, layouts, 20_726, key, 1).expect("files that were there");
        let mut findings = read(&mut intake);
        let mut rejected = 0;
        for entry in &intake.returns {
            findings += entry.findings.len();
            for file in &entry.files {
                let rows = file.balance;
                let sum = rows.accepted + rows.rejected + rows.blank + rows.skipped;
                assert_eq!(rows.read, sum, "{}", file.source.name);
                findings += file.findings.len();
                rejected += rows.rejected;
            }
        }
        assert!(rejected == 0 || findings > 0, "rejected without a word");
    });
}

/// Reads every table, and gives the number of findings in rows.
fn read(intake: &mut Intake) -> usize {
    loop {
        intake.judge(&Held::default());
        let mut findings = 0;
        let read = reading_order().into_iter().try_for_each(|table| {
            let outcome = intake.read(table, &AtomicU64::new(0), |_, _| Ok::<(), ()>(()))?;
            findings += outcome.findings.len();
            Ok::<(), ReadError<()>>(())
        });
        match read {
            Ok(()) => return findings,
            // Some key stands twice, or a file broke off: known now.
            Err(ReadError::Again | ReadError::Broken) => {}
            Err(ReadError::Taker(())) => panic!("nothing was taken"),
        }
    }
}
