//! Executions that leave no trace: calls, estimates, replays, at any block and on a state that only they see.

use alloy_consensus::Transaction as _;
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use revm::{
    context::TxEnv,
    context_interface::either::Either,
    primitives::{Address, B256, Bytes, TxKind, U256},
};

use super::{
    Chain,
    error::ChainError,
    history::ChainResolver,
    overrides::{BlockOverrides, Override, needs_surgery},
    send::{GAS_CAP, rules},
};
use crate::{
    block::{Accepted, Head},
    executor::{self, Mode, Outcome},
    hardfork::Hardfork,
    invalid::InvalidTransaction,
    precompiles::Moves,
    record::Record,
};

/// A call that names no gas gets no more than this, so that it ends where blocks have no limit.
const MOST_CALL_GAS: u64 = 1 << 31;

/// What to call, where and on which state.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// CALLER; the zero address by default.
    pub sender: Option<Address>,
    /// To whom; `None` creates a contract.
    pub to: Option<Address>,
    /// Calldata, or initcode.
    pub data: Bytes,
    /// Wei, which the sender must have.
    pub value: U256,
    /// The block's by default, but no more than 2^31.
    pub gas_limit: Option<u64>,
    /// Wei per gas; free by default.
    pub gas_price: Option<u128>,
    /// Slots that are warm from the start.
    pub access_list: AccessList,
    /// EIP-7702.
    pub authorizations: Vec<SignedAuthorization>,
    /// EIP-4844.
    pub blob_hashes: Vec<B256>,
    /// On the state at this block, in that block's own environment; by default in the next block.
    pub block: Option<u64>,
    /// By default what the chain records.
    pub record: Option<Record>,
    /// Accounts as they only are in this call.
    pub overrides: Vec<(Address, Override)>,
    /// The block as it only is in this call.
    pub block_overrides: BlockOverrides,
}

/// What is not as it was when a transaction is executed again. It is then checked like a call.
#[derive(Clone, Debug, Default)]
pub struct Altered {
    /// Accounts that are others.
    pub overrides: Vec<(Address, Override)>,
    /// Calldata, or initcode; its own by default.
    pub data: Option<Bytes>,
    /// Its own by default.
    pub gas_limit: Option<u64>,
}

/// What an estimate found.
#[derive(Debug)]
pub enum Estimate {
    /// The least gas limit with which it succeeds.
    Gas(u64),
    /// It does not succeed, however much gas it has; this is how it ends.
    Failed(Outcome),
}

impl Call {
    fn env(&self, head: &Head, chain_id: u64, nonce: u64) -> TxEnv {
        let kind = match () {
            () if !self.authorizations.is_empty() => 4,
            () if !self.blob_hashes.is_empty() => 3,
            () if !self.access_list.is_empty() => 1,
            () => 0,
        };
        let authorizations = self.authorizations.iter().cloned().map(Either::Left);
        TxEnv {
            tx_type: kind,
            caller: self.sender.unwrap_or_default(),
            gas_limit: self
                .gas_limit
                .unwrap_or_else(|| head.gas_limit.min(MOST_CALL_GAS)),
            gas_price: self.gas_price.unwrap_or_default(),
            kind: self.to.map_or(TxKind::Create, TxKind::Call),
            value: self.value,
            data: self.data.clone(),
            nonce,
            chain_id: Some(chain_id),
            access_list: self.access_list.clone(),
            // All of the price is paid, as by the other types.
            gas_priority_fee: (kind >= 2).then(|| self.gas_price.unwrap_or_default()),
            blob_hashes: self.blob_hashes.clone(),
            max_fee_per_blob_gas: if kind == 3 { head.blob_base_fee } else { 0 },
            authorization_list: authorizations.collect(),
        }
    }

    /// Whether it runs in the next block on the state as it is.
    fn is_plain(&self) -> bool {
        self.block.is_none() && self.overrides.is_empty() && self.block_overrides.is_empty()
    }
}

impl Chain {
    /// Execute without leaving a trace. The sender needs no balance for gas.
    ///
    /// # Errors
    /// If there is no such block, the sender lacks the value, or the state cannot be read.
    pub fn call(&mut self, call: &Call) -> Result<Outcome, ChainError> {
        let mode = Mode {
            record: call.record.unwrap_or(self.settings.record),
            ..Mode::CALL
        };
        if call.is_plain() {
            self.enter_pending()?;
            let nonce = self.caller_nonce(call)?;
            let env = call.env(self.entered(), self.chain_id(), nonce);
            return Ok(self.execute(env, mode)?);
        }
        self.prepared(call, |chain, head| {
            let nonce = chain.caller_nonce(call)?;
            let env = call.env(head, chain.chain_id(), nonce);
            Ok(chain.execute_in(head, env, mode)?)
        })
    }

