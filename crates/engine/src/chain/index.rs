//! Transactions and blocks by their hashes.

use std::sync::Arc;

use revm::primitives::{B256, B256Map};

use super::{Chain, error::ChainError};
use crate::block::{Accepted, Block};

/// Where hashes lead, as far as somebody asked. What was reverted away is found out when it is looked up.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Hash to the number of the block and the position in it.
    transactions: B256Map<(u64, usize)>,
    /// The first block whose transactions are not in there.
    next_transactions: u64,
    blocks: B256Map<u64>,
}

impl Index {
    /// Blocks from `number` on were replaced.
    pub(super) fn truncate(&mut self, number: u64) {
        self.next_transactions = self.next_transactions.min(number);
    }

    /// Blocks before `number` were forgotten.
    pub(super) fn forget_before(&mut self, number: u64) {
        self.next_transactions = self.next_transactions.max(number);
        self.transactions.retain(|_, (block, _)| *block >= number);
        self.blocks.retain(|_, block| *block >= number);
    }
}

impl Chain {
    /// A transaction of the chain, or one that waits, by its hash.
    #[must_use]
    pub fn transaction(&mut self, hash: B256) -> Option<Arc<Accepted>> {
        let is_it = |accepted: &&Arc<Accepted>| accepted.transaction.hash() == hash;
        if let Some(found) = self.pool.iter().find(is_it) {
            return Some(found.clone());
        }
        // Who asks has mostly seen the hash here, and not long ago.
        let recent = self
            .history
            .blocks
            .with_transactions(self.index.next_transactions);
        for block in recent.rev() {
            let mut transactions = block.transactions.iter();
            let found =
                transactions.find(|accepted| accepted.transaction.known_hash() == Some(hash));
            if let Some(found) = found {
                return Some(found.clone());
            }
        }
        if let Some(found) = self.indexed(hash) {
            return Some(found);
        }
        self.index_transactions();
        self.indexed(hash)
    }

    fn indexed(&self, hash: B256) -> Option<Arc<Accepted>> {
        let (number, position) = *self.index.transactions.get(&hash)?;
        let block = self.history.blocks.get(number)?;
        let accepted = block.transactions.get(position)?;
        (accepted.transaction.hash() == hash).then(|| accepted.clone())
    }

    fn index_transactions(&mut self) {
        let index = &mut self.index;
        for block in self
            .history
            .blocks
            .with_transactions(index.next_transactions)
        {
            for (position, accepted) in block.transactions.iter().enumerate() {
                let hash = accepted.transaction.hash();
                index
                    .transactions
                    .insert(hash, (block.head.number, position));
            }
        }
        index.next_transactions = self.history.blocks.number() + 1;
    }

    /// A block of the chain by its hash.
    ///
    /// # Errors
    /// If hashes cannot be computed.
    pub fn block_by_hash(&mut self, hash: B256) -> Result<Option<Arc<Block>>, ChainError> {
        if let Some(found) = self.indexed_block(hash) {
            return Ok(Some(found));
        }
        for number in self.history.blocks.ends_of_stretches() {
            self.history.hash(&mut self.state, number)?;
        }
        Ok(self.indexed_block(hash))
    }

    fn indexed_block(&mut self, hash: B256) -> Option<Arc<Block>> {
        let (index, history) = (&mut self.index, &mut self.history);
        index.blocks.extend(history.take_unseen());
        if let Some(number) = history.blocks.with_made_up_hash(hash) {
            return history.blocks.get(number);
        }
        let number = *index.blocks.get(&hash)?;
        (history.known_hash(number) == Some(hash)).then(|| history.blocks.get(number))?
    }
}
