//! The chain, as Python has it.

use crate::abi::Function;
use crate::address::{self, AddressArg};
use crate::block::Block;
use crate::crypto;
use crate::errors::{execution_error, provider_error, usage_error};
use crate::locked::Locked;
use crate::number::{self, optional_small, small_argument, word_argument};
use crate::outcome::{Log, Outcome};
use crate::thin::{Chain, Request, Sent, Settings};
use crate::transaction::Transaction;
use crate::value::Data;
use ingot_engine::executor::{Config, Error};
use ingot_engine::hardfork::Hardfork;
use ingot_engine::record::Record;
use ingot_engine::state::BackendError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use revm::primitives::{Address, B256, Bytes, U256};
use revm::state::Bytecode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A chain in process.
#[pyclass(frozen, module = "ingot._engine")]
pub(crate) struct Engine {
    chain: Locked<Chain>,
}

type Any<'py> = Bound<'py, PyAny>;

/// Why a call by ABI did not run.
enum Refused {
    NoCode,
    Failed(Error),
}

impl From<BackendError> for Refused {
    fn from(error: BackendError) -> Self {
        Self::Failed(error.into())
    }
}

impl Refused {
    #[cold]
    fn into_python(self, py: Python<'_>, to: Address) -> PyErr {
        match self {
            Self::NoCode => provider_error(format!("there is no code at {to}, so nothing to call")),
            Self::Failed(error) => execution_error(py, &error),
        }
    }
}

fn state_error(error: &BackendError) -> PyErr {
    provider_error(error.to_string())
}

fn sent_by_function<'py>(
    function: &Function,
    to: AddressArg,
    args: &Any<'py>,
    kwargs: Option<&Any<'py>>,
    sender: Option<AddressArg>,
    value: Option<&Any<'py>>,
    gas_limit: Option<&Any<'py>>,
) -> PyResult<Request> {
    Ok(Request {
        sender: sender.map_or(Address::ZERO, |sender| sender.0),
        to: Some(to.0),
        data: function.calldata(args, kwargs)?.into(),
        value: value.map_or(Ok(U256::ZERO), |value| word_argument("value", value))?,
        gas_limit: optional_small("gas_limit", gas_limit)?,
        ..Request::default()
    })
}

