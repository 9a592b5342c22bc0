use super::*;

fn lived() -> Chain {
    let mut chain = chain();
    chain.send(to(COUNTER)).unwrap();
    chain.mine(300, None, None).unwrap();
    let create = Request {
        to: None,
        data: Bytes::from_static(&[0x60, 5, 0x60, 6, 0x55, 0x60, 1, 0x5f, 0xf3]),
        ..to(BOB)
    };
    chain.send(create).unwrap();
    chain
        .set_storage(LOGGER, U256::from(3), U256::from(4))
        .unwrap();
    chain.set_coinbase(LOGGER);
    chain.set_base_fee(Some(12_345));
    chain.set_prev_randao(Some(B256::repeat_byte(3)));
    chain.set_pending_timestamp(Some(1_800_000_000)).unwrap();
    chain
}

#[test]
fn snapshots_from_before_a_load_take_it_back() {
    let file = lived().dump().unwrap();
    let mut chain = chain_of(Hardfork::London);
    let first = chain.snapshot();
    chain.mine(5, None, None).unwrap();
    let root = chain.state_root().unwrap();
    let second = chain.snapshot();
    chain.load(&file).unwrap();
    let third = chain.snapshot();
    chain.add_key(PrivateKey::new(B256::repeat_byte(0x22)).unwrap());
    chain.load(&file).unwrap();
    let fourth = chain.snapshot();
    assert_eq!(chain.block_number(), 302);
    chain.revert(third).unwrap();
    chain.mine(1, None, None).unwrap();
    assert_eq!(
        (chain.block_number(), chain.hardfork()),
        (303, Hardfork::Bpo2)
    );
    chain.revert(second).unwrap();
    assert_eq!(
        (chain.block_number(), chain.hardfork()),
        (5, Hardfork::London)
    );
    assert_eq!(chain.state_root(), Ok(root));
    assert_eq!(chain.keys.len(), 2);
    for used in [second, third, fourth] {
        assert_eq!(chain.revert(used), Err(ChainError::UnknownSnapshot(used)));
    }
    assert!(chain.snapshot() > fourth);
    chain.revert(first).unwrap();
    assert_eq!(chain.block_number(), 0);
}

#[test]
fn a_file_tells_how_large_code_may_be() {
    for size in [
        CodeSize::Protocol,
        CodeSize::AtMost(77),
        CodeSize::Unlimited,
    ] {
        let mut dumped = chain();
        dumped.set_code_size(size);
        let file = dumped.dump().unwrap();
        let mut loaded = chain();
        loaded.load(&file).unwrap();
        assert_eq!(loaded.config().code_size, size);
    }
}

#[test]
fn a_loaded_chain_goes_on_as_the_dumped_one() {
    let mut dumped = lived();
    let file = dumped.dump().unwrap();
    let mut loaded = Chain::new(Genesis::local(Config {
        hardfork: Hardfork::London,
        chain_id: 5,
        ..Config::default()
    }))
    .unwrap();
    loaded.load(&file).unwrap();
    assert_eq!(loaded.dump().unwrap(), file);
    assert_eq!(
        (loaded.chain_id(), loaded.hardfork()),
        (31_337, Hardfork::Bpo2)
    );
    assert_eq!(loaded.first_block_number(), 302);
    loaded.add_key(alices_key());
    for chain in [&mut dumped, &mut loaded] {
        chain.send(to(COUNTER)).unwrap();
        let mut hashes = chain
            .send(Request {
                data: data(250),
                ..to(HASHER)
            })
            .unwrap();
        assert!(!U256::from_be_slice(&mined(&hashes).outcome.output).is_zero());
        hashes = chain
            .send(Request {
                sender: ALICE,
                ..to(ENVIRONMENT)
            })
            .unwrap();
        assert!(mined(&hashes).outcome.succeeded());
        chain.mine(20, None, None).unwrap();
    }
    assert_eq!(loaded.state_root(), dumped.state_root());
    for number in 302..=loaded.block_number() {
        assert_eq!(loaded.block_hash(number), dumped.block_hash(number));
    }
    assert_eq!(loaded.dump(), dumped.dump());
    let error = loaded.block(301).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no block 301: the chain has blocks 302 to"),
        "{error}"
    );
}

