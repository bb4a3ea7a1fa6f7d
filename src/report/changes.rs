//! What a job's release tells of the last one, and of the returns awaited.

use serde::{Deserialize, Serialize};

/// What changed since the last release, by where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The last release; none where this is the first.
    pub last: Option<Last>,
    /// Returns.
    pub data: DataChanges,
    /// The checks of returns, layouts, and rules on contracts.
    pub rules: Vec<Changed>,
    /// Wage floors in use.
    pub rates: Vec<RateChange>,
    /// The version, queries, templates and the policy on disclosure.
    pub code: Vec<Changed>,
    /// What the job's own settings ask for.
    pub settings: Vec<Changed>,
    /// Figures.
    pub figures: FigureChanges,
}

/// The release before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// The reference date of its edition.
    pub period: String,
    /// Its edition.
    pub edition: u32,
    /// Whether that edition is still as the release names it; without it,
    /// nothing can be said of returns.
    pub known: bool,
}

/// Returns of this edition against those of the last release's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataChanges {
    /// Accepted for the first time.
    pub new: Returns,
    /// Accepted with other files than before.
    pub restated: Returns,
    /// The same files, read under other rules or layouts.
    pub read_anew: Returns,
    /// No longer in force.
    pub withdrawn: Returns,
    /// Rejected, and not in the same way before.
    pub rejected: Returns,
    /// Whether workers have keys under another secret.
    pub other_keys: bool,
    /// Earlier periods that are told over time, of which there is another edition now.
    #[serde(default)]
    pub earlier: Vec<Changed>,
}

/// Some returns: how many, and their ids where those may be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returns {
    /// How many.
    pub count: usize,
    /// Their ids; none in a protected release, where a name beside a moved
    /// figure tells whose figure it is.
    pub ids: Vec<String>,
}

/// Something named that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What it is, code: `version`, `query`, `view`, `layout`...
    pub what: String,
    /// Its name.
    pub name: String,
    /// `new`, `changed` or `gone`.
    pub how: String,
}

/// A wage floor that is used now, or no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateChange {
    /// The scheme's code.
    pub scheme: String,
    /// The band's code.
    pub band: String,
    /// Pounds an hour.
    pub rate: String,
    /// The day from which it holds.
    pub effective_from: String,
    /// `new` or `gone`.
    pub how: String,
}

/// Figures against those of the last release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureChanges {
    /// A figure moved that is off by so many per cent of what it was...
    pub moved_pct: String,
    /// ...or, where it is itself in per cent, by so many points.
    pub moved_points: String,
    /// Figures that are not what they were.
    pub changed: u64,
    /// The tables that are not what they were.
    pub tables: Vec<TableChange>,
    /// Figures that moved beyond the threshold, came or went.
    pub moved: Vec<Moved>,
    /// Rows of a protected release whose headcount is 1 to 9 off the last one.
    pub close: u64,
}

/// A table against that of the last release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChange {
    /// The comparison.
    pub name: String,
    /// Figures that are not what they were.
    pub changed: u64,
    /// Rows that were not there.
    pub new_rows: u64,
    /// Rows that are no longer there.
    pub gone_rows: u64,
    /// Whether it was compared figure by figure; the longest are not.
    pub compared: bool,
}

/// A figure that moved, came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The comparison.
    pub table: String,
    /// What its row is about: columns and values.
    pub row: Vec<(String, String)>,
    /// The figure's column.
    pub column: String,
    /// What it was; `[c]` or empty where there was none.
    pub before: String,
    /// What it is; `[c]` or empty where there is none.
    pub after: String,
    /// After less before, where both are figures.
    pub by: Option<String>,
}

/// A return that the job waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// Its id.
    pub return_id: String,
    /// The day by which it is due, ISO.
    pub due: Option<String>,
    /// `received`, `awaited` (not due yet) or `late`.
    pub state: String,
}

impl Returns {
    /// These returns, by name.
    #[must_use]
    pub fn named(ids: Vec<String>) -> Returns {
        Returns {
            count: ids.len(),
            ids,
        }
    }
}

impl Changes {
    /// The changes as a protected release may tell them: without the names of
    /// returns.
    #[must_use]
    pub fn unnamed(mut self) -> Changes {
        let data = &mut self.data;
        for returns in [
            &mut data.new,
            &mut data.restated,
            &mut data.read_anew,
            &mut data.withdrawn,
            &mut data.rejected,
        ] {
            returns.ids.clear();
        }
        self
    }
}

impl Awaited {
    /// The return as a protected release may tell of it: without its name.
    #[must_use]
    pub fn unnamed(self) -> Awaited {
        Awaited {
            return_id: String::new(),
            ..self
        }
    }
}
