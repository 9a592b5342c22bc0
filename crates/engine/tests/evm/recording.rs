//! What recordings say, on small programs.

use crate::world::{ALICE, World, call, initcode, n, sstore, with, word};
use ingot_engine::{
    executor::{Mode, Status},
    hardfork::Hardfork,
    record::{Edge, FrameKind, Record, Recording},
};
use revm::{
    bytecode::opcode as op,
    context::TxEnv,
    context_interface::{
        either::Either,
        transaction::{Authorization, RecoveredAuthority, RecoveredAuthorization},
    },
    primitives::{Address, Bytes, TxKind, keccak256},
};

const OUTER: Address = Address::repeat_byte(0x71);
const INNER: Address = Address::repeat_byte(0x72);
const LIBRARY: Address = Address::repeat_byte(0x73);
const IDENTITY: Address = Address::with_last_byte(4);

fn world() -> World {
    World::new(Hardfork::Cancun)
}

fn log(topic: u64) -> Vec<u8> {
    with(op::LOG1, &[n(0), n(0), n(topic)])
}

fn executed(recording: &Recording, code: &[u8]) -> Vec<usize> {
    let bitmap = &recording.coverage[&keccak256(code)];
    assert_eq!(bitmap.len(), code.len().div_ceil(8));
    (0..code.len())
        .filter(|pc| bitmap[pc >> 3] >> (pc & 7) & 1 == 1)
        .collect()
}

/// The first bytes of the instructions from `start` up to `end`.
fn instructions(code: &[u8], start: usize, end: usize) -> Vec<usize> {
    let length = |op: u8| {
        if (op::PUSH1..=op::PUSH32).contains(&op) {
            usize::from(op - op::PUSH1) + 2
        } else {
            1
        }
    };
    let pcs = std::iter::successors(Some(start), |pc| Some(pc + length(*code.get(*pc)?)));
    pcs.take_while(|pc| *pc < end).collect()
}

#[test]
fn frames_are_nested_as_the_calls_were() {
    let mut world = world();
    let returns = [
        with(op::MSTORE, &[n(0), n(0xcafe)]),
        with(op::RETURN, &[n(30), n(2)]),
    ]
    .concat();
    world.put(LIBRARY, &returns);
    world.put(
        INNER,
        &with(
            op::DELEGATECALL,
            &[n(9_000), word(LIBRARY), n(0), n(0), n(0), n(0)],
        ),
    );
    let precompiled = with(
        op::STATICCALL,
        &[n(500), word(IDENTITY), n(0), n(3), n(0), n(0)],
    );
    world.put(
        OUTER,
        &[call(INNER, 5), precompiled, call(ALICE, 0)].concat(),
    );
    world.state.set_balance(OUTER, n(9)).unwrap();
    let (outcome, recording) = world.record(OUTER, Record::FRAMES);

    let frames = &recording.frames;
    let shape: Vec<_> = frames
        .iter()
        .map(|frame| (frame.kind.name(), frame.parent, frame.depth))
        .collect();
    let expected = [
        ("CALL", None, 0),
        ("CALL", Some(0), 1),
        ("DELEGATECALL", Some(1), 2),
        ("STATICCALL", Some(0), 1),
        ("CALL", Some(0), 1),
    ];
    assert_eq!(shape, expected);
    assert!(frames.iter().all(|frame| frame.status == Status::Success));
    let parties = |index: usize| {
        (
            frames[index].sender,
            frames[index].to,
            frames[index].code_address,
        )
    };
    assert_eq!(parties(0), (ALICE, OUTER, OUTER));
    assert_eq!(parties(1), (OUTER, INNER, INNER));
    assert_eq!(parties(2), (OUTER, INNER, LIBRARY));
    assert_eq!(frames[2].code_hash, keccak256(&returns));
    assert_eq!((frames[1].value, frames[2].value), (n(5), n(5)));
    assert_eq!(frames[2].output, Bytes::from_static(&[0xca, 0xfe]));
    assert_eq!(frames[3].input, Bytes::from_static(&[0; 3]));
    assert_eq!(frames[3].output, Bytes::from_static(&[0; 3]));
    assert_eq!(
        (frames[2].gas, frames[3].gas, frames[3].gas_used),
        (9_000, 500, 18)
    );
    assert_eq!(frames[0].gas_used + 21_000, outcome.gas_used);
}

#[test]
fn frames_say_how_they_failed() {
    let mut world = world();
    world.put(INNER, &[op::INVALID]);
    let reverts = [
        with(op::MSTORE8, &[n(0), n(7)]),
        with(op::REVERT, &[n(0), n(1)]),
    ]
    .concat();
    world.put(LIBRARY, &reverts);
    let poor = with(
        op::CALL,
        &[n(100), word(LIBRARY), n(1), n(0), n(0), n(0), n(0)],
    );
    let limited = with(
        op::CALL,
        &[n(1000), word(INNER), n(0), n(0), n(0), n(0), n(0)],
    );
    world.put(OUTER, &[limited, call(LIBRARY, 0), poor].concat());
    let (outcome, recording) = world.record(OUTER, Record::FRAMES);
    assert!(outcome.succeeded());
    let halt = |text: &'static str| Status::Halt(text.into());
    let statuses: Vec<_> = recording
        .frames
        .iter()
        .map(|frame| frame.status.clone())
        .collect();
    let expected = [
        Status::Success,
        halt("invalid opcode: INVALID"),
        Status::Revert,
        halt("insufficient balance for transfer"),
    ];
    assert_eq!(statuses, expected);
    assert_eq!(
        (recording.frames[1].gas_used, recording.frames[3].gas_used),
        (1000, 0)
    );
    assert_eq!(recording.frames[2].output, Bytes::from_static(&[7]));
}

