//! Decoded values as Python objects; tuples as `ingot.abi.Struct`, one class per shape.

use crate::{address, number};
use ingot_engine::abi::{Shape, Sink};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyList, PyString, PyTuple};
use revm::primitives::{Address, U256};

/// The Struct classes of the tuples under one root, made when first needed; index: `Shape::id`.
pub(crate) struct Classes(Vec<PyOnceLock<Py<PyAny>>>);

impl Classes {
    /// Room for `count` classes.
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).map(|_| PyOnceLock::new()).collect())
    }

    /// A Struct of `shape` with `members`; a plain tuple where the ABI gave no names.
    pub(crate) fn make<'py>(
        &self,
        py: Python<'py>,
        shape: &Shape,
        members: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let tuple = PyTuple::new(py, members)?;
        if !shape.named {
            return Ok(tuple.into_any());
        }
        match self.0.get(shape.id) {
            Some(slot) => slot
                .get_or_try_init(py, || struct_class(py, shape))?
                .bind(py)
                .call1((tuple,)),
            None => Ok(tuple.into_any()),
        }
    }
}

fn struct_class(py: Python<'_>, shape: &Shape) -> PyResult<Py<PyAny>> {
    static MAKER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let maker = MAKER.import(py, "ingot.abi.structs", "struct_class")?;
    let keys = PyTuple::new(py, shape.fields.iter().map(|field| field.key.as_str()))?;
    Ok(maker.call1((shape.name.as_str(), keys))?.unbind())
}

/// Builds Python objects from decoded data.
pub(crate) struct Builder<'py, 'c> {
    pub(crate) py: Python<'py>,
    pub(crate) classes: &'c Classes,
}

impl<'py> Sink for Builder<'py, '_> {
    type Value = Bound<'py, PyAny>;
    type Foreign = PyErr;

    fn boolean(&mut self, value: bool) -> PyResult<Self::Value> {
        Ok(PyBool::new(self.py, value).to_owned().into_any())
    }

    fn unsigned(&mut self, value: U256) -> PyResult<Self::Value> {
        number::unsigned(self.py, value)
    }

    fn signed(&mut self, value: U256) -> PyResult<Self::Value> {
        number::signed(self.py, value)
    }

    fn address(&mut self, value: Address) -> PyResult<Self::Value> {
        address::to_python(self.py, value)
    }

    fn bytes(&mut self, value: &[u8]) -> PyResult<Self::Value> {
        Ok(PyBytes::new(self.py, value).into_any())
    }

    fn text(&mut self, value: &str) -> PyResult<Self::Value> {
        Ok(PyString::new(self.py, value).into_any())
    }

    fn array(&mut self, items: Vec<Self::Value>) -> PyResult<Self::Value> {
        Ok(PyList::new(self.py, items)?.into_any())
    }

    fn tuple(&mut self, shape: &Shape, members: Vec<Self::Value>) -> PyResult<Self::Value> {
        self.classes.make(self.py, shape, members)
    }
}

/// `[("to", "address"), ...]`.
pub(crate) fn listed(shape: &Shape) -> Vec<(&str, String)> {
    shape
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.ty.canonical()))
        .collect()
}
