use std::time::{Duration, Instant};

use super::*;
use crate::invalid::InvalidTransaction;

#[test]
fn alices_address_is_that_of_her_key() {
    assert_eq!(alices_key().address(), ALICE);
}

#[test]
fn automine_gives_each_transaction_its_block() {
    let mut chain = chain();
    for number in 1..4 {
        let sent = chain.send(to(COUNTER)).unwrap();
        let end = mined(&sent);
        assert_eq!((end.block_number, end.index), (number, 0));
        assert_eq!(end.timestamp, 1_700_000_000 + number);
        assert_eq!(U256::from_be_slice(&end.outcome.output), U256::from(number));
        let block = chain.block(number).unwrap();
        assert_eq!(block.gas_used, end.outcome.gas_used);
        assert!(Arc::ptr_eq(&block.transactions[0], &sent) && chain.holds_transaction(&sent));
    }
    assert_eq!(chain.block_number(), 3);
    assert_eq!(chain.nonce(BOB, None), Ok(3));
}

#[test]
fn refused_transactions_leave_no_block() {
    let mut chain = chain();
    let root = chain.state_root().unwrap();
    let refused = |chain: &mut Chain, request| chain.send(request).unwrap_err().to_string();
    let nonce = Request {
        nonce: Some(1),
        ..to(COUNTER)
    };
    assert!(refused(&mut chain, nonce).starts_with("nonce too high"));
    let poor = Request {
        sender: LOGGER,
        ..to(COUNTER)
    };
    assert!(refused(&mut chain, poor).starts_with("insufficient funds for gas * price + value"));
    let cheap = Request {
        max_fee: Some(1),
        ..to(COUNTER)
    };
    assert!(refused(&mut chain, cheap).starts_with("max fee per gas less than block base fee"));
    let little = Request {
        gas_limit: Some(20_999),
        ..to(COUNTER)
    };
    assert!(refused(&mut chain, little).starts_with("intrinsic gas too low"));
    assert_eq!((chain.block_number(), chain.state_root()), (0, Ok(root)));
    chain.send(to(COUNTER)).unwrap();
    let again = Request {
        nonce: Some(0),
        ..to(COUNTER)
    };
    assert!(refused(&mut chain, again).starts_with("nonce too low"));
}

#[test]
fn manual_mining_keeps_the_order_of_submission() {
    let mut chain = chain();
    chain.set_automine(false);
    let mut sent = Vec::new();
    for number in 0..5 {
        let sender = if number % 2 == 0 { BOB } else { ALICE };
        let request = Request {
            sender,
            data: data(number),
            ..to(LOGGER)
        };
        sent.push(chain.send(request).unwrap());
    }
    assert!(sent.iter().all(|sent| sent.is_pending()));
    assert_eq!(chain.pending_transactions().len(), 5);
    chain.mine(1, None, None).unwrap();
    let mut gas = 0;
    for (index, sent) in (0..).zip(&sent) {
        let end = mined(sent);
        gas += end.outcome.gas_used;
        assert_eq!(
            (end.block_number, end.index, end.first_log),
            (1, index, index)
        );
        assert_eq!(end.cumulative_gas_used, gas);
    }
    assert_eq!(chain.latest().gas_used, gas);
    assert!(chain.pending_transactions().is_empty());
}

#[test]
fn a_block_has_at_most_so_many_transactions() {
    let mut chain = chain();
    chain.set_automine(false);
    chain.set_max_transactions(Some(2));
    let sent: Vec<_> = (0..5).map(|_| chain.send(to(COUNTER)).unwrap()).collect();
    chain.mine(3, None, None).unwrap();
    let places = sent.iter().map(|sent| mined(sent).block_number);
    assert_eq!(places.collect::<Vec<_>>(), [1, 1, 2, 2, 3]);
}

#[test]
fn what_nobody_can_pay_waits_and_is_left_out() {
    let mut chain = chain();
    let poor = || Request {
        value: ether(1_000_000),
        gas_limit: Some(30_000),
        ..to(COUNTER)
    };
    assert!(chain.send(poor()).is_err());
    chain.set_pool_checks_funds(false);
    let alone = chain.send(poor()).unwrap();
    assert!(alone.dropped().is_some());
    assert_eq!((chain.block_number(), chain.nonce(BOB, None)), (1, Ok(0)));
    chain.set_automine(false);
    let first = chain.send(poor()).unwrap();
    let after = chain.send(to(COUNTER)).unwrap();
    assert!(first.is_pending() && after.is_pending());
    chain.mine(1, None, None).unwrap();
    assert!(first.dropped().is_some() && after.dropped().is_some());
    assert!(chain.pending_transactions().is_empty());
    chain.set_automine(true);
    assert_eq!(mined(&chain.send(to(COUNTER)).unwrap()).block_number, 3);
}

