//! Which parts of each code were executed.
//!
//! Straight-line code runs through once it is entered, so only entries of basic blocks are counted: at jump
//! destinations, behind jumps that were not taken, and at the start. The instructions of each entered block are added
//! when a recording is read off; a block in which a frame came to grief counts only as far as it got.

use revm::{
    bytecode::opcode::{INVALID, JUMP, JUMPDEST, JUMPI, OPCODE_INFO, PUSH1, PUSH32, SELFDESTRUCT},
    primitives::{B256, B256Map},
    state::Bytecode,
};

use super::{Edge, Record};

/// Bytes of code whose counters are kept for the next execution.
const MAX_KEPT: usize = 1 << 21;

/// The counters of the codes that run, kept from one execution to the next.
#[derive(Debug, Default)]
pub(super) struct Codes {
    index: B256Map<usize>,
    counted: Vec<Code>,
    /// Total length of `counted`.
    kept: usize,
}

#[derive(Debug)]
struct Code {
    hash: B256,
    bytecode: Bytecode,
    /// Entries of the block that begins at a program counter.
    entries: Vec<u32>,
    entered: Vec<u32>,
    /// How often a JUMPI was not taken, and taken.
    branches: Vec<[u32; 2]>,
    branched: Vec<Branch>,
    /// Where frames came to grief.
    stops: Vec<u32>,
    blocks: Blocks,
}

#[derive(Clone, Copy, Debug)]
struct Branch {
    pc: u32,
    /// Where it goes when taken, once it was.
    target: u32,
}

impl Codes {
    /// The index of a code, for the methods below.
    pub(super) fn enter(&mut self, hash: B256, bytecode: &Bytecode) -> usize {
        if let Some(index) = self.index.get(&hash) {
            return *index;
        }
        self.kept += bytecode.len();
        self.index.insert(hash, self.counted.len());
        self.counted.push(Code::new(hash, bytecode.clone()));
        self.counted.len() - 1
    }

    /// A frame starts to run the code.
    pub(super) fn start(&mut self, code: usize) {
        self.fall_through(code, 0);
    }

    /// A block begins at `pc`.
    pub(super) fn entry(&mut self, code: usize, pc: usize) {
        self.counted[code].entry(pc);
    }

    /// A JUMPI was not taken; `pc` is next. Where that is a jump destination, it counts itself.
    pub(super) fn fall_through(&mut self, code: usize, pc: usize) {
        let code = &mut self.counted[code];
        if code.op(pc) != Some(JUMPDEST) {
            code.entry(pc);
        }
    }

    /// The JUMPI at `pc` went to `target`.
    pub(super) fn branch(&mut self, code: usize, pc: usize, target: usize, is_taken: bool) {
        self.counted[code].branch(pc, target, is_taken);
    }

    /// A frame came to grief at `pc`.
    pub(super) fn stop(&mut self, code: usize, pc: usize) {
        let code = &mut self.counted[code];
        if code.op(pc) == Some(JUMPDEST) {
            // It ran out of gas before it could count itself.
            code.entry(pc);
        }
        code.stops.push(narrow(pc));
    }

    /// Read off and reset all counters.
    pub(super) fn take(&mut self, flags: Record) -> (B256Map<Vec<u8>>, B256Map<Vec<Edge>>) {
        let (mut coverage, mut edges) = (B256Map::default(), B256Map::default());
        for code in &mut self.counted {
            if code.entered.is_empty() && code.branched.is_empty() {
                continue;
            }
            if flags.contains(Record::COVERAGE) {
                coverage.insert(code.hash, code.bitmap());
            }
            if flags.contains(Record::EDGES) {
                edges.insert(code.hash, code.edges());
            }
            code.reset();
        }
        if self.kept > MAX_KEPT {
            *self = Self::default();
        }
        (coverage, edges)
    }
}

/// Program counters fit: code is limited to memory.
fn narrow(pc: usize) -> u32 {
    u32::try_from(pc).unwrap_or(u32::MAX)
}

impl Code {
    fn new(hash: B256, bytecode: Bytecode) -> Self {
        // One more: a JUMPI may be the last instruction, a STOP follows.
        let len = bytecode.len() + 1;
        Self {
            hash,
            entries: vec![0; len],
            entered: Vec::new(),
            branches: vec![[0; 2]; len],
            branched: Vec::new(),
            stops: Vec::new(),
            blocks: Blocks::default(),
            bytecode,
        }
    }

    fn op(&self, pc: usize) -> Option<u8> {
        self.bytecode.original_byte_slice().get(pc).copied()
    }

