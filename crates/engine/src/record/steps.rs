//! Every step of an execution, as columns.
//!
//! Stacks are stored as differences: an opcode leaves alone what lies beneath its operands, so of each stack only the
//! words are kept that the frame's previous step produced. Of memory, what each step wrote is kept.

use revm::{
    bytecode::opcode::{self, OPCODE_INFO},
    interpreter::{
        Interpreter,
        interpreter::EthInterpreter,
        interpreter_types::{Jumps, MemoryTr},
    },
    primitives::U256,
};

/// Bytes that the steps of one execution may take before recording ends.
const MAX_BYTES: usize = 1 << 28;

/// Bytes of a row without its stack and memory.
const ROW_BYTES: usize = 48;

/// Steps of a frame after which its stack is stored whole, so that one can be found without going back far.
const WHOLE_EVERY: u32 = 256;

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
    /// Refund counter of the transaction before the step.
    pub refund: Vec<i64>,
    /// Words on the stack before the step.
    pub stack_len: Vec<u16>,
    /// Bytes of memory before the step.
    pub memory_len: Vec<u32>,
    /// Whether recording ended at its limit before the execution did.
    pub is_truncated: bool,
    stacks: Vec<StackChange>,
    words: Vec<U256>,
    writes: Vec<MemoryWrite>,
    bytes: Vec<u8>,
}

/// How a stack differs from that of the previous step of its frame.
#[derive(Clone, Copy, Debug)]
struct StackChange {
    /// The previous step of the frame; none if `kept` is 0.
    previous: u32,
    /// Words from the bottom that are the same.
    kept: u16,
    /// Where in `words` the others begin.
    at: usize,
}

/// What a step found written by the one before it.
#[derive(Clone, Copy, Debug)]
struct MemoryWrite {
    step: u32,
    frame: u32,
    offset: u32,
    len: u32,
    /// Where in `bytes` it begins.
    at: usize,
}

/// Where a frame stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// Its last step and that step's opcode.
    last: Option<(u32, u8)>,
    /// Steps since its stack was stored whole.
    since_whole: u32,
    /// Offset and length of memory that the last step writes.
    writes: Option<(U256, U256)>,
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
        let mut missing = usize::from(*self.stack_len.get(step)?);
        let mut stack = vec![U256::ZERO; missing];
        let mut step = step;
        while missing > 0 {
            let change = self.stacks.get(step)?;
            let kept = usize::from(change.kept);
            if kept < missing {
                let words = self.words.get(change.at..change.at + missing - kept)?;
                stack[kept..missing].copy_from_slice(words);
                missing = kept;
            }
            step = change.previous as usize;
        }
        Some(stack)
    }

    /// The memory before `step`; `None` if there is no such step.
    #[must_use]
    pub fn memory(&self, step: usize) -> Option<Vec<u8>> {
        let mut memory = vec![0; *self.memory_len.get(step)? as usize];
        let frame = self.frame[step];
        let until = self
            .writes
            .partition_point(|write| write.step as usize <= step);
        for write in self.writes[..until]
            .iter()
            .filter(|write| write.frame == frame)
        {
            let (offset, len) = (write.offset as usize, write.len as usize);
            memory[offset..offset + len].copy_from_slice(&self.bytes[write.at..write.at + len]);
        }
        Some(memory)
    }

    /// Record the step that `interpreter` is about to take in `frame`.
    pub(super) fn push(
        &mut self,
        interpreter: &Interpreter<EthInterpreter>,
        frame: u32,
        refund: i64,
        cursor: &mut Cursor,
    ) {
        let size = self.len() * ROW_BYTES + self.words.len() * 32 + self.bytes.len();
        let (Ok(step), true) = (u32::try_from(self.len()), size < MAX_BYTES) else {
            self.is_truncated = true;
            return;
        };
        let op = interpreter.bytecode.opcode();
        let stack = interpreter.stack.data();
        self.push_memory(interpreter, step, frame, cursor.writes.take());
        self.push_stack(stack, cursor);
        self.frame.push(frame);
        self.pc
            .push(u32::try_from(interpreter.bytecode.pc()).unwrap_or(u32::MAX));
        self.op.push(op);
        self.gas.push(interpreter.gas.remaining());
        self.refund.push(refund);
        self.stack_len
            .push(u16::try_from(stack.len()).unwrap_or(u16::MAX));
        self.memory_len
            .push(u32::try_from(interpreter.memory.size()).unwrap_or(u32::MAX));
        cursor.last = Some((step, op));
        cursor.writes = written(op, stack);
    }

    fn push_stack(&mut self, stack: &[U256], cursor: &mut Cursor) {
        let (mut previous, mut kept) = (0, 0);
        if let Some((step, op)) = cursor.last
            && cursor.since_whole < WHOLE_EVERY
            && let Some(outputs) = outputs(op)
        {
            previous = step;
            kept = stack.len().saturating_sub(outputs);
            cursor.since_whole += 1;
        } else {
            cursor.since_whole = 0;
        }
        let at = self.words.len();
        self.words.extend_from_slice(&stack[kept..]);
        self.stacks.push(StackChange {
            previous,
            kept: u16::try_from(kept).unwrap_or(u16::MAX),
            at,
        });
    }

    fn push_memory(
        &mut self,
        interpreter: &Interpreter<EthInterpreter>,
        step: u32,
        frame: u32,
        written: Option<(U256, U256)>,
    ) {
        let Some((offset, len)) = written else { return };
        let size = interpreter.memory.size();
        // Operands that do not fit, or lie outside, wrote nothing.
        let (Ok(offset), Ok(len)) = (usize::try_from(offset), usize::try_from(len)) else {
            return;
        };
        if len == 0 || offset.checked_add(len).is_none_or(|end| end > size) {
            return;
        }
        let at = self.bytes.len();
        self.bytes
            .extend_from_slice(&interpreter.memory.slice_len(offset, len));
        let (Ok(offset), Ok(len)) = (u32::try_from(offset), u32::try_from(len)) else {
            return;
        };
        self.writes.push(MemoryWrite {
            step,
            frame,
            offset,
            len,
            at,
        });
    }
}

/// How many words from the top an opcode may have changed; `None` if that depends on its immediate.
fn outputs(op: u8) -> Option<usize> {
    let info = OPCODE_INFO[usize::from(op)]?;
    let has_depth = matches!(op, opcode::DUPN | opcode::SWAPN | opcode::EXCHANGE);
    (!has_depth).then(|| usize::from(info.outputs()))
}

/// Offset and length of the memory that an opcode is going to write.
fn written(op: u8, stack: &[U256]) -> Option<(U256, U256)> {
    let operand = |depth: usize| stack.len().checked_sub(depth + 1).map(|index| stack[index]);
    let at = |offset: usize, len: usize| Some((operand(offset)?, operand(len)?));
    match op {
        opcode::MSTORE => Some((operand(0)?, U256::from(32))),
        opcode::MSTORE8 => Some((operand(0)?, U256::ONE)),
        opcode::CALLDATACOPY | opcode::CODECOPY | opcode::RETURNDATACOPY | opcode::MCOPY => {
            at(0, 2)
        }
        opcode::EXTCODECOPY => at(1, 3),
        opcode::CALL | opcode::CALLCODE => at(5, 6),
        opcode::DELEGATECALL | opcode::STATICCALL => at(4, 5),
        _ => None,
    }
}
