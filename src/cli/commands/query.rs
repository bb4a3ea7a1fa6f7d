//! `paybench query SQL`: read only, whatever SQL it gets.

use std::path::Path;

use super::Opened;
use super::ask::{Desk, Question, may_show};
use crate::cli::args::Query;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;

/// Runs one statement or comparison.
///
/// # Errors
/// What is wrong with it.
pub fn run(args: &Query, terminal: &Terminal) -> Result<u8, Failure> {
    let mut parameters = args.param.clone();
    let floor = args.floor.iter();
    parameters.extend(floor.map(|floor| ("floor".to_owned(), floor.clone())));
    let question = Question {
        text: &args.sql,
        parameters: &parameters,
        lasting: false,
        format: args.format,
        output: args.output.as_deref(),
        restricted: args.restricted,
    };
    may_show(&question)?;
    let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
    let desk = Desk::once(opened, &args.sql)?;
    let answered = desk.answer(&question, terminal, &|bytes| terminal.data(bytes));
    desk.leave();
    answered.map(|()| 0)
}
