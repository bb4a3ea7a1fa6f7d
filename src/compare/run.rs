//! Runs queries on an edition and gives plain values.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, Schema, SchemaRef};

use super::library::Library;
use super::query::QueryFile;
use super::rule_views;
use super::table::{Table, Value};
use crate::engine::EngineError;
use crate::engine::parameter::Parameter;
use crate::engine::session::{FileTable, Means, Session};
use crate::engine::views::View;
use crate::ingest::batch;
use crate::model::schema::{self, Kind, TABLES};
use crate::store::location::Location;
use crate::store::manifest::Manifest;
use crate::store::rates::Rates;
use crate::store::records::{findings_schema, rejects_schema, returns_schema};

/// A session over an edition with the library's views.
///
/// # Errors
/// Where a file is not there or a view does not plan.
pub fn open(
    location: &Location,
    manifest: &Manifest,
    rates: &Rates,
    library: &Library,
    means: Means,
) -> Result<Session, EngineError> {
    open_for(location, manifest, rates, library, means, Scope::default())
}

/// What a session is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// The provider whose rows alone there are, where it is for one.
    pub provider: Option<&'a str>,
    /// The one statement that will be run: there are the views only that it needs.
    pub statement: Option<&'a str>,
}

/// The same for a narrower scope.
///
/// # Errors
/// As [`open`].
pub fn open_for(
    location: &Location,
    manifest: &Manifest,
    rates: &Rates,
    library: &Library,
    means: Means,
    scope: Scope<'_>,
) -> Result<Session, EngineError> {
    let mut schemas: Vec<(&str, SchemaRef)> = TABLES
        .iter()
        .map(|table| (table.name.as_str(), batch::schema(table)))
        .collect();
    schemas.push(("returns", returns_schema()));
    schemas.push(("findings", findings_schema()));
    schemas.push(("rejects", rejects_schema()));
    let mut tables = Vec::new();
    for (name, schema) in schemas {
        let Some(path) = manifest.table_path(name) else {
            let message = format!(
                "edition {} of {} has no {name}",
                manifest.edition, manifest.period
            );
            return Err(EngineError::Run(message));
        };
        let columns = schema::table(name).map_or(&[][..], |table| &table.columns);
        let codes = columns.iter().filter(|column| column.kind == Kind::Code);
        tables.push(FileTable {
            name: name.to_owned(),
            codes: codes.map(|column| column.name.clone()).collect(),
            files: vec![location.url(&path)],
            only: scope
                .provider
                .filter(|_| schema.column_with_name("provider_id").is_some())
                .map(|provider| ("provider_id", provider.to_owned())),
            schema,
        });
    }
    let session = |views: &[&QueryFile]| {
        let views: Vec<View<'_>> = views
            .iter()
            .map(|view| View {
                name: &view.name,
                sql: &view.sql,
                defaults: view.defaults(),
                redraw: view.redraw.as_ref(),
            })
            .collect();
        let runtime = location.runtime().clone();
        let rows = ("wage_floors", rates.rows.clone());
        let storage = location.storage();
        Session::new(
            &tables,
            rows,
            &views,
            storage,
            means,
            runtime,
            scope.statement,
        )
    };
    let all: Vec<&QueryFile> = library.views().collect();
    session(&all).map_err(|error| {
        // Where a rule is the cause, its author wants to know where.
        let Ok(without) = session(&rule_views::without(&all)) else {
            return error;
        };
        rule_views::misfit(library.rules(), |sql| without.plan(sql))
            .map_or(error, |wrong| EngineError::Definition(wrong.to_string()))
    })
}

/// Runs a comparison.
///
/// # Errors
/// What is wrong, with the comparison's name.
pub fn batches(
    session: &Session,
    query: &QueryFile,
    parameters: &[(String, Parameter)],
) -> Result<(SchemaRef, Vec<RecordBatch>), EngineError> {
    let result = session.query(&query.sql, parameters);
    let (schema, batches) = result.map_err(|error| named(query, error))?;
    Ok((documented(query, &schema), batches))
}

/// What is wrong with a comparison, with its name.
#[must_use]
pub fn named(query: &QueryFile, error: EngineError) -> EngineError {
    match error {
        EngineError::Query(message) => EngineError::Query(format!("{}: {message}", query.name)),
        other => other,
    }
}

/// The schema of a result with the meaning and unit of each column, which
/// Parquet files of it keep.
#[must_use]
pub fn documented(query: &QueryFile, schema: &SchemaRef) -> SchemaRef {
    let meaning = |name: &str| query.units.iter().find(|(column, _)| column == name);
    let fields = schema.fields().iter().map(|field| {
        let known = meaning(field.name()).map(|(_, text)| ("description".to_owned(), text.clone()));
        field
            .as_ref()
            .clone()
            .with_metadata(known.into_iter().collect())
    });
    let of_table = [
        ("paybench.table", query.name.clone()),
        ("paybench.title", query.title.clone()),
        ("paybench.description", query.description.clone()),
        ("paybench.query_sha256", query.sha256()),
    ];
    let of_table = of_table.map(|(name, text)| (name.to_owned(), text));
    Arc::new(Schema::new_with_metadata(
        fields.collect::<Vec<_>>(),
        of_table.into_iter().collect(),
    ))
}

/// Batches as a table of plain values.
///
/// # Errors
/// Where a column is of a type that has no plain form.
pub fn table(
    name: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<Table, EngineError> {
    let columns: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let mut rows = Vec::new();
    for batch in batches {
        let values = batch
            .columns()
            .iter()
            .map(values)
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            rows.push(values.iter().map(|column| column[row].clone()).collect());
        }
    }
    Ok(Table {
        name: name.to_owned(),
        columns,
        rows,
    })
}

fn values(array: &std::sync::Arc<dyn Array>) -> Result<Vec<Value>, EngineError> {
    let failed = |error: arrow::error::ArrowError| EngineError::Run(error.to_string());
    let nullable = |value: Option<Value>| value.unwrap_or(Value::Empty);
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Empty; array.len()],
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => {
            let numbers = cast(array, &DataType::Int64).map_err(failed)?;
            numbers
                .as_primitive::<Int64Type>()
                .iter()
                .map(|n| nullable(n.map(Value::Integer)))
                .collect()
        }
        DataType::Decimal128(_, scale) => {
            let scale = usize::try_from(*scale).unwrap_or(0);
            let decimals = array.as_primitive::<Decimal128Type>();
            decimals
                .iter()
                .map(|n| nullable(n.map(|n| Value::Decimal(n, scale))))
                .collect()
        }
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .iter()
            .map(|n| nullable(n.map(Value::Date)))
            .collect(),
        DataType::Boolean => array
            .as_boolean()
            .iter()
            .map(|n| nullable(n.map(Value::Boolean)))
            .collect(),
        _ => {
            let texts = cast(array, &DataType::Utf8).map_err(failed)?;
            let texts = texts.as_string::<i32>();
            texts
                .iter()
                .map(|t| nullable(t.map(|t| Value::Text(t.to_owned()))))
                .collect()
        }
    })
}
