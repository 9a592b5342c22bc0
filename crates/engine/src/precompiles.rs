//! Where the precompiles stand: where the hardfork has them, or elsewhere for a while.

use revm::{
    context_interface::{Cfg, ContextTr},
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, InterpreterResult},
    primitives::{Address, AddressMap, AddressSet, hardfork::SpecId},
};

/// Which precompile answers at an address instead of what the hardfork has there; `None` for none.
///
/// What is warm from the start stays what the hardfork says. Source: geth, `movePrecompileToAddress`.
pub type Moves = AddressMap<Option<Address>>;

/// The precompiles of a hardfork.
#[derive(Debug)]
pub(crate) struct Precompiles {
    own: EthPrecompiles,
    pub(crate) moves: Moves,
}

impl Precompiles {
    pub(crate) fn new(spec: SpecId) -> Self {
        Self {
            own: EthPrecompiles::new(spec),
            moves: Moves::default(),
        }
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
            return self.own.run(context, inputs);
        }
        match self.moves.get(&inputs.bytecode_address) {
            None => self.own.run(context, inputs),
            Some(None) => Ok(None),
            Some(Some(original)) => {
                let moved = CallInputs {
                    bytecode_address: *original,
                    ..inputs.clone()
                };
                self.own.run(context, &moved)
            }
        }
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.own.warm_addresses()
    }
}
