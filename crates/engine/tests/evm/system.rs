//! The system contracts: what is known without running them agrees with running them.

use crate::world::{ALICE, World, n};
use ingot_engine::{
    executor::{BackendResolver, Error, Mode},
    hardfork::Hardfork,
    state::AccountRead,
    system::{self, Predeploy},
};
use proptest::prelude::*;
use revm::{
    context::{BlockEnv, TxEnv},
    primitives::{Address, B256, Bytes, TxKind, U256},
    state::Bytecode,
};

/// A chain with the predeploys; `is_canonical` or with a byte behind their code that changes nothing but its hash.
fn chain(hardfork: Hardfork, is_canonical: bool) -> World {
    let mut world = World::new(hardfork);
    for Predeploy { address, code, .. } in system::predeploys(hardfork) {
        let mut code = code.to_vec();
        code.extend((!is_canonical).then_some(0));
        let code = Bytecode::new_legacy(code.into());
        world.state.set_account(
            address,
            AccountRead {
                balance: U256::ZERO,
                nonce: 1,
                code,
            },
        );
    }
    world
}

/// What a block does: the requests that Alice sends in it, each to one of the two contracts.
#[derive(Clone, Debug)]
struct Requests(Vec<bool>);

fn mine(world: &mut World, number: u64, requests: &Requests) -> Vec<Bytes> {
    let timestamp = n(1_700_000_000 + 12 * number);
    world.executor.set_block(BlockEnv {
        number: n(number),
        timestamp,
        ..crate::world::block()
    });
    let root = B256::from(n(number + 77));
    let (state, executor) = (&mut world.state, &mut world.executor);
    system::start_block(executor, state, &mut BackendResolver, root).unwrap();
    system::store_parent_hash(executor, state, &mut BackendResolver, root).unwrap();
    for is_withdrawal in &requests.0 {
        let (to, len) = if *is_withdrawal {
            (system::WITHDRAWAL_REQUESTS_ADDRESS, 56)
        } else {
            (system::CONSOLIDATION_REQUESTS_ADDRESS, 96)
        };
        let data = vec![u8::try_from(number).unwrap(); len].into();
        let tx = TxEnv {
            data,
            value: n(1_000_000),
            ..world.tx(TxKind::Call(to))
        };
        world.execute(tx, Mode::TRANSACTION).unwrap();
    }
    system::end_block(
        &mut world.executor,
        &mut world.state,
        &mut BackendResolver,
        true,
    )
    .unwrap()
}

/// All words of the system contracts.
fn words(world: &World) -> Vec<(Address, U256, U256)> {
    let mut words: Vec<_> = system::predeploys(Hardfork::Prague)
        .filter_map(|predeploy| Some((predeploy.address, world.state.held(predeploy.address)?)))
        .flat_map(|(address, held)| {
            held.storage()
                .iter()
                .map(move |(slot, word)| (address, *slot, *word))
        })
        .collect();
    words.sort();
    words
}

proptest! {
    #[test]
    fn known_contracts_do_what_their_code_does(
        blocks in prop::collection::vec(prop::collection::vec(any::<bool>(), 0..6).prop_map(Requests), 1..8),
        fork in prop::sample::select(vec![Hardfork::Shanghai, Hardfork::Cancun, Hardfork::Prague, Hardfork::Bpo2]),
    ) {
        let (mut known, mut run) = (chain(fork, true), chain(fork, false));
        for (number, requests) in (1..).zip(&blocks) {
            prop_assert_eq!(mine(&mut known, number, requests), mine(&mut run, number, requests));
            prop_assert_eq!(words(&known), words(&run));
            prop_assert_eq!(known.state.balance(ALICE), run.state.balance(ALICE));
        }
    }
}

#[test]
fn requests_are_collected_in_the_block_and_bounded() {
    let mut world = chain(Hardfork::Prague, true);
    let requests = mine(
        &mut world,
        1,
        &Requests(vec![true, false, true, false, false]),
    );
    // Kind, then 76 bytes for each withdrawal and 116 for each of at most two consolidations.
    assert_eq!(
        requests
            .iter()
            .map(|request| (request[0], request.len()))
            .collect::<Vec<_>>(),
        [(1, 153), (2, 233)]
    );
    assert_eq!(&requests[0][1..21], ALICE.as_slice());
    let rest = mine(&mut world, 2, &Requests(vec![]));
    assert_eq!(
        rest.iter()
            .map(|request| (request[0], request.len()))
            .collect::<Vec<_>>(),
        [(2, 117)]
    );
    assert!(mine(&mut world, 3, &Requests(vec![])).is_empty());
}

#[test]
fn quiet_block_changes_only_the_history() {
    let mut world = chain(Hardfork::Prague, true);
    mine(&mut world, 1, &Requests(vec![]));
    let slot = |address, slot| world.state.storage(address, n(slot)).unwrap();
    let time = 1_700_000_012_u64;
    assert_eq!(slot(system::BEACON_ROOTS_ADDRESS, time % 8191), n(time));
    assert_eq!(
        slot(system::BEACON_ROOTS_ADDRESS, time % 8191 + 8191),
        n(78)
    );
    assert_eq!(slot(system::HISTORY_STORAGE_ADDRESS, 0), n(78));
    assert_eq!(words(&world).len(), 3);
}

#[test]
fn failing_request_contract_makes_the_block_invalid() {
    let mut world = chain(Hardfork::Prague, true);
    world.put(system::WITHDRAWAL_REQUESTS_ADDRESS, &[0xfe]);
    let error = end_block(&mut world, true).unwrap_err();
    assert!(
        matches!(&error, Error::Block(text) if text.contains("invalid opcode: INVALID")),
        "{error}"
    );
}

#[test]
fn missing_request_contract_makes_a_block_of_others_invalid() {
    let mut world = chain(Hardfork::Prague, true);
    world.state.remove(system::CONSOLIDATION_REQUESTS_ADDRESS);
    let error = end_block(&mut world, true).unwrap_err();
    assert!(
        matches!(&error, Error::Block(text) if text.contains("no code at 0x0000BBdD")),
        "{error}"
    );
    assert_eq!(end_block(&mut world, false), Ok(Vec::new()));
}

fn end_block(world: &mut World, is_strict: bool) -> Result<Vec<Bytes>, Error> {
    let World {
        executor, state, ..
    } = world;
    system::end_block(executor, state, &mut BackendResolver, is_strict)
}

#[test]
fn create2_deployer_deploys_where_it_should() {
    let mut world = chain(Hardfork::London, true);
    let initcode = crate::world::initcode(&[0x5b, 0x00]);
    let salt = B256::repeat_byte(3);
    let tx = TxEnv {
        data: [salt.as_slice(), &initcode].concat().into(),
        ..world.tx(TxKind::Call(system::CREATE2_DEPLOYER_ADDRESS))
    };
    let outcome = world.execute(tx, Mode::TRANSACTION).unwrap();
    let expected = system::CREATE2_DEPLOYER_ADDRESS.create2_from_code(salt, &initcode);
    assert_eq!(Address::from_slice(&outcome.output), expected);
    assert_eq!(
        world.state.code(expected).unwrap().original_byte_slice(),
        [0x5b, 0x00]
    );
}