#[test]
fn what_does_not_fit_into_a_block_waits_for_the_next() {
    let mut chain = chain();
    chain.set_automine(false);
    chain.set_gas_limit(100_000);
    let send = |chain: &mut Chain, sender, gas| {
        let request = Request {
            sender,
            gas_limit: Some(gas),
            ..to(COUNTER)
        };
        chain.send(request).unwrap()
    };
    let first = send(&mut chain, BOB, 100_000);
    let large = send(&mut chain, BOB, 90_000);
    let after = send(&mut chain, BOB, 30_000);
    let other = send(&mut chain, ALICE, 30_000);
    chain.mine(1, None, None).unwrap();
    assert_eq!((mined(&first).index, mined(&other).index), (0, 1));
    assert!(large.is_pending() && after.is_pending());
    chain.mine(2, None, None).unwrap();
    assert_eq!((mined(&large).block_number, mined(&after).index), (2, 1));
    let huge = Request {
        gas_limit: Some(100_001),
        ..to(COUNTER)
    };
    let refused = chain.send(huge).unwrap_err().to_string();
    assert!(refused.starts_with("exceeds block gas limit"), "{refused}");
}

#[test]
fn what_became_invalid_is_dropped_with_its_reason() {
    let mut chain = chain();
    chain.set_automine(false);
    let first = chain.send(to(COUNTER)).unwrap();
    let second = chain.send(to(COUNTER)).unwrap();
    chain.set_balance(BOB, U256::ZERO).unwrap();
    chain.mine(1, None, None).unwrap();
    assert!(matches!(
        first.dropped(),
        Some(InvalidTransaction::InsufficientFunds { .. })
    ));
    assert!(matches!(
        second.dropped(),
        Some(InvalidTransaction::NonceTooHigh { .. })
    ));
    assert!(first.mined().is_none() && !first.is_pending());
    assert!(chain.latest().transactions.is_empty() && chain.pending_transactions().is_empty());
}

#[test]
fn pool_counts_the_nonces_and_costs_of_what_waits() {
    let mut chain = chain();
    chain.set_automine(false);
    let pay = |value, nonce| Request {
        value: ether(value),
        nonce,
        gas_limit: Some(21_000),
        ..to(ALICE)
    };
    chain.send(pay(600, None)).unwrap();
    let gap = chain.send(pay(1, Some(2))).unwrap_err();
    assert!(gap.to_string().starts_with("nonce too high"), "{gap}");
    let repeated = chain.send(pay(1, Some(0))).unwrap_err();
    assert!(
        repeated.to_string().starts_with("nonce too low"),
        "{repeated}"
    );
    let unaffordable = chain.send(pay(600, None)).unwrap_err();
    assert!(
        unaffordable.to_string().starts_with("insufficient funds"),
        "{unaffordable}"
    );
    let affordable = chain.send(pay(300, Some(1))).unwrap();
    chain.mine(1, None, None).unwrap();
    assert_eq!(mined(&affordable).index, 1);
}

#[test]
fn transactions_below_the_base_fee_wait_until_it_falls() {
    let mut chain = chain();
    chain.set_automine(false);
    let cheap = Request {
        max_fee: Some(900_000_000),
        ..to(COUNTER)
    };
    let sent = chain.send(cheap).unwrap();
    chain.mine(1, None, None).unwrap();
    assert!(sent.is_pending());
    chain.mine(1, None, None).unwrap();
    assert_eq!(mined(&sent).block_number, 2);
    assert_eq!(chain.latest().head.base_fee, 875_000_000);
}

#[test]
fn automine_mines_what_waited_before() {
    let mut chain = chain();
    chain.set_automine(false);
    let first = chain.send(to(COUNTER)).unwrap();
    chain.set_automine(true);
    let second = chain.send(to(COUNTER)).unwrap();
    assert_eq!((mined(&first).index, mined(&second).index), (0, 1));
    assert_eq!(chain.block_number(), 1);
}

