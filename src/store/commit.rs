//! From an intake to the next edition: written aside, carried over, committed
//! by its manifest.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;

use arrow::array::{AsArray, RecordBatch};
use arrow::error::ArrowError;

use super::attempt::{ATTEMPTS, Attempt, digest};
use super::before;
use super::carry::filter;
use super::location::Location;
use super::manifest::{self, Manifest, ReturnEntry, Status, StoredFile};
use super::parquet::batches;
use super::records::{
    findings_batches, findings_schema, rejects_batch, rejects_schema, returns_batch, returns_schema,
};
use super::report::{Report, let_go, report};
use super::unchanged::{claim, rules_digest, same_key, unchanged};
use super::{StoreError, damaged};
use crate::ingest::batch;
use crate::ingest::intake::{Held, Intake, reading_order};
use crate::ingest::stream::{Outcome, ReadError};
use crate::model::floors::Floor;
use crate::model::{date, schema};

/// The outcome of an ingest.
pub enum Committed {
    /// There is a new edition.
    Edition(Box<Manifest>, Box<Report>),
    /// The store held all of it already.
    NothingChanged(Box<Manifest>, Vec<ReturnEntry>),
}

/// Reads everything without writing anything: what `check` tells.
///
/// # Errors
/// Never by what a return holds.
pub fn check(intake: &mut Intake, read_bytes: &AtomicU64) -> Result<Report, StoreError> {
    let held = Held::default();
    intake.judge(&held);
    loop {
        match read_all(intake, read_bytes) {
            Ok(outcome) => return Ok(report(intake, outcome, &held, 0, None)),
            Err(ReadError::Again | ReadError::Broken) => intake.judge(&held),
            Err(ReadError::Taker(error)) => return Err(damaged(error)),
        }
    }
}

/// Commits the intake as the next edition of its period.
///
/// # Errors
/// Where the storage fails or no return can be accepted; the store is as it was.
pub fn commit(
    location: &Location,
    intake: &mut Intake,
    floors: &[Floor],
    read_bytes: &AtomicU64,
) -> Result<Committed, StoreError> {
    let Some(period) = date::from_days(intake.period) else {
        return Err(StoreError::NoSuchEdition(
            "the period is no date".to_owned(),
        ));
    };
    let mut number = 0;
    for _ in 0..ATTEMPTS {
        let before = manifest::newest(location, period)?;
        same_key(location, intake)?;
        number = before.as_ref().map_or(1, |manifest| manifest.edition + 1);
        let attempt = Attempt {
            location,
            before: before.as_ref(),
            number,
            period,
            threads: intake.threads,
        };
        let held = attempt.held()?;
        if let Some(before) = &before
            && let Some(entries) =
                unchanged(intake, before, &held).map_err(StoreError::Unreadable)?
        {
            return Ok(Committed::NothingChanged(Box::new(before.clone()), entries));
        }
        location.prove()?;
        let (name, manifest, report) = attempt.write(intake, &held, floors, read_bytes)?;
        // Somebody may have begun the store with another key since.
        let ours = same_key(location, intake).and_then(|()| claim(location, &intake.key));
        if let Err(error) = ours {
            attempt.discard(&name);
            return Err(error);
        }
        if attempt.publish(&name, &manifest)? {
            return Ok(Committed::Edition(Box::new(manifest), Box::new(report)));
        }
    }
    Err(StoreError::Contended(number, location.shown.clone()))
}

/// Reads all tables in order for what there is to tell of them.
fn read_all(intake: &mut Intake, read_bytes: &AtomicU64) -> Result<Outcome, ReadError<ArrowError>> {
    let mut all = Outcome::default();
    for table in reading_order() {
        let outcome = intake.read(table, read_bytes, |_, rows| rows.map(drop))?;
        all.findings.extend(outcome.findings);
        all.rejects.extend(outcome.rejects);
    }
    Ok(all)
}

/// What was read of a file that changed meanwhile is neither the old nor the new.
fn same_files(intake: &Intake) -> Result<(), StoreError> {
    intake
        .changed()
        .map_or(Ok(()), |file| Err(StoreError::Changed(file)))
}

