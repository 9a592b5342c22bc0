//! A value that a panic may leave half changed: afterwards nobody gets to see it.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A value, until work on it panics.
#[derive(Debug)]
pub struct Guarded<T> {
    value: T,
    broken: bool,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Panicked {
    /// The work panicked, with this message.
    Now(String),
    /// Earlier work did.
    Before,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(message) => f.write_str(message),
            Self::Before => {
                f.write_str("an earlier internal error left it unusable; make a new one")
            }
        }
    }
}

impl std::error::Error for Panicked {}

impl<T> Guarded<T> {
    /// Guard `value`.
    pub const fn new(value: T) -> Self {
        Self {
            value,
            broken: false,
        }
    }

    /// Work on the value. A panic ends here; nobody works on the value after it.
    ///
    /// # Errors
    /// The work panicked, or earlier work did.
    pub fn run<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> Result<R, Panicked> {
        if self.broken {
            return Err(Panicked::Before);
        }
        let value = &mut self.value;
        catch_unwind(AssertUnwindSafe(|| work(value))).map_err(|panic| {
            self.broken = true;
            Panicked::Now(message(panic.as_ref()))
        })
    }
}

/// The text that a panic was raised with.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_without_a_panic_keeps_the_value_in_use() {
        let mut guarded = Guarded::new(1);
        assert_eq!(guarded.run(|value| std::mem::replace(value, 2)), Ok(1));
        assert_eq!(guarded.run(|value| *value), Ok(2));
    }

    #[test]
    fn a_panic_ends_at_the_guard_and_the_value_is_out_of_use() {
        let mut guarded = Guarded::new(vec![1]);
        let half_way = guarded.run(|value| {
            value.clear();
            value[5]
        });
        assert!(matches!(half_way, Err(Panicked::Now(message)) if message.contains("index")));
        assert_eq!(guarded.run(|value| value.len()), Err(Panicked::Before));
        let literal = Guarded::new(()).run(|()| panic!("why"));
        assert_eq!(literal, Err::<(), _>(Panicked::Now("why".to_owned())));
    }
}
