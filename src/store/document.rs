//! What a Parquet file of the store says of itself: what its table is, what each column
//! means, in which unit. Whoever opens it elsewhere has no other handbook.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::file::metadata::KeyValue;
use serde_json::{Map, Value, json};

use crate::model::finding;
use crate::model::schema::{self, CODES, Kind, PROVENANCE};

/// What an edition keeps about its returns: table, meaning.
pub const OTHERS: [(&str, &str); 3] = [
    (
        "returns",
        "One row a file of a return, or a sheet of a workbook: its digest and row balance.",
    ),
    ("findings", "One row a finding."),
    (
        "rejects",
        "One row a rejected row, with the rules that it breaks.",
    ),
];

/// Their columns that [`finding::MEANINGS`] and [`PROVENANCE`] do not have.
const COLUMNS: [(&str, &str); 12] = [
    ("status", "accepted or rejected."),
    ("edition", "The edition of the period in which it was read."),
    (
        "table_name",
        "The table that the file holds, where it is known.",
    ),
    ("layout", "The layout by which the file was read."),
    ("sha256", "SHA-256 of the file's bytes, hexadecimal."),
    ("bytes", "The file's size in bytes."),
    (
        "rows_read",
        "Records after the header: the sum of the next four.",
    ),
    ("rows_accepted", "Records that are stored."),
    ("rows_rejected", "Records that are not, for an error."),
    ("rows_blank", "Records without any text."),
    (
        "rows_skipped",
        "Records left out because they say so, or because their file is not needed.",
    ),
    (
        "rules",
        "The rules that the row breaks, with semicolons between.",
    ),
];

/// What a column is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// In words.
    pub description: String,
    /// The unit of a number.
    pub unit: Option<&'static str>,
    /// The codes that it may hold, with a blank between.
    pub codes: Option<String>,
}

/// What a column of a stored table is; empty where nothing is written about it.
#[must_use]
pub fn meaning(table: &str, column: &str) -> Meaning {
    let of_return = schema::table(table).and_then(|table| {
        let position = table.position(column)?;
        table.columns.get(position)
    });
    if let Some(column) = of_return {
        let codes = column.codes.as_deref().and_then(|list| CODES.get(list));
        let codes = codes.map(|codes| codes.keys().cloned().collect::<Vec<_>>().join(" "));
        return Meaning {
            description: column.doc.clone(),
            unit: unit(column.kind),
            codes,
        };
    }
    let known = finding::MEANINGS
        .iter()
        .filter(|_| table == "findings")
        .chain(&PROVENANCE)
        .chain(&COLUMNS)
        .chain(&finding::MEANINGS);
    let mut known = known.filter(|(name, _)| *name == column);
    let description = known.next().map_or("", |(_, meaning)| meaning);
    Meaning {
        description: description.to_owned(),
        unit: (column == "bytes").then_some("bytes"),
        codes: None,
    }
}

fn unit(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Money | Kind::Charge => "pounds",
        Kind::Hours => "hours",
        Kind::Percent => "per cent",
        Kind::Days => "days",
        Kind::Count => "count",
        Kind::Text
        | Kind::Key
        | Kind::Code
        | Kind::Area
        | Kind::Integer
        | Kind::Date
        | Kind::YesNo => return None,
    })
}

/// The schema of a table with the meaning of each field, and the entries of the file: what
/// the table is, and the same of its columns as one JSON object, for readers
/// that do not give away what belongs to a field.
#[must_use]
pub fn documented(table: &str, plain: &Schema) -> (SchemaRef, Vec<KeyValue>) {
    let mut columns = Map::new();
    let fields = plain.fields().iter().map(|field| {
        let meaning = meaning(table, field.name());
        let mut entries = vec![("description", meaning.description)];
        entries.extend(meaning.unit.map(|unit| ("unit", unit.to_owned())));
        entries.extend(meaning.codes.map(|codes| ("codes", codes)));
        let own = entries.iter();
        let own: Map<String, Value> = own
            .map(|(key, text)| ((*key).to_owned(), json!(text)))
            .collect();
        columns.insert(field.name().clone(), Value::Object(own));
        let entries = entries.into_iter();
        let entries: HashMap<String, String> =
            entries.map(|(key, text)| (key.to_owned(), text)).collect();
        Field::clone(field).with_metadata(entries)
    });
    let fields: Vec<Field> = fields.collect();
    let of_return = schema::table(table).map(|table| table.doc.as_str());
    let other = OTHERS.iter().find(|(name, _)| *name == table);
    let description = of_return.or(other.map(|(_, doc)| *doc)).unwrap_or("");
    let entries = [
        ("paybench.table", table.to_owned()),
        ("paybench.description", description.to_owned()),
        ("paybench.columns", Value::Object(columns).to_string()),
    ];
    let entries = entries.map(|(key, text)| KeyValue::new(key.to_owned(), text));
    (Arc::new(Schema::new(fields)), entries.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::batch;
    use crate::model::schema::TABLES;
    use crate::store::records;

    #[test]
    fn every_stored_column_has_a_meaning() {
        let mut schemas: Vec<(&str, SchemaRef)> = TABLES
            .iter()
            .map(|table| (table.name.as_str(), batch::schema(table)))
            .collect();
        schemas.push(("returns", records::returns_schema()));
        schemas.push(("findings", records::findings_schema()));
        schemas.push(("rejects", records::rejects_schema()));
        for (table, schema) in schemas {
            for field in schema.fields() {
                let meaning = meaning(table, field.name());
                assert!(!meaning.description.is_empty(), "{table}.{}", field.name());
            }
            let (_, entries) = documented(table, &schema);
            assert!(
                entries
                    .iter()
                    .all(|entry| entry.value.as_ref().is_some_and(|v| !v.is_empty()))
            );
        }
        let rate = meaning("workers", "pay_rate");
        assert_eq!(rate.unit, Some("pounds"));
        assert!(
            meaning("workplaces", "sector")
                .codes
                .is_some_and(|codes| codes.contains("nhs"))
        );
    }
}
