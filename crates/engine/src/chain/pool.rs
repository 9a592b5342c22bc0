//! Transactions that wait to be mined, in the order in which they came.

use std::sync::Arc;

use alloy_consensus::Transaction as _;
use revm::primitives::{Address, U256};

use super::{Chain, error::ChainError, send::rules};
use crate::{
    block::Accepted, executor, invalid::InvalidTransaction, record::Record,
    transaction::Transaction,
};

/// What waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub(super) waiting: Vec<Pooled>,
}

#[derive(Clone, Debug)]
pub(super) struct Pooled {
    pub(super) accepted: Arc<Accepted>,
    pub(super) record: Option<Record>,
}

impl Pool {
    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Accepted>> {
        self.waiting.iter().map(|pooled| &pooled.accepted)
    }

    fn of(&self, sender: Address) -> impl Iterator<Item = &Transaction> {
        self.iter()
            .map(|accepted| &accepted.transaction)
            .filter(move |transaction| transaction.sender() == sender)
    }

    /// How many wait of `sender`.
    pub(super) fn count(&self, sender: Address) -> u64 {
        self.of(sender).count() as u64
    }

    /// The same transactions, of which nothing is known here that becomes of the copies.
    pub(super) fn copied(&self) -> Self {
        let copy = |pooled: &Pooled| Pooled {
            accepted: Arc::new(Accepted::pending(pooled.accepted.transaction.clone())),
            ..pooled.clone()
        };
        Self {
            waiting: self.waiting.iter().map(copy).collect(),
        }
    }

    /// The same after a revert: what was mined or dropped meanwhile waits anew, and what Python holds of it keeps its end.
    pub(super) fn renewed(mut self) -> Self {
        for pooled in &mut self.waiting {
            if !pooled.accepted.is_pending() {
                let transaction = pooled.accepted.transaction.clone();
                pooled.accepted = Arc::new(Accepted::pending(transaction));
            }
        }
        self
    }
}

impl Chain {
    /// The transactions that wait, in order.
    #[must_use]
    pub fn pending_transactions(&self) -> Vec<Arc<Accepted>> {
        self.pool.iter().cloned().collect()
    }

    /// Whether the pool takes only what its sender can pay with all that waits of it.
    #[must_use]
    pub const fn pool_checks_funds(&self) -> bool {
        self.pool_checks_funds
    }

    /// Let the pool take what nobody can pay, or not. A block leaves it out all the same, and then it is gone.
    pub const fn set_pool_checks_funds(&mut self, on: bool) {
        self.pool_checks_funds = on;
    }

    /// The most transactions of a block that is mined here; `None` for as many as fit.
    #[must_use]
    pub const fn max_transactions(&self) -> Option<u64> {
        self.max_transactions
    }

    /// Set the most transactions of the next blocks.
    pub const fn set_max_transactions(&mut self, most: Option<u64>) {
        self.max_transactions = most;
    }

    /// Whether nobody is told of it here if a block leaves a transaction out: the pool does not look who can pay it.
    pub(super) fn may_be_left_out(&self, transaction: &Transaction) -> Result<bool, ChainError> {
        if self.pool_checks_funds {
            return Ok(false);
        }
        match self.check_funds(transaction) {
            Err(ChainError::Execution(executor::Error::Invalid(_))) => Ok(true),
            other => other.map(|()| false),
        }
    }

    /// Take a transaction into the pool, as a node does; under automine the pool is mined.
    pub(super) fn admit(
        &mut self,
        transaction: Transaction,
        record: Option<Record>,
    ) -> Result<Arc<Accepted>, ChainError> {
        self.enter_pending()?;
        self.executor
            .check(transaction.env(), rules(&transaction))?;
        self.check_nonce(&transaction)?;
        self.check_account(&transaction)?;
        let accepted = Arc::new(Accepted::pending(transaction));
        self.pool.waiting.push(Pooled {
            accepted: accepted.clone(),
            record,
        });
        if self.settings.automine {
            self.mine_block()?;
            if let Some(reason) = accepted.dropped()
                && self.pool_checks_funds
            {
                return Err(reason.clone().into());
            }
        }
        Ok(accepted)
    }

    /// Check all of a transaction but its nonce, as if it were to wait here: of one that waits for those before it. `is_new`: its
    /// blobs, too.
    ///
    /// # Errors
    /// If no node would take it.
    pub fn check(&mut self, transaction: &Transaction, is_new: bool) -> Result<(), ChainError> {
        self.enter_pending()?;
        if is_new {
            transaction.check_sidecar(self.entered().hardfork)?;
        }
        self.executor.check(transaction.env(), rules(transaction))?;
        self.check_account(transaction)
    }

    fn check_account(&self, transaction: &Transaction) -> Result<(), ChainError> {
        if self.pool_checks_funds {
            self.check_funds(transaction)?;
        }
        self.check_sender(transaction)
    }

    fn check_nonce(&self, transaction: &Transaction) -> Result<(), ChainError> {
        let (sender, nonce) = (transaction.sender(), transaction.body().nonce());
        let expected = self.state.nonce(sender)? + self.pool.count(sender);
        match nonce.cmp(&expected) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(InvalidTransaction::NonceTooLow {
                sender,
                nonce,
                expected,
            }
            .into()),
            std::cmp::Ordering::Greater => Err(InvalidTransaction::NonceTooHigh {
                sender,
                nonce,
                expected,
            }
            .into()),
        }
    }

    /// All that wait of the sender must be affordable at once.
    fn check_funds(&self, transaction: &Transaction) -> Result<(), ChainError> {
        let sender = transaction.sender();
        let overflow = || InvalidTransaction::CostOverflow { sender };
        let mut cost = transaction.max_cost().ok_or_else(overflow)?;
        for waiting in self.pool.of(sender) {
            let more = waiting.max_cost().unwrap_or(U256::MAX);
            cost = cost.checked_add(more).ok_or_else(overflow)?;
        }
        let balance = self.state.balance(sender)?;
        if balance < cost {
            return Err(InvalidTransaction::InsufficientFunds {
                sender,
                balance,
                cost,
            }
            .into());
        }
        Ok(())
    }

    /// EIP-3607.
    fn check_sender(&self, transaction: &Transaction) -> Result<(), ChainError> {
        let sender = transaction.sender();
        let code = self.state.code(sender)?;
        let may_send = transaction.is_impersonated() || code.is_empty() || code.is_eip7702();
        if may_send {
            return Ok(());
        }
        Err(executor::Error::from(InvalidTransaction::SenderIsContract { sender }).into())
    }
}
