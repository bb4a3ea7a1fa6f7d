//! `paybench verify [PATH...]`: a store or a release against its manifests.

use std::path::Path;

use crate::cli::args::Verify;
use crate::cli::failure::{Failure, INPUT, USAGE};
use crate::cli::terminal::Terminal;
use crate::release::verify as release;
use crate::store::location::Location;
use crate::store::remote::is_address;
use crate::store::verify as store;

/// Says of each place how many files are as they were written, and names
/// those that are not.
///
/// # Errors
/// Where a place is neither a store nor a release, or cannot be read.
pub fn run(args: &Verify, terminal: &Terminal) -> Result<u8, Failure> {
    let usual = ["store", "out"].map(str::to_owned);
    let there = |place: &String| Path::new(place).exists();
    let places: Vec<&String> = match args.places.as_slice() {
        [] => usual.iter().filter(|place| there(place)).collect(),
        given => given.iter().collect(),
    };
    if places.is_empty() {
        let message = "there is neither store nor out here\nhint: name a store or a release";
        return Err(Failure::new(USAGE, message));
    }
    let mut code = 0;
    for place in places {
        let manifest = Path::new(place).join("manifest.json");
        let verified = if !is_address(place) && manifest.is_file() {
            release::verify(Path::new(place))?
        } else {
            let location = Location::open(place, super::runtime(1)?)?;
            store::verify(&location)?
        };
        for wrong in &verified.wrong {
            terminal.error(&format!("{place}: {wrong}"));
            code = INPUT;
        }
        let files = verified.files;
        let right = if verified.wrong.is_empty() {
            "all as their manifests name them".to_owned()
        } else {
            format!("{} not as they should be", verified.wrong.len())
        };
        terminal.line(&format!("{place}: {files} files, {right}"))?;
    }
    Ok(code)
}
