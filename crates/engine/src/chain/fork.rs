//! A chain on top of a block of another one, whose state is read when it is needed.

use std::sync::{Arc, OnceLock};

use alloy_consensus::Header;
use revm::primitives::{Address, B256, U256};

use super::{
    Chain,
    error::ChainError,
    schedule::Schedule,
    settings::{INITIAL_BASE_FEE, Next, Settings},
};
use crate::{
    block::{Block, Head, Sealed},
    executor::{Config, Executor},
    hardfork::Hardfork,
    record::Record,
    state::{Backend, State},
};

/// The block of another chain on which a fork stands, as far as the blocks after it depend on it.
#[derive(Clone, Debug, Default)]
pub struct ForkBlock {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Of it, and of the blocks after it.
    pub gas_limit: u64,
    /// Gas that its transactions used: the next base fee follows from it.
    pub gas_used: u64,
    /// Wei per gas.
    pub base_fee: u64,
    /// Who got its fees, and gets those of the blocks after it.
    pub coinbase: Address,
    /// PREVRANDAO, or the mix hash.
    pub prev_randao: B256,
    /// Before the merge.
    pub difficulty: U256,
    /// EIP-4844.
    pub excess_blob_gas: u64,
    /// EIP-4844.
    pub blob_gas_used: u64,
}

impl ForkBlock {
    fn head(&self, hardfork: Hardfork) -> Head {
        let blobs = hardfork.blobs();
        Head {
            hardfork,
            number: self.number,
            timestamp: self.timestamp,
            gas_limit: self.gas_limit,
            base_fee: self.base_fee,
            coinbase: self.coinbase,
            prev_randao: self.prev_randao,
            difficulty: self.difficulty,
            excess_blob_gas: self.excess_blob_gas,
            blob_base_fee: blobs.map_or(1, |blobs| blobs.blob_base_fee(self.excess_blob_gas)),
            parent_beacon_root: B256::ZERO,
        }
    }
}

impl Chain {
    /// Begin a chain whose first block is `block` of another one, whose state after it is what `backend` reads.
    ///
    /// Nothing is put into that state. The blocks after it follow the rules of the configuration's hardfork; their hashes are
    /// made up, for nobody knows their state roots.
    #[must_use]
    pub fn fork(config: Config, block: &ForkBlock, backend: Arc<dyn Backend>) -> Self {
        let state = State::with_backend(backend);
        let settings = Settings {
            automine: true,
            record: Record::OFF,
            gas_limit: block.gas_limit,
            coinbase: block.coinbase,
            gas_price: INITIAL_BASE_FEE,
            next: Next::default(),
            // There is no consensus layer: what waits in their queues waits until a transaction calls them.
            requests_are_idle: true,
            virtual_for: None,
            total_difficulty: block.difficulty,
        };
        let end = state.checkpoint();
        let mut first = Block::empty(block.head(config.hardfork), end, end);
        first.gas_used = block.gas_used;
        first.blob_gas_used = block.blob_gas_used;
        first.is_foreign = true;
        first.sealed = OnceLock::from(Arc::new(Sealed {
            header: Header::default(),
            hash: block.hash,
        }));
        Self::assemble(
            Executor::new(config),
            state,
            Schedule::constant(config.hardfork),
            first,
            settings,
        )
    }

    /// Whether it stands on a block of another chain.
    #[must_use]
    pub const fn is_fork(&self) -> bool {
        self.state.has_backend()
    }

    /// The hash of a block of this chain.
    ///
    /// # Errors
    /// If the block was reverted away before anybody asked.
    pub fn hash_of(&mut self, block: &Block) -> Result<B256, ChainError> {
        match block.sealed.get() {
            Some(sealed) => Ok(sealed.hash),
            None => Ok(self.header(block)?.hash),
        }
    }

    /// The hash of the parent of `block`.
    ///
    /// # Errors
    /// As [`Self::header`], or if the chain that it stands on cannot be read.
    pub fn parent_hash(&mut self, block: &Block) -> Result<B256, ChainError> {
        if !block.is_foreign {
            return Ok(self.header(block)?.header.parent_hash);
        }
        match block.head.number.checked_sub(1) {
            Some(parent) => self.history.hash(&mut self.state, parent),
            None => Ok(B256::ZERO),
        }
    }

    /// The header of `block` with its state root.
    ///
    /// # Errors
    /// As [`Self::header`], or if not all of the state is here.
    pub fn rooted_header(&mut self, block: &Block) -> Result<Arc<Sealed>, ChainError> {
        if self.is_fork() {
            return Err(ChainError::Partial("state root"));
        }
        self.header(block)
    }
}
