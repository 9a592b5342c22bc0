//! Snapshots: positions to return to.

use super::{Chain, error::ChainError, history::HistoryMark, pool::Pool, settings::Settings};
use crate::state::Checkpoint;

/// The snapshots that can be reverted to, oldest first.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    taken: Vec<Snapshot>,
    last: u64,
}

#[derive(Debug)]
struct Snapshot {
    id: u64,
    state: Checkpoint,
    history: HistoryMark,
    settings: Settings,
    pool: Pool,
}

impl Snapshots {
    /// Forget all; their numbers are not given out again.
    pub(super) fn clear(&mut self) {
        self.taken.clear();
    }
}

impl Chain {
    /// Remember everything as it is: state, blocks, pool, time and settings. Keys stay held whatever happens.
    pub fn snapshot(&mut self) -> u64 {
        self.snapshots.last += 1;
        let id = self.snapshots.last;
        self.snapshots.taken.push(Snapshot {
            id,
            state: self.state.checkpoint(),
            history: self.history.mark(),
            settings: self.settings.clone(),
            pool: self.pool.clone(),
        });
        id
    }

    /// Return to a snapshot; it and those taken later are used up.
    ///
    /// # Errors
    /// If there is no such snapshot any more.
    pub fn revert(&mut self, id: u64) -> Result<(), ChainError> {
        let taken = &mut self.snapshots.taken;
        let Ok(position) = taken.binary_search_by_key(&id, |snapshot| snapshot.id) else {
            return Err(ChainError::UnknownSnapshot(id));
        };
        let Some(snapshot) = taken.drain(position..).next() else {
            return Err(ChainError::UnknownSnapshot(id));
        };
        self.state.revert(snapshot.state)?;
        self.history.restore(snapshot.history);
        self.settings = snapshot.settings;
        self.pool = snapshot.pool.renewed();
        let next = self.history.blocks.number() + 1;
        self.index.truncate(next, self.history.known_hashes());
        self.forget_pending();
        Ok(())
    }
}
