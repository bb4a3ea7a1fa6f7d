//! Whether a text is one SQL expression, and where it stops being one.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

/// Where an expression cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// The line of the text, from 1.
    pub line: usize,
    /// The column of the line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// Reads a text as one expression and nothing after it.
///
/// # Errors
/// Where it is none.
pub fn check(text: &str) -> Result<(), Misread> {
    let dialect = GenericDialect {};
    let failed = |error: &dyn std::fmt::Display| misread(&error.to_string(), text);
    let mut parser = Parser::new(&dialect)
        .try_with_sql(text)
        .map_err(|error| failed(&error))?;
    parser.parse_expr().map_err(|error| failed(&error))?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(());
    }
    let place = |number: u64| usize::try_from(number).unwrap_or(1).max(1);
    Err(Misread {
        line: place(next.span.start.line),
        column: place(next.span.start.column),
        message: format!("`{}` stands after the end of the expression", next.token),
    })
}

/// The parser says `... at Line: 2, Column: 5`, or nothing where the text ends too soon.
fn misread(error: &str, text: &str) -> Misread {
    let error = error.trim_start_matches("sql parser error: ");
    let (message, place) = error.rsplit_once(" at Line: ").unwrap_or((error, ""));
    let mut numbers = place
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok());
    let last = text.trim_end().rsplit('\n').next().unwrap_or("");
    Misread {
        line: numbers
            .next()
            .unwrap_or_else(|| text.trim_end().matches('\n').count() + 1),
        column: numbers.next().unwrap_or_else(|| last.chars().count() + 1),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_whole_expression_is_one() {
        assert_eq!(check("a = 1\nAND b IS NULL -- why"), Ok(()));
        assert_eq!(check("period >= start_date + INTERVAL '3 months'"), Ok(()));
        for (text, line, column) in [
            ("a = 1) UNION (SELECT 1", 1, 6),
            ("a = 1;\nDROP TABLE b", 1, 6),
            ("a =\n  AND b", 2, 7),
            ("a = 'open", 1, 5),
            ("a\nAND b <\n", 2, 8),
        ] {
            let wrong = check(text).unwrap_err();
            assert_eq!((wrong.line, wrong.column), (line, column), "{wrong:?}");
        }
        assert!(check("").is_err());
    }
}
