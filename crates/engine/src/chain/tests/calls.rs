use super::*;

/// Reverts unless at least 100,000 gas is left, then counts as COUNTER does.
const GREEDY: &[u8] = &hex!("620186a0 5a 11 600c 57 5f 5f fd 5b 6001 54 6001 01 80 6001 55 00");

#[test]
fn calls_leave_no_trace_and_need_no_balance() {
    let mut chain = chain();
    let root = chain.state_root().unwrap();
    let from_nobody = Call {
        sender: Some(Address::repeat_byte(0x99)),
        ..call(COUNTER, 0)
    };
    for _ in 0..2 {
        assert_eq!(words(&mut chain, &from_nobody), [U256::from(1)]);
    }
    assert_eq!((chain.state_root(), chain.block_number()), (Ok(root), 0));
    let value = Call {
        value: U256::from(1),
        ..from_nobody
    };
    let error = chain.call(&value).unwrap_err().to_string();
    assert!(error.starts_with("insufficient funds"), "{error}");
}

#[test]
fn overrides_hold_for_one_call_only() {
    let mut chain = chain();
    let before = chain.dump().unwrap();
    let with = |change| Call {
        overrides: vec![(COUNTER, change)],
        ..call(COUNTER, 0)
    };
    let slot = (U256::from(1), U256::from(41));
    let slots = with(Override {
        storage: StorageOverride::Slots(vec![slot]),
        ..Override::default()
    });
    assert_eq!(words(&mut chain, &slots), [U256::from(42)]);
    chain.send(to(COUNTER)).unwrap();
    let nothing = with(Override {
        storage: StorageOverride::Everything(Vec::new()),
        ..Override::default()
    });
    assert_eq!(words(&mut chain, &nothing), [U256::from(1)]);
    let code = with(Override {
        code: Some(ENVIRONMENT_CODE.into()),
        ..Override::default()
    });
    assert_eq!(words(&mut chain, &code).len(), 8);
    let rich = Call {
        sender: Some(LOGGER),
        value: ether(5),
        overrides: vec![(
            LOGGER,
            Override {
                balance: Some(ether(6)),
                ..Override::default()
            },
        )],
        ..call(COUNTER, 0)
    };
    assert!(chain.call(&rich).unwrap().succeeded());
    assert_eq!(words(&mut chain, &call(COUNTER, 0)), [U256::from(2)]);
    let block = Call {
        block_overrides: BlockOverrides {
            number: Some(500),
            timestamp: Some(7),
            base_fee: Some(9),
            ..BlockOverrides::default()
        },
        ..call(ENVIRONMENT, 0)
    };
    let seen = words(&mut chain, &block);
    assert_eq!(seen[..3], [U256::from(500), U256::from(7), U256::from(9)]);
    assert_eq!(words(&mut chain, &call(ENVIRONMENT, 0))[0], U256::from(2));
    let mut other = super::chain();
    assert_eq!(other.dump().unwrap(), before);
}

#[test]
fn calls_at_an_old_block_are_in_that_block() {
    let mut chain = chain();
    chain.mine(5, None, None).unwrap();
    chain.mine(1, None, Some(1_000)).unwrap();
    let at = |block| Call {
        block,
        ..call(ENVIRONMENT, 0)
    };
    let numbers = [Some(0), Some(3), Some(6), None];
    let seen = numbers.map(|number| words(&mut chain, &at(number)));
    assert_eq!(
        seen.clone().map(|seen| seen[0]),
        [0, 3, 6, 7].map(U256::from)
    );
    assert_eq!(seen[2][1], U256::from(1_700_001_005));
    let hash = chain.block_hash(2).unwrap();
    let hasher = |block| Call {
        block,
        ..call(HASHER, 2)
    };
    assert_eq!(
        words(&mut chain, &hasher(Some(3))),
        [U256::from_be_bytes(hash.0)]
    );
    assert_eq!(words(&mut chain, &hasher(Some(2))), [U256::ZERO]);
}

#[test]
fn estimates_are_exact() {
    let mut chain = chain();
    chain
        .set_code(LOGGER, Bytecode::new_raw(GREEDY.into()))
        .unwrap();
    let calls = [
        call(BOB, 0),
        call(COUNTER, 0),
        call(LOGGER, 0),
        Call {
            data: Bytes::from(vec![1; 5_000]),
            ..call(BOB, 0)
        },
        Call {
            to: None,
            data: Bytes::from_static(&hex!("60015ff3")),
            ..Call::default()
        },
        Call {
            sender: Some(ALICE),
            value: U256::from(1),
            ..call(Address::repeat_byte(0x55), 0)
        },
    ];
    for call in calls {
        let estimate = chain.estimate_gas(&call).unwrap();
        let Estimate::Gas(gas) = estimate else {
            panic!("{estimate:?}");
        };
        let send = |chain: &mut Chain, gas_limit| {
            let snapshot = chain.snapshot();
            let sent = chain.send(Request {
                sender: ALICE,
                to: call.to,
                data: call.data.clone(),
                value: call.value,
                gas_limit: Some(gas_limit),
                ..Request::default()
            });
            let succeeded = sent.is_ok_and(|sent| mined(&sent).outcome.succeeded());
            chain.revert(snapshot).unwrap();
            succeeded
        };
        assert!(send(&mut chain, gas), "{gas} is too little for {call:?}");
        assert!(!send(&mut chain, gas - 1), "{gas} is too much for {call:?}");
    }
}

#[test]
fn estimates_of_what_fails_say_how() {
    let mut chain = chain();
    chain
        .set_code(
            LOGGER,
            Bytecode::new_raw(Bytes::from_static(&hex!("60015ffd"))),
        )
        .unwrap();
    let Estimate::Failed(outcome) = chain.estimate_gas(&call(LOGGER, 0)).unwrap() else {
        panic!("it cannot succeed");
    };
    assert_eq!(outcome.output.as_ref(), [0]);
    let little = Call {
        gas_limit: Some(100),
        ..call(COUNTER, 0)
    };
    let error = chain.estimate_gas(&little).unwrap_err().to_string();
    assert!(error.starts_with("intrinsic gas too low"), "{error}");
}
