//! Single values of the past, read off the undo log without going back.

use revm::{
    primitives::{Address, U256},
    state::Bytecode,
};

use super::{Chain, error::ChainError};
use crate::{
    state::{Change, Checkpoint},
    system::{BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS},
};

impl Chain {
    /// Wei of `address`, now or at block `number`.
    ///
    /// # Errors
    /// If there is no such block or the state cannot be read.
    pub fn balance(&mut self, address: Address, number: Option<u64>) -> Result<U256, ChainError> {
        if let Some(since) = self.readable_since(number)? {
            for change in self.since(since, address)? {
                match change {
                    Change::Info { balance, .. } => return Ok(*balance),
                    Change::Account { before, .. } => return Ok(before.balance()),
                    Change::NewAccount { .. } => return Ok(U256::ZERO),
                    _ => {}
                }
            }
            return Ok(self.state.balance(address)?);
        }
        self.at(number, |chain, _| Ok(chain.state.balance(address)?))
    }

    /// Nonce of `address`, now or at block `number`.
    ///
    /// # Errors
    /// If there is no such block or the state cannot be read.
    pub fn nonce(&mut self, address: Address, number: Option<u64>) -> Result<u64, ChainError> {
        if let Some(since) = self.readable_since(number)? {
            for change in self.since(since, address)? {
                match change {
                    Change::Info { nonce, .. } => return Ok(*nonce),
                    Change::Account { before, .. } => return Ok(before.nonce()),
                    Change::NewAccount { .. } => return Ok(0),
                    _ => {}
                }
            }
            return Ok(self.state.nonce(address)?);
        }
        self.at(number, |chain, _| Ok(chain.state.nonce(address)?))
    }

    /// Runtime code of `address`, now or at block `number`.
    ///
    /// # Errors
    /// If there is no such block or the state cannot be read.
    pub fn code(&mut self, address: Address, number: Option<u64>) -> Result<Bytecode, ChainError> {
        if let Some(since) = self.readable_since(number)? {
            for change in self.since(since, address)? {
                match change {
                    Change::Code { code, .. } => return Ok(code.clone()),
                    Change::Account { before, .. } => return Ok(before.code().clone()),
                    Change::NewAccount { .. } => return Ok(Bytecode::default()),
                    _ => {}
                }
            }
            return Ok(self.state.code(address)?);
        }
        self.at(number, |chain, _| Ok(chain.state.code(address)?))
    }

    /// The word at `slot` of `address`, now or at block `number`.
    ///
    /// # Errors
    /// If there is no such block or the state cannot be read.
    pub fn storage(
        &mut self,
        address: Address,
        slot: U256,
        number: Option<u64>,
    ) -> Result<U256, ChainError> {
        let is_plain = address != HISTORY_STORAGE_ADDRESS && address != BEACON_ROOTS_ADDRESS;
        if let (true, Some(since)) = (is_plain, self.readable_since(number)?) {
            for change in self.since(since, address)? {
                match change {
                    Change::Slot {
                        slot: changed,
                        before,
                        ..
                    } if *changed == slot => return Ok(*before),
                    Change::NewSlot { slot: changed, .. } if *changed == slot => {
                        return Ok(U256::ZERO);
                    }
                    Change::Account { before, .. } => {
                        return Ok(before.storage().get(&slot).copied().unwrap_or_default());
                    }
                    Change::NewAccount { .. } => return Ok(U256::ZERO),
                    _ => {}
                }
            }
            return Ok(self.state.storage(address, slot)?);
        }
        self.at(number, |chain, number| {
            chain
                .history
                .word(&mut chain.state, number, (address, slot))
        })
    }

    /// Where the log begins to tell what was replaced since block `number`; `None` if it does not tell everything.
    fn readable_since(&self, number: Option<u64>) -> Result<Option<Checkpoint>, ChainError> {
        if self.state.has_backend() {
            return Ok(None);
        }
        let Some(number) = number else {
            return Ok(Some(self.state.checkpoint()));
        };
        self.history.block(number)?;
        self.history.check_state(number)?;
        let left = self.history.blocks.left(number);
        Ok(Some(left.unwrap_or_else(|| self.state.checkpoint())))
    }

    /// What was changed of an account since a moment, oldest first.
    fn since(
        &self,
        moment: Checkpoint,
        address: Address,
    ) -> Result<impl Iterator<Item = &Change>, ChainError> {
        let changes = self.state.changes(moment, self.state.checkpoint())?;
        Ok(changes
            .iter()
            .filter(move |change| change.address() == address))
    }
}
