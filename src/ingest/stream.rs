//! One table's rows of all returns, read once: one thread cuts files into
//! chunks of records, several type them, and the caller's thread takes the
//! results in the order of the files. Memory is bounded by the chunks in flight.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use csv::StringRecord;
use rustc_hash::FxHashSet;

use super::asc_wds;
use super::batch::Batch;
use super::intake::{Balance, Intake, Judged, Person, is_blank, is_deleted, length, of_file, read_workplace};
use super::layout::Binding;
use super::row::{Cell, RowFindings, Value, cells, values};
use super::rules::{self, Row, breach};
use crate::model::date;
use crate::model::finding::Finding;
use crate::model::schema::{self, CODES};
use crate::returns::text::{Rows, TextError, hex};

/// Records in one chunk.
const CHUNK: usize = 4096;

/// A row that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// The return.
    pub return_id: String,
    /// The file below it.
    pub file: String,
    /// The row on which the record starts.
    pub row: u64,
    /// The ids of the rules that it breaks.
    pub rules: Vec<String>,
}

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

struct Records {
    entry: usize,
    file: usize,
    rows: Vec<(u64, StringRecord)>,
}

enum Work {
    Records(Records),
    /// Flows out of the workplaces' own lists.
    Lists(usize),
    /// The file is read to its end, or broke off.
    End(usize, usize, Option<TextError>),
}

#[derive(Default)]
struct Chunk {
    batch: Option<RecordBatch>,
    keys: Vec<u128>,
    twice: Vec<(u128, usize, u64)>,
    findings: Vec<Finding>,
    rejects: Vec<Reject>,
    balance: Balance,
    people: Vec<(u128, Person)>,
    staff: HashMap<u32, i64>,
    staffed: BTreeMap<u32, BTreeSet<String>>,
}

enum Done {
    Chunk(usize, usize, Box<Chunk>),
    End(usize, usize, Option<TextError>),
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
            let (work_in, work_out) = sync_channel::<(u64, Work)>(threads * 2);
            let (done_in, done_out) = sync_channel::<(u64, Done)>(threads * 2);
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
                let name = &entry.files[file].source.name;
                let finding =
                    of_file(&entry.id, name, &rules::UNREADABLE_FILE, None, &format!("it {error}"));
                entry.files[file].findings.push(finding);
                entry.files[file].kind = super::intake::Kind::Broken;
                broken = true;
            }
            if !after.twice.is_empty() {
                let known = entry.duplicates.entry(table).or_default();
                let before = known.len();
                known.extend(after.twice);
                again |= known.len() > before;
            }
            for (file, balance) in after.balances {
                entry.files[file].balance = balance;
            }
            if table == "workers" {
                entry.people = after.people.into_iter().collect();
                entry.staff = after.staff;
                entry.staffed = after.staffed;
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

/// What is known of a return once its rows of the table are read.
#[derive(Default)]
struct After {
    seen: FxHashSet<u128>,
    twice: FxHashSet<u128>,
    balances: BTreeMap<usize, Balance>,
    people: Vec<(u128, Person)>,
    staff: HashMap<u32, i64>,
    staffed: HashMap<u32, BTreeSet<String>>,
    broken: Option<(usize, TextError)>,
    rows_of: BTreeMap<u128, Vec<(usize, u64)>>,
    duplicate_findings: Vec<(usize, u128)>,
}

fn cut(intake: &Intake, table: &str, read_bytes: &AtomicU64, work: &SyncSender<(u64, Work)>) {
    let mut number = 0;
    let mut send = |item: Work| {
        number += 1;
        work.send((number - 1, item)).is_ok()
    };
    for (index, entry) in intake.returns.iter().enumerate() {
        for (at, file) in entry.files.iter().enumerate() {
            let not_needed =
                table == "workplaces" && matches!(file.kind, super::intake::Kind::NotNeeded(_));
            if file.rows_of(table).is_none() && !not_needed {
                continue;
            }
            let mut rows = match Rows::open(&file.source.path) {
                Ok(rows) => rows,
                Err(error) => {
                    send(Work::End(index, at, Some(error)));
                    continue;
                }
            };
            let mut chunk = Vec::with_capacity(CHUNK);
            let mut position = 0;
            let end = loop {
                let mut record = StringRecord::new();
                match rows.next(&mut record) {
                    Ok(Some(line)) => {
                        let byte = record.position().map_or(0, csv::Position::byte);
                        read_bytes.fetch_add(byte.saturating_sub(position), Ordering::Relaxed);
                        position = byte;
                        chunk.push((line, record));
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
                if chunk.len() == CHUNK {
                    let rows = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
                    if !send(Work::Records(Records { entry: index, file: at, rows })) {
                        return;
                    }
                }
            };
            read_bytes.fetch_add(file.fingerprint.bytes.saturating_sub(position), Ordering::Relaxed);
            if !chunk.is_empty() && !send(Work::Records(Records { entry: index, file: at, rows: chunk })) {
                return;
            }
            if !send(Work::End(index, at, end)) {
                return;
            }
        }
        let has_lists = entry.workplaces.values().any(|workplace| workplace.lists.is_some());
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
        let Ok(next) = work.lock().map(|work| work.recv()) else { return };
        let Ok((number, item)) = next else { return };
        let result = match item {
            Work::End(entry, file, error) => Done::End(entry, file, error),
            Work::Lists(entry) => {
                let judged = &intake.returns[entry];
                Done::Chunk(entry, usize::MAX, Box::new(flows_of_lists(judged, intake.period)))
            }
            Work::Records(records) => {
                let (entry, file) = (records.entry, records.file);
                Done::Chunk(entry, file, Box::new(type_chunk(intake, table, records)))
            }
        };
        if done.send((number, result)).is_err() {
            return;
        }
    }
}

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
                    after.balances.entry(file).or_default();
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
            for (key, at, row) in chunk.twice {
                after.duplicate_findings.push((first + at, key));
                after.rows_of.entry(key).or_default().push((file, row));
            }
            if file != usize::MAX {
                let balance = after.balances.entry(file).or_default();
                balance.read += chunk.balance.read;
                balance.accepted += chunk.balance.accepted;
                balance.rejected += chunk.balance.rejected;
                balance.blank += chunk.balance.blank;
                balance.skipped += chunk.balance.skipped;
            }
            after.people.extend(chunk.people);
            for (workplace, count) in chunk.staff {
                *after.staff.entry(workplace).or_default() += count;
            }
            for (workplace, roles) in chunk.staffed {
                after.staffed.entry(workplace).or_default().extend(roles);
            }
            if let Some(batch) = chunk.batch.filter(|batch| judged.accepted && batch.num_rows() > 0) {
                take(&judged.id, batch)?;
            }
        }
    }
    // Each of several rows with one key names the others.
    for (judged, after) in intake.returns.iter().zip(after.iter()) {
        for (at, key) in &after.duplicate_findings {
            let rows: Vec<String> = after.rows_of[key]
                .iter()
                .map(|(file, row)| format!("{} row {row}", judged.files[*file].source.name))
                .collect();
            let finding = &mut outcome.findings[*at];
            finding.message = format!("{}: {}", rules::DUPLICATE.message, rows.join(", "));
        }
    }
    Ok(())
}

