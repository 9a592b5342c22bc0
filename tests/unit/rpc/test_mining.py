"""evm_ and anvil_: blocks, time, snapshots, filters, subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

START = 1_700_000_000


@pytest.fixture
def rpc() -> Rpc:
    return Rpc(Chain(timestamp=START))


def timestamp(rpc: Rpc, block: str = "latest") -> int:
    return int(rpc.request("eth_getBlockByNumber", [block, False])["timestamp"], 16)


def transfer(rpc: Rpc) -> str:
    sender, to = rpc.request("eth_accounts")[:2]
    return rpc.request("eth_sendTransaction", [{"from": sender, "to": to, "value": "0x1"}])  # type: ignore[no-any-return]


def test_a_snapshot_restores_state_and_blocks_once(rpc: Rpc) -> None:
    snapshot = rpc.request("evm_snapshot")
    balance = rpc.request("eth_getBalance", [rpc.request("eth_accounts")[1]])
    transfer(rpc)
    assert rpc.request("evm_revert", [snapshot]) is True
    assert rpc.request("eth_blockNumber") == "0x0"
    assert rpc.request("eth_getBalance", [rpc.request("eth_accounts")[1]]) == balance
    assert rpc.request("evm_revert", [snapshot]) is False


def test_time_moves_by_what_is_asked(rpc: Rpc) -> None:
    rpc.request("evm_increaseTime", [1000])
    rpc.request("evm_mine")
    assert timestamp(rpc) == START + 1001
    rpc.request("evm_setNextBlockTimestamp", [START + 5000])
    transfer(rpc)
    assert timestamp(rpc) == START + 5000
    rpc.request("anvil_setBlockTimestampInterval", [12])
    transfer(rpc)
    assert timestamp(rpc) == START + 5012
    assert rpc.request("anvil_removeBlockTimestampInterval") is True
    with pytest.raises(RpcError, match="lower than or equal"):
        rpc.request("evm_setNextBlockTimestamp", [START])


def test_with_a_clock_blocks_have_its_time_and_an_offset() -> None:
    now = [START + 100.0]
    rpc = Rpc(Chain(timestamp=START), now=lambda: now[0])
    rpc.request("evm_mine")
    assert timestamp(rpc) == START + 100
    assert rpc.request("evm_increaseTime", ["0x3c"]) == 60
    now[0] += 10
    transfer(rpc)
    assert timestamp(rpc) == START + 170
    rpc.request("evm_setNextBlockTimestamp", [START + 1000])
    rpc.request("evm_mine")
    now[0] += 5
    rpc.request("evm_mine")
    assert timestamp(rpc) == START + 1005


def test_many_blocks_are_mined_at_an_interval(rpc: Rpc) -> None:
    rpc.request("hardhat_mine", ["0x3", "0xa"])
    assert (rpc.request("eth_blockNumber"), timestamp(rpc)) == ("0x3", START + 21)
    rpc.request("hardhat_mine", ["0xf4240"])
    assert rpc.request("eth_blockNumber") == hex(3 + 1_000_000)


@pytest.mark.parametrize("now", [None, lambda: 1_800_000_000.0])
def test_an_interval_of_0_is_none(now: Any) -> None:
    rpc = Rpc(Chain(timestamp=1_700_000_000), now=now)

    def times(*parameters: str) -> list[int]:
        first = rpc.engine.block_number
        rpc.request("anvil_mine", list(parameters))
        return [rpc.engine.block(number).timestamp for number in range(first, rpc.engine.block_number + 1)]

    _, second, third = times("0x2", "0x0")
    assert third == second + 1
    rpc.request("anvil_setBlockTimestampInterval", [7])
    before, second, third = times("0x2", "0x0")
    assert (second, third) == (before + 7, before + 14)
    assert times("0x2", "0x5")[2] == before + 14 + 7 + 5


def test_blocks_are_undone_and_replaced(rpc: Rpc) -> None:
    hashes = [transfer(rpc) for _ in range(3)]
    rpc.request("anvil_rollback", [2])
    assert rpc.request("eth_blockNumber") == "0x1"
    assert [rpc.request("eth_getTransactionReceipt", [each]) is None for each in hashes] == [
        False,
        True,
        True,
    ]
    replaced = rpc.request("eth_getBlockByNumber", ["latest", False])["hash"]
    rpc.request("anvil_reorg", [1])
    assert rpc.request("eth_blockNumber") == "0x1"
    assert rpc.request("eth_getBlockByNumber", ["latest", False])["hash"] != replaced
    with pytest.raises(RpcError, match="cannot undo 5 blocks"):
        rpc.request("anvil_rollback", [5])


def test_filters_tell_what_is_new_once(rpc: Rpc) -> None:
    blocks = rpc.request("eth_newBlockFilter")
    transactions = rpc.request("eth_newPendingTransactionFilter")
    logs = rpc.request("eth_newFilter", [{}])
    sent = transfer(rpc)
    latest = rpc.request("eth_getBlockByNumber", ["latest", False])["hash"]
    assert rpc.request("eth_getFilterChanges", [blocks]) == [latest]
    assert rpc.request("eth_getFilterChanges", [transactions]) == [sent]
    for each in (blocks, transactions, logs):
        assert rpc.request("eth_getFilterChanges", [each]) == []
        assert rpc.request("eth_uninstallFilter", [each]) is True
        assert rpc.request("eth_uninstallFilter", [each]) is False
        with pytest.raises(RpcError, match="filter not found"):
            rpc.request("eth_getFilterChanges", [each])


def test_subscribers_are_told_until_they_leave(rpc: Rpc) -> None:
    told: list[tuple[str, Any]] = []
    heads = rpc.subscribe("newHeads", None, lambda which, result: told.append((which, result["number"])))
    arrivals = rpc.subscribe("newPendingTransactions", None, lambda *what: told.append(what))
    sent = transfer(rpc)
    assert told == [(heads, "0x1"), (arrivals, sent)]
    assert rpc.unsubscribe(heads)
    assert rpc.unsubscribe(arrivals)
    transfer(rpc)
    assert len(told) == 2
    with pytest.raises(RpcError, match="there is no 'news'"):
        rpc.subscribe("news", None, print)
