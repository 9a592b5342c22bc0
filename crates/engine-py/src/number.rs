//! Python integers and 256-bit words, without a detour through text.

use ingot_engine::abi::Integer;
use pyo3::intern;
use pyo3::prelude::*;
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
    if value
        .call_method0(intern!(py, "bit_length"))?
        .extract::<u64>()?
        > 256
    {
        return Ok(None);
    }
    let bytes = value.call_method1(intern!(py, "to_bytes"), (32, intern!(py, "big")))?;
    Ok(Some(U256::from_be_slice(
        bytes.cast::<PyBytes>()?.as_bytes(),
    )))
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
    let bytes = PyBytes::new(py, &word.to_be_bytes::<32>());
    py.get_type::<PyInt>()
        .call_method1(intern!(py, "from_bytes"), (bytes, intern!(py, "big")))
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
