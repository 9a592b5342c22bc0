use alloy_consensus::{TxEip1559, TxEip4844, TxLegacy};
use alloy_eips::eip7702::Authorization;
use proptest::{collection::vec, prelude::*};
use revm::primitives::{TxKind, keccak256};

use super::*;
use crate::transaction::{Body, Transaction};

fn signed(body: Body) -> Bytes {
    Transaction::keyed(body, Arc::new(alices_key())).raw()
}

fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 31_337,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 5_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Call(BOB),
        value: U256::from(5),
        ..TxEip1559::default()
    }
}

#[test]
fn raw_transactions_are_sent_as_they_are_signed() {
    let mut chain = Chain::new(genesis(Hardfork::default())).unwrap();
    let raw = signed(transfer(0).into());
    let sent = chain.send_raw(&raw).unwrap();
    assert_eq!(
        (sent.transaction.sender(), sent.transaction.raw()),
        (ALICE, raw.clone())
    );
    assert_eq!(sent.transaction.hash(), keccak256(&raw));
    assert_eq!(mined(&sent).effective_gas_price, 1_000_000_001);
    let found = chain.transaction(keccak256(&raw)).unwrap();
    assert!(Arc::ptr_eq(&found, &sent));
    assert_eq!(
        chain
            .transaction(keccak256("nothing"))
            .map(|it| it.blob_gas()),
        None
    );
}

#[test]
fn raw_transactions_that_no_node_takes_are_refused() {
    let mut chain = chain();
    let mut refused = |body: Body| {
        let error = chain.send_raw(&signed(body)).unwrap_err().to_string();
        assert_eq!(chain.block_number(), 0, "{error}");
        error
    };
    let wrong_chain = TxEip1559 {
        chain_id: 1,
        ..transfer(0)
    };
    assert_eq!(
        refused(wrong_chain.into()),
        "invalid chain id for signer: have 1 want 31337"
    );
    assert!(refused(transfer(3).into()).starts_with("nonce too high"));
    let rich = TxEip1559 {
        value: U256::MAX,
        ..transfer(0)
    };
    assert!(refused(rich.into()).starts_with("insufficient funds"));
    let tip = TxEip1559 {
        max_priority_fee_per_gas: 6_000_000_000,
        ..transfer(0)
    };
    assert!(refused(tip.into()).starts_with("max priority fee per gas higher than max fee"));
    let bare = TxEip4844 {
        chain_id: 31_337,
        gas_limit: 21_000,
        blob_versioned_hashes: vec![B256::repeat_byte(1)],
        ..TxEip4844::default()
    };
    assert!(refused(bare.into()).starts_with("missing sidecar in blob transaction"));
    let huge = TxEip1559 {
        gas_limit: (1 << 24) + 1,
        ..transfer(0)
    };
    assert!(refused(huge.into()).starts_with("transaction gas limit too high (cap: 16777216"));
    chain
        .set_code(ALICE, Bytecode::new_raw(Bytes::from_static(&[0])))
        .unwrap();
    let contract = chain.send_raw(&signed(transfer(0).into())).unwrap_err();
    assert!(
        contract.to_string().starts_with("sender not an eoa"),
        "{contract}"
    );
    assert!(chain.send_raw(&[]).is_err());
}

#[test]
fn legacy_transactions_without_chain_id_are_taken() {
    let mut chain = chain();
    let body = TxLegacy {
        gas_price: 1_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(BOB),
        ..TxLegacy::default()
    };
    let sent = chain.send_raw(&signed(body.into())).unwrap();
    assert!(mined(&sent).outcome.succeeded());
}

#[test]
fn contracts_can_be_impersonated_and_held_keys_sign() {
    let mut chain = chain();
    chain.set_balance(COUNTER, ether(1)).unwrap();
    let as_contract = Request {
        sender: COUNTER,
        ..to(BOB)
    };
    let sent = chain.send(as_contract).unwrap();
    assert!(sent.transaction.is_impersonated() && mined(&sent).outcome.succeeded());
    let as_alice = Request {
        sender: ALICE,
        ..to(BOB)
    };
    let sent = chain.send(as_alice).unwrap();
    let decoded = Transaction::decode(&sent.transaction.raw(), false).unwrap();
    assert_eq!(
        (decoded.sender(), decoded.hash()),
        (ALICE, sent.transaction.hash())
    );
}

