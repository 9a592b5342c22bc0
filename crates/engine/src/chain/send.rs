//! From what a caller asks for to a transaction.

use std::sync::Arc;

use alloy_consensus::{TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use revm::primitives::{Address, B256, Bytes, TxKind, U256};

use super::{Chain, error::ChainError};
use crate::{
    block::Accepted,
    executor::Rules,
    hardfork::{GAS_PER_BLOB, Hardfork},
    record::Record,
    transaction::{Body, Transaction},
};

/// The most gas that a transaction may have from Osaka on (EIP-7825).
pub(super) const GAS_CAP: u64 = 1 << 24;

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
    fn kind(&self, hardfork: Hardfork) -> u8 {
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
}

/// What is left to decide once the type is known.
struct Terms {
    kind: u8,
    nonce: u64,
    gas_limit: u64,
    max_fee: u128,
    priority_fee: u128,
    max_blob_fee: u128,
}

impl Chain {
    /// Send a transaction: signed if the chain holds the sender's key, else impersonated. Under automine it is mined at once.
    ///
    /// # Errors
    /// If its fields contradict each other, or no node would take it.
    pub fn send(&mut self, request: Request) -> Result<Arc<Accepted>, ChainError> {
        self.enter_pending()?;
        let terms = self.terms(&request)?;
        let (sender, record) = (request.sender, request.record);
        let body = self.body(request, &terms)?;
        let transaction = match self.keys.get(&sender) {
            Some(key) => Transaction::keyed(body, key.clone()),
            None => Transaction::impersonated(body, sender),
        };
        self.accept(transaction, record)
    }

    /// Send a signed transaction in its EIP-2718 encoding, blobs included, as a node takes it.
    ///
    /// # Errors
    /// If it is malformed, or no node would take it.
    pub fn send_raw(&mut self, raw: &[u8]) -> Result<Arc<Accepted>, ChainError> {
        let transaction = Transaction::decode(raw, false)?;
        transaction.check_sidecar(self.hardfork())?;
        self.accept(transaction, None)
    }

    fn terms(&mut self, request: &Request) -> Result<Terms, ChainError> {
        let hardfork = self.entered().hardfork;
        let kind = request.kind.unwrap_or_else(|| request.kind(hardfork));
        if kind > 4 {
            return Err(ChainError::Request(format!(
                "type {kind} is no transaction type: known are 0 to 4"
            )));
        }
        if let Some(field) = request.misfit(kind) {
            return Err(ChainError::Request(format!(
                "a transaction of type {kind} has no {field}"
            )));
        }
        let base_fee = if hardfork < Hardfork::London {
            self.settings.gas_price
        } else {
            self.entered().base_fee
        };
        let priority_fee = request.max_priority_fee.unwrap_or_default();
        let default_fee = match kind {
            0 | 1 if hardfork < Hardfork::London => u128::from(base_fee),
            _ => u128::from(base_fee)
                .saturating_mul(2)
                .saturating_add(priority_fee),
        };
        let blob_base_fee = self.entered().blob_base_fee;
        let mut terms = Terms {
            kind,
            nonce: 0,
            gas_limit: 0,
            max_fee: request.max_fee.or(request.gas_price).unwrap_or(default_fee),
            priority_fee,
            max_blob_fee: request
                .max_fee_per_blob_gas
                .unwrap_or_else(|| blob_base_fee.saturating_mul(2)),
        };
        let (nonce, balance) = match self.state.held(request.sender) {
            Some(account) => (account.nonce(), account.balance()),
            None => (
                self.state.nonce(request.sender)?,
                self.state.balance(request.sender)?,
            ),
        };
        terms.nonce = match request.nonce {
            Some(nonce) => nonce,
            None => nonce + self.pool.count(request.sender),
        };
        terms.gas_limit = match request.gas_limit {
            Some(limit) => limit,
            None => self.default_gas_limit(request, &terms, balance),
        };
        Ok(terms)
    }

    /// The most gas that the block, EIP-7825 and the sender's balance allow; so little that the transaction is refused for want
    /// of balance if the balance allows nothing at all.
    fn default_gas_limit(&self, request: &Request, terms: &Terms, balance: U256) -> u64 {
        let head = self.entered();
        let mut limit = head.gas_limit;
        if head.hardfork >= Hardfork::Osaka || !self.settings.automine {
            limit = limit.min(GAS_CAP);
        }
        if !self.settings.automine {
            // Several are to fit into a block.
            limit = limit.min(head.gas_limit / 2);
        }
        let blobs = request.blob_hashes.as_ref().map_or(0, Vec::len) as u64;
        let blob_cost = U256::from(terms.max_blob_fee)
            .saturating_mul(U256::from(blobs.saturating_mul(GAS_PER_BLOB)));
        let cost = request.value.saturating_add(blob_cost);
        let left = balance.saturating_sub(cost);
        if left >= U256::from(limit).saturating_mul(U256::from(terms.max_fee)) {
            return limit;
        }
        let Some(affordable) = left.checked_div(U256::from(terms.max_fee)) else {
            return limit;
        };
        u64::try_from(affordable)
            .unwrap_or(u64::MAX)
            .max(self.least_gas(request, terms.kind))
            .min(limit)
    }

    /// What a transaction costs before it executes.
    fn least_gas(&self, request: &Request, kind: u8) -> u64 {
        let env = revm::context::TxEnv {
            tx_type: kind,
            caller: request.sender,
            kind: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            data: request.data.clone(),
            access_list: request.access_list.clone().unwrap_or_default(),
            authorization_list: request
                .authorizations
                .iter()
                .flatten()
                .cloned()
                .map(revm::context_interface::either::Either::Left)
                .collect(),
            ..revm::context::TxEnv::default()
        };
        self.executor.intrinsic_gas(&env)
    }

    fn body(&self, request: Request, terms: &Terms) -> Result<Body, ChainError> {
        let Terms {
            nonce, gas_limit, ..
        } = *terms;
        let chain_id = self.chain_id();
        let Request { value, .. } = request;
        let input = request.data;
        let to = request.to.map_or(TxKind::Create, TxKind::Call);
        let access_list = request.access_list.unwrap_or_default();
        let destination = || {
            request.to.ok_or_else(|| {
                ChainError::Request(format!(
                    "a transaction of type {} cannot create a contract: give `to`",
                    terms.kind
                ))
            })
        };
        Ok(match terms.kind {
            0 => TxLegacy {
                chain_id: (self.entered().hardfork >= Hardfork::SpuriousDragon).then_some(chain_id),
                nonce,
                gas_price: terms.max_fee,
                gas_limit,
                to,
                value,
                input,
            }
            .into(),
            1 => TxEip2930 {
                chain_id,
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
                chain_id,
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
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: terms.max_fee,
                max_priority_fee_per_gas: terms.priority_fee,
                to: destination()?,
                value,
                access_list,
                blob_versioned_hashes: request.blob_hashes.unwrap_or_default(),
                max_fee_per_blob_gas: terms.max_blob_fee,
                input,
            }
            .into(),
            _ => TxEip7702 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: terms.max_fee,
                max_priority_fee_per_gas: terms.priority_fee,
                to: destination()?,
                value,
                access_list,
                authorization_list: request.authorizations.unwrap_or_default(),
                input,
            }
            .into(),
        })
    }

    fn accept(
        &mut self,
        transaction: Transaction,
        record: Option<Record>,
    ) -> Result<Arc<Accepted>, ChainError> {
        if self.settings.automine && self.pool.is_empty() {
            return self.mine_at_once(transaction, record);
        }
        self.admit(transaction, record)
    }
}

/// What is checked of a transaction before it runs.
pub(super) const fn rules(transaction: &Transaction) -> Rules {
    if transaction.is_impersonated() {
        Rules::Impersonated
    } else {
        Rules::Signed
    }
}
