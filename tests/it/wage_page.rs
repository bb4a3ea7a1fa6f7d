//! The statutory test counted by sector and provider, and on the page.

use crate::pay_rows::NOVEMBER;
use crate::util::{Project, find, fixture, rows, workplace};

#[test]
fn a_worker_is_below_in_any_period_and_meets_only_in_all() {
    let project = Project::new();
    project.write("pay/workplaces.csv", workplace("PAY", "P1", "nhs"));
    let mut workers = "provider_id,workplace_id,worker_ref,role,birth_date\n".to_owned();
    let mut periods = "provider_id,workplace_id,worker_ref,period_start,period_end,hours_work,hours_travel,hours_waiting,gross_pay\n".to_owned();
    for (worker, pays) in [
        ("below", ["100.00", "", "500.00"]),
        ("unsure", ["500.00", "", "500.00"]),
        ("meets", ["500.00", "500.00", "500.00"]),
    ] {
        workers.push_str(&format!("PAY,P1,{worker},care_worker,1991-02-14\n"));
        for (week, pay) in pays.iter().enumerate() {
            let day = 4 + 7 * week;
            let end = day + 6;
            periods.push_str(&format!(
                "PAY,P1,{worker},2026-05-{day:02},2026-05-{end:02},37.5,0,0,{pay}\n"
            ));
        }
    }
    project.write("pay/workers.csv", workers);
    project.write("pay/pay_periods.csv", periods);
    project.ingest(&["pay"], NOVEMBER).ends(0);
    let table = |name: &str| {
        let args = ["query", name, "--restricted", "--format", "csv"];
        rows(&project.run(&args).ends(0).stdout)
    };
    let sectors = table("wage_test_sectors");
    let row = find(&sectors, &[("sector", "nhs")]);
    for (column, text) in [
        ("tested", "2"),
        ("below", "1"),
        ("cannot_tell", "1"),
        ("below_pct", "50.00"),
        ("below_pct_low", "33.33"),
        ("below_pct_high", "66.67"),
    ] {
        assert_eq!(row[column], text, "{column}");
    }
    let providers = table("wage_test_providers");
    for (column, text) in [
        ("periods", "9"),
        ("meets", "6"),
        ("below", "1"),
        ("cannot_tell", "2"),
        ("pay_missing", "2"),
        ("shortfall", "376.63"),
    ] {
        assert_eq!(providers[0][column], text, "{column}");
    }
}

#[test]
fn the_page_shows_the_test_where_there_are_pay_periods() {
    let project = Project::new();
    project.ingest(&[&fixture("nmw/return")], NOVEMBER).ends(0);
    let page = |more: &[&str], out: &str| {
        let mut args = vec!["report", "living_wage", "--out", out];
        args.extend(more);
        project.run(&args).ends(0);
        project.read(&format!("{out}/living_wage.html"))
    };
    let restricted = page(&["--restricted"], "restricted");
    for words in [
        "Statutory test of pay actually made, per pay reference period",
        "below the minimum on the figures returned",
        "Pay periods, by provider",
        "Indicative only, to be confirmed by counsel",
        "£756.34",
    ] {
        assert!(restricted.contains(words), "{words}");
    }
    // One provider, and everything of it is withheld.
    let protected = page(&[], "protected");
    for words in ["Pay periods, by provider", "Indicative only", "£756.34"] {
        assert!(!protected.contains(words), "{words}");
    }
    assert!(protected.contains("Statutory test of pay actually made"));
}

#[test]
fn the_page_says_in_a_line_that_there_are_no_pay_periods() {
    let project = Project::new();
    project
        .ingest(&[&fixture("tiny/return")], "2026-09-30")
        .ends(0);
    project
        .run(&["report", "living_wage", "--restricted", "--out", "out"])
        .ends(0);
    let page = project.read("out/living_wage.html");
    assert!(page.contains("The returns hold no pay periods, so pay actually made was not tested."));
    assert!(!page.contains("Pay periods, by provider"));
}
