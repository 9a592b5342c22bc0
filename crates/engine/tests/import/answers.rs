//! What geth answered about the chain, asked of ours.

use std::{collections::BTreeMap, sync::Arc};

use alloy_consensus::Transaction as _;
use alloy_eips::eip7702::{Authorization, SignedAuthorization};
use ingot_engine::{
    block::{Accepted, Block, logs_bloom},
    chain::{BlockOverrides, Call, Chain, Estimate, LogQuery},
    executor::Outcome,
    record::Record,
    transaction::Transaction,
};
use revm::{
    bytecode::opcode::OpCode,
    primitives::{Address, B256, Bytes, Log, U256, hex, ruint::UintTryFrom},
};
use serde_json::{Value, json};

use crate::fixture::{begin, fixture, say};

/// What is said, or what comes with the refusal.
type Answer = Result<Value, Value>;

/// What only a server can get wrong, or what the engine is not asked for.
const NOT_ASKED: [&str; 4] = [
    "eth_getLogs/filter-error-future-block-range.io",
    "eth_getLogs/filter-error-invalid-blockHash-and-range.io",
    "eth_getStorageValues/get-storage-values-empty-request.io",
    "debug_traceTransaction/trace-unknown-tx.io",
];

#[test]
fn the_chain_answers_as_geth_did() {
    let Some(fixture) = fixture() else { return };
    let mut chain = begin(&fixture);
    for block in &fixture.blocks {
        chain.import_block(block.clone()).expect("a valid block");
    }
    let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
    for exchange in &fixture.exchanges {
        let name = exchange.name.as_str();
        let method = exchange.request["method"].as_str().expect("a method");
        if NOT_ASKED.contains(&name) {
            continue;
        }
        let snapshot = chain.snapshot();
        let answer = answer(&mut chain, method, &exchange.request["params"]);
        chain.revert(snapshot).expect("a snapshot");
        let Some(answer) = answer else { continue };
        let expected = match exchange.response.get("result") {
            Some(result) => Ok(trimmed(method, result)),
            None => Err(exchange.response["error"]["data"].clone()),
        };
        if let ("eth_estimateGas", Ok(ours), Ok(theirs)) = (method, &answer, &expected) {
            // Geth's search ends within 1.5 %, ours at the least gas.
            let (ours, theirs) = (small(ours), small(theirs));
            assert!(
                ours <= theirs && theirs * 1000 <= ours * 1015,
                "{name}: {ours}, {theirs}"
            );
        } else {
            assert_eq!(answer, expected, "{name}");
        }
        *asked.entry(method).or_default() += 1;
    }
    let count: usize = asked.values().sum();
    let counts: Vec<_> = asked.iter().map(|(of, n)| format!("{n} {of}")).collect();
    say(&format!(
        "import: {count} answers of geth, {}",
        counts.join(", ")
    ));
    assert!(count >= 40, "{count} answers");
}

