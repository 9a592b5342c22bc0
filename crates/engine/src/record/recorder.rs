//! Records while the executor runs: it calls in here at each frame, and from the instructions that are replaced.

use revm::{
    Journal, JournalEntry,
    context_interface::CreateScheme,
    handler::FrameResult,
    interpreter::{CallScheme, CallValue, FrameInput, Interpreter, interpreter::EthInterpreter},
    primitives::{Address, AddressMap, B256, Bytes, Log, U256, keccak256},
    state::{Account, Bytecode},
};

use super::{
    AccountEnd, Frame, FrameKind, FrameLog, Record, Recording, StorageAccess, code::Codes,
    steps::Cursor, tails::Keeper,
};
use crate::{
    journal::World,
    outcome::{Status, Stop},
};

/// The recording that is being made.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    flags: Record,
    out: Box<Recording>,
    /// The frames that have not ended, the running one last.
    open: Vec<Open>,
    /// For each log of the journal, where it is in the recording.
    live: Vec<u32>,
    codes: Codes,
    tails: Keeper,
    /// The code of the running frame.
    code: usize,
    /// The running frame.
    frame: u32,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    frame: u32,
    code: usize,
    /// Refund counter of the transaction when it began.
    refund: i64,
    cursor: Cursor,
}

impl Recorder {
    /// Start anew.
    pub(crate) fn start(&mut self, flags: Record) {
        if flags.is_off() && self.flags.is_off() {
            return;
        }
        if !self.flags.is_off() {
            // The last execution did not end.
            self.codes.take(Record::OFF);
            self.tails = Keeper::default();
            *self.out = Recording::default();
        }
        self.flags = flags;
        self.open.clear();
        self.live.clear();
        (self.code, self.frame) = (0, 0);
    }

    pub(crate) const fn flags(&self) -> Record {
        self.flags
    }

    /// What was recorded since the start; `None` if recording is off.
    pub(crate) fn finish(&mut self) -> Option<Box<Recording>> {
        if self.flags.is_off() {
            return None;
        }
        for (index, log) in self.live.drain(..).enumerate() {
            self.out.logs[log as usize].index = u32::try_from(index).ok();
        }
        (self.out.coverage, self.out.edges) = self.codes.take(self.flags);
        self.out.tails = self.tails.finish();
        self.flags = Record::OFF;
        Some(std::mem::take(&mut self.out))
    }

    // FRAMES

    /// A frame is about to begin; `calldata` is its input, if it is a call. `refunded` is the refund counter of the
    /// frame that makes it.
    pub(crate) fn begin(
        &mut self,
        input: &FrameInput,
        journal: &Journal<World>,
        calldata: Bytes,
        refunded: i64,
    ) {
        self.sync_logs(&journal.inner.logs);
        let parent = self.open.last().copied();
        if self.flags.contains(Record::FRAMES) {
            self.frame = count(&self.out.frames);
            let frame = new_frame(input, journal, calldata);
            let depth = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
            self.out.frames.push(Frame {
                parent: parent.map(|open| open.frame),
                depth,
                ..frame
            });
        }
        if self.flags.contains(Record::COVERAGE) || self.flags.contains(Record::EDGES) {
            self.code = match input {
                FrameInput::Call(call) => self
                    .codes
                    .enter(call.known_bytecode.0, &call.known_bytecode.1),
                FrameInput::Create(create) => {
                    let code = Bytecode::new_legacy(create.init_code().clone());
                    self.codes.enter(create.init_code_hash(), &code)
                }
                FrameInput::Empty => 0,
            };
        }
        if self.flags.contains(Record::TAILS) {
            self.tails.begin(self.frame);
        }
        let refund = parent.map_or(0, |open| open.refund) + refunded;
        self.open.push(Open {
            frame: self.frame,
            code: self.code,
            refund,
            cursor: Cursor::default(),
        });
    }

