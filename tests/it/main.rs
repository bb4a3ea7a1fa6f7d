//! Whole commands, from the files of a return to the files of a release. Each
//! test runs the program in a folder of its own and looks at what a user sees:
//! exit codes, words, files.

#![allow(
    clippy::assigning_clones,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::expect_used,
    clippy::format_collect,
    clippy::needless_for_each,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a failed test may panic, and need not be quick"
)]

/// Workbooks put together by hand.
mod book;
/// The search for personal values in all that the program leaves.
mod canary;
/// What the fuzz targets run.
#[path = "../fuzz/entries.rs"]
mod entries;
/// Storage that fails at a call of choice.
mod faulty;
/// The rules of ARCHITECTURE.md about the source itself.
mod tidy;
/// A folder to work in, and small readers of what comes out.
mod util;

// Figures.
/// Rules on contracts: law, voluntary standards, proposals.
mod contract_rules;
/// Published percentages and rates, and the formulas that do not give them.
mod formulas;
/// How far gaps rest on who sent returns.
mod gap_ranges;
/// Every figure of the small return that was worked out by hand.
mod known_answers;
/// Limits, and what becomes of those that cannot be told.
mod limits;
/// Tables of several periods.
mod over_time;

/// Returns of pay periods, for the tests of what is said of them.
mod pay_rows;
/// Arrears at the rates of a notice's date.
mod wage_arrears;
/// The statutory test by sector, by provider and on its page.
mod wage_page;
/// What holds of the statutory test whatever is in a return.
mod wage_properties;
/// The statutory test of pay periods.
mod wage_test;

// Reading returns.
/// The bulk-upload files of the workforce data set.
mod asc_wds;
/// Workbooks that are none, or would fill the memory.
mod bad_workbooks;
/// Every row that was read is accounted for.
mod balance;
/// Money, ids and lines arrive as they stand in the file.
mod cells;
/// What the sender of faulty returns is told.
mod check;
/// What is wrong on the way in ends with its exit code and changes nothing.
mod faults;
/// Files that fuzzing begins with, or once fell over.
mod fuzzed;
/// No row is doubled, lost or judged for what it is not.
mod honest_rows;
/// The key behind worker keys.
mod keys;
/// Files that are read once, rows and digest together.
mod large_files;
/// Workers who move or get another reference.
mod moves;
/// Staff-in-post extracts of the NHS.
mod nhs_esr;
/// How numbers may be written, and what is said of every other way.
mod numbers;
/// What a command writes, for whom, and nothing beside it.
mod outputs;
/// Layouts that a user adds.
mod own_layouts;
/// Names, birth dates and references stop at the parser.
mod privacy;
/// Every rule, broken once and kept once.
mod rules;
/// Sheets as files of a return.
mod sheets;
/// What the cells of workbooks show beside their numbers.
mod shown;
/// Workbooks of every form, and cells of every kind.
mod wording;
mod workbooks;

// The store.
/// A full disk, and permissions that are taken away.
mod full_disk;
/// Processes that are killed, and processes that race.
mod killed;
/// Returns that are withdrawn, renamed, sent twice; and editions of the past.
mod life_cycle;
/// Stores in buckets; with emulators where `tests/object_stores/run.sh` starts them.
mod object_stores;
/// Restated, rejected, doubled and concurrent returns.
mod restate;
/// Worker keys under a new key, without the returns.
mod rotation;
/// The same returns give the same bytes.
mod same_bytes;
/// Storage that fails at any call costs no edition.
mod storage_faults;

// What leaves.
/// One provider's evidence, and the script that checks it.
mod evidence;
/// A page for each provider, with nothing of the others.
mod feedback;
/// The guides of the README, line by line.
mod guides;
/// `paybench run`, and `paybench demo`.
mod job;
/// A job every night for a month, with all that happens to one.
mod month;
/// Statements nobody would write, and what they leave: nothing.
mod only_reads;
/// The project's own queries.
mod own_queries;
/// `paybench init`, `handover`, manual pages and completions.
mod project;
/// SQL that can only read.
mod query;
/// A release is whole, repeatable and withholds what it must.
mod release;
/// The shell, from a pipe and at a terminal.
mod shell;
/// Spreadsheets hold the same figures, laid out for everybody.
mod spreadsheets;
/// A figure back to the rows of returns that it is made of.
mod trace;
