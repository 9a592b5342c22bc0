use super::*;
use crate::block::next_base_fee;

#[test]
fn base_fee_follows_the_rule_from_what_was_set() {
    let mut chain = chain();
    assert_eq!(chain.base_fee(), 1_000_000_000);
    chain.mine(1, None, None).unwrap();
    assert_eq!(chain.base_fee(), 875_000_000);
    chain.set_base_fee(Some(80));
    chain.send(to(COUNTER)).unwrap();
    let latest = chain.latest();
    assert_eq!(latest.head.base_fee, 80);
    assert_eq!(
        chain.base_fee(),
        next_base_fee(80, latest.gas_used, 30_000_000)
    );
    chain.set_base_fee(Some(5));
    chain.set_base_fee(None);
    assert_eq!(chain.base_fee(), 71);
    chain.set_base_fee(Some(0));
    let free = chain.send(to(COUNTER)).unwrap();
    assert_eq!(mined(&free).effective_gas_price, 0);
}

#[test]
fn blob_base_fee_goes_on_from_what_was_set() {
    let mut chain = chain();
    assert_eq!(chain.blob_base_fee(), 1);
    chain.set_blob_base_fee(Some(1_000_000));
    assert_eq!(chain.blob_base_fee(), 1_000_000);
    let blob = Request {
        blob_hashes: Some(vec![B256::repeat_byte(1); 6]),
        ..to(BOB)
    };
    chain.send(blob).unwrap();
    let latest = chain.latest().clone();
    assert_eq!(
        (latest.blob_gas_used, latest.head.blob_base_fee),
        (6 << 17, 1_000_000)
    );
    let blobs = Hardfork::Bpo2.blobs().unwrap();
    let next = blobs.next_excess(latest.head.excess_blob_gas, 6 << 17, latest.head.base_fee);
    assert_eq!(chain.next_head().excess_blob_gas, next);
    let mut old = chain_of(Hardfork::Shanghai);
    old.set_blob_base_fee(Some(5));
    assert_eq!(old.blob_base_fee(), 1);
}

#[test]
fn defaults_follow_the_hardfork() {
    for (hardfork, kind, price) in [
        (Hardfork::Istanbul, 0, 1_000_000_000_u128),
        (Hardfork::Berlin, 0, 1_000_000_000),
        (Hardfork::London, 2, 2_000_000_000),
        (Hardfork::Bpo2, 2, 2_000_000_000),
    ] {
        let mut chain = chain_of(hardfork);
        let sent = chain.send(to(BOB)).unwrap();
        let env = sent.transaction.env();
        assert_eq!((env.tx_type, env.gas_price), (kind, price), "{hardfork}");
        let limit = if hardfork < Hardfork::Osaka {
            30_000_000
        } else {
            1 << 24
        };
        assert_eq!(env.gas_limit, limit);
        assert_eq!(mined(&sent).effective_gas_price, 1_000_000_000);
    }
}

#[test]
fn default_gas_limit_is_what_the_sender_can_pay() {
    let mut chain = chain();
    let price = U256::from(2_000_000_000);
    chain
        .set_balance(BOB, U256::from(50_000) * price + U256::from(7))
        .unwrap();
    let pay = Request {
        value: U256::from(7),
        ..to(COUNTER)
    };
    let sent = chain.send(pay).unwrap();
    assert_eq!(sent.transaction.env().gas_limit, 50_000);
    chain.set_base_fee(Some(1_000_000_000));
    chain.set_balance(BOB, price).unwrap();
    let poor = Request {
        data: data(1),
        ..to(COUNTER)
    };
    let error = chain.send(poor).unwrap_err().to_string();
    assert!(
        error.starts_with("insufficient funds for gas * price + value"),
        "{error}"
    );
}

#[test]
fn the_type_follows_from_the_fields_and_misfits_are_named() {
    let mut chain = chain();
    let kind = |chain: &mut Chain, request| chain.send(request).unwrap().transaction.kind();
    let request = |change: fn(&mut Request)| {
        let mut request = to(BOB);
        change(&mut request);
        request
    };
    let list = request(|it| it.access_list = Some(alloy_eips::eip2930::AccessList::default()));
    assert_eq!(kind(&mut chain, list.clone()), 2);
    assert_eq!(
        kind(&mut chain, request(|it| it.gas_price = Some(2_000_000_000))),
        0
    );
    let both = Request {
        gas_price: Some(2_000_000_000),
        ..list
    };
    assert_eq!(kind(&mut chain, both), 1);
    assert_eq!(
        kind(&mut chain, request(|it| it.max_priority_fee = Some(1))),
        2
    );
    let error = |chain: &mut Chain, request| chain.send(request).unwrap_err().to_string();
    let misfit = request(|it| {
        it.kind = Some(2);
        it.gas_price = Some(1);
    });
    assert_eq!(
        error(&mut chain, misfit),
        "a transaction of type 2 has no gas_price"
    );
    assert!(error(&mut chain, request(|it| it.kind = Some(5))).contains("known are 0 to 4"));
    let create = request(|it| {
        it.to = None;
        it.authorizations = Some(Vec::new());
    });
    assert!(error(&mut chain, create).contains("cannot create a contract"));
    let old = request(|it| it.kind = Some(2));
    let error = chain_of(Hardfork::Berlin)
        .send(old)
        .unwrap_err()
        .to_string();
    assert!(error.contains("type 2 is not known to berlin"), "{error}");
}
