//! A block in the making: its transactions one after the other, and what the protocol does around them.

use std::{mem, sync::Arc};

use alloy_consensus::Transaction as _;
use revm::{
    context::TxEnv,
    primitives::{Address, Bytes, U256},
};

use super::{Chain, error::ChainError, history::ChainResolver, send::rules, settings::Next};
use crate::{
    block::{Accepted, Block, Extras, Mined, Transactions},
    deposit,
    executor::{self, Mode, Outcome},
    hardfork::{GAS_PER_BLOB, Hardfork},
    record::Record,
    state::Checkpoint,
    system::{
        self, CONSOLIDATION_REQUESTS_ADDRESS, HISTORY_STORAGE_ADDRESS, WITHDRAWAL_REQUESTS_ADDRESS,
    },
    transaction::Transaction,
};

/// A block in the making.
#[derive(Debug)]
pub(super) struct Assembly {
    pub(super) start: Checkpoint,
    pub(super) ended: Vec<(Arc<Accepted>, Mined)>,
    pub(super) gas_used: u64,
    regular_gas: u64,
    state_gas: u64,
    pub(super) blobs: u64,
    logs: u64,
}

impl Assembly {
    const fn new(start: Checkpoint) -> Self {
        Self {
            start,
            ended: Vec::new(),
            gas_used: 0,
            regular_gas: 0,
            state_gas: 0,
            blobs: 0,
            logs: 0,
        }
    }

    /// Gas that counts against the block's limit.
    pub(super) fn block_gas(&self) -> u64 {
        self.regular_gas.max(self.state_gas)
    }
}

impl Chain {
    /// Whether a transaction can be in this block as it stands.
    pub(super) fn fits(&self, transaction: &Transaction, assembly: &Assembly) -> bool {
        let (head, body) = (self.entered(), transaction.body());
        let blob_fee = body.max_fee_per_blob_gas();
        self.has_room(transaction, assembly)
            && body.max_fee_per_gas() >= u128::from(head.base_fee)
            && blob_fee.is_none_or(|fee| fee >= head.blob_base_fee)
    }

    /// Whether the block has gas and blobs left for a transaction.
    pub(super) fn has_room(&self, transaction: &Transaction, assembly: &Assembly) -> bool {
        let (head, body) = (self.entered(), transaction.body());
        let left = head.gas_limit.saturating_sub(assembly.block_gas());
        let blobs = body.blob_versioned_hashes().map_or(0, <[_]>::len) as u64;
        let most = self.schedule.blobs(head.hardfork);
        body.gas_limit() <= left
            && (blobs == 0 || most.is_none_or(|most| assembly.blobs + blobs <= most.max))
    }

    /// Start the block that was entered.
    pub(super) fn begin(&mut self) -> Result<Assembly, ChainError> {
        let start = self.state.checkpoint();
        let begun = self.write_system_slots();
        if let Err(error) = begun {
            self.state.revert(start)?;
            return Err(error);
        }
        Ok(Assembly::new(start))
    }

    /// What the protocol writes at the start of a block, unless it is virtual.
    fn write_system_slots(&mut self) -> Result<(), ChainError> {
        let head = self.entered().clone();
        if head.hardfork < Hardfork::Cancun || self.slots_are_virtual(head.hardfork) {
            return Ok(());
        }
        if !self.history.beacon_roots.is_open() {
            let mut resolver = ChainResolver {
                history: &mut self.history,
                head: &head,
            };
            system::start_block(
                &mut self.executor,
                &mut self.state,
                &mut resolver,
                head.parent_beacon_root,
            )?;
        }
        let stores_hashes = head.hardfork >= Hardfork::Prague
            && head.number > 0
            && !self.history.hashes.is_open()
            && !self.state.code(HISTORY_STORAGE_ADDRESS)?.is_empty();
        if stores_hashes {
            let parent_hash = self.history.hash(&mut self.state, head.number - 1)?;
            let mut resolver = ChainResolver {
                history: &mut self.history,
                head: &head,
            };
            system::store_parent_hash(
                &mut self.executor,
                &mut self.state,
                &mut resolver,
                parent_hash,
            )?;
        }
        Ok(())
    }

    /// Run a transaction as the next of the block.
    pub(super) fn run(
        &mut self,
        transaction: &Transaction,
        record: Option<Record>,
        assembly: &mut Assembly,
    ) -> Result<Mined, ChainError> {
        self.run_as(transaction, transaction.env(), record, assembly)
    }

