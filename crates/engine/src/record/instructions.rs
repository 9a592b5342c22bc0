//! Instructions that record, in place of revm's own.

use revm::{
    bytecode::opcode::{JUMPDEST, JUMPI, SELFDESTRUCT, SLOAD, SSTORE},
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        instructions::{control, host},
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, Jumps},
    },
    primitives::{Address, U256, hardfork::SpecId},
};

use super::Record;
use crate::machine::{Instructions, MachineContext, instructions};

type Context<'a> = InstructionContext<'a, MachineContext, EthInterpreter>;

/// The instruction table of a recording; gas costs are as ever.
pub(crate) fn recording(spec: SpecId, flags: Record) -> Instructions {
    let mut instructions = instructions(spec);
    let table = instructions.instruction_table_mut();
    let mut replace = |flag: Record, opcode: u8, instruction| {
        if flags.contains(flag) {
            table[usize::from(opcode)] = Instruction::new(instruction);
        }
    };
    replace(Record::COVERAGE, JUMPDEST, jumpdest);
    replace(Record::COVERAGE, JUMPI, jumpi);
    replace(Record::EDGES, JUMPI, jumpi);
    replace(Record::STORAGE, SLOAD, sload);
    replace(Record::STORAGE, SSTORE, sstore);
    replace(Record::FRAMES, SELFDESTRUCT, selfdestruct);
    instructions
}

/// The same context again, so that something can be done after the instruction.
fn again<'a>(context: &'a mut Context<'_>) -> Context<'a> {
    InstructionContext {
        interpreter: context.interpreter,
        host: context.host,
    }
}

/// The word `depth` below the top of the stack; zero where the instruction is going to fail.
fn operand(context: &Context<'_>, depth: usize) -> U256 {
    let stack = context.interpreter.stack.data();
    stack
        .len()
        .checked_sub(depth + 1)
        .map_or(U256::ZERO, |index| stack[index])
}

/// Program counter of the instruction that is running: the interpreter is past its opcode already.
fn pc(context: &Context<'_>) -> usize {
    context.interpreter.bytecode.pc() - 1
}

fn jumpdest(mut context: Context<'_>) -> InstructionExecResult {
    let pc = pc(&context);
    context.host.chain.jumpdest(pc);
    control::jumpdest(again(&mut context))
}

fn jumpi(mut context: Context<'_>) -> InstructionExecResult {
    let pc = pc(&context);
    let is_taken = !operand(&context, 1).is_zero();
    control::jumpi(again(&mut context))?;
    let target = context.interpreter.bytecode.pc();
    context.host.chain.jumpi(pc, target, is_taken);
    Ok(())
}

fn sload(mut context: Context<'_>) -> InstructionExecResult {
    let slot = operand(&context, 0);
    host::sload(again(&mut context))?;
    let account = context.interpreter.input.target_address();
    let word = operand(&context, 0);
    context.host.chain.read(account, slot, word);
    Ok(())
}

fn sstore(mut context: Context<'_>) -> InstructionExecResult {
    let (slot, word) = (operand(&context, 0), operand(&context, 1));
    host::sstore(again(&mut context))?;
    let account = context.interpreter.input.target_address();
    let MachineContext {
        chain,
        journaled_state,
        ..
    } = context.host;
    chain.write(account, slot, word, journaled_state.inner.journal.last());
    Ok(())
}

fn selfdestruct(mut context: Context<'_>) -> InstructionExecResult {
    let contract = context.interpreter.input.target_address();
    let beneficiary = Address::from_word(operand(&context, 0).into());
    let account = context.host.journaled_state.inner.state.get(&contract);
    let balance = account.map_or(U256::ZERO, |account| account.info.balance);
    let result = host::selfdestruct(again(&mut context));
    if result == Err(InstructionResult::SelfDestruct) {
        let MachineContext {
            chain,
            journaled_state,
            ..
        } = context.host;
        chain.sync_logs(&journaled_state.inner.logs);
        chain.self_destruct(contract, beneficiary, balance);
    }
    result
}
