//! What was typed at the prompt before, in a file for its owner alone.

use std::io::Write;
use std::path::PathBuf;

/// How many statements are kept.
const KEPT: usize = 1000;

/// Statements, oldest first.
pub struct History {
    /// The statements.
    pub entries: Vec<String>,
    file: Option<PathBuf>,
}

impl History {
    /// The history of the user's state folder; none is kept where it cannot be.
    pub fn open() -> History {
        let set = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty());
        let home = || set("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        let state = set("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
        let file = state.map(|state| state.join("paybench/shell_history"));
        let text = file
            .as_ref()
            .and_then(|file| std::fs::read_to_string(file).ok());
        let mut history = History {
            entries: text
                .iter()
                .flat_map(|text| text.lines())
                .map(unfolded)
                .collect(),
            file,
        };
        if history.entries.len() > KEPT {
            history.entries.drain(..history.entries.len() - KEPT);
            history.shorten();
        }
        history
    }

    /// Keeps what was typed, unless it is what was typed last.
    pub fn add(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() || self.entries.last().is_some_and(|last| last == text) {
            return;
        }
        self.entries.push(text.to_owned());
        // What cannot be kept is no reason to stop.
        let _ = self.append(&format!("{}\n", folded(text)));
    }

    fn append(&self, line: &str) -> std::io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        let mut folders = std::fs::DirBuilder::new();
        folders.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            options.mode(0o600);
            folders.mode(0o700);
        }
        if let Some(folder) = file.parent() {
            folders.create(folder)?;
        }
        options.open(file)?.write_all(line.as_bytes())
    }

    fn shorten(&self) {
        if let Some(file) = &self.file {
            let lines: Vec<String> = self.entries.iter().map(|text| folded(text)).collect();
            let _ = std::fs::remove_file(file);
            let _ = self.append(&format!("{}\n", lines.join("\n")));
        }
    }
}

fn folded(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn unfolded(line: &str) -> String {
    let mut text = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_backslashes_come_back() {
        for text in ["\\d\\n", "SELECT 'a\nb'\n", "\\param x=\\"] {
            assert_eq!(unfolded(&folded(text)), text);
            assert!(!folded(text).contains('\n'));
        }
    }
}
