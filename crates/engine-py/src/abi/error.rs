//! Custom errors.

use super::{after_selector, decode_struct};
use crate::errors::{codec_error, item_error};
use crate::results::{Classes, listed};
use crate::value::{Data, arguments};
use ingot_engine::abi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A custom error of an ABI.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Error {
    item: abi::Error,
    described: String,
    tuples: Classes,
}

#[pymethods]
impl Error {
    #[new]
    fn new(json: &str) -> PyResult<Self> {
        let error = abi::Error::parse(json).map_err(|error| item_error(&error))?;
        Ok(Self {
            described: error.described(),
            tuples: Classes::new(error.tuples),
            item: error,
        })
    }

    #[getter]
    fn name(&self) -> &str {
        &self.item.name
    }

    #[getter]
    fn signature(&self) -> &str {
        &self.item.signature
    }

    #[getter]
    fn description(&self) -> &str {
        &self.described
    }

    #[getter]
    fn selector(&self) -> &[u8] {
        &self.item.selector
    }

    #[getter]
    fn inputs(&self) -> Vec<(&str, String)> {
        listed(&self.item.inputs)
    }

    fn decode<'py>(&self, py: Python<'py>, data: Data) -> PyResult<Bound<'py, PyAny>> {
        let arguments = after_selector(&self.described, &self.item.selector, &data.0)?;
        decode_struct(
            py,
            &self.described,
            &self.item.inputs,
            &self.tuples,
            arguments,
        )
    }

    #[pyo3(signature = (args, kwargs=None))]
    fn encode<'py>(
        &self,
        args: &Bound<'py, PyAny>,
        kwargs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let values = arguments(&self.item.inputs, args, kwargs)?;
        let mut data = self.item.selector.to_vec();
        abi::encode(&self.item.inputs, &values, &mut data)
            .map_err(|fault| codec_error(&self.described, fault))?;
        Ok(PyBytes::new(args.py(), &data))
    }

    fn __repr__(&self) -> String {
        format!("<Error {}>", self.described)
    }
}
