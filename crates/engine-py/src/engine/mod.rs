//! The chain, as Python has it.

mod hot;
mod overrides;
mod request;

use crate::abi::Function;
use crate::address::{self, AddressArg};
use crate::block::Block;
use crate::crypto;
use crate::errors::{chain_error, usage_error};
use crate::locked::Locked;
use crate::number::{self, flags, optional_small, optional_wide, small_argument, word_argument};
use crate::outcome::{Log, Outcome};
use crate::transaction::Transaction;
use crate::value::Data;
use hot::Terms;
use ingot_engine::chain::{Call, Chain, ChainError, Estimate, Genesis, LogQuery, Request};
use ingot_engine::executor::Config;
use ingot_engine::hardfork::Hardfork;
use ingot_engine::transaction::PrivateKey;
use overrides::overrides;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use revm::primitives::{Bytes, U256};
use revm::state::Bytecode;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Any<'py> = Bound<'py, PyAny>;

/// A chain that its blocks refer to.
pub(crate) type SharedChain = Arc<Locked<Chain>>;

/// A chain in process.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Engine {
    chain: SharedChain,
}

impl Engine {
    /// Work on the chain; with the GIL released if it is likely to take long.
    fn run<R: Send>(
        &self,
        py: Python<'_>,
        is_heavy: bool,
        work: impl FnOnce(&mut Chain) -> R + Send,
    ) -> PyResult<R> {
        if is_heavy {
            self.chain.detached(py, work)
        } else {
            self.chain.with(py, work)
        }
    }

    /// Work on the chain for microseconds.
    fn quick<R>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Chain) -> Result<R, ChainError>,
    ) -> PyResult<R> {
        self.chain
            .with(py, work)?
            .map_err(|error| chain_error(py, &error))
    }

    /// Work on the chain with the GIL released.
    fn long<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Chain) -> Result<R, ChainError> + Send,
    ) -> PyResult<R> {
        self.chain
            .detached(py, work)?
            .map_err(|error| chain_error(py, &error))
    }
}

fn value_argument(value: Option<&Any<'_>>) -> PyResult<U256> {
    value.map_or(Ok(U256::ZERO), |value| word_argument("value", value))
}

