//! What stands behind a backslash at the prompt.

use crate::cli::args::TableFormat;
use crate::cli::failure::{Failure, USAGE};

/// Name, what follows it, what it does.
pub const COMMANDS: [(&str, &str, &str); 9] = [
    (
        "d",
        "[NAME]",
        "what there is, or one table, view or comparison",
    ),
    ("l", "", "the comparisons"),
    (
        "param",
        "[NAME=VALUE]",
        "give a parameter a value, or show all; without VALUE forget it",
    ),
    (
        "format",
        "[NAME]",
        "how results are written: table, csv, json, parquet, xlsx or ods",
    ),
    (
        "o",
        "FILE",
        "write the next result to a file, in the format of its ending",
    ),
    (
        "timing",
        "",
        "say how long each statement takes, or no longer",
    ),
    (
        "refresh",
        "",
        "go on with the newest edition; before it all answers come from one",
    ),
    ("q", "", "leave, as does Ctrl-D"),
    ("?", "", "this list"),
];

/// The formats by their names, which are the endings of their files.
pub const FORMATS: [(&str, TableFormat); 6] = [
    ("table", TableFormat::Table),
    ("csv", TableFormat::Csv),
    ("json", TableFormat::Json),
    ("parquet", TableFormat::Parquet),
    ("xlsx", TableFormat::Xlsx),
    ("ods", TableFormat::Ods),
];

/// A command as it was typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// What there is.
    Overview,
    /// One thing of it.
    About(&'a str),
    /// The comparisons.
    Comparisons,
    /// The parameters that have values.
    Parameters,
    /// A value for a parameter; none to forget it.
    Parameter(&'a str, Option<&'a str>),
    /// The format in use.
    Format,
    /// Another format.
    SetFormat(TableFormat),
    /// The next result goes to a file.
    Output(&'a str),
    /// Say how long a statement takes, or no longer.
    Timing,
    /// Go on with the newest edition.
    Refresh,
    /// Leave.
    Quit,
    /// Help.
    Help,
}

/// The format of a name.
pub fn format(name: &str) -> Option<TableFormat> {
    let mut known = FORMATS.iter().filter(|(known, _)| *known == name);
    known.next().map(|(_, format)| *format)
}

/// Reads a line that begins with a backslash, or one of the words that people try.
///
/// # Errors
/// Where there is no such command.
pub fn parse(line: &str) -> Result<Command<'_>, Failure> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let line = line.strip_prefix('\\').unwrap_or(line);
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    Ok(match (name, rest) {
        ("d", "") => Command::Overview,
        ("d", name) => Command::About(name),
        ("l", "") => Command::Comparisons,
        ("param", "") => Command::Parameters,
        ("param", pair) => {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Failure::new(USAGE, "\\param needs NAME=VALUE"))?;
            let value = value.trim();
            Command::Parameter(name.trim(), (!value.is_empty()).then_some(value))
        }
        ("format", "") => Command::Format,
        ("format", name) => Command::SetFormat(format(name).ok_or_else(|| {
            let known: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            Failure::new(
                USAGE,
                format!("there is no format `{name}`\nhint: there are {known}"),
            )
        })?),
        ("o", "") => return Err(Failure::new(USAGE, "\\o needs the name of a file")),
        ("o", file) => Command::Output(file),
        ("timing", "") => Command::Timing,
        ("refresh", "") => Command::Refresh,
        ("q" | "quit" | "exit", "") => Command::Quit,
        ("?" | "h" | "help", "") => Command::Help,
        _ => {
            let message = format!("there is no command `\\{line}`\nhint: \\? lists them");
            return Err(Failure::new(USAGE, message));
        }
    })
}

/// The commands and keys for people.
pub fn help() -> String {
    let mut text = String::from(
        "A statement of SQL ends with a semicolon. A comparison is asked for by its name, a file of SQL with @FILE.\n\n",
    );
    for (name, more, what) in COMMANDS {
        let typed = format!("\\{name} {more}");
        text.push_str(&format!("  {typed:<21} {what}\n"));
    }
    text.push_str("\nTab completes names. Ctrl-C stops a statement, and clears what is typed.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_they_are_typed() {
        let read = |line| parse(line).unwrap();
        assert_eq!(read("\\d"), Command::Overview);
        assert_eq!(read("\\d  workers ;"), Command::About("workers"));
        assert_eq!(
            read("\\param floor = 15.00"),
            Command::Parameter("floor", Some("15.00"))
        );
        assert_eq!(read("\\param floor="), Command::Parameter("floor", None));
        assert_eq!(read("\\format csv"), Command::SetFormat(TableFormat::Csv));
        assert_eq!(read("quit;"), Command::Quit);
        for line in [
            "\\x",
            "\\format png",
            "\\o",
            "\\param a",
            "\\timing on",
            "\\",
        ] {
            assert_eq!(parse(line).unwrap_err().code, USAGE, "{line}");
        }
    }
}
