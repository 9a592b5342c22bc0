//! Making blocks.

use std::{mem, sync::Arc};

use alloy_consensus::Transaction as _;
use revm::primitives::{Address, Bytes, U256};

use super::{
    Chain, blocks::is_merged, error::ChainError, history::ChainResolver, pool::Pooled, send::rules,
    settings::Next,
};
use crate::{
    block::{Accepted, Block, Extras, Head, Mined, Transactions},
    deposit,
    executor::{self, Config, Mode, Outcome},
    hardfork::{GAS_PER_BLOB, Hardfork},
    record::Record,
    state::Checkpoint,
    system::{
        self, BEACON_ROOTS_ADDRESS, CONSOLIDATION_REQUESTS_ADDRESS, HISTORY_STORAGE_ADDRESS,
        WITHDRAWAL_REQUESTS_ADDRESS,
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
    /// Mine `count` blocks, with what waits in the first of them; each later one a second after the one before.
    ///
    /// `timestamp`: of the first block, after its parent's. `deltatime`: seconds after the parent's, or after the timestamp that
    /// was set for the next block, instead.
    ///
    /// # Errors
    /// If the timestamp is not after the parent's, or a system contract fails.
    pub fn mine(
        &mut self,
        count: u64,
        timestamp: Option<u64>,
        deltatime: Option<u64>,
    ) -> Result<(), ChainError> {
        if timestamp.is_some() && deltatime.is_some() {
            return Err(ChainError::Request(
                "mine: give timestamp or deltatime, not both".into(),
            ));
        }
        let parent = self.latest().head.timestamp;
        let from = self.settings.next.timestamp.unwrap_or(parent);
        let after = deltatime.map(|delta| from.saturating_add(delta));
        let too_late = timestamp
            .or(after)
            .unwrap_or(from)
            .checked_add(count)
            .is_none_or(|last| last == u64::MAX);
        if too_late {
            return Err(ChainError::Request(
                "mine: the last timestamp would exceed 64 bits".into(),
            ));
        }
        if count == 0 {
            return Ok(());
        }
        if let Some(first) = timestamp.or(after) {
            self.set_pending_timestamp(Some(first))?;
        }
        self.mine_block()?;
        let mut left = count - 1;
        while left > 0 {
            let run = self.length_of_run(left);
            if run > 1 {
                self.push_run(run)?;
                left -= run;
            } else {
                self.mine_block()?;
                left -= 1;
            }
        }
        Ok(())
    }

    /// How many of the next blocks are the same but for number and time, up to `most`.
    fn length_of_run(&self, most: u64) -> u64 {
        let latest = self.latest();
        let head = self.next_head();
        let settled = latest.transactions.is_empty()
            && self.settings.requests_are_idle
            && self.slots_are_virtual(head.hardfork)
            && head.hardfork == latest.head.hardfork
            && (is_merged(head.hardfork) || self.schedule.terminal_total_difficulty.is_none())
            && head.base_fee == latest.head.base_fee
            && head.excess_blob_gas == latest.head.excess_blob_gas
            && head.gas_limit == latest.head.gas_limit
            && head.coinbase == latest.head.coinbase;
        if !settled {
            return 0;
        }
        let stays = self
            .schedule
            .stays_for(latest.head.number, latest.head.timestamp);
        most.min(stays)
    }

    fn push_run(&mut self, count: u64) -> Result<(), ChainError> {
        self.enter_pending()?;
        let head = self.entered().clone();
        let end = self.state.checkpoint();
        self.add_difficulty(head.difficulty.saturating_mul(U256::from(count)));
        self.history.blocks.push_run(head, count, end);
        self.forget_pending();
        Ok(())
    }

    // THE NEXT BLOCK

    pub(super) fn forget_pending(&mut self) {
        self.pending = None;
    }

    /// The next block, which the executor has entered.
    pub(super) fn entered(&self) -> &Head {
        match &self.pending {
            Some(head) => head,
            None => &self.latest().head,
        }
    }

    /// Enter the next block, unless the executor is in there already.
    pub(super) fn enter_pending(&mut self) -> Result<(), ChainError> {
        if self.pending.is_none() {
            self.enter(self.next_head())?;
        }
        Ok(())
    }

    /// Enter a block that is to follow the latest.
    pub(super) fn enter(&mut self, head: Head) -> Result<(), ChainError> {
        self.decide_virtual(&head)?;
        self.visit(&head);
        self.pending = Some(head);
        Ok(())
    }

    /// Let the executor be in a block.
    pub(super) fn visit(&mut self, head: &Head) {
        self.executor.set_config(Config {
            hardfork: head.hardfork,
            ..*self.executor.config()
        });
        self.executor.set_block(head.env());
    }

    /// Decide which system contracts need not be called at the start of blocks.
    fn decide_virtual(&mut self, head: &Head) -> Result<(), ChainError> {
        if self.settings.virtual_for == Some(head.hardfork) {
            return Ok(());
        }
        for (contract, since) in [
            (BEACON_ROOTS_ADDRESS, Hardfork::Cancun),
            (HISTORY_STORAGE_ADDRESS, Hardfork::Prague),
        ] {
            let may_be = head.hardfork >= since && system::is_canonical(&self.state, contract)?;
            if !may_be {
                self.write_virtual_slots(contract)?;
            } else if contract == HISTORY_STORAGE_ADDRESS {
                self.history.hashes.open(head.number);
            } else {
                self.history.beacon_roots.open(head.number);
            }
        }
        self.settings.virtual_for = Some(head.hardfork);
        Ok(())
    }

    /// Whether blocks of this hardfork change nothing at their start.
    fn slots_are_virtual(&self, hardfork: Hardfork) -> bool {
        self.settings.virtual_for == Some(hardfork)
            && (hardfork < Hardfork::Cancun || self.history.beacon_roots.is_open())
            && (hardfork < Hardfork::Prague || self.history.hashes.is_open())
    }

    // BLOCKS

    /// Mine one transaction in a block of its own.
    pub(super) fn mine_at_once(
        &mut self,
        transaction: Transaction,
        record: Option<Record>,
    ) -> Result<Arc<Accepted>, ChainError> {
        self.enter_pending()?;
        let mut assembly = self.begin()?;
        let start = assembly.start;
        let made = self
            .run(&transaction, record, &mut assembly)
            .and_then(|mined| {
                let requests = self.end_requests(&assembly, Some(&mined))?;
                Ok((mined, requests))
            });
        let (mined, requests) = match made {
            Ok(made) => made,
            Err(error) => {
                self.state.revert(start)?;
                return Err(error);
            }
        };
        let accepted = Arc::new(Accepted::mined_at_once(transaction, mined));
        let transactions = Transactions::from_buf([accepted.clone()]);
        let extras = Extras {
            requests,
            ..Extras::default()
        };
        self.push_block(&assembly, transactions, extras);
        Ok(accepted)
    }

    /// Mine a block with as much of what waits as fits, in order.
    pub(super) fn mine_block(&mut self) -> Result<(), ChainError> {
        self.enter_pending()?;
        let mut assembly = self.begin()?;
        let start = assembly.start;
        let mut left = Vec::new();
        let mut dropped = Vec::new();
        let made = self
            .fill(&mut assembly, &mut left, &mut dropped)
            .and_then(|()| self.end_requests(&assembly, None));
        let requests = match made {
            Ok(requests) => requests,
            Err(error) => {
                self.state.revert(start)?;
                return Err(error);
            }
        };
        self.pool.waiting = left;
        for (accepted, reason) in dropped {
            accepted.set_dropped(reason);
        }
        let transactions = conclude(&mut assembly);
        let extras = Extras {
            requests,
            ..Extras::default()
        };
        self.push_block(&assembly, transactions, extras);
        Ok(())
    }

    fn fill(
        &mut self,
        assembly: &mut Assembly,
        left: &mut Vec<Pooled>,
        dropped: &mut Vec<(Arc<Accepted>, crate::invalid::InvalidTransaction)>,
    ) -> Result<(), ChainError> {
        let waiting = self.pool.waiting.clone();
        let mut waiting_senders: Vec<Address> = Vec::new();
        for pooled in waiting {
            let transaction = &pooled.accepted.transaction;
            let sender = transaction.sender();
            if waiting_senders.contains(&sender) || !self.fits(transaction, assembly) {
                waiting_senders.push(sender);
                left.push(pooled);
                continue;
            }
            match self.run(transaction, pooled.record, assembly) {
                Ok(mined) => assembly.ended.push((pooled.accepted, mined)),
                Err(ChainError::Execution(executor::Error::Invalid(reason))) => {
                    dropped.push((pooled.accepted, reason));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a transaction can be in this block as it stands.
    fn fits(&self, transaction: &Transaction, assembly: &Assembly) -> bool {
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
        let before = self.state.checkpoint();
        let mode = Mode {
            rules: rules(transaction),
            commit: true,
            record: record.unwrap_or(self.settings.record),
        };
        let mut outcome = self.execute(transaction.env(), mode)?;
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
    pub(super) fn execute(
        &mut self,
        tx: revm::context::TxEnv,
        mode: Mode,
    ) -> Result<Outcome, executor::Error> {
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
    pub(super) fn end_requests(
        &mut self,
        assembly: &Assembly,
        last: Option<&Mined>,
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
            let more = system::end_block(&mut self.executor, &mut self.state, &mut resolver)?;
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

    fn add_difficulty(&mut self, difficulty: U256) {
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
