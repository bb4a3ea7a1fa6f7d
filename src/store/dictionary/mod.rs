//! A column of values that repeat, on its way into a Parquet file: each value
//! once, in a dictionary, and for each row its place there.
//!
//! The library's own writer looks every value of every row up anew, although it
//! is mostly the one of the row before, a place in a short list, or a small
//! number. The pages are of the kind that the library writes, and go into the file
//! through it. Of the properties of a file, compression and whether ranges are
//! told hold here too; a page has its own measure.

mod hybrid;
mod places;
mod range;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::datatypes::{DataType, Date32Type, Decimal64Type, Decimal128Type, Int64Type, UInt8Type};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use places::Places;
use range::{Range, Told};
use zstd::bulk::Compressor;

/// Rows in a page, as soon as there are as many.
const PAGE: usize = 16_384;
/// Bytes in a dictionary, and in a page without one, as soon as there are as many.
const BYTES: usize = 1 << 20;

/// One column of one row group.
pub struct DictionaryColumn {
    descriptor: ColumnDescPtr,
    level: ZstdLevel,
    compressor: Compressor<'static>,
    /// Whether the range of each page is told.
    ranges: bool,
    /// Bytes of a number.
    width: usize,
    /// The place of each text in the dictionary: hashed so that no sender of texts
    /// can make them fall together.
    texts: HashMap<Box<str>, u32>,
    /// The place of each number.
    numbers: Places,
    dictionary: Vec<u8>,
    /// The dictionary has grown so large that values are written as they are.
    full: bool,
    page: Begun,
    pages: Vec<Finished>,
    rows: usize,
}

/// A page that is not full yet.
struct Begun {
    rows: usize,
    /// Which rows have a value.
    known: BooleanBufferBuilder,
    places: Vec<u32>,
    /// The values, where there is no dictionary.
    values: Vec<u8>,
    /// How long all texts are together.
    length: usize,
    range: Option<Range>,
}

impl Default for Begun {
    fn default() -> Begun {
        Begun {
            rows: 0,
            known: BooleanBufferBuilder::new(PAGE),
            places: Vec::with_capacity(PAGE),
            values: Vec::new(),
            length: 0,
            range: None,
        }
    }
}

/// A page as it goes into the file.
struct Finished {
    page: CompressedPage,
    rows: usize,
    without: usize,
    length: usize,
    range: Option<Range>,
}

fn lost(error: impl std::error::Error + Send + Sync + 'static) -> ParquetError {
    ParquetError::External(Box::new(error))
}

