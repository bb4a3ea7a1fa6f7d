//! `paybench run` every night of October: late, restated, faulty and withdrawn
//! returns, new rates, two runs at once and one that is killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::util::{PERIOD, Project, Ran, small_return, tree};

const SETTINGS: &str = r#"
returns = ["in"]
period = 2026-09-30
restricted = true
comparisons = ["pay_by_sector", "living_wage"]
reports = ["living_wage"]
rates = "rates.csv"
expected_from = "expected.csv"

[[limit]]
when = "nlw_nmw.below > 0"

[hook]
command = ["sh", "-c", "cat > mail-$PAYBENCH_OUTCOME.txt; echo $PAYBENCH_EXIT_CODE >> hooks.txt"]
"#;
const RATES: &str = "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence\n";

/// The job's folder, and the day that it is.
struct Month {
    project: Project,
    day: u32,
}

impl Month {
    fn begin() -> Month {
        let project = Project::new();
        project.write("paybench.toml", SETTINGS);
        project.write("rates.csv", RATES);
        project.write(
            "expected.csv",
            "return,due,required\nash,,yes\nelm,2026-10-01,\noak,2026-10-01,no\n\
             yew,2026-10-08,no\nivy,2026-10-23,yes\n",
        );
        let month = Month { project, day: 0 };
        for name in ["ash", "elm", "oak"] {
            month.sends(name, &[("a", "12.71"), ("b", "13.00"), ("c", "14.90")]);
        }
        month
    }

    /// A provider sends its return, or sends it again.
    fn sends(&self, name: &str, pay: &[(&str, &str)]) {
        small_return(
            &self.project,
            &format!("in/{name}"),
            &name.to_uppercase(),
            pay,
        );
    }

    /// The next night.
    fn night(&mut self) -> Ran {
        self.day += 1;
        let today = self.today();
        self.project.run(&["run", "--today", &today])
    }

    fn today(&self) -> String {
        format!("2026-10-{:02}", self.day)
    }

    fn out(&self) -> BTreeMap<String, String> {
        tree(&self.project.join("out"))
    }

    /// What the release tells of the one before.
    fn news(&self) -> Json {
        self.project.json("out/summary.json")["changes_since_last_release"].clone()
    }

    /// The ids of returns to which something happened.
    fn ids(&self, what: &str) -> Json {
        self.news()["data"][what]["ids"].clone()
    }

    fn state(&self, id: &str) -> String {
        let summary = self.project.json("out/summary.json");
        let all = summary["returns_awaited"].as_array().unwrap().clone();
        let own = all.iter().find(|entry| entry["return_id"] == id).unwrap();
        own["state"].as_str().unwrap().to_owned()
    }

    fn hooks(&self) -> usize {
        let path = self.project.join("hooks.txt");
        std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
    }

    /// Nights on which nothing happens: every byte stays.
    fn quiet(&mut self, nights: u32, code: i32) {
        let (before, hooks) = (self.out(), self.hooks());
        for _ in 0..nights {
            self.night().ends(code).says(&["nothing changed since"]);
            assert_eq!(self.out(), before, "night {}", self.day);
        }
        assert_eq!(self.hooks(), hooks, "no news, no mail");
    }
}

/// A file of this project, as it is built in.
fn own(below: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(below)).unwrap()
}

fn exists(path: &Path) -> bool {
    path.try_exists().unwrap()
}

