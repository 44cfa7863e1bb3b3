//! Reading columns.

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

/// The column's JSON, where there is any.
pub(crate) fn json<T: DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<Option<T>, Error> {
    let text: Option<String> = get(row, column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| Kind::Unreadable { column }.into()))
        .transpose()
}

/// A value of ours as JSON. Our structs always have one.
pub(crate) fn to_json<T: serde::Serialize>(value: &T, column: &'static str) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Kind::Unreadable { column }.into())
}
