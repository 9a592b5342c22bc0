//! Recorded steps: their columns, stacks and memories.

use crate::world::{World, n, with, word};
use ingot_engine::{
    executor::{Mode, Status},
    hardfork::Hardfork,
    record::Record,
};
use proptest::prelude::*;
use revm::{
    bytecode::opcode as op,
    context::TxEnv,
    primitives::{Address, TxKind, U256},
};

const OUTER: Address = Address::repeat_byte(0x71);
const INNER: Address = Address::repeat_byte(0x72);

fn world() -> World {
    World::new(Hardfork::Cancun)
}

#[test]
fn steps_show_pc_gas_refund_and_memory() {
    let mut world = world();
    world.state.set_storage(OUTER, n(0), n(1)).unwrap();
    let code = [
        op::PUSH0,
        op::PUSH0,
        op::SSTORE,
        op::PUSH1,
        7,
        op::PUSH1,
        32,
        op::MSTORE,
        op::STOP,
    ];
    world.put(OUTER, &code);
    let (_, recording) = world.record(OUTER, Record::STEPS);
    let steps = &recording.steps;
    assert_eq!(steps.pc, [0, 1, 2, 3, 5, 7, 8]);
    assert_eq!(steps.op, [0x5f, 0x5f, 0x55, 0x60, 0x60, 0x52, 0x00]);
    let spent: Vec<_> = steps.gas.iter().map(|gas| 979_000 - gas).collect();
    assert_eq!(spent, [0, 2, 4, 5_004, 5_007, 5_010, 5_019]);
    assert_eq!(steps.refund, [0, 0, 0, 4_800, 4_800, 4_800, 4_800]);
    assert_eq!(steps.stack_len, [0, 1, 2, 0, 1, 2, 0]);
    assert_eq!(steps.memory_len, [0, 0, 0, 0, 0, 0, 64]);
    assert_eq!(steps.stack(5), Some(vec![n(7), n(32)]));
    let mut memory = vec![0; 64];
    memory[63] = 7;
    assert_eq!(
        (steps.memory(5), steps.memory(6)),
        (Some(vec![]), Some(memory))
    );
    assert_eq!(
        (steps.stack(7), steps.memory(7), steps.is_truncated),
        (None, None, false)
    );
}

#[test]
fn steps_of_a_frame_go_on_after_a_call() {
    let mut world = world();
    let returns = [
        with(op::MSTORE8, &[n(0), n(9)]),
        with(op::RETURN, &[n(0), n(32)]),
    ]
    .concat();
    world.put(INNER, &returns);
    let inner = with(
        op::CALL,
        &[n(9_000), word(INNER), n(0), n(0), n(0), n(0), n(32)],
    );
    world.put(
        OUTER,
        &[vec![op::PUSH1, 3], inner, vec![op::PUSH1, 4, op::STOP]].concat(),
    );
    let (_, recording) = world.record(OUTER, Record::STEPS);
    let steps = &recording.steps;
    let last = steps.len() - 1;
    assert_eq!((steps.op[last], steps.frame[last]), (op::STOP, 0));
    assert_eq!(steps.stack(last), Some(vec![n(3), n(1), n(4)]));
    assert_eq!(steps.memory(last).unwrap()[0], 9);
    let in_inner = steps.frame.iter().position(|frame| *frame == 1).unwrap();
    assert_eq!(
        (steps.stack(in_inner), steps.memory(in_inner)),
        (Some(vec![]), Some(vec![]))
    );
}

/// An instruction of programs that need no gas nor fail.
#[derive(Clone, Copy, Debug)]
enum Simple {
    Push(u8),
    Dup(u8),
    Swap(u8),
    Pop,
    Add,
    Store(u8),
    StoreByte(u8),
}

