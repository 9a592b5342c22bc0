//! A chain on top of a block of another one.

use super::request::word32;
use super::{Any, Engine};
use crate::address;
use crate::backend::PythonBackend;
use crate::errors::{usage_error, value_error};
use crate::locked::Locked;
use crate::number::{small_argument, word_argument};
use crate::value::shown;
use ingot_engine::chain::{Chain, ForkBlock};
use ingot_engine::executor::Config;
use ingot_engine::hardfork::Hardfork;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use std::sync::Arc;

/// What a block must tell; from London on its base fee as well.
const NEEDED: [&str; 4] = ["number", "hash", "timestamp", "gas_limit"];

/// A chain whose first block is `block`, over the state that `backend` reads.
pub(super) fn start(
    config: Config,
    backend: &Any<'_>,
    block: Option<&Any<'_>>,
) -> PyResult<Engine> {
    for method in ["account", "storage", "block_hash"] {
        if !backend.hasattr(method)? {
            return Err(usage_error(format!(
                "backend: {} has no method {method}; it needs account, storage and block_hash",
                shown(backend)
            )));
        }
    }
    let block = block.ok_or_else(|| {
        usage_error("backend: give fork_block too, the block after which its state is read")
    })?;
    let block = fork_block(block, config.hardfork)?;
    let backend = Arc::new(PythonBackend::new(backend.clone().unbind()));
    let chain = Chain::fork(config, &block, backend);
    Ok(Engine {
        chain: Arc::new(Locked::new(chain)),
    })
}

fn fork_block(given: &Any<'_>, hardfork: Hardfork) -> PyResult<ForkBlock> {
    let mapping = given.cast::<PyMapping>().map_err(|_| {
        usage_error(format!(
            "fork_block must be a mapping, not {}",
            shown(given)
        ))
    })?;
    let fields = PyDict::new(given.py());
    fields.update(mapping)?;
    let mut block = ForkBlock::default();
    for (name, value) in &fields {
        set(&mut block, &name.to_string(), &value)?;
    }
    let base_fee = (hardfork >= Hardfork::London).then_some("base_fee");
    for name in NEEDED.into_iter().chain(base_fee) {
        if !fields.contains(name)? {
            return Err(usage_error(format!("fork_block lacks {name:?}")));
        }
    }
    Ok(block)
}

fn set(block: &mut ForkBlock, name: &str, value: &Any<'_>) -> PyResult<()> {
    match name {
        "number" => block.number = small_argument(name, value)?,
        "hash" => block.hash = word32(name, value)?,
        "timestamp" => block.timestamp = small_argument(name, value)?,
        "gas_limit" => block.gas_limit = small_argument(name, value)?,
        "gas_used" => block.gas_used = small_argument(name, value)?,
        "base_fee" => block.base_fee = small_argument(name, value)?,
        "coinbase" => block.coinbase = address::address(value).map_err(value_error)?,
        "prev_randao" => block.prev_randao = word32(name, value)?,
        "difficulty" => block.difficulty = word_argument(name, value)?,
        "excess_blob_gas" => block.excess_blob_gas = small_argument(name, value)?,
        "blob_gas_used" => block.blob_gas_used = small_argument(name, value)?,
        _ => {
            return Err(usage_error(format!(
                "fork_block has no {name:?}: number, hash, timestamp, gas_limit, gas_used, base_fee, coinbase, \
                 prev_randao, difficulty, excess_blob_gas and blob_gas_used are known"
            )));
        }
    }
    Ok(())
}
