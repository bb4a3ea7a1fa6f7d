//! The statutory test of pay periods: worked examples, edges, and what it says
//! of what is missing.

use std::collections::BTreeMap;

use crate::pay_rows::{NOVEMBER, judged, wage_test, week};
use crate::util::{Project, Row, find, fixture, rows};

/// The worked examples, each row by the id that it has in the fixture.
fn examples(project: &Project) -> BTreeMap<String, Row> {
    project
        .ingest(&[&fixture("nmw/return")], NOVEMBER)
        .ends(0)
        .says(&["0 errors, 0 warnings"]);
    let text = std::fs::read_to_string(fixture("nmw/return/pay_periods.csv")).unwrap();
    let ids: Vec<String> = rows(&text)
        .iter()
        .map(|row| row["worker_ref"].clone())
        .collect();
    let lines = project.query("SELECT worker_key, source_row FROM pay_periods");
    let made = rows(&wage_test(project, &[]));
    lines
        .iter()
        .map(|line| {
            let id = ids[line["source_row"].parse::<usize>().unwrap() - 2].clone();
            let key = line["worker_key"].as_str();
            (id, find(&made, &[("worker_key", key)]).clone())
        })
        .collect()
}

#[test]
fn worked_examples_come_out_to_the_penny() {
    let project = Project::new();
    let made = examples(&project);
    let expected = rows(&std::fs::read_to_string(fixture("nmw/expected.csv")).unwrap());
    assert_eq!((made.len(), expected.len()), (21, 21));
    for wanted in expected {
        let row = &made[&wanted["id"]];
        for column in [
            "band",
            "floor",
            "counted_pay",
            "counted_hours",
            "effective_rate",
            "result",
            "shortfall",
        ] {
            let (id, point) = (&wanted["id"], &wanted["point"]);
            assert_eq!(row[column], wanted[column], "{id}, {column}: {point}");
        }
    }
}

#[test]
fn reasons_name_what_a_result_rests_on() {
    let project = Project::new();
    let made = examples(&project);
    for (id, words) in [
        ("01a", "Time work. Meets: "),
        ("03", "Taken out: premium 15.20."),
        (
            "08a",
            "Taken out: accommodation charged above the offset 22.30.",
        ),
        ("08b", "Added for free accommodation: 77.70."),
        ("09a", "Taken out: allowances 360.00."),
        (
            "10",
            "Salaried hours: basic-hours test only: hours beyond the year's basic hours are not tested.",
        ),
        (
            "11a",
            "Taken out: allowances 15.00, absence_pay 103.20, expenses 18.00.",
        ),
        (
            "11b",
            "Below: the pay that counts is less than the hours that count ask for.",
        ),
        (
            "12a",
            "Unmeasured work: rests on hours given or a written daily average agreement.",
        ),
        (
            "12b",
            "Not given and counted as 0: hours_training, hours_awake_sleep_in, premium,",
        ),
    ] {
        let reason = &made[id]["reason"];
        assert!(reason.contains(words), "{id}: {reason}");
    }
}

