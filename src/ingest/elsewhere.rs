//! Workplaces that stand in two returns: of one call, or of a call and the store.

use std::collections::{BTreeMap, BTreeSet};

use super::intake::{Held, Intake, Judged};
use super::rules;

/// Where a workplace stands that another return of the store has.
const HELD: &str = ", which the store holds";

impl Intake {
    /// Workplaces that stand in two returns leave both, or the newcomer where
    /// the other is in the store and stays there. A return that loses all its
    /// workplaces is rejected, so that its earlier version stays too: looked at
    /// again until nothing changes.
    pub(super) fn two_returns(&mut self, held: &Held) {
        let mut owners: BTreeMap<(String, String), Vec<Owner>> = BTreeMap::new();
        for (index, entry) in self
            .returns
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.accepted)
        {
            for (place, workplace) in &entry.workplaces {
                let sha256 = entry.files[workplace.file].fingerprint.sha256.clone();
                let owner = Owner { index, sha256 };
                owners.entry(place.clone()).or_default().push(owner);
            }
        }
        loop {
            let replaced: BTreeSet<&str> = self
                .returns
                .iter()
                .filter(|entry| entry.accepted)
                .map(|entry| entry.id.as_str())
                .collect();
            let mut elsewhere = Vec::new();
            for (place, owners) in &owners {
                let stored = held
                    .workplaces
                    .get(place)
                    .filter(|id| !replaced.contains(id.as_str()));
                for own in owners {
                    let own_id = &self.returns[own.index].id;
                    let other = owners.iter().find(|other| other.index != own.index);
                    let other = match (other, stored.filter(|id| *id != own_id)) {
                        (Some(other), _) => {
                            let id = &self.returns[other.index].id;
                            format!("{id}{}", same_file(other.sha256 == own.sha256))
                        }
                        (None, Some(id)) => {
                            let files = held.files.get(id);
                            let same = files.is_some_and(|files| files.contains(&own.sha256));
                            format!("{id}{HELD}{}", same_file(same))
                        }
                        (None, None) => continue,
                    };
                    elsewhere.push((own.index, place.clone(), other));
                }
            }
            for (index, place, other) in elsewhere {
                let entry = &mut self.returns[index];
                entry.workplaces.remove(&place);
                entry.elsewhere.insert(place, other);
            }
            let mut changed = false;
            for entry in &mut self.returns {
                if entry.accepted && entry.workplaces.is_empty() {
                    let detail = renamed(entry);
                    entry.reject(&rules::NO_WORKPLACE, &detail);
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }
}

/// A return of the call that has a workplace.
struct Owner {
    index: usize,
    /// The digest of the file that the workplace stands in.
    sha256: String,
}

fn same_file(same: bool) -> &'static str {
    if same { " (the same file)" } else { "" }
}

/// What to do where all workplaces are those of one return of the store.
fn renamed(entry: &Judged) -> String {
    let mut others = entry.elsewhere.values().map(|other| other.split_once(HELD));
    let Some(Some((id, _))) = others.next() else {
        return String::new();
    };
    if !others.all(|other| other.is_some_and(|(other, _)| other == id)) {
        return String::new();
    }
    format!(
        "all of them stand in return {id}{HELD}; if the folder of that one was renamed, take it \
         out first: paybench withdraw {id}"
    )
}
