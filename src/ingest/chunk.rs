//! Typing records: cells to values, rules, keys, and what is derived.

use std::collections::BTreeMap;

use super::asc_wds;
use super::batch::{Batch, Waiting};
use super::cell::{Cell, Cells, cells};
use super::file::Balance;
use super::findings::RowFindings;
use super::intake::{Intake, Judged, Person, Workplace, read_workplace};
use super::layout::{Binding, CodeRules};
use super::pair::Pair;
use super::plain::Plain;
use super::repeat;
use super::row::{values, values_of};
use super::row_key::{row_key, worker_key};
use super::rules::{self, Row, across, breach, previous};
use super::shape;
use super::tally::{Salary, Tally};
use super::value::Value;
use crate::model::finding::{Finding, Severity};
use crate::model::schema;
use crate::model::{column, date};
use crate::returns::record::{Block, Record};

/// A row that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// The return.
    pub return_id: String,
    /// The file below it.
    pub file: String,
    /// The sheet, where the file is a workbook.
    pub sheet: Option<String>,
    /// The row on which the record starts.
    pub row: u64,
    /// The ids of the rules that it breaks.
    pub rules: Vec<String>,
}

/// Some records of one file.
#[derive(Clone, Copy, Debug)]
pub struct Records {
    /// The return, by its place in the call.
    pub entry: usize,
    /// The file, by its place in the return.
    pub file: usize,
    /// The first of them in its block.
    pub first: usize,
    /// How many they are.
    pub count: usize,
    /// Rows of a sheet without content, before these records and between them.
    pub blank: u64,
}

/// A row whose key another row has too.
pub struct Twice {
    /// The key.
    pub key: u128,
    /// The place of its finding among those of the chunk.
    pub finding: usize,
    /// The file, by its place in the return, and the row.
    pub at: (usize, u64),
}

/// What some records gave.
#[derive(Default)]
pub struct Chunk {
    /// How many rows went into the batch.
    pub rows: usize,
    /// The keys of all rows that have one.
    pub keys: Vec<u128>,
    /// Rows whose key is known to stand twice.
    pub twice: Vec<Twice>,
    /// Findings in the order of rows.
    pub findings: Vec<Finding>,
    /// The rows that were not accepted.
    pub rejects: Vec<Reject>,
    /// The rows, counted.
    pub balance: Balance,
    /// What rows of pay periods will need of these workers.
    pub people: Vec<(u128, Person)>,
    /// What the rows add up to.
    pub tally: Tally,
    /// Columns without a name, and in how many rows they have a value.
    pub unnamed: BTreeMap<usize, u64>,
}

