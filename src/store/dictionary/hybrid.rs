//! Small numbers as Parquet packs them: runs of one number, and between them
//! numbers of few bits each (Parquet format, "RLE/Bit-Packing Hybrid").

use arrow::buffer::BooleanBuffer;

/// Adds which rows have a value, after how many bytes that takes.
pub fn levels(known: &BooleanBuffer, out: &mut Vec<u8>) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    if known.count_set_bits() == known.len() {
        run(known.len(), 1, 1, out);
    } else {
        // Bits in the order of rows are what the format wants.
        let groups = known.len().div_ceil(8);
        length((groups as u64) << 1 | 1, out);
        let bytes = known.sliced();
        out.extend_from_slice(&bytes[..groups]);
        if let (Some(last), rest @ 1..) = (out.last_mut(), known.len() % 8) {
            *last &= 0xff >> (8 - rest);
        }
    }
    let bytes = u32::try_from(out.len() - at - 4).unwrap_or(u32::MAX);
    out[at..at + 4].copy_from_slice(&bytes.to_le_bytes());
}

/// Adds places in a dictionary of so many values, after how many bits each takes.
pub fn places(places: &[u32], values: usize, out: &mut Vec<u8>) {
    let bits = usize::BITS - values.saturating_sub(1).leading_zeros();
    out.push(u8::try_from(bits).unwrap_or(u8::MAX));
    let mut packed = 0;
    let mut at = 0;
    while let Some(eight) = places.get(at..at + 8) {
        let first = eight[0];
        if eight.iter().all(|place| *place == first) {
            let same = |place: &&u32| **place == first;
            let times = places[at..].iter().take_while(same).count();
            pack(&places[packed..at], bits, out);
            run(times, first, bits, out);
            at += times;
            packed = at;
        } else {
            at += 8;
        }
    }
    pack(&places[packed..], bits, out);
}

/// One number several times.
fn run(times: usize, value: u32, bits: u32, out: &mut Vec<u8>) {
    length((times as u64) << 1, out);
    let bytes = bits.div_ceil(8) as usize;
    out.extend_from_slice(&value.to_le_bytes()[..bytes]);
}

/// Numbers one after the other, the first in the lowest bits, in groups of eight.
fn pack(numbers: &[u32], bits: u32, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(8);
    length((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * bits as usize;
    let (mut held, mut count) = (0_u64, 0);
    for number in numbers {
        held |= u64::from(*number) << count;
        count += bits;
        while count >= 8 {
            out.push(held.to_le_bytes()[0]);
            held >>= 8;
            count -= 8;
        }
    }
    out.push(held.to_le_bytes()[0]);
    out.resize(end, 0);
}

/// Seven bits a byte, the lowest first (unsigned LEB128).
fn length(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(numbers: &[u32], texts: usize) -> Vec<u8> {
        let mut out = Vec::new();
        places(numbers, texts, &mut out);
        out
    }

    /// The example of the format: 0 to 7 in three bits each.
    #[test]
    fn numbers_are_packed_as_the_format_shows() {
        let numbers: Vec<u32> = (0..8).collect();
        let expected = [3, 1 << 1 | 1, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(packed(&numbers, 8), expected);
        // A group that is not full is filled up.
        assert_eq!(packed(&[1, 0, 1], 2), [1, 3, 0b101]);
    }

    #[test]
    fn the_same_number_eight_times_is_a_run() {
        assert_eq!(packed(&[2; 100], 3), [2, 200, 1, 2]);
        assert_eq!(packed(&[300; 8], 1_000), [10, 16, 44, 1]);
        let mixed = [&[1, 2, 0, 1, 1, 1, 1, 1][..], &[3; 9], &[0]].concat();
        assert_eq!(
            packed(&mixed, 4),
            [2, 3, 0b0100_1001, 0b0101_0101, 18, 3, 3, 0, 0]
        );
    }

    #[test]
    fn one_text_needs_no_bits() {
        assert_eq!(packed(&[0; 20], 1), [0, 40]);
        assert_eq!(packed(&[], 0), [0]);
    }

    #[test]
    fn levels_are_the_rows_as_bits() {
        let levels_of = |known: &[bool]| {
            let mut out = Vec::new();
            levels(&BooleanBuffer::from(known), &mut out);
            out
        };
        assert_eq!(levels_of(&[true; 5]), [2, 0, 0, 0, 10, 1]);
        assert_eq!(levels_of(&[true, false, true]), [2, 0, 0, 0, 3, 0b101]);
        // Bits beyond the last row are nobody's.
        let all = BooleanBuffer::from(&[false, true, false, true, true, true][..]);
        let mut out = Vec::new();
        levels(&all.slice(1, 3), &mut out);
        assert_eq!(out, [2, 0, 0, 0, 3, 0b101]);
    }
}
