//! A chain in process: blocks, pool, mining, time, fees, snapshots, history.
//!
//! Every transaction runs on one [`State`] with an undo log, so that the past is where the log leads to and a snapshot is a
//! position in it. Nothing is hashed until somebody asks: then the tries are brought forward block by block.
//!
//! The state *at* block N is what the block after it found: what N left, and what the user changed since. The state root
//! in N's header is that of what N left.

mod adopt;
mod around;
mod assembly;
mod blocks;
mod branch;
mod build;
mod call;
mod error;
mod fork;
mod genesis;
mod history;
mod import;
mod index;
mod logs;
mod mine;
mod overrides;
mod past;
mod pool;
mod prune;
mod request;
mod rollback;
mod run;
mod schedule;
mod send;
mod settings;
mod simulate;
mod snapshot;
mod state_file;
mod surgery;
mod virtual_slots;

use std::sync::Arc;

use revm::primitives::{Address, AddressMap, B256, U256};

pub use adopt::AdoptedBlock;
pub use around::{AccountView, Moment};
pub use build::Blueprint;
pub use call::{Altered, Call, Estimate};
pub use error::ChainError;
pub use fork::ForkBlock;
pub use genesis::{Genesis, GenesisAccount};
pub use import::ForeignBlock;
pub use logs::{FoundLog, LogQuery};
pub use overrides::{BlockOverrides, Override, StorageOverride};
pub use request::Request;
pub use schedule::{MAINNET_DEPOSIT_CONTRACT, Schedule};
pub use simulate::{Simulated, Simulation};

use crate::{
    block::{Accepted, Block, Head, Sealed},
    executor::{CodeSize, Config, Executor},
    hardfork::Hardfork,
    precompiles::SignatureBytes,
    state::State,
    transaction::PrivateKey,
    trie::AccountProof,
};
use history::History;
use index::Index;
use pool::Pool;
use settings::Settings;
use snapshot::Snapshots;

/// A chain in process.
#[derive(Debug)]
pub struct Chain {
    executor: Executor,
    state: State,
    schedule: Schedule,
    history: History,
    settings: Settings,
    pool: Pool,
    /// The next block, if the executor has entered it.
    pending: Option<Head>,
    keys: AddressMap<Arc<PrivateKey>>,
    snapshots: Snapshots,
    index: Index,
    /// How many blocks' states are kept; `None` for all.
    history_limit: Option<u64>,
    /// The most transactions of a block that is mined here; `None` for as many as fit.
    max_transactions: Option<u64>,
    /// Whether the pool takes only what its sender can pay.
    pool_checks_funds: bool,
}

impl Chain {
    /// The configuration of its executor; its hardfork is that of the block that ran last.
    #[must_use]
    pub const fn config(&self) -> &Config {
        self.executor.config()
    }

    /// Set how large the code of new contracts may be.
    pub fn set_code_size(&mut self, code_size: CodeSize) {
        let config = *self.executor.config();
        self.executor.set_config(Config {
            code_size,
            ..config
        });
    }

    /// EIP-155.
    #[must_use]
    pub const fn chain_id(&self) -> u64 {
        self.config().chain_id
    }

    /// The rules of the next block.
    #[must_use]
    pub fn hardfork(&self) -> Hardfork {
        self.next_head().hardfork
    }

    /// When which rules hold.
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Hold a key: transactions of its account are signed with it.
    pub fn add_key(&mut self, key: PrivateKey) {
        self.keys.insert(key.address(), Arc::new(key));
    }

    /// The key of `address`, if the chain holds it.
    #[must_use]
    pub fn key(&self, address: Address) -> Option<&Arc<PrivateKey>> {
        self.keys.get(&address)
    }

    /// Let a signature be that of `signer` for contracts (the precompile ecrecover), whatever it signs.
    pub fn impersonate_signature(&mut self, signature: SignatureBytes, signer: Address) {
        self.executor.impersonate_signature(signature, signer);
    }

