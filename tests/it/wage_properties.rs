//! What must hold of the statutory test whatever is in a return.

use proptest::prelude::*;

use crate::pay_rows::{NOVEMBER, PayRow, judged, wage_test, week, write};
use crate::util::{Project, Row, scaled};

/// Ten-thousandths as text.
fn text(amount: i64) -> String {
    format!("{}.{:04}", amount / 10_000, amount % 10_000)
}

/// A row of hours, pay, taken out, birth year, service and what is missing;
/// and the same with a minute more and with a pound more.
fn variants(row: &(i64, i64, i64, i64, usize, bool)) -> [PayRow; 3] {
    let (hours, pay, out, born, service, silent) = *row;
    let services = ["domiciliary", "residential", ""];
    let made = |hours: i64, pay: i64| {
        let born = if born == 2011 {
            String::new()
        } else {
            format!("{born}-05-04")
        };
        week(&[
            ("hours_work", &text(hours)),
            ("gross_pay", &text(pay)),
            ("deductions_own_use", &text(out)),
            ("hours_travel", if silent { "" } else { "1.5" }),
        ])
        .service(services[service])
        .worker(&format!("{born},,"))
    };
    [
        made(hours, pay),
        made(hours + 167, pay),
        made(hours, pay + 10_000),
    ]
}

fn rank(row: &Row) -> Option<u8> {
    match row["result"].as_str() {
        "below" => Some(0),
        "meets" => Some(1),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_minute_more_never_helps_and_a_pound_more_never_hurts(
        pay in prop::collection::vec(
            (1_i64..800_000, 0_i64..9_000_000, prop_oneof![Just(0_i64), 0_i64..500_000], 1990_i64..2012, 0_usize..3, any::<bool>()),
            400,
        )
    ) {
        // Half of the pay within pennies of what the adult rate asks for.
        let near = pay.iter().enumerate().map(|(at, row)| {
            let (hours, pay, out, born, service, silent) = *row;
            let asked = (hours + if silent { 0 } else { 15_000 }) * 1271 / 100 + out;
            (hours, if at % 2 == 0 { asked + pay % 300 - 150 } else { pay }, out, born, service, silent)
        });
        let near: Vec<_> = near.map(|row| (row.0, row.1.max(0), row.2, row.3, row.4, row.5)).collect();
        let rows: Vec<PayRow> = near.iter().flat_map(variants).collect();
        let project = Project::new();
        let made = judged(&project, &rows, &[]);
        for three in made.chunks(3) {
            let [plain, longer, richer] = three else { unreachable!() };
            let rate = |row: &Row| scaled(&row["effective_rate"]);
            if !plain["counted_pay"].starts_with('-') {
                prop_assert!(rate(longer) <= rate(plain), "{plain:?} {longer:?}");
            }
            prop_assert!(rate(richer) >= rate(plain), "{plain:?} {richer:?}");
            if rank(plain) == Some(0) {
                prop_assert_eq!(rank(longer), Some(0), "{:?} {:?}", plain, longer);
            } else {
                prop_assert!(rank(richer) != Some(0), "{plain:?} {richer:?}");
            }
            if rank(plain) == Some(1) {
                prop_assert_eq!(rank(richer), Some(1), "{:?} {:?}", plain, richer);
            } else {
                prop_assert!(rank(longer) != Some(1), "{plain:?} {longer:?}");
            }
        }
        // Neither threads nor the order of rows change anything.
        let one = wage_test(&project, &["--threads", "1"]);
        for threads in ["2", "7"] {
            prop_assert_eq!(&wage_test(&project, &["--threads", threads]), &one);
        }
        let reversed: Vec<usize> = (0..rows.len()).rev().collect();
        write(&project, "reversed", &rows, &reversed);
        let store = ["--store", "reversed-store"];
        let mut args = vec!["ingest", "reversed", "--period", NOVEMBER];
        args.extend(store);
        args.extend(["--key-file", "paybench.key"]);
        let ran = project.run(&args);
        prop_assert!([0, 10].contains(&ran.code), "{}", ran.stderr);
        prop_assert_eq!(&wage_test(&project, &store), &one);
    }
}
