//! The returns of one call: recognised, fingerprinted, and judged as far as
//! files, workplaces and keys go, before any row is written anywhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rustc_hash::{FxHashMap, FxHashSet};

use super::asc_wds::{self, Lists};
use super::file::{File, Kind, look, of_file};
use super::key::Key;
use super::layout::Binding;
use super::row::{RowFindings, Value, cells, values};
use super::rules::{self, Row, Rule, breach};
use crate::model::finding::Finding;
use crate::model::schema::{self, TABLES};
use crate::returns::Return;
use crate::returns::record::{Block, Record};
use crate::returns::text::Rows;

/// One workplace that its own row does not reject.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// Its number within the call: the first half of every row's key.
    pub number: u32,
    /// The file and row that it stands in.
    pub file: usize,
    /// The row on which it starts.
    pub row: u64,
    /// Staff of every contract, where given.
    pub total_staff: Option<i64>,
    /// The counts of joiners and leavers, for `asc-wds`.
    pub lists: Option<Lists>,
}

/// One return, looked at.
pub struct Judged {
    /// Its id.
    pub id: String,
    /// Its files.
    pub files: Vec<File>,
    /// Whether it can be accepted as a whole.
    pub accepted: bool,
    /// Findings of the return as a whole.
    pub findings: Vec<Finding>,
    /// The workplaces that are accepted, by provider and workplace.
    pub workplaces: BTreeMap<(String, String), Workplace>,
    /// Workplaces by LOCALESTID, for `asc-wds`.
    pub references: asc_wds::Workplaces,
    /// Workplaces that stand in another return too, and in which.
    pub elsewhere: BTreeMap<(String, String), String>,
    /// Keys that more than one row has, by table.
    pub duplicates: BTreeMap<&'static str, FxHashSet<u128>>,
    /// What the rows of pay periods need of the workers: filled while those are read.
    pub people: FxHashMap<u128, Person>,
    /// Roles with permanent or temporary staff, by workplace number.
    pub staffed: HashMap<u32, BTreeSet<String>>,
    /// Worker rows, accepted or not, by workplace number.
    pub staff: HashMap<u32, i64>,
}

/// What the rows of pay periods need of a worker.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Date of birth.
    pub birth: Option<i32>,
    /// The answer to `apprentice`.
    pub apprentice: Option<bool>,
    /// Start of the apprenticeship.
    pub start: Option<i32>,
}

/// What the store holds already for the period, from other returns too.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The return that each workplace is in.
    pub workplaces: HashMap<(String, String), String>,
    /// The providers of each return.
    pub providers: BTreeMap<String, BTreeSet<String>>,
}

/// All returns of one call.
pub struct Intake {
    /// The returns by id.
    pub returns: Vec<Judged>,
    /// The period, as days since 1970.
    pub period: i32,
    /// The key of workers.
    pub key: Key,
    /// How many threads may work.
    pub threads: usize,
}

impl Intake {
    /// Looks at every file: its bytes, its header.
    ///
    /// # Errors
    /// Where a file that was there can no longer be read.
    pub fn prepare(
        returns: Vec<Return>,
        period: i32,
        key: Key,
        threads: usize,
    ) -> std::io::Result<Intake> {
        let returns = returns
            .into_iter()
            .map(|entry| {
                let files: std::io::Result<Vec<File>> = entry
                    .files
                    .into_iter()
                    .map(|source| look(&entry.id, source))
                    .collect();
                let files = files?;
                Ok(Judged {
                    accepted: true,
                    id: entry.id,
                    files,
                    findings: Vec::new(),
                    workplaces: BTreeMap::new(),
                    references: BTreeMap::new(),
                    elsewhere: BTreeMap::new(),
                    duplicates: BTreeMap::new(),
                    people: FxHashMap::default(),
                    staffed: HashMap::new(),
                    staff: HashMap::new(),
                })
            })
            .collect::<std::io::Result<Vec<Judged>>>()?;
        Ok(Intake {
            returns,
            period,
            key,
            threads,
        })
    }

