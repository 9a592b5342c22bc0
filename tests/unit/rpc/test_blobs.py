"""Transactions with blobs: taken with either kind of proofs, passed on with those of the hardfork, forgotten when they are mined."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.engine import decode_transaction, sign_transaction
from ingot.rpc import Rpc, RpcError, rlp

ALICE, BOB = (
    bytes.fromhex(key)
    for key in (
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    )
)
INFINITY = b"\xc0" + bytes(47)
"""The commitment to a blob of zeros, and the proof of anything about it."""
HASH = bytes.fromhex("010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014")
GWEI = 10**9


def signed(
    key: bytes = ALICE, *, nonce: int = 0, fee: int = 5 * GWEI, proofs: int = 1, blob: bytes = bytes(131_072)
) -> str:
    """A transfer with a blob. proofs: 1 of the blob (EIP-4844), or 128 of its cells (EIP-7594)."""
    fields: dict[str, Any] = {"chain_id": 31337, "nonce": nonce, "type": 3, "to": "0x" + "c0" * 20}
    fields |= {"gas_limit": 21_000, "value": 0, "data": b"", "max_fee": fee, "max_priority_fee": GWEI}
    canonical = sign_transaction(key, **fields, max_fee_per_blob_gas=5, blob_hashes=[HASH]).raw
    version = [] if proofs == 1 else [rlp.encode(b"\1")]
    lists = [rlp.encode(each) for each in ([blob], [INFINITY], [INFINITY] * proofs)]
    return "0x03" + rlp.join([canonical[1:], *version, *lists]).hex()


def rpc_of(*, hardfork: str, automine: bool = True) -> Rpc:
    chain = Chain(hardfork=hardfork)
    chain.automine = automine
    return Rpc(chain)


@pytest.mark.parametrize(("hardfork", "proofs"), [("prague", 1), ("osaka", 1), ("osaka", 128), ("bpo2", 1)])
def test_a_blob_is_taken_with_the_proofs_that_its_sender_could_make(hardfork: str, proofs: int) -> None:
    rpc, raw = rpc_of(hardfork=hardfork), signed(proofs=proofs)
    sent = rpc.request("eth_sendRawTransaction", [raw])
    receipt = rpc.request("eth_getTransactionReceipt", [sent])
    assert (receipt["status"], receipt["type"], receipt["blobGasUsed"]) == ("0x1", "0x3", "0x20000")
    without = "0x" + decode_transaction(bytes.fromhex(raw[2:])).raw.hex()
    for method in ("eth_getRawTransactionByHash", "debug_getRawTransaction"):
        assert rpc.request(method, [sent]) == without


@pytest.mark.parametrize(("hardfork", "passed_on"), [("prague", 1), ("osaka", 128)])
def test_a_transaction_that_waits_is_passed_on_with_the_proofs_of_the_hardfork(
    hardfork: str, passed_on: int
) -> None:
    rpc = rpc_of(hardfork=hardfork, automine=False)
    sent = rpc.request("eth_sendRawTransaction", [signed()])
    for method in ("eth_getRawTransactionByHash", "debug_getRawTransaction"):
        assert rpc.request(method, [sent]) == signed(proofs=passed_on)
    rpc.request("evm_mine")
    assert len(rpc.request("eth_getRawTransactionByHash", [sent])) < 1000


def test_blobs_survive_a_new_order_of_what_waits() -> None:
    rpc = rpc_of(hardfork="bpo2", automine=False)
    behind = rpc.request("eth_sendRawTransaction", [signed(ALICE, nonce=1)])
    first = rpc.request("eth_sendRawTransaction", [signed(ALICE)])
    dearer = rpc.request("eth_sendRawTransaction", [signed(BOB, fee=50 * GWEI, proofs=128)])
    rpc.request("evm_mine")
    assert sorted(rpc.request("eth_getBlockByNumber", ["latest"])["transactions"]) == sorted(
        [first, behind, dearer]
    )


@pytest.mark.parametrize(
    ("hardfork", "raw", "error"),
    [
        ("prague", signed(proofs=128), "unexpected sidecar version, want: 0, got: 1"),
        ("bpo2", signed(proofs=127), "invalid number of 127 blob proofs expected 128"),
        ("bpo2", signed(blob=b"\xff" * 131_072), "a number of a blob is not below the order"),
        ("prague", signed(blob=bytes(131_071) + b"\1"), "can't verify opening proof"),
        ("bpo2", signed(blob=bytes(131_071) + b"\1", proofs=128), "can't verify opening proof"),
    ],
)
def test_what_does_not_belong_together_is_refused(hardfork: str, raw: str, error: str) -> None:
    rpc = rpc_of(hardfork=hardfork)
    with pytest.raises(RpcError, match=error):
        rpc.request("eth_sendRawTransaction", [raw])
    assert rpc.request("eth_blockNumber") == "0x0"


def test_a_blob_transaction_without_its_blob_is_refused() -> None:
    raw = "0x" + decode_transaction(bytes.fromhex(signed()[2:])).raw.hex()
    with pytest.raises(RpcError, match="missing sidecar in blob transaction"):
        rpc_of(hardfork="bpo2").request("eth_sendRawTransaction", [raw])
