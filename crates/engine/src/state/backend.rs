//! Where a state reads what it does not hold itself.

use std::{any::Any, fmt, sync::Arc};

use revm::{
    database_interface::DBErrorMarker,
    primitives::{Address, B256, U256},
    state::Bytecode,
};

/// An account as a backend knows it, its storage apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRead {
    /// Wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Runtime code; empty for an account without.
    pub code: Bytecode,
}

/// A read that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// What lies beneath the state did not answer.
    #[error("the state's backend failed: {0}")]
    Unavailable(String),
    /// What lies beneath the state failed with an error of its own kind.
    #[error("the state's backend failed: {0}")]
    Raised(Raised),
    /// Nobody knows the hash of that block.
    #[error("the hash of block {0} is not known")]
    UnknownBlock(u64),
    /// The execution asked for the hash of an ancestor: resolved by the executor, which then starts it again.
    #[doc(hidden)]
    #[error("the hash of block {0} was not resolved")]
    UnresolvedBlock(u64),
    /// The same for a slot of a contract that the protocol writes to at the start of each block.
    #[doc(hidden)]
    #[error("slot {1} of the system contract {0} was not resolved")]
    UnresolvedSlot(Address, U256),
}

impl DBErrorMarker for BackendError {}

/// An error of a kind that only the backend knows, kept whole for whoever put it there.
#[derive(Clone)]
pub struct Raised {
    text: String,
    cause: Arc<dyn Any + Send + Sync>,
}

impl Raised {
    /// An error, and what it says to those who do not know its kind.
    pub fn new<E: Send + Sync + 'static>(cause: E, text: String) -> Self {
        Self {
            text,
            cause: Arc::new(cause),
        }
    }

    /// The error itself, if it is an `E`.
    #[must_use]
    pub fn cause<E: 'static>(&self) -> Option<&E> {
        self.cause.downcast_ref()
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Raised").field(&self.text).finish()
    }
}

impl PartialEq for Raised {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cause, &other.cause)
    }
}

impl Eq for Raised {}

/// Lazy reads beneath a [`State`](super::State): a node, a fork's cache.
///
/// A backend never changes under a state, and caches what is slow to read: the state asks again.
pub trait Backend: Send + Sync {
    /// The account at `address`, `None` if it does not exist.
    ///
    /// # Errors
    /// If the read fails.
    fn account(&self, address: Address) -> Result<Option<AccountRead>, BackendError>;

    /// The word at `slot` of `address`, zero if nothing was written.
    ///
    /// # Errors
    /// If the read fails.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, BackendError>;

    /// The hash of block `number`, for blocks older than the chain above.
    ///
    /// # Errors
    /// If the read fails or there is no such block.
    fn block_hash(&self, number: u64) -> Result<B256, BackendError>;
}

/// The backend of a state that holds everything itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyBackend;

impl Backend for EmptyBackend {
    fn account(&self, _address: Address) -> Result<Option<AccountRead>, BackendError> {
        Ok(None)
    }

    fn storage(&self, _address: Address, _slot: U256) -> Result<U256, BackendError> {
        Ok(U256::ZERO)
    }

    fn block_hash(&self, number: u64) -> Result<B256, BackendError> {
        Err(BackendError::UnknownBlock(number))
    }
}
