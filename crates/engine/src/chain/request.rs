//! What a caller asks a transaction to say, and what it says then.

use alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use revm::primitives::{Address, B256, Bytes, TxKind, U256};

use super::error::ChainError;
use crate::{hardfork::Hardfork, record::Record, transaction::Body};

/// The greatest chain id whose `v` of EIP-155 has 64 bits. Source: EIP-2294.
const MAX_CHAIN_ID: u64 = u64::MAX / 2 - 36;

/// What a transaction of a known sender is to say; the rest follows from the chain.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Who sends.
    pub sender: Address,
    /// To whom; `None` creates a contract.
    pub to: Option<Address>,
    /// Calldata, or initcode.
    pub data: Bytes,
    /// Wei.
    pub value: U256,
    /// By default the most that the block, EIP-7825 and the sender's balance allow.
    pub gas_limit: Option<u64>,
    /// By default the sender's next.
    pub nonce: Option<u64>,
    /// By default 2 (0 before London), or what the other fields ask for.
    pub kind: Option<u8>,
    /// Wei per gas, types 0 and 1.
    pub gas_price: Option<u128>,
    /// Wei per gas at most, from type 2 on; by default twice the base fee and the priority fee.
    pub max_fee: Option<u128>,
    /// Wei per gas for the coinbase, from type 2 on; 0 by default.
    pub max_priority_fee: Option<u128>,
    /// From type 1 on.
    pub access_list: Option<AccessList>,
    /// Type 4.
    pub authorizations: Option<Vec<SignedAuthorization>>,
    /// Type 3.
    pub blob_hashes: Option<Vec<B256>>,
    /// Wei per blob gas at most, type 3; by default twice the price.
    pub max_fee_per_blob_gas: Option<u128>,
    /// By default what the chain records.
    pub record: Option<Record>,
}

impl Request {
    /// The type that the fields ask for.
    pub(super) fn kind(&self, hardfork: Hardfork) -> u8 {
        let has_new_fees = self.max_fee.is_some() || self.max_priority_fee.is_some();
        match () {
            () if self.authorizations.is_some() => 4,
            () if self.blob_hashes.is_some() || self.max_fee_per_blob_gas.is_some() => 3,
            () if has_new_fees => 2,
            () if self.gas_price.is_some() || hardfork < Hardfork::London => {
                u8::from(self.access_list.is_some())
            }
            () => 2,
        }
    }

