//! One table's rows of all returns, read once: one thread cuts files into
//! chunks of records, several type them, and the caller's thread takes the
//! results in the order of the files. Memory is bounded by the chunks in flight, and
//! grows with what there is to tell: findings and rejected rows are kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use rustc_hash::{FxHashMap, FxHashSet};

use super::batch::{Batch, CHUNK};
use super::chunk::{Chunk, Records, Reject, type_chunk};
use super::file::{Balance, File, Kind, Place};
use super::intake::{Intake, Person};
use super::lists::flows_of_lists;
use super::row_key::Seen;
use super::rules;
use super::tally::Tally;
use crate::model::finding::Finding;
use crate::model::schema::{self, Table};
use crate::returns::encoding::{Encoding, Fingerprint};
use crate::returns::record::{BLOCK, Block};
use crate::returns::rows::RowsError;

/// What one table's rows gave besides batches.
#[derive(Default)]
pub struct Outcome {
    /// What was found, in no order that counts.
    pub findings: Vec<Finding>,
    /// The rows that were not accepted.
    pub rejects: Vec<Reject>,
}

/// Why a table has to be read again, or cannot be.
#[derive(Debug)]
pub enum ReadError<E> {
    /// Some key stands twice: now known, so read this table again.
    Again,
    /// A file broke off, so its return is rejected, or is other text than it
    /// seemed to be: start all over.
    Broken,
    /// The taker of batches failed.
    Taker(E),
}

/// What is typed in one go: records of a file, or of many small ones.
#[derive(Default)]
struct Work {
    block: Block,
    pieces: Vec<Piece>,
}

enum Piece {
    Records(Records),
    /// Flows out of the workplaces' own lists.
    Lists(usize),
    End(usize, usize, End),
}

/// A file is read to its end, or broke off; and what it is, where that was due.
struct End {
    error: Option<RowsError>,
    fingerprint: Option<Fingerprint>,
}

/// What it gave, in the same order, and the accepted rows of all of it.
struct Done {
    pieces: Vec<Part>,
    batch: Option<Rows>,
}

/// Accepted rows; an error is a fault of this program, none of a return.
pub type Rows = Result<RecordBatch, ArrowError>;

enum Part {
    Chunk(usize, usize, Box<Chunk>),
    End(usize, usize, End),
}

/// Rows in a batch that follow each other and are of one return.
pub type Run<'r> = (&'r str, usize);

impl Intake {
    /// Reads the rows of one table; `take` gets the accepted ones return after
    /// return, in order, and told which are of which. `read_bytes` grows as files are read.
    ///
    /// # Errors
    /// Whether the table or everything is to be read again, or `take` failed.
    pub fn read<E>(
        &mut self,
        table: &'static str,
        read_bytes: &AtomicU64,
        mut take: impl FnMut(&[Run<'_>], Rows) -> Result<(), E>,
    ) -> Result<Outcome, ReadError<E>> {
        let mut outcome = Outcome::default();
        let Some(spec) = schema::table(table) else {
            return Ok(outcome);
        };
        let mut after: Vec<After> = self.returns.iter().map(|_| After::default()).collect();
        let intake: &Intake = self;
        let result = std::thread::scope(|scope| {
            let threads = intake.threads.max(1);
            let (work_in, work_out) = sync_channel::<(u64, Work)>(threads * 4);
            let (done_in, done_out) = sync_channel::<(u64, Done)>(threads * 4);
            let work_out = Arc::new(Mutex::new(work_out));
            scope.spawn(move || cut(intake, table, read_bytes, &work_in));
            for _ in 0..threads {
                let (work, done) = (Arc::clone(&work_out), done_in.clone());
                scope.spawn(move || type_records(intake, spec, &work, &done));
            }
            drop(done_in);
            // Once nobody listens any more the other threads must end too.
            drop(work_out);
            merge(intake, done_out, &mut after, &mut outcome, &mut take)
        });
        let mut again = false;
        let mut broken = self.fingerprints(&mut after);
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
            Ok(()) => Ok(outcome),
        }
    }
}

impl Intake {
    /// Notes what files turned out to be as their rows were read; says whether
    /// one is other text than it was taken for.
    fn fingerprints(&mut self, after: &mut [After]) -> bool {
        let mut other = false;
        for (entry, after) in after.iter_mut().enumerate() {
            let mut unclear = Vec::new();
            for (file, fingerprint) in after.fingerprints.drain(..) {
                if fingerprint.encoding == Encoding::Utf8 {
                    self.returns[entry].files[file].fingerprint = fingerprint;
                } else {
                    unclear.push(file);
                }
            }
            let broken = after.broken.as_ref().map(|(file, _)| *file);
            let files = &self.returns[entry].files;
            unclear.extend(broken.filter(|file| files[*file].is_due()));
            for file in unclear {
                // A file that cannot be read again stays broken, and its digest due.
                if self.look_again(entry, file).unwrap_or(false) {
                    after.broken.take_if(|(broken, _)| *broken == file);
                    other = true;
                }
            }
        }
        other
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
    seen: Seen,
    twice: FxHashSet<u128>,
    balances: BTreeMap<usize, Balance>,
    people: Vec<(u128, Person)>,
    tally: Tally,
    broken: Option<(usize, RowsError)>,
    fingerprints: Vec<(usize, Fingerprint)>,
    rows_of: BTreeMap<u128, Vec<(usize, u64)>>,
    duplicate_findings: Vec<(usize, u128)>,
    unnamed: BTreeMap<(usize, usize), u64>,
}

/// Puts work together until it is worth while, and sends it.
struct Cutter<'w> {
    work: &'w SyncSender<(u64, Work)>,
    next: Work,
    number: u64,
}

impl Cutter<'_> {
    /// Sends what there is; says whether anybody wants more.
    fn send(&mut self) -> bool {
        // The next one has about as many records.
        let next = Work {
            block: Block::like(&self.next.block),
            pieces: Vec::with_capacity(self.next.pieces.len()),
        };
        let full = std::mem::replace(&mut self.next, next);
        self.number += 1;
        self.work.send((self.number - 1, full)).is_ok()
    }

