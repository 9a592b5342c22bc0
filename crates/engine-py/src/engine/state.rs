//! Accounts: reading, and surgery.

use super::{Any, Engine};
use crate::address::AddressArg;
use crate::errors::usage_error;
use crate::number::{self, optional_small, small_argument, word_argument};
use crate::value::Data;
use ingot_engine::chain::Chain;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use revm::state::Bytecode;

#[pymethods]
impl Engine {
    #[pyo3(signature = (address, block=None))]
    fn balance<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        block: Option<&Any<'py>>,
    ) -> PyResult<Any<'py>> {
        let block = optional_small("block", block)?;
        let balance = self.quick(py, |chain| chain.balance(address.0, block))?;
        number::unsigned(py, balance)
    }

    #[pyo3(signature = (address, block=None))]
    fn nonce(&self, py: Python<'_>, address: AddressArg, block: Option<&Any<'_>>) -> PyResult<u64> {
        let block = optional_small("block", block)?;
        self.quick(py, |chain| chain.nonce(address.0, block))
    }

    #[pyo3(signature = (address, block=None))]
    fn code<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        block: Option<&Any<'py>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let block = optional_small("block", block)?;
        let code = self.quick(py, |chain| chain.code(address.0, block))?;
        Ok(PyBytes::new(py, code.original_byte_slice()))
    }

    fn code_hash<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let code = self.quick(py, |chain| chain.code(address.0, None))?;
        Ok(PyBytes::new(py, code.hash_slow().as_slice()))
    }

    #[pyo3(signature = (address, slot, block=None))]
    fn storage<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        slot: &Any<'py>,
        block: Option<&Any<'py>>,
    ) -> PyResult<Any<'py>> {
        let slot = word_argument("slot", slot)?;
        let block = optional_small("block", block)?;
        let word = self.quick(py, |chain| chain.storage(address.0, slot, block))?;
        number::unsigned(py, word)
    }

    fn begin_here(&self, py: Python<'_>) -> PyResult<()> {
        self.quick(py, Chain::begin_here)
    }

    fn set_balance(&self, py: Python<'_>, address: AddressArg, balance: &Any<'_>) -> PyResult<()> {
        let balance = word_argument("balance", balance)?;
        self.quick(py, |chain| chain.set_balance(address.0, balance))
    }

    fn set_nonce(&self, py: Python<'_>, address: AddressArg, nonce: &Any<'_>) -> PyResult<()> {
        let nonce = small_argument("nonce", nonce)?;
        self.quick(py, |chain| chain.set_nonce(address.0, nonce))
    }

    fn set_code(&self, py: Python<'_>, address: AddressArg, code: Data) -> PyResult<()> {
        let code = Bytecode::new_raw_checked(code.0.into())
            .map_err(|error| usage_error(format!("code: {error}")))?;
        self.quick(py, |chain| chain.set_code(address.0, code))
    }

    fn set_storage(
        &self,
        py: Python<'_>,
        address: AddressArg,
        slot: &Any<'_>,
        value: &Any<'_>,
    ) -> PyResult<()> {
        let (slot, value) = (word_argument("slot", slot)?, word_argument("value", value)?);
        self.quick(py, |chain| chain.set_storage(address.0, slot, value))
    }

    fn state_root<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let root = self.long(py, Chain::state_root)?;
        Ok(PyBytes::new(py, root.as_slice()))
    }

    fn dump<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let dump = self.long(py, Chain::dump)?;
        Ok(PyBytes::new(py, &dump))
    }

    fn load(&self, py: Python<'_>, dump: Data) -> PyResult<()> {
        self.long(py, |chain| chain.load(&dump.0))
    }
}
