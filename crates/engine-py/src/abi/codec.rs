//! Encoding and decoding of values whose types are given as text.

use crate::errors::{PyFault, abi_error, type_error, value_error};
use crate::results::{Builder, Classes};
use crate::value::{Data, Value, counted, sequence, shown};
use ingot_engine::abi::{self, Cause, Shape, Type};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// The shape of the types and as many values.
fn unnamed<'py>(
    types: &[String],
    values: &Bound<'py, PyAny>,
) -> PyResult<(Shape, Vec<Value<'py>>)> {
    let shape = shape_of(types)?;
    let Some(values) = sequence(values).map_err(value_error)? else {
        return Err(abi_error(format!(
            "values must be a list or tuple, not {}",
            shown(values)
        )));
    };
    if values.len() != types.len() {
        return Err(abi_error(format!(
            "{} for {}: give one for each",
            counted(values.len(), "value"),
            counted(types.len(), "type")
        )));
    }
    Ok((shape, values))
}

/// The argument `types`.
fn type_names(types: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let wrong = |given| {
        abi_error(format!(
            "types must be a list of type names, not {}",
            shown(given)
        ))
    };
    let names = sequence(types)
        .map_err(value_error)?
        .ok_or_else(|| wrong(types))?;
    names
        .iter()
        .map(|name| name.0.extract::<String>().map_err(|_| wrong(types)))
        .collect()
}

fn shape_of(types: &[String]) -> PyResult<Shape> {
    let members = types
        .iter()
        .map(|text| {
            Ok((
                String::new(),
                Type::parse(text).map_err(|error| type_error(&error))?,
            ))
        })
        .collect::<PyResult<Vec<_>>>()?;
    Ok(Shape::new("", members, false))
}

/// A fault in the list of values as `values[1].x: ...`.
fn listed_error(what: &str, types: &[String], fault: PyFault) -> PyErr {
    let path = fault.path();
    let (head, rest) = path.split_at(path[1..].find(['.', '[']).map_or(path.len(), |end| end + 1));
    let position: Option<usize> = head
        .strip_prefix('_')
        .and_then(|digits| digits.parse().ok());
    let ty = position.and_then(|position| types.get(position));
    match (fault.into_cause(), position, ty) {
        (Cause::Foreign(error), ..) => error,
        (Cause::Mismatch(reason), Some(position), Some(ty)) => {
            abi_error(format!("{what}[{position}] ({ty}){rest}: {reason}"))
        }
        (Cause::Mismatch(reason), ..) => abi_error(format!("{path}: {reason}")),
    }
}

/// The standard encoding of `values`.
#[pyfunction]
pub(crate) fn encode<'py>(
    types: &Bound<'py, PyAny>,
    values: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = values.py();
    let types = type_names(types)?;
    let (shape, values) = unnamed(&types, values)?;
    let mut data = Vec::new();
    abi::encode(&shape, &values, &mut data)
        .map_err(|fault| listed_error("values", &types, fault))?;
    Ok(PyBytes::new(py, &data))
}

/// The packed encoding of `values`.
#[pyfunction]
pub(crate) fn encode_packed<'py>(
    types: &Bound<'py, PyAny>,
    values: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = values.py();
    let types = type_names(types)?;
    let (shape, values) = unnamed(&types, values)?;
    let mut data = Vec::new();
    for (field, value) in shape.fields.iter().zip(&values) {
        abi::encode_packed(&field.ty, value, &mut data)
            .map_err(|fault| listed_error("values", &types, fault.in_field(&field.key)))?;
    }
    Ok(PyBytes::new(py, &data))
}

/// The values in `data`.
#[pyfunction]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    types: &Bound<'py, PyAny>,
    data: Data,
) -> PyResult<Bound<'py, PyTuple>> {
    let types = type_names(types)?;
    let shape = shape_of(&types)?;
    let classes = Classes::new(0);
    let mut builder = Builder {
        py,
        classes: &classes,
    };
    let values = abi::decode(&shape, &data.0, &mut builder)
        .map_err(|fault| listed_error("data", &types, fault))?;
    PyTuple::new(py, values)
}