/// Our answer; `None` to a method that the engine has nothing for.
fn answer(chain: &mut Chain, method: &str, params: &Value) -> Option<Answer> {
    let block = |chain: &mut Chain, at: usize| numbered(chain, &params[at]);
    let result = match method {
        "eth_baseFee" => quantity(chain.base_fee()),
        "eth_getBalance" => {
            let at = block(chain, 1);
            quantity(chain.balance(address(&params[0]), at).unwrap())
        }
        "eth_getCode" => {
            let at = block(chain, 1);
            let code = chain.code(address(&params[0]), at).unwrap();
            data(code.original_byte_slice())
        }
        "eth_getStorageAt" => {
            let at = block(chain, 2);
            let slot = number(&params[1]);
            word(chain.storage(address(&params[0]), slot, at).unwrap())
        }
        "eth_getStorageValues" => {
            let at = block(chain, 1);
            storage_values(chain, &params[0], at)
        }
        "eth_getProof" => {
            let at = block(chain, 2);
            proof(chain, params, at)
        }
        "eth_call" => {
            let call = Call {
                block: Some(block(chain, 1).unwrap_or_else(|| chain.block_number())),
                ..call(chain, &params[0])
            };
            return Some(ended(&chain.call(&call).unwrap()));
        }
        "eth_estimateGas" => {
            let call = call(chain, &params[0]);
            match chain.estimate_gas(&call).unwrap() {
                Estimate::Gas(gas) => quantity(gas),
                Estimate::Failed(outcome) => return Some(ended(&outcome)),
            }
        }
        "eth_sendRawTransaction" => {
            // Its nonce leaves a gap, so that no block can have it.
            let sent = Transaction::decode(&bytes(&params[0]), false).unwrap();
            data(sent.hash().as_slice())
        }
        "eth_getLogs" => logs(chain, &params[0]),
        "eth_getTransactionReceipt" => {
            let accepted = chain.transaction(hash(&params[0]))?;
            receipt(chain, &accepted)
        }
        "eth_getBlockReceipts" => {
            let at = block(chain, 0).unwrap_or_else(|| chain.block_number());
            let accepted = chain.block(at).unwrap().transactions.clone();
            accepted.iter().map(|one| receipt(chain, one)).collect()
        }
        "debug_traceTransaction" => {
            let accepted = chain.transaction(hash(&params[0]))?;
            trace(chain, &accepted)
        }
        "debug_traceBlockByNumber" => {
            let at = block(chain, 0)?;
            let accepted = chain.block(at).unwrap().transactions.clone();
            let traced = accepted.iter().map(|one| {
                let hash = data(one.transaction.hash().as_slice());
                json!({"txHash": hash, "result": trace(chain, one)})
            });
            traced.collect()
        }
        _ => return None,
    };
    Some(Ok(result))
}

/// Of traces, what we compare: neither costs nor what options add.
fn trimmed(method: &str, result: &Value) -> Value {
    let mut result = result.clone();
    let mut traces: Vec<&mut Value> = match method {
        "debug_traceTransaction" => vec![&mut result],
        "debug_traceBlockByNumber" => result
            .as_array_mut()
            .expect("traces")
            .iter_mut()
            .map(|one| &mut one["result"])
            .collect(),
        _ => Vec::new(),
    };
    for trace in &mut traces {
        for step in trace["structLogs"].as_array_mut().expect("steps") {
            let kept = ["pc", "op", "gas", "depth", "stack"];
            let step = step.as_object_mut().expect("a step");
            step.retain(|field, _| kept.contains(&field.as_str()));
        }
    }
    result
}

fn ended(outcome: &Outcome) -> Answer {
    if outcome.succeeded() {
        Ok(data(&outcome.output))
    } else {
        Err(data(&outcome.output))
    }
}

// ANSWERS

fn storage_values(chain: &mut Chain, wanted: &Value, at: Option<u64>) -> Value {
    let accounts = wanted.as_object().expect("accounts").iter();
    let found = accounts.map(|(account, slots)| {
        let slots = slots.as_array().expect("slots").iter();
        let words: Value = slots
            .map(|slot| {
                let found = chain.storage(address(&json!(account)), number(slot), at);
                word(found.unwrap())
            })
            .collect();
        (account.clone(), words)
    });
    found.collect()
}

fn proof(chain: &mut Chain, params: &Value, at: Option<u64>) -> Value {
    let slots = params[1].as_array().expect("slots").iter().map(number);
    let slots: Vec<U256> = slots.collect();
    let latest = chain.block_number();
    let proof = chain.proof(address(&params[0]), &slots, Some(at.unwrap_or(latest)));
    let proof = proof.unwrap();
    let nodes = |nodes: &[Bytes]| -> Value { nodes.iter().map(|node| data(node)).collect() };
    let storage: Value = proof
        .storage
        .iter()
        .map(|slot| {
            json!({"key": quantity(slot.slot), "value": quantity(slot.value), "proof": nodes(&slot.nodes)})
        })
        .collect();
    json!({
        "address": data(proof.address.as_slice()),
        "accountProof": nodes(&proof.nodes),
        "balance": quantity(proof.balance),
        "codeHash": data(proof.code_hash.as_slice()),
        "nonce": quantity(proof.nonce),
        "storageHash": data(proof.storage_root.as_slice()),
        "storageProof": storage,
    })
}

