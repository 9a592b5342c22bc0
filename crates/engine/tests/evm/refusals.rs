//! Transactions that no block may contain are refused in geth's words.

use crate::world::{ALICE, World};
use ingot_engine::{executor::Mode, hardfork::Hardfork};
use revm::{
    context::{BlockEnv, TxEnv},
    primitives::{Address, B256, TxKind, U256},
};

const BOB: Address = Address::repeat_byte(0x88);

/// What is said to a transfer of nothing that `edit` has spoilt, in a block with a base fee of 7 and 5,000,000 gas.
fn refusal(edit: fn(&mut TxEnv)) -> String {
    let mut world = World::new(Hardfork::Prague);
    world.state.set_nonce(ALICE, 5).unwrap();
    world.executor.set_block(BlockEnv {
        basefee: 7,
        gas_limit: 5_000_000,
        ..crate::world::block()
    });
    let mut tx = TxEnv {
        gas_price: 7,
        ..world.tx(TxKind::Call(BOB))
    };
    let start = world.state.checkpoint();
    edit(&mut tx);
    let error = world.execute(tx, Mode::TRANSACTION).expect_err("spoilt");
    assert_eq!(world.state.checkpoint(), start);
    error.to_string()
}

#[test]
fn nonces() {
    let text = refusal(|tx| tx.nonce = 4);
    assert_eq!(
        text,
        format!("nonce too low: address {ALICE}, tx: 4 state: 5")
    );
    let text = refusal(|tx| tx.nonce = 6);
    assert_eq!(
        text,
        format!("nonce too high: address {ALICE}, tx: 6 state: 5")
    );
    let text = refusal(|tx| tx.nonce = u64::MAX);
    assert_eq!(
        text,
        format!("nonce has max value: address {ALICE}, nonce: {}", u64::MAX)
    );
}

#[test]
fn funds() {
    let text = refusal(|tx| tx.caller = BOB);
    assert!(text.starts_with("nonce too high"), "{text}");
    let text = refusal(|tx| (tx.caller, tx.nonce) = (BOB, 0));
    assert_eq!(
        text,
        format!("insufficient funds for gas * price + value: address {BOB} have 0 want 7000000")
    );
    let text = refusal(|tx| tx.value = U256::MAX);
    assert!(
        text.ends_with("required balance exceeds 256 bits"),
        "{text}"
    );
}

#[test]
fn gas() {
    let text = refusal(|tx| tx.gas_limit = 20_999);
    assert_eq!(text, "intrinsic gas too low: have 20999, want 21000");
    let text = refusal(|tx| (tx.data, tx.gas_limit) = (vec![1; 1000].into(), 40_000));
    assert_eq!(
        text,
        "insufficient gas for floor data gas cost: have 40000, want 61000"
    );
    let text = refusal(|tx| tx.gas_limit = 5_000_001);
    assert_eq!(text, "exceeds block gas limit: have 5000000, want 5000001");
}

#[test]
fn fees() {
    let text = refusal(|tx| tx.gas_price = 6);
    let expected = "maxFeePerGas: 6, baseFee: 7";
    assert_eq!(
        text,
        format!("max fee per gas less than block base fee: address {ALICE}, {expected}")
    );
    let text = refusal(|tx| (tx.tx_type, tx.gas_priority_fee) = (2, Some(8)));
    let expected = "maxPriorityFeePerGas: 8, maxFeePerGas: 7";
    assert_eq!(
        text,
        format!(
            "max priority fee per gas higher than max fee per gas: address {ALICE}, {expected}"
        )
    );
}

#[test]
fn blobs() {
    let text = refusal(|tx| tx.tx_type = 3);
    assert!(text.ends_with("blobGasFeeCap: 0, blobBaseFee: 1"), "{text}");
    let text = refusal(|tx| (tx.tx_type, tx.max_fee_per_blob_gas) = (3, 1));
    assert_eq!(text, "blob transaction missing blob hashes");
    let text = refusal(|tx| (tx.tx_type, tx.kind) = (3, TxKind::Create));
    assert_eq!(text, "blob transaction of type create");
    let text = refusal(|tx| {
        (tx.tx_type, tx.max_fee_per_blob_gas) = (3, 1);
        tx.blob_hashes = vec![B256::with_last_byte(1)];
    });
    assert!(
        text.starts_with("blob 0 has invalid hash version: 0x0000"),
        "{text}"
    );
    let text = refusal(|tx| {
        (tx.tx_type, tx.max_fee_per_blob_gas) = (3, 1);
        tx.blob_hashes = vec![B256::repeat_byte(1); 10];
    });
    assert_eq!(text, "blob transaction has too many blobs (have=10, max=9)");
}

#[test]
fn types_and_chains() {
    let text = refusal(|tx| tx.tx_type = 4);
    assert_eq!(text, "EIP-7702 transaction with empty auth list");
    let text = refusal(|tx| (tx.tx_type, tx.kind) = (4, TxKind::Create));
    assert_eq!(text, "EIP-7702 transaction of type create");
    let text = refusal(|tx| tx.chain_id = Some(1));
    assert_eq!(text, "invalid chain id for signer: have 1 want 31337");
    let text = refusal(|tx| (tx.kind, tx.data) = (TxKind::Create, vec![0; 49_153].into()));
    assert_eq!(
        text,
        "max initcode size exceeded: code size 49153 limit 49152"
    );

    let mut world = World::new(Hardfork::Berlin);
    let tx = TxEnv {
        tx_type: 2,
        ..world.tx(TxKind::Call(BOB))
    };
    let text = world
        .execute(tx, Mode::TRANSACTION)
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "transaction type not supported: type 2 is not known to berlin"
    );
}
