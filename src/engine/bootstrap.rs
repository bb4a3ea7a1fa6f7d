//! Medians of clusters drawn anew: a bootstrap by cluster, with the same draws on
//! every machine and any number of threads.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// Draws of each cell. The 25th and the 975th of 999 in order are the ends of the
/// range that 95 of 100 lie in, with no need to interpolate.
pub const DRAWS: usize = 999;

/// Rows of one cluster that have one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The value, in units of its last decimal.
    pub value: i64,
    /// The cluster, counted from 0.
    pub cluster: u32,
    /// How many rows.
    pub rows: u32,
}

/// The rows of one cell in order of value, in blocks whose sums are known by cluster:
/// of a draw, only the block around the middle is walked through.
pub struct Cell {
    name: String,
    clusters: usize,
    entries: Vec<Entry>,
    /// Entries in a block.
    length: usize,
    /// Rows by block, and in it by cluster.
    held: Vec<u32>,
}

impl Cell {
    /// A cell of a name, by which its draws differ from those of others. `clusters` is
    /// how many there are, each with a row at least.
    #[must_use]
    pub fn new(name: String, clusters: usize, mut entries: Vec<Entry>) -> Cell {
        entries.sort_unstable();
        // As much work for the sums of blocks as for the entries of one.
        let blocks = (entries.len() / clusters.max(1)).isqrt().max(1);
        let length = entries.len().div_ceil(blocks).max(1);
        let mut held = Vec::with_capacity(entries.len().div_ceil(length) * clusters);
        for block in entries.chunks(length) {
            let begun = held.len();
            held.resize(begun + clusters, 0);
            for entry in block {
                held[begun + entry.cluster as usize] += entry.rows;
            }
        }
        Cell {
            name,
            clusters,
            entries,
            length,
            held,
        }
    }

    /// How many entries it has.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Twice the median of each of these draws, counted from 1: the sum of the two
    /// values in the middle. Each draws one cluster fewer than there are, with
    /// repetition, and all rows of it as often as it was drawn; drawn in full, medians
    /// would differ less than those of other clusters would (Rao and Wu 1988).
    #[must_use]
    pub fn medians(&self, draws: Range<usize>) -> Vec<i128> {
        let mut times = vec![0; self.clusters];
        draws
            .map(|draw| {
                self.draw(draw, &mut times);
                self.doubled_median(&times)
            })
            .collect()
    }

    /// How often each cluster is drawn.
    fn draw(&self, draw: usize, times: &mut [u32]) {
        times.fill(0);
        let mut numbers = Numbers::of(&self.name, draw);
        for _ in 1..self.clusters {
            times[numbers.below(self.clusters)] += 1;
        }
    }

    fn doubled_median(&self, times: &[u32]) -> i128 {
        let sum = |held: &[u32]| -> u64 {
            let both = held.iter().zip(times);
            both.map(|(rows, times)| u64::from(*rows) * u64::from(*times))
                .sum()
        };
        let blocks = || self.held.chunks(self.clusters.max(1)).map(sum);
        let all: u64 = blocks().sum();
        // The first entry with more rows up to it than stand below the middle.
        let (mut up_to, mut block) = (0, 0);
        for rows in blocks() {
            if up_to + rows > all.saturating_sub(1) / 2 {
                break;
            }
            (up_to, block) = (up_to + rows, block + 1);
        }
        let (mut lower, mut upper) = (None, 0);
        for entry in self.entries.iter().skip(block * self.length) {
            let drawn = times.get(entry.cluster as usize).copied().unwrap_or(0);
            up_to += u64::from(entry.rows) * u64::from(drawn);
            if up_to > all.saturating_sub(1) / 2 {
                lower.get_or_insert(entry.value);
            }
            upper = entry.value;
            if up_to > all / 2 {
                break;
            }
        }
        i128::from(lower.unwrap_or(upper)) + i128::from(upper)
    }
}

/// `SplitMix64` (Steele, Lea and Flood 2014): its numbers are a function of the seed
/// and of how many there were, so that no draw waits for another.
struct Numbers(u64);

