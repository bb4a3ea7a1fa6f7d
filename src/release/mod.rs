//! A release: tables, pages and their manifest, made aside and put in the
//! place of the last one as a whole.

pub mod before;
pub mod changes;
pub mod evidence;
pub mod facts;
pub mod feedback;
pub mod files;
pub mod limits;
pub mod make;
mod moved;
pub mod over_time;
mod papers;
mod results;
pub mod swap;
pub mod trace;
pub mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDateTime;

use self::limits::{Judged, Limit, LimitError};
pub use self::make::make;
use self::papers::{digest, edition, outputs, sealed};
use crate::compare::error::QueryError;
use crate::compare::library::Library;
use crate::compare::run;
use crate::engine::EngineError;
use crate::engine::session::{Means, Session};
use crate::model::floors::Floor;
use crate::protect::{ProtectError, Release};
use crate::report::{Awaited, ReportError, Templates};
use crate::store::location::Location;
use crate::store::manifest::Manifest;
use crate::store::rates::Rates;

/// Why there is no release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A comparison is not known, or its header or parameters are wrong.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// SQL failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A table may not leave.
    #[error(transparent)]
    Protect(#[from] ProtectError),
    /// A page could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A limit is about no figure of the release.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The output folder holds something else.
    #[error(
        "{0} is not empty and holds no paybench release; it is left as it is\nhint: give another --out, or empty it yourself"
    )]
    Foreign(PathBuf),
    /// The output folder holds a store or a key, which would be gone.
    #[error(
        "{0} is not part of the release that would be replaced, and would be gone with it\nhint: give another --out, or move it away"
    )]
    Kept(PathBuf),
    /// Writing failed; the last release is as it was.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A table does not fit its file format.
    #[error("{0} cannot be written: {1}")]
    Format(String, String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// What a release is made of.
pub struct Source<'a> {
    /// The store.
    pub location: &'a Location,
    /// The edition.
    pub manifest: &'a Manifest,
    /// The moment as of which earlier periods are told; as they are now where none is given.
    pub as_of: Option<NaiveDateTime>,
    /// The wage floors as a table of the store.
    pub rates: &'a Rates,
    /// The wage floors.
    pub floors: &'a [Floor],
    /// The queries.
    pub queries: &'a Library,
    /// The templates.
    pub templates: &'a Templates,
    /// What SQL may take of the machine.
    pub means: Means,
}

impl Source<'_> {
    /// A session over the edition.
    ///
    /// # Errors
    /// Where a file is not there or a view does not plan.
    pub fn session(&self) -> Result<Session, EngineError> {
        run::open(
            self.location,
            self.manifest,
            self.rates,
            self.queries,
            self.means,
        )
    }
}

/// What is wanted.
pub struct Wanted {
    /// The comparisons.
    pub comparisons: Vec<String>,
    /// The pages.
    pub pages: Vec<String>,
    /// Whether there are spreadsheets too.
    pub spreadsheets: bool,
    /// Who it is for.
    pub release: Release,
    /// The commands that make it again, for its pages.
    pub commands: Vec<String>,
    /// Whether comparisons are told over time too, where the store has earlier periods.
    pub over_time: bool,
    /// The limits that its figures are held against.
    pub limits: Vec<Limit>,
    /// The returns that a job waits for, and what became of each.
    pub awaited: Vec<Awaited>,
}

/// A release in memory: file names and bytes.
pub struct Made {
    /// Every file but the manifest, by its path below the release.
    pub files: BTreeMap<String, Vec<u8>>,
    /// `manifest.json`.
    pub manifest: Vec<u8>,
    /// Its tables.
    pub tables: Vec<Written>,
    /// What the limits came to.
    pub limits: Vec<Judged>,
    /// Who it is for.
    pub release: Release,
}

/// A table that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Rows of which every measure is withheld.
    pub hidden_rows: usize,
    /// Rows shown of which some measure is withheld.
    pub emptied_rows: usize,
}
