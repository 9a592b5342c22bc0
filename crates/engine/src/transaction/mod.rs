//! Transactions of the five types: signed when somebody looks, encoded, decoded, recovered.
//!
//! A transaction of an account whose key is held is signed with it; one that came signed keeps its signature. An
//! impersonated sender has no key: its transaction is encoded with the signature y-parity 0, r = the sender's address
//! as an integer, s = 0, which nobody can have made, and its hash is that of this encoding.

mod blobs;
mod decode;
mod key;
mod kzg;

use std::sync::{Arc, OnceLock};

use alloy_consensus::{
    EthereumTypedTransaction, SignableTransaction, Transaction as _, TxEip4844, Typed2718,
    transaction::RlpEcdsaEncodableTx,
};
use alloy_primitives::Signature;
use revm::{
    context::TxEnv,
    context_interface::either::Either,
    primitives::{Address, B256, Bytes, U256, keccak256},
};

use blobs::Blobs;

pub use blobs::{Sidecar, SidecarError};
pub use decode::DecodeError;
pub use key::PrivateKey;

/// What a transaction says, without its signature.
pub type Body = EthereumTypedTransaction<TxEip4844>;

/// A transaction and who sends it.
#[derive(Clone, Debug)]
pub struct Transaction {
    sender: Address,
    body: Body,
    origin: Origin,
    seal: OnceLock<Box<Seal>>,
    blobs: Option<Arc<Blobs>>,
}

/// Where the signature comes from.
#[derive(Clone, Debug)]
enum Origin {
    Signed(Box<Signature>),
    Key(Arc<PrivateKey>),
    Impersonated,
    /// None: the signature is zero. Whether it is checked as others are.
    Nobody(bool),
}

#[derive(Clone, Copy, Debug)]
struct Seal {
    signature: Signature,
    hash: B256,
}

impl Transaction {
    /// A transaction that is signed with `key` when its signature, hash or encoding is asked for.
    #[must_use]
    pub fn keyed(body: Body, key: Arc<PrivateKey>) -> Self {
        Self::new(key.address(), body, Origin::Key(key))
    }

    /// A transaction that is signed with `key` now, and does not keep it.
    #[must_use]
    pub fn signed(body: Body, key: &PrivateKey) -> Self {
        let signature = key.sign(&body.signature_hash());
        Self::new(key.address(), body, Origin::Signed(Box::new(signature)))
    }

    /// A transaction of a sender whose key nobody holds.
    #[must_use]
    pub fn impersonated(body: Body, sender: Address) -> Self {
        Self::new(sender, body, Origin::Impersonated)
    }

    /// A transaction that nobody signed, of a simulation: its signature is zero. checked: whether its nonce and its fees are.
    #[must_use]
    pub fn unsigned(body: Body, sender: Address, checked: bool) -> Self {
        Self::new(sender, body, Origin::Nobody(checked))
    }

    const fn new(sender: Address, body: Body, origin: Origin) -> Self {
        Self {
            sender,
            body,
            origin,
            seal: OnceLock::new(),
            blobs: None,
        }
    }

