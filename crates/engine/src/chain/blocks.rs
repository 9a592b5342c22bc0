//! The blocks of a chain, long runs of empty ones as one entry.

use std::sync::Arc;

use revm::primitives::{Address, B256, Log, U256};

use super::run::Run;
use crate::{
    block::{Block, Head},
    hardfork::Hardfork,
    state::Checkpoint,
};

/// All blocks, from the first that is known to the latest.
#[derive(Debug)]
pub(super) struct Blocks {
    entries: Vec<Entry>,
    first: u64,
    latest: Arc<Block>,
    /// How often blocks were taken away: those that are made later are others.
    branch: u64,
    /// First and last of the blocks whose hashes are made up, ascending.
    made_up: Vec<(u64, u64)>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Of its first block.
    number: u64,
    /// What its logs may be found by.
    filter: LogFilter,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    One(Arc<Block>),
    Run(Box<Run>),
}

impl Entry {
    fn head(&self) -> &Head {
        match &self.kind {
            Kind::One(block) => &block.head,
            Kind::Run(run) => &run.head,
        }
    }

    /// Of its blocks after `number`.
    fn difficulty_after(&self, number: u64) -> U256 {
        let count = match &self.kind {
            Kind::One(_) => 1,
            Kind::Run(run) => run.count,
        };
        let after = (self.number + count).saturating_sub(self.number.max(number + 1));
        self.head().difficulty.saturating_mul(U256::from(after))
    }
}

/// The blocks that were cut off, to be put back.
#[derive(Debug)]
pub(super) struct Tail {
    entries: Vec<Entry>,
    position: usize,
    latest: Arc<Block>,
    made_up: Vec<(u64, u64)>,
    /// Of all blocks that were cut off.
    pub(super) difficulty: U256,
}

impl Blocks {
    pub(super) fn new(first: Block) -> Self {
        let latest = Arc::new(first);
        Self {
            first: latest.head.number,
            entries: vec![Entry {
                number: latest.head.number,
                filter: LogFilter::default(),
                kind: Kind::One(latest.clone()),
            }],
            latest,
            branch: 0,
            made_up: Vec::new(),
        }
    }

    pub(super) const fn latest(&self) -> &Arc<Block> {
        &self.latest
    }

    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn number(&self) -> u64 {
        self.latest.head.number
    }

    pub(super) fn push(&mut self, block: Arc<Block>) {
        let logs = block.mined().flat_map(|(_, mined)| &mined.outcome.logs);
        self.entries.push(Entry {
            number: block.head.number,
            filter: LogFilter::of(logs),
            kind: Kind::One(block.clone()),
        });
        self.latest = block;
    }

    /// Add `count` empty blocks that begin like `head`, `spacing` seconds apart.
    pub(super) fn push_run(&mut self, head: Head, count: u64, spacing: u64, end: Checkpoint) {
        let run = Run::new(head, (count, spacing), end, self.branch);
        if let Some(last) = run.last_made_up() {
            self.made_up.push((run.head.number, last));
        }
        self.latest = Arc::new(run.block(run.count - 1));
        self.entries.push(Entry {
            number: run.head.number,
            filter: LogFilter::default(),
            kind: Kind::Run(Box::new(run)),
        });
    }

    /// Drop the blocks after `number`, which is one of them.
    pub(super) fn truncate(&mut self, number: u64) {
        let Some(position) = self.position(number).filter(|_| number < self.number()) else {
            return;
        };
        self.branch += 1;
        self.entries.truncate(position + 1);
        let entry = &mut self.entries[position];
        self.latest = match &mut entry.kind {
            Kind::One(block) => block.clone(),
            Kind::Run(run) => {
                run.count = number - entry.number + 1;
                Arc::new(run.block(run.count - 1))
            }
        };
        self.end_made_up(number);
    }

    /// Blocks after `number` are gone.
    fn end_made_up(&mut self, number: u64) {
        self.made_up.retain(|(first, _)| *first <= number);
        if let Some((_, last)) = self.made_up.last_mut() {
            *last = number.min(*last);
        }
    }

    /// Forget the blocks before `number`, which is one of them.
    pub(super) fn forget_before(&mut self, number: u64) {
        let Some(position) = self.position(number) else {
            return;
        };
        self.entries.drain(..position);
        self.first = number;
        let entry = &mut self.entries[0];
        if let Kind::Run(run) = &mut entry.kind {
            run.advance(number - entry.number);
        }
        entry.number = number;
        self.made_up.retain(|(_, last)| *last >= number);
        if let Some((first, _)) = self.made_up.first_mut() {
            *first = number.max(*first);
        }
    }

