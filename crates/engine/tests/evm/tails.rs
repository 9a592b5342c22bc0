//! The last steps of what failed, beside a recording of all steps.

use crate::world::{World, n, with, word};
use ingot_engine::{hardfork::Hardfork, record::Record};
use revm::{bytecode::opcode as op, primitives::Address};

const OUTER: Address = Address::repeat_byte(0x71);
const INNER: Address = Address::repeat_byte(0x72);
const OTHER: Address = Address::repeat_byte(0x73);

fn world() -> World {
    World::new(Hardfork::Cancun)
}

fn call(address: Address) -> Vec<u8> {
    let operands = [n(400_000), word(address), n(0), n(0), n(0), n(0), n(0)];
    [with(op::CALL, &operands), vec![op::POP]].concat()
}

fn fail() -> Vec<u8> {
    with(op::REVERT, &[n(0), n(0)])
}

/// Counts down from `rounds` with a word below the counter.
fn countdown(rounds: u16) -> Vec<u8> {
    let [high, low] = rounds.to_be_bytes();
    let start = [op::PUSH1, 77, op::PUSH2, high, low, op::JUMPDEST];
    let round = [op::PUSH1, 1, op::SWAP1, op::SUB, op::DUP1];
    [start.as_slice(), &round, &[op::PUSH1, 5, op::JUMPI]].concat()
}

/// (frame, pc, opcode) of each step of the frames, of a recording of all steps.
fn all_steps(world: &mut World, frames: &[u32]) -> Vec<(u32, u32, u8)> {
    let (_, recording) = world.record(OUTER, Record::STEPS);
    let steps = &recording.steps;
    let rows = steps.frame.iter().zip(&steps.pc).zip(&steps.op);
    rows.map(|((frame, pc), op)| (*frame, *pc, *op))
        .filter(|(frame, _, _)| frames.contains(frame))
        .collect()
}

fn tails(world: &mut World) -> Vec<(u32, u32, u8)> {
    let (_, recording) = world.record(OUTER, Record::TAILS);
    let tails = &recording.tails;
    assert_eq!((recording.steps.len(), tails.stacks.len()), (0, 0));
    let rows = tails.frame.iter().zip(&tails.pc).zip(&tails.op);
    rows.map(|((frame, pc), op)| (*frame, *pc, *op)).collect()
}

#[test]
fn tails_are_the_steps_of_the_calls_that_failed_last() {
    let mut world = world();
    // Frames: 0 outer; 1 failed and was followed by 2, which ended well; 3 failed last.
    let calls = [call(INNER), call(OTHER), call(INNER), fail()].concat();
    world.put(OUTER, &calls);
    world.put(INNER, &fail());
    world.put(OTHER, &[op::PUSH0, op::STOP]);
    let found = tails(&mut world);
    assert_eq!(found, all_steps(&mut world, &[0, 3]));
    assert!(found.iter().any(|(frame, _, _)| *frame == 3));
}

#[test]
fn what_ended_well_has_no_tails() {
    let mut world = world();
    world.put(OUTER, &[call(INNER), vec![op::STOP]].concat());
    world.put(INNER, &fail());
    assert_eq!(tails(&mut world), []);
}

#[test]
fn of_a_long_frame_the_last_steps_are_kept_and_the_stack_before_them() {
    let mut world = world();
    world.put(OUTER, &[countdown(5_000), call(INNER), fail()].concat());
    world.put(INNER, &fail());
    let (_, whole) = world.record(OUTER, Record::STEPS);
    let (_, recording) = world.record(OUTER, Record::TAILS);
    let tails = &recording.tails;
    assert!((4_096..=2 * 4_096 + 10).contains(&tails.pc.len()));
    let dropped = whole.steps.len() - tails.pc.len();
    assert_eq!(tails.pc, whole.steps.pc[dropped..]);
    assert_eq!(tails.frame, whole.steps.frame[dropped..]);
    let stack = whole.steps.stack(dropped).unwrap();
    assert_eq!(stack.first(), Some(&n(77)));
    assert_eq!(tails.stacks, [(0, stack)]);
}
