//! What the sender of a return has to mend: findings grouped by rule, with
//! what to mend first at the top, as values and as a page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Figure;
use super::{ReportError, Templates, text};
use crate::model::finding::{Finding, Severity};

/// In which order things are mended: what stands first may cause the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Files and returns that cannot be taken as they are, and slipped cells.
    Structure,
    /// Rows that are not accepted.
    Errors,
    /// What is accepted and asks for a look.
    Warnings,
}

/// All findings of one rule and severity.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// When to mend it.
    pub part: Part,
    /// The rule's id.
    pub rule: String,
    /// What is wrong, in the words of the rule or, if all are the same, of the findings.
    pub message: String,
    /// What to do, where it is the same everywhere.
    pub fix: Option<String>,
    /// How many findings.
    pub count: Figure,
    /// The findings, those of the same words together.
    pub problems: Vec<Problem>,
}

/// Findings of the same words.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// What is wrong; empty where the group says so.
    pub message: String,
    /// What to do; empty where the group says so.
    pub fix: String,
    /// Where, in the order of files and rows.
    pub places: Vec<Place>,
}

/// The address of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, as a path below what was given, or the return.
    pub file: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The line or sheet row.
    pub row: Option<u64>,
    /// The cell of a workbook.
    pub cell: Option<String>,
    /// The column as the file calls it.
    pub column: Option<String>,
    /// What was found.
    pub value: Option<String>,
}

/// One file and what became of its rows.
#[derive(Clone, Debug, Serialize)]
pub struct FileRows {
    /// The file, as a path below what was given.
    pub file: String,
    /// Rows read, accepted, rejected, blank and skipped.
    pub rows: [u64; 5],
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// The reference date, `30 September 2026`.
    pub period_words: String,
    /// The version of this program.
    pub tool_version: String,
    /// How many returns were read.
    pub returns: u64,
    /// The returns that are rejected as a whole.
    pub rejected: Vec<String>,
    /// The files read.
    pub files: Vec<FileRows>,
    /// All findings, grouped.
    pub groups: &'a [Group],
}

/// What the template of the page is given.
#[derive(Serialize)]
pub struct Page<'a> {
    period_words: &'a str,
    tool_version: &'a str,
    returns: Figure,
    rejected: &'a [String],
    files: Vec<FileView<'a>>,
    errors: Figure,
    warnings: Figure,
    parts: Vec<PartView<'a>>,
}

#[derive(Serialize)]
struct FileView<'a> {
    file: &'a str,
    rows: [Figure; 5],
}

#[derive(Serialize)]
struct PartView<'a> {
    part: Part,
    groups: Vec<GroupView<'a>>,
}

/// A group with the columns that its table needs besides the file.
#[derive(Serialize)]
struct GroupView<'a> {
    number: usize,
    group: &'a Group,
    shown: Vec<&'static str>,
}

/// Groups findings; `words` gives the message of a rule itself.
#[must_use]
pub fn groups(findings: &[Finding], words: &dyn Fn(&str) -> Option<String>) -> Vec<Group> {
    let mut by_rule: BTreeMap<(Part, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let key = (part(finding), &*finding.rule);
        by_rule.entry(key).or_default().push(finding);
    }
    let mut sorted: Vec<_> = by_rule.into_iter().collect();
    // The most frequent first; sorting is stable, so equal ones stay by rule.
    sorted.sort_by_key(|((part, _), found)| (*part, std::cmp::Reverse(found.len())));
    sorted
        .into_iter()
        .map(|((part, rule), found)| group(part, rule, &found, words))
        .collect()
}

fn part(finding: &Finding) -> Part {
    let structure = ["file.", "return."];
    let rule = &*finding.rule;
    match finding.severity {
        Severity::Warning => Part::Warnings,
        Severity::Error if structure.iter().any(|start| rule.starts_with(start)) => Part::Structure,
        Severity::Error if rule.rsplit('.').next() == Some("cells") => Part::Structure,
        Severity::Error => Part::Errors,
    }
}

fn group(
    part: Part,
    rule: &str,
    found: &[&Finding],
    words: &dyn Fn(&str) -> Option<String>,
) -> Group {
    let one_message = found.iter().all(|f| f.message == found[0].message);
    let one_fix = found.iter().all(|f| f.fix == found[0].fix);
    let own_words = words(rule).unwrap_or_else(|| rule.to_owned());
    // What follows the words of the rule is what tells the findings apart.
    let rest = |message: &str| {
        let rest = message.strip_prefix(&own_words);
        let rest = rest.and_then(|rest| rest.strip_prefix(": "));
        rest.unwrap_or(message).to_owned()
    };
    let mut problems: Vec<Problem> = Vec::new();
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in found {
        let own = (&*finding.message, &*finding.fix);
        let at = *known.entry(own).or_insert_with(|| {
            let (message, fix) = (rest(own.0), own.1.to_owned());
            problems.push(Problem {
                message: if one_message { String::new() } else { message },
                fix: if one_fix { String::new() } else { fix },
                places: Vec::new(),
            });
            problems.len() - 1
        });
        problems[at].places.push(Place {
            file: finding.path(),
            sheet: finding.sheet.clone(),
            row: finding.row,
            cell: finding.cell.clone(),
            column: finding.column.clone(),
            value: finding.value.clone(),
        });
    }
    let message = if one_message {
        found[0].message.to_string()
    } else {
        own_words
    };
    Group {
        part,
        rule: rule.to_owned(),
        message,
        fix: one_fix.then(|| found[0].fix.to_string()),
        count: Figure::count(found.len() as u64),
        problems,
    }
}

