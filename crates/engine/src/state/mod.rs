//! Accounts and their storage, with one undo log over an optional lazy backend.
//!
//! Every change is logged with what it replaced. A [`Checkpoint`] is a position in that log: reverting costs as much
//! as was changed since, checkpoints nest, and nothing is copied.

mod account;
mod backend;
mod undo;

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use revm::{
    primitives::{Address, AddressMap, B256, B256Map, U256, hash_map::Entry},
    state::{AccountInfo, Bytecode},
};

pub use account::{Account, Storage};
pub use backend::{AccountRead, Backend, BackendError, EmptyBackend};
pub use undo::{Change, Checkpoint, Rewound, UnknownCheckpoint};

/// Codes that are kept for sharing; beyond that many the pool starts anew.
const MAX_SHARED_CODES: usize = 1024;

/// Accounts changed from outside that are kept by name; beyond that many a cache forgets everything.
const MAX_STALE: usize = 4096;

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
    stale: Stale,
}

/// Accounts that changed otherwise than by the executor since it last looked.
#[derive(Debug)]
pub(crate) enum Stale {
    Accounts(Vec<Address>),
    Everything,
}

fn next_id() -> u64 {
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
            stale: Stale::Accounts(Vec::new()),
        }
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn take_stale(&mut self) -> Stale {
        mem::replace(&mut self.stale, Stale::Accounts(Vec::new()))
    }

    // READ

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

    // CHANGE

    /// Set the balance of `address`, which then exists.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn set_balance(&mut self, address: Address, balance: U256) -> Result<(), BackendError> {
        let account = self.account(address)?.unwrap_or_default();
        self.set_account(address, AccountRead { balance, ..account });
        Ok(())
    }

    /// Set the nonce of `address`, which then exists.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) -> Result<(), BackendError> {
        let account = self.account(address)?.unwrap_or_default();
        self.set_account(address, AccountRead { nonce, ..account });
        Ok(())
    }

    /// Set the code of `address`, which then exists.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn set_code(&mut self, address: Address, code: Bytecode) -> Result<(), BackendError> {
        let account = self.account(address)?.unwrap_or_default();
        self.set_account(address, AccountRead { code, ..account });
        Ok(())
    }

    /// Set the word at `slot` of `address`, which then exists.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn set_storage(
        &mut self,
        address: Address,
        slot: U256,
        word: U256,
    ) -> Result<(), BackendError> {
        let account = self.account(address)?.unwrap_or_default();
        self.set_account(address, account);
        self.write_slot(address, slot, word);
        Ok(())
    }

    /// Set balance, nonce and code of `address`, which then exists; its storage stays.
    pub fn set_account(&mut self, address: Address, account: AccountRead) {
        self.mark_stale(address);
        self.write_account(address, account);
    }

    /// Delete `address` and its storage.
    pub fn remove(&mut self, address: Address) {
        self.mark_stale(address);
        self.erase(address);
    }

    /// Wipe the storage of `address`, as a new contract finds it.
    pub fn clear_storage(&mut self, address: Address) {
        self.mark_stale(address);
        self.wipe(address);
    }

    pub(crate) fn write_account(&mut self, address: Address, new: AccountRead) {
        let account = match self.accounts.entry(address) {
            Entry::Vacant(entry) => {
                self.undo.push(Change::NewAccount { address });
                let code = share(&mut self.codes, new.code);
                entry.insert(Account::new(new.balance, new.nonce, code));
                return;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        if !account.exists {
            let before = Box::new(account.clone());
            self.undo.push(Change::Account { address, before });
            account.exists = true;
        } else if account.balance != new.balance || account.nonce != new.nonce {
            self.undo.push(Change::Info {
                address,
                balance: account.balance,
                nonce: account.nonce,
            });
        }
        account.balance = new.balance;
        account.nonce = new.nonce;
        if account.code.hash_slow() != new.code.hash_slow() {
            let code = share(&mut self.codes, new.code);
            let code = mem::replace(&mut account.code, code);
            self.undo.push(Change::Code { address, code });
        }
    }

    /// Write a slot of an account that the state holds.
    pub(crate) fn write_slot(&mut self, address: Address, slot: U256, word: U256) {
        let Some(account) = self.accounts.get_mut(&address) else {
            return;
        };
        let keeps_zero = self.backend.is_some() && !account.is_detached;
        let before = if word.is_zero() && !keeps_zero {
            account.storage.remove(&slot)
        } else {
            account.storage.insert(slot, word)
        };
        match before {
            Some(before) if before == word => {}
            Some(before) => self.undo.push(Change::Slot {
                address,
                slot,
                before,
            }),
            None if word.is_zero() && !keeps_zero => {}
            None => self.undo.push(Change::NewSlot { address, slot }),
        }
    }

    pub(crate) fn erase(&mut self, address: Address) {
        match self.accounts.entry(address) {
            Entry::Occupied(mut entry) => {
                if self.backend.is_none() {
                    let before = Box::new(entry.remove());
                    self.undo.push(Change::Account { address, before });
                } else if entry.get().exists {
                    let before = Box::new(mem::replace(entry.get_mut(), Account::absent()));
                    self.undo.push(Change::Account { address, before });
                }
            }
            Entry::Vacant(entry) => {
                if self.backend.is_some() {
                    entry.insert(Account::absent());
                    self.undo.push(Change::NewAccount { address });
                }
            }
        }
    }

    pub(crate) fn wipe(&mut self, address: Address) {
        let Some(account) = self.accounts.get_mut(&address) else {
            return;
        };
        if account.storage.is_empty() && (self.backend.is_none() || account.is_detached) {
            return;
        }
        let wiped = Account {
            is_detached: true,
            ..Account::new(account.balance, account.nonce, account.code.clone())
        };
        let before = Box::new(mem::replace(account, wiped));
        self.undo.push(Change::Account { address, before });
    }

    fn mark_stale(&mut self, address: Address) {
        let Stale::Accounts(addresses) = &mut self.stale else {
            return;
        };
        if addresses.last() == Some(&address) {
            return;
        }
        if addresses.len() < MAX_STALE {
            addresses.push(address);
        } else {
            self.stale = Stale::Everything;
        }
    }

    // HISTORY

    /// The present moment.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.pruned + self.undo.len() as u64)
    }

    fn position(&self, checkpoint: Checkpoint) -> Result<usize, UnknownCheckpoint> {
        let position = checkpoint
            .0
            .checked_sub(self.pruned)
            .ok_or(UnknownCheckpoint::Pruned)?;
        match usize::try_from(position) {
            Ok(position) if position <= self.undo.len() => Ok(position),
            _ => Err(UnknownCheckpoint::Undone),
        }
    }

    /// Undo everything since `checkpoint`.
    ///
    /// # Errors
    /// If the state was reverted beyond it or its history pruned.
    pub fn revert(&mut self, checkpoint: Checkpoint) -> Result<(), UnknownCheckpoint> {
        let position = self.position(checkpoint)?;
        while self.undo.len() > position {
            if let Some(change) = self.undo.pop() {
                self.apply(change);
            }
        }
        Ok(())
    }

    /// Go back to `checkpoint` for a while: [`Self::restore`] returns to where the state is now.
    ///
    /// # Errors
    /// If the state was reverted beyond it or its history pruned.
    pub fn rewind(&mut self, checkpoint: Checkpoint) -> Result<Rewound, UnknownCheckpoint> {
        let position = self.position(checkpoint)?;
        let undone = self.undo.split_off(position).into_iter().rev();
        let redo = undone.map(|change| self.apply(change)).collect();
        Ok(Rewound { checkpoint, redo })
    }

    /// Return from [`Self::rewind`]; what was changed in between is undone.
    ///
    /// # Errors
    /// If the state was reverted beyond the moment that it was rewound to.
    pub fn restore(&mut self, rewound: Rewound) -> Result<(), UnknownCheckpoint> {
        self.revert(rewound.checkpoint)?;
        for change in rewound.redo.into_iter().rev() {
            let undo = self.apply(change);
            self.undo.push(undo);
        }
        Ok(())
    }

    /// Go forward to `to` within what was rewound, or stay if the state is there already.
    pub fn advance(&mut self, rewound: &mut Rewound, to: Checkpoint) {
        while self.checkpoint() < to
            && let Some(change) = rewound.redo.pop()
        {
            let undo = self.apply(change);
            self.undo.push(undo);
        }
        rewound.checkpoint = self.checkpoint();
    }

    /// Put back what `change` replaced. Returns what undoes that.
    fn apply(&mut self, change: Change) -> Change {
        let address = change.address();
        self.mark_stale(address);
        if let Change::Account { before, .. } = change {
            return match self.accounts.insert(address, *before) {
                Some(account) => Change::Account {
                    address,
                    before: Box::new(account),
                },
                None => Change::NewAccount { address },
            };
        }
        let Entry::Occupied(mut entry) = self.accounts.entry(address) else {
            unreachable!("a change names an account that the state holds");
        };
        let account = entry.get_mut();
        match change {
            Change::Slot { slot, before, .. } => match account.storage.insert(slot, before) {
                Some(before) => Change::Slot {
                    address,
                    slot,
                    before,
                },
                None => Change::NewSlot { address, slot },
            },
            Change::NewSlot { slot, .. } => {
                let before = account.storage.remove(&slot).unwrap_or_default();
                Change::Slot {
                    address,
                    slot,
                    before,
                }
            }
            Change::Info { balance, nonce, .. } => Change::Info {
                address,
                balance: mem::replace(&mut account.balance, balance),
                nonce: mem::replace(&mut account.nonce, nonce),
            },
            Change::Code { code, .. } => Change::Code {
                address,
                code: mem::replace(&mut account.code, code),
            },
            Change::NewAccount { .. } | Change::Account { .. } => Change::Account {
                address,
                before: Box::new(entry.remove()),
            },
        }
    }

    /// The changes from `from` up to `to`, oldest first, each with what it replaced.
    ///
    /// # Errors
    /// If the state was reverted beyond one of them or its history pruned.
    pub fn changes(
        &self,
        from: Checkpoint,
        to: Checkpoint,
    ) -> Result<&[Change], UnknownCheckpoint> {
        let (from, to) = (self.position(from)?, self.position(to)?);
        Ok(self.undo.get(from..to).unwrap_or_default())
    }

    /// Give up the history before `checkpoint`, to save memory.
    ///
    /// # Errors
    /// If the state was reverted beyond it or its history pruned.
    pub fn prune(&mut self, checkpoint: Checkpoint) -> Result<(), UnknownCheckpoint> {
        let position = self.position(checkpoint)?;
        self.undo.drain(..position);
        self.pruned = checkpoint.0;
        Ok(())
    }
}

/// The analysed code itself, or an equal one that another account has already.
fn share(codes: &mut B256Map<Bytecode>, code: Bytecode) -> Bytecode {
    if code.is_empty() {
        return Bytecode::default();
    }
    if codes.len() >= MAX_SHARED_CODES {
        codes.clear();
    }
    codes.entry(code.hash_slow()).or_insert(code).clone()
}