    fn entry(&mut self, pc: usize) {
        let count = &mut self.entries[pc];
        if *count == 0 {
            self.entered.push(narrow(pc));
        }
        *count = count.saturating_add(1);
    }

    fn branch(&mut self, pc: usize, target: usize, is_taken: bool) {
        let counts = &mut self.branches[pc];
        if *counts == [0, 0] {
            self.branched.push(Branch {
                pc: narrow(pc),
                target: u32::MAX,
            });
        }
        let count = &mut counts[usize::from(is_taken)];
        *count = count.saturating_add(1);
        if is_taken && *count == 1 {
            let known = self
                .branched
                .iter_mut()
                .rev()
                .find(|branch| branch.pc as usize == pc);
            if let Some(branch) = known {
                branch.target = narrow(target);
            }
        }
    }

    fn reset(&mut self) {
        for pc in self.entered.drain(..) {
            self.entries[pc as usize] = 0;
        }
        for branch in self.branched.drain(..) {
            self.branches[branch.pc as usize] = [0, 0];
        }
        self.stops.clear();
    }

    fn bitmap(&mut self) -> Vec<u8> {
        let code = self.bytecode.original_byte_slice();
        let mut bitmap = vec![0; code.len().div_ceil(8)];
        self.entered.sort_unstable();
        // Entries of a block that came to grief do not show that all of it ran.
        for stop in self.stops.drain(..) {
            let after = self.entered.partition_point(|entry| *entry <= stop);
            if let Some(index) = after.checked_sub(1) {
                let entry = self.entered[index] as usize;
                self.entries[entry] = self.entries[entry].saturating_sub(1);
                self.blocks.add(code, &mut bitmap, entry, stop as usize + 1);
            }
        }
        for entry in &self.entered {
            let entry = *entry as usize;
            if self.entries[entry] > 0 {
                let end = self.blocks.end(code, entry);
                self.blocks.add(code, &mut bitmap, entry, end);
            }
        }
        bitmap
    }

    fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::with_capacity(2 * self.branched.len());
        for branch in &self.branched {
            let from = branch.pc;
            let [not_taken, taken] = self.branches[from as usize];
            for (to, hits) in [(from + 1, not_taken), (branch.target, taken)] {
                if hits > 0 {
                    edges.push(Edge { from, to, hits });
                }
            }
        }
        edges
    }
}

/// Where instructions and blocks of a code are, found out as far as needed.
#[derive(Debug, Default)]
struct Blocks {
    /// A bitmap of the first bytes of instructions.
    instructions: Vec<u8>,
    /// The end of the block that begins at a program counter; 0 if unknown.
    ends: Vec<u32>,
}

impl Blocks {
    fn prepare(&mut self, code: &[u8]) {
        if !self.ends.is_empty() {
            return;
        }
        self.ends = vec![0; code.len() + 1];
        self.instructions = vec![0; code.len().div_ceil(8)];
        let mut pc = 0;
        while pc < code.len() {
            self.instructions[pc >> 3] |= 1 << (pc & 7);
            pc += length(code[pc]);
        }
    }

    /// One past the last byte of the block that begins at `start`.
    fn end(&mut self, code: &[u8], start: usize) -> usize {
        self.prepare(code);
        if self.ends[start] == 0 {
            let mut pc = start;
            while pc < code.len() {
                let op = code[pc];
                pc += length(op);
                let next_begins = code.get(pc).is_none_or(|op| *op == JUMPDEST);
                if ends_block(op) || next_begins {
                    break;
                }
            }
            self.ends[start] = narrow(pc.min(code.len()));
        }
        self.ends[start] as usize
    }

    /// Mark the instructions from `start` up to `end`.
    fn add(&mut self, code: &[u8], bitmap: &mut [u8], start: usize, end: usize) {
        self.prepare(code);
        let end = end.min(code.len());
        let mut pc = start;
        while pc < end {
            let (byte, first) = (pc >> 3, pc & 7);
            let bits = (end - (byte << 3)).min(8);
            let mask = u8::MAX << first & u8::MAX >> (8 - bits);
            bitmap[byte] |= self.instructions[byte] & mask;
            pc = (byte + 1) << 3;
        }
    }
}

fn length(op: u8) -> usize {
    if (PUSH1..=PUSH32).contains(&op) {
        usize::from(op - PUSH1) + 2
    } else {
        1
    }
}

fn ends_block(op: u8) -> bool {
    matches!(op, JUMP | JUMPI | INVALID | SELFDESTRUCT)
        || OPCODE_INFO[usize::from(op)].is_none_or(|info| info.is_terminating())
}
