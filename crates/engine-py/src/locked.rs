//! A chain that several Python threads may hold: one at a time works on it.

use crate::errors::internal_error;
use pyo3::Python;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// A value behind a lock that is never held while Python code runs.
pub(crate) struct Locked<T> {
    inner: Mutex<Guarded<T>>,
}

struct Guarded<T> {
    value: T,
    /// Set by a panic: nobody knows what state the value is in.
    broken: bool,
}

impl<T: Send> Locked<T> {
    pub(crate) fn new(value: T) -> Self {
        let broken = false;
        Self {
            inner: Mutex::new(Guarded { value, broken }),
        }
    }

    /// Run `work` on the value, the GIL kept: for what takes microseconds. Other threads wait without the GIL.
    ///
    /// `work` must not touch Python: a finalizer could come back here and wait for itself.
    pub(crate) fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        let mut guard = match self.inner.try_lock() {
            Ok(guard) => guard,
            Err(_) => self
                .inner
                .lock_py_attached(py)
                .unwrap_or_else(PoisonError::into_inner),
        };
        guarded(&mut guard, work)
    }

    /// Run `work` on the value with the GIL released: for what may take long.
    pub(crate) fn detached<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> R + Send,
    ) -> PyResult<R> {
        py.detach(|| {
            let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            guarded(&mut guard, work)
        })
    }
}

fn guarded<T, R>(guard: &mut Guarded<T>, work: impl FnOnce(&mut T) -> R) -> PyResult<R> {
    if guard.broken {
        return Err(internal_error(
            "the chain is unusable after it; make a new one",
        ));
    }
    let value = &mut guard.value;
    match catch_unwind(AssertUnwindSafe(|| work(value))) {
        Ok(result) => Ok(result),
        Err(panic) => {
            guard.broken = true;
            Err(internal_error(&message(panic.as_ref())))
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned())
}
