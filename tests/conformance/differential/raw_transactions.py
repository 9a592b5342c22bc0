"""Signed transactions, good and bad, in an order in which a pool has to decide about each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingot.engine import sign_transaction
from ingot.rpc import rlp

CHAIN_ID = 3503995874084926
GWEI = 10**9
TO = "0x" + "c0" * 20
KEYS = (
    "bfcd0e032489319f4e5ca03e643b2025db624be6cf99cbfed90c4502e3754850",
    "457075f6822ac29481154792f65c5f1ec335b4fea9ca20f3fea8fa1d78a12c68",
    "865898edcf43206d138c93f1bbd86311f4657b057658558888aa5ac4309626a6",
)
"""Of three accounts that the chain of ethereum/execution-apis funds. Source: go-ethereum, cmd/devp2p/internal/ethtest."""


def signed(key: int = 0, *, kind: int = 2, fee: int = 2 * GWEI, tip: int = GWEI, **fields: Any) -> bytes:
    """A transfer of 1 wei, but for what is given."""
    given: dict[str, Any] = {"nonce": 0, "to": TO, "value": 1, "data": b"", "gas_limit": 21_000}
    given |= {"chain_id": CHAIN_ID, "type": kind, **fields}
    given |= {"gas_price": fee} if kind < 2 else {"max_fee": fee, "max_priority_fee": tip}
    return sign_transaction(bytes.fromhex(KEYS[key]), **given).raw


def raw_transactions() -> Iterator[tuple[str, bytes]]:
    """Name and encoding of each."""
    yield "transfer", signed()
    yield "the same again", signed()
    yield "as much for another", signed(value=2)
    yield "5 % more", signed(value=2, fee=GWEI * 210 // 100, tip=GWEI * 105 // 100)
    yield "more but no higher tip", signed(value=2, fee=GWEI * 222 // 100)
    yield "a higher tip but not more", signed(value=2, tip=GWEI * 111 // 100)
    yield "10 % more", signed(value=3, fee=GWEI * 220 // 100, tip=GWEI * 110 // 100)
    yield "a gap", signed(nonce=5)
    yield "the same gap", signed(nonce=5)
    yield "as much for the one behind the gap", signed(nonce=5, value=9)
    yield "the next one", signed(nonce=1)
    yield "far ahead", signed(nonce=2000)
    yield "another chain", signed(nonce=2, chain_id=1)
    yield "another chain, legacy", signed(nonce=2, kind=0, chain_id=5)
    yield "a unit short", signed(nonce=2, gas_limit=20_999)
    yield "short for its data", signed(nonce=2, gas_limit=21_100, data=b"\1" * 10)
    yield "short of the floor", signed(nonce=2, gas_limit=22_600, data=b"\1" * 100)
    yield "more gas than a transaction has", signed(nonce=2, gas_limit=(1 << 24) + 1)
    yield "more gas than a block has", signed(nonce=2, gas_limit=300_000_000)
    yield "the tip above the fee", signed(nonce=2, fee=GWEI, tip=2 * GWEI)
    yield "no tip", signed(nonce=2, tip=0)
    yield "no price", signed(nonce=2, kind=0, fee=0)
    yield "too dear", signed(nonce=2, gas_limit=10**6, fee=2 * 10**12)
    yield "more than there is", signed(nonce=2, value=10**37)
    yield "initcode too long", signed(nonce=2, to=None, data=bytes(49_153), gas_limit=10**7)
    yield "data too long", signed(nonce=2, data=b"\1" * 131_073, gas_limit=10**7)
    yield "below the base fee", signed(nonce=2, fee=5, tip=1)
    yield "legacy", signed(nonce=3, kind=0)
    yield "access list", signed(nonce=4, kind=1, gas_limit=30_000, access_list=[(bytes(20), [bytes(32)])])
    blob = {"kind": 3, "gas_limit": 30_000, "blob_hashes": [b"\1" + bytes(31)]}
    yield "blobs that are not there", signed(1, max_fee_per_blob_gas=5, **blob)
    entry = {"chain_id": 0, "address": TO, "nonce": 0, "y_parity": 0, "r": 1, "s": 1}
    yield "set code", signed(1, kind=4, gas_limit=100_000, authorizations=[entry])
    yield "the last nonce", signed(2, nonce=2**64 - 1)
    yield "most of what there is", signed(2, value=6 * 10**35)
    yield "and again", signed(2, nonce=1, value=6 * 10**35)
    yield from _malformed()


def _malformed() -> Iterator[tuple[str, bytes]]:
    good = signed(2, nonce=1)
    yield "nothing", b""
    yield "type 0", b"\0"
    yield "type 5", b"\5\xc0"
    yield "type 127", b"\x7f"
    yield "an empty list", b"\xc0"
    yield "a text", b"\x83abc"
    yield "cut off", good[:-3]
    yield "too long", good + b"\0"
    yield "legacy, cut off", signed(2, nonce=1, kind=0)[:-3]
    yield "unsigned", rlp.without_signature(good)