fn data_argument(data: Option<Data>) -> Bytes {
    data.map_or_else(Bytes::new, |data| data.0.into())
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (*, hardfork="bpo2", chain_id=None, timestamp=None, gas_limit=None, base_fee=None, coinbase=None,
        code_size_limit=true, memory_limit=None))]
    fn new(
        hardfork: &str,
        chain_id: Option<&Any<'_>>,
        timestamp: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        base_fee: Option<&Any<'_>>,
        coinbase: Option<AddressArg>,
        code_size_limit: bool,
        memory_limit: Option<&Any<'_>>,
    ) -> PyResult<Self> {
        let fallback = Config::default();
        let hardfork: Hardfork = hardfork
            .parse()
            .map_err(|error| usage_error(format!("{error}")))?;
        let mut genesis = Genesis::local(Config {
            hardfork,
            chain_id: optional_small("chain_id", chain_id)?.unwrap_or(fallback.chain_id),
            code_size_limit,
            memory_limit: optional_small("memory_limit", memory_limit)?
                .unwrap_or(fallback.memory_limit),
        });
        genesis.timestamp = optional_small("timestamp", timestamp)?.unwrap_or(genesis.timestamp);
        genesis.gas_limit = optional_small("gas_limit", gas_limit)?.unwrap_or(genesis.gas_limit);
        genesis.base_fee = optional_small("base_fee", base_fee)?.unwrap_or(genesis.base_fee);
        genesis.coinbase = coinbase.map_or(genesis.coinbase, |coinbase| coinbase.0);
        let chain = Chain::new(genesis).map_err(|error| usage_error(error.to_string()))?;
        Ok(Self {
            chain: Arc::new(Locked::new(chain)),
        })
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.quick(py, |chain| {
            let (id, latest) = (chain.chain_id(), chain.block_number());
            Ok(format!(
                "<Engine of chain {id}, {}, block {latest}>",
                chain.hardfork()
            ))
        })
    }

    // SETTINGS

    #[getter]
    fn chain_id(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.chain_id()))
    }

    #[getter]
    fn hardfork(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.quick(py, |chain| Ok(chain.hardfork().name()))
    }

    #[getter]
    fn automine(&self, py: Python<'_>) -> PyResult<bool> {
        self.quick(py, |chain| Ok(chain.automine()))
    }

    #[setter]
    fn set_automine(&self, py: Python<'_>, on: bool) -> PyResult<()> {
        self.chain.with(py, |chain| chain.set_automine(on))
    }

    #[getter]
    fn pending_timestamp(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.pending_timestamp()))
    }

    #[setter]
    fn set_pending_timestamp(&self, py: Python<'_>, timestamp: &Any<'_>) -> PyResult<()> {
        let timestamp = optional_small("pending_timestamp", Some(timestamp))?;
        self.quick(py, |chain| chain.set_pending_timestamp(timestamp))
    }

    #[getter]
    fn base_fee(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.base_fee()))
    }

    #[setter]
    fn set_base_fee(&self, py: Python<'_>, fee: &Any<'_>) -> PyResult<()> {
        let fee = optional_small("base_fee", Some(fee))?;
        self.chain.with(py, |chain| chain.set_base_fee(fee))
    }

    #[getter]
    fn gas_limit(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.gas_limit()))
    }

    #[setter]
    fn set_gas_limit(&self, py: Python<'_>, limit: &Any<'_>) -> PyResult<()> {
        let limit = small_argument("gas_limit", limit)?;
        self.chain.with(py, |chain| chain.set_gas_limit(limit))
    }

    #[getter]
    fn coinbase<'py>(&self, py: Python<'py>) -> PyResult<Any<'py>> {
        let coinbase = self.quick(py, |chain| Ok(chain.coinbase()))?;
        address::to_python(py, coinbase)
    }

    #[setter]
    fn set_coinbase(&self, py: Python<'_>, coinbase: AddressArg) -> PyResult<()> {
        self.chain.with(py, |chain| chain.set_coinbase(coinbase.0))
    }

    #[getter]
    fn prev_randao<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let word = self.quick(py, |chain| Ok(chain.prev_randao()))?;
        Ok(PyBytes::new(py, word.as_slice()))
    }

    #[setter]
    fn set_prev_randao(&self, py: Python<'_>, word: &Any<'_>) -> PyResult<()> {
        let some = (!word.is_none()).then(|| request::word32("prev_randao", word));
        let word = some.transpose()?;
        self.chain.with(py, |chain| chain.set_prev_randao(word))
    }

    #[getter]
    fn blob_base_fee(&self, py: Python<'_>) -> PyResult<u128> {
        self.quick(py, |chain| Ok(chain.blob_base_fee()))
    }

    #[setter]
    fn set_blob_base_fee(&self, py: Python<'_>, fee: &Any<'_>) -> PyResult<()> {
        let fee = optional_wide("blob_base_fee", Some(fee))?;
        self.chain.with(py, |chain| chain.set_blob_base_fee(fee))
    }

    #[getter]
    fn recording(&self, py: Python<'_>) -> PyResult<u8> {
        self.quick(py, |chain| Ok(chain.record().bits()))
    }

    #[setter]
    fn set_recording(&self, py: Python<'_>, recording: &Any<'_>) -> PyResult<()> {
        let record = flags(Some(recording))?.unwrap_or_default();
        self.chain.with(py, |chain| chain.set_record(record))
    }

    // CALLS AND TRANSACTIONS

    #[pyo3(signature = (function, to, args, kwargs=None, sender=None, value=None, gas_limit=None))]
    fn call_function<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, Function>,
        to: AddressArg,
        args: &Any<'py>,
        kwargs: Option<&Any<'py>>,
        sender: Option<AddressArg>,
        value: Option<&Any<'py>>,
        gas_limit: Option<&Any<'py>>,
    ) -> PyResult<Any<'py>> {
        let function = function.get();
        let terms = Terms::new(function, to, args, kwargs, value, gas_limit)?;
        self.run_call(py, function, &terms.into_call(sender))
    }

    #[pyo3(signature = (function, to, args, kwargs=None, sender=None, value=None, gas_limit=None))]
    fn send_function<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, Function>,
        to: AddressArg,
        args: &Any<'py>,
        kwargs: Option<&Any<'py>>,
        sender: Option<AddressArg>,
        value: Option<&Any<'py>>,
        gas_limit: Option<&Any<'py>>,
    ) -> PyResult<Transaction> {
        let Some(sender) = sender else {
            return Err(usage_error(
                "a transaction needs a sender: give sender=account",
            ));
        };
        let function = function.get();
        let terms = Terms::new(function, to, args, kwargs, value, gas_limit)?;
        self.run_send(py, function, terms.into_request(sender))
    }

    #[pyo3(signature = (*, sender=None, to=None, data=None, value=None, gas_limit=None, access_list=None,
        authorizations=None, block=None, recording=None, overrides=None))]
    fn call(
        &self,
        py: Python<'_>,
        sender: Option<AddressArg>,
        to: Option<AddressArg>,
        data: Option<Data>,
        value: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        access_list: Option<&Any<'_>>,
        authorizations: Option<&Any<'_>>,
        block: Option<&Any<'_>>,
        recording: Option<&Any<'_>>,
        overrides: Option<&Any<'_>>,
    ) -> PyResult<Outcome> {
        let call = Call {
            sender: sender.map(|sender| sender.0),
            to: to.map(|to| to.0),
            data: data_argument(data),
            value: value_argument(value)?,
            gas_limit: optional_small("gas_limit", gas_limit)?,
            access_list: request::access_list(access_list)?.unwrap_or_default(),
            authorizations: request::authorizations(authorizations)?.unwrap_or_default(),
            block: optional_small("block", block)?,
            record: flags(recording)?,
            overrides: self::overrides(overrides)?,
            ..Call::default()
        };
        let outcome = self.long(py, |chain| chain.call(&call))?;
        Ok(Outcome::new(Arc::new(outcome), 0))
    }

    #[pyo3(signature = (*, sender, to=None, data=None, value=None, gas_limit=None, nonce=None, r#type=None,
        gas_price=None, max_fee=None, max_priority_fee=None, access_list=None, authorizations=None, blob_hashes=None,
        max_fee_per_blob_gas=None, recording=None))]
    fn send(
        &self,
        py: Python<'_>,
        sender: AddressArg,
        to: Option<AddressArg>,
        data: Option<Data>,
        value: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        nonce: Option<&Any<'_>>,
        r#type: Option<&Any<'_>>,
        gas_price: Option<&Any<'_>>,
        max_fee: Option<&Any<'_>>,
        max_priority_fee: Option<&Any<'_>>,
        access_list: Option<&Any<'_>>,
        authorizations: Option<&Any<'_>>,
        blob_hashes: Option<&Any<'_>>,
        max_fee_per_blob_gas: Option<&Any<'_>>,
        recording: Option<&Any<'_>>,
    ) -> PyResult<Transaction> {
        let kind = optional_small("type", r#type)?;
        let request = Request {
            sender: sender.0,
            to: to.map(|to| to.0),
            data: data_argument(data),
            value: value_argument(value)?,
            gas_limit: optional_small("gas_limit", gas_limit)?,
            nonce: optional_small("nonce", nonce)?,
            // A number too large for a type is none of the known ones either.
            kind: kind.map(|kind| u8::try_from(kind).unwrap_or(u8::MAX)),
            gas_price: optional_wide("gas_price", gas_price)?,
            max_fee: optional_wide("max_fee", max_fee)?,
            max_priority_fee: optional_wide("max_priority_fee", max_priority_fee)?,
            access_list: request::access_list(access_list)?,
            authorizations: request::authorizations(authorizations)?,
            blob_hashes: request::words32("blob_hashes", blob_hashes)?,
            max_fee_per_blob_gas: optional_wide("max_fee_per_blob_gas", max_fee_per_blob_gas)?,
            record: flags(recording)?,
        };
        let accepted = self.long(py, |chain| chain.send(request))?;
        Ok(Transaction { accepted })
    }

    fn send_raw(&self, py: Python<'_>, raw: Data) -> PyResult<Transaction> {
        let accepted = self.long(py, |chain| chain.send_raw(&raw.0))?;
        Ok(Transaction { accepted })
    }

    #[pyo3(signature = (*, sender=None, to=None, data=None, value=None, access_list=None, authorizations=None))]
    fn estimate_gas<'py>(
        &self,
        py: Python<'py>,
        sender: Option<AddressArg>,
        to: Option<AddressArg>,
        data: Option<Data>,
        value: Option<&Any<'_>>,
        access_list: Option<&Any<'_>>,
        authorizations: Option<&Any<'_>>,
    ) -> PyResult<Any<'py>> {
        let call = Call {
            sender: sender.map(|sender| sender.0),
            to: to.map(|to| to.0),
            data: data_argument(data),
            value: value_argument(value)?,
            access_list: request::access_list(access_list)?.unwrap_or_default(),
            authorizations: request::authorizations(authorizations)?.unwrap_or_default(),
            ..Call::default()
        };
        match self.long(py, |chain| chain.estimate_gas(&call))? {
            Estimate::Gas(gas) => Ok(gas.into_pyobject(py)?.into_any()),
            Estimate::Failed(outcome) => {
                Ok(Bound::new(py, Outcome::new(Arc::new(outcome), 0))?.into_any())
            }
        }
    }

    fn replay(
        &self,
        py: Python<'_>,
        transaction: &Bound<'_, Transaction>,
        recording: &Any<'_>,
    ) -> PyResult<Outcome> {
        let record = flags(Some(recording))?.unwrap_or_default();
        let accepted = &transaction.get().accepted;
        let outcome = self.long(py, |chain| chain.replay(accepted, record))?;
        let logs_before = accepted.mined().map_or(0, |mined| mined.first_log);
        Ok(Outcome::new(Arc::new(outcome), logs_before))
    }

    fn add_key<'py>(&self, py: Python<'py>, private_key: &[u8]) -> PyResult<Any<'py>> {
        let key = PrivateKey::new(crypto::word(private_key, "a private key")?)
            .map_err(crate::errors::key_error)?;
        let owner = key.address();
        self.chain.with(py, |chain| chain.add_key(key))?;
        address::to_python(py, owner)
    }

    // BLOCKS

    #[pyo3(signature = (count=None, *, timestamp=None, deltatime=None))]
    fn mine(
        &self,
        py: Python<'_>,
        count: Option<&Any<'_>>,
        timestamp: Option<&Any<'_>>,
        deltatime: Option<&Any<'_>>,
    ) -> PyResult<()> {
        let mut left = optional_small("count", count)?.unwrap_or(1);
        let mut timestamp = optional_small("timestamp", timestamp)?;
        let mut deltatime = optional_small("deltatime", deltatime)?;
        // In portions that grow while they are quick, so that Ctrl-C is heard.
        let mut portion = 1024;
        while left > 0 {
            let count = left.min(portion);
            let started = Instant::now();
            self.long(py, |chain| {
                chain.mine(count, timestamp.take(), deltatime.take())
            })?;
            py.check_signals()?;
            left -= count;
            if started.elapsed() < Duration::from_millis(50) {
                portion = portion.saturating_mul(2);
            }
        }
        Ok(())
    }

    fn pending_transactions(&self, py: Python<'_>) -> PyResult<Vec<Transaction>> {
        let pending = self.quick(py, |chain| Ok(chain.pending_transactions()))?;
        let pending = pending.into_iter();
        Ok(pending.map(|accepted| Transaction { accepted }).collect())
    }

    #[getter]
    fn block_number(&self, py: Python<'_>) -> PyResult<u64> {
        self.quick(py, |chain| Ok(chain.block_number()))
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
        Ok(found.map(|accepted| Transaction { accepted }))
    }

    #[pyo3(signature = (*, from_block, to_block, addresses=Vec::new(), topics=None))]
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
            Some((Transaction { accepted }, log))
        });
        Ok(shown.collect())
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, Chain::snapshot)
    }

    fn revert(&self, py: Python<'_>, snapshot: &Any<'_>) -> PyResult<()> {
        let id = small_argument("snapshot", snapshot)?;
        self.quick(py, |chain| chain.revert(id))
    }

    // STATE

    #[pyo3(signature = (address, block=None))]
    fn balance<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        block: Option<&Any<'py>>,
    ) -> PyResult<Any<'py>> {
        let block = optional_small("block", block)?;
        let balance = self.quick(py, |chain| chain.balance(address.0, block))?;
        number::unsigned(py, balance)
    }

    #[pyo3(signature = (address, block=None))]
    fn nonce(&self, py: Python<'_>, address: AddressArg, block: Option<&Any<'_>>) -> PyResult<u64> {
        let block = optional_small("block", block)?;
        self.quick(py, |chain| chain.nonce(address.0, block))
    }

    #[pyo3(signature = (address, block=None))]
    fn code<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        block: Option<&Any<'py>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let block = optional_small("block", block)?;
        let code = self.quick(py, |chain| chain.code(address.0, block))?;
        Ok(PyBytes::new(py, code.original_byte_slice()))
    }

    fn code_hash<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let code = self.quick(py, |chain| chain.code(address.0, None))?;
        Ok(PyBytes::new(py, code.hash_slow().as_slice()))
    }

    #[pyo3(signature = (address, slot, block=None))]
    fn storage<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        slot: &Any<'py>,
        block: Option<&Any<'py>>,
    ) -> PyResult<Any<'py>> {
        let slot = word_argument("slot", slot)?;
        let block = optional_small("block", block)?;
        let word = self.quick(py, |chain| chain.storage(address.0, slot, block))?;
        number::unsigned(py, word)
    }

    fn set_balance(&self, py: Python<'_>, address: AddressArg, balance: &Any<'_>) -> PyResult<()> {
        let balance = word_argument("balance", balance)?;
        self.quick(py, |chain| chain.set_balance(address.0, balance))
    }

    fn set_nonce(&self, py: Python<'_>, address: AddressArg, nonce: &Any<'_>) -> PyResult<()> {
        let nonce = small_argument("nonce", nonce)?;
        self.quick(py, |chain| chain.set_nonce(address.0, nonce))
    }

    fn set_code(&self, py: Python<'_>, address: AddressArg, code: Data) -> PyResult<()> {
        let code = Bytecode::new_raw_checked(code.0.into())
            .map_err(|error| usage_error(format!("code: {error}")))?;
        self.quick(py, |chain| chain.set_code(address.0, code))
    }

    fn set_storage(
        &self,
        py: Python<'_>,
        address: AddressArg,
        slot: &Any<'_>,
        value: &Any<'_>,
    ) -> PyResult<()> {
        let (slot, value) = (word_argument("slot", slot)?, word_argument("value", value)?);
        self.quick(py, |chain| chain.set_storage(address.0, slot, value))
    }

    fn state_root<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let root = self.long(py, Chain::state_root)?;
        Ok(PyBytes::new(py, root.as_slice()))
    }
}
