//! `paybench.toml`: one job, read strictly, with the place of every mistake.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use super::failure::{CONFIG, Failure};
use crate::model::date;
use crate::model::decimal::Decimal;
use crate::release::before::Threshold;
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
    /// A file of more of them: CSV with the columns return, due, required.
    #[serde(default)]
    pub expected_from: Option<PathBuf>,
    /// Figures beyond which the job ends with 30.
    #[serde(default)]
    pub limit: Vec<LimitSetting>,
    /// From which difference on a figure is told as moved.
    #[serde(default)]
    pub changes: ChangeSettings,
    /// A command that is called at the end.
    #[serde(default)]
    pub hook: Option<Hook>,
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
    /// The day by which it is due; at once where there is none.
    #[serde(default, deserialize_with = "some_toml_date")]
    pub due: Option<NaiveDate>,
    /// The job fails without it.
    #[serde(default)]
    pub required: bool,
}

/// From which difference on a figure is told as moved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSettings {
    /// In per cent of what it was.
    #[serde(default = "five")]
    moved_pct: toml::Value,
    /// In points, where it is itself in per cent.
    #[serde(default = "one")]
    moved_points: toml::Value,
}

impl Default for ChangeSettings {
    fn default() -> ChangeSettings {
        ChangeSettings {
            moved_pct: five(),
            moved_points: one(),
        }
    }
}

fn five() -> toml::Value {
    toml::Value::Integer(5)
}

fn one() -> toml::Value {
    toml::Value::Integer(1)
}

impl ChangeSettings {
    /// The threshold.
    ///
    /// # Errors
    /// Where it is no number.
    pub fn threshold(&self) -> Result<Threshold, String> {
        let number = |name: &str, value: &toml::Value| {
            let text = value.to_string();
            Decimal::parse(text.trim_matches('"'))
                .ok()
                .filter(|number| number.0 >= 0)
                .ok_or_else(|| {
                    format!(
                        "[changes] {name} = {text} is no number from 0, with 4 decimals at most"
                    )
                })
        };
        Ok(Threshold {
            pct: number("moved_pct", &self.moved_pct)?,
            points: number("moved_points", &self.moved_points)?,
        })
    }
}

/// A command that is called at the end of a job.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Program and arguments; no shell reads them.
    pub command: Vec<String>,
    /// After which ends: `published`, `unchanged`, `failed`.
    #[serde(default = "when", deserialize_with = "outcomes")]
    pub when: Vec<String>,
    /// How long it may take.
    #[serde(default = "minute")]
    pub seconds: u64,
}

fn when() -> Vec<String> {
    ["published", "failed"].map(str::to_owned).to_vec()
}

fn minute() -> u64 {
    60
}

fn outcomes<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(reader)?;
    let known = ["published", "unchanged", "failed"];
    match names.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(serde::de::Error::custom(format!(
            "`{name}` is no end of a job; there are {}",
            known.join(", ")
        ))),
        None => Ok(names),
    }
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

fn some_toml_date<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<NaiveDate>, D::Error> {
    toml_date(reader).map(Some)
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

    /// Reads a settings file; `period` takes the place of its own. In the
    /// paths of returns and release, `{period}` stands for the period.
    ///
    /// # Errors
    /// Where it is not there, or what is wrong in it, with line and column.
    pub fn read(path: &Path, period: Option<NaiveDate>) -> Result<Settings, Failure> {
        let file = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(
                CONFIG,
                format!("{file}: {error}\nhint: paybench run needs its settings; see README.md"),
            )
        })?;
        let mut settings: Settings = toml::from_str(&text)
            .map_err(|error| Failure::new(CONFIG, format!("{file}: {error}")))?;
        settings.period = period.unwrap_or(settings.period);
        let folder = path.parent().unwrap_or(Path::new(""));
        let below = |path: &mut PathBuf| *path = folder.join(&*path);
        let day = settings.period.to_string();
        let dated = |path: &mut PathBuf| {
            if let Some(text) = path.to_str().filter(|text| text.contains("{period}")) {
                *path = PathBuf::from(text.replace("{period}", &day));
            }
        };
        settings.returns.iter_mut().for_each(dated);
        dated(&mut settings.out);
        settings.expected_from.iter_mut().for_each(dated);
        settings.returns.iter_mut().for_each(below);
        settings.expected_from.iter_mut().for_each(below);
        if let Some(file) = &settings.expected_from {
            settings.expected.extend(expected(file)?);
        }
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

/// The returns of a file: CSV with the columns return, due, required.
fn expected(path: &Path) -> Result<Vec<Expected>, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[serde(rename = "return")]
        return_id: String,
        #[serde(default)]
        due: String,
        #[serde(default)]
        required: String,
    }
    let wrong = |line: u64, why: String| {
        let place = if line > 0 {
            format!(", line {line}")
        } else {
            String::new()
        };
        Failure::new(CONFIG, format!("{}{place}: {why}", path.display()))
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| wrong(0, error.to_string()))?;
    let header = reader
        .headers()
        .map_err(|error| wrong(1, error.to_string()))?
        .clone();
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(0, error.to_string()))?;
        let at = record.position().map_or(0, csv::Position::line);
        let line: Line = record
            .deserialize(Some(&header))
            .map_err(|error| wrong(at, error.to_string()))?;
        let due = match line.due.as_str() {
            "" => None,
            text => Some(
                date::iso(text)
                    .ok_or_else(|| wrong(at, format!("`{text}` is not a date as YYYY-MM-DD")))?,
            ),
        };
        let required = match line.required.as_str() {
            "yes" => true,
            "" | "no" => false,
            other => return Err(wrong(at, format!("`{other}` is neither yes nor no"))),
        };
        all.push(Expected {
            return_id: line.return_id,
            due,
            required,
        });
    }
    Ok(all)
}
