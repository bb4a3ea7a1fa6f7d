//! Every row that was read is accounted for, whatever is in the file.

use proptest::prelude::*;

use crate::util::{PERIOD, Project, workplace};

/// One line of a workers file.
#[derive(Clone, Copy, Debug)]
enum Line {
    Good,
    Blank,
    UnknownRole,
    NoReference,
    NoSuchWorkplace,
    UnreadablePay,
    PayInPence,
    StartsLater,
    TooManyCells,
    TooFewCells,
    Warned,
    BrokenAcrossLines,
    /// The key of the line this many lines before it.
    SameAs(usize),
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        6 => Just(Line::Good),
        1 => Just(Line::Blank),
        1 => Just(Line::UnknownRole),
        1 => Just(Line::NoReference),
        1 => Just(Line::NoSuchWorkplace),
        1 => Just(Line::UnreadablePay),
        1 => Just(Line::PayInPence),
        1 => Just(Line::StartsLater),
        1 => Just(Line::TooManyCells),
        1 => Just(Line::TooFewCells),
        1 => Just(Line::Warned),
        1 => Just(Line::BrokenAcrossLines),
        2 => (1_usize..6).prop_map(Line::SameAs),
    ]
}

/// The text of the file, and how many rows are accepted, rejected and blank.
fn file(lines: &[Line]) -> (String, [u64; 3]) {
    let mut text =
        "provider_id,workplace_id,worker_ref,role,zero_hours,contracted_hours,start_date,pay_basis,pay_rate\n".to_owned();
    let mut keys: Vec<Option<String>> = Vec::new();
    let mut fit = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let row =
            |reference: &str, role: &str, rest: &str| format!("OAK,P1,{reference},{role},{rest}\n");
        let own = format!("w{number}");
        let plain = "no,37,2020-01-01,hourly,12.71";
        let good = !matches!(
            line,
            Line::Blank
                | Line::UnknownRole
                | Line::NoReference
                | Line::NoSuchWorkplace
                | Line::UnreadablePay
                | Line::PayInPence
                | Line::StartsLater
                | Line::TooManyCells
                | Line::BrokenAcrossLines
        );
        let mut key = good.then(|| own.clone());
        text.push_str(&match line {
            Line::Good => row(&own, "care_worker", plain),
            Line::Blank => " ,,,,,,,,\n".to_owned(),
            Line::UnknownRole => row(&own, "wizard", plain),
            Line::NoReference => row("", "care_worker", plain),
            Line::NoSuchWorkplace => format!("OAK,P9,{own},care_worker,{plain}\n"),
            Line::UnreadablePay => row(&own, "care_worker", "no,37,2020-01-01,hourly,about 12"),
            Line::PayInPence => row(&own, "care_worker", "no,37,2020-01-01,hourly,1271"),
            Line::StartsLater => row(&own, "care_worker", "no,37,2030-01-01,hourly,12.71"),
            Line::TooManyCells => row(
                &own,
                "care_worker",
                "no,37,2020-01-01,hourly,12.71,and more",
            ),
            Line::TooFewCells => row(&own, "care_worker", "no,37"),
            Line::Warned => row(&own, "care_worker", "yes,37,2020-01-01,hourly,12.71"),
            Line::BrokenAcrossLines => row(&format!("\"{own}\nx\""), "care_worker", plain),
            Line::SameAs(before) => {
                let other = number.checked_sub(*before).and_then(|at| keys[at].clone());
                key = Some(other.unwrap_or(own));
                row(key.as_deref().unwrap(), "care_worker", plain)
            }
        });
        if matches!(line, Line::BrokenAcrossLines) {
            // No other line has this reference.
            key = None;
        }
        fit.push(good);
        keys.push(key);
    }
    let twice = |key: &String| keys.iter().flatten().filter(|other| *other == key).count() > 1;
    let accepted = fit
        .iter()
        .zip(&keys)
        .filter(|(fit, key)| **fit && !key.as_ref().is_some_and(twice))
        .count();
    let blank = lines
        .iter()
        .filter(|line| matches!(line, Line::Blank))
        .count();
    let counts = [accepted, lines.len() - accepted - blank, blank];
    (text, counts.map(|count| count as u64))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_read_are_rows_accepted_rejected_blank_and_skipped(
        first in prop::collection::vec(line(), 0..40),
        second in prop::collection::vec(line(), 0..10),
    ) {
        let project = Project::new();
        let mut accepted = 0;
        let mut rejected = 0;
        for (id, lines) in [("first", &first), ("second", &second)] {
            let provider = id.to_uppercase();
            let (text, counts) = file(lines);
            project.write(&format!("in/{id}/workplaces.csv"), workplace(&provider, "P1", "nhs"));
            project.write(&format!("in/{id}/workers.csv"), text.replace("OAK,", &format!("{provider},")));
            accepted += counts[0];
            rejected += counts[1];
        }
        let code = project.ingest(&["in"], PERIOD).code;
        let manifest = project.json(&format!("store/period={PERIOD}/0001.json"));
        for (entry, lines) in manifest["returns"].as_array().unwrap().iter().zip([&first, &second]) {
            for file in entry["files"].as_array().unwrap() {
                let count = |name: &str| file[format!("rows_{name}")].as_u64().unwrap();
                prop_assert_eq!(
                    count("read"),
                    count("accepted") + count("rejected") + count("blank") + count("skipped")
                );
                if file["file"] == "workers.csv" {
                    let (_, expected) = self::file(lines);
                    prop_assert_eq!([count("accepted"), count("rejected"), count("blank")], expected);
                    prop_assert_eq!(count("read"), lines.len() as u64);
                }
            }
        }
        let stored = manifest["files"].as_array().unwrap().iter();
        for (table, expected) in [("workers", accepted), ("rejects", rejected)] {
            let mut files = stored.clone();
            let ending = format!("/{table}.parquet");
            let file = files.find(|file| file["name"].as_str().unwrap().ends_with(&ending)).unwrap();
            prop_assert_eq!(file["rows"].as_u64().unwrap(), expected);
        }
        let rows = project.value("SELECT count(*) FROM workers");
        prop_assert_eq!(rows, accepted.to_string());
        let warned = first.iter().chain(&second).any(|line| matches!(line, Line::Warned | Line::TooFewCells));
        prop_assert_eq!(code, if rejected > 0 { 20 } else if warned { 10 } else { 0 });
    }
}

