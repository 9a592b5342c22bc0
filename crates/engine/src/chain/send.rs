//! From what a caller asks for to a transaction.

use std::sync::Arc;

use revm::primitives::{TxKind, U256};

use super::{Chain, Request, error::ChainError, request::Terms};
use crate::{
    block::Accepted,
    executor::Rules,
    hardfork::{GAS_PER_BLOB, Hardfork},
    record::Record,
    transaction::Transaction,
};

/// The most gas that a transaction may have from Osaka on (EIP-7825).
pub(super) const GAS_CAP: u64 = 1 << 24;

impl Chain {
    /// Send a transaction: signed if the chain holds the sender's key, else impersonated. Under automine it is mined at once.
    ///
    /// # Errors
    /// If its fields contradict each other, or no node would take it.
    pub fn send(&mut self, request: Request) -> Result<Arc<Accepted>, ChainError> {
        let record = request.record;
        let transaction = self.prepare(request)?;
        self.accept(transaction, record)
    }

    /// The transaction that [`Self::send`] would send, which has not been checked yet.
    ///
    /// # Errors
    /// If its fields contradict each other.
    pub fn prepare(&mut self, request: Request) -> Result<Transaction, ChainError> {
        self.enter_pending()?;
        let terms = self.terms(&request)?;
        let sender = request.sender;
        let chain_id =
            (self.entered().hardfork >= Hardfork::SpuriousDragon).then_some(self.chain_id());
        let body = request.into_body(&terms, chain_id)?;
        Ok(match self.keys.get(&sender) {
            Some(key) => Transaction::keyed(body, key.clone()),
            None => Transaction::impersonated(body, sender),
        })
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

    /// Send a transaction that waited before, or (`is_new`) one that nobody sent yet, as it is: also what nobody signed, and with
    /// its blobs.
    ///
    /// # Errors
    /// If no node would take it, or would not take it any more.
    pub fn resend(
        &mut self,
        transaction: Transaction,
        is_new: bool,
    ) -> Result<Arc<Accepted>, ChainError> {
        if is_new {
            transaction.check_sidecar(self.hardfork())?;
        }
        self.accept(transaction, None)
    }

    fn terms(&mut self, request: &Request) -> Result<Terms, ChainError> {
        let hardfork = self.entered().hardfork;
        let kind = request.kind.unwrap_or_else(|| request.kind(hardfork));
        request.check_fields(kind)?;
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

    fn accept(
        &mut self,
        mut transaction: Transaction,
        record: Option<Record>,
    ) -> Result<Arc<Accepted>, ChainError> {
        let is_alone = self.settings.automine && self.pool.is_empty();
        if is_alone && !self.may_be_left_out(&transaction)? {
            transaction.drop_blobs();
            return self.mine_at_once(transaction, record);
        }
        self.admit(transaction, record)
    }
}

/// What is checked of a transaction before it runs.
pub(super) const fn rules(transaction: &Transaction) -> Rules {
    match transaction.simulated() {
        Some(true) => Rules::Simulated,
        Some(false) => Rules::Unvalidated,
        None if transaction.is_impersonated() => Rules::Impersonated,
        None => Rules::Signed,
    }
}
