//! Several calls of one thread, with none of another's in between.

use super::{Engine, SharedChain};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

/// Inside, only this thread works on the chain.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Hold {
    chain: SharedChain,
}

#[pymethods]
impl Hold {
    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        self.chain.hold(py)
    }

    #[pyo3(signature = (*_failure))]
    fn __exit__(&self, py: Python<'_>, _failure: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.chain.release(py)
    }
}

#[pymethods]
impl Engine {
    fn hold(&self) -> Hold {
        Hold {
            chain: Arc::clone(&self.chain),
        }
    }
}
