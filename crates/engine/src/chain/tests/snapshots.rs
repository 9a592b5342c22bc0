use proptest::{collection::vec, prelude::*};

use super::*;

#[test]
fn revert_restores_state_blocks_time_pool_and_settings() {
    let mut chain = chain();
    chain.send(to(COUNTER)).unwrap();
    chain.set_automine(false);
    let waiting = chain.send(to(COUNTER)).unwrap();
    chain.set_pending_timestamp(Some(1_700_000_100)).unwrap();
    let before = chain.dump().unwrap();
    let hash = chain.block_hash(1).unwrap();
    let snapshot = chain.snapshot();

    chain.mine(5, None, None).unwrap();
    chain.set_automine(true);
    chain.set_coinbase(BOB);
    chain.set_gas_limit(1_000_000);
    chain.set_balance(LOGGER, ether(3)).unwrap();
    let later = chain.send(to(COUNTER)).unwrap();
    let block = chain.latest().clone();
    chain.revert(snapshot).unwrap();

    assert_eq!(chain.dump().unwrap(), before);
    assert_eq!((chain.block_number(), chain.block_hash(1)), (1, Ok(hash)));
    assert_eq!(chain.pending_timestamp(), 1_700_000_100);
    // What was mined meanwhile keeps its end, and waits anew.
    assert_eq!(mined(&waiting).block_number, 2);
    let renewed = chain.pending_transactions();
    assert!(renewed.len() == 1 && renewed[0].is_pending());
    assert!(!chain.holds_transaction(&later) && !chain.holds(&block));
    assert_eq!(
        chain.header(&block).unwrap_err(),
        ChainError::Reverted("block")
    );
    let replayed = chain
        .replay(&later, crate::record::Record::OFF)
        .unwrap_err();
    assert_eq!(replayed, ChainError::Reverted("transaction"));
    chain.mine(1, None, None).unwrap();
    assert!(mined(&renewed[0]).outcome.succeeded());
}

#[test]
fn snapshots_nest_and_are_used_up() {
    let mut chain = chain();
    let outer = chain.snapshot();
    chain.send(to(COUNTER)).unwrap();
    let inner = chain.snapshot();
    chain.send(to(COUNTER)).unwrap();
    chain.revert(inner).unwrap();
    assert_eq!(chain.block_number(), 1);
    assert_eq!(chain.revert(inner), Err(ChainError::UnknownSnapshot(inner)));
    let another = chain.snapshot();
    assert!(another > inner);
    chain.revert(outer).unwrap();
    assert_eq!(chain.block_number(), 0);
    for used_up in [outer, another, 99] {
        assert_eq!(
            chain.revert(used_up),
            Err(ChainError::UnknownSnapshot(used_up))
        );
    }
}

#[test]
fn hashes_after_a_revert_are_those_of_the_new_blocks() {
    let mut chain = chain();
    let snapshot = chain.snapshot();
    let first = chain.send(to(COUNTER)).unwrap();
    let (old, old_hash) = (first.transaction.hash(), chain.block_hash(1).unwrap());
    assert!(chain.transaction(old).is_some());
    assert!(chain.block_by_hash(old_hash).unwrap().is_some());
    chain.revert(snapshot).unwrap();
    assert!(chain.transaction(old).is_none());
    assert!(chain.block_by_hash(old_hash).unwrap().is_none());
    let second = chain.send(to(LOGGER)).unwrap();
    let new_hash = chain.block_hash(1).unwrap();
    assert_ne!(new_hash, old_hash);
    assert!(Arc::ptr_eq(
        &chain.transaction(second.transaction.hash()).unwrap(),
        &second
    ));
    assert_eq!(
        chain.block_by_hash(new_hash).unwrap().unwrap().head.number,
        1
    );
}

/// Something to do to a chain.
#[derive(Clone, Debug)]
enum Step {
    Send(Address, u64),
    Automine(bool),
    Mine(u64, Option<u64>),
    Timestamp(u64),
    BaseFee(u64),
    Balance(u64),
    Storage(Address, u64, u64),
    Ask,
    Snapshot,
    Revert(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let contract = prop::sample::select(vec![COUNTER, LOGGER, HASHER, ALICE]);
    let stored = prop::sample::select(vec![COUNTER, crate::system::HISTORY_STORAGE_ADDRESS]);
    prop_oneof![
        6 => (contract, 0..9_u64).prop_map(|(to, word)| Step::Send(to, word)),
        1 => any::<bool>().prop_map(Step::Automine),
        2 => (0..300_u64, prop::option::of(1..9_000_u64)).prop_map(|(count, delta)| Step::Mine(count, delta)),
        1 => (1..5_000_u64).prop_map(Step::Timestamp),
        1 => (0..2_000_000_000_u64).prop_map(Step::BaseFee),
        1 => (1..5_u64).prop_map(Step::Balance),
        1 => (stored, 0..4_u64, 0..3_u64).prop_map(|(account, slot, word)| Step::Storage(account, slot, word)),
        2 => Just(Step::Ask),
        4 => Just(Step::Snapshot),
        3 => (0..4_usize).prop_map(Step::Revert),
    ]
}

fn apply(chain: &mut Chain, step: &Step) {
    match step {
        Step::Send(contract, word) => {
            let request = Request {
                data: data(*word),
                max_fee: Some(5_000_000_000),
                ..to(*contract)
            };
            chain.send(request).unwrap();
        }
        Step::Automine(on) => chain.set_automine(*on),
        Step::Mine(count, delta) => chain.mine(*count, None, *delta).unwrap(),
        Step::Timestamp(delta) => {
            let timestamp = chain.latest().head.timestamp + delta;
            chain.set_pending_timestamp(Some(timestamp)).unwrap();
        }
        Step::BaseFee(fee) => chain.set_base_fee(Some(*fee)),
        Step::Balance(amount) => chain.set_balance(LOGGER, ether(*amount)).unwrap(),
        Step::Storage(account, slot, word) => {
            chain
                .set_storage(*account, U256::from(*slot), U256::from(*word))
                .unwrap();
        }
        Step::Ask => {
            chain.state_root().unwrap();
        }
        Step::Snapshot | Step::Revert(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A chain that snapshots and reverts is the chain on which the undone never happened.
    #[test]
    fn reverted_steps_never_happened(steps in vec(any_step(), 1..50)) {
        let mut chain = chain();
        let mut kept: Vec<&Step> = Vec::new();
        let mut snapshots = Vec::new();
        for step in &steps {
            match step {
                Step::Snapshot => snapshots.push((chain.snapshot(), kept.len())),
                Step::Revert(back) if *back < snapshots.len() => {
                    snapshots.truncate(snapshots.len() - back);
                    let (id, len) = snapshots.pop().unwrap();
                    chain.revert(id).unwrap();
                    kept.truncate(len);
                }
                Step::Revert(_) => {}
                step => {
                    apply(&mut chain, step);
                    kept.push(step);
                }
            }
        }
        let mut model = super::chain();
        for step in &kept {
            apply(&mut model, step);
        }
        prop_assert_eq!(chain.pending_transactions().len(), model.pending_transactions().len());
        for number in 0..=model.block_number() {
            prop_assert_eq!(chain.block_hash(number), model.block_hash(number));
        }
        prop_assert_eq!(chain.dump().unwrap(), model.dump().unwrap());
    }
}
