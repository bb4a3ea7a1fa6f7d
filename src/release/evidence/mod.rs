//! The evidence pack of one provider: worker by worker, with the sums, the
//! sources, and a script that checks them without this program.

mod arithmetic;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use self::arithmetic::Compared;
use super::{ReleaseError, Source, edition, files, outputs, sealed};
use crate::compare::run;
use crate::compare::table::{Table, Value};
use crate::engine::parameter::Parameter;
use crate::engine::session::Session;
use crate::protect::Release;

/// The word in a manifest that says what its folder is.
pub const KIND: &str = "evidence";

const VERIFY: &str = include_str!("verify.py");
const README: &str = include_str!("README.txt");

/// A pack in memory: its files but the manifest, and the manifest.
pub struct Pack {
    /// Every file by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `manifest.json`.
    pub manifest: Vec<u8>,
}

/// The providers of an edition.
///
/// # Errors
/// Where the engine fails.
pub fn providers(source: &Source<'_>) -> Result<Vec<String>, ReleaseError> {
    let sql = "SELECT DISTINCT provider_id FROM workplaces ORDER BY provider_id";
    let (schema, batches) = source.session()?.query(sql, &[])?;
    let table = run::table("providers", &schema, &batches)?;
    Ok(table.rows.iter().map(|row| row[0].render()).collect())
}

/// Makes the pack of one provider; `command` makes it again.
///
/// # Errors
/// Why it cannot be made; nothing was written.
pub fn make(source: &Source<'_>, provider: &str, command: &str) -> Result<Pack, ReleaseError> {
    let reader = Reader {
        session: source.session()?,
        provider,
    };
    let mut tables = Vec::new();
    let workers = reader.rows(
        "workers",
        "SELECT * FROM workers WHERE provider_id = $provider ORDER BY workplace_id, worker_key",
    )?;
    let workplaces = reader.rows(
        "workplaces",
        "SELECT * FROM workplaces WHERE provider_id = $provider ORDER BY workplace_id",
    )?;
    let floors = floors(&reader)?;
    tables.push(wage_tests(&reader, &floors)?);
    tables.push(floors);
    tables.extend(contract_rules(source, &reader)?);
    tables.push(sources(source, &[&workers, &workplaces]));
    tables.extend([workers, workplaces]);
    let periods = pay_periods(source, &reader)?;
    let tested = !periods.is_empty();
    tables.extend(periods);
    let mut files = BTreeMap::new();
    for table in &tables {
        files.insert(format!("{}.csv", table.name), files::csv(table)?);
    }
    files.insert("verify.py".to_owned(), VERIFY.as_bytes().to_vec());
    let readme = readme(source, provider, command, tested);
    files.insert("README.txt".to_owned(), readme.into_bytes());
    let manifest = manifest(source, provider, &files)?;
    Ok(Pack { files, manifest })
}

/// Queries about one provider.
struct Reader<'a> {
    session: Session,
    provider: &'a str,
}

impl Reader<'_> {
    fn rows(&self, name: &str, sql: &str) -> Result<Table, ReleaseError> {
        let provider = Parameter::Text(self.provider.to_owned());
        let parameters = [("provider".to_owned(), provider)];
        let (schema, batches) = self.session.query(sql, &parameters)?;
        Ok(run::table(name, &schema, &batches)?)
    }
}

fn floors(reader: &Reader<'_>) -> Result<Table, ReleaseError> {
    let (schema, batches) = reader.session.query(
        "SELECT f.standard, f.band, f.min_age, f.max_age, f.rate, f.effective_from, f.implement_by, \
         w.source, w.confidence FROM floors_in_force AS f \
         JOIN wage_floors AS w ON w.scheme = f.standard AND w.band = f.band \
         AND w.effective_from = f.effective_from ORDER BY f.standard, f.effective_from, f.band",
        &[],
    )?;
    Ok(run::table("floors", &schema, &batches)?)
}

/// A floor by its rate: `nlw from 2026-04-01, floors.csv line 4`.
fn named(floors: &Table, standard: &str, rate: &Value) -> String {
    let lines = floors.rows.iter().enumerate();
    let same: Vec<String> = lines
        .filter(|(_, row)| row[0].as_text() == Some(standard) && row[4].render() == rate.render())
        .map(|(at, row)| {
            let (band, from) = (row[1].render(), row[5].render());
            format!("{band} from {from}, floors.csv line {}", at + 2)
        })
        .collect();
    same.join(" or ")
}