/// Makes the page for the sender.
///
/// # Errors
/// Where a template of the user's does not fit.
pub fn page(checked: &Checked<'_>, templates: &Templates) -> Result<String, ReportError> {
    text("check.html.j2", templates, &Page::new(checked))
}

impl<'a> Page<'a> {
    /// The values of the page.
    #[must_use]
    pub fn new(checked: &'a Checked<'_>) -> Page<'a> {
        let total = |warnings: bool| {
            let groups = checked.groups.iter();
            let own = groups.filter(|group| (group.part == Part::Warnings) == warnings);
            let places = own
                .flat_map(|group| &group.problems)
                .map(|p| p.places.len());
            Figure::count(places.sum::<usize>() as u64)
        };
        let numbered: Vec<(usize, &Group)> = (1..).zip(checked.groups).collect();
        let parts = [Part::Structure, Part::Errors, Part::Warnings].map(|part| PartView {
            part,
            groups: numbered
                .iter()
                .filter(|(_, group)| group.part == part)
                .map(|(number, group)| view(*number, group))
                .collect(),
        });
        Page {
            period_words: &checked.period_words,
            tool_version: &checked.tool_version,
            returns: Figure::count(checked.returns),
            rejected: &checked.rejected,
            files: checked
                .files
                .iter()
                .map(|file| FileView {
                    file: &file.file,
                    rows: file.rows.map(Figure::count),
                })
                .collect(),
            errors: total(false),
            warnings: total(true),
            parts: parts
                .into_iter()
                .filter(|part| !part.groups.is_empty())
                .collect(),
        }
    }
}

fn view(number: usize, group: &Group) -> GroupView<'_> {
    let any = |has: fn(&Place) -> bool| {
        let mut places = group.problems.iter().flat_map(|problem| &problem.places);
        places.any(has)
    };
    let own_words = |problem: &Problem| !problem.message.is_empty();
    let columns = [
        ("sheet", any(|place| place.sheet.is_some())),
        ("row", any(|place| place.row.is_some())),
        ("cell", any(|place| place.cell.is_some())),
        ("column", any(|place| place.column.is_some())),
        ("value", any(|place| place.value.is_some())),
        ("message", group.problems.iter().any(own_words)),
        ("fix", group.fix.is_none()),
    ];
    let shown = columns.into_iter().filter(|(_, needed)| *needed);
    GroupView {
        number,
        group,
        shown: shown.map(|(column, _)| column).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, rule: &str, row: u64, message: &str, fix: &str) -> Finding {
        Finding {
            return_id: "oak".to_owned(),
            file: "workers.csv".to_owned(),
            row: Some(row),
            column: Some("role".to_owned()),
            rule: rule.to_owned().into(),
            severity,
            sheet: None,
            cell: None,
            value: None,
            message: message.to_owned().into(),
            fix: fix.to_owned().into(),
        }
    }

    #[test]
    fn structure_comes_first_then_the_most_frequent_and_nothing_is_left_out() {
        let findings = [
            finding(Severity::Warning, "workers.x.odd", 2, "odd", "look"),
            finding(Severity::Error, "workers.role.required", 3, "empty", "give"),
            finding(
                Severity::Error,
                "workers.role.unknown_code",
                4,
                "`a`",
                "use b",
            ),
            finding(
                Severity::Error,
                "workers.role.unknown_code",
                5,
                "`c`",
                "use b",
            ),
            finding(Severity::Error, "workers.cells", 6, "too many", "check"),
            finding(Severity::Error, "file.header", 1, "no header", "add"),
        ];
        let words = |rule: &str| (rule == "workers.role.unknown_code").then(|| "a code".to_owned());
        let groups = groups(&findings, &words);
        let rules: Vec<&str> = groups.iter().map(|group| group.rule.as_str()).collect();
        assert_eq!(
            rules,
            [
                "file.header",
                "workers.cells",
                "workers.role.unknown_code",
                "workers.role.required",
                "workers.x.odd"
            ]
        );
        let codes = &groups[2];
        assert_eq!(codes.message, "a code");
        assert_eq!(codes.fix.as_deref(), Some("use b"));
        assert_eq!(codes.problems.len(), 2);
        assert_eq!(codes.problems[1].message, "`c`");
        let places = groups.iter().flat_map(|group| &group.problems);
        assert_eq!(
            places.map(|p| p.places.len()).sum::<usize>(),
            findings.len()
        );
    }
}
