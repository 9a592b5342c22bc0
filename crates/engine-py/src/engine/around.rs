//! The state at any moment, proofs, and chains that began elsewhere.

use super::{Any, Engine};
use crate::address::{self, AddressArg};
use crate::crypto;
use crate::errors::usage_error;
use crate::locked::Locked;
use crate::number::{self, optional_small, word_argument};
use crate::transaction::Transaction;
use crate::value::Data;
use ingot_engine::chain::{Chain, Genesis, Moment};
use ingot_engine::trie::{AccountProof, StorageProof};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use revm::primitives::{Bytes, U256};
use std::sync::Arc;

/// When: at a block, or around a transaction; now if neither is given.
enum When<'a, 'py> {
    Now,
    Block(u64),
    Before(&'a Bound<'py, Transaction>),
    After(&'a Bound<'py, Transaction>),
}

impl<'a, 'py> When<'a, 'py> {
    fn new(
        block: Option<&Any<'py>>,
        before: Option<&'a Bound<'py, Transaction>>,
        after: Option<&'a Bound<'py, Transaction>>,
    ) -> PyResult<Self> {
        let block = optional_small("block", block)?;
        match (block, before, after) {
            (None, None, None) => Ok(Self::Now),
            (Some(number), None, None) => Ok(Self::Block(number)),
            (None, Some(transaction), None) => Ok(Self::Before(transaction)),
            (None, None, Some(transaction)) => Ok(Self::After(transaction)),
            _ => Err(usage_error("give block, before or after, not two of them")),
        }
    }

    fn moment(&self) -> Moment<'_> {
        match self {
            Self::Now => Moment::Now,
            Self::Block(number) => Moment::Block(*number),
            Self::Before(transaction) => Moment::Before(&transaction.get().accepted),
            Self::After(transaction) => Moment::After(&transaction.get().accepted),
        }
    }
}

type View<'py> = (Any<'py>, u64, Bound<'py, PyBytes>, Vec<Any<'py>>);
type Slot<'py> = (Any<'py>, Any<'py>, Vec<Bound<'py, PyBytes>>);

fn node_list<'py>(py: Python<'py>, nodes: &[Bytes]) -> Vec<Bound<'py, PyBytes>> {
    nodes.iter().map(|node| PyBytes::new(py, node)).collect()
}

fn slot_proof<'py>(py: Python<'py>, proof: &StorageProof) -> PyResult<Slot<'py>> {
    let slot = number::unsigned(py, proof.slot)?;
    let value = number::unsigned(py, proof.value)?;
    Ok((slot, value, node_list(py, &proof.nodes)))
}

fn proof_dict<'py>(py: Python<'py>, proof: &AccountProof) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    let slots: PyResult<Vec<_>> = proof
        .storage
        .iter()
        .map(|slot| slot_proof(py, slot))
        .collect();
    shown.set_item("balance", number::unsigned(py, proof.balance)?)?;
    shown.set_item("nonce", proof.nonce)?;
    shown.set_item("code_hash", PyBytes::new(py, proof.code_hash.as_slice()))?;
    shown.set_item(
        "storage_root",
        PyBytes::new(py, proof.storage_root.as_slice()),
    )?;
    shown.set_item("nodes", node_list(py, &proof.nodes))?;
    shown.set_item("slots", slots?)?;
    Ok(shown)
}

#[pymethods]
impl Engine {
    #[staticmethod]
    fn from_genesis(json: &str) -> PyResult<Self> {
        let genesis = Genesis::from_json(json).map_err(|error| usage_error(error.to_string()))?;
        let chain = Chain::new(genesis).map_err(|error| usage_error(error.to_string()))?;
        Ok(Self {
            chain: Arc::new(Locked::new(chain)),
        })
    }

    fn import_blocks(&self, py: Python<'_>, rlp: Data) -> PyResult<u64> {
        self.long(py, |chain| chain.import(&rlp.0))
    }

