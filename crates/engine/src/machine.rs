//! revm, put together: its mainnet handler over our world, ending in our state, with our recorder.

use revm::{
    Context, Journal,
    bytecode::opcode as op,
    context::{BlockEnv, CfgEnv, Evm, FrameStack, TxEnv},
    context_interface::{
        LocalContextTr,
        context::take_error,
        result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction, ResultGas},
    },
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, FrameResult, Handler, ItemOrResult,
        instructions::EthInstructions, post_execution,
    },
    interpreter::{
        FrameInput, InstructionResult, InterpreterAction,
        interpreter::EthInterpreter,
        interpreter_action::FrameInit,
        interpreter_types::{Jumps, LoopControl},
    },
    primitives::{Address, B256, Bytes, KECCAK_EMPTY, hardfork::SpecId},
};

use crate::{
    journal::{self, World},
    outcome::{Status, Stop},
    precompiles::Precompiles,
    record::{Record, Recorder},
    state::BackendError,
};

pub(crate) type MachineContext = Context<BlockEnv, TxEnv, CfgEnv, World, Journal<World>, Recorder>;
pub(crate) type Instructions = EthInstructions<EthInterpreter, MachineContext>;
pub(crate) type Machine =
    Evm<MachineContext, (), Instructions, Precompiles, EthFrame<EthInterpreter>>;
pub(crate) type MachineError = EVMError<BackendError, InvalidTransaction>;

/// Stands for the code of an account that has none but storage, where a contract must not be created.
const OCCUPIED: B256 = B256::repeat_byte(0xff);

/// Bytes of memory that are kept from one execution to the next.
const MAX_MEMORY_KEPT: usize = 1 << 20;

/// Frames, of 32 KiB each for its stack, that are kept from one execution to the next.
const MAX_FRAMES_KEPT: usize = 32;

/// Which hardfork brought which instructions. revm knows it too, but looks only after it took their gas.
const BROUGHT: [(SpecId, &[u8]); 9] = [
    (SpecId::HOMESTEAD, &[op::DELEGATECALL]),
    (
        SpecId::BYZANTIUM,
        &[
            op::RETURNDATASIZE,
            op::RETURNDATACOPY,
            op::STATICCALL,
            op::REVERT,
        ],
    ),
    (
        SpecId::PETERSBURG,
        &[op::SHL, op::SHR, op::SAR, op::EXTCODEHASH, op::CREATE2],
    ),
    (SpecId::ISTANBUL, &[op::CHAINID, op::SELFBALANCE]),
    (SpecId::LONDON, &[op::BASEFEE]),
    (SpecId::SHANGHAI, &[op::PUSH0]),
    (
        SpecId::CANCUN,
        &[
            op::TLOAD,
            op::TSTORE,
            op::MCOPY,
            op::BLOBHASH,
            op::BLOBBASEFEE,
        ],
    ),
    (SpecId::OSAKA, &[op::CLZ]),
    (
        SpecId::AMSTERDAM,
        &[op::SLOTNUM, op::DUPN, op::SWAPN, op::EXCHANGE],
    ),
];

/// The instructions of a hardfork. Those of later ones cost nothing: they are invalid, whatever gas is left.
pub(crate) fn instructions(spec: SpecId) -> Instructions {
    let mut instructions = Instructions::new_mainnet_with_spec(spec);
    for (_, later) in BROUGHT
        .iter()
        .filter(|(since, _)| !spec.is_enabled_in(*since))
    {
        for opcode in *later {
            instructions.insert_gas(*opcode, 0);
        }
    }
    instructions
}

/// One execution.
pub(crate) struct Run {
    commit: bool,
    pub(crate) is_system: bool,
    end: End,
    /// How the outermost frame ended.
    pub(crate) status: Status,
    /// The greatest depth of frames.
    depth: usize,
}

