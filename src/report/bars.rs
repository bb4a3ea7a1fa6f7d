//! Bars of several parts, one below the other.

use serde::Serialize;

use super::chart;
use super::figures::Figure;

/// Tenths of the text size from one row of a drawing to the next.
const ROW: i128 = 38;

/// The height of so many rows, in tenths of the text size.
#[must_use]
pub fn tenths(rows: usize) -> i128 {
    i128::try_from(rows).unwrap_or(0) * ROW
}

/// A part of a bar before it has its place.
#[derive(Clone, Debug)]
pub struct Part {
    /// The code for which templates have a word.
    pub code: &'static str,
    /// Its number in the legend, from 1; 0 for a part without one.
    pub key: usize,
    /// Its length in the unit of the whole.
    pub length: i128,
    /// What is printed for it.
    pub figure: Figure,
}

/// One part of a bar.
#[derive(Clone, Debug, Serialize)]
pub struct Segment {
    /// The code for which templates have a word.
    pub code: &'static str,
    key: usize,
    x: String,
    width: String,
    middle: String,
    /// Whether its key can stand inside it.
    wide: bool,
    figure: Figure,
}

/// Parts of a bar, those of no length left out.
#[must_use]
pub fn segments(parts: &[Part], whole: i128) -> Vec<Segment> {
    let lengths: Vec<i128> = parts.iter().map(|part| part.length).collect();
    parts
        .iter()
        .zip(chart::stack(&lengths, whole))
        .filter(|(_, (_, width))| *width > 0)
        .map(|(part, (start, width))| Segment {
            code: part.code,
            key: part.key,
            x: chart::percent(start),
            width: chart::percent(width),
            middle: chart::percent(start + width / 2),
            wide: width >= 600 && part.key > 0,
            figure: part.figure.clone(),
        })
        .collect()
}
