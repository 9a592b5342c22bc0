//! Making blocks.

use std::sync::Arc;

use revm::primitives::{Address, U256};

use super::{
    Chain,
    assembly::{Assembly, conclude},
    blocks::is_merged,
    error::ChainError,
    pool::Pooled,
    settings::Next,
};
use crate::{
    block::{Accepted, Extras, Head, Transactions},
    executor::{self, Config},
    hardfork::Hardfork,
    invalid::InvalidTransaction,
    record::Record,
    system::{self, BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS},
    transaction::Transaction,
};

/// Blocks that are made one by one before somebody may interrupt.
const PORTION: u64 = 4_096;

impl Chain {
    /// Mine `count` blocks, with what waits in the first of them; each later one a second after the one before.
    ///
    /// # Errors
    /// As [`Self::mine_some`].
    pub fn mine(
        &mut self,
        count: u64,
        timestamp: Option<u64>,
        deltatime: Option<u64>,
    ) -> Result<(), ChainError> {
        let mut left = self.mine_some((count, 1), timestamp, deltatime)?;
        while left > 0 {
            left = self.mine_some((left, 1), None, None)?;
        }
        Ok(())
    }

    /// Mine `count` blocks, with what waits in the first of them; each later one `spacing` seconds after the one before. Returns how
    /// many are left, so that whoever mines very many can be interrupted.
    ///
    /// `timestamp`: of the first block, after its parent's. `deltatime`: seconds after the parent's, or after the timestamp that
    /// was set for the next block, instead.
    ///
    /// # Errors
    /// If the timestamp is not after the parent's, or a system contract fails.
    pub fn mine_some(
        &mut self,
        (count, spacing): (u64, u64),
        timestamp: Option<u64>,
        deltatime: Option<u64>,
    ) -> Result<u64, ChainError> {
        if timestamp.is_some() && deltatime.is_some() {
            return Err(ChainError::Request(
                "mine: give timestamp or deltatime, not both".into(),
            ));
        }
        if spacing == 0 {
            return Err(ChainError::Request(
                "mine: blocks are at least a second apart".into(),
            ));
        }
        let parent = self.latest().head.timestamp;
        let from = self.settings.next.timestamp.unwrap_or(parent);
        let after = deltatime.map(|delta| from.saturating_add(delta));
        let too_late = count
            .checked_mul(spacing)
            .and_then(|seconds| timestamp.or(after).unwrap_or(from).checked_add(seconds))
            .is_none_or(|last| last == u64::MAX);
        if too_late {
            return Err(ChainError::Request(
                "mine: the last timestamp would exceed 64 bits".into(),
            ));
        }
        if count == 0 {
            return Ok(0);
        }
        if let Some(first) = timestamp.or(after) {
            self.set_pending_timestamp(Some(first))?;
        }
        self.mine_block()?;
        let (mut left, mut single) = (count - 1, 1);
        while left > 0 && single < PORTION {
            if spacing > 1 {
                let next = self.latest().head.timestamp + spacing;
                self.set_pending_timestamp(Some(next))?;
            }
            let run = self.length_of_run(left, spacing);
            if run > 1 {
                self.push_run(run, spacing)?;
                left -= run;
            } else {
                self.mine_block()?;
                left -= 1;
                single += 1;
            }
        }
        if spacing > 1 {
            self.set_pending_timestamp(None)?;
        }
        Ok(left)
    }

    /// How many of the next blocks are the same but for number and time, up to `most`.
    fn length_of_run(&self, most: u64, spacing: u64) -> u64 {
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
        let place = (latest.head.number, latest.head.timestamp);
        most.min(self.schedule.stays_for(place, spacing))
    }

    fn push_run(&mut self, count: u64, spacing: u64) -> Result<(), ChainError> {
        self.enter_pending()?;
        let head = self.entered().clone();
        let end = self.state.checkpoint();
        self.add_difficulty(head.difficulty.saturating_mul(U256::from(count)));
        self.history.blocks.push_run(head, count, spacing, end);
        self.settings.next = Next::default();
        self.forget_pending();
        self.prune_when_due()
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
    pub(super) fn slots_are_virtual(&self, hardfork: Hardfork) -> bool {
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
                let requests = self.end_requests(&assembly, Some(&mined), false)?;
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
        self.prune_when_due()?;
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
            .and_then(|()| self.end_requests(&assembly, None, false));
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
        self.prune_when_due()
    }

    pub(super) fn fill(
        &mut self,
        assembly: &mut Assembly,
        left: &mut Vec<Pooled>,
        dropped: &mut Vec<(Arc<Accepted>, InvalidTransaction)>,
    ) -> Result<(), ChainError> {
        let waiting = self.pool.waiting.clone();
        let mut waiting_senders: Vec<Address> = Vec::new();
        for pooled in waiting {
            let transaction = &pooled.accepted.transaction;
            let sender = transaction.sender();
            let is_full = self
                .max_transactions
                .is_some_and(|most| assembly.ended.len() as u64 >= most);
            if is_full || waiting_senders.contains(&sender) || !self.fits(transaction, assembly) {
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
}