#[test]
fn a_month_of_nights() {
    let mut month = Month::begin();
    // 1: the first release; two returns are not due yet.
    month
        .night()
        .ends(0)
        .says(&["This is the first release", "2 returns are not due yet"]);
    assert_eq!(
        (month.state("yew"), month.state("elm")),
        ("awaited".into(), "received".into())
    );
    assert_eq!(month.hooks(), 1);
    month.quiet(3, 0); // 2 to 4: three unchanged days

    // 5, 6: oak is restated with a row that cannot be read, then whole.
    month.sends("oak", &[("a", "12.71"), ("b", "13,10"), ("c", "14.90")]);
    month.night().ends(20).says(&["1 restated return (oak)"]);
    assert_eq!(month.ids("restated"), json!(["oak"]));
    month.sends("oak", &[("a", "12.71"), ("b", "13.90"), ("c", "14.90")]);
    month.night().ends(0);
    let moved = month.news()["figures"]["moved"].clone();
    assert!(
        moved
            .as_array()
            .unwrap()
            .iter()
            .any(|figure| figure["table"] == "pay_by_sector")
    );
    for bucket in ["rules", "rates", "code", "settings"] {
        assert_eq!(month.news()[bucket], json!([]), "{bucket}");
    }
    month.quiet(2, 0); // 7, 8: yew is due on the 8th, and not late on it

    // 9 to 11: late, and said again each night; the release says it once.
    month.night().ends(10).says(&[
        "the return yew is missing, due 2026-10-08",
        "1 return is late",
    ]);
    assert_eq!(month.state("yew"), "late");
    month.quiet(2, 10);
    // 12: it arrives.
    month.sends("yew", &[("a", "12.71"), ("b", "13.20")]);
    month.night().ends(0).says(&["1 new return (yew)"]);
    assert_eq!(
        (month.ids("new"), month.state("yew")),
        (json!(["yew"]), "received".into())
    );

    // 13: elm sends something else altogether: its earlier return stays in force.
    let table = month.project.read("out/tables/living_wage.csv");
    let good = month.project.read("in/elm/workers.csv");
    month
        .project
        .write("in/elm/workers.csv", "name,food\nfred,fish\n");
    month
        .night()
        .ends(20)
        .says(&["1 return (elm) was rejected"]);
    assert_eq!(month.ids("rejected"), json!(["elm"]));
    assert_eq!(month.project.read("out/tables/living_wage.csv"), table);
    month.quiet(1, 20); // 14: still so
    month.project.write("in/elm/workers.csv", good); // 15: mended
    month.night().ends(0);
    assert_eq!(month.project.read("out/tables/living_wage.csv"), table);

    // 16: oak is withdrawn and its folder taken away; it is missing then.
    let gone = month.project.join("gone");
    std::fs::rename(month.project.join("in/oak"), &gone).unwrap();
    month
        .project
        .run(&["withdraw", "oak", "--period", PERIOD])
        .ends(0);
    month
        .night()
        .ends(10)
        .says(&["1 return (oak) is no longer in force", "oak is missing"]);
    assert_eq!(month.ids("withdrawn"), json!(["oak"]));
    // 17: it comes back.
    std::fs::rename(&gone, month.project.join("in/oak")).unwrap();
    month.night().ends(0).says(&["1 new return (oak)"]);

    // 18: two runs at once, with news. One makes the release; the other finds
    // the lock held, or comes after and finds nothing to do.
    month.day += 1;
    month.sends("yew", &[("a", "12.71"), ("b", "13.60")]);
    let today = month.today();
    let both = [0, 1].map(|_| month.project.start(&["run", "--today", &today]));
    let codes = both.map(|child| {
        let ended = Ran::of(child.wait_with_output().unwrap(), &["run"]);
        assert!(ended.code == 0 || ended.code == 75, "{}", ended.stderr);
        if ended.code == 75 {
            assert!(
                ended.stderr.contains("another run holds"),
                "{}",
                ended.stderr
            );
        }
        ended.code
    });
    assert!(codes.contains(&0), "{codes:?}");
    assert_eq!(month.ids("restated"), json!(["yew"]));
    month.quiet(1, 0); // 19

    // 20: a rate is announced and in force: no return changed, figures did.
    let row = |band: &str, rate: &str| {
        format!(
            "real_living_wage,{band},18,,{rate},2026-01-01,2026-01-01,2026-09-01,,test,verified\n"
        )
    };
    month.project.write(
        "rates.csv",
        format!("{RATES}{}{}", row("uk", "14.00"), row("london", "15.50")),
    );
    month
        .night()
        .ends(0)
        .says(&["14.00 from 2026-01-01 is used now"]);
    let news = month.news();
    assert_eq!(news["rates"].as_array().unwrap().len(), 4, "{news}");
    assert_eq!(news["data"]["restated"]["count"], 0);
    assert!(news["figures"]["changed"].as_u64().unwrap() > 0);
    month.quiet(1, 0); // 21

    // 22: killed at several moments in the middle, then run again.
    month.day += 1;
    month.sends("ash", &[("a", "12.71"), ("b", "14.00"), ("c", "14.90")]);
    let (before, today) = (month.out(), month.today());
    for wait in [5, 40, 120, 250, 400] {
        let mut child = month.project.start(&["run", "--today", &today]);
        let until = Instant::now() + Duration::from_millis(wait);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        let ended = child.wait().unwrap();
        // Whatever the moment: the release is the old one or the new one, whole.
        month.project.run(&["verify", "store", "out"]).ends(0);
        if !ended.success() && wait < 40 {
            assert_eq!(month.out(), before);
        }
    }
    month.project.run(&["run", "--today", &today]).ends(0);
    assert_eq!(month.ids("restated"), json!(["ash"]));
    month.quiet(1, 0); // 23: ivy is due today

    // 24: a required return is late: nothing is published, and the hook says so.
    let (before, hooks) = (month.out(), month.hooks());
    month
        .night()
        .ends(66)
        .says(&["the required return ivy is missing, due 2026-10-23"]);
    assert_eq!((month.out(), month.hooks()), (before, hooks + 1));
    let sorry = month.project.read("mail-failed.txt");
    assert!(
        sorry.starts_with("Subject: paybench 2026-09-30: failed with exit code 66\n\n"),
        "{sorry}"
    );
    // 25: it arrives.
    month.sends("ivy", &[("a", "13.00")]);
    month.night().ends(0).says(&["1 new return (ivy)"]);

    // 26: somebody is below the legal minimum: the limit is breached.
    month.sends("ivy", &[("a", "7.00")]);
    month
        .night()
        .ends(30)
        .says(&["nlw_nmw.below > 0", "is breached"]);
    let mail = month.project.read("mail-published.txt");
    assert!(
        mail.lines()
            .next()
            .unwrap()
            .contains("LIMIT BREACHED: nlw_nmw.below > 0"),
        "{mail}"
    );
    assert!(month.project.read("hooks.txt").ends_with("30\n"));
    month.quiet(1, 30); // 27: nothing changed keeps the code
    month.sends("ivy", &[("a", "13.00")]);
    month.night().ends(0); // 28
    month.quiet(2, 0); // 29, 30
    assert_eq!(month.day, 30);

    // A fresh job with the same returns makes the same tables.
    let fresh = Project::new();
    for name in ["paybench.toml", "rates.csv", "expected.csv"] {
        fresh.write(name, month.project.read(name));
    }
    for name in ["ash", "elm", "ivy", "oak", "yew"] {
        for table in ["workplaces", "workers"] {
            let file = format!("in/{name}/{table}.csv");
            fresh.write(&file, month.project.read(&file));
        }
    }
    fresh.run(&["run", "--today", "2026-10-30"]).ends(0);
    for table in ["pay_by_sector", "living_wage"] {
        let file = format!("out/tables/{table}.csv");
        assert_eq!(fresh.read(&file), month.project.read(&file), "{table}");
    }
    assert!(!exists(&month.project.join("out/.new")));
}

