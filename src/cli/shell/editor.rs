//! The line that is typed at the prompt: keys change it, and after each it is
//! drawn anew. It may have several lines.

use std::fs::File;
use std::io::Write;

use termion::raw::IntoRawMode;
use unicode_width::UnicodeWidthChar;

use super::complete::Names;
use super::history::History;
use super::keys::{Key, Keys};

const PROMPT: &str = "paybench> ";
const MORE: &str = "     ...> ";

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
    screen: File,
    keys: Keys<File>,
    /// What was typed before.
    pub history: History,
}

/// What is being typed.
#[derive(Default)]
struct Line {
    text: String,
    /// The byte before which the cursor stands.
    at: usize,
    /// On which row below the prompt the cursor was drawn.
    row: usize,
}

impl Editor {
    /// The terminal of this session.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(history: History) -> std::io::Result<Editor> {
        let screen = termion::get_tty()?;
        let keys = Keys::new(screen.try_clone()?);
        Ok(Editor {
            screen,
            keys,
            history,
        })
    }

    /// Asks for something whole.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn ask(&mut self, names: &Names) -> std::io::Result<Typed> {
        // Dropped, it makes the terminal what it was.
        let mut raw = self.screen.try_clone()?.into_raw_mode()?;
        raw.write_all(b"\x1b[?2004h")?;
        let typed = self.edit(names, &mut raw);
        raw.write_all(b"\x1b[?2004l\r\n")?;
        raw.flush()?;
        if let Ok(Typed::Text(text)) = &typed {
            self.history.add(text);
        }
        typed
    }

    fn edit(&mut self, names: &Names, screen: &mut impl Write) -> std::io::Result<Typed> {
        let mut line = Line::default();
        // The entry of the history that is shown, and what stood there before it.
        let (mut shown, mut own) = (self.history.entries.len(), String::new());
        loop {
            line.draw(names, screen)?;
            let Some(key) = self.keys.next() else {
                return Ok(Typed::End);
            };
            match key {
                Key::Enter if names.whole(&line.text) => {
                    line.at = line.text.len();
                    line.draw(names, screen)?;
                    return Ok(Typed::Text(line.text));
                }
                Key::Ctrl('c') => {
                    line.at = line.text.len();
                    line.draw(names, screen)?;
                    screen.write_all(b"^C")?;
                    return Ok(Typed::Nothing);
                }
                Key::Ctrl('d') if line.text.is_empty() => return Ok(Typed::End),
                Key::Ctrl('l') => {
                    screen.write_all(b"\x1b[H\x1b[2J")?;
                    line.row = 0;
                }
                Key::Tab => line.complete(names, screen)?,
                Key::Up | Key::Ctrl('p') if !line.text[..line.at].contains('\n') => {
                    if shown == self.history.entries.len() {
                        own.clone_from(&line.text);
                    }
                    let earlier = &self.history.entries[..shown];
                    if let Some(found) = earlier.iter().rposition(|e| e.starts_with(&own)) {
                        shown = found;
                        line.put(&self.history.entries[shown]);
                    }
                }
                Key::Down | Key::Ctrl('n') if !line.text[line.at..].contains('\n') => {
                    let later = self.history.entries.iter().enumerate().skip(shown + 1);
                    let mut later = later.filter(|(_, entry)| entry.starts_with(&own));
                    if let Some((found, entry)) = later.next() {
                        shown = found;
                        line.put(entry);
                    } else if shown < self.history.entries.len() {
                        shown = self.history.entries.len();
                        line.put(&own);
                    }
                }
                key => line.change(key),
            }
        }
    }
}

impl Line {
    fn put(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.at = text.len();
    }

    fn insert(&mut self, text: &str) {
        self.text.insert_str(self.at, text);
        self.at += text.len();
    }

    /// The byte of the letter before.
    fn before(&self) -> usize {
        let last = self.text[..self.at].chars().next_back();
        self.at - last.map_or(0, char::len_utf8)
    }

