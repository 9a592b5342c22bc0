//! What transactions and calls do to a state, and how they end.

use std::sync::Arc;

use crate::world::{ALICE, COINBASE, World, call, initcode, n, sstore, with, word};
use ingot_engine::{
    executor::{BackendResolver, CodeSize, Config, Error, Executor, Mode, Resolver, Rules, Status},
    hardfork::Hardfork,
    invalid::InvalidTransaction,
    state::{AccountRead, Backend, BackendError, State},
};
use revm::{
    bytecode::opcode as op,
    context::TxEnv,
    primitives::{Address, B256, Bytes, TxKind, U256},
};

const TARGET: Address = Address::repeat_byte(0x77);
const OTHER: Address = Address::repeat_byte(0x88);

fn halt(text: &str) -> Status {
    Status::Halt(text.to_string().into())
}

#[test]
fn each_transaction_finds_storage_cold() {
    let mut world = World::new(Hardfork::Cancun);
    world.put(
        TARGET,
        &[with(op::SLOAD, &[n(1)]), with(op::SLOAD, &[n(1)])].concat(),
    );
    // 21000, two PUSH, a cold and a warm SLOAD (EIP-2929).
    for _ in 0..3 {
        assert_eq!(world.send(TARGET).gas_used, 21_000 + 2 * 3 + 2_100 + 100);
    }
}

#[test]
fn original_value_is_that_of_the_transaction() {
    let mut world = World::new(Hardfork::Cancun);
    world.put(TARGET, &sstore(1, 5));
    // A new word, then the same again (EIP-2200).
    assert_eq!(world.send(TARGET).gas_used, 21_000 + 2 * 3 + 22_100);
    assert_eq!(world.send(TARGET).gas_used, 21_000 + 2 * 3 + 2_200);
    assert_eq!(world.word(TARGET, 1), n(5));
}

#[test]
fn fees_go_to_the_coinbase_and_the_base_fee_nowhere() {
    let mut world = World::new(Hardfork::London);
    let block = revm::context::BlockEnv {
        basefee: 7,
        ..crate::world::block()
    };
    world.executor.set_block(block);
    let before = world.state.balance(ALICE).unwrap();
    let tx = TxEnv {
        gas_price: 10,
        value: n(3),
        ..world.tx(TxKind::Call(OTHER))
    };
    world.execute(tx, Mode::TRANSACTION).unwrap();
    assert_eq!(
        before - world.state.balance(ALICE).unwrap(),
        n(21_000 * 10 + 3)
    );
    assert_eq!(world.state.balance(COINBASE), Ok(n(21_000 * 3)));
}

#[test]
fn selfdestruct_deletes_before_cancun_only() {
    let program = with(op::SELFDESTRUCT, &[word(OTHER)]);
    for (hardfork, is_deleted) in [(Hardfork::Shanghai, true), (Hardfork::Cancun, false)] {
        let mut world = World::new(hardfork);
        world.put(TARGET, &program);
        world.state.set_storage(TARGET, n(1), n(5)).unwrap();
        world.state.set_balance(TARGET, n(9)).unwrap();
        let before = world.state.checkpoint();
        assert!(world.send(TARGET).succeeded());
        assert_eq!(world.state.account(TARGET).unwrap().is_none(), is_deleted);
        assert_eq!(world.word(TARGET, 1), n(if is_deleted { 0 } else { 5 }));
        assert_eq!(world.state.balance(OTHER), Ok(n(9)));
        world.state.revert(before).unwrap();
        assert_eq!(world.word(TARGET, 1), n(5));
        assert_eq!(world.state.balance(TARGET), Ok(n(9)));
        // What the executor has read of the deleted account is forgotten too.
        assert!(world.send(TARGET).succeeded());
        assert_eq!(world.state.balance(OTHER), Ok(n(9)));
    }
}

#[test]
fn contract_created_and_destroyed_in_one_transaction_is_gone() {
    let mut world = World::new(Hardfork::Cancun);
    let outcome = world.create(&[sstore(1, 2), with(op::SELFDESTRUCT, &[word(OTHER)])].concat());
    let created = outcome.created.unwrap();
    assert_eq!(world.state.account(created), Ok(None));
    assert_eq!(world.word(created, 1), n(0));
}

