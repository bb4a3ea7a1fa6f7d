//! The line that is typed at the prompt: rustyline, with the names, colours and
//! ends of statements that [`Names`] knows.

use std::borrow::Cow;
use std::path::PathBuf;

use rustyline::completion::{Completer, Pair};
use rustyline::config::{CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, Context, Helper};

use super::complete::Names;

const PROMPT: &str = "paybench> ";
/// How many statements are kept.
const KEPT: usize = 1000;

/// What came of a prompt.
pub enum Typed {
    /// Something whole.
    Text(String),
    /// Ctrl-C: nothing, and on to the next.
    Nothing,
    /// Ctrl-D on an empty line.
    End,
}

/// The terminal that a person sits at.
pub struct Editor {
    line: rustyline::Editor<Names, FileHistory>,
    /// Where what was typed is kept for its owner alone, where it can be.
    history: Option<PathBuf>,
}

impl Editor {
    /// The terminal of this session.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(names: Names) -> rustyline::Result<Editor> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .max_history_size(KEPT)?
            .history_ignore_dups(true)?
            .color_mode(if names.coloured {
                ColorMode::Enabled
            } else {
                ColorMode::Disabled
            })
            .build();
        let mut line = rustyline::Editor::with_config(config)?;
        line.set_helper(Some(names));
        let history = history().filter(|file| {
            let folder = file.parent();
            folder.is_some_and(|folder| own_folder(folder).is_ok())
        });
        if let Some(file) = &history {
            // The first time there is none.
            let _ = line.load_history(file);
        }
        Ok(Editor { line, history })
    }

    /// Knows other names from now on.
    pub fn rename(&mut self, names: Names) {
        self.line.set_helper(Some(names));
    }

    /// Asks for something whole.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn ask(&mut self) -> rustyline::Result<Typed> {
        match self.line.readline(PROMPT) {
            Ok(text) => {
                self.keep(text.trim());
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Nothing),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(error),
        }
    }

    fn keep(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        // What cannot be kept is no reason to stop.
        let _ = self.line.add_history_entry(text);
        if let Some(file) = &self.history {
            let _ = self.line.append_history(file);
        }
    }
}

/// The history in the user's state folder.
fn history() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty());
    let home = || set("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let state = set("XDG_STATE_HOME").map(PathBuf::from).or_else(home)?;
    Some(state.join("paybench/shell_history"))
}

fn own_folder(folder: &std::path::Path) -> std::io::Result<()> {
    let mut folders = std::fs::DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(folder)
}

impl Helper for Names {}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (from, found) = self.found(line, at);
        let only = found.len() == 1;
        let pair = |name: String| Pair {
            // The only one that it can be is whole, but for what stands in brackets.
            replacement: if only && !name.ends_with(['(', '=']) {
                format!("{name} ")
            } else {
                name.clone()
            },
            display: name,
        };
        Ok((from, found.into_iter().map(pair).collect()))
    }
}

impl Highlighter for Names {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(self.colour(line))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Validator for Names {
    fn validate(&self, typed: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if self.whole(typed.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}
