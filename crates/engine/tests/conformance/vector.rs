//! State tests as their JSON has them.

use ingot_engine::{
    executor::Config,
    hardfork::Hardfork,
    state::{AccountRead, State},
};
use revm::{
    context::{BlockEnv, TxEnv},
    context_interface::{
        either::Either,
        transaction::{AccessList, AccessListItem, Authorization, SignedAuthorization},
    },
    primitives::{Address, B256, Bytes, TxKind, U256},
    state::Bytecode,
};
use serde_json::Value;

/// One transaction on one state under one hardfork.
pub(crate) struct Vector {
    pub(crate) label: String,
    pub(crate) config: Config,
    pub(crate) block: BlockEnv,
    pub(crate) pre: State,
    pub(crate) tx: TxEnv,
    /// The same transaction, signed.
    pub(crate) raw: Bytes,
    pub(crate) exception: Option<String>,
    pub(crate) state_root: B256,
    pub(crate) logs_hash: B256,
}

impl Vector {
    /// All vectors of a test.
    pub(crate) fn all_of(test: &Value) -> Vec<Self> {
        let pre = pre_state(&test["pre"]);
        let mut vectors = Vec::new();
        for (fork, posts) in test["post"].as_object().expect("post") {
            let hardfork: Hardfork = fork.parse().expect("a hardfork");
            for (index, post) in posts.as_array().expect("a list").iter().enumerate() {
                vectors.push(Self {
                    label: format!("{fork} {index}"),
                    config: Config {
                        hardfork,
                        chain_id: u64_of(&test["config"]["chainid"]),
                        ..Config::default()
                    },
                    block: block(&test["env"], hardfork),
                    pre: pre.clone(),
                    tx: transaction(&test["transaction"], &post["indexes"]),
                    raw: parse(&post["txbytes"]),
                    exception: post["expectException"].as_str().map(Into::into),
                    state_root: parse(&post["hash"]),
                    logs_hash: parse(&post["logs"]),
                });
            }
        }
        vectors
    }
}

fn pre_state(pre: &Value) -> State {
    let mut state = State::new();
    for (address, account) in pre.as_object().expect("pre") {
        let address: Address = address.parse().expect("an address");
        let code = Bytecode::new_raw(parse(&account["code"]));
        let (balance, nonce) = (u256_of(&account["balance"]), u64_of(&account["nonce"]));
        state.set_account(
            address,
            AccountRead {
                balance,
                nonce,
                code,
            },
        );
        for (slot, word) in account["storage"].as_object().expect("storage") {
            let slot = slot.parse().expect("a slot");
            state
                .set_storage(address, slot, u256_of(word))
                .expect("no backend");
        }
    }
    state
}

fn block(env: &Value, hardfork: Hardfork) -> BlockEnv {
    let mut block = BlockEnv {
        number: u256_of(&env["currentNumber"]),
        beneficiary: parse(&env["currentCoinbase"]),
        timestamp: u256_of(&env["currentTimestamp"]),
        gas_limit: u64_of(&env["currentGasLimit"]),
        basefee: u64_of(&env["currentBaseFee"]),
        difficulty: u256_of(&env["currentDifficulty"]),
        prevrandao: Some(parse(&env["currentRandom"])),
        ..BlockEnv::default()
    };
    let schedule = hardfork.blobs().expect("Cancun or later");
    block.set_blob_excess_gas_and_price(
        u64_of(&env["currentExcessBlobGas"]),
        schedule.update_fraction,
    );
    block
}

fn transaction(tx: &Value, indexes: &Value) -> TxEnv {
    let at = |name: &str, index: &str| {
        let index = indexes[index]
            .as_u64()
            .and_then(|index| index.try_into().ok());
        &tx[name][index.unwrap_or(usize::MAX)]
    };
    let max_fee = tx.get("maxFeePerGas");
    let access_list = at("accessLists", "data");
    let authorizations = tx.get("authorizationList");
    let blob_hashes = tx.get("blobVersionedHashes");
    let tx_type = match (authorizations, blob_hashes, max_fee, access_list) {
        (Some(_), _, _, _) => 4,
        (_, Some(_), _, _) => 3,
        (_, _, Some(_), _) => 2,
        (_, _, _, Value::Array(_)) => 1,
        _ => 0,
    };
    TxEnv {
        tx_type,
        caller: parse(&tx["sender"]),
        gas_limit: u64_of(at("gasLimit", "gas")),
        gas_price: u128_of(max_fee.unwrap_or(&tx["gasPrice"])),
        kind: match tx["to"].as_str().expect("to") {
            "" => TxKind::Create,
            to => TxKind::Call(to.parse().expect("an address")),
        },
        value: u256_of(at("value", "value")),
        data: parse::<Bytes>(at("data", "data")),
        nonce: u64_of(&tx["nonce"]),
        chain_id: Some(1),
        access_list: AccessList(list(access_list).map(access_list_item).collect()),
        gas_priority_fee: tx.get("maxPriorityFeePerGas").map(u128_of),
        blob_hashes: blob_hashes.into_iter().flat_map(list).map(parse).collect(),
        max_fee_per_blob_gas: tx.get("maxFeePerBlobGas").map_or(0, u128_of),
        authorization_list: authorizations
            .into_iter()
            .flat_map(list)
            .map(authorization)
            .collect(),
    }
}

fn access_list_item(item: &Value) -> AccessListItem {
    let storage_keys = list(&item["storageKeys"]).map(parse).collect();
    AccessListItem {
        address: parse(&item["address"]),
        storage_keys,
    }
}

fn authorization<R>(item: &Value) -> Either<SignedAuthorization, R> {
    let inner = Authorization {
        chain_id: u256_of(&item["chainId"]),
        address: parse(&item["address"]),
        nonce: u64_of(&item["nonce"]),
    };
    let parity = u64_of(&item["v"]).try_into().expect("a byte");
    let (r, s) = (u256_of(&item["r"]), u256_of(&item["s"]));
    Either::Left(SignedAuthorization::new_unchecked(inner, parity, r, s))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn parse<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value
        .as_str()
        .expect("a string")
        .parse()
        .expect("hexadecimal")
}

fn u256_of(value: &Value) -> U256 {
    parse(value)
}

fn u128_of(value: &Value) -> u128 {
    u256_of(value).try_into().expect("128 bits")
}

fn u64_of(value: &Value) -> u64 {
    u256_of(value).try_into().expect("64 bits")
}
