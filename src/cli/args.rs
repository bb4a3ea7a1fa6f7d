//! What may be typed: clap only, no logic.

mod asking;

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use asking::{Query, Serve, Shell, TableFormat};

use crate::model::date;

/// Compare pay, contract types and turnover across care sectors, and test pay
/// against wage floors, from providers' workforce returns.
#[derive(Debug, Parser)]
#[command(
    name = "paybench",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Arguments {
    /// Say nothing on stderr but why the command failed
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more on stderr
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole pipeline on embedded sample returns
    Demo(Demo),
    /// A project to begin with: settings with every line explained, samples of schedules
    Init(Init),
    /// Findings only: nothing is stored
    Check(Check),
    /// Make a new edition from returns
    Ingest(Ingest),
    /// Make a release of tables
    Compare(Compare),
    /// Make a release of tables, pages and spreadsheets
    Report(Compare),
    /// Ingest, compare and report as one job, as set in paybench.toml
    Run(Run),
    /// Run SQL on an edition, read only
    Query(Query),
    /// The same at a prompt, or with statements from a pipe
    Shell(Shell),
    /// Answer psql, Excel, Power BI and the like over a connection, read only
    Serve(Serve),
    /// Tables, views, columns, comparisons, layouts and rules, with meaning and units
    Describe(Describe),
    /// What stands behind the figures of one provider, worker by worker
    Evidence(Evidence),
    /// A page for each provider: its own figures beside its sector's, and what to mend
    Feedback(Feedback),
    /// One document of a job for whoever takes it over
    Handover(Handover),
    /// The wage floors in force, with their sources
    Rates(Rates),
    /// The editions of the store: what each added, replaced, withdrew
    Editions(Editions),
    /// The key behind worker keys: make it, show its id, rotate it
    #[command(subcommand)]
    Key(Key),
    /// Make a new edition without a return
    Withdraw(Withdraw),
    /// A published figure back to the query, the Parquet rows, and the file, sheet and row
    Trace(Trace),
    /// A store or a release against its manifests: names what was altered
    Verify(Verify),
    /// What a shell needs to complete what is typed, on stdout
    Completions(Completions),
    /// Manual pages, one a verb
    Man(Man),
}

/// Which store and edition.
#[derive(Debug, Args)]
pub struct Edition {
    /// The folder of editions, or the address of one in a bucket (s3:, az: or gs:)
    #[arg(long, value_name = "DIR", default_value = "store")]
    pub store: String,
    /// The reference date; the newest of the store if not given
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub period: Option<NaiveDate>,
    /// The number of the edition; the newest if not given
    #[arg(long, value_name = "N", conflicts_with = "as_of")]
    pub edition: Option<u32>,
    /// The newest edition committed by the end of this day or by this second
    /// (YYYY-MM-DDThh:mm:ssZ), both UTC
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub as_of: Option<NaiveDateTime>,
    /// Wage floors to add to the built-in ones
    #[arg(long, value_name = "FILE")]
    pub rates: Option<PathBuf>,
    /// Threads to use; the number of cores if not given
    #[arg(long, value_name = "N", hide = true)]
    pub threads: Option<usize>,
    /// Memory that SQL may take, in MiB; half of the machine's if not given
    #[arg(long, value_name = "MIB")]
    pub memory: Option<usize>,
}

/// `paybench demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The folder to make, with store, key and release in it
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
}

/// `paybench init`
#[derive(Debug, Args)]
pub struct Init {
    /// The folder of the project
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Put invented returns into it, to try it with
    #[arg(long)]
    pub sample: bool,
}