fn wage_tests(reader: &Reader<'_>, floors: &Table) -> Result<Table, ReleaseError> {
    let read = reader.rows(
        "wage_tests",
        "SELECT t.workplace_id, t.worker_key, s.standard, \
         CASE WHEN s.standard = 'nlw_nmw' THEN t.nlw_nmw_result \
         ELSE coalesce(t.real_living_wage_result, 'out_of_scope') END AS result, \
         CASE WHEN s.standard = 'nlw_nmw' THEN t.nlw_nmw_lowest ELSE t.real_living_wage_lowest END AS lowest_floor, \
         CASE WHEN s.standard = 'nlw_nmw' THEN t.nlw_nmw_highest ELSE t.real_living_wage_highest END AS highest_floor, \
         w.source_file, w.source_row, w.tenure = 'agency' AS agency, w.pay_basis = 'annual' AS salaried, \
         CASE WHEN w.hourly IS NULL THEN NULL WHEN w.pay_basis = 'annual' THEN w.pay_rate ELSE w.hourly END AS pay, \
         w.contracted_hours, w.guaranteed_allowance \
         FROM wage_tests AS t JOIN workers AS w ON w.provider_id = t.provider_id \
         AND w.workplace_id = t.workplace_id AND w.worker_key = t.worker_key \
         CROSS JOIN (VALUES ('nlw_nmw'), ('real_living_wage')) AS s (standard) \
         WHERE t.provider_id = $provider ORDER BY t.workplace_id, t.worker_key, s.standard",
    )?;
    let mut table = Table {
        columns: read.columns[..8].to_vec(),
        name: read.name,
        rows: Vec::new(),
    };
    table.columns.push("arithmetic".to_owned());
    for row in read.rows {
        let standard = row[2].render();
        let floor = |value: &Value| Some((scaled(value)?, named(floors, &standard, value)));
        let statutory = standard == crate::model::floors::NLW_NMW;
        let compared = Compared {
            result: row[3].render(),
            statutory,
            agency: row[8] == Value::Boolean(true),
            salaried: row[9] == Value::Boolean(true),
            pay: scaled(&row[10]),
            hours: scaled(&row[11]),
            allowance: scaled(&row[12]).filter(|_| !statutory).unwrap_or(0),
            lowest: floor(&row[4]),
            highest: floor(&row[5]),
        };
        let mut out = row[..8].to_vec();
        out.push(Value::Text(compared.write()));
        table.rows.push(out);
    }
    Ok(table)
}

/// A decimal in ten-thousandths.
fn scaled(value: &Value) -> Option<i128> {
    match value {
        Value::Decimal(value, scale) => {
            let power = u32::try_from(4_usize.checked_sub(*scale)?).ok()?;
            value.checked_mul(10_i128.pow(power))
        }
        _ => None,
    }
}

/// The results of rules in force, worker by worker, and the rules.
fn contract_rules(source: &Source<'_>, reader: &Reader<'_>) -> Result<[Table; 2], ReleaseError> {
    let mut results = reader.rows(
        "contract_rules",
        "SELECT r.workplace_id, r.worker_key, r.rule, r.status, r.result, w.source_file, w.source_row \
         FROM rule_results AS r JOIN workers AS w ON w.provider_id = r.provider_id \
         AND w.workplace_id = r.workplace_id AND w.worker_key = r.worker_key \
         WHERE r.provider_id = $provider AND r.status <> 'proposed' \
         AND r.result NOT IN ('not_in_force', 'out_of_scope') ORDER BY r.workplace_id, r.worker_key, r.rule",
    )?;
    let period = source.manifest.period;
    let in_force = || source.queries.rules().filter(|rule| rule.in_force(period));
    results.columns.push("finding".to_owned());
    for row in &mut results.rows {
        let failed = ["breach", "not_met"].contains(&row[4].as_text().unwrap_or(""));
        let rule = in_force().find(|rule| row[2].as_text() == Some(&rule.name));
        let finding = rule.filter(|_| failed).map(|rule| rule.message.clone());
        row.push(finding.map_or(Value::Empty, Value::Text));
    }
    let text = |text: &str| match text {
        "" => Value::Empty,
        text => Value::Text(text.to_owned()),
    };
    let day = |day: Option<chrono::NaiveDate>| {
        day.map_or(Value::Empty, |day| Value::Text(day.to_string()))
    };
    let rows = in_force().map(|rule| {
        let settings: Vec<String> = rule
            .settings
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        vec![
            text(&rule.name),
            text(rule.status.as_str()),
            text(&rule.jurisdiction),
            day(rule.from),
            day(rule.to),
            text(&rule.title),
            text(&rule.citation),
            text(&rule.note),
            text(&settings.join("; ")),
            text(rule.applies.sql.trim()),
            text(rule.unmet.sql.trim()),
            text(rule.unknown.as_ref().map_or("", |p| p.sql.trim())),
            text(&rule.sha256),
        ]
    });
    let columns = [
        "rule",
        "status",
        "jurisdiction",
        "from",
        "to",
        "title",
        "citation",
        "note",
        "settings",
        "applies",
        "unmet",
        "unknown",
        "sha256",
    ];
    let rules = Table {
        name: "rules".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    };
    Ok([results, rules])
}

