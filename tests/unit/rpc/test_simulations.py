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


SHA256, IDENTITY = ("0x" + "00" * 19 + digits for digits in ("02", "04"))


def test_a_precompile_is_replaced_or_moved_for_one_block(rpc: Rpc) -> None:
    here, there = {"to": IDENTITY, "data": "0x1234"}, {"to": C, "data": "0x1234"}
    moved = {"stateOverrides": {IDENTITY: {"movePrecompileToAddress": C}}, "calls": [here, there]}
    replaced = {"stateOverrides": {IDENTITY: {"code": NUMBER}}, "calls": [here]}
    blocks = simulate(rpc, moved, {"calls": [here, there]}, replaced)
    returned = [[call["returnData"] for call in block["calls"]] for block in blocks]
    assert returned == [["0x", "0x1234"], ["0x1234", "0x"], [f"0x{3:064x}"]]
    assert rpc.request("eth_call", [here]) == "0x1234"


def test_calls_and_estimates_move_precompiles_too(rpc: Rpc) -> None:
    call, overrides = {"to": C, "data": "0x1234"}, {IDENTITY: {"movePrecompileToAddress": C}}
    assert rpc.request("eth_call", [call, "latest", overrides]) == "0x1234"
    assert rpc.request("eth_call", [{"to": IDENTITY, "data": "0x1234"}, "latest", overrides]) == "0x"
    assert rpc.request("eth_call", [call]) == "0x"
    moved = {SHA256: {"movePrecompileToAddress": C}}
    estimated = [int(rpc.request("eth_estimateGas", [call, "latest", *more]), 16) for more in ([], [moved])]
    assert estimated == [21_080, 21_032 + 72]  # the floor of EIP-7623, and what the precompile costs
    traced = rpc.request(
        "debug_traceCall", [call, "latest", {"tracer": "callTracer", "stateOverrides": overrides}]
    )
    assert traced["output"] == "0x1234"


HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"


def test_the_storage_of_a_system_contract_is_overridden_in_calls_and_simulations(rpc: Rpc) -> None:
    rpc.request("anvil_mine", ["0x5"])
    asked = {"to": HISTORY, "data": f"0x{3:064x}"}
    known = rpc.request("eth_getBlockByNumber", ["0x3", False])["hash"]
    overrides = {HISTORY: {"stateDiff": {f"0x{3:064x}": f"0x{9:064x}"}}}
    others = {HISTORY: {"stateDiff": {f"0x{2:064x}": f"0x{9:064x}"}}}
    for changed, expected in ((overrides, f"0x{9:064x}"), (others, known), (None, known)):
        for base in ("latest", "0x4"):
            assert rpc.request("eth_call", [asked, base, changed]) == expected
            block = {"calls": [asked], "stateOverrides": changed}
            (made,) = rpc.request("eth_simulateV1", [{"blockStateCalls": [block]}, base])
            assert made["calls"][0]["returnData"] == expected
    assert rpc.request("eth_getStorageAt", [HISTORY, "0x3", "latest"]) == known


def test_only_precompiles_are_moved_and_only_to_where_nothing_else_is_changed(rpc: Rpc) -> None:
    refused = (
        ({A: {"movePrecompileToAddress": B}}, "is not a precompile"),
        ({IDENTITY: {"movePrecompileToAddress": B}, B: {"nonce": "0x1"}}, "is already overridden"),
        ({A: {"state": {}, "stateDiff": {}}}, "has both 'state' and 'stateDiff'"),
    )
    for overrides, words in refused:
        for ask in (
            lambda given: simulate(rpc, {"stateOverrides": given}),
            lambda given: rpc.request("eth_call", [{"to": C}, "latest", given]),
        ):
            with pytest.raises(RpcError, match=words) as error:
                ask(overrides)
            assert error.value.code == -32000


def test_a_simulation_may_go_on_from_any_block(rpc: Rpc) -> None:
    alice = rpc.request("eth_accounts")[0]
    rpc.request("anvil_mine", ["0x14"])
    rpc.request("eth_sendTransaction", [{"from": alice, "to": A, "value": "0x5"}])
    rpc.request("anvil_mine", ["0x14"])
    latest = rpc.request("eth_getBlockByNumber", ["latest", False])
    pay = {"calls": [{"from": A, "to": B, "value": "0x5"}]}
    for number in (0, 7, 20, 21, 30, 41):
        base = rpc.request("eth_getBlockByNumber", [hex(number), False])
        named = rpc.request("eth_simulateV1", [{"blockStateCalls": [{}]}, base["hash"]])
        payload = {"blockStateCalls": [{}, {"blockOverrides": {"number": hex(number + 5)}}]}
        blocks = rpc.request("eth_simulateV1", [payload, hex(number)])
        assert named == blocks[:1]
        assert blocks[0]["parentHash"] == base["hash"]
        assert [int(block["number"], 16) for block in blocks] == [*range(number + 1, number + 6)]
        if number >= 21:
            assert rpc.request("eth_simulateV1", [{"blockStateCalls": [pay]}, hex(number)])[0]["calls"]
        else:
            with pytest.raises(RpcError, match="insufficient funds"):
                rpc.request("eth_simulateV1", [{"blockStateCalls": [pay]}, hex(number)])
        assert rpc.request("eth_getBlockByNumber", ["latest", False]) == latest
    assert rpc.request("eth_getProof", [A, [], "0x14"])["balance"] == "0x0"


