//! Hashes, addresses and signatures.

use crate::address::{self, AddressArg};
use crate::errors::{key_error, usage_error};
use ingot_engine::key::{self, Signed};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use revm::primitives::{Address, B256};

/// The Keccak-256 hash.
#[pyfunction]
pub(crate) fn keccak256<'py>(py: Python<'py>, data: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, revm::primitives::keccak256(data).as_slice())
}

/// The checksummed address.
#[pyfunction]
pub(crate) fn to_address(py: Python<'_>, value: AddressArg) -> PyResult<Bound<'_, PyAny>> {
    address::to_python(py, value.0)
}

/// The address of the contract that `sender` creates with `nonce`.
#[pyfunction]
pub(crate) fn create_address(
    py: Python<'_>,
    sender: AddressArg,
    nonce: u64,
) -> PyResult<Bound<'_, PyAny>> {
    address::to_python(py, sender.0.create(nonce))
}

/// The address of the contract that `deployer` creates with CREATE2.
#[pyfunction]
pub(crate) fn create2_address<'py>(
    py: Python<'py>,
    deployer: AddressArg,
    salt: &[u8],
    initcode: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    address::to_python(
        py,
        deployer
            .0
            .create2_from_code(word(salt, "the salt")?, initcode),
    )
}

/// The address of a private key.
#[pyfunction]
pub(crate) fn key_address<'py>(py: Python<'py>, private_key: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    address::to_python(py, address_of(private_key)?)
}

/// The compressed public key of a private key.
#[pyfunction]
pub(crate) fn public_key<'py>(
    py: Python<'py>,
    private_key: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let public = key::public_key(&word(private_key, "a private key")?).map_err(key_error)?;
    Ok(PyBytes::new(py, &public))
}

/// r, s and v.
#[pyfunction]
pub(crate) fn sign_hash<'py>(
    py: Python<'py>,
    private_key: &[u8],
    digest: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let signed = key::sign(
        &word(private_key, "a private key")?,
        &word(digest, "a digest")?,
    )
    .map_err(key_error)?;
    let v = 27 + u8::from(signed.y_parity);
    let signature = [signed.r.as_slice(), signed.s.as_slice(), &[v]].concat();
    Ok(PyBytes::new(py, &signature))
}

/// Who signed.
#[pyfunction]
pub(crate) fn recover_hash<'py>(
    py: Python<'py>,
    digest: &[u8],
    signature: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let digest = word(digest, "a digest")?;
    let (r, rest) = signature.split_at_checked(32).ok_or_else(wrong_signature)?;
    let (s, v) = rest.split_at_checked(32).ok_or_else(wrong_signature)?;
    let y_parity = match v {
        [0 | 27] => false,
        [1 | 28] => true,
        _ => return Err(wrong_signature()),
    };
    let signed = Signed {
        y_parity,
        r: B256::from_slice(r),
        s: B256::from_slice(s),
    };
    address::to_python(py, key::recover(&digest, &signed).map_err(key_error)?)
}

/// The address of a private key's account. Errors never show the key.
pub(crate) fn address_of(private_key: &[u8]) -> PyResult<Address> {
    key::address_of(&word(private_key, "a private key")?).map_err(key_error)
}

/// Exactly 32 bytes. The error shows the length alone: they may be secret.
pub(crate) fn word(bytes: &[u8], what: &str) -> PyResult<B256> {
    B256::try_from(bytes)
        .map_err(|_| usage_error(format!("{what} has 32 bytes, {} were given", bytes.len())))
}

#[cold]
fn wrong_signature() -> PyErr {
    usage_error("a signature has 65 bytes: r, s, and v of 27 or 28")
}
