//! The past: hashes, headers and tries of blocks, computed when somebody asks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use revm::primitives::{Address, AddressMap, B256, U256};

use super::{
    blocks::Blocks,
    error::ChainError,
    virtual_slots::{SpanMark, VirtualSlots},
};
use crate::{
    block::{Block, Head, Sealed},
    executor::Resolver,
    hardfork::Hardfork,
    state::{BackendError, Change, Checkpoint, Rewound, State},
    system::{BEACON_ROOTS_ADDRESS, HISTORY_LENGTH, HISTORY_STORAGE_ADDRESS},
    trie::{AccountLeaf, StateTrie},
};

/// Blocks whose tries are kept, besides that of the first one.
const KEPT_TRIES: u64 = 64;

/// Blocks and what follows from them.
#[derive(Debug)]
pub(super) struct History {
    pub(super) blocks: Blocks,
    /// Of the blocks from the first on, as far as they were asked for.
    seals: Vec<Seal>,
    tries: BTreeMap<u64, StateTrie>,
    /// Hashes of blocks before the first, the youngest last.
    pub(super) ancestors: Vec<B256>,
    pub(super) hashes: VirtualSlots,
    pub(super) beacon_roots: VirtualSlots,
}

#[derive(Clone, Copy, Debug)]
struct Seal {
    hash: B256,
    state_root: B256,
}

/// Where a history stood.
#[derive(Clone, Copy, Debug)]
pub(super) struct HistoryMark {
    entries: usize,
    hashes: SpanMark,
    beacon_roots: SpanMark,
}

/// Slots of an account that changed, or all of them.
#[derive(Debug)]
enum Touched {
    Slots(BTreeSet<U256>),
    Everything,
}

type TouchedAccounts = AddressMap<Touched>;

impl History {
    pub(super) fn new(first: Block) -> Self {
        Self {
            blocks: Blocks::new(first),
            seals: Vec::new(),
            tries: BTreeMap::new(),
            ancestors: Vec::new(),
            hashes: VirtualSlots::default(),
            beacon_roots: VirtualSlots::default(),
        }
    }

    pub(super) fn mark(&self) -> HistoryMark {
        HistoryMark {
            entries: self.blocks.len(),
            hashes: self.hashes.mark(),
            beacon_roots: self.beacon_roots.mark(),
        }
    }

    pub(super) fn restore(&mut self, mark: HistoryMark) {
        self.blocks.truncate(mark.entries);
        self.hashes.restore(mark.hashes);
        self.beacon_roots.restore(mark.beacon_roots);
        let next = self.blocks.number() + 1;
        self.seals.truncate(self.index(next));
        drop(self.tries.split_off(&next));
    }

    fn index(&self, number: u64) -> usize {
        usize::try_from(number - self.blocks.first()).unwrap_or(usize::MAX)
    }

    pub(super) fn block(&self, number: u64) -> Result<Arc<Block>, ChainError> {
        self.blocks
            .get(number)
            .ok_or_else(|| ChainError::UnknownBlock {
                number,
                first: self.blocks.first(),
                latest: self.blocks.number(),
            })
    }

    fn end(&self, number: u64) -> Result<Checkpoint, ChainError> {
        match self.blocks.end(number) {
            Some(end) => Ok(end),
            None => self.block(number).map(|block| block.end),
        }
    }

    // HASHES

    /// The hash of a block, or of one of the ancestors of the first.
    pub(super) fn hash(&mut self, state: &mut State, number: u64) -> Result<B256, ChainError> {
        let first = self.blocks.first();
        if number < first {
            let back = usize::try_from(first - number).unwrap_or(usize::MAX);
            let known = self.ancestors.len().checked_sub(back);
            return match known {
                Some(index) => Ok(self.ancestors[index]),
                None => Ok(state.block_hash(number)?),
            };
        }
        self.seal(state, number).map(|seal| seal.hash)
    }

    /// The hash of a block as far as it was asked for before.
    pub(super) fn known_hash(&self, number: u64) -> Option<B256> {
        let index = number.checked_sub(self.blocks.first())?;
        let seal = self.seals.get(usize::try_from(index).ok()?);
        seal.map(|seal| seal.hash)
    }

    /// How many blocks' hashes are known, from the first on.
    pub(super) const fn known_hashes(&self) -> usize {
        self.seals.len()
    }

    /// The header of a block.
    pub(super) fn sealed(
        &mut self,
        state: &mut State,
        block: &Block,
    ) -> Result<Arc<Sealed>, ChainError> {
        if let Some(sealed) = block.sealed.get() {
            return Ok(sealed.clone());
        }
        let number = block.head.number;
        let seal = self.seal(state, number)?;
        if let Some(sealed) = block.sealed.get() {
            return Ok(sealed.clone());
        }
        let parent = self.parent_hash(state, number)?;
        let header = block.header(parent, seal.state_root);
        Ok(block
            .sealed
            .get_or_init(|| {
                Arc::new(Sealed {
                    header,
                    hash: seal.hash,
                })
            })
            .clone())
    }

    fn parent_hash(&mut self, state: &mut State, number: u64) -> Result<B256, ChainError> {
        match number.checked_sub(1) {
            Some(parent) => self.hash(state, parent),
            None => Ok(B256::ZERO),
        }
    }