#[test]
fn a_row_marked_as_deleted_and_a_file_that_is_not_needed_are_skipped_and_counted() {
    let project = Project::new();
    let staff = std::fs::read_to_string(crate::util::fixture("asc-wds/example_staff.csv")).unwrap();
    for file in ["workplace", "training"] {
        let text =
            std::fs::read(crate::util::fixture(&format!("asc-wds/example_{file}.csv"))).unwrap();
        project.write(&format!("in/{file}.csv"), text);
    }
    project.write("in/staff.csv", staff.replacen("A2,NEW", "A2,DELETE", 1));
    let ran = project.ingest(&["in"], PERIOD);
    let manifest = project.json(&format!("store/period={PERIOD}/0001.json"));
    let files = manifest["returns"][0]["files"].as_array().unwrap();
    let counts = |name: &str| {
        let file = files.iter().find(|file| file["file"] == name).unwrap();
        ["read", "accepted", "skipped"].map(|count| file[format!("rows_{count}")].as_u64().unwrap())
    };
    assert_eq!(counts("staff.csv"), [12, 11, 1], "{}", ran.stderr);
    assert_eq!(counts("training.csv"), [2, 0, 2], "{}", ran.stderr);
    assert_eq!(counts("workplace.csv"), [3, 3, 0], "{}", ran.stderr);
}