    // BLOCKS

    /// The latest block.
    #[must_use]
    pub const fn latest(&self) -> &Arc<Block> {
        self.history.blocks.latest()
    }

    /// Number of the latest block.
    #[must_use]
    pub fn block_number(&self) -> u64 {
        self.history.blocks.number()
    }

    /// Number of the oldest block: 0 unless the chain began with a state file.
    #[must_use]
    pub const fn first_block_number(&self) -> u64 {
        self.history.blocks.first()
    }

    /// A block by its number.
    ///
    /// # Errors
    /// If there is none.
    pub fn block(&self, number: u64) -> Result<Arc<Block>, ChainError> {
        self.history.block(number)
    }

    /// The hash of a block by its number.
    ///
    /// # Errors
    /// If there is no such block.
    pub fn block_hash(&mut self, number: u64) -> Result<B256, ChainError> {
        self.history.block(number)?;
        self.history.hash(&mut self.state, number)
    }

    /// The header of a block of this chain, with its hash. The state root of a fork's blocks is zero.
    ///
    /// # Errors
    /// If the block was reverted away before anybody asked, or is that of another chain.
    pub fn header(&mut self, block: &Block) -> Result<Arc<Sealed>, ChainError> {
        if block.is_foreign {
            return Err(ChainError::Foreign(block.head.number));
        }
        if let Some(sealed) = block.sealed.get() {
            return Ok(sealed.clone());
        }
        if !self.holds(block) {
            return Err(ChainError::Reverted("block"));
        }
        self.history.sealed(&mut self.state, block)
    }

    /// Whether `block` is one of the chain's, not one that was reverted away.
    #[must_use]
    pub fn holds(&self, block: &Block) -> bool {
        self.history.blocks.holds(block)
    }

    /// Whether `accepted` is in a block of the chain.
    #[must_use]
    pub fn holds_transaction(&self, accepted: &Accepted) -> bool {
        let Some(mined) = accepted.mined() else {
            return false;
        };
        let block = self.history.blocks.get(mined.block_number);
        block.is_some_and(|block| {
            let index = usize::try_from(mined.index).unwrap_or(usize::MAX);
            let ours = block.transactions.get(index);
            ours.is_some_and(|ours| std::ptr::eq(ours.as_ref(), accepted))
        })
    }

    // STATE

    /// The accounts as they are now.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The state root, now.
    ///
    /// # Errors
    /// If not all of the state is here.
    pub fn state_root(&mut self) -> Result<B256, ChainError> {
        Ok(self.history.current_trie(&mut self.state)?.root())
    }

    /// Prove an account and some of its slots against the state root in the header of block `number`, or the present one.
    ///
    /// # Errors
    /// If there is no such block or not all of the state is here.
    pub fn proof(
        &mut self,
        address: Address,
        slots: &[U256],
        number: Option<u64>,
    ) -> Result<AccountProof, ChainError> {
        if self.is_fork() {
            return Err(ChainError::Partial("proofs"));
        }
        let trie = match number {
            Some(number) => {
                self.history.block(number)?;
                self.history.trie(&mut self.state, number)?
            }
            None => self.history.current_trie(&mut self.state)?,
        };
        Ok(trie.proof(address, slots))
    }

    /// Do something on the state at block `number`, by default the latest.
    fn at<T>(
        &mut self,
        number: Option<u64>,
        work: impl FnOnce(&mut Self, u64) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let latest = self.block_number();
        let number = number.unwrap_or(latest);
        if number == latest {
            return work(self, number);
        }
        self.history.block(number)?;
        let Some(left) = self.history.blocks.left(number) else {
            return work(self, number);
        };
        self.history.check_state(number)?;
        let rewound = self.state.rewind(left)?;
        let result = work(self, number);
        self.state.restore(rewound)?;
        result
    }
}

#[cfg(test)]
mod tests;
