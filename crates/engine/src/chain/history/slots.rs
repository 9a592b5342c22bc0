//! Words of the system contracts that no state holds.

use revm::primitives::{Address, U256};

use super::History;
use crate::{
    block::Head,
    chain::error::ChainError,
    state::State,
    system::{BEACON_ROOTS_ADDRESS, HISTORY_LENGTH, HISTORY_STORAGE_ADDRESS},
    trie::AccountLeaf,
};

impl History {
    /// Set all slots of a system contract that the state does not hold.
    pub(super) fn fill_virtual(
        &mut self,
        state: &mut State,
        number: u64,
        (contract, leaf): (Address, &mut AccountLeaf),
    ) -> Result<(), ChainError> {
        for slot in virtual_slots_of(contract) {
            let head = self.block(number)?.head.clone();
            if let Some(word) = self.system_word(state, &head, (contract, slot))? {
                leaf.set_slot(slot, word);
            }
        }
        Ok(())
    }

    /// The word at a slot of the state, which is that of block `number`.
    pub(in crate::chain) fn word(
        &mut self,
        state: &mut State,
        number: u64,
        (address, slot): (Address, U256),
    ) -> Result<U256, ChainError> {
        if address == HISTORY_STORAGE_ADDRESS || address == BEACON_ROOTS_ADDRESS {
            let head = self.block(number)?.head.clone();
            if let Some(word) = self.system_word(state, &head, (address, slot))? {
                return Ok(word);
            }
        }
        Ok(state.storage(address, slot)?)
    }

    /// The word at a slot of a system contract in block `head`, if the state does not hold it.
    pub(in crate::chain) fn system_word(
        &mut self,
        state: &mut State,
        head: &Head,
        (contract, slot): (Address, U256),
    ) -> Result<Option<U256>, ChainError> {
        let Ok(slot) = u64::try_from(slot) else {
            return Ok(None);
        };
        if contract == HISTORY_STORAGE_ADDRESS {
            self.stored_hash(state, head.number, slot)
        } else {
            Ok(self.stored_root(state, head, slot))
        }
    }

    fn stored_hash(
        &mut self,
        state: &mut State,
        number: u64,
        slot: u64,
    ) -> Result<Option<U256>, ChainError> {
        let Some(parent) = number.checked_sub(1).filter(|_| slot < HISTORY_LENGTH) else {
            return Ok(None);
        };
        let back = (parent % HISTORY_LENGTH + HISTORY_LENGTH - slot) % HISTORY_LENGTH;
        let Some(stored) = parent.checked_sub(back) else {
            return Ok(None);
        };
        if !self.hashes.covers(stored + 1, state.checkpoint()) {
            return Ok(None);
        }
        let hash = self.hash(state, stored)?;
        Ok(Some(U256::from_be_bytes(hash.0)))
    }

    fn stored_root(&self, state: &State, head: &Head, slot: u64) -> Option<U256> {
        let (residue, is_root) = match slot.checked_sub(HISTORY_LENGTH) {
            None => (slot, false),
            Some(residue) if residue < HISTORY_LENGTH => (residue, true),
            Some(_) => return None,
        };
        let position = state.checkpoint();
        let found = if head.timestamp % HISTORY_LENGTH == residue {
            (head.number, head.clone())
        } else {
            let newest = head.number.checked_sub(1)?;
            let oldest = self.beacon_roots.oldest(newest);
            self.blocks
                .latest_with_residue((oldest, newest), (residue, HISTORY_LENGTH))?
        };
        let (number, head) = found;
        self.beacon_roots.covers(number, position).then(|| {
            if is_root {
                U256::from_be_bytes(head.parent_beacon_root.0)
            } else {
                U256::from(head.timestamp)
            }
        })
    }
}

/// The slots of a system contract that may be virtual; none of any other account.
pub(in crate::chain) fn virtual_slots_of(contract: Address) -> impl Iterator<Item = U256> {
    let count = match contract {
        HISTORY_STORAGE_ADDRESS => HISTORY_LENGTH,
        BEACON_ROOTS_ADDRESS => 2 * HISTORY_LENGTH,
        _ => 0,
    };
    (0..count).map(U256::from)
}
