//! Values of parameters, as statements are given them.

use arrow::datatypes::DataType;
use datafusion::common::ParamValues;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::scalar::ScalarValue;

/// A parameter's value, typed by the query's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Ten-thousandths.
    Decimal(i64),
    /// Days since 1 January 1970.
    Date(i32),
    /// Yes or no.
    Boolean(bool),
    /// Not given: the default `empty`.
    Empty,
}

pub(super) fn bind(
    frame: DataFrame,
    parameters: &[(String, Parameter)],
) -> Result<DataFrame, DataFusionError> {
    if parameters.is_empty() {
        return Ok(frame);
    }
    let values: Vec<(String, ScalarValue)> = parameters
        .iter()
        .map(|(name, value)| {
            let scalar = match value {
                Parameter::Text(text) => ScalarValue::Utf8(Some(text.clone())),
                Parameter::Integer(number) => ScalarValue::Int64(Some(*number)),
                Parameter::Decimal(value) => {
                    ScalarValue::Decimal128(Some(i128::from(*value)), 18, 4)
                }
                Parameter::Date(days) => ScalarValue::Date32(Some(*days)),
                Parameter::Boolean(yes) => ScalarValue::Boolean(Some(*yes)),
                Parameter::Empty => ScalarValue::Null,
            };
            (name.clone(), scalar)
        })
        .collect();
    frame.with_param_values(ParamValues::from(values))
}

/// The word for a type that a parameter can have.
pub(super) fn word(kind: Option<&DataType>) -> Option<&'static str> {
    Some(match kind? {
        DataType::Date32 => "date",
        DataType::Boolean => "yes_no",
        DataType::Decimal128(..) => "decimal",
        kind if kind.is_integer() => "integer",
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => "text",
        _ => return None,
    })
}