#[test]
fn a_creation_whose_code_is_refused_has_no_output() {
    let mut world = world();
    let returns_ef = [
        with(op::MSTORE8, &[n(0), n(0xef)]),
        with(op::RETURN, &[n(0), n(1)]),
    ]
    .concat();
    let tx = TxEnv {
        data: returns_ef.into(),
        ..world.tx(TxKind::Create)
    };
    let mode = Mode {
        record: Record::FRAMES,
        ..Mode::TRANSACTION
    };
    let outcome = world.execute(tx, mode).unwrap();
    let frame = &outcome.recording.as_ref().unwrap().frames[0];
    assert!(matches!(frame.status, Status::Halt(_)));
    assert_eq!((frame.gas_used, &frame.output), (frame.gas, &Bytes::new()));
    assert_eq!(outcome.output, Bytes::new());
}

#[test]
fn creates_and_self_destructions_are_frames() {
    let mut world = world();
    let code = initcode(&with(op::SELFDESTRUCT, &[word(INNER)]));
    let tx = TxEnv {
        data: code.clone().into(),
        value: n(6),
        ..world.tx(TxKind::Create)
    };
    let mode = Mode {
        record: Record::FRAMES,
        ..Mode::TRANSACTION
    };
    let outcome = world.execute(tx, mode).unwrap();
    let frame = &outcome.recording.as_ref().unwrap().frames[0];
    let created = outcome.created.unwrap();
    assert_eq!(
        (frame.kind, frame.to, frame.value),
        (FrameKind::Create, created, n(6))
    );
    assert_eq!(
        (frame.code_hash, &frame.input, &frame.output),
        (keccak256(&code), &code.into(), &outcome.output)
    );

    let (_, recording) = world.record(created, Record::FRAMES);
    let frame = &recording.frames[1];
    let expected = (FrameKind::SelfDestruct, Some(0), created, INNER, n(6));
    assert_eq!(
        (
            frame.kind,
            frame.parent,
            frame.sender,
            frame.to,
            frame.value
        ),
        expected
    );
}

#[test]
fn delegated_account_runs_the_code_of_its_delegate() {
    let mut world = World::new(Hardfork::Prague);
    world.put(LIBRARY, &[op::STOP]);
    let inner = Authorization {
        chain_id: n(0),
        address: LIBRARY,
        nonce: 0,
    };
    let authorization =
        RecoveredAuthorization::new_unchecked(inner, RecoveredAuthority::Valid(INNER));
    let tx = TxEnv {
        tx_type: 4,
        authorization_list: vec![Either::Right(authorization)],
        ..world.tx(TxKind::Call(INNER))
    };
    let mode = Mode {
        record: Record::FRAMES,
        ..Mode::TRANSACTION
    };
    let recording = world.execute(tx, mode).unwrap().recording.unwrap();
    let frame = &recording.frames[0];
    assert_eq!(
        (frame.to, frame.code_address, frame.code_hash),
        (INNER, LIBRARY, keccak256([op::STOP]))
    );
}

#[test]
fn logs_know_their_frame_and_reverted_ones_are_kept_apart() {
    let mut world = world();
    world.put(INNER, &[log(2), with(op::REVERT, &[n(0), n(0)])].concat());
    world.put(LIBRARY, &log(3));
    world.put(
        OUTER,
        &[log(1), call(INNER, 0), call(LIBRARY, 0), log(4)].concat(),
    );
    let (outcome, recording) = world.record(OUTER, Record::FRAMES);
    let logs: Vec<_> = recording
        .logs
        .iter()
        .map(|entry| {
            (
                entry.log.topics()[0].into(),
                entry.frame,
                entry.position,
                entry.index,
            )
        })
        .collect();
    let expected = [
        (n(1), 0, 1, Some(0)),
        (n(2), 1, 2, None),
        (n(3), 2, 3, Some(1)),
        (n(4), 0, 3, Some(2)),
    ];
    assert_eq!(logs, expected);
    assert_eq!(outcome.logs.len(), 3);
}

#[test]
fn logs_of_a_transaction_that_fails_are_recorded() {
    let mut world = world();
    world.put(OUTER, &[log(1), vec![op::INVALID]].concat());
    let (outcome, recording) = world.record(OUTER, Record::FRAMES);
    assert!(outcome.logs.is_empty());
    assert_eq!(
        recording
            .logs
            .iter()
            .map(|entry| entry.index)
            .collect::<Vec<_>>(),
        [None]
    );
}