fn unlike(column: &ArrayRef) -> ParquetError {
    let kind = column.data_type();
    ParquetError::General(format!("{kind} is not what the column holds"))
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl DictionaryColumn {
    /// Whether a column can be of this kind.
    #[must_use]
    pub fn takes(values: &DataType, stored: Type) -> bool {
        match values {
            DataType::Utf8 => stored == Type::BYTE_ARRAY,
            DataType::Date32 | DataType::Int64 | DataType::Decimal128(..) => {
                matches!(stored, Type::INT32 | Type::INT64)
            }
            _ => false,
        }
    }

    /// Begins a column.
    ///
    /// # Errors
    /// Where there is no memory for compressing.
    pub fn begin(
        descriptor: ColumnDescPtr,
        level: ZstdLevel,
        ranges: bool,
    ) -> Result<DictionaryColumn, ParquetError> {
        let short = descriptor.physical_type() == Type::INT32;
        Ok(DictionaryColumn {
            descriptor,
            level,
            compressor: Compressor::new(level.compression_level())?,
            ranges,
            width: if short { 4 } else { 8 },
            texts: HashMap::new(),
            numbers: Places::default(),
            dictionary: Vec::new(),
            full: false,
            page: Begun::default(),
            pages: Vec::new(),
            rows: 0,
        })
    }

    /// Adds values: texts, places in a list of texts, or numbers.
    ///
    /// # Errors
    /// Where they are none of these.
    pub fn write(&mut self, column: &ArrayRef) -> Result<(), ParquetError> {
        // Long texts are cut into parts, or a page would be as long as all of them.
        if let Some(texts) = column.as_string_opt::<i32>() {
            let ends = texts.value_offsets();
            let mut from = 0;
            while from < texts.len() {
                let bytes = |end: &i32| usize::try_from(end - ends[from]).unwrap_or(BYTES);
                let fit = ends[from + 1..].partition_point(|end| bytes(end) <= BYTES);
                let rows = fit.max(1);
                self.write_part(&column.slice(from, rows))?;
                from += rows;
            }
            return Ok(());
        }
        self.write_part(column)
    }

    fn write_part(&mut self, column: &ArrayRef) -> Result<(), ParquetError> {
        let text = matches!(
            column.data_type(),
            DataType::Utf8 | DataType::Dictionary(..)
        );
        if text != (self.descriptor.physical_type() == Type::BYTE_ARRAY) {
            return Err(unlike(column));
        }
        match column.nulls() {
            Some(known) => self.page.known.append_buffer(known.inner()),
            None => self.page.known.append_n(column.len(), true),
        }
        if let Some(texts) = column.as_string_opt::<i32>() {
            self.add_texts(texts.iter().flatten());
        } else if let Some(coded) = column.as_dictionary_opt::<UInt8Type>()
            && let Some(list) = coded.values().as_string_opt::<i32>()
        {
            let mut places = vec![None; list.len()];
            for code in coded.keys().iter().flatten() {
                let code = usize::from(code);
                let text = list.value(code);
                let place = *places[code].get_or_insert_with(|| self.place_of_text(text));
                self.add_text(text, place);
            }
        } else if let Some(days) = column.as_primitive_opt::<Date32Type>() {
            self.add_numbers(days.iter().flatten().map(i64::from))?;
        } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            self.add_numbers(numbers.iter().flatten())?;
        } else if let Some(short) = column.as_primitive_opt::<Decimal64Type>() {
            self.add_numbers(short.iter().flatten())?;
        } else if let Some(decimals) = column.as_primitive_opt::<Decimal128Type>() {
            self.add_numbers(decimals.iter().flatten())?;
        } else {
            return Err(unlike(column));
        }
        self.rows += column.len();
        self.page.rows += column.len();
        let ends = self.page.values.len() >= BYTES || self.page.rows >= PAGE;
        // What comes after the page has no place in the dictionary any more.
        if ends || !self.full && self.dictionary.len() >= BYTES {
            self.complete_page()?;
        }
        Ok(())
    }

    fn add_texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let mut last = None;
        for text in texts {
            let place = match last {
                Some((known, place)) if known == text => place,
                _ => self.place_of_text(text),
            };
            last = Some((text, place));
            self.add_text(text, place);
        }
    }

    /// Adds numbers that fit into the width in which they are stored.
    fn add_numbers<N>(&mut self, numbers: impl Iterator<Item = N>) -> Result<(), ParquetError>
    where
        N: Copy + PartialEq + TryInto<i64>,
        N::Error: std::error::Error + Send + Sync + 'static,
    {
        let mut last = None;
        for number in numbers {
            let (short, place) = match last {
                Some((known, short, place)) if known == number => (short, place),
                _ => {
                    let short = number.try_into().map_err(lost)?;
                    if self.width == 4 {
                        i32::try_from(short).map_err(lost)?;
                    }
                    (short, self.place_of_number(short))
                }
            };
            last = Some((number, short, place));
            if self.full {
                let bytes = &short.to_le_bytes()[..self.width];
                self.page.values.extend_from_slice(bytes);
            } else {
                self.page.places.push(place);
            }
        }
        Ok(())
    }

    #[inline]
    fn add_text(&mut self, text: &str, place: u32) {
        if self.full {
            put(&mut self.page.values, text);
        } else {
            self.page.places.push(place);
        }
        self.page.length += text.len();
    }

    /// The place of a text in the dictionary, where it now stands unless that is
    /// full; the range of the page is widened by it.
    fn place_of_text(&mut self, text: &str) -> u32 {
        if self.ranges {
            match &mut self.page.range {
                Some(range) => range.take_text(text),
                none => *none = Some(Range::of_text(text)),
            }
        }
        if self.full {
            return 0;
        }
        if let Some(place) = self.texts.get(text) {
            return *place;
        }
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.insert(text.into(), place);
        put(&mut self.dictionary, text);
        place
    }

    /// The same of a number.
    #[inline]
    fn place_of_number(&mut self, number: i64) -> u32 {
        if self.ranges {
            match &mut self.page.range {
                Some(range) => range.take_number(number),
                none => *none = Some(Range::Numbers(number, number)),
            }
        }
        if self.full {
            return 0;
        }
        let (place, new) = self.numbers.of(number);
        if new {
            let bytes = &number.to_le_bytes()[..self.width];
            self.dictionary.extend_from_slice(bytes);
        }
        place
    }

    /// How many values are in the dictionary.
    fn len(&self) -> usize {
        self.texts.len() + self.numbers.len()
    }

    fn packed(&mut self, bytes: &[u8]) -> Result<Bytes, ParquetError> {
        let mut packed = self.compressor.compress(bytes)?;
        // The library made room for what cannot be packed.
        packed.shrink_to_fit();
        Ok(Bytes::from(packed))
    }

    fn complete_page(&mut self) -> Result<(), ParquetError> {
        let mut begun = std::mem::take(&mut self.page);
        let known = begun.known.finish();
        let mut bytes = Vec::with_capacity(begun.values.len() + begun.places.len() + PAGE / 8);
        if self.descriptor.max_def_level() > 0 {
            hybrid::levels(&known, &mut bytes);
        }
        let encoding = if self.full {
            bytes.extend_from_slice(&begun.values);
            Encoding::PLAIN
        } else {
            hybrid::places(&begun.places, self.len(), &mut bytes);
            Encoding::RLE_DICTIONARY
        };
        let page = Page::DataPage {
            buf: self.packed(&bytes)?,
            num_values: u32::try_from(begun.rows).map_err(lost)?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        self.pages.push(Finished {
            page: CompressedPage::new(page, bytes.len()),
            rows: begun.rows,
            without: begun.rows - known.count_set_bits(),
            length: begun.length,
            range: begun.range,
        });
        self.full |= self.dictionary.len() >= BYTES;
        Ok(())
    }

    /// The bytes of the column, and what the file says of them.
    ///
    /// # Errors
    /// Where a page is larger than the format allows.
    pub fn close(mut self) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        if self.page.rows > 0 {
            self.complete_page()?;
        }
        let values = std::mem::take(&mut self.dictionary);
        let dictionary = Page::DictionaryPage {
            buf: self.packed(&values)?,
            num_values: u32::try_from(self.len()).map_err(lost)?,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let dictionary = CompressedPage::new(dictionary, values.len());
        let pages = self.pages.iter().map(|page| Told {
            range: page.range.as_ref(),
            without: page.without,
        });
        let stored = self.descriptor.physical_type();
        let told = self
            .ranges
            .then(|| range::told(stored, &pages.collect::<Vec<_>>()));
        let (index, statistics) = told.unwrap_or_default();
        let are_texts = self.descriptor.physical_type() == Type::BYTE_ARRAY;
        let length_of = |texts: usize| are_texts.then(|| signed(texts));
        let mut offsets = OffsetIndexBuilder::new();
        let mut bytes = TrackedWrite::new(Vec::new());
        let mut writer = SerializedPageWriter::new(&mut bytes);
        let first = writer.write_page(dictionary)?;
        let (mut packed, mut unpacked) = (first.compressed_size, first.uncompressed_size);
        let mut kinds = vec![(PageType::DICTIONARY_PAGE, Encoding::PLAIN)];
        let mut length = 0;
        for page in self.pages {
            kinds.push((PageType::DATA_PAGE, page.page.encoding()));
            let spec = writer.write_page(page.page)?;
            let size = i32::try_from(spec.compressed_size).map_err(lost)?;
            offsets.append_offset_and_size(i64::try_from(spec.offset).map_err(lost)?, size);
            offsets.append_row_count(signed(page.rows));
            offsets.append_unencoded_byte_array_data_bytes(length_of(page.length));
            packed += spec.compressed_size;
            unpacked += spec.uncompressed_size;
            length += page.length;
        }
        writer.close()?;
        let mut encodings = vec![Encoding::PLAIN, Encoding::RLE];
        if kinds
            .iter()
            .any(|(_, kind)| *kind == Encoding::RLE_DICTIONARY)
        {
            encodings.push(Encoding::RLE_DICTIONARY);
        }
        let pages = kinds.chunk_by(|one, other| one == other);
        let pages = pages.map(|same| {
            Ok(PageEncodingStats {
                page_type: same[0].0,
                encoding: same[0].1,
                count: i32::try_from(same.len()).map_err(lost)?,
            })
        });
        let mut metadata = ColumnChunkMetaData::builder(self.descriptor)
            .set_compression(Compression::ZSTD(self.level))
            .set_encodings(encodings)
            .set_page_encoding_stats(pages.collect::<Result<_, ParquetError>>()?)
            .set_num_values(signed(self.rows))
            .set_total_compressed_size(signed(packed))
            .set_total_uncompressed_size(signed(unpacked))
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(signed(first.compressed_size))
            .set_unencoded_byte_array_data_bytes(length_of(length));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let bytes = Bytes::from(bytes.into_inner()?);
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: index.map(ColumnIndexBuilder::build).transpose()?,
            offset_index: Some(offsets.build()),
        };
        Ok((bytes, close))
    }
}

/// Adds a text as the format has it where it stands for itself: after its length.
#[inline]
fn put(bytes: &mut Vec<u8>, text: &str) {
    // A cell has a few MiB at the most.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
