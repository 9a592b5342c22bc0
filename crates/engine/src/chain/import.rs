//! Blocks made elsewhere: executed again, everything that they claim compared.

use std::{fmt::Debug, sync::Arc};

use alloy_consensus::{EthereumTxEnvelope, Header, TxEip4844};
use alloy_eips::eip4895::Withdrawal;
use alloy_rlp::Decodable;
use revm::primitives::{B256, U256};

use super::{Chain, assembly::conclude, blocks::is_merged, error::ChainError, settings::Settings};
use crate::{
    block::{Accepted, Block, Extras, Head, next_base_fee},
    hardfork::Hardfork,
    transaction::Transaction,
};

/// A block as it is passed on: RLP of header, transactions, ommers and withdrawals.
pub type ForeignBlock = alloy_consensus::Block<EthereumTxEnvelope<TxEip4844>, Header>;

/// The least gas limit of a block.
const MIN_GAS_LIMIT: u64 = 5_000;

/// How much the gas limit may change from one block to the next: less than the parent's divided by this.
const GAS_LIMIT_DIVISOR: u64 = 1_024;

/// Wei per gwei: the unit of withdrawals.
const GWEI: u64 = 1_000_000_000;

impl Chain {
    /// Execute blocks made elsewhere, RLP after RLP, as in a file that geth exports. Returns how many there were.
    ///
    /// # Errors
    /// At the first that is malformed, does not follow or is not valid; those before it stay.
    pub fn import(&mut self, mut rlp: &[u8]) -> Result<u64, ChainError> {
        let mut count = 0;
        while !rlp.is_empty() {
            let number = self.block_number() + 1;
            let block = ForeignBlock::decode(&mut rlp).map_err(|error| invalid(number, &error))?;
            self.import_block(block)?;
            count += 1;
        }
        Ok(count)
    }

    /// Execute a block made elsewhere on top of the latest one, and compare all that its header says.
    ///
    /// # Errors
    /// If it does not follow the latest block or is not valid; nothing has changed then.
    pub fn import_block(&mut self, block: ForeignBlock) -> Result<Arc<Block>, ChainError> {
        let number = block.header.number;
        let latest = self.block_hash(self.block_number())?;
        if number != self.block_number() + 1 || block.header.parent_hash != latest {
            return Err(ChainError::Parent {
                number,
                parent: block.header.parent_hash,
                latest,
            });
        }
        let state = self.state.checkpoint();
        let history = self.history.mark();
        let settings: Settings = self.settings.clone();
        let imported = self.re_execute(block);
        if imported.is_err() {
            self.state.revert(state)?;
            self.history.restore(history);
            self.settings = settings;
        }
        self.forget_pending();
        imported
    }

    fn re_execute(&mut self, block: ForeignBlock) -> Result<Arc<Block>, ChainError> {
        let ForeignBlock { header, body } = block;
        let head = self.checked_head(&header)?;
        let number = head.number;
        self.enter(head)?;
        let mut assembly = self.begin()?;
        for envelope in body.transactions {
            let allows_high_s = self.entered().hardfork < Hardfork::Homestead;
            let transaction = Transaction::of_block(envelope, allows_high_s)
                .map_err(|error| invalid(number, &error))?;
            if !self.has_room(&transaction, &assembly) {
                let hash = transaction.hash();
                let problem = format!("transaction {hash} asks for more than the block has left");
                return Err(invalid(number, &problem));
            }
            let mined = self
                .run(&transaction, None, &mut assembly)
                .map_err(|error| invalid(number, &error))?;
            let accepted = Arc::new(Accepted::pending(transaction));
            assembly.ended.push((accepted, mined));
        }
        let withdrawals = body.withdrawals.unwrap_or_default().into_inner();
        self.withdraw(&withdrawals)?;
        self.reward(&body.ommers)?;
        let requests = self.end_requests(&assembly, None, true)?;
        let extras = Extras {
            requests,
            extra_data: header.extra_data.clone(),
            nonce: header.nonce,
            ommers: body.ommers,
            withdrawals,
        };
        let transactions = conclude(&mut assembly);
        self.push_block(&assembly, transactions, extras);
        let ours = self.latest().clone();
        compare(&header, &self.header(&ours)?.header)?;
        self.settings.gas_limit = header.gas_limit;
        Ok(ours)
    }

