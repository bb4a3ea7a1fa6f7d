//! How far a gap between sectors rests on who sent returns.

use crate::util::{Project, Row, find, rows, workers, workplace};

const PERIOD: &str = "2026-03-31";
const TABLE: &str = "out/tables/pay_gap_intervals.csv";

/// Returns of a sector, each with these rates.
fn returns(project: &Project, sector: &str, rates: &[Vec<&str>]) {
    for (number, rates) in rates.iter().enumerate() {
        let provider = format!("{}{number:02}", &sector[..3].to_uppercase());
        let folder = format!("returns/{provider}");
        let names: Vec<String> = (0..rates.len()).map(|at| format!("w{at}")).collect();
        let names = names.iter().map(String::as_str);
        let pay: Vec<(&str, &str)> = names.zip(rates.iter().copied()).collect();
        project.write(
            &format!("{folder}/workplaces.csv"),
            workplace(&provider, "W1", sector),
        );
        project.write(
            &format!("{folder}/workers.csv"),
            workers(&provider, "W1", &pay),
        );
    }
}

fn ingested(project: Project) -> Project {
    project
        .run(&["ingest", "returns", "--period", PERIOD])
        .ends(0);
    project
}

/// Ten providers that pay 12.80, ten that pay 13.10 and nine that pay 13.60.
fn even() -> Project {
    let project = Project::new();
    returns(&project, "independent", &vec![vec!["12.80"; 5]; 10]);
    returns(&project, "third_sector", &vec![vec!["13.10"; 5]; 10]);
    returns(&project, "local_authority", &vec![vec!["13.60"; 5]; 9]);
    ingested(project)
}

fn pair<'a>(rows: &'a [Row], reference: &str, focus: &str) -> &'a Row {
    find(
        rows,
        &[
            ("role_group", "all"),
            ("reference_sector", reference),
            ("focus_sector", focus),
        ],
    )
}

fn cells(row: &Row, columns: [&str; 4]) -> [String; 4] {
    columns.map(|column| row[column].clone())
}

const POUNDS: [&str; 4] = ["gap_pounds", "gap_pounds_low", "gap_pounds_high", "marker"];

#[test]
fn where_every_provider_pays_the_same_nothing_turns_on_who_sent_returns() {
    let project = even();
    project.run(&["compare"]).ends(0);
    let table = project.rows(TABLE);
    let known = pair(&table, "third_sector", "independent");
    assert_eq!(cells(known, POUNDS), ["0.3000", "0.3000", "0.3000", ""]);
    let less = [
        "focus_less_pct",
        "focus_less_pct_low",
        "focus_less_pct_high",
        "marker",
    ];
    assert_eq!(cells(known, less), ["2.29", "2.29", "2.29", ""]);
    // Nine providers are too few, which is not the same as withheld.
    let few = pair(&table, "local_authority", "independent");
    assert_eq!(cells(few, POUNDS), ["0.8000", "", "", ""]);
    assert_eq!(few["reference_providers"], "9");
    project.run(&["report"]).ends(0);
    let page = project.read("out/sector_comparison.html");
    assert!(page.contains("the difference is the same in nearly every draw."));
    assert!(page.contains("£0.80, too few providers") && !page.contains("could be the higher"));
    let gaps = project.rows("out/tables/pay_gap.csv");
    assert_eq!(table.len(), gaps.len());
    for (range, gap) in table.iter().zip(&gaps) {
        for column in ["reference_sector", "gap_pounds", "focus_less_pct", "marker"] {
            assert_eq!(range[column], gap[column], "{range:?}");
        }
    }
}

/// Ten providers that pay little and ten that pay more, each in its own way.
fn uneven(many: usize) -> Project {
    let project = Project::new();
    let rates: Vec<String> = (0..40)
        .map(|step| format!("{}.{:02}", 12 + step / 20, step % 20 * 5))
        .collect();
    let side = |from: usize| -> Vec<Vec<&str>> {
        let of = |provider: usize| {
            let rate = |worker: usize| rates[from + provider * 2 + worker % 5].as_str();
            (0..many).map(rate).collect()
        };
        (0..10).map(of).collect()
    };
    for (sector, from) in [("independent", 0), ("third_sector", 3)] {
        returns(&project, sector, &side(from));
    }
    ingested(project)
}

