//! What goes wrong in the codec, and where: a path of fields and indices, and a reason.

use std::fmt::{self, Write as _};

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Into the field of a tuple.
    Field(String),
    /// Into the item of an array.
    Index(usize),
}

/// Why it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause<E> {
    /// The value does not fit its type, or the data does not decode.
    Mismatch(String),
    /// The source or the sink failed for a reason of its own.
    Foreign(E),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner<E> {
    /// Innermost step first: steps are added while the error travels outwards.
    steps: Vec<Step>,
    cause: Cause<E>,
}

/// A failed encoding or decoding. Small, so that results of the codec stay cheap to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault<E>(Box<Inner<E>>);

impl<E> Fault<E> {
    /// A value that does not fit, or data that does not decode, in words.
    #[cold]
    pub fn mismatch(reason: impl Into<String>) -> Self {
        Self::new(Cause::Mismatch(reason.into()))
    }

    /// An error of the source's or the sink's own.
    #[cold]
    pub fn foreign(error: E) -> Self {
        Self::new(Cause::Foreign(error))
    }

    fn new(cause: Cause<E>) -> Self {
        Self(Box::new(Inner {
            steps: Vec::new(),
            cause,
        }))
    }

    /// The same fault, seen from the tuple that holds it in `field`.
    #[cold]
    #[must_use]
    pub fn in_field(mut self, field: &str) -> Self {
        self.0.steps.push(Step::Field(field.to_owned()));
        self
    }

    /// The same fault, seen from the array that holds it at `index`.
    #[cold]
    #[must_use]
    pub fn at_index(mut self, index: usize) -> Self {
        self.0.steps.push(Step::Index(index));
        self
    }

    /// The reason alone.
    #[must_use]
    pub fn into_cause(self) -> Cause<E> {
        self.0.cause
    }

    /// Where it failed: `orders[2].maker`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.steps.iter().rev() {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Index(index) => {
                    // Writing to a String cannot fail.
                    let _ = write!(path, "[{index}]");
                }
            }
        }
        path
    }
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.steps.is_empty() {
            write!(f, "{}: ", self.path())?;
        }
        match &self.0.cause {
            Cause::Mismatch(reason) => f.write_str(reason),
            Cause::Foreign(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Fault<E> {}