#[test]
fn authorizations_delegate_the_code_of_an_account() {
    let mut chain = chain();
    let authorization = Authorization {
        chain_id: U256::from(31_337),
        address: COUNTER,
        nonce: 0,
    };
    let signature =
        crate::key::sign(&B256::repeat_byte(0x11), &authorization.signature_hash()).unwrap();
    let signature = alloy_primitives::Signature::new(
        U256::from_be_bytes(signature.r.0),
        U256::from_be_bytes(signature.s.0),
        signature.y_parity,
    );
    let request = Request {
        authorizations: Some(vec![authorization.into_signed(signature)]),
        ..to(ALICE)
    };
    let sent = chain.send(request).unwrap();
    assert_eq!(sent.transaction.kind(), 4);
    assert_eq!(
        U256::from_be_slice(&mined(&sent).outcome.output),
        U256::from(1)
    );
    assert_eq!(chain.storage(ALICE, U256::from(1), None), Ok(U256::from(1)));
    // Who delegated can still send.
    let raw = signed(transfer(1).into());
    assert!(mined(&chain.send_raw(&raw).unwrap()).outcome.succeeded());
}

/// One step of a random chain that follows every rule.
#[derive(Clone, Debug)]
enum Step {
    Send(Box<Request>),
    Mine(u64, Option<u64>),
}

fn any_request() -> impl Strategy<Value = Request> {
    let target = prop_oneof![
        Just(Some(COUNTER)),
        Just(Some(LOGGER)),
        Just(Some(HASHER)),
        Just(Some(ENVIRONMENT)),
        Just(Some(Address::repeat_byte(0x77))),
        Just(None)
    ];
    let kind = prop_oneof![Just(None), Just(Some(0)), Just(Some(1)), Just(Some(2))];
    (target, 0..20_u64, 0..3_u64, kind, any::<bool>()).prop_map(
        |(to, word, value, kind, is_short)| Request {
            sender: ALICE,
            to,
            // As initcode: stores a word, then returns nothing or runs out of it.
            data: match to {
                None => Bytes::from_static(&[0x60, 5, 0x60, 6, 0x55, 0x60, 1, 0x5f, 0xf3]),
                Some(_) => data(word),
            },
            value: U256::from(value),
            kind,
            gas_limit: is_short.then_some(100_000),
            ..Request::default()
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any_request().prop_map(|request| Step::Send(Box::new(request))),
        1 => (0..4_u64, prop::option::of(1..20_000_u64)).prop_map(|(count, delta)| Step::Mine(count, delta)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the chain makes, a node would accept: another chain executes it again to the same hashes.
    #[test]
    fn blocks_are_valid_to_those_who_import_them(
        steps in vec(any_step(), 1..25), automine in any::<bool>(), fork in prop::sample::select(&Hardfork::ALL[..16])
    ) {
        let rules = Genesis { keeps_base_fee: false, ..genesis(fork) };
        let mut chain = Chain::new(rules.clone()).unwrap();
        chain.add_key(alices_key());
        chain.set_automine(automine);
        for step in steps {
            match step {
                Step::Send(mut request) => {
                    if fork < Hardfork::Berlin { request.kind = None; }
                    if fork < Hardfork::London && request.kind == Some(2) { request.kind = None; }
                    chain.send(*request).unwrap();
                }
                Step::Mine(count, delta) => chain.mine(count, None, delta).unwrap(),
            }
        }
        let mut importer = Chain::new(rules).unwrap();
        for number in 1..=chain.block_number() {
            let block = chain.block(number).unwrap();
            let sealed = chain.header(&block).unwrap();
            prop_assert!(block.post_roots.get().is_some() == (fork < Hardfork::Byzantium));
            let rlp = block.rlp(&sealed.header);
            if fork >= Hardfork::Paris {
                prop_assert_eq!(importer.import(&rlp), Ok(1));
                prop_assert_eq!(importer.block_hash(number), Ok(sealed.hash));
            }
        }
        let state_root = chain.state_root();
        prop_assert!(fork < Hardfork::Paris || importer.state_root() == state_root);
    }
}
