//! Accounts and blocks as they only are in one call or simulation. Source: geth's `eth_call`.

use revm::{
    primitives::{Address, B256, Bytes, U256},
    state::Bytecode,
};

use super::{Chain, blocks::is_merged, error::ChainError};
use crate::{
    block::Head,
    precompiles::Moves,
    system::{BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS},
};

/// How an account differs in a call. Source: geth's `eth_call`.
#[derive(Clone, Debug, Default)]
pub struct Override {
    /// Wei.
    pub balance: Option<U256>,
    /// Nonce.
    pub nonce: Option<u64>,
    /// Runtime code.
    pub code: Option<Bytes>,
    /// Its storage.
    pub storage: StorageOverride,
    /// Where the precompile that stands here stands instead.
    pub move_to: Option<Address>,
}

/// How the storage of an account differs in a call.
#[derive(Clone, Debug, Default)]
pub enum StorageOverride {
    /// It does not.
    #[default]
    None,
    /// In these slots.
    Slots(Vec<(U256, U256)>),
    /// It is this and nothing else.
    Everything(Vec<(U256, U256)>),
}

/// How the block differs in a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockOverrides {
    /// NUMBER.
    pub number: Option<u64>,
    /// TIMESTAMP.
    pub timestamp: Option<u64>,
    /// GASLIMIT.
    pub gas_limit: Option<u64>,
    /// COINBASE.
    pub coinbase: Option<Address>,
    /// PREVRANDAO.
    pub prev_randao: Option<B256>,
    /// BASEFEE.
    pub base_fee: Option<u64>,
    /// BLOBBASEFEE.
    pub blob_base_fee: Option<u128>,
    /// DIFFICULTY, before the merge.
    pub difficulty: Option<U256>,
    /// EIP-4788; only of a block that is simulated.
    pub parent_beacon_root: Option<B256>,
}

impl BlockOverrides {
    pub(super) fn is_empty(&self) -> bool {
        self.number.is_none()
            && self.timestamp.is_none()
            && self.gas_limit.is_none()
            && self.coinbase.is_none()
            && self.prev_randao.is_none()
            && self.base_fee.is_none()
            && self.blob_base_fee.is_none()
            && self.difficulty.is_none()
            && self.parent_beacon_root.is_none()
    }

    pub(super) fn apply(&self, head: &mut Head) {
        head.number = self.number.unwrap_or(head.number);
        head.timestamp = self.timestamp.unwrap_or(head.timestamp);
        head.gas_limit = self.gas_limit.unwrap_or(head.gas_limit);
        head.coinbase = self.coinbase.unwrap_or(head.coinbase);
        head.prev_randao = self.prev_randao.unwrap_or(head.prev_randao);
        head.base_fee = self.base_fee.unwrap_or(head.base_fee);
        head.blob_base_fee = self.blob_base_fee.unwrap_or(head.blob_base_fee);
        if !is_merged(head.hardfork) {
            head.difficulty = self.difficulty.unwrap_or(head.difficulty);
        }
        let root = self.parent_beacon_root;
        head.parent_beacon_root = root.unwrap_or(head.parent_beacon_root);
    }
}

/// Whether what the chain knows of a system contract does not hold with this.
pub(super) fn needs_surgery((address, change): &(Address, Override)) -> bool {
    let touches_storage = !matches!(change.storage, StorageOverride::None);
    (change.code.is_some() || touches_storage)
        && (*address == HISTORY_STORAGE_ADDRESS || *address == BEACON_ROOTS_ADDRESS)
}

impl Chain {
    /// Write to the state of the latest block what it does not hold of the system contracts that are changed.
    pub(super) fn before_overrides(
        &mut self,
        overrides: &[(Address, Override)],
    ) -> Result<(), ChainError> {
        let mut concerned = overrides.iter().filter(|change| needs_surgery(change));
        concerned.try_for_each(|(address, _)| self.before_surgery(*address))
    }

    /// Change the accounts. Returns: where the precompiles stand now; whatever is changed of one takes it away.
    ///
    /// # Errors
    /// If a precompile is moved that is none, or to an account that is changed as well.
    pub(super) fn apply(&mut self, overrides: &[(Address, Override)]) -> Result<Moves, ChainError> {
        let refuse = |problem: String| Err(ChainError::Simulation(problem));
        let mut sorted: Vec<_> = overrides.iter().collect();
        sorted.sort_by_key(|(address, _)| *address);
        let mut moves = Moves::default();
        for (address, change) in sorted {
            let is_precompile = self.executor.has_precompile(*address);
            if let Some(target) = change.move_to {
                if !is_precompile {
                    return refuse(format!("account {address} is not a precompile"));
                }
                if overrides.iter().any(|(other, _)| *other == target) {
                    return refuse(format!("account {target} is already overridden"));
                }
                moves.insert(target, Some(*address));
            }
            if is_precompile {
                moves.insert(*address, None);
            }
            self.change(*address, change)?;
        }
        Ok(moves)
    }

    fn change(&mut self, address: Address, change: &Override) -> Result<(), ChainError> {
        if let Some(nonce) = change.nonce {
            self.state.set_nonce(address, nonce)?;
        }
        if let Some(code) = &change.code {
            // What begins like a delegation and is none is code that halts.
            let code = Bytecode::new_raw_checked(code.clone())
                .unwrap_or_else(|_| Bytecode::new_legacy(code.clone()));
            self.state.set_code(address, code)?;
        }
        if let Some(balance) = change.balance {
            self.state.set_balance(address, balance)?;
        }
        let slots = match &change.storage {
            StorageOverride::None => return Ok(()),
            StorageOverride::Slots(slots) => slots,
            StorageOverride::Everything(slots) => {
                // It exists then, even if all of it is empty.
                let account = self.state.account(address)?.unwrap_or_default();
                self.state.set_account(address, account);
                self.state.clear_storage(address)?;
                slots
            }
        };
        for (slot, word) in slots {
            self.state.set_storage(address, *slot, *word)?;
        }
        Ok(())
    }
}
