//! What a release says of itself, for a figure that stands in it.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::{ReleaseError, Source, TraceError};
use crate::compare::query::QueryFile;
use crate::compare::table::{Table, Value};
use crate::model::date;
use crate::model::digest::sha256;
use crate::store::seal;

/// A release that was published.
pub struct Published {
    /// Its folder.
    pub folder: PathBuf,
    /// `protected` or `restricted`.
    pub release: String,
    /// SHA-256 of its manifest.
    pub sha256: String,
    manifest: Json,
    whole: bool,
    /// Of a figure in a table over time: that table, and its period.
    over_time: Option<(String, String)>,
}

impl Published {
    /// The release in a folder, if there is one.
    #[must_use]
    pub fn open(folder: &Path) -> Option<Published> {
        let bytes = std::fs::read(folder.join("manifest.json")).ok()?;
        let manifest: Json = serde_json::from_slice(&bytes).ok()?;
        // A pack of evidence is no release of tables.
        if manifest["tool"] != "paybench" || !manifest["kind"].is_null() {
            return None;
        }
        Some(Published {
            folder: folder.to_path_buf(),
            release: manifest["release"].as_str()?.to_owned(),
            sha256: sha256(&bytes),
            whole: seal::is_whole(&String::from_utf8_lossy(&bytes)) != Some(false),
            manifest,
            over_time: None,
        })
    }

    /// The release as far as a table of it tells of one period, where it does.
    #[must_use]
    pub fn over_time(self, table: &str, period: &str) -> Option<Published> {
        let over_time = Some((table.to_owned(), period.to_owned()));
        let narrowed = Published { over_time, ..self };
        (!narrowed.named().is_null()).then_some(narrowed)
    }

    /// The edition that it was made of, as its manifest names it.
    fn named(&self) -> &Json {
        let editions = self.manifest["editions"].as_array();
        let mut editions = editions.into_iter().flatten();
        let wanted = |edition: &&Json| match &self.over_time {
            None => true,
            Some((_, period)) => edition["period"] == period.as_str(),
        };
        editions.find(wanted).unwrap_or(&Json::Null)
    }

    /// Period and number of the edition that it was made of.
    #[must_use]
    pub fn edition(&self) -> Option<(NaiveDate, u32)> {
        let edition = self.named();
        let number = u32::try_from(edition["edition"].as_u64()?).ok()?;
        Some((date::iso(edition["period"].as_str()?)?, number))
    }

    /// Whether it holds a table.
    #[must_use]
    pub fn has(&self, table: &str) -> bool {
        self.digest_of(table).is_some()
    }

    fn digest_of(&self, table: &str) -> Option<&str> {
        let name = format!("tables/{table}.csv");
        let mut outputs = self.manifest["outputs"].as_array()?.iter();
        outputs.find(|output| output["name"] == name.as_str())?["sha256"].as_str()
    }

    /// A table as it was published.
    ///
    /// # Errors
    /// Where it is not there, or not the one that the manifest names.
    pub fn table(&self, name: &str) -> Result<Table, TraceError> {
        match &self.over_time {
            None => self.file(name),
            Some((table, period)) => {
                let mut all = self.file(table)?;
                let at = all.position("period");
                let of_period = |row: &Vec<Value>| at.is_some_and(|at| row[at].render() == *period);
                all.rows.retain(of_period);
                Ok(all)
            }
        }
    }

    fn file(&self, name: &str) -> Result<Table, TraceError> {
        let path = self.folder.join(format!("tables/{name}.csv"));
        let bytes = std::fs::read(&path).map_err(|source| ReleaseError::Io {
            path: path.clone(),
            source,
        })?;
        if self.digest_of(name) != Some(&sha256(&bytes)) {
            let message = format!(
                "{} is not the file that the release was published with\nhint: `paybench verify {}` names all that was altered",
                path.display(),
                self.folder.display()
            );
            return Err(TraceError::Altered(message));
        }
        let failed = |error: csv::Error| {
            TraceError::from(ReleaseError::Format(
                path.display().to_string(),
                error.to_string(),
            ))
        };
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let columns = reader.headers().map_err(failed)?;
        let columns = columns.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let cell = |text: &str| match text {
                "" => Value::Empty,
                text => Value::Text(text.to_owned()),
            };
            rows.push(record.iter().map(cell).collect());
        }
        Ok(Table {
            name: name.to_owned(),
            columns,
            rows,
        })
    }

    /// What the release was made of and what there is now, where they differ.
    ///
    /// # Errors
    /// Where the store fails.
    pub fn differences(&self, source: &Source<'_>) -> Result<Vec<String>, TraceError> {
        let mut wrong = Vec::new();
        if !self.whole {
            wrong.push("the manifest of the release was altered".to_owned());
        }
        let (then, now) = (self.named(), super::super::edition(source)?);
        let path = source.manifest.path();
        let text = source.location.get(&path)?;
        if seal::is_whole(&String::from_utf8_lossy(&text)) == Some(false) {
            wrong.push(format!("{path} was altered after it was committed"));
        }
        if then["sha256"] != now["sha256"] {
            let inputs = if then["inputs"] == now["inputs"] {
                "the inputs that it names are the same"
            } else {
                "it names other inputs too"
            };
            wrong.push(format!(
                "edition {} of {} is not the one that the release was made of: {path} has SHA-256 {}, the release \
                 names {}; {inputs}",
                source.manifest.edition,
                source.manifest.period,
                now["sha256"].as_str().unwrap_or_default(),
                then["sha256"].as_str().unwrap_or_default()
            ));
        }
        let rates = &self.manifest["rates"]["sha256"];
        if *rates != source.rates.file()?.sha256.as_str() {
            wrong.push(format!(
                "the release was made with other wage floors, of SHA-256 {}: give the same ones with --rates",
                rates.as_str().unwrap_or_default()
            ));
        }
        let query = |name: &str| source.queries.get(name).map(QueryFile::sha256);
        let rule = |name: &str| {
            let mut rules = source.queries.rules();
            rules
                .find(|rule| rule.name == name)
                .map(|rule| rule.sha256.clone())
        };
        let changed = self.changed("queries", query).into_iter();
        let changed: Vec<String> = changed
            .chain(self.changed("contract_rules", rule))
            .collect();
        if !changed.is_empty() {
            wrong.push(format!(
                "the release was made by paybench {}, with other queries or rules: {}",
                self.manifest["version"].as_str().unwrap_or_default(),
                changed.join(", ")
            ));
        }
        Ok(wrong)
    }

    /// The files of a list of the manifest that are not there now as they were.
    fn changed(&self, list: &str, now: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let listed = self.manifest[list].as_array().into_iter().flatten();
        let names = listed.filter_map(|entry| {
            let name = entry["name"].as_str()?;
            (now(name).as_deref() != entry["sha256"].as_str()).then(|| name.to_owned())
        });
        names.collect()
    }
}