    /// Sends what there is where it is enough.
    fn send_full(&mut self) -> bool {
        let Work { block, pieces } = &self.next;
        let enough = block.len() >= CHUNK || block.bytes() >= BLOCK || pieces.len() >= CHUNK;
        !enough || self.send()
    }

    /// Cuts one file; says whether anybody wants more.
    fn file(&mut self, file: &File, (entry, at): (usize, usize), read_bytes: &AtomicU64) -> bool {
        let mut rows = match file.open() {
            Ok(rows) => rows,
            Err(error) => {
                let end = End {
                    error: Some(error),
                    fingerprint: None,
                };
                self.next.pieces.push(Piece::End(entry, at, end));
                return self.send_full();
            }
        };
        let mut position = 0;
        let error = loop {
            let block = &mut self.next.block;
            let first = block.len();
            let more = rows.fill(block, CHUNK);
            read_bytes.fetch_add(rows.offset().saturating_sub(position), Ordering::Relaxed);
            position = rows.offset();
            let records = Records {
                entry,
                file: at,
                first,
                count: block.len() - first,
                blank: std::mem::take(&mut block.blank),
            };
            if records.count > 0 || records.blank > 0 {
                self.next.pieces.push(Piece::Records(records));
            }
            match more {
                Ok(true) if !self.send_full() => return false,
                Ok(true) => {}
                Ok(false) => break None,
                Err(error) => break Some(error),
            }
        };
        read_bytes.fetch_add(file.bytes.saturating_sub(position), Ordering::Relaxed);
        let fingerprint = rows.fingerprint();
        let end = End { error, fingerprint };
        self.next.pieces.push(Piece::End(entry, at, end));
        self.send_full()
    }
}

fn cut(intake: &Intake, table: &str, read_bytes: &AtomicU64, work: &SyncSender<(u64, Work)>) {
    let mut cutter = Cutter {
        work,
        next: Work::default(),
        number: 0,
    };
    for (index, entry) in intake.returns.iter().enumerate() {
        for (at, file) in entry.files.iter().enumerate() {
            let not_needed = table == "workplaces" && matches!(file.kind, Kind::NotNeeded(_));
            if file.rows_of(table).is_none() && !not_needed {
                continue;
            }
            if !cutter.file(file, (index, at), read_bytes) {
                return;
            }
        }
        let mut workplaces = entry.workplaces.values();
        if table == "flows" && workplaces.any(|workplace| workplace.lists.is_some()) {
            cutter.next.pieces.push(Piece::Lists(index));
            if !cutter.send_full() {
                return;
            }
        }
    }
    cutter.send();
}

