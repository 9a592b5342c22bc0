//! Blocks of transactions that nobody signed, to see what they would do. Source: execution-apis, `eth_simulateV1`; geth.

use std::sync::Arc;

use alloy_eips::eip4895::Withdrawal;
use revm::{
    context::TxEnv,
    context_interface::either::Either,
    primitives::{Address, U256},
};

use super::{
    Chain, Request,
    assembly::{Assembly, conclude},
    error::ChainError,
    overrides::{BlockOverrides, Override},
    request::Terms,
    send::rules,
};
use crate::{
    block::{Accepted, Block, Extras, Head},
    hardfork::{GAS_PER_BLOB, Hardfork},
    invalid::InvalidTransaction,
    transaction::Transaction,
};

/// Seconds from one simulated block to the next.
const SPACING_S: u64 = 12;

/// A block that is to be simulated.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    /// How it differs from what would follow.
    pub head: BlockOverrides,
    /// Accounts that are changed before it.
    pub accounts: Vec<(Address, Override)>,
    /// EIP-4895; nothing before Shanghai.
    pub withdrawals: Vec<Withdrawal>,
    /// What it executes.
    pub calls: Vec<Request>,
}

/// Blocks, each on what the one before left.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// On top of which block; the latest by default.
    pub base: Option<u64>,
    /// Whether transactions pay and count as others do. Without, nonces are not looked at, and the base fee is 0.
    pub validates: bool,
    /// Gas that all of them may use.
    pub budget: u64,
    /// In order.
    pub blocks: Vec<Simulated>,
}

impl Chain {
    /// Make blocks and forget them. Gas that a call does not name is what its block and the budget have left.
    ///
    /// Returns: the blocks, their headers included.
    ///
    /// # Errors
    /// At the first call that cannot be executed, or what is changed cannot be so.
    pub fn simulate(&mut self, simulation: Simulation) -> Result<Vec<Arc<Block>>, ChainError> {
        let base = simulation.base.unwrap_or_else(|| self.block_number());
        let merged_at = self.history.blocks.merged_at();
        let mut budget = simulation.budget;
        self.branch(base, |chain| {
            let mut blocks = Vec::with_capacity(simulation.blocks.len());
            for simulated in simulation.blocks {
                let head =
                    chain.simulated_head(&simulated.head, simulation.validates, merged_at)?;
                let made = chain.simulate_block(head, simulated, simulation.validates, &mut budget);
                blocks.push(made?);
            }
            for block in &blocks {
                chain.header(block)?;
            }
            Ok(blocks)
        })
    }

    fn simulated_head(
        &self,
        wanted: &BlockOverrides,
        validates: bool,
        merged_at: Option<u64>,
    ) -> Result<Head, ChainError> {
        let parent = &self.latest().head;
        let number = wanted.number.unwrap_or(parent.number + 1);
        let timestamp = wanted
            .timestamp
            .unwrap_or_else(|| parent.timestamp.saturating_add(SPACING_S));
        let is_past_merge = parent.difficulty.is_zero()
            || merged_at.is_some_and(|merged| merged <= number)
            || self
                .schedule
                .times
                .first()
                .is_some_and(|(first, _)| *first <= timestamp);
        let hardfork = self.schedule.rules(number, timestamp, is_past_merge);
        let is_merged = hardfork >= Hardfork::Paris;
        if is_merged && wanted.difficulty.is_some() {
            return Err(ChainError::Simulation(format!(
                "block {number}: difficulty override is not allowed after the merge"
            )));
        }
        let (excess_blob_gas, blob_base_fee) = self.next_blobs(hardfork);
        let base_fee = match wanted.base_fee {
            _ if hardfork < Hardfork::London => 0,
            Some(fee) => fee,
            None if validates => self.next_base_fee(hardfork),
            None => 0,
        };
        Ok(Head {
            hardfork,
            number,
            timestamp,
            gas_limit: wanted.gas_limit.unwrap_or(parent.gas_limit),
            base_fee,
            coinbase: wanted.coinbase.unwrap_or(parent.coinbase),
            prev_randao: wanted.prev_randao.unwrap_or_default(),
            difficulty: match wanted.difficulty {
                _ if is_merged => U256::ZERO,
                difficulty => difficulty.unwrap_or(parent.difficulty),
            },
            excess_blob_gas,
            blob_base_fee: wanted.blob_base_fee.unwrap_or(blob_base_fee),
            parent_beacon_root: wanted.parent_beacon_root.unwrap_or_default(),
        })
    }

