//! An executor that has seen much agrees with one that has seen nothing.

mod common;

use common::{ALICE, World, call, initcode, n, sstore, with, word};
use ingot_engine::{
    executor::{BackendResolver, Executor, Mode},
    hardfork::Hardfork,
    state::State,
};
use proptest::prelude::*;
use revm::{
    bytecode::opcode as op,
    context::TxEnv,
    primitives::{Address, Bytes, TxKind, U256},
};

const CONTRACTS: u8 = 4;

fn contract(index: u8) -> Address {
    Address::repeat_byte(0x10 + index)
}

/// One of the things that a contract may do.
#[derive(Clone, Debug)]
enum Piece {
    Store(u64, u64),
    /// Store the sum of two slots in the first.
    Add(u64, u64),
    Call(u8, u64),
    CallPrecompile,
    DelegateCall(u8),
    /// CREATE2 a contract that stores and, if so, destroys itself.
    Create(bool),
    SelfDestruct(u8),
    Revert,
    Fail,
    Log,
    Transient(u64),
}

fn piece() -> impl Strategy<Value = Piece> {
    let slot = || 0..3_u64;
    prop_oneof![
        3 => (slot(), 0..3_u64).prop_map(|(slot, value)| Piece::Store(slot, value)),
        3 => (slot(), slot()).prop_map(|(to, from)| Piece::Add(to, from)),
        4 => (0..CONTRACTS, 0..2_u64).prop_map(|(to, value)| Piece::Call(to, value)),
        1 => Just(Piece::CallPrecompile),
        1 => (0..CONTRACTS).prop_map(Piece::DelegateCall),
        2 => any::<bool>().prop_map(Piece::Create),
        1 => (0..CONTRACTS).prop_map(Piece::SelfDestruct),
        1 => Just(Piece::Revert),
        1 => Just(Piece::Fail),
        1 => Just(Piece::Log),
        1 => slot().prop_map(Piece::Transient),
    ]
}

fn assemble(pieces: &[Piece]) -> Vec<u8> {
    pieces.iter().flat_map(assemble_piece).collect()
}

fn assemble_piece(piece: &Piece) -> Vec<u8> {
    match *piece {
        Piece::Store(slot, value) => sstore(slot, value),
        Piece::Add(to, from) => [
            with(op::SLOAD, &[n(from)]),
            with(op::SLOAD, &[n(to)]),
            vec![op::ADD],
            vec![op::PUSH1, u8::try_from(to).unwrap(), op::SSTORE],
        ]
        .concat(),
        Piece::Call(to, value) => call(contract(to), value),
        Piece::CallPrecompile => with(op::CALL, &[n(100), n(3), n(0), n(0), n(0), n(0), n(0)]),
        Piece::DelegateCall(to) => with(
            op::DELEGATECALL,
            &[n(50_000), word(contract(to)), n(0), n(0), n(0), n(0)],
        ),
        Piece::Create(is_destroyed) => {
            let end = if is_destroyed {
                with(op::SELFDESTRUCT, &[word(contract(0))])
            } else {
                vec![]
            };
            let code = [
                vec![op::PUSH1, 7, op::PUSH1, 1, op::SSTORE],
                end,
                initcode(&[op::STOP]),
            ]
            .concat();
            // Put the code into memory word by word.
            let words = code.chunks(32).enumerate().flat_map(|(index, chunk)| {
                let mut word = [0; 32];
                word[..chunk.len()].copy_from_slice(chunk);
                with(
                    op::MSTORE,
                    &[n(32 * index as u64), U256::from_be_bytes(word)],
                )
            });
            let create = with(op::CREATE2, &[n(1), n(0), n(code.len() as u64), n(5)]);
            words.chain(create).collect()
        }
        Piece::SelfDestruct(to) => with(op::SELFDESTRUCT, &[word(contract(to))]),
        Piece::Revert => with(op::REVERT, &[n(0), n(0)]),
        Piece::Fail => vec![op::INVALID],
        Piece::Log => with(op::LOG1, &[n(0), n(32), n(9)]),
        Piece::Transient(slot) => [
            with(op::TLOAD, &[n(slot)]),
            with(op::ADD, &[n(1)]),
            with(op::TSTORE, &[n(slot)]),
        ]
        .concat(),
    }
}