fn flags(recording: Option<u8>) -> PyResult<Option<Record>> {
    let parse = |bits| {
        Record::from_bits(bits)
            .ok_or_else(|| usage_error(format!("recording: {bits} has unknown flags")))
    };
    recording.map(parse).transpose()
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (*, hardfork="bpo2", chain_id=31337, timestamp=None, gas_limit=30_000_000, base_fee=1_000_000_000,
        coinbase=None, code_size_limit=true, memory_limit=134_217_728))]
    fn new(
        hardfork: &str,
        chain_id: u64,
        timestamp: Option<u64>,
        gas_limit: u64,
        base_fee: u64,
        coinbase: Option<AddressArg>,
        code_size_limit: bool,
        memory_limit: u64,
    ) -> PyResult<Self> {
        let hardfork: Hardfork = hardfork
            .parse()
            .map_err(|error| usage_error(format!("{error}")))?;
        let config = Config {
            hardfork,
            chain_id,
            code_size_limit,
            memory_limit,
        };
        let now = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |now| now.as_secs())
        };
        let settings = Settings {
            automine: true,
            pending_timestamp: None,
            base_fee,
            gas_limit,
            coinbase: coinbase.map_or(Address::ZERO, |coinbase| coinbase.0),
            prev_randao: B256::ZERO,
            record: Record::OFF,
        };
        let chain = Chain::new(config, settings, timestamp.unwrap_or_else(now))
            .map_err(|error| state_error(&error))?;
        Ok(Self {
            chain: Locked::new(chain),
        })
    }

    #[getter]
    fn chain_id(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, |chain| chain.config().chain_id)
    }

    #[getter]
    fn hardfork(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.chain.with(py, |chain| chain.config().hardfork.name())
    }

    #[getter]
    fn automine(&self, py: Python<'_>) -> PyResult<bool> {
        self.chain.with(py, |chain| chain.settings.automine)
    }

    #[setter]
    fn set_automine(&self, py: Python<'_>, on: bool) -> PyResult<()> {
        self.chain.with(py, |chain| chain.settings.automine = on)
    }

    #[getter]
    fn pending_timestamp(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, |chain| chain.pending_timestamp())
    }

    #[setter]
    fn set_pending_timestamp(&self, py: Python<'_>, timestamp: &Any<'_>) -> PyResult<()> {
        let timestamp = optional_small("pending_timestamp", Some(timestamp))?;
        self.chain
            .with(py, |chain| chain.settings.pending_timestamp = timestamp)
    }

    #[getter]
    fn base_fee(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, |chain| chain.settings.base_fee)
    }

    #[setter]
    fn set_base_fee(&self, py: Python<'_>, fee: &Any<'_>) -> PyResult<()> {
        let fee = small_argument("base_fee", fee)?;
        self.chain.with(py, |chain| chain.settings.base_fee = fee)
    }

    #[getter]
    fn gas_limit(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, |chain| chain.settings.gas_limit)
    }

    #[setter]
    fn set_gas_limit(&self, py: Python<'_>, limit: &Any<'_>) -> PyResult<()> {
        let limit = small_argument("gas_limit", limit)?;
        self.chain
            .with(py, |chain| chain.settings.gas_limit = limit)
    }

    #[getter]
    fn coinbase<'py>(&self, py: Python<'py>) -> PyResult<Any<'py>> {
        let coinbase = self.chain.with(py, |chain| chain.settings.coinbase)?;
        address::to_python(py, coinbase)
    }

    #[setter]
    fn set_coinbase(&self, py: Python<'_>, coinbase: AddressArg) -> PyResult<()> {
        self.chain
            .with(py, |chain| chain.settings.coinbase = coinbase.0)
    }

    #[getter]
    fn recording(&self, py: Python<'_>) -> PyResult<u8> {
        self.chain.with(py, |chain| chain.settings.record.bits())
    }

    #[setter]
    fn set_recording(&self, py: Python<'_>, recording: u8) -> PyResult<()> {
        let record = flags(Some(recording))?.unwrap_or_default();
        self.chain.with(py, |chain| chain.settings.record = record)
    }

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
        let request = sent_by_function(function, to, args, kwargs, sender, value, gas_limit)?;
        let outcome = self
            .chain
            .with(py, |chain| {
                if chain.state.code(to.0)?.is_empty() {
                    return Err(Refused::NoCode);
                }
                chain.call(&request).map_err(Refused::Failed)
            })?
            .map_err(|refused| refused.into_python(py, to.0))?;
        if outcome.succeeded() {
            return function.decoded_output(py, &outcome.output);
        }
        Ok(Bound::new(py, Outcome::new(Arc::new(outcome), 0))?.into_any())
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
        if sender.is_none() {
            return Err(usage_error("send_function: give the sender"));
        }
        let request = sent_by_function(function.get(), to, args, kwargs, sender, value, gas_limit)?;
        let sent = self
            .chain
            .with(py, |chain| {
                if chain.state.code(to.0)?.is_empty() {
                    return Err(Refused::NoCode);
                }
                chain.send(request).map_err(Refused::Failed)
            })?
            .map_err(|refused| refused.into_python(py, to.0))?;
        Ok(Transaction { sent })
    }

    #[pyo3(signature = (*, sender=None, to=None, data=None, value=None, gas_limit=None, recording=None))]
    fn call(
        &self,
        py: Python<'_>,
        sender: Option<AddressArg>,
        to: Option<AddressArg>,
        data: Option<Data>,
        value: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        recording: Option<u8>,
    ) -> PyResult<Outcome> {
        let request = Request {
            sender: sender.map_or(Address::ZERO, |sender| sender.0),
            to: to.map(|to| to.0),
            data: data.map_or_else(Bytes::new, |data| data.0.into()),
            value: value.map_or(Ok(U256::ZERO), |value| word_argument("value", value))?,
            gas_limit: optional_small("gas_limit", gas_limit)?,
            record: flags(recording)?,
            ..Request::default()
        };
        let outcome = self
            .chain
            .detached(py, |chain| chain.call(&request))?
            .map_err(|error| execution_error(py, &error))?;
        Ok(Outcome::new(Arc::new(outcome), 0))
    }

    #[pyo3(signature = (*, sender, to=None, data=None, value=None, gas_limit=None, nonce=None, recording=None))]
    fn send(
        &self,
        py: Python<'_>,
        sender: AddressArg,
        to: Option<AddressArg>,
        data: Option<Data>,
        value: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        nonce: Option<&Any<'_>>,
        recording: Option<u8>,
    ) -> PyResult<Transaction> {
        let request = Request {
            sender: sender.0,
            to: to.map(|to| to.0),
            data: data.map_or_else(Bytes::new, |data| data.0.into()),
            value: value.map_or(Ok(U256::ZERO), |value| word_argument("value", value))?,
            gas_limit: optional_small("gas_limit", gas_limit)?,
            nonce: optional_small("nonce", nonce)?,
            record: flags(recording)?,
        };
        let sent = self
            .chain
            .detached(py, |chain| chain.send(request))?
            .map_err(|error| execution_error(py, &error))?;
        Ok(Transaction { sent })
    }

    fn add_key<'py>(&self, py: Python<'py>, private_key: &[u8]) -> PyResult<Any<'py>> {
        let owner = crypto::address_of(private_key)?;
        let key = crypto::word(private_key, "a private key")?;
        self.chain.with(py, |chain| chain.add_key(owner, key))?;
        address::to_python(py, owner)
    }

    #[pyo3(signature = (count=None, *, timestamp=None, deltatime=None))]
    fn mine(
        &self,
        py: Python<'_>,
        count: Option<&Any<'_>>,
        timestamp: Option<&Any<'_>>,
        deltatime: Option<&Any<'_>>,
    ) -> PyResult<()> {
        let count = optional_small("count", count)?.unwrap_or(1);
        let timestamp = optional_small("timestamp", timestamp)?;
        let deltatime = optional_small("deltatime", deltatime)?;
        let work = |chain: &mut Chain| {
            let after = deltatime.map(|delta| chain.head().timestamp + delta);
            if let Some(first) = timestamp.or(after) {
                chain.settings.pending_timestamp = Some(first);
            }
            (0..count).try_for_each(|_| chain.mine_one())
        };
        self.chain
            .detached(py, work)?
            .map_err(|error| execution_error(py, &error))
    }

    fn pending_transactions(&self, py: Python<'_>) -> PyResult<Vec<Transaction>> {
        let pending = self.chain.with(py, |chain| chain.pending.clone())?;
        Ok(pending
            .into_iter()
            .map(|sent| Transaction { sent })
            .collect())
    }

    #[getter]
    fn block_number(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, |chain| chain.head().number)
    }

    fn block(&self, py: Python<'_>, number: &Any<'_>) -> PyResult<Block> {
        let number = small_argument("number", number)?;
        let find = |chain: &mut Chain| {
            let position = usize::try_from(number).unwrap_or(usize::MAX);
            chain
                .blocks
                .get(position)
                .cloned()
                .ok_or(chain.head().number)
        };
        let inner = self.chain.with(py, find)?.map_err(|latest| {
            provider_error(format!(
                "there is no block {number}, the latest is {latest}"
            ))
        })?;
        Ok(Block { inner })
    }

    fn block_by_hash(&self, py: Python<'_>, hash: Data) -> PyResult<Option<Block>> {
        let hash = crypto::word(&hash.0, "a block hash")?;
        let find = |chain: &mut Chain| {
            chain
                .blocks
                .iter()
                .find(|block| block.hash == hash)
                .cloned()
        };
        Ok(self.chain.with(py, find)?.map(|inner| Block { inner }))
    }

    fn transaction(&self, py: Python<'_>, hash: Data) -> PyResult<Option<Transaction>> {
        let hash = crypto::word(&hash.0, "a transaction hash")?;
        let found = self.chain.with(py, |chain| chain.by_hash(&hash))?;
        Ok(found.map(|sent| Transaction { sent }))
    }

    #[pyo3(signature = (*, from_block, to_block, addresses=Vec::new()))]
    fn logs(
        &self,
        py: Python<'_>,
        from_block: u64,
        to_block: u64,
        addresses: Vec<AddressArg>,
    ) -> PyResult<Vec<(Transaction, Log)>> {
        let blocks = self.chain.with(py, |chain| chain.blocks.clone())?;
        let wanted =
            |block: &&Arc<crate::thin::Block>| (from_block..=to_block).contains(&block.number);
        let mut found = Vec::new();
        for sent in blocks
            .iter()
            .filter(wanted)
            .flat_map(|block| &block.transactions)
        {
            collect_logs(sent, &addresses, &mut found);
        }
        Ok(found)
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<u64> {
        self.chain.with(py, Chain::snapshot)
    }

    fn revert(&self, py: Python<'_>, snapshot: &Any<'_>) -> PyResult<()> {
        let id = small_argument("snapshot", snapshot)?;
        if self.chain.with(py, |chain| chain.revert(id))? {
            return Ok(());
        }
        Err(provider_error(format!(
            "there is no snapshot {id}: it was used up, or an earlier one was reverted to"
        )))
    }

    fn balance<'py>(&self, py: Python<'py>, address: AddressArg) -> PyResult<Any<'py>> {
        let balance = self
            .chain
            .with(py, |chain| chain.state.balance(address.0))?;
        number::unsigned(py, balance.map_err(|error| state_error(&error))?)
    }

    fn nonce(&self, py: Python<'_>, address: AddressArg) -> PyResult<u64> {
        let nonce = self.chain.with(py, |chain| chain.state.nonce(address.0))?;
        nonce.map_err(|error| state_error(&error))
    }

    fn code<'py>(&self, py: Python<'py>, address: AddressArg) -> PyResult<Bound<'py, PyBytes>> {
        let code = self.chain.with(py, |chain| chain.state.code(address.0))?;
        let code = code.map_err(|error| state_error(&error))?;
        Ok(PyBytes::new(py, code.original_byte_slice()))
    }

    fn storage<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        slot: &Any<'py>,
    ) -> PyResult<Any<'py>> {
        let slot = word_argument("slot", slot)?;
        let word = self
            .chain
            .with(py, |chain| chain.state.storage(address.0, slot))?;
        number::unsigned(py, word.map_err(|error| state_error(&error))?)
    }

    fn set_balance(&self, py: Python<'_>, address: AddressArg, balance: &Any<'_>) -> PyResult<()> {
        let balance = word_argument("balance", balance)?;
        self.chain
            .with(py, |chain| chain.state.set_balance(address.0, balance))?
            .map_err(|error| state_error(&error))
    }

    fn set_nonce(&self, py: Python<'_>, address: AddressArg, nonce: &Any<'_>) -> PyResult<()> {
        let nonce = small_argument("nonce", nonce)?;
        self.chain
            .with(py, |chain| chain.state.set_nonce(address.0, nonce))?
            .map_err(|error| state_error(&error))
    }

    fn set_code(&self, py: Python<'_>, address: AddressArg, code: Data) -> PyResult<()> {
        let code = Bytecode::new_raw_checked(code.0.into())
            .map_err(|error| usage_error(format!("code: {error}")))?;
        self.chain
            .with(py, |chain| chain.state.set_code(address.0, code))?
            .map_err(|error| state_error(&error))
    }

    fn set_storage(
        &self,
        py: Python<'_>,
        address: AddressArg,
        slot: &Any<'_>,
        value: &Any<'_>,
    ) -> PyResult<()> {
        let (slot, value) = (word_argument("slot", slot)?, word_argument("value", value)?);
        self.chain
            .with(py, |chain| chain.state.set_storage(address.0, slot, value))?
            .map_err(|error| state_error(&error))
    }
}

fn collect_logs(sent: &Arc<Sent>, addresses: &[AddressArg], found: &mut Vec<(Transaction, Log)>) {
    let Some(mined) = sent.mined.get() else {
        return;
    };
    for (position, log) in mined.outcome.logs.iter().enumerate() {
        if addresses.is_empty() || addresses.iter().any(|wanted| wanted.0 == log.address) {
            let transaction = Transaction {
                sent: Arc::clone(sent),
            };
            found.push((
                transaction,
                Log::new(&mined.outcome, position, mined.first_log),
            ));
        }
    }
}
