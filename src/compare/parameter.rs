//! The parameters of queries: what a header declares, what somebody gives.

use super::error::QueryError;
use crate::engine::parameter::Parameter;
use crate::model::date;
use crate::model::decimal::Decimal;

/// The types, each with what it looks like.
const TYPES: [(&str, &str); 5] = [
    ("date", "a date as YYYY-MM-DD"),
    ("text", "text"),
    ("integer", "a whole number such as 12"),
    (
        "decimal",
        "a plain number with at most 4 decimals, such as 12.60",
    ),
    ("yes_no", "yes or no"),
];

/// A parameter as the header declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name, without the dollar sign.
    pub name: String,
    /// `date`, `text`, `integer`, `decimal` or `yes_no`.
    pub kind: String,
    /// Its value where none is given, as the header has it.
    pub default: Option<(String, Parameter)>,
    /// What it may be, where that is less than its type allows.
    pub limit: Option<Limit>,
}

/// What a parameter may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// From the first to the second, both included, as they were written.
    Range([(String, Parameter); 2]),
    /// One of these.
    Words(Vec<String>),
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Limit::Range([(least, _), (most, _)]) => write!(f, "{least} to {most}"),
            Limit::Words(words) => write!(f, "one of {}", words.join(", ")),
        }
    }
}

impl Declared {
    /// A parameter that has no default.
    #[must_use]
    pub fn of(name: String, kind: &str) -> Declared {
        Declared {
            name,
            kind: kind.to_owned(),
            default: None,
            limit: None,
        }
    }

    /// Reads `name type default`, of which the last may be missing.
    pub(super) fn parse(value: &str) -> Result<Declared, String> {
        let mut parts = value.splitn(3, char::is_whitespace);
        let (Some(name), Some(kind)) = (parts.next(), parts.next()) else {
            return Err("param needs name, type and, if there is one, default".to_owned());
        };
        if !TYPES.iter().any(|(known, _)| *known == kind) {
            let known: Vec<&str> = TYPES.iter().map(|(known, _)| *known).collect();
            return Err(format!(
                "`{kind}` is no type; there are {}",
                known.join(", ")
            ));
        }
        let mut declared = Declared::of(name.to_owned(), kind);
        let default = parts.next().map(str::trim).filter(|text| !text.is_empty());
        declared.default = match default {
            None => None,
            Some("empty") => Some(("empty".to_owned(), Parameter::Empty)),
            Some(text) => Some((text.to_owned(), typed(kind, text)?)),
        };
        Ok(declared)
    }

    /// Reads `LEAST to MOST` or `one of WORD ..`: what the parameter may be.
    pub(super) fn set_limit(&mut self, value: &str) -> Result<(), String> {
        let words: Vec<&str> = value.split_whitespace().collect();
        let limit = match words.as_slice() {
            ["one", "of", words @ ..] if self.kind == "text" && !words.is_empty() => {
                Limit::Words(words.iter().map(|word| (*word).to_owned()).collect())
            }
            [least, "to", most] if !["text", "yes_no"].contains(&self.kind.as_str()) => {
                let read =
                    |text: &str| typed(&self.kind, text).map(|value| (text.to_owned(), value));
                Limit::Range([read(least)?, read(most)?])
            }
            _ => {
                return Err(format!(
                    "`{value}` is no limit of a {}; there are LEAST to MOST for dates and numbers, one of WORD .. for text",
                    self.kind
                ));
            }
        };
        self.limit = Some(limit);
        if let Some((text, value)) = &self.default
            && !self.keeps(text, value)
        {
            return Err(format!("the default {text} of {} is beyond it", self.name));
        }
        Ok(())
    }

    fn keeps(&self, text: &str, value: &Parameter) -> bool {
        if *value == Parameter::Empty {
            return true;
        }
        match &self.limit {
            None => true,
            Some(Limit::Words(words)) => words.iter().any(|word| word == text),
            Some(Limit::Range([(_, least), (_, most)])) => {
                number(least) <= number(value) && number(value) <= number(most)
            }
        }
    }

    /// What it takes, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        let known = TYPES.iter().find(|(kind, _)| *kind == self.kind);
        let words = known.map_or("", |(_, words)| words);
        match &self.limit {
            None => words.to_owned(),
            Some(limit @ Limit::Words(_)) => limit.to_string(),
            Some(limit) => format!("{words}, {limit}"),
        }
    }

    pub(super) fn value(&self, text: &str) -> Result<Parameter, QueryError> {
        let wrong = |what: String| {
            let name = &self.name;
            QueryError::Parameter(format!(
                "parameter {name}: {what}\nhint: {name} is {}",
                self.expected()
            ))
        };
        // What may stand in the header may be given too.
        let empty = self.default.as_ref().map(|(_, value)| value) == Some(&Parameter::Empty);
        if empty && text == "empty" {
            return Ok(Parameter::Empty);
        }
        let value = typed(&self.kind, text).map_err(wrong)?;
        if self.keeps(text, &value) {
            return Ok(value);
        }
        let limit = self.limit.as_ref().map(ToString::to_string);
        let limit = limit.unwrap_or_default();
        Err(wrong(format!("`{text}` is not {limit}")))
    }
}

/// Numbers and dates by their size.
fn number(value: &Parameter) -> i64 {
    match value {
        Parameter::Integer(number) | Parameter::Decimal(number) => *number,
        Parameter::Date(days) => i64::from(*days),
        Parameter::Text(_) | Parameter::Boolean(_) | Parameter::Empty => 0,
    }
}

fn typed(kind: &str, text: &str) -> Result<Parameter, String> {
    let wrong = || format!("`{text}` is no {kind}");
    match kind {
        "date" => date::iso(text)
            .map(|day| Parameter::Date(date::days(day)))
            .ok_or_else(wrong),
        "integer" => text.parse().map(Parameter::Integer).map_err(|_| wrong()),
        "decimal" => Decimal::parse(text)
            .map(|value| Parameter::Decimal(value.0))
            .map_err(|_| wrong()),
        "yes_no" => match text {
            "yes" => Ok(Parameter::Boolean(true)),
            "no" => Ok(Parameter::Boolean(false)),
            _ => Err(wrong()),
        },
        _ => Ok(Parameter::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_held_to() {
        let mut floor = Declared::parse("floor decimal 15.00").unwrap();
        assert!(floor.set_limit("one of 1 2").is_err());
        assert!(floor.set_limit("20 to 30").is_err(), "the default is below");
        floor.set_limit("1 to 100").unwrap();
        assert_eq!(floor.value("100").unwrap(), Parameter::Decimal(1_000_000));
        let wrong = floor.value("100.01").unwrap_err().to_string();
        assert!(wrong.contains("`100.01` is not 1 to 100"), "{wrong}");
        assert!(wrong.contains("such as 12.60, 1 to 100"), "{wrong}");
        let mut sector = Declared::parse("sector text").unwrap();
        sector.set_limit("one of nhs other").unwrap();
        assert!(sector.value("nhs").is_ok() && sector.value("NHS").is_err());
        let mut day = Declared::parse("day date empty").unwrap();
        day.set_limit("2026-01-01 to 2026-12-31").unwrap();
        assert_eq!(day.value("empty").unwrap(), Parameter::Empty);
        assert!(day.value("2027-01-01").is_err());
    }
}