    /// The same for one that the EVM is not to take as it stands.
    pub(super) fn run_as(
        &mut self,
        transaction: &Transaction,
        env: TxEnv,
        record: Option<Record>,
        assembly: &mut Assembly,
    ) -> Result<Mined, ChainError> {
        let before = self.state.checkpoint();
        let mode = Mode {
            rules: rules(transaction),
            commit: true,
            record: record.unwrap_or(self.settings.record),
        };
        let mut outcome = self.execute(env, mode)?;
        if outcome.logs.capacity() > outcome.logs.len() {
            // They are kept for long, and revm leaves room for more.
            let mut logs = Vec::with_capacity(outcome.logs.len());
            logs.append(&mut outcome.logs);
            outcome.logs = logs;
        }
        let head = self.entered();
        assembly.gas_used += outcome.gas_used;
        assembly.regular_gas += outcome.block_gas.regular;
        assembly.state_gas += outcome.block_gas.state;
        let mined = Mined {
            block_number: head.number,
            timestamp: head.timestamp,
            index: assembly.ended.len() as u64,
            cumulative_gas_used: assembly.gas_used,
            effective_gas_price: transaction.effective_gas_price(head.base_fee),
            first_log: assembly.logs,
            before,
            after: self.state.checkpoint(),
            outcome: Arc::new(outcome),
        };
        assembly.logs += mined.outcome.logs.len() as u64;
        let blobs = transaction.body().blob_versioned_hashes();
        assembly.blobs += blobs.map_or(0, <[_]>::len) as u64;
        Ok(mined)
    }

    /// Execute in the block that was entered.
    pub(super) fn execute(&mut self, tx: TxEnv, mode: Mode) -> Result<Outcome, executor::Error> {
        let Some(head) = &self.pending else {
            return Err(executor::Error::Internal("no block was entered".into()));
        };
        let mut resolver = ChainResolver {
            history: &mut self.history,
            head,
        };
        self.executor
            .execute(&mut self.state, &mut resolver, tx, mode)
    }

    /// The requests that the block makes of the consensus layer (EIP-7685). `last`: a transaction not yet in the assembly.
    /// `is_strict`: a block without the contracts that they come from is invalid.
    pub(super) fn end_requests(
        &mut self,
        assembly: &Assembly,
        last: Option<&Mined>,
        is_strict: bool,
    ) -> Result<Vec<Bytes>, ChainError> {
        let head = self.entered();
        if head.hardfork < Hardfork::Prague {
            return Ok(Vec::new());
        }
        let ended = assembly.ended.iter().map(|(_, mined)| mined).chain(last);
        let logs = ended.flat_map(|mined| &mined.outcome.logs);
        let deposits = deposit::requests(self.schedule.deposit_contract, logs)
            .map_err(|problem| executor::Error::Block(problem.into()))?;
        let mut requests: Vec<Bytes> = deposits.into_iter().collect();
        let before = self.state.checkpoint();
        let changes = self.state.changes(assembly.start, before)?;
        let concerns = |address: Address| {
            address == WITHDRAWAL_REQUESTS_ADDRESS || address == CONSOLIDATION_REQUESTS_ADDRESS
        };
        let called = changes.iter().any(|change| concerns(change.address()));
        if called || !self.settings.requests_are_idle {
            let head = head.clone();
            let mut resolver = ChainResolver {
                history: &mut self.history,
                head: &head,
            };
            let more = system::end_block(
                &mut self.executor,
                &mut self.state,
                &mut resolver,
                is_strict,
            )?;
            requests.extend(more);
            self.settings.requests_are_idle = !called && self.state.checkpoint() == before;
        }
        Ok(requests)
    }

    /// Put the block on the chain.
    pub(super) fn push_block(
        &mut self,
        assembly: &Assembly,
        transactions: Transactions,
        extras: Extras,
    ) {
        let Some(head) = self.pending.take() else {
            return;
        };
        self.add_difficulty(head.difficulty);
        let block = Block {
            gas_used: assembly.block_gas(),
            blob_gas_used: assembly.blobs * GAS_PER_BLOB,
            transactions,
            extras: (extras != Extras::default()).then(|| Box::new(extras)),
            ..Block::empty(head, assembly.start, self.state.checkpoint())
        };
        self.history.blocks.push(Arc::new(block));
        self.settings.next = Next::default();
    }

    pub(super) fn add_difficulty(&mut self, difficulty: U256) {
        if !difficulty.is_zero() {
            let total = &mut self.settings.total_difficulty;
            *total = total.saturating_add(difficulty);
        }
    }

    /// Wei of `address`, more by `amount`.
    pub(super) fn credit(&mut self, address: Address, amount: U256) -> Result<(), ChainError> {
        let balance = self.state.balance(address)?;
        Ok(self
            .state
            .set_balance(address, balance.saturating_add(amount))?)
    }
}

/// Tell each transaction where it ended.
pub(super) fn conclude(assembly: &mut Assembly) -> Transactions {
    mem::take(&mut assembly.ended)
        .into_iter()
        .map(|(accepted, mined)| {
            accepted.set_mined(mined);
            accepted
        })
        .collect()
}