fn logs(chain: &mut Chain, filter: &Value) -> Value {
    let range = match filter.get("blockHash") {
        Some(wanted) => {
            let block = chain.block_by_hash(hash(wanted)).unwrap().unwrap();
            (block.head.number, block.head.number)
        }
        None => (small(&filter["fromBlock"]), small(&filter["toBlock"])),
    };
    let topics = filter["topics"].as_array().into_iter().flatten();
    let topics = topics.map(|any_of| any_of.as_array().into_iter().flatten().map(hash).collect());
    let query = LogQuery {
        from_block: range.0,
        to_block: range.1,
        addresses: Vec::new(),
        topics: topics.collect(),
    };
    let found = chain.logs(&query).unwrap();
    let shown = found.iter().map(|found| {
        let mined = found.transaction.mined().expect("mined");
        log(
            chain,
            &found.transaction,
            &mined.outcome.logs[found.index],
            found.index,
        )
    });
    shown.collect()
}

fn log(chain: &mut Chain, accepted: &Accepted, log: &Log, index: usize) -> Value {
    let mined = accepted.mined().expect("mined");
    let block_hash = chain.block_hash(mined.block_number).unwrap();
    let topics: Value = log
        .topics()
        .iter()
        .map(|topic| data(topic.as_slice()))
        .collect();
    json!({
        "address": data(log.address.as_slice()),
        "topics": topics,
        "data": data(&log.data.data),
        "blockNumber": quantity(mined.block_number),
        "blockHash": data(block_hash.as_slice()),
        "blockTimestamp": quantity(mined.timestamp),
        "transactionHash": data(accepted.transaction.hash().as_slice()),
        "transactionIndex": quantity(mined.index),
        "logIndex": quantity(mined.first_log + index as u64),
        "removed": false,
    })
}

fn receipt(chain: &mut Chain, accepted: &Arc<Accepted>) -> Value {
    let mined = accepted.mined().expect("mined");
    let (outcome, transaction) = (&mined.outcome, &accepted.transaction);
    let block: Arc<Block> = chain.block(mined.block_number).unwrap();
    let block_hash = chain.header(&block).unwrap().hash;
    let logs: Value = outcome
        .logs
        .iter()
        .enumerate()
        .map(|(index, one)| log(chain, accepted, one, index))
        .collect();
    let address = |address: Option<Address>| address.map_or(Value::Null, |it| data(it.as_slice()));
    let mut shown = json!({
        "blockHash": data(block_hash.as_slice()),
        "blockNumber": quantity(mined.block_number),
        "contractAddress": address(outcome.created.filter(|_| transaction.body().to().is_none())),
        "cumulativeGasUsed": quantity(mined.cumulative_gas_used),
        "effectiveGasPrice": quantity(mined.effective_gas_price),
        "from": data(transaction.sender().as_slice()),
        "gasUsed": quantity(outcome.gas_used),
        "logs": logs,
        "logsBloom": data(logs_bloom(&outcome.logs).as_slice()),
        "to": address(transaction.body().to()),
        "transactionHash": data(transaction.hash().as_slice()),
        "transactionIndex": quantity(mined.index),
        "type": quantity(transaction.kind()),
    });
    let index = usize::try_from(mined.index).expect("an index");
    match block.receipts()[index].post_root {
        Some(root) => shown["root"] = data(root.as_slice()),
        None => shown["status"] = quantity(u8::from(outcome.succeeded())),
    }
    if accepted.blob_gas() > 0 {
        shown["blobGasUsed"] = quantity(accepted.blob_gas());
        shown["blobGasPrice"] = quantity(block.head.blob_base_fee);
    }
    shown
}

