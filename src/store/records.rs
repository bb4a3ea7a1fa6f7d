//! What an edition keeps about its returns: files, findings, rejected rows.

use std::sync::Arc;

use arrow::array::{Array, Date32Array, Int64Array, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use chrono::NaiveDate;

use super::manifest::{InputFile, ReturnEntry};
use crate::ingest::batch::CHUNK;
use crate::ingest::chunk::Reject;
use crate::model::date;
use crate::model::finding::Finding;
use crate::model::threads::on_threads;

fn text_schema(columns: &[(&str, DataType)]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, kind)| Field::new(*name, kind.clone(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// The schema of `returns`: one row a file, or a sheet of a workbook.
#[must_use]
pub fn returns_schema() -> SchemaRef {
    use DataType::{Date32, Int64, Utf8};
    text_schema(&[
        ("return_id", Utf8),
        ("status", Utf8),
        ("edition", Int64),
        ("source_file", Utf8),
        ("table_name", Utf8),
        ("layout", Utf8),
        ("sha256", Utf8),
        ("bytes", Int64),
        ("rows_read", Int64),
        ("rows_accepted", Int64),
        ("rows_rejected", Int64),
        ("rows_blank", Int64),
        ("rows_skipped", Int64),
        ("period", Date32),
        ("sheet", Utf8),
    ])
}

/// The schema of `findings`.
#[must_use]
pub fn findings_schema() -> SchemaRef {
    use DataType::{Date32, Int64, Utf8};
    text_schema(&[
        ("severity", Utf8),
        ("rule", Utf8),
        ("file", Utf8),
        ("sheet", Utf8),
        ("row", Int64),
        ("cell", Utf8),
        ("column", Utf8),
        ("value", Utf8),
        ("message", Utf8),
        ("fix", Utf8),
        ("return_id", Utf8),
        ("edition", Int64),
        ("period", Date32),
    ])
}

/// The schema of `rejects`.
#[must_use]
pub fn rejects_schema() -> SchemaRef {
    use DataType::{Date32, Int64, Utf8};
    text_schema(&[
        ("return_id", Utf8),
        ("source_file", Utf8),
        ("source_row", Int64),
        ("rules", Utf8),
        ("edition", Int64),
        ("period", Date32),
        ("sheet", Utf8),
    ])
}

type Batched = Result<RecordBatch, ArrowError>;

fn texts<'a>(items: impl Iterator<Item = Option<&'a str>> + Clone) -> Arc<dyn Array> {
    let length = items.clone().flatten().map(str::len).sum();
    let mut texts = StringBuilder::with_capacity(items.size_hint().0, length);
    texts.extend(items);
    Arc::new(texts.finish())
}

fn numbers(items: impl Iterator<Item = Option<u64>>) -> Arc<dyn Array> {
    Arc::new(
        items
            .map(|n| n.and_then(|n| i64::try_from(n).ok()))
            .collect::<Int64Array>(),
    )
}

fn periods(period: NaiveDate, rows: usize) -> Arc<dyn Array> {
    Arc::new(Date32Array::from(vec![date::days(period); rows]))
}

/// The files of returns as rows.
///
/// # Errors
/// Never, unless a column has another type than its schema says.
pub fn returns_batch(entries: &[ReturnEntry], period: NaiveDate) -> Batched {
    let rows: Vec<(&ReturnEntry, &InputFile)> = entries
        .iter()
        .flat_map(|entry| entry.files.iter().map(move |file| (entry, file)))
        .collect();
    let of_entry = |get: fn(&ReturnEntry) -> &str| texts(rows.iter().map(|(e, _)| Some(get(e))));
    let of_file = |get: fn(&InputFile) -> &str| texts(rows.iter().map(|(_, f)| Some(get(f))));
    let number = |get: fn(&InputFile) -> u64| numbers(rows.iter().map(|(_, file)| Some(get(file))));
    RecordBatch::try_new(
        returns_schema(),
        vec![
            of_entry(|entry| &entry.return_id),
            of_entry(|entry| entry.status.as_str()),
            numbers(rows.iter().map(|(entry, _)| Some(u64::from(entry.edition)))),
            of_file(|file| &file.file),
            of_file(|file| &file.table),
            of_file(|file| &file.layout),
            of_file(|file| &file.sha256),
            number(|file| file.bytes),
            number(|file| file.rows_read),
            number(|file| file.rows_accepted),
            number(|file| file.rows_rejected),
            number(|file| file.rows_blank),
            number(|file| file.rows_skipped),
            periods(period, rows.len()),
            texts(rows.iter().map(|(_, file)| file.sheet.as_deref())),
        ],
    )
}

/// Findings as rows, some at a time.
///
/// # Errors
/// Never, unless a column has another type than its schema says.
pub fn findings_batches(
    findings: &[Finding],
    (edition, period): (u32, NaiveDate),
    threads: usize,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let some = findings.chunks(CHUNK).collect();
    let told = on_threads(threads, some, |_, findings| {
        findings_batch(findings, edition, period)
    });
    told.into_iter().collect()
}

fn findings_batch(findings: &[Finding], edition: u32, period: NaiveDate) -> Batched {
    let text = |get: fn(&Finding) -> Option<&str>| texts(findings.iter().map(get));
    RecordBatch::try_new(
        findings_schema(),
        vec![
            text(|f| Some(f.severity.as_str())),
            text(|f| Some(&f.rule)),
            text(|f| Some(&f.file)),
            text(|f| f.sheet.as_deref()),
            numbers(findings.iter().map(|f| f.row)),
            text(|f| f.cell.as_deref()),
            text(|f| f.column.as_deref()),
            text(|f| f.value.as_deref()),
            text(|f| Some(&f.message)),
            text(|f| Some(&f.fix)),
            text(|f| Some(&f.return_id)),
            numbers(findings.iter().map(|_| Some(u64::from(edition)))),
            periods(period, findings.len()),
        ],
    )
}

/// Rejected rows as rows.
///
/// # Errors
/// Never, unless a column has another type than its schema says.
pub fn rejects_batch(rejects: &[Reject], edition: u32, period: NaiveDate) -> Batched {
    RecordBatch::try_new(
        rejects_schema(),
        vec![
            texts(rejects.iter().map(|r| Some(r.return_id.as_str()))),
            texts(rejects.iter().map(|r| Some(r.file.as_str()))),
            numbers(rejects.iter().map(|r| Some(r.row))),
            Arc::new(
                rejects
                    .iter()
                    .map(|r| Some(r.rules.join(";")))
                    .collect::<StringArray>(),
            ),
            numbers(rejects.iter().map(|_| Some(u64::from(edition)))),
            periods(period, rejects.len()),
            texts(rejects.iter().map(|r| r.sheet.as_deref())),
        ],
    )
}