    /// Judges workplaces: keys within a return, between returns, and against
    /// what the store holds. Forgets what was judged before.
    pub fn judge(&mut self, held: &Held) {
        let mut number = 0;
        for entry in &mut self.returns {
            entry.findings.clear();
            entry.elsewhere.clear();
            entry.accepted = entry
                .files
                .iter()
                .all(|file| !matches!(file.kind, Kind::Broken));
            scan_workplaces(entry, self.period, &mut number);
        }
        self.two_returns(held);
        for entry in &mut self.returns {
            for place in entry.elsewhere.keys() {
                entry.workplaces.remove(place);
            }
            if !entry.accepted {
                continue;
            }
            if entry.workplaces.is_empty() {
                entry.accepted = false;
                entry
                    .findings
                    .push(of_return(&entry.id, &rules::NO_WORKPLACE, ""));
            } else if let Some(before) = held.providers.get(&entry.id) {
                let now: BTreeSet<&String> = entry.workplaces.keys().map(|(p, _)| p).collect();
                if !before.is_empty() && !before.iter().any(|provider| now.contains(provider)) {
                    let names = |list: Vec<&String>| {
                        list.iter()
                            .map(|name| name.as_str())
                            .collect::<Vec<_>>()
                            .join(", ")
                    };
                    let detail = format!(
                        "this one is from {}, the stored one from {}",
                        names(now.into_iter().collect()),
                        names(before.iter().collect())
                    );
                    entry.accepted = false;
                    entry
                        .findings
                        .push(of_return(&entry.id, &rules::OTHER_PROVIDER, &detail));
                }
            }
        }
    }

    fn two_returns(&mut self, held: &Held) {
        let mut owners: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (index, entry) in self
            .returns
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.accepted)
        {
            for place in entry.workplaces.keys() {
                owners.entry(place.clone()).or_default().push(index);
            }
        }
        let here: BTreeSet<String> = self.returns.iter().map(|entry| entry.id.clone()).collect();
        for (place, indexes) in owners {
            let stored = held.workplaces.get(&place).filter(|id| !here.contains(*id));
            for index in &indexes {
                let other = indexes
                    .iter()
                    .find(|other| *other != index)
                    .map(|other| self.returns[*other].id.clone())
                    .or_else(|| stored.map(|id| format!("{id}, which the store holds")));
                if let Some(other) = other {
                    self.returns[*index].elsewhere.insert(place.clone(), other);
                }
            }
        }
    }
}

fn of_return(return_id: &str, rule: &Rule, detail: &str) -> Finding {
    of_file(return_id, "", rule, None, detail)
}

