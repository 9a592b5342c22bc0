use super::*;

const MANY: u64 = 1_000_000;

#[test]
fn a_million_blocks_have_hashes_at_once() {
    let mut chain = chain();
    chain.mine(MANY, None, None).unwrap();
    let latest = chain.latest().clone();
    let sealed = chain.header(&latest).unwrap();
    assert_eq!(
        sealed.hash,
        crate::block::Sealed::new(sealed.header.clone()).hash
    );
    for number in [
        1,
        2,
        200,
        5_000,
        700_000,
        MANY - 9_000,
        MANY - 8_192,
        MANY - 8_191,
        MANY,
    ] {
        let hash = chain.block_hash(number).unwrap();
        let block = chain.block_by_hash(hash).unwrap().unwrap();
        assert_eq!(block.head.number, number);
        // Links hold whether they are made up or not.
        let parent = chain.block_hash(number - 1).unwrap();
        assert_eq!(chain.parent_hash(&block), Ok(parent));
        let proof = chain.proof(BOB, &[], Some(number)).unwrap();
        let root = chain.header(&block).unwrap().header.state_root;
        assert_eq!(revm::primitives::keccak256(&proof.nodes[0]), root);
    }
    assert!(chain.block_by_hash(B256::repeat_byte(7)).unwrap().is_none());
    chain.send(to(COUNTER)).unwrap();
    chain.roll_back(600_000).unwrap();
    let hash = chain.block_hash(600_000).unwrap();
    chain.mine(2, None, None).unwrap();
    let block = chain.block(600_001).unwrap();
    assert_eq!(chain.parent_hash(&block), Ok(hash));
}

#[test]
fn fewer_blocks_all_follow_from_their_headers() {
    let mut chain = chain();
    chain.mine(9_000, None, None).unwrap();
    for number in [1, 300, 800] {
        let block = chain.block(number).unwrap();
        let sealed = chain.header(&block).unwrap();
        assert_eq!(
            sealed.hash,
            crate::block::Sealed::new(sealed.header.clone()).hash
        );
    }
}

#[test]
fn blocks_of_a_run_are_as_far_apart_as_blocks_mined_one_by_one() {
    let (mut run, mut single) = (chain(), chain());
    let left = run.mine_some((400, 12), None, None).unwrap();
    assert_eq!(left, 0);
    for number in 0..400 {
        single.mine(1, None, (number > 0).then_some(12)).unwrap();
    }
    for number in [1, 2, 300, 399, 400] {
        assert_eq!(run.block_hash(number), single.block_hash(number));
    }
    assert_eq!(run.dump().unwrap(), single.dump().unwrap());
    assert!(run.mine_some((2, 0), None, None).is_err());
    assert!(run.mine_some((u64::MAX, 12), None, None).is_err());
}

#[test]
fn hashes_are_as_before_after_a_while_on_an_old_block() {
    let mut chain = chain();
    chain.mine(MANY, None, None).unwrap();
    let hashes = [1, 500_000, 500_001, MANY - 1, MANY].map(|number| chain.block_hash(number));
    let block = chain.block(500_001).unwrap();
    chain
        .branch(500_000, |chain| {
            assert!(!chain.holds(&block));
            let parent = chain.block_hash(500_000)?;
            chain.mine(20_000, None, None)?;
            let next = chain.block(500_001)?;
            assert_eq!(chain.parent_hash(&next), Ok(parent));
            chain.block_hash(chain.block_number())
        })
        .unwrap();
    assert!(chain.holds(&block));
    let again = [1, 500_000, 500_001, MANY - 1, MANY].map(|number| chain.block_hash(number));
    assert_eq!(hashes, again);
}
