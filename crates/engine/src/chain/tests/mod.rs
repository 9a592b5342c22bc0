mod calls;
mod fees;
mod forks;
mod history;
mod mining;
mod pruning;
mod rollback;
mod runs;
mod snapshots;
mod state_files;
mod surgery;
mod system_slots;
mod transactions;

use revm::{
    primitives::{B256, Bytes, address, hex},
    state::Bytecode,
};

use super::*;
use crate::{block::Mined, record::Record};

pub(super) const ALICE: Address = address!("19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A");
pub(super) const BOB: Address = Address::repeat_byte(0xb0);
pub(super) const COUNTER: Address = Address::repeat_byte(0xc0);
pub(super) const ENVIRONMENT: Address = Address::repeat_byte(0xe0);
pub(super) const LOGGER: Address = Address::repeat_byte(0x10);
pub(super) const HASHER: Address = Address::repeat_byte(0x4a);

/// Adds 1 to slot 1 and returns it.
const COUNTER_CODE: &[u8] = &hex!("6001 54 6001 01 80 6001 55 6000 52 6020 6000 f3");

/// Returns NUMBER, TIMESTAMP, BASEFEE, PREVRANDAO, BLOBBASEFEE, COINBASE, GASLIMIT and CHAINID.
const ENVIRONMENT_CODE: &[u8] = &hex!(
    "43 5f 52 42 6020 52 48 6040 52 44 6060 52 4a 6080 52 41 60a0 52 45 60c0 52 46 60e0 52 610100 5f f3"
);

/// LOG1 with the first word of the calldata as its topic.
const LOGGER_CODE: &[u8] = &hex!("5f 35 5f 5f a1");

/// BLOCKHASH of the first word of the calldata.
const HASHER_CODE: &[u8] = &hex!("5f 35 40 5f 52 6020 5f f3");

pub(super) fn ether(amount: u64) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(18))
}

pub(super) fn alices_key() -> PrivateKey {
    PrivateKey::new(B256::repeat_byte(0x11)).unwrap()
}

pub(super) fn genesis(hardfork: Hardfork) -> Genesis {
    let mut genesis = Genesis::local(Config {
        hardfork,
        ..Config::default()
    });
    genesis.timestamp = 1_700_000_000;
    let mut add = |address, balance, code: &[u8]| {
        let account = GenesisAccount {
            balance,
            code: Bytes::copy_from_slice(code),
            ..GenesisAccount::default()
        };
        genesis.accounts.push((address, account));
    };
    add(ALICE, ether(1_000), &[]);
    add(BOB, ether(1_000), &[]);
    add(COUNTER, U256::ZERO, COUNTER_CODE);
    add(ENVIRONMENT, U256::ZERO, ENVIRONMENT_CODE);
    add(LOGGER, U256::ZERO, LOGGER_CODE);
    add(HASHER, U256::ZERO, HASHER_CODE);
    genesis
}

pub(super) fn chain_of(hardfork: Hardfork) -> Chain {
    let mut chain = Chain::new(genesis(hardfork)).unwrap();
    chain.add_key(alices_key());
    chain
}

pub(super) fn chain() -> Chain {
    chain_of(Hardfork::default())
}

/// A transaction that BOB sends; nobody holds its key.
pub(super) fn to(to: Address) -> Request {
    Request {
        sender: BOB,
        to: Some(to),
        ..Request::default()
    }
}

pub(super) fn call(to: Address, word: u64) -> Call {
    Call {
        to: Some(to),
        data: data(word),
        ..Call::default()
    }
}

pub(super) fn data(word: u64) -> Bytes {
    U256::from(word).to_be_bytes_vec().into()
}

pub(super) fn mined(accepted: &Accepted) -> &Mined {
    accepted.mined().expect("mined")
}

/// The words that a call returns.
pub(super) fn words(chain: &mut Chain, call: &Call) -> Vec<U256> {
    let outcome = chain.call(call).unwrap();
    assert!(outcome.succeeded(), "{:?}", outcome.status);
    outcome.output.chunks(32).map(U256::from_be_slice).collect()
}