#[test]
fn touched_empty_account_is_removed_from_spurious_dragon_on() {
    for (hardfork, exists) in [
        (Hardfork::Homestead, true),
        (Hardfork::SpuriousDragon, false),
    ] {
        let mut world = World::new(hardfork);
        world.state.set_account(OTHER, AccountRead::default());
        world.send(OTHER);
        world.send(TARGET);
        assert_eq!(world.state.account(OTHER).unwrap().is_some(), exists);
        assert_eq!(world.state.account(TARGET).unwrap().is_some(), exists);
    }
}

#[test]
fn contract_is_not_created_where_storage_is() {
    let mut world = World::new(Hardfork::Cancun);
    let address = ALICE.create(0);
    world.state.set_storage(address, n(1), n(2)).unwrap();
    let outcome = world.create(&initcode(&[op::STOP]));
    assert_eq!(outcome.status, halt("contract address collision"));
    assert_eq!(world.state.code(address).unwrap().len(), 0);
    assert_eq!(world.word(address, 1), n(2));
    assert_eq!(world.state.nonce(ALICE), Ok(1));
}

#[test]
fn halts_are_named_as_geth_names_them() {
    let jump = with(op::JUMP, &[n(0)]);
    let loops = [vec![op::JUMPDEST], with(op::JUMP, &[n(0)])].concat();
    let cases: [(&[u8], &str); 8] = [
        (&[op::INVALID], "invalid opcode: INVALID"),
        (&[0x60, 1, 0x0c], "invalid opcode: opcode 0xc not defined"),
        (&[op::ADD], "stack underflow"),
        (&jump, "invalid jump destination"),
        (&loops, "out of gas"),
        (
            &with(op::RETURNDATACOPY, &[n(0), n(0), n(1)]),
            "return data out of bounds",
        ),
        (&with(op::MSTORE, &[U256::MAX, n(0)]), "gas uint64 overflow"),
        (&[op::PUSH0], "invalid opcode: PUSH0"),
    ];
    let mut world = World::new(Hardfork::Paris);
    for (program, expected) in cases {
        world.put(TARGET, program);
        let outcome = world.send(TARGET);
        assert_eq!(outcome.status, halt(expected));
        assert_eq!(outcome.gas_used, 1_000_000);
        assert!(outcome.output.is_empty());
    }
}

#[test]
fn an_instruction_of_a_later_hardfork_is_invalid_whatever_gas_is_left() {
    let words = with(op::STOP, &[n(0); 7]);
    let words = &words[..words.len() - 1];
    for (before, since, opcode) in [
        (Hardfork::Frontier, Hardfork::Homestead, op::DELEGATECALL),
        (
            Hardfork::SpuriousDragon,
            Hardfork::Byzantium,
            op::STATICCALL,
        ),
        (Hardfork::Byzantium, Hardfork::Petersburg, op::CREATE2),
        (Hardfork::Petersburg, Hardfork::Istanbul, op::SELFBALANCE),
        (Hardfork::Berlin, Hardfork::London, op::BASEFEE),
        (Hardfork::Paris, Hardfork::Shanghai, op::PUSH0),
        (Hardfork::Shanghai, Hardfork::Cancun, op::TLOAD),
        (Hardfork::Prague, Hardfork::Osaka, op::CLZ),
    ] {
        let program = [words, &[opcode]].concat();
        let sent = |hardfork: Hardfork| {
            let mut world = World::new(hardfork);
            world.put(TARGET, &program);
            let tx = TxEnv {
                gas_limit: 21_000 + 3 * 7 + 1,
                ..world.tx(TxKind::Call(TARGET))
            };
            world.execute(tx, Mode::TRANSACTION).unwrap().status
        };
        let name = op::OpCode::new(opcode).unwrap().as_str();
        assert_eq!(sent(before), halt(&format!("invalid opcode: {name}")));
        assert_eq!(sent(since), halt("out of gas"));
    }
}

#[test]
fn creates_fail_as_geth_says() {
    let mut world = World::new(Hardfork::Cancun);
    let too_large = with(op::RETURN, &[n(0), n(24_577)]);
    assert_eq!(
        world.create(&too_large).status,
        halt("max code size exceeded")
    );
    let starts_with_ef = [
        with(op::MSTORE8, &[n(0), n(0xef)]),
        with(op::RETURN, &[n(0), n(1)]),
    ]
    .concat();
    let expected = halt("invalid code: must not begin with 0xef");
    assert_eq!(world.create(&starts_with_ef).status, expected);
    let dear = TxEnv {
        data: with(op::RETURN, &[n(0), n(20_000)]).into(),
        ..world.tx(TxKind::Create)
    };
    let outcome = world.execute(dear, Mode::TRANSACTION).unwrap();
    assert_eq!(
        outcome.status,
        halt("contract creation code storage out of gas")
    );
}