    /// The first field that a transaction of type `kind` does not have.
    fn misfit(&self, kind: u8) -> Option<&'static str> {
        let fields = [
            ("gas_price", self.gas_price.is_some(), kind <= 1),
            ("max_fee", self.max_fee.is_some(), kind >= 2),
            (
                "max_priority_fee",
                self.max_priority_fee.is_some(),
                kind >= 2,
            ),
            ("access_list", self.access_list.is_some(), kind >= 1),
            ("authorizations", self.authorizations.is_some(), kind == 4),
            ("blob_hashes", self.blob_hashes.is_some(), kind == 3),
            (
                "max_fee_per_blob_gas",
                self.max_fee_per_blob_gas.is_some(),
                kind == 3,
            ),
        ];
        let mut misfits = fields.iter().filter(|(_, given, fits)| *given && !fits);
        misfits.next().map(|(name, ..)| *name)
    }

    /// Refuse what a transaction of type `kind` does not have.
    pub(super) fn check_fields(&self, kind: u8) -> Result<(), ChainError> {
        if kind > 4 {
            return refuse(format!(
                "type {kind} is no transaction type: known are 0 to 4"
            ));
        }
        match self.misfit(kind) {
            Some(field) => refuse(format!("a transaction of type {kind} has no {field}")),
            None => Ok(()),
        }
    }

    /// The first field that a transaction of type `kind` cannot do without and that is not given.
    fn missing(&self, kind: u8) -> Option<&'static str> {
        let has_authorizations = self
            .authorizations
            .as_ref()
            .is_some_and(|all| !all.is_empty());
        let has_blobs = self.blob_hashes.as_ref().is_some_and(|all| !all.is_empty());
        let fields = [
            ("nonce", self.nonce.is_some(), true),
            ("gas_limit", self.gas_limit.is_some(), true),
            ("gas_price", self.gas_price.is_some(), kind <= 1),
            ("max_fee", self.max_fee.is_some(), kind >= 2),
            (
                "max_priority_fee",
                self.max_priority_fee.is_some(),
                kind >= 2,
            ),
            ("authorizations", has_authorizations, kind == 4),
            ("blob_hashes", has_blobs, kind == 3),
            (
                "max_fee_per_blob_gas",
                self.max_fee_per_blob_gas.is_some(),
                kind == 3,
            ),
        ];
        let mut missing = fields.iter().filter(|(_, given, needed)| *needed && !given);
        missing.next().map(|(name, ..)| *name)
    }

    /// What a transaction says whose fields are all given: no chain is asked for any of them.
    ///
    /// # Errors
    /// If a field is missing, or one is given that its type does not have, or the chain id cannot be.
    pub fn complete(self, chain_id: u64) -> Result<Body, ChainError> {
        let kind = self.kind.unwrap_or_else(|| self.kind(Hardfork::default()));
        self.check_fields(kind)?;
        if let Some(field) = self.missing(kind) {
            return refuse(format!("a transaction of type {kind} needs {field}"));
        }
        if !(1..=MAX_CHAIN_ID).contains(&chain_id) {
            return refuse(format!(
                "chain_id: {chain_id} is none: chain ids are 1 to {MAX_CHAIN_ID} (EIP-2294)"
            ));
        }
        let terms = Terms {
            kind,
            nonce: self.nonce.unwrap_or_default(),
            gas_limit: self.gas_limit.unwrap_or_default(),
            max_fee: self.max_fee.or(self.gas_price).unwrap_or_default(),
            priority_fee: self.max_priority_fee.unwrap_or_default(),
            max_blob_fee: self.max_fee_per_blob_gas.unwrap_or_default(),
        };
        self.into_body(&terms, Some(chain_id))
    }

    /// `chain_id`: none for a legacy transaction before EIP-155.
    pub(super) fn into_body(
        self,
        terms: &Terms,
        chain_id: Option<u64>,
    ) -> Result<Body, ChainError> {
        let Terms {
            nonce, gas_limit, ..
        } = *terms;
        let value = self.value;
        let input = self.data;
        let typed_id = chain_id.unwrap_or_default();
        let to = self.to.map_or(TxKind::Create, TxKind::Call);
        let access_list = self.access_list.unwrap_or_default();
        let destination = || {
            self.to.ok_or_else(|| {
                ChainError::Request(format!(
                    "a transaction of type {} cannot create a contract: give `to`",
                    terms.kind
                ))
            })
        };
        Ok(match terms.kind {
            0 => TxLegacy {
                chain_id,
                nonce,
                gas_price: terms.max_fee,
                gas_limit,
                to,
                value,
                input,
            }
            .into(),
            1 => TxEip2930 {
                chain_id: typed_id,
                nonce,
                gas_price: terms.max_fee,
                gas_limit,
                to,
                value,
                access_list,
                input,
            }
            .into(),
            2 => TxEip1559 {
                chain_id: typed_id,
                nonce,
                gas_limit,
                max_fee_per_gas: terms.max_fee,
                max_priority_fee_per_gas: terms.priority_fee,
                to,
                value,
                access_list,
                input,
            }
            .into(),
            3 => TxEip4844 {
                chain_id: typed_id,
                nonce,
                gas_limit,
                max_fee_per_gas: terms.max_fee,
                max_priority_fee_per_gas: terms.priority_fee,
                to: destination()?,
                value,
                access_list,
                blob_versioned_hashes: self.blob_hashes.unwrap_or_default(),
                max_fee_per_blob_gas: terms.max_blob_fee,
                input,
            }
            .into(),
            _ => TxEip7702 {
                chain_id: typed_id,
                nonce,
                gas_limit,
                max_fee_per_gas: terms.max_fee,
                max_priority_fee_per_gas: terms.priority_fee,
                to: destination()?,
                value,
                access_list,
                authorization_list: self.authorizations.unwrap_or_default(),
                input,
            }
            .into(),
        })
    }
}

fn refuse<T>(problem: String) -> Result<T, ChainError> {
    Err(ChainError::Request(problem))
}

/// What is left to decide once the type is known.
pub(super) struct Terms {
    pub(super) kind: u8,
    pub(super) nonce: u64,
    pub(super) gas_limit: u64,
    pub(super) max_fee: u128,
    pub(super) priority_fee: u128,
    pub(super) max_blob_fee: u128,
}
