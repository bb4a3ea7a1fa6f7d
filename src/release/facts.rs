//! What a release's pages may know besides its tables.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{ReleaseError, Source, Wanted};
use crate::compare::query::QueryFile;
use crate::compare::run;
use crate::compare::table::{Table, Value};
use crate::engine::session::Session;
use crate::ingest::rules;
use crate::model::digest::sha256;
use crate::model::{date, decimal, finding, floors};
use crate::protect::{Published, Release};
use crate::report::check::{Checked, FileRows, Group};
use crate::report::{
    Balance, ContractRule, Facts, FindingCount, Floor, Received, Reproduce, SectorCount,
};
use crate::store::manifest::{ReturnEntry, Status};
/// Gathers the facts of a release.
///
/// # Errors
/// Where the store or the engine fails.
pub fn gather(
    source: &Source<'_>,
    wanted: &Wanted,
    session: &Session,
    published: &[(QueryFile, Published)],
) -> Result<Facts, ReleaseError> {
    let manifest = source.manifest;
    let edition = source.location.get(&manifest.path())?;
    let own = source.queries.comparisons().chain(source.queries.views());
    let own = own.filter_map(|query| query.own.clone());
    let own = own.chain(source.queries.rules().filter_map(|rule| rule.own.clone()));
    let queries = published
        .iter()
        .map(|(query, _)| query)
        .chain(source.queries.views());
    Ok(Facts {
        changes: None,
        awaited: wanted.awaited.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        release: wanted.release.as_str().to_owned(),
        period: manifest.period.to_string(),
        period_words: date::in_words(manifest.period),
        edition: manifest.edition,
        received: received(source, wanted.release, session)?,
        balance: balance(source),
        findings: finding_counts(session)?,
        floors: floors_used(source),
        contract_rules: contract_rules(source),
        rate_notes: floors::stale(source.floors, manifest.period),
        overridden: own
            .chain(source.templates.overridden().iter().cloned())
            .collect(),
        reproduce: Reproduce {
            commands: wanted.commands.clone(),
            edition_manifest: manifest.path(),
            edition_sha256: sha256(&edition),
            rates_sha256: source.rates.file()?.sha256.clone(),
            queries: queries
                .map(|query| (query.name.clone(), query.sha256()))
                .collect(),
        },
    })
}

fn rows(session: &Session, sql: &str) -> Result<Table, ReleaseError> {
    let (schema, batches) = session.query(sql, &[])?;
    Ok(run::table("facts", &schema, &batches)?)
}

fn count(value: &Value) -> u64 {
    value
        .as_count()
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0)
}

fn received(
    source: &Source<'_>,
    release: Release,
    session: &Session,
) -> Result<Received, ReleaseError> {
    let sectors = rows(
        session,
        "SELECT sector, count(DISTINCT provider_id), count(*) FROM workplaces GROUP BY sector ORDER BY sector",
    )?;
    let workers = rows(
        session,
        "SELECT p.sector, count(*) AS workers FROM workers AS w \
         JOIN workplaces AS p ON p.provider_id = w.provider_id AND p.workplace_id = w.workplace_id \
         GROUP BY p.sector",
    )?;
    // Largest single provider of each sector outside councils and the NHS:
    // its headcount is as protected here as it is in a table.
    let private = rows(
        session,
        "SELECT sector, count(*), max(workers), sum(workers) FROM ( \
           SELECT p.sector, w.provider_id, count(*) AS workers FROM workers AS w \
           JOIN workplaces AS p ON p.provider_id = w.provider_id AND p.workplace_id = w.workplace_id \
           WHERE p.sector NOT IN ('local_authority', 'nhs') GROUP BY p.sector, w.provider_id) AS a \
         GROUP BY sector",
    )?;
    let providers = rows(
        session,
        "SELECT count(DISTINCT provider_id), count(*) FROM workplaces",
    )?;
    let of = |sector: &Value| {
        workers
            .rows
            .iter()
            .find(|row| row[0] == *sector)
            .map_or(0, |row| count(&row[1]))
    };
    let withheld = |sector: &Value| {
        release == Release::Protected
            && (of(sector) < 10
                || private.rows.iter().any(|row| {
                    row[0] == *sector && (count(&row[1]) < 3 || count(&row[2]) * 2 > count(&row[3]))
                }))
    };
    // What is withheld must not follow from the total: that goes too, and all
    // of them where there is only one with workers.
    let hidden = sectors
        .rows
        .iter()
        .filter(|row| of(&row[0]) > 0 && withheld(&row[0]))
        .count();
    let alone = hidden == 1;
    let total = workers.rows.iter().map(|row| count(&row[1])).sum();
    let by_sector = sectors
        .rows
        .iter()
        .map(|row| SectorCount {
            sector: row[0].render(),
            providers: Some(count(&row[1])),
            workplaces: Some(count(&row[2])),
            workers: (!alone && !withheld(&row[0])).then(|| of(&row[0])),
        })
        .collect();
    let with_status = |status| {
        source
            .manifest
            .returns
            .iter()
            .filter(move |entry| entry.status == status)
    };
    let own = with_status(Status::Accepted)
        .filter(|entry| entry.edition == source.manifest.edition)
        .count();
    let accepted = with_status(Status::Accepted).count();
    Ok(Received {
        returns_accepted: accepted as u64,
        returns_rejected: with_status(Status::Rejected).count() as u64,
        providers: providers.rows.first().map_or(0, |row| count(&row[0])),
        workplaces: providers.rows.first().map_or(0, |row| count(&row[1])),
        workers: (hidden == 0).then_some(total),
        by_sector,
        returns_carried: (accepted - own) as u64,
    })
}

