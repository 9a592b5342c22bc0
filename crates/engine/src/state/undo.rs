//! The undo log: what was there before each change, in order.

use revm::{
    primitives::{Address, U256},
    state::Bytecode,
};

use super::Account;

/// A moment in the history of a state. Later ones compare greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checkpoint(pub(super) u64);

/// A checkpoint that the state cannot go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCheckpoint {
    /// The state was reverted to an earlier one meanwhile.
    #[error("the state was already reverted beyond this checkpoint")]
    Undone,
    /// History that far back was given up.
    #[error("the history before this checkpoint was pruned")]
    Pruned,
}

/// What one change of a state replaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The word of a slot was `before`.
    Slot {
        /// Whose slot.
        address: Address,
        /// Which one.
        slot: U256,
        /// What it held.
        before: U256,
    },
    /// The state itself held no word for the slot (zero without a backend).
    NewSlot {
        /// Whose slot.
        address: Address,
        /// Which one.
        slot: U256,
    },
    /// Balance and nonce were these.
    Info {
        /// Whose.
        address: Address,
        /// Wei.
        balance: U256,
        /// Nonce.
        nonce: u64,
    },
    /// The code was this.
    Code {
        /// Whose.
        address: Address,
        /// Runtime code.
        code: Bytecode,
    },
    /// The state itself held no account (none existed without a backend).
    NewAccount {
        /// Which one.
        address: Address,
    },
    /// The account was deleted, or its whole storage wiped; it was this.
    Account {
        /// Which one.
        address: Address,
        /// All of it, storage included.
        before: Box<Account>,
    },
}

impl Change {
    /// The account that changed.
    #[must_use]
    pub const fn address(&self) -> Address {
        match self {
            Self::Slot { address, .. }
            | Self::NewSlot { address, .. }
            | Self::Info { address, .. }
            | Self::Code { address, .. }
            | Self::NewAccount { address }
            | Self::Account { address, .. } => *address,
        }
    }
}

/// The changes that [`State::rewind`](super::State::rewind) took back, to be applied again.
#[derive(Debug)]
pub struct Rewound {
    pub(super) checkpoint: Checkpoint,
    pub(super) redo: Vec<Change>,
}
