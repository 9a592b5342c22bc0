//! Which rules hold for which block.

use revm::primitives::{Address, U256, address};

use crate::hardfork::{BlobSchedule, Hardfork};

/// The deposit contract of mainnet (EIP-6110).
pub const MAINNET_DEPOSIT_CONTRACT: Address = address!("00000000219ab540356cBB839Cbe05303d7705Fa");

/// The hardforks of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Block numbers from which on hardforks are active, ascending; before the first it is Frontier.
    pub blocks: Vec<(u64, Hardfork)>,
    /// Timestamps from which on hardforks are active, ascending.
    pub times: Vec<(u64, Hardfork)>,
    /// Total difficulty of a parent from which on its child is a block of proof of stake.
    pub terminal_total_difficulty: Option<U256>,
    /// Blob schedules other than mainnet's.
    pub blobs: Vec<(Hardfork, BlobSchedule)>,
    /// Whose logs are deposits (EIP-6110).
    pub deposit_contract: Address,
}

impl Schedule {
    /// One hardfork from the first block on.
    #[must_use]
    pub fn constant(hardfork: Hardfork) -> Self {
        Self {
            blocks: vec![(0, hardfork)],
            times: Vec::new(),
            terminal_total_difficulty: None,
            blobs: Vec::new(),
            deposit_contract: MAINNET_DEPOSIT_CONTRACT,
        }
    }

    /// The rules of a block.
    #[must_use]
    pub fn hardfork(&self, number: u64, timestamp: u64, parent_difficulty: U256) -> Hardfork {
        let terminal = self.terminal_total_difficulty;
        let is_merged = terminal.is_some_and(|terminal| parent_difficulty >= terminal);
        self.rules(number, timestamp, is_merged)
    }

    /// The rules of a block of which it is known whether the merge came before it.
    #[must_use]
    pub fn rules(&self, number: u64, timestamp: u64, is_merged: bool) -> Hardfork {
        let active = |forks: &[(u64, Hardfork)], now: u64| {
            let mut active = forks.iter().rev().filter(|(from, _)| *from <= now);
            active.next().map_or(Hardfork::Frontier, |(_, fork)| *fork)
        };
        let by_number = active(&self.blocks, number);
        if by_number < Hardfork::Paris && !is_merged {
            return by_number;
        }
        by_number
            .max(Hardfork::Paris)
            .max(active(&self.times, timestamp))
    }

    /// The blob schedule of a hardfork.
    #[must_use]
    pub fn blobs(&self, hardfork: Hardfork) -> Option<BlobSchedule> {
        let own = self.blobs.iter().find(|(fork, _)| *fork == hardfork);
        own.map(|(_, blobs)| *blobs).or_else(|| hardfork.blobs())
    }

    /// How many blocks after one the rules stay the same for sure, each `spacing` seconds later.
    #[must_use]
    pub(super) fn stays_for(&self, (number, timestamp): (u64, u64), spacing: u64) -> u64 {
        let next = |forks: &[(u64, Hardfork)], now: u64| {
            let later = forks.iter().find(|(from, _)| *from > now);
            later.map_or(u64::MAX, |(from, _)| from - now - 1)
        };
        next(&self.blocks, number).min(next(&self.times, timestamp) / spacing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        Schedule {
            blocks: vec![(0, Hardfork::Homestead), (5, Hardfork::London)],
            times: vec![(100, Hardfork::Shanghai), (200, Hardfork::Cancun)],
            terminal_total_difficulty: Some(U256::from(1000)),
            ..Schedule::constant(Hardfork::Frontier)
        }
    }

    #[test]
    fn forks_come_by_number_then_by_difficulty_then_by_time() {
        let at =
            |number, time, difficulty| schedule().hardfork(number, time, U256::from(difficulty));
        assert_eq!(at(4, 50, 10), Hardfork::Homestead);
        assert_eq!(at(5, 50, 10), Hardfork::London);
        assert_eq!(at(6, 150, 999), Hardfork::London);
        assert_eq!(at(6, 99, 1000), Hardfork::Paris);
        assert_eq!(at(6, 100, 1000), Hardfork::Shanghai);
        assert_eq!(at(6, 500, 1000), Hardfork::Cancun);
    }

    #[test]
    fn rules_stay_until_the_next_activation() {
        assert_eq!(schedule().stays_for((2, 0), 1), 2);
        assert_eq!(schedule().stays_for((9, 150), 1), 49);
        assert_eq!(schedule().stays_for((9, 150), 12), 4);
        assert_eq!(schedule().stays_for((9, 200), 1), u64::MAX);
        assert_eq!(
            Schedule::constant(Hardfork::Osaka).stays_for((0, 0), 1),
            u64::MAX
        );
    }
}
