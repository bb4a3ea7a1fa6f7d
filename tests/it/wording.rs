//! What is voluntary, promised or proposed never reads as law.

use crate::util::{PERIOD, Project, fixture};

/// Words that only law may have.
const OF_LAW: [&str; 13] = [
    "unlawful",
    "illegal",
    "breach",
    "must ",
    "offence",
    "non-compliant",
    "noncomplian",
    "violat",
    "infring",
    "obliged",
    "prohibited",
    "penalt",
    "enforce",
];

/// Sentences that say that something is not law, or that nobody broke it.
const DENIALS: [&str; 3] = [
    "finds no breach by anyone",
    "is not a finding of a breach",
    "breaks no law",
];

/// Sections that are not about law, and what each must say.
const NOT_LAW: [(&str, &str, &[&str]); 7] = [
    (
        "living_wage",
        "real-living-wage",
        &["a voluntary standard", "breaks no law"],
    ),
    (
        "living_wage",
        "care-floors",
        &["not law", "breaks no statutory minimum"],
    ),
    ("living_wage", "compression", &[]),
    ("living_wage", "areas", &["Real Living Wage (voluntary)"]),
    // A doubt about the law is no result either.
    (
        "living_wage",
        "rate-caveats",
        &["may be below", "None is a result"],
    ),
    (
        "contract_audit",
        "voluntary",
        &["Voluntary standard", "breaks no law"],
    ),
    (
        "contract_audit",
        "proposed",
        &["Proposal", "Nothing in this section is in force"],
    ),
];

fn section<'a>(page: &'a str, id: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("<section aria-labelledby=\"{id}\""))?;
    rest.split_once("</section>").map(|(section, _)| section)
}

/// What a reader reads of it: names in tags are those of the data.
pub fn read(section: &str) -> String {
    let pieces = section.split('<');
    pieces
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .collect::<String>()
        .to_lowercase()
}

#[test]
fn only_law_is_worded_as_law() {
    let project = Project::new();
    project
        .ingest(&[&fixture("sample/2026-09-30")], PERIOD)
        .ends(20);
    for release in ["protected", "restricted"] {
        let mut args = vec!["report", "--out", release];
        args.extend((release == "restricted").then_some("--restricted"));
        project.run(&args).ends(0);
        for (page, id, says) in NOT_LAW {
            let text = project.read(&format!("{release}/{page}.html"));
            let section = section(&text, id).unwrap_or_else(|| panic!("no {id} on {page}"));
            for words in says {
                assert!(section.contains(words), "`{words}` not in {id}");
            }
            let plain = DENIALS
                .iter()
                .fold(read(section), |text, denial| text.replace(denial, ""));
            for word in OF_LAW {
                assert!(
                    !plain.contains(word),
                    "`{word}` in {id} of the {release} {page}"
                );
            }
        }
        // Nobody's pay or contract is judged anywhere, not even against law.
        for page in ["living_wage", "contract_audit", "sector_comparison"] {
            let text = project
                .read(&format!("{release}/{page}.html"))
                .to_lowercase();
            for word in ["unlawful", "illegal", "non-compliant"] {
                assert!(!text.contains(word), "`{word}` on {page}");
            }
        }
    }
}
