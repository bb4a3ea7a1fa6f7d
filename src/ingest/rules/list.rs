//! Every rule, those of single columns too: what `describe rules` prints.

use std::collections::BTreeMap;

use super::{RULES, Scope};
use crate::ingest::fault::{GUARDED_FIX, MARKED_FIX};
use crate::model::finding::Severity;
use crate::model::schema::{Kind, TABLES};

/// A rule as people read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The stable id; those of any row stand as `TABLE.rule`.
    pub id: String,
    /// How much it looks at.
    pub scope: Scope,
    /// What its breach means.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// Every rule, those of single columns first.
#[must_use]
pub fn all() -> Vec<Listed> {
    let mut rules = Vec::new();
    for table in TABLES.iter() {
        for column in table.columns.iter().filter(|column| !column.derived) {
            let mut add = |fault: &str, message: String| {
                rules.push(Listed {
                    id: format!("{}.{}.{fault}", table.name, column.name),
                    scope: Scope::Column,
                    severity: Severity::Error,
                    message,
                    fix: format!("give {}", column.kind.expected()),
                });
            };
            if column.required {
                add("required", format!("{} is empty", column.name));
            }
            match column.kind {
                Kind::Text | Kind::Key => {}
                Kind::Code | Kind::YesNo => {
                    add(
                        "unknown_code",
                        format!("{} is not a known code", column.name),
                    );
                }
                Kind::Date => {
                    add("unreadable", format!("{} cannot be read", column.name));
                    add("range", format!("{} is before 1900", column.name));
                    if column.past {
                        add(
                            "after_period",
                            format!("{} is after the period", column.name),
                        );
                    }
                }
                Kind::Area => add("unreadable", format!("{} cannot be read", column.name)),
                _ => {
                    add("unreadable", format!("{} cannot be read", column.name));
                    if !column.range_by_rule {
                        let (min, max) = column.limits();
                        add(
                            "range",
                            format!("{} is not between {min} and {max}", column.name),
                        );
                    }
                }
            }
        }
    }
    for (fault, severity, message, fix) in [
        (
            "unreadable",
            Severity::Error,
            "a text has more than 4,096 characters, or an id stands on two lines",
            "give the text as it is, on one line",
        ),
        (
            "marked",
            Severity::Warning,
            "a number has a mark behind it, such as [p]; the number is used",
            MARKED_FIX,
        ),
        (
            "guarded",
            Severity::Warning,
            "a cell stands in a spreadsheet's guard, =\"...\"; what is inside it is used",
            GUARDED_FIX,
        ),
    ] {
        rules.push(Listed {
            id: format!("TABLE.COLUMN.{fault}"),
            scope: Scope::Column,
            severity,
            message: message.to_owned(),
            fix: fix.to_owned(),
        });
    }
    for rule in RULES {
        rules.push(Listed {
            id: rule.id.replacen("row.", "TABLE.", 1),
            scope: rule.scope,
            severity: rule.severity,
            message: rule.message.to_owned(),
            fix: rule.fix.to_owned(),
        });
    }
    rules
}

/// The words of the rules, to be looked up by the rule of a finding.
pub fn messages() -> impl Fn(&str) -> Option<String> {
    let known: BTreeMap<String, String> = all()
        .into_iter()
        .map(|rule| (rule.id, rule.message))
        .collect();
    move |rule| {
        let any_row = || known.get(&format!("TABLE.{}", rule.split_once('.')?.1));
        let any_cell = || known.get(&format!("TABLE.COLUMN.{}", rule.rsplit_once('.')?.1));
        known.get(rule).or_else(any_row).or_else(any_cell).cloned()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_has_an_id_of_its_own_and_says_what_to_do() {
        let mut ids = std::collections::BTreeSet::new();
        for rule in super::all() {
            let id = rule.id;
            assert!(!rule.message.is_empty() && !rule.fix.is_empty(), "{id}");
            assert!(ids.insert(id.clone()), "{id} twice");
        }
    }
}
