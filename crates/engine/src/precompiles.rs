//! Where the precompiles stand: where the hardfork has them, or elsewhere for a while.

use std::collections::HashMap;

use revm::{
    context_interface::{Cfg, ContextTr},
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult},
    primitives::{Address, AddressMap, AddressSet, Bytes, address, hardfork::SpecId},
};

const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");

/// Gas of a recovery, whatever it recovers.
const RECOVERY_GAS: u64 = 3_000;

/// A signature as it is written: r, s, v.
pub type SignatureBytes = [u8; 65];

/// Which precompile answers at an address instead of what the hardfork has there; `None` for none.
///
/// What is warm from the start stays what the hardfork says. Source: geth, `movePrecompileToAddress`.
pub type Moves = AddressMap<Option<Address>>;

/// The precompiles of a hardfork.
#[derive(Debug)]
pub(crate) struct Precompiles {
    own: EthPrecompiles,
    pub(crate) moves: Moves,
    /// Whose signatures some are, whatever they sign.
    pub(crate) signatures: HashMap<SignatureBytes, Address>,
}

impl Precompiles {
    pub(crate) fn new(spec: SpecId) -> Self {
        Self {
            own: EthPrecompiles::new(spec),
            moves: Moves::default(),
            signatures: HashMap::new(),
        }
    }

    /// What ecrecover answers, if its input is a signature that somebody said whose it is.
    fn told(&self, input: &[u8], gas_limit: u64) -> Option<InterpreterResult> {
        let mut padded = [0; 128];
        let given = input.len().min(128);
        padded[..given].copy_from_slice(&input[..given]);
        let mut signature = [0; 65];
        signature[..64].copy_from_slice(&padded[64..]);
        signature[64] = padded[63];
        let signer = self.signatures.get(&signature)?;
        let mut gas = Gas::new(gas_limit);
        let output = Bytes::copy_from_slice(signer.into_word().as_slice());
        gas.record_regular_cost(RECOVERY_GAS)
            .then(|| InterpreterResult::new(InstructionResult::Return, output, gas))
    }

    /// The hardfork's own at the address that is called.
    fn run_own<C: ContextTr>(
        &mut self,
        context: &mut C,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        if !self.signatures.is_empty() && inputs.bytecode_address == ECRECOVER {
            let input = inputs.input.as_bytes(context).to_vec();
            if let Some(told) = self.told(&input, inputs.gas_limit) {
                return Ok(Some(told));
            }
        }
        self.own.run(context, inputs)
    }

    /// Whether the hardfork has one at `address`.
    pub(crate) fn has(&self, address: &Address) -> bool {
        self.own.contains(address)
    }
}

impl<C: ContextTr> PrecompileProvider<C> for Precompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, spec: <C::Cfg as Cfg>::Spec) -> bool {
        <EthPrecompiles as PrecompileProvider<C>>::set_spec(&mut self.own, spec)
    }

    fn run(
        &mut self,
        context: &mut C,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        if self.moves.is_empty() {
            return self.run_own(context, inputs);
        }
        match self.moves.get(&inputs.bytecode_address) {
            None => self.run_own(context, inputs),
            Some(None) => Ok(None),
            Some(Some(original)) => {
                let moved = CallInputs {
                    bytecode_address: *original,
                    ..inputs.clone()
                };
                self.run_own(context, &moved)
            }
        }
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.own.warm_addresses()
    }
}