/// Pay reference periods and their statutory test, where there is one.
fn pay_periods(source: &Source<'_>, reader: &Reader<'_>) -> Result<Vec<Table>, ReleaseError> {
    let Ok(query) = source.queries.comparison("wage_test") else {
        return Ok(Vec::new());
    };
    let (schema, batches) = run::batches(&reader.session, query, &query.bind(&[])?)?;
    let mut tests = run::table("wage_test", &schema, &batches)?;
    let at = tests.position("provider_id");
    tests
        .rows
        .retain(|row| at.is_some_and(|at| row[at].as_text() == Some(reader.provider)));
    let periods = reader.rows(
        "pay_periods",
        "SELECT * FROM pay_periods WHERE provider_id = $provider \
         ORDER BY workplace_id, worker_key, period_start, period_end, source_row",
    )?;
    let rates = "SELECT scheme, band, min_age, max_age, rate, effective_from, source, confidence FROM wage_floors \
                 WHERE scheme IN ('nlw_nmw', 'accommodation_offset') ORDER BY scheme, effective_from, band";
    let (schema, batches) = reader.session.query(rates, &[])?;
    let rates = run::table("rates", &schema, &batches)?;
    Ok(vec![tests, periods, rates])
}

/// The files of the returns that rows came from, as their edition names them.
fn sources(source: &Source<'_>, tables: &[&Table]) -> Table {
    let mut returns = BTreeSet::new();
    for table in tables {
        if let Some(at) = table.position("return_id") {
            returns.extend(table.rows.iter().map(|row| row[at].render()));
        }
    }
    let count = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let mut rows = Vec::new();
    for id in &returns {
        for file in source.manifest.accepted(id).iter().flat_map(|r| &r.files) {
            rows.push(vec![
                Value::Text(id.clone()),
                Value::Text(file.file.clone()),
                Value::Text(file.table.clone()),
                Value::Text(file.layout.clone()),
                Value::Text(file.sha256.clone()),
                count(file.bytes),
                count(file.rows_read),
                count(file.rows_accepted),
                count(file.rows_rejected),
            ]);
        }
    }
    let columns = [
        "return_id",
        "file",
        "table",
        "layout",
        "sha256",
        "bytes",
        "rows_read",
        "rows_accepted",
        "rows_rejected",
    ];
    Table {
        name: "sources".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows,
    }
}

fn readme(source: &Source<'_>, provider: &str, command: &str, tested: bool) -> String {
    let periods = if tested {
        "pay_periods.csv     pay reference periods as stored\n\
         wage_test.csv       the statutory test of each of them\n\
         rates.csv           the statutory rates of each day, and the accommodation offset\n"
    } else {
        ""
    };
    let period = source.manifest.period.to_string();
    let edition = source.manifest.edition.to_string();
    let mut text = README.to_owned();
    for (mark, value) in [
        ("{period}", period.as_str()),
        ("{edition}", &edition),
        ("{periods}", periods),
        ("{version}", env!("CARGO_PKG_VERSION")),
        ("{command}", command),
        ("{provider}", provider),
    ] {
        text = text.replace(mark, value);
    }
    text
}

fn manifest(
    source: &Source<'_>,
    provider: &str,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<u8>, ReleaseError> {
    let queries: Vec<serde_json::Value> = source
        .queries
        .views()
        .map(|query| json!({ "name": query.name, "sha256": query.sha256() }))
        .collect();
    sealed(json!({
        "tool": "paybench",
        "version": env!("CARGO_PKG_VERSION"),
        "kind": KIND,
        "release": Release::Restricted.as_str(),
        "provider": provider,
        "editions": [edition(source)?],
        "rates": source.rates.file()?,
        "queries": queries,
        "outputs": outputs(files),
    }))
}