impl Attempt<'_> {
    /// Writes the edition's files aside; gives their folder, and the manifest.
    fn write(
        &self,
        intake: &mut Intake,
        held: &Held,
        floors: &[Floor],
        read_bytes: &AtomicU64,
    ) -> Result<(String, Manifest, Report), StoreError> {
        loop {
            intake.judge(held);
            self.someone_accepted(intake, held)?;
            intake.before = before::read(self.location, self.period, self.before, intake)?;
            // Of what is known of the files before their rows are read.
            let name = self.name(&self.digest_of(intake))?;
            let written = match self.write_tables(intake, &name, read_bytes) {
                // Begun again with what is known now: which return is broken.
                Err(ReadError::Again | ReadError::Broken) => {
                    self.discard(&name);
                    continue;
                }
                Err(ReadError::Taker(error)) => Err(error),
                Ok((files, outcome)) => self.complete(intake, held, &name, files, outcome, floors),
            };
            return match same_files(intake).and(written) {
                Ok((manifest, report)) => Ok((name, manifest, report)),
                Err(error) => {
                    self.discard(&name);
                    Err(error)
                }
            };
        }
    }

    /// Writes what the edition keeps about its returns, and makes its manifest.
    fn complete(
        &self,
        intake: &Intake,
        held: &Held,
        name: &str,
        mut files: Vec<StoredFile>,
        outcome: Outcome,
        floors: &[Floor],
    ) -> Result<(Manifest, Report), StoreError> {
        let mut report = report(intake, outcome, held, self.number, self.before);
        let (taken, replaced) = (intake.ids(), intake.accepted_ids());
        let mut entries = report.returns.clone();
        for old in self.before.iter().flat_map(|before| &before.returns) {
            let stays = match old.status {
                Status::Accepted => !replaced.contains(old.return_id.as_str()),
                Status::Rejected => !taken.contains(old.return_id.as_str()),
            };
            if stays {
                entries.push(old.clone());
                let own = || old.return_id.clone();
                let other = let_go(intake, old).map(|other| (own(), other.to_owned()));
                report.orphaned.extend(other);
            }
            if stays && old.status == Status::Accepted && !taken.contains(old.return_id.as_str()) {
                report.carried.push(old.return_id.clone());
            }
        }
        entries.sort_by(|a, b| (&a.return_id, a.edition).cmp(&(&b.return_id, b.edition)));
        let own = |table: &str| self.carried_rows(table, &taken, &replaced);
        files.push(self.write_small(
            name,
            "returns",
            &returns_schema(),
            &[returns_batch(&entries, self.period).map_err(damaged)?],
        )?);
        let mut findings = own("findings")?;
        let edition = (self.number, self.period);
        let told = findings_batches(&report.findings, edition, self.threads);
        findings.extend(told.map_err(damaged)?);
        files.push(self.write_small(name, "findings", &findings_schema(), &findings)?);
        let mut rejects = own("rejects")?;
        rejects.push(rejects_batch(&report.rejects, self.number, self.period).map_err(damaged)?);
        files.push(self.write_small(name, "rejects", &rejects_schema(), &rejects)?);
        let rates = super::rates::table(floors)?;
        rates.store(self.location)?;
        let manifest = Manifest {
            tool: "paybench".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema_version: 1,
            period: self.period,
            edition: self.number,
            created: self.created(),
            key_id: intake.key.id().to_owned(),
            digest: self.digest_of(intake),
            returns: entries,
            withdrawn: Vec::new(),
            files,
            layouts: intake.layouts.digests(),
            rules: rules_digest(),
            rates: rates.file()?.clone(),
            rekeyed_from: None,
        };
        Ok((manifest, report))
    }

    fn someone_accepted(&self, intake: &mut Intake, held: &Held) -> Result<(), StoreError> {
        if intake.returns.iter().any(|entry| entry.accepted) {
            return Ok(());
        }
        let outcome = loop {
            match read_all(intake, &AtomicU64::new(0)) {
                Ok(outcome) => break outcome,
                Err(ReadError::Taker(error)) => return Err(damaged(error)),
                Err(ReadError::Again | ReadError::Broken) => {}
            }
        };
        same_files(intake)?;
        Err(StoreError::NothingAccepted(Box::new(report(
            intake,
            outcome,
            held,
            self.number,
            self.before,
        ))))
    }

    /// What other returns of the last edition hold.
    fn held(&self) -> Result<Held, StoreError> {
        let mut held = Held::default();
        let Some(before) = self.before else {
            return Ok(held);
        };
        for entry in before
            .returns
            .iter()
            .filter(|entry| entry.status == Status::Accepted)
        {
            held.providers
                .insert(entry.return_id.clone(), entry.providers.clone());
            let digests = entry.files.iter().map(|file| file.sha256.clone());
            held.files
                .insert(entry.return_id.clone(), digests.collect());
        }
        let Some(below) = before.table_path("workplaces") else {
            return Ok(held);
        };
        for batch in batches(self.location, &below)? {
            let batch = batch?;
            let text = |name: &str| {
                batch
                    .column_by_name(name)
                    .and_then(|c| c.as_string_opt::<i32>().cloned())
            };
            if let (Some(providers), Some(places), Some(ids)) =
                (text("provider_id"), text("workplace_id"), text("return_id"))
            {
                for row in 0..batch.num_rows() {
                    let place = (
                        providers.value(row).to_owned(),
                        places.value(row).to_owned(),
                    );
                    held.workplaces.insert(place, ids.value(row).to_owned());
                }
            }
        }
        Ok(held)
    }

    /// SHA-256 over everything that decides the edition's content.
    fn digest_of(&self, intake: &Intake) -> String {
        let mut lines = BTreeSet::new();
        let taken = intake.ids();
        for entry in &intake.returns {
            for file in &entry.files {
                let (name, sha256) = (&file.source.name, &file.fingerprint.sha256);
                lines.insert(format!("{}\n{name}\n{sha256}", entry.id));
            }
        }
        for entry in self.before.iter().flat_map(|before| &before.returns) {
            if !taken.contains(entry.return_id.as_str()) {
                lines.extend(entry.inputs());
            }
        }
        digest(
            lines,
            &intake.layouts.digests(),
            &rules_digest(),
            intake.key.id(),
        )
    }

    /// Writes the tables of rows: new returns and carried ones merged by id.
    fn write_tables(
        &self,
        intake: &mut Intake,
        name: &str,
        read_bytes: &AtomicU64,
    ) -> Result<(Vec<StoredFile>, Outcome), ReadError<StoreError>> {
        let replaced = intake.accepted_ids();
        let mut files = Vec::new();
        let mut all = Outcome::default();
        for table in reading_order() {
            let Some(spec) = schema::table(table) else {
                continue;
            };
            let outcome = loop {
                let schema = batch::schema(spec);
                let mut writer = self.begin(name, table, &schema).map_err(ReadError::Taker)?;
                let mut carried = self
                    .carried(table, &schema, &replaced)
                    .map_err(ReadError::Taker)?;
                let read = intake.read(table, read_bytes, |runs, rows| {
                    carried.among(runs, rows.map_err(damaged)?, &mut writer)
                });
                match read {
                    Err(ReadError::Again) => {}
                    Err(error) => return Err(error),
                    Ok(outcome) => {
                        carried.rest(&mut writer).map_err(ReadError::Taker)?;
                        files.push(writer.finish().map_err(ReadError::Taker)?);
                        break outcome;
                    }
                }
            };
            all.findings.extend(outcome.findings);
            all.rejects.extend(outcome.rejects);
        }
        Ok((files, all))
    }

    /// Rows about returns (findings, rejects) that stay: of every return not
    /// taken up by this call, and of the accepted version where the new one
    /// was rejected.
    fn carried_rows(
        &self,
        table: &str,
        taken: &BTreeSet<String>,
        replaced: &BTreeSet<String>,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let Some(below) = self.before.and_then(|before| before.table_path(table)) else {
            return Ok(Vec::new());
        };
        // Of a return that was rejected now, the version in force keeps its own.
        let in_force = |id: &str| {
            let entry = self.before.and_then(|before| before.accepted(id));
            entry
                .filter(|_| !replaced.contains(id))
                .map(|entry| entry.edition)
        };
        let kept = |id: &str, edition: Option<u32>| {
            !taken.contains(id) || (edition.is_some() && in_force(id) == edition)
        };
        let mut rows = Vec::new();
        for batch in batches(self.location, &below)? {
            let batch = batch?;
            rows.push(filter(&batch, &kept).map_err(damaged)?);
        }
        Ok(rows)
    }
}
