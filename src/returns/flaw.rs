//! Why a cell cannot be read.

/// What keeps a cell's content from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The sheet's own error value, `#REF!`.
    Error(&'static str),
    /// A formula of which the file has no result.
    NoResult,
    /// A number with more digits than a sheet keeps.
    Long,
    /// Text behind the mark that closes a quoted cell.
    Quotes,
}

/// The error values that sheets know.
const ERRORS: [&str; 12] = [
    "#REF!",
    "#N/A",
    "#DIV/0!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#VALUE!",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
];

impl Flaw {
    /// The flaw of an error value.
    #[must_use]
    pub fn error(text: &str) -> Flaw {
        let known = ERRORS.iter().find(|known| **known == text);
        Flaw::Error(known.copied().unwrap_or("an error value"))
    }
}
