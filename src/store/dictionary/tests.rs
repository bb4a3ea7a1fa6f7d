//! Columns through a file and back.

use std::sync::Arc;

use arrow::array::{
    Date32Array, Decimal64Array, Decimal128Array, DictionaryArray, Int64Array, RecordBatch,
    StringArray, UInt8Array, new_empty_array,
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
    let rows = match rows.as_slice() {
        [] => new_empty_array(stored),
        rows => concat(rows).unwrap(),
    };
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
        let length = |text: Option<&str>| text.map(|text| i32::try_from(text.len()).unwrap() * 7_919 - 9_000);
        let texts: ArrayRef = Arc::new(many.clone().collect::<StringArray>());
        let days: ArrayRef = Arc::new(
            many.clone().map(length).collect::<Date32Array>(),
        );
        let counts: ArrayRef = Arc::new(many.clone().map(|text| length(text).map(i64::from)).collect::<Int64Array>());
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
fn short_decimals_give_the_bytes_of_long_ones() {
    let numbers = [Some(126_000), None, Some(-1), Some(999_999_999), Some(0)];
    for stored in [DataType::Decimal128(9, 4), DataType::Decimal128(12, 4)] {
        let long = numbers.map(|number| number.map(i128::from));
        let long = Decimal128Array::from(long.to_vec()).with_data_type(stored.clone());
        let short = Decimal64Array::from(numbers.to_vec());
        let bytes = |piece: ArrayRef| closed(&stored, &[piece]).0;
        assert_eq!(bytes(Arc::new(short)), bytes(Arc::new(long)));
    }
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
    let statistics = close.metadata.statistics().unwrap();
    assert_eq!(statistics.min_bytes_opt(), None);
    assert_eq!(statistics.null_count_opt(), Some(0));
}

/// No page is much longer than its measure, however long its texts are.
#[test]
fn long_texts_make_short_pages() {
    let texts: Vec<String> = (0..600)
        .map(|row| format!("{row}-").repeat(9_000))
        .collect();
    let texts: ArrayRef = Arc::new(StringArray::from(texts));
    same(&DataType::Utf8, std::slice::from_ref(&texts));
    let metadata = closed(&DataType::Utf8, &[texts]).1;
    assert!(metadata.metadata.uncompressed_size() > 10 << 20);
    let offsets = metadata.offset_index.unwrap();
    let lengths = offsets.unencoded_byte_array_data_bytes.unwrap();
    assert!(
        lengths.len() > 9 && lengths.iter().all(|length| *length < 3 << 20),
        "{lengths:?}"
    );
}

#[test]
fn a_part_of_codes_is_those_codes() {
    let list: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let codes = [
        None,
        Some(2),
        Some(0),
        None,
        Some(1),
        Some(1),
        None,
        Some(2),
        Some(0),
        None,
    ];
    let codes: ArrayRef = Arc::new(DictionaryArray::new(UInt8Array::from(codes.to_vec()), list));
    for from in 0..codes.len() {
        for length in 1..=codes.len() - from {
            same(&DataType::Utf8, &[codes.slice(from, length), codes.clone()]);
        }
    }
}

#[test]
fn what_a_column_does_not_hold_is_refused() {
    let schema = Schema::new(vec![
        Field::new("text", DataType::Utf8, true),
        Field::new("short", DataType::Decimal128(9, 4), true),
    ]);
    let described = ArrowSchemaConverter::new().convert(&schema).unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![3_000_000_000]));
    for at in 0..2 {
        let column = described.column(at);
        let mut column = DictionaryColumn::begin(column, ZstdLevel::default(), true).unwrap();
        assert!(column.write(&numbers).is_err());
    }
}
