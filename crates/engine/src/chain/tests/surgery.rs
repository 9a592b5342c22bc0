use revm::primitives::keccak256;

use super::*;
use crate::system::{CONSOLIDATION_REQUESTS_ADDRESS, WITHDRAWAL_REQUESTS_ADDRESS};

const NOBODY: Address = Address::repeat_byte(0x55);

fn code(raw: &'static [u8]) -> Bytecode {
    Bytecode::new_legacy(Bytes::from_static(raw))
}

#[test]
fn an_account_that_surgery_leaves_empty_does_not_exist() {
    let mut chain = chain();
    let root = chain.state_root().unwrap();
    chain.set_balance(NOBODY, U256::ZERO).unwrap();
    chain.set_nonce(NOBODY, 0).unwrap();
    chain.set_code(NOBODY, Bytecode::default()).unwrap();
    assert_eq!(chain.state_root(), Ok(root));
    chain.set_code(NOBODY, code(&[0])).unwrap();
    chain.set_nonce(NOBODY, 1).unwrap();
    chain.set_balance(NOBODY, ether(1)).unwrap();
    assert_ne!(chain.state_root(), Ok(root));
    chain.set_code(NOBODY, Bytecode::default()).unwrap();
    chain.set_nonce(NOBODY, 0).unwrap();
    assert!(chain.state().held(NOBODY).is_some());
    chain.set_balance(NOBODY, U256::ZERO).unwrap();
    assert!(chain.state().held(NOBODY).is_none());
    assert_eq!(chain.state_root(), Ok(root));
}

#[test]
fn an_account_with_storage_stays_whatever_else_it_lacks() {
    let mut chain = chain();
    chain.set_storage(NOBODY, U256::ONE, U256::ONE).unwrap();
    chain.set_balance(NOBODY, U256::ZERO).unwrap();
    chain.set_code(NOBODY, Bytecode::default()).unwrap();
    assert_eq!(chain.storage(NOBODY, U256::ONE, None), Ok(U256::ONE));
}

#[test]
fn empty_accounts_exist_before_spurious_dragon() {
    let mut chain = chain_of(Hardfork::Homestead);
    chain.set_balance(NOBODY, U256::ZERO).unwrap();
    assert!(chain.state().held(NOBODY).is_some());
}

/// A chain without one of its system contracts, the same each time; and its next block.
fn without(contract: Option<Address>) -> (Chain, Bytes) {
    let begin = || {
        let mut chain = Chain::new(Genesis {
            keeps_base_fee: false,
            ..genesis(Hardfork::Prague)
        })
        .unwrap();
        if let Some(contract) = contract {
            chain.set_code(contract, Bytecode::default()).unwrap();
        }
        chain
    };
    let mut chain = begin();
    chain.mine(1, None, None).unwrap();
    let block = chain.latest().clone();
    let sealed = chain.header(&block).unwrap();
    assert_eq!(sealed.hash, keccak256(sealed.rlp()));
    (begin(), block.rlp(&sealed.header))
}

#[test]
fn a_block_made_elsewhere_needs_the_contracts_of_its_requests() {
    let (mut chain, block) = without(None);
    assert_eq!(chain.import(&block), Ok(1));
    for contract in [WITHDRAWAL_REQUESTS_ADDRESS, CONSOLIDATION_REQUESTS_ADDRESS] {
        let (mut chain, block) = without(Some(contract));
        let error = chain.import(&block).unwrap_err().to_string();
        assert!(error.contains("no code at 0x0000"), "{error}");
        assert_eq!(chain.block_number(), 0);
    }
}
