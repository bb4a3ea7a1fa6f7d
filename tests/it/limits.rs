//! Limits: figures beyond which a command ends with 30.

use crate::util::{PERIOD, Project, small_return};

/// One provider with a worker below the National Living Wage.
fn project() -> Project {
    let project = Project::new();
    small_return(
        &project,
        "returns/ash",
        "ASH",
        &[("a", "7.00"), ("b", "13.00")],
    );
    project.ingest(&["returns"], PERIOD).ends(0);
    project
}

#[test]
fn a_breached_limit_is_named_and_the_release_is_made_all_the_same() {
    let project = project();
    let limit = "nlw_nmw.below_pct > 0, sector = independent";
    let args = ["report", "--restricted", "--fail-on", limit];
    project.run(&args).ends(30).says(&[
        "the limit nlw_nmw.below_pct > 0, sector = independent is breached",
        "role_group all, sector independent, standard nlw_nmw: 50.00",
    ]);
    let summary = project.json("out/summary.json");
    assert_eq!(summary["limits"][0]["verdict"], "breached");
    assert!(project.join("out/living_wage.html").exists());
    let kept = [
        "compare",
        "--restricted",
        "--fail-on",
        "nlw_nmw.below_pct > 50",
    ];
    project.run(&kept).ends(0).never_says(&["limit"]);
    assert_eq!(
        project.json("out/summary.json")["limits"][0]["verdict"],
        "kept"
    );
    let provider = "nlw_nmw.below >= 1, provider = ASH";
    let args = ["compare", "--restricted", "--fail-on", provider];
    project.run(&args).ends(30).says(&["provider_id ASH"]);
}

#[test]
fn what_is_withheld_is_not_kept_and_what_is_not_there_is_an_error() {
    let project = project();
    let limit = "nlw_nmw.below_pct > 90";
    project
        .run(&["compare", "--fail-on", limit])
        .ends(10)
        .says(&["cannot be told", "withheld"]);
    for (limit, said) in [
        ("nlw.below_pct > 0", "has no standard `nlw`"),
        ("turnover.rate > 0", "has no column rate"),
        (
            "nlw_nmw.below > 0, provider = ASH",
            "only in restricted ones",
        ),
    ] {
        project
            .run(&["compare", "--out", "other", "--fail-on", limit])
            .ends(64)
            .says(&[said]);
        assert!(!project.join("other").exists());
    }
}

#[test]
fn a_job_has_limits_of_its_own() {
    let project = project();
    let settings = format!(
        "returns = [\"returns\"]\nperiod = {PERIOD}\nrestricted = true\n\
         [[limit]]\nwhen = \"nlw_nmw.below_pct > 10\"\nsector = \"independent\"\n"
    );
    project.write("paybench.toml", &settings);
    // The code that the inputs earn, also where nothing has changed since.
    for _ in 0..2 {
        project.run(&["run"]).ends(30).says(&["is breached"]);
    }
    project.write("paybench.toml", settings.replace("> 10", "ten"));
    project
        .run(&["run"])
        .ends(78)
        .says(&["paybench.toml: limit `nlw_nmw.below_pct ten"]);
}
