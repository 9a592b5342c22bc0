//! Blocks of transactions that nobody signed, to see what they would do. Source: execution-apis, `eth_simulateV1`.

use std::sync::Arc;

use super::{Chain, Request, assembly::conclude, error::ChainError, request::Terms};
use crate::{
    block::{Accepted, Block, Extras},
    hardfork::Hardfork,
    transaction::Transaction,
};

impl Chain {
    /// Put transactions without a signature into the next block, whether they wait or not.
    ///
    /// With `validation` they pay and count as others do; without, nonces and base fees are not looked at. Gas that a
    /// request does not name is what the block and the `budget` have left; the budget is what all of them may use.
    /// Of blob gas the price may be any, whatever the header says.
    ///
    /// # Errors
    /// At the first that cannot be executed. The block is not there then; the state before it has to be restored.
    pub fn simulate(
        &mut self,
        requests: Vec<Request>,
        validation: bool,
        budget: &mut u64,
        blob_base_fee: Option<u128>,
    ) -> Result<Arc<Block>, ChainError> {
        self.enter_pending()?;
        if let Some(fee) = blob_base_fee {
            let mut head = self.entered().clone();
            head.blob_base_fee = fee;
            self.enter(head)?;
        }
        let mut assembly = self.begin()?;
        let limit = self.entered().gas_limit;
        for request in requests {
            let left = limit.saturating_sub(assembly.gas_used);
            let gas_limit = request.gas_limit.unwrap_or(left).min(*budget);
            if gas_limit > left {
                return Err(ChainError::Request(format!(
                    "block gas limit reached: {gas_limit} is asked for, {left} of {limit} are left"
                )));
            }
            let record = request.record;
            let transaction = self.unsigned(request, gas_limit, validation)?;
            let mined = self.run(&transaction, record, &mut assembly)?;
            *budget = budget.saturating_sub(mined.outcome.gas_used);
            let accepted = Arc::new(Accepted::pending(transaction));
            assembly.ended.push((accepted, mined));
        }
        let extras = Extras {
            requests: self.end_requests(&assembly, None, false)?,
            ..Extras::default()
        };
        let transactions = conclude(&mut assembly);
        self.push_block(&assembly, transactions, extras);
        Ok(self.latest().clone())
    }

    fn unsigned(
        &self,
        request: Request,
        gas_limit: u64,
        validation: bool,
    ) -> Result<Transaction, ChainError> {
        let hardfork = self.entered().hardfork;
        let kind = request.kind.unwrap_or_else(|| request.kind(hardfork));
        request.check_fields(kind)?;
        let nonce = match request.nonce {
            Some(nonce) => nonce,
            None => self.state.nonce(request.sender)?,
        };
        let terms = Terms {
            kind,
            nonce,
            gas_limit,
            max_fee: request.max_fee.or(request.gas_price).unwrap_or_default(),
            priority_fee: request.max_priority_fee.unwrap_or_default(),
            max_blob_fee: request.max_fee_per_blob_gas.unwrap_or_default(),
        };
        let chain_id = (hardfork >= Hardfork::SpuriousDragon).then_some(self.chain_id());
        let sender = request.sender;
        let body = request.into_body(&terms, chain_id)?;
        Ok(Transaction::unsigned(body, sender, validation))
    }
}