/// `paybench handover`
#[derive(Debug, Args)]
pub struct Handover {
    /// The settings of the job
    #[arg(long, value_name = "FILE", default_value = "paybench.toml")]
    pub config: PathBuf,
    /// Write to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `paybench completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `paybench man`
#[derive(Debug, Args)]
pub struct Man {
    /// The folder to write the pages into
    #[arg(value_name = "DIR", default_value = "man")]
    pub folder: PathBuf,
}

/// `paybench check`
#[derive(Debug, Args)]
pub struct Check {
    /// Folders or files of returns
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The reference date of the returns; today if not given
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub period: Option<NaiveDate>,
    /// How findings are written
    #[arg(long, value_enum, default_value = "text")]
    pub format: FindingFormat,
    /// Write to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A folder of layouts of your own; layouts/ if there is one
    #[arg(long, value_name = "DIR")]
    pub layouts: Option<PathBuf>,
    /// Threads to use; the number of cores if not given
    #[arg(long, value_name = "N", hide = true)]
    pub threads: Option<usize>,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingFormat {
    /// For people: grouped, what to mend first at the top
    Text,
    /// An array with one object a finding; its ten columns are text
    Json,
    /// One row a finding
    Csv,
    /// A page to send back, grouped like the text
    Html,
}

/// `paybench ingest`
#[derive(Debug, Args)]
pub struct Ingest {
    /// Folders or files of returns
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The reference date of the returns
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub period: NaiveDate,
    /// The folder of editions, or the address of one in a bucket (s3:, az: or gs:)
    #[arg(long, value_name = "DIR", default_value = "store")]
    pub store: String,
    /// The key behind worker keys, kept outside the store
    #[arg(long, value_name = "FILE", default_value = "paybench.key")]
    pub key_file: PathBuf,
    /// A folder of layouts of your own; layouts/ if there is one
    #[arg(long, value_name = "DIR")]
    pub layouts: Option<PathBuf>,
    /// Wage floors to add to the built-in ones
    #[arg(long, value_name = "FILE")]
    pub rates: Option<PathBuf>,
    /// Threads to use; the number of cores if not given
    #[arg(long, value_name = "N", hide = true)]
    pub threads: Option<usize>,
}

/// `paybench compare` and `paybench report`
#[derive(Debug, Args)]
pub struct Compare {
    /// Comparisons (compare) or pages (report); all if none is given
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Which edition
    #[command(flatten)]
    pub edition: Edition,
    /// The folder of the release, replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// Show small and single-provider figures, for those who may see them
    #[arg(long)]
    pub restricted: bool,
    /// End with 30 where a figure is beyond a limit: `nlw_nmw.below_pct > 0, sector = nhs`
    #[arg(long, value_name = "LIMIT")]
    pub fail_on: Vec<String>,
}

/// `paybench run`
#[derive(Debug, Args)]
pub struct Run {
    /// The settings
    #[arg(long, value_name = "FILE", default_value = "paybench.toml")]
    pub config: PathBuf,
    /// A folder of layouts of your own, instead of the one in the settings
    #[arg(long, value_name = "DIR")]
    pub layouts: Option<PathBuf>,
    /// A limit beside those of the settings: end with 30 where a figure is beyond it
    #[arg(long, value_name = "LIMIT")]
    pub fail_on: Vec<String>,
    /// The reference date, instead of the one in the settings
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub period: Option<NaiveDate>,
    /// The day by which returns are late [default: today, UTC]
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub today: Option<NaiveDate>,
}

/// `paybench describe`
#[derive(Debug, Args)]
pub struct Describe {
    /// A table, view, comparison or rule on contracts, or one of: layouts, rules, codes
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// After layouts: one of them, or template for a layout to begin with
    #[arg(value_name = "LAYOUT")]
    pub layout: Option<String>,
    /// A folder of layouts of your own; layouts/ if there is one
    #[arg(long, value_name = "DIR")]
    pub layouts: Option<PathBuf>,
}

/// `paybench evidence`
#[derive(Debug, Args)]
pub struct Evidence {
    /// The provider's code
    #[arg(value_name = "PROVIDER")]
    pub provider: String,
    /// Which edition
    #[command(flatten)]
    pub edition: Edition,
    /// The folder of the pack, replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    pub out: PathBuf,
    /// Needed, because the pack shows single workers
    #[arg(long)]
    pub restricted: bool,
}

/// `paybench feedback`
#[derive(Debug, Args)]
pub struct Feedback {
    /// The providers' codes; all if none is named
    #[arg(value_name = "PROVIDER")]
    pub providers: Vec<String>,
    /// Which edition
    #[command(flatten)]
    pub edition: Edition,
    /// The folder of the pages, replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "feedback")]
    pub out: PathBuf,
    /// Needed, because each page shows one provider's own figures
    #[arg(long)]
    pub restricted: bool,
}

/// `paybench rates`
#[derive(Debug, Args)]
pub struct Rates {
    /// The day; today if not given
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub on: Option<NaiveDate>,
    /// Wage floors to add to the built-in ones
    #[arg(long, value_name = "FILE")]
    pub rates: Option<PathBuf>,
}

/// `paybench editions`
#[derive(Debug, Args)]
pub struct Editions {
    /// The folder of editions, or the address of one in a bucket (s3:, az: or gs:)
    #[arg(long, value_name = "DIR", default_value = "store")]
    pub store: String,
    /// One reference date only
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub period: Option<NaiveDate>,
}

/// `paybench key`
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key file, and print the key's id
    New(KeyFile),
    /// Print the id of the key in a file, as manifests name it
    Id(KeyFile),
    /// Add a secret to the key, and give every period an edition under it; run again, it
    /// finishes a rotation that was cut short
    Rotate(Rotate),
}

/// Which key.
#[derive(Debug, Args)]
pub struct KeyFile {
    /// The key behind worker keys, kept outside the store
    #[arg(long, value_name = "FILE", default_value = "paybench.key")]
    pub key_file: PathBuf,
}

/// `paybench key rotate`
#[derive(Debug, Args)]
pub struct Rotate {
    /// The folder of editions
    #[arg(long, value_name = "DIR", default_value = "store")]
    pub store: String,
    /// Which key
    #[command(flatten)]
    pub key: KeyFile,
    /// Where to write old and new worker keys; relink-OLDID-NEWID.csv beside the key if not given
    #[arg(long, value_name = "FILE")]
    pub relink: Option<PathBuf>,
}

/// `paybench trace`
#[derive(Debug, Args)]
pub struct Trace {
    /// The comparison
    #[arg(value_name = "TABLE")]
    pub table: String,
    /// The figure's column
    #[arg(value_name = "COLUMN")]
    pub column: String,
    /// Columns and values that tell the figure's row, such as sector=nhs
    #[arg(value_name = "KEY=VALUE", value_parser = name_value)]
    pub row: Vec<(String, String)>,
    /// The release that the figure stands in; out where that is one and no edition is asked for
    #[arg(long, value_name = "DIR", conflicts_with_all = ["period", "edition", "as_of"])]
    pub release: Option<PathBuf>,
    /// Which edition, where the figure stands in no release
    #[command(flatten)]
    pub edition: Edition,
    /// How the rows are written
    #[arg(long, value_enum, default_value = "table")]
    pub format: TraceFormat,
    /// Write to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Needed, because the rows are single workers
    #[arg(long)]
    pub restricted: bool,
}

/// How a trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// For people
    Table,
    /// The rows; all else goes to stderr
    Csv,
    /// One object with everything; decimals as text
    Json,
}

/// `paybench verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Stores, releases or packs of evidence; store and out if none is given
    #[arg(value_name = "PLACE")]
    pub places: Vec<String>,
}

/// `paybench withdraw`
#[derive(Debug, Args)]
pub struct Withdraw {
    /// The return's id, or a provider that stands in no other return
    #[arg(value_name = "RETURN")]
    pub name: String,
    /// The reference date; the newest of the store if not given
    #[arg(long, value_name = "DATE", value_parser = iso_date)]
    pub period: Option<NaiveDate>,
    /// The folder of editions, or the address of one in a bucket (s3:, az: or gs:)
    #[arg(long, value_name = "DIR", default_value = "store")]
    pub store: String,
}

fn iso_date(text: &str) -> Result<NaiveDate, String> {
    date::iso(text).ok_or_else(|| "not a date as YYYY-MM-DD".to_owned())
}

fn moment(text: &str) -> Result<NaiveDateTime, String> {
    date::moment(text).ok_or_else(|| "not a date as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ".to_owned())
}

fn name_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "not NAME=VALUE".to_owned())
}