/// What is done to the chain.
#[derive(Clone, Debug)]
enum Step {
    Transaction {
        to: Option<u8>,
        value: u64,
        gas: u64,
    },
    Call(u8),
    Surgery(u8, u64, u64),
    Checkpoint,
    Revert,
    Block,
}

fn step() -> impl Strategy<Value = Step> {
    let gas = prop_oneof![Just(2_000_000_u64), 21_000..200_000_u64];
    prop_oneof![
        8 => (prop::option::weighted(0.9, 0..CONTRACTS), 0..3_u64, gas)
            .prop_map(|(to, value, gas)| Step::Transaction { to, value, gas }),
        2 => (0..CONTRACTS).prop_map(Step::Call),
        1 => (0..CONTRACTS, 0..3_u64, 0..9_u64).prop_map(|(to, slot, value)| Step::Surgery(to, slot, value)),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Revert),
        1 => Just(Step::Block),
    ]
}

fn same(left: &State, right: &State) {
    let all = |state: &State| {
        let mut accounts: Vec<_> = state
            .accounts()
            .map(|(address, account)| (address, account.clone()))
            .collect();
        accounts.sort_by_key(|(address, _)| *address);
        accounts
    };
    assert_eq!(all(left), all(right));
}

fn transaction(world: &World, programs: &[Vec<Piece>], step: &Step) -> Option<(TxEnv, Mode)> {
    match step {
        Step::Transaction { to, value, gas } => {
            let kind = to.map_or(TxKind::Create, |to| TxKind::Call(contract(to)));
            let data = if to.is_none() {
                Bytes::from(assemble(&programs[0]))
            } else {
                Bytes::new()
            };
            let tx = TxEnv {
                value: n(*value),
                gas_limit: *gas,
                data,
                ..world.tx(kind)
            };
            Some((tx, Mode::TRANSACTION))
        }
        Step::Call(to) => Some((world.tx(TxKind::Call(contract(*to))), Mode::CALL)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn old_executor_agrees_with_a_new_one(
        hardfork in prop::sample::select(vec![
            Hardfork::Homestead, Hardfork::SpuriousDragon, Hardfork::London, Hardfork::Cancun, Hardfork::Bpo2,
            Hardfork::Amsterdam,
        ]),
        programs in prop::collection::vec(prop::collection::vec(piece(), 1..6), usize::from(CONTRACTS)),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut world = World::new(hardfork);
        for (index, program) in (0..).zip(&programs) {
            world.put(contract(index), &assemble(program));
            world.state.set_balance(contract(index), n(10)).unwrap();
        }
        let mut checkpoints = vec![world.state.checkpoint()];
        for step in &steps {
            match step {
                Step::Surgery(to, slot, value) => {
                    world.state.set_storage(contract(*to), n(*slot), n(*value)).unwrap();
                }
                Step::Checkpoint => checkpoints.push(world.state.checkpoint()),
                Step::Revert => {
                    let checkpoint = checkpoints.pop().unwrap_or_default();
                    world.state.revert(checkpoint).unwrap();
                    checkpoints.push(checkpoint);
                }
                Step::Block => world.executor.set_block(common::block()),
                Step::Transaction { .. } | Step::Call(_) => {}
            }
            let Some((tx, mode)) = transaction(&world, &programs, step) else { continue };
            let mut copy = world.state.clone();
            let mut fresh = Executor::new(*world.executor.config());
            fresh.set_block(common::block());
            let expected = fresh.execute(&mut copy, &mut BackendResolver, tx.clone(), mode);
            let got = world.execute(tx, mode);
            match (got, expected) {
                (Ok(got), Ok(expected)) => {
                    prop_assert_eq!(got.status, expected.status);
                    prop_assert_eq!(got.gas_used, expected.gas_used);
                    prop_assert_eq!(got.logs, expected.logs);
                    prop_assert_eq!(got.created, expected.created);
                }
                (got, expected) => prop_assert_eq!(got.err(), expected.err()),
            }
            same(&world.state, &copy);
            prop_assert!(world.state.nonce(ALICE).is_ok());
        }
    }
}
