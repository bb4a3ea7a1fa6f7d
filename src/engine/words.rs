//! The words of SQL: where a statement ends, what each piece of it is, where a
//! name stands.

use std::ops::Range;

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer, Whitespace};

/// The words of a query that are nobody's names.
pub const KEYWORDS: [&str; 78] = [
    "ALL",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "CURRENT",
    "DATE",
    "DECIMAL",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXCLUDE",
    "EXISTS",
    "EXPLAIN",
    "EXTRACT",
    "FALSE",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LAST",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RIGHT",
    "ROW",
    "ROWS",
    "SELECT",
    "SEMI",
    "SHOW",
    "TABLES",
    "THEN",
    "TRUE",
    "TRY_CAST",
    "UNBOUNDED",
    "UNION",
    "UNNEST",
    "USING",
    "VALUES",
    "VARCHAR",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN",
];

/// What a piece of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of [`KEYWORDS`].
    Keyword,
    /// Any other word: a name, as a rule.
    Name,
    /// Text in single quotes, also where it is not closed yet.
    Text,
    /// A number.
    Number,
    /// A parameter, `$name`.
    Parameter,
    /// The end of a statement.
    Semicolon,
    /// A comment or a blank.
    Blank,
    /// An operator, a bracket.
    Other,
}

/// A piece of SQL by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// The pieces of a text, which cover it whole, and whether the last of them,
/// a text or a comment, is not closed yet.
#[must_use]
pub fn pieces(sql: &str) -> (Vec<Piece>, bool) {
    let mut tokens = Vec::new();
    let read = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location_into_buf(&mut tokens);
    let mut places = Places::new(sql);
    let mut pieces: Vec<Piece> = Vec::new();
    for token in &tokens {
        let start = places.offset(token.span.start);
        if let Some(before) = pieces.last_mut() {
            before.range.end = start;
        }
        pieces.push(Piece {
            range: start..sql.len(),
            kind: kind(&token.token),
        });
    }
    if read.is_err() {
        let start = tokens.last().map_or(0, |last| places.offset(last.span.end));
        if let Some(before) = pieces.last_mut() {
            before.range.end = start;
        }
        let range = start..sql.len();
        let kind = if sql[start..].starts_with("/*") {
            Kind::Blank
        } else {
            Kind::Text
        };
        pieces.push(Piece { range, kind });
    }
    (pieces, read.is_err())
}

fn kind(token: &Token) -> Kind {
    match token {
        Token::Word(word) if word.quote_style.is_none() && is_keyword(&word.value) => Kind::Keyword,
        Token::Word(_) => Kind::Name,
        Token::Number(..) => Kind::Number,
        Token::Placeholder(_) => Kind::Parameter,
        Token::SemiColon => Kind::Semicolon,
        Token::Whitespace(
            Whitespace::Space
            | Whitespace::Newline
            | Whitespace::Tab
            | Whitespace::SingleLineComment { .. }
            | Whitespace::MultiLineComment(_),
        ) => Kind::Blank,
        Token::SingleQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_) => Kind::Text,
        _ => Kind::Other,
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
}

/// Lines and columns of a text as bytes, asked for in rising order.
struct Places<'a> {
    text: &'a str,
    line: u64,
    column: u64,
    at: usize,
}

impl Places<'_> {
    fn new(text: &str) -> Places<'_> {
        Places {
            text,
            line: 1,
            column: 1,
            at: 0,
        }
    }

    fn offset(&mut self, place: Location) -> usize {
        for letter in self.text[self.at..].chars() {
            if (self.line, self.column) >= (place.line, place.column) {
                break;
            }
            self.at += letter.len_utf8();
            if letter == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        self.at
    }
}

/// The statements of a text by their bytes, without their semicolons, and
/// where the one begins that has none yet, if it has begun.
#[must_use]
pub fn statements(sql: &str) -> (Vec<Range<usize>>, Option<usize>) {
    let (pieces, _) = pieces(sql);
    let (mut found, mut begun) = (Vec::new(), None);
    let mut from = 0;
    for piece in pieces {
        match piece.kind {
            Kind::Semicolon => {
                if begun.take().is_some() {
                    found.push(from..piece.range.start);
                }
                from = piece.range.end;
            }
            // A comment above a statement may say what it takes.
            Kind::Blank if !sql[piece.range.clone()].starts_with("/*") => {}
            _ => begun = begun.or(Some(from)),
        }
    }
    (found, begun)
}