    /// Whether `block` is one of these.
    pub(super) fn holds(&self, block: &Block) -> bool {
        let number = block.head.number;
        let Some(position) = self.position(number) else {
            return false;
        };
        match &self.entries[position].kind {
            Kind::One(ours) => std::ptr::eq(ours.as_ref(), block),
            // The blocks of a run are made when asked for: equal is the same.
            Kind::Run(run) => {
                block.branch == Some(run.branch)
                    && run.block(number - run.head.number).head == block.head
            }
        }
    }

    /// The hash of block `number`, if it is one that was not computed but made up.
    pub(super) fn made_up_hash(&self, number: u64) -> Option<B256> {
        let after = self.made_up.partition_point(|(first, _)| *first <= number);
        let (_, last) = self.made_up.get(after.checked_sub(1)?)?;
        let run = self.run(number).filter(|_| number <= *last)?;
        run.made_up_hash(number)
    }

    /// The number of the block with such a hash.
    pub(super) fn with_made_up_hash(&self, hash: B256) -> Option<u64> {
        let mut runs = self.made_up.iter().rev();
        runs.find_map(|(first, _)| self.run(*first)?.with_made_up_hash(hash))
    }

    /// The first of the blocks up to `number` that follow each other without a made-up hash.
    pub(super) fn linked_since(&self, number: u64) -> u64 {
        let before = self.made_up.partition_point(|(_, last)| *last <= number);
        let gap = before
            .checked_sub(1)
            .and_then(|index| self.made_up.get(index));
        gap.map_or(self.first, |(_, last)| last + 1)
    }

    /// The last blocks before those with made-up hashes, and the latest.
    pub(super) fn ends_of_stretches(&self) -> Vec<u64> {
        let ends = self
            .made_up
            .iter()
            .filter_map(|(first, _)| first.checked_sub(1));
        ends.chain([self.number()])
            .filter(|number| *number >= self.first)
            .collect()
    }

    fn run(&self, number: u64) -> Option<&Run> {
        match &self.entries[self.position(number)?].kind {
            Kind::One(_) => None,
            Kind::Run(run) => Some(run),
        }
    }

    /// Cut off the blocks after `number`, which is one of them.
    pub(super) fn cut(&mut self, number: u64) -> Tail {
        let latest = self.latest.clone();
        let position = self.position(number).unwrap_or(self.entries.len() - 1);
        let kept = self.get(number).unwrap_or_else(|| latest.clone());
        let entries = self.entries.split_off(position);
        let difficulty = entries.iter().map(|entry| entry.difficulty_after(number));
        let tail = Tail {
            position,
            latest,
            made_up: self.made_up.clone(),
            difficulty: difficulty.fold(U256::ZERO, U256::saturating_add),
            entries,
        };
        self.entries.extend(tail.entries.first().map(|entry| {
            let mut entry = entry.clone();
            if let Kind::Run(run) = &mut entry.kind {
                run.count = number - entry.number + 1;
            }
            entry
        }));
        self.latest = kept;
        self.end_made_up(number);
        self.branch += 1;
        tail
    }

    /// Put back what was cut off, instead of what came since.
    pub(super) fn mend(&mut self, tail: Tail) {
        self.entries.truncate(tail.position);
        self.entries.extend(tail.entries);
        self.latest = tail.latest;
        self.made_up = tail.made_up;
        self.branch += 1;
    }

    /// The first block without difficulty, if there is one.
    pub(super) fn merged_at(&self) -> Option<u64> {
        let has_difficulty = |entry: &Entry| !entry.head().difficulty.is_zero();
        let position = self.entries.partition_point(has_difficulty);
        self.entries.get(position).map(|entry| entry.number)
    }

