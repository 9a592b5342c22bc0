use super::*;
use crate::record::Record;

/// Two chains that are told the same, the one with a limit.
fn pair(limit: u64) -> (Chain, Chain) {
    let mut pruned = chain();
    pruned.set_history_limit(Some(limit)).unwrap();
    (chain(), pruned)
}

fn step(chain: &mut Chain, number: u64) -> Arc<Accepted> {
    let contract = if number.is_multiple_of(3) {
        LOGGER
    } else {
        COUNTER
    };
    if number.is_multiple_of(7) {
        chain.mine(3, None, None).unwrap();
        chain.set_balance(LOGGER, ether(number)).unwrap();
    }
    let request = Request {
        data: data(number),
        ..to(contract)
    };
    chain.send(request).unwrap()
}

#[test]
fn what_is_kept_is_as_without_a_limit() {
    let (mut whole, mut pruned) = pair(100);
    for number in 0..400 {
        step(&mut whole, number);
        step(&mut pruned, number);
    }
    let (oldest, latest) = (pruned.oldest_state(), pruned.block_number());
    assert_eq!(latest, whole.block_number());
    assert!(
        (100..100 + PORTION_AND_RUN).contains(&(latest - oldest)),
        "{oldest} of {latest}"
    );
    assert_eq!(pruned.block_hash(latest), whole.block_hash(latest));
    for number in [0, oldest - 1, oldest, oldest + 1, latest - 1, latest] {
        assert_eq!(pruned.block_hash(number), whole.block_hash(number));
        if number < oldest {
            let refused = Err(ChainError::Pruned { number, oldest });
            assert_eq!(pruned.balance(LOGGER, Some(number)), refused);
            let proof = pruned.proof(LOGGER, &[], Some(number)).unwrap_err();
            assert_eq!(proof, ChainError::Pruned { number, oldest });
            continue;
        }
        let proofs = [&mut whole, &mut pruned].map(|chain| {
            chain
                .proof(COUNTER, &[U256::from(1)], Some(number))
                .unwrap()
        });
        assert_eq!(proofs[0].nodes, proofs[1].nodes);
        let balances = [&mut whole, &mut pruned].map(|chain| chain.balance(LOGGER, Some(number)));
        assert_eq!(balances[0], balances[1]);
    }
    let roots = [&mut whole, &mut pruned].map(|chain| chain.state_root().unwrap());
    assert_eq!(roots[0], roots[1]);
}

const PORTION_AND_RUN: u64 = 64 + 8;

#[test]
fn transactions_of_pruned_blocks_cannot_be_replayed() {
    let mut chain = chain();
    let first = step(&mut chain, 1);
    for number in 2..10 {
        step(&mut chain, number);
    }
    let last = step(&mut chain, 10);
    chain.replay(&first, Record::OFF).unwrap();
    chain.set_history_limit(Some(1)).unwrap();
    let oldest = chain.block_number() - 1;
    chain.replay(&last, Record::OFF).unwrap();
    let refused = chain.replay(&first, Record::OFF).unwrap_err();
    assert_eq!(refused, ChainError::Pruned { number: 0, oldest });
    assert_eq!(
        chain.roll_back(oldest - 1),
        Err(ChainError::Pruned {
            number: oldest - 1,
            oldest
        })
    );
    chain.roll_back(oldest).unwrap();
    assert_eq!(chain.block_number(), oldest);
}

#[test]
fn what_a_snapshot_leads_back_to_is_kept() {
    let mut chain = chain();
    chain.set_history_limit(Some(0)).unwrap();
    step(&mut chain, 1);
    let before = chain.dump().unwrap();
    let snapshot = chain.snapshot();
    for number in 1..200 {
        step(&mut chain, number);
    }
    assert!(chain.oldest_state() <= 1);
    chain.revert(snapshot).unwrap();
    assert_eq!(chain.dump().unwrap(), before);
    for number in 1..200 {
        step(&mut chain, number);
    }
    assert!(chain.oldest_state() > 100);
}

#[test]
fn blocks_are_forgotten_long_after_their_state() {
    let (mut whole, mut pruned) = pair(10);
    for chain in [&mut whole, &mut pruned] {
        for number in 0..30 {
            step(chain, number);
            chain.mine(500, None, None).unwrap();
        }
    }
    let (first, oldest) = (pruned.first_block_number(), pruned.oldest_state());
    assert!(first > 1_000 && oldest - first == 8_192, "{first} {oldest}");
    assert!(matches!(
        pruned.block(first - 1),
        Err(ChainError::UnknownBlock { .. })
    ));
    let latest = pruned.block_number();
    for number in [first, first + 1, oldest, latest] {
        let [ours, theirs] =
            [&mut pruned, &mut whole].map(|chain| chain.block_hash(number).unwrap());
        assert_eq!(ours, theirs);
        assert_eq!(
            pruned.block_by_hash(ours).unwrap().unwrap().head.number,
            number
        );
        let block = pruned.block(number).unwrap();
        let parent = pruned.parent_hash(&block).unwrap();
        assert_eq!(parent, whole.block_hash(number - 1).unwrap());
    }
    for at in [oldest, latest] {
        for slot in [0, 1, 4_000, 8_190] {
            let contract = crate::system::HISTORY_STORAGE_ADDRESS;
            let words = [&mut pruned, &mut whole]
                .map(|chain| chain.storage(contract, U256::from(slot), Some(at)).unwrap());
            assert_eq!(words[0], words[1], "slot {slot} at {at}");
        }
    }
    assert_eq!(pruned.state_root(), whole.state_root());
}

#[test]
fn what_is_done_on_an_old_block_gives_nothing_up() {
    let mut chain = chain();
    chain.set_history_limit(Some(20)).unwrap();
    for number in 0..200 {
        step(&mut chain, number);
    }
    let (before, oldest) = (chain.dump().unwrap(), chain.oldest_state());
    let number = chain.block_number() - 10;
    let reached = chain.branch(number, |chain| {
        for number in 0..200 {
            step(chain, number);
        }
        chain.block_hash(chain.block_number())?;
        Ok(chain.block_number())
    });
    assert!(reached.unwrap() > number + 200);
    assert_eq!(chain.oldest_state(), oldest);
    assert_eq!(chain.dump().unwrap(), before);
    let refused = chain.branch(oldest - 1, |_| Ok(())).unwrap_err();
    assert!(matches!(refused, ChainError::Pruned { .. }));
}