def test_a_simulated_block_is_the_one_that_would_be_mined(rpc: Rpc) -> None:
    """The same transactions in both: nothing differs but the signatures, so the state root is the same."""
    alice, bob = rpc.request("eth_accounts")[:2]
    rpc.request("anvil_mine", ["0x3"])
    base = rpc.request("eth_getBlockByNumber", ["latest", False])
    sent = {
        "from": alice,
        "to": bob,
        "value": "0x1",
        "gas": "0x5208",
        "nonce": "0x0",
        "maxFeePerGas": hex(10**10),
        "maxPriorityFeePerGas": "0x1",
    }
    rpc.request("eth_sendTransaction", [sent])
    mined = rpc.request("eth_getBlockByNumber", ["latest", False])
    block = {
        "blockOverrides": {
            "time": mined["timestamp"],
            "prevRandao": mined["mixHash"],
            "gasLimit": mined["gasLimit"],
        },
        "calls": [sent],
    }
    (found,) = rpc.request("eth_simulateV1", [{"blockStateCalls": [block], "validation": True}, base["hash"]])
    assert {name for name in mined if name != "hash" and mined[name] != found[name]} == {
        "transactions",
        "transactionsRoot",
        "size",
    }


def test_withdrawals_are_paid_and_in_the_block(rpc: Rpc) -> None:
    paid = {"index": "0x1", "validatorIndex": "0x2", "address": A, "amount": "0x3"}
    block = {"blockOverrides": {"withdrawals": [paid]}}
    first, second = simulate(rpc, block, {"calls": [{"from": A, "to": B, "value": hex(3 * 10**9)}]})
    assert first["withdrawals"] == [paid]
    assert first["withdrawalsRoot"] != second["withdrawalsRoot"]
    assert second["calls"][0]["status"] == "0x1"
    nothing = {
        "blockOverrides": {"withdrawals": [{**paid, "amount": "0x0"}]},
        "stateOverrides": {A: {"state": {}}},
    }
    (touched,), (left,) = simulate(rpc, nothing), simulate(rpc, {"stateOverrides": {A: {"state": {}}}})
    (plain,) = simulate(rpc, {})
    assert touched["stateRoot"] == plain["stateRoot"] != left["stateRoot"]  # EIP-161
    with pytest.raises(RpcError, match="withdrawals"):
        rpc.request("eth_call", [{"to": A}, "latest", {}, {"withdrawals": [paid]}])


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
    with pytest.raises(RpcError, match="unknown parent"):
        rpc.request("testing_buildBlockV1", ["0x" + "00" * 32, attributes, []])
    with pytest.raises(RpcError, match="invalid timestamp"):
        rpc.request("testing_buildBlockV1", [parent, {**attributes, "timestamp": "0x1"}, []])


def test_a_block_is_built_on_any_other_with_what_waits_or_nothing(rpc: Rpc) -> None:
    rpc.request("anvil_mine", ["0x5"])
    rpc.request("evm_setAutomine", [False])
    alice, bob = rpc.request("eth_accounts")[:2]
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "gas": "0x5208"}])
    paid = {"index": "0x1", "validatorIndex": "0x2", "address": C, "amount": "0x3"}
    for number in ("0x2", "latest"):
        parent = rpc.request("eth_getBlockByNumber", [number, False])
        attributes = {
            "timestamp": hex(int(parent["timestamp"], 16) + 9),
            "prevRandao": "0x" + "01" * 32,
            "suggestedFeeRecipient": C,
            "parentBeaconBlockRoot": "0x" + "02" * 32,
            "withdrawals": [paid],
        }
        empty, full = (
            rpc.request("testing_buildBlockV1", [parent["hash"], attributes, given])["executionPayload"]
            for given in ([], None)
        )
        assert (len(empty["transactions"]), len(full["transactions"])) == (0, 1)
        assert full["parentHash"] == parent["hash"]
        assert full["withdrawals"] == [paid]
        assert empty["stateRoot"] not in (full["stateRoot"], parent["stateRoot"])
    assert rpc.request("eth_getTransactionByHash", [sent])["blockHash"] is None
    rpc.request("evm_mine")
    assert rpc.request("eth_getTransactionReceipt", [sent])["status"] == "0x1"


def test_a_transaction_is_filled_and_not_signed(rpc: Rpc) -> None:
    alice, bob = rpc.request("eth_accounts")[:2]
    for more in ({}, {"gasPrice": "0x77359400"}, {"accessList": [{"address": bob, "storageKeys": []}]}):
        found = rpc.request("eth_fillTransaction", [{"from": alice, "to": bob, "value": "0x1", **more}])
        assert (found["tx"]["from"], found["tx"]["r"], found["tx"]["nonce"]) == (alice, "0x0", "0x0")
        with pytest.raises(InvalidTransaction):
            decode_transaction(bytes.fromhex(found["raw"][2:]))
