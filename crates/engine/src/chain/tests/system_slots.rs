use super::*;
use crate::system::{BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS};

fn stored_hash(chain: &mut Chain, number: u64, block: Option<u64>) -> Option<U256> {
    let call = Call {
        block,
        ..call(HISTORY_STORAGE_ADDRESS, number)
    };
    let outcome = chain.call(&call).unwrap();
    outcome
        .succeeded()
        .then(|| U256::from_be_slice(&outcome.output))
}

fn hash(chain: &mut Chain, number: u64) -> U256 {
    U256::from_be_bytes(chain.block_hash(number).unwrap().0)
}

fn assert_stored(chain: &mut Chain, number: u64, block: Option<u64>) {
    let stored = stored_hash(chain, number, block);
    assert_eq!(stored, Some(hash(chain, number)), "block {number}");
}

#[test]
fn blockhash_is_that_of_real_ancestors() {
    let mut chain = chain();
    chain.mine(300, None, None).unwrap();
    chain.send(to(COUNTER)).unwrap();
    for number in [301, 300, 299, 46] {
        let seen = words(&mut chain, &call(HASHER, number))[0];
        assert_eq!(seen, hash(&mut chain, number));
    }
    for number in [45, 302, 303] {
        assert_eq!(words(&mut chain, &call(HASHER, number)), [U256::ZERO]);
    }
    let sent = chain
        .send(Request {
            data: data(301),
            ..to(HASHER)
        })
        .unwrap();
    let seen = U256::from_be_slice(&mined(&sent).outcome.output);
    assert_eq!(seen, hash(&mut chain, 301));
}

#[test]
fn the_history_contract_knows_8191_hashes() {
    let mut chain = chain();
    chain.mine(10_000, None, None).unwrap();
    for number in [9_999, 8_191, 5_000, 1_810] {
        assert_stored(&mut chain, number, None);
    }
    assert_eq!(stored_hash(&mut chain, 1_809, None), None);
    assert_stored(&mut chain, 20, Some(21));
    assert_eq!(stored_hash(&mut chain, 21, Some(21)), None);
    let slot = U256::from(9_999 % 8_191);
    let seen = chain.storage(HISTORY_STORAGE_ADDRESS, slot, None).unwrap();
    assert_eq!(seen, hash(&mut chain, 9_999));
    let earlier = chain
        .storage(HISTORY_STORAGE_ADDRESS, slot, Some(5_000))
        .unwrap();
    assert_eq!(earlier, hash(&mut chain, 9_999 - 8_191));
}

#[test]
fn the_beacon_contract_knows_the_timestamps_of_blocks() {
    let mut chain = chain();
    chain.mine(20, None, None).unwrap();
    chain.mine(20, None, Some(5_000)).unwrap();
    let knows = |chain: &mut Chain, timestamp| {
        let outcome = chain.call(&call(BEACON_ROOTS_ADDRESS, timestamp)).unwrap();
        outcome.succeeded()
    };
    let latest = chain.latest().head.timestamp;
    for timestamp in [
        latest + 1,
        latest,
        latest - 19,
        1_700_000_020,
        1_700_000_001,
    ] {
        assert!(knows(&mut chain, timestamp), "{timestamp}");
    }
    for timestamp in [latest + 2, latest - 20, 1_700_000_000, 1_700_000_021] {
        assert!(!knows(&mut chain, timestamp), "{timestamp}");
    }
    let slot = U256::from(latest % 8_191);
    assert_eq!(
        chain.storage(BEACON_ROOTS_ADDRESS, slot, None),
        Ok(U256::from(latest))
    );
}

/// The same contract, but not known to be: it is called at the start of each block.
fn eager() -> Chain {
    let mut genesis = genesis(Hardfork::default());
    for (address, account) in &mut genesis.accounts {
        if [HISTORY_STORAGE_ADDRESS, BEACON_ROOTS_ADDRESS].contains(address) {
            account.code = [account.code.as_ref(), &[0]].concat().into();
        }
    }
    Chain::new(genesis).unwrap()
}

#[test]
fn slots_that_are_resolved_when_read_are_those_that_would_be_written() {
    let (mut lazy, mut eager) = (chain(), eager());
    for round in 0..4_u64 {
        for chain in [&mut lazy, &mut eager] {
            chain.mine(60, None, Some(1 + round * 3_000)).unwrap();
            chain.send(to(COUNTER)).unwrap();
        }
        for block in [None, Some(1), Some(30 + round * 61)] {
            for slot in (0..8_191 * 2).step_by(7).chain(0..300).map(U256::from) {
                let roots = [&mut lazy, &mut eager]
                    .map(|chain| chain.storage(BEACON_ROOTS_ADDRESS, slot, block).unwrap());
                assert_eq!(roots[0], roots[1]);
                let set = [&mut lazy, &mut eager].map(|chain| {
                    let word = chain.storage(HISTORY_STORAGE_ADDRESS, slot, block);
                    word.unwrap().is_zero()
                });
                // The hashes differ, as the codes do.
                assert_eq!(set[0], set[1], "slot {slot} at {block:?}");
            }
        }
    }
    let number = eager.block_number() - 1;
    assert_stored(&mut eager, number, None);
}

#[test]
fn surgery_on_a_system_contract_keeps_what_it_knew() {
    let mut chain = chain();
    chain.mine(30, None, None).unwrap();
    let before = chain.state_root().unwrap();
    let slot = U256::from(9_000);
    chain
        .set_storage(HISTORY_STORAGE_ADDRESS, slot, U256::from(1))
        .unwrap();
    chain
        .set_storage(HISTORY_STORAGE_ADDRESS, slot, U256::ZERO)
        .unwrap();
    assert_eq!(chain.state_root(), Ok(before));
    chain
        .set_storage(HISTORY_STORAGE_ADDRESS, U256::from(7), U256::from(77))
        .unwrap();
    assert_ne!(chain.state_root(), Ok(before));
    chain.mine(5, None, None).unwrap();
    assert_eq!(stored_hash(&mut chain, 7, None), Some(U256::from(77)));
    for number in [3, 29, 30, 31, 34] {
        assert_stored(&mut chain, number, None);
    }
    assert_stored(&mut chain, 7, Some(20));
    assert_stored(&mut chain, 12, Some(33));
}
