//! Blocks.

use crate::address;
use crate::engine::SharedChain;
use crate::errors::chain_error;
use crate::number;
use crate::transaction::Transaction;
use ingot_engine::block::{self, Sealed};
use ingot_engine::chain::{Chain, ChainError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use revm::primitives::B256;
use std::sync::{Arc, OnceLock};

/// Index, validator, account and gwei.
type Withdrawal<'py> = (u64, u64, Bound<'py, PyAny>, u64);

/// A block of the chain.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Block {
    pub(crate) mined: Arc<block::Block>,
    chain: SharedChain,
    /// The header, once somebody asked for what only it has.
    sealed: OnceLock<Arc<Sealed>>,
}

impl Block {
    /// A block of `chain`.
    pub(crate) fn new(block: Arc<block::Block>, chain: &SharedChain) -> Self {
        Self {
            mined: block,
            chain: Arc::clone(chain),
            sealed: OnceLock::new(),
        }
    }

    /// The header: roots are computed now, unless they were before.
    fn sealed(&self, py: Python<'_>) -> PyResult<&Sealed> {
        if let Some(sealed) = self.sealed.get() {
            return Ok(sealed);
        }
        let sealed = self.asked(py, |chain| chain.header(&self.mined))?;
        Ok(self.sealed.get_or_init(|| sealed))
    }

    /// What the chain says, with the GIL released.
    fn asked<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Chain) -> Result<R, ChainError> + Send,
    ) -> PyResult<R> {
        self.chain
            .detached(py, work)?
            .map_err(|error| chain_error(py, &error))
    }
}

fn root(root: Option<&B256>) -> Option<&[u8]> {
    Some(root?.as_slice())
}

#[pymethods]
impl Block {
    #[getter]
    fn number(&self) -> u64 {
        self.mined.head.number
    }

    #[getter]
    fn timestamp(&self) -> u64 {
        self.mined.head.timestamp
    }

    #[getter]
    fn gas_limit(&self) -> u64 {
        self.mined.head.gas_limit
    }

    #[getter]
    fn gas_used(&self) -> u64 {
        self.mined.gas_used
    }

    #[getter]
    fn base_fee(&self) -> u64 {
        self.mined.head.base_fee
    }

    #[getter]
    fn coinbase<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.mined.head.coinbase)
    }

    #[getter]
    fn prev_randao(&self) -> &[u8] {
        self.mined.head.prev_randao.as_slice()
    }

    #[getter]
    fn difficulty<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::unsigned(py, self.mined.head.difficulty)
    }

    #[getter]
    fn extra_data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.mined.extra_data())
    }

    #[getter]
    fn excess_blob_gas(&self) -> u64 {
        self.mined.head.excess_blob_gas
    }

    #[getter]
    fn blob_gas_used(&self) -> u64 {
        self.mined.blob_gas_used
    }

    #[getter]
    fn hash<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let hash = self.asked(py, |chain| chain.hash_of(&self.mined))?;
        Ok(PyBytes::new(py, hash.as_slice()))
    }

    #[getter]
    fn parent_hash<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let hash = self.asked(py, |chain| chain.parent_hash(&self.mined))?;
        Ok(PyBytes::new(py, hash.as_slice()))
    }

    #[getter]
    fn state_root<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let sealed = self.asked(py, |chain| chain.rooted_header(&self.mined))?;
        Ok(PyBytes::new(py, sealed.header.state_root.as_slice()))
    }

    #[getter]
    fn transactions_root(&self, py: Python<'_>) -> PyResult<&[u8]> {
        Ok(self.sealed(py)?.header.transactions_root.as_slice())
    }

    #[getter]
    fn receipts_root(&self, py: Python<'_>) -> PyResult<&[u8]> {
        Ok(self.sealed(py)?.header.receipts_root.as_slice())
    }

    #[getter]
    fn withdrawals_root(&self, py: Python<'_>) -> PyResult<Option<&[u8]>> {
        Ok(root(self.sealed(py)?.header.withdrawals_root.as_ref()))
    }

    #[getter]
    fn requests_hash(&self, py: Python<'_>) -> PyResult<Option<&[u8]>> {
        Ok(root(self.sealed(py)?.header.requests_hash.as_ref()))
    }

    #[getter]
    fn logs_bloom(&self, py: Python<'_>) -> PyResult<&[u8]> {
        Ok(self.sealed(py)?.header.logs_bloom.as_slice())
    }

    #[getter]
    fn transactions(&self, py: Python<'_>) -> PyResult<Vec<Transaction>> {
        if self.mined.is_foreign {
            let unknown = ChainError::Foreign(self.mined.head.number);
            return Err(chain_error(py, &unknown));
        }
        let accepted = self.mined.transactions.iter().cloned();
        Ok(accepted.map(Transaction::new).collect())
    }

    #[getter]
    fn header_rlp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let sealed = self.asked(py, |chain| chain.rooted_header(&self.mined))?;
        Ok(PyBytes::new(py, &sealed.rlp()))
    }

    #[getter]
    fn hardfork(&self) -> &'static str {
        self.mined.head.hardfork.name()
    }

    #[getter]
    fn blob_base_fee(&self) -> u128 {
        self.mined.head.blob_base_fee
    }

    #[getter]
    fn nonce(&self) -> Vec<u8> {
        self.mined.nonce().to_vec()
    }

    #[getter]
    fn parent_beacon_root(&self) -> &[u8] {
        self.mined.head.parent_beacon_root.as_slice()
    }

    #[getter]
    fn withdrawals<'py>(&self, py: Python<'py>) -> PyResult<Vec<Withdrawal<'py>>> {
        let withdrawals = self.mined.withdrawals().iter();
        withdrawals
            .map(|paid| {
                let to = address::to_python(py, paid.address)?;
                Ok((paid.index, paid.validator_index, to, paid.amount))
            })
            .collect()
    }

    #[getter]
    fn requests<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let requests = self.mined.requests().iter();
        requests.map(|request| PyBytes::new(py, request)).collect()
    }

    #[getter]
    fn ommers<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let ommers = self.mined.ommers().iter();
        ommers
            .map(|ommer| PyBytes::new(py, &Sealed::new(ommer.clone()).rlp()))
            .collect()
    }

    #[getter]
    fn receipts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        // Roots after each transaction, which receipts had once, are known when the block is sealed.
        self.asked(py, |chain| chain.hash_of(&self.mined))?;
        let receipts = self.mined.receipts();
        let encoded = receipts
            .iter()
            .map(|receipt| PyBytes::new(py, &receipt.encoded()));
        Ok(encoded.collect())
    }

    #[getter]
    fn rlp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let sealed = self.asked(py, |chain| chain.rooted_header(&self.mined))?;
        Ok(PyBytes::new(py, &self.mined.rlp(&sealed.header)))
    }

    fn __repr__(&self) -> String {
        let number = self.mined.head.number;
        if self.mined.is_foreign {
            return format!("<Block {number}, of the chain below>");
        }
        let count = self.mined.transactions.len();
        format!("<Block {number}, {count} transactions>")
    }
}