    fn simulate_block(
        &mut self,
        head: Head,
        simulated: Simulated,
        validates: bool,
        budget: &mut u64,
    ) -> Result<Arc<Block>, ChainError> {
        // PREPARE
        self.visit(&head);
        self.before_overrides(&simulated.accounts)?;
        let moves = self.apply(&simulated.accounts)?;
        self.enter(head)?;
        let mut assembly = self.begin()?;
        // EXECUTE
        self.executor.move_precompiles(moves);
        for request in simulated.calls {
            self.simulate_call(request, validates, budget, &mut assembly)?;
        }
        // CONCLUDE
        let mut extras = Extras::default();
        if self.entered().hardfork >= Hardfork::Shanghai {
            self.withdraw(&simulated.withdrawals)?;
            extras.withdrawals = simulated.withdrawals;
        }
        self.reward(&[])?;
        extras.requests = self.end_requests(&assembly, None, true)?;
        let transactions = conclude(&mut assembly);
        self.push_block(&assembly, transactions, extras);
        Ok(self.latest().clone())
    }

    fn simulate_call(
        &mut self,
        request: Request,
        validates: bool,
        budget: &mut u64,
        assembly: &mut Assembly,
    ) -> Result<(), ChainError> {
        let left = self
            .entered()
            .gas_limit
            .saturating_sub(assembly.block_gas());
        let wanted = request.gas_limit.unwrap_or(left);
        if wanted > left {
            return Err(ChainError::Simulation(format!(
                "block gas limit reached: remaining: {left}, required: {wanted}"
            )));
        }
        let sender = request.sender;
        let nonce = self.state.nonce(sender)?;
        if !validates && nonce == u64::MAX {
            return Err(InvalidTransaction::NonceMax { sender }.into());
        }
        let record = request.record;
        let (transaction, mut env) =
            self.unsigned(request, nonce, wanted.min(*budget), validates)?;
        if !validates {
            env.nonce = nonce;
        }
        self.check_in_order(&transaction, &env, nonce, validates)?;
        let mined = self.run_as(&transaction, env, record, assembly)?;
        *budget = budget.saturating_sub(mined.outcome.gas_used);
        let accepted = Arc::new(Accepted::pending(transaction));
        assembly.ended.push((accepted, mined));
        Ok(())
    }

