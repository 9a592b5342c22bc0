//! A chain that several Python threads may hold: one at a time works on it.

use crate::errors::{internal_error, usage_error};
use ingot_engine::guard::Guarded;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A value behind a lock. Python code runs while it is held only where a fork reads the state that it stands on.
pub(crate) struct Locked<T> {
    value: Mutex<Guarded<T>>,
    /// The thread that works on it; 0 for none.
    worker: AtomicUsize,
    /// The thread that keeps it to itself between two works; 0 for none. Taken only under the lock of the value.
    holder: AtomicUsize,
    /// How often the holder has to let it go.
    depth: AtomicUsize,
    /// Threads that wait for the holder.
    waiting: AtomicUsize,
    released: Condvar,
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
            holder: AtomicUsize::new(0),
            depth: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            released: Condvar::new(),
        }
    }

    /// Keep the value to this thread until it has let it go as often.
    pub(crate) fn hold(&self, py: Python<'_>) -> PyResult<()> {
        let me = this_thread();
        if self.holder.load(Ordering::Relaxed) != me {
            let taken = self.turn(py)?;
            self.holder.store(me, Ordering::Relaxed);
            drop(taken);
        }
        self.depth.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Let go of the value. The thread must hold it.
    pub(crate) fn release(&self, py: Python<'_>) -> PyResult<()> {
        if self.holder.load(Ordering::Relaxed) != this_thread() {
            return Err(usage_error("this thread does not hold the chain"));
        }
        if self.depth.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.holder.store(0, Ordering::SeqCst);
            if self.waiting.load(Ordering::SeqCst) > 0 {
                drop(self.value.lock_py_attached(py)); // who is about to wait does so now
                self.released.notify_all();
            }
        }
        Ok(())
    }

    /// Run `work` on the value, the GIL kept: for what takes microseconds. Other threads wait without the GIL.
    ///
    /// `work` must not touch Python, but for a fork's reads: a finalizer could come back here.
    pub(crate) fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R) -> PyResult<R> {
        let guarded = self.turn(py)?;
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
            let guarded = self.wait();
            self.run(guarded, work)
        })
    }

    /// The value, when nobody else works on it or holds it. Waits without the GIL.
    fn turn(&self, py: Python<'_>) -> PyResult<MutexGuard<'_, Guarded<T>>> {
        loop {
            let guarded = if let Ok(guarded) = self.value.try_lock() {
                guarded
            } else {
                self.check_worker()?;
                self.value
                    .lock_py_attached(py)
                    .unwrap_or_else(PoisonError::into_inner)
            };
            if self.is_for_me() {
                return Ok(guarded);
            }
            drop(guarded);
            py.detach(|| drop(self.wait()));
        }
    }

    /// The same, for a thread without the GIL.
    fn wait(&self) -> MutexGuard<'_, Guarded<T>> {
        let mut guarded = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        while !self.is_for_me() {
            guarded = self
                .released
                .wait(guarded)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        guarded
    }

    fn is_for_me(&self) -> bool {
        let holder = self.holder.load(Ordering::SeqCst);
        holder == 0 || holder == this_thread()
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
