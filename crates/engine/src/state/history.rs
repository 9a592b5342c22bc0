//! Going back in the history of a state.

use std::mem;

use revm::primitives::hash_map::Entry;

use super::{Change, Checkpoint, Rewound, State, UnknownCheckpoint};

impl State {
    /// The present moment.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.pruned + self.undo.len() as u64)
    }

    fn position(&self, checkpoint: Checkpoint) -> Result<usize, UnknownCheckpoint> {
        let position = checkpoint
            .0
            .checked_sub(self.pruned)
            .ok_or(UnknownCheckpoint::Pruned)?;
        match usize::try_from(position) {
            Ok(position) if position <= self.undo.len() => Ok(position),
            _ => Err(UnknownCheckpoint::Undone),
        }
    }

    /// Undo everything since `checkpoint`.
    ///
    /// # Errors
    /// If the state was reverted beyond it or its history pruned.
    pub fn revert(&mut self, checkpoint: Checkpoint) -> Result<(), UnknownCheckpoint> {
        let position = self.position(checkpoint)?;
        while self.undo.len() > position {
            if let Some(change) = self.undo.pop() {
                self.apply(change);
            }
        }
        Ok(())
    }

    /// Go back to `checkpoint` for a while: [`Self::restore`] returns to where the state is now.
    ///
    /// # Errors
    /// If the state was reverted beyond it or its history pruned.
    pub fn rewind(&mut self, checkpoint: Checkpoint) -> Result<Rewound, UnknownCheckpoint> {
        let position = self.position(checkpoint)?;
        let undone = self.undo.split_off(position).into_iter().rev();
        let redo = undone.map(|change| self.apply(change)).collect();
        Ok(Rewound { checkpoint, redo })
    }

    /// Return from [`Self::rewind`]; what was changed in between is undone.
    ///
    /// # Errors
    /// If the state was reverted beyond the moment that it was rewound to.
    pub fn restore(&mut self, rewound: Rewound) -> Result<(), UnknownCheckpoint> {
        self.revert(rewound.checkpoint)?;
        for change in rewound.redo.into_iter().rev() {
            let undo = self.apply(change);
            self.undo.push(undo);
        }
        Ok(())
    }

    /// Go forward to `to` within what was rewound, or stay if the state is there already.
    pub fn advance(&mut self, rewound: &mut Rewound, to: Checkpoint) {
        while self.checkpoint() < to
            && let Some(change) = rewound.redo.pop()
        {
            let undo = self.apply(change);
            self.undo.push(undo);
        }
        rewound.checkpoint = self.checkpoint();
    }

    /// Put back what `change` replaced. Returns what undoes that.
    fn apply(&mut self, change: Change) -> Change {
        let address = change.address();
        self.mark_stale(address);
        if let Change::Account { before, .. } = change {
            return match self.accounts.insert(address, *before) {
                Some(account) => Change::Account {
                    address,
                    before: Box::new(account),
                },
                None => Change::NewAccount { address },
            };
        }
        let Entry::Occupied(mut entry) = self.accounts.entry(address) else {
            unreachable!("a change names an account that the state holds");
        };
        let account = entry.get_mut();
        match change {
            Change::Slot { slot, before, .. } => match account.storage.insert(slot, before) {
                Some(before) => Change::Slot {
                    address,
                    slot,
                    before,
                },
                None => Change::NewSlot { address, slot },
            },
            Change::NewSlot { slot, .. } => {
                let before = account.storage.remove(&slot).unwrap_or_default();
                Change::Slot {
                    address,
                    slot,
                    before,
                }
            }
            Change::Info { balance, nonce, .. } => Change::Info {
                address,
                balance: mem::replace(&mut account.balance, balance),
                nonce: mem::replace(&mut account.nonce, nonce),
            },
            Change::Code { code, .. } => Change::Code {
                address,
                code: mem::replace(&mut account.code, code),
            },
            Change::NewAccount { .. } | Change::Account { .. } => Change::Account {
                address,
                before: Box::new(entry.remove()),
            },
        }
    }

    /// The changes from `from` up to `to`, oldest first, each with what it replaced.
    ///
    /// # Errors
    /// If the state was reverted beyond one of them or its history pruned.
    pub fn changes(
        &self,
        from: Checkpoint,
        to: Checkpoint,
    ) -> Result<&[Change], UnknownCheckpoint> {
        let (from, to) = (self.position(from)?, self.position(to)?);
        Ok(self.undo.get(from..to).unwrap_or_default())
    }

    /// Give up the history before `checkpoint`, to save memory.
    ///
    /// # Errors
    /// If the state was reverted beyond it or its history pruned.
    pub fn prune(&mut self, checkpoint: Checkpoint) -> Result<(), UnknownCheckpoint> {
        let position = self.position(checkpoint)?;
        self.undo.drain(..position);
        self.pruned = checkpoint.0;
        Ok(())
    }
}
