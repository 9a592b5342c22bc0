"""eth_simulateV1, testing_buildBlockV1 and eth_fillTransaction on a local chain."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.engine import decode_transaction
from ingot.errors import InvalidTransaction
from ingot.rpc import Rpc, RpcError

A, B, C = ("0x" + pair * 20 for pair in ("a1", "b2", "c3"))
NUMBER = "0x4360005260206000f3"
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


@pytest.fixture
def rpc() -> Rpc:
    return Rpc(Chain(timestamp=1_700_000_000))


def simulate(rpc: Rpc, *blocks: dict[str, Any], **options: Any) -> Any:
    return rpc.request("eth_simulateV1", [{"blockStateCalls": list(blocks), **options}, "latest"])


def test_each_block_goes_on_from_the_one_before_and_nothing_stays(rpc: Rpc) -> None:
    first = {
        "stateOverrides": {A: {"balance": "0x64"}, C: {"code": NUMBER}},
        "calls": [{"from": A, "to": B, "value": "0x64"}],
    }
    second = {
        "blockOverrides": {"number": "0x5"},
        "calls": [{"from": B, "to": A, "value": "0x63"}, {"to": C}],
    }
    blocks = simulate(rpc, first, second)
    assert [block["number"] for block in blocks] == ["0x1", "0x2", "0x3", "0x4", "0x5"]
    assert [block["parentHash"] for block in blocks[1:]] == [block["hash"] for block in blocks[:-1]]
    assert [call["status"] for call in blocks[-1]["calls"]] == ["0x1", "0x1"]
    assert int(blocks[-1]["calls"][1]["returnData"], 16) == 5
    assert rpc.request("eth_blockNumber") == "0x0"
    assert rpc.request("eth_getCode", [C]) == "0x"


def test_what_follows_from_the_calls_is_refused_with_its_code(rpc: Rpc) -> None:
    call = {"from": A, "to": B, "value": "0x1"}
    refused = (
        ([{"calls": [call]}], {}, -38014),
        ([{"calls": [{"from": A, "to": B}]}], {"validation": True}, -38012),
        ([{"calls": [{"from": A, "to": B, "gas": "0x0"}]}], {}, -38013),
        ([{"blockOverrides": {"number": "0x0"}}], {}, -38020),
        ([{"blockOverrides": {"time": "0x1"}}], {}, -38021),
        ([{"blockOverrides": {"number": "0x1000"}}], {}, -38026),
        ([{"blockOverrides": {"gasLimit": "0x5208"}, "calls": [{"to": B, "gas": "0x5209"}]}], {}, -38015),
        ([], {}, -32602),
    )
    for blocks, options, code in refused:
        with pytest.raises(RpcError) as error:
            simulate(rpc, *blocks, **options)
        assert error.value.code == code, error.value.message
        assert rpc.request("eth_blockNumber") == "0x0"


def test_transfers_are_logs_where_that_is_asked_for(rpc: Rpc) -> None:
    block = {"stateOverrides": {A: {"balance": "0x64"}}, "calls": [{"from": A, "to": B, "value": "0x7"}]}
    assert simulate(rpc, block)[0]["calls"][0]["logs"] == []
    (log,) = simulate(rpc, block, traceTransfers=True)[0]["calls"][0]["logs"]
    assert log["topics"][0] == TRANSFER_TOPIC
    assert int(log["data"], 16) == 7


def test_precompiles_are_not_replaced_in_silence(rpc: Rpc) -> None:
    first = "0x" + "00" * 19 + "01"
    block = {"stateOverrides": {first: {"code": NUMBER}}, "calls": [{"to": first}]}
    with pytest.raises(RpcError, match="precompile"):
        simulate(rpc, block)
    with pytest.raises(RpcError, match="is not a precompile"):
        simulate(rpc, {"stateOverrides": {A: {"movePrecompileToAddress": B}}})


def test_what_waits_is_left_alone(rpc: Rpc) -> None:
    rpc.request("evm_setAutomine", [False])
    alice, bob = rpc.request("eth_accounts")[:2]
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "gas": "0x5208"}])
    assert simulate(rpc, {"calls": []})[0]["transactions"] == []
    rpc.request("evm_mine")
    assert rpc.request("eth_getBlockByNumber", ["latest", False])["transactions"] == [sent]


def test_a_block_is_built_of_transactions_and_not_kept(rpc: Rpc) -> None:
    account, bob = rpc.chain.accounts[0], rpc.chain.accounts[1]
    fields = {
        "type": 2,
        "chain_id": 31337,
        "nonce": 0,
        "to": bob.address,
        "value": 1,
        "data": b"",
        "gas_limit": 21_000,
    }
    raw = "0x" + account.sign_transaction({**fields, "max_fee": 2 * 10**9, "max_priority_fee": 5}).raw.hex()
    parent = rpc.request("eth_getBlockByNumber", ["latest", False])["hash"]
    attributes = {
        "timestamp": hex(1_700_000_100),
        "prevRandao": "0x" + "01" * 32,
        "suggestedFeeRecipient": C,
        "parentBeaconBlockRoot": "0x" + "02" * 32,
        "withdrawals": [],
    }
    built = rpc.request("testing_buildBlockV1", [parent, attributes, [raw], "0x1234"])
    payload = built["executionPayload"]
    assert (payload["transactions"], payload["feeRecipient"], payload["extraData"]) == ([raw], C, "0x1234")
    assert built["blockValue"] == hex(21_000 * 5)
    assert rpc.request("eth_blockNumber") == "0x0"
    with pytest.raises(RpcError, match="nonce too low"):
        rpc.request("testing_buildBlockV1", [parent, attributes, [raw, raw]])
    with pytest.raises(RpcError, match="is not the latest"):
        rpc.request("testing_buildBlockV1", ["0x" + "00" * 32, attributes, []])


def test_a_transaction_is_filled_and_not_signed(rpc: Rpc) -> None:
    alice, bob = rpc.request("eth_accounts")[:2]
    for more in ({}, {"gasPrice": "0x77359400"}, {"accessList": [{"address": bob, "storageKeys": []}]}):
        found = rpc.request("eth_fillTransaction", [{"from": alice, "to": bob, "value": "0x1", **more}])
        assert (found["tx"]["from"], found["tx"]["r"], found["tx"]["nonce"]) == (alice, "0x0", "0x0")
        with pytest.raises(InvalidTransaction):
            decode_transaction(bytes.fromhex(found["raw"][2:]))
