//! Arrears at the rates of a notice's date, and their sums by provider.

use crate::pay_rows::{NOVEMBER, PayRow, judged, week};
use crate::util::{Project, Row, find, fixture, rows};

fn arrears(project: &Project, name: &str, more: &[&str]) -> Vec<Row> {
    let mut args = vec!["query", name, "--restricted", "--format", "csv"];
    args.extend(more);
    rows(&project.run(&args).ends(0).stdout)
}

/// A month from this day, with so much pay for so many hours.
fn month(start: &'static str, end: &'static str, hours: &str, pay: &str) -> PayRow {
    week(&[
        ("period_start", start),
        ("period_end", end),
        ("hours_work", hours),
        ("gross_pay", pay),
    ])
}

#[test]
fn an_old_shortfall_is_taken_to_the_rate_of_the_notice() {
    let project = Project::new();
    project.ingest(&[&fixture("nmw/return")], NOVEMBER).ends(0);
    let made = arrears(
        &project,
        "wage_arrears",
        &["--param", "notice_date=2026-11-02"],
    );
    let row = find(&made, &[("period_start", "2023-11-01")]);
    for (column, text) in [
        ("shortfall", "120.00"),
        ("floor", "10.4200"),
        ("notice_rate", "12.7100"),
        ("arrears", "146.37"),
        ("penalty", "240.00"),
        ("prompt_penalty", "120.00"),
        ("reach", "within"),
    ] {
        assert_eq!(row[column], text, "{column}");
    }
    // Without a date it is the edition's own.
    let made = arrears(&project, "wage_arrears", &[]);
    assert!(made.iter().all(|row| row["notice_date"] == NOVEMBER));
}

#[test]
fn published_cases_of_arrears_come_out() {
    let project = Project::new();
    // The first case is older than the built-in rates; its bands below the adult one are not needed.
    project.write(
        "old.csv",
        "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence\n\
         nlw_nmw,22_plus,22,,5.80,,2009-10-01,,,a guide to arrears,verified\n\
         nlw_nmw,18_21,18,21,4.83,,2009-10-01,,,a guide to arrears,verified\n\
         nlw_nmw,16_17,16,17,3.57,,2009-10-01,,,a guide to arrears,verified\n\
         nlw_nmw,apprentice,16,,2.50,,2009-10-01,,,invented: there was none yet,memory\n",
    );
    let pay = [
        month("2010-06-01", "2010-06-30", "40", "200.00").worker("1960-01-01,,"),
        month("2022-06-01", "2022-06-30", "35", "250.00"),
    ];
    judged(&project, &pay, &["--rates", "old.csv"]);
    let of = |day: &str, start: &str| {
        let day = format!("notice_date={day}");
        let more = ["--rates", "old.csv", "--param", &day];
        let made = arrears(&project, "wage_arrears", &more);
        let row = find(&made, &[("period_start", start)]);
        (row["shortfall"].clone(), row["arrears"].clone())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(of("2011-02-01", "2010-06-01"), pair("32.00", "32.72"));
    assert_eq!(of("2023-06-01", "2022-06-01"), pair("82.50", "90.49"));
    // A notice at the rates of the period adds nothing.
    assert_eq!(of("2023-03-31", "2022-06-01"), pair("82.50", "82.50"));
}

#[test]
fn the_age_then_and_the_bands_now_give_the_rate() {
    let project = Project::new();
    let twenties = ("2020-05-01", "2020-05-31");
    let pay = [
        // 22 in the band 21_24, which is gone; 25 today and 20 then; an apprentice then.
        month(twenties.0, twenties.1, "100", "800.00").worker("1998-01-01,,"),
        month(twenties.0, twenties.1, "100", "600.00").worker("2000-01-01,,"),
        month(twenties.0, twenties.1, "100", "400.00").worker("2000-01-01,yes,2020-01-01"),
    ];
    let made = judged(&project, &pay, &[]);
    let keys: Vec<&str> = made.iter().map(|row| row["worker_key"].as_str()).collect();
    let made = arrears(&project, "wage_arrears", &[]);
    let told = |key: &str| {
        let row = find(&made, &[("worker_key", key)]);
        let of = |column: &str| row[column].clone();
        [
            of("band"),
            of("notice_band"),
            of("shortfall"),
            of("arrears"),
        ]
    };
    assert_eq!(told(keys[0]), ["21_24", "nlw", "20.00", "31.00"]);
    assert_eq!(told(keys[1]), ["18_20", "18_20", "45.00", "75.70"]);
    assert_eq!(
        told(keys[2]),
        ["apprentice", "apprentice", "15.00", "28.92"]
    );
}

#[test]
fn penalties_go_by_the_start_of_the_period_and_stop_at_their_caps() {
    let project = Project::new();
    let pay = [
        month("2014-03-06", "2014-03-31", "100", "600.00"),
        month("2014-03-07", "2014-03-31", "100", "600.00"),
        month("2016-03-31", "2016-04-20", "100", "600.00"),
        month("2016-04-01", "2016-04-20", "100", "600.00"),
        month("2026-05-01", "2026-05-31", "700", "0.00").with(&[("deductions_own_use", "9000.00")]),
        month("2026-05-02", "2026-05-31", "100", "1270.99"),
    ];
    judged(&project, &pay, &[]);
    let made = arrears(&project, "wage_arrears", &[]);
    for (start, percent, penalty, reach) in [
        ("2014-03-06", "50", "15.50", "beyond"),
        ("2014-03-07", "100", "31.00", "beyond"),
        ("2016-03-31", "100", "70.00", "beyond"),
        ("2016-04-01", "200", "240.00", "beyond"),
        ("2026-05-01", "200", "35794.00", "within"),
        ("2026-05-02", "200", "0.02", "within"),
    ] {
        let row = find(&made, &[("period_start", start)]);
        assert_eq!(
            (
                row["penalty_pct"].as_str(),
                row["penalty"].as_str(),
                row["reach"].as_str()
            ),
            (percent, penalty, reach),
            "{start}"
        );
    }
    // At the time of the old periods: 50% of 31.00, 100% of 31.00 and 70.00, 200% of 120.00.
    let then = arrears(
        &project,
        "wage_arrears_providers",
        &["--param", "notice_date=2016-06-01"],
    );
    assert_eq!(then[0]["penalty"], "20356.52");
    // Today only the two last are in reach: one at its cap, the other at its two pence.
    let now = arrears(&project, "wage_arrears_providers", &[]);
    for (column, text) in [
        ("workers", "2"),
        ("periods", "2"),
        ("periods_out_of_reach", "4"),
        ("shortfall", "17897.01"),
        ("penalty", "20000.02"),
        ("prompt_penalty", "10000.01"),
        ("naming", "above"),
    ] {
        assert_eq!(now[0][column], text, "{column}");
    }
}

#[test]
fn a_notice_has_a_least_penalty_and_a_place_its_reach() {
    let project = Project::new();
    let pay = [month("2021-05-01", "2021-05-31", "100", "890.00")];
    judged(&project, &pay, &[]);
    let made = arrears(&project, "wage_arrears", &[]);
    // Between five and six years ago in a place that is not known.
    assert_eq!(made[0]["reach"], "cannot_tell");
    let made = arrears(&project, "wage_arrears_providers", &[]);
    for (column, text) in [
        ("periods_reach_unknown", "1"),
        ("shortfall", "1.00"),
        ("penalty", "100.00"),
        ("prompt_penalty", "50.00"),
        ("naming", "below"),
    ] {
        assert_eq!(made[0][column], text, "{column}");
    }
}