#[test]
fn code_size_limit_can_be_lifted() {
    let mut world = World::with_config(Config {
        code_size: CodeSize::Unlimited,
        ..Config::default()
    });
    let tx = TxEnv {
        data: with(op::RETURN, &[n(0), n(30_000)]).into(),
        gas_limit: 10_000_000,
        ..world.tx(TxKind::Create)
    };
    let outcome = world.execute(tx, Mode::TRANSACTION).unwrap();
    assert_eq!(
        world.state.code(outcome.created.unwrap()).unwrap().len(),
        30_000
    );
}

#[test]
fn code_size_has_the_limit_that_was_set_and_initcode_twice_that() {
    let mut world = World::with_config(Config {
        code_size: CodeSize::AtMost(100),
        ..Config::default()
    });
    let mut create = |size, more: usize| {
        let tx = TxEnv {
            data: [with(op::RETURN, &[n(0), n(size)]), vec![0; more]]
                .concat()
                .into(),
            gas_limit: 1_000_000,
            ..world.tx(TxKind::Create)
        };
        let made = world.execute(tx, Mode::TRANSACTION);
        made.map(|outcome| outcome.status)
    };
    let initcode = with(op::RETURN, &[n(0), n(100)]).len();
    assert_eq!(create(100, 0), Ok(Status::Success));
    assert_eq!(create(101, 0), Ok(halt("max code size exceeded")));
    assert_eq!(create(100, 200 - initcode), Ok(Status::Success));
    let refused = create(100, 201 - initcode).unwrap_err().to_string();
    assert!(
        refused.starts_with("max initcode size exceeded"),
        "{refused}"
    );
}

#[test]
fn inner_failures_do_not_end_the_transaction() {
    let mut world = World::new(Hardfork::Cancun);
    world.put(OTHER, &[sstore(1, 1), vec![op::INVALID]].concat());
    let inner = with(
        op::CALL,
        &[n(50_000), word(OTHER), n(0), n(0), n(0), n(0), n(0)],
    );
    world.put(TARGET, &[inner, sstore(1, 1)].concat());
    assert!(world.send(TARGET).succeeded());
    assert_eq!((world.word(OTHER, 1), world.word(TARGET, 1)), (n(0), n(1)));
}

#[test]
fn memory_is_limited() {
    let config = Config {
        memory_limit: 1 << 20,
        ..Config::default()
    };
    let mut world = World::with_config(config);
    world.put(TARGET, &with(op::MSTORE, &[n((1 << 20) - 32), n(1)]));
    let send = |world: &mut World| {
        let tx = TxEnv {
            gas_limit: 10_000_000,
            ..world.tx(TxKind::Call(TARGET))
        };
        world.execute(tx, Mode::TRANSACTION).unwrap().status
    };
    assert_eq!(send(&mut world), Status::Success);
    world.put(TARGET, &with(op::MSTORE, &[n(1 << 20), n(1)]));
    assert_eq!(send(&mut world), halt("out of gas: memory limit exceeded"));
}

#[test]
fn gas_cap_of_osaka_holds_for_transactions_but_not_for_calls() {
    let mut world = World::new(Hardfork::Osaka);
    let tx = TxEnv {
        gas_limit: (1 << 24) + 1,
        ..world.tx(TxKind::Call(TARGET))
    };
    let error = world.execute(tx.clone(), Mode::TRANSACTION).unwrap_err();
    let expected = InvalidTransaction::GasLimitAboveCap {
        gas_limit: (1 << 24) + 1,
        cap: 1 << 24,
    };
    assert_eq!(error, Error::Invalid(expected));
    assert!(world.execute(tx.clone(), Mode::CALL).unwrap().succeeded());
    let mut before = World::new(Hardfork::Prague);
    assert!(before.execute(tx, Mode::TRANSACTION).unwrap().succeeded());
}

#[test]
fn contracts_send_only_when_impersonated() {
    let mut world = World::new(Hardfork::Cancun);
    world.put(ALICE, &[op::STOP]);
    let tx = world.tx(TxKind::Call(OTHER));
    let error = world.execute(tx.clone(), Mode::TRANSACTION).unwrap_err();
    assert_eq!(
        error,
        Error::Invalid(InvalidTransaction::SenderIsContract { sender: ALICE })
    );
    let mode = Mode {
        rules: Rules::Impersonated,
        ..Mode::TRANSACTION
    };
    assert!(world.execute(tx, mode).unwrap().succeeded());
}