fn type_chunk(intake: &Intake, table: &str, records: Records) -> Chunk {
    let entry = &intake.returns[records.entry];
    let file = &entry.files[records.file];
    let mut chunk = Chunk::default();
    chunk.balance.read = records.rows.len() as u64;
    let Some(binding) = file.rows_of(table) else {
        chunk.balance.skipped = chunk.balance.read;
        return chunk;
    };
    let mut batch =
        Batch::new(binding.table, records.rows.len(), intake.period, &entry.id, &file.source.name);
    let mut typer = Typer { intake, entry, binding, people: table == "workers" && wants_people(entry) };
    let mut found = Vec::new();
    for (row, record) in &records.rows {
        if is_blank(record) {
            chunk.balance.blank += 1;
            continue;
        }
        if is_deleted(binding, record) {
            chunk.balance.skipped += 1;
            continue;
        }
        let mut findings = RowFindings {
            all: &mut found,
            return_id: &entry.id,
            file: &file.source.name,
            table: &binding.table.name,
            row: *row,
            rejected: false,
        };
        typer.row(record, &mut findings, &mut batch, &mut chunk);
        let rejected = findings.rejected;
        if rejected || !entry.accepted {
            chunk.balance.rejected += 1;
            let mut rules: Vec<String> = found
                .iter()
                .filter(|finding| finding.severity == crate::model::finding::Severity::Error)
                .map(|finding| finding.rule.clone())
                .collect();
            if rules.is_empty() {
                rules.push("return.rejected".to_owned());
            }
            chunk.rejects.push(Reject {
                return_id: entry.id.clone(),
                file: file.source.name.clone(),
                row: *row,
                rules,
            });
        } else {
            chunk.balance.accepted += 1;
        }
        chunk.findings.append(&mut found);
    }
    // A column of the wrong type is a fault of this program, which the row
    // count of the written file would show; it cannot come from a return.
    chunk.batch = batch.finish().ok();
    chunk
}

