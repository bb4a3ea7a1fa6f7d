//! `paybench completions` and `paybench man`: from the same words as `--help`.

use clap::CommandFactory;

use crate::cli::args::{Arguments, Completions, Man};
use crate::cli::failure::{Failure, INTERNAL, STORAGE};
use crate::cli::terminal::Terminal;

/// Prints what a shell completes by.
///
/// # Errors
/// Where stdout cannot take it.
pub fn completions(args: &Completions, terminal: &Terminal) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut Arguments::command(),
        "paybench",
        &mut script,
    );
    terminal.data(&script)?;
    Ok(0)
}

/// Writes a page for paybench and one for each verb.
///
/// # Errors
/// Where the folder cannot be written.
pub fn pages(args: &Man, terminal: &Terminal) -> Result<u8, Failure> {
    let folder = &args.folder;
    let failed =
        |error: std::io::Error| Failure::new(STORAGE, format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut all = Arguments::command();
    // What global options and help add stands on every page.
    all.build();
    let mut queue = vec![all];
    while let Some(command) = queue.pop() {
        let name = command
            .get_display_name()
            .unwrap_or_else(|| command.get_name());
        let file = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone())
            .render(&mut page)
            .map_err(|error| Failure::new(INTERNAL, error.to_string()))?;
        std::fs::write(&file, page).map_err(failed)?;
        let verbs = command
            .get_subcommands()
            .filter(|verb| verb.get_name() != "help");
        queue.extend(verbs.cloned());
    }
    terminal.line(&folder.display().to_string())?;
    Ok(0)
}