#[test]
fn both_orders_of_a_pair_have_one_range_whatever_the_threads() {
    let project = uneven(5);
    let mut made = Vec::new();
    for threads in ["1", "2", "8"] {
        let out = format!("out-{threads}");
        project
            .run(&["compare", "--threads", threads, "--out", &out])
            .ends(0);
        made.push(project.read(&format!("{out}/tables/pay_gap_intervals.csv")));
    }
    assert!(made.iter().all(|table| *table == made[0]));
    let table = rows(&made[0]);
    let [gap, low, high, _] = cells(pair(&table, "third_sector", "independent"), POUNDS);
    let [back, back_low, back_high, _] = cells(pair(&table, "independent", "third_sector"), POUNDS);
    let minus = |text: &str| format!("-{text}").replace("--", "");
    assert_eq!(
        [back, back_low, back_high],
        [minus(&gap), minus(&high), minus(&low)]
    );
    // Providers differ by more than the sectors do.
    assert!(low.starts_with('-') && !high.starts_with('-') && !gap.starts_with('-'));
    let draws = project.query(
        "SELECT sector, count(*) AS draws, min(draw) AS first, max(draw) AS last
         FROM redrawn_medians WHERE role_group = 'all' GROUP BY sector ORDER BY sector",
    );
    for row in &draws {
        let of = ["draws", "first", "last"].map(|column| row[column].as_str());
        assert_eq!(of, ["999", "1", "999"]);
    }
    assert_eq!(draws.len(), 2);
}

#[test]
fn the_page_says_where_a_range_holds_no_difference() {
    let project = uneven(5);
    project.run(&["report"]).ends(0);
    let page = project.read("out/sector_comparison.html");
    let table = project.rows(TABLE);
    let row = pair(&table, "third_sector", "independent");
    let shown = |column: &str| {
        let text = row[column].trim_end_matches('0');
        match text.strip_prefix('-') {
            Some(text) => format!("−£{text}"),
            None => format!("£{text}"),
        }
    };
    let said = format!("between {} and ", shown("gap_pounds_low"));
    assert!(page.contains(&said), "{said}");
    assert!(
        page.contains("had other providers sent returns, either median could be the higher one.")
    );
    let chart = page.split("gaps-chart-1-title").nth(2).unwrap();
    let chart = chart.split("</svg>").next().unwrap();
    assert_eq!(chart.matches("class=\"range\"").count(), 1);
    assert_eq!(chart.matches("class=\"median\"").count(), 1);
}

#[test]
fn ranges_need_forty_workers_as_quartiles_do() {
    let project = uneven(3);
    project.run(&["compare"]).ends(0);
    project
        .run(&["compare", "--restricted", "--out", "restricted"])
        .ends(0);
    let table = project.rows(TABLE);
    let [gap, low, high, marker] = cells(pair(&table, "third_sector", "independent"), POUNDS);
    assert!(!gap.is_empty());
    assert_eq!([low.as_str(), &high, &marker], ["", "", "[c]"]);
    let table = project.rows("restricted/tables/pay_gap_intervals.csv");
    let [_, low, high, _] = cells(pair(&table, "third_sector", "independent"), POUNDS);
    assert!(!low.is_empty() && !high.is_empty());
}

#[test]
fn a_range_never_ends_on_what_one_large_provider_pays() {
    let project = Project::new();
    let mut rates = vec![vec!["14.07"; 20]];
    rates.extend((0..9).map(|small| vec![["15.00", "15.60", "16.28"][small % 3]; 9]));
    returns(&project, "independent", &rates);
    returns(&project, "third_sector", &vec![vec!["15.45"; 9]; 10]);
    let project = ingested(project);
    project.run(&["compare"]).ends(0);
    project
        .run(&["compare", "--restricted", "--out", "restricted"])
        .ends(0);
    // In some draws the large one has over half of all workers.
    let table = project.rows("restricted/tables/pay_gap_intervals.csv");
    let open = pair(&table, "independent", "third_sector");
    assert_eq!(open["gap_pounds_low"], "-1.3800");
    for (reference, focus) in [
        ("independent", "third_sector"),
        ("third_sector", "independent"),
    ] {
        let table = project.rows(TABLE);
        let [gap, low, high, marker] = cells(pair(&table, reference, focus), POUNDS);
        assert!(!gap.is_empty());
        assert_eq!([low.as_str(), &high, &marker], ["", "", "[c]"]);
    }
    project.run(&["report"]).ends(0);
    let page = project.read("out/sector_comparison.html");
    assert!(page.contains(", range [c]") && !page.contains("14.07"));
}

