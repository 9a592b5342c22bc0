//! How executions end, in the words of geth.

use std::borrow::Cow;

use revm::{
    bytecode::opcode::OPCODE_INFO,
    interpreter::InstructionResult,
    primitives::{Address, Bytes, Log},
};

use crate::record::Recording;

/// The end of an execution.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Gas that is paid for: refund subtracted, floor applied.
    pub gas_used: u64,
    /// Gas that was refunded.
    pub gas_refunded: u64,
    /// The most gas that it had used at once: before the refund, floor applied.
    pub gas_spent: u64,
    /// Gas that counts against the block's limit: `gas_used` before Amsterdam.
    pub block_gas: BlockGas,
    /// What was returned, by RETURN or REVERT; of a create, the runtime code.
    pub output: Bytes,
    /// In order; none unless it succeeded.
    pub logs: Vec<Log>,
    /// The new contract of a successful create.
    pub created: Option<Address>,
    /// What was asked to be recorded.
    pub recording: Option<Box<Recording>>,
}

/// Gas as blocks count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockGas {
    /// Execution gas; from Amsterdam on before refunds (EIP-7778).
    pub regular: u64,
    /// Gas for growing the state, from Amsterdam on (EIP-8037).
    pub state: u64,
}

impl Outcome {
    /// Whether it ended well.
    #[must_use]
    pub const fn succeeded(&self) -> bool {
        matches!(self.status, Status::Success)
    }
}

/// How an execution, or one frame of it, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// STOP, RETURN or SELFDESTRUCT.
    Success,
    /// REVERT.
    Revert,
    /// Anything else; the reason in geth's words. It uses up all gas, unless it happened before anything ran.
    Halt(Cow<'static, str>),
}

impl Status {
    /// `stop` is where the frame stopped, if it ran.
    pub(crate) fn new(result: InstructionResult, stop: Option<Stop>) -> Self {
        use InstructionResult as R;
        if result.is_ok() {
            return Self::Success;
        }
        let reason = match result {
            R::Revert => return Self::Revert,
            R::CallTooDeep => "max call depth exceeded",
            R::OutOfFunds => "insufficient balance for transfer",
            R::OutOfGas | R::MemoryOOG | R::PrecompileOOG | R::ReentrancySentryOOG => "out of gas",
            R::MemoryLimitOOG => "out of gas: memory limit exceeded",
            R::InvalidOperandOOG => "gas uint64 overflow",
            R::CallNotAllowedInsideStatic | R::StateChangeDuringStaticCall => "write protection",
            R::InvalidJump => "invalid jump destination",
            R::StackUnderflow => "stack underflow",
            // revm's word for a DUP or SWAP that reaches too deep, too.
            R::StackOverflow if stop.is_some_and(Stop::lacks_words) => "stack underflow",
            R::StackOverflow => "stack limit reached",
            R::OutOfOffset => "return data out of bounds",
            R::CreateCollision => "contract address collision",
            R::PrecompileError => "precompile failed",
            R::NonceOverflow => "nonce uint64 overflow",
            R::CreateContractSizeLimit => "max code size exceeded",
            R::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
            R::CreateInitCodeSizeLimit => "max initcode size exceeded",
            R::OpcodeNotFound
            | R::InvalidFEOpcode
            | R::NotActivated
            | R::InvalidImmediateEncoding => return Self::Halt(invalid_opcode(stop)),
            other => return Self::Halt(format!("{other:?}").into()),
        };
        Self::Halt(reason.into())
    }
}

/// Where a frame came to grief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The opcode that could not be executed.
    pub opcode: u8,
    /// Words on the stack then.
    pub stack_len: u16,
}

impl Stop {
    /// Whether the opcode needs more words than there were.
    #[must_use]
    pub fn lacks_words(self) -> bool {
        let info = OPCODE_INFO[usize::from(self.opcode)];
        info.is_some_and(|info| self.stack_len < u16::from(info.inputs()))
    }
}

fn invalid_opcode(stop: Option<Stop>) -> Cow<'static, str> {
    let Some(Stop { opcode, .. }) = stop else {
        return "invalid opcode".into();
    };
    match OPCODE_INFO[usize::from(opcode)] {
        Some(info) => format!("invalid opcode: {}", info.name()).into(),
        None => format!("invalid opcode: opcode {opcode:#x} not defined").into(),
    }
}
