//! Files as providers send them: which there are, whose they are, what they
//! hold as rows of text.

pub mod address;
pub mod discover;
pub mod encoding;
pub mod flaw;
pub mod lines;
pub mod parser;
pub mod quotes;
pub mod record;
pub mod rows;
pub mod source;
pub mod stamp;
pub mod text;
pub mod workbook;

use std::path::PathBuf;

/// One return: the text files of one folder, or one workbook.
#[derive(Clone, Debug)]
pub struct Return {
    /// Its path below the path given, without a workbook's extension; its own
    /// name where that is the path given.
    pub id: String,
    /// The folder, or the workbook.
    pub folder: PathBuf,
    /// Its files, sorted by name.
    pub files: Vec<SourceFile>,
    /// The names of files beside them that look like tables and cannot be read.
    pub passed_over: Vec<String>,
}

/// One file of a return, not yet read.
#[derive(Clone, Debug, Default)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the return.
    pub name: String,
}

/// Why a path gives no returns.
#[derive(Debug, thiserror::Error)]
pub enum ReturnsError {
    /// The path does not exist or cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no file of a return below the path.
    #[error("{}: no return here: there is no .csv file or workbook in it or below it", .0.display())]
    Nothing(PathBuf),
    /// Two folders or workbooks would be the same return.
    #[error("{first} and {second} are both return `{id}`; give them different names, or ingest one of them",
        first = first.display(), second = second.display())]
    Twice {
        /// The id that they share.
        id: String,
        /// The one folder.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}