fn balance(source: &Source<'_>) -> Balance {
    let files = || {
        source
            .manifest
            .returns
            .iter()
            .flat_map(|entry| &entry.files)
    };
    Balance {
        files: files().count() as u64,
        rows_read: files().map(|file| file.rows_read).sum(),
        accepted: files().map(|file| file.rows_accepted).sum(),
        rejected: files().map(|file| file.rows_rejected).sum(),
        blank: files().map(|file| file.rows_blank).sum(),
        skipped: files().map(|file| file.rows_skipped).sum(),
    }
}

/// The findings of the edition, counted by rule.
///
/// # Errors
/// Where the engine fails.
pub fn finding_counts(session: &Session) -> Result<Vec<FindingCount>, ReleaseError> {
    let counted = rows(
        session,
        "SELECT rule, severity, count(*), min(message), min(fix) FROM findings \
         GROUP BY rule, severity ORDER BY severity, count(*) DESC, rule",
    )?;
    let known: BTreeMap<String, (String, String)> = rules::all()
        .into_iter()
        .map(|rule| (rule.id, (rule.message, rule.fix)))
        .collect();
    Ok(counted
        .rows
        .iter()
        .map(|row| {
            let rule = row[0].render();
            // The rule's own words: a message holds values of single rows.
            let general = known.get(&rule).or_else(|| {
                let (_, rest) = rule.split_once('.')?;
                known.get(&format!("TABLE.{rest}"))
            });
            let (message, fix) = general
                .cloned()
                .unwrap_or_else(|| (rule.clone(), String::new()));
            FindingCount {
                rule,
                severity: row[1].render(),
                count: count(&row[2]),
                message,
                fix,
            }
        })
        .collect())
}

/// `findings.csv`: every finding in a restricted release, counts by rule in a
/// protected one.
///
/// # Errors
/// Where the engine fails.
pub fn findings_csv(
    source: &Source<'_>,
    session: &Session,
    release: Release,
) -> Result<Vec<u8>, ReleaseError> {
    let mut table = Table {
        name: "findings".to_owned(),
        columns: Vec::new(),
        rows: Vec::new(),
    };
    match release {
        Release::Protected => {
            table.columns = [
                "period", "severity", "rule", "findings", "message", "fix", "release",
            ]
            .map(str::to_owned)
            .to_vec();
            for count in finding_counts(session)? {
                table.rows.push(vec![
                    Value::Text(source.manifest.period.to_string()),
                    Value::Text(count.severity),
                    Value::Text(count.rule),
                    Value::Integer(i64::try_from(count.count).unwrap_or(i64::MAX)),
                    Value::Text(count.message),
                    Value::Text(count.fix),
                    Value::Text(release.as_str().to_owned()),
                ]);
            }
        }
        Release::Restricted => {
            table.columns = finding::COLUMNS.map(str::to_owned).to_vec();
            let all = rows(
                session,
                "SELECT severity, rule, CASE WHEN file = '' THEN return_id \
                 WHEN regexp_like(file, '[.](xlsx|xlsm|xls|ods)$', 'i') \
                 THEN concat(left(return_id, char_length(return_id) - char_length(file) \
                 + strpos(reverse(file), '.')), file) \
                 ELSE concat(return_id, '/', file) END AS file, sheet, \"row\", cell, \"column\", \
                 value, message, fix FROM findings \
                 ORDER BY return_id, file, sheet, \"row\", rule, \"column\", value, message",
            )?;
            table.rows = all.rows;
            for value in table.rows.iter_mut().flatten() {
                if let Value::Text(text) = value {
                    *text = finding::guarded(std::mem::take(text));
                }
            }
        }
    }
    super::files::csv(&table)
}

