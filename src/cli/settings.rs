//! `paybench.toml`: one job, read strictly, with the place of every mistake.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use super::failure::{CONFIG, Failure};
use crate::model::date;
use crate::release::limits::{Limit, LimitError};
use crate::store::remote::is_address;

/// The settings of `paybench run`. Paths are relative to the file's folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folders or files of returns.
    pub returns: Vec<PathBuf>,
    /// The reference date of the returns.
    #[serde(deserialize_with = "toml_date")]
    pub period: NaiveDate,
    /// The folder of editions, or an address such as `s3://bucket/prefix`.
    #[serde(default = "store")]
    pub store: String,
    /// The folder of the release.
    #[serde(default = "out")]
    pub out: PathBuf,
    /// The key behind worker keys.
    #[serde(default = "key_file")]
    pub key_file: PathBuf,
    /// Wage floors to add to the built-in ones.
    #[serde(default)]
    pub rates: Option<PathBuf>,
    /// The folder of layouts of one's own; `layouts` if there is one.
    #[serde(default)]
    pub layouts: Option<PathBuf>,
    /// Whether the release shows everything.
    #[serde(default)]
    pub restricted: bool,
    /// The comparisons; all if none is named.
    #[serde(default)]
    pub comparisons: Vec<String>,
    /// The pages; all if none is named.
    #[serde(default)]
    pub reports: Vec<String>,
    /// Returns that are awaited.
    #[serde(default)]
    pub expected: Vec<Expected>,
    /// Figures beyond which the job ends with 30.
    #[serde(default)]
    pub limit: Vec<LimitSetting>,
}

/// A figure beyond which the job ends with 30.
#[derive(Debug, Deserialize)]
pub struct LimitSetting {
    /// The figure and its bound: `nlw_nmw.below_pct > 0`.
    pub when: String,
    /// Columns and the values that rows must have: `sector = "nhs"`.
    #[serde(flatten)]
    pub rows: std::collections::BTreeMap<String, String>,
}

/// A return that is awaited.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Its id: the folder's path below the path given.
    #[serde(rename = "return")]
    pub return_id: String,
    /// The job fails without it.
    #[serde(default)]
    pub required: bool,
}

fn store() -> String {
    "store".to_owned()
}

fn out() -> PathBuf {
    PathBuf::from("out")
}

fn key_file() -> PathBuf {
    PathBuf::from("paybench.key")
}

/// A date as TOML writes it, or as text.
fn toml_date<'de, D: Deserializer<'de>>(reader: D) -> Result<NaiveDate, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Date(toml::value::Datetime),
    }
    let text = match Form::deserialize(reader)? {
        Form::Text(text) => text,
        Form::Date(date) => date.to_string(),
    };
    date::iso(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a date as YYYY-MM-DD")))
}

impl Settings {
    /// The limits, with those of the command line.
    ///
    /// # Errors
    /// What is wrong with one.
    pub fn limits(&self, more: &[String]) -> Result<Vec<Limit>, LimitError> {
        let own = self.limit.iter().map(|limit| {
            let rows: Vec<_> = limit.rows.clone().into_iter().collect();
            Limit::parse(&limit.when, &rows)
        });
        own.chain(more.iter().map(|text| Limit::parse(text, &[])))
            .collect()
    }

    /// Reads a settings file.
    ///
    /// # Errors
    /// Where it is not there, or what is wrong in it, with line and column.
    pub fn read(path: &Path) -> Result<Settings, Failure> {
        let file = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(
                CONFIG,
                format!("{file}: {error}\nhint: paybench run needs its settings; see README.md"),
            )
        })?;
        let mut settings: Settings = toml::from_str(&text)
            .map_err(|error| Failure::new(CONFIG, format!("{file}: {error}")))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let below = |path: &mut PathBuf| *path = folder.join(&*path);
        settings.returns.iter_mut().for_each(below);
        settings.rates.iter_mut().for_each(below);
        settings.layouts.iter_mut().for_each(below);
        [&mut settings.out, &mut settings.key_file]
            .into_iter()
            .for_each(below);
        if !is_address(&settings.store) {
            settings.store = folder.join(&settings.store).display().to_string();
        }
        Ok(settings)
    }
}
