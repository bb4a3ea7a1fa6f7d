//! Returns of pay periods, and what the statutory test says of each of them.

use std::collections::BTreeMap;

use crate::util::{Project, Row, rows};

/// The period of these returns: after every pay period in them.
pub const NOVEMBER: &str = "2026-11-30";

/// One worker with one pay period: an adult's plain week of time work in home
/// care, unless said otherwise.
#[derive(Clone, Debug)]
pub struct PayRow {
    service: &'static str,
    worker: Option<String>,
    cells: BTreeMap<&'static str, String>,
}

/// A week with these cells.
pub fn week(cells: &[(&'static str, &str)]) -> PayRow {
    let plain = [
        ("period_start", "2026-05-04"),
        ("period_end", "2026-05-10"),
        ("work_type", "time"),
        ("hours_work", "37.5"),
        ("hours_travel", "0"),
        ("hours_waiting", "0"),
        ("gross_pay", "480.00"),
    ];
    let row = PayRow {
        service: "domiciliary",
        worker: Some("1991-02-14,,".to_owned()),
        cells: BTreeMap::new(),
    };
    row.with(&plain).with(cells)
}

impl PayRow {
    pub fn with(mut self, cells: &[(&'static str, &str)]) -> PayRow {
        for (column, text) in cells {
            self.cells.insert(column, (*text).to_owned());
        }
        self
    }

    /// Another service of the workplace; empty for not known.
    pub fn service(mut self, service: &'static str) -> PayRow {
        self.service = service;
        self
    }

    /// Birth date, apprentice and `apprenticeship_start`.
    pub fn worker(mut self, text: &str) -> PayRow {
        self.worker = Some(text.to_owned());
        self
    }

    /// Not in the workers file.
    pub fn nobody(mut self) -> PayRow {
        self.worker = None;
        self
    }
}

/// Writes the rows as one return, numbered from 0 in the order of `order`.
pub fn write(project: &Project, folder: &str, rows: &[PayRow], order: &[usize]) {
    let mut places: Vec<&str> = rows.iter().map(|row| row.service).collect();
    places.sort_unstable();
    places.dedup();
    let places = places
        .iter()
        .map(|service| format!("PAY,W-{service},independent,{service}\n"));
    let places: String = places.collect();
    project.write(
        &format!("{folder}/workplaces.csv"),
        format!("provider_id,workplace_id,sector,service\n{places}"),
    );
    let mut columns: Vec<&str> = rows
        .iter()
        .flat_map(|row| row.cells.keys().copied())
        .collect();
    columns.sort_unstable();
    columns.dedup();
    let mut workers =
        "provider_id,workplace_id,worker_ref,role,birth_date,apprentice,apprenticeship_start\n"
            .to_owned();
    let mut periods = format!(
        "provider_id,workplace_id,worker_ref,{}\n",
        columns.join(",")
    );
    for at in order {
        let row = &rows[*at];
        if let Some(worker) = &row.worker {
            let service = row.service;
            workers.push_str(&format!("PAY,W-{service},{at},care_worker,{worker}\n"));
        }
        let cells = columns
            .iter()
            .map(|column| row.cells.get(column).map_or("", String::as_str));
        let cells: Vec<&str> = cells.collect();
        periods.push_str(&format!("PAY,W-{},{at},{}\n", row.service, cells.join(",")));
    }
    project.write(&format!("{folder}/workers.csv"), workers);
    project.write(&format!("{folder}/pay_periods.csv"), periods);
}

/// `wage_test` as CSV.
pub fn wage_test(project: &Project, more: &[&str]) -> String {
    let mut args = vec!["query", "wage_test", "--restricted", "--format", "csv"];
    args.extend(more);
    project.run(&args).ends(0).stdout
}

/// What `wage_test` says of each row, in their order.
pub fn judged(project: &Project, pay: &[PayRow], more: &[&str]) -> Vec<Row> {
    let order: Vec<usize> = (0..pay.len()).collect();
    write(project, "pay", pay, &order);
    let ran = project.ingest(&["pay"], NOVEMBER);
    assert!([0, 10].contains(&ran.code), "{}", ran.stderr);
    let lines = project.query("SELECT worker_key, source_row FROM pay_periods");
    let lines: BTreeMap<String, usize> = lines
        .iter()
        .map(|row| {
            let line: usize = row["source_row"].parse().unwrap();
            (row["worker_key"].clone(), line - 2)
        })
        .collect();
    let mut made = rows(&wage_test(project, more));
    assert_eq!(made.len(), pay.len());
    made.sort_by_key(|row| lines[&row["worker_key"]]);
    made
}
