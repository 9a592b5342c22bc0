//! Blocks.

use crate::address;
use crate::thin;
use crate::transaction::Transaction;
use pyo3::prelude::*;
use std::sync::Arc;

/// A block of the chain.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Block {
    pub(crate) inner: Arc<thin::Block>,
}

#[pymethods]
impl Block {
    #[getter]
    fn number(&self) -> u64 {
        self.inner.number
    }

    #[getter]
    fn timestamp(&self) -> u64 {
        self.inner.timestamp
    }

    #[getter]
    fn gas_limit(&self) -> u64 {
        self.inner.gas_limit
    }

    #[getter]
    fn gas_used(&self) -> u64 {
        self.inner.gas_used
    }

    #[getter]
    fn base_fee(&self) -> u64 {
        self.inner.base_fee
    }

    #[getter]
    fn coinbase<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.inner.coinbase)
    }

    #[getter]
    fn prev_randao(&self) -> &[u8] {
        self.inner.prev_randao.as_slice()
    }

    #[getter]
    fn hash(&self) -> &[u8] {
        self.inner.hash.as_slice()
    }

    #[getter]
    fn parent_hash(&self) -> &[u8] {
        self.inner.parent_hash.as_slice()
    }

    #[getter]
    fn transactions(&self) -> Vec<Transaction> {
        let sent = self.inner.transactions.iter();
        sent.map(|sent| Transaction {
            sent: Arc::clone(sent),
        })
        .collect()
    }

    fn __repr__(&self) -> String {
        format!("<Block {}>", self.inner.number)
    }
}
