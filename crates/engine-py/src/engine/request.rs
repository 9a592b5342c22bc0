//! The structured parts of transactions and calls: access lists, authorizations, hashes.

use crate::address::{self, AddressArg};
use crate::errors::{usage_error, value_error};
use crate::number::{small_argument, word_argument};
use crate::value::{bytes, sequence, shown};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyMapping};
use revm::primitives::{B256, U256};

type Any<'py> = Bound<'py, PyAny>;

/// The items of the argument `name`; none for None.
fn items<'py>(name: &str, value: Option<&Any<'py>>) -> PyResult<Option<Vec<Any<'py>>>> {
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(None);
    };
    match sequence(value).map_err(value_error)? {
        Some(items) => Ok(Some(items.into_iter().map(|item| item.0).collect())),
        None => Err(usage_error(format!(
            "{name} must be a list, not {}",
            shown(value)
        ))),
    }
}

/// 32 bytes, hex text of as many, or an int.
pub(crate) fn word32(name: &str, value: &Any<'_>) -> PyResult<B256> {
    if value.is_instance_of::<PyInt>() {
        return word_argument(name, value).map(B256::from);
    }
    bytes(value)
        .map_err(value_error)?
        .and_then(|bytes| B256::try_from(&*bytes).ok())
        .ok_or_else(|| {
            usage_error(format!(
                "{name}: 32 bytes were expected, {} was given",
                shown(value)
            ))
        })
}

/// A list of 32 bytes each.
pub(crate) fn words32(name: &str, value: Option<&Any<'_>>) -> PyResult<Option<Vec<B256>>> {
    let Some(items) = items(name, value)? else {
        return Ok(None);
    };
    items
        .iter()
        .map(|item| word32(name, item))
        .collect::<PyResult<_>>()
        .map(Some)
}

/// EIP-2930: (address, slots) each, or mappings with `address` and `storageKeys`.
pub(crate) fn access_list(value: Option<&Any<'_>>) -> PyResult<Option<AccessList>> {
    const NAME: &str = "access_list";
    let Some(items) = items(NAME, value)? else {
        return Ok(None);
    };
    let entries = items.iter().map(|item| {
        let (account, slots) = match item.cast::<PyMapping>() {
            Ok(mapping) => (
                member(mapping, NAME, "address", "address")?,
                member(mapping, NAME, "storage_keys", "storageKeys")?,
            ),
            Err(_) => item.extract::<(Any<'_>, Any<'_>)>().map_err(|_| {
                usage_error(format!(
                    "{NAME}: (address, slots) was expected, {} was given",
                    shown(item)
                ))
            })?,
        };
        Ok(AccessListItem {
            address: address::address(&account).map_err(value_error)?,
            storage_keys: words32(NAME, Some(&slots))?.unwrap_or_default(),
        })
    });
    entries.collect::<PyResult<_>>().map(AccessList).map(Some)
}

/// EIP-7702: mappings with `chain_id`, `address`, `nonce`, `y_parity`, `r`, `s`, also under the names of JSON-RPC.
pub(crate) fn authorizations(
    value: Option<&Any<'_>>,
) -> PyResult<Option<Vec<SignedAuthorization>>> {
    const NAME: &str = "authorizations";
    let Some(items) = items(NAME, value)? else {
        return Ok(None);
    };
    let entries = items.iter().map(|item| {
        let entry = item.cast::<PyMapping>().map_err(|_| {
            usage_error(format!(
                "{NAME}: a mapping was expected, {} was given",
                shown(item)
            ))
        })?;
        let field = |snake, camel| member(entry, NAME, snake, camel);
        let number = |snake, camel| word_argument(snake, &field(snake, camel)?);
        let authority = AddressArg::extract(field("address", "address")?.as_borrowed())?;
        let authorization = Authorization {
            chain_id: number("chain_id", "chainId")?,
            address: authority.0,
            nonce: small_argument("nonce", &field("nonce", "nonce")?)?,
        };
        let y_parity = number("y_parity", "yParity")?;
        if y_parity > U256::ONE {
            return Err(usage_error(format!(
                "{NAME}: y_parity is 0 or 1, not {y_parity}"
            )));
        }
        let (r, s) = (number("r", "r")?, number("s", "s")?);
        Ok(SignedAuthorization::new_unchecked(
            authorization,
            u8::from(y_parity == U256::ONE),
            r,
            s,
        ))
    });
    entries.collect::<PyResult<_>>().map(Some)
}

/// The member of a mapping under either of its names.
fn member<'py>(
    mapping: &Bound<'py, PyMapping>,
    name: &str,
    snake: &str,
    camel: &str,
) -> PyResult<Any<'py>> {
    for key in [snake, camel] {
        if mapping.contains(key)? {
            return mapping.get_item(key);
        }
    }
    Err(usage_error(format!(
        "{name}: {snake:?} is missing in {}",
        shown(mapping)
    )))
}

/// What each topic may be: a list of 32 bytes, of lists of them, or of None for anything.
pub(crate) fn topics(value: Option<&Any<'_>>) -> PyResult<Vec<Vec<B256>>> {
    const NAME: &str = "topics";
    let wanted = items(NAME, value)?.unwrap_or_default();
    wanted
        .iter()
        .map(|topic| match sequence(topic).map_err(value_error)? {
            Some(any_of) => any_of.iter().map(|topic| word32(NAME, &topic.0)).collect(),
            None if topic.is_none() => Ok(Vec::new()),
            None => Ok(vec![word32(NAME, topic)?]),
        })
        .collect()
}