    fn after(&self) -> usize {
        let next = self.text[self.at..].chars().next();
        self.at + next.map_or(0, char::len_utf8)
    }

    fn line_start(&self) -> usize {
        self.text[..self.at].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let end = self.text[self.at..].find('\n');
        end.map_or(self.text.len(), |end| self.at + end)
    }

    fn word_left(&self) -> usize {
        let before = self.text[..self.at].trim_end_matches(|c: char| !c.is_alphanumeric());
        let part = |c: char| c.is_alphanumeric() || c == '_';
        before.trim_end_matches(part).len()
    }

    fn word_right(&self) -> usize {
        let rest = &self.text[self.at..];
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let word = rest.trim_start_matches(|c: char| !part(c));
        self.text.len() - word.trim_start_matches(part).len()
    }

    /// The place as far into another line as the cursor is into its own.
    fn in_line(&self, from: usize) -> usize {
        let letters = self.text[self.line_start()..self.at].chars().count();
        let line = self.text[from..].split('\n').next().unwrap_or("");
        let ahead = line.chars().take(letters);
        from + ahead.map(char::len_utf8).sum::<usize>()
    }

    fn change(&mut self, key: Key) {
        match key {
            Key::Letter(letter) => self.insert(letter.encode_utf8(&mut [0; 4])),
            Key::Paste(text) => self.insert(&text),
            Key::Enter => self.insert("\n"),
            Key::Backspace | Key::Ctrl('h') => self.cut(self.before(), self.at),
            Key::Delete | Key::Ctrl('d') => self.cut(self.at, self.after()),
            Key::Ctrl('w') => self.cut(self.word_left(), self.at),
            Key::Ctrl('u') => self.cut(self.line_start(), self.at),
            Key::Ctrl('k') => self.cut(self.at, self.line_end()),
            Key::Left | Key::Ctrl('b') => self.at = self.before(),
            Key::Right | Key::Ctrl('f') => self.at = self.after(),
            Key::WordLeft => self.at = self.word_left(),
            Key::WordRight => self.at = self.word_right(),
            Key::Home | Key::Ctrl('a') => self.at = self.line_start(),
            Key::End | Key::Ctrl('e') => self.at = self.line_end(),
            Key::Up => {
                let above = self.text[..self.line_start() - 1].rfind('\n');
                self.at = self.in_line(above.map_or(0, |at| at + 1));
            }
            Key::Down => self.at = self.in_line(self.line_end() + 1),
            Key::Tab | Key::Ctrl(_) | Key::Other => {}
        }
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.at = from;
    }

    /// Completes what is typed as far as all that it may be agree, and lists them
    /// where that is no further.
    fn complete(&mut self, names: &Names, screen: &mut impl Write) -> std::io::Result<()> {
        let (from, found) = names.complete(&self.text, self.at);
        let Some(first) = found.first() else {
            return Ok(());
        };
        let shared = found.iter().skip(1).fold(first.as_str(), |shared, other| {
            let pairs = shared.char_indices().zip(other.chars());
            let mut pairs = pairs.filter(|((_, a), b)| !a.eq_ignore_ascii_case(b));
            let end = pairs
                .next()
                .map_or(shared.len().min(other.len()), |p| p.0.0);
            &shared[..end]
        });
        let done = found.len() == 1 && !first.ends_with(['(', '=']);
        let longer = shared.len() > self.at - from;
        if longer || done {
            let text = format!("{shared}{}", if done { " " } else { "" });
            self.cut(from, self.at);
            self.insert(&text);
            return Ok(());
        }
        let at = std::mem::replace(&mut self.at, self.text.len());
        self.draw(names, screen)?;
        self.at = at;
        self.row = 0;
        let width = found.iter().map(String::len).max().unwrap_or(0) + 2;
        let abreast = (columns() / width).max(1);
        // More than a screen of them helps nobody.
        let rows: Vec<String> = found
            .chunks(abreast)
            .take(20)
            .map(|row| {
                let padded: Vec<String> = row.iter().map(|n| format!("{n:<width$}")).collect();
                padded.concat()
            })
            .collect();
        let more = found.len().saturating_sub(20 * abreast);
        let more = if more > 0 {
            format!("and {more} more\r\n")
        } else {
            String::new()
        };
        write!(screen, "\r\n{}\r\n{more}", rows.join("\r\n"))
    }

