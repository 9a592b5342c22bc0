use alloy_consensus::{TxEip1559, TxEip2930, TxEip7702, TxLegacy};
use alloy_eips::{
    eip2930::{AccessList, AccessListItem},
    eip7702::{Authorization, SignedAuthorization},
};
use proptest::{collection::vec, prelude::*};
use revm::primitives::{TxKind, address, b256, bytes, hex, keccak256};

use super::*;
use crate::key::KeyError;

mod blobs;

fn test_key() -> Arc<PrivateKey> {
    let secret = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    Arc::new(PrivateKey::new(secret).unwrap())
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from)
}

fn any_word() -> impl Strategy<Value = U256> {
    any::<[u8; 32]>().prop_map(U256::from_be_bytes)
}

fn any_access_list() -> impl Strategy<Value = AccessList> {
    let item = (any_address(), vec(any_word().prop_map(B256::from), 0..3));
    vec(item, 0..3).prop_map(|items| {
        let items = items.into_iter();
        AccessList(
            items
                .map(|(address, storage_keys)| AccessListItem {
                    address,
                    storage_keys,
                })
                .collect(),
        )
    })
}

prop_compose! {
    fn any_authorization()(
        chain_id in any_word(), address in any_address(), nonce in any::<u64>(),
        r in any_word(), s in any_word(), y_parity in any::<u8>(),
    ) -> SignedAuthorization {
        SignedAuthorization::new_unchecked(Authorization { chain_id, address, nonce }, y_parity, r, s)
    }
}

prop_compose! {
    fn any_body()(
        kind in 0_u8..5, chain_id in 1..u64::MAX / 4, has_chain_id in any::<bool>(), nonce in any::<u64>(),
        gas_limit in any::<u64>(), fee in any::<u128>(), tip in any::<u128>(), creates in any::<bool>(),
        to in any_address(), value in any_word(), input in vec(any::<u8>(), 0..100), access_list in any_access_list(),
        authorization_list in vec(any_authorization(), 0..3), hashes in vec(any_word().prop_map(B256::from), 0..3),
    ) -> Body {
        let input = Bytes::from(input);
        let destination = if creates { TxKind::Create } else { TxKind::Call(to) };
        match kind {
            0 => TxLegacy {
                chain_id: has_chain_id.then_some(chain_id), nonce, gas_price: fee, gas_limit, to: destination, value, input,
            }.into(),
            1 => TxEip2930 {
                chain_id, nonce, gas_price: fee, gas_limit, to: destination, value, access_list, input,
            }.into(),
            2 => TxEip1559 {
                chain_id, nonce, gas_limit, max_fee_per_gas: fee, max_priority_fee_per_gas: tip, to: destination, value,
                access_list, input,
            }.into(),
            3 => TxEip4844 {
                chain_id, nonce, gas_limit, max_fee_per_gas: fee, max_priority_fee_per_gas: tip, to, value, access_list,
                blob_versioned_hashes: hashes, max_fee_per_blob_gas: tip, input,
            }.into(),
            _ => TxEip7702 {
                chain_id, nonce, gas_limit, max_fee_per_gas: fee, max_priority_fee_per_gas: tip, to, value, access_list,
                authorization_list, input,
            }.into(),
        }
    }
}

proptest! {
    #[test]
    fn signed_transactions_decode_to_themselves(body in any_body()) {
        let transaction = Transaction::keyed(body.clone(), test_key());
        let decoded = Transaction::decode(&transaction.raw(), false).unwrap();
        prop_assert_eq!(decoded.sender(), test_key().address());
        prop_assert_eq!(decoded.body(), &body);
        prop_assert_eq!(decoded.hash(), keccak256(transaction.raw()));
        prop_assert_eq!(decoded.signature(), transaction.signature());
        prop_assert_eq!(decoded.raw(), transaction.raw());
        prop_assert_eq!(decoded.env(), transaction.env());
    }

    #[test]
    fn impersonated_transactions_have_a_hash_but_nobody_signed_them(body in any_body(), sender in any_address()) {
        let transaction = Transaction::impersonated(body, sender);
        let signature = transaction.signature();
        prop_assert_eq!((signature.v(), signature.s()), (false, U256::ZERO));
        prop_assert_eq!(signature.r(), U256::from_be_slice(sender.as_slice()));
        prop_assert_eq!(transaction.hash(), keccak256(transaction.raw()));
        let refused = Transaction::decode(&transaction.raw(), false).unwrap_err();
        prop_assert_eq!(refused, DecodeError::Signature(KeyError::BadSignature));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(raw in vec(any::<u8>(), 0..200)) {
        prop_assert!(Transaction::decode(&raw, true).is_err());
    }

    #[test]
    fn damaged_transactions_are_refused_or_another_senders(body in any_body(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let transaction = Transaction::keyed(body, test_key());
        let mut raw = transaction.raw().to_vec();
        let at = at.index(raw.len());
        raw[at] ^= flip;
        if let Ok(other) = Transaction::decode(&raw, false) {
            prop_assert_ne!(other.sender(), transaction.sender());
        }
        raw[at] ^= flip;
        raw.pop();
        prop_assert!(Transaction::decode(&raw, false).is_err());
        raw.extend(&transaction.raw()[raw.len()..]);
        raw.push(0);
        prop_assert!(Transaction::decode(&raw, false).is_err());
    }
}

#[test]
fn legacy_transaction_is_the_example_of_eip_155() {
    let raw = hex!(
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe53"
        "7567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    );
    let decoded = Transaction::decode(&raw, false).unwrap();
    assert_eq!(
        decoded.sender(),
        address!("9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
    );
    let key = PrivateKey::new(B256::repeat_byte(0x46)).unwrap();
    let body = Body::Legacy(TxLegacy {
        chain_id: Some(1),
        nonce: 9,
        gas_price: 20_000_000_000,
        gas_limit: 21_000,
        to: address!("3535353535353535353535353535353535353535").into(),
        value: U256::from(10).pow(U256::from(18)),
        input: bytes!(""),
    });
    assert_eq!(decoded.body(), &body);
    assert_eq!(
        Transaction::keyed(body, Arc::new(key)).raw().as_ref(),
        raw.as_slice()
    );
}

#[test]
fn malformed_raw_transactions_say_what_is_wrong() {
    let text = |raw: &[u8]| Transaction::decode(raw, false).unwrap_err().to_string();
    assert_eq!(text(&[]), "the raw transaction is empty");
    assert!(text(&[5, 0xc0]).starts_with("unknown transaction type 5: known are 1 to 4"));
    assert!(text(&[0, 0xc0]).starts_with("unknown transaction type 0"));
    assert!(text(&[2, 0xc0]).starts_with("malformed transaction of type 2: "));
    assert!(text(&[0xc0]).starts_with("malformed transaction of type 0: "));
}

#[test]
fn a_private_key_does_not_show_itself() {
    let transaction = Transaction::keyed(Body::Legacy(TxLegacy::default()), test_key());
    let shown = format!("{transaction:?} {:?}", test_key());
    assert!(!shown.contains("ac0974be") && !shown.contains("172, 9, 116"));
    assert!(shown.contains("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"));
    assert_eq!(
        PrivateKey::new(B256::ZERO).unwrap_err(),
        KeyError::OutOfRange
    );
}
