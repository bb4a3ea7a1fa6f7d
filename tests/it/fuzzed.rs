//! The files that fuzzing begins with, and those that it once fell over.

use std::path::Path;

use crate::entries;

#[track_caller]
fn every_seed(target: &str, run: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    let mut seen = 0;
    for entry in std::fs::read_dir(seeds.join(target)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let ended = std::panic::catch_unwind(|| run(&bytes));
        assert!(ended.is_ok(), "{}", path.display());
        // Cut anywhere, it is as harmless.
        for cut in (0..bytes.len()).step_by(bytes.len() / 16 + 1) {
            let ended = std::panic::catch_unwind(|| run(&bytes[..cut]));
            assert!(ended.is_ok(), "{} up to byte {cut}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 0, "{target}");
}

#[test]
fn any_bytes_are_a_return() {
    every_seed("returns", entries::returns);
}

#[test]
fn any_bytes_are_a_workbook() {
    every_seed("workbooks", entries::workbooks);
}

#[test]
fn any_bytes_are_a_layout() {
    every_seed("layouts", entries::layouts);
}

#[test]
fn any_bytes_are_a_query() {
    every_seed("queries", entries::queries);
}
