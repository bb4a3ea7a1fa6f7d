//! What the prompt knows while a statement is typed: the names that may come
//! next, the colours of what is there, and whether it is whole.

use super::commands::{COMMANDS, FORMATS};
use crate::cli::commands::Opened;
use crate::cli::commands::ask::is_name;
use crate::engine::session::Session;
use crate::engine::words::{self, KEYWORDS, Kind};

/// The names of an edition.
pub struct Names {
    /// Tables and views with their columns.
    tables: Vec<(String, Vec<String>)>,
    comparisons: Vec<String>,
    parameters: Vec<String>,
    functions: Vec<String>,
    /// Whether SQL is shown in colours.
    pub coloured: bool,
}

impl Names {
    /// The names of an edition and its session.
    pub fn of(opened: &Opened, session: &Session, coloured: bool) -> Names {
        let columns = |table: &String| {
            let columns = session.columns(table).into_iter().map(|(name, _)| name);
            (table.clone(), columns.collect())
        };
        let comparisons = || opened.queries().comparisons();
        let parameters = comparisons().flat_map(|query| &query.parameters);
        let mut parameters: Vec<String> = parameters.map(|p| format!("{}=", p.name)).collect();
        parameters.sort();
        parameters.dedup();
        Names {
            tables: session.names().iter().map(columns).collect(),
            comparisons: comparisons().map(|query| query.name.clone()).collect(),
            parameters,
            functions: session.functions(),
            coloured,
        }
    }

    /// Whether Enter ends what was typed: a command, a comparison or file by its
    /// name, or statements up to the last semicolon.
    pub fn whole(&self, text: &str) -> bool {
        let trimmed = text.trim();
        let at_once = trimmed.is_empty()
            || trimmed.starts_with(['\\', '@'])
            || ["help", "quit", "exit"].contains(&trimmed)
            || is_name(trimmed) && self.comparisons.iter().any(|name| name == trimmed);
        at_once && !trimmed.contains('\n') || words::statements(text).1.is_none()
    }

    /// What may stand at the cursor, and from which byte on it would.
    pub fn found(&self, text: &str, at: usize) -> (usize, Vec<String>) {
        let before = &text[..at];
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let begin = before.trim_end_matches(is_part).len();
        let typed = &before[begin..];
        if let Some(rest) = before.trim_start().strip_prefix('\\') {
            return self.command(rest, begin, typed);
        }
        let (pieces, _) = words::pieces(before);
        if pieces.last().is_some_and(|last| last.kind == Kind::Text) {
            return (at, Vec::new());
        }
        if let Some(table) = before[..begin].strip_suffix('.') {
            let table = &table[table.trim_end_matches(is_part).len()..];
            return (begin, sorted(self.columns(text, table), typed));
        }
        let mut words = pieces.iter().filter(|piece| piece.range.end <= begin);
        let last = words.rfind(|piece| piece.kind != Kind::Blank);
        let last = last.map(|piece| before[piece.range.clone()].to_uppercase());
        let tables = self.tables.iter().map(|(name, _)| name.clone());
        if matches!(last.as_deref(), Some("FROM" | "JOIN" | "DESCRIBE")) {
            return (begin, sorted(tables.collect(), typed));
        }
        if typed.is_empty() {
            return (at, Vec::new());
        }
        let mut found = self.columns(text, "");
        found.extend(tables);
        found.extend(self.functions.iter().map(|name| format!("{name}(")));
        if last.is_none() {
            found.extend(self.comparisons.iter().cloned());
        }
        let lower = typed.chars().any(char::is_lowercase);
        found.extend(KEYWORDS.iter().map(|word| {
            if lower {
                word.to_lowercase()
            } else {
                (*word).to_owned()
            }
        }));
        (begin, sorted(found, typed))
    }

    fn command(&self, rest: &str, begin: usize, typed: &str) -> (usize, Vec<String>) {
        let Some((command, _)) = rest.split_once(char::is_whitespace) else {
            let names = COMMANDS.iter().map(|(name, ..)| name.to_string());
            return (begin, sorted(names.collect(), typed));
        };
        let known: Vec<String> = match command {
            "d" => {
                let tables = self.tables.iter().map(|(name, _)| name);
                tables.chain(&self.comparisons).cloned().collect()
            }
            "format" => FORMATS.iter().map(|(name, _)| name.to_string()).collect(),
            "param" => self.parameters.clone(),
            _ => Vec::new(),
        };
        (begin, sorted(known, typed))
    }

