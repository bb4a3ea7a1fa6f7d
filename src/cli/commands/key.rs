//! `paybench key`: make a key, show its id, rotate it.

use std::path::Path;

use crate::cli::args::{Key, Rotate};
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::ingest::key_file;
use crate::store::location::Location;
use crate::store::rekey::{Rotation, Step};

/// Makes, shows or rotates a key.
///
/// # Errors
/// Why it cannot be done.
pub fn run(args: &Key, terminal: &Terminal) -> Result<u8, Failure> {
    match args {
        Key::New(args) => {
            let key = key_file::create(&args.key_file)?;
            made(&args.key_file, terminal);
            terminal.line(key.id())?;
        }
        Key::Id(args) => terminal.line(key_file::read(&args.key_file)?.id())?,
        Key::Rotate(args) => rotate(args, terminal)?,
    }
    Ok(0)
}

/// Says what to do with a key that was made.
pub(super) fn made(path: &Path, terminal: &Terminal) {
    terminal.note(&format!(
        "made the key {}: keep it safe and apart from the store; without it later \
         returns cannot be added",
        path.display()
    ));
    if !key_file::CHECKED {
        terminal.warn(
            "on this system paybench does not see who may read the key; let nobody but its owner",
        );
    }
}

fn rotate(args: &Rotate, terminal: &Terminal) -> Result<(), Failure> {
    let location = Location::open(&args.store, super::runtime(super::threads(None))?)?;
    let created = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let rotation = Rotation {
        location: &location,
        key_file: &args.key.key_file,
        relink: args.relink.as_deref(),
        created: &created,
    };
    let key = rotation.run(&mut |step| {
        match step {
            Step::Kept(path) => terminal.note(&format!("kept the old key as {}", path.display())),
            Step::Rotated(key) => terminal.note(&format!(
                "{} holds key {} now",
                args.key.key_file.display(),
                key.id()
            )),
            Step::Resumed(key) => terminal.note(&format!(
                "{} holds key {} already: finishing its rotation",
                args.key.key_file.display(),
                key.id()
            )),
            Step::Finished(key) => terminal.note(&format!(
                "the rotation to key {} is done already; give another --relink to rotate again",
                key.id()
            )),
            Step::Drafted(manifest) => terminal.detail(&format!(
                "wrote the files of edition {} of {}",
                manifest.edition, manifest.period
            )),
            Step::Relinked(path, workers) => terminal.note(&format!(
                "wrote old and new keys of {workers} workers to {}: guard it like the key, or \
                 remove it",
                path.display()
            )),
            Step::Made(manifest) => terminal.note(&format!(
                "made edition {} of {}",
                manifest.edition, manifest.period
            )),
        }
        Ok(())
    })?;
    terminal.note(
        "earlier editions stay under the key of their time: as long as they or copies of them \
         exist, old and new rows can be matched; remove them by hand once nobody needs them",
    );
    terminal.line(key.id())?;
    Ok(())
}