    fn impersonate_signature(
        &self,
        py: Python<'_>,
        signature: Data,
        signer: AddressArg,
    ) -> PyResult<()> {
        let signature = <[u8; 65]>::try_from(&signature.0[..])
            .map_err(|_| usage_error("a signature has 65 bytes: r, s, v"))?;
        self.chain
            .with(py, |chain| chain.impersonate_signature(signature, signer.0))
    }

    fn drop_transaction(&self, py: Python<'_>, hash: Data) -> PyResult<bool> {
        let hash = crypto::word(&hash.0, "a transaction hash")?;
        self.quick(py, |chain| Ok(chain.drop_pending(hash)))
    }

    #[pyo3(signature = (address, slots=Vec::new(), block=None), text_signature = "($self, address, slots=(), block=None)")]
    fn proof<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        slots: Vec<Any<'py>>,
        block: Option<&Any<'py>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let block = optional_small("block", block)?;
        let slots: PyResult<Vec<_>> = slots
            .iter()
            .map(|slot| word_argument("slot", slot))
            .collect();
        let slots = slots?;
        let proof = self.long(py, |chain| chain.proof(address.0, &slots, block))?;
        proof_dict(py, &proof)
    }

    fn intermediate_roots<'py>(
        &self,
        py: Python<'py>,
        block: u64,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let roots = self.long(py, |chain| chain.intermediate_roots(block))?;
        Ok(roots
            .iter()
            .map(|root| PyBytes::new(py, root.as_slice()))
            .collect())
    }

    #[pyo3(signature = (wanted, *, block=None, before=None, after=None))]
    fn views<'py>(
        &self,
        py: Python<'py>,
        wanted: Vec<(AddressArg, Vec<Any<'py>>)>,
        block: Option<&Any<'py>>,
        before: Option<&Bound<'py, Transaction>>,
        after: Option<&Bound<'py, Transaction>>,
    ) -> PyResult<Vec<View<'py>>> {
        let when = When::new(block, before, after)?;
        let mut reads = Vec::with_capacity(wanted.len());
        for (address, slots) in wanted {
            let slots: PyResult<Vec<U256>> = slots
                .iter()
                .map(|slot| word_argument("slot", slot))
                .collect();
            reads.push((address.0, slots?));
        }
        let views = self.quick(py, |chain| chain.views(when.moment(), &reads))?;
        let shown = views.into_iter().map(|view| {
            let words: PyResult<_> = view
                .words
                .iter()
                .map(|word| number::unsigned(py, *word))
                .collect();
            let code = PyBytes::new(py, view.code.original_byte_slice());
            Ok((
                number::unsigned(py, view.balance)?,
                view.nonce,
                code,
                words?,
            ))
        });
        shown.collect()
    }

    #[pyo3(signature = (*, block=None, before=None, after=None))]
    fn addresses<'py>(
        &self,
        py: Python<'py>,
        block: Option<&Any<'py>>,
        before: Option<&Bound<'py, Transaction>>,
        after: Option<&Bound<'py, Transaction>>,
    ) -> PyResult<Vec<Any<'py>>> {
        let when = When::new(block, before, after)?;
        let found = self.quick(py, |chain| chain.addresses(when.moment()))?;
        found
            .into_iter()
            .map(|found| address::to_python(py, found))
            .collect()
    }

    #[pyo3(signature = (address, *, block=None, before=None, after=None))]
    fn slots<'py>(
        &self,
        py: Python<'py>,
        address: AddressArg,
        block: Option<&Any<'py>>,
        before: Option<&Bound<'py, Transaction>>,
        after: Option<&Bound<'py, Transaction>>,
    ) -> PyResult<Vec<(Any<'py>, Any<'py>)>> {
        let when = When::new(block, before, after)?;
        let found = self.quick(py, |chain| chain.slots(when.moment(), address.0))?;
        let shown = found.into_iter();
        shown
            .map(|(slot, word)| Ok((number::unsigned(py, slot)?, number::unsigned(py, word)?)))
            .collect()
    }
}