/// Finds the workplaces that their own rows do not reject. Findings are made
/// when the rows are read for the store, not here.
fn scan_workplaces(entry: &mut Judged, period: i32, number: &mut u32) {
    let Some(table) = schema::table("workplaces") else {
        return;
    };
    let mut found: BTreeMap<(String, String), Workplace> = BTreeMap::new();
    let mut keys: BTreeSet<(String, String)> = BTreeSet::new();
    let mut twice: BTreeSet<(String, String)> = BTreeSet::new();
    let mut references = asc_wds::Workplaces::new();
    for (index, file) in entry.files.iter().enumerate() {
        let Some(binding) = file.rows_of(&table.name) else {
            continue;
        };
        let Ok(mut rows) = Rows::open(&file.source.path, file.fingerprint.encoding) else {
            continue;
        };
        let mut block = Block::default();
        // A file that breaks off is told of when its rows are read.
        while rows.fill(&mut block, usize::MAX).is_ok_and(|more| more) {}
        for (line, record) in block.records() {
            let mut unseen = Vec::new();
            let mut findings = RowFindings {
                all: &mut unseen,
                return_id: &entry.id,
                file: &file.source.name,
                table: &table.name,
                row: line,
                rejected: false,
            };
            let mut typed = Vec::new();
            let mut texts = Vec::new();
            if !is_row(binding, record) {
                continue;
            }
            let lists = read_workplace(
                binding,
                record,
                period,
                &mut texts,
                &mut typed,
                &mut findings,
            );
            let row = Row {
                table,
                values: &mut typed,
                cells: &texts,
            };
            let (Some(provider), Some(place)) = (
                row.get("provider_id").text(),
                row.get("workplace_id").text(),
            ) else {
                continue;
            };
            let id = (provider.to_owned(), place.to_owned());
            let total_staff = row.get("total_staff").number();
            if !keys.insert(id.clone()) {
                twice.insert(id.clone());
            }
            if binding.strict {
                references.insert(asc_wds::reference(place), id.clone());
            }
            if !findings.rejected {
                *number += 1;
                found.insert(
                    id,
                    Workplace {
                        number: *number,
                        file: index,
                        row: line,
                        total_staff,
                        lists,
                    },
                );
            }
        }
    }
    // A key that two rows have rejects both, also where one is wrong besides.
    found.retain(|id, _| !twice.contains(id));
    entry.workplaces = found;
    entry.references = references;
}

/// Types a workplace's row and runs its rules.
pub fn read_workplace<'a>(
    binding: &'a Binding,
    record: Record<'a>,
    period: i32,
    texts: &mut Vec<super::row::Cell<'a>>,
    typed: &mut Vec<Value<'a>>,
    findings: &mut RowFindings<'_>,
) -> Option<Lists> {
    length(binding, record, findings);
    cells(binding, record, texts);
    let mut lists = None;
    if binding.strict {
        asc_wds::workplace(binding, record, texts);
        lists = Some(asc_wds::lists(binding, record, findings));
    }
    values(binding, texts, period, findings, typed);
    let mut row = Row {
        table: binding.table,
        values: typed,
        cells: texts,
    };
    for rule in rules::cross_field(&binding.table.name) {
        rule(&mut row, findings);
    }
    lists
}

/// Whether a record has text and is not marked as deleted.
#[must_use]
pub fn is_row(binding: &Binding, record: Record<'_>) -> bool {
    !record.is_blank() && !is_deleted(binding, record)
}

/// Whether a record says that it is to be left out.
#[must_use]
pub fn is_deleted(binding: &Binding, record: Record<'_>) -> bool {
    let status = binding.status.and_then(|at| record.get(at));
    status.is_some_and(|status| status.trim().eq_ignore_ascii_case("DELETE"))
}

/// Checks that a row has as many cells as the header, and its status.
pub fn length(binding: &Binding, record: Record<'_>, findings: &mut RowFindings<'_>) {
    let (cells, columns) = (record.len(), binding.header.len());
    if cells > columns
        && record
            .cells()
            .skip(columns)
            .any(|cell| !cell.trim().is_empty())
    {
        breach(
            &rules::LONG_ROW,
            findings,
            None,
            None,
            &format!("{cells} cells under {columns} columns"),
        );
    }
    // Downloads of strict layouts leave out empty cells at the end of a row.
    if cells < columns && !binding.strict {
        breach(
            &rules::SHORT_ROW,
            findings,
            None,
            None,
            &format!("{cells} cells under {columns} columns"),
        );
    }
    if let Some(status) = binding.status.and_then(|at| record.get(at)) {
        let known = ["NEW", "UPDATE", "UNCHECKED", "NOCHANGE", "DELETE"];
        if !known
            .iter()
            .any(|word| word.eq_ignore_ascii_case(status.trim()))
        {
            breach(
                &rules::BAD_STATUS,
                findings,
                Some("STATUS"),
                Some(status),
                "",
            );
        }
    }
}

/// The tables in the order in which they are read: workers before the flows
/// and pay periods that need them.
#[must_use]
pub fn reading_order() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name.as_str()).collect()
}