#[test]
fn a_protected_release_names_no_return_in_what_changed_and_the_mail_to_the_hook_does() {
    let project = Project::new();
    project.write(
        "paybench.toml",
        format!(
            "returns = [\"in\"]\nperiod = {PERIOD}\ncomparisons = [\"pay_by_sector\"]\n\
             reports = [\"living_wage\"]\n\n[[expected]]\nreturn = \"late-and-lost\"\n\n\
             [hook]\ncommand = [\"sh\", \"-c\", \"cat > mail.txt\"]\n"
        ),
    );
    small_return(&project, "in/first-one", "ASH", &[("a", "12.71")]);
    project.run(&["run"]).ends(10);
    small_return(&project, "in/newcomer", "ELM", &[("a", "12.71")]);
    small_return(&project, "in/first-one", "ASH", &[("a", "12.81")]);
    project
        .run(&["run"])
        .ends(10)
        .says(&["newcomer", "first-one", "late-and-lost"]);
    let told = project.read("mail.txt");
    for name in ["newcomer", "first-one", "late-and-lost"] {
        assert!(told.contains(name), "{told}");
        for file in [
            "summary.json",
            "living_wage.html",
            "mail.txt",
            "manifest.json",
        ] {
            let text = project.read(&format!("out/{file}"));
            assert!(!text.contains(name), "{name} in {file}");
        }
    }
    let summary = project.json("out/summary.json");
    assert_eq!(
        summary["changes_since_last_release"]["data"]["new"]["count"],
        1
    );
}

