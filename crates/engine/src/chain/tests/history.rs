use alloy_trie::{Nibbles, TrieAccount, proof::verify_proof};
use revm::primitives::keccak256;

use super::*;
use crate::record::Record;

/// A chain of some blocks with several transactions, and surgery in between.
fn lived() -> Chain {
    let mut chain = chain();
    for number in 1..12_u64 {
        let contract = if number % 3 == 0 { LOGGER } else { COUNTER };
        let request = Request {
            data: data(number),
            value: U256::from(number % 2),
            ..to(contract)
        };
        chain.send(request).unwrap();
        if number % 4 == 0 {
            chain.set_balance(LOGGER, ether(number)).unwrap();
            chain
                .set_storage(LOGGER, U256::from(number), U256::from(1))
                .unwrap();
            chain.mine(200, None, None).unwrap();
        }
        if number == 7 {
            let create = Request {
                data: Bytes::from_static(&[0x60, 5, 0x60, 6, 0x55, 0x60, 1, 0x5f, 0xf3]),
                to: None,
                ..to(COUNTER)
            };
            chain.send(create).unwrap();
        }
    }
    chain
}

#[test]
fn the_past_reads_as_it_was() {
    let mut chain = chain();
    let mut past = Vec::new();
    for number in 0..8 {
        let created = BOB.create(number);
        let seen = |chain: &mut Chain, block| {
            (
                chain.balance(BOB, block).unwrap(),
                chain.nonce(BOB, block).unwrap(),
                chain.code(created, block).unwrap(),
                chain.storage(COUNTER, U256::from(1), block).unwrap(),
                words(
                    chain,
                    &Call {
                        block,
                        ..call(COUNTER, 0)
                    },
                ),
            )
        };
        past.push((chain.block_number(), seen(&mut chain, None), created));
        let request = if number % 2 == 0 {
            to(COUNTER)
        } else {
            Request {
                to: None,
                data: Bytes::from_static(&hex!("60015ff3")),
                ..to(BOB)
            }
        };
        chain.send(request).unwrap();
        if number == 5 {
            chain.mine(500, None, None).unwrap();
        }
    }
    for (number, (balance, nonce, code, slot, called), created) in past {
        let at = Some(number);
        assert_eq!(chain.balance(BOB, at), Ok(balance));
        assert_eq!(chain.nonce(BOB, at), Ok(nonce));
        assert_eq!(chain.code(created, at), Ok(code));
        assert_eq!(chain.storage(COUNTER, U256::from(1), at), Ok(slot));
        assert_eq!(
            words(
                &mut chain,
                &Call {
                    block: at,
                    ..call(COUNTER, 0)
                }
            ),
            called
        );
    }
    let latest = chain.block_number();
    let error = chain
        .balance(BOB, Some(latest + 1))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!(
            "there is no block {}: the chain has blocks 0 to {latest}",
            latest + 1
        )
    );
}

#[test]
fn surgery_after_a_block_belongs_to_that_block() {
    let mut chain = chain();
    chain.mine(1, None, None).unwrap();
    chain.set_balance(LOGGER, ether(7)).unwrap();
    let hash = chain.block_hash(1).unwrap();
    chain.mine(1, None, None).unwrap();
    chain.set_balance(LOGGER, ether(8)).unwrap();
    assert_eq!(chain.balance(LOGGER, Some(0)), Ok(U256::ZERO));
    assert_eq!(chain.balance(LOGGER, Some(1)), Ok(ether(7)));
    assert_eq!(chain.balance(LOGGER, Some(2)), Ok(ether(8)));
    assert_eq!(chain.block_hash(1), Ok(hash));
}

#[test]
fn replay_ends_as_the_transaction_did() {
    let mut chain = lived();
    let before = chain.dump().unwrap();
    for number in 0..=chain.block_number() {
        for accepted in &chain.block(number).unwrap().transactions {
            let outcome = chain.replay(accepted, Record::FRAMES).unwrap();
            let end = &mined(accepted).outcome;
            assert_eq!(
                (&outcome.status, outcome.gas_used),
                (&end.status, end.gas_used)
            );
            assert_eq!((&outcome.output, &outcome.logs), (&end.output, &end.logs));
            assert_eq!(outcome.recording.unwrap().frames.len(), 1);
        }
    }
    assert_eq!(chain.dump().unwrap(), before);
}

