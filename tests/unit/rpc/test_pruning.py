"""Chains that give up their past, and very long ones."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from ingot.chain import Chain
from ingot.cli import main
from ingot.node.setup import NodeSettings, make_rpc
from ingot.rpc import Rpc, RpcError

ALICE, BOB = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def lived(limit: int | None = 10) -> Rpc:
    chain = Chain()
    chain.history_limit = limit
    rpc = Rpc(chain)
    for _ in range(200):
        rpc.request("eth_sendTransaction", [{"from": ALICE, "to": BOB, "value": "0x1"}])
    return rpc


def test_pruned_state_says_from_which_block_on_it_exists() -> None:
    rpc = lived()
    oldest = rpc.engine.oldest_state
    assert 200 - 10 - 64 <= oldest <= 190
    for method, params in [
        ("eth_getBalance", [BOB, hex(oldest - 1)]),
        ("eth_call", [{"to": BOB}, hex(oldest - 1)]),
        ("eth_getProof", [BOB, [], hex(oldest - 1)]),
        ("eth_getStorageAt", [BOB, "0x0", hex(oldest - 1)]),
        ("debug_traceBlockByNumber", [hex(oldest)]),
    ]:
        with pytest.raises(RpcError, match=rf"was pruned: it exists from block {oldest} on") as refused:
            rpc.request(method, params)
        assert refused.value.code == -32000
    base = 10_000 * 10**18
    assert int(rpc.request("eth_getBalance", [BOB, hex(oldest)]), 16) == base + oldest
    # Blocks, transactions and logs are still there.
    early = rpc.request("eth_getBlockByNumber", ["0x1", True])
    receipt = rpc.request("eth_getTransactionReceipt", [early["transactions"][0]["hash"]])
    assert receipt["blockHash"] == early["hash"]
    told = rpc.request("eth_capabilities")
    assert (told["state"]["oldestBlock"], told["blocks"]["oldestBlock"]) == (hex(oldest), "0x0")


def test_without_a_limit_nothing_is_given_up() -> None:
    rpc = lived(limit=None)
    assert rpc.engine.oldest_state == 0
    assert int(rpc.request("eth_getBalance", [BOB, "0x3"]), 16) == 10_000 * 10**18 + 3


def test_snapshots_and_resets_work_all_the_same() -> None:
    rpc = lived()
    snapshot = rpc.request("evm_snapshot")
    before = rpc.request("eth_getBlockByNumber", ["latest", False])
    for _ in range(200):
        rpc.request("eth_sendTransaction", [{"from": ALICE, "to": BOB, "value": "0x1"}])
    assert rpc.request("evm_revert", [snapshot]) is True
    assert rpc.request("eth_getBlockByNumber", ["latest", False]) == before
    rpc.request("anvil_reset")
    assert rpc.request("eth_blockNumber") == "0x0"
    assert int(rpc.request("eth_getBalance", [BOB, "latest"]), 16) == 10_000 * 10**18


def test_a_long_run_stays_small() -> None:
    chain = Chain()
    chain.history_limit = 16
    send = chain.engine.send
    for _ in range(20_000):
        send(sender=ALICE, to=BOB, value=1, gas_limit=21_000)
    engine = chain.engine
    assert engine.block_number - engine.first_block_number < 9_000
    with pytest.raises(Exception, match="there is no block 5: the chain has blocks"):
        engine.block(5)
    assert engine.block(engine.first_block_number).parent_hash != bytes(32)


def test_a_million_blocks_cost_nothing_and_are_all_there() -> None:
    rpc = Rpc(Chain())
    tracemalloc.start()
    begun = time.perf_counter()
    rpc.request("hardhat_mine", [hex(1_000_000), "0xc"])
    latest = rpc.request("eth_getBlockByNumber", ["latest", False])
    took_s, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (took_s < 20, peak < 10 << 20) == (True, True)
    middle = rpc.request("eth_getBlockByNumber", [hex(500_000), False])
    assert int(latest["timestamp"], 16) - int(middle["timestamp"], 16) == 500_000 * 12
    assert rpc.request("eth_getBlockByHash", [middle["hash"], False]) == middle
    before = rpc.request("eth_getBlockByNumber", [hex(499_999), False])
    assert before["hash"] == middle["parentHash"]
    with pytest.raises(RpcError, match="at most"):
        rpc.request("anvil_mine", [hex(1 << 50)])


def test_a_node_prunes_if_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_rpc(NodeSettings(history=7)).engine.history_limit == 7
    assert make_rpc(NodeSettings()).engine.history_limit is None
    assert main(["node", "--port", "0", "--prune-history", "-1"]) == 2
    assert "--prune-history: how many blocks" in capsys.readouterr().err
