//! The returns of one call: recognised, fingerprinted, and judged as far as
//! files, workplaces and keys go, before any row is written anywhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rustc_hash::{FxHashMap, FxHashSet};

use super::asc_wds;
use super::batch::CHUNK;
use super::before::Before;
use super::cell::{Cell, Cells, cells};
use super::file::{File, Kind, of_file};
use super::findings::RowFindings;
use super::header::Known;
use super::key::Key;
use super::layout::{Binding, CodeRules, Layouts};
use super::look::{Digest, look};
use super::looks;
use super::parallel::{self, Lists};
use super::row::values;
use super::rules::{self, Row, Rule};
use super::shape;
use super::tally::Tally;
use super::value::Value;
use crate::model::finding::Finding;
use crate::model::schema::{self, TABLES};
use crate::model::threads::on_threads;
use crate::model::{column, date};
use crate::returns::Return;
use crate::returns::record::{Block, Record};
use crate::returns::stamp::Stamp;
use crate::returns::workbook::Room;

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
    /// The employer's full-time week in ten-thousandths of an hour, where given.
    pub full_time_hours: Option<i64>,
    /// Whether a pay award for the period is not settled yet.
    pub award_pending: bool,
    /// The counts of joiners and leavers, for `asc-wds`.
    pub lists: Option<Lists>,
}

/// One return, looked at.
pub struct Judged {
    /// Its id.
    pub id: String,
    /// Its files.
    pub files: Vec<File>,
    /// The names of files beside them that are not read.
    pub passed_over: Vec<String>,
    /// Whether it can be accepted as a whole.
    pub accepted: bool,
    /// Findings of the return as a whole.
    pub findings: Vec<Finding>,
    /// The workplaces that are accepted, by provider and workplace.
    pub workplaces: BTreeMap<(String, String), Workplace>,
    /// The forms that the ids of its workplaces have.
    pub forms: BTreeSet<String>,
    /// Workplaces by LOCALESTID, for `asc-wds`.
    pub references: asc_wds::Workplaces,
    /// Workplaces that stand in another return too, and in which.
    pub elsewhere: BTreeMap<(String, String), String>,
    /// Keys that more than one row has, by table.
    pub duplicates: BTreeMap<&'static str, FxHashSet<u128>>,
    /// What the rows of pay periods need of the workers: filled while those are read.
    pub people: FxHashMap<u128, Person>,
    /// What its rows add up to: filled while they are read.
    pub tally: Tally,
}

/// What the rows of pay periods need of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// The digests of each return's files.
    pub files: BTreeMap<String, BTreeSet<String>>,
    /// The providers of each return.
    pub providers: BTreeMap<String, BTreeSet<String>>,
}

/// All returns of one call.
pub struct Intake {
    /// The returns by id.
    pub returns: Vec<Judged>,
    /// The layouts that files are recognised by.
    pub layouts: Layouts,
    /// The period, as days since 1970.
    pub period: i32,
    /// The key of workers.
    pub key: Key,
    /// How many threads may work.
    pub threads: usize,
    /// What the store holds from before, to be held against what comes now.
    pub before: Before,
}

impl Intake {
    /// Looks at every file: its header, and unless it is large its bytes.
    ///
    /// # Errors
    /// Where a file that was there can no longer be read.
    pub fn prepare(
        returns: Vec<Return>,
        layouts: Layouts,
        period: i32,
        key: Key,
        threads: usize,
    ) -> std::io::Result<Intake> {
        let room = Room::default();
        let known = Known::new(&layouts, date::from_days(period).unwrap_or_default());
        let looked = on_threads(threads, returns.iter().collect(), |_, entry| {
            look_at(entry, &known, &room)
        });
        drop(known);
        let returns = returns
            .into_iter()
            .zip(looked)
            .map(|(entry, files)| {
                Ok(Judged {
                    accepted: true,
                    id: entry.id,
                    files: files?,
                    passed_over: entry.passed_over,
                    findings: Vec::new(),
                    workplaces: BTreeMap::new(),
                    forms: BTreeSet::new(),
                    references: BTreeMap::new(),
                    elsewhere: BTreeMap::new(),
                    duplicates: BTreeMap::new(),
                    people: FxHashMap::default(),
                    tally: Tally::default(),
                })
            })
            .collect::<std::io::Result<Vec<Judged>>>()?;
        Ok(Intake {
            returns,
            layouts,
            period,
            key,
            threads,
            before: Before::default(),
        })
    }

