//! Calls, transactions, estimates and replays.

use super::hot::Terms;
use super::{Any, Engine, overrides, request};
use crate::abi::Function;
use crate::address::{self, AddressArg};
use crate::crypto;
use crate::errors::{key_error, usage_error};
use crate::number::{flags, optional_small, optional_wide, word_argument};
use crate::outcome::Outcome;
use crate::transaction::Transaction;
use crate::value::Data;
use ingot_engine::block::Accepted;
use ingot_engine::chain::{Altered, Call, Estimate, Request};
use ingot_engine::transaction::PrivateKey;
use pyo3::prelude::*;
use revm::primitives::{Bytes, U256};
use std::sync::Arc;

fn value_argument(value: Option<&Any<'_>>) -> PyResult<U256> {
    value.map_or(Ok(U256::ZERO), |value| word_argument("value", value))
}

fn data_argument(data: Option<Data>) -> Bytes {
    data.map_or_else(Bytes::new, |data| data.0.into())
}

#[pymethods]
impl Engine {
    #[pyo3(signature = (function, to, args, kwargs=None, sender=None, value=None, gas_limit=None), text_signature = "($self, function, to, args, kwargs=None, sender=None, value=0, gas_limit=None)")]
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

    #[pyo3(signature = (function, to, args, kwargs=None, sender=None, value=None, gas_limit=None), text_signature = "($self, function, to, args, kwargs=None, sender=None, value=0, gas_limit=None)")]
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
        authorizations=None, block=None, recording=None, overrides=None, block_overrides=None, gas_price=None,
        blob_hashes=None), text_signature = "($self, *, sender=None, to=None, data=b'', value=0, gas_limit=None, access_list=(), authorizations=(), block=None, recording=None, overrides=None, block_overrides=None, gas_price=None, blob_hashes=())")]
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
        block_overrides: Option<&Any<'_>>,
        gas_price: Option<&Any<'_>>,
        blob_hashes: Option<&Any<'_>>,
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
            overrides: overrides::parse(overrides)?,
            block_overrides: overrides::parse_block(block_overrides)?,
            gas_price: optional_wide("gas_price", gas_price)?,
            blob_hashes: request::words32("blob_hashes", blob_hashes)?.unwrap_or_default(),
        };
        let outcome = self.long(py, |chain| chain.call(&call))?;
        Ok(Outcome::new(Arc::new(outcome), 0))
    }

    #[pyo3(signature = (*, sender, to=None, data=None, value=None, gas_limit=None, nonce=None, r#type=None,
        gas_price=None, max_fee=None, max_priority_fee=None, access_list=None, authorizations=None, blob_hashes=None,
        max_fee_per_blob_gas=None, recording=None, is_sent=true), text_signature = "($self, *, sender, to=None, data=b'', value=0, gas_limit=None, nonce=None, type=None, gas_price=None, max_fee=None, max_priority_fee=None, access_list=None, authorizations=None, blob_hashes=None, max_fee_per_blob_gas=None, recording=None, is_sent=True)")]
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
        is_sent: bool,
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
        let accepted = self.long(py, |chain| {
            if is_sent {
                return chain.send(request);
            }
            Ok(Arc::new(Accepted::pending(chain.prepare(request)?)))
        })?;
        Ok(Transaction::new(accepted))
    }

    fn send_raw(&self, py: Python<'_>, raw: Data) -> PyResult<Transaction> {
        let accepted = self.long(py, |chain| chain.send_raw(&raw.0))?;
        Ok(Transaction::new(accepted))
    }

    fn check(&self, py: Python<'_>, transaction: &Transaction) -> PyResult<()> {
        self.long(py, |chain| {
            chain.check(&transaction.accepted.transaction, transaction.is_offline())
        })
    }

    fn resend(&self, py: Python<'_>, transaction: &Transaction) -> PyResult<Transaction> {
        let (copy, is_new) = (transaction.copied(), transaction.is_offline());
        let accepted = self.long(py, |chain| chain.resend(copy, is_new))?;
        Ok(Transaction::new(accepted))
    }

    #[pyo3(signature = (*, sender=None, to=None, data=None, value=None, access_list=None, authorizations=None,
        gas_limit=None, block=None, overrides=None, block_overrides=None, gas_price=None, blob_hashes=None), text_signature = "($self, *, sender=None, to=None, data=b'', value=0, access_list=(), authorizations=(), gas_limit=None, block=None, overrides=None, block_overrides=None, gas_price=None, blob_hashes=())")]
    fn estimate_gas<'py>(
        &self,
        py: Python<'py>,
        sender: Option<AddressArg>,
        to: Option<AddressArg>,
        data: Option<Data>,
        value: Option<&Any<'_>>,
        access_list: Option<&Any<'_>>,
        authorizations: Option<&Any<'_>>,
        gas_limit: Option<&Any<'_>>,
        block: Option<&Any<'_>>,
        overrides: Option<&Any<'_>>,
        block_overrides: Option<&Any<'_>>,
        gas_price: Option<&Any<'_>>,
        blob_hashes: Option<&Any<'_>>,
    ) -> PyResult<Any<'py>> {
        let call = Call {
            sender: sender.map(|sender| sender.0),
            to: to.map(|to| to.0),
            data: data_argument(data),
            value: value_argument(value)?,
            access_list: request::access_list(access_list)?.unwrap_or_default(),
            authorizations: request::authorizations(authorizations)?.unwrap_or_default(),
            gas_limit: optional_small("gas_limit", gas_limit)?,
            block: optional_small("block", block)?,
            overrides: overrides::parse(overrides)?,
            block_overrides: overrides::parse_block(block_overrides)?,
            gas_price: optional_wide("gas_price", gas_price)?,
            blob_hashes: request::words32("blob_hashes", blob_hashes)?.unwrap_or_default(),
            ..Call::default()
        };
        match self.long(py, |chain| chain.estimate_gas(&call))? {
            Estimate::Gas(gas) => Ok(gas.into_pyobject(py)?.into_any()),
            Estimate::Failed(outcome) => {
                Ok(Bound::new(py, Outcome::new(Arc::new(outcome), 0))?.into_any())
            }
        }
    }

    #[pyo3(signature = (transaction, recording, *, overrides=None, data=None, gas_limit=None))]
    fn replay(
        &self,
        py: Python<'_>,
        transaction: &Bound<'_, Transaction>,
        recording: &Any<'_>,
        overrides: Option<&Any<'_>>,
        data: Option<Data>,
        gas_limit: Option<&Any<'_>>,
    ) -> PyResult<Outcome> {
        let record = flags(Some(recording))?.unwrap_or_default();
        let accepted = &transaction.get().accepted;
        let is_altered = overrides.is_some() || data.is_some() || gas_limit.is_some();
        let altered = Altered {
            overrides: overrides::parse(overrides)?,
            data: data.map(|data| data.0.into()),
            gas_limit: optional_small("gas_limit", gas_limit)?,
        };
        let altered = is_altered.then_some(&altered);
        let outcome = self.long(py, |chain| chain.replay_altered(accepted, record, altered))?;
        let logs_before = accepted.mined().map_or(0, |mined| mined.first_log);
        Ok(Outcome::new(Arc::new(outcome), logs_before))
    }

    fn add_key<'py>(&self, py: Python<'py>, private_key: &[u8]) -> PyResult<Any<'py>> {
        let key =
            PrivateKey::new(crypto::word(private_key, "a private key")?).map_err(key_error)?;
        let owner = key.address();
        self.chain.with(py, |chain| chain.add_key(key))?;
        address::to_python(py, owner)
    }
}