    /// Refuse what geth refuses first: the nonce before everything else, and balances before gas limits.
    fn check_in_order(
        &mut self,
        transaction: &Transaction,
        env: &TxEnv,
        expected: u64,
        validates: bool,
    ) -> Result<(), ChainError> {
        let (sender, nonce) = (env.caller, env.nonce);
        if validates && nonce != expected {
            let error = if nonce > expected {
                InvalidTransaction::NonceTooHigh {
                    sender,
                    nonce,
                    expected,
                }
            } else {
                InvalidTransaction::NonceTooLow {
                    sender,
                    nonce,
                    expected,
                }
            };
            return Err(error.into());
        }
        self.check_fees(env, validates)?;
        self.executor
            .check_environment(env.clone(), rules(transaction))?;
        let blob_gas = GAS_PER_BLOB * env.blob_hashes.len() as u64;
        let gas = U256::from(env.gas_limit).checked_mul(U256::from(env.gas_price));
        let blobs = U256::from(blob_gas).checked_mul(U256::from(env.max_fee_per_blob_gas));
        let cost = gas
            .zip(blobs)
            .and_then(|(gas, blobs)| gas.checked_add(blobs)?.checked_add(env.value));
        let Some(cost) = cost else {
            return Err(InvalidTransaction::CostOverflow { sender }.into());
        };
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

    fn check_fees(&self, env: &TxEnv, validates: bool) -> Result<(), ChainError> {
        let head = self.entered();
        let (sender, max_fee) = (env.caller, env.gas_price);
        let priority_fee = env.gas_priority_fee.unwrap_or_default();
        let is_free = !validates && max_fee == 0 && priority_fee == 0;
        if is_free || head.hardfork < Hardfork::London {
            return Ok(());
        }
        if priority_fee > max_fee {
            return Err(InvalidTransaction::TipAboveFee {
                sender,
                max_fee,
                priority_fee,
            }
            .into());
        }
        if max_fee < u128::from(head.base_fee) {
            return Err(InvalidTransaction::FeeBelowBaseFee {
                sender,
                max_fee,
                base_fee: head.base_fee,
            }
            .into());
        }
        Ok(())
    }

    /// The transaction that stands for a call, and what the EVM takes of it: with a gas price, it is one of the first two types
    /// even if it has blobs or authorizations, and both are executed.
    fn unsigned(
        &self,
        mut request: Request,
        nonce: u64,
        gas_limit: u64,
        validates: bool,
    ) -> Result<(Transaction, TxEnv), ChainError> {
        let head = self.entered();
        let is_london = head.hardfork >= Hardfork::London;
        let kind = kind_of(&request, is_london)?;
        let terms = Terms {
            kind,
            nonce: request.nonce.unwrap_or(nonce),
            gas_limit,
            max_fee: request.max_fee.or(request.gas_price).unwrap_or_default(),
            priority_fee: request.max_priority_fee.unwrap_or_default(),
            max_blob_fee: request.max_fee_per_blob_gas.unwrap_or_default(),
        };
        let chain_id = (kind > 0).then_some(self.chain_id());
        let (sender, gas_price) = (request.sender, request.gas_price);
        let authorizations = request.authorizations.clone().filter(|_| kind < 4);
        let blob_hashes = request.blob_hashes.clone().filter(|_| kind < 3);
        if kind < 3 {
            request.blob_hashes = None;
        }
        let body = request.into_body(&terms, chain_id)?;
        let transaction = Transaction::unsigned(body, sender, validates);
        let mut env = transaction.env();
        env.chain_id = Some(self.chain_id());
        if let Some(authorizations) = authorizations {
            env.tx_type = 4;
            env.gas_priority_fee = gas_price;
            env.authorization_list = authorizations.into_iter().map(Either::Left).collect();
        } else if let Some(hashes) = blob_hashes {
            env.tx_type = 3;
            env.gas_priority_fee = gas_price;
            env.blob_hashes = hashes;
            env.max_fee_per_blob_gas = terms.max_blob_fee;
        }
        if !validates && env.tx_type == 3 && env.max_fee_per_blob_gas == 0 {
            env.max_fee_per_blob_gas = head.blob_base_fee;
        }
        Ok((transaction, env))
    }
}

/// The type of the transaction that stands for a call.
fn kind_of(request: &Request, is_london: bool) -> Result<u8, ChainError> {
    let refuse = |problem: &str| Err(ChainError::Simulation(problem.into()));
    let has_new_fees = request.max_fee.is_some() || request.max_priority_fee.is_some();
    if has_new_fees && request.gas_price.is_some() {
        return refuse("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    }
    if request.to.is_none() && request.blob_hashes.is_some() {
        return refuse(
            "input string too short for common.Address, decoding into (types.BlobTx).To",
        );
    }
    if request.to.is_none() && request.authorizations.is_some() {
        return refuse("EIP-7702 transaction cannot be used to create contract");
    }
    if !is_london && has_new_fees {
        return refuse(
            "maxFeePerGas and maxPriorityFeePerGas are not valid before London is active",
        );
    }
    Ok(match () {
        () if !is_london || request.gas_price.is_some() => u8::from(request.access_list.is_some()),
        () if request.authorizations.is_some() => 4,
        () if request.blob_hashes.is_some() => 3,
        () => 2,
    })
}
