//! Python integers and 256-bit words, without a detour through text.

use crate::errors::usage_error;
use crate::value::shown;
use ingot_engine::abi::{Integer, in_error};
use ingot_engine::record::Record;
use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyInt};
use revm::primitives::U256;

/// Magnitudes below it are exact in an i64; a double tells them apart from the rest at once.
const SMALL: f64 = 9.2e18;

/// The value of a Python int of any size.
pub(crate) fn integer(value: &Bound<'_, PyInt>) -> PyResult<Integer> {
    // An int too large for a double is too large for a word as well.
    let Ok(magnitude) = value.extract::<f64>() else {
        return Ok(Integer::Huge {
            negative: value.lt(0)?,
        });
    };
    if magnitude.abs() < SMALL {
        let small: i64 = value.extract()?;
        let word = U256::from(small.unsigned_abs());
        return Ok(if small < 0 {
            Integer::Negative(word)
        } else {
            Integer::Positive(word)
        });
    }
    let negative = magnitude < 0.0;
    let word = if negative {
        magnitude_word(&value.neg()?)?
    } else {
        magnitude_word(value.as_any())?
    };
    Ok(match word {
        None => Integer::Huge { negative },
        Some(word) if negative => Integer::Negative(word),
        Some(word) => Integer::Positive(word),
    })
}

/// The word of a positive int, if it has at most 256 bits.
fn magnitude_word(value: &Bound<'_, PyAny>) -> PyResult<Option<U256>> {
    let py = value.py();
    // Big-endian is the default.
    match value.call_method1(intern!(py, "to_bytes"), (32,)) {
        Ok(bytes) => Ok(Some(U256::from_be_slice(
            bytes.cast::<PyBytes>()?.as_bytes(),
        ))),
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The Python int of an unsigned word.
pub(crate) fn unsigned(py: Python<'_>, word: U256) -> PyResult<Bound<'_, PyAny>> {
    match u64::try_from(word) {
        Ok(small) => Ok(small.into_pyobject(py)?.into_any()),
        Err(_) => from_bytes(py, word),
    }
}

/// The Python int of a word in two's complement.
pub(crate) fn signed(py: Python<'_>, word: U256) -> PyResult<Bound<'_, PyAny>> {
    if word.bit(255) {
        unsigned(py, word.wrapping_neg())?.neg()
    } else {
        unsigned(py, word)
    }
}

fn from_bytes(py: Python<'_>, word: U256) -> PyResult<Bound<'_, PyAny>> {
    static FROM_BYTES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let from_bytes = FROM_BYTES.get_or_try_init(py, || {
        let int = py.get_type::<PyInt>();
        int.getattr("from_bytes").map(Bound::unbind)
    })?;
    // Big-endian is the default.
    let bytes = PyBytes::new(py, &word.to_be_bytes::<32>());
    from_bytes.bind(py).call1((bytes,))
}

/// What stands for an integer: an int, or what offers `__index__`; a bool or a float does not.
pub(crate) fn as_int<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyInt>>> {
    if value.is_instance_of::<PyBool>() {
        return Ok(None);
    }
    if let Ok(int) = value.cast::<PyInt>() {
        return Ok(Some(int.clone()));
    }
    let py = value.py();
    if !value.hasattr(intern!(py, "__index__"))? {
        return Ok(None);
    }
    let index = value.call_method0(intern!(py, "__index__"))?;
    Ok(index.cast_into::<PyInt>().ok())
}

/// The argument `name` as an unsigned word.
pub(crate) fn word_argument(name: &str, value: &Bound<'_, PyAny>) -> PyResult<U256> {
    let Some(int) = as_int(value)? else {
        return Err(usage_error(format!(
            "{name} must be an int, not {}",
            shown(value)
        )));
    };
    integer(&int)?
        .as_uint(256)
        .map_err(|reason| usage_error(format!("{name}: {reason}")))
}

/// The argument `name` as a number of at most 64 bits.
pub(crate) fn small_argument(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let word = word_argument(name, value)?;
    u64::try_from(word)
        .map_err(|_| usage_error(format!("{name}: {} is above 2**64 - 1", in_error("", word))))
}

/// An optional `small_argument`: None stays None.
pub(crate) fn optional_small(
    name: &str,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<u64>> {
    value
        .filter(|value| !value.is_none())
        .map(|value| small_argument(name, value))
        .transpose()
}

/// An optional argument of at most 128 bits: wei for each gas.
pub(crate) fn optional_wide(
    name: &str,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<u128>> {
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(None);
    };
    let word = word_argument(name, value)?;
    u128::try_from(word).map(Some).map_err(|_| {
        usage_error(format!(
            "{name}: {} is above 2**128 - 1",
            in_error("", word)
        ))
    })
}

/// The optional argument `recording`: `RECORD_*` flags.
pub(crate) fn flags(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Record>> {
    let Some(bits) = optional_small("recording", value)? else {
        return Ok(None);
    };
    u8::try_from(bits)
        .ok()
        .and_then(Record::from_bits)
        .map(Some)
        .ok_or_else(|| usage_error(format!("recording: {bits} has flags that do not exist")))
}