fn wants_people(entry: &Judged) -> bool {
    entry.files.iter().any(|file| file.rows_of("pay_periods").is_some())
}

struct Typer<'i> {
    intake: &'i Intake,
    entry: &'i Judged,
    binding: &'i Binding,
    people: bool,
}

impl Typer<'_> {
    /// Types one record; an accepted one goes into the batch.
    fn row(
        &mut self,
        record: &StringRecord,
        findings: &mut RowFindings<'_>,
        batch: &mut Batch,
        chunk: &mut Chunk,
    ) {
        let (binding, entry) = (self.binding, self.entry);
        let table = binding.table;
        let mut texts: Vec<Cell<'_>> = Vec::with_capacity(table.columns.len());
        let mut typed: Vec<Value<'_>> = Vec::with_capacity(table.columns.len());
        if table.name == "workplaces" {
            read_workplace(binding, record, self.intake.period, &mut texts, &mut typed, findings);
        } else {
            length(binding, record, findings);
            cells(binding, record, &mut texts);
            if binding.strict {
                asc_wds::worker(binding, record, &entry.references, &mut texts, findings);
            }
            values(binding, &texts, self.intake.period, findings, &mut typed);
        }
        let mut row = Row { table, values: &mut typed, cells: &texts };
        let (Some(provider), Some(place)) =
            (row.get("provider_id").text(), row.get("workplace_id").text())
        else {
            return;
        };
        let workplace = entry.workplaces.get(&(provider, place) as &dyn Pair);
        let worker = row.get("worker_ref").text().map(|reference| self.intake.key.worker(provider, reference));
        let worker_key = worker.map(|bytes| hex(&bytes)).unwrap_or_default();
        let key = if table.name == "workplaces" {
            if let Some(other) = entry.elsewhere.get(&(provider, place) as &dyn Pair) {
                let detail = format!("it is also in return {other}");
                breach(&rules::TWO_RETURNS, findings, Some("workplace_id"), Some(place), &detail);
            }
            Some(u128::from_le_bytes(self.intake.key.worker(provider, place)))
        } else {
            for rule in rules::cross_field(&table.name) {
                rule(&mut row, findings);
            }
            match workplace {
                // Without any workplace the return as a whole says so, once.
                None if entry.workplaces.is_empty() => None,
                None => {
                    breach(&rules::WORKPLACE_MISSING, findings, Some("workplace_id"), Some(place), "");
                    None
                }
                Some(workplace) => row_key(&row, workplace.number, worker),
            }
        };
        if let Some(key) = key {
            if entry.duplicates.get(table.name.as_str()).is_some_and(|keys| keys.contains(&key)) {
                chunk.twice.push((key, chunk.findings.len() + findings.all.len(), findings.row));
                breach(&rules::DUPLICATE, findings, None, None, "");
            }
            chunk.keys.push(key);
        }
        if let Some(role) = row.get("role").text() {
            row.set("role_group", schema::role_group(role).map_or(Value::Empty, Value::Text));
        }
        if worker.is_some() {
            row.set("worker_key", Value::Text(&worker_key));
        }
        match table.name.as_str() {
            "workers" => {
                let birth = row.get("birth_date").date();
                row.set("age", age(birth, self.intake.period));
            }
            "pay_periods" => self.person_of_period(&mut row, key, worker, workplace.map(|w| w.number), findings),
            _ => {}
        }
        if findings.rejected {
            return;
        }
        if let (true, Some(workplace)) = (table.name == "workers", workplace) {
            *chunk.staff.entry(workplace.number).or_default() += 1;
            let tenure = row.get("tenure").text();
            if binding.strict && matches!(tenure, Some("permanent" | "temporary")) {
                let role = row.get("role").text().unwrap_or_default().to_owned();
                chunk.staffed.entry(workplace.number).or_default().insert(role);
            }
            if let (true, Some(key)) = (self.people, key) {
                let person = Person {
                    birth: row.get("birth_date").date(),
                    apprentice: row.get("apprentice").flag(),
                    start: row.get("apprenticeship_start").date(),
                };
                chunk.people.push((key, person));
            }
        }
        batch.push(&typed, findings.row);
    }

    /// Age and apprenticeship of a pay period's worker on its first day.
    fn person_of_period(
        &self,
        row: &mut Row<'_, '_>,
        key: Option<u128>,
        worker: Option<[u8; 16]>,
        workplace: Option<u32>,
        findings: &mut RowFindings<'_>,
    ) {
        let (Some(_), Some(worker), Some(workplace)) = (key, worker, workplace) else { return };
        let Some(person) = self.entry.people.get(&worker_key(workplace, worker)) else {
            breach(&rules::PERIOD_WORKER, findings, Some("worker_ref"), None, "");
            return;
        };
        let Some(start) = row.get("period_start").date() else { return };
        row.set("age", age(person.birth, start));
        if let Some(begun) = person.start {
            row.set("apprenticeship_start", Value::Date(begun));
        }
        let begun = person.start.map(|begun| begun <= start);
        row.set(
            "apprenticeship",
            Value::Text(match (person.apprentice, begun) {
                (_, Some(false)) | (None | Some(false), None) => "none",
                (Some(true), None) | (Some(false), Some(true)) => "either",
                (Some(true) | None, Some(true)) => "apprentice",
            }),
        );
    }
}