    fn seal(&mut self, state: &mut State, number: u64) -> Result<Seal, ChainError> {
        let first = self.blocks.first();
        let next = first + self.seals.len() as u64;
        if number >= next {
            self.block(number)?;
            let base = next.saturating_sub(1).max(first);
            let mut trie = if state.has_backend() || next == first {
                StateTrie::default()
            } else {
                self.trie(state, base)?
            };
            let mut rewound = state.rewind(self.end(base)?)?;
            let sealed = (next..=number)
                .try_for_each(|n| self.seal_next(state, &mut rewound, &mut trie, (n, number)));
            state.restore(rewound)?;
            sealed?;
        }
        Ok(self.seals[self.index(number)])
    }

    /// Seal block `number`, to whose parent's end the state was rewound, on the way to block `last`.
    fn seal_next(
        &mut self,
        state: &mut State,
        rewound: &mut Rewound,
        trie: &mut StateTrie,
        (number, last): (u64, u64),
    ) -> Result<(), ChainError> {
        let block = self.block(number)?;
        if state.has_backend() {
            state.advance(rewound, block.end);
        } else if number == self.blocks.first() {
            *trie = whole_trie(state);
        } else {
            if block.head.hardfork < Hardfork::Byzantium {
                self.post_roots(state, rewound, trie, &block)?;
            }
            let from = state.checkpoint();
            state.advance(rewound, block.end);
            let mut touched = touched(state.changes(from, block.end)?);
            self.touch_virtual(&block.head, block.end, &mut touched);
            self.update(state, trie, touched, number)?;
        }
        let state_root = if state.has_backend() {
            B256::ZERO
        } else {
            trie.root()
        };
        let known = block.sealed.get().map(|sealed| sealed.hash);
        let hash = if let Some(hash) = known {
            hash
        } else {
            let parent = self.parent_hash(state, number)?;
            let sealed = Sealed::new(block.header(parent, state_root));
            let hash = sealed.hash;
            block.sealed.get_or_init(|| Arc::new(sealed));
            hash
        };
        self.seals.push(Seal { hash, state_root });
        if number == self.blocks.first() || number + KEPT_TRIES > last {
            self.keep(number, trie.clone());
        }
        Ok(())
    }

    /// The state roots after each transaction, which receipts have before Byzantium.
    fn post_roots(
        &mut self,
        state: &mut State,
        rewound: &mut Rewound,
        trie: &mut StateTrie,
        block: &Block,
    ) -> Result<(), ChainError> {
        let mut roots = Vec::with_capacity(block.transactions.len());
        for (_, mined) in block.mined() {
            let from = state.checkpoint();
            state.advance(rewound, mined.after);
            let touched = touched(state.changes(from, mined.after)?);
            self.update(state, trie, touched, block.head.number)?;
            roots.push(trie.root());
        }
        block.post_roots.get_or_init(|| roots.into());
        Ok(())
    }

    // TRIES

    fn keep(&mut self, number: u64, trie: StateTrie) {
        self.tries.insert(number, trie);
        let first = self.blocks.first();
        let oldest = number.saturating_sub(KEPT_TRIES);
        self.tries
            .retain(|kept, _| *kept == first || *kept > oldest);
    }

    /// The accounts at the end of block `number`, whose parent's hash must be known or cheap to know.
    pub(super) fn trie(&mut self, state: &mut State, number: u64) -> Result<StateTrie, ChainError> {
        if state.has_backend() {
            return Err(ChainError::Unrooted);
        }
        if let Some(trie) = self.tries.get(&number) {
            return Ok(trie.clone());
        }
        self.seal(state, number)?;
        if let Some(trie) = self.tries.get(&number) {
            return Ok(trie.clone());
        }
        let end = self.end(number)?;
        let nearest = self.tries.range(..number).next_back();
        let Some((&base, trie)) = nearest else {
            return Err(ChainError::Unrooted);
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
    pub(super) fn current_trie(&mut self, state: &mut State) -> Result<StateTrie, ChainError> {
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
    fn touch_virtual(&self, head: &Head, position: Checkpoint, touched: &mut TouchedAccounts) {
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
    fn update(
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

    // VIRTUAL SLOTS

    /// Set all slots of a system contract that the state does not hold.
    fn fill_virtual(
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
    pub(super) fn word(
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
    pub(super) fn system_word(
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
pub(super) fn virtual_slots_of(contract: Address) -> impl Iterator<Item = U256> {
    let count = match contract {
        HISTORY_STORAGE_ADDRESS => HISTORY_LENGTH,
        BEACON_ROOTS_ADDRESS => 2 * HISTORY_LENGTH,
        _ => 0,
    };
    (0..count).map(U256::from)
}

/// Answers for executions in block `head`.
pub(super) struct ChainResolver<'a> {
    pub(super) history: &'a mut History,
    pub(super) head: &'a Head,
}

impl Resolver for ChainResolver<'_> {
    fn block_hash(&mut self, state: &mut State, number: u64) -> Result<B256, BackendError> {
        self.history.hash(state, number).map_err(unavailable)
    }

    fn system_slot(
        &mut self,
        state: &mut State,
        contract: Address,
        slot: U256,
    ) -> Result<Option<U256>, BackendError> {
        self.history
            .system_word(state, self.head, (contract, slot))
            .map_err(unavailable)
    }
}

fn unavailable(error: ChainError) -> BackendError {
    match error {
        ChainError::Execution(crate::executor::Error::Backend(error)) => error,
        other => BackendError::Unavailable(other.to_string()),
    }
}

fn touched(changes: &[Change]) -> TouchedAccounts {
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
fn whole_trie(state: &State) -> StateTrie {
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

fn fill(leaf: &mut AccountLeaf, storage: &crate::state::Storage) {
    for (slot, word) in storage {
        leaf.set_slot(*slot, *word);
    }
}