#[test]
fn torn_and_foreign_files_are_refused_and_nothing_changes() {
    let mut chain = lived();
    let file = chain.dump().unwrap();
    let mut refused = |bytes: &[u8]| {
        let error = chain.load(bytes).unwrap_err().to_string();
        assert_eq!(chain.dump().unwrap(), file);
        error
    };
    let foreign = "state file: this is no state file of ingot, which would begin with INGOTSTATE";
    assert_eq!(refused(b""), foreign);
    assert_eq!(refused(b"{\"accounts\": {}}"), foreign);
    assert_eq!(
        refused(b"INGOTSTATE"),
        "state file: it is torn: even its head is not whole"
    );
    let torn = "state file: it is torn or was changed: its checksum does not match";
    assert_eq!(refused(&file[..file.len() - 1]), torn);
    assert_eq!(refused(&[&file[..], &[0]].concat()), torn);
    let mut newer = file.to_vec();
    newer[11] = 9;
    assert_eq!(
        refused(&newer),
        "state file: it is of version 9, this ingot reads version 1"
    );
    let mut empty = [
        &b"INGOTSTATE\0\x01"[..],
        keccak(&[0xc0]).as_slice(),
        &[0xc0],
    ]
    .concat();
    assert!(refused(&empty).starts_with("state file: it is damaged: "));
    empty.truncate(44);
    assert_eq!(refused(&empty), torn);
}

fn keccak(bytes: &[u8]) -> B256 {
    revm::primitives::keccak256(bytes)
}

#[test]
fn every_hardfork_loads_as_it_was() {
    for hardfork in Hardfork::ALL {
        let mut dumped = chain_of(hardfork);
        dumped.send(to(COUNTER)).unwrap();
        let file = dumped.dump().unwrap();
        let mut loaded = chain();
        loaded.load(&file).unwrap();
        assert_eq!(loaded.dump().unwrap(), file, "{hardfork}");
        for chain in [&mut dumped, &mut loaded] {
            chain.mine(3, None, None).unwrap();
        }
        assert_eq!(loaded.block_hash(4), dumped.block_hash(4), "{hardfork}");
    }
}

#[test]
fn genesis_files_that_are_wrong_say_where() {
    let error = |text: &str| Genesis::from_json(text).unwrap_err().to_string();
    assert!(error("{").starts_with("genesis: not JSON: "));
    assert_eq!(error("[]"), "genesis: the file: not an object");
    assert_eq!(error("{}"), "genesis: config: not an object");
    assert_eq!(error(r#"{"config": {}}"#), "genesis: alloc: missing");
    let account = r#"{"config": {}, "alloc": {"0x12": {}}}"#;
    assert_eq!(error(account), "genesis: alloc: 0x12 is no address");
    let limit = r#"{"config": {}, "alloc": {}, "gasLimit": "many"}"#;
    assert_eq!(error(limit), r#"genesis: gasLimit: cannot be "many""#);
    let order = r#"{"config": {"homesteadBlock": 5, "eip150Block": 3}, "alloc": {}}"#;
    assert_eq!(
        error(order),
        "genesis: config: tangerinewhistle is activated before homestead"
    );
    let plain = r#"{"config": {"chainId": 7}, "alloc": {}, "gasLimit": "0x1000000"}"#;
    let mut chain = Chain::new(Genesis::from_json(plain).unwrap()).unwrap();
    assert_eq!(
        (chain.chain_id(), chain.hardfork()),
        (7, Hardfork::Frontier)
    );
    chain.mine(1, None, None).unwrap();
}
