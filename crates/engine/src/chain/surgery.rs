//! Changes of the state that no transaction makes.

use revm::{
    primitives::{Address, U256},
    state::Bytecode,
};

use super::{Chain, error::ChainError, history::virtual_slots_of};
use crate::{
    hardfork::Hardfork,
    system::{
        BEACON_ROOTS_ADDRESS, CONSOLIDATION_REQUESTS_ADDRESS, HISTORY_STORAGE_ADDRESS,
        WITHDRAWAL_REQUESTS_ADDRESS,
    },
};

impl Chain {
    /// Set the balance of `address`, which then exists unless it is empty (EIP-161).
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn set_balance(&mut self, address: Address, balance: U256) -> Result<(), ChainError> {
        self.state.set_balance(address, balance)?;
        self.clear_empty(address);
        Ok(())
    }

    /// Set the nonce of `address`, which then exists unless it is empty (EIP-161).
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) -> Result<(), ChainError> {
        self.state.set_nonce(address, nonce)?;
        self.clear_empty(address);
        Ok(())
    }

    /// Set the code of `address`, which then exists unless it is empty (EIP-161).
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn set_code(&mut self, address: Address, code: Bytecode) -> Result<(), ChainError> {
        self.before_surgery(address)?;
        self.state.set_code(address, code)?;
        self.clear_empty(address);
        Ok(())
    }

    /// Set the word at `slot` of `address`, which then exists.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn set_storage(
        &mut self,
        address: Address,
        slot: U256,
        word: U256,
    ) -> Result<(), ChainError> {
        self.before_surgery(address)?;
        Ok(self.state.set_storage(address, slot, word)?)
    }

    /// No account without balance, nonce, code and storage exists from Spurious Dragon on. A fork cannot tell it from none
    /// anyway.
    fn clear_empty(&mut self, address: Address) {
        if self.is_fork() || self.hardfork() < Hardfork::SpuriousDragon {
            return;
        }
        let is_empty = self.state.held(address).is_some_and(|account| {
            account.balance().is_zero()
                && account.nonce() == 0
                && account.code().is_empty()
                && account.storage().is_empty()
        });
        if is_empty {
            self.state.remove(address);
        }
    }

    /// Remove an account that exists without balance, nonce and code, whatever it stores.
    pub(super) fn clear_if_empty(&mut self, address: Address) -> Result<(), ChainError> {
        let account = self.state.account(address)?;
        if account.is_some_and(|account| {
            account.balance.is_zero() && account.nonce == 0 && account.code.is_empty()
        }) {
            self.state.remove(address);
        }
        Ok(())
    }

    /// What the chain knows of its system contracts does not hold once somebody changes them.
    pub(super) fn before_surgery(&mut self, address: Address) -> Result<(), ChainError> {
        match address {
            HISTORY_STORAGE_ADDRESS | BEACON_ROOTS_ADDRESS => {
                self.write_virtual_slots(address)?;
                self.settings.virtual_for = None;
                self.forget_pending();
            }
            WITHDRAWAL_REQUESTS_ADDRESS | CONSOLIDATION_REQUESTS_ADDRESS => {
                self.settings.requests_are_idle = false;
            }
            _ => {}
        }
        Ok(())
    }

    /// Write the virtual slots of a system contract to the state.
    pub(super) fn write_virtual_slots(&mut self, contract: Address) -> Result<(), ChainError> {
        let spans = match contract {
            HISTORY_STORAGE_ADDRESS => &self.history.hashes,
            _ => &self.history.beacon_roots,
        };
        if !spans.is_open() {
            return Ok(());
        }
        let latest = self.latest().clone();
        let mut words = Vec::new();
        for slot in virtual_slots_of(contract) {
            let state = &mut self.state;
            let word = self
                .history
                .system_word(state, &latest.head, (contract, slot))?;
            words.extend(word.map(|word| (slot, word)));
        }
        for (slot, word) in words {
            self.state.set_storage(contract, slot, word)?;
        }
        let (last, position) = (latest.head.number, self.state.checkpoint());
        match contract {
            HISTORY_STORAGE_ADDRESS => self.history.hashes.close(last, position),
            _ => self.history.beacon_roots.close(last, position),
        }
        Ok(())
    }
}
