//! The last steps of the frames through which a failure came up: enough to say where they were, however long they ran.
//!
//! While a frame runs, its steps are kept in two halves; when the newer one is full it becomes the older one. What ended
//! well is forgotten, and so is a failure after which its caller has called again.

use revm::{
    interpreter::{Interpreter, interpreter::EthInterpreter, interpreter_types::Jumps},
    primitives::U256,
};

/// Steps in half of a tail: of a longer frame, at least so many are kept, and at most twice as many.
const HALF: usize = 1 << 12;

/// Columns of equal length, one row for each step that was kept, in the order in which they were taken.
#[derive(Clone, Debug, Default)]
pub struct Tails {
    /// Index into the frames.
    pub frame: Vec<u32>,
    /// Program counter.
    pub pc: Vec<u32>,
    /// Opcode.
    pub op: Vec<u8>,
    /// Frames of which the beginning was not kept, and their stack before the first step that was.
    pub stacks: Vec<(u32, Vec<U256>)>,
}

/// The tails while they are recorded.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    /// Steps taken so far, by all frames.
    taken: u64,
    /// Of the frames that have not ended, the running one last.
    open: Vec<Tail>,
    /// Of those that failed and may be the reason why another one does.
    failed: Vec<Tail>,
}

#[derive(Debug)]
struct Tail {
    frame: u32,
    older: Option<Half>,
    newer: Half,
    /// Whether its first steps were not kept.
    is_cut: bool,
}

#[derive(Debug, Default)]
struct Half {
    rows: Vec<Row>,
    /// Before the first of them.
    stack: Vec<U256>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    order: u64,
    pc: u32,
    op: u8,
}

impl Keeper {
    /// A frame begins.
    pub(super) fn begin(&mut self, frame: u32) {
        if let Some(parent) = self.open.last() {
            let parent = parent.frame;
            self.forget_after(parent);
        }
        self.open.push(Tail {
            frame,
            older: None,
            newer: Half::default(),
            is_cut: false,
        });
    }

    /// The running frame ended.
    pub(super) fn end(&mut self, succeeded: bool) {
        let Some(tail) = self.open.pop() else { return };
        if succeeded {
            self.forget_after(tail.frame);
        } else {
            self.failed.push(tail);
        }
    }

    /// Frames are numbered as they begin: those that a frame made, and those that they made, come after it.
    fn forget_after(&mut self, frame: u32) {
        while self.failed.last().is_some_and(|tail| tail.frame > frame) {
            self.failed.pop();
        }
    }

    /// The running frame takes a step.
    pub(super) fn push(&mut self, interpreter: &Interpreter<EthInterpreter>) {
        let Some(tail) = self.open.last_mut() else {
            return;
        };
        if tail.newer.rows.len() == HALF {
            let stack = interpreter.stack.data().clone();
            let rows = Vec::with_capacity(HALF);
            let full = std::mem::replace(&mut tail.newer, Half { rows, stack });
            tail.is_cut = tail.older.replace(full).is_some();
        }
        tail.newer.rows.push(Row {
            order: self.taken,
            pc: u32::try_from(interpreter.bytecode.pc()).unwrap_or(u32::MAX),
            op: interpreter.bytecode.opcode(),
        });
        self.taken += 1;
    }

    /// What is left at the end.
    pub(super) fn finish(&mut self) -> Tails {
        let mut tails = Tails::default();
        let mut rows = Vec::new();
        for tail in std::mem::take(self).failed {
            let halves = tail.older.into_iter().chain([tail.newer]);
            for (position, half) in halves.enumerate() {
                if position == 0 && tail.is_cut {
                    tails.stacks.push((tail.frame, half.stack));
                }
                rows.extend(half.rows.into_iter().map(|row| (tail.frame, row)));
            }
        }
        rows.sort_unstable_by_key(|(_, row)| row.order);
        for (frame, row) in rows {
            tails.frame.push(frame);
            tails.pc.push(row.pc);
            tails.op.push(row.op);
        }
        tails
    }
}
