"""Anvil's state files with their past: anvil's into ours, ours into anvil, and ours into ours."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from anvil import Anvil, require_anvil

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

ALICE, BOB = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
COUNTER = "0x" + "33" * 20
COUNTS = "0x6000546001018060005560005260206000a000"  # slot 0 += 1, LOG0
FAILS, REVERTS = "0x" + "44" * 20, "0x60006000fd"
GAS = {"gas": "0x186a0"}
ACCESS = [{"address": COUNTER, "storageKeys": ["0x" + "00" * 32]}]
SENT: list[dict[str, Any]] = [
    {"from": ALICE, "to": COUNTER, **GAS},
    {"from": ALICE, "to": BOB, "value": "0x5", "gasPrice": "0x77359400", "type": "0x0", **GAS},
    {"from": ALICE, "to": COUNTER, "gasPrice": "0x77359400", "type": "0x1", "accessList": ACCESS, **GAS},
    {"from": ALICE, "data": "0x60016000f3", **GAS},
    {"from": ALICE, "to": FAILS, **GAS},
    {"from": COUNTER, "to": BOB, "value": "0x1", **GAS},
]


def live(request: Any) -> list[str]:
    """Send everything that is to be in the file. Returns: the hashes."""
    request("anvil_setCode", [COUNTER, COUNTS])
    request("anvil_setCode", [FAILS, REVERTS])
    request("anvil_setBalance", [COUNTER, hex(10**18)])
    request("anvil_impersonateAccount", [COUNTER])
    hashes = []
    for fields in SENT:
        hashes.append(request("eth_sendTransaction", [fields]))
        deadline = time.monotonic() + 10
        while not request("eth_getTransactionReceipt", hashes[-1:]) and time.monotonic() < deadline:
            time.sleep(0.01)
    return hashes


def seen(request: Any, hashes: list[str], *, earlier: bool) -> dict[str, Any]:
    """What must be the same after the file was loaded."""
    numbers = [hex(number) for number in range(1, int(request("eth_blockNumber", []), 16) + 1)]
    found = {
        "blocks": [request("eth_getBlockByNumber", [number, False]) for number in numbers],
        "receipts": [request("eth_getTransactionReceipt", [each]) for each in hashes],
        "transactions": [request("eth_getTransactionByHash", [each]) for each in hashes],
        "logs": request("eth_getLogs", [{"fromBlock": "0x0"}]),
        "count": request("eth_getStorageAt", [COUNTER, "0x0", "latest"]),
        "balance": request("eth_getBalance", [ALICE, "latest"]),
        "nonce": request("eth_getTransactionCount", [ALICE, "latest"]),
    }
    if earlier:
        found["counts"] = [request("eth_getStorageAt", [COUNTER, "0x0", number]) for number in numbers]
        found["balances"] = [request("eth_getBalance", [BOB, number]) for number in numbers]
    for receipt in found["receipts"]:
        receipt.pop("blobGasPrice", None)  # anvil's, of transactions without blobs
    for block in found["blocks"]:
        block.pop("totalDifficulty", None)
        block.pop("size", None)
    return found


def dumped(request: Any, *, historical: bool) -> str:
    return str(request("anvil_dumpState", [historical]))


def other(**settings: Any) -> Rpc:
    return Rpc(Chain(**settings))


@pytest.mark.parametrize("historical", [False, True])
def test_anvils_past_is_ours(historical: bool) -> None:
    require_anvil()
    with Anvil() as anvil:
        ask = lambda method, params: anvil.call(method, *params)  # noqa: E731
        hashes = live(ask)
        expected, file = seen(ask, hashes, earlier=historical), dumped(ask, historical=historical)
    rpc = other()
    assert rpc.request("anvil_loadState", [file]) is True
    found = seen(rpc.request, hashes, earlier=historical)
    for name in expected:
        for theirs, ours in zip(*map(_listed, (expected[name], found[name])), strict=True):
            assert _common(ours, theirs) == _common(theirs, ours), name
    if not historical:
        with pytest.raises(RpcError, match=r"was pruned: it exists from block 6 on"):
            rpc.request("eth_getBalance", [BOB, "0x2"])
    latest = rpc.request("eth_getBlockByNumber", ["latest", False])
    assert rpc.request("trace_transaction", [hashes[-1]]) if historical else True
    sent = rpc.request("eth_sendTransaction", [SENT[0]])
    assert rpc.request("eth_getTransactionReceipt", [sent])["blockNumber"] == "0x7"
    proof = rpc.request("eth_getProof", [COUNTER, ["0x0"], "latest"])
    after = rpc.request("eth_getBlockByNumber", ["latest", False])
    assert (_hash(proof["accountProof"][0]), after["parentHash"]) == (after["stateRoot"], latest["hash"])
    rpc.request("anvil_rollback", [1])
    assert rpc.request("eth_getBlockByNumber", ["latest", False]) == latest


def _hash(node: str) -> str:
    from ingot.engine import keccak256

    return "0x" + keccak256(bytes.fromhex(node[2:])).hex()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _common(one: Any, another: Any) -> Any:
    return {name: one[name] for name in one if name in another} if isinstance(one, dict) else one


@pytest.mark.parametrize("historical", [False, True])
def test_our_past_is_anvils(historical: bool) -> None:
    require_anvil()
    rpc = other(timestamp=1_700_000_000)
    hashes = live(rpc.request)
    document = json.loads(gzip.decompress(bytes.fromhex(dumped(rpc.request, historical=historical)[2:])))
    with Anvil(state=document) as anvil:
        ask = lambda method, params: anvil.call(method, *params)  # noqa: E731
        hashes.pop()  # anvil gives transactions of impersonated senders hashes of its own
        theirs, ours = (seen(each, hashes, earlier=historical) for each in (ask, rpc.request))
        for found in (theirs, ours):
            assert len(found["blocks"].pop()["transactions"]) == 1
        for name in ours:
            for one, another in zip(*map(_listed, (theirs[name], ours[name])), strict=True):
                assert _common(one, another) == _common(another, one), name
        assert ask("trace_transaction", hashes[:1])[0]["action"]["to"] == COUNTER


@pytest.mark.parametrize("historical", [False, True])
def test_our_own_past_comes_back(historical: bool) -> None:
    rpc = other(timestamp=1_700_000_000)
    hashes = live(rpc.request)
    rpc.request("anvil_mine", ["0x3"])
    expected, file = seen(rpc.request, hashes, earlier=historical), dumped(rpc.request, historical=historical)
    again = other()
    snapshot = again.request("evm_snapshot")
    before = again.request("eth_getBlockByNumber", ["latest", False])
    again.request("hardhat_loadState", [file])
    assert seen(again.request, hashes, earlier=historical) == expected
    for each in (rpc, again):
        each.request("evm_mine")
    latest = [each.request("eth_getBlockByNumber", ["latest", False]) for each in (rpc, again)]
    assert latest[0] == latest[1]
    again.request("anvil_reset")
    assert seen(again.request, hashes, earlier=historical) == expected
    assert again.request("evm_revert", [snapshot]) is True
    assert again.request("eth_getBlockByNumber", ["latest", False]) == before
    again.request("anvil_reset")
    assert again.request("eth_getBlockByNumber", ["latest", False]) == before


def test_a_torn_file_changes_nothing() -> None:
    rpc = other()
    before = rpc.request("eth_getBlockByNumber", ["latest", False])
    for content in (b"{", b'{"accounts": 1}', b'{"accounts": {"0x12": {}}, "blocks": [{}]}', b"\x1f\x8bno"):
        with pytest.raises(RpcError) as refused:
            rpc.request("anvil_loadState", ["0x" + content.hex()])
        assert refused.value.code == -32602
    assert rpc.request("eth_getBlockByNumber", ["latest", False]) == before
