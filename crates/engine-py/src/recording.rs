//! Recordings: flat arrays as bytes, frames as objects when someone looks.

use crate::errors::usage_error;
use crate::{address, number};
use ingot_engine::executor::{Outcome, Status};
use ingot_engine::record;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::sync::Arc;

/// What one execution did.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Recording {
    outcome: Arc<Outcome>,
}

impl Recording {
    /// The recording of an outcome, if there is one.
    pub(crate) fn of(outcome: &Arc<Outcome>) -> Option<Self> {
        outcome.recording.as_ref()?;
        Some(Self {
            outcome: Arc::clone(outcome),
        })
    }

    fn recorded(&self) -> Option<&record::Recording> {
        self.outcome.recording.as_deref()
    }

    fn step_of<T>(&self, step: usize, found: impl Fn(&record::Steps) -> Option<T>) -> PyResult<T> {
        let steps = self.recorded().map(|recorded| &recorded.steps);
        steps.and_then(found).ok_or_else(|| {
            let count = steps.map_or(0, record::Steps::len);
            usage_error(format!("there is no step {step}, {count} were recorded"))
        })
    }
}

/// Numbers as little-endian bytes.
macro_rules! column {
    ($py:expr, $numbers:expr) => {{
        let mut bytes = Vec::with_capacity(size_of_val($numbers.as_slice()));
        for number in &$numbers {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        PyBytes::new($py, &bytes)
    }};
}

#[pymethods]
impl Recording {
    #[getter]
    fn frames(&self) -> Vec<Frame> {
        let count = self.recorded().map_or(0, |recorded| recorded.frames.len());
        (0..count)
            .map(|position| Frame {
                outcome: Arc::clone(&self.outcome),
                position,
            })
            .collect()
    }

    #[getter]
    fn coverage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let coverage = PyDict::new(py);
        for (hash, bitmap) in self
            .recorded()
            .iter()
            .flat_map(|recorded| &recorded.coverage)
        {
            coverage.set_item(PyBytes::new(py, hash.as_slice()), PyBytes::new(py, bitmap))?;
        }
        Ok(coverage)
    }

    #[getter]
    fn edges<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        for (hash, edges) in self.recorded().iter().flat_map(|recorded| &recorded.edges) {
            let mut bytes = Vec::with_capacity(edges.len() * 12);
            for edge in edges {
                for word in [edge.from, edge.to, edge.hits] {
                    bytes.extend_from_slice(&word.to_le_bytes());
                }
            }
            columns.set_item(PyBytes::new(py, hash.as_slice()), PyBytes::new(py, &bytes))?;
        }
        Ok(columns)
    }

    #[getter]
    fn logs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let logs = PyList::empty(py);
        for logged in self.recorded().iter().flat_map(|recorded| &recorded.logs) {
            let topics = logged.log.data.topics().iter();
            logs.append((
                logged.frame,
                logged.position,
                logged.index,
                address::to_python(py, logged.log.address)?,
                PyList::new(py, topics.map(|topic| PyBytes::new(py, topic.as_slice())))?,
                PyBytes::new(py, &logged.log.data.data),
            ))?;
        }
        Ok(logs)
    }

    #[getter]
    fn ends<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let ends = PyList::empty(py);
        for end in self.recorded().iter().flat_map(|recorded| &recorded.ends) {
            let slots: PyResult<Vec<_>> = end
                .slots
                .iter()
                .map(|(slot, word)| {
                    Ok((number::unsigned(py, *slot)?, number::unsigned(py, *word)?))
                })
                .collect();
            ends.append((
                address::to_python(py, end.address)?,
                number::unsigned(py, end.balance)?,
                end.nonce,
                PyBytes::new(py, &end.code),
                slots?,
            ))?;
        }
        Ok(ends)
    }

    #[getter]
    fn storage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let accesses = PyList::empty(py);
        for access in self
            .recorded()
            .iter()
            .flat_map(|recorded| &recorded.storage)
        {
            accesses.append((
                access.frame,
                access.is_write,
                address::to_python(py, access.account)?,
                number::unsigned(py, access.slot)?,
                number::unsigned(py, access.before)?,
                number::unsigned(py, access.after)?,
            ))?;
        }
        Ok(accesses)
    }

    #[getter]
    fn step_count(&self) -> usize {
        self.recorded().map_or(0, |recorded| recorded.steps.len())
    }

    #[getter]
    fn is_truncated(&self) -> bool {
        self.recorded()
            .is_some_and(|recorded| recorded.steps.is_truncated)
    }

    fn tails<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        if let Some(tails) = self.recorded().map(|recorded| &recorded.tails) {
            columns.set_item("frame", column!(py, tails.frame))?;
            columns.set_item("pc", column!(py, tails.pc))?;
            columns.set_item("op", PyBytes::new(py, &tails.op))?;
        }
        Ok(columns)
    }

    #[getter]
    fn tail_stacks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stacks = PyDict::new(py);
        for (frame, stack) in self.recorded().iter().flat_map(|one| &one.tails.stacks) {
            let words: PyResult<Vec<_>> = stack
                .iter()
                .map(|word| number::unsigned(py, *word))
                .collect();
            stacks.set_item(frame, words?)?;
        }
        Ok(stacks)
    }

    fn steps<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        let empty = record::Steps::default();
        let steps = self.recorded().map_or(&empty, |recorded| &recorded.steps);
        columns.set_item("frame", column!(py, steps.frame))?;
        columns.set_item("pc", column!(py, steps.pc))?;
        columns.set_item("op", PyBytes::new(py, &steps.op))?;
        columns.set_item("gas", column!(py, steps.gas))?;
        columns.set_item("refund", column!(py, steps.refund))?;
        columns.set_item("stack_len", column!(py, steps.stack_len))?;
        columns.set_item("memory_len", column!(py, steps.memory_len))?;
        Ok(columns)
    }

    fn stack<'py>(&self, py: Python<'py>, step: usize) -> PyResult<Bound<'py, PyList>> {
        let words = self.step_of(step, |steps| steps.stack(step))?;
        let words = words.into_iter().map(|word| number::unsigned(py, word));
        PyList::new(py, words.collect::<PyResult<Vec<_>>>()?)
    }

    fn memory<'py>(&self, py: Python<'py>, step: usize) -> PyResult<Bound<'py, PyBytes>> {
        let memory = self.step_of(step, |steps| steps.memory(step))?;
        Ok(PyBytes::new(py, &memory))
    }
}

