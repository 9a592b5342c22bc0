//! What the next blocks are made of.

use revm::primitives::{Address, B256, U256};

use super::{
    Chain,
    blocks::{default_prev_randao, is_merged},
    error::ChainError,
};
use crate::{
    block::{Head, MIN_DIFFICULTY, excess_for_price, next_base_fee},
    hardfork::Hardfork,
    record::Record,
};

/// Base fee of the first block of London (EIP-1559).
pub(super) const INITIAL_BASE_FEE: u64 = 1_000_000_000;

/// What the user can set, and what a snapshot restores.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) automine: bool,
    pub(super) record: Record,
    pub(super) gas_limit: u64,
    pub(super) coinbase: Address,
    /// Wei per gas that is offered where there is no base fee.
    pub(super) gas_price: u64,
    pub(super) next: Next,
    /// Whether the request contracts of EIP-7002 and EIP-7251 have nothing to do until a transaction calls them.
    pub(super) requests_are_idle: bool,
    /// The hardfork for which it was decided whether the slots of system contracts are virtual.
    pub(super) virtual_for: Option<Hardfork>,
    pub(super) total_difficulty: U256,
}

/// What the user set for the next block alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Next {
    pub(super) timestamp: Option<u64>,
    pub(super) base_fee: Option<u64>,
    pub(super) prev_randao: Option<B256>,
    pub(super) blob_base_fee: Option<u128>,
    pub(super) parent_beacon_root: Option<B256>,
}

impl Chain {
    /// Whether each transaction gets its block at once; otherwise they wait for [`Chain::mine`].
    #[must_use]
    pub const fn automine(&self) -> bool {
        self.settings.automine
    }

    /// Switch automining.
    pub const fn set_automine(&mut self, on: bool) {
        self.settings.automine = on;
    }

    /// What is recorded of every transaction and call that does not say otherwise.
    #[must_use]
    pub const fn record(&self) -> Record {
        self.settings.record
    }

    /// Record this of every transaction and call.
    pub const fn set_record(&mut self, record: Record) {
        self.settings.record = record;
    }

    /// Seconds since 1970 of the next block: a second after its parent unless it was set.
    #[must_use]
    pub fn pending_timestamp(&self) -> u64 {
        let default = self.latest().head.timestamp.saturating_add(1);
        self.settings.next.timestamp.unwrap_or(default)
    }

    /// Set the timestamp of the next block; `None` for a second after its parent.
    ///
    /// # Errors
    /// If it is not after the latest block's.
    pub fn set_pending_timestamp(&mut self, timestamp: Option<u64>) -> Result<(), ChainError> {
        let parent = self.latest().head.timestamp;
        if let Some(timestamp) = timestamp.filter(|timestamp| *timestamp <= parent) {
            return Err(ChainError::Timestamp { timestamp, parent });
        }
        self.settings.next.timestamp = timestamp;
        self.forget_pending();
        Ok(())
    }

    /// Wei per gas of the next block; before London the gas price that is offered by default.
    #[must_use]
    pub fn base_fee(&self) -> u64 {
        let head = self.next_head();
        if head.hardfork < Hardfork::London {
            return self.settings.gas_price;
        }
        head.base_fee
    }

    /// Set the base fee of the next block, from which it goes on by the rule; `None` for the rule at once.
    pub fn set_base_fee(&mut self, fee: Option<u64>) {
        if self.next_head().hardfork < Hardfork::London {
            self.settings.gas_price = fee.unwrap_or(INITIAL_BASE_FEE);
        }
        self.settings.next.base_fee = fee;
        self.forget_pending();
    }

    /// Gas of the next blocks.
    #[must_use]
    pub const fn gas_limit(&self) -> u64 {
        self.settings.gas_limit
    }

    /// Set the gas limit of the next blocks.
    pub fn set_gas_limit(&mut self, limit: u64) {
        self.settings.gas_limit = limit;
        self.forget_pending();
    }

    /// Who gets the fees of the next blocks.
    #[must_use]
    pub const fn coinbase(&self) -> Address {
        self.settings.coinbase
    }

    /// Set who gets the fees of the next blocks.
    pub fn set_coinbase(&mut self, coinbase: Address) {
        self.settings.coinbase = coinbase;
        self.forget_pending();
    }

    /// PREVRANDAO of the next block: follows from its number unless it was set.
    #[must_use]
    pub fn prev_randao(&self) -> B256 {
        self.next_head().prev_randao
    }

    /// Set PREVRANDAO of the next block.
    pub fn set_prev_randao(&mut self, prev_randao: Option<B256>) {
        self.settings.next.prev_randao = prev_randao;
        self.forget_pending();
    }

    /// Wei per blob gas of the next block; 1 before Cancun.
    #[must_use]
    pub fn blob_base_fee(&self) -> u128 {
        self.next_head().blob_base_fee
    }

    /// Set the price of blob gas in the next block to the lowest possible one that is not below `fee`; it goes on from there
    /// by the rule.
    pub fn set_blob_base_fee(&mut self, fee: Option<u128>) {
        self.settings.next.blob_base_fee = fee;
        self.forget_pending();
    }

    /// Set what the next block tells of the beacon chain (EIP-4788), from Cancun on; `None` for zero.
    pub fn set_parent_beacon_root(&mut self, root: Option<B256>) {
        self.settings.next.parent_beacon_root = root;
        self.forget_pending();
    }

    /// The block that is made next, as far as it is known before.
    #[must_use]
    pub fn next_head(&self) -> Head {
        if let Some(head) = &self.pending {
            return head.clone();
        }
        let (parent, settings) = (&self.latest().head, &self.settings);
        let number = parent.number + 1;
        let timestamp = self.pending_timestamp();
        let hardfork = self
            .schedule
            .hardfork(number, timestamp, settings.total_difficulty);
        let (excess_blob_gas, blob_base_fee) = self.next_blobs(hardfork);
        let prev_randao = settings.next.prev_randao;
        Head {
            hardfork,
            number,
            timestamp,
            gas_limit: settings.gas_limit,
            base_fee: self.next_base_fee(hardfork),
            coinbase: settings.coinbase,
            prev_randao: prev_randao.unwrap_or_else(|| default_prev_randao(number)),
            difficulty: U256::from(if is_merged(hardfork) {
                0
            } else {
                MIN_DIFFICULTY
            }),
            excess_blob_gas,
            blob_base_fee,
            parent_beacon_root: settings.next.parent_beacon_root.unwrap_or_default(),
        }
    }

    pub(super) fn next_base_fee(&self, hardfork: Hardfork) -> u64 {
        let parent = self.latest();
        if hardfork < Hardfork::London {
            return 0;
        }
        if let Some(fee) = self.settings.next.base_fee {
            return fee;
        }
        if parent.head.hardfork < Hardfork::London {
            return INITIAL_BASE_FEE;
        }
        next_base_fee(parent.head.base_fee, parent.gas_used, parent.head.gas_limit)
    }

    /// Excess blob gas and price of blob gas.
    pub(super) fn next_blobs(&self, hardfork: Hardfork) -> (u64, u128) {
        let Some(blobs) = self.schedule.blobs(hardfork) else {
            return (0, 1);
        };
        let parent = self.latest();
        let excess = match self.settings.next.blob_base_fee {
            Some(fee) => excess_for_price(blobs, fee),
            None if parent.head.hardfork < Hardfork::Cancun => 0,
            None => parent
                .head
                .next_excess_blob_gas(blobs, parent.blob_gas_used),
        };
        let price = if excess == 0 {
            1
        } else {
            blobs.blob_base_fee(excess)
        };
        (excess, price)
    }
}
