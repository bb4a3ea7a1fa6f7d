//! The only place that prints: data to stdout, talk to stderr.

use std::borrow::Cow;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use indicatif::{ProgressBar, ProgressStyle};

use super::failure::{Failure, STORAGE};
use crate::compare::table::{Table, Value};
use crate::model::finding::{Finding, Severity};

/// Where a command talks.
pub struct Terminal {
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    /// A terminal that says only errors if `quiet`, and details if `verbose`.
    #[must_use]
    pub fn new(quiet: bool, verbose: bool) -> Terminal {
        Terminal {
            quiet,
            verbose: verbose && !quiet,
        }
    }

    /// A terminal that says only errors.
    #[must_use]
    pub fn silent() -> Terminal {
        Terminal::new(true, false)
    }

    /// Whether a person types, and sees what they type.
    #[must_use]
    pub fn has_person(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    /// Whether data go to a screen.
    #[must_use]
    pub fn has_screen(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether details are asked for.
    #[must_use]
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// A line of talk for those who asked for details.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// Data, to stdout. A closed pipe ends the data, not the command.
    ///
    /// # Errors
    /// Where stdout cannot take it all, as on a full disk.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.stream(bytes).map(|_| ())
    }

    /// Data, to stdout, and whether somebody still reads them.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub fn stream(&self, bytes: &[u8]) -> Result<bool, Failure> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Failure::new(STORAGE, format!("writing to stdout: {error}"))),
        }
    }

    /// A line of data.
    ///
    /// # Errors
    /// As [`Terminal::data`].
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        self.data(format!("{text}\n").as_bytes())
    }

    /// A line of talk.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", harmless(text));
        }
    }

    /// A warning.
    pub fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// An error; `hint:` lines in it stand apart.
    pub fn error(&self, text: &str) {
        let text = harmless(text).replace("\nhint:", "\n\nhint:");
        let _ = writeln!(std::io::stderr().lock(), "error: {text}");
    }

    /// Findings for people, errors first, every one of them.
    pub fn findings(&self, findings: &[Finding]) {
        if self.quiet {
            return;
        }
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted.sort_by_key(|finding| finding.severity);
        let mut stderr = BufWriter::new(std::io::stderr().lock());
        for finding in sorted {
            // Where nobody can be told any more, what is done stays done.
            if stderr.write_all(told(finding).as_bytes()).is_err() {
                return;
            }
        }
        let _ = stderr.flush();
    }

    /// `3 errors, 1 warning`.
    #[must_use]
    pub fn counted(findings: &[Finding]) -> String {
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        let words = |count: usize, word: &str| {
            format!("{count} {word}{}", if count == 1 { "" } else { "s" })
        };
        format!(
            "{}, {}",
            words(count(Severity::Error), "error"),
            words(count(Severity::Warning), "warning")
        )
    }

    /// Rows of text under their headings.
    #[must_use]
    pub fn lines(columns: &[&str], rows: Vec<Vec<String>>) -> String {
        Terminal::table(&Table {
            name: String::new(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows
                .into_iter()
                .map(|row| row.into_iter().map(Value::Text).collect())
                .collect(),
        })
    }

    /// A table for people.
    #[must_use]
    pub fn table(table: &Table) -> String {
        let mut shown = comfy_table::Table::new();
        shown
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        shown.set_header(&table.columns);
        for row in &table.rows {
            shown.add_row(row.iter().map(|value| harmless(&value.render())));
        }
        for at in 0..table.columns.len() {
            let number =
                |row: &Vec<Value>| matches!(row[at], Value::Integer(_) | Value::Decimal(..));
            if let (true, Some(column)) = (table.rows.iter().any(number), shown.column_mut(at)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let lines: Vec<String> = shown
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        format!("{}\n", lines.join("\n"))
    }

    /// Shows on a terminal how much of `total` bytes is read, until dropped.
    #[must_use]
    pub fn progress(&self, total: u64) -> Progress {
        let bytes = Arc::new(AtomicU64::new(0));
        let done = Arc::new(AtomicBool::new(false));
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let watcher = shown.then(|| {
            let (bytes, done) = (Arc::clone(&bytes), Arc::clone(&done));
            std::thread::spawn(move || {
                let bar = ProgressBar::new(total);
                if let Ok(style) =
                    ProgressStyle::with_template("reading {bar:30} {bytes}/{total_bytes} {eta}")
                {
                    bar.set_style(style);
                }
                while !done.load(Ordering::Relaxed) {
                    bar.set_position(bytes.load(Ordering::Relaxed).min(total));
                    std::thread::park_timeout(Duration::from_millis(100));
                }
                bar.finish_and_clear();
            })
        });
        Progress {
            bytes,
            done,
            watcher,
        }
    }
}

/// A finding in two lines: where and what, and what to do.
fn told(finding: &Finding) -> String {
    let mut place = finding.path();
    if let Some(sheet) = &finding.sheet {
        place.push_str(&format!(", sheet {}", sheet.trim()));
    }
    if let Some(row) = finding.row {
        place.push_str(&format!(", row {row}"));
    }
    if let Some(cell) = &finding.cell {
        place.push_str(&format!(", cell {cell}"));
    }
    if let Some(column) = &finding.column {
        place.push_str(&format!(", {column}"));
    }
    let line = |text: &str| one_line(text).into_owned();
    format!(
        "{}: {}: {}\n    to do: {}  [{}]\n",
        finding.severity.as_str(),
        line(&place),
        line(&finding.message),
        line(&finding.fix),
        finding.rule
    )
}

/// Text of one line. What a sender wrote may hold codes that a terminal obeys, or that
/// turn the direction of what stands beside it: they are spelt out.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    let obeyed = |char: char| {
        char.is_control()
            || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut spelt = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if obeyed(char) {
            spelt.extend(char.escape_default());
        } else {
            spelt.push(char);
        }
    }
    Cow::Owned(spelt)
}

/// The same of several lines.
fn harmless(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(one_line).collect();
    lines.join("\n")
}

/// A progress bar that ends when dropped.
pub struct Progress {
    /// How many bytes were read.
    pub bytes: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    watcher: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            // A bar that failed to draw is no reason to fail.
            let _ = watcher.join();
        }
    }
}
