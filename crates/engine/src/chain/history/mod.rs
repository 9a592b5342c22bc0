//! The past: hashes, headers and tries of blocks, computed when somebody asks.

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
pub(super) use slots::virtual_slots_of;
use tries::{KEPT_TRIES, TouchedAccounts, touched, whole_trie};

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

/// What was cut off a history, to be put back.
#[derive(Debug)]
pub(super) struct Trunk {
    pub(super) tail: Tail,
    number: u64,
    seals: Vec<Seal>,
    tries: BTreeMap<u64, StateTrie>,
    hashes: VirtualSlots,
    beacon_roots: VirtualSlots,
}

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

    /// Let block `number` be the latest for a while. `left`: the state that it left.
    pub(super) fn cut(&mut self, number: u64, left: Checkpoint) -> Trunk {
        let next = number + 1;
        let tries = self.tries.clone();
        drop(self.tries.split_off(&next));
        let sealed = self.index(next).min(self.seals.len());
        let hashes = self.hashes.as_of(number, left);
        let beacon_roots = self.beacon_roots.as_of(number, left);
        Trunk {
            tail: self.blocks.cut(number),
            number,
            seals: self.seals.split_off(sealed),
            tries,
            hashes: mem::replace(&mut self.hashes, hashes),
            beacon_roots: mem::replace(&mut self.beacon_roots, beacon_roots),
        }
    }

    /// Be again what it was before it was cut.
    pub(super) fn mend(&mut self, trunk: Trunk) {
        self.blocks.mend(trunk.tail);
        let next = trunk.number + 1;
        self.seals.truncate(self.index(next));
        self.seals.extend(trunk.seals);
        // What was found out about the blocks that stay holds.
        drop(self.tries.split_off(&next));
        self.tries.extend(trunk.tries);
        self.hashes = trunk.hashes;
        self.beacon_roots = trunk.beacon_roots;
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
