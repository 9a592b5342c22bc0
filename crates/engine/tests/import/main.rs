//! A real chain of 54 blocks, through every hardfork from Frontier to Osaka and two changes of the blob schedule, executed again.
//!
//! It is read from `execution-apis.tar.xz` in the folder that `INGOT_FIXTURES` names, by default `../shared/fixtures` beside
//! the repository. Without it the test is skipped, unless `INGOT_REQUIRE_FIXTURES=1`.

mod answers;
mod fixture;

use ingot_engine::{
    chain::{ChainError, ForeignBlock},
    hardfork::Hardfork,
};

use crate::fixture::{begin, fixture, say};

/// Makes a block claim what is not so.
type Forge = fn(&mut ForeignBlock);

#[test]
fn every_block_of_a_real_chain_executes_to_its_own_header() {
    let Some(fixture) = fixture() else { return };
    let mut chain = begin(&fixture);
    let genesis = chain.block(0).expect("a block");
    let genesis_hash = chain.header(&genesis).expect("a header").hash;
    assert_eq!(genesis_hash, fixture.blocks[0].header.parent_hash);
    let mut forks = vec![genesis.head.hardfork];
    for block in &fixture.blocks {
        let hash = block.header.hash_slow();
        let imported = chain.import_block(block.clone()).expect("a valid block");
        assert_eq!(chain.header(&imported).expect("a header").hash, hash);
        forks.push(imported.head.hardfork);
    }
    forks.dedup();
    let names: Vec<_> = forks.iter().map(|fork| fork.name()).collect();
    say(&format!(
        "import: {} blocks executed again, {}",
        fixture.blocks.len(),
        names.join(", ")
    ));
    assert_eq!(forks.last(), Some(&Hardfork::Bpo2));
    let head = chain.block_hash(chain.block_number()).expect("a hash");
    assert_eq!(head.to_string(), fixture.head_hash);
}

#[test]
fn a_block_that_claims_something_else_is_refused_and_leaves_no_trace() {
    let Some(fixture) = fixture() else { return };
    let mut chain = begin(&fixture);
    let forgeries: [(&str, Forge); 8] = [
        ("state root", |block| block.header.state_root.0[0] ^= 1),
        ("receipts root", |block| {
            block.header.receipts_root.0[0] ^= 1;
        }),
        ("gas used", |block| block.header.gas_used += 1),
        ("logs bloom", |block| block.header.logs_bloom.0[0] ^= 1),
        ("transactions root", |block| {
            block.header.transactions_root.0[0] ^= 1;
        }),
        ("timestamp", |block| block.header.timestamp = 0),
        ("gas limit", |block| block.header.gas_limit *= 2),
        ("extra data", |block| {
            block.header.extra_data = vec![0; 33].into();
        }),
    ];
    for (block, (field, forge)) in fixture.blocks.iter().zip(forgeries.into_iter().cycle()) {
        let number = chain.block_number();
        let root = chain.state_root().expect("a root");
        let mut forged = block.clone();
        forge(&mut forged);
        let error = chain.import_block(forged).expect_err(field).to_string();
        assert!(error.contains(field), "{field}: {error}");
        assert_eq!(chain.block_number(), number);
        assert_eq!(chain.state_root(), Ok(root));
        let imported = chain.import_block(block.clone());
        imported.expect("a valid block");
    }
    let again = chain.import_block(fixture.blocks[0].clone());
    assert!(matches!(again, Err(ChainError::Parent { number: 1, .. })));
}
