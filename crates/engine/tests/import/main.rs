//! A real chain of 54 blocks, through every hardfork from Frontier to Osaka and two changes of the blob schedule, executed again.
//!
//! It is read from `execution-apis.tar.xz` in the folder that `INGOT_FIXTURES` names, by default `../shared/fixtures` beside
//! the repository. Without it the test is skipped, unless `INGOT_REQUIRE_FIXTURES=1`.

use std::{
    env,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use alloy_rlp::Decodable;
use ingot_engine::{
    chain::{Chain, ChainError, ForeignBlock, Genesis},
    hardfork::Hardfork,
};
use serde_json::Value;

/// Makes a block claim what is not so.
type Forge = fn(&mut ForeignBlock);

struct Fixture {
    genesis: String,
    blocks: Vec<ForeignBlock>,
    head_hash: String,
}

/// The chain; `None` if it is not there and need not be.
fn fixture() -> Option<Fixture> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures");
    let folder = env::var_os("INGOT_FIXTURES").map_or_else(|| beside.into(), PathBuf::from);
    let path = folder.join("execution-apis.tar.xz");
    let archive = match File::open(&path) {
        Ok(file) => file,
        Err(error) => {
            let is_required = env::var("INGOT_REQUIRE_FIXTURES").is_ok_and(|value| value == "1");
            assert!(!is_required, "{}: {error}", path.display());
            let text = "import: skipped, there is no {}; INGOT_FIXTURES names the folder";
            say(&text.replace("{}", &path.display().to_string()));
            return None;
        }
    };
    let mut archive = tar::Archive::new(lzma_rust2::XzReader::new(archive, false));
    let (mut genesis, mut rlp, mut head) = (String::new(), Vec::new(), String::new());
    for entry in archive.entries().expect("a tar archive") {
        let mut entry = entry.expect("a tar entry");
        let path = entry.path().expect("a path").into_owned();
        let read = if path.ends_with("chain/genesis.json") {
            entry.read_to_string(&mut genesis)
        } else if path.ends_with("chain/chain.rlp") {
            entry.read_to_end(&mut rlp)
        } else if path.ends_with("chain/headfcu.json") {
            entry.read_to_string(&mut head)
        } else {
            Ok(0)
        };
        read.expect("a readable entry");
    }
    let head: Value = serde_json::from_str(&head).expect("JSON");
    Some(Fixture {
        genesis,
        blocks: blocks(&rlp),
        head_hash: head["params"][0]["headBlockHash"]
            .as_str()
            .expect("a hash")
            .to_owned(),
    })
}

fn blocks(mut rlp: &[u8]) -> Vec<ForeignBlock> {
    let mut blocks = Vec::new();
    while !rlp.is_empty() {
        blocks.push(ForeignBlock::decode(&mut rlp).expect("a block"));
    }
    blocks
}

/// Print also where the test runner captures what passing tests print.
fn say(text: &str) {
    writeln!(io::stdout().lock(), "{text}").expect("standard output");
}

fn begin(fixture: &Fixture) -> Chain {
    Chain::new(Genesis::from_json(&fixture.genesis).expect("a genesis")).expect("a chain")
}

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