#[test]
fn ranges_that_moved_are_counted_and_the_gap_alone_is_told() {
    let project = uneven(5);
    project.write(
        "paybench.toml",
        format!(
            "returns = [\"returns\"]\nperiod = {PERIOD}\nreports = [\"sector_comparison\"]\n\
             comparisons = [\"pay_gap\", \"pay_gap_intervals\"]\n"
        ),
    );
    project.run(&["run"]).ends(0);
    returns(&project, "independent", &vec![vec!["14.90"; 5]; 3]);
    project.run(&["run"]).ends(0);
    let figures = project.json("out/summary.json")["changes_since_last_release"]["figures"].clone();
    let tables = figures["tables"].as_array().unwrap();
    let ranges = tables
        .iter()
        .find(|table| table["name"] == "pay_gap_intervals");
    assert!(ranges.unwrap()["changed"].as_u64().unwrap() > 0);
    let moved = figures["moved"].as_array().unwrap();
    assert!(!moved.is_empty());
    assert!(moved.iter().all(|moved| moved["table"] == "pay_gap"));
}

const OWN: &str = "\
-- title: Pay by sector with workplaces drawn anew
-- redraw: workplace_id hourly workers
SELECT sector, workplace_id, hourly, count(*) AS workers FROM paid_jobs GROUP BY ALL
";

#[test]
fn views_of_ones_own_may_be_drawn_anew_and_mistakes_in_them_are_told() {
    let project = even();
    let write = |text: &str| project.write("queries/views/by_sector.sql", text);
    let asked = "SELECT sector, draw, median_hourly FROM by_sector WHERE sector = 'independent' ORDER BY draw LIMIT 1";
    // One workplace code in all: nothing could be drawn instead of it.
    write(OWN);
    assert_eq!(project.query(asked).len(), 0);
    write(&OWN.replace("workplace_id", "provider_id"));
    let row = &project.query(asked)[0];
    assert_eq!([row["draw"].as_str(), &row["sector"]], ["1", "independent"]);
    for (from, to, said) in [
        (
            "hourly workers",
            "hourly",
            "by_sector.sql, line 2: redraw needs the columns CLUSTER VALUE ROWS",
        ),
        ("redraw: workplace_id", "redraw: workplace", "workplace"),
        (
            "hourly workers",
            "workers hourly",
            "workers is no decimal: it has no median",
        ),
        (
            "paid_jobs",
            "paid_jobs WHERE hourly > $floor",
            "a query with parameters cannot be drawn anew",
        ),
        (
            "workplace_id, hourly",
            "NULLIF(workplace_id, 'W1') AS workplace_id, hourly",
            "view by_sector: workplace_id has an empty cell",
        ),
        (
            "count(*) AS workers",
            "count(*) * 0.6 AS workers",
            "view by_sector: workers is no whole number of rows",
        ),
        (
            "count(*) AS workers",
            "-count(*) AS workers",
            "workers has a number below 1",
        ),
        (
            "SELECT sector, workplace_id",
            "SELECT workplace_id",
            "it needs a column that says what a cell is",
        ),
        (
            "SELECT",
            "-- redraw: a b c\nSELECT",
            "by_sector.sql, line 3: a view is drawn anew in one way only",
        ),
    ] {
        write(&OWN.replacen(from, to, 1));
        let ran = project.run(&["query", asked]);
        ran.says(&[said]);
    }
    // What does not fit is no figure; what nearly does not is exact.
    let number = |value: &str| {
        let sql =
            "SELECT sector, provider_id, CAST({} AS DECIMAL(38, 18)) AS v, count(*) AS workers
            FROM paid_jobs GROUP BY ALL";
        write(&format!(
            "-- redraw: provider_id v workers\n{}",
            sql.replace("{}", value)
        ));
        project.run(&[
            "query",
            "SELECT DISTINCT median_v FROM by_sector",
            "--format",
            "csv",
        ])
    };
    number("9.3")
        .ends(64)
        .says(&["v has a number that is too large"]);
    let exact = number("9.2").ends(0).stdout;
    assert_eq!(exact.lines().last(), Some("9.2000000000000000000"));
    write(
        "-- redraw: provider_id v workers
        SELECT sector, provider_id, CAST(0.5 AS DECIMAL(38, 38)) AS v, count(*) AS workers
        FROM paid_jobs GROUP BY ALL",
    );
    project
        .run(&["query", asked])
        .ends(64)
        .says(&["v has too many decimals"]);
    // Only a view is a table of draws.
    std::fs::remove_file(project.join("queries/views/by_sector.sql")).unwrap();
    project.write("queries/by_sector.sql", OWN);
    project
        .run(&["query", "by_sector", "--restricted"])
        .says(&["by_sector.sql, line 2: `redraw` is no key"]);
}