/// What the result of a frame does not say about how it ended.
#[derive(Clone, Copy, Default)]
struct End {
    /// Where it stopped, if an opcode made it fail.
    stop: Option<Stop>,
    /// Whether only the storing of the new contract's code failed.
    stored: bool,
}

impl End {
    fn status(self, result: &FrameResult) -> Status {
        if self.stored {
            return Status::Halt("contract creation code storage out of gas".into());
        }
        Status::new(result.instruction_result(), self.stop)
    }
}

impl Run {
    pub(crate) fn new(commit: bool, is_system: bool) -> Self {
        Self {
            commit,
            is_system,
            end: End::default(),
            status: Status::Success,
            depth: 0,
        }
    }
}

impl Handler for Run {
    type Evm = Machine;
    type Error = MachineError;
    type HaltReason = HaltReason;

    fn run_exec_loop(
        &mut self,
        evm: &mut Machine,
        first: FrameInit,
    ) -> Result<FrameResult, MachineError> {
        if let Some(result) = start_frame(evm, first, 0)? {
            return Ok(result);
        }
        loop {
            let (next, end) = run_frame(evm)?;
            let result = match next {
                ItemOrResult::Result(result) => result,
                ItemOrResult::Item(init) => {
                    self.depth = self.depth.max(init.depth);
                    let refunded = evm.frame_stack.get().interpreter.gas.refunded();
                    match start_frame(evm, init, refunded)? {
                        Some(result) => result,
                        None => continue,
                    }
                }
            };
            if let Some(result) = evm.frame_return_result(result)? {
                self.end = end;
                return Ok(result);
            }
        }
    }

    fn execution_result(
        &mut self,
        evm: &mut Machine,
        result: FrameResult,
        gas: ResultGas,
    ) -> Result<ExecutionResult, MachineError> {
        take_error::<MachineError, _>(&mut evm.ctx.error)?;
        self.status = self.end.status(&result);
        let result = post_execution::output(evm.ctx(), result, gas);
        let (journal, chain) = (&mut evm.ctx.journaled_state, &mut evm.ctx.chain);
        chain.keep_ends(&journal.inner.state);
        if self.commit {
            journal::commit(journal);
        } else {
            journal::discard(journal);
        }
        evm.ctx.local.clear();
        evm.frame_stack.clear();
        give_back(evm, self.depth);
        Ok(result)
    }
}

/// Do not keep for the next execution what few need as large: the memory, and the stacks of deep frames.
fn give_back(evm: &mut Machine, depth: usize) {
    let memory = &evm.ctx.local.shared_memory_buffer;
    if memory.borrow().capacity() > MAX_MEMORY_KEPT {
        memory.borrow_mut().shrink_to(MAX_MEMORY_KEPT);
    }
    if depth > MAX_FRAMES_KEPT {
        evm.frame_stack = FrameStack::new_prealloc(8);
    }
}

/// Begin a frame. Returns its result if it ends at once: it fails, runs no code or a precompile.
fn start_frame(
    evm: &mut Machine,
    init: FrameInit,
    refunded: i64,
) -> Result<Option<FrameResult>, MachineError> {
    let is_recording = !evm.ctx.chain.flags().is_off();
    if is_recording {
        let calldata = match &init.frame_input {
            FrameInput::Call(call) if evm.ctx.chain.flags().contains(Record::FRAMES) => {
                call.input.bytes(&evm.ctx)
            }
            _ => Bytes::new(),
        };
        let MachineContext {
            chain,
            journaled_state,
            ..
        } = &mut evm.ctx;
        chain.begin(&init.frame_input, journaled_state, calldata, refunded);
    }
    let occupied = occupy(&mut evm.ctx.journaled_state, &init.frame_input);
    let result = match evm.frame_init(init) {
        Ok(ItemOrResult::Item(_)) => Ok(None),
        Ok(ItemOrResult::Result(result)) => Ok(Some(result)),
        Err(error) => Err(error),
    };
    if let Some(address) = occupied {
        vacate(&mut evm.ctx.journaled_state, address);
    }
    let result = result?;
    if is_recording {
        let MachineContext {
            chain,
            journaled_state,
            ..
        } = &mut evm.ctx;
        match &result {
            Some(result) => {
                let status = End::default().status(result);
                chain.end(result, status, &journaled_state.inner.logs);
            }
            None => chain.enter(&journaled_state.inner.logs),
        }
    }
    Ok(result)
}

