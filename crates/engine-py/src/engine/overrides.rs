//! Accounts as they only are in one call. Source: geth's `eth_call`.

use super::Any;
use super::request::word32;
use crate::address;
use crate::errors::{usage_error, value_error};
use crate::number::{optional_wide, small_argument, word_argument};
use crate::value::{bytes, shown};
use ingot_engine::abi::nearest;
use ingot_engine::chain::{BlockOverrides, Override, StorageOverride};
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use revm::primitives::{Address, Bytes, U256};

const FIELDS: [&str; 6] = ["balance", "nonce", "code", "storage", "state", "move_to"];

/// The argument `overrides`: what differs, by account.
pub(super) fn parse(value: Option<&Any<'_>>) -> PyResult<Vec<(Address, Override)>> {
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(Vec::new());
    };
    let accounts = mapping("overrides", value)?;
    let mut found = Vec::new();
    for pair in accounts.items()?.iter() {
        let (account, changes) = pair.extract::<(Any<'_>, Any<'_>)>()?;
        let address = address::address(&account).map_err(value_error)?;
        found.push((
            address,
            changes_of(&format!("overrides[{address}]"), &changes)?,
        ));
    }
    Ok(found)
}

/// The argument `block_overrides`: what the call is told of its block.
pub(super) fn parse_block(value: Option<&Any<'_>>) -> PyResult<BlockOverrides> {
    const NAME: &str = "block_overrides";
    let mut found = BlockOverrides::default();
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(found);
    };
    for pair in mapping(NAME, value)?.items()?.iter() {
        let (field, value) = pair.extract::<(Any<'_>, Any<'_>)>()?;
        let field = field.to_string();
        let place = format!("{NAME}.{field}");
        match field.as_str() {
            "number" => found.number = Some(small_argument(&place, &value)?),
            "timestamp" => found.timestamp = Some(small_argument(&place, &value)?),
            "gas_limit" => found.gas_limit = Some(small_argument(&place, &value)?),
            "coinbase" => found.coinbase = Some(address::address(&value).map_err(value_error)?),
            "prev_randao" => found.prev_randao = Some(word32(&place, &value)?),
            "base_fee" => found.base_fee = Some(small_argument(&place, &value)?),
            "blob_base_fee" => found.blob_base_fee = optional_wide(&place, Some(&value))?,
            "difficulty" => found.difficulty = Some(word_argument(&place, &value)?),
            "parent_beacon_root" => found.parent_beacon_root = Some(word32(&place, &value)?),
            _ => {
                return Err(usage_error(format!(
                    "{NAME}: there is no '{field}' to override (number, timestamp, gas_limit, coinbase, prev_randao, \
                     base_fee, blob_base_fee, difficulty and parent_beacon_root are)"
                )));
            }
        }
    }
    Ok(found)
}

fn mapping<'a, 'py>(name: &str, value: &'a Any<'py>) -> PyResult<&'a Bound<'py, PyMapping>> {
    value
        .cast::<PyMapping>()
        .map_err(|_| usage_error(format!("{name} must be a mapping, not {}", shown(value))))
}

fn changes_of(name: &str, changes: &Any<'_>) -> PyResult<Override> {
    let mut change = Override::default();
    for pair in mapping(name, changes)?.items()?.iter() {
        let (field, value) = pair.extract::<(Any<'_>, Any<'_>)>()?;
        let field = field.to_string();
        let place = format!("{name}.{field}");
        match field.as_str() {
            "balance" => change.balance = Some(word_argument(&place, &value)?),
            "nonce" => change.nonce = Some(small_argument(&place, &value)?),
            "code" => change.code = Some(code(&place, &value)?),
            "storage" => change.storage = StorageOverride::Slots(slots(&place, &value)?),
            "state" => change.storage = StorageOverride::Everything(slots(&place, &value)?),
            "move_to" => change.move_to = Some(address::address(&value).map_err(value_error)?),
            _ => return Err(unknown(name, &field)),
        }
    }
    Ok(change)
}

fn code(name: &str, value: &Any<'_>) -> PyResult<Bytes> {
    match bytes(value).map_err(value_error)? {
        Some(code) => Ok(code.into_owned().into()),
        None => Err(usage_error(format!(
            "{name} must be bytes, not {}",
            shown(value)
        ))),
    }
}

fn slots(name: &str, value: &Any<'_>) -> PyResult<Vec<(U256, U256)>> {
    let mut found = Vec::new();
    for pair in mapping(name, value)?.items()?.iter() {
        let (slot, word) = pair.extract::<(Any<'_>, Any<'_>)>()?;
        found.push((word_argument(name, &slot)?, word_argument(name, &word)?));
    }
    Ok(found)
}

#[cold]
fn unknown(name: &str, field: &str) -> PyErr {
    let hint = nearest(field, FIELDS.into_iter())
        .map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
    usage_error(format!(
        "{name}: there is no '{field}' to override{hint} ({} are)",
        FIELDS.join(", ")
    ))
}