    /// The size of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.returns
            .iter()
            .flat_map(|entry| &entry.files)
            .map(|file| file.bytes)
            .sum()
    }

    /// A file that is no longer what it was when it was first looked at, or
    /// could not be read to its end, if there is one: to be asked once everything
    /// is read.
    #[must_use]
    pub fn changed(&self) -> Option<String> {
        let files = self.returns.iter().flat_map(|entry| &entry.files);
        files
            .filter(|file| {
                let same = Stamp::of(&file.source.path).is_ok_and(|now| now == file.stamp);
                file.is_due() || !same
            })
            .map(|file| file.source.path.display().to_string())
            .next()
    }

    /// The returns, by id.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<String> {
        self.returns.iter().map(|entry| entry.id.clone()).collect()
    }

    /// Those that are accepted, by id.
    #[must_use]
    pub fn accepted_ids(&self) -> BTreeSet<String> {
        let accepted = self.returns.iter().filter(|entry| entry.accepted);
        accepted.map(|entry| entry.id.clone()).collect()
    }

    /// Judges workplaces: keys within a return, between returns, and against
    /// what the store holds. Forgets what was judged of them before.
    pub fn judge(&mut self, held: &Held) {
        let period = self.period;
        let returns = self.returns.iter_mut().collect();
        on_threads(self.threads, returns, |_, entry: &mut Judged| {
            entry.findings.clear();
            let passed_over = entry.passed_over.iter();
            let not_read =
                passed_over.map(|name| of_file(&entry.id, name, &rules::NOT_READ, None, ""));
            entry.findings.extend(not_read);
            entry.elsewhere.clear();
            entry.accepted = entry
                .files
                .iter()
                .all(|file| !matches!(file.kind, Kind::Broken));
            scan_workplaces(entry, period);
        });
        let entries = self.returns.iter_mut();
        let workplaces = entries.flat_map(|entry| entry.workplaces.values_mut());
        for (workplace, number) in workplaces.zip(1..) {
            workplace.number = number;
        }
        for entry in self.returns.iter_mut().filter(|entry| entry.accepted) {
            if entry.workplaces.is_empty() {
                entry.reject(&rules::NO_WORKPLACE, "");
            } else if let Some(before) = held.providers.get(&entry.id) {
                entry.same_provider(before);
            }
        }
        self.two_returns(held);
    }
}

impl Judged {
    /// Whether more than one row of a table has the key, as far as is known.
    #[must_use]
    pub fn is_twice(&self, table: &str, key: u128) -> bool {
        let keys = self.duplicates.get(table);
        keys.is_some_and(|keys| keys.contains(&key))
    }

    /// Rejects the return as a whole.
    pub(super) fn reject(&mut self, rule: &Rule, detail: &str) {
        self.accepted = false;
        let finding = of_file(&self.id, "", rule, None, detail);
        self.findings.push(finding);
    }

    /// A return replaces one of the same name only if they share a provider.
    fn same_provider(&mut self, before: &BTreeSet<String>) {
        let now: BTreeSet<&String> = self
            .workplaces
            .keys()
            .map(|(provider, _)| provider)
            .collect();
        if before.is_empty() || before.iter().any(|provider| now.contains(provider)) {
            return;
        }
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
        self.reject(&rules::OTHER_PROVIDER, &detail);
    }
}

