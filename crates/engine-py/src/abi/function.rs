//! Functions and constructors.

use super::{after_selector, decode_struct};
use crate::errors::{codec_error, is_abi_error, item_error};
use crate::results::{Builder, Classes, listed};
use crate::value::{Data, arguments};
use ingot_engine::abi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::atomic::{AtomicU64, Ordering};

/// A function (or the constructor) of an ABI.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Function {
    pub(crate) item: abi::Function,
    pub(crate) gas: Gas,
    described: String,
    inputs: Classes,
    outputs: Classes,
}

/// What the function used lately, which tells whether the GIL is worth releasing.
#[derive(Default)]
pub(crate) struct Gas(AtomicU64);

impl Gas {
    /// About two milliseconds.
    const HEAVY: u64 = 1_000_000;

    pub(crate) fn note(&self, gas_used: u64) {
        self.0.store(gas_used, Ordering::Relaxed);
    }

    pub(crate) fn is_heavy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > Self::HEAVY
    }
}

impl Function {
    /// Calldata for the arguments.
    pub(crate) fn calldata<'py>(
        &self,
        args: &Bound<'py, PyAny>,
        kwargs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Vec<u8>> {
        let shape = &self.item.inputs;
        let values = arguments(shape, args, kwargs)?;
        let mut data = Vec::with_capacity(4 + shape.head_words() * 32);
        data.extend_from_slice(self.selector_bytes());
        abi::encode(shape, &values, &mut data)
            .map_err(|fault| codec_error(&self.described, fault))?;
        Ok(data)
    }

    /// What a call returned, as Python has it.
    pub(crate) fn decoded_output<'py>(
        &self,
        py: Python<'py>,
        data: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        let shape = &self.item.outputs;
        let mut builder = Builder {
            py,
            classes: &self.outputs,
        };
        let mut values = abi::decode(shape, data, &mut builder)
            .map_err(|fault| codec_error(&format!("the result of {}", self.described), fault))?;
        match values.len() {
            0 => Ok(py.None().into_bound(py)),
            1 => Ok(values.remove(0)),
            _ => self.outputs.make(py, shape, values),
        }
    }

    fn selector_bytes(&self) -> &[u8] {
        self.item
            .selector
            .as_ref()
            .map_or(&[], |selector| selector.as_slice())
    }
}

#[pymethods]
impl Function {
    #[new]
    fn new(json: &str) -> PyResult<Self> {
        let function = abi::Function::parse(json).map_err(|error| item_error(&error))?;
        Ok(Self {
            gas: Gas::default(),
            described: function.described(),
            inputs: Classes::new(function.tuples.0),
            outputs: Classes::new(function.tuples.1),
            item: function,
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
        self.selector_bytes()
    }

    #[getter]
    fn inputs(&self) -> Vec<(&str, String)> {
        listed(&self.item.inputs)
    }

    #[getter]
    fn outputs(&self) -> Vec<(&str, String)> {
        listed(&self.item.outputs)
    }

    #[getter]
    fn is_view(&self) -> bool {
        self.item.is_view
    }

    #[getter]
    fn is_payable(&self) -> bool {
        self.item.is_payable
    }

    #[pyo3(signature = (args, kwargs=None))]
    fn encode<'py>(
        &self,
        args: &Bound<'py, PyAny>,
        kwargs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(args.py(), &self.calldata(args, kwargs)?))
    }

    #[pyo3(signature = (args, kwargs=None))]
    fn accepts<'py>(
        &self,
        args: &Bound<'py, PyAny>,
        kwargs: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<bool> {
        match self.calldata(args, kwargs) {
            Ok(_) => Ok(true),
            Err(error) if is_abi_error(args.py(), &error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn decode_input<'py>(&self, py: Python<'py>, data: Data) -> PyResult<Bound<'py, PyAny>> {
        let arguments = after_selector(&self.described, self.selector_bytes(), &data.0)?;
        decode_struct(
            py,
            &self.described,
            &self.item.inputs,
            &self.inputs,
            arguments,
        )
    }

    fn decode_output<'py>(&self, py: Python<'py>, data: Data) -> PyResult<Bound<'py, PyAny>> {
        self.decoded_output(py, &data.0)
    }

    fn __repr__(&self) -> String {
        format!("<Function {}>", self.described)
    }
}
