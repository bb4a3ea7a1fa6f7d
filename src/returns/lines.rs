//! Lines as an editor counts them.

use std::collections::VecDeque;

/// Where lines start, as their bytes pass by. The CSV parser counts line feeds
/// and takes what comes before a record (blank lines, the second half of a
/// CRLF) for its start, so its own line numbers are not those of an editor.
pub struct Lines {
    offset: u64,
    line: u64,
    at_start: bool,
    after_return: bool,
    /// Offset and number of lines that are not blank and not yet used.
    starts: VecDeque<(u64, u64)>,
}

impl Default for Lines {
    /// The first line of a text.
    fn default() -> Lines {
        Lines {
            offset: 0,
            line: 1,
            at_start: true,
            after_return: false,
            starts: VecDeque::new(),
        }
    }
}

impl Lines {
    /// Notes the lines of the next piece of the text.
    pub fn pass(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if *first == b'\n' || *first == b'\r' {
                // The two characters of a CRLF end one line.
                if !(*first == b'\n' && self.after_return) {
                    self.line += 1;
                }
                self.after_return = *first == b'\r';
                self.at_start = true;
                rest = &rest[1..];
                self.offset += 1;
                continue;
            }
            self.after_return = false;
            if self.at_start {
                self.starts.push_back((self.offset, self.line));
                self.at_start = false;
            }
            let until = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            self.offset += until as u64;
            rest = &rest[until..];
        }
    }

    /// The first line with text at or after an offset.
    pub fn line_at(&mut self, offset: u64) -> u64 {
        while self
            .starts
            .front()
            .is_some_and(|(start, _)| *start < offset)
        {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }
}