    /// The columns of a table or of what a statement calls so; of all tables that the
    /// statement names, and otherwise of all, where no table is asked for.
    fn columns(&self, text: &str, wanted: &str) -> Vec<String> {
        let (pieces, _) = words::pieces(text);
        let kept = pieces
            .iter()
            .filter(|piece| piece.kind != Kind::Blank)
            .map(|piece| (piece.kind, &text[piece.range.clone()]));
        let kept: Vec<(Kind, &str)> = kept.collect();
        let named = |at: usize| {
            let name = kept[at].1;
            self.tables
                .iter()
                .find(|(table, _)| table.eq_ignore_ascii_case(name))
        };
        let alias = |at: usize| {
            let next = kept.get(at + 1)?;
            let next = if next.1.eq_ignore_ascii_case("as") {
                kept.get(at + 2)?
            } else {
                next
            };
            (next.0 == Kind::Name).then_some(next.1)
        };
        let mut found = Vec::new();
        for at in 0..kept.len() {
            if let Some((table, columns)) = named(at)
                && (wanted.is_empty()
                    || table.eq_ignore_ascii_case(wanted)
                    || alias(at).is_some_and(|alias| alias.eq_ignore_ascii_case(wanted)))
            {
                found.extend(columns.iter().cloned());
            }
        }
        if found.is_empty() && wanted.is_empty() {
            let all = self.tables.iter().flat_map(|(_, columns)| columns);
            found.extend(all.cloned());
        }
        found
    }

    /// SQL in the colours of the terminal.
    pub fn colour(&self, text: &str) -> String {
        if !self.coloured || text.trim_start().starts_with(['\\', '@']) {
            return text.to_owned();
        }
        let mut shown = String::new();
        for piece in words::pieces(text).0 {
            let part = &text[piece.range];
            let colour = match piece.kind {
                Kind::Keyword => "34",
                Kind::Text => "32",
                Kind::Number => "36",
                Kind::Parameter => "35",
                Kind::Blank if !part.trim().is_empty() => "2",
                _ => "",
            };
            if colour.is_empty() {
                shown.push_str(part);
                continue;
            }
            // A line begins with the prompt, which has a colour of its own.
            let lines: Vec<String> = part
                .split('\n')
                .map(|line| format!("\x1b[{colour}m{line}\x1b[0m"))
                .collect();
            shown.push_str(&lines.join("\n"));
        }
        shown
    }
}

fn sorted(mut names: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    names.retain(|name| name.to_lowercase().starts_with(&typed));
    names.sort_by_key(|name| name.to_lowercase());
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Names {
            tables: vec![
                ("workers".to_owned(), owned(&["pay_rate", "role", "period"])),
                ("workplaces".to_owned(), owned(&["sector", "period"])),
            ],
            comparisons: owned(&["pay_gap", "turnover"]),
            parameters: owned(&["floor="]),
            functions: owned(&["sum", "substr"]),
            coloured: true,
        }
    }

    #[test]
    fn names_are_completed_where_they_may_stand() {
        let at_end = |text: &str| names().found(text, text.len()).1;
        assert_eq!(at_end("SELECT * FROM work"), ["workers", "workplaces"]);
        assert_eq!(at_end("SELECT * FROM "), ["workers", "workplaces"]);
        assert_eq!(at_end("pa"), ["partition", "pay_gap", "pay_rate"]);
        assert_eq!(at_end("SELECT su"), ["substr(", "sum("]);
        assert_eq!(at_end("SEL"), ["SELECT"]);
        assert_eq!(at_end("sel"), ["select"]);
        assert_eq!(at_end("SELECT 'wor"), Vec::<String>::new());
        assert_eq!(at_end("\\d tu"), ["turnover"]);
        assert_eq!(at_end("\\fo"), ["format"]);
        assert_eq!(at_end("\\format c"), ["csv"]);
        // Behind a dot the columns of that table, also by the name that it is given later on.
        assert_eq!(at_end("SELECT workplaces."), ["period", "sector"]);
        let text = "SELECT w. FROM workers AS w JOIN workplaces p";
        assert_eq!(names().found(text, 9).1, ["pay_rate", "period", "role"]);
        let text = "SELECT p.s FROM workers AS w JOIN workplaces p";
        assert_eq!(names().found(text, 10), (9, vec!["sector".to_owned()]));
        // The tables of the statement decide which columns there are.
        let text = "SELECT ro FROM workplaces";
        assert!(!names().found(text, 9).1.contains(&"role".to_owned()));
    }

    #[test]
    fn enter_ends_what_is_whole() {
        let names = names();
        for whole in [
            "",
            "\\d",
            "pay_gap",
            "quit",
            "SELECT 1;",
            "SELECT 1; -- so",
            "@a.sql",
        ] {
            assert!(names.whole(whole), "{whole}");
        }
        for open in [
            "SELECT 1",
            "workers",
            "SELECT ';",
            "SELECT 1; SELECT",
            "/* ;",
        ] {
            assert!(!names.whole(open), "{open}");
        }
    }

    #[test]
    fn colours_leave_the_text_as_it_is() {
        let text = "SELECT 'a\nb', 1.5 -- so\nFROM workers WHERE x = $y";
        let shown = names().colour(text);
        assert!(shown.starts_with("\x1b[34mSELECT\x1b[0m "), "{shown:?}");
        let mut plain = shown;
        for code in ["34", "32", "36", "35", "2", "0"] {
            plain = plain.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(plain, text);
    }
}