    /// The frame that has just begun runs code: it is neither empty nor precompiled, and did not fail at once.
    pub(crate) fn enter(&mut self, logs: &[Log]) {
        self.sync_logs(logs);
        if self.flags.contains(Record::COVERAGE) {
            self.codes.start(self.code);
        }
    }

    /// The running frame came to grief at `pc`.
    pub(crate) fn stop(&mut self, pc: usize, stop: Option<Stop>) {
        if let Some(frame) = self.out.frames.get_mut(self.frame as usize) {
            frame.stop = stop;
        }
        if self.flags.contains(Record::COVERAGE) {
            self.codes.stop(self.code, pc);
        }
    }

    /// The running frame ended; its parent goes on.
    pub(crate) fn end(&mut self, result: &FrameResult, status: Status, logs: &[Log]) {
        self.sync_logs(logs);
        if self.flags.contains(Record::TAILS) {
            self.tails.end(status == Status::Success);
        }
        if self.flags.contains(Record::FRAMES)
            && let Some(frame) = self.out.frames.get_mut(self.frame as usize)
        {
            let result = result.interpreter_result();
            if result.is_halt() {
                // What a creation would have installed is nobody's output when that fails.
                frame.gas_used = frame.gas;
            } else {
                frame.gas_used = result.gas.total_gas_spent();
                frame.output = result.output.clone();
            }
            frame.status = status;
        }
        self.open.pop();
        if let Some(parent) = self.open.last() {
            (self.frame, self.code) = (parent.frame, parent.code);
        }
    }

    /// Take over the logs that the running frame emitted, and drop those that were reverted.
    pub(crate) fn sync_logs(&mut self, logs: &[Log]) {
        if !self.flags.contains(Record::FRAMES) || self.live.len() == logs.len() {
            return;
        }
        self.live.truncate(logs.len());
        for log in &logs[self.live.len()..] {
            self.live.push(count(&self.out.logs));
            let position = count(&self.out.frames);
            let log = log.clone();
            self.out.logs.push(FrameLog {
                frame: self.frame,
                position,
                index: None,
                log,
            });
        }
    }

    /// The running frame destroyed its contract.
    pub(crate) fn self_destruct(&mut self, contract: Address, beneficiary: Address, value: U256) {
        self.out.frames.push(Frame {
            kind: FrameKind::SelfDestruct,
            parent: Some(self.frame),
            depth: u32::try_from(self.open.len()).unwrap_or(u32::MAX),
            sender: contract,
            to: beneficiary,
            code_address: beneficiary,
            code_hash: B256::ZERO,
            value,
            gas: 0,
            gas_used: 0,
            input: Bytes::new(),
            output: Bytes::new(),
            status: Status::Success,
            stop: None,
        });
    }

    /// The execution ended and left the accounts so.
    pub(crate) fn keep_ends(&mut self, accounts: &AddressMap<Account>) {
        if !self.flags.contains(Record::ENDS) {
            return;
        }
        let touched = accounts.iter().filter(|(_, account)| account.is_touched());
        let ends = touched.map(|(address, account)| {
            let slots = account.storage.iter().filter(|(_, slot)| slot.is_changed());
            let code = account.info.code.as_ref().map(Bytecode::original_bytes);
            AccountEnd {
                address: *address,
                balance: account.info.balance,
                nonce: account.info.nonce,
                code: code.unwrap_or_default(),
                slots: slots
                    .map(|(slot, word)| (*slot, word.present_value))
                    .collect(),
            }
        });
        self.out.ends = ends.collect();
        self.out.ends.sort_unstable_by_key(|end| end.address);
    }

    // INSTRUCTIONS

    /// The running frame passed the jump destination at `pc`.
    pub(crate) fn jumpdest(&mut self, pc: usize) {
        self.codes.entry(self.code, pc);
    }

