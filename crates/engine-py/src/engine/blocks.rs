//! Blocks, time, logs and snapshots.

use super::{Any, Engine, request};
use crate::address::AddressArg;
use crate::block::Block;
use crate::crypto;
use crate::number::{optional_small, small_argument};
use crate::outcome::Log;
use crate::transaction::Transaction;
use crate::value::Data;
use ingot_engine::chain::{Chain, LogQuery};
use pyo3::prelude::*;

#[pymethods]
impl Engine {
    #[pyo3(signature = (count=None, *, timestamp=None, deltatime=None, spacing=None), text_signature = "($self, count=1, *, timestamp=None, deltatime=None, spacing=1)")]
    fn mine(
        &self,
        py: Python<'_>,
        count: Option<&Any<'_>>,
        timestamp: Option<&Any<'_>>,
        deltatime: Option<&Any<'_>>,
        spacing: Option<&Any<'_>>,
    ) -> PyResult<()> {
        let mut left = optional_small("count", count)?.unwrap_or(1);
        let mut timestamp = optional_small("timestamp", timestamp)?;
        let mut deltatime = optional_small("deltatime", deltatime)?;
        let spacing = optional_small("spacing", spacing)?.unwrap_or(1);
        while left > 0 {
            left = self.long(py, |chain| {
                chain.mine_some((left, spacing), timestamp.take(), deltatime.take())
            })?;
            py.check_signals()?;
            deltatime = Some(spacing);
        }
        Ok(())
    }

    fn pending_transactions(&self, py: Python<'_>) -> PyResult<Vec<Transaction>> {
        let pending = self.quick(py, |chain| Ok(chain.pending_transactions()))?;
        let pending = pending.into_iter();
        Ok(pending.map(Transaction::new).collect())
    }

    #[getter]
    fn block_number(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.block_number()))
    }

    #[getter]
    fn first_block_number(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.first_block_number()))
    }

    fn block(&self, py: Python<'_>, number: &Any<'_>) -> PyResult<Block> {
        let number = small_argument("number", number)?;
        let block = self.quick(py, |chain| chain.block(number))?;
        Ok(Block::new(block, &self.chain))
    }

    fn block_by_hash(&self, py: Python<'_>, hash: Data) -> PyResult<Option<Block>> {
        let hash = crypto::word(&hash.0, "a block hash")?;
        let found = self.long(py, |chain| chain.block_by_hash(hash))?;
        Ok(found.map(|block| Block::new(block, &self.chain)))
    }

    fn transaction(&self, py: Python<'_>, hash: Data) -> PyResult<Option<Transaction>> {
        let hash = crypto::word(&hash.0, "a transaction hash")?;
        let found = self.long(py, |chain| Ok(chain.transaction(hash)))?;
        Ok(found.map(Transaction::new))
    }

    #[pyo3(signature = (*, from_block, to_block, addresses=Vec::new(), topics=None), text_signature = "($self, *, from_block, to_block, addresses=(), topics=())")]
    fn logs(
        &self,
        py: Python<'_>,
        from_block: &Any<'_>,
        to_block: &Any<'_>,
        addresses: Vec<AddressArg>,
        topics: Option<&Any<'_>>,
    ) -> PyResult<Vec<(Transaction, Log)>> {
        let query = LogQuery {
            from_block: small_argument("from_block", from_block)?,
            to_block: small_argument("to_block", to_block)?,
            addresses: addresses.into_iter().map(|address| address.0).collect(),
            topics: request::topics(topics)?,
        };
        let found = self.long(py, |chain| chain.logs(&query))?;
        let shown = found.into_iter().filter_map(|found| {
            let mined = found.transaction.mined()?;
            let log = Log::new(&mined.outcome, found.index, mined.first_log);
            let accepted = found.transaction;
            Some((Transaction::new(accepted), log))
        });
        Ok(shown.collect())
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, Chain::snapshot)
    }

    fn roll_back(&self, py: Python<'_>, number: &Any<'_>) -> PyResult<()> {
        let number = small_argument("number", number)?;
        self.long(py, |chain| chain.roll_back(number))
    }

    fn holds(&self, py: Python<'_>, block: &Bound<'_, Block>) -> PyResult<bool> {
        self.quick(py, |chain| Ok(chain.holds(&block.get().mined)))
    }

    #[getter]
    fn history_limit(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.quick(py, |chain| Ok(chain.history_limit()))
    }

    #[setter]
    fn set_history_limit(&self, py: Python<'_>, limit: &Any<'_>) -> PyResult<()> {
        let limit = optional_small("history_limit", Some(limit))?;
        self.long(py, |chain| chain.set_history_limit(limit))
    }

    #[getter]
    fn oldest_state(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.oldest_state()))
    }

    fn revert(&self, py: Python<'_>, snapshot: &Any<'_>) -> PyResult<()> {
        let id = small_argument("snapshot", snapshot)?;
        self.quick(py, |chain| chain.revert(id))
    }
}