    fn position(&self, number: u64) -> Option<usize> {
        if number < self.first || number > self.number() {
            return None;
        }
        // Without runs every entry is one block.
        let guess = usize::try_from(number - self.first).ok()?;
        if self
            .entries
            .get(guess)
            .is_some_and(|entry| entry.number == number)
        {
            return Some(guess);
        }
        Some(self.entries.partition_point(|entry| entry.number <= number) - 1)
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<Block>> {
        if number == self.number() {
            return Some(self.latest.clone());
        }
        let entry = &self.entries[self.position(number)?];
        Some(match &entry.kind {
            Kind::One(block) => block.clone(),
            Kind::Run(run) => Arc::new(run.block(number - run.head.number)),
        })
    }

    /// The difficulties of the blocks after `number`, together.
    pub(super) fn difficulty_after(&self, number: u64) -> U256 {
        let start = self.position(number).unwrap_or_default();
        let each = self.entries[start..].iter();
        each.map(|entry| entry.difficulty_after(number))
            .fold(U256::ZERO, U256::saturating_add)
    }

    /// The state at the end of block `number`.
    pub(super) fn end(&self, number: u64) -> Option<Checkpoint> {
        let entry = &self.entries[self.position(number)?];
        Some(match &entry.kind {
            Kind::One(block) => block.end,
            Kind::Run(run) => run.end,
        })
    }

    /// The state that the block after `number` found; `None` if there is none yet.
    pub(super) fn left(&self, number: u64) -> Option<Checkpoint> {
        let next = number.checked_add(1)?;
        let entry = &self.entries[self.position(next)?];
        Some(match &entry.kind {
            Kind::One(block) => block.start,
            Kind::Run(run) => run.end,
        })
    }

    /// The latest block from `oldest` up to `newest` whose timestamp is `residue` modulo `modulus`: its timestamp, and the
    /// root of the beacon block that it stored.
    pub(super) fn latest_with_residue(
        &self,
        (oldest, newest): (u64, u64),
        (residue, modulus): (u64, u64),
    ) -> Option<(u64, Head)> {
        let newest = newest.min(self.number());
        let last = self.position(newest)?;
        for entry in self.entries[..=last].iter().rev() {
            let found = match &entry.kind {
                Kind::One(block) => {
                    (block.head.timestamp % modulus == residue).then(|| block.head.clone())
                }
                Kind::Run(run) => run.latest_with_residue(newest, (residue, modulus)),
            };
            if let Some(head) = found {
                return (head.number >= oldest).then_some((head.number, head));
            }
            if entry.number <= oldest {
                return None;
            }
        }
        None
    }

    /// The blocks from `from` to `to` that may hold logs which match `wanted`.
    pub(super) fn with_logs(
        &self,
        from: u64,
        to: u64,
        wanted: impl Fn(LogFilter) -> bool,
    ) -> impl Iterator<Item = &Arc<Block>> {
        let start = self
            .position(from.max(self.first))
            .unwrap_or(self.entries.len());
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.number <= to)
            .filter_map(move |entry| match &entry.kind {
                Kind::One(block) if wanted(entry.filter) => Some(block),
                _ => None,
            })
    }

    /// The blocks with transactions from `from` on.
    pub(super) fn with_transactions(
        &self,
        from: u64,
    ) -> impl DoubleEndedIterator<Item = &Arc<Block>> {
        let start = self
            .position(from.max(self.first))
            .unwrap_or(self.entries.len());
        self.entries[start..]
            .iter()
            .filter_map(|entry| match &entry.kind {
                Kind::One(block) if !block.transactions.is_empty() => Some(block),
                _ => None,
            })
    }
}

/// A filter of 64 bits over the addresses and topics of a block's logs: quick to make, and quick to pass over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LogFilter(u64);

impl LogFilter {
    fn of<'a>(logs: impl Iterator<Item = &'a Log>) -> Self {
        let mut filter = Self::default();
        for log in logs {
            filter.0 |= Self::address(&log.address).0;
            for topic in log.topics() {
                filter.0 |= Self::topic(topic).0;
            }
        }
        filter
    }

    pub(super) fn address(address: &Address) -> Self {
        Self::bits(address[18], address[19])
    }

    pub(super) fn topic(topic: &B256) -> Self {
        Self::bits(topic[0] ^ topic[30], topic[1] ^ topic[31])
    }

    const fn bits(first: u8, second: u8) -> Self {
        Self(1 << (first & 63) | 1 << (second & 63))
    }

    /// Whether everything that `other` stands for may be in it.
    pub(super) const fn may_hold(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// PREVRANDAO of a local block: looks random, but is the same in every run.
pub(super) fn default_prev_randao(number: u64) -> B256 {
    let mut words = [0; 4];
    let mut state = number;
    for word in &mut words {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *word = mixed ^ (mixed >> 31);
    }
    B256::from(U256::from_limbs(words))
}

/// Whether blocks of this hardfork have no difficulty.
pub(super) fn is_merged(hardfork: Hardfork) -> bool {
    hardfork >= Hardfork::Paris
}
