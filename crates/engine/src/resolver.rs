//! What an execution needs to know and only a chain can tell.

use revm::primitives::{Address, B256, U256};

use crate::state::{BackendError, State};

/// Answers that only the chain has, asked for when an execution needs them.
///
/// The execution is started again with the answer, so that both methods are free to use the state.
pub trait Resolver {
    /// Hash of block `number`, one of the 256 before the current one.
    ///
    /// # Errors
    /// If it is not known.
    fn block_hash(&mut self, state: &mut State, number: u64) -> Result<B256, BackendError>;

    /// The word at `slot` of `contract`, which holds hashes of blocks (EIP-2935) or roots of beacon blocks (EIP-4788),
    /// if it is not the one that the state holds.
    ///
    /// # Errors
    /// If it is not known.
    fn system_slot(
        &mut self,
        state: &mut State,
        contract: Address,
        slot: U256,
    ) -> Result<Option<U256>, BackendError> {
        let _ = (state, contract, slot);
        Ok(None)
    }
}

/// Resolves from the state's backend alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackendResolver;

impl Resolver for BackendResolver {
    fn block_hash(&mut self, state: &mut State, number: u64) -> Result<B256, BackendError> {
        state.block_hash(number)
    }
}
