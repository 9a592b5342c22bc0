//! The state against a model that copies everything at each checkpoint.

use std::{collections::BTreeMap, sync::Arc};

use ingot_engine::state::{
    AccountRead, Backend, BackendError, Change, Checkpoint, State, UnknownCheckpoint,
};
use proptest::prelude::*;
use revm::{
    primitives::{Address, B256, U256},
    state::Bytecode,
};

const ADDRESSES: u8 = 4;
const SLOTS: u64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Balance(u8, u64),
    Nonce(u8, u64),
    Code(u8, u8),
    Slot(u8, u64, u64),
    Remove(u8),
    ClearStorage(u8),
    Checkpoint,
    Revert(prop::sample::Index),
    Detour(prop::sample::Index, Box<Step>),
}

fn change() -> impl Strategy<Value = Step> {
    let address = || 0..ADDRESSES;
    prop_oneof![
        (address(), 0..3_u64).prop_map(|(address, balance)| Step::Balance(address, balance)),
        (address(), 0..3_u64).prop_map(|(address, nonce)| Step::Nonce(address, nonce)),
        (address(), 0..3_u8).prop_map(|(address, code)| Step::Code(address, code)),
        (address(), 0..SLOTS, 0..3_u64)
            .prop_map(|(address, slot, word)| Step::Slot(address, slot, word)),
        address().prop_map(Step::Remove),
        address().prop_map(Step::ClearStorage),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let any = any::<prop::sample::Index>;
    prop_oneof![
        6 => change(),
        2 => Just(Step::Checkpoint),
        1 => any().prop_map(Step::Revert),
        1 => (any(), change()).prop_map(|(index, step)| Step::Detour(index, Box::new(step))),
    ]
}

#[derive(Clone, Debug, Default, PartialEq)]
struct ModelAccount {
    balance: u64,
    nonce: u64,
    code: u8,
    storage: BTreeMap<u64, u64>,
}

type Model = BTreeMap<u8, ModelAccount>;

fn address(index: u8) -> Address {
    Address::repeat_byte(index + 1)
}

fn code(kind: u8) -> Bytecode {
    Bytecode::new_legacy(vec![0x5b; usize::from(kind)].into())
}

/// Has the accounts with even index, each with a word in every slot.
struct Below;

fn below() -> Model {
    let storage: BTreeMap<_, _> = (0..SLOTS).map(|slot| (slot, 7 + slot)).collect();
    let account = ModelAccount {
        balance: 9,
        nonce: 1,
        code: 2,
        storage,
    };
    (0..ADDRESSES)
        .step_by(2)
        .map(|index| (index, account.clone()))
        .collect()
}

impl Backend for Below {
    fn account(&self, wanted: Address) -> Result<Option<AccountRead>, BackendError> {
        let found = below()
            .into_iter()
            .find(|(index, _)| address(*index) == wanted);
        Ok(found.map(|(_, account)| AccountRead {
            balance: U256::from(account.balance),
            nonce: account.nonce,
            code: code(account.code),
        }))
    }

    fn storage(&self, wanted: Address, slot: U256) -> Result<U256, BackendError> {
        let found = below()
            .into_iter()
            .find(|(index, _)| address(*index) == wanted);
        let slot = u64::try_from(slot).expect("small");
        Ok(found
            .and_then(|(_, account)| account.storage.get(&slot).copied())
            .map_or(U256::ZERO, U256::from))
    }

    fn block_hash(&self, number: u64) -> Result<B256, BackendError> {
        Err(BackendError::UnknownBlock(number))
    }
}

fn change_both(state: &mut State, model: &mut Model, step: &Step) {
    match *step {
        Step::Balance(index, balance) => {
            state
                .set_balance(address(index), U256::from(balance))
                .unwrap();
            model.entry(index).or_default().balance = balance;
        }
        Step::Nonce(index, nonce) => {
            state.set_nonce(address(index), nonce).unwrap();
            model.entry(index).or_default().nonce = nonce;
        }
        Step::Code(index, kind) => {
            state.set_code(address(index), code(kind)).unwrap();
            model.entry(index).or_default().code = kind;
        }
        Step::Slot(index, slot, word) => {
            state
                .set_storage(address(index), U256::from(slot), U256::from(word))
                .unwrap();
            model.entry(index).or_default().storage.insert(slot, word);
        }
        Step::Remove(index) => {
            state.remove(address(index));
            model.remove(&index);
        }
        Step::ClearStorage(index) => {
            state.clear_storage(address(index)).unwrap();
            if let Some(account) = model.get_mut(&index) {
                account.storage.clear();
            }
        }
        _ => unreachable!("not a change"),
    }
}

fn assert_same(state: &State, model: &Model) {
    for index in 0..ADDRESSES {
        let expected = model.get(&index).map(|account| AccountRead {
            balance: U256::from(account.balance),
            nonce: account.nonce,
            code: code(account.code),
        });
        assert_eq!(
            state.account(address(index)),
            Ok(expected),
            "account {index}"
        );
        for slot in 0..SLOTS {
            let word = model
                .get(&index)
                .and_then(|account| account.storage.get(&slot));
            let expected = U256::from(word.copied().unwrap_or_default());
            assert_eq!(
                state.storage(address(index), U256::from(slot)),
                Ok(expected),
                "{index} {slot}"
            );
        }
    }
}

fn run(mut state: State, mut model: Model, steps: &[Step]) {
    let mut past: Vec<(Checkpoint, Model)> = vec![(state.checkpoint(), model.clone())];
    for step in steps {
        match step {
            Step::Checkpoint => past.push((state.checkpoint(), model.clone())),
            Step::Revert(index) => {
                past.truncate(index.index(past.len()) + 1);
                let (checkpoint, then) = past.last().unwrap();
                state.revert(*checkpoint).unwrap();
                model = then.clone();
            }
            Step::Detour(index, step) => {
                let (checkpoint, then) = &past[index.index(past.len())];
                let now = state.checkpoint();
                let rewound = state.rewind(*checkpoint).unwrap();
                assert_same(&state, then);
                change_both(&mut state, &mut then.clone(), step);
                state.restore(rewound).unwrap();
                assert_eq!(state.checkpoint(), now);
            }
            change => change_both(&mut state, &mut model, change),
        }
        assert_same(&state, &model);
    }
    // A clone goes its own way.
    let before = model.clone();
    let mut clone = state.clone();
    change_both(&mut clone, &mut model, &Step::Balance(0, 77));
    assert_same(&clone, &model);
    assert_same(&state, &before);
    while let Some((checkpoint, then)) = past.pop() {
        state.revert(checkpoint).unwrap();
        assert_same(&state, &then);
    }
}

proptest! {
    #[test]
    fn state_equals_a_model_that_copies(steps in prop::collection::vec(step(), 1..60)) {
        run(State::new(), Model::new(), &steps);
    }

    #[test]
    fn state_over_a_backend_equals_a_model_that_copies(steps in prop::collection::vec(step(), 1..60)) {
        run(State::with_backend(Arc::new(Below)), below(), &steps);
    }
}

#[test]
fn changes_say_what_was_replaced() {
    let mut state = State::new();
    let (owner, slot) = (address(0), U256::from(1));
    state.set_storage(owner, slot, U256::from(5)).unwrap();
    let from = state.checkpoint();
    state.set_storage(owner, slot, U256::from(6)).unwrap();
    state.set_storage(owner, slot, U256::from(6)).unwrap();
    state.set_balance(owner, U256::from(1)).unwrap();
    let changes = state.changes(from, state.checkpoint()).unwrap();
    let slot_change = Change::Slot {
        address: owner,
        slot,
        before: U256::from(5),
    };
    let info = Change::Info {
        address: owner,
        balance: U256::ZERO,
        nonce: 0,
    };
    assert_eq!(changes, [slot_change, info]);
}

#[test]
fn checkpoints_that_are_gone_are_refused() {
    let mut state = State::new();
    let start = state.checkpoint();
    state.set_nonce(address(0), 1).unwrap();
    let later = state.checkpoint();
    state.revert(start).unwrap();
    assert_eq!(state.revert(later), Err(UnknownCheckpoint::Undone));
    state.set_nonce(address(0), 1).unwrap();
    state.prune(state.checkpoint()).unwrap();
    assert_eq!(state.revert(start), Err(UnknownCheckpoint::Pruned));
    assert_eq!(state.nonce(address(0)), Ok(1));
}

#[test]
fn equal_codes_are_held_once() {
    let mut state = State::new();
    let raw = vec![0x5b; 1000];
    for index in 0..2 {
        state
            .set_code(address(index), Bytecode::new_legacy(raw.clone().into()))
            .unwrap();
    }
    let pointer = |index| {
        state
            .held(address(index))
            .unwrap()
            .code()
            .bytes_ref()
            .as_ptr()
    };
    assert_eq!(pointer(0), pointer(1));
}

#[test]
fn a_state_without_backend_holds_no_zero_words() {
    let mut state = State::new();
    for word in [1, 0] {
        state
            .set_storage(address(0), U256::ZERO, U256::from(word))
            .unwrap();
    }
    assert!(state.held(address(0)).unwrap().storage().is_empty());
}
