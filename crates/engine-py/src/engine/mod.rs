//! The chain, as Python has it.

mod adopt;
mod around;
mod blocks;
mod execution;
mod fork;
mod hold;
mod hot;
mod overrides;
pub(crate) mod request;
mod settings;
mod simulate;
mod state;

pub(crate) use hold::Hold;

use crate::address::AddressArg;
use crate::errors::{chain_error, usage_error};
use crate::locked::Locked;
use crate::number::optional_small;
use ingot_engine::chain::{Chain, ChainError, Genesis};
use ingot_engine::executor::Config;
use ingot_engine::hardfork::Hardfork;
use pyo3::prelude::*;
use std::sync::Arc;

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

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (*, hardfork="bpo2", chain_id=None, timestamp=None, gas_limit=None, base_fee=None, coinbase=None,
        code_size_limit=None, memory_limit=None, backend=None, fork_block=None), text_signature = "(*, hardfork='bpo2', chain_id=31337, timestamp=None, gas_limit=None, base_fee=None, coinbase=None, code_size_limit=True, memory_limit=134217728, backend=None, fork_block=None)")]
    fn new(
        hardfork: &str,
        chain_id: Option<&Any<'_>>,
        timestamp: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        base_fee: Option<&Any<'_>>,
        coinbase: Option<AddressArg>,
        code_size_limit: Option<&Any<'_>>,
        memory_limit: Option<&Any<'_>>,
        backend: Option<&Any<'_>>,
        fork_block: Option<&Any<'_>>,
    ) -> PyResult<Self> {
        let fallback = Config::default();
        let hardfork: Hardfork = hardfork
            .parse()
            .map_err(|error| usage_error(format!("{error}")))?;
        let config = Config {
            hardfork,
            chain_id: optional_small("chain_id", chain_id)?.unwrap_or(fallback.chain_id),
            code_size: code_size_limit.map_or(Ok(fallback.code_size), settings::code_size)?,
            memory_limit: optional_small("memory_limit", memory_limit)?
                .unwrap_or(fallback.memory_limit),
        };
        let of_block = [timestamp, gas_limit, base_fee].iter().any(Option::is_some);
        if let Some(backend) = backend {
            if of_block || coinbase.is_some() {
                return Err(usage_error(
                    "a fork goes on from its block: give timestamp, gas_limit, base_fee and coinbase in fork_block",
                ));
            }
            return fork::start(config, backend, fork_block);
        }
        if fork_block.is_some() {
            return Err(usage_error(
                "fork_block: give backend too, the state after that block",
            ));
        }
        let mut genesis = Genesis::local(config);
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
}
