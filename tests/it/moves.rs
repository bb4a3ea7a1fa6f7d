//! Workers who move inside their provider, or get another reference, are the
//! same people: neither leavers nor joiners.

use crate::util::{PERIOD, Project};

const BEFORE: &str = "2025-09-30";
const PLACES: &str = "LOCALESTID,STATUS,ESTNAME,ESTTYPE,PROVNUM,LOCATIONID,MAINSERVICE,TOTALPERMTEMP,ALLJOBROLES,STARTERS,LEAVERS,VACANCIES\n";
const STAFF: &str = "LOCALESTID,UNIQUEWORKERID,CHGUNIQUEWRKID,TRANSFERSTAFFRECORD,STATUS,DOB,STARTDATE,APPRENTICE,EMPLSTATUS,ZEROHRCONT,SALARYINT,SALARY,HOURLYRATE,MAINJOBROLE,CONTHOURS,AVGHOURS\n";

/// A return of the places P1 and P2 of one provider; each worker is place,
/// reference, new reference, place to move to and rate.
fn sent(project: &Project, leavers: u32, workers: &[[&str; 5]]) {
    let place =
        |id: &str, leavers: u32| format!("{id},UPDATE,Oak {id},6,OAK,,2,999,8,0,{leavers},0\n");
    let places = format!("{PLACES}{}{}", place("P1", leavers), place("P2", 0));
    project.write("oak/workplace.csv", places);
    let mut text = STAFF.to_owned();
    for [place, reference, renamed, moved, rate] in workers {
        text.push_str(&format!(
            "{place},{reference},{renamed},{moved},UPDATE,,,,1,2,3,,{rate},8,37,\n"
        ));
    }
    project.write("oak/staff.csv", text);
}

fn keys(project: &Project, period: &str) -> Vec<String> {
    let sql = "SELECT worker_key, workplace_id FROM workers ORDER BY worker_key";
    let args = ["query", sql, "--period", period, "--format", "csv"];
    let rows = crate::util::rows(&project.run(&args).ends(0).stdout);
    rows.iter().map(|row| row["worker_key"].clone()).collect()
}

#[test]
fn a_renamed_worker_is_known_by_the_new_reference_and_held_against_the_old_one() {
    let project = Project::new();
    sent(
        &project,
        0,
        &[["P1", "a", "", "", "12.71"], ["P1", "b", "", "", "12.71"]],
    );
    project.ingest(&["oak"], BEFORE).ends(0);
    // Renamed in the second period: the rate of c is that of b, three times over.
    sent(
        &project,
        0,
        &[["P1", "a", "", "", "13.10"], ["P1", "b", "c", "", "39.00"]],
    );
    project
        .ingest(&["oak"], PERIOD)
        .ends(10)
        .says(&["staff.csv, row 3, HOURLYRATE", "workers.pay_rate.tripled"])
        .never_says(&["file.unknown_column", "workers.worker_ref"]);
    assert_ne!(keys(&project, BEFORE), keys(&project, PERIOD));
    let renamed = keys(&project, PERIOD);
    // The next file has the new reference alone, and it is the same worker.
    sent(
        &project,
        0,
        &[["P1", "a", "", "", "13.10"], ["P1", "c", "", "", "39.00"]],
    );
    project.ingest(&["oak"], PERIOD);
    assert_eq!(keys(&project, PERIOD), renamed);
}

#[test]
fn a_transferred_worker_counts_where_the_transfer_leads_and_neither_joins_nor_leaves() {
    let project = Project::new();
    let all: Vec<String> = (0..12).map(|number| format!("w{number}")).collect();
    let staff = |moved: &'static str, rate: &'static str| -> Vec<[&str; 5]> {
        let workers = all
            .iter()
            .map(|reference| ["P1", reference.as_str(), "", moved, rate]);
        workers.collect()
    };
    sent(&project, 0, &staff("", "12.71"));
    project.ingest(&["oak"], BEFORE).ends(0);
    sent(&project, 0, &staff("P2", "12.71"));
    // The same people with the same rates as a year before, in another place.
    project
        .ingest(&["oak"], PERIOD)
        .ends(10)
        .says(&["workers.pay_rate.unchanged", "12 workers"])
        .never_says(&["workers.provider_id.staff", "flows.leavers"]);
    assert_eq!(keys(&project, BEFORE), keys(&project, PERIOD));
    let moved = "SELECT count(*) FROM workers WHERE workplace_id = 'P2'";
    assert_eq!(project.value(moved), "12");
    // As many leavers as were transferred: then they may have been counted.
    sent(&project, 12, &staff("P2", "13.10"));
    project.ingest(&["oak"], PERIOD).ends(10).says(&[
        "flows.leavers.moved",
        "workplace P1: 12 leavers, 12 workers transferred",
    ]);
}
