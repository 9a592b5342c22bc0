//! What the next blocks are made of.

use super::request::word32;
use super::{Any, Engine};
use crate::address::{self, AddressArg};
use crate::errors::usage_error;
use crate::number::{flags, optional_small, optional_wide, small_argument};
use ingot_engine::executor::CodeSize;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes};

#[pymethods]
impl Engine {
    #[getter]
    fn chain_id(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.chain_id()))
    }

    #[getter]
    fn hardfork(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.quick(py, |chain| Ok(chain.hardfork().name()))
    }

    #[getter]
    fn automine(&self, py: Python<'_>) -> PyResult<bool> {
        self.quick(py, |chain| Ok(chain.automine()))
    }

    #[setter]
    fn set_automine(&self, py: Python<'_>, on: bool) -> PyResult<()> {
        self.chain.with(py, |chain| chain.set_automine(on))
    }

    #[getter]
    fn pending_timestamp(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.pending_timestamp()))
    }

    #[setter]
    fn set_pending_timestamp(&self, py: Python<'_>, timestamp: &Any<'_>) -> PyResult<()> {
        let timestamp = optional_small("pending_timestamp", Some(timestamp))?;
        self.quick(py, |chain| chain.set_pending_timestamp(timestamp))
    }

    #[getter]
    fn base_fee(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.base_fee()))
    }

    #[setter]
    fn set_base_fee(&self, py: Python<'_>, fee: &Any<'_>) -> PyResult<()> {
        let fee = optional_small("base_fee", Some(fee))?;
        self.chain.with(py, |chain| chain.set_base_fee(fee))
    }

    #[getter]
    fn gas_limit(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.gas_limit()))
    }

    #[setter]
    fn set_gas_limit(&self, py: Python<'_>, limit: &Any<'_>) -> PyResult<()> {
        let limit = small_argument("gas_limit", limit)?;
        self.chain.with(py, |chain| chain.set_gas_limit(limit))
    }

    #[getter]
    fn code_size_limit<'py>(&self, py: Python<'py>) -> PyResult<Any<'py>> {
        let size = self.quick(py, |chain| Ok(chain.config().code_size))?;
        Ok(match size {
            CodeSize::Protocol => PyBool::new(py, true).to_owned().into_any(),
            CodeSize::Unlimited => PyBool::new(py, false).to_owned().into_any(),
            CodeSize::AtMost(bytes) => bytes.into_pyobject(py)?.into_any(),
        })
    }

    #[setter]
    fn set_code_size_limit(&self, py: Python<'_>, limit: &Any<'_>) -> PyResult<()> {
        let size = code_size(limit)?;
        self.chain.with(py, |chain| chain.set_code_size(size))
    }

    #[getter]
    fn max_transactions(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.quick(py, |chain| Ok(chain.max_transactions()))
    }

    #[setter]
    fn set_max_transactions(&self, py: Python<'_>, most: &Any<'_>) -> PyResult<()> {
        let most = optional_small("max_transactions", Some(most))?;
        if most == Some(0) {
            return Err(usage_error(
                "max_transactions: at least 1; None for as many as fit",
            ));
        }
        self.chain
            .with(py, |chain| chain.set_max_transactions(most))
    }

    #[getter]
    fn pool_checks_funds(&self, py: Python<'_>) -> PyResult<bool> {
        self.quick(py, |chain| Ok(chain.pool_checks_funds()))
    }

    #[setter]
    fn set_pool_checks_funds(&self, py: Python<'_>, on: bool) -> PyResult<()> {
        self.chain.with(py, |chain| chain.set_pool_checks_funds(on))
    }

    #[getter]
    fn coinbase<'py>(&self, py: Python<'py>) -> PyResult<Any<'py>> {
        let coinbase = self.quick(py, |chain| Ok(chain.coinbase()))?;
        address::to_python(py, coinbase)
    }

    #[setter]
    fn set_coinbase(&self, py: Python<'_>, coinbase: AddressArg) -> PyResult<()> {
        self.chain.with(py, |chain| chain.set_coinbase(coinbase.0))
    }

    #[getter]
    fn prev_randao<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let word = self.quick(py, |chain| Ok(chain.prev_randao()))?;
        Ok(PyBytes::new(py, word.as_slice()))
    }

    #[setter]
    fn set_prev_randao(&self, py: Python<'_>, word: &Any<'_>) -> PyResult<()> {
        let some = (!word.is_none()).then(|| word32("prev_randao", word));
        let word = some.transpose()?;
        self.chain.with(py, |chain| chain.set_prev_randao(word))
    }

    #[getter]
    fn blob_base_fee(&self, py: Python<'_>) -> PyResult<u128> {
        self.quick(py, |chain| Ok(chain.blob_base_fee()))
    }

    #[setter]
    fn set_blob_base_fee(&self, py: Python<'_>, fee: &Any<'_>) -> PyResult<()> {
        let fee = optional_wide("blob_base_fee", Some(fee))?;
        self.chain.with(py, |chain| chain.set_blob_base_fee(fee))
    }

    fn set_parent_beacon_root(&self, py: Python<'_>, root: &Any<'_>) -> PyResult<()> {
        let some = (!root.is_none()).then(|| word32("root", root));
        let root = some.transpose()?;
        self.chain
            .with(py, |chain| chain.set_parent_beacon_root(root))
    }

    #[getter]
    fn recording(&self, py: Python<'_>) -> PyResult<u8> {
        self.quick(py, |chain| Ok(chain.record().bits()))
    }

    #[setter]
    fn set_recording(&self, py: Python<'_>, recording: &Any<'_>) -> PyResult<()> {
        let record = flags(Some(recording))?.unwrap_or_default();
        self.chain.with(py, |chain| chain.set_record(record))
    }
}

/// The argument `code_size_limit`: whether there is the protocol's, or how many bytes.
pub(super) fn code_size(limit: &Any<'_>) -> PyResult<CodeSize> {
    if let Ok(flag) = limit.cast::<PyBool>() {
        return Ok(CodeSize::from_number(u64::from(flag.is_true())));
    }
    match small_argument("code_size_limit", limit)? {
        bytes @ (0 | 1) => Err(usage_error(format!(
            "code_size_limit: at least 2 bytes, not {bytes}; False for any size"
        ))),
        bytes => Ok(CodeSize::AtMost(bytes)),
    }
}
