//! The ABI's classes and functions.

mod codec;
mod error;
mod event;
mod function;

pub(crate) use codec::{decode, encode, encode_packed};
pub(crate) use error::Error;
pub(crate) use event::Event;
pub(crate) use function::Function;

use crate::errors::{abi_error, codec_error, value_error};
use crate::results::{Builder, Classes};
use crate::value::{Value, bytes, shown};
use ingot_engine::abi::{self, Shape};
use pyo3::prelude::*;

pub(super) fn after_selector<'d>(
    described: &str,
    selector: &[u8],
    data: &'d [u8],
) -> PyResult<&'d [u8]> {
    data.strip_prefix(selector).ok_or_else(|| {
        abi_error(format!(
            "{described}: the data starts with another selector than 0x{}",
            revm::primitives::hex::encode(selector)
        ))
    })
}

pub(super) fn decode_struct<'py>(
    py: Python<'py>,
    described: &str,
    shape: &Shape,
    classes: &Classes,
    data: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let mut builder = Builder { py, classes };
    let values =
        abi::decode(shape, data, &mut builder).map_err(|fault| codec_error(described, fault))?;
    classes.make(py, shape, values)
}

pub(super) fn word_of(value: &Value<'_>, what: &str) -> PyResult<[u8; 32]> {
    let found = bytes(&value.0).map_err(value_error)?;
    found
        .as_deref()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| {
            abi_error(format!(
                "{what} has 32 bytes, {} was given",
                shown(&value.0)
            ))
        })
}
