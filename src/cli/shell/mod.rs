//! `paybench shell`: what `query` does, at a prompt or from a pipe.

mod commands;
mod complete;
mod editor;
mod pager;

use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::args::{Shell as Arguments, TableFormat};
use super::commands::ask::{Desk, Question, is_name};
use super::commands::{Opened, describe};
use super::failure::{Failure, INPUT, INTERNAL};
use super::terminal::Terminal;
use crate::engine::rows::Stop;
use crate::engine::words;
use crate::store::remote::without_secrets;
use commands::{Command, FORMATS};
use complete::Names;
use editor::{Editor, Typed};

/// A session on one edition.
struct Shell<'a> {
    args: &'a Arguments,
    terminal: &'a Terminal,
    desk: Desk,
    stop: Stop,
    parameters: Vec<(String, String)>,
    format: TableFormat,
    /// Where the next result goes.
    output: Option<PathBuf>,
    timing: bool,
    person: bool,
    /// The exit code of the first statement that failed.
    failed: Option<u8>,
    left: bool,
}

/// Answers statements until there are no more.
///
/// # Errors
/// Where there is no edition, or stdin cannot be read.
pub fn run(args: &Arguments, terminal: &Terminal) -> Result<u8, Failure> {
    let person = terminal.has_person();
    let stop = Stop::default();
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let mut shell = Shell {
        args,
        terminal,
        desk: Desk::new(opened, stop.clone()),
        stop,
        parameters: args.param.clone(),
        format: args.format,
        output: None,
        timing: false,
        person,
        failed: None,
        left: false,
    };
    let ended = if person {
        shell.at_prompt().map(|()| 0)
    } else {
        let ended = shell.piped(std::io::stdin().lock());
        ended.map(|()| shell.failed.unwrap_or(0))
    };
    shell.desk.leave();
    ended
}

