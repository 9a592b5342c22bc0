use proptest::{collection::vec, prelude::*};

use super::*;

#[test]
fn blocks_are_undone_however_they_were_mined() {
    let mut chain = chain();
    let kept = chain.send(to(COUNTER)).unwrap();
    chain.set_balance(LOGGER, ether(7)).unwrap();
    let hash = chain.block_hash(1).unwrap();
    let snapshot = chain.snapshot();
    chain.set_coinbase(LOGGER);
    let gone = chain.send(to(COUNTER)).unwrap();
    chain.mine(400, None, None).unwrap();
    let later = chain.snapshot();
    let run = chain.block(300).unwrap();
    chain.block_hash(350).unwrap();
    chain.roll_back(250).unwrap();
    assert_eq!(chain.block_number(), 250);
    assert!(!chain.holds(&run) && chain.revert(later).is_err());
    chain.roll_back(1).unwrap();
    assert_eq!((chain.block_number(), chain.block_hash(1)), (1, Ok(hash)));
    assert!(chain.holds_transaction(&kept) && !chain.holds_transaction(&gone));
    // What was set by hand after the block stays, and so do settings.
    assert_eq!(chain.balance(LOGGER, None), Ok(ether(7)));
    assert_eq!(chain.coinbase(), LOGGER);
    assert_eq!(chain.roll_back(1), Ok(()));
    assert!(matches!(
        chain.roll_back(2),
        Err(ChainError::UnknownBlock { .. })
    ));
    chain.send(to(COUNTER)).unwrap();
    chain.revert(snapshot).unwrap();
    assert_eq!(chain.block_number(), 1);
}

#[test]
fn another_branch_has_other_blocks() {
    let mut chain = chain();
    chain.mine(500, None, None).unwrap();
    let block = chain.block(450).unwrap();
    let latest = chain.latest().clone();
    chain.roll_back(400).unwrap();
    chain.set_balance(LOGGER, ether(1)).unwrap();
    chain.mine(100, None, None).unwrap();
    assert!(!chain.holds(&block) && !chain.holds(&latest));
    let (again, newest) = (chain.block(450).unwrap(), chain.latest().clone());
    assert!(chain.holds(&again) && chain.holds(&newest));
}

#[test]
fn difficulty_is_taken_back() {
    let mut chain = chain_of(Hardfork::London);
    chain.mine(3, None, None).unwrap();
    let before = chain.dump().unwrap();
    chain.mine(300, None, None).unwrap();
    chain.roll_back(3).unwrap();
    assert_eq!(chain.dump().unwrap(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// To undo blocks and to do them again is to have done them once.
    #[test]
    fn a_chain_that_went_back_is_as_one_that_did_not(
        steps in vec((0..4_u64, 1..300_u64), 1..6),
        undone in vec((0..4_u64, 1..300_u64), 1..4),
        asks in any::<bool>(),
    ) {
        let act = |chain: &mut Chain, (kind, number): (u64, u64)| match kind {
            0 => chain.mine(number, None, None).unwrap(),
            1 => chain.set_balance(LOGGER, ether(number)).unwrap(),
            _ => drop(chain.send(Request { data: data(number), ..to(if kind == 2 { COUNTER } else { LOGGER }) }).unwrap()),
        };
        let (mut straight, mut detour) = (chain(), chain());
        for step in &steps {
            act(&mut straight, *step);
            act(&mut detour, *step);
        }
        let number = detour.block_number();
        for step in &undone {
            act(&mut detour, *step);
            if asks {
                detour.block_hash(detour.block_number()).unwrap();
            }
        }
        if detour.block_number() > number {
            detour.roll_back(number).unwrap();
            let balance = straight.balance(LOGGER, None).unwrap();
            detour.set_balance(LOGGER, balance).unwrap();
            for chain in [&mut straight, &mut detour] {
                chain.set_pending_timestamp(None).unwrap();
                // What was set for a block that was undone is used up.
                chain.set_base_fee(Some(1_000_000_000));
                chain.mine(5, None, None).unwrap();
                chain.send(to(COUNTER)).unwrap();
            }
            prop_assert_eq!(straight.dump().unwrap(), detour.dump().unwrap());
        }
    }
}