    /// What a header tells the block's transactions, checked against its parent.
    fn checked_head(&self, header: &Header) -> Result<Head, ChainError> {
        let parent = self.latest();
        let number = header.number;
        let wrong = |problem: &str| Err(invalid(number, &problem));
        if header.timestamp <= parent.head.timestamp {
            return wrong("its timestamp is not after its parent's");
        }
        if header.extra_data.len() > 32 {
            return wrong("its extra data is longer than 32 bytes");
        }
        let hardfork =
            self.schedule
                .hardfork(number, header.timestamp, self.settings.total_difficulty);
        let is_first_of_london =
            hardfork >= Hardfork::London && parent.head.hardfork < Hardfork::London;
        let parent_limit = parent.head.gas_limit * if is_first_of_london { 2 } else { 1 };
        if header.gas_limit.abs_diff(parent_limit) >= parent_limit / GAS_LIMIT_DIVISOR
            || header.gas_limit < MIN_GAS_LIMIT
        {
            return wrong("its gas limit is too far from its parent's");
        }
        let base_fee = if hardfork < Hardfork::London {
            0
        } else if is_first_of_london {
            1_000_000_000
        } else {
            next_base_fee(parent.head.base_fee, parent.gas_used, parent.head.gas_limit)
        };
        let blobs = self.schedule.blobs(hardfork);
        let excess_blob_gas = match blobs {
            Some(blobs) if parent.head.hardfork >= Hardfork::Cancun => parent
                .head
                .next_excess_blob_gas(blobs, parent.blob_gas_used),
            _ => 0,
        };
        if is_merged(hardfork) && !(header.difficulty.is_zero() && header.nonce.is_zero()) {
            return wrong(
                "it has a difficulty or a nonce, which blocks have no more since the merge",
            );
        }
        Ok(Head {
            hardfork,
            number,
            timestamp: header.timestamp,
            gas_limit: header.gas_limit,
            base_fee,
            coinbase: header.beneficiary,
            prev_randao: header.mix_hash,
            difficulty: header.difficulty,
            excess_blob_gas,
            blob_base_fee: blobs.map_or(1, |blobs| blobs.blob_base_fee(excess_blob_gas)),
            parent_beacon_root: header.parent_beacon_block_root.unwrap_or(B256::ZERO),
        })
    }

    /// Pay what leaves the consensus layer (EIP-4895).
    pub(super) fn withdraw(&mut self, withdrawals: &[Withdrawal]) -> Result<(), ChainError> {
        for withdrawal in withdrawals {
            if withdrawal.amount == 0 {
                // It is touched all the same (EIP-161).
                self.clear_if_empty(withdrawal.address)?;
                continue;
            }
            let amount = U256::from(withdrawal.amount) * U256::from(GWEI);
            self.credit(withdrawal.address, amount)?;
        }
        Ok(())
    }

    /// Pay for the proof of work. Source: Yellow Paper, 11.3; EIP-649 and EIP-1234.
    pub(super) fn reward(&mut self, ommers: &[Header]) -> Result<(), ChainError> {
        let head = self.entered().clone();
        let ether: u64 = match head.hardfork {
            fork if is_merged(fork) => return Ok(()),
            fork if fork >= Hardfork::Petersburg => 2,
            fork if fork >= Hardfork::Byzantium => 3,
            _ => 5,
        };
        let reward = U256::from(ether) * U256::from(GWEI) * U256::from(GWEI);
        for ommer in ommers {
            let depth = head.number.saturating_sub(ommer.number).min(8);
            let share = reward * U256::from(8 - depth) / U256::from(8);
            self.credit(ommer.beneficiary, share)?;
        }
        let for_ommers = reward / U256::from(32) * U256::from(ommers.len());
        self.credit(head.coinbase, reward + for_ommers)
    }
}

fn invalid(number: u64, problem: &impl ToString) -> ChainError {
    ChainError::InvalidBlock {
        number,
        problem: problem.to_string(),
    }
}

/// The first field in which a header is not what execution says.
fn compare(theirs: &Header, ours: &Header) -> Result<(), ChainError> {
    let number = theirs.number;
    let same = |name: &str, theirs: &dyn Debug, ours: &dyn Debug| {
        let (theirs, ours) = (format!("{theirs:?}"), format!("{ours:?}"));
        if theirs == ours {
            return Ok(());
        }
        let problem = format!("its {name} is {theirs}, execution gives {ours}");
        Err(invalid(number, &problem))
    };
    same("base fee", &theirs.base_fee_per_gas, &ours.base_fee_per_gas)?;
    same("ommers hash", &theirs.ommers_hash, &ours.ommers_hash)?;
    same(
        "transactions root",
        &theirs.transactions_root,
        &ours.transactions_root,
    )?;
    same(
        "withdrawals root",
        &theirs.withdrawals_root,
        &ours.withdrawals_root,
    )?;
    same("gas used", &theirs.gas_used, &ours.gas_used)?;
    same("blob gas used", &theirs.blob_gas_used, &ours.blob_gas_used)?;
    same(
        "excess blob gas",
        &theirs.excess_blob_gas,
        &ours.excess_blob_gas,
    )?;
    same("logs bloom", &theirs.logs_bloom, &ours.logs_bloom)?;
    same("receipts root", &theirs.receipts_root, &ours.receipts_root)?;
    same("requests hash", &theirs.requests_hash, &ours.requests_hash)?;
    same("state root", &theirs.state_root, &ours.state_root)?;
    same("header", theirs, ours)
}
