//! The past: hashes, headers and tries of blocks, computed when somebody asks.

mod seals;
mod slots;
mod tries;

use std::{collections::BTreeMap, mem, sync::Arc};

use revm::primitives::{Address, B256, U256};

use super::{
    blocks::{Blocks, Tail},
    error::ChainError,
    virtual_slots::{SpanMark, VirtualSlots},
};
use crate::{
    block::{Block, Head, Sealed},
    executor::Resolver,
    hardfork::Hardfork,
    state::{BackendError, Checkpoint, Rewound, State},
    trie::StateTrie,
};
use seals::{Seal, Seals};
pub(super) use slots::virtual_slots_of;
use tries::{KEPT_TRIES, TouchedAccounts, touched, whole_trie};

/// Blocks and what follows from them.
#[derive(Debug)]
pub(super) struct History {
    pub(super) blocks: Blocks,
    /// Of the blocks, as far as they were asked for.
    seals: Seals,
    /// Hashes that were not looked for since they are known.
    unseen: Vec<(B256, u64)>,
    tries: BTreeMap<u64, StateTrie>,
    /// The first block whose state is known; its trie is kept, once there is one.
    oldest_state: u64,
    /// Hashes of blocks before the first, the youngest last.
    pub(super) ancestors: Vec<B256>,
    pub(super) hashes: VirtualSlots,
    pub(super) beacon_roots: VirtualSlots,
}

/// Where a history stood.
#[derive(Clone, Copy, Debug)]
pub(super) struct HistoryMark {
    pub(super) number: u64,
    hashes: SpanMark,
    beacon_roots: SpanMark,
}

/// What was cut off a history, to be put back.
#[derive(Debug)]
pub(super) struct Trunk {
    pub(super) tail: Tail,
    number: u64,
    seals: Seals,
    tries: BTreeMap<u64, StateTrie>,
    hashes: VirtualSlots,
    beacon_roots: VirtualSlots,
}

impl History {
    pub(super) fn new(first: Block) -> Self {
        Self {
            oldest_state: first.head.number,
            blocks: Blocks::new(first),
            seals: Seals::default(),
            unseen: Vec::new(),
            tries: BTreeMap::new(),
            ancestors: Vec::new(),
            hashes: VirtualSlots::default(),
            beacon_roots: VirtualSlots::default(),
        }
    }

    pub(super) fn mark(&self) -> HistoryMark {
        HistoryMark {
            number: self.blocks.number(),
            hashes: self.hashes.mark(),
            beacon_roots: self.beacon_roots.mark(),
        }
    }

    pub(super) fn restore(&mut self, mark: HistoryMark) {
        self.truncate(mark.number);
        self.hashes.restore(mark.hashes);
        self.beacon_roots.restore(mark.beacon_roots);
    }

    /// Let block `number` be the latest for a while. `left`: the state that it left.
    pub(super) fn cut(&mut self, number: u64, left: Checkpoint) -> Trunk {
        let next = number + 1;
        let tries = self.tries.clone();
        drop(self.tries.split_off(&next));
        let hashes = self.hashes.as_of(number, left);
        let beacon_roots = self.beacon_roots.as_of(number, left);
        Trunk {
            tail: self.blocks.cut(number),
            number,
            seals: self.seals.split_off(number),
            tries,
            hashes: mem::replace(&mut self.hashes, hashes),
            beacon_roots: mem::replace(&mut self.beacon_roots, beacon_roots),
        }
    }

    /// Be again what it was before it was cut.
    pub(super) fn mend(&mut self, trunk: Trunk) {
        self.blocks.mend(trunk.tail);
        let next = trunk.number + 1;
        self.seals.truncate(trunk.number);
        self.seals.join(trunk.seals);
        // What was found out about the blocks that stay holds.
        drop(self.tries.split_off(&next));
        self.tries.extend(trunk.tries);
        self.hashes = trunk.hashes;
        self.beacon_roots = trunk.beacon_roots;
    }

    /// Go back to block `number`, after which the state was at `position`.
    pub(super) fn return_to(&mut self, number: u64, position: Checkpoint) {
        self.truncate(number);
        self.hashes = self.hashes.as_of(number, position);
        self.beacon_roots = self.beacon_roots.as_of(number, position);
    }