impl Numbers {
    /// Those of one draw of a cell.
    fn of(cell: &str, draw: usize) -> Numbers {
        let digest = Sha256::digest(format!("{cell}\n{draw}"));
        let seed = digest.iter().take(8);
        Numbers(seed.fold(0, |seed, byte| seed << 8 | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number as one below `end`.
    fn below(&mut self, end: usize) -> usize {
        let scaled = u128::from(self.next()) * end as u128;
        usize::try_from(scaled >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // The first three of seed 1234567, as in its authors' reference code.
        let mut numbers = Numbers(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| numbers.next()).collect();
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(first, published);
        assert!((0..100).all(|_| numbers.below(7) < 7));
    }

    #[test]
    fn every_cluster_is_drawn_as_often_as_the_others() {
        let entries: Vec<Entry> = (0..5).map(|cluster| entry(1, cluster, 1)).collect();
        let cell = Cell::new("all".to_owned(), 5, entries);
        let mut sums = [0; 5];
        let mut times = [0; 5];
        for draw in 1..=DRAWS {
            cell.draw(draw, &mut times);
            assert_eq!(times.iter().sum::<u32>(), 4);
            sums.iter_mut().zip(times).for_each(|(sum, n)| *sum += n);
        }
        // 799 each are expected, with a standard deviation of 25.
        assert!(sums.iter().all(|sum| (700..900).contains(sum)), "{sums:?}");
    }

    fn entry(value: i64, cluster: u32, rows: u32) -> Entry {
        Entry {
            value,
            cluster,
            rows,
        }
    }

    /// Ten clusters of 5 to 30 rows, the pay of each around a level of its own.
    fn made_up(numbers: &mut Numbers, name: &str) -> Cell {
        let mut entries = Vec::new();
        for cluster in 0..10 {
            let level: usize = (0..4).map(|_| numbers.below(60)).sum();
            for _ in 0..5 + numbers.below(26) {
                let value = level + numbers.below(40) + numbers.below(40);
                entries.push(entry(i64::try_from(value).unwrap(), cluster, 1));
            }
        }
        Cell::new(name.to_owned(), 10, entries)
    }

    #[test]
    fn ranges_hold_the_true_difference_about_95_times_in_100() {
        // Both sides are made in the same way: the true difference of the medians is 0.
        let mut numbers = Numbers(7);
        let trials = 300;
        let held = (0..trials).filter(|trial| {
            let [one, other] = ["one", "other"].map(|side| {
                made_up(&mut numbers, &format!("{side} {trial}")).medians(1..DRAWS + 1)
            });
            let mut gaps: Vec<i128> = one.iter().zip(other).map(|(a, b)| a - b).collect();
            gaps.sort_unstable();
            gaps[24] <= 0 && 0 <= gaps[974]
        });
        let held = held.count();
        assert!((276..=294).contains(&held), "{held} of {trials}");
    }

    proptest! {
        #[test]
        fn medians_are_those_of_the_rows_written_out(
            rows in prop::collection::vec((0..40i64, 0..6u32, 1..4u32), 1..200),
        ) {
            let mut known: Vec<u32> = rows.iter().map(|row| row.1).collect();
            known.sort_unstable();
            known.dedup();
            prop_assume!(known.len() > 1);
            let place = |cluster| u32::try_from(known.binary_search(&cluster).unwrap()).unwrap();
            let entries: Vec<Entry> = rows.iter().map(|row| entry(row.0, place(row.1), row.2)).collect();
            let cell = Cell::new("cell".to_owned(), known.len(), entries.clone());
            let mut times = vec![0; known.len()];
            for draw in 1..30 {
                cell.draw(draw, &mut times);
                let mut written: Vec<i64> = Vec::new();
                for entry in &entries {
                    let often = entry.rows * times[entry.cluster as usize];
                    written.extend((0..often).map(|_| entry.value));
                }
                written.sort_unstable();
                let doubled = written[(written.len() - 1) / 2] + written[written.len() / 2];
                prop_assert_eq!(cell.medians(draw..draw + 1), vec![i128::from(doubled)]);
            }
        }
    }
}
