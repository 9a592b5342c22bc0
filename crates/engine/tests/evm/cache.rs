//! An executor that has seen much agrees with one that has seen nothing.

use crate::world::{
    ALICE, World, n,
    programs::{CONTRACTS, Piece, assemble, contract, piece},
};
use ingot_engine::{
    executor::{BackendResolver, Executor, Mode},
    hardfork::Hardfork,
    state::State,
};
use proptest::prelude::*;
use revm::{
    context::TxEnv,
    primitives::{Bytes, TxKind},
};

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
                Step::Block => world.executor.set_block(crate::world::block()),
                Step::Transaction { .. } | Step::Call(_) => {}
            }
            let Some((tx, mode)) = transaction(&world, &programs, step) else { continue };
            let mut copy = world.state.clone();
            let mut fresh = Executor::new(*world.executor.config());
            fresh.set_block(crate::world::block());
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
