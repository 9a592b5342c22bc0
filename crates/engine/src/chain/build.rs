//! A block on top of any other, to see what it would be. Source: execution-apis, `testing_buildBlockV1`.

use std::sync::Arc;

use alloy_eips::eip4895::Withdrawal;
use revm::primitives::{Address, B256, Bytes};

use super::{Chain, assembly::conclude, error::ChainError};
use crate::{
    block::{Accepted, Block, Extras},
    hardfork::Hardfork,
    transaction::Transaction,
};

/// The most bytes of extra data.
const MAX_EXTRA_DATA: usize = 32;

/// What a block is to be made of.
#[derive(Clone, Debug, Default)]
pub struct Blueprint {
    /// Its parent; the latest block by default.
    pub parent: Option<u64>,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// PREVRANDAO.
    pub prev_randao: B256,
    /// COINBASE.
    pub coinbase: Address,
    /// EIP-4788; zero before Cancun.
    pub parent_beacon_root: B256,
    /// GASLIMIT.
    pub gas_limit: u64,
    /// EIP-4895; none before Shanghai.
    pub withdrawals: Vec<Withdrawal>,
    /// Signed, all of them and nothing else; by default as much as fits of what waits.
    pub transactions: Option<Vec<Bytes>>,
    /// At most 32 bytes.
    pub extra_data: Bytes,
}

impl Chain {
    /// Make a block and forget it. Returns: the block, its header included.
    ///
    /// # Errors
    /// If it cannot follow its parent, or a transaction cannot be in it.
    pub fn build(&mut self, blueprint: Blueprint) -> Result<Arc<Block>, ChainError> {
        if blueprint.extra_data.len() > MAX_EXTRA_DATA {
            let problem = "extra data is longer than 32 bytes".into();
            return Err(ChainError::Simulation(problem));
        }
        let parent = blueprint.parent.unwrap_or_else(|| self.block_number());
        self.branch(parent, |chain| {
            chain.enter_blueprint(&blueprint)?;
            let is_shanghai = chain.entered().hardfork >= Hardfork::Shanghai;
            if !is_shanghai && !blueprint.withdrawals.is_empty() {
                let problem = "unexpected withdrawals before shanghai".into();
                return Err(ChainError::Simulation(problem));
            }
            let mut assembly = chain.begin()?;
            match &blueprint.transactions {
                None => chain.fill(&mut assembly, &mut Vec::new(), &mut Vec::new())?,
                Some(given) => {
                    for raw in given {
                        let transaction = Transaction::decode(raw, false)?;
                        if !chain.has_room(&transaction, &assembly) {
                            let problem = "gas limit reached, or the blobs that a block may have";
                            return Err(ChainError::Simulation(problem.into()));
                        }
                        let mined = chain.run(&transaction, None, &mut assembly)?;
                        let accepted = Arc::new(Accepted::pending(transaction));
                        assembly.ended.push((accepted, mined));
                    }
                }
            }
            chain.withdraw(&blueprint.withdrawals)?;
            chain.reward(&[])?;
            let extras = Extras {
                requests: chain.end_requests(&assembly, None, true)?,
                extra_data: blueprint.extra_data,
                withdrawals: blueprint.withdrawals,
                ..Extras::default()
            };
            let transactions = conclude(&mut assembly);
            chain.push_block(&assembly, transactions, extras);
            let block = chain.latest().clone();
            chain.header(&block)?;
            Ok(block)
        })
    }

    fn enter_blueprint(&mut self, blueprint: &Blueprint) -> Result<(), ChainError> {
        self.set_pending_timestamp(Some(blueprint.timestamp))?;
        self.settings.gas_limit = blueprint.gas_limit;
        self.settings.coinbase = blueprint.coinbase;
        self.settings.next.prev_randao = Some(blueprint.prev_randao);
        self.settings.next.parent_beacon_root = Some(blueprint.parent_beacon_root);
        self.enter_pending()
    }
}