#[test]
fn time_goes_as_it_is_told() {
    let mut chain = chain();
    let start = chain.latest().head.timestamp;
    let now = |chain: &Chain| chain.latest().head.timestamp - start;
    assert_eq!(chain.pending_timestamp(), start + 1);
    chain.mine(1, Some(start + 100), None).unwrap();
    assert_eq!(now(&chain), 100);
    chain.mine(3, None, Some(50)).unwrap();
    assert_eq!(now(&chain), 152);
    chain.set_pending_timestamp(Some(start + 500)).unwrap();
    chain.send(to(COUNTER)).unwrap();
    assert_eq!((now(&chain), chain.pending_timestamp()), (500, start + 501));
    chain.set_pending_timestamp(Some(start + 600)).unwrap();
    chain.mine(1, None, Some(10)).unwrap();
    assert_eq!(now(&chain), 610);
    for late in [start + 610, start] {
        let error = chain.set_pending_timestamp(Some(late)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("give at least {}", start + 611)),
            "{error}"
        );
        assert!(chain.mine(1, Some(late), None).is_err());
    }
    assert!(chain.mine(1, None, Some(0)).is_err());
    assert!(chain.mine(1, Some(u64::MAX), None).is_err());
    assert!(chain.mine(u64::MAX, None, None).is_err());
    assert!(chain.mine(1, Some(start + 700), Some(1)).is_err());
    assert_eq!(now(&chain), 610);
    assert_eq!(chain.mine(0, None, None), Ok(()));
}

#[test]
fn a_million_empty_blocks_take_neither_time_nor_memory() {
    let mut chain = chain();
    let start = Instant::now();
    chain.mine(1_000_000, None, None).unwrap();
    assert!(start.elapsed() < Duration::from_millis(500));
    assert_eq!(chain.block_number(), 1_000_000);
    let block = chain.block(777_777).unwrap();
    assert_eq!(
        (block.head.number, block.head.timestamp),
        (777_777, 1_700_777_777)
    );
    assert!(chain.holds(&block));
    let sent = chain.send(to(COUNTER)).unwrap();
    assert_eq!(mined(&sent).timestamp, 1_701_000_001);
    assert_eq!(chain.block(1_000_001).unwrap().transactions.len(), 1);
    assert!(chain.block(1_000_002).is_err());
}

#[test]
fn blocks_mined_at_once_are_those_mined_one_by_one() {
    let (mut at_once, mut one_by_one) = (chain(), chain());
    at_once.mine(400, None, None).unwrap();
    for _ in 0..400 {
        one_by_one.mine(1, None, None).unwrap();
    }
    for chain in [&mut at_once, &mut one_by_one] {
        chain.send(to(COUNTER)).unwrap();
    }
    for number in [401, 400, 399, 300, 1] {
        assert_eq!(at_once.block_hash(number), one_by_one.block_hash(number));
        let block = at_once.block(number).unwrap();
        let header = at_once.header(&block).unwrap();
        let same = one_by_one.block(number).unwrap();
        assert_eq!(header.header, one_by_one.header(&same).unwrap().header);
    }
}

#[test]
fn contracts_see_their_block() {
    let mut chain = chain();
    chain.set_coinbase(COUNTER);
    chain.set_prev_randao(Some(B256::repeat_byte(9)));
    chain.set_base_fee(Some(77));
    chain.set_blob_base_fee(Some(5));
    let expected = [
        U256::from(1),
        U256::from(1_700_000_001),
        U256::from(77),
        B256::repeat_byte(9).into(),
        U256::from(5),
        U256::from_be_slice(COUNTER.as_slice()),
        U256::from(30_000_000),
        U256::from(31_337),
    ];
    assert_eq!(words(&mut chain, &call(ENVIRONMENT, 0)), expected);
    let sent = chain.send(to(ENVIRONMENT)).unwrap();
    let seen = mined(&sent).outcome.output.chunks(32);
    assert_eq!(seen.map(U256::from_be_slice).collect::<Vec<_>>(), expected);
    // The next block has a PREVRANDAO of its own again, the same in every run.
    let next = words(&mut chain, &call(ENVIRONMENT, 0));
    assert_eq!(next[3], U256::from_be_bytes(chain.prev_randao().0));
    assert_ne!(next[3], expected[3]);
    assert_eq!(next[5], expected[5]);
}