fn age(birth: Option<i32>, on: i32) -> Value<'static> {
    let years = birth
        .and_then(date::from_days)
        .zip(date::from_days(on))
        .and_then(|(birth, on)| date::age_on(birth, on));
    years.map_or(Value::Empty, Value::Number)
}

fn worker_key(workplace: u32, worker: [u8; 16]) -> u128 {
    (u128::from(workplace) << 96) | (u128::from_le_bytes(worker) >> 32)
}

/// The key of a row within the call: its workplace, and what tells it from
/// the workplace's other rows.
fn row_key(row: &Row<'_, '_>, workplace: u32, worker: Option<[u8; 16]>) -> Option<u128> {
    match (worker, row.table.name.as_str()) {
        (Some(worker), "pay_periods") => {
            let start = row.get("period_start").date()?;
            let day = u128::from(start.cast_unsigned());
            Some((u128::from(workplace) << 96) | (day << 64) | (u128::from_le_bytes(worker) >> 64))
        }
        (Some(worker), _) => Some(worker_key(workplace, worker)),
        (None, _) => {
            let role = row.get("role").text()?;
            let number = CODES.get("role")?.keys().position(|code| code == role)?;
            Some((u128::from(workplace) << 96) | number as u128)
        }
    }
}

/// Flows of workplaces whose joiners and leavers stand in lists of their own row.
fn flows_of_lists(entry: &Judged, period: i32) -> Chunk {
    let mut chunk = Chunk::default();
    let Some(table) = schema::table("flows") else { return chunk };
    let mut batches: Vec<RecordBatch> = Vec::new();
    for (index, file) in entry.files.iter().enumerate() {
        let mut batch = Batch::new(table, 64, period, &entry.id, &file.source.name);
        let mut places: Vec<_> =
            entry.workplaces.iter().filter(|(_, workplace)| workplace.file == index).collect();
        places.sort_by_key(|(_, workplace)| workplace.row);
        for ((provider, place), workplace) in places {
            let Some(mut lists) = workplace.lists.clone() else { continue };
            if let Some(roles) = entry.staffed.get(&workplace.number) {
                lists.complete(roles);
            }
            for (role, [starters, leavers, vacancies]) in &lists.roles {
                let mut typed = vec![Value::Empty; table.columns.len()];
                let mut row = Row { table, values: &mut typed, cells: &[] };
                row.set("provider_id", Value::Text(provider));
                row.set("workplace_id", Value::Text(place));
                row.set("role", Value::Text(role));
                for (column, count) in
                    [("starters", starters), ("leavers", leavers), ("vacancies", vacancies)]
                {
                    row.set(column, count.map_or(Value::Empty, Value::Number));
                }
                batch.push(&typed, workplace.row);
            }
        }
        if !batch.is_empty() {
            batches.extend(batch.finish().ok());
        }
    }
    chunk.batch = batches
        .first()
        .map(RecordBatch::schema)
        .and_then(|schema| arrow::compute::concat_batches(&schema, &batches).ok());
    chunk
}

/// A pair of borrowed texts as a key of a map of owned ones.
pub trait Pair {
    /// The two texts.
    fn pair(&self) -> (&str, &str);
}

impl Pair for (String, String) {
    fn pair(&self) -> (&str, &str) {
        (&self.0, &self.1)
    }
}

impl Pair for (&str, &str) {
    fn pair(&self) -> (&str, &str) {
        *self
    }
}

impl PartialEq for dyn Pair + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.pair() == other.pair()
    }
}

impl Eq for dyn Pair + '_ {}

impl PartialOrd for dyn Pair + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn Pair + '_ {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.pair().cmp(&other.pair())
    }
}

impl<'a> std::borrow::Borrow<dyn Pair + 'a> for (String, String) {
    fn borrow(&self) -> &(dyn Pair + 'a) {
        self
    }
}
