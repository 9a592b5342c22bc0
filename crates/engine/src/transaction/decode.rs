//! From bytes to a transaction with its sender.

use std::sync::OnceLock;

use alloy_consensus::{
    EthereumTxEnvelope, EthereumTypedTransaction, SignableTransaction, TxEip4844, TxEip4844Variant,
};
use alloy_eips::eip2718::{Decodable2718, Eip2718Error};
use alloy_primitives::Signature;
use revm::primitives::{Address, B256, U256};

use super::{Blobs, Body, Origin, Seal, Sidecar, Transaction};
use crate::key::{self, KeyError, Signed};

type Envelope = EthereumTxEnvelope<TxEip4844Variant<Sidecar>>;

/// Why bytes are no transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No byte at all.
    #[error("the raw transaction is empty")]
    Empty,
    /// The first byte is that of no known type, and not that of a list.
    #[error(
        "unknown transaction type {0}: known are 1 to 4, and legacy transactions, which begin with a byte from 0xc0 on"
    )]
    UnknownType(u8),
    /// Not the RLP of a transaction of this type.
    #[error("malformed transaction of type {kind}: {problem}")]
    Malformed {
        /// The type, 0 to 4.
        kind: u8,
        /// What the decoder says.
        problem: String,
    },
    /// Nobody can have signed it.
    #[error("invalid signature of the transaction: {0}")]
    Signature(KeyError),
}

impl Transaction {
    /// Decode an EIP-2718 encoding, with or without blobs, and recover its sender.
    ///
    /// `allows_high_s`: accept what was valid before Homestead.
    ///
    /// # Errors
    /// If the bytes are anything else, or the signature is invalid.
    pub fn decode(raw: &[u8], allows_high_s: bool) -> Result<Self, DecodeError> {
        let first = *raw.first().ok_or(DecodeError::Empty)?;
        let kind = match first {
            1..=4 => first,
            0xc0.. => 0,
            _ => return Err(DecodeError::UnknownType(first)),
        };
        let envelope = Envelope::decode_2718_exact(raw).map_err(|error| malformed(kind, &error))?;
        Self::recover(envelope, allows_high_s)
    }

    /// A transaction that another program took for `sender`'s, whatever its signature says, and calls by this hash.
    ///
    /// # Errors
    /// If the bytes are no transaction.
    pub fn decode_of(raw: &[u8], sender: Address, hash: B256) -> Result<Self, DecodeError> {
        let envelope = Envelope::decode_2718_exact(raw)
            .map_err(|error| malformed(raw.first().map_or(0, |first| first % 0xc0), &error))?;
        let signature = *envelope.signature();
        let (body, _) = split(envelope);
        let mut transaction = Self::new(sender, body, Origin::Impersonated);
        transaction.seal = OnceLock::from(Box::new(Seal { signature, hash }));
        Ok(transaction)
    }

    /// A transaction of a block, its sender recovered.
    ///
    /// # Errors
    /// If the signature is invalid.
    pub(crate) fn of_block(
        envelope: EthereumTxEnvelope<TxEip4844>,
        allows_high_s: bool,
    ) -> Result<Self, DecodeError> {
        Self::recover(envelope.into(), allows_high_s)
    }

    fn recover(envelope: Envelope, allows_high_s: bool) -> Result<Self, DecodeError> {
        let hash = *envelope.tx_hash();
        let signature = *envelope.signature();
        let (body, sidecar) = split(envelope);
        let recover = if allows_high_s {
            key::recover_any_s
        } else {
            key::recover
        };
        let sender = recover(&body.signature_hash(), &parts(&signature));
        let mut transaction = Self::new(
            sender.map_err(DecodeError::Signature)?,
            body,
            Origin::Signed(Box::new(signature)),
        );
        transaction.seal = OnceLock::from(Box::new(Seal { signature, hash }));
        transaction.blobs = sidecar.map(Blobs::new);
        Ok(transaction)
    }
}

fn malformed(kind: u8, error: &Eip2718Error) -> DecodeError {
    DecodeError::Malformed {
        kind,
        problem: error.to_string(),
    }
}

/// What a block holds of a transaction, and its blobs.
fn split(envelope: Envelope) -> (Body, Option<Sidecar>) {
    let (body, sidecar) = EthereumTypedTransaction::from(envelope).strip_eip4844_sidecar();
    (body.into(), sidecar)
}

fn parts(signature: &Signature) -> Signed {
    Signed {
        y_parity: signature.v(),
        r: word(signature.r()),
        s: word(signature.s()),
    }
}

fn word(value: U256) -> B256 {
    B256::from(value)
}
