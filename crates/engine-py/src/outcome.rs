//! How executions end: outcomes and their logs.

use crate::address;
use crate::recording::Recording;
use ingot_engine::executor::{self, Status};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::sync::Arc;

/// One log entry.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Log {
    outcome: Arc<executor::Outcome>,
    position: usize,
    logs_before: u64,
}

impl Log {
    /// The log at `position` of an outcome; `logs_before` of its block come before the outcome's.
    pub(crate) fn new(outcome: &Arc<executor::Outcome>, position: usize, logs_before: u64) -> Self {
        Self {
            outcome: Arc::clone(outcome),
            position,
            logs_before,
        }
    }

    fn log(&self) -> &revm::primitives::Log {
        &self.outcome.logs[self.position]
    }
}

#[pymethods]
impl Log {
    #[getter]
    fn address<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.log().address)
    }

    #[getter]
    fn topics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let topics = self.log().data.topics().iter();
        PyList::new(py, topics.map(|topic| PyBytes::new(py, topic.as_slice())))
    }

    #[getter]
    fn data(&self) -> &[u8] {
        &self.log().data.data
    }

    #[getter]
    fn log_index(&self) -> u64 {
        self.logs_before + self.position as u64
    }

    #[getter]
    fn frame(&self) -> Option<u32> {
        let recording = self.outcome.recording.as_deref()?;
        recording
            .logs
            .iter()
            .find(|log| {
                log.index
                    .is_some_and(|index| index as usize == self.position)
            })
            .map(|log| log.frame)
    }

    fn __repr__(&self) -> String {
        let log = self.log();
        format!(
            "<Log {} of {}, {} topics, {} bytes>",
            self.log_index(),
            log.address,
            log.data.topics().len(),
            log.data.data.len()
        )
    }
}

/// The end of a call or of a mined transaction.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Outcome {
    inner: Arc<executor::Outcome>,
    logs_before: u64,
}

impl Outcome {
    /// `logs_before`: how many logs of its block come before its own; 0 for a call.
    pub(crate) fn new(inner: Arc<executor::Outcome>, logs_before: u64) -> Self {
        Self { inner, logs_before }
    }
}

#[pymethods]
impl Outcome {
    #[getter]
    fn status(&self) -> &'static str {
        match self.inner.status {
            Status::Success => "success",
            Status::Revert => "revert",
            Status::Halt(_) => "halt",
        }
    }

    #[getter]
    fn succeeded(&self) -> bool {
        self.inner.succeeded()
    }

    #[getter]
    fn gas_refunded(&self) -> u64 {
        self.inner.gas_refunded
    }

    #[getter]
    fn gas_spent(&self) -> u64 {
        self.inner.gas_spent
    }

    #[getter]
    fn gas_used(&self) -> u64 {
        self.inner.gas_used
    }

    #[getter]
    fn output(&self) -> &[u8] {
        &self.inner.output
    }

    #[getter]
    fn halt_reason(&self) -> Option<&str> {
        match &self.inner.status {
            Status::Halt(reason) => Some(reason),
            Status::Success | Status::Revert => None,
        }
    }

    #[getter]
    fn logs(&self) -> Vec<Log> {
        (0..self.inner.logs.len())
            .map(|position| Log::new(&self.inner, position, self.logs_before))
            .collect()
    }

    #[getter]
    fn contract_address<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner
            .created
            .map(|created| address::to_python(py, created))
            .transpose()
    }

    #[getter]
    fn recording(&self) -> Option<Recording> {
        Recording::of(&self.inner)
    }

    fn __repr__(&self) -> String {
        let how = match &self.inner.status {
            Status::Success => "success",
            Status::Revert => "revert",
            Status::Halt(reason) => reason,
        };
        format!("<Outcome {how}, {} gas>", self.inner.gas_used)
    }
}
