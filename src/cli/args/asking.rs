//! The verbs that answer questions: at once, at a prompt, over a network.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Edition, name_value};

/// `paybench query`
#[derive(Debug, Args)]
pub struct Query {
    /// SQL, @FILE, or the name of a comparison
    #[arg(value_name = "SQL")]
    pub sql: String,
    /// Which edition
    #[command(flatten)]
    pub edition: Edition,
    /// A value for a parameter of the query
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_value)]
    pub param: Vec<(String, String)>,
    /// Another floor, in pounds an hour: the same as --param floor=AMOUNT
    #[arg(long, value_name = "AMOUNT")]
    pub floor: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
    /// Write to a file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show a comparison unprotected, for those who may see it
    #[arg(long)]
    pub restricted: bool,
}

/// `paybench shell`
#[derive(Debug, Args)]
pub struct Shell {
    /// Which edition
    #[command(flatten)]
    pub edition: Edition,
    /// A value for a parameter of the queries that have it
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_value)]
    pub param: Vec<(String, String)>,
    /// How results are written
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
    /// Show comparisons unprotected, for those who may see them
    #[arg(long)]
    pub restricted: bool,
}

/// `paybench serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Which edition
    #[command(flatten)]
    pub edition: Edition,
    /// Where to listen; beyond this machine a password is needed
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5432")]
    pub listen: SocketAddr,
    /// A file that holds the password and nothing else, which you alone may read
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// A certificate as PEM: then connections are encrypted
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The key of the certificate as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Show the store too, as it is, in the schema store: for those who may see it
    #[arg(long)]
    pub restricted: bool,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people
    Table,
    /// Fixed decimals, empty for none
    Csv,
    /// One object a row; decimals as text
    Json,
    /// With the types of the query; needs --output
    Parquet,
    /// A spreadsheet with notes, for people; needs --output
    Xlsx,
    /// The same as an ODS file; needs --output
    Ods,
}
