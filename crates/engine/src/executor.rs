//! One transaction or call on a [`State`]: the only place that runs revm.

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use revm::{
    Context,
    context::{BlockEnv, Evm, FrameStack, TxEnv},
    context_interface::{
        Cfg,
        cfg::gas_params::Eip2780TxInfo,
        result::{EVMError, ExecutionResult, HaltReason},
    },
    handler::{Handler, SystemCallTx},
    primitives::{Address, Bytes},
};

use crate::{
    hardfork::Hardfork,
    hash,
    invalid::InvalidTransaction,
    journal::{self, World},
    machine::{Instructions, Machine, MachineContext, MachineError, Run, instructions},
    precompiles::{Moves, Precompiles, SignatureBytes},
    record::{Record, Recording, recording_instructions},
    state::{BackendError, State},
};

pub use crate::{
    config::{CodeSize, Config},
    outcome::{BlockGas, Outcome, Status},
    resolver::{BackendResolver, Resolver},
};

/// What the protocol asks of a transaction before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// All of it.
    #[default]
    Signed,
    /// All but that the sender is no contract (EIP-3607).
    Impersonated,
    /// As [`Self::Impersonated`], without the most gas that a transaction may have (EIP-7825).
    Simulated,
    /// As [`Self::Simulated`], without nonce and block gas limit; nor is a fee of nothing compared with the base fee.
    Unvalidated,
    /// Only that the sender can pay what it offers: nonce, base fee, block gas limit and gas cap are not checked.
    Call,
}

/// How to execute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// What is checked first.
    pub rules: Rules,
    /// Whether the state keeps what the execution does.
    pub commit: bool,
    /// What to record.
    pub record: Record,
}

impl Mode {
    /// A transaction of a block.
    pub const TRANSACTION: Self = Self {
        rules: Rules::Signed,
        commit: true,
        record: Record::OFF,
    };
    /// A call that leaves no trace.
    pub const CALL: Self = Self {
        rules: Rules::Call,
        commit: false,
        record: Record::OFF,
    };
}

/// Why nothing was executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The transaction is refused.
    #[error(transparent)]
    Invalid(#[from] InvalidTransaction),
    /// The state could not be read.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The block lacks what its hardfork asks for.
    #[error("invalid block: {0}")]
    Block(String),
    /// A fault of the engine itself; the state is unchanged.
    #[error("the engine failed: {0}")]
    Internal(String),
}

/// Executes transactions and calls, one after the other.
///
/// Built once: it keeps revm's context and what it has read of the last state.
pub struct Executor {
    config: Config,
    machine: Confined,
    /// The instructions of the last recording.
    recording: Option<(Record, Instructions)>,
}

/// A machine that may move to another thread.
///
/// What keeps revm's own from it: the frames of one execution share their memory through an `Rc`, and each has a
/// pointer to its next instruction.
struct Confined(Machine);

// SAFETY: All clones of that `Rc` are inside this one machine (its local context and the frames on its stack), and each
// pointer goes into code that the same frame holds. None is ever given out, and all are used only through
// `&mut Machine`; so they move together.
#[allow(unsafe_code)]
unsafe impl Send for Confined {}

