//! Every failure that leaves the native module, as an exception of `ingot.errors`.

use ingot_engine::abi::{Cause, Fault, ItemError, TypeError};
use ingot_engine::chain::ChainError;
use ingot_engine::executor;
use ingot_engine::key::KeyError;
use ingot_engine::state::BackendError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

mod python {
    #![allow(missing_docs, reason = "the macro makes undocumented types")]
    pyo3::import_exception!(ingot.errors, AbiError);
    pyo3::import_exception!(ingot.errors, InvalidTransaction);
    pyo3::import_exception!(ingot.errors, ProviderError);
    pyo3::import_exception!(ingot.errors, UsageError);
}

/// A fault of the codec over Python values.
pub(crate) type PyFault = Fault<PyErr>;

/// A value or data does not fit the ABI.
#[cold]
pub(crate) fn abi_error(message: impl Into<String>) -> PyErr {
    python::AbiError::new_err(message.into())
}

/// The user's mistake.
#[cold]
pub(crate) fn usage_error(message: impl Into<String>) -> PyErr {
    python::UsageError::new_err(message.into())
}

/// A fault as `{place}: {path}: {reason}`; an exception of the value's own passes through.
#[cold]
pub(crate) fn codec_error(place: &str, fault: PyFault) -> PyErr {
    let path = fault.path();
    let separator = if path.is_empty() { "" } else { ": " };
    match fault.into_cause() {
        Cause::Foreign(error) => error,
        Cause::Mismatch(reason) => abi_error(format!("{place}: {path}{separator}{reason}")),
    }
}

/// A fault of a single value that stands nowhere in particular.
#[cold]
pub(crate) fn value_error(fault: PyFault) -> PyErr {
    match fault.into_cause() {
        Cause::Foreign(error) => error,
        Cause::Mismatch(reason) => abi_error(reason),
    }
}

#[cold]
pub(crate) fn type_error(error: &TypeError) -> PyErr {
    abi_error(error.to_string())
}

#[cold]
pub(crate) fn item_error(error: &ItemError) -> PyErr {
    abi_error(error.to_string())
}

#[cold]
pub(crate) fn key_error(error: KeyError) -> PyErr {
    usage_error(error.to_string())
}

/// Whether it is an `AbiError`.
pub(crate) fn is_abi_error(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<python::AbiError>(py)
}

/// The chain cannot answer.
#[cold]
pub(crate) fn provider_error(message: impl Into<String>) -> PyErr {
    python::ProviderError::new_err(message.into())
}

/// A fault of ours.
#[cold]
pub(crate) fn internal_error(detail: &str) -> PyErr {
    provider_error(format!(
        "internal error of ingot, please report it: {detail}"
    ))
}

/// Why a chain refused.
#[cold]
pub(crate) fn chain_error(py: Python<'_>, error: &ChainError) -> PyErr {
    let message = error.to_string();
    match error {
        ChainError::Execution(error) => execution_error(py, error),
        ChainError::Decode(_) | ChainError::Sidecar(_) => invalid_transaction(py, &message),
        // What the caller gave is wrong, whatever the chain holds.
        ChainError::Request(_)
        | ChainError::Timestamp { .. }
        | ChainError::Genesis(_)
        | ChainError::StateFile(_) => usage_error(message),
        _ => provider_error(message),
    }
}

/// Why an execution did not begin.
#[cold]
fn execution_error(py: Python<'_>, error: &executor::Error) -> PyErr {
    match error {
        executor::Error::Invalid(invalid) => invalid_transaction(py, &invalid.to_string()),
        executor::Error::Internal(detail) => internal_error(detail),
        executor::Error::Backend(BackendError::Raised(raised)) => match raised.cause::<PyErr>() {
            Some(exception) => exception.clone_ref(py),
            None => provider_error(error.to_string()),
        },
        other => provider_error(other.to_string()),
    }
}

/// Refused, in geth's words: what stands before the details is the reason.
#[cold]
fn invalid_transaction(py: Python<'_>, message: &str) -> PyErr {
    let reason = message
        .split([':', '('])
        .next()
        .unwrap_or(message)
        .trim_end();
    let make = || {
        let kwargs = PyDict::new(py);
        kwargs.set_item("reason", reason)?;
        py.get_type::<python::InvalidTransaction>()
            .call((message,), Some(&kwargs))
    };
    make().map_or_else(|error| error, PyErr::from_value)
}