/// A call, create or self-destruction.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Frame {
    outcome: Arc<Outcome>,
    position: usize,
}

impl Frame {
    fn frame(&self) -> PyResult<&record::Frame> {
        self.outcome
            .recording
            .as_deref()
            .and_then(|recorded| recorded.frames.get(self.position))
            .ok_or_else(|| usage_error("the frame was not recorded"))
    }
}

#[pymethods]
impl Frame {
    #[getter]
    fn kind(&self) -> PyResult<&'static str> {
        Ok(self.frame()?.kind.name())
    }

    #[getter]
    fn parent(&self) -> PyResult<Option<u32>> {
        Ok(self.frame()?.parent)
    }

    #[getter]
    fn depth(&self) -> PyResult<u32> {
        Ok(self.frame()?.depth)
    }

    #[getter]
    fn sender<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.frame()?.sender)
    }

    #[getter]
    fn to<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.frame()?.to)
    }

    #[getter]
    fn code_address<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        address::to_python(py, self.frame()?.code_address)
    }

    #[getter]
    fn code_hash(&self) -> PyResult<&[u8]> {
        Ok(self.frame()?.code_hash.as_slice())
    }

    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::unsigned(py, self.frame()?.value)
    }

    #[getter]
    fn gas(&self) -> PyResult<u64> {
        Ok(self.frame()?.gas)
    }

    #[getter]
    fn halted_at(&self) -> PyResult<Option<(u8, u16)>> {
        let stop = self.frame()?.stop;
        Ok(stop.map(|stop| (stop.opcode, stop.stack_len)))
    }

    #[getter]
    fn gas_used(&self) -> PyResult<u64> {
        Ok(self.frame()?.gas_used)
    }

    #[getter]
    fn input(&self) -> PyResult<&[u8]> {
        Ok(&self.frame()?.input)
    }

    #[getter]
    fn output(&self) -> PyResult<&[u8]> {
        Ok(&self.frame()?.output)
    }

    #[getter]
    fn status(&self) -> PyResult<&str> {
        Ok(match &self.frame()?.status {
            Status::Success => "success",
            Status::Revert => "revert",
            Status::Halt(reason) => reason,
        })
    }

    fn __repr__(&self) -> PyResult<String> {
        let frame = self.frame()?;
        Ok(format!(
            "<Frame {} to {}, depth {}>",
            frame.kind.name(),
            frame.to,
            frame.depth
        ))
    }
}
