//! Editions: the immutable, complete sets of accepted data of each period.

pub mod attempt;
pub mod before;
pub mod carry;
pub mod column;
pub mod commit;
pub mod dictionary;
pub mod document;
pub mod location;
pub mod manifest;
pub mod parquet;
pub mod rates;
pub mod records;
pub mod rekey;
pub mod relink;
pub mod remote;
pub mod report;
pub mod seal;
pub mod settle;
pub mod unchanged;
pub mod upload;
pub mod verify;
pub mod withdraw;

use std::sync::Arc;

/// Why the store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store, or no edition in it.
    #[error("{0} holds no edition{1}\nhint: make one with paybench ingest PATH --period DATE")]
    Empty(String, String),
    /// The period or edition asked for is not there.
    #[error("{0}")]
    NoSuchEdition(String),
    /// The return asked for is not there.
    #[error("{0}")]
    NoSuchReturn(String),
    /// The store's address is none.
    #[error("{0}")]
    Address(String),
    /// The object store cannot be reached as things are set up.
    #[error("{what}: {source}{hint}")]
    Configuration {
        /// What was being done, and where.
        what: String,
        /// What the storage says.
        source: Box<object_store::Error>,
        /// What may help.
        hint: String,
    },
    /// The object store or disk failed.
    #[error("{what}: {source}{hint}")]
    Storage {
        /// What was being done, and where.
        what: String,
        /// What the storage says.
        source: Box<object_store::Error>,
        /// What may help.
        hint: String,
    },
    /// The storage gave no answer that tells whether the file is there now.
    #[error(
        "{what}: {source}\nhint: it may have been written all the same; paybench editions tells"
    )]
    Unsure {
        /// What was being done, and where.
        what: String,
        /// What the storage says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The storage replaces a file that is there although told not to.
    #[error(
        "{0} replaces what is there although told not to (it ignores If-None-Match), so that two ingests at once could lose a return; nothing was written\nhint: keep the store on storage with conditional writes"
    )]
    Overwrites(String),
    /// A file of a return is no longer what it was when it was first looked at.
    #[error(
        "{0} changed while it was being read; nothing was written\nhint: run it again once the file is complete"
    )]
    Changed(String),
    /// A file of a return can no longer be read.
    #[error("{0}")]
    Unreadable(std::io::Error),
    /// Input or output failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, and where.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A Parquet file does not read or write.
    #[error("{what}: {source}")]
    Parquet {
        /// What was being done, and where.
        what: String,
        /// What the library says.
        source: Arc<::parquet::errors::ParquetError>,
    },
    /// A manifest does not read.
    #[error("{0} is damaged: {1}")]
    Manifest(String, String),
    /// Another ingest made the store with another key meanwhile.
    #[error(
        "the store was made with key {expected}, but this is key {found}\nhint: give the right key with --key-file"
    )]
    OtherKey {
        /// The id of the store's key.
        expected: String,
        /// The id of the key given.
        found: String,
    },
    /// Nobody's return was accepted.
    #[error("no return can be accepted; nothing was written")]
    NothingAccepted(Box<report::Report>),
    /// Others committed again and again in between.
    #[error("edition {0} of {1} was taken by another ingest each time; try again later")]
    Contended(u32, String),
}

/// Rows of an edition that do not fit their schema: a fault of this program.
fn damaged(error: arrow::error::ArrowError) -> StoreError {
    StoreError::Parquet {
        what: "writing the edition".to_owned(),
        source: Arc::new(error.into()),
    }
}
