//! One table's rows of all returns, read once: one thread cuts files into
//! chunks of records, several type them, and the caller's thread takes the
//! results in the order of the files. Memory is bounded by the chunks in flight.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use rustc_hash::{FxHashMap, FxHashSet};

use super::chunk::{Chunk, Records, Reject, type_chunk};
use super::file::{Balance, Kind, Place};
use super::intake::{Intake, Person};
use super::lists::flows_of_lists;
use super::rules;
use super::tally::Tally;
use crate::model::finding::Finding;
use crate::returns::record::Block;
use crate::returns::rows::RowsError;

/// Records in one chunk.
pub const CHUNK: usize = 4096;

/// What one table's rows gave besides batches.
#[derive(Default)]
pub struct Outcome {
    /// Findings in the order of returns, files and rows.
    pub findings: Vec<Finding>,
    /// The rows that were not accepted.
    pub rejects: Vec<Reject>,
}

/// Why a table has to be read again, or cannot be.
#[derive(Debug)]
pub enum ReadError<E> {
    /// Some key stands twice: now known, so read this table again.
    Again,
    /// A file broke off, so its return is rejected: start all over.
    Broken,
    /// The taker of batches failed.
    Taker(E),
}

enum Work {
    Records(Records),
    /// Flows out of the workplaces' own lists.
    Lists(usize),
    /// The file is read to its end, or broke off.
    End(usize, usize, Option<RowsError>),
}

enum Done {
    Chunk(usize, usize, Box<Chunk>),
    End(usize, usize, Option<RowsError>),
}

impl Intake {
    /// Reads the rows of one table; `take` gets the accepted ones return by
    /// return, in order. `read_bytes` grows as files are read.
    ///
    /// # Errors
    /// Whether the table or everything is to be read again, or `take` failed.
    pub fn read<E>(
        &mut self,
        table: &'static str,
        read_bytes: &AtomicU64,
        mut take: impl FnMut(&str, RecordBatch) -> Result<(), E>,
    ) -> Result<Outcome, ReadError<E>> {
        let mut outcome = Outcome::default();
        let mut after: Vec<After> = self.returns.iter().map(|_| After::default()).collect();
        let intake: &Intake = self;
        let result = std::thread::scope(|scope| {
            let threads = intake.threads.max(1);
            let (work_in, work_out) = sync_channel::<(u64, Work)>(threads * 8);
            let (done_in, done_out) = sync_channel::<(u64, Done)>(threads * 8);
            let work_out = Arc::new(Mutex::new(work_out));
            scope.spawn(move || cut(intake, table, read_bytes, &work_in));
            for _ in 0..threads {
                let (work, done) = (Arc::clone(&work_out), done_in.clone());
                scope.spawn(move || type_records(intake, table, &work, &done));
            }
            drop(done_in);
            // Once nobody listens any more the other threads must end too.
            drop(work_out);
            merge(intake, done_out, &mut after, &mut outcome, &mut take)
        });
        let mut again = false;
        let mut broken = false;
        for (entry, mut after) in self.returns.iter_mut().zip(after) {
            if let Some((file, error)) = after.broken.take() {
                entry.accepted = false;
                let gone = &mut entry.files[file];
                let rule = &rules::UNREADABLE_FILE;
                gone.add(&entry.id, rule, Place::default(), &format!("it {error}"));
                gone.kind = Kind::Broken;
                broken = true;
            }
            if !after.twice.is_empty() {
                let known = entry.duplicates.entry(table).or_default();
                let before = known.len();
                known.extend(after.twice);
                again |= known.len() > before;
            }
            for (file, mut balance) in after.balances {
                if matches!(entry.files[file].kind, Kind::Broken) {
                    balance.rejected += std::mem::take(&mut balance.accepted);
                }
                entry.files[file].balance = balance;
            }
            if table == "workers" {
                entry.people = people(after.people);
                entry.tally = after.tally;
            } else if table == "flows" {
                entry.tally.turnover = after.tally.turnover;
            }
        }
        match result {
            Err(error) => Err(ReadError::Taker(error)),
            Ok(()) if broken => Err(ReadError::Broken),
            Ok(()) if again => Err(ReadError::Again),
            Ok(()) => {
                outcome.findings.sort();
                outcome.rejects.sort();
                Ok(outcome)
            }
        }
    }
}

/// The workers by key; of one whose jobs differ in it nothing is known.
fn people(rows: Vec<(u128, Person)>) -> FxHashMap<u128, Person> {
    let mut people = FxHashMap::default();
    for (key, person) in rows {
        let known = people.entry(key).or_insert(person);
        if *known != person {
            *known = Person::default();
        }
    }
    people
}

/// What is known of a return once its rows of the table are read.
#[derive(Default)]
struct After {
    seen: FxHashSet<u128>,
    twice: FxHashSet<u128>,
    balances: BTreeMap<usize, Balance>,
    people: Vec<(u128, Person)>,
    tally: Tally,
    broken: Option<(usize, RowsError)>,
    rows_of: BTreeMap<u128, Vec<(usize, u64)>>,
    duplicate_findings: Vec<(usize, u128)>,
    unnamed: BTreeMap<(usize, usize), u64>,
}

