//! Snapshots: positions to return to.

use std::mem;

use super::{Chain, error::ChainError, history::HistoryMark, pool::Pool, settings::Settings};
use crate::state::Checkpoint;

/// The snapshots that can be reverted to, oldest first.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    taken: Vec<Snapshot>,
    last: u64,
    /// The chain as it was before a state file was loaded, if there are snapshots of it.
    before_load: Option<Box<Chain>>,
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
    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.before_load.is_none()
    }

    /// Drop those that were taken after block `number`.
    pub(super) fn truncate(&mut self, number: u64) {
        self.taken
            .retain(|snapshot| snapshot.history.number <= number);
    }

    /// The first block that one of them leads back to.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.taken.first().map(|snapshot| snapshot.history.number)
    }

    fn position(&self, id: u64) -> Option<usize> {
        self.taken
            .binary_search_by_key(&id, |snapshot| snapshot.id)
            .ok()
    }

    /// Whether there is such a snapshot, of this chain or of one before a load.
    fn knows(&self, id: u64) -> bool {
        let before = self.before_load.as_ref();
        self.position(id).is_some() || before.is_some_and(|chain| chain.snapshots.knows(id))
    }
}

impl Chain {
    /// Become `loaded`. Keys stay held; snapshots of what was here before lead back to it.
    pub(super) fn replace_by(&mut self, mut loaded: Self) {
        loaded.keys.clone_from(&self.keys);
        loaded.executor.learn_signatures(&self.executor);
        loaded.history_limit = self.history_limit;
        loaded.max_transactions = self.max_transactions;
        loaded.pool_checks_funds = self.pool_checks_funds;
        loaded.snapshots.last = self.snapshots.last;
        let before = mem::replace(self, loaded);
        if !before.snapshots.is_empty() {
            self.snapshots.before_load = Some(Box::new(before));
        }
    }

    /// Take back the load of a state file.
    fn undo_load(&mut self, mut before: Box<Self>) {
        before.keys.extend(self.keys.drain());
        before.executor.learn_signatures(&self.executor);
        before.snapshots.last = self.snapshots.last;
        *self = *before;
    }

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
        if !self.snapshots.knows(id) {
            return Err(ChainError::UnknownSnapshot(id));
        }
        while self.snapshots.position(id).is_none()
            && let Some(before) = self.snapshots.before_load.take()
        {
            self.undo_load(before);
        }
        let position = self.snapshots.position(id);
        let mut later = self.snapshots.taken.drain(position.unwrap_or_default()..);
        let snapshot = later.next().ok_or(ChainError::UnknownSnapshot(id))?;
        drop(later);
        self.state.revert(snapshot.state)?;
        self.history.restore(snapshot.history);
        self.settings = snapshot.settings;
        self.pool = snapshot.pool.renewed();
        self.index.truncate(self.history.blocks.number() + 1);
        self.forget_pending();
        Ok(())
    }
}
