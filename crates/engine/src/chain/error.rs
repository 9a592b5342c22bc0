//! What a chain cannot do, and why.

use revm::primitives::B256;

use crate::{
    executor,
    invalid::InvalidTransaction,
    state::{BackendError, UnknownCheckpoint},
    transaction::{DecodeError, SidecarError},
};

/// Why a chain refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A transaction was refused, or nothing could be executed.
    #[error(transparent)]
    Execution(#[from] executor::Error),
    /// Raw bytes are no transaction.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The blobs of a transaction are missing or wrong.
    #[error(transparent)]
    Sidecar(#[from] SidecarError),
    /// The fields of a request contradict each other.
    #[error("{0}")]
    Request(String),
    /// What a simulation asks for cannot be.
    #[error("{0}")]
    Simulation(String),
    /// There is no such block.
    #[error("there is no block {number}: the chain has blocks {first} to {latest}")]
    UnknownBlock {
        /// What was asked for.
        number: u64,
        /// The oldest.
        first: u64,
        /// The newest.
        latest: u64,
    },
    /// The state of a block was given up, to save memory.
    #[error("the state at block {number} was pruned: it exists from block {oldest} on")]
    Pruned {
        /// What was asked for.
        number: u64,
        /// The oldest block whose state is kept.
        oldest: u64,
    },
    /// Blocks must be mined in order of time.
    #[error("timestamp {timestamp} is not after its parent's: give at least {}", parent.saturating_add(1))]
    Timestamp {
        /// What was asked for.
        timestamp: u64,
        /// The parent's.
        parent: u64,
    },
    /// There is no such snapshot any more.
    #[error("there is no snapshot {0}: it was used up, or an earlier one was reverted to")]
    UnknownSnapshot(u64),
    /// A block or transaction that the chain does not have any more.
    #[error("this {0} is not on the chain any more: it was reverted away")]
    Reverted(&'static str),
    /// What only exists where the whole state is at hand.
    #[error("a fork has no {0}: only what it has read of the other chain's state is here")]
    Partial(&'static str),
    /// What is not known of the block that a fork stands on.
    #[error(
        "block {0} is the one that the fork stands on: of its transactions and roots nothing is known here, ask the \
         other chain"
    )]
    Foreign(u64),
    /// A genesis file that is none.
    #[error("genesis: {0}")]
    Genesis(String),
    /// A block that is not valid on this chain.
    #[error("block {number} is invalid: {problem}")]
    InvalidBlock {
        /// Of the block.
        number: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// The hash of a parent is not that of our latest block.
    #[error("block {number} does not follow: its parent is {parent}, the latest block is {latest}")]
    Parent {
        /// Of the block.
        number: u64,
        /// The hash that it names.
        parent: B256,
        /// The hash of the latest block.
        latest: B256,
    },
    /// A state file that is none, or torn.
    #[error("state file: {0}")]
    StateFile(String),
}

impl From<BackendError> for ChainError {
    fn from(error: BackendError) -> Self {
        executor::Error::from(error).into()
    }
}

impl From<InvalidTransaction> for ChainError {
    fn from(error: InvalidTransaction) -> Self {
        executor::Error::from(error).into()
    }
}

impl From<UnknownCheckpoint> for ChainError {
    fn from(error: UnknownCheckpoint) -> Self {
        executor::Error::Internal(error.to_string()).into()
    }
}