impl Shell<'_> {
    fn at_prompt(&mut self) -> Result<(), Failure> {
        let gone = |error: &dyn std::fmt::Display| {
            Failure::new(INTERNAL, format!("the terminal: {error}"))
        };
        // Ctrl-C ends what runs, not the shell.
        #[cfg(unix)]
        signal_hook::flag::register(2, Arc::clone(&self.stop.asked))
            .map_err(|error| gone(&error))?;
        let coloured = pager::coloured();
        let names = Names::of(&self.desk.opened, self.desk.statements()?, coloured);
        let mut editor = Editor::open(names).map_err(|error| gone(&error))?;
        self.greet();
        self.terminal
            .note("SQL ends with a semicolon; \\? lists what else there is");
        while !self.left {
            match editor.ask().map_err(|error| gone(&error))? {
                Typed::Nothing => {}
                Typed::End => break,
                Typed::Text(mut text) => {
                    let edition = self.desk.opened.edition();
                    if self.at_once(&text) && !text.trim().contains('\n') {
                        self.done(&text);
                    } else {
                        self.take(&mut text);
                    }
                    if self.desk.opened.edition() != edition {
                        let statements = self.desk.statements()?;
                        editor.rename(Names::of(&self.desk.opened, statements, coloured));
                    }
                }
            }
        }
        Ok(())
    }

    fn greet(&self) {
        let (period, edition) = self.desk.opened.edition();
        self.terminal
            .note(&format!("edition {edition} of {period}, read only"));
    }

    /// Statements and commands, each done as soon as it is whole.
    fn piped(&mut self, input: impl BufRead) -> Result<(), Failure> {
        let mut waiting = String::new();
        for line in input.lines() {
            let line = line.map_err(|error| Failure::new(INPUT, format!("stdin: {error}")))?;
            waiting.push_str(&line);
            waiting.push('\n');
            if waiting.trim() == line.trim() && self.at_once(&line) {
                self.done(&line);
                waiting.clear();
            } else if line.contains(';') {
                self.take(&mut waiting);
            }
            if self.left {
                return Ok(());
            }
        }
        if words::statements(&waiting).1.is_some() {
            self.done(waiting.trim());
        }
        Ok(())
    }

    /// Does what is whole, and leaves the rest; a command may stand behind a semicolon.
    fn take(&mut self, waiting: &mut String) {
        let (whole, rest) = words::statements(waiting);
        for range in whole {
            let text = waiting[range].trim();
            if !text.starts_with('\\') {
                self.done(text);
            } else if let Some((command, text)) = text.split_once('\n') {
                self.done(command);
                self.done(text);
            } else {
                self.done(text);
            }
            if self.left || self.stop.asked.load(Ordering::Relaxed) {
                return;
            }
        }
        let rest = rest.map_or("", |from| &waiting[from..]);
        let rest = match rest.trim_start().split_once('\n') {
            Some((line, rest)) if self.at_once(line) => {
                self.done(line);
                rest
            }
            _ => rest,
        };
        *waiting = rest.to_owned();
    }

    /// Whether a line is whole without a semicolon.
    fn at_once(&self, line: &str) -> bool {
        let line = line.trim();
        line.starts_with(['\\', '@'])
            || ["help", "quit", "exit"].contains(&line)
            || is_name(line) && self.desk.opened.queries().comparison(line).is_ok()
    }

    /// One statement or command to its end, whatever that is.
    fn done(&mut self, text: &str) {
        self.stop.forget();
        let from = Instant::now();
        let is_command = text.trim_start().starts_with('\\');
        let is_word = ["help", "quit", "exit"].contains(&text.trim());
        let ended = if is_command || is_word {
            self.command(text)
        } else {
            let text = text.trim().trim_end_matches(';').trim_end();
            // A fault of the engine, said by now, is the end of a statement only.
            let ended = catch_unwind(AssertUnwindSafe(|| self.statement(text)));
            let fault = |_| Err(Failure::new(INTERNAL, "the statement was given up"));
            let ended = ended.unwrap_or_else(fault);
            if self.timing {
                let took = from.elapsed();
                self.terminal
                    .note(&format!("{}.{:03} s", took.as_secs(), took.subsec_millis()));
            }
            ended
        };
        if let Err(failure) = ended {
            // What is an option of `query` is a command here.
            let message = failure.message.replace("needs --param ", "needs \\param ");
            let message = message.replace("; give --output FILE", "; name a file with \\o FILE");
            self.terminal.error(&without_secrets(&message));
            self.failed.get_or_insert(failure.code);
        }
    }

    fn statement(&mut self, text: &str) -> Result<(), Failure> {
        let output = self.output.take();
        let ending = output.as_ref().and_then(|path| path.extension()?.to_str());
        let format = ending.and_then(commands::format);
        let question = Question {
            text,
            parameters: &self.parameters,
            lasting: true,
            format: format.unwrap_or(self.format),
            output: output.as_deref(),
            restricted: self.args.restricted,
        };
        self.desk
            .answer(&question, self.terminal, &|bytes| self.show(bytes))
    }

    /// What is longer than the screen goes through the pager.
    fn show(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.person && self.terminal.has_screen() && pager::page(bytes) {
            return Ok(());
        }
        self.terminal.data(bytes)
    }

    fn command(&mut self, text: &str) -> Result<(), Failure> {
        match commands::parse(text)? {
            Command::Overview => {
                let queries = self.desk.opened.queries();
                return self.show(describe::overview(queries).as_bytes());
            }
            Command::About(name) => {
                let columns = self.desk.statements()?.columns(name);
                let text = describe::one(self.desk.opened.queries(), name, &columns)?;
                return self.show(text.as_bytes());
            }
            Command::Comparisons => {
                let queries = self.desk.opened.queries();
                return self.show(describe::comparisons(queries).as_bytes());
            }
            Command::Help => return self.show(commands::help().as_bytes()),
            Command::Parameters => {
                for (name, value) in &self.parameters {
                    self.terminal.line(&format!("{name}={value}"))?;
                }
            }
            Command::Parameter(name, value) => {
                self.parameters.retain(|(known, _)| known != name);
                let new = value.map(|value| (name.to_owned(), value.to_owned()));
                self.parameters.extend(new);
            }
            Command::Format => {
                let name = FORMATS.iter().find(|(_, format)| *format == self.format);
                self.terminal.line(name.map_or("", |(name, _)| name))?;
            }
            Command::SetFormat(format) => self.format = format,
            Command::Output(file) => self.output = Some(PathBuf::from(file)),
            Command::Timing => {
                self.timing = !self.timing;
                let state = if self.timing { "on" } else { "off" };
                self.terminal.note(&format!("timing is {state}"));
            }
            Command::Refresh => {
                let opened = Opened::open(&self.args.edition, Path::new(""), self.terminal)?;
                let desk = Desk::new(opened, self.stop.clone());
                std::mem::replace(&mut self.desk, desk).leave();
                self.greet();
            }
            Command::Quit => self.left = true,
        }
        Ok(())
    }
}