    /// Draws the prompt, the text and the cursor where they stood before.
    fn draw(&mut self, names: &Names, screen: &mut impl Write) -> std::io::Result<()> {
        let columns = columns();
        let mut drawn = String::new();
        if self.row > 0 {
            drawn.push_str(&format!("\x1b[{}A", self.row));
        }
        drawn.push_str("\r\x1b[J");
        drawn.push_str(PROMPT);
        let coloured = names.colour(&self.text);
        drawn.push_str(&coloured.replace('\n', &format!("\r\n{MORE}")));
        let (row, column) = place(&self.text[..self.at], columns);
        let (last, _) = place(&self.text, columns);
        if last > row {
            drawn.push_str(&format!("\x1b[{}A", last - row));
        }
        drawn.push('\r');
        if column > 0 {
            drawn.push_str(&format!("\x1b[{column}C"));
        }
        self.row = row;
        screen.write_all(drawn.as_bytes())?;
        screen.flush()
    }
}

fn columns() -> usize {
    termion::terminal_size().map_or(80, |(columns, _)| usize::from(columns).max(20))
}

/// Row and column of the place behind a text, from 0, on a screen so wide.
fn place(text: &str, columns: usize) -> (usize, usize) {
    let (mut row, mut column) = (0, PROMPT.len());
    for letter in text.chars() {
        if letter == '\n' {
            (row, column) = (row + 1, MORE.len());
            continue;
        }
        let width = letter.width().unwrap_or(0);
        if column + width > columns {
            (row, column) = (row + 1, 0);
        }
        column += width;
    }
    // The terminal holds the cursor at the edge until another letter comes.
    (row, column.min(columns - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> (String, usize) {
        let mut line = Line::default();
        for key in keys {
            line.change(key.clone());
        }
        (line.text, line.at)
    }

    #[test]
    fn keys_change_the_line() {
        let text = Key::Paste("SELECT ŵ\nFROM workers".to_owned());
        let word = |keys: &[Key]| {
            let keys = [std::slice::from_ref(&text), keys].concat();
            let (line, at) = typed(&keys);
            format!("{}|{}", &line[..at], &line[at..])
        };
        assert_eq!(word(&[Key::Home]), "SELECT ŵ\n|FROM workers");
        assert_eq!(word(&[Key::Up]), "SELECT ŵ|\nFROM workers");
        assert_eq!(
            word(&[Key::Up, Key::Backspace, Key::Home, Key::Down]),
            "SELECT \n|FROM workers"
        );
        assert_eq!(
            word(&[Key::WordLeft, Key::WordLeft]),
            "SELECT ŵ\n|FROM workers"
        );
        assert_eq!(
            word(&[Key::Ctrl('w'), Key::Letter('x')]),
            "SELECT ŵ\nFROM x|"
        );
        assert_eq!(word(&[Key::Ctrl('u')]), "SELECT ŵ\n|");
        assert_eq!(word(&[Key::Home, Key::Ctrl('k')]), "SELECT ŵ\n|");
        assert_eq!(
            word(&[Key::Home, Key::Left, Key::Delete]),
            "SELECT ŵ|FROM workers"
        );
        // At the edges nothing happens.
        assert_eq!(
            typed(&[Key::Left, Key::Backspace, Key::Delete, Key::Right]).1,
            0
        );
    }

    #[test]
    fn the_cursor_stands_behind_the_text() {
        assert_eq!(place("", 20), (0, 10));
        assert_eq!(place("abc\nd", 20), (1, 11));
        // To the edge, and over it.
        assert_eq!(place("0123456789", 20), (0, 19));
        assert_eq!(place("0123456789x", 20), (1, 1));
        assert_eq!(place("界", 20), (0, 12));
    }
}
