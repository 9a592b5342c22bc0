//! A chain that several Python threads may hold: one at a time works on it.

use crate::errors::internal_error;
use ingot_engine::guard::Guarded;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use std::sync::{Mutex, PoisonError};

/// A value behind a lock that is never held while Python code runs.
pub(crate) struct Locked<T>(Mutex<Guarded<T>>);

impl<T: Send> Locked<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(Guarded::new(value)))
    }

    /// Run `work` on the value, the GIL kept: for what takes microseconds. Other threads wait without the GIL.
    ///
    /// `work` must not touch Python: a finalizer could come back here and wait for itself.
    pub(crate) fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        let mut guarded = match self.0.try_lock() {
            Ok(guarded) => guarded,
            Err(_) => self
                .0
                .lock_py_attached(py)
                .unwrap_or_else(PoisonError::into_inner),
        };
        guarded
            .run(work)
            .map_err(|panic| internal_error(&panic.to_string()))
    }

    /// Run `work` on the value with the GIL released: for what may take long.
    pub(crate) fn detached<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> R + Send,
    ) -> PyResult<R> {
        let result = py.detach(|| {
            let mut guarded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            guarded.run(work)
        });
        result.map_err(|panic| internal_error(&panic.to_string()))
    }
}