/// The rules on contracts, with what the period makes of them.
#[must_use]
pub fn contract_rules(source: &Source<'_>) -> Vec<ContractRule> {
    let period = source.manifest.period;
    let day = |day: Option<chrono::NaiveDate>| day.map(date::in_words);
    source
        .queries
        .rules()
        .map(|rule| ContractRule {
            rule: rule.name.clone(),
            title: rule.title.clone(),
            jurisdiction: rule.jurisdiction.clone(),
            status: rule.status.as_str().to_owned(),
            in_force: rule.in_force(period),
            from: day(rule.from),
            to: day(rule.to),
            citation: rule.citation.clone(),
            message: rule.message.clone(),
            note: rule.note.clone(),
            settings: rule.settings.clone(),
            sha256: rule.sha256.clone(),
        })
        .collect()
}

/// The wage floors that the period's figures rest on.
#[must_use]
pub fn floors_used(source: &Source<'_>) -> Vec<Floor> {
    let on = source.manifest.period;
    let shown = |floor: &&floors::Floor| {
        [floors::NLW_NMW, floors::REAL_LIVING_WAGE].contains(&floor.scheme.as_str())
    };
    let plain = |floor: &floors::Floor, in_use: &str| {
        let rate = decimal::format_scaled(i128::from(floor.rate.0), 4);
        Floor {
            scheme: floor.scheme.clone(),
            band: floor.band.clone(),
            min_age: floor.min_age,
            max_age: floor.max_age,
            rate: rate.strip_suffix("00").unwrap_or(&rate).to_owned(),
            effective_from: floor.effective_from.to_string(),
            implement_by: floor.implement_by.map(|day| day.to_string()),
            source: floor.source.clone(),
            confidence: floor.confidence.clone(),
            in_use: in_use.to_owned(),
        }
    };
    let in_force = floors::in_force(source.floors, on)
        .into_iter()
        .filter(shown);
    let before = floors::could_still_apply(source.floors, on).into_iter();
    let pending = floors::pending(source.floors, on).into_iter();
    in_force
        .map(|floor| match floor.scheme.as_str() {
            floors::REAL_LIVING_WAGE => plain(floor, "payable"),
            _ => plain(floor, "in_force"),
        })
        .chain(before.map(|floor| plain(floor, "could_still_apply")))
        .chain(pending.map(|floor| plain(floor, "pending")))
        .collect()
}

/// What the page for the sender of these returns says of them.
#[must_use]
pub fn checked<'a>(
    returns: &[&ReturnEntry],
    period: NaiveDate,
    groups: &'a [Group],
) -> Checked<'a> {
    let ids: BTreeSet<&str> = returns
        .iter()
        .map(|entry| entry.return_id.as_str())
        .collect();
    let rejected = returns.iter();
    let rejected = rejected.filter(|entry| entry.status == Status::Rejected);
    let files = returns.iter().flat_map(|entry| {
        entry.files.iter().map(|file| {
            let name = finding::path(&entry.return_id, &file.file);
            FileRows {
                file: match &file.sheet {
                    Some(sheet) => format!("{name} sheet {sheet}"),
                    None => name,
                },
                rows: [
                    file.rows_read,
                    file.rows_accepted,
                    file.rows_rejected,
                    file.rows_blank,
                    file.rows_skipped,
                ],
            }
        })
    });
    Checked {
        period_words: date::in_words(period),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        returns: ids.len() as u64,
        rejected: rejected.map(|entry| entry.return_id.clone()).collect(),
        files: files.collect(),
        groups,
    }
}
