//! The hot path: encode, execute and decode in one call.

use super::{Any, Engine};
use crate::abi::Function;
use crate::address::AddressArg;
use crate::errors::{chain_error, provider_error};
use crate::number::{optional_small, word_argument};
use crate::outcome::Outcome;
use ingot_engine::chain::{Call, Chain, ChainError, Request};
use pyo3::prelude::*;
use revm::primitives::{Address, Bytes, U256};
use std::sync::Arc;

/// Why a call by ABI did not run.
pub(super) enum Refused {
    NoCode,
    Failed(ChainError),
}

impl Refused {
    #[cold]
    pub(super) fn into_python(self, py: Python<'_>, to: Address) -> PyErr {
        match self {
            Self::NoCode => provider_error(format!("there is no code at {to}, so nothing to call")),
            Self::Failed(error) => chain_error(py, &error),
        }
    }
}

/// What a call by ABI says, converted.
pub(super) struct Terms {
    to: Address,
    data: Bytes,
    value: U256,
    gas_limit: Option<u64>,
}

impl Terms {
    pub(super) fn new<'py>(
        function: &Function,
        to: AddressArg,
        args: &Any<'py>,
        kwargs: Option<&Any<'py>>,
        value: Option<&Any<'py>>,
        gas_limit: Option<&Any<'py>>,
    ) -> PyResult<Self> {
        Ok(Self {
            to: to.0,
            data: function.calldata(args, kwargs)?.into(),
            value: value.map_or(Ok(U256::ZERO), |value| word_argument("value", value))?,
            gas_limit: optional_small("gas_limit", gas_limit)?,
        })
    }

    pub(super) fn into_call(self, sender: Option<AddressArg>) -> Call {
        Call {
            sender: sender.map(|sender| sender.0),
            to: Some(self.to),
            data: self.data,
            value: self.value,
            gas_limit: self.gas_limit,
            ..Call::default()
        }
    }

    pub(super) fn into_request(self, sender: AddressArg) -> Request {
        Request {
            sender: sender.0,
            to: Some(self.to),
            data: self.data,
            value: self.value,
            gas_limit: self.gas_limit,
            ..Request::default()
        }
    }
}

/// Nobody means to call an address without code: it would "succeed" with nothing done.
fn check_code(chain: &Chain, to: Address) -> Result<(), Refused> {
    let found = if let Some(account) = chain.state().held(to) {
        !account.code().is_empty()
    } else {
        let code = chain.state().code(to);
        !code
            .map_err(|error| Refused::Failed(error.into()))?
            .is_empty()
    };
    if found { Ok(()) } else { Err(Refused::NoCode) }
}

impl Engine {
    pub(super) fn run_call<'py>(
        &self,
        py: Python<'py>,
        function: &Function,
        call: &Call,
    ) -> PyResult<Any<'py>> {
        let to = call.to.unwrap_or_default();
        let work = |chain: &mut Chain| {
            check_code(chain, to)?;
            chain.call(call).map_err(Refused::Failed)
        };
        let outcome = self
            .run(py, function.gas.is_heavy(), work)?
            .map_err(|refused| refused.into_python(py, to))?;
        function.gas.note(outcome.gas_used);
        if outcome.succeeded() {
            return function.decoded_output(py, &outcome.output);
        }
        Ok(Bound::new(py, Outcome::new(Arc::new(outcome), 0))?.into_any())
    }

    pub(super) fn run_send(
        &self,
        py: Python<'_>,
        function: &Function,
        request: Request,
    ) -> PyResult<crate::transaction::Transaction> {
        let to = request.to.unwrap_or_default();
        let work = |chain: &mut Chain| {
            check_code(chain, to)?;
            chain.send(request).map_err(Refused::Failed)
        };
        let accepted = self
            .run(py, function.gas.is_heavy(), work)?
            .map_err(|refused| refused.into_python(py, to))?;
        if let Some(mined) = accepted.mined() {
            function.gas.note(mined.outcome.gas_used);
        }
        Ok(crate::transaction::Transaction::new(accepted))
    }
}
