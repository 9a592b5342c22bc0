//! Addresses in and out: whatever stands for one in Python, and `ingot.types.Address`.

use crate::errors::{PyFault, value_error};
use crate::value::{KEY_DIGITS, counted, is_wide, longest_digits, quoted, shown};
use ingot_engine::abi::Fault;
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyType};
use revm::primitives::{Address, hex};
use std::sync::{Mutex, PoisonError};

static ADDRESS_TYPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn address_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    ADDRESS_TYPE.import(py, "ingot.types", "Address")
}

/// What stands where an address should: it must not be quoted, for it may be a private key.
const KEY_LIKE: &str =
    "this has the length of a private key, an address has 40 hex digits (it is not shown)";

/// An argument that is `AddressLike`.
#[derive(Clone, Copy)]
pub(crate) struct AddressArg(pub(crate) Address);

impl<'py> FromPyObject<'_, 'py> for AddressArg {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        address(&value).map(Self).map_err(value_error)
    }
}

/// The address that `value` stands for.
pub(crate) fn address(value: &Bound<'_, PyAny>) -> Result<Address, PyFault> {
    match direct(value)? {
        Some(address) => Ok(address),
        None => of_holder(value),
    }
}

/// Of text or bytes; None for any other object.
fn direct(value: &Bound<'_, PyAny>) -> Result<Option<Address>, PyFault> {
    if let Ok(text) = value.cast::<PyString>() {
        let known = address_type(value.py()).map_err(Fault::foreign)?;
        let checked = value.get_type().is(known);
        let text = text
            .to_str()
            .map_err(|_| Fault::mismatch("the text is not valid Unicode, so it is no address"))?;
        return parse(text, checked).map(Some).map_err(Fault::mismatch);
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return of_bytes(bytes.as_bytes()).map(Some);
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return of_bytes(&bytes.to_vec()).map(Some);
    }
    Ok(None)
}

fn of_bytes(bytes: &[u8]) -> Result<Address, PyFault> {
    Address::try_from(bytes).map_err(|_| {
        Fault::mismatch(format!(
            "an address has 20 bytes, {} were given",
            bytes.len()
        ))
    })
}

/// Of an account, a contract: whatever has `.address`.
fn of_holder(value: &Bound<'_, PyAny>) -> Result<Address, PyFault> {
    let py = value.py();
    let held = match value.getattr(intern!(py, "address")) {
        Ok(held) => held,
        Err(error) if error.is_instance_of::<PyAttributeError>(py) => {
            return Err(no_address(value));
        }
        Err(error) => return Err(Fault::foreign(error)),
    };
    direct(&held)?.ok_or_else(|| no_address(value))
}

#[cold]
fn no_address(value: &Bound<'_, PyAny>) -> PyFault {
    if is_wide(value) {
        return Fault::mismatch(KEY_LIKE);
    }
    Fault::mismatch(format!(
        "{} is not an address: give 20 bytes, 0x and 40 hex digits, or an account or contract",
        shown(value)
    ))
}

/// The address in `text`. checked: its checksum is known to be right.
fn parse(text: &str, checked: bool) -> Result<Address, String> {
    let mut raw = [0; 20];
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 40);
    let Some(digits) = digits else {
        return Err(no_hex(text));
    };
    if hex::decode_to_slice(digits, &mut raw).is_err() {
        return Err(no_hex(text));
    }
    let address = Address::from(raw);
    if checked || has_one_case(digits) {
        return Ok(address);
    }
    let mut buffer = [0; 42];
    let right = address.to_checksum_raw(&mut buffer, None);
    if *right == *text {
        Ok(address)
    } else {
        Err(format!(
            "{text} fails its checksum (EIP-55): a digit is wrong, or the letters' case is; \
             if the digits are right, write {}",
            text.to_ascii_lowercase()
        ))
    }
}

fn has_one_case(digits: &str) -> bool {
    let upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
    !(upper && lower)
}

/// What is wrong with a text that is no address at all.
#[cold]
fn no_hex(text: &str) -> String {
    match longest_digits(text) {
        64 => return KEY_LIKE.to_owned(),
        count if count >= KEY_DIGITS => {
            return format!("this has {count} hex digits, an address has 40 (it is not shown)");
        }
        _ => {}
    }
    let shown = quoted(text);
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if text.is_empty() {
        "the text is empty, an address is 0x and 40 hex digits".to_owned()
    } else if text.trim() != text {
        format!("{shown} has white space around it")
    } else if text.starts_with("0X") {
        format!("{shown} starts with 0X, write 0x")
    } else if text.contains('.') && !text.starts_with("0x") {
        format!("{shown} is a name, not an address: names are not resolved")
    } else if let Some(odd) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        format!("{shown} is not an address: {odd:?} is no hex digit")
    } else if digits.len() != 40 {
        let count = counted(digits.len(), "hex digit");
        format!("{shown} has {count}, an address has 40")
    } else {
        format!("{shown} lacks the prefix 0x")
    }
}

/// Objects for addresses met lately. A slot is found by the address's last bytes; a newcomer takes it over.
struct Cache(Vec<Option<(Address, Py<PyAny>)>>);

const CACHE_SLOTS: usize = 4096;
static CACHE: Mutex<Cache> = Mutex::new(Cache(Vec::new()));

impl Cache {
    fn slot(address: Address) -> usize {
        let tail = address
            .0
            .last_chunk::<8>()
            .map_or(0, |tail| u64::from_le_bytes(*tail));
        // Fibonacci hashing: low addresses such as precompiles spread as well.
        let spread = (tail ^ u64::from(address[0])).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(spread >> 52).unwrap_or(0) % CACHE_SLOTS
    }
}

/// The `ingot.types.Address` of `address`.
pub(crate) fn to_python(py: Python<'_>, address: Address) -> PyResult<Bound<'_, PyAny>> {
    let slot = Cache::slot(address);
    {
        let cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some((known, object))) = cache.0.get(slot)
            && *known == address
        {
            return Ok(object.bind(py).clone());
        }
    }
    let mut buffer = [0; 42];
    let text = address.to_checksum_raw(&mut buffer, None);
    let made = address_type(py)?.call1((&*text,))?;
    // What is replaced is dropped after the lock is released: dropping may run Python.
    let replaced = {
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.0.is_empty() {
            cache.0.resize_with(CACHE_SLOTS, || None);
        }
        cache.0[slot].replace((address, made.clone().unbind()))
    };
    drop(replaced);
    Ok(made)
}