fn type_records(
    intake: &Intake,
    table: &'static Table,
    work: &Mutex<Receiver<(u64, Work)>>,
    done: &SyncSender<(u64, Done)>,
) {
    loop {
        let Ok(next) = work.lock().map(|work| work.recv()) else {
            return;
        };
        let Ok((number, Work { block, pieces })) = next else {
            return;
        };
        let mut batch = Batch::new(table, block.len(), intake.period);
        let pieces = pieces.into_iter().map(|piece| match piece {
            Piece::End(entry, file, end) => Part::End(entry, file, end),
            Piece::Lists(entry) => {
                let judged = &intake.returns[entry];
                let chunk = flows_of_lists(judged, intake.period, &mut batch);
                Part::Chunk(entry, usize::MAX, Box::new(chunk))
            }
            Piece::Records(records) => {
                let chunk = type_chunk(intake, &table.name, &block, records, &mut batch);
                Part::Chunk(records.entry, records.file, Box::new(chunk))
            }
        });
        let pieces = pieces.collect();
        let batch = (!batch.is_empty()).then(|| batch.finish());
        if done.send((number, Done { pieces, batch })).is_err() {
            return;
        }
    }
}

/// Rows of one key that each of them names. A file may have one key throughout,
/// and then all of them in each finding would be more than memory holds.
const NAMED: usize = 10;

impl After {
    /// Notes that a file is read to its end, or broke off.
    fn end(&mut self, file: usize, above: u64, end: End) {
        let balance = self.balances.entry(file).or_default();
        balance.read += above;
        balance.skipped += above;
        if let Some(error) = end.error {
            self.broken.get_or_insert((file, error));
        }
        let fingerprint = end.fingerprint.map(|fingerprint| (file, fingerprint));
        self.fingerprints.extend(fingerprint);
    }

    /// Adds what the next records of the return gave.
    fn add(&mut self, file: usize, chunk: Chunk, outcome: &mut Outcome) {
        for key in chunk.keys {
            if !self.seen.insert(key) {
                self.twice.insert(key);
            }
        }
        let first = outcome.findings.len();
        outcome.findings.extend(chunk.findings);
        outcome.rejects.extend(chunk.rejects);
        for twice in chunk.twice {
            let finding = first + twice.finding;
            self.duplicate_findings.push((finding, twice.key));
            self.rows_of.entry(twice.key).or_default().push(twice.at);
        }
        if file != usize::MAX {
            let balance = self.balances.entry(file).or_default();
            balance.read += chunk.balance.read;
            balance.accepted += chunk.balance.accepted;
            balance.rejected += chunk.balance.rejected;
            balance.blank += chunk.balance.blank;
            balance.skipped += chunk.balance.skipped;
        }
        for (index, rows) in chunk.unnamed {
            *self.unnamed.entry((file, index)).or_default() += rows;
        }
        self.people.extend(chunk.people);
        self.tally.append(chunk.tally);
    }
}

fn merge<E>(
    intake: &Intake,
    done: Receiver<(u64, Done)>,
    after: &mut [After],
    outcome: &mut Outcome,
    take: &mut impl FnMut(&[Run<'_>], Rows) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting: BTreeMap<u64, Done> = BTreeMap::new();
    let mut next = 0;
    for (number, item) in done {
        waiting.insert(number, item);
        while let Some(Done { pieces, batch }) = waiting.remove(&next) {
            next += 1;
            let mut runs: Vec<Run<'_>> = Vec::new();
            for part in pieces {
                let (entry, file, chunk) = match part {
                    Part::Chunk(entry, file, chunk) => (entry, file, chunk),
                    Part::End(entry, file, end) => {
                        let above = intake.returns[entry].files[file].above;
                        after[entry].end(file, above, end);
                        continue;
                    }
                };
                let id = intake.returns[entry].id.as_str();
                match runs.last_mut() {
                    Some((last, rows)) if *last == id => *rows += chunk.rows,
                    _ if chunk.rows > 0 => runs.push((id, chunk.rows)),
                    _ => {}
                }
                after[entry].add(file, *chunk, outcome);
            }
            if let Some(batch) = batch {
                take(&runs, batch)?;
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
            finding.message = rules::DUPLICATE.told(&format!("{rows}{more}"));
        }
    }
    Ok(())
}
