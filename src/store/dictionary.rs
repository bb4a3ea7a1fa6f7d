//! A column of values that repeat, on its way into a Parquet file: each value
//! once, in a dictionary, and for each row its place there.
//!
//! The library's own writer looks every value of every row up anew, although it
//! is mostly the one of the row before, a place in a short list, or a small
//! number. Here that is known, which takes a third of the time. The pages are of
//! the kind that the library writes, and go into the file through it.

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, UInt8Type};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use rustc_hash::FxHashMap;
use zstd::bulk::Compressor;

use super::hybrid;

/// Rows in a page, as soon as there are as many.
const PAGE: usize = 16_384;
/// Bytes in a dictionary, and in a page without one, as soon as there are as many.
const BYTES: usize = 1 << 20;
/// The longest text of which a range is told.
const RANGE: usize = 64;

/// One column of one row group.
pub struct DictionaryColumn {
    descriptor: ColumnDescPtr,
    level: ZstdLevel,
    compressor: Compressor<'static>,
    /// Whether the range of each page is told.
    ranges: bool,
    /// Bytes of a number.
    width: usize,
    /// The place of each value in the dictionary.
    texts: FxHashMap<Box<str>, u32>,
    numbers: FxHashMap<i64, u32>,
    dictionary: Vec<u8>,
    /// The dictionary has grown so large that values are written as they are.
    full: bool,
    page: Begun,
    pages: Vec<Complete>,
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
struct Complete {
    page: CompressedPage,
    rows: usize,
    without: usize,
    length: usize,
    range: Option<Range>,
}

/// The first and the last value in order.
#[derive(Clone)]
enum Range {
    Texts(Box<str>, Box<str>),
    Numbers(i64, i64),
}

impl Range {
    fn of_text(text: &str) -> Range {
        Range::Texts(text.into(), text.into())
    }

    /// Widens the range by a text.
    fn take_text(&mut self, text: &str) {
        match self {
            Range::Texts(first, _) if text < first.as_ref() => *first = text.into(),
            Range::Texts(_, last) if text > last.as_ref() => *last = text.into(),
            _ => {}
        }
    }

    /// Widens the range by a number.
    fn take_number(&mut self, number: i64) {
        if let Range::Numbers(first, last) = self {
            (*first, *last) = (number.min(*first), number.max(*last));
        }
    }

    /// The range of both.
    fn and(mut self, other: Range) -> Range {
        match other {
            Range::Texts(first, last) => [first, last].iter().for_each(|text| self.take_text(text)),
            Range::Numbers(first, last) => {
                [first, last]
                    .iter()
                    .for_each(|number| self.take_number(*number));
            }
        }
        self
    }

