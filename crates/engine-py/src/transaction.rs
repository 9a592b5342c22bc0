//! Transactions: signed, or accepted by a chain.

use crate::errors::provider_error;
use crate::outcome::Outcome;
use crate::{address, number};
use alloy_consensus::Transaction as _;
use ingot_engine::block::{Accepted, Mined};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use revm::primitives::hex;
use std::sync::Arc;

/// A transaction that a chain accepted, or a signed one that none was given.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Transaction {
    pub(crate) accepted: Arc<Accepted>,
    /// Whether no chain has it: then it is what its hash says, and nothing becomes of it here.
    is_offline: bool,
}

impl Transaction {
    /// A transaction that a chain accepted.
    pub(crate) const fn new(accepted: Arc<Accepted>) -> Self {
        Self {
            accepted,
            is_offline: false,
        }
    }

    /// A signed transaction that no chain was given.
    pub(crate) fn offline(transaction: ingot_engine::transaction::Transaction) -> Self {
        Self {
            accepted: Arc::new(Accepted::pending(transaction)),
            is_offline: true,
        }
    }

    pub(crate) fn copied(&self) -> ingot_engine::transaction::Transaction {
        self.accepted.transaction.clone()
    }

    pub(crate) const fn is_offline(&self) -> bool {
        self.is_offline
    }

    fn mined(&self) -> PyResult<&Mined> {
        self.accepted.mined().ok_or_else(|| {
            let hash = hex::encode(self.accepted.transaction.hash());
            provider_error(match self.accepted.dropped() {
                Some(reason) => format!("transaction 0x{hash} was never mined: {reason}"),
                None if self.is_offline => format!(
                    "transaction 0x{hash} is signed and no more: ask the chain that it was sent to what became of it"
                ),
                None => format!("transaction 0x{hash} is not mined yet: mine a block first"),
            })
        })
    }

    fn body(&self) -> &ingot_engine::transaction::Body {
        self.accepted.transaction.body()
    }
}

#[pymethods]
impl Transaction {
    #[getter]
    fn sender<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.accepted.transaction.sender())
    }

    #[getter]
    fn to<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let to = self.body().to();
        to.map(|to| address::to_python(py, to)).transpose()
    }

    #[getter]
    fn nonce(&self) -> u64 {
        self.body().nonce()
    }

    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::unsigned(py, self.body().value())
    }

    #[getter]
    fn data(&self) -> &[u8] {
        self.body().input()
    }

    #[getter]
    fn gas_limit(&self) -> u64 {
        self.body().gas_limit()
    }

    #[getter]
    fn r#type(&self) -> u8 {
        self.accepted.transaction.kind()
    }

    #[getter]
    fn chain_id(&self) -> Option<u64> {
        self.body().chain_id()
    }

    #[getter]
    fn max_fee_per_gas(&self) -> u128 {
        self.body().max_fee_per_gas()
    }

    #[getter]
    fn max_priority_fee_per_gas(&self) -> Option<u128> {
        self.body().max_priority_fee_per_gas()
    }

    #[getter]
    fn access_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let listed = PyList::empty(py);
        for item in self
            .body()
            .access_list()
            .iter()
            .flat_map(|list| list.iter())
        {
            let slots = item
                .storage_keys
                .iter()
                .map(|slot| PyBytes::new(py, slot.as_slice()));
            listed.append((
                address::to_python(py, item.address)?,
                PyList::new(py, slots)?,
            ))?;
        }
        Ok(listed)
    }

    #[getter]
    fn authorizations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let listed = PyList::empty(py);
        for signed in self.body().authorization_list().unwrap_or_default() {
            let entry = PyDict::new(py);
            entry.set_item("chain_id", number::unsigned(py, signed.chain_id)?)?;
            entry.set_item("address", address::to_python(py, signed.address)?)?;
            entry.set_item("nonce", signed.nonce)?;
            entry.set_item("y_parity", signed.y_parity())?;
            entry.set_item("r", number::unsigned(py, signed.r())?)?;
            entry.set_item("s", number::unsigned(py, signed.s())?)?;
            listed.append(entry)?;
        }
        Ok(listed)
    }

    #[getter]
    fn blob_hashes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let hashes = self
            .body()
            .blob_versioned_hashes()
            .unwrap_or_default()
            .iter();
        PyList::new(py, hashes.map(|hash| PyBytes::new(py, hash.as_slice())))
    }

    #[getter]
    fn max_fee_per_blob_gas(&self) -> Option<u128> {
        self.body().max_fee_per_blob_gas()
    }

    #[getter]
    fn hash<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.accepted.transaction.hash().as_slice())
    }

    #[getter]
    fn signature<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(u8, Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let signature = self.accepted.transaction.signature();
        Ok((
            u8::from(signature.v()),
            number::unsigned(py, signature.r())?,
            number::unsigned(py, signature.s())?,
        ))
    }

    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.accepted.transaction.raw())
    }

    #[getter]
    fn raw_with_blobs<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let accepted = &self.accepted;
        let raw = py.detach(|| match accepted.mined() {
            Some(_) => accepted.transaction.raw(),
            None => accepted.transaction.raw_with_blobs(),
        });
        PyBytes::new(py, &raw)
    }

    #[getter]
    fn is_mined(&self) -> bool {
        self.accepted.mined().is_some()
    }

    #[getter]
    fn outcome(&self) -> PyResult<Outcome> {
        let mined = self.mined()?;
        Ok(Outcome::new(Arc::clone(&mined.outcome), mined.first_log))
    }

    #[getter]
    fn gas_used(&self) -> PyResult<u64> {
        Ok(self.mined()?.outcome.gas_used)
    }

    #[getter]
    fn succeeded(&self) -> PyResult<bool> {
        Ok(self.mined()?.outcome.succeeded())
    }

    #[getter]
    fn block_number(&self) -> PyResult<u64> {
        Ok(self.mined()?.block_number)
    }

    #[getter]
    fn index(&self) -> PyResult<u64> {
        Ok(self.mined()?.index)
    }

    #[getter]
    fn timestamp(&self) -> PyResult<u64> {
        Ok(self.mined()?.timestamp)
    }

    #[getter]
    fn cumulative_gas_used(&self) -> PyResult<u64> {
        Ok(self.mined()?.cumulative_gas_used)
    }

    #[getter]
    fn effective_gas_price(&self) -> PyResult<u128> {
        Ok(self.mined()?.effective_gas_price)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let Ok(other) = other.cast::<Self>() else {
            return false;
        };
        let other = other.get();
        if self.is_offline && other.is_offline {
            return self.accepted.transaction.hash() == other.accepted.transaction.hash();
        }
        Arc::ptr_eq(&self.accepted, &other.accepted)
    }

    fn __hash__(&self) -> u64 {
        if self.is_offline {
            let hash = self.accepted.transaction.hash();
            return hash
                .first_chunk::<8>()
                .map_or(0, |head| u64::from_le_bytes(*head));
        }
        Arc::as_ptr(&self.accepted) as u64
    }

    fn __repr__(&self) -> String {
        let hash = hex::encode(self.accepted.transaction.hash());
        match self.accepted.mined() {
            Some(mined) => format!("<Transaction 0x{hash} in block {}>", mined.block_number),
            None if self.is_offline => format!("<Transaction 0x{hash}, signed>"),
            None if self.accepted.is_pending() => format!("<Transaction 0x{hash}, pending>"),
            None => format!("<Transaction 0x{hash}, dropped>"),
        }
    }
}
