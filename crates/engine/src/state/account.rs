//! An account as a state holds it.

use revm::{
    primitives::{U256, U256Map},
    state::{AccountInfo, Bytecode},
};

use super::AccountRead;

/// Words by slot. Without a backend no word is zero.
pub type Storage = U256Map<U256>;

/// An account of a [`State`](super::State).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(super) balance: U256,
    pub(super) nonce: u64,
    /// Analysed, its hash cached, shared with the accounts of equal code.
    pub(super) code: Bytecode,
    pub(super) storage: Storage,
    /// False for one that the backend has but that was deleted.
    pub(super) exists: bool,
    /// Whether slots that are not in `storage` are zero, whatever the backend says.
    pub(super) is_detached: bool,
}

impl Account {
    pub(super) fn new(balance: U256, nonce: u64, code: Bytecode) -> Self {
        Self {
            balance,
            nonce,
            code,
            storage: Storage::default(),
            exists: true,
            is_detached: false,
        }
    }

    /// What covers an account of the backend that was deleted.
    pub(super) fn absent() -> Self {
        Self {
            exists: false,
            is_detached: true,
            ..Self::new(U256::ZERO, 0, Bytecode::default())
        }
    }

    pub(super) fn read(&self) -> Option<AccountRead> {
        self.exists.then(|| AccountRead {
            balance: self.balance,
            nonce: self.nonce,
            code: self.code.clone(),
        })
    }

    pub(super) fn info(&self) -> Option<AccountInfo> {
        let code = || self.code.clone();
        self.exists
            .then(|| AccountInfo::new(self.balance, self.nonce, self.code.hash_slow(), code()))
    }

    /// Wei.
    #[must_use]
    pub const fn balance(&self) -> U256 {
        self.balance
    }

    /// Transactions sent, or contracts created.
    #[must_use]
    pub const fn nonce(&self) -> u64 {
        self.nonce
    }

    /// Runtime code; empty for an account without. `hash_slow` is cached.
    #[must_use]
    pub const fn code(&self) -> &Bytecode {
        &self.code
    }

    /// The words that the state itself holds.
    #[must_use]
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }
}
