//! The ranges of values that a file tells of its pages, so that readers can pass
//! over those without what they look for.

use parquet::basic::{BoundaryOrder, Type};
use parquet::file::metadata::ColumnIndexBuilder;
use parquet::file::statistics::Statistics;

/// The longest text of which a range is told.
const LONGEST: usize = 64;

/// The first and the last value in order.
#[derive(Clone)]
pub enum Range {
    Texts(Box<str>, Box<str>),
    Numbers(i64, i64),
    /// Of long texts none is told.
    Long,
}

impl Range {
    /// The range of one text.
    pub fn of_text(text: &str) -> Range {
        if text.len() > LONGEST {
            Range::Long
        } else {
            Range::Texts(text.into(), text.into())
        }
    }

    /// Widens the range by a text.
    pub fn take_text(&mut self, text: &str) {
        match self {
            Range::Texts(..) if text.len() > LONGEST => *self = Range::Long,
            Range::Texts(first, _) if text < first.as_ref() => *first = text.into(),
            Range::Texts(_, last) if text > last.as_ref() => *last = text.into(),
            _ => {}
        }
    }

    /// Widens the range by a number.
    pub fn take_number(&mut self, number: i64) {
        if let Range::Numbers(first, last) = self {
            (*first, *last) = (number.min(*first), number.max(*last));
        }
    }

    /// The range of both.
    fn and(mut self, other: Range) -> Range {
        match other {
            Range::Texts(first, last) => {
                self.take_text(&first);
                self.take_text(&last);
            }
            Range::Numbers(first, last) => {
                self.take_number(first);
                self.take_number(last);
            }
            Range::Long => self = Range::Long,
        }
        self
    }

    /// Whether neither end of another is before that of this one.
    fn comes_before(&self, next: &Range) -> bool {
        match (self, next) {
            (Range::Texts(first, last), Range::Texts(later, latest)) => {
                first <= later && last <= latest
            }
            (Range::Numbers(first, last), Range::Numbers(later, latest)) => {
                first <= later && last <= latest
            }
            _ => false,
        }
    }

    /// As the format has both, numbers in so many bytes.
    fn bytes(&self, width: usize) -> (Vec<u8>, Vec<u8>) {
        match self {
            Range::Texts(first, last) => (first.as_bytes().to_vec(), last.as_bytes().to_vec()),
            Range::Numbers(first, last) => {
                let bytes = |number: &i64| number.to_le_bytes()[..width].to_vec();
                (bytes(first), bytes(last))
            }
            Range::Long => (Vec::new(), Vec::new()),
        }
    }
}

/// What a file tells of a page.
pub struct Told<'p> {
    /// Its range, where it has a value.
    pub range: Option<&'p Range>,
    /// How many rows have none.
    pub without: usize,
}

/// The index of pages, which there is not where a text is long, and what is told of
/// them all.
#[must_use]
pub fn told(stored: Type, pages: &[Told<'_>]) -> (Option<ColumnIndexBuilder>, Option<Statistics>) {
    let ranges = pages.iter().filter_map(|page| page.range);
    let all = ranges.clone().cloned().reduce(Range::and);
    let without = Some(pages.iter().map(|page| page.without as u64).sum());
    let statistics = match (&all, stored) {
        (Some(Range::Texts(first, last)), _) => {
            let text = |text: &str| Some(text.as_bytes().to_vec().into());
            Statistics::byte_array(text(first), text(last), None, without, false)
        }
        (Some(Range::Numbers(first, last)), Type::INT32) => {
            let short = |number: &i64| i32::try_from(*number).ok();
            Statistics::int32(short(first), short(last), None, without, false)
        }
        (Some(Range::Numbers(first, last)), _) => {
            Statistics::int64(Some(*first), Some(*last), None, without, false)
        }
        (_, Type::INT32) => Statistics::int32(None, None, None, without, false),
        (_, Type::INT64) => Statistics::int64(None, None, None, without, false),
        _ => Statistics::byte_array(None, None, None, without, false),
    };
    if matches!(all, Some(Range::Long)) {
        return (None, Some(statistics));
    }
    let width = if stored == Type::INT32 { 4 } else { 8 };
    let mut index = ColumnIndexBuilder::new(stored);
    for page in pages {
        let bytes = page.range.map(|range| range.bytes(width));
        let (first, last) = bytes.unwrap_or_default();
        let without = i64::try_from(page.without).unwrap_or(i64::MAX);
        index.append(page.range.is_none(), first, last, without);
    }
    if ranges.is_sorted_by(|one, next| one.comes_before(next)) {
        index.set_boundary_order(BoundaryOrder::ASCENDING);
    }
    (Some(index), Some(statistics))
}
