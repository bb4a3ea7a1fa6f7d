//! What can be wrong with files of queries and rules, and with what is asked of them.

/// Why a query file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// A line of the header does not read.
    #[error("{file}, line {line}: {message}")]
    Header {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A rule on contracts does not read.
    #[error("{file}, line {line}, column {column}: {message}")]
    Rule {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The column of the line.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The folder or file cannot be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no comparison of the name.
    #[error("there is no comparison `{name}`\nhint: there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A parameter is unknown, missing or of the wrong type.
    #[error("{0}")]
    Parameter(String),
}
