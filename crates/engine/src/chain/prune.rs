//! Giving up the past, so that a chain can go on for ever in the same memory.

use super::{Chain, error::ChainError, history::History};

/// Blocks are kept for so long after their state was given up: what contracts can ask of their ancestors (EIP-2935, EIP-4788).
const KEPT_BODIES: u64 = 8_192;

/// BLOCKHASH knows the hashes of so many ancestors.
const KEPT_HASHES: u64 = 256;

/// The past is given up in portions of this many blocks, or of a quarter of what is kept.
const PORTION: u64 = 64;

impl Chain {
    /// How many blocks before the latest have their state kept, at least; `None` for all.
    #[must_use]
    pub const fn history_limit(&self) -> Option<u64> {
        self.history_limit
    }

    /// Keep only the states of the last `limit` blocks before the latest, and of 8,192 more the blocks themselves. What a snapshot
    /// leads back to stays.
    ///
    /// # Errors
    /// If the hashes of blocks cannot be computed.
    pub fn set_history_limit(&mut self, limit: Option<u64>) -> Result<(), ChainError> {
        self.history_limit = limit;
        match limit {
            Some(limit) => self.prune(self.block_number().saturating_sub(limit)),
            None => Ok(()),
        }
    }

    /// The first block whose state is kept.
    #[must_use]
    pub const fn oldest_state(&self) -> u64 {
        self.history.oldest_state()
    }

    /// Keep to the limit, now that there is another block.
    pub(super) fn prune_when_due(&mut self) -> Result<(), ChainError> {
        let Some(limit) = self.history_limit else {
            return Ok(());
        };
        let wanted = self.block_number().saturating_sub(limit);
        if wanted < self.oldest_state() + PORTION.max(limit / 4) {
            return Ok(());
        }
        self.prune(wanted)
    }

    fn prune(&mut self, wanted: u64) -> Result<(), ChainError> {
        let number = self.snapshots.oldest().unwrap_or(wanted).min(wanted);
        if number <= self.oldest_state() {
            return Ok(());
        }
        // PREPARE: what follows from states that will be gone
        for end in self.history.blocks.ends_of_stretches() {
            self.history.hash(&mut self.state, end.min(number))?;
        }
        self.history.hash(&mut self.state, number)?;
        if !self.is_fork() {
            let trie = self.history.trie(&mut self.state, number)?;
            self.history.rebase(number, trie);
        }
        let first = number.saturating_sub(KEPT_BODIES);
        let mut ancestors = Vec::new();
        if first > self.first_block_number() {
            for ancestor in first.saturating_sub(KEPT_HASHES)..first {
                ancestors.extend(self.history.hash(&mut self.state, ancestor));
            }
        }
        // EXECUTE
        if let Some(end) = self.history.blocks.end(number) {
            self.state.prune(end)?;
        }
        self.history.set_oldest_state(number);
        if first > self.first_block_number() {
            self.history.forget_before(first, ancestors);
            self.index.forget_before(first);
        }
        Ok(())
    }
}

impl History {
    /// Whether the state of block `number` is still known.
    pub(super) const fn check_state(&self, number: u64) -> Result<(), ChainError> {
        let oldest = self.oldest_state();
        if number < oldest {
            return Err(ChainError::Pruned { number, oldest });
        }
        Ok(())
    }
}
