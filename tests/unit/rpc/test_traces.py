"""debug_, trace_, ots_, txpool_ and anvil_ over a contract that calls another, which writes and logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

OUTER, INNER = "0x" + "22" * 20, "0x" + "33" * 20
COUNTS = "0x6000546001018060005560005260206000a000"  # slot 0 += 1, LOG0
CALLS = "0x6000600060006000600073" + "33" * 20 + "5af160005260206000f3"
FAILS = "0xfe"
SLOT_0 = f"0x{0:064x}"


@pytest.fixture
def rpc() -> Rpc:
    rpc = Rpc(Chain(timestamp=1_700_000_000))
    rpc.request("anvil_setCode", [INNER, COUNTS])
    rpc.request("anvil_setCode", [OUTER, CALLS])
    return rpc


@pytest.fixture
def sent(rpc: Rpc) -> str:
    alice = rpc.request("eth_accounts")[0]
    fields = {"from": alice, "to": OUTER, "gas": "0x186a0", "value": "0x7"}
    return rpc.request("eth_sendTransaction", [fields])  # type: ignore[no-any-return]


def trace(rpc: Rpc, sent: str, tracer: str | None = None, **config: Any) -> Any:
    options = {} if tracer is None else {"tracer": tracer, "tracerConfig": config}
    return rpc.request("debug_traceTransaction", [sent, options])


def test_every_step_is_told_with_its_cost(rpc: Rpc, sent: str) -> None:
    found = trace(rpc, sent)
    receipt = rpc.request("eth_getTransactionReceipt", [sent])
    steps = found["structLogs"]
    assert (found["gas"], found["failed"]) == (int(receipt["gasUsed"], 16), False)
    assert {step["depth"] for step in steps} == {1, 2}
    (store,) = [step for step in steps if step["op"] == "SSTORE"]
    assert store["storage"] == {SLOT_0: f"0x{1:064x}"}
    assert (store["gasCost"], store["stack"][-2:]) == (20_000, ["0x1", "0x0"])
    (call,) = [step for step in steps if step["op"] == "CALL"]
    inner = [step for step in steps if step["depth"] == 2]
    assert call["gasCost"] == 2600 + inner[0]["gas"]
    # As by geth: bytes of the rows as JSON, after which no other begins.
    shorter = rpc.request("debug_traceTransaction", [sent, {"limit": 150, "disableStack": True}])[
        "structLogs"
    ]
    assert [len(json.dumps(step, separators=(",", ":"))) for step in shorter] == [55, 55, 55]
    assert "stack" not in shorter[0]


def test_calls_are_told_as_a_tree_in_a_row_and_by_selector(rpc: Rpc, sent: str) -> None:
    tree = trace(rpc, sent, "callTracer", withLog=True)
    (inner,) = tree["calls"]
    assert (tree["to"], inner["from"], inner["to"], tree["value"]) == (OUTER, OUTER, INNER, "0x7")
    assert len(inner["logs"]) == 1
    assert "calls" not in trace(rpc, sent, "callTracer", onlyTopCall=True)
    row = rpc.request("trace_transaction", [sent])
    assert [(each["traceAddress"], each["subtraces"]) for each in row] == [([], 1), ([0], 0)]
    assert rpc.request("trace_block", ["latest"]) == row
    assert rpc.request("trace_get", [sent, ["0x0"]]) == row[1]
    assert rpc.request("trace_filter", [{"toAddress": [INNER]}]) == row[1:]
    assert rpc.request("trace_filter", [{"toAddress": [INNER], "after": 1}]) == []
    assert trace(rpc, sent, "4byteTracer") == {}
    assert set(trace(rpc, sent, "muxTracer", callTracer={}, noopTracer={})) == {"callTracer", "noopTracer"}


def test_what_was_there_and_what_changed(rpc: Rpc, sent: str) -> None:
    alice = rpc.request("eth_accounts")[0]
    before = trace(rpc, sent, "prestateTracer")
    assert before[alice]["balance"] == hex(10_000 * 10**18)
    assert before[INNER]["code"] == COUNTS
    changed = trace(rpc, sent, "prestateTracer", diffMode=True)
    assert changed["post"][INNER] == {"storage": {SLOT_0: f"0x{1:064x}"}}
    assert changed["post"][OUTER] == {"balance": "0x7"}
    assert changed["post"][alice]["nonce"] == 1
    replayed = rpc.request("trace_replayTransaction", [sent, ["stateDiff"]])["stateDiff"]
    assert replayed[INNER]["storage"] == {SLOT_0: {"*": {"from": SLOT_0, "to": f"0x{1:064x}"}}}


@pytest.mark.usefixtures("sent")
def test_a_call_is_traced_as_it_would_change_the_state(rpc: Rpc) -> None:
    options = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
    changed = rpc.request("debug_traceCall", [{"to": OUTER}, "latest", options])
    assert changed["post"][INNER] == {"storage": {SLOT_0: f"0x{2:064x}"}}
    options["stateOverrides"] = {INNER: {"stateDiff": {SLOT_0: f"0x{8:064x}"}}}
    changed = rpc.request("debug_traceCall", [{"to": OUTER}, "latest", options])
    assert changed["post"][INNER] == {"storage": {SLOT_0: f"0x{9:064x}"}}
    assert rpc.request("eth_getStorageAt", [INNER, "0x0"]) == f"0x{1:064x}"


def test_a_block_is_traced_transaction_by_transaction(rpc: Rpc, sent: str) -> None:
    (entry,) = rpc.request("debug_traceBlockByNumber", ["latest", {"tracer": "callTracer"}])
    assert entry == {"txHash": sent, "result": trace(rpc, sent, "callTracer")}
    raw = rpc.request("debug_getRawBlock", ["latest"])
    assert rpc.request("debug_traceBlock", [raw, {"tracer": "callTracer"}]) == [entry]
    with pytest.raises(RpcError, match="genesis is not traceable"):
        rpc.request("debug_traceBlockByNumber", ["0x0"])
    with pytest.raises(RpcError, match="there is no tracer 'newTracer'"):
        trace(rpc, sent, "newTracer")


def test_an_invalid_instruction_is_told(rpc: Rpc) -> None:
    rpc.request("anvil_setCode", [INNER, FAILS])
    sent = rpc.request(
        "eth_sendTransaction", [{"from": rpc.request("eth_accounts")[0], "to": OUTER, "gas": "0x186a0"}]
    )
    (inner,) = trace(rpc, sent, "callTracer")["calls"]
    assert inner["error"].startswith("invalid opcode")
    assert trace(rpc, sent)["structLogs"][-1]["op"] == "RETURN"
    assert rpc.request("trace_transaction", [sent])[1]["error"]


@pytest.mark.usefixtures("sent")
def test_storage_is_listed_as_a_transaction_found_it(rpc: Rpc) -> None:
    rpc.request(
        "eth_sendTransaction", [{"from": rpc.request("eth_accounts")[0], "to": OUTER, "gas": "0x186a0"}]
    )
    found = rpc.request("debug_storageRangeAt", ["0x2", 0, INNER, "0x0", 10])
    (entry,) = found["storage"].values()
    assert (entry, found["nextKey"]) == ({"key": SLOT_0, "value": f"0x{1:064x}"}, None)
    assert rpc.request("debug_storageRangeAt", ["0x1", 0, INNER, "0x0", 10])["storage"] == {}


def test_otterscan_finds_an_account_s_past(rpc: Rpc, sent: str) -> None:
    for method, size in (
        ("ots_searchTransactionsBefore", 5),
        ("ots_searchTransactionsAfter", 5),
        ("ots_searchTransactionsBefore", 1),
    ):
        page = rpc.request(method, [INNER, 0, size])
        assert [each["hash"] for each in page["txs"]] == [sent]
        assert (page["firstPage"], page["lastPage"]) == (True, True)
    assert rpc.request("ots_getInternalOperations", [sent]) == []
    assert [each["depth"] for each in rpc.request("ots_traceTransaction", [sent])] == [0, 1]
    alice = rpc.request("eth_accounts")[0]
    assert rpc.request("ots_getTransactionBySenderAndNonce", [alice, 0]) == sent
    assert rpc.request("ots_getTransactionBySenderAndNonce", [alice, 1]) is None


def test_the_creator_of_a_contract_is_found(rpc: Rpc) -> None:
    alice = rpc.request("eth_accounts")[0]
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "data": "0x60016000f3"}])
    receipt = rpc.request("eth_getTransactionReceipt", [sent])
    found = rpc.request("ots_getContractCreator", [receipt["contractAddress"]])
    assert found == {"hash": sent, "creator": alice}
    assert rpc.request("ots_getContractCreator", [alice]) is None


def test_an_access_list_names_what_is_cold(rpc: Rpc) -> None:
    alice = rpc.request("eth_accounts")[0]
    found = rpc.request("eth_createAccessList", [{"from": alice, "to": OUTER}])
    assert found["accessList"] == [{"address": INNER, "storageKeys": [SLOT_0]}]
    call = {"from": alice, "to": OUTER, "accessList": found["accessList"]}
    assert rpc.request("debug_traceCall", [call])["gas"] == int(found["gasUsed"], 16)


@pytest.mark.usefixtures("sent")
def test_a_state_is_dumped_and_loaded(rpc: Rpc) -> None:
    state = rpc.request("anvil_dumpState")
    other = Rpc(Chain())
    assert other.request("anvil_loadState", [state]) is True
    assert other.request("eth_getStorageAt", [INNER, "0x0"]) == f"0x{1:064x}"
    with pytest.raises(RpcError):
        other.request("anvil_loadState", [state[:-40]])
    rpc.request("anvil_reset")
    assert rpc.request("eth_blockNumber") == "0x0"


def test_a_token_s_balance_is_set_where_it_is_read(rpc: Rpc) -> None:
    """The token keeps balances in a mapping in slot 3: keccak256(address . 3)."""
    token = "0x" + "44" * 20
    alice = rpc.request("eth_accounts")[0]
    rpc.request("anvil_setCode", [token, "0x600435600052600360205260406000205460005260206000f3"])
    rpc.request("anvil_dealERC20", [alice, token, "0x1f4"])
    balance = rpc.request("eth_call", [{"to": token, "data": "0x70a08231" + alice[2:].rjust(64, "0")}])
    assert int(balance, 16) == 500
    with pytest.raises(RpcError, match="balanceOf"):
        rpc.request("anvil_dealERC20", [alice, alice, "0x1"])


def test_what_waits_is_told(rpc: Rpc) -> None:
    rpc.request("evm_setAutomine", [False])
    alice, bob = rpc.request("eth_accounts")[:2]
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "gas": "0x5208"}])
    assert rpc.request("txpool_status") == {"pending": "0x1", "queued": "0x0"}
    (entry,) = rpc.request("txpool_content")["pending"].values()
    assert entry["0"]["hash"] == sent
    assert rpc.request("eth_pendingTransactions") == [entry["0"]]
    assert rpc.request("txpool_contentFrom", [alice])["pending"]["0"]["hash"] == sent
    assert rpc.request("anvil_dropTransaction", [sent]) == sent
    assert rpc.request("anvil_dropTransaction", [sent]) is None
    assert rpc.request("txpool_status")["pending"] == "0x0"


def test_hardhat_is_told_whether_a_transaction_was_dropped_and_anvils_clients_its_hash(rpc: Rpc) -> None:
    rpc.request("evm_setAutomine", [False])
    alice, bob = rpc.request("eth_accounts")[:2]
    told = []
    for rpc.as_anvil in (False, True):
        sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "gas": "0x5208"}])
        told += [rpc.request("hardhat_dropTransaction", [sent]) for _ in range(2)]
    assert told == [True, False, sent, None]


def test_a_log_stands_before_the_self_destruction_that_follows_it(rpc: Rpc) -> None:
    overrides = {"stateOverrides": {INNER: {"code": "0x5f5fa033ff"}}}  # LOG0, CALLER SELFDESTRUCT
    options = {"tracer": "callTracer", "tracerConfig": {"withLog": True}, **overrides}
    told = rpc.request("debug_traceCall", [{"to": INNER}, "latest", options])
    assert [call["type"] for call in told["calls"]] == ["SELFDESTRUCT"]
    assert [log["position"] for log in told["logs"]] == ["0x0"]


@pytest.mark.parametrize(
    ("code", "gas", "cost"),
    [
        ("60406000f3", 60_000, 6),
        ("604060105260406000f3", 60_000, 0),
        ("60206104005260406107fff3", 62_000, 105),
    ],
)
def test_the_last_step_of_a_creation_that_cannot_be_paid_is_told_with_its_memory(
    rpc: Rpc, code: str, gas: int, cost: int
) -> None:
    trace = rpc.request("debug_traceCall", [{"input": "0x" + code, "gas": hex(gas)}, "latest", {}])
    last = trace["structLogs"][-1]
    assert (trace["failed"], last["op"], last["gasCost"]) == (True, "RETURN", cost)
