//! Errors of every stage as a message and an exit code.

use std::io::ErrorKind;

use crate::compare::error::QueryError;
use crate::engine::EngineError;
use crate::ingest::key::KeyError;
use crate::ingest::layout::LayoutError;
use crate::model::floors::FloorsError;
use crate::release::ReleaseError;
use crate::release::trace::TraceError;
use crate::report::ReportError;
use crate::returns::ReturnsError;
use crate::store::StoreError;
use crate::store::rekey::RekeyError;

/// Done, with warnings.
pub const WARNINGS: u8 = 10;
/// Done, some rows or returns were rejected.
pub const REJECTED: u8 = 20;
/// Done, and a limit is breached.
pub const BREACHED: u8 = 30;
/// Wrong usage.
pub const USAGE: u8 = 64;
/// Input unusable; nothing written.
pub const INPUT: u8 = 65;
/// A required return is missing.
pub const MISSING: u8 = 66;
/// A fault of the program.
pub const INTERNAL: u8 = 70;
/// Disk or network fault; what was there is intact.
pub const STORAGE: u8 = 74;
/// Another run holds the lock.
pub const LOCKED: u8 = 75;
/// Configuration, key or rates invalid.
pub const CONFIG: u8 = 78;

/// Why a command ended early.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What to tell, with hints on lines of their own.
    pub message: String,
}

impl Failure {
    /// A failure with its code.
    pub fn new(code: u8, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
        }
    }
}

impl From<ReturnsError> for Failure {
    fn from(error: ReturnsError) -> Failure {
        let code = if matches!(error, ReturnsError::Twice { .. }) {
            USAGE
        } else {
            INPUT
        };
        Failure::new(code, error.to_string())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Failure {
        let code = match &error {
            KeyError::Busy(_) => LOCKED,
            // A path that is not there, or not ours, was given wrongly.
            KeyError::Io { source, .. }
                if [ErrorKind::NotFound, ErrorKind::PermissionDenied].contains(&source.kind()) =>
            {
                CONFIG
            }
            KeyError::Io { .. } | KeyError::Random(_) => STORAGE,
            _ => CONFIG,
        };
        Failure::new(code, error.to_string())
    }
}

impl From<RekeyError> for Failure {
    fn from(error: RekeyError) -> Failure {
        match error {
            RekeyError::Key(error) => error.into(),
            RekeyError::Store(error) => error.into(),
        }
    }
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Failure {
        Failure::new(CONFIG, error.to_string())
    }
}

impl From<FloorsError> for Failure {
    fn from(error: FloorsError) -> Failure {
        Failure::new(CONFIG, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let code = match &error {
            StoreError::Empty(..)
            | StoreError::NothingAccepted(_)
            | StoreError::Changed(_)
            | StoreError::Unreadable(_) => INPUT,
            StoreError::NoSuchEdition(_) | StoreError::NoSuchReturn(_) | StoreError::Address(_) => {
                USAGE
            }
            StoreError::Contended(..) => LOCKED,
            StoreError::OtherKey { .. }
            | StoreError::Overwrites(_)
            | StoreError::Configuration { .. } => CONFIG,
            StoreError::Storage { .. }
            | StoreError::Unsure { .. }
            | StoreError::Io { .. }
            | StoreError::Parquet { .. }
            | StoreError::Manifest(..) => STORAGE,
        };
        Failure::new(code, error.to_string())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Failure {
        let code = match &error {
            EngineError::Query(_) | EngineError::NotAQuery(_) | EngineError::Stopped => USAGE,
            EngineError::Definition(_) => CONFIG,
            EngineError::Run(_) => STORAGE,
            EngineError::Fell => INTERNAL,
        };
        Failure::new(code, error.to_string())
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Failure {
        let code = match &error {
            QueryError::Unknown { .. } | QueryError::Parameter(_) => USAGE,
            QueryError::Header { .. } | QueryError::Rule { .. } | QueryError::Io { .. } => CONFIG,
        };
        Failure::new(code, error.to_string())
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Failure {
        let code = match error {
            ReportError::UnknownPage { .. } | ReportError::Sheets { .. } => USAGE,
            ReportError::Template { .. } | ReportError::Read { .. } => CONFIG,
        };
        Failure::new(code, error.to_string())
    }
}

impl From<ReleaseError> for Failure {
    fn from(error: ReleaseError) -> Failure {
        match error {
            ReleaseError::Query(error) => error.into(),
            ReleaseError::Engine(error) => error.into(),
            ReleaseError::Report(error) => error.into(),
            ReleaseError::Store(error) => error.into(),
            ReleaseError::Protect(error) => Failure::new(CONFIG, error.to_string()),
            error @ (ReleaseError::Foreign(_) | ReleaseError::Kept(_) | ReleaseError::Limit(_)) => {
                Failure::new(USAGE, error.to_string())
            }
            error @ ReleaseError::Io { .. } => Failure::new(STORAGE, error.to_string()),
            error @ ReleaseError::Format(..) => Failure::new(INTERNAL, error.to_string()),
        }
    }
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Failure {
        let code = match error {
            TraceError::Release(error) => return (*error).into(),
            TraceError::Which(_) => USAGE,
            TraceError::Misfit(_) => CONFIG,
            TraceError::Altered(_) => INPUT,
        };
        Failure::new(code, error.to_string())
    }
}
