//! Addresses in a sheet: `H12`, `A5:C7`, `rows 5-9, 12`.

/// The most rows that a sheet can have.
pub const ROWS: u64 = 1_048_576;

/// The letters of a column, counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column(index: usize) -> String {
    let mut letters = Vec::new();
    let mut left = index + 1;
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The address of a cell: its column from 0, its row from 1.
#[must_use]
pub fn cell(index: usize, row: u64) -> String {
    format!("{}{row}", column(index))
}

/// Column from 0 and row from 1 of `H12` or `$H$12`.
#[must_use]
pub fn parse(address: &str) -> Option<(usize, u64)> {
    let bare = address.replace('$', "");
    let letters = bare.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = bare.split_at(letters);
    if letters.is_empty() || letters.len() > 3 || digits.len() > 7 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| {
        sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    let whole = digits.bytes().all(|b| b.is_ascii_digit());
    let row: u64 = digits.parse().ok().filter(|row| whole && *row > 0)?;
    Some((column - 1, row))
}

/// A rectangle of cells, both corners in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Columns from 0.
    pub columns: (usize, usize),
    /// Rows from 1.
    pub rows: (u64, u64),
}

impl Region {
    /// Reads `A5:C7`, or one cell.
    #[must_use]
    pub fn parse(text: &str) -> Option<Region> {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let ((left, top), (right, bottom)) = (parse(first)?, parse(last)?);
        Some(Region {
            columns: (left.min(right), left.max(right)),
            rows: (top.min(bottom), top.max(bottom)),
        })
    }

    /// `A5:C7`.
    #[must_use]
    pub fn text(self) -> String {
        format!(
            "{}:{}",
            cell(self.columns.0, self.rows.0),
            cell(self.columns.1, self.rows.1)
        )
    }
}

/// Adds a number to ranges that grow upwards.
pub fn extend(ranges: &mut Vec<(u64, u64)>, first: u64, last: u64) {
    match ranges.last_mut() {
        Some(range) if range.1 + 1 >= first => range.1 = range.1.max(last),
        _ => ranges.push((first, last)),
    }
}

/// `5-9, 12`, each number in words of the caller's.
#[must_use]
pub fn ranges(ranges: &[(u64, u64)], name: impl Fn(u64) -> String) -> String {
    let range = |(first, last): &(u64, u64)| {
        if first == last {
            name(*first)
        } else {
            format!("{}-{}", name(*first), name(*last))
        }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_there_and_back() {
        for (index, row, address) in [
            (0, 1, "A1"),
            (7, 12, "H12"),
            (25, 9, "Z9"),
            (26, 10, "AA10"),
            (701, 100, "ZZ100"),
            (16_383, ROWS, "XFD1048576"),
        ] {
            assert_eq!(cell(index, row), address);
            assert_eq!(parse(address), Some((index, row)));
        }
        assert_eq!(parse("$H$12"), Some((7, 12)));
        for text in ["", "A", "12", "A0", "A-1", "ABCD1", "A1B", "A12345678"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_join_neighbours() {
        let mut found = Vec::new();
        for row in [5, 6, 7, 9] {
            extend(&mut found, row, row);
        }
        extend(&mut found, 10, 12);
        assert_eq!(ranges(&found, |row| row.to_string()), "5-7, 9-12");
        assert_eq!(
            Region::parse("C7:A5").map(Region::text).as_deref(),
            Some("A5:C7")
        );
    }
}