#[test]
fn calls_need_neither_nonce_nor_base_fee_but_the_value() {
    let mut world = World::new(Hardfork::Cancun);
    world.executor.set_block(revm::context::BlockEnv {
        basefee: 7,
        ..crate::world::block()
    });
    let tx = TxEnv {
        nonce: 9,
        caller: OTHER,
        chain_id: None,
        ..world.tx(TxKind::Call(TARGET))
    };
    let before = world.state.checkpoint();
    assert!(world.execute(tx.clone(), Mode::CALL).unwrap().succeeded());
    let tx = TxEnv { value: n(1), ..tx };
    let text = world.execute(tx, Mode::CALL).unwrap_err().to_string();
    assert!(text.starts_with("insufficient funds"), "{text}");
    assert_eq!(world.state.checkpoint(), before);
}

/// Answers from a list, and counts the questions.
struct Answers(usize);

impl Resolver for Answers {
    fn block_hash(&mut self, _state: &mut State, number: u64) -> Result<B256, BackendError> {
        self.0 += 1;
        if number == 995 {
            return Err(BackendError::UnknownBlock(number));
        }
        Ok(B256::from(U256::from(number)))
    }
}

#[test]
fn block_hashes_are_asked_for_once_a_block() {
    let mut world = World::new(Hardfork::Cancun);
    let store = |slot: u64, number: u64| {
        [
            with(op::BLOCKHASH, &[n(number)]),
            vec![op::PUSH1, u8::try_from(slot).unwrap(), op::SSTORE],
        ]
        .concat()
    };
    world.put(
        TARGET,
        &[store(1, 999), store(2, 998), store(3, 500), store(4, 1000)].concat(),
    );
    let mut answers = Answers(0);
    for _ in 0..2 {
        let tx = world.tx(TxKind::Call(TARGET));
        world
            .executor
            .execute(&mut world.state, &mut answers, tx, Mode::TRANSACTION)
            .unwrap();
    }
    let words = [1, 2, 3, 4].map(|slot| world.word(TARGET, slot));
    assert_eq!((words, answers.0), ([n(999), n(998), n(0), n(0)], 2));
}

#[test]
fn unknown_block_hash_is_an_error_that_leaves_the_state_alone() {
    let mut world = World::new(Hardfork::Cancun);
    world.put(
        TARGET,
        &[sstore(1, 1), with(op::BLOCKHASH, &[n(995)])].concat(),
    );
    let before = world.state.checkpoint();
    let tx = world.tx(TxKind::Call(TARGET));
    let error = world
        .executor
        .execute(&mut world.state, &mut Answers(0), tx, Mode::TRANSACTION);
    assert_eq!(
        error.unwrap_err(),
        Error::Backend(BackendError::UnknownBlock(995))
    );
    assert_eq!(world.state.checkpoint(), before);
    assert!(world.send(OTHER).succeeded());
}

/// Has one contract; panics or fails when others are read.
struct Faulty;

impl Backend for Faulty {
    fn account(&self, address: Address) -> Result<Option<AccountRead>, BackendError> {
        assert_ne!(address, OTHER, "planted");
        if address == TARGET {
            return Err(BackendError::Unavailable("no connection".into()));
        }
        Ok(None)
    }

    fn storage(&self, _address: Address, _slot: U256) -> Result<U256, BackendError> {
        Ok(U256::ZERO)
    }

    fn block_hash(&self, number: u64) -> Result<B256, BackendError> {
        Err(BackendError::UnknownBlock(number))
    }
}

#[test]
fn neither_a_panic_nor_a_failed_read_spoils_the_executor() {
    let mut world = World::new(Hardfork::Cancun);
    world.state = State::with_backend(Arc::new(Faulty));
    world.state.set_balance(ALICE, n(1_000_000)).unwrap();
    world.put(COINBASE, &[sstore(1, 1), call(OTHER, 0)].concat());
    let before = world.state.checkpoint();
    let tx = world.tx(TxKind::Call(COINBASE));
    let error = world.execute(tx, Mode::TRANSACTION).unwrap_err();
    assert!(
        matches!(&error, Error::Internal(text) if text.contains("planted")),
        "{error}"
    );
    let tx = world.tx(TxKind::Call(TARGET));
    let error = world.execute(tx, Mode::TRANSACTION).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the state's backend failed: no connection"
    );
    assert_eq!(world.state.checkpoint(), before);
    world.put(COINBASE, &sstore(1, 1));
    assert!(world.send(COINBASE).succeeded());
    assert_eq!(world.word(COINBASE, 1), n(1));
}

