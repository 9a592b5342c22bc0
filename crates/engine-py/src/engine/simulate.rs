//! Blocks that are made and forgotten.

use super::request::{self, word32};
use super::{Any, Engine, overrides};
use crate::address::{self, AddressArg};
use crate::block::Block;
use crate::errors::{usage_error, value_error};
use crate::number::{flags, optional_small, optional_wide, small_argument, word_argument};
use crate::value::{Data, bytes, shown};
use alloy_eips::eip4895::Withdrawal;
use ingot_engine::chain::{Blueprint, Request, Simulated, Simulation};
use ingot_engine::record::Record;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use revm::primitives::Bytes;

fn request_of(given: &Any<'_>) -> PyResult<Request> {
    let mapping = given
        .cast::<PyMapping>()
        .map_err(|_| usage_error(format!("a call must be a mapping, not {}", shown(given))))?;
    let mut found = Request::default();
    for pair in mapping.items()?.iter() {
        let (name, value) = pair.extract::<(Any<'_>, Any<'_>)>()?;
        set(&mut found, &name.to_string(), &value)?;
    }
    Ok(found)
}

fn set(found: &mut Request, name: &str, value: &Any<'_>) -> PyResult<()> {
    match name {
        "sender" => found.sender = address::address(value).map_err(value_error)?,
        "to" => found.to = Some(address::address(value).map_err(value_error)?),
        "data" => {
            let data = bytes(value).map_err(value_error)?;
            found.data = data
                .ok_or_else(|| usage_error("data must be bytes"))?
                .into_owned()
                .into();
        }
        "value" => found.value = word_argument(name, value)?,
        "gas_limit" => found.gas_limit = optional_small(name, Some(value))?,
        "nonce" => found.nonce = optional_small(name, Some(value))?,
        "type" => found.kind = Some(u8::try_from(small_argument(name, value)?).unwrap_or(u8::MAX)),
        "gas_price" => found.gas_price = optional_wide(name, Some(value))?,
        "max_fee" => found.max_fee = optional_wide(name, Some(value))?,
        "max_priority_fee" => found.max_priority_fee = optional_wide(name, Some(value))?,
        "access_list" => found.access_list = request::access_list(Some(value))?,
        "authorizations" => found.authorizations = request::authorizations(Some(value))?,
        "blob_hashes" => found.blob_hashes = request::words32(name, Some(value))?,
        "max_fee_per_blob_gas" => found.max_fee_per_blob_gas = optional_wide(name, Some(value))?,
        _ => return Err(usage_error(format!("a call has no {name:?}"))),
    }
    Ok(())
}

fn field<'py>(given: &Bound<'py, PyMapping>, name: &str) -> PyResult<Option<Any<'py>>> {
    let found = given.contains(name)?.then(|| given.get_item(name));
    Ok(found.transpose()?.filter(|found| !found.is_none()))
}

/// Index, validator, account and gwei, each.
fn withdrawals(given: Option<&Any<'_>>) -> PyResult<Vec<Withdrawal>> {
    let Some(given) = given else {
        return Ok(Vec::new());
    };
    let all = given
        .extract::<Vec<(u64, u64, AddressArg, u64)>>()?
        .into_iter();
    Ok(all
        .map(|(index, validator_index, address, amount)| Withdrawal {
            index,
            validator_index,
            address: address.0,
            amount,
        })
        .collect())
}

fn simulated(given: &Any<'_>, record: Option<Record>) -> PyResult<Simulated> {
    let mapping = given
        .cast::<PyMapping>()
        .map_err(|_| usage_error(format!("a block must be a mapping, not {}", shown(given))))?;
    let mut calls = Vec::new();
    for call in field(mapping, "calls")?
        .map_or_else(|| Ok(Vec::new()), |found| found.extract::<Vec<Any<'_>>>())?
    {
        let mut request = request_of(&call)?;
        request.record = record;
        calls.push(request);
    }
    Ok(Simulated {
        head: overrides::parse_block(field(mapping, "block")?.as_ref())?,
        accounts: overrides::parse(field(mapping, "state")?.as_ref())?,
        withdrawals: withdrawals(field(mapping, "withdrawals")?.as_ref())?,
        calls,
    })
}

#[pymethods]
impl Engine {
    #[pyo3(signature = (blocks, *, base=None, validation, budget, recording=None))]
    fn simulate(
        &self,
        py: Python<'_>,
        blocks: Vec<Any<'_>>,
        base: Option<&Any<'_>>,
        validation: bool,
        budget: &Any<'_>,
        recording: Option<&Any<'_>>,
    ) -> PyResult<Vec<Block>> {
        let record = flags(recording)?;
        let planned: PyResult<_> = blocks
            .iter()
            .map(|block| simulated(block, record))
            .collect();
        let simulation = Simulation {
            base: optional_small("base", base)?,
            validates: validation,
            budget: small_argument("budget", budget)?,
            blocks: planned?,
        };
        let made = self.long(py, |chain| chain.simulate(simulation))?;
        Ok(made
            .into_iter()
            .map(|block| Block::new(block, &self.chain))
            .collect())
    }

    #[pyo3(signature = (*, parent=None, timestamp, prev_randao, coinbase, parent_beacon_root, gas_limit, withdrawals=None,
        transactions=None, extra_data=None), text_signature = "($self, *, parent=None, timestamp, prev_randao, coinbase, parent_beacon_root, gas_limit, withdrawals=(), transactions=None, extra_data=b'')")]
    fn build(
        &self,
        py: Python<'_>,
        parent: Option<&Any<'_>>,
        timestamp: &Any<'_>,
        prev_randao: &Any<'_>,
        coinbase: AddressArg,
        parent_beacon_root: &Any<'_>,
        gas_limit: &Any<'_>,
        withdrawals: Option<&Any<'_>>,
        transactions: Option<Vec<Data>>,
        extra_data: Option<Data>,
    ) -> PyResult<Block> {
        let transactions =
            transactions.map(|all| all.into_iter().map(|raw| raw.0.into()).collect());
        let blueprint = Blueprint {
            parent: optional_small("parent", parent)?,
            timestamp: small_argument("timestamp", timestamp)?,
            prev_randao: word32("prev_randao", prev_randao)?,
            coinbase: coinbase.0,
            parent_beacon_root: word32("parent_beacon_root", parent_beacon_root)?,
            gas_limit: small_argument("gas_limit", gas_limit)?,
            withdrawals: self::withdrawals(withdrawals)?,
            transactions,
            extra_data: extra_data.map_or_else(Bytes::new, |data| data.0.into()),
        };
        let made = self.long(py, |chain| chain.build(blueprint))?;
        Ok(Block::new(made, &self.chain))
    }
}
