//! `paybench init`, `handover`, manual pages and completions.

use crate::util::{Project, small_return, tree};

#[test]
fn a_new_project_runs_as_it_is_and_nothing_in_the_way_is_touched() {
    let project = Project::new();
    project.write("job/.gitignore", "/mine/\n");
    project
        .run(&["init", "job"])
        .ends(0)
        .says(&["one folder a return"]);
    assert_eq!(project.read("job/.gitignore"), "/mine/\n");
    small_return(
        &project,
        "job/returns/2026-09-30/ash",
        "ASH",
        &[("a", "12.71")],
    );
    project
        .run(&["run", "--config", "job/paybench.toml"])
        .ends(0);
    for made in ["job/store", "job/out/living_wage.html", "job/paybench.key"] {
        assert!(project.join(made).exists(), "{made}");
    }
    let before = tree(project.path());
    project
        .run(&["init", "job"])
        .ends(64)
        .says(&["paybench.toml is there already"]);
    assert_eq!(tree(project.path()), before);

    project.run(&["init", "own"]).ends(0);
    assert!(project.read("own/.gitignore").contains("*.key"));
    for sample in [
        "paybench.service",
        "paybench.timer",
        "crontab",
        "Containerfile",
    ] {
        assert!(
            project.join(&format!("own/schedule/{sample}")).exists(),
            "{sample}"
        );
    }
}

/// Every line of the settings that is an example is one that can be used.
#[test]
fn the_examples_in_the_settings_are_settings() {
    let project = Project::new();
    project.run(&["init", ".", "--sample"]).ends(0);
    let text = project.read("paybench.toml");
    let code = |line: &str| {
        let line = line.trim_start_matches("# ");
        line.starts_with('[')
            || line.split_once(" = ").is_some_and(|(name, _)| {
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            })
    };
    let all: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("# expected_from"))
        // The example of a limit needs other comparisons.
        .filter(|line| !line.starts_with("# comparisons"))
        .map(|line| {
            if code(line) {
                line.trim_start_matches("# ")
            } else {
                line
            }
        })
        .map(|line| {
            line.strip_prefix("command = ")
                .map_or(line, |_| "command = [\"true\"]")
        })
        .collect();
    // What stands outside any table must come before the first.
    let (mut top, mut tables) = (Vec::new(), Vec::new());
    let mut within = false;
    for line in all {
        within |= line.starts_with('[');
        if within {
            tables.push(line);
        } else {
            top.push(line);
        }
    }
    project.write("rates.csv", "scheme,band,min_age,max_age,rate_gbp_per_hour,announced_on,effective_from,implement_by,effective_to,source,confidence\n");
    project.run(&["describe", "layouts"]).ends(0);
    std::fs::create_dir(project.join("layouts")).unwrap();
    project.write(
        "paybench.toml",
        [top.join("\n"), tables.join("\n")].join("\n"),
    );
    project
        .run(&["run"])
        .ends(30)
        .says(&["nlw_nmw.below_pct > 0", "is breached"]);
    let text = project.read("paybench.toml");
    for used in [
        "\nlayouts =",
        "\nrates =",
        "\n[[expected]]",
        "\ndue =",
        "\n[[limit]]",
        "\n[hook]",
        "\nseconds =",
    ] {
        assert!(text.contains(used), "{used} in {text}");
    }
}

#[test]
fn the_handover_names_what_a_successor_needs() {
    let project = Project::new();
    project.run(&["init", "."]).ends(0);
    small_return(
        &project,
        "returns/2026-09-30/ash",
        "ASH",
        &[("a", "12.71"), ("b", "12.9O")],
    );
    let settings = project.read("paybench.toml");
    project.write(
        "paybench.toml",
        format!("{settings}\n[[expected]]\nreturn = \"elm\"\ndue = 2026-10-15\n"),
    );
    project.run(&["run", "--today", "2026-10-10"]).ends(20);
    project
        .run(&["handover", "--output", "handover.md"])
        .ends(0);
    let text = project.read("handover.md");
    let key = project.run(&["key", "id"]).ends(0).stdout;
    let manifest = std::fs::read(project.join("store/period=2026-09-30/0001.json")).unwrap();
    for part in [
        "return = \"elm\"",
        "| elm | 2026-10-15 | LATE |",
        "| ash | accepted | 1 | 0 |",
        "workers.pay_rate.unreadable",
        key.trim(),
        &crate::util::sha256(&manifest),
        "| 12.71 | 2026-04-01 |",
        "no: a proposal",
    ] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
    assert!(!text.contains("12.9O"), "no value of a return");
}

#[test]
fn every_verb_has_a_manual_page_and_is_completed() {
    let project = Project::new();
    project.run(&["man", "pages"]).ends(0);
    let help = project.run(&["--help"]).ends(0).stdout;
    let verbs: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() > 15, "{verbs:?}");
    let page = project.read("pages/paybench.1");
    for verb in &verbs {
        assert!(
            project
                .read(&format!("pages/paybench-{verb}.1"))
                .contains(".SH OPTIONS"),
            "{verb}"
        );
        assert!(page.contains(&format!("paybench\\-{verb}(1)")), "{verb}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = project.run(&["completions", shell]).ends(0).stdout;
        for verb in &verbs {
            assert!(script.contains(verb), "{verb} for {shell}");
        }
    }
}

#[cfg(not(feature = "serve"))]
#[test]
fn without_its_server_paybench_says_how_to_get_it() {
    let project = Project::new();
    project
        .run(&["serve"])
        .ends(64)
        .says(&["built without its server", "--features serve"]);
}
