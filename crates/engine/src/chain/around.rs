//! The state that a mined transaction saw, and the one that it left.

use revm::{
    primitives::{Address, B256, U256},
    state::Bytecode,
};

use super::{Chain, error::ChainError};
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
        self.at_moment(moment, |chain| {
            let state = &chain.state;
            let views = wanted.iter().map(|(address, slots)| {
                let words = slots.iter().map(|slot| state.storage(*address, *slot));
                Ok(AccountView {
                    balance: state.balance(*address)?,
                    nonce: state.nonce(*address)?,
                    code: state.code(*address)?,
                    words: words.collect::<Result<_, _>>()?,
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
        self.at_moment(moment, |chain| {
            let held = chain.state.held(address);
            let mut found: Vec<_> = held
                .into_iter()
                .flat_map(|account| account.storage().iter())
                .filter(|(_, word)| !word.is_zero())
                .map(|(slot, word)| (*slot, *word))
                .collect();
            found.sort_unstable();
            Ok(found)
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

    fn mined_between(&self, accepted: &Accepted) -> Result<(Checkpoint, Checkpoint), ChainError> {
        let mined = accepted
            .mined()
            .filter(|_| self.holds_transaction(accepted));
        mined
            .map(|mined| (mined.before, mined.after))
            .ok_or(ChainError::Reverted("transaction"))
    }
}