    /// The least gas limit with which a call succeeds as a transaction.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn estimate_gas(&mut self, call: &Call) -> Result<Estimate, ChainError> {
        self.prepared(call, |chain, head| {
            let nonce = chain.caller_nonce(call)?;
            let env = call.env(head, chain.chain_id(), nonce);
            chain.least_limit(call, head, &env)
        })
    }

    /// Execute a mined transaction again, recording, on the state that it saw.
    ///
    /// # Errors
    /// If it is not on the chain any more.
    pub fn replay(&mut self, accepted: &Accepted, record: Record) -> Result<Outcome, ChainError> {
        self.replay_altered(accepted, record, None)
    }

    /// The same with something altered.
    ///
    /// # Errors
    /// As [`Self::replay`]; if the sender cannot pay for it, or a system contract is to be altered.
    pub fn replay_altered(
        &mut self,
        accepted: &Accepted,
        record: Record,
        altered: Option<&Altered>,
    ) -> Result<Outcome, ChainError> {
        let (before, _) = self.mined_between(accepted)?;
        let number = accepted.mined().map_or(0, |mined| mined.block_number);
        let block = self.block(number)?;
        let mut mode = Mode {
            rules: rules(&accepted.transaction),
            commit: false,
            record,
        };
        let mut env = accepted.transaction.env();
        let mut overrides: &[_] = &[];
        if let Some(altered) = altered {
            mode.rules = Mode::CALL.rules;
            env.data = altered.data.clone().unwrap_or(env.data);
            env.gas_limit = altered.gas_limit.unwrap_or(env.gas_limit);
            overrides = &altered.overrides;
        }
        if overrides.iter().any(needs_surgery) {
            let problem = "a system contract cannot be altered in a replay";
            return Err(ChainError::Simulation(problem.into()));
        }
        let rewound = self.state.rewind(before)?;
        self.forget_pending();
        self.visit(&block.head);
        let start = self.state.checkpoint();
        let result = self.apply(overrides).and_then(|moves| {
            self.executor.move_precompiles(moves);
            Ok(self.execute_in(&block.head, env, mode)?)
        });
        self.executor.move_precompiles(Moves::default());
        self.state.revert(start)?;
        self.state.restore(rewound)?;
        result
    }

    fn caller_nonce(&self, call: &Call) -> Result<u64, ChainError> {
        if call.to.is_some() && call.authorizations.is_empty() {
            // Only the address of a new contract follows from it, and whether an authorization of the caller's own holds.
            return Ok(0);
        }
        Ok(self.state.nonce(call.sender.unwrap_or_default())?)
    }

    fn execute_in(
        &mut self,
        head: &Head,
        tx: TxEnv,
        mode: Mode,
    ) -> Result<Outcome, executor::Error> {
        let mut resolver = ChainResolver {
            history: &mut self.history,
            head,
        };
        self.executor
            .execute(&mut self.state, &mut resolver, tx, mode)
    }

    /// Do something in the block and on the state that a call asks for.
    fn prepared<T>(
        &mut self,
        call: &Call,
        work: impl FnOnce(&mut Self, &Head) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        self.enter_pending()?;
        let mut head = match call.block {
            Some(number) => self.block(number)?.head.clone(),
            None => self.entered().clone(),
        };
        call.block_overrides.apply(&mut head);
        if call.overrides.iter().any(needs_surgery) {
            let number = call.block.unwrap_or_else(|| self.block_number());
            return self.branch(number, |chain| {
                chain.before_overrides(&call.overrides)?;
                chain.visit(&head);
                let moves = chain.apply(&call.overrides)?;
                chain.executor.move_precompiles(moves);
                work(chain, &head)
            });
        }
        self.at(call.block, |chain, _| {
            let start = chain.state.checkpoint();
            chain.forget_pending();
            chain.visit(&head);
            let result = chain.apply(&call.overrides).and_then(|moves| {
                chain.executor.move_precompiles(moves);
                work(chain, &head)
            });
            chain.executor.move_precompiles(Moves::default());
            chain.state.revert(start)?;
            result
        })
    }

    // ESTIMATES

    fn least_limit(
        &mut self,
        call: &Call,
        head: &Head,
        env: &TxEnv,
    ) -> Result<Estimate, ChainError> {
        let mut most = env.gas_limit;
        if head.hardfork >= Hardfork::Osaka && call.gas_limit.is_none() {
            most = most.min(GAS_CAP);
        }
        let first = self.attempt(head, env, most)?;
        let spent = match first {
            Attempt::Ended(outcome) if outcome.succeeded() => outcome.gas_spent,
            Attempt::Ended(outcome) => return Ok(Estimate::Failed(outcome)),
            Attempt::TooLittle(error) => return Err(executor::Error::from(error).into()),
        };
        // Most need just what they use. A call passes on 63/64 of its gas at most, though, and refunds come at the end; and some
        // contracts look at the gas that is left.
        let mut low = self.executor.intrinsic_gas(env).saturating_sub(1);
        let mut high = most;
        let generous = spent.saturating_add(2_300).saturating_mul(64) / 63;
        let mut probes = [spent, spent.saturating_sub(1), generous].into_iter();
        while low + 1 < high {
            let probe = probes.next().unwrap_or(low + (high - low) / 2);
            if probe <= low || probe >= high {
                continue;
            }
            match self.attempt(head, env, probe)? {
                Attempt::Ended(outcome) if outcome.succeeded() => high = probe,
                _ => low = probe,
            }
        }
        Ok(Estimate::Gas(high))
    }

    fn attempt(&mut self, head: &Head, env: &TxEnv, gas_limit: u64) -> Result<Attempt, ChainError> {
        let env = TxEnv {
            gas_limit,
            ..env.clone()
        };
        match self.execute_in(head, env, Mode::CALL) {
            Ok(outcome) => Ok(Attempt::Ended(outcome)),
            Err(executor::Error::Invalid(
                error @ (InvalidTransaction::IntrinsicGas { .. }
                | InvalidTransaction::FloorDataGas { .. }),
            )) => Ok(Attempt::TooLittle(error)),
            Err(error) => Err(error.into()),
        }
    }
}

enum Attempt {
    Ended(Outcome),
    TooLittle(InvalidTransaction),
}

/// Blob gas of a transaction, for what is asked about it.
impl Accepted {
    /// Blob gas that it uses; 0 unless it has blobs.
    #[must_use]
    pub fn blob_gas(&self) -> u64 {
        self.transaction.body().blob_gas_used().unwrap_or_default()
    }
}
