//! `paybench feedback`: a provider's own figures beside those of its sector.

use crate::book::{places, staff, xlsx};
use crate::util::{PERIOD, Project, small_return, workers, workplace};

/// Four providers of one sector with twelve workers each, and one of them with
/// a row to mend.
fn four() -> Project {
    let project = Project::new();
    for (provider, rate) in [
        ("ASH", "12.71"),
        ("ELM", "13.11"),
        ("OAK", "14.31"),
        ("YEW", "15.51"),
    ] {
        let names: Vec<String> = (0..12).map(|n| format!("w{n}")).collect();
        let mut pay: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), rate)).collect();
        if provider == "OAK" {
            pay.push(("bad", "a lot"));
        }
        small_return(
            &project,
            &format!("in/{}", provider.to_lowercase()),
            provider,
            &pay,
        );
    }
    project
}

#[test]
fn a_provider_sees_its_own_figures_and_only_what_is_published_of_others() {
    let project = four();
    project.ingest(&["in"], PERIOD).ends(20);
    project
        .run(&["feedback", "OAK", "ASH"])
        .ends(64)
        .says(&["--restricted"]);
    let ran = project
        .run(&["feedback", "OAK", "ASH", "--restricted"])
        .ends(0);
    assert_eq!(ran.stdout, "feedback/ash.html\nfeedback/oak.html\n");
    let (ash, oak) = (
        project.read("feedback/ash.html"),
        project.read("feedback/oak.html"),
    );
    // Own median, and that of the sector: between 13.11 and 14.31.
    for (page, own) in [(&ash, "£12.71"), (&oak, "£14.31")] {
        assert!(page.contains(own) && page.contains("£13.71"), "{page}");
    }
    // Medians of single others stand on no page.
    for other in ["£13.11", "£14.31", "£15.51", "ELM", "OAK", "YEW"] {
        assert!(!ash.contains(other), "{other}");
    }
    assert!(oak.contains("a lot") && oak.contains("workers.pay_rate.unreadable"));
    assert!(!ash.contains("a lot") && ash.contains("there is no error and no warning"));
    project.run(&["verify", "feedback"]).ends(0);
    project
        .run(&["feedback", "OAKS", "--restricted"])
        .ends(64)
        .says(&["there is OAK"]);
    // All of them; and nothing else is replaced by pages.
    project.run(&["feedback", "--restricted"]).ends(0);
    assert_eq!(
        std::fs::read_dir(project.join("feedback")).unwrap().count(),
        5
    );
    project.run(&["report", "--out", "out"]).ends(0);
    project
        .run(&["feedback", "--restricted", "--out", "out"])
        .ends(64)
        .says(&["no feedback"]);
}

#[test]
fn findings_of_a_return_that_providers_share_are_on_no_page() {
    let project = Project::new();
    let places = [
        workplace("ASH", "P1", "independent"),
        workplace("ELM", "P1", "independent"),
    ];
    let rows = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    project.write(
        "both/workplaces.csv",
        format!("{}{}", places[0], rows(&places[1])),
    );
    let pay = [
        workers("ASH", "P1", &[("a", "12.71")]),
        workers("ELM", "P1", &[("b", "plenty")]),
    ];
    project.write("both/workers.csv", format!("{}{}", pay[0], rows(&pay[1])));
    project.ingest(&["both"], PERIOD).ends(20);
    project.run(&["feedback", "--restricted"]).ends(0);
    for page in ["feedback/ash.html", "feedback/elm.html"] {
        let text = project.read(page);
        assert!(
            !text.contains("plenty") && text.contains("Other providers share the return"),
            "{page}"
        );
    }
}

#[test]
fn sheets_of_a_workbook_are_told_apart() {
    let project = Project::new();
    let book = xlsx(&[("workplaces", places()), ("workers", staff(&[]))]);
    project.write("ash.xlsx", book);
    project.ingest(&["ash.xlsx"], PERIOD);
    project.run(&["feedback", "--restricted"]).ends(0);
    let provider = project.value("SELECT lower(provider_id) AS id FROM workplaces");
    let page = project.read(&format!("feedback/{provider}.html"));
    for sheet in ["workplaces", "workers"] {
        assert!(page.contains(&format!("ash.xlsx sheet {sheet}")), "{page}");
    }
}
