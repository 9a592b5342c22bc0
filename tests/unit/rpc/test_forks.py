"""JSON-RPC over a fork: what is not here is said to be elsewhere, the rest works."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError
from ingot.types import Address


class Elsewhere:
    """Everybody holds 100 ether; every slot is 7."""

    def account(self, address: Address) -> tuple[int, int, bytes]:
        assert len(bytes(address)) == 20
        return (10**20, 3, b"")

    def storage(self, address: Address, slot: int) -> int:
        assert len(bytes(address)) == 20
        assert slot < 2**256
        return 7

    def block_hash(self, number: int) -> bytes:
        return number.to_bytes(32, "big")


@pytest.fixture
def rpc() -> Rpc:
    block: dict[str, Any] = {"number": 100, "hash": b"\1" * 32, "timestamp": 1_700_000_000, "base_fee": 10**9}
    block["gas_limit"] = 30_000_000
    return Rpc(Chain.fork(Elsewhere(), block=block, chain_id=1, number_of_accounts=2, balance="10 ether"))


def test_a_fork_goes_on_from_its_block(rpc: Rpc) -> None:
    alice, bob = rpc.request("eth_accounts")
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "value": "0x1"}])
    block = rpc.request("eth_getBlockByNumber", ["latest", False])
    assert (block["number"], block["transactions"]) == ("0x65", [sent])
    assert rpc.request("eth_getTransactionReceipt", [sent])["blockHash"] == block["hash"]
    assert rpc.request("eth_getBlockByNumber", ["earliest", False])["hash"] == block["parentHash"]
    assert int(rpc.request("eth_getStorageAt", [bob, "0x5"]), 16) == 7
    assert len(rpc.request("eth_feeHistory", ["0x5", "latest", [50]])["reward"]) == 2
    assert [each["hash"] for each in rpc.request("ots_searchTransactionsBefore", [bob, 0, 5])["txs"]] == [
        sent
    ]
    rpc.request("anvil_rollback", [1])
    assert rpc.request("eth_blockNumber") == "0x64"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getProof", ["0x" + "11" * 20, [], "latest"]),
        ("eth_getBlockReceipts", ["0x64"]),
        ("debug_getRawBlock", ["0x64"]),
        ("debug_traceBlockByNumber", ["0x64"]),
        ("debug_accountRange", ["latest"]),
        ("anvil_dumpState", []),
    ],
)
def test_what_only_the_other_chain_knows_is_refused(rpc: Rpc, method: str, params: list[Any]) -> None:
    with pytest.raises(RpcError, match=r"fork") as refused:
        rpc.request(method, params)
    assert refused.value.code == -32000


def test_a_fork_simulates_on_its_own_blocks_and_on_the_one_that_it_stands_on(rpc: Rpc) -> None:
    alice, bob = rpc.request("eth_accounts")
    rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "value": "0x1"}])
    call = {"from": bob, "to": alice, "value": hex(10**19)}
    for base in ("0x64", "0x65", "latest"):
        first, second = rpc.request("eth_simulateV1", [{"blockStateCalls": [{"calls": [call]}, {}]}, base])
        parent = rpc.request("eth_getBlockByNumber", [base, False])
        assert first["parentHash"] == parent["hash"]
        assert second["parentHash"] == first["hash"]
        assert first["calls"][0]["status"] == "0x1"
    payload = {"blockStateCalls": [{"calls": [{**call, "value": hex(10**21)}]}]}
    with pytest.raises(RpcError, match="insufficient funds"):
        rpc.request("eth_simulateV1", [payload, "0x65"])
