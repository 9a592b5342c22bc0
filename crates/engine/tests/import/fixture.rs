//! The fixture: a chain, and what geth answered about it.

use std::{
    env,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use alloy_rlp::Decodable;
use ingot_engine::chain::{Chain, ForeignBlock, Genesis};
use serde_json::Value;

pub(crate) struct Fixture {
    pub(crate) genesis: String,
    pub(crate) blocks: Vec<ForeignBlock>,
    pub(crate) head_hash: String,
    pub(crate) exchanges: Vec<Exchange>,
}

/// A request to geth's node of this chain, and its response.
pub(crate) struct Exchange {
    /// Folder and file.
    pub(crate) name: String,
    pub(crate) request: Value,
    pub(crate) response: Value,
}

/// The chain; `None` if it is not there and need not be.
pub(crate) fn fixture() -> Option<Fixture> {
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
    let mut exchanges = Vec::new();
    for entry in archive.entries().expect("a tar archive") {
        let mut entry = entry.expect("a tar entry");
        let path = entry.path().expect("a path").into_owned();
        let read = if path.ends_with("chain/genesis.json") {
            entry.read_to_string(&mut genesis)
        } else if path.ends_with("chain/chain.rlp") {
            entry.read_to_end(&mut rlp)
        } else if path.ends_with("chain/headfcu.json") {
            entry.read_to_string(&mut head)
        } else if path.extension().is_some_and(|extension| extension == "io") {
            let mut text = String::new();
            let read = entry.read_to_string(&mut text);
            let name = path.iter().rev().take(2).collect::<Vec<_>>();
            let name = name.iter().rev().collect::<PathBuf>().display().to_string();
            exchanges.extend(in_text(&name, &text));
            read
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
        exchanges,
    })
}

/// Lines of `>>` and `<<` in turn, and comments.
fn in_text(name: &str, text: &str) -> Vec<Exchange> {
    let parsed = |line: &str| serde_json::from_str(line).expect("JSON");
    let requests = text.lines().filter_map(|line| line.strip_prefix(">> "));
    let responses = text.lines().filter_map(|line| line.strip_prefix("<< "));
    let pairs = requests.zip(responses);
    pairs
        .map(|(request, response)| Exchange {
            name: name.to_owned(),
            request: parsed(request),
            response: parsed(response),
        })
        .collect()
}

fn blocks(mut rlp: &[u8]) -> Vec<ForeignBlock> {
    let mut blocks = Vec::new();
    while !rlp.is_empty() {
        blocks.push(ForeignBlock::decode(&mut rlp).expect("a block"));
    }
    blocks
}

/// Print also where the test runner captures what passing tests print.
pub(crate) fn say(text: &str) {
    writeln!(io::stdout().lock(), "{text}").expect("standard output");
}

/// Its first block.
pub(crate) fn begin(fixture: &Fixture) -> Chain {
    Chain::new(Genesis::from_json(&fixture.genesis).expect("a genesis")).expect("a chain")
}
