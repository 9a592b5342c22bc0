//! Runs of empty blocks as one entry: what a block of it is, and what its hash is, follows from its number.
//!
//! To hash a million blocks takes half a minute: each has the hash of the one before in its header, and in the state that its
//! header has the root of. Of a run that is longer than [`ALL_LINKED`], therefore, only the last [`LINKED`] have hashes that
//! follow from their headers; those of the others are made up. They look as random, differ from run to run, and are found again.

use revm::primitives::{B256, U256, keccak256};

use super::blocks::default_prev_randao;
use crate::{
    block::{Block, Head},
    state::Checkpoint,
};

/// Up to so many empty blocks in one go all have hashes that follow from their headers.
const ALL_LINKED: u64 = 16_384;

/// Of more, the last ones: all that a contract can ask for (EIP-2935).
const LINKED: u64 = 8_192;

/// Empty blocks, equal but for what follows from their number.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Of the first one.
    pub(super) head: Head,
    pub(super) count: u64,
    /// Seconds from one to the next.
    pub(super) spacing: u64,
    /// The state, which none of them changes.
    pub(super) end: Checkpoint,
    /// See [`Block::branch`].
    pub(super) branch: u64,
    /// The first block whose hash follows from its header.
    linked: u64,
    /// Tells the hashes of this run from those of others.
    seed: B256,
}

impl Run {
    pub(super) fn new(
        head: Head,
        (count, spacing): (u64, u64),
        end: Checkpoint,
        branch: u64,
    ) -> Self {
        let linked = if count > ALL_LINKED {
            head.number + count - LINKED
        } else {
            head.number
        };
        let place = [head.number, head.timestamp, count, spacing, branch];
        let place: Vec<u8> = place.into_iter().flat_map(u64::to_be_bytes).collect();
        Self {
            head,
            count,
            spacing,
            end,
            branch,
            linked,
            seed: keccak256(place),
        }
    }

    pub(super) fn block(&self, offset: u64) -> Block {
        let number = self.head.number + offset;
        let head = Head {
            number,
            timestamp: self.head.timestamp + offset * self.spacing,
            prev_randao: if offset == 0 {
                self.head.prev_randao
            } else {
                default_prev_randao(number)
            },
            ..self.head.clone()
        };
        Block {
            branch: Some(self.branch),
            ..Block::empty(head, self.end, self.end)
        }
    }

    /// Forget the first `offset` blocks.
    pub(super) fn advance(&mut self, offset: u64) {
        self.head = self.block(offset).head;
        self.count -= offset;
    }

    /// The latest block up to `newest` whose timestamp is `residue` modulo `modulus`.
    pub(super) fn latest_with_residue(
        &self,
        newest: u64,
        (residue, modulus): (u64, u64),
    ) -> Option<Head> {
        let last = (newest - self.head.number).min(self.count - 1);
        // After `modulus` blocks the residues repeat.
        let oldest = last.saturating_sub(modulus - 1);
        let at = |offset: u64| (self.head.timestamp + offset * self.spacing) % modulus;
        if self.spacing == 1 {
            let back = (at(last) + modulus - residue) % modulus;
            return (back <= last - oldest).then(|| self.block(last - back).head);
        }
        let found = (oldest..=last)
            .rev()
            .find(|offset| at(*offset) == residue)?;
        Some(self.block(found).head)
    }

    // HASHES

    /// The last block whose hash is made up.
    pub(super) fn last_made_up(&self) -> Option<u64> {
        let last = (self.head.number + self.count).min(self.linked);
        (last > self.head.number).then(|| last - 1)
    }

    /// The hash of block `number`, if it is made up.
    pub(super) fn made_up_hash(&self, number: u64) -> Option<B256> {
        (number < self.linked).then(|| self.made_up(number))
    }

    fn made_up(&self, number: u64) -> B256 {
        let number = U256::from(number).to_be_bytes::<32>();
        let mut hash = keccak256([self.seed.as_slice(), &number].concat());
        let mixed = mix(u64::from_be_bytes([
            number[24], number[25], number[26], number[27], number[28], number[29], number[30],
            number[31],
        ]) ^ self.key());
        hash[24..].copy_from_slice(&mixed.to_be_bytes());
        hash
    }

    /// The number of the block whose hash was made up so.
    pub(super) fn with_made_up_hash(&self, hash: B256) -> Option<u64> {
        let mut tail = [0; 8];
        tail.copy_from_slice(&hash[24..]);
        let number = unmix(u64::from_be_bytes(tail)) ^ self.key();
        let is_ours = self.last_made_up().is_some_and(|last| number <= last)
            && number >= self.head.number
            && self.made_up(number) == hash;
        is_ours.then_some(number)
    }

    fn key(&self) -> u64 {
        let mut key = [0; 8];
        key.copy_from_slice(&self.seed[..8]);
        u64::from_be_bytes(key)
    }
}

/// The last step of `SplitMix64`: every number has one that it becomes.
const fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Back from [`mix`].
const fn unmix(mixed: u64) -> u64 {
    let number = mixed ^ (mixed >> 31) ^ (mixed >> 62);
    let number = number.wrapping_mul(0x3196_42b2_d24d_8ec3);
    let number = number ^ (number >> 27) ^ (number >> 54);
    let number = number.wrapping_mul(0x96de_1b17_3f11_9089);
    number ^ (number >> 30) ^ (number >> 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_mixed_is_found_again() {
        for number in [0, 1, 77, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(unmix(mix(number)), number);
        }
    }
}