    fn truncate(&mut self, number: u64) {
        self.blocks.truncate(number);
        self.seals.truncate(number);
        drop(self.tries.split_off(&(number + 1)));
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

    // PRUNING

    pub(super) const fn oldest_state(&self) -> u64 {
        self.oldest_state
    }

    /// Earlier states are given up; the trie of this one is kept.
    pub(super) fn rebase(&mut self, number: u64, trie: StateTrie) {
        self.tries = self.tries.split_off(&number);
        self.tries.insert(number, trie);
    }

    pub(super) const fn set_oldest_state(&mut self, number: u64) {
        self.oldest_state = number;
    }

    /// Forget the blocks before `first`, but for the hashes of the youngest of them.
    pub(super) fn forget_before(&mut self, first: u64, ancestors: Vec<B256>) {
        self.blocks.forget_before(first);
        self.seals.forget_before(first);
        self.unseen.retain(|(_, number)| *number >= first);
        self.ancestors = ancestors;
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
        match self.blocks.made_up_hash(number) {
            Some(hash) => Ok(hash),
            None => self.seal(state, number).map(|seal| seal.hash),
        }
    }

    /// The hash of a block as far as it was asked for before.
    pub(super) fn known_hash(&self, number: u64) -> Option<B256> {
        match self.blocks.made_up_hash(number) {
            Some(hash) => Some(hash),
            None => self.seals.get(number).map(|seal| seal.hash),
        }
    }

    /// Hashes that became known since this was asked last, with the numbers that they had then.
    pub(super) fn take_unseen(&mut self) -> Vec<(B256, u64)> {
        mem::take(&mut self.unseen)
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
        let seal = match self.blocks.made_up_hash(number) {
            None => self.seal(state, number)?,
            Some(hash) if state.has_backend() => Seal {
                hash,
                state_root: B256::ZERO,
            },
            Some(hash) => Seal {
                hash,
                state_root: self.trie(state, number)?.root(),
            },
        };
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
        self.block(number)?;
        let first = self.blocks.first();
        let since = self.blocks.linked_since(number);
        let next = self.seals.next(since);
        if number >= next {
            let base = next.saturating_sub(1).max(first);
            let mut trie = if state.has_backend() || next == first {
                StateTrie::default()
            } else {
                self.logged_trie(state, base)?
            };
            let mut rewound = state.rewind(self.end(base)?)?;
            let sealed = (next..=number)
                .try_for_each(|n| self.seal_next(state, &mut rewound, &mut trie, (n, number)));
            state.restore(rewound)?;
            sealed?;
        }
        self.seals.get(number).ok_or(ChainError::Reverted("block"))
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
        let since = self.blocks.linked_since(number);
        self.seals.push(since, Seal { hash, state_root });
        self.unseen.push((hash, number));
        if number == self.oldest_state || number + KEPT_TRIES > last {
            self.keep(number, trie.clone());
        }
        Ok(())
    }

    /// The state roots after each transaction of a block.
    pub(super) fn intermediate_roots(
        &mut self,
        state: &mut State,
        number: u64,
    ) -> Result<Vec<B256>, ChainError> {
        let block = self.block(number)?;
        if number == self.blocks.first() {
            return Ok(Vec::new());
        }
        let mut trie = self.trie(state, number - 1)?;
        let mut rewound = state.rewind(self.end(number - 1)?)?;
        let mut touched = TouchedAccounts::default();
        self.touch_virtual(&block.head, block.end, &mut touched);
        let roots = self
            .update(state, &mut trie, touched, number)
            .and_then(|()| self.roots_after(state, &mut rewound, &mut trie, &block));
        state.restore(rewound)?;
        roots
    }

    /// The state roots after each transaction, which receipts have before Byzantium.
    fn post_roots(
        &mut self,
        state: &mut State,
        rewound: &mut Rewound,
        trie: &mut StateTrie,
        block: &Block,
    ) -> Result<(), ChainError> {
        let roots = self.roots_after(state, rewound, trie, block)?;
        block.post_roots.get_or_init(|| roots.into());
        Ok(())
    }

    fn roots_after(
        &mut self,
        state: &mut State,
        rewound: &mut Rewound,
        trie: &mut StateTrie,
        block: &Block,
    ) -> Result<Vec<B256>, ChainError> {
        let mut roots = Vec::with_capacity(block.transactions.len());
        for (_, mined) in block.mined() {
            let from = state.checkpoint();
            state.advance(rewound, mined.after);
            let touched = touched(state.changes(from, mined.after)?);
            self.update(state, trie, touched, block.head.number)?;
            roots.push(trie.root());
        }
        Ok(roots)
    }
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