/// Looks at the files of a return.
fn look_at(entry: &Return, known: &Known<'_>, room: &Room) -> std::io::Result<Vec<File>> {
    let files = entry.files.iter();
    let files = files.map(|source| look(&entry.id, source.clone(), known, room, Digest::WithRows));
    let files: std::io::Result<Vec<Vec<File>>> = files.collect();
    Ok(files?.into_iter().flatten().collect())
}

/// Finds the workplaces that their own rows do not reject; they are numbered
/// later. Findings are made when the rows are read for the store, not here.
fn scan_workplaces(entry: &mut Judged, period: i32) {
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
        let Ok(mut rows) = file.open() else {
            continue;
        };
        let mut more = true;
        while more {
            let mut block = Block::default();
            // A file that breaks off is told of when its rows are read.
            more = rows.fill(&mut block, CHUNK).unwrap_or(false);
            for (line, record) in block.records() {
                let mut unseen = Vec::new();
                let mut findings = RowFindings {
                    all: &mut unseen,
                    return_id: &entry.id,
                    file: &file.source.name,
                    sheet: None,
                    table: &table.name,
                    row: line,
                    rejected: false,
                    slipped: false,
                    cells: None,
                };
                let mut typed = Vec::new();
                let mut texts = Vec::new();
                if !shape::is_row(binding, record) {
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
                    cells: Cells::Made(&texts),
                    binding: Some(binding),
                    period,
                };
                let (Some(provider), Some(place)) = (
                    row.get(&column::PROVIDER_ID).text(),
                    row.get(&column::WORKPLACE_ID).text(),
                ) else {
                    continue;
                };
                let id = (provider.to_owned(), place.to_owned());
                let total_staff = row.get(&column::TOTAL_STAFF).number();
                let full_time_hours = row.get(&column::FULL_TIME_HOURS).number();
                let award_pending = row.get(&column::PAY_AWARD_PENDING).flag() == Some(true);
                if !keys.insert(id.clone()) {
                    twice.insert(id.clone());
                }
                if binding.layout.rules == Some(CodeRules::AscWds) {
                    let other = references.insert(asc_wds::reference(place), id.clone());
                    // Two ids that differ in spaces only: nobody can tell whose the workers are.
                    if let Some(other) = other.filter(|other| *other != id) {
                        twice.extend([other, id.clone()]);
                    }
                }
                if !findings.rejected {
                    found.insert(
                        id,
                        Workplace {
                            number: 0,
                            file: index,
                            row: line,
                            total_staff,
                            full_time_hours,
                            award_pending,
                            lists,
                        },
                    );
                }
            }
        }
    }
    // A key that two rows have rejects both, also where one is wrong besides.
    found.retain(|id, _| !twice.contains(id));
    entry.forms = found.keys().map(|(_, id)| looks::form(id)).collect();
    entry.workplaces = found;
    entry.references = references;
}

/// Adds the values of a workplace's row to `typed`, and runs its rules.
pub fn read_workplace<'a>(
    binding: &'a Binding,
    record: Record<'a>,
    period: i32,
    texts: &mut Vec<Cell<'a>>,
    typed: &mut Vec<Value<'a>>,
    findings: &mut RowFindings<'_>,
) -> Option<Lists> {
    shape::check(binding, record, period, findings);
    cells(binding, record, texts);
    if binding.layout.rules == Some(CodeRules::AscWds) {
        asc_wds::workplace(binding, record, texts);
    }
    let lists = parallel::lists(binding, record, findings);
    let first = typed.len();
    values(binding, texts, period, findings, typed);
    let mut row = Row {
        table: binding.table,
        values: &mut typed[first..],
        cells: Cells::Made(texts),
        binding: Some(binding),
        period,
    };
    for rule in rules::cross_field(&binding.table.name) {
        rule(&mut row, findings);
    }
    lists
}

/// The tables in the order in which they are read: workers before the flows
/// and pay periods that need them.
#[must_use]
pub fn reading_order() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name.as_str()).collect()
}
