//! Events.

use super::word_of;
use crate::errors::{abi_error, codec_error, item_error, value_error};
use crate::results::{Builder, Classes, listed};
use crate::value::{Data, Value, sequence, shown};
use ingot_engine::abi::{self, decode_topic};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// An event of an ABI.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Event {
    item: abi::Event,
    described: String,
    tuples: Classes,
    root: Classes,
}

impl Event {
    fn own_topics(&self, topics: &[Value<'_>]) -> PyResult<Vec<[u8; 32]>> {
        let words = topics
            .iter()
            .map(|topic| word_of(topic, "a topic"))
            .collect::<PyResult<Vec<[u8; 32]>>>()?;
        let Some(own) = self.item.topic else {
            return Ok(words);
        };
        match words.split_first() {
            Some((first, rest)) if *first == own.0 => Ok(rest.to_vec()),
            _ => Err(abi_error(format!(
                "the log is not a {}: its first topic is another event's",
                self.item.signature
            ))),
        }
    }
}

#[pymethods]
impl Event {
    #[new]
    fn new(json: &str) -> PyResult<Self> {
        let event = abi::Event::parse(json).map_err(|error| item_error(&error))?;
        Ok(Self {
            described: event.described(),
            tuples: Classes::new(event.tuples),
            root: Classes::new(1),
            item: event,
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
    fn topic(&self) -> &[u8] {
        self.item
            .topic
            .as_ref()
            .map_or(&[], |topic| topic.as_slice())
    }

    #[getter]
    fn anonymous(&self) -> bool {
        self.item.topic.is_none()
    }

    #[getter]
    fn inputs(&self) -> Vec<(&str, String, bool)> {
        listed(&self.item.inputs)
            .into_iter()
            .zip(&self.item.indexed)
            .map(|((name, ty), indexed)| (name, ty, *indexed))
            .collect()
    }

    fn decode<'py>(
        &self,
        py: Python<'py>,
        topics: &Bound<'py, PyAny>,
        data: Data,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(topics) = sequence(topics).map_err(value_error)? else {
            return Err(abi_error(format!(
                "topics must be a list of 32 bytes each, not {}",
                shown(topics)
            )));
        };
        let topics = self.own_topics(&topics)?;
        self.decode_words(py, &topics, &data.0)
    }

    fn encode_topic<'py>(
        &self,
        index: usize,
        value: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = value.py();
        let Some(field) = self.item.inputs.fields.get(index) else {
            return Err(abi_error(format!(
                "{} has no parameter {index}",
                self.described
            )));
        };
        if !self.item.indexed[index] {
            return Err(abi_error(format!(
                "{}: {} is not indexed",
                self.described, field.key
            )));
        }
        let topic = abi::encode_topic(&field.ty, &Value(value))
            .map_err(|fault| codec_error(&self.described, fault.in_field(&field.key)))?;
        Ok(PyBytes::new(py, topic.as_slice()))
    }

    fn __repr__(&self) -> String {
        format!("<Event {}>", self.described)
    }
}

impl Event {
    /// topics: those of indexed parameters only.
    fn decode_words<'py>(
        &self,
        py: Python<'py>,
        topics: &[[u8; 32]],
        data: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        let expected = self.item.indexed.iter().filter(|indexed| **indexed).count();
        if topics.len() != expected {
            return Err(abi_error(format!(
                "the log is not a {}: it has {} indexed parameters, {expected} were expected",
                self.described,
                topics.len()
            )));
        }
        let place = |fault| codec_error(&self.described, fault);
        let mut builder = Builder {
            py,
            classes: &self.tuples,
        };
        let mut from_data = abi::decode(&self.item.data, data, &mut builder)
            .map_err(place)?
            .into_iter();
        let mut from_topics = topics.iter();
        let mut values = Vec::with_capacity(self.item.indexed.len());
        for (field, indexed) in self.item.inputs.fields.iter().zip(&self.item.indexed) {
            let value = match (indexed, from_topics.as_slice()) {
                (true, [topic, ..]) => {
                    from_topics.next();
                    if field.ty.is_word() {
                        decode_topic(&field.ty, topic, &mut builder)
                            .map_err(|fault| place(fault.in_field(&field.key)))?
                    } else {
                        PyBytes::new(py, topic).into_any()
                    }
                }
                _ => match from_data.next() {
                    Some(value) => value,
                    None => continue,
                },
            };
            values.push(value);
        }
        self.root.make(py, &self.item.inputs, values)
    }
}
