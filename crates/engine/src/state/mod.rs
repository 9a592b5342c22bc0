//! Accounts and their storage, with one undo log over an optional lazy backend.
//!
//! Every change is logged with what it replaced. A [`Checkpoint`] is a position in that log: reverting costs as much
//! as was changed since, checkpoints nest, and nothing is copied.

mod account;
mod backend;
mod change;
mod history;
mod undo;

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use revm::{
    primitives::{Address, AddressMap, B256, B256Map, U256},
    state::{AccountInfo, Bytecode},
};

pub use account::{Account, Storage};
pub use backend::{AccountRead, Backend, BackendError, EmptyBackend, Raised};
pub use undo::{Change, Checkpoint, Rewound, UnknownCheckpoint};

/// The accounts of a chain.
pub struct State {
    /// Tells states apart: what a cache knows of one says nothing about another.
    id: u64,
    accounts: AddressMap<Account>,
    backend: Option<Arc<dyn Backend>>,
    undo: Vec<Change>,
    /// Position of the log's first entry.
    pruned: u64,
    codes: B256Map<Bytecode>,
    /// The journal that follows this state by `stale`; 0 for none.
    follower: u64,
    stale: Stale,
}

/// Accounts that changed otherwise than by the executor since it last looked.
#[derive(Debug)]
pub(crate) enum Stale {
    Accounts(Vec<Address>),
    Everything,
}

/// A number that nothing else has: of a state, or of a journal.
pub(crate) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for State {
    /// A state of its own with the same accounts and history.
    fn clone(&self) -> Self {
        Self {
            id: next_id(),
            accounts: self.accounts.clone(),
            backend: self.backend.clone(),
            undo: self.undo.clone(),
            pruned: self.pruned,
            codes: self.codes.clone(),
            follower: 0,
            stale: Stale::Accounts(Vec::new()),
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("accounts", &self.accounts.len())
            .field("has_backend", &self.backend.is_some())
            .field("checkpoint", &self.checkpoint())
            .finish_non_exhaustive()
    }
}

impl State {
    /// An empty state that holds everything itself.
    #[must_use]
    pub fn new() -> Self {
        Self {
            id: next_id(),
            ..Self::placeholder()
        }
    }

    /// A state over `backend`, which answers for everything that was not changed.
    #[must_use]
    pub fn with_backend(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend: Some(backend),
            ..Self::new()
        }
    }

    /// Stands in for a state that is elsewhere for a moment.
    pub(crate) fn placeholder() -> Self {
        Self {
            id: 0,
            accounts: AddressMap::default(),
            backend: None,
            undo: Vec::new(),
            pruned: 0,
            codes: B256Map::default(),
            follower: 0,
            stale: Stale::Accounts(Vec::new()),
        }
    }

    /// What changed for the journal `follower` since it asked last.
    ///
    /// Everything, if another one has followed this state meanwhile, or this one another state: `last` is the one that
    /// it followed.
    pub(crate) fn take_stale(&mut self, follower: u64, last: &mut u64) -> Stale {
        let stale = mem::replace(&mut self.stale, Stale::Accounts(Vec::new()));
        let follows = mem::replace(&mut self.follower, follower) == follower;
        let knows = mem::replace(last, self.id) == self.id;
        if follows && knows {
            stale
        } else {
            Stale::Everything
        }
    }

    /// Whether a backend answers for what the state does not hold.
    #[must_use]
    pub const fn has_backend(&self) -> bool {
        self.backend.is_some()
    }

    /// Balance, nonce and code of `address`; `None` if it does not exist.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn account(&self, address: Address) -> Result<Option<AccountRead>, BackendError> {
        match (self.accounts.get(&address), &self.backend) {
            (Some(account), _) => Ok(account.read()),
            (None, Some(backend)) => backend.account(address),
            (None, None) => Ok(None),
        }
    }

    pub(crate) fn info(&self, address: Address) -> Result<Option<AccountInfo>, BackendError> {
        if let Some(account) = self.accounts.get(&address) {
            return Ok(account.info());
        }
        let Some(backend) = &self.backend else {
            return Ok(None);
        };
        Ok(backend.account(address)?.map(|read| {
            AccountInfo::new(read.balance, read.nonce, read.code.hash_slow(), read.code)
        }))
    }

    /// Wei of `address`.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn balance(&self, address: Address) -> Result<U256, BackendError> {
        Ok(self
            .account(address)?
            .map_or(U256::ZERO, |account| account.balance))
    }

    /// Nonce of `address`.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn nonce(&self, address: Address) -> Result<u64, BackendError> {
        Ok(self.account(address)?.map_or(0, |account| account.nonce))
    }

    /// Runtime code of `address`, empty if it has none.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn code(&self, address: Address) -> Result<Bytecode, BackendError> {
        Ok(self
            .account(address)?
            .map_or_else(Bytecode::default, |account| account.code))
    }

    /// The word at `slot` of `address`.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn storage(&self, address: Address, slot: U256) -> Result<U256, BackendError> {
        if let Some(account) = self.accounts.get(&address) {
            if let Some(word) = account.storage.get(&slot) {
                return Ok(*word);
            }
            if account.is_detached {
                return Ok(U256::ZERO);
            }
        }
        self.backend
            .as_ref()
            .map_or(Ok(U256::ZERO), |backend| backend.storage(address, slot))
    }

    /// Whether the state itself holds a word other than zero for `address`.
    pub(crate) fn has_words(&self, address: Address) -> bool {
        self.held(address)
            .is_some_and(|account| account.storage.values().any(|word| !word.is_zero()))
    }

    pub(crate) fn block_hash(&self, number: u64) -> Result<B256, BackendError> {
        let backend = self
            .backend
            .as_ref()
            .ok_or(BackendError::UnknownBlock(number))?;
        backend.block_hash(number)
    }

    /// The accounts that the state itself holds, in no order: all that exist if it has no backend.
    pub fn accounts(&self) -> impl Iterator<Item = (Address, &Account)> {
        self.accounts
            .iter()
            .filter(|(_, account)| account.exists)
            .map(|(address, account)| (*address, account))
    }

    /// The account at `address` as far as the state itself holds it.
    #[must_use]
    pub fn held(&self, address: Address) -> Option<&Account> {
        self.accounts.get(&address).filter(|account| account.exists)
    }
}
