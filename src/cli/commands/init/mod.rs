//! `paybench init [DIR]`: a project to begin with, every setting explained.

use std::io::ErrorKind;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::demo;
use crate::cli::args::Init;
use crate::cli::failure::{Failure, STORAGE, USAGE};
use crate::cli::terminal::Terminal;

static PROJECT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/commands/init/project");

/// Writes a project; nothing that is there is touched.
///
/// # Errors
/// Where the folder holds a project, or cannot be written.
pub fn run(args: &Init, terminal: &Terminal) -> Result<u8, Failure> {
    let folder = &args.folder;
    let mut files = Vec::new();
    collect(&PROJECT, &mut files);
    let name = |file: &str| match file {
        // A name that version control would take for its own here.
        "gitignore" => ".gitignore".to_owned(),
        other => other.to_owned(),
    };
    let returns = folder.join("returns");
    // Version control may be there before paybench, with a list of its own.
    let kept = folder.join(".gitignore").exists();
    files.retain(|(file, _)| !(kept && file == "gitignore"));
    let mut there = files.iter().map(|(file, _)| folder.join(name(file)));
    let clash = there.find(|path| path.exists());
    let clash = clash.or_else(|| (args.sample && returns.exists()).then(|| returns.clone()));
    if let Some(path) = clash {
        let message = format!(
            "{} is there already; nothing was written\nhint: give another folder, as in paybench init DIR",
            path.display()
        );
        return Err(Failure::new(USAGE, message));
    }
    for (file, text) in &files {
        write(&folder.join(name(file)), text)?;
    }
    if args.sample {
        demo::sample(&returns)?;
    } else {
        let made = std::fs::create_dir_all(&returns);
        made.map_err(|error| failed(&returns, &error))?;
    }
    terminal.line(&folder.join("paybench.toml").display().to_string())?;
    let first = if args.sample {
        "it has invented returns of two periods".to_owned()
    } else {
        format!(
            "put the returns into {}, one folder a return, and set the period",
            returns.join("PERIOD").display()
        )
    };
    terminal.note(&format!(
        "{first}; then, in {}: paybench run",
        folder.display()
    ));
    Ok(0)
}

/// The files of a folder and those in it, by their path.
fn collect(folder: &Dir<'static>, files: &mut Vec<(String, &'static [u8])>) {
    for file in folder.files() {
        // As paths of this system write it.
        let below: std::path::PathBuf = file.path().components().collect();
        files.push((below.display().to_string(), file.contents()));
    }
    for inner in folder.dirs() {
        collect(inner, files);
    }
}

fn write(path: &Path, text: &[u8]) -> Result<(), Failure> {
    use std::io::Write;
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above).map_err(|error| failed(above, &error))?;
    }
    let made = std::fs::File::create_new(path);
    made.and_then(|mut file| file.write_all(text))
        .map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let code = match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => USAGE,
        _ => STORAGE,
    };
    Failure::new(code, format!("{}: {error}", path.display()))
}