#[test]
fn a_penny_or_a_minute_decides() {
    let project = Project::new();
    let made = judged(
        &project,
        &[
            week(&[("gross_pay", "476.6249")]),
            week(&[("gross_pay", "476.6250")]),
            week(&[("gross_pay", "476.6251")]),
            week(&[("gross_pay", "635.50"), ("hours_work", "49.9833")]),
            week(&[("gross_pay", "635.50"), ("hours_work", "50")]),
            week(&[("gross_pay", "635.50"), ("hours_work", "50.0167")]),
            week(&[("gross_pay", "10.00"), ("deductions_own_use", "60.00")]),
        ],
        &[],
    );
    let told: Vec<(&str, &str)> = made
        .iter()
        .map(|row| (row["result"].as_str(), row["shortfall"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("below", "0.01"),
            ("meets", "0.00"),
            ("meets", "0.00"),
            ("meets", "0.00"),
            ("meets", "0.00"),
            ("below", "0.22"),
            ("below", "526.63"),
        ]
    );
    assert_eq!(made[0]["effective_rate"], "12.7100");
    assert_eq!(made[6]["counted_pay"], "-50.0000");
}

#[test]
fn what_is_missing_cannot_be_told() {
    let project = Project::new();
    let made = judged(
        &project,
        &[
            week(&[("gross_pay", "")]),
            week(&[("hours_work", "")]),
            week(&[("hours_work", "0")]),
            week(&[("period_end", "2026-06-04")]),
            week(&[("period_end", "2026-06-03")]),
            week(&[]).worker("2010-05-05,,"),
            week(&[("gross_pay", "400.00")]).worker(",,"),
            week(&[("gross_pay", "200.00")]).worker(",,"),
            week(&[]).nobody(),
            week(&[("gross_pay", "400.00")]).nobody(),
        ],
        &[],
    );
    for (at, (result, words)) in [
        ("cannot_tell", "gross_pay is not given"),
        ("cannot_tell", "hours_work is not given"),
        ("cannot_tell", "no hours count"),
        ("cannot_tell", "at most 31 days"),
        ("meets", "Meets"),
        ("cannot_tell", "no rate applies"),
        ("cannot_tell", "rates from 8.00 to 12.71 an hour"),
        ("below", "Several rates could apply and agree"),
        ("meets", "Several rates could apply and agree"),
        ("cannot_tell", "rates from 8.00 to 12.71 an hour"),
    ]
    .iter()
    .enumerate()
    {
        let row = &made[at];
        assert_eq!(row["result"], *result, "{at}: {row:?}");
        assert!(row["reason"].contains(words), "{at}: {row:?}");
        assert_eq!(
            row["shortfall"].is_empty(),
            *result == "cannot_tell",
            "{row:?}"
        );
    }
    // Where the possible rates agree the lowest stands, otherwise none.
    let shown = |at: usize| (made[at]["band"].as_str(), made[at]["floor"].as_str());
    assert_eq!(shown(6), ("", ""));
    assert_eq!(shown(7), ("16_17", "8.0000"));
    assert_eq!(shown(0), ("nlw", "12.7100"));
}

#[test]
fn unpaid_travel_that_is_not_given_is_never_a_pass() {
    let project = Project::new();
    let silent = [("hours_travel", ""), ("gross_pay", "500.00")];
    let mut pay: Vec<_> = ["domiciliary", "supported_living", "extra_care", ""]
        .map(|service| week(&silent).service(service))
        .to_vec();
    pay.push(week(&silent).service("residential"));
    pay.push(week(&[("hours_waiting", ""), ("gross_pay", "500.00")]));
    // The minutes in the sentence are exact: so many still meet, one more does not.
    pay.push(week(&[("hours_travel", "1.8333"), ("gross_pay", "500.00")]));
    pay.push(week(&[("hours_travel", "1.8500"), ("gross_pay", "500.00")]));
    pay.push(week(&[("hours_travel", ""), ("gross_pay", "476.62")]));
    pay.push(week(&[("hours_travel", ""), ("gross_pay", "476.84")]));
    let made = judged(&project, &pay, &[]);
    let results: Vec<&str> = made.iter().map(|row| row["result"].as_str()).collect();
    let unknown = "cannot_tell";
    assert_eq!(
        results,
        [
            unknown, unknown, unknown, unknown, "meets", unknown, "meets", "below", "below",
            unknown
        ]
    );
    for (at, words) in [
        (
            0,
            "hours_travel is not given; meets only if unpaid working time is at most 110 minutes.",
        ),
        (
            5,
            "hours_waiting is not given; meets only if unpaid working time is at most 110 minutes.",
        ),
        (9, "meets only if unpaid working time is at most 1 minute."),
    ] {
        assert!(made[at]["reason"].contains(words), "{:?}", made[at]);
    }
    // The rate shown is then the most that it can be.
    assert_eq!(made[0]["effective_rate"], "13.3333");
}

#[test]
fn apprentices_have_their_rate_under_19_or_in_their_first_year() {
    let project = Project::new();
    let pay = [("gross_pay", "400.00")];
    let made = judged(
        &project,
        &[
            week(&pay).worker("2004-01-20,yes,2025-05-05"),
            week(&pay).worker("2004-01-20,yes,2025-05-04"),
            week(&pay).worker("2007-05-05,yes,2020-01-01"),
            week(&pay).worker("2007-05-04,yes,2020-01-01"),
            week(&pay).worker("2004-01-20,yes,2026-05-05"),
            week(&pay).worker("2004-01-20,yes,"),
            week(&pay).worker("2004-01-20,no,2026-01-01"),
            week(&pay).worker("2004-01-20,no,2024-01-01"),
            week(&pay).worker("2004-01-20,,2026-01-01"),
        ],
        &[],
    );
    let told: Vec<(&str, &str)> = made
        .iter()
        .map(|row| (row["band"].as_str(), row["result"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("apprentice", "meets"),
            ("nlw", "below"),
            ("apprentice", "meets"),
            ("18_20", "below"),
            ("nlw", "below"),
            ("", "cannot_tell"),
            ("", "cannot_tell"),
            ("nlw", "below"),
            ("apprentice", "meets"),
        ]
    );
}

#[test]
fn days_of_accommodation_that_there_are_not_are_told_with_the_result() {
    let project = Project::new();
    let days = |days: &'static str| {
        week(&[
            ("accommodation_days", days),
            ("accommodation_charge", "free"),
            ("gross_pay", "380.00"),
        ])
    };
    let made = judged(&project, &[days("7"), days("31")], &[]);
    let told = "accommodation_days is more than the period has.";
    assert!(!made[0]["reason"].contains(told), "{:?}", made[0]);
    assert!(made[1]["reason"].contains(told), "{:?}", made[1]);
}

#[test]
fn rates_of_a_file_apply_from_their_day() {
    let project = Project::new();
    project.write(
        "new.csv",
        "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence\n\
         accommodation_offset,,,,12.00,,2026-07-01,,,an invented letter,verified\n\
         nlw_nmw,nlw,18,,14.00,,2026-10-01,,,an invented letter,verified\n\
         nlw_nmw,16_17,16,17,9.00,,2026-10-01,,,an invented letter,verified\n\
         nlw_nmw,apprentice,16,,9.00,,2026-10-01,,,an invented letter,verified\n",
    );
    let free = [
        ("accommodation_days", "7"),
        ("accommodation_charge", "free"),
    ];
    let july = [("period_start", "2026-07-06"), ("period_end", "2026-07-12")];
    let after = [("period_start", "2026-10-01"), ("period_end", "2026-10-07")];
    let before = [("period_start", "2026-09-30"), ("period_end", "2026-10-07")];
    let pay = [
        week(&free),
        week(&free).with(&july),
        week(&[("gross_pay", "520.00")]).with(&before),
        week(&[("gross_pay", "520.00")]).with(&after),
        week(&[("gross_pay", "520.00")])
            .with(&after)
            .worker("2008-01-01,,"),
    ];
    let made = judged(&project, &pay, &["--rates", "new.csv"]);
    let told: Vec<(&str, &str, &str)> = made
        .iter()
        .map(|row| {
            let of = |column: &str| row[column].as_str();
            (of("counted_pay"), of("floor"), of("result"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("557.7000", "12.7100", "meets"),
            ("564.0000", "12.7100", "meets"),
            ("520.0000", "12.7100", "meets"),
            ("520.0000", "14.0000", "below"),
            ("520.0000", "14.0000", "below"),
        ]
    );
}

#[test]
fn single_workers_stay_inside() {
    let project = Project::new();
    project.ingest(&[&fixture("nmw/return")], NOVEMBER).ends(0);
    for name in [
        "wage_test",
        "wage_arrears",
        "wage_arrears_providers",
        "wage_test_providers",
    ] {
        project
            .run(&["query", name])
            .ends(64)
            .says(&["shows single providers or people"]);
    }
}