/// Types some records of a table; accepted ones go into the batch.
#[must_use]
pub fn type_chunk(
    intake: &Intake,
    table: &str,
    block: &Block,
    records: Records,
    batch: &mut Batch,
) -> Chunk {
    let entry = &intake.returns[records.entry];
    let file = &entry.files[records.file];
    let mut chunk = Chunk::default();
    chunk.balance.blank = records.blank;
    chunk.balance.read = records.count as u64 + records.blank;
    let Some(binding) = file.rows_of(table) else {
        chunk.balance.skipped = records.count as u64;
        return chunk;
    };
    let before = batch.len();
    batch.begin(&entry.id, &file.stored_as);
    // Rules of a layout complete the cells, so these are made beforehand.
    let short = binding.layout.rules.is_none() && table != "workplaces";
    let people = table == "workers" && has_rows_of(entry, "pay_periods");
    let mut typer = Typer {
        intake,
        entry,
        binding,
        file: records.file,
        plain: short.then(|| Plain::of(binding)),
        people,
        points: table == "workers" && has_rows_of(entry, "pay_points"),
        last: None,
    };
    let unnamed: Vec<usize> = binding.unnamed().collect();
    let columns = binding.header.len();
    let mut found = Vec::new();
    // Made once: rows are many.
    let (mut texts, mut waiting) = (Vec::new(), Waiting::default());
    for (row, record) in block.range(records.first, records.count) {
        if record.is_blank() {
            chunk.balance.blank += 1;
            continue;
        }
        if binding.skips(record) {
            chunk.balance.skipped += 1;
            continue;
        }
        // In a text file the row itself is told to have too many cells.
        let beyond = if file.sheet.is_some() {
            columns..record.len()
        } else {
            0..0
        };
        for index in unnamed.iter().copied().chain(beyond) {
            if record
                .get(index)
                .is_some_and(|cell| !cell.trim().is_empty())
            {
                *chunk.unnamed.entry(index).or_default() += 1;
            }
        }
        let mut findings = RowFindings {
            all: &mut found,
            return_id: &entry.id,
            file: &file.source.name,
            sheet: file.sheet.as_deref().map(|sheet| (sheet, binding)),
            table: &binding.table.name,
            row,
            rejected: false,
            slipped: false,
            cells: Some((binding, record)),
        };
        let stored = typer.row(
            record,
            (&mut texts, &mut waiting),
            &mut findings,
            &mut chunk,
        );
        if !stored || !entry.accepted {
            chunk.balance.rejected += 1;
            let mut rules: Vec<String> = found
                .iter()
                .filter(|finding| finding.severity == Severity::Error)
                .map(|finding| finding.rule.to_string())
                .collect();
            if rules.is_empty() {
                rules.push("return.rejected".to_owned());
            }
            chunk.rejects.push(Reject {
                return_id: entry.id.clone(),
                file: file.source.name.clone(),
                sheet: file.sheet.clone(),
                row,
                rules,
            });
        } else {
            chunk.balance.accepted += 1;
            if waiting.keep(row) {
                batch.push(&mut waiting);
            }
        }
        chunk.findings.append(&mut found);
    }
    batch.push(&mut waiting);
    chunk.rows = batch.len() - before;
    chunk
}

fn has_rows_of(entry: &Judged, table: &str) -> bool {
    let mut files = entry.files.iter();
    files.any(|file| file.rows_of(table).is_some())
}

struct Typer<'i> {
    intake: &'i Intake,
    entry: &'i Judged,
    binding: &'i Binding,
    /// The file, by its place in the return.
    file: usize,
    /// The short ways to values, where the layout has no rules of its own.
    plain: Option<Plain>,
    /// Whether rows of pay periods will need the workers.
    people: bool,
    /// Whether pay points will be held against the workers' rates.
    points: bool,
    /// The workplace of the row before: rows of one mostly follow each other.
    last: Option<(&'i (String, String), &'i Workplace)>,
}

