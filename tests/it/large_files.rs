//! Files so large that they are read once, rows and digest together.

use crate::util::{PERIOD, Project, sha256, workplace};

const ROWS: usize = 30_000;

/// A workers file of more than a megabyte, with the references of its first
/// and last worker.
fn workers(first: &[u8], last: &[u8]) -> Vec<u8> {
    let mut text =
        b"provider_id,workplace_id,worker_ref,role,tenure,contracted_hours,pay_basis,pay_rate\n"
            .to_vec();
    for row in 0..ROWS {
        text.extend(b"OAK,P1,");
        match row {
            0 => text.extend(first),
            row if row + 1 == ROWS => text.extend(last),
            row => text.extend(format!("{row:08}").bytes()),
        }
        text.extend(b",care_worker,permanent,37,hourly,12.71\n");
    }
    assert!(text.len() > 3 << 19);
    text
}

fn project(first: &[u8], last: &[u8]) -> (Project, Vec<u8>) {
    let project = Project::new();
    project.write("oak/workplaces.csv", workplace("OAK", "P1", "independent"));
    let bytes = workers(first, last);
    project.write("oak/workers.csv", &bytes);
    (project, bytes)
}

/// The digest of the workers file that an edition's manifest has.
fn digest(project: &Project, edition: u32) -> String {
    let manifest = project.json(&format!("store/period={PERIOD}/{edition:04}.json"));
    let files = manifest["returns"][0]["files"].as_array().unwrap();
    let workers = files.iter().find(|file| file["file"] == "workers.csv");
    workers.unwrap()["sha256"].as_str().unwrap().to_owned()
}

#[test]
fn its_digest_is_that_of_its_bytes_and_the_same_bytes_change_nothing() {
    let (project, bytes) = project(b"first", b"last");
    project.ingest(&["oak"], PERIOD).ends(0);
    assert_eq!(digest(&project, 1), sha256(&bytes));
    let all = "SELECT count(DISTINCT worker_key) FROM workers";
    assert_eq!(project.value(all), ROWS.to_string());
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["nothing changed"]);
    // As many bytes, and one of them another.
    let other = workers(b"first", b"lost");
    project.write("oak/workers.csv", &other);
    project
        .ingest(&["oak"], PERIOD)
        .ends(0)
        .says(&["1 return replaced"]);
    assert_eq!(digest(&project, 2), sha256(&other));
    // Fewer bytes.
    let fewer = &other[..other.len() - 1];
    project.write("oak/workers.csv", fewer);
    project.ingest(&["oak"], PERIOD).ends(0);
    assert_eq!(digest(&project, 3), sha256(fewer));
}

#[test]
fn a_last_row_of_another_code_page_makes_it_a_file_of_that() {
    // The last cut by the end of what is read at once, wherever that is.
    for last in ["caf\u{e9}", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
        let last: Vec<u8> = last.chars().map(|c| u8::try_from(c).unwrap()).collect();
        let (project, bytes) = project(b"first", &last);
        project
            .ingest(&["oak"], PERIOD)
            .ends(10)
            .says(&["file.encoding", "oak/workers.csv"]);
        assert_eq!(digest(&project, 1), sha256(&bytes));
        assert_eq!(
            project.value("SELECT count(*) FROM workers"),
            ROWS.to_string()
        );
        let (code, findings) = project.check("oak");
        assert_eq!((code, findings.len()), (10, 1));
        assert_eq!(findings[0]["rule"], "file.encoding");
    }
}

#[test]
fn of_two_encodings_neither_is_guessed_however_late_the_second_comes() {
    let (project, bytes) = project("T\u{177}".as_bytes(), b"caf\xe9");
    let said = format!(
        "is partly UTF-8 and partly not: line {} holds bytes",
        ROWS + 1
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(65)
        .says(&["file.unreadable", &said]);
    // Letters of one encoding at both ends are right.
    let right = String::from_utf8(bytes[..bytes.len() - 60].to_vec()).unwrap();
    let right = right.rsplit_once('\n').unwrap().0;
    project.write("oak/workers.csv", right);
    project.ingest(&["oak"], PERIOD).ends(0);
    assert_eq!(digest(&project, 1), sha256(right.as_bytes()));
}

#[test]
fn an_open_quotation_mark_rejects_the_return_with_the_digest_of_all_of_it() {
    let (project, _) = project(b"first", b"\"last");
    project.write("ash/workplaces.csv", workplace("ASH", "A1", "independent"));
    project
        .ingest(&["oak", "ash"], PERIOD)
        .ends(20)
        .says(&["ends inside quotation marks"]);
    let manifest = project.json(&format!("store/period={PERIOD}/0001.json"));
    let oak = &manifest["returns"][1];
    assert_eq!(oak["status"], "rejected");
    let bytes = workers(b"first", b"\"last");
    assert_eq!(oak["files"][0]["sha256"], sha256(&bytes));
}
