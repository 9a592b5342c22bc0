//! Blocks of transactions that nobody signed.

use super::{Any, Engine, request};
use crate::address;
use crate::block::Block;
use crate::errors::{usage_error, value_error};
use crate::number::{flags, optional_small, optional_wide, small_argument, word_argument};
use crate::value::{bytes, shown};
use ingot_engine::chain::Request;
use pyo3::prelude::*;
use pyo3::types::PyMapping;

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

#[pymethods]
impl Engine {
    #[pyo3(signature = (calls, *, validation, budget, recording=None, blob_base_fee=None))]
    fn simulate(
        &self,
        py: Python<'_>,
        calls: Vec<Any<'_>>,
        validation: bool,
        budget: &Any<'_>,
        recording: Option<&Any<'_>>,
        blob_base_fee: Option<&Any<'_>>,
    ) -> PyResult<(Block, u64)> {
        let mut left = small_argument("budget", budget)?;
        let record = flags(recording)?;
        let fee = optional_wide("blob_base_fee", blob_base_fee)?;
        let mut requests = Vec::with_capacity(calls.len());
        for call in &calls {
            let mut request = request_of(call)?;
            request.record = record;
            requests.push(request);
        }
        let block = self.long(py, |chain| {
            chain.simulate(requests, validation, &mut left, fee)
        })?;
        Ok((Block::new(block, &self.chain), left))
    }
}
