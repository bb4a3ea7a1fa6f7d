//! Bytes of a terminal as the keys that were pressed.

use std::collections::VecDeque;
use std::io::Read;

/// A key, or a piece of text that was put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter.
    Letter(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Text from elsewhere.
    Paste(String),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    /// One letter to the left.
    Left,
    /// One letter to the right.
    Right,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// A line up.
    Up,
    /// A line down.
    Down,
    /// The beginning of the line.
    Home,
    /// The end of the line.
    End,
    /// Anything else.
    Other,
}

/// Reads keys.
pub struct Keys<R> {
    from: R,
    waiting: VecDeque<u8>,
}

impl<R: Read> Keys<R> {
    /// Keys from a terminal in raw mode.
    pub fn new(from: R) -> Keys<R> {
        let waiting = VecDeque::new();
        Keys { from, waiting }
    }

    fn byte(&mut self) -> Option<u8> {
        if self.waiting.is_empty() {
            let mut bytes = [0; 1024];
            let read = loop {
                match self.from.read(&mut bytes) {
                    // A window of another size is no end.
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    read => break read.ok()?,
                }
            };
            self.waiting.extend(&bytes[..read]);
        }
        self.waiting.pop_front()
    }

    /// The next key; none at the end.
    pub fn next(&mut self) -> Option<Key> {
        Some(match self.byte()? {
            b'\r' | b'\n' => Key::Enter,
            b'\t' => Key::Tab,
            0x7f | 0x08 => Key::Backspace,
            // Pressed alone, nothing comes with it.
            0x1b if self.waiting.is_empty() => Key::Other,
            0x1b => self.escaped()?,
            byte @ 1..=26 => Key::Ctrl(char::from(b'a' + byte - 1)),
            byte if byte < b' ' => Key::Other,
            byte => self.letter(byte)?,
        })
    }

    fn letter(&mut self, first: u8) -> Option<Key> {
        let length = match first {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        };
        let mut bytes = vec![first];
        while bytes.len() < length {
            bytes.push(self.byte()?);
        }
        let text = String::from_utf8(bytes).ok();
        let letter = text.and_then(|text| text.chars().next());
        Some(letter.map_or(Key::Other, Key::Letter))
    }

    fn escaped(&mut self) -> Option<Key> {
        let code = match self.byte()? {
            b'[' => {
                let mut code = String::new();
                loop {
                    let byte = self.byte()?;
                    code.push(char::from(byte));
                    if (0x40..=0x7e).contains(&byte) {
                        break code;
                    }
                }
            }
            b'O' => char::from(self.byte()?).to_string(),
            b'b' => return Some(Key::WordLeft),
            b'f' => return Some(Key::WordRight),
            _ => return Some(Key::Other),
        };
        Some(match code.as_str() {
            "A" => Key::Up,
            "B" => Key::Down,
            "C" => Key::Right,
            "D" => Key::Left,
            "H" | "1~" | "7~" => Key::Home,
            "F" | "4~" | "8~" => Key::End,
            "3~" => Key::Delete,
            "1;5C" | "1;3C" => Key::WordRight,
            "1;5D" | "1;3D" => Key::WordLeft,
            "200~" => self.pasted()?,
            _ => Key::Other,
        })
    }

    fn pasted(&mut self) -> Option<Key> {
        const END: &[u8] = b"\x1b[201~";
        let mut bytes = Vec::new();
        while !bytes.ends_with(END) {
            bytes.push(self.byte()?);
        }
        bytes.truncate(bytes.len() - END.len());
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        let text = text.replace('\r', "\n").replace('\t', "    ");
        let shown = text.chars().filter(|c| *c == '\n' || !c.is_control());
        Some(Key::Paste(shown.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_keys() {
        let read = |bytes: &[u8]| {
            let mut keys = Keys::new(bytes);
            std::iter::from_fn(|| keys.next()).collect::<Vec<_>>()
        };
        assert_eq!(
            read("aŵ\r\t\x7f\x03".as_bytes()),
            [
                Key::Letter('a'),
                Key::Letter('ŵ'),
                Key::Enter,
                Key::Tab,
                Key::Backspace,
                Key::Ctrl('c')
            ]
        );
        assert_eq!(
            read(b"\x1b[A\x1bOB\x1b[1;5C\x1b[3~\x1b[99~\x1bb"),
            [
                Key::Up,
                Key::Down,
                Key::WordRight,
                Key::Delete,
                Key::Other,
                Key::WordLeft
            ]
        );
        assert_eq!(
            read(b"\x1b[200~SELECT\r\n\t1;\x07\x1b[201~x"),
            [Key::Paste("SELECT\n    1;".to_owned()), Key::Letter('x')]
        );
        // What is cut off is an end, and nothing falls over.
        for bytes in [
            &b"\x1b["[..],
            b"\x1b[200~abc",
            b"\xe2\x82",
            b"\xff\xff\xff\xff",
        ] {
            assert!(read(bytes).len() <= 1);
        }
    }
}