    /// As the format has both, numbers in so many bytes.
    fn bytes(&self, width: usize) -> (Vec<u8>, Vec<u8>) {
        match self {
            Range::Texts(first, last) => (first.as_bytes().to_vec(), last.as_bytes().to_vec()),
            Range::Numbers(first, last) => {
                let bytes = |number: &i64| number.to_le_bytes()[..width].to_vec();
                (bytes(first), bytes(last))
            }
        }
    }
}

fn lost(error: impl std::error::Error + Send + Sync + 'static) -> ParquetError {
    ParquetError::External(Box::new(error))
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

    /// Begins a column that may be empty in some rows.
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
            texts: FxHashMap::default(),
            numbers: FxHashMap::default(),
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
            self.add_numbers(days.iter().flatten().map(i64::from));
        } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            self.add_numbers(numbers.iter().flatten());
        } else if let Some(decimals) = column.as_primitive_opt::<Decimal128Type>() {
            // Of at most 18 digits, or they would not be stored as integers.
            let short = |number| i64::try_from(number).unwrap_or(i64::MAX);
            self.add_numbers(decimals.iter().flatten().map(short));
        } else {
            let kind = column.data_type();
            let message = format!("{kind} is no column with a dictionary");
            return Err(ParquetError::General(message));
        }
        self.rows += column.len();
        self.page.rows += column.len();
        if self.page.rows >= PAGE || self.page.values.len() >= BYTES {
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

    fn add_numbers(&mut self, numbers: impl Iterator<Item = i64>) {
        let mut last = None;
        for number in numbers {
            let place = match last {
                Some((known, place)) if known == number => place,
                _ => self.place_of_number(number),
            };
            last = Some((number, place));
            if self.full {
                let bytes = &number.to_le_bytes()[..self.width];
                self.page.values.extend_from_slice(bytes);
            } else {
                self.page.places.push(place);
            }
        }
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
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let place = *self.numbers.entry(number).or_insert(next);
        if place == next {
            let bytes = &number.to_le_bytes()[..self.width];
            self.dictionary.extend_from_slice(bytes);
        }
        place
    }

    /// How many values are in the dictionary.
    fn len(&self) -> usize {
        self.texts.len() + self.numbers.len()
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
            buf: Bytes::from(self.compressor.compress(&bytes)?),
            num_values: u32::try_from(begun.rows).map_err(lost)?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        self.pages.push(Complete {
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
        let dictionary = Page::DictionaryPage {
            buf: Bytes::from(self.compressor.compress(&self.dictionary)?),
            num_values: u32::try_from(self.len()).map_err(lost)?,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let dictionary = CompressedPage::new(dictionary, self.dictionary.len());
        let (index, statistics) = self.ranges();
        let are_texts = self.descriptor.physical_type() == Type::BYTE_ARRAY;
        let length_of = |texts: usize| are_texts.then(|| signed(texts));
        let mut offsets = OffsetIndexBuilder::new();
        let mut bytes = TrackedWrite::new(Vec::new());
        let mut writer = SerializedPageWriter::new(&mut bytes);
        let first = writer.write_page(dictionary)?;
        let (mut packed, mut unpacked) = (first.compressed_size, first.uncompressed_size);
        let mut kinds = vec![(PageType::DICTIONARY_PAGE, Encoding::PLAIN)];
        let mut length = 0;
        for complete in self.pages {
            kinds.push((PageType::DATA_PAGE, complete.page.encoding()));
            let spec = writer.write_page(complete.page)?;
            let size = i32::try_from(spec.compressed_size).map_err(lost)?;
            offsets.append_offset_and_size(i64::try_from(spec.offset).map_err(lost)?, size);
            offsets.append_row_count(signed(complete.rows));
            offsets.append_unencoded_byte_array_data_bytes(length_of(complete.length));
            packed += spec.compressed_size;
            unpacked += spec.uncompressed_size;
            length += complete.length;
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

    /// The range of each page and of all, where they are told: not of long texts.
    fn ranges(&self) -> (Option<ColumnIndexBuilder>, Option<Statistics>) {
        let ranges = self.pages.iter().filter_map(|page| page.range.as_ref());
        let long = |range: &Range| matches!(range, Range::Texts(first, last) if first.len().max(last.len()) > RANGE);
        if !self.ranges || ranges.clone().any(long) {
            return (None, None);
        }
        let mut index = ColumnIndexBuilder::new(self.descriptor.physical_type());
        for page in &self.pages {
            let bytes = page.range.as_ref().map(|range| range.bytes(self.width));
            let (first, last) = bytes.unwrap_or_default();
            index.append(page.range.is_none(), first, last, signed(page.without));
        }
        let all = ranges.cloned().reduce(Range::and);
        let without = Some(self.pages.iter().map(|page| page.without as u64).sum());
        let statistics = match all {
            Some(Range::Texts(first, last)) => {
                let text = |text: Box<str>| Some(text.into_string().into_bytes().into());
                Statistics::byte_array(text(first), text(last), None, without, false)
            }
            Some(Range::Numbers(first, last)) if self.width == 4 => {
                let short = |number| i32::try_from(number).ok();
                Statistics::int32(short(first), short(last), None, without, false)
            }
            Some(Range::Numbers(first, last)) => {
                Statistics::int64(Some(first), Some(last), None, without, false)
            }
            None => match self.descriptor.physical_type() {
                Type::INT32 => Statistics::int32(None, None, None, without, false),
                Type::INT64 => Statistics::int64(None, None, None, without, false),
                _ => Statistics::byte_array(None, None, None, without, false),
            },
        };
        (Some(index), Some(statistics))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Decimal128Array, DictionaryArray, Int64Array, RecordBatch, StringArray,
        UInt8Array,
    };
    use arrow::compute::{cast, concat};
    use arrow::datatypes::{Field, Schema};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::arrow::{ArrowSchemaConverter, arrow_reader::ArrowReaderOptions};
    use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use proptest::prelude::*;

    use super::*;

    /// A column of pieces.
    fn closed(stored: &DataType, pieces: &[ArrayRef]) -> (Bytes, ColumnCloseResult) {
        let schema = Schema::new(vec![Field::new("column", stored.clone(), true)]);
        let described = ArrowSchemaConverter::new().convert(&schema).unwrap();
        let level = ZstdLevel::default();
        let mut column = DictionaryColumn::begin(described.column(0), level, true).unwrap();
        for piece in pieces {
            column.write(piece).unwrap();
        }
        column.close().unwrap()
    }

    /// A column through a file and back, and what the file says of it.
    fn back(stored: &DataType, pieces: &[ArrayRef]) -> (ArrayRef, ParquetMetaData) {
        let schema = Schema::new(vec![Field::new("column", stored.clone(), true)]);
        let described = ArrowSchemaConverter::new().convert(&schema).unwrap();
        let properties = Arc::new(WriterProperties::default());
        let root = described.root_schema_ptr();
        let mut file = SerializedFileWriter::new(Vec::new(), root, properties).unwrap();
        let (bytes, close) = closed(stored, pieces);
        let mut group = file.next_row_group().unwrap();
        group.append_column(&bytes, close).unwrap();
        group.close().unwrap();
        let bytes = Bytes::from(file.into_inner().unwrap());
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).unwrap();
        let metadata = reader.metadata().as_ref().clone();
        let rows: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        let rows: Vec<&dyn Array> = rows.iter().map(|rows| rows.column(0).as_ref()).collect();
        let rows = concat(&rows).unwrap();
        (cast(&rows, stored).unwrap(), metadata)
    }

    fn same(stored: &DataType, pieces: &[ArrayRef]) -> ParquetMetaData {
        let plain: Vec<ArrayRef> = pieces
            .iter()
            .map(|piece| cast(piece, stored).unwrap())
            .collect();
        let plain: Vec<&dyn Array> = plain.iter().map(AsRef::as_ref).collect();
        let (rows, metadata) = back(stored, pieces);
        assert_eq!(&rows, &concat(&plain).unwrap());
        metadata
    }

    /// What the file says of the ranges of pages, of numbers.
    fn page_ranges(metadata: &ParquetMetaData) -> Vec<(Option<i32>, Option<i32>)> {
        use parquet::file::page_index::column_index::ColumnIndexMetaData;
        let ColumnIndexMetaData::INT32(index) = &metadata.column_index().unwrap()[0][0] else {
            panic!("no index")
        };
        (0..usize::try_from(index.num_pages()).unwrap())
            .map(|page| {
                (
                    index.min_value(page).copied(),
                    index.max_value(page).copied(),
                )
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_goes_in_comes_back(
            texts in proptest::collection::vec(proptest::option::of("[a-cŷ]{0,3}"), 1..60),
            times in 1_usize..9,
            pieces in 1_usize..5,
        ) {
            let many = texts.iter().flat_map(|text| std::iter::repeat_n(text.as_deref(), times));
            let length = |text: Option<&str>| text.map(|text| text.len() as i64 * 7_919 - 9_000);
            let texts: ArrayRef = Arc::new(many.clone().collect::<StringArray>());
            let days: ArrayRef = Arc::new(
                many.clone().map(|text| length(text).map(|n| n as i32)).collect::<Date32Array>(),
            );
            let counts: ArrayRef = Arc::new(many.clone().map(length).collect::<Int64Array>());
            let money = many.map(|text| length(text).map(i128::from)).collect::<Decimal128Array>();
            let short: ArrayRef = Arc::new(money.clone().with_precision_and_scale(9, 4).unwrap());
            let wide: ArrayRef = Arc::new(money.with_precision_and_scale(12, 4).unwrap());
            for column in [texts, days, counts, short, wide] {
                let pieces = vec![column.clone(); pieces];
                same(column.data_type(), &pieces);
                let part: Vec<ArrayRef> =
                    pieces.iter().map(|piece| piece.slice(1, piece.len() - 1)).collect();
                same(column.data_type(), &part);
            }
        }
    }

    #[test]
    fn codes_are_stored_as_the_texts_that_they_stand_for() {
        let list: ArrayRef = Arc::new(StringArray::from(vec!["never", "nhs", "other", "nhs"]));
        let codes = |codes: Vec<Option<u8>>| -> ArrayRef {
            Arc::new(DictionaryArray::new(UInt8Array::from(codes), list.clone()))
        };
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["nhs", "independent"]));
        let pieces = [
            codes(vec![Some(1), None, Some(2), Some(3)]),
            texts.clone(),
            codes(vec![None, Some(1)]),
            codes(vec![]),
        ];
        let metadata = same(&DataType::Utf8, &pieces);
        let column = metadata.row_group(0).column(0);
        let statistics = column.statistics().unwrap();
        assert_eq!(statistics.min_bytes_opt(), Some(&b"independent"[..]));
        assert_eq!(statistics.max_bytes_opt(), Some(&b"other"[..]));
        assert_eq!(statistics.null_count_opt(), Some(2));
        assert_eq!(column.num_values(), 8);
        // What is spelt out gives the same bytes as places do.
        let spelt = pieces
            .each_ref()
            .map(|piece| cast(piece, &DataType::Utf8).unwrap());
        let bytes = |pieces| closed(&DataType::Utf8, pieces).0;
        assert_eq!(bytes(&pieces), bytes(&spelt));
    }

    #[test]
    fn a_column_without_a_value_is_stored() {
        for stored in [
            DataType::Utf8,
            DataType::Date32,
            DataType::Decimal128(12, 4),
        ] {
            let empty = arrow::array::new_null_array(&stored, 20_000);
            let metadata = same(&stored, &[empty.clone(), empty]);
            let statistics = metadata.row_group(0).column(0).statistics().unwrap();
            assert_eq!(statistics.min_bytes_opt(), None);
            assert_eq!(statistics.null_count_opt(), Some(40_000));
        }
    }

    #[test]
    fn pages_know_their_ranges() {
        let piece = |from: i32| -> ArrayRef {
            let days = (from..from + 8_192).map(|day| (day % 3 > 0).then_some(day));
            Arc::new(days.collect::<Date32Array>())
        };
        let pieces: Vec<ArrayRef> = (0..5).map(|number| piece(number * 8_192 - 9)).collect();
        let metadata = same(&DataType::Date32, &pieces);
        let pages = page_ranges(&metadata);
        assert_eq!(
            pages,
            [
                (Some(1), Some(16_373)),
                (Some(16_375), Some(32_758)),
                (Some(32_759), Some(40_949)),
            ]
        );
        let offsets = &metadata.offset_index().unwrap()[0][0].page_locations;
        let rows: Vec<i64> = offsets.iter().map(|page| page.first_row_index).collect();
        assert_eq!(rows, [0, 16_384, 32_768]);
    }

    /// A dictionary that grows beyond its bound gives way to the values themselves.
    #[test]
    fn values_that_hardly_repeat_are_written_as_they_are() {
        let texts = |from: usize| -> ArrayRef {
            let texts = (from..from + 8_192).map(|row| format!("{row:0>40}"));
            Arc::new(StringArray::from_iter_values(texts))
        };
        let pieces: Vec<ArrayRef> = (0..12).map(|number| texts(number * 8_192)).collect();
        same(&DataType::Utf8, &pieces);
        let metadata = closed(&DataType::Utf8, &pieces).1.metadata;
        let pages = metadata.page_encoding_stats().unwrap();
        let kinds: Vec<Encoding> = pages.iter().map(|page| page.encoding).collect();
        assert_eq!(
            kinds,
            [Encoding::PLAIN, Encoding::RLE_DICTIONARY, Encoding::PLAIN]
        );
        let numbers =
            |from: i64| -> ArrayRef { Arc::new((from..from + 8_192).collect::<Int64Array>()) };
        let pieces: Vec<ArrayRef> = (0..24).map(|number| numbers(number * 8_192)).collect();
        same(&DataType::Int64, &pieces);
    }

    #[test]
    fn long_texts_have_no_range() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a".repeat(65), "b".to_owned()]));
        let (_, close) = closed(&DataType::Utf8, &[texts]);
        assert_eq!(close.rows_written, 2);
        assert!(close.column_index.is_none());
        assert!(close.metadata.statistics().is_none());
    }
}
