//! Tables of several periods: the releases of each, side by side.

use crate::util::{Project, Row, fixture};

const EARLIER: &str = "2025-09-30";
const NOW: &str = "2026-09-30";
const TABLE: &str = "tables/turnover_over_time.csv";

/// A store of the sample returns of both periods.
fn sample() -> Project {
    let project = Project::new();
    for period in [EARLIER, NOW] {
        project.ingest(&[&fixture(&format!("sample/{period}"))], period);
    }
    project
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().skip(1).collect()
}

#[test]
fn the_rows_of_each_period_are_those_of_its_own_release() {
    let project = sample();
    for kind in [&[][..], &["--restricted"]] {
        let mut expected = Vec::new();
        for (period, out) in [(EARLIER, "then"), (NOW, "now")] {
            let mut args = vec!["compare", "--period", period, "--out", out];
            args.extend(kind);
            project.run(&args).ends(0);
            expected.push(project.read(&format!("{out}/tables/turnover.csv")));
        }
        let told = project.read(&format!("now/{TABLE}"));
        assert_eq!(told.lines().next(), expected[0].lines().next());
        let both = [lines(&expected[0]), lines(&expected[1])].concat();
        assert!(
            lines(&told) == both,
            "{kind:?}: {} rows",
            lines(&told).len()
        );
        // The first period has none before it.
        assert!(!project.join(&format!("then/{TABLE}")).exists());
        let editions = &project.json("now/manifest.json")["editions"];
        let periods: Vec<&str> = editions
            .as_array()
            .unwrap()
            .iter()
            .map(|edition| edition["period"].as_str().unwrap())
            .collect();
        assert_eq!(periods, [NOW, EARLIER]);
        project.run(&["verify", "now"]).ends(0);
    }
    // A comparison that is not asked for is not told over time either.
    project.run(&["compare", "pay_gap", "--out", "one"]).ends(0);
    assert!(!project.join(&format!("one/{TABLE}")).exists());
    let manifest = project.json("one/manifest.json");
    assert_eq!(manifest["editions"].as_array().unwrap().len(), 1);
}

