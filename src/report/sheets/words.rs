//! The words of the spreadsheets, from `sheets.j2` and what it imports.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{Captured, Environment};

use super::book::Line;
use crate::report::{ReportError, template_error};

/// The template.
const TEMPLATE: &str = "sheets.j2";

/// The words of `sheets.j2`.
pub struct Words<'a> {
    template: Captured<'a>,
    /// Words for codes, by column.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    names: BTreeMap<String, String>,
    about: BTreeMap<String, String>,
    headings: BTreeMap<String, String>,
}

impl<'a> Words<'a> {
    /// The words of these templates.
    ///
    /// # Errors
    /// Where a template of the user's does not fit.
    pub fn of(environment: &'a Environment<'a>) -> Result<Words<'a>, ReportError> {
        let template = environment
            .get_template(TEMPLATE)
            .and_then(|template| template.render_captured(()))
            .map_err(|error| template_error(&error))?;
        let map = |name: &str| template.state().lookup(name).unwrap_or_default();
        let codes = entries(&map("codes"));
        let codes = codes
            .into_iter()
            .map(|(column, words)| (column, texts(&words)))
            .collect();
        let [names, about, headings] = ["names", "about", "headings"].map(|name| texts(&map(name)));
        Ok(Words {
            template,
            codes,
            names,
            about,
            headings,
        })
    }

    /// What a macro says, in one line.
    ///
    /// # Errors
    /// Where the macro is not there or does not fit.
    pub fn say(&mut self, name: &str, values: &[Value]) -> Result<String, ReportError> {
        let lines = self.paragraphs(name, values)?;
        Ok(lines.join(" "))
    }

    /// What a macro says, each line trimmed, without empty ones.
    ///
    /// # Errors
    /// Where the macro is not there or does not fit.
    pub fn paragraphs(&mut self, name: &str, values: &[Value]) -> Result<Vec<String>, ReportError> {
        let said = self
            .template
            .with_state_mut(|state| state.call_macro(name, values))
            .map_err(|error| template_error(&error))?;
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(lines.map(str::to_owned).collect())
    }

    /// The same as lines of a sheet.
    ///
    /// # Errors
    /// Where the macro is not there or does not fit.
    pub fn lines(&mut self, name: &str, values: &[Value]) -> Result<Vec<Line>, ReportError> {
        let lines = self.paragraphs(name, values)?;
        let line = |text: String| match text.strip_prefix("# ") {
            Some(heading) => Line::Heading(heading.to_owned()),
            None => Line::Text(text),
        };
        Ok(lines.into_iter().map(line).collect())
    }

    /// The name of a sheet that every workbook has.
    #[must_use]
    pub fn name(&self, key: &str) -> String {
        self.names.get(key).map_or(key, String::as_str).to_owned()
    }

    /// What stands on a sheet that every workbook has.
    #[must_use]
    pub fn about(&self, key: &str) -> String {
        self.about.get(key).map_or(key, String::as_str).to_owned()
    }

    /// The heading of a column that is no comparison's.
    #[must_use]
    pub fn heading(&self, key: &str) -> String {
        self.headings
            .get(key)
            .map_or(key, String::as_str)
            .to_owned()
    }

    /// The words of a column's codes, where it has codes with words.
    #[must_use]
    pub fn codes(&self, column: &str) -> Option<&BTreeMap<String, String>> {
        self.codes.get(column)
    }
}

/// The entries of a template's map, in order of keys.
fn entries(map: &Value) -> BTreeMap<String, Value> {
    let keys = map.try_iter().into_iter().flatten();
    keys.filter_map(|key| Some((key.as_str()?.to_owned(), map.get_item(&key).ok()?)))
        .collect()
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    entries(map)
        .into_iter()
        .map(|(key, value)| (key, value.to_string()))
        .collect()
}
