//! Changes of a state, each logged with what it replaced.

use std::mem;

use revm::{
    primitives::{Address, B256Map, U256, hash_map::Entry},
    state::Bytecode,
};

use super::{Account, AccountRead, BackendError, Change, Stale, State};

/// Codes that are kept for sharing; beyond that many the pool starts anew.
const MAX_SHARED_CODES: usize = 1024;

/// Accounts changed from outside that are kept by name; beyond that many a cache forgets everything.
const MAX_STALE: usize = 4096;

impl State {
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

    /// Wipe the storage of `address`, if it exists.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn clear_storage(&mut self, address: Address) -> Result<(), BackendError> {
        if let Some(account) = self.account(address)? {
            self.set_account(address, account);
            self.wipe(address);
        }
        Ok(())
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

    /// Wipe the storage of an account that the state holds.
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

    pub(super) fn mark_stale(&mut self, address: Address) {
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