fn simple() -> impl Strategy<Value = Simple> {
    prop_oneof![
        4 => any::<u8>().prop_map(Simple::Push),
        2 => (1..=16_u8).prop_map(Simple::Dup),
        2 => (1..=16_u8).prop_map(Simple::Swap),
        1 => Just(Simple::Pop),
        1 => Just(Simple::Add),
        1 => any::<u8>().prop_map(Simple::Store),
        1 => any::<u8>().prop_map(Simple::StoreByte),
    ]
}

/// Do it on a stack and a memory, if it can be done. Returns its code.
fn simulate(simple: Simple, stack: &mut Vec<U256>, memory: &mut Vec<u8>) -> Option<Vec<u8>> {
    let len = stack.len();
    let needed = match simple {
        Simple::Push(_) => 0,
        Simple::Dup(depth) => usize::from(depth),
        Simple::Swap(depth) => usize::from(depth) + 1,
        Simple::Pop | Simple::Store(_) | Simple::StoreByte(_) => 1,
        Simple::Add => 2,
    };
    if len < needed || len > 1000 {
        return None;
    }
    let mut write = |offset: u8, bytes: &[u8]| {
        let offset = usize::from(offset);
        memory.resize(
            memory
                .len()
                .max((offset + bytes.len()).next_multiple_of(32)),
            0,
        );
        memory[offset..offset + bytes.len()].copy_from_slice(bytes);
    };
    Some(match simple {
        Simple::Push(value) => {
            stack.push(n(value.into()));
            vec![op::PUSH1, value]
        }
        Simple::Dup(depth) => {
            stack.push(stack[len - usize::from(depth)]);
            vec![op::DUP1 + depth - 1]
        }
        Simple::Swap(depth) => {
            stack.swap(len - 1, len - 1 - usize::from(depth));
            vec![op::SWAP1 + depth - 1]
        }
        Simple::Pop => {
            stack.pop();
            vec![op::POP]
        }
        Simple::Add => {
            let top = stack.pop()?;
            stack[len - 2] = top.wrapping_add(stack[len - 2]);
            vec![op::ADD]
        }
        Simple::Store(offset) => {
            write(offset, &stack.pop()?.to_be_bytes::<32>());
            vec![op::PUSH1, offset, op::MSTORE]
        }
        Simple::StoreByte(offset) => {
            write(offset, &[stack.pop()?.byte(0)]);
            vec![op::PUSH1, offset, op::MSTORE8]
        }
    })
}

proptest! {
    #[test]
    fn stacks_and_memories_are_what_they_were(program in prop::collection::vec(simple(), 1..900)) {
        let (mut stack, mut memory) = (Vec::new(), Vec::new());
        let (mut code, mut expected) = (Vec::new(), Vec::new());
        for simple in program {
            let before = (stack.clone(), memory.clone());
            if let Some(bytes) = simulate(simple, &mut stack, &mut memory) {
                expected.push((code.len(), before));
                code.extend(bytes);
            }
        }
        let mut world = world();
        world.put(OUTER, &code);
        let (outcome, recording) = world.record(OUTER, Record::STEPS);
        prop_assert!(outcome.succeeded());
        let steps = &recording.steps;
        for (pc, (stack, memory)) in expected {
            let step = steps.pc.iter().position(|found| *found as usize == pc).unwrap();
            prop_assert_eq!(steps.stack(step), Some(stack));
            prop_assert_eq!(steps.memory(step), Some(memory));
        }
    }
}

#[test]
fn long_recordings_are_cut_off() {
    let mut world = world();
    world.put(
        OUTER,
        &[vec![op::JUMPDEST], with(op::JUMP, &[n(0)])].concat(),
    );
    let tx = TxEnv {
        gas_limit: 60_000_000,
        ..world.tx(TxKind::Call(OUTER))
    };
    let mode = Mode {
        record: Record::STEPS,
        ..Mode::CALL
    };
    let outcome = world.execute(tx, mode).unwrap();
    let steps = &outcome.recording.as_ref().unwrap().steps;
    assert!(steps.is_truncated);
    assert!(steps.stack(steps.len() - 1).is_some());
    assert_eq!(outcome.status, Status::Halt("out of gas".into()));
}
