//! Logs of many blocks.

use std::sync::Arc;

use revm::primitives::{Address, B256, Log};

use super::{Chain, blocks::LogFilter, error::ChainError};
use crate::block::Accepted;

/// Which logs to find.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// The first block.
    pub from_block: u64,
    /// The last block.
    pub to_block: u64,
    /// By whom; empty for anybody.
    pub addresses: Vec<Address>,
    /// For each topic what it may be; empty for anything. A log with fewer topics does not match.
    pub topics: Vec<Vec<B256>>,
}

/// A log with its transaction.
#[derive(Clone, Debug)]
pub struct FoundLog {
    /// Whose.
    pub transaction: Arc<Accepted>,
    /// Its position among the transaction's logs.
    pub index: usize,
}

impl LogQuery {
    fn matches(&self, log: &Log) -> bool {
        let has_address = self.addresses.is_empty() || self.addresses.contains(&log.address);
        has_address
            && log.topics().len() >= self.topics.len()
            && self
                .topics
                .iter()
                .zip(log.topics())
                .all(|(wanted, topic)| wanted.is_empty() || wanted.contains(topic))
    }

    /// Whether a block with this filter may hold a log that matches.
    fn may_match(&self, filter: LogFilter) -> bool {
        let any = |parts: &mut dyn Iterator<Item = LogFilter>| {
            let mut parts = parts.peekable();
            parts.peek().is_none() || parts.any(|part| filter.may_hold(part))
        };
        any(&mut self.addresses.iter().map(LogFilter::address))
            && self
                .topics
                .iter()
                .all(|wanted| any(&mut wanted.iter().map(LogFilter::topic)))
    }
}

impl Chain {
    /// The logs that match, in order.
    ///
    /// # Errors
    /// If one of the blocks is not there.
    pub fn logs(&self, query: &LogQuery) -> Result<Vec<FoundLog>, ChainError> {
        if query.from_block > query.to_block {
            return Err(ChainError::Request(format!(
                "logs: block {} to {} is no range: the first is after the last",
                query.from_block, query.to_block
            )));
        }
        self.block(query.from_block)?;
        self.block(query.to_block)?;
        let mut found = Vec::new();
        let blocks = self
            .history
            .blocks
            .with_logs(query.from_block, query.to_block, |filter| {
                query.may_match(filter)
            });
        for (accepted, mined) in blocks.flat_map(|block| block.mined()) {
            for (index, log) in mined.outcome.logs.iter().enumerate() {
                if query.matches(log) {
                    found.push(FoundLog {
                        transaction: accepted.clone(),
                        index,
                    });
                }
            }
        }
        Ok(found)
    }
}
