"""Blocks that are undone: rollbacks and reorgs, what is told of them, and what waits meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

ALICE, BOB = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
COUNTER = "0x" + "33" * 20
COUNTS = "0x6000546001018060005560005260206000a000"  # slot 0 += 1, LOG0
PRICE = {"gas": "0x186a0", "gasPrice": "0x77359400"}


@pytest.fixture
def chain() -> Chain:
    chain = Chain()
    chain.set_code(COUNTER, COUNTS)
    return chain


@pytest.fixture
def rpc(chain: Chain) -> Rpc:
    return Rpc(chain)


def count(rpc: Rpc, **fields: Any) -> str:
    return rpc.request("eth_sendTransaction", [{"from": ALICE, "to": COUNTER, **PRICE, **fields}])  # type: ignore[no-any-return]


def height(rpc: Rpc) -> int:
    return int(rpc.request("eth_blockNumber"), 16)


def status(rpc: Rpc) -> tuple[int, int]:
    found = rpc.request("txpool_status")
    return int(found["pending"], 16), int(found["queued"], 16)


def test_blocks_that_a_program_mined_are_undone(chain: Chain, rpc: Rpc) -> None:
    chain.mine(300)
    chain.accounts[0].transfer(BOB, 5)
    chain.mine(2)
    before = chain.engine.balance(BOB)
    rpc.request("anvil_rollback", [3])
    assert (height(rpc), chain.engine.balance(BOB)) == (300, before - 5)
    rpc.request("debug_setHead", [hex(100)])
    assert height(rpc) == 100
    rpc.request("anvil_reorg", [40, []])
    assert height(rpc) == 100
    with pytest.raises(RpcError, match="the latest block is 100"):
        rpc.request("debug_setHead", [hex(101)])
    with pytest.raises(RpcError, match="cannot undo 101 blocks") as refused:
        rpc.request("anvil_reorg", [101, []])
    assert refused.value.code == -32602


def test_a_reorg_puts_transactions_where_they_are_wanted(rpc: Rpc) -> None:
    kept, gone = count(rpc), count(rpc)
    count(rpc)
    pairs = [[{"from": ALICE, "to": COUNTER, "value": "0x0"}, 1], [{"from": BOB, "to": COUNTER}, 0]]
    rpc.request("anvil_reorg", [{"depth": 2, "txBlockPairs": pairs}])
    senders = [
        [each["from"] for each in rpc.request("eth_getBlockByNumber", [hex(number), True])["transactions"]]
        for number in (1, 2, 3)
    ]
    assert senders == [[ALICE.lower()], [BOB.lower()], [ALICE.lower()]]
    assert rpc.request("eth_getTransactionReceipt", [kept])["status"] == "0x1"
    assert rpc.request("eth_getTransactionByHash", [gone]) is None
    assert int(rpc.request("eth_getStorageAt", [COUNTER, "0x0"]), 16) == 3


def test_a_reorg_that_cannot_be_changes_nothing(rpc: Rpc) -> None:
    count(rpc)
    for pairs in ([["0x01", 0]], [[{"from": "0x" + "77" * 20, "to": COUNTER}, 0]], [[{"to": COUNTER}, 1]]):
        with pytest.raises(RpcError):
            rpc.request("anvil_reorg", [1, pairs])
    assert int(rpc.request("eth_getStorageAt", [COUNTER, "0x0"]), 16) == 1


def test_what_waits_goes_on_waiting_in_its_place(rpc: Rpc) -> None:
    count(rpc)
    count(rpc)
    rpc.request("evm_setAutomine", [False])
    later = count(rpc)
    other = rpc.request("eth_sendTransaction", [{"from": BOB, "to": COUNTER, **PRICE}])
    rpc.request("anvil_rollback", [1])
    # Alice's follows one that is gone.
    assert status(rpc) == (1, 1)
    rpc.request("anvil_reorg", [1, []])
    assert (status(rpc), height(rpc)) == ((1, 1), 1)
    count(rpc)
    count(rpc)
    assert status(rpc) == (4, 0)
    rpc.request("evm_mine")
    for each in (later, other):
        assert rpc.request("eth_getTransactionReceipt", [each])["status"] == "0x1"


def test_a_nonce_that_is_set_decides_what_can_wait(rpc: Rpc) -> None:
    rpc.request("evm_setAutomine", [False])
    for _ in range(3):
        count(rpc)
    rpc.request("anvil_setNonce", [ALICE, "0x1"])
    assert status(rpc) == (2, 0)
    rpc.request("anvil_setNonce", [ALICE, "0x9"])
    assert status(rpc) == (0, 0)


def test_a_snapshot_remembers_what_waited_for_others(rpc: Rpc) -> None:
    rpc.request("evm_setAutomine", [False])
    count(rpc)
    first = count(rpc)
    rpc.request("anvil_dropTransaction", [rpc.request("txpool_content")["pending"][ALICE]["0"]["hash"]])
    assert status(rpc) == (0, 1)
    snapshot = rpc.request("evm_snapshot")
    rpc.request("anvil_dropAllTransactions")
    assert rpc.request("evm_revert", [snapshot]) is True
    assert status(rpc) == (0, 1)
    count(rpc)
    rpc.request("evm_mine")
    assert rpc.request("eth_getTransactionReceipt", [first])["status"] == "0x1"


# Who is told


def test_logs_of_abandoned_blocks_are_taken_back(rpc: Rpc) -> None:
    told: list[Any] = []
    rpc.subscribe(
        "logs", {"address": COUNTER}, lambda _, log: told.append((log["blockNumber"], log["removed"]))
    )
    rpc.subscribe("logs", {"address": BOB}, lambda *_: pytest.fail("nothing of this one happened"))
    polled = rpc.request("eth_newFilter", [{"address": COUNTER}])
    count(rpc)
    count(rpc)
    first = rpc.request("eth_getFilterChanges", [polled])
    assert [each["removed"] for each in first] == [False, False]
    rpc.request("anvil_reorg", [2, [[{"from": ALICE, "to": COUNTER}, 1]]])
    assert told == [("0x1", False), ("0x2", False), ("0x1", True), ("0x2", True), ("0x2", False)]
    *taken_back, new = rpc.request("eth_getFilterChanges", [polled])
    assert taken_back == [{**each, "removed": True} for each in first]
    assert (new["removed"], new["blockNumber"]) == (False, "0x2")
    assert rpc.request("eth_getFilterChanges", [polled]) == []


@pytest.mark.parametrize("way", ["evm_revert", "isolate", "anvil_rollback", "debug_setHead"])
def test_every_way_back_takes_logs_back(rpc: Rpc, chain: Chain, way: str) -> None:
    told: list[bool] = []
    rpc.subscribe("logs", None, lambda _, log: told.append(log["removed"]))
    snapshot = rpc.request("evm_snapshot")
    if way == "isolate":
        with chain.isolate():
            count(rpc)
        rpc.publish()
    else:
        count(rpc)
        argument = {"evm_revert": snapshot, "anvil_rollback": 1, "debug_setHead": "0x0"}[way]
        rpc.request(way, [argument])
    assert told == [False, True]


def test_what_came_and_went_between_two_polls_is_not_told(rpc: Rpc) -> None:
    logs, blocks = rpc.request("eth_newFilter", [{}]), rpc.request("eth_newBlockFilter")
    count(rpc)
    rpc.request("anvil_rollback", [1])
    assert rpc.request("eth_getFilterChanges", [logs]) == []
    assert rpc.request("eth_getFilterChanges", [blocks]) == []
    rpc.request("evm_mine")
    latest = rpc.request("eth_getBlockByNumber", ["latest", False])["hash"]
    assert rpc.request("eth_getFilterChanges", [blocks]) == [latest]


def test_heads_of_the_new_branch_are_told(rpc: Rpc) -> None:
    rpc.request("anvil_mine", ["0x5"])
    told: list[str] = []
    identifier = rpc.subscribe("newHeads", None, lambda _, head: told.append(head["number"]))
    rpc.request("anvil_reorg", [3, []])
    assert told == ["0x3", "0x4", "0x5"]
    rpc.request("anvil_rollback", [2])
    assert len(told) == 3
    rpc.request("evm_mine")
    assert told[3:] == ["0x4"]
    rpc.request("anvil_mine", [hex(1_000_000)])
    assert len(told) == 4 + 10_000
    assert rpc.unsubscribe(identifier)


def test_logs_that_were_there_before_are_taken_back_too(rpc: Rpc) -> None:
    sent = count(rpc)
    assert rpc.request("eth_getTransactionReceipt", [sent])["logs"]
    polled = rpc.request("eth_newFilter", [{}])
    rpc.request("anvil_rollback", [1])
    assert [each["transactionHash"] for each in rpc.request("eth_getFilterChanges", [polled])] == [sent]


# Whose a signature is


def test_a_signature_is_whose_it_is_said_to_be(rpc: Rpc) -> None:
    signature = "0x" + "12" * 32 + "34" * 32 + "1b"
    rpc.request("anvil_setCode", [BOB, "0x60806000600037602060806080600060006001610bb8f15060206080f3"])
    data = "0x" + "00" * 32 + "1b".rjust(64, "0") + "12" * 32 + "34" * 32
    call = [{"to": BOB, "data": data}]
    before = rpc.request("eth_call", call)
    rpc.request("anvil_impersonateSignature", [[signature, ALICE]])
    after = rpc.request("eth_call", call)
    assert before != after
    assert after == "0x" + ALICE[2:].lower().rjust(64, "0")
    other = [{"to": BOB, "data": data[:-2] + "35"}]
    assert rpc.request("eth_call", other) != after
    for wrong in ([[signature]], ["0x1234", ALICE], [signature]):
        with pytest.raises(RpcError, match="invalid argument"):
            rpc.request("anvil_impersonateSignature", wrong)
    rpc.request("anvil_impersonateSignature", [signature, BOB])
    assert rpc.request("eth_call", call)[-40:] == BOB[2:].lower()


def test_a_chain_that_comes_back_is_told_again(rpc: Rpc, chain: Chain) -> None:
    sent, snapshot = count(rpc), rpc.request("evm_snapshot")
    chain.mine(200)
    told: list[tuple[str, bool]] = []
    identifier = rpc.subscribe(
        "logs", None, lambda _, log: told.append((log["transactionHash"], log["removed"]))
    )
    state = rpc.request("anvil_dumpState")
    rpc.request("anvil_rollback", [200])
    rpc.publish()
    assert told == []  # that block is still there
    rpc.request("anvil_loadState", [state])
    assert told[:1] == [(sent, True)]
    rpc.request("evm_revert", [snapshot])
    assert told[-1] == (sent, False)
    rpc.unsubscribe(identifier)


def test_what_lies_below_a_deep_rollback_is_not_new(rpc: Rpc, chain: Chain) -> None:
    chain.mine(1_000)
    blocks = rpc.request("eth_newBlockFilter")
    told: list[str] = []
    rpc.subscribe("newHeads", None, lambda _, head: told.append(head["number"]))
    rpc.request("anvil_rollback", [600])
    for _ in range(2):
        assert rpc.request("eth_getFilterChanges", [blocks]) == []
    assert told == []
    chain.mine(2)
    assert len(rpc.request("eth_getFilterChanges", [blocks])) == 2
    assert told == ["0x191", "0x192"]
    rpc.request("anvil_reset")
    assert told == ["0x191", "0x192"]


def test_a_reorg_of_very_many_blocks_takes_no_longer(rpc: Rpc) -> None:
    rpc.request("anvil_mine", [hex(1 << 40)])
    depth = 1 << 39
    pairs = [[{"from": ALICE, "to": COUNTER}, depth - 2], [{"from": BOB, "to": COUNTER}, 70_000]]
    rpc.request("anvil_reorg", [depth, pairs])
    assert height(rpc) == 1 << 40
    for sender, number in ((ALICE, (1 << 40) - 1), (BOB, (1 << 39) + 70_001)):
        block = rpc.request("eth_getBlockByNumber", [hex(number), True])
        assert [each["from"] for each in block["transactions"]] == [sender.lower()]
    with pytest.raises(RpcError, match="at most") as refused:
        rpc.request("anvil_reorg", [(1 << 40) + 1])
    assert refused.value.code == -32602
