//! The state that a mined transaction saw, and the one that it left.

use std::collections::BTreeMap;

use revm::{
    primitives::{Address, B256, U256},
    state::Bytecode,
};

use super::{Chain, error::ChainError, history::virtual_slots_of};
use crate::{block::Accepted, state::Checkpoint};

/// An account at a moment.
#[derive(Clone, Debug, Default)]
pub struct AccountView {
    /// Wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Runtime code.
    pub code: Bytecode,
    /// Words of the slots that were asked for.
    pub words: Vec<U256>,
}

/// A moment in the history of a chain.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'a> {
    /// Now.
    Now,
    /// At a block: what the block after it found.
    Block(u64),
    /// Before a mined transaction.
    Before(&'a Accepted),
    /// After a mined transaction.
    After(&'a Accepted),
}

impl Chain {
    /// Accounts and some of their slots at a moment.
    ///
    /// # Errors
    /// If the moment is not one of this chain any more, or the state cannot be read.
    pub fn views(
        &mut self,
        moment: Moment<'_>,
        wanted: &[(Address, Vec<U256>)],
    ) -> Result<Vec<AccountView>, ChainError> {
        let number = self.number_at(moment);
        self.at_moment(moment, |chain| {
            let (state, history) = (&mut chain.state, &mut chain.history);
            let views = wanted.iter().map(|(address, slots)| {
                let words = slots
                    .iter()
                    .map(|slot| history.word(state, number, (*address, *slot)));
                let words = words.collect::<Result<_, _>>()?;
                Ok(AccountView {
                    balance: state.balance(*address)?,
                    nonce: state.nonce(*address)?,
                    code: state.code(*address)?,
                    words,
                })
            });
            views.collect()
        })
    }

    /// The addresses of all accounts that exist at a moment, in order.
    ///
    /// # Errors
    /// If not all of the state is here.
    pub fn addresses(&mut self, moment: Moment<'_>) -> Result<Vec<Address>, ChainError> {
        if self.is_fork() {
            return Err(ChainError::Partial("list of accounts"));
        }
        self.at_moment(moment, |chain| {
            let mut found: Vec<_> = chain.state.accounts().map(|(address, _)| address).collect();
            found.sort_unstable();
            Ok(found)
        })
    }

    /// The slots of an account that are not zero at a moment, in order.
    ///
    /// # Errors
    /// If not all of the state is here.
    pub fn slots(
        &mut self,
        moment: Moment<'_>,
        address: Address,
    ) -> Result<Vec<(U256, U256)>, ChainError> {
        if self.is_fork() {
            return Err(ChainError::Partial("list of slots"));
        }
        let number = self.number_at(moment);
        self.at_moment(moment, |chain| {
            let held = chain.state.held(address);
            let mut found: BTreeMap<_, _> = held
                .into_iter()
                .flat_map(|account| account.storage().iter())
                .map(|(slot, word)| (*slot, *word))
                .collect();
            for slot in virtual_slots_of(address) {
                let place = (address, slot);
                found.insert(slot, chain.history.word(&mut chain.state, number, place)?);
            }
            found.retain(|_, word| !word.is_zero());
            Ok(found.into_iter().collect())
        })
    }

    /// Drop a transaction that waits. Returns whether it did.
    pub fn drop_pending(&mut self, hash: B256) -> bool {
        let before = self.pool.waiting.len();
        self.pool
            .waiting
            .retain(|pooled| pooled.accepted.transaction.hash() != hash);
        self.pool.waiting.len() < before
    }

    /// The state roots after each transaction of a block, withdrawals and requests not included.
    ///
    /// # Errors
    /// If there is no such block, or not all of the state is here.
    pub fn intermediate_roots(&mut self, number: u64) -> Result<Vec<B256>, ChainError> {
        self.forget_pending();
        self.history.intermediate_roots(&mut self.state, number)
    }

    /// The block whose state it is at a moment.
    fn number_at(&self, moment: Moment<'_>) -> u64 {
        match moment {
            Moment::Now => self.block_number(),
            Moment::Block(number) => number,
            Moment::Before(accepted) | Moment::After(accepted) => accepted
                .mined()
                .map_or_else(|| self.block_number(), |mined| mined.block_number),
        }
    }

    fn at_moment<T>(
        &mut self,
        moment: Moment<'_>,
        work: impl FnOnce(&mut Self) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let checkpoint = match moment {
            Moment::Now => return work(self),
            Moment::Block(number) => return self.at(Some(number), |chain, _| work(chain)),
            Moment::Before(accepted) => self.mined_between(accepted)?.0,
            Moment::After(accepted) => self.mined_between(accepted)?.1,
        };
        let rewound = self.state.rewind(checkpoint)?;
        self.forget_pending();
        let result = work(self);
        self.state.restore(rewound)?;
        result
    }

    pub(super) fn mined_between(
        &self,
        accepted: &Accepted,
    ) -> Result<(Checkpoint, Checkpoint), ChainError> {
        let mined = accepted
            .mined()
            .filter(|_| self.holds_transaction(accepted))
            .ok_or(ChainError::Reverted("transaction"))?;
        let block = self.history.block(mined.block_number)?;
        if block.is_adopted && block.transactions.len() > 1 {
            return Err(ChainError::Request(
                "this transaction cannot be executed again: its block was loaded from a file, and it shares it with others"
                    .into(),
            ));
        }
        if let Some(parent) = mined.block_number.checked_sub(1) {
            self.history.check_state(parent)?;
        }
        Ok((mined.before, mined.after))
    }
}