// SAFETY: Nothing that takes `&Machine` reaches them: a shared executor shows its configuration and its block.
#[allow(unsafe_code)]
unsafe impl Sync for Confined {}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Executor {
    /// An executor for blocks of one configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        hash::prepare();
        Self {
            config,
            machine: Confined(build(config, BlockEnv::default())),
            recording: None,
        }
    }

    /// Let a signature be that of `signer`, whatever it signs.
    pub fn impersonate_signature(&mut self, signature: SignatureBytes, signer: Address) {
        let known = &mut self.machine.0.precompiles.signatures;
        known.insert(signature, signer);
    }

    /// Know whose signatures are what, as another executor does.
    pub(crate) fn learn_signatures(&mut self, other: &Self) {
        let theirs = &other.machine.0.precompiles.signatures;
        self.machine.0.precompiles.signatures.clone_from(theirs);
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Change the configuration, for instance at a hardfork.
    pub fn set_config(&mut self, config: Config) {
        if config != self.config {
            self.config = config;
            self.rebuild();
        }
    }

    fn rebuild(&mut self) {
        let block = self.machine.0.ctx.block.clone();
        let signatures = mem::take(&mut self.machine.0.precompiles.signatures);
        self.machine = Confined(build(self.config, block));
        self.machine.0.precompiles.signatures = signatures;
        self.recording = None;
    }

    /// The block that executions are in.
    #[must_use]
    pub const fn block(&self) -> &BlockEnv {
        &self.machine.0.ctx.block
    }

    /// Enter a block.
    pub fn set_block(&mut self, block: BlockEnv) {
        self.machine.0.ctx.block = block;
        journal::enter_block(&mut self.machine.0.ctx.journaled_state);
    }

    /// Let precompiles answer elsewhere than the hardfork has them, until this is called again or the hardfork changes.
    pub fn move_precompiles(&mut self, moves: Moves) {
        self.machine.0.precompiles.moves = moves;
    }

    /// Whether the hardfork has a precompile at `address`.
    #[must_use]
    pub fn has_precompile(&self, address: Address) -> bool {
        self.machine.0.precompiles.has(&address)
    }

    /// Execute `tx` on `state`.
    ///
    /// # Errors
    /// If the transaction is refused or the state cannot be read; the state is then unchanged.
    pub fn execute(
        &mut self,
        state: &mut State,
        resolver: &mut dyn Resolver,
        tx: TxEnv,
        mode: Mode,
    ) -> Result<Outcome, Error> {
        if tx.kind.is_create() && matches!(tx.tx_type, 3 | 4) {
            return Err(InvalidTransaction::CreateNotAllowed { kind: tx.tx_type }.into());
        }
        self.prepare(tx, mode.rules);
        self.run(
            state,
            resolver,
            Run::new(mode.commit, false),
            mode.record.completed(),
        )
    }

    /// Check all of `tx` that depends neither on the state nor on the base fee, as a pool does before it takes one in.
    ///
    /// # Errors
    /// If no block like the present one could ever hold it.
    pub fn check(&mut self, tx: TxEnv, rules: Rules) -> Result<(), Error> {
        if tx.kind.is_create() && matches!(tx.tx_type, 3 | 4) {
            return Err(InvalidTransaction::CreateNotAllowed { kind: tx.tx_type }.into());
        }
        self.prepare(tx, rules);
        let machine = &mut self.machine.0;
        machine.ctx.cfg.disable_base_fee = true;
        let run = Run::new(false, false);
        run.validate_env(machine)
            .and_then(|()| run.validate_initial_tx_gas(machine))
            .map(|_| ())
            .map_err(|error| self.refuse(error))
    }

    /// Check what of `tx` depends only on itself and the block: type, fees, blobs, size.
    ///
    /// # Errors
    /// If the block cannot hold it.
    pub fn check_environment(&mut self, tx: TxEnv, rules: Rules) -> Result<(), Error> {
        self.prepare(tx, rules);
        let run = Run::new(false, false);
        run.validate_env(&mut self.machine.0)
            .map_err(|error| self.refuse(error))
    }

    /// The least gas limit that `tx` can have: what it costs before it executes, and what its data costs at least.
    #[must_use]
    pub fn intrinsic_gas(&self, tx: &TxEnv) -> u64 {
        let cfg = &self.machine.0.ctx.cfg;
        let eip2780 = cfg.is_amsterdam_eip2780_enabled().then(|| Eip2780TxInfo {
            value: tx.value,
            is_self_transfer: tx.kind.to() == Some(&tx.caller),
        });
        let gas = cfg.gas_params().initial_tx_gas_for_tx(tx, eip2780);
        gas.initial_total_gas().max(gas.floor_gas())
    }

    /// Call `contract` as the protocol does at the start or end of a block.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn system_call(
        &mut self,
        state: &mut State,
        resolver: &mut dyn Resolver,
        contract: Address,
        data: Bytes,
    ) -> Result<Outcome, Error> {
        self.prepare(TxEnv::new_system_tx(contract, data), Rules::Call);
        self.run(state, resolver, Run::new(true, true), Record::OFF)
    }

    fn prepare(&mut self, tx: TxEnv, rules: Rules) {
        let cfg = &mut self.machine.0.ctx.cfg;
        let is_call = rules == Rules::Call;
        let is_unvalidated = rules == Rules::Unvalidated;
        let is_free = tx.gas_price == 0 && tx.gas_priority_fee.unwrap_or_default() == 0;
        cfg.disable_nonce_check = is_call || is_unvalidated;
        cfg.disable_base_fee = is_call || (is_unvalidated && is_free);
        cfg.disable_block_gas_limit = is_call || is_unvalidated;
        cfg.disable_eip3607 = rules != Rules::Signed;
        cfg.tx_chain_id_check = !is_call;
        let is_uncapped = is_call || is_unvalidated || rules == Rules::Simulated;
        cfg.tx_gas_limit_cap = is_uncapped.then_some(u64::MAX);
        self.machine.0.ctx.tx = tx;
    }

    /// Run what was prepared, again and again until all that it asks for is resolved.
    fn run(
        &mut self,
        state: &mut State,
        resolver: &mut dyn Resolver,
        mut run: Run,
        record: Record,
    ) -> Result<Outcome, Error> {
        loop {
            let error = match self.attempt(state, &mut run, record)? {
                Ok(result) => {
                    let recording = self.machine.0.ctx.chain.finish();
                    return Ok(self.outcome(result, run, recording));
                }
                Err(error) => error,
            };
            let journal = &mut self.machine.0.ctx.journaled_state;
            match error {
                EVMError::Database(BackendError::UnresolvedBlock(number)) => {
                    let hash = resolver.block_hash(state, number)?;
                    journal.database.hashes.insert(number, hash);
                }
                EVMError::Database(BackendError::UnresolvedSlot(contract, slot)) => {
                    let word = resolver.system_slot(state, contract, slot)?;
                    let known = &mut journal.database.system_slots;
                    known.insert((contract, slot), word);
                }
                error => return Err(self.refuse(error)),
            }
        }
    }

    fn attempt(
        &mut self,
        state: &mut State,
        run: &mut Run,
        record: Record,
    ) -> Result<Result<ExecutionResult, MachineError>, Error> {
        let machine = &mut self.machine.0;
        machine.ctx.chain.start(record);
        if !record.is_off() {
            let known = self.recording.take().filter(|(flags, _)| *flags == record);
            let spec = self.config.hardfork.spec_id();
            let (_, instructions) =
                known.unwrap_or_else(|| (record, recording_instructions(spec, record)));
            let plain = mem::replace(&mut machine.instruction, instructions);
            self.recording = Some((record, plain));
        }
        mem::swap(&mut machine.ctx.journaled_state.database.state, state);
        journal::refresh(&mut machine.ctx.journaled_state);
        let result = catch_unwind(AssertUnwindSafe(|| {
            if run.is_system {
                run.run_system_call(machine)
            } else {
                run.run(machine)
            }
        }));
        mem::swap(&mut machine.ctx.journaled_state.database.state, state);
        if let (false, Some((_, kept))) = (record.is_off(), &mut self.recording) {
            mem::swap(&mut machine.instruction, kept);
        }
        result.map_err(|panic| {
            self.rebuild();
            Error::Internal(message(panic.as_ref()))
        })
    }

    fn outcome(
        &self,
        result: ExecutionResult,
        run: Run,
        recording: Option<Box<Recording>>,
    ) -> Outcome {
        let created = result.created_address();
        let gas = *result.gas();
        let mut status = run.status;
        let (output, logs) = match result {
            ExecutionResult::Success { logs, output, .. } => (output.into_data(), logs),
            ExecutionResult::Revert { output, .. } => (output, Vec::new()),
            ExecutionResult::Halt { reason, .. } => {
                if let HaltReason::PrecompileErrorWithContext(text) = reason {
                    status = Status::Halt(text.into());
                }
                (Bytes::new(), Vec::new())
            }
        };
        let block_gas = if self.config.hardfork < Hardfork::Amsterdam {
            BlockGas {
                regular: gas.tx_gas_used(),
                state: 0,
            }
        } else {
            BlockGas {
                regular: gas.block_regular_gas_used(),
                state: gas.block_state_gas_used(),
            }
        };
        Outcome {
            status,
            gas_used: gas.tx_gas_used(),
            gas_refunded: gas.final_refunded(),
            gas_spent: gas.total_gas_spent().max(gas.floor_gas()),
            block_gas,
            output,
            logs,
            created,
            recording,
        }
    }

    fn refuse(&mut self, error: MachineError) -> Error {
        let ctx = &mut self.machine.0.ctx;
        match error {
            EVMError::Transaction(reason) => {
                InvalidTransaction::new(reason, &ctx.tx, &ctx.cfg, &ctx.block, self.config.hardfork)
                    .into()
            }
            EVMError::Header(error) => Error::Block(error.to_string()),
            EVMError::Database(error) => {
                journal::forget(&mut ctx.journaled_state);
                error.into()
            }
            EVMError::Custom(text) => Error::Internal(text),
            EVMError::CustomAny(error) => Error::Internal(error.to_string()),
        }
    }
}

fn build(config: Config, block: BlockEnv) -> Machine {
    let spec = config.hardfork.spec_id();
    let mut ctx: MachineContext = Context::new(World::new(spec), spec);
    ctx.modify_cfg(|cfg| {
        cfg.set_spec_and_mainnet_gas_params(spec);
        cfg.chain_id = config.chain_id;
        cfg.memory_limit = config.memory_limit;
        // Initcode may have twice as much.
        cfg.limit_contract_code_size = config.code_size.limit();
        cfg.max_blobs_per_tx = config
            .hardfork
            .blobs()
            .map(|blobs| blobs.max_per_transaction);
    });
    ctx.block = block;
    Evm {
        ctx,
        inspector: (),
        instruction: instructions(spec),
        precompiles: Precompiles::new(spec),
        frame_stack: FrameStack::new_prealloc(8),
    }
}

/// The text that a panic was raised with.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".into())
}
