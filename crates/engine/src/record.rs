//! What an execution did, as flat arrays.

mod code;
mod instructions;
mod recorder;
mod steps;
mod tails;

pub(crate) use instructions::recording as recording_instructions;
pub(crate) use recorder::Recorder;
use revm::primitives::{Address, B256, B256Map, Bytes, U256};
pub use steps::Steps;
pub use tails::Tails;

/// What to record; flags to be or-ed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record(u8);

impl Record {
    /// Nothing: execution takes the plain path.
    pub const OFF: Self = Self(0);
    /// Call frames, and the frame of each log.
    pub const FRAMES: Self = Self(1);
    /// Executed program counters of each code.
    pub const COVERAGE: Self = Self(1 << 1);
    /// Storage reads and writes; includes [`Self::FRAMES`].
    pub const STORAGE: Self = Self(1 << 2);
    /// Every step, with stack and memory; includes [`Self::FRAMES`].
    pub const STEPS: Self = Self(1 << 3);
    /// Both ways of each conditional jump.
    pub const EDGES: Self = Self(1 << 4);
    /// The accounts that were touched, as they are at the end.
    pub const ENDS: Self = Self(1 << 5);
    /// The last steps of the frames through which a failure came up; includes [`Self::FRAMES`].
    pub const TAILS: Self = Self(1 << 6);
    /// Everything.
    pub const ALL: Self = Self(0b111_1111);

    /// The flags as a number.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Flags from a number; `None` if it has others.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// Whether all of `other` are on.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// With what the others need: storage accesses and steps name their frame.
    #[must_use]
    pub(crate) const fn completed(self) -> Self {
        let needs_frames = self.0 & (Self::STORAGE.0 | Self::STEPS.0 | Self::TAILS.0) != 0;
        Self(self.0 | if needs_frames { Self::FRAMES.0 } else { 0 })
    }

    /// Whether nothing is recorded.
    #[must_use]
    pub const fn is_off(self) -> bool {
        self.0 == 0
    }
}

impl std::ops::BitOr for Record {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How a frame came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// CALL, or the transaction itself.
    Call,
    /// STATICCALL.
    StaticCall,
    /// DELEGATECALL.
    DelegateCall,
    /// CALLCODE.
    CallCode,
    /// CREATE, or the transaction itself.
    Create,
    /// CREATE2.
    Create2,
    /// SELFDESTRUCT: runs nothing, sends the balance to the beneficiary.
    SelfDestruct,
}

impl FrameKind {
    /// As the opcode is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::StaticCall => "STATICCALL",
            Self::DelegateCall => "DELEGATECALL",
            Self::CallCode => "CALLCODE",
            Self::Create => "CREATE",
            Self::Create2 => "CREATE2",
            Self::SelfDestruct => "SELFDESTRUCT",
        }
    }
}

/// A call, create or self-destruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How it came to be.
    pub kind: FrameKind,
    /// The frame that made it, an index into [`Recording::frames`].
    pub parent: Option<u32>,
    /// 0 for the transaction's own frame.
    pub depth: u32,
    /// Who called: CALLER.
    pub sender: Address,
    /// The account whose storage is used; the new account of a create, the beneficiary of a self-destruction.
    pub to: Address,
    /// The account whose code runs.
    pub code_address: Address,
    /// Keccak-256 of the code that runs (of a create: the initcode).
    pub code_hash: B256,
    /// Wei: CALLVALUE, or what is sent.
    pub value: U256,
    /// Gas that it was given.
    pub gas: u64,
    /// Gas that it used, before any refund.
    pub gas_used: u64,
    /// Calldata, or initcode.
    pub input: Bytes,
    /// What it returned or reverted with; of a create, the runtime code.
    pub output: Bytes,
    /// How it ended.
    pub status: crate::outcome::Status,
    /// Where it stopped, if an opcode made it fail.
    pub stop: Option<crate::outcome::Stop>,
}

/// A read or write of a storage slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageAccess {
    /// Index into [`Recording::frames`].
    pub frame: u32,
    /// SSTORE, not SLOAD.
    pub is_write: bool,
    /// Whose storage.
    pub account: Address,
    /// Which slot.
    pub slot: U256,
    /// What it held.
    pub before: U256,
    /// What it holds then; the same for a read.
    pub after: U256,
}

/// A log, also one that was reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLog {
    /// The frame that emitted it, an index into [`Recording::frames`].
    pub frame: u32,
    /// How many frames existed when it was emitted: tells whether it came before or after a subcall.
    pub position: u32,
    /// Its index in [`Outcome::logs`](crate::executor::Outcome::logs); `None` if it was reverted.
    pub index: Option<u32>,
    /// The log.
    pub log: revm::primitives::Log,
}

/// An account that an execution touched, as it is before anything is undone or cleared away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountEnd {
    /// Which.
    pub address: Address,
    /// Wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Runtime code.
    pub code: Bytes,
    /// The slots that hold another word than before.
    pub slots: Vec<(U256, U256)>,
}

/// How often a conditional jump went one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Program counter of the JUMPI.
    pub from: u32,
    /// Where it went: its destination, or the next instruction.
    pub to: u32,
    /// How often.
    pub hits: u32,
}

/// What one execution did.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// In the order in which they began; with [`Record::FRAMES`].
    pub frames: Vec<Frame>,
    /// In order; with [`Record::FRAMES`].
    pub logs: Vec<FrameLog>,
    /// Code hash to a bitmap, bit `pc & 7` of byte `pc >> 3`; with [`Record::COVERAGE`].
    pub coverage: B256Map<Vec<u8>>,
    /// In order; with [`Record::STORAGE`].
    pub storage: Vec<StorageAccess>,
    /// With [`Record::STEPS`].
    pub steps: Steps,
    /// With [`Record::TAILS`].
    pub tails: Tails,
    /// Code hash to its edges; with [`Record::EDGES`].
    pub edges: B256Map<Vec<Edge>>,
    /// In order of their addresses; with [`Record::ENDS`].
    pub ends: Vec<AccountEnd>,
}
