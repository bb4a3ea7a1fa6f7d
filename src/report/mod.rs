//! Pages and spreadsheets: protected tables and facts become self-contained
//! HTML, and workbooks with the same figures.
//!
//! Rust gives figures and codes; the templates in `reports/` hold every word.
//! A user's folder may replace any template by a file of the same name.

mod bars;
mod changes;
mod chart;
pub mod check;
mod common;
mod contract_audit;
mod contract_axes;
mod contracts;
mod facts;
pub mod feedback;
mod figures;
mod gap_chart;
mod gaps;
mod lifting;
mod living_wage;
mod over_time;
mod own_page;
mod page;
mod pay;
mod sectors;
pub mod sheets;
mod tables;
mod templates;
mod wage_test;

use std::path::PathBuf;

use minijinja::value::Serde;
use serde::Serialize;

pub use changes::{
    Awaited, Changed, Changes, DataChanges, FigureChanges, Last, Moved, RateChange, Returns,
    TableChange,
};
pub use facts::{
    Balance, ContractRule, Facts, FindingCount, Floor, Received, Reproduce, SectorCount, TableFacts,
};
pub use page::{shows, tables_of};
pub use templates::Templates;

/// Whether the figures of a column are in per cent.
#[must_use]
pub fn is_share(column: &str) -> bool {
    figures::Kind::of(column) == figures::Kind::Percent
}

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The name is not one of [`pages`].
    #[error("there is no page `{name}`; there are: {known}")]
    UnknownPage {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A template is wrong, or uses a value that does not exist.
    #[error("template `{template}`, line {line}: {reason}")]
    Template {
        /// The template's file name.
        template: String,
        /// The line, from 1; 0 where it is not known.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A template of the user's folder cannot be read.
    #[error("template `{}` cannot be read", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A table is more than a spreadsheet holds.
    #[error("no {form} file can be made: {reason}")]
    Sheets {
        /// The form.
        form: &'static str,
        /// What does not fit.
        reason: String,
    },
}

/// The built-in pages: name and title.
#[must_use]
pub fn pages() -> &'static [(&'static str, &'static str)] {
    &[
        ("living_wage", "Pay and the Living Wage"),
        ("sector_comparison", "Pay, contracts and turnover by sector"),
        (
            "contract_audit",
            "Contracts, the law, voluntary standards and proposals",
        ),
    ]
}

/// Makes one page.
///
/// # Errors
/// Where there is no such page, or a template of the user's does not fit.
pub fn render(
    page: &str,
    templates: &Templates,
    facts: &Facts,
    tables: &[TableFacts<'_>],
) -> Result<String, ReportError> {
    let known: Vec<String> = templates.pages().collect();
    if !known.iter().any(|name| name == page) {
        return Err(ReportError::UnknownPage {
            name: page.to_owned(),
            known: known.join(", "),
        });
    }
    let context = page::context(page, facts, tables);
    let environment = templates.environment()?;
    environment
        .get_template(&format!("{page}.html.j2"))
        .and_then(|template| template.render(Serde(context)))
        .map_err(|error| template_error(&error))
}

/// The news of a release as a mail: a line `Subject: ...`, an empty one, and
/// plain text.
///
/// # Errors
/// Where a template of the user's does not fit.
pub fn mail(
    templates: &Templates,
    facts: &Facts,
    changes: &Changes,
    limits: &impl Serialize,
) -> Result<String, ReportError> {
    #[derive(Serialize)]
    struct News<'a, L> {
        changes: &'a Changes,
        facts: &'a Facts,
        limits: &'a L,
    }
    let news = News {
        changes,
        facts,
        limits,
    };
    text("mail.txt.j2", templates, &news)
}

/// A text of a template and what it is given.
///
/// # Errors
/// Where a template of the user's does not fit.
pub fn text(
    template: &str,
    templates: &Templates,
    given: &impl Serialize,
) -> Result<String, ReportError> {
    let environment = templates.environment()?;
    environment
        .get_template(template)
        .and_then(|template| template.render(Serde(given)))
        .map_err(|error| template_error(&error))
}

/// The innermost error names the file and line that its author has to mend.
fn template_error(error: &minijinja::Error) -> ReportError {
    let mut inner = error;
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(found) = source.downcast_ref::<minijinja::Error>() {
            inner = found;
        }
        next = source.source();
    }
    let reason = match inner.detail() {
        Some(detail) => format!("{}: {detail}", inner.kind()),
        None => inner.kind().to_string(),
    };
    ReportError::Template {
        template: inner.name().unwrap_or("unknown").to_owned(),
        line: inner.line().unwrap_or(0),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn facts() -> Facts {
        Facts {
            tool_version: "0.1.0".to_owned(),
            release: "protected".to_owned(),
            period: "2026-09-30".to_owned(),
            period_words: "30 September 2026".to_owned(),
            edition: 1,
            received: Received {
                returns_accepted: 1,
                returns_rejected: 0,
                providers: 1,
                workplaces: 2,
                workers: Some(30),
                by_sector: Vec::new(),
                returns_carried: 0,
            },
            balance: Balance {
                files: 2,
                rows_read: 32,
                accepted: 32,
                rejected: 0,
                blank: 0,
                skipped: 0,
            },
            findings: Vec::new(),
            floors: Vec::new(),
            contract_rules: Vec::new(),
            rate_notes: Vec::new(),
            overridden: Vec::new(),
            changes: None,
            awaited: Vec::new(),
            reproduce: Reproduce {
                commands: vec!["paybench report --period 2026-09-30".to_owned()],
                edition_manifest: "period=2026-09-30/0001.json".to_owned(),
                edition_sha256: "0".repeat(64),
                rates_sha256: "1".repeat(64),
                queries: Vec::new(),
            },
        }
    }

    #[test]
    fn every_page_says_which_tables_are_absent() {
        let templates = Templates::load(None).unwrap();
        for (page, title) in pages() {
            let html = render(page, &templates, &facts(), &[]).unwrap();
            assert!(html.contains(title), "{page}");
            assert!(html.contains("was made without the table"), "{page}");
            assert!(html.contains("the one return received"), "{page}");
        }
    }

    #[test]
    fn unknown_pages_are_named_with_those_that_exist() {
        let templates = Templates::load(None).unwrap();
        let error = render("pay", &templates, &facts(), &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no page `pay`; there are: living_wage, sector_comparison, contract_audit"
        );
    }

    #[test]
    fn a_users_template_replaces_the_built_in_one_and_its_faults_have_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("living_wage.html.j2");
        std::fs::write(&file, "<p>{{ common.period }}</p>").unwrap();
        let templates = Templates::load(Some(folder.path())).unwrap();
        assert_eq!(templates.overridden(), ["living_wage.html.j2"]);
        let html = render("living_wage", &templates, &facts(), &[]).unwrap();
        assert_eq!(html, "<p>2026-09-30</p>");

        let copy = folder.path().join("style.css");
        std::fs::write(&copy, include_str!("../../reports/style.css")).unwrap();
        let templates = Templates::load(Some(folder.path())).unwrap();
        assert_eq!(templates.overridden(), ["living_wage.html.j2"]);

        std::fs::write(&file, "<p>\n{{ common.perod }}\n</p>").unwrap();
        let templates = Templates::load(Some(folder.path())).unwrap();
        let error = render("living_wage", &templates, &facts(), &[]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("template `living_wage.html.j2`, line 2: undefined value"),
            "{error}"
        );
    }
}
