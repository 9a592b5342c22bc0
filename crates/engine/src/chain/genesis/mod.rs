//! The first block: what a chain begins with.

mod json;

use std::time::{SystemTime, UNIX_EPOCH};

use alloy_primitives::B64;
use revm::{
    primitives::{Address, B256, Bytes, U256},
    state::Bytecode,
};

use super::{
    Chain,
    blocks::is_merged,
    error::ChainError,
    history::History,
    index::Index,
    pool::Pool,
    schedule::Schedule,
    settings::{Next, Settings},
    snapshot::Snapshots,
};
use crate::{
    block::{Block, Extras, Head, MIN_DIFFICULTY},
    executor::{Config, Executor},
    hardfork::Hardfork,
    record::Record,
    state::State,
    system,
};

/// An account of the first block.
#[derive(Clone, Debug, Default)]
pub struct GenesisAccount {
    /// Wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Runtime code.
    pub code: Bytes,
    /// Words by slot.
    pub storage: Vec<(U256, U256)>,
}

/// What a chain begins with.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// Chain id, limits; the hardfork is that of the schedule.
    pub config: Config,
    /// Which rules hold when.
    pub schedule: Schedule,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Gas of a block.
    pub gas_limit: u64,
    /// Wei per gas of the first block.
    pub base_fee: u64,
    /// Whether the block after the first has the same base fee, as if the user had set it.
    pub keeps_base_fee: bool,
    /// Who gets the fees.
    pub coinbase: Address,
    /// Before the merge.
    pub difficulty: U256,
    /// PREVRANDAO, or the mix hash.
    pub mix_hash: B256,
    /// Proof of work.
    pub nonce: B64,
    /// At most 32 bytes.
    pub extra_data: Bytes,
    /// EIP-4844.
    pub excess_blob_gas: u64,
    /// EIP-4844.
    pub blob_gas_used: u64,
    /// EIP-4788.
    pub parent_beacon_root: B256,
    /// What exists from the start.
    pub accounts: Vec<(Address, GenesisAccount)>,
}

impl Genesis {
    /// A local chain of one hardfork, with the contracts that every such chain has.
    #[must_use]
    pub fn local(config: Config) -> Self {
        let hardfork = config.hardfork;
        let accounts = system::predeploys(hardfork).map(|predeploy| {
            let account = GenesisAccount {
                nonce: 1,
                code: Bytes::from_static(predeploy.code),
                ..GenesisAccount::default()
            };
            (predeploy.address, account)
        });
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            config,
            schedule: Schedule::constant(hardfork),
            timestamp: now.map_or(0, |now| now.as_secs()),
            gas_limit: 30_000_000,
            base_fee: 1_000_000_000,
            keeps_base_fee: true,
            coinbase: Address::ZERO,
            difficulty: U256::from(if is_merged(hardfork) {
                0
            } else {
                MIN_DIFFICULTY
            }),
            mix_hash: B256::ZERO,
            nonce: B64::ZERO,
            extra_data: Bytes::new(),
            excess_blob_gas: 0,
            blob_gas_used: 0,
            parent_beacon_root: B256::ZERO,
            accounts: accounts.collect(),
        }
    }
}

impl Chain {
    /// Begin a chain.
    ///
    /// # Errors
    /// If code of an account is malformed.
    pub fn new(genesis: Genesis) -> Result<Self, ChainError> {
        let hardfork = genesis
            .schedule
            .hardfork(0, genesis.timestamp, genesis.difficulty);
        let mut state = State::new();
        for (address, account) in genesis.accounts {
            allocate(&mut state, address, account)?;
        }
        let blobs = genesis.schedule.blobs(hardfork);
        let excess = genesis.excess_blob_gas;
        let head = Head {
            hardfork,
            number: 0,
            timestamp: genesis.timestamp,
            gas_limit: genesis.gas_limit,
            base_fee: if hardfork < Hardfork::London {
                0
            } else {
                genesis.base_fee
            },
            coinbase: genesis.coinbase,
            prev_randao: genesis.mix_hash,
            difficulty: genesis.difficulty,
            excess_blob_gas: excess,
            blob_base_fee: blobs.map_or(1, |blobs| blobs.blob_base_fee(excess)),
            parent_beacon_root: genesis.parent_beacon_root,
        };
        let settings = Settings {
            automine: true,
            record: Record::OFF,
            gas_limit: genesis.gas_limit,
            coinbase: genesis.coinbase,
            gas_price: genesis.base_fee,
            next: Next {
                base_fee: genesis.keeps_base_fee.then_some(genesis.base_fee),
                ..Next::default()
            },
            requests_are_idle: false,
            virtual_for: None,
            total_difficulty: genesis.difficulty,
        };
        let end = state.checkpoint();
        let mut first = Block::empty(head, end, end);
        first.blob_gas_used = genesis.blob_gas_used;
        first.extras = Some(Box::new(Extras {
            extra_data: genesis.extra_data,
            nonce: genesis.nonce,
            ..Extras::default()
        }));
        let config = Config {
            hardfork,
            ..genesis.config
        };
        Ok(Self::assemble(
            Executor::new(config),
            state,
            genesis.schedule,
            first,
            settings,
        ))
    }

    /// Let all that was set so far be what the chain began with: the first block leaves it, and its root is that of it.
    ///
    /// # Errors
    /// If there is a second block, or a snapshot leads back to before.
    pub fn begin_here(&mut self) -> Result<(), ChainError> {
        let number = self.block_number();
        if number != self.first_block_number() || self.is_fork() || !self.snapshots.is_empty() {
            return Err(ChainError::Request(
                "the chain has begun: what it begins with is set before its second block, its first snapshot, and not on a fork".into(),
            ));
        }
        let end = self.state.checkpoint();
        let first = self.latest();
        let mut begun = Block::empty(first.head.clone(), end, end);
        begun.blob_gas_used = first.blob_gas_used;
        begun.extras.clone_from(&first.extras);
        self.history = History::new(begun);
        self.index = Index::default();
        self.settings.virtual_for = None;
        self.forget_pending();
        Ok(())
    }

    pub(super) fn assemble(
        executor: Executor,
        state: State,
        schedule: Schedule,
        first: Block,
        settings: Settings,
    ) -> Self {
        Self {
            executor,
            state,
            schedule,
            history: History::new(first),
            settings,
            pool: Pool::default(),
            pending: None,
            keys: revm::primitives::AddressMap::default(),
            snapshots: Snapshots::default(),
            index: Index::default(),
            history_limit: None,
            max_transactions: None,
            pool_checks_funds: true,
        }
    }
}

fn allocate(
    state: &mut State,
    address: Address,
    account: GenesisAccount,
) -> Result<(), ChainError> {
    state.set_balance(address, account.balance)?;
    state.set_nonce(address, account.nonce)?;
    if !account.code.is_empty() {
        let code = Bytecode::new_raw_checked(account.code)
            .map_err(|error| ChainError::Genesis(format!("alloc.{address}.code: {error}")))?;
        state.set_code(address, code)?;
    }
    for (slot, word) in account.storage {
        state.set_storage(address, slot, word)?;
    }
    Ok(())
}
