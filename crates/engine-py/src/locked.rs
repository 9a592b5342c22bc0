//! A chain that several Python threads may hold: one at a time works on it.

use crate::errors::{internal_error, usage_error};
use ingot_engine::guard::Guarded;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value behind a lock. Python code runs while it is held only where a fork reads the state that it stands on.
pub(crate) struct Locked<T> {
    value: Mutex<Guarded<T>>,
    /// The thread that works on it; 0 for none.
    worker: AtomicUsize,
}

/// A number of the thread that it runs on, never 0.
fn this_thread() -> usize {
    thread_local!(static PLACE: Cell<u8> = const { Cell::new(0) });
    PLACE.with(|place| std::ptr::from_ref(place) as usize)
}

impl<T: Send> Locked<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(Guarded::new(value)),
            worker: AtomicUsize::new(0),
        }
    }

    /// Run `work` on the value, the GIL kept: for what takes microseconds. Other threads wait without the GIL.
    ///
    /// `work` must not touch Python, but for a fork's reads: a finalizer could come back here.
    pub(crate) fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        let guarded = if let Ok(guarded) = self.value.try_lock() {
            guarded
        } else {
            self.check_worker()?;
            self.value
                .lock_py_attached(py)
                .unwrap_or_else(PoisonError::into_inner)
        };
        self.run(guarded, work)
    }

    /// Run `work` on the value with the GIL released: for what may take long.
    pub(crate) fn detached<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> R + Send,
    ) -> PyResult<R> {
        self.check_worker()?;
        py.detach(|| {
            let guarded = self.value.lock().unwrap_or_else(PoisonError::into_inner);
            self.run(guarded, work)
        })
    }

    fn run<R>(
        &self,
        mut guarded: MutexGuard<'_, Guarded<T>>,
        work: impl FnOnce(&mut T) -> R,
    ) -> PyResult<R> {
        self.worker.store(this_thread(), Ordering::Relaxed);
        let result = guarded.run(work);
        self.worker.store(0, Ordering::Relaxed);
        result.map_err(|panic| internal_error(&panic.to_string()))
    }

    /// Whoever works on the value would wait for itself.
    fn check_worker(&self) -> PyResult<()> {
        if self.worker.load(Ordering::Relaxed) == this_thread() {
            return Err(usage_error(
                "the chain is at work: what reads the state that it stands on must not use the chain itself",
            ));
        }
        Ok(())
    }
}
