//! The tries of blocks, brought forward and back by what was changed between.

use std::collections::BTreeSet;

use revm::primitives::{Address, AddressMap, U256};

use super::History;
use crate::{
    block::Head,
    chain::error::ChainError,
    state::{Change, Checkpoint, State, Storage},
    system::{BEACON_ROOTS_ADDRESS, HISTORY_LENGTH, HISTORY_STORAGE_ADDRESS},
    trie::{AccountLeaf, StateTrie},
};

/// Blocks whose tries are kept, besides that of the first one whose state is known.
pub(super) const KEPT_TRIES: u64 = 64;

/// Slots of an account that changed, or all of them.
#[derive(Debug)]
pub(super) enum Touched {
    Slots(BTreeSet<U256>),
    Everything,
}

pub(super) type TouchedAccounts = AddressMap<Touched>;

impl History {
    pub(super) fn keep(&mut self, number: u64, trie: StateTrie) {
        self.tries.insert(number, trie);
        let base = self.oldest_state;
        let oldest = number.saturating_sub(KEPT_TRIES);
        while let Some(old) = self
            .tries
            .range(..=oldest)
            .map(|(kept, _)| *kept)
            .find(|kept| *kept != base && *kept != number)
        {
            self.tries.remove(&old);
        }
    }

    /// The accounts at the end of block `number`, whose parent's hash must be known or cheap to know.
    pub(in crate::chain) fn trie(
        &mut self,
        state: &mut State,
        number: u64,
    ) -> Result<StateTrie, ChainError> {
        self.check_state(number)?;
        self.logged_trie(state, number)
    }

    /// The same, as far as the undo log tells: at adopted blocks it may not be what their headers say.
    pub(super) fn logged_trie(
        &mut self,
        state: &mut State,
        number: u64,
    ) -> Result<StateTrie, ChainError> {
        if state.has_backend() {
            return Err(ChainError::Partial("state root"));
        }
        if let Some(trie) = self.tries.get(&number) {
            return Ok(trie.clone());
        }
        if self.blocks.made_up_hash(number).is_none() {
            self.seal(state, number)?;
        } else if self.tries.is_empty() {
            self.seal(state, self.oldest_state)?;
        }
        if let Some(trie) = self.tries.get(&number) {
            return Ok(trie.clone());
        }
        let end = self.end(number)?;
        let nearest = self.tries.range(..number).next_back();
        let Some((&base, trie)) = nearest else {
            return Err(ChainError::Partial("state root"));
        };
        let mut trie = trie.clone();
        let rewound = state.rewind(end)?;
        let updated = self.update_from(state, &mut trie, base, (number, end));
        state.restore(rewound)?;
        updated?;
        self.keep(number, trie.clone());
        Ok(trie)
    }

    /// The accounts as they are now.
    pub(in crate::chain) fn current_trie(
        &mut self,
        state: &mut State,
    ) -> Result<StateTrie, ChainError> {
        let number = self.blocks.number();
        let mut trie = self.trie(state, number)?;
        let touched = touched(state.changes(self.end(number)?, state.checkpoint())?);
        self.update(state, &mut trie, touched, number)?;
        Ok(trie)
    }

    /// Bring `trie`, which is that of block `base`, to the state's present, which is that of block `number`.
    fn update_from(
        &mut self,
        state: &mut State,
        trie: &mut StateTrie,
        base: u64,
        (number, end): (u64, Checkpoint),
    ) -> Result<(), ChainError> {
        let mut touched = touched(state.changes(self.end(base)?, end)?);
        let oldest = (base + 1).max(number.saturating_sub(HISTORY_LENGTH));
        for passed in oldest..=number {
            let head = self.block(passed)?.head.clone();
            self.touch_virtual(&head, end, &mut touched);
        }
        self.update(state, trie, touched, number)
    }

    /// Add the slots that a block would have written at its start, but that a state at `position` does not hold.
    pub(super) fn touch_virtual(
        &self,
        head: &Head,
        position: Checkpoint,
        touched: &mut TouchedAccounts,
    ) {
        let mut touch = |address: Address, slot: u64| {
            let entry = touched.entry(address);
            if let Touched::Slots(slots) = entry.or_insert_with(|| Touched::Slots(BTreeSet::new()))
            {
                slots.insert(U256::from(slot));
            }
        };
        if self.hashes.covers(head.number, position) {
            touch(HISTORY_STORAGE_ADDRESS, (head.number - 1) % HISTORY_LENGTH);
        }
        if self.beacon_roots.covers(head.number, position) {
            let slot = head.timestamp % HISTORY_LENGTH;
            touch(BEACON_ROOTS_ADDRESS, slot);
            touch(BEACON_ROOTS_ADDRESS, slot + HISTORY_LENGTH);
        }
    }

    /// Write what was touched as it is in the state, which is that of block `number`.
    pub(super) fn update(
        &mut self,
        state: &mut State,
        trie: &mut StateTrie,
        touched: TouchedAccounts,
        number: u64,
    ) -> Result<(), ChainError> {
        for (address, touched) in touched {
            let Some(account) = state.held(address) else {
                trie.set_account(address, None);
                continue;
            };
            let mut leaf = trie.account(address).cloned().unwrap_or_default();
            leaf.balance = account.balance();
            leaf.nonce = account.nonce();
            leaf.code_hash = account.code().hash_slow();
            match touched {
                Touched::Slots(slots) => {
                    for slot in slots {
                        let word = self.word(state, number, (address, slot))?;
                        leaf.set_slot(slot, word);
                    }
                }
                Touched::Everything => {
                    leaf.clear_storage();
                    fill(&mut leaf, account.storage());
                    self.fill_virtual(state, number, (address, &mut leaf))?;
                }
            }
            trie.set_account(address, Some(leaf));
        }
        Ok(())
    }
}

pub(super) fn touched(changes: &[Change]) -> TouchedAccounts {
    let mut touched = TouchedAccounts::default();
    for change in changes {
        let entry = touched.entry(change.address());
        let entry = entry.or_insert_with(|| Touched::Slots(BTreeSet::new()));
        match (change, entry) {
            (Change::Slot { slot, .. } | Change::NewSlot { slot, .. }, Touched::Slots(slots)) => {
                slots.insert(*slot);
            }
            (Change::Account { .. } | Change::NewAccount { .. }, entry) => {
                *entry = Touched::Everything;
            }
            _ => {}
        }
    }
    touched
}

/// The trie of everything that a state holds.
pub(super) fn whole_trie(state: &State) -> StateTrie {
    let mut trie = StateTrie::default();
    for (address, account) in state.accounts() {
        let mut leaf = AccountLeaf::default();
        leaf.nonce = account.nonce();
        leaf.balance = account.balance();
        leaf.code_hash = account.code().hash_slow();
        fill(&mut leaf, account.storage());
        trie.set_account(address, Some(leaf));
    }
    trie
}

fn fill(leaf: &mut AccountLeaf, storage: &Storage) {
    for (slot, word) in storage {
        leaf.set_slot(*slot, *word);
    }
}