#[test]
fn what_changed_of_queries_rules_templates_and_settings_lands_in_its_own_bucket() {
    let project = Project::new();
    let settings = |more: &str| {
        format!(
            "returns = [\"in\"]\nperiod = {PERIOD}\nreports = [\"living_wage\"]\n\
             comparisons = [\"pay_by_sector\"{more}]\nrestricted = true\n"
        )
    };
    let news = || project.json("out/summary.json")["changes_since_last_release"].clone();
    let entry = |what: &str, name: &str, how: &str| json!({"what": what, "name": name, "how": how});
    project.write("paybench.toml", settings(""));
    small_return(&project, "in/ash", "ASH", &[("a", "12.71"), ("b", "13.00")]);
    project.run(&["run"]).ends(0);

    let query = own("queries/pay_by_sector.sql");
    project.write("queries/pay_by_sector.sql", format!("-- Ours.\n{query}"));
    project.run(&["run"]).ends(0);
    assert_eq!(
        news()["code"],
        json!([entry("query", "pay_by_sector", "changed")])
    );

    let template = own("reports/sentences.j2");
    project.write(
        "reports/sentences.j2",
        template.replace("They are not weighted", "They are as sent"),
    );
    project.run(&["run"]).ends(0);
    assert_eq!(
        news()["code"],
        json!([entry("template", "sentences.j2", "changed")])
    );

    let rule = own("queries/rules/living_hours_contract.toml");
    project.write(
        "queries/rules/living_hours_contract.toml",
        format!("# Ours.\n{rule}"),
    );
    project.run(&["run"]).ends(0);
    assert_eq!(
        news()["rules"],
        json!([entry("contract_rule", "living_hours_contract", "changed")])
    );
    assert_eq!(
        (news()["code"].clone(), news()["figures"]["changed"].clone()),
        (json!([]), json!(0))
    );

    project.write("paybench.toml", settings(", \"pay_gap\""));
    project.run(&["run"]).ends(0);
    assert_eq!(
        news()["settings"],
        json!([entry("comparison", "pay_gap", "new")])
    );
    assert_eq!(
        (news()["code"].clone(), news()["rules"].clone()),
        (json!([]), json!([]))
    );
}

#[test]
fn a_hook_that_fails_hangs_or_is_not_there_changes_nothing() {
    for (command, says) in [
        ("[\"false\"]", "exit status: 1"),
        ("[\"no-such-program-here\"]", "No such file"),
        ("[\"sleep\", \"60\"]\nseconds = 1", "over 1 seconds"),
    ] {
        let project = Project::new();
        project.write(
            "paybench.toml",
            format!(
                "returns = [\"in\"]\nperiod = {PERIOD}\ncomparisons = [\"pay_by_sector\"]\n\
                 reports = [\"living_wage\"]\n\n[hook]\ncommand = {command}\n"
            ),
        );
        small_return(&project, "in/ash", "ASH", &[("a", "12.71")]);
        project
            .run(&["run"])
            .ends(0)
            .says(&["warning: the hook", says]);
        project.run(&["verify", "out"]).ends(0);
    }
    let project = Project::new();
    project.write(
        "paybench.toml",
        format!("returns = [\"in\"]\nperiod = {PERIOD}\n[hook]\ncommand = [\"true\"]\nwhen = [\"always\"]\n"),
    );
    project
        .run(&["run"])
        .ends(78)
        .says(&["`always`", "published, unchanged, failed"]);
}

#[test]
fn paths_may_hold_the_period_and_the_threshold_is_the_jobs_own() {
    let project = Project::new();
    let settings = |threshold: &str| {
        format!(
            "returns = [\"in/{{period}}\"]\nout = \"out/{{period}}\"\nperiod = 2026-06-30\n\
             comparisons = [\"pay_by_sector\"]\nreports = [\"living_wage\"]\nrestricted = true\n\
             [changes]\n{threshold}\n"
        )
    };
    project.write("paybench.toml", settings("moved_pct = 0.5"));
    small_return(
        &project,
        &format!("in/{PERIOD}/ash"),
        "ASH",
        &[("a", "12.71")],
    );
    project.run(&["run", "--period", PERIOD]).ends(0);
    small_return(
        &project,
        &format!("in/{PERIOD}/ash"),
        "ASH",
        &[("a", "12.80")],
    );
    project.run(&["run", "--period", PERIOD]).ends(0);
    let summary = project.json(&format!("out/{PERIOD}/summary.json"));
    let figures = &summary["changes_since_last_release"]["figures"];
    assert_eq!(figures["moved_pct"], "0.5");
    let mut moved = figures["moved"].as_array().unwrap().iter();
    let median = moved
        .find(|moved| moved["column"] == "median_hourly")
        .unwrap();
    assert_eq!(
        (&median["before"], &median["after"], &median["by"]),
        (&json!("12.7100"), &json!("12.8000"), &json!("+0.09"))
    );
    project.write("paybench.toml", settings("moved_pct = \"a lot\""));
    project
        .run(&["run", "--period", PERIOD])
        .ends(78)
        .says(&["moved_pct", "a lot"]);
}