fn cut(intake: &Intake, table: &str, read_bytes: &AtomicU64, work: &SyncSender<(u64, Work)>) {
    let mut number = 0;
    let mut send = |item: Work| {
        number += 1;
        work.send((number - 1, item)).is_ok()
    };
    for (index, entry) in intake.returns.iter().enumerate() {
        for (at, file) in entry.files.iter().enumerate() {
            let not_needed = table == "workplaces" && matches!(file.kind, Kind::NotNeeded(_));
            if file.rows_of(table).is_none() && !not_needed {
                continue;
            }
            let mut rows = match file.open() {
                Ok(rows) => rows,
                Err(error) => {
                    send(Work::End(index, at, Some(error)));
                    continue;
                }
            };
            let mut position = 0;
            let end = loop {
                let mut block = Block::default();
                let more = rows.fill(&mut block, CHUNK);
                read_bytes.fetch_add(rows.offset().saturating_sub(position), Ordering::Relaxed);
                position = rows.offset();
                if (!block.is_empty() || block.blank > 0)
                    && !send(Work::Records(Records {
                        entry: index,
                        file: at,
                        rows: block,
                    }))
                {
                    return;
                }
                match more {
                    Ok(true) => {}
                    Ok(false) => break None,
                    Err(error) => break Some(error),
                }
            };
            read_bytes.fetch_add(file.bytes.saturating_sub(position), Ordering::Relaxed);
            if !send(Work::End(index, at, end)) {
                return;
            }
        }
        let has_lists = entry
            .workplaces
            .values()
            .any(|workplace| workplace.lists.is_some());
        if table == "flows" && has_lists && !send(Work::Lists(index)) {
            return;
        }
    }
}

fn type_records(
    intake: &Intake,
    table: &str,
    work: &Mutex<Receiver<(u64, Work)>>,
    done: &SyncSender<(u64, Done)>,
) {
    loop {
        let Ok(next) = work.lock().map(|work| work.recv()) else {
            return;
        };
        let Ok((number, item)) = next else { return };
        let result = match item {
            Work::End(entry, file, error) => Done::End(entry, file, error),
            Work::Lists(entry) => {
                let judged = &intake.returns[entry];
                Done::Chunk(
                    entry,
                    usize::MAX,
                    Box::new(flows_of_lists(judged, intake.period)),
                )
            }
            Work::Records(records) => {
                let (entry, file) = (records.entry, records.file);
                Done::Chunk(entry, file, Box::new(type_chunk(intake, table, &records)))
            }
        };
        if done.send((number, result)).is_err() {
            return;
        }
    }
}

/// Rows of one key that each of them names. A file may have one key throughout,
/// and then all of them in each finding would be more than memory holds.
const NAMED: usize = 10;

fn merge<E>(
    intake: &Intake,
    done: Receiver<(u64, Done)>,
    after: &mut [After],
    outcome: &mut Outcome,
    take: &mut impl FnMut(&str, RecordBatch) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting: BTreeMap<u64, Done> = BTreeMap::new();
    let mut next = 0;
    for (number, item) in done {
        waiting.insert(number, item);
        while let Some(item) = waiting.remove(&next) {
            next += 1;
            let (entry, file, chunk) = match item {
                Done::End(entry, file, error) => {
                    let after = &mut after[entry];
                    let above = intake.returns[entry].files[file].above;
                    let balance = after.balances.entry(file).or_default();
                    balance.read += above;
                    balance.skipped += above;
                    if let Some(error) = error {
                        after.broken.get_or_insert((file, error));
                    }
                    continue;
                }
                Done::Chunk(entry, file, chunk) => (entry, file, *chunk),
            };
            let judged = &intake.returns[entry];
            let after = &mut after[entry];
            for key in chunk.keys {
                if !after.seen.insert(key) {
                    after.twice.insert(key);
                }
            }
            let first = outcome.findings.len();
            outcome.findings.extend(chunk.findings);
            outcome.rejects.extend(chunk.rejects);
            for twice in chunk.twice {
                let finding = first + twice.finding;
                after.duplicate_findings.push((finding, twice.key));
                after.rows_of.entry(twice.key).or_default().push(twice.at);
            }
            if file != usize::MAX {
                let balance = after.balances.entry(file).or_default();
                balance.read += chunk.balance.read;
                balance.accepted += chunk.balance.accepted;
                balance.rejected += chunk.balance.rejected;
                balance.blank += chunk.balance.blank;
                balance.skipped += chunk.balance.skipped;
            }
            for (index, rows) in chunk.unnamed {
                *after.unnamed.entry((file, index)).or_default() += rows;
            }
            after.people.extend(chunk.people);
            after.tally.append(chunk.tally);
            if let Some(batch) = chunk
                .batch
                .filter(|batch| judged.accepted && batch.num_rows() > 0)
            {
                take(&judged.id, batch)?;
            }
        }
    }
    for (judged, after) in intake.returns.iter().zip(after.iter()) {
        let unnamed = after
            .unnamed
            .iter()
            .map(|((file, index), rows)| judged.files[*file].unnamed(&judged.id, *index, *rows));
        outcome.findings.extend(unnamed);
    }
    // Each of several rows with one key names the others.
    for (judged, after) in intake.returns.iter().zip(after.iter()) {
        for (at, key) in &after.duplicate_findings {
            let all = &after.rows_of[key];
            let rows: Vec<String> = all
                .iter()
                .take(NAMED)
                .map(|(file, row)| format!("{} row {row}", judged.files[*file].shown()))
                .collect();
            let more = match all.len() - rows.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let finding = &mut outcome.findings[*at];
            let rows = rows.join(", ");
            finding.message = format!("{}: {rows}{more}", rules::DUPLICATE.message);
        }
    }
    Ok(())
}
