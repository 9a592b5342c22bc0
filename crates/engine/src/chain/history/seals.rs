//! What was computed of blocks: their hashes and state roots.

use revm::primitives::B256;

/// What was computed of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seal {
    pub(super) hash: B256,
    pub(super) state_root: B256,
}

/// Seals of blocks, which are computed one after the other: in stretches between blocks whose hashes are made up.
#[derive(Debug, Default)]
pub(super) struct Seals {
    stretches: Vec<Stretch>,
}

#[derive(Debug)]
struct Stretch {
    first: u64,
    seals: Vec<Seal>,
}

impl Stretch {
    const fn next(&self) -> u64 {
        self.first + self.seals.len() as u64
    }
}

impl Seals {
    pub(super) fn get(&self, number: u64) -> Option<Seal> {
        let after = self.stretches.partition_point(|each| each.first <= number);
        let stretch = self.stretches.get(after.checked_sub(1)?)?;
        let index = usize::try_from(number - stretch.first).ok()?;
        stretch.seals.get(index).copied()
    }

    /// The first block of the stretch from `since` on that has none.
    pub(super) fn next(&self, since: u64) -> u64 {
        match self
            .stretches
            .binary_search_by_key(&since, |each| each.first)
        {
            Ok(index) => self.stretches[index].next(),
            Err(_) => since,
        }
    }

    /// The seal of the next block of the stretch from `since` on.
    pub(super) fn push(&mut self, since: u64, seal: Seal) {
        let index = match self
            .stretches
            .binary_search_by_key(&since, |each| each.first)
        {
            Ok(index) => index,
            Err(index) => {
                let stretch = Stretch {
                    first: since,
                    seals: Vec::new(),
                };
                self.stretches.insert(index, stretch);
                index
            }
        };
        self.stretches[index].seals.push(seal);
    }

    /// Take out those of the blocks after `number`.
    pub(super) fn split_off(&mut self, number: u64) -> Self {
        let kept = self.stretches.partition_point(|each| each.first <= number);
        let mut stretches = self.stretches.split_off(kept);
        if let Some(last) = self.stretches.last_mut() {
            let kept = usize::try_from(number - last.first + 1).unwrap_or(usize::MAX);
            if kept < last.seals.len() {
                let first = number + 1;
                let seals = last.seals.split_off(kept);
                stretches.insert(0, Stretch { first, seals });
            }
        }
        Self { stretches }
    }

    /// Put back what was taken out.
    pub(super) fn join(&mut self, later: Self) {
        for stretch in later.stretches {
            match self.stretches.last_mut() {
                Some(last) if last.next() == stretch.first => last.seals.extend(stretch.seals),
                _ => self.stretches.push(stretch),
            }
        }
    }

    /// Drop those of the blocks after `number`.
    pub(super) fn truncate(&mut self, number: u64) {
        self.stretches.retain(|each| each.first <= number);
        if let Some(last) = self.stretches.last_mut() {
            let kept = usize::try_from(number - last.first + 1).unwrap_or(usize::MAX);
            last.seals.truncate(kept);
        }
    }

    /// Forget those of the blocks before `number`.
    pub(super) fn forget_before(&mut self, number: u64) {
        self.stretches.retain(|each| each.next() > number);
        if let Some(stretch) = self.stretches.first_mut()
            && stretch.first < number
        {
            let gone = usize::try_from(number - stretch.first).unwrap_or(usize::MAX);
            stretch.seals.drain(..gone.min(stretch.seals.len()));
            stretch.first = number;
        }
    }
}
