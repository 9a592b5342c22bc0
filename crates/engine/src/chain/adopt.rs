//! Blocks that another program made and executed, taken as they are.

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_rlp::Decodable;

use super::{Chain, error::ChainError, settings::Next, state_file::block_of};
use crate::{
    block::{Accepted, Mined, Transactions},
    executor::Outcome,
    transaction::Transaction,
};

/// A block as another program says that it was.
#[derive(Debug)]
pub struct AdoptedBlock {
    /// RLP of its header.
    pub header: Vec<u8>,
    /// In order, with how they ended and where in the block.
    pub transactions: Vec<(Transaction, Outcome)>,
    /// Whether the present state is the one that it left.
    pub has_state: bool,
}

impl Chain {
    /// Begin again with a block that another program made: it is the first, on the accounts that are here. Snapshots taken before
    /// lead back.
    ///
    /// # Errors
    /// If its header is malformed, or this is a fork.
    pub fn begin_with(&mut self, block: AdoptedBlock) -> Result<(), ChainError> {
        if self.is_fork() {
            return Err(ChainError::Request(
                "load: a fork stays one; load the state into a new chain".into(),
            ));
        }
        let header = decoded(&block.header)?;
        let mut state = self.state.clone();
        state.prune(state.checkpoint())?;
        let mut settings = self.settings.clone();
        settings.next = Next::default();
        settings.requests_are_idle = false;
        settings.virtual_for = None;
        settings.total_difficulty = header.difficulty;
        let has_state = block.has_state;
        let start = state.checkpoint();
        let mut first = block_of(header, &self.schedule, &state, settings.total_difficulty);
        first.transactions = concluded(&first.head, block.transactions, (start, start));
        let executor = crate::executor::Executor::new(*self.config());
        let schedule = self.schedule.clone();
        let number = first.head.number;
        first.is_adopted = true;
        let mut begun = Self::assemble(executor, state, schedule, first, settings);
        if !has_state {
            begun.history.set_oldest_state(number + 1);
        }
        self.replace_by(begun);
        Ok(())
    }

    /// Put a block that another program made after the latest one. The state is taken for the one that it left, changed since the
    /// block before.
    ///
    /// # Errors
    /// If its header is malformed or does not follow.
    pub fn adopt(&mut self, block: AdoptedBlock) -> Result<(), ChainError> {
        let header = decoded(&block.header)?;
        let (number, latest) = (header.number, self.block_hash(self.block_number())?);
        if number != self.block_number() + 1 || header.parent_hash != latest {
            return Err(ChainError::Parent {
                number,
                parent: header.parent_hash,
                latest,
            });
        }
        self.add_difficulty(header.difficulty);
        let total = self.settings.total_difficulty;
        let mut adopted = block_of(header, &self.schedule, &self.state, total);
        adopted.start = self.latest().end;
        let span = (adopted.start, adopted.end);
        adopted.transactions = concluded(&adopted.head, block.transactions, span);
        adopted.is_adopted = true;
        self.history.blocks.push(Arc::new(adopted));
        if !block.has_state {
            self.history.set_oldest_state(number + 1);
        }
        self.settings.next = Next::default();
        self.forget_pending();
        Ok(())
    }
}

fn decoded(mut rlp: &[u8]) -> Result<Header, ChainError> {
    Header::decode(&mut rlp)
        .map_err(|error| ChainError::Request(format!("the header of a block: {error}")))
}

/// The transactions as they ended in a block.
fn concluded(
    head: &crate::block::Head,
    transactions: Vec<(Transaction, Outcome)>,
    (before, after): (crate::state::Checkpoint, crate::state::Checkpoint),
) -> Transactions {
    let (mut gas, mut logs) = (0, 0);
    let ended = transactions
        .into_iter()
        .zip(0..)
        .map(|((transaction, outcome), index)| {
            gas += outcome.gas_used;
            let first_log = logs;
            logs += outcome.logs.len() as u64;
            let mined = Mined {
                block_number: head.number,
                timestamp: head.timestamp,
                index,
                cumulative_gas_used: gas,
                effective_gas_price: transaction.effective_gas_price(head.base_fee),
                first_log,
                before,
                after,
                outcome: Arc::new(outcome),
            };
            Arc::new(Accepted::mined_at_once(transaction, mined))
        });
    ended.collect()
}
