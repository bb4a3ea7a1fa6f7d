//! `paybench serve`: an edition for programs that speak as to a Postgres server.

use crate::cli::args::Serve;
use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;

/// Serves an edition until the program is ended.
///
/// # Errors
/// What is wrong with the options, the edition or the address.
#[cfg(feature = "serve")]
pub fn run(args: &Serve, terminal: &Terminal) -> Result<u8, Failure> {
    server::run(args, terminal)
}

/// Says what is missing.
///
/// # Errors
/// Always.
#[cfg(not(feature = "serve"))]
pub fn run(_: &Serve, _: &Terminal) -> Result<u8, Failure> {
    let message = "this paybench was built without its server\n\
                   hint: build it with cargo build --release --features serve";
    Err(Failure::new(crate::cli::failure::USAGE, message))
}

#[cfg(feature = "serve")]
mod server {
    use std::io::Read;
    use std::net::SocketAddr;
    use std::path::Path;

    use super::{Failure, Serve, Terminal};
    use crate::cli::commands::Opened;
    use crate::cli::failure::{CONFIG, STORAGE, USAGE};
    use crate::cli::watch::Watch;
    use crate::engine::rows::Stop;
    use crate::engine::serve::{Door, Shown, THREADS, serve};
    use crate::ingest::key::KeyError;
    use crate::ingest::key_file;
    use crate::protect::Release;
    use crate::release::Wanted;

    /// Letters of the shortest password: it is all that keeps a network out.
    const SHORTEST: usize = 12;

    pub(super) fn run(args: &Serve, terminal: &Terminal) -> Result<u8, Failure> {
        let door = door(args)?;
        let opened = Opened::open(&args.edition, Path::new(""), terminal)?;
        let shown = Shown {
            tables: comparisons(&opened)?,
            store: args.restricted,
        };
        let stop = Stop::default();
        let session = opened.session(opened.means.bounded(), None)?;
        let session = session.stopped_by(&stop);
        let _watch = session.memory().map(|most| Watch::begin(most, &stop));
        terminal.note(if args.restricted {
            "the schema store shows the store as it is: nothing is withheld there"
        } else {
            "this shows comparisons, protected; --restricted shows the tables of the store too"
        });
        let ready = |address: SocketAddr| {
            // Who has closed our output is not told; guests may come all the same.
            let _ = terminal.line(&format!(
                "postgresql://{address}/paybench serves edition {} of {} until it is ended",
                opened.manifest.edition, opened.manifest.period
            ));
        };
        let runtime = crate::cli::commands::runtime(THREADS)?;
        serve(&session, shown, door, &runtime, &ready)
            .map_err(|error| Failure::new(STORAGE, error.to_string()))?;
        Ok(0)
    }

    /// The tables of a protected release, as `compare` makes them.
    fn comparisons(opened: &Opened) -> Result<Vec<(String, bytes::Bytes)>, Failure> {
        let names = opened.queries.comparisons();
        let made = crate::release::make(
            &opened.source(),
            &Wanted {
                comparisons: names.map(|query| query.name.clone()).collect(),
                pages: Vec::new(),
                spreadsheets: false,
                release: Release::Protected,
                commands: Vec::new(),
                over_time: true,
                limits: Vec::new(),
                awaited: Vec::new(),
            },
        )?;
        let tables = made.files.into_iter().filter_map(|(path, bytes)| {
            let name = path.strip_prefix("tables/")?.strip_suffix(".parquet")?;
            Some((name.to_owned(), bytes::Bytes::from(bytes)))
        });
        Ok(tables.collect())
    }

    /// Where guests come in. Beyond this machine there is a password, and rows of
    /// people leave it encrypted or not at all.
    fn door(args: &Serve) -> Result<Door, Failure> {
        let away = !args.listen.ip().is_loopback();
        if away && args.password_file.is_none() {
            let message = format!(
                "{} is open to other machines, and there is no password\n\
                 hint: give --password-file, or listen on 127.0.0.1",
                args.listen
            );
            return Err(Failure::new(USAGE, message));
        }
        if away && args.restricted && args.tls_cert.is_none() {
            let message = format!(
                "{} is open to other machines, and rows about people would go there unencrypted\n\
                 hint: give --tls-cert and --tls-key, or leave out --restricted",
                args.listen
            );
            return Err(Failure::new(USAGE, message));
        }
        let wrong = |error: &dyn std::fmt::Display| Failure::new(CONFIG, error.to_string());
        let mut door = Door::open(args.listen);
        if let Some(file) = &args.password_file {
            door = door
                .with_password(&password(file)?)
                .map_err(|error| wrong(&error))?;
        }
        if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
            let (certificate, key) = (read(certificate)?, secret(key)?);
            door = door
                .with_tls(certificate.as_bytes(), key.as_bytes())
                .map_err(|error| wrong(&error))?;
        }
        Ok(door)
    }

    fn password(file: &Path) -> Result<String, Failure> {
        let text = secret(file)?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.chars().count() < SHORTEST || password.contains(['\r', '\n']) {
            let message = format!(
                "{} must hold one line of at least {SHORTEST} letters, signs or digits: the password",
                file.display()
            );
            return Err(Failure::new(CONFIG, message));
        }
        Ok(password.to_owned())
    }

    /// A file that its owner alone may read.
    fn secret(path: &Path) -> Result<String, Failure> {
        let exposed = std::fs::File::open(path).and_then(|file| key_file::exposed(&file));
        if exposed.map_err(|error| key_file::io(path, error))? {
            return Err(KeyError::Exposed(path.display().to_string()).into());
        }
        read(path)
    }

    fn read(path: &Path) -> Result<String, Failure> {
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(1 << 20).read_to_string(&mut text))
            .map_err(|error| key_file::io(path, error))?;
        Ok(text)
    }
}
