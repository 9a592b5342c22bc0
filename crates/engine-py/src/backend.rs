//! The state of another chain, read from a Python object when it is needed, and once.

use crate::address;
use crate::errors::usage_error;
use crate::number;
use crate::value::{bytes, shown};
use ingot_engine::state::{AccountRead, Backend, BackendError, Raised};
use pyo3::intern;
use pyo3::prelude::*;
use revm::primitives::{Address, AddressMap, B256, HashMap, U256};
use revm::state::Bytecode;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An object with the methods of `ingot.provider.StateSource`.
pub(crate) struct PythonBackend {
    source: Py<PyAny>,
    known: Mutex<Known>,
}

/// What was read before.
#[derive(Default)]
struct Known {
    accounts: AddressMap<Option<AccountRead>>,
    words: HashMap<(Address, U256), U256>,
    hashes: HashMap<u64, B256>,
}

impl PythonBackend {
    pub(crate) fn new(source: Py<PyAny>) -> Self {
        Self {
            source,
            known: Mutex::default(),
        }
    }

    /// Never held while Python code runs.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ask the object, with the GIL only for as long as that takes.
    fn ask<T>(
        &self,
        question: impl for<'py> FnOnce(Python<'py>, &Bound<'py, PyAny>) -> PyResult<T>,
    ) -> Result<T, BackendError> {
        let answer = Python::try_attach(|py| {
            question(py, self.source.bind(py)).map_err(|exception| {
                let text = exception.to_string();
                BackendError::Raised(Raised::new(exception, text))
            })
        });
        answer.unwrap_or_else(|| Err(BackendError::Unavailable("Python is at its end".into())))
    }
}

impl Backend for PythonBackend {
    fn account(&self, address: Address) -> Result<Option<AccountRead>, BackendError> {
        if let Some(known) = self.known().accounts.get(&address) {
            return Ok(known.clone());
        }
        let read = self.ask(|py, source| {
            let whose = address::to_python(py, address)?;
            let answer = source.call_method1(intern!(py, "account"), (whose,))?;
            account_read(address, &answer)
        })?;
        self.known().accounts.insert(address, read.clone());
        Ok(read)
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, BackendError> {
        if let Some(word) = self.known().words.get(&(address, slot)) {
            return Ok(*word);
        }
        let word = self.ask(|py, source| {
            let whose = address::to_python(py, address)?;
            let which = number::unsigned(py, slot)?;
            let answer = source.call_method1(intern!(py, "storage"), (whose, which))?;
            number::word_argument("storage() of the forked state", &answer)
        })?;
        self.known().words.insert((address, slot), word);
        Ok(word)
    }

    fn block_hash(&self, number: u64) -> Result<B256, BackendError> {
        if let Some(hash) = self.known().hashes.get(&number) {
            return Ok(*hash);
        }
        let hash = self.ask(|py, source| {
            let answer = source.call_method1(intern!(py, "block_hash"), (number,))?;
            let hash = bytes(&answer).ok().flatten();
            let hash = hash.and_then(|hash| B256::try_from(&*hash).ok());
            hash.ok_or_else(|| {
                usage_error(format!(
                    "block_hash({number}) of the forked state: 32 bytes were expected, {} was returned",
                    shown(&answer)
                ))
            })
        })?;
        self.known().hashes.insert(number, hash);
        Ok(hash)
    }
}

fn account_read(address: Address, answer: &Bound<'_, PyAny>) -> PyResult<Option<AccountRead>> {
    if answer.is_none() {
        return Ok(None);
    }
    let wrong = || {
        usage_error(format!(
            "account({address}) of the forked state: (balance, nonce, code) or None was expected, {} was returned",
            shown(answer)
        ))
    };
    let (balance, nonce, code) = answer
        .extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>)>()
        .map_err(|_| wrong())?;
    let code = bytes(&code).ok().flatten().ok_or_else(wrong)?;
    let read = AccountRead {
        balance: number::word_argument("the balance of the forked state", &balance)?,
        nonce: number::small_argument("the nonce of the forked state", &nonce)?,
        code: Bytecode::new_raw_checked(code.into_owned().into()).map_err(|error| {
            usage_error(format!("account({address}) of the forked state: {error}"))
        })?,
    };
    // A node does not tell an empty account from none (EIP-161).
    let exists = !read.balance.is_zero() || read.nonce > 0 || !read.code.is_empty();
    Ok(exists.then_some(read))
}
