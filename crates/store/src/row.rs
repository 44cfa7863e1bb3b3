//! Reading columns.

use domain::time::UnixMillis;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Decode, Row, Type};

use crate::Error;
use crate::error::Kind;

/// The column's value.
pub(crate) fn get<'r, T: Decode<'r, Any> + Type<Any>>(row: &'r AnyRow, column: &'static str) -> Result<T, Error> {
    Ok(row.try_get(column)?)
}

/// The column's text as a value of ours.
pub(crate) fn parsed<T>(row: &AnyRow, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Error> {
    let text: String = get(row, column)?;
    parse(&text).ok_or_else(|| Kind::Unreadable { column }.into())
}

/// The column's text as a value of ours, where there is any.
pub(crate) fn parsed_if_any<T>(
    row: &AnyRow,
    column: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let text: Option<String> = get(row, column)?;
    text.map(|text| parse(&text).ok_or_else(|| Kind::Unreadable { column }.into()))
        .transpose()
}

/// The column's moment, where there is any.
pub(crate) fn moment(row: &AnyRow, column: &'static str) -> Result<Option<UnixMillis>, Error> {
    Ok(get::<Option<i64>>(row, column)?.map(UnixMillis))
}

/// The column's number, where there is any.
pub(crate) fn number<T: TryFrom<i64>>(row: &AnyRow, column: &'static str) -> Result<Option<T>, Error> {
    let number: Option<i64> = get(row, column)?;
    number
        .map(|number| T::try_from(number).map_err(|_| Kind::Unreadable { column }.into()))
        .transpose()
}

/// The column's yes or no.
pub(crate) fn flag(row: &AnyRow, column: &'static str) -> Result<bool, Error> {
    Ok(get::<i64>(row, column)? == 1)
}

/// The column's JSON, where there is any.
pub(crate) fn json<T: DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<Option<T>, Error> {
    from_json(get::<Option<String>>(row, column)?.as_deref(), column)
}

/// The value of a column's JSON, where there is any.
pub(crate) fn from_json<T: DeserializeOwned>(text: Option<&str>, column: &'static str) -> Result<Option<T>, Error> {
    text.map(|text| serde_json::from_str(text).map_err(|_| Kind::Unreadable { column }.into()))
        .transpose()
}

/// A value of ours as JSON. Our structs always have one.
pub(crate) fn to_json<T: serde::Serialize>(value: &T, column: &'static str) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Kind::Unreadable { column }.into())
}
