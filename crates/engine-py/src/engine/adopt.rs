//! Blocks of other programs' files.

use super::{Any, Engine};
use crate::address::AddressArg;
use crate::crypto;
use crate::errors::usage_error;
use crate::value::Data;
use ingot_engine::chain::AdoptedBlock;
use ingot_engine::executor::{BlockGas, Outcome, Status};
use ingot_engine::transaction::Transaction;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use revm::primitives::{Bytes, Log};

type Logs = Vec<(AddressArg, Vec<Data>, Data)>;

fn field<'py>(given: &Bound<'py, PyDict>, name: &str) -> PyResult<Any<'py>> {
    given
        .get_item(name)?
        .ok_or_else(|| usage_error(format!("a transaction has no {name}")))
}

fn outcome(given: &Bound<'_, PyDict>) -> PyResult<Outcome> {
    let gas_used = field(given, "gas_used")?.extract()?;
    let status = field(given, "status")?.extract::<String>()?;
    let output = field(given, "output")?.extract::<Data>()?;
    let logs =
        field(given, "logs")?
            .extract::<Logs>()?
            .into_iter()
            .map(|(address, topics, data)| {
                let topics: PyResult<Vec<_>> = topics
                    .iter()
                    .map(|topic| crypto::word(&topic.0, "a topic"))
                    .collect();
                let data = Bytes::copy_from_slice(&data.0);
                Log::new(address.0, topics?, data)
                    .ok_or_else(|| usage_error("a log has at most 4 topics"))
            });
    let created = field(given, "created")?.extract::<Option<AddressArg>>()?;
    Ok(Outcome {
        status: match status.as_str() {
            "success" => Status::Success,
            "revert" => Status::Revert,
            _ => Status::Halt(status.into()),
        },
        gas_used,
        gas_spent: gas_used,
        gas_refunded: 0,
        block_gas: BlockGas {
            regular: gas_used,
            state: 0,
        },
        output: Bytes::copy_from_slice(&output.0),
        logs: logs.collect::<PyResult<_>>()?,
        created: created.map(|address| address.0),
        recording: None,
    })
}

fn transaction(given: &Bound<'_, PyDict>) -> PyResult<Transaction> {
    let raw = field(given, "raw")?.extract::<Data>()?;
    let decoded = match field(given, "sender")?.extract::<Option<AddressArg>>()? {
        Some(sender) => {
            let hash = field(given, "hash")?.extract::<Data>()?;
            Transaction::decode_of(
                &raw.0,
                sender.0,
                crypto::word(&hash.0, "a transaction hash")?,
            )
        }
        None => Transaction::decode(&raw.0, true),
    };
    decoded.map_err(|error| usage_error(error.to_string()))
}

#[pymethods]
impl Engine {
    #[pyo3(signature = (header, transactions, *, has_state, begins))]
    fn adopt_block(
        &self,
        py: Python<'_>,
        header: Data,
        transactions: Vec<Bound<'_, PyDict>>,
        has_state: bool,
        begins: bool,
    ) -> PyResult<()> {
        let known = transactions
            .iter()
            .map(|given| Ok((transaction(given)?, outcome(given)?)));
        let block = AdoptedBlock {
            header: header.0,
            transactions: known.collect::<PyResult<_>>()?,
            has_state,
        };
        self.long(py, |chain| {
            if begins {
                chain.begin_with(block)
            } else {
                chain.adopt(block)
            }
        })
    }
}