fn trace(chain: &mut Chain, accepted: &Accepted) -> Value {
    let outcome = chain.replay(accepted, Record::STEPS).unwrap();
    let recording = outcome.recording.as_ref().expect("a recording");
    let steps = &recording.steps;
    let rows = (0..steps.len()).map(|row| {
        let frame = &recording.frames[steps.frame[row] as usize];
        let stack = steps.stack(row).expect("a stack");
        let stack: Value = stack.into_iter().map(quantity).collect();
        json!({
            "pc": steps.pc[row],
            "op": OpCode::new(steps.op[row]).map_or("", |op| op.as_str()),
            "gas": steps.gas[row],
            "depth": frame.depth + 1,
            "stack": stack,
        })
    });
    let rows: Value = rows.collect();
    json!({
        "gas": outcome.gas_used,
        "failed": !outcome.succeeded(),
        "returnValue": data(&outcome.output),
        "structLogs": rows,
    })
}

// REQUESTS

fn call(chain: &Chain, fields: &Value) -> Call {
    let base_fee = u128::from(chain.latest().head.base_fee);
    let wide = |name: &str| {
        fields
            .get(name)
            .map(|fee| u128::try_from(number(fee)).expect("a fee"))
    };
    let price = match wide("maxFeePerGas") {
        Some(most) => Some(most.min(base_fee + wide("maxPriorityFeePerGas").unwrap_or_default())),
        None => wide("gasPrice"),
    };
    let signed = fields["authorizationList"].as_array().into_iter().flatten();
    let authorizations = signed.map(|one| {
        let authorization = Authorization {
            chain_id: number(&one["chainId"]),
            address: address(&one["address"]),
            nonce: small(&one["nonce"]),
        };
        let y_parity = u8::try_from(small(&one["yParity"])).expect("a parity");
        SignedAuthorization::new_unchecked(
            authorization,
            y_parity,
            number(&one["r"]),
            number(&one["s"]),
        )
    });
    Call {
        sender: fields.get("from").map(address),
        to: fields.get("to").map(address),
        data: fields.get("input").map(bytes).unwrap_or_default(),
        value: fields.get("value").map(number).unwrap_or_default(),
        gas_limit: fields.get("gas").map(small),
        gas_price: price,
        // Geth shows a base fee of 0 to a call that names no price; we show the block's, as anvil does.
        block_overrides: BlockOverrides {
            base_fee: price.is_none().then_some(0),
            ..BlockOverrides::default()
        },
        authorizations: authorizations.collect(),
        ..Call::default()
    }
}

/// The block that a parameter names; `None` for the latest.
fn numbered(chain: &mut Chain, parameter: &Value) -> Option<u64> {
    let text = parameter.as_str().filter(|text| *text != "latest")?;
    if text == "earliest" {
        return Some(0);
    }
    if text.len() == 66 {
        let block = chain.block_by_hash(hash(parameter)).unwrap();
        return Some(block.expect("a block").head.number);
    }
    Some(small(parameter))
}

fn bytes(text: &Value) -> Bytes {
    hex::decode(text.as_str().expect("text"))
        .expect("hex")
        .into()
}

fn address(text: &Value) -> Address {
    Address::from_slice(&bytes(text))
}

fn hash(text: &Value) -> B256 {
    B256::from_slice(&bytes(text))
}

fn number(text: &Value) -> U256 {
    let digits = text.as_str().and_then(|text| text.strip_prefix("0x"));
    U256::from_str_radix(digits.expect("hex"), 16).expect("a number")
}

fn small(text: &Value) -> u64 {
    number(text).try_into().expect("64 bits")
}

fn data(bytes: &[u8]) -> Value {
    json!(hex::encode_prefixed(bytes))
}

fn quantity<T>(number: T) -> Value
where
    U256: UintTryFrom<T>,
{
    json!(format!("{:#x}", U256::from(number)))
}

fn word(word: U256) -> Value {
    data(&word.to_be_bytes::<32>())
}