#[test]
fn headers_have_the_roots_of_their_state() {
    let mut chain = lived();
    for number in [0, 5, 212, chain.block_number()] {
        let block = chain.block(number).unwrap();
        let root = chain.header(&block).unwrap().header.state_root;
        let proof = chain
            .proof(COUNTER, &[U256::from(1), U256::from(9)], Some(number))
            .unwrap();
        let account = TrieAccount {
            nonce: proof.nonce,
            balance: proof.balance,
            storage_root: proof.storage_root,
            code_hash: proof.code_hash,
        };
        let path = Nibbles::unpack(keccak256(COUNTER));
        verify_proof(root, path, Some(alloy_rlp::encode(account)), &proof.nodes).unwrap();
        assert_eq!(proof.storage[1].value, U256::ZERO);
        for slot in &proof.storage {
            let path = Nibbles::unpack(keccak256(B256::from(slot.slot)));
            let value = (!slot.value.is_zero()).then(|| alloy_rlp::encode(slot.value));
            verify_proof(proof.storage_root, path, value, &slot.nodes).unwrap();
        }
    }
    assert!(chain.proof(COUNTER, &[], Some(1_000_000)).is_err());
}

#[test]
fn hashes_do_not_depend_on_when_they_are_asked_for() {
    let (mut eager, mut lazy) = (chain(), chain());
    for number in 1..150_u64 {
        for chain in [&mut eager, &mut lazy] {
            chain
                .send(Request {
                    data: data(number),
                    ..to(COUNTER)
                })
                .unwrap();
            if number % 50 == 0 {
                chain.set_balance(LOGGER, ether(number)).unwrap();
            }
        }
        eager.block_hash(number).unwrap();
        if number % 40 == 0 {
            eager.state_root().unwrap();
        }
    }
    // Older than the tries that are kept, too.
    assert_eq!(lazy.block_hash(149), eager.block_hash(149));
    assert_eq!(lazy.state_root(), eager.state_root());
    for number in [3, 100, 149] {
        let slots = [U256::from(1)];
        assert_eq!(
            lazy.proof(COUNTER, &slots, Some(number)),
            eager.proof(COUNTER, &slots, Some(number))
        );
    }
}

#[test]
fn logs_are_found_by_block_address_and_topic() {
    let mut chain = chain();
    for number in 1..30_u64 {
        let target = if number % 5 == 0 { COUNTER } else { LOGGER };
        chain
            .send(Request {
                data: data(number % 3),
                ..to(target)
            })
            .unwrap();
        if number == 20 {
            chain.mine(300, None, None).unwrap();
        }
    }
    let latest = chain.block_number();
    let query = |from_block, to_block, addresses: &[Address], topics: &[&[u64]]| LogQuery {
        from_block,
        to_block,
        addresses: addresses.to_vec(),
        topics: topics
            .iter()
            .map(|wanted| {
                wanted
                    .iter()
                    .map(|word| B256::from(U256::from(*word)))
                    .collect()
            })
            .collect(),
    };
    let count = |query: &LogQuery| chain.logs(query).unwrap().len();
    assert_eq!(count(&query(0, latest, &[], &[])), 24);
    assert_eq!(count(&query(0, latest, &[LOGGER, BOB], &[&[]])), 24);
    assert_eq!(count(&query(0, latest, &[COUNTER], &[])), 0);
    assert_eq!(count(&query(0, latest, &[], &[&[2]])), 8);
    assert_eq!(count(&query(0, latest, &[], &[&[0, 2]])), 16);
    assert_eq!(count(&query(0, latest, &[], &[&[], &[1]])), 0);
    assert_eq!(count(&query(6, 9, &[], &[])), 4);
    assert_eq!(count(&query(100, 250, &[], &[])), 0);
    let found = chain.logs(&query(21, latest, &[], &[&[1]])).unwrap();
    let numbers: Vec<_> = found
        .iter()
        .map(|log| mined(&log.transaction).block_number)
        .collect();
    assert!(numbers.is_sorted() && numbers[0] == 322 && found[0].index == 0);
    assert!(chain.logs(&query(5, 4, &[], &[])).is_err());
    assert!(chain.logs(&query(0, latest + 1, &[], &[])).is_err());
}

#[test]
fn hashes_lead_to_transactions_and_blocks() {
    let mut chain = lived();
    let mut hashes = Vec::new();
    for number in 0..=chain.block_number() {
        hashes.push((number, chain.block_hash(number).unwrap()));
    }
    for (number, hash) in hashes {
        let block = chain.block_by_hash(hash).unwrap().unwrap();
        assert_eq!(block.head.number, number);
        for accepted in &block.transactions {
            let found = chain.transaction(accepted.transaction.hash()).unwrap();
            assert!(Arc::ptr_eq(&found, accepted));
        }
    }
    assert!(chain.block_by_hash(B256::ZERO).unwrap().is_none());
    assert!(chain.transaction(B256::ZERO).is_none());
    chain.set_automine(false);
    let waiting = chain.send(to(COUNTER)).unwrap();
    assert!(chain.transaction(waiting.transaction.hash()).is_some());
}