    /// Who sends it.
    #[must_use]
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// What it says.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Its type: 0 legacy, 1 EIP-2930, 2 EIP-1559, 3 EIP-4844, 4 EIP-7702.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.body.ty()
    }

    /// Whether the sender's key is not known to anybody here.
    #[must_use]
    pub const fn is_impersonated(&self) -> bool {
        matches!(self.origin, Origin::Impersonated)
    }

    /// Of a simulation, whether its nonce and its fees are checked; `None` for every other.
    #[must_use]
    pub const fn simulated(&self) -> Option<bool> {
        match self.origin {
            Origin::Nobody(checked) => Some(checked),
            _ => None,
        }
    }

    /// Keccak-256 of its encoding.
    #[must_use]
    pub fn hash(&self) -> B256 {
        self.seal().hash
    }

    /// Its hash, if somebody asked for it before.
    #[must_use]
    pub fn known_hash(&self) -> Option<B256> {
        self.seal.get().map(|seal| seal.hash)
    }

    /// Its signature, made now if it was not asked for before.
    #[must_use]
    pub fn signature(&self) -> Signature {
        self.seal().signature
    }

    fn seal(&self) -> &Seal {
        self.seal.get_or_init(|| {
            let signature = match &self.origin {
                Origin::Signed(signature) => **signature,
                Origin::Key(key) => key.sign(&self.body.signature_hash()),
                Origin::Impersonated => impersonation(self.sender),
                Origin::Nobody(_) => Signature::new(U256::ZERO, U256::ZERO, false),
            };
            let hash = self
                .unsigned_legacy()
                .map_or_else(|| self.body.tx_hash(&signature), |raw| keccak256(&raw));
            Box::new(Seal { signature, hash })
        })
    }

    /// Its EIP-2718 encoding, as it stands in a block: without blobs.
    #[must_use]
    pub fn raw(&self) -> Bytes {
        if let Some(raw) = self.unsigned_legacy() {
            return raw;
        }
        let mut raw = Vec::new();
        self.body.eip2718_encode(&self.signature(), &mut raw);
        raw.into()
    }

    /// The encoding of a legacy transaction that nobody signed: its `v` is zero, which no signature's is.
    fn unsigned_legacy(&self) -> Option<Bytes> {
        let (Origin::Nobody(_), Body::Legacy(body)) = (&self.origin, &self.body) else {
            return None;
        };
        let payload_length = body.rlp_encoded_fields_length() + 3;
        let list = alloy_rlp::Header {
            list: true,
            payload_length,
        };
        let mut raw = Vec::with_capacity(payload_length + list.length());
        list.encode(&mut raw);
        body.rlp_encode_fields(&mut raw);
        raw.extend([alloy_rlp::EMPTY_STRING_CODE; 3]);
        Some(raw.into())
    }

    /// Wei per gas that it pays in a block with this base fee.
    #[must_use]
    pub fn effective_gas_price(&self, base_fee: u64) -> u128 {
        self.body.effective_gas_price(Some(base_fee))
    }

    /// The most that it can cost its sender: gas, blobs and value. `None` beyond 256 bits.
    #[must_use]
    pub fn max_cost(&self) -> Option<U256> {
        let body = &self.body;
        let gas = U256::from(body.gas_limit()).checked_mul(U256::from(body.max_fee_per_gas()))?;
        let blob_gas = U256::from(body.blob_gas_used().unwrap_or_default());
        let blobs =
            blob_gas.checked_mul(U256::from(body.max_fee_per_blob_gas().unwrap_or_default()))?;
        gas.checked_add(blobs)?.checked_add(body.value())
    }

    /// The transaction as the EVM takes it.
    #[must_use]
    pub fn env(&self) -> TxEnv {
        let body = &self.body;
        let authorizations = body.authorization_list().unwrap_or_default();
        TxEnv {
            tx_type: body.ty(),
            caller: self.sender,
            gas_limit: body.gas_limit(),
            gas_price: body.max_fee_per_gas(),
            kind: body.kind(),
            value: body.value(),
            data: body.input().clone(),
            nonce: body.nonce(),
            chain_id: body.chain_id(),
            access_list: body.access_list().cloned().unwrap_or_default(),
            gas_priority_fee: body.max_priority_fee_per_gas(),
            blob_hashes: body.blob_versioned_hashes().unwrap_or_default().to_vec(),
            max_fee_per_blob_gas: body.max_fee_per_blob_gas().unwrap_or_default(),
            authorization_list: authorizations.iter().cloned().map(Either::Left).collect(),
        }
    }
}

/// The signature that stands for one that the sender did not make.
fn impersonation(sender: Address) -> Signature {
    Signature::new(U256::from_be_slice(sender.as_slice()), U256::ZERO, false)
}

#[cfg(test)]
mod tests;