/// How many words and signs a statement has, and how many of them join others: operators,
/// and what joins whole queries.
#[must_use]
pub fn size(sql: &str) -> (usize, usize, usize) {
    let (pieces, _) = pieces(sql);
    let kept = pieces.iter().filter(|piece| piece.kind != Kind::Blank);
    let (mut all, mut operators, mut unions) = (0, 0, 0);
    for piece in kept {
        let text = sql[piece.range.clone()].to_uppercase();
        all += 1;
        match text.as_str() {
            "UNION" | "EXCEPT" | "INTERSECT" => unions += 1,
            "AND" | "OR" | "NOT" | "LIKE" | "BETWEEN" | "CASE" | "IS" => operators += 1,
            "," | "(" | ")" | "." => {}
            _ if piece.kind == Kind::Other => operators += 1,
            _ => {}
        }
    }
    (all, operators, unions)
}

/// Where a name stands first: its line and column, from 1.
#[must_use]
pub fn place_of(sql: &str, name: &str) -> Option<(usize, usize)> {
    let (pieces, _) = pieces(sql);
    let wanted = |piece: &&Piece| {
        let word = sql[piece.range.clone()].trim_matches('"');
        matches!(piece.kind, Kind::Name | Kind::Text | Kind::Parameter)
            && word.trim_matches('\'').eq_ignore_ascii_case(name)
    };
    let at = pieces.iter().find(wanted)?.range.start;
    let line = sql[..at].rsplit('\n').next().unwrap_or("");
    Some((
        sql[..at].matches('\n').count() + 1,
        line.chars().count() + 1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_outside_of_texts_and_comments() {
        let split = |sql: &'static str| {
            let (found, begun) = statements(sql);
            let found: Vec<&str> = found.into_iter().map(|range| &sql[range]).collect();
            (found, begun.map(|from| &sql[from..]))
        };
        assert_eq!(split(""), (vec![], None));
        assert_eq!(split(" -- nothing\n;;"), (vec![], None));
        assert_eq!(
            split("SELECT 'a;b'; SELECT 2"),
            (vec!["SELECT 'a;b'"], Some(" SELECT 2"))
        );
        assert_eq!(
            split("SELECT 'open; SELECT 2;"),
            (vec![], Some("SELECT 'open; SELECT 2;"))
        );
        assert_eq!(
            split("SELECT 1 /* ; */ -- ;\n;"),
            (vec!["SELECT 1 /* ; */ -- ;\n"], None)
        );
        assert_eq!(split("/* open; "), (vec![], Some("/* open; ")));
        assert_eq!(split("SELECT 'ŵ'\n;x"), (vec!["SELECT 'ŵ'\n"], Some("x")));
    }

    #[test]
    fn the_pieces_cover_the_text_whatever_it_is() {
        for sql in [
            "SELECT \"a\", $b, 'ŵy', 1.5 FROM t -- so",
            "'open",
            "a /* open",
            "\u{0}§ 'x",
            "",
        ] {
            let (pieces, _) = pieces(sql);
            let joined: String = pieces.iter().map(|p| &sql[p.range.clone()]).collect();
            assert_eq!(joined, sql);
        }
        let kinds = |sql: &str| pieces(sql).0.iter().map(|p| p.kind).collect::<Vec<_>>();
        assert_eq!(kinds("from"), [Kind::Keyword]);
        assert_eq!(kinds("\"from\""), [Kind::Name]);
        assert_eq!(kinds("$a"), [Kind::Parameter]);
    }

    #[test]
    fn a_name_is_found_where_it_stands() {
        assert_eq!(place_of("SELECT 'x', b,\n  Pay", "pay"), Some((2, 3)));
        assert_eq!(place_of("SELECT 1", "pay"), None);
    }
}