impl<'i> Typer<'i> {
    fn workplace(&mut self, provider: &str, place: &str) -> Option<&'i Workplace> {
        if let Some(((p, w), workplace)) = self.last
            && p == provider
            && w == place
        {
            return Some(workplace);
        }
        self.last = self
            .entry
            .workplaces
            .get_key_value(&(provider, place) as &dyn Pair);
        self.last.map(|(_, workplace)| workplace)
    }

    /// Types one record, which waits then; says whether its row can be accepted.
    fn row(
        &mut self,
        record: Record<'i>,
        (texts, waiting): (&mut Vec<Cell<'i>>, &mut Waiting<'i>),
        findings: &mut RowFindings<'_>,
        chunk: &mut Chunk,
    ) -> bool {
        let (binding, entry) = (self.binding, self.entry);
        let table = binding.table;
        let period = self.intake.period;
        let typed = waiting.add();
        if table.name == "workplaces" {
            read_workplace(binding, record, period, texts, typed, findings);
        } else {
            shape::check(binding, record, period, findings);
            if let Some(plain) = &self.plain {
                values_of(binding, plain, record, period, findings, typed);
            } else {
                cells(binding, record, texts);
                if binding.layout.rules == Some(CodeRules::AscWds) {
                    asc_wds::worker(binding, record, &entry.references, texts, findings);
                }
                values(binding, texts, period, findings, typed);
            }
        }
        let mut row = Row {
            table,
            values: waiting.begun(),
            cells: match self.plain {
                Some(_) => Cells::Of(binding, record),
                None => Cells::Made(texts),
            },
            binding: Some(binding),
            period,
        };
        let (Some(provider), Some(place)) = (
            row.get(&column::PROVIDER_ID).text(),
            row.get(&column::WORKPLACE_ID).text(),
        ) else {
            return false;
        };
        let workplace = self.workplace(provider, place);
        let reference = row.get(&column::WORKER_REF).text();
        let reference = reference.map(|text| asc_wds::worker_reference(binding, text));
        let worker = reference.as_deref().map(|reference| {
            let job = binding.job(reference, record);
            self.intake.key.worker(provider, &job)
        });
        let key = if table.name == "workplaces" {
            if let Some(other) = entry.elsewhere.get(&(provider, place) as &dyn Pair) {
                let detail = format!("{place} is also in return {other}");
                breach(
                    &rules::TWO_RETURNS,
                    findings,
                    Some(row.name(&column::WORKPLACE_ID)),
                    Some(place),
                    &detail,
                );
            }
            // Workers find their workplace whatever the spaces in its LOCALESTID.
            let id = match binding.layout.rules {
                Some(CodeRules::AscWds) => self.intake.key.worker("", &asc_wds::reference(place)),
                None => self.intake.key.worker(provider, place),
            };
            Some(u128::from_le_bytes(id))
        } else {
            for rule in rules::cross_field(&table.name) {
                rule(&mut row, findings);
            }
            match workplace {
                // Without any workplace the return as a whole says so, once.
                None if entry.workplaces.is_empty() => None,
                None => {
                    // Where ids stand in each other's columns, it is a worker's.
                    let told = repeat::is_workplace(place, &entry.forms, (binding, record));
                    let column = Some(row.name(&column::WORKPLACE_ID));
                    let detail = if told { place } else { "" };
                    breach(&rules::WORKPLACE_MISSING, findings, column, None, detail);
                    None
                }
                Some(workplace) => row_key(&row, workplace.number, worker),
            }
        };
        if let Some(key) = key {
            if entry.is_twice(&table.name, key) {
                chunk.twice.push(Twice {
                    key,
                    finding: chunk.findings.len() + findings.all.len(),
                    at: (self.file, findings.row),
                });
                breach(&rules::DUPLICATE, findings, None, None, "");
            }
            chunk.keys.push(key);
        }
        if let Some(role) = row.get(&column::ROLE).place() {
            let (group, place) = schema::role_group(role);
            row.set(&column::ROLE_GROUP, Value::Code(group, place));
        }
        if let Some(key) = worker {
            row.set(&column::WORKER_KEY, Value::Key(key));
        }
        match table.name.as_str() {
            "workers" => {
                let birth = row.get(&column::BIRTH_DATE).date();
                row.set(&column::AGE, age(birth, self.intake.period));
            }
            "pay_periods" => {
                self.person_of_period(&mut row, key, worker, workplace.map(|w| w.number), findings);
            }
            _ => {}
        }
        if let Some(workplace) = workplace {
            let tally = &mut chunk.tally;
            match table.name.as_str() {
                "workers" => {
                    self.tally_worker(record, &row, (workplace, worker), findings, tally);
                }
                "flows" => {
                    across::flows(&row, entry, workplace, findings);
                    let counts = [&column::STARTERS, &column::LEAVERS, &column::VACANCIES];
                    let counts = counts.map(|name| row.get(name).number());
                    tally.flow(workplace.number, (self.file, findings.row), counts);
                }
                "pay_points" => across::pay_points(&row, entry, workplace, findings),
                _ => {}
            }
        }
        if findings.rejected {
            return false;
        }
        if let (true, Some(reference), Some(workplace)) = (self.people, &reference, workplace) {
            let person = Person {
                birth: row.get(&column::BIRTH_DATE).date(),
                apprentice: row.get(&column::APPRENTICE).flag(),
                start: row.get(&column::APPRENTICESHIP_START).date(),
            };
            // Payslips know the person, whichever jobs a layout tells apart.
            let person_key = self.intake.key.worker(provider, reference);
            let key = worker_key(workplace.number, person_key);
            chunk.people.push((key, person));
        }
        true
    }

    /// Notes what the rules across rows and tables need of a worker's row, and
    /// holds the worker against the same one before.
    fn tally_worker(
        &self,
        record: Record<'_>,
        row: &Row<'_, '_>,
        (workplace, key): (&Workplace, Option<[u8; 16]>),
        findings: &mut RowFindings<'_>,
        tally: &mut Tally,
    ) {
        let role = row.get(&column::ROLE).place();
        let staff = tally.at(workplace.number);
        staff.rows += 1;
        staff.good += i64::from(!findings.rejected);
        if let Some(role) = role {
            staff.has_role(role);
        }
        let from = asc_wds::earlier(self.binding, record, &self.entry.references);
        if let Some((origin, _)) = from
            && let Some(left) = self.entry.workplaces.get(origin)
            && left.number != workplace.number
        {
            let inside = row.get(&column::PROVIDER_ID).text() == Some(origin.0.as_str());
            let inside = i64::from(inside);
            let staff = tally.at(workplace.number);
            (staff.came, staff.came_inside) = (staff.came + 1, staff.came_inside + inside);
            let staff = tally.at(left.number);
            (staff.went, staff.went_inside) = (staff.went + 1, staff.went_inside + inside);
        }
        let (Some(role), Some(key), false) = (role, key, findings.rejected) else {
            return;
        };
        let tenure = row.get(&column::TENURE).text();
        let staffed = self.binding.layout.staffed();
        if tenure.is_some_and(|tenure| staffed.iter().any(|known| known == tenure)) {
            tally.at(workplace.number).has_staff(role);
        }
        if let Some(rate) = row.get(&column::HOURLY).number()
            && self.points
            && tenure != Some("agency")
            && row.get(&column::APPRENTICE).flag() != Some(true)
        {
            let rates = tally.rates.entry((workplace.number, role)).or_default();
            *rates.entry(across::pence(rate)).or_default() += 1;
        }
        if row.get(&column::APPRENTICE).flag() == Some(true)
            && row.leaves_out(&column::APPRENTICESHIP_START)
        {
            *tally.apprentices.entry(self.file).or_default() += 1;
        }
        let hours = row.get(&column::CONTRACTED_HOURS).number();
        if let (Some("annual"), Some(pay), Some(hours)) = (
            row.get(&column::PAY_BASIS).text(),
            row.get(&column::PAY_RATE).number(),
            hours.filter(|hours| *hours > 0),
        ) {
            tally.salaries.push(Salary {
                workplace: workplace.number,
                role,
                file: u32::try_from(self.file).unwrap_or(u32::MAX),
                row: findings.row,
                pay,
                hours,
            });
        }
        // Under another reference or provider the worker had another key.
        let key = from.map_or(key, |((provider, _), reference)| {
            let reference = asc_wds::worker_reference(self.binding, reference);
            self.intake.key.worker(provider, &reference)
        });
        previous::worker(self.intake, row, key, workplace, findings, tally);
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
        let (Some(_), Some(worker), Some(workplace)) = (key, worker, workplace) else {
            return;
        };
        let Some(person) = self.entry.people.get(&worker_key(workplace, worker)) else {
            breach(
                &rules::PERIOD_WORKER,
                findings,
                Some("worker_ref"),
                None,
                "",
            );
            return;
        };
        let Some(start) = row.get(&column::PERIOD_START).date() else {
            return;
        };
        row.set(&column::AGE, age(person.birth, start));
        if let Some(begun) = person.start {
            row.set(&column::APPRENTICESHIP_START, Value::Date(begun));
        }
        let begun = person.start.map(|begun| begun <= start);
        row.set(
            &column::APPRENTICESHIP,
            Value::Text(match (person.apprentice, begun) {
                (_, Some(false)) | (None | Some(false), None) => "none",
                (Some(true), None) | (Some(false), Some(true)) => "either",
                (Some(true) | None, Some(true)) => "apprentice",
            }),
        );
    }
}

fn age(birth: Option<i32>, on: i32) -> Value<'static> {
    let years = birth.and_then(|birth| date::years(birth, on));
    years.map_or(Value::Empty, Value::Number)
}