#[test]
fn executors_may_take_turns_on_one_state() {
    let mut world = World::new(Hardfork::Cancun);
    let increment = [
        with(op::SLOAD, &[n(1)]),
        with(op::ADD, &[n(1)]),
        vec![op::PUSH1, 1, op::SSTORE],
    ]
    .concat();
    world.put(TARGET, &increment);
    let mut second = Executor::new(*world.executor.config());
    for expected in [1, 3, 5] {
        world.send(TARGET);
        assert_eq!(world.word(TARGET, 1), n(expected));
        let tx = world.tx(TxKind::Call(TARGET));
        second
            .execute(
                &mut world.state,
                &mut BackendResolver,
                tx,
                Mode::TRANSACTION,
            )
            .unwrap();
        assert_eq!(world.word(TARGET, 1), n(expected + 1));
    }
}

#[test]
fn changes_from_outside_are_seen() {
    let mut world = World::new(Hardfork::Cancun);
    let copy = [with(op::SLOAD, &[n(1)]), vec![op::PUSH1, 2, op::SSTORE]].concat();
    world.put(TARGET, &copy);
    for value in [3, 0, 9] {
        world.state.set_storage(TARGET, n(1), n(value)).unwrap();
        world.send(TARGET);
        assert_eq!(world.word(TARGET, 2), n(value));
    }
    let start = world.state.checkpoint();
    world.state.set_storage(TARGET, n(1), n(4)).unwrap();
    world.send(TARGET);
    world.state.revert(start).unwrap();
    world.send(TARGET);
    assert_eq!(world.word(TARGET, 2), n(9));
    world.put(TARGET, &sstore(2, 1));
    world.send(TARGET);
    assert_eq!(world.word(TARGET, 2), n(1));
}

#[test]
fn an_executor_may_move_to_another_thread() {
    let mut world = World::new(Hardfork::Cancun);
    world.put(TARGET, &sstore(1, 5));
    world.send(TARGET);
    let world = std::thread::spawn(move || {
        world.send(TARGET);
        world
    });
    let mut world = world.join().unwrap();
    world.send(TARGET);
    assert_eq!(world.state.nonce(ALICE), Ok(3));
}

#[test]
fn blob_base_fee_and_prevrandao_are_those_of_the_block() {
    let mut world = World::new(Hardfork::Cancun);
    let mut block = crate::world::block();
    block.prevrandao = Some(B256::repeat_byte(7));
    block.set_blob_excess_gas_and_price(10_000_000, 3_338_477);
    let store = |opcode: u8, slot: u8| vec![opcode, op::PUSH1, slot, op::SSTORE];
    world.executor.set_block(block);
    world.put(
        TARGET,
        &[
            store(op::DIFFICULTY, 1),
            store(op::BLOBBASEFEE, 2),
            store(op::CHAINID, 3),
        ]
        .concat(),
    );
    world.send(TARGET);
    let expected = [B256::repeat_byte(7).into(), n(19), n(31_337)];
    assert_eq!([1, 2, 3].map(|slot| world.word(TARGET, slot)), expected);
}

#[test]
fn output_and_refund_are_reported() {
    let mut world = World::new(Hardfork::Cancun);
    world.state.set_storage(TARGET, n(1), n(5)).unwrap();
    let revert = [
        with(op::MSTORE, &[n(0), n(0xabcd)]),
        with(op::REVERT, &[n(30), n(2)]),
    ]
    .concat();
    world.put(OTHER, &revert);
    let outcome = world.send(OTHER);
    assert_eq!(
        (outcome.status, outcome.output),
        (Status::Revert, Bytes::from_static(&[0xab, 0xcd]))
    );
    world.put(TARGET, &sstore(1, 0));
    let outcome = world.send(TARGET);
    assert_eq!(outcome.gas_refunded, 4_800);
    assert_eq!(outcome.gas_used, 21_000 + 6 + 5_000 - 4_800);
    assert_eq!(
        (outcome.block_gas.regular, outcome.block_gas.state),
        (outcome.gas_used, 0)
    );
}
