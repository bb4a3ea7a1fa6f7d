//! From the paths on the command line to returns and their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Return, ReturnsError, SourceFile};
use crate::model::finding::WORKBOOKS;
use crate::model::schema;

/// Extensions of text files; those of one folder are one return. Each workbook
/// is one of its own, and files of other extensions are no part of any.
const TEXT: [&str; 2] = ["csv", "tsv"];

/// Extensions of workbooks that cannot be read.
const UNREAD: [&str; 2] = ["xlsb", "numbers"];

/// Extensions under which a table may be sent that is called one.
const PACKED: [&str; 6] = ["", "txt", "zip", "gz", "bz2", "xz"];

/// Whether a file that is not read looks as if its sender meant it to be.
fn is_like_table(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let named = |part: &str| {
        TEXT.contains(&part) || WORKBOOKS.contains(&part) || schema::table(part).is_some()
    };
    UNREAD.contains(&&*extension) || PACKED.contains(&&*extension) && name.split('.').any(named)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|e| extensions.contains(&e.to_string_lossy().to_lowercase().as_str()))
}

/// Whether a path is named as a workbook.
#[must_use]
pub fn is_workbook(path: &Path) -> bool {
    has_extension(path, &WORKBOOKS)
}

/// The returns at and below `paths`, sorted by id.
///
/// # Errors
/// Where a path cannot be read, holds no return, or two returns have one id.
pub fn returns(paths: &[PathBuf]) -> Result<Vec<Return>, ReturnsError> {
    let mut found: BTreeMap<String, Return> = BTreeMap::new();
    for path in paths {
        let unreadable = |source| ReturnsError::Unreadable {
            path: path.clone(),
            source,
        };
        let root = path.canonicalize().map_err(unreadable)?;
        let mut folders = Vec::new();
        if root.is_dir() {
            walk(&root, &mut folders)?;
        } else if is_workbook(&root) {
            folders.push(Found::one(root.clone()));
        } else {
            let folder = root.parent().unwrap_or(&root).to_path_buf();
            folders.push(Found {
                folder,
                ..Found::one(root.clone())
            });
        }
        if folders.is_empty() {
            return Err(ReturnsError::Nothing(path.clone()));
        }
        for Found {
            folder,
            files,
            passed_over,
        } in folders
        {
            let id = return_id(&root, &folder);
            let files: Vec<_> = files.into_iter().map(source_file).collect();
            match found.get_mut(&id) {
                None => {
                    let entry = Return {
                        id: id.clone(),
                        folder,
                        files,
                        passed_over,
                    };
                    found.insert(id, entry);
                }
                // Several files of one folder, each named on the command line.
                Some(known) if known.folder == folder => known.files.extend(files),
                Some(known) => {
                    return Err(ReturnsError::Twice {
                        id,
                        first: known.folder.clone(),
                        second: folder,
                    });
                }
            }
        }
    }
    let mut returns: Vec<Return> = found.into_values().collect();
    for entry in &mut returns {
        entry.files.sort_by(|a, b| a.name.cmp(&b.name));
        entry.files.dedup_by(|a, b| a.path == b.path);
    }
    Ok(returns)
}

fn source_file(path: PathBuf) -> SourceFile {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    SourceFile { path, name }
}

/// The path of a folder or workbook below `root`, with `/` between its parts,
/// or its own name where `root` holds the files.
fn return_id(root: &Path, folder: &Path) -> String {
    let bare = folder.with_extension("");
    let folder = if is_workbook(folder) && !folder.is_dir() {
        bare.as_path()
    } else {
        folder
    };
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts.is_empty() {
        folder.file_name().map_or_else(
            || "return".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    } else {
        parts.join("/")
    }
}

/// A folder or a workbook, and the files of it.
struct Found {
    folder: PathBuf,
    files: Vec<PathBuf>,
    passed_over: Vec<String>,
}

impl Found {
    fn one(file: PathBuf) -> Found {
        Found {
            folder: file.clone(),
            files: vec![file],
            passed_over: Vec::new(),
        }
    }
}

fn walk(folder: &Path, found: &mut Vec<Found>) -> Result<(), ReturnsError> {
    let unreadable = |source| ReturnsError::Unreadable {
        path: folder.to_path_buf(),
        source,
    };
    let mut files = Vec::new();
    let mut passed_over = Vec::new();
    let mut workbooks = Vec::new();
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(['.', '~']));
        if hidden {
            continue;
        }
        // The listing mostly says what an entry is; a link has to be followed.
        let listed = entry.file_type().ok().filter(|kind| !kind.is_symlink());
        if listed.map_or_else(|| path.is_dir(), |kind| kind.is_dir()) {
            // A link that leads up again has nothing that is not read anyway.
            let leads_up = || path.canonicalize().is_ok_and(|to| folder.starts_with(to));
            if listed.is_some() || !leads_up() {
                folders.push(path);
            }
        } else if !listed.map_or_else(|| path.is_file(), |kind| kind.is_file()) {
            // A pipe, or a link to what is not there.
            if is_workbook(&path) || has_extension(&path, &TEXT) {
                passed_over.push(source_file(path).name);
            }
        } else if is_workbook(&path) {
            workbooks.push(path);
        } else if has_extension(&path, &TEXT) {
            files.push(path);
        } else if is_like_table(&path) {
            passed_over.push(source_file(path).name);
        }
    }
    files.sort();
    passed_over.sort();
    workbooks.sort();
    folders.sort();
    if !files.is_empty() || !passed_over.is_empty() {
        found.push(Found {
            folder: folder.to_path_buf(),
            files,
            passed_over,
        });
    }
    found.extend(workbooks.into_iter().map(Found::one));
    folders.iter().try_for_each(|folder| walk(folder, found))
}