/// Run the topmost frame until it ends or makes another.
fn run_frame(
    evm: &mut Machine,
) -> Result<(FrameInitOrResult<EthFrame<EthInterpreter>>, End), MachineError> {
    let Machine {
        ctx,
        instruction,
        frame_stack,
        ..
    } = evm;
    let frame = frame_stack.get();
    let flags = ctx.chain.flags();
    let action = if flags.contains(Record::STEPS) || flags.contains(Record::TAILS) {
        run_steps(frame, instruction, ctx)
    } else {
        let (table, gas) = (instruction.instruction_table(), instruction.gas_table());
        frame.interpreter.run_plain(table, gas, ctx)
    };
    let mut end = End::default();
    let mut returned = false;
    if let InterpreterAction::Return(result) = &action {
        returned = result.is_ok();
        if result.is_halt() {
            // The interpreter is past the opcode already.
            let code = &frame.interpreter.bytecode;
            let pc = code.pc().saturating_sub(1);
            end.stop = code.bytes_slice().get(pc).map(|opcode| Stop {
                opcode: *opcode,
                stack_len: u16::try_from(frame.interpreter.stack.len()).unwrap_or(u16::MAX),
            });
            ctx.chain.stop(pc, end.stop);
        }
    }
    if !flags.is_off() {
        // Before a revert drops them.
        ctx.chain.sync_logs(&ctx.journaled_state.inner.logs);
    }
    let next = frame.process_next_action::<_, MachineError>(ctx, action)?;
    if let ItemOrResult::Result(result) = &next {
        frame.set_finished(true);
        end.stored = returned && result.instruction_result() == InstructionResult::OutOfGas;
        if !flags.is_off() {
            ctx.chain
                .end(result, end.status(result), &ctx.journaled_state.inner.logs);
        }
    }
    Ok((next, end))
}

/// The same as the interpreter's own loop, with each step recorded.
fn run_steps(
    frame: &mut EthFrame<EthInterpreter>,
    instructions: &Instructions,
    ctx: &mut MachineContext,
) -> InterpreterAction {
    let (table, gas) = (instructions.instruction_table(), instructions.gas_table());
    let interpreter = &mut frame.interpreter;
    let ended = loop {
        ctx.chain.step(interpreter);
        if let Err(ended) = interpreter.step(table, gas, ctx) {
            break ended;
        }
    };
    if interpreter.bytecode.action().is_none() {
        interpreter.halt(ended);
    }
    interpreter.take_next_action()
}

/// Make revm see a collision where a contract is about to be created at an address that has storage (EIP-7610).
///
/// Returns: the address, for [`vacate`].
fn occupy(journal: &mut Journal<World>, input: &FrameInput) -> Option<Address> {
    let FrameInput::Create(create) = input else {
        return None;
    };
    let caller = journal.inner.state.get(&create.caller())?;
    let address = create.created_address(caller.info.nonce);
    if !journal.database.state.has_words(address) {
        return None;
    }
    match journal.inner.state.get_mut(&address) {
        Some(account) if account.info.code_hash == KECCAK_EMPTY => {
            account.info.code_hash = OCCUPIED;
        }
        Some(_) => return None,
        None => journal.database.occupied = Some((address, OCCUPIED)),
    }
    Some(address)
}

fn vacate(journal: &mut Journal<World>, address: Address) {
    journal.database.occupied = None;
    let Some(account) = journal.inner.state.get_mut(&address) else {
        return;
    };
    if account.info.code_hash == OCCUPIED {
        account.info.code_hash = KECCAK_EMPTY;
        account.set_current_info_as_original();
    }
}