    /// The running frame went on from the JUMPI at `pc` to `target`.
    pub(crate) fn jumpi(&mut self, pc: usize, target: usize, is_taken: bool) {
        if self.flags.contains(Record::EDGES) {
            self.codes.branch(self.code, pc, target, is_taken);
        }
        // Where the next instruction is a jump destination it counts itself.
        if !is_taken && self.flags.contains(Record::COVERAGE) {
            self.codes.fall_through(self.code, target);
        }
    }

    /// The running frame read a slot.
    pub(crate) fn read(&mut self, account: Address, slot: U256, word: U256) {
        let frame = self.frame;
        let access = StorageAccess {
            frame,
            is_write: false,
            account,
            slot,
            before: word,
            after: word,
        };
        self.out.storage.push(access);
    }

    /// The running frame wrote a slot. `entry` is the last one of the journal.
    pub(crate) fn write(
        &mut self,
        account: Address,
        slot: U256,
        word: U256,
        entry: Option<&JournalEntry>,
    ) {
        let before = match entry {
            // A write that changes nothing leaves no entry.
            Some(JournalEntry::StorageChanged {
                address,
                key,
                had_value,
            }) if *address == account && *key == slot => *had_value,
            _ => word,
        };
        let frame = self.frame;
        let access = StorageAccess {
            frame,
            is_write: true,
            account,
            slot,
            before,
            after: word,
        };
        self.out.storage.push(access);
    }

    /// The running frame takes a step.
    pub(crate) fn step(&mut self, interpreter: &Interpreter<EthInterpreter>) {
        if self.flags.contains(Record::TAILS) {
            self.tails.push(interpreter);
        }
        if self.flags.contains(Record::STEPS)
            && let Some(open) = self.open.last_mut()
        {
            let refund = open.refund + interpreter.gas.refunded();
            self.out
                .steps
                .push(interpreter, self.frame, refund, &mut open.cursor);
        }
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

fn new_frame(input: &FrameInput, journal: &Journal<World>, calldata: Bytes) -> Frame {
    let accounts = &journal.inner.state;
    let mut frame = Frame {
        kind: FrameKind::Call,
        parent: None,
        depth: 0,
        sender: Address::ZERO,
        to: Address::ZERO,
        code_address: Address::ZERO,
        code_hash: B256::ZERO,
        value: U256::ZERO,
        gas: 0,
        gas_used: 0,
        input: calldata,
        output: Bytes::new(),
        status: Status::Success,
        stop: None,
    };
    match input {
        FrameInput::Call(call) => {
            let code = accounts
                .get(&call.bytecode_address)
                .and_then(|account| account.info.code.as_ref());
            let delegate = code.and_then(Bytecode::eip7702_address);
            frame.kind = match call.scheme {
                CallScheme::Call => FrameKind::Call,
                CallScheme::CallCode => FrameKind::CallCode,
                CallScheme::DelegateCall => FrameKind::DelegateCall,
                CallScheme::StaticCall => FrameKind::StaticCall,
            };
            frame.sender = call.caller;
            frame.to = call.target_address;
            frame.code_address = delegate.unwrap_or(call.bytecode_address);
            frame.code_hash = call.known_bytecode.0;
            frame.value = match call.value {
                CallValue::Transfer(value) | CallValue::Apparent(value) => value,
            };
            frame.gas = call.gas_limit;
        }
        FrameInput::Create(create) => {
            let nonce = accounts
                .get(&create.caller())
                .map_or(0, |account| account.info.nonce);
            let is_create2 = matches!(create.scheme(), CreateScheme::Create2 { .. });
            frame.kind = if is_create2 {
                FrameKind::Create2
            } else {
                FrameKind::Create
            };
            frame.sender = create.caller();
            frame.to = create.created_address(nonce);
            frame.code_address = frame.to;
            frame.code_hash = keccak256(create.init_code());
            frame.value = create.value();
            frame.gas = create.gas_limit();
            frame.input = create.init_code().clone();
        }
        FrameInput::Empty => {}
    }
    frame
}
