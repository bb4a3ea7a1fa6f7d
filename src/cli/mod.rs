//! The command line: what may be typed, and one function a verb.

pub mod args;
pub mod commands;
pub mod failure;
pub mod settings;
pub mod shell;
pub mod terminal;
mod watch;

use clap::Parser;

use args::{Arguments, Command};
use failure::Failure;

use crate::store::remote::without_secrets;

/// Runs the command line and gives the exit code.
#[must_use]
pub fn main() -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let help = !error.use_stderr();
            // A closed pipe leaves nobody to tell.
            let _ = error.print();
            return if help { 0 } else { failure::USAGE };
        }
    };
    let terminal = terminal::Terminal::new(arguments.quiet, arguments.verbose > 0);
    match run(&arguments, &terminal) {
        Ok(code) => code,
        Err(failure) => {
            terminal.error(&without_secrets(&failure.message));
            failure.code
        }
    }
}

/// Whether a panic is the engine's, which comes back as an error of its statement.
#[must_use]
pub fn is_engines() -> bool {
    std::thread::current().name() == Some(commands::ENGINE)
}

/// What is said of a panic. Its own words may hold a value of a return: the
/// place is enough.
#[must_use]
pub fn fault(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string);
    format!(
        "internal fault at {}; what was stored and published is as it was",
        place.unwrap_or_default()
    )
}

fn run(arguments: &Arguments, terminal: &terminal::Terminal) -> Result<u8, Failure> {
    use commands as verb;
    match &arguments.command {
        Command::Init(args) => verb::init::run(args, terminal),
        Command::Handover(args) => verb::handover::run(args, terminal),
        Command::Completions(args) => verb::manual::completions(args, terminal),
        Command::Man(args) => verb::manual::pages(args, terminal),
        Command::Demo(args) => verb::demo::run(args, terminal),
        Command::Check(args) => verb::check::run(args, terminal),
        Command::Ingest(args) => verb::ingest::run(args, terminal),
        Command::Compare(args) => verb::compare::run(args, terminal),
        Command::Report(args) => verb::report::run(args, terminal),
        Command::Run(args) => verb::run::run(args, terminal),
        Command::Query(args) => verb::query::run(args, terminal),
        Command::Serve(args) => verb::serve::run(args, terminal),
        Command::Shell(args) => shell::run(args, terminal),
        Command::Describe(args) => verb::describe::run(args, terminal),
        Command::Feedback(args) => verb::feedback::run(args, terminal),
        Command::Evidence(args) => verb::evidence::run(args, terminal),
        Command::Rates(args) => verb::rates::run(args, terminal),
        Command::Editions(args) => verb::editions::run(args, terminal),
        Command::Key(args) => verb::key::run(args, terminal),
        Command::Trace(args) => verb::trace::run(args, terminal),
        Command::Verify(args) => verb::verify::run(args, terminal),
        Command::Withdraw(args) => verb::withdraw::run(args, terminal),
    }
}
