//! A result as plain values: what comparisons give and protection lets pass.

use crate::model::{date, decimal};

/// One cell. Decimals keep the number of places that the query gave them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value: unknown, not applicable or withheld (see the row's marker).
    Empty,
    /// Text.
    Text(String),
    /// A count.
    Integer(i64),
    /// `value / 10^scale`.
    Decimal(i128, usize),
    /// Days since 1 January 1970.
    Date(i32),
    /// Yes or no.
    Boolean(bool),
}

impl Value {
    /// The value as it is published: fixed decimals, ISO dates, empty for none.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Value::Empty => String::new(),
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(value, scale) => decimal::format_scaled(*value, *scale),
            Value::Date(days) => date::from_days(*days)
                .map(|date| date.to_string())
                .unwrap_or_default(),
            Value::Boolean(yes) => if *yes { "true" } else { "false" }.to_owned(),
        }
    }

    /// The count, where the cell holds one.
    #[must_use]
    pub fn as_count(&self) -> Option<i64> {
        match self {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, where the cell holds one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A named table: columns and rows of the same width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The comparison's name.
    pub name: String,
    /// Column names, in order.
    pub columns: Vec<String>,
    /// The rows, in the query's total order.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// The position of a column.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }
}
