//! Undoing the latest blocks, however they came to be.

use super::{Chain, error::ChainError, settings::Next};

impl Chain {
    /// Undo the blocks after `number`. The state is the one that the block after it found: what somebody changed by hand between
    /// the two stays. So do settings and what waits; what was in the blocks is forgotten, snapshots taken after them are gone.
    ///
    /// # Errors
    /// If there is no such block, or its state was pruned.
    pub fn roll_back(&mut self, number: u64) -> Result<(), ChainError> {
        self.history.block(number)?;
        let Some(left) = self.history.blocks.left(number) else {
            return Ok(());
        };
        self.history.check_state(number)?;
        let difficulty = self.history.blocks.difficulty_after(number);
        self.state.revert(left)?;
        self.history.return_to(number, left);
        self.snapshots.truncate(number);
        self.index.truncate(number + 1);
        let settings = &mut self.settings;
        settings.total_difficulty = settings.total_difficulty.saturating_sub(difficulty);
        settings.next = Next::default();
        settings.requests_are_idle = false;
        settings.virtual_for = None;
        self.forget_pending();
        Ok(())
    }
}
