//! Transactions that the chain accepted.

use crate::errors::provider_error;
use crate::outcome::Outcome;
use crate::thin::{Mined, Sent};
use crate::{address, number};
use pyo3::prelude::*;
use pyo3::types::PyList;
use revm::primitives::{U256, hex};
use std::sync::Arc;

/// A transaction that the chain accepted.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Transaction {
    pub(crate) sent: Arc<Sent>,
}

impl Transaction {
    fn mined(&self) -> PyResult<&Mined> {
        self.sent.mined.get().ok_or_else(|| {
            provider_error(format!(
                "transaction 0x{} is not mined yet: mine a block first",
                hex::encode(self.sent.hash)
            ))
        })
    }
}

#[pymethods]
impl Transaction {
    #[getter]
    fn sender<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.sent.request.sender)
    }

    #[getter]
    fn to<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let to = self.sent.request.to;
        to.map(|to| address::to_python(py, to)).transpose()
    }

    #[getter]
    fn nonce(&self) -> u64 {
        self.sent.nonce
    }

    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::unsigned(py, self.sent.request.value)
    }

    #[getter]
    fn data(&self) -> &[u8] {
        &self.sent.request.data
    }

    #[getter]
    fn gas_limit(&self) -> u64 {
        self.sent.gas_limit
    }

    #[getter]
    fn r#type(&self) -> u8 {
        2
    }

    #[getter]
    fn chain_id(&self) -> Option<u64> {
        None
    }

    #[getter]
    fn max_fee_per_gas(&self) -> u64 {
        self.sent.gas_price
    }

    #[getter]
    fn max_priority_fee_per_gas(&self) -> Option<u64> {
        Some(0)
    }

    #[getter]
    fn access_list<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        PyList::empty(py)
    }

    #[getter]
    fn authorizations<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        PyList::empty(py)
    }

    #[getter]
    fn blob_hashes<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        PyList::empty(py)
    }

    #[getter]
    fn max_fee_per_blob_gas(&self) -> Option<u64> {
        None
    }

    #[getter]
    fn hash(&self) -> &[u8] {
        self.sent.hash.as_slice()
    }

    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> PyResult<(u8, Bound<'py, PyAny>, u8)> {
        let sender = U256::from_be_slice(self.sent.request.sender.as_slice());
        Ok((0, number::unsigned(py, sender)?, 0))
    }

    #[getter]
    fn is_mined(&self) -> bool {
        self.sent.mined.get().is_some()
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
    fn effective_gas_price(&self) -> PyResult<u64> {
        self.mined()?;
        Ok(self.sent.gas_price)
    }

    fn __repr__(&self) -> String {
        format!("<Transaction 0x{}>", hex::encode(self.sent.hash))
    }
}
