//! Counts of joiners and leavers that stand as parallel lists in the row of a
//! workplace: a list of roles, and for each role one count in every other list.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::RowFindings;
use super::layout::{Binding, ListLayout};
use super::rules::{self, breach};
use crate::returns::record::Record;

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Starters, leavers and vacancies of one role; `None` is not known.
pub type Counts = [Option<i64>; 3];

/// The lists of one workplace: counts by role, and which lists were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// Counts by role, roles that fall together summed.
    pub roles: BTreeMap<String, Counts>,
    /// Whether the list was answered: neither blank nor not known.
    pub answered: [bool; 3],
}

/// Reads the parallel lists of a workplace, where its layout has any.
pub fn lists(
    binding: &Binding,
    record: Record<'_>,
    findings: &mut RowFindings<'_>,
) -> Option<Lists> {
    let layout = binding.file_layout()?.lists.as_ref()?;
    Some(read(layout, binding, record, findings))
}

fn read(
    layout: &ListLayout,
    binding: &Binding,
    record: Record<'_>,
    findings: &mut RowFindings<'_>,
) -> Lists {
    let role_of = |code: &str| {
        let retired = layout.retired_codes.as_ref().filter(|_| binding.older);
        let retired = || retired.and_then(|codes| codes.get(code));
        layout.codes.get(code).or_else(retired)
    };
    let not_known = layout.not_known.as_str();
    let listed = binding.field(record, &layout.roles).trim();
    let mut result = Lists::default();
    let mut roles = Vec::new();
    for code in listed
        .split(';')
        .map(str::trim)
        .filter(|_| !listed.is_empty())
    {
        let role = role_of(code);
        if role.is_none() {
            let column = Some(layout.roles.as_str());
            breach(&rules::ASC_ROLES, findings, column, Some(code), "");
        }
        // The counts of a role that is not known have their places all the same.
        roles.push(role.map(str::to_owned));
    }
    for role in roles.iter().flatten() {
        result.roles.insert(role.clone(), [Some(0); 3]);
    }
    for (which, column) in layout.counts.iter().enumerate() {
        let text = binding.field(record, column).trim();
        let unknown = text.is_empty() || text == not_known;
        result.answered[which] = !unknown;
        let mut counts = Vec::new();
        for part in text.split(';').map(str::trim).filter(|_| !unknown) {
            match part.parse::<i64>() {
                _ if part == not_known => counts.push(None),
                Ok(count) if (0..=layout.most).contains(&count) && digits(part) => {
                    counts.push(Some(count));
                }
                _ => {
                    breach(&rules::ASC_COUNTS, findings, Some(column), Some(part), "");
                    counts.push(None);
                }
            }
        }
        let nothing = listed.is_empty() && counts.iter().all(|count| *count == Some(0));
        if !unknown && !nothing && counts.len() != roles.len() {
            let detail = format!("{column} has {} of {} counts", counts.len(), roles.len());
            breach(
                &rules::ASC_LISTS,
                findings,
                Some(column),
                Some(text),
                &detail,
            );
        }
        for (position, role) in roles.iter().enumerate() {
            let Some(role) = role else { continue };
            let count = if unknown {
                None
            } else {
                counts.get(position).copied().flatten()
            };
            if let Some(sums) = result.roles.get_mut(role) {
                // A sum with an unknown part is not known.
                sums[which] = sums[which].zip(count).map(|(sum, count)| sum + count);
            }
        }
    }
    result
}

impl Lists {
    /// Adds the roles that have permanent or temporary staff and are not
    /// listed: none joined or left, where the list was answered at all.
    pub fn complete(&mut self, staffed: &BTreeSet<String>) {
        for role in staffed {
            let none = self.answered.map(|answered| answered.then_some(0));
            self.roles.entry(role.clone()).or_insert(none);
        }
    }
}
