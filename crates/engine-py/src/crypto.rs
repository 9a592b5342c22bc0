//! Hashes, addresses and signatures.

use crate::address::{self, AddressArg};
use crate::engine::request;
use crate::errors::{chain_error, key_error, usage_error};
use crate::number::{optional_wide, small_argument, word_argument};
use crate::transaction::Transaction;
use crate::value::Data;
use ingot_engine::chain::{ChainError, Request};
use ingot_engine::key::{self, Signed};
use ingot_engine::transaction::{self, PrivateKey};
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

/// A transaction of any type, signed. Errors never show the key.
#[pyfunction]
#[pyo3(signature = (private_key, *, r#type, chain_id, nonce, to, value, data, gas_limit, gas_price=None, max_fee=None,
    max_priority_fee=None, access_list=None, authorizations=None, blob_hashes=None, max_fee_per_blob_gas=None), text_signature = "(private_key, *, type, chain_id, nonce, to, value, data, gas_limit, gas_price=None, max_fee=None, max_priority_fee=None, access_list=(), authorizations=(), blob_hashes=(), max_fee_per_blob_gas=None)")]
pub(crate) fn sign_transaction(
    py: Python<'_>,
    private_key: &[u8],
    r#type: &Bound<'_, PyAny>,
    chain_id: &Bound<'_, PyAny>,
    nonce: &Bound<'_, PyAny>,
    to: Option<AddressArg>,
    value: &Bound<'_, PyAny>,
    data: Data,
    gas_limit: &Bound<'_, PyAny>,
    gas_price: Option<&Bound<'_, PyAny>>,
    max_fee: Option<&Bound<'_, PyAny>>,
    max_priority_fee: Option<&Bound<'_, PyAny>>,
    access_list: Option<&Bound<'_, PyAny>>,
    authorizations: Option<&Bound<'_, PyAny>>,
    blob_hashes: Option<&Bound<'_, PyAny>>,
    max_fee_per_blob_gas: Option<&Bound<'_, PyAny>>,
) -> PyResult<Transaction> {
    let key = PrivateKey::new(word(private_key, "a private key")?).map_err(key_error)?;
    let kind = small_argument("type", r#type)?;
    let request = Request {
        sender: key.address(),
        to: to.map(|to| to.0),
        data: data.0.into(),
        value: word_argument("value", value)?,
        gas_limit: Some(small_argument("gas_limit", gas_limit)?),
        nonce: Some(small_argument("nonce", nonce)?),
        // A number too large for a type is none of the known ones either.
        kind: Some(u8::try_from(kind).unwrap_or(u8::MAX)),
        gas_price: optional_wide("gas_price", gas_price)?,
        max_fee: optional_wide("max_fee", max_fee)?,
        max_priority_fee: optional_wide("max_priority_fee", max_priority_fee)?,
        // An empty list is what a type without it has.
        access_list: request::access_list(access_list)?.filter(|list| !list.is_empty()),
        authorizations: request::authorizations(authorizations)?.filter(|list| !list.is_empty()),
        blob_hashes: request::words32("blob_hashes", blob_hashes)?.filter(|list| !list.is_empty()),
        max_fee_per_blob_gas: optional_wide("max_fee_per_blob_gas", max_fee_per_blob_gas)?,
        record: None,
    };
    let chain_id = small_argument("chain_id", chain_id)?;
    let body = request
        .complete(chain_id)
        .map_err(|error| chain_error(py, &error))?;
    Ok(Transaction::offline(transaction::Transaction::signed(
        body, &key,
    )))
}

/// The transaction that an EIP-2718 encoding stands for, its sender recovered.
#[pyfunction]
pub(crate) fn decode_transaction(py: Python<'_>, raw: Data) -> PyResult<Transaction> {
    let decoded = transaction::Transaction::decode(&raw.0, false)
        .map_err(|error| chain_error(py, &ChainError::Decode(error)))?;
    Ok(Transaction::offline(decoded))
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