#[test]
fn storage_accesses_are_in_order_with_their_frame() {
    let mut world = world();
    world.state.set_storage(OUTER, n(1), n(5)).unwrap();
    world.put(INNER, &[sstore(1, 3), vec![op::INVALID]].concat());
    let inner = with(
        op::CALL,
        &[n(50_000), word(INNER), n(0), n(0), n(0), n(0), n(0)],
    );
    world.put(
        OUTER,
        &[with(op::SLOAD, &[n(1)]), sstore(1, 6), inner, sstore(1, 6)].concat(),
    );
    let (_, recording) = world.record(OUTER, Record::STORAGE);
    let accesses: Vec<_> = recording
        .storage
        .iter()
        .map(|access| {
            (
                access.frame,
                access.is_write,
                access.account,
                access.slot,
                access.before,
                access.after,
            )
        })
        .collect();
    let expected = [
        (0, false, OUTER, n(1), n(5), n(5)),
        (0, true, OUTER, n(1), n(5), n(6)),
        (1, true, INNER, n(1), n(0), n(3)),
        (0, true, OUTER, n(1), n(6), n(6)),
    ];
    assert_eq!(accesses, expected);
    assert_eq!(recording.frames.len(), 2);
}

/// `1 + n` rounds of: JUMPDEST PUSH1 1 SWAP1 SUB DUP1 PUSH1 2 JUMPI STOP.
fn rounds(count: u8) -> Vec<u8> {
    vec![
        0x60,
        count + 1,
        0x5b,
        0x60,
        1,
        0x90,
        0x03,
        0x80,
        0x60,
        2,
        0x57,
        0x00,
        0x5b,
        0x00,
    ]
}

#[test]
fn coverage_has_the_instructions_that_ran() {
    let mut world = world();
    let code = rounds(2);
    world.put(OUTER, &code);
    let (_, recording) = world.record(OUTER, Record::COVERAGE);
    assert_eq!(executed(&recording, &code), [0, 2, 3, 5, 6, 7, 8, 10, 11]);
    assert!(recording.frames.is_empty() && recording.edges.is_empty());
    // Counted anew in the next one.
    world.put(INNER, &[op::STOP]);
    let (_, recording) = world.record(INNER, Record::COVERAGE);
    assert_eq!(recording.coverage.len(), 1);
    assert_eq!(executed(&recording, &[op::STOP]), [0]);
}

#[test]
fn coverage_ends_where_a_frame_came_to_grief() {
    let mut world = world();
    // Straight on for long, but the third instruction fails.
    let code = [vec![op::PUSH1, 1, op::POP, op::POP], vec![op::GAS; 20]].concat();
    world.put(OUTER, &code);
    let (outcome, recording) = world.record(OUTER, Record::COVERAGE);
    assert_eq!(outcome.status, Status::Halt("stack underflow".into()));
    assert_eq!(executed(&recording, &code), [0, 2, 3]);

    // The same block runs through once, and once out of gas.
    let block = [vec![op::JUMPDEST], vec![op::GAS; 10], vec![op::STOP]].concat();
    world.put(INNER, &block);
    let limited = with(op::CALL, &[n(7), word(INNER), n(0), n(0), n(0), n(0), n(0)]);
    world.put(OUTER, &limited);
    let (_, recording) = world.record(OUTER, Record::COVERAGE);
    assert_eq!(executed(&recording, &block), [0, 1, 2, 3, 4]);
    world.put(OUTER, &[limited, call(INNER, 0)].concat());
    let (_, recording) = world.record(OUTER, Record::COVERAGE);
    assert_eq!(
        executed(&recording, &block),
        instructions(&block, 0, block.len())
    );
}

#[test]
fn coverage_of_a_create_is_that_of_its_initcode() {
    let mut world = world();
    let code = initcode(&[op::STOP]);
    let tx = TxEnv {
        data: code.clone().into(),
        ..world.tx(TxKind::Create)
    };
    let mode = Mode {
        record: Record::COVERAGE,
        ..Mode::TRANSACTION
    };
    let recording = world.execute(tx, mode).unwrap().recording.unwrap();
    assert_eq!(executed(&recording, &code), instructions(&code, 0, 12));
}

#[test]
fn edges_count_both_ways_of_a_jump() {
    let mut world = world();
    let code = rounds(2);
    world.put(OUTER, &code);
    let (_, recording) = world.record(OUTER, Record::EDGES);
    let edges = [
        Edge {
            from: 10,
            to: 11,
            hits: 1,
        },
        Edge {
            from: 10,
            to: 2,
            hits: 2,
        },
    ];
    assert_eq!(recording.edges[&keccak256(&code)], edges);
    assert!(recording.coverage.is_empty());
}

#[test]
fn nothing_is_recorded_unless_asked_for() {
    let mut world = world();
    world.put(OUTER, &rounds(2));
    assert!(world.send(OUTER).recording.is_none());
    let (recorded, recording) = world.record(OUTER, Record::ALL);
    assert_eq!(recorded.gas_used, world.send(OUTER).gas_used);
    assert!(!recording.steps.is_empty() && !recording.frames.is_empty());
}