#[test]
fn the_page_draws_what_the_table_holds_and_leaves_a_gap_where_it_withholds() {
    let project = sample();
    project.run(&["report"]).ends(0);
    let page = project.read("out/sector_comparison.html");
    let of = |row: &&Row| row["role_group"] == "all" && row["measure"] == "turnover_closing";
    let rows = project.rows(&format!("out/{TABLE}"));
    let known: Vec<&Row> = rows.iter().filter(of).collect();
    let shown = known.iter().filter(|row| !row["rate_pct"].is_empty());
    let figure = page.split("turnover-chart-title").nth(2).unwrap();
    let figure = figure.split("</svg>").next().unwrap();
    assert_eq!(figure.matches("<circle").count(), shown.clone().count());
    assert!(shown.count() > 4, "{known:?}");
    assert!(page.contains(r#"data-key-period="2025-09-30">30 September 2025<"#));
    // One period alone has nothing to set beside it.
    project
        .run(&["report", "--period", EARLIER, "--out", "then"])
        .ends(0);
    let page = project.read("then/sector_comparison.html");
    assert!(!page.contains("Over time"), "a chart of one period");
}

#[test]
fn an_edition_tells_earlier_periods_as_they_were_when_it_was_the_newest() {
    let project = sample();
    project.run(&["compare", "--out", "first"]).ends(0);
    // Both periods are restated.
    for period in [EARLIER, NOW] {
        let change = fixture(&format!("sample/{period}/marlbrook/flows.csv"));
        let text = std::fs::read_to_string(change).unwrap();
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        let leavers = rows[0]
            .split(',')
            .position(|name| name == "leavers")
            .unwrap();
        for row in &mut rows[1..] {
            let mut cells: Vec<&str> = row.split(',').collect();
            cells[leavers] = "1";
            *row = cells.join(",");
        }
        for file in ["workers.csv", "workplaces.csv"] {
            let bytes = std::fs::read(fixture(&format!("sample/{period}/marlbrook/{file}")));
            project.write(&format!("{period}/marlbrook/{file}"), bytes.unwrap());
        }
        let text = rows.join("\n") + "\n";
        project.write(&format!("{period}/marlbrook/flows.csv"), text);
        project.ingest(&[period], period);
    }
    let of_then = |out: &str| -> Vec<String> {
        let text = project.read(&format!("{out}/{TABLE}"));
        let mut kept = Vec::new();
        for line in text.lines().filter(|line| line.starts_with(EARLIER)) {
            kept.push(line.to_owned());
        }
        kept
    };
    project.run(&["compare", "--out", "second"]).ends(0);
    assert_ne!(of_then("first"), of_then("second"));
    // The first edition of this period again, with the earlier period as it was.
    project
        .run(&["compare", "--edition", "1", "--out", "again"])
        .ends(0);
    assert_eq!(
        project.read(&format!("again/{TABLE}")),
        project.read(&format!("first/{TABLE}"))
    );
}

#[test]
fn a_job_says_that_an_earlier_period_has_another_edition() {
    let project = sample();
    let settings = format!("returns = [\"returns\"]\nperiod = \"{NOW}\"\n");
    project.write("paybench.toml", settings);
    let copy = |period: &str, provider: &str| {
        for entry in std::fs::read_dir(fixture(&format!("sample/{period}/{provider}"))).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            project.write(
                &format!("returns/{provider}/{name}"),
                std::fs::read(path).unwrap(),
            );
        }
    };
    copy(NOW, "marlbrook");
    let first = project.run(&["run", "--quiet"]);
    assert!([0, 10, 20].contains(&first.code), "{}", first.stderr);
    let told = |project: &Project| {
        project.json("out/summary.json")["changes_since_last_release"]["data"]["earlier"].clone()
    };
    assert_eq!(told(&project), serde_json::json!([]));
    project
        .run(&["withdraw", "marlbrook", "--period", EARLIER])
        .ends(0);
    project.run(&["run", "--quiet"]);
    let changed = serde_json::json!([{ "what": "period", "name": EARLIER, "how": "changed" }]);
    assert_eq!(told(&project), changed);
    let mail = project.read("out/mail.txt");
    assert!(
        mail.contains("The earlier period 2025-09-30 has another edition."),
        "{mail}"
    );
}

#[test]
fn a_figure_of_an_earlier_period_is_traced_to_its_rows() {
    let project = sample();
    project.run(&["compare", "--restricted"]).ends(0);
    let trace = |period: &str| {
        let period = format!("period={period}");
        let mut args = vec!["trace", "turnover_over_time", "numerator", &period];
        args.extend(["role_group=all", "sector=nhs", "measure=turnover_closing"]);
        args.extend(["--restricted", "--format", "json"]);
        project.run(&args)
    };
    for period in [EARLIER, NOW] {
        let traced: serde_json::Value =
            serde_json::from_str(&trace(period).ends(0).stdout).unwrap();
        let rows = project.rows(&format!("out/{TABLE}"));
        let row = rows.iter().find(|row| {
            row["period"] == period
                && row["role_group"] == "all"
                && row["sector"] == "nhs"
                && row["measure"] == "turnover_closing"
        });
        let figure = &row.unwrap()["numerator"];
        assert_eq!(traced["figure"]["published"], figure.as_str(), "{period}");
        assert_eq!(traced["figure"]["recomputed"], figure.as_str(), "{period}");
        assert_eq!(traced["edition"]["period"], period);
    }
    trace("2024-09-30").ends(64);
    let args = [
        "trace",
        "turnover_over_time",
        "numerator",
        "sector=nhs",
        "--restricted",
    ];
    project
        .run(&args)
        .ends(64)
        .says(&["say of which, as in period="]);
}
