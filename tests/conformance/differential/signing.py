"""Signed transactions of all five types, encoded here and not by the engine under test: RLP is written out below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeAlias

from differential.precompiles import KZG_COMMITMENT_TO_ONE, KZG_POINT_AT_INFINITY, versioned_hash

Rlp: TypeAlias = "int | bytes | Sequence[Rlp]"

Sign = Callable[[bytes, bytes], bytes]
"""(private key, digest) -> 65 bytes r, s, v with v 27 or 28."""
Keccak = Callable[[bytes], bytes]

BLOB_BYTES = 131_072
CELLS_PER_BLOB = 128
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def rlp(item: Rlp) -> bytes:
    """Source: the Yellow Paper, appendix B. Integers are big-endian without leading zeros."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _length(0x80, len(item)) + item
    body = b"".join(map(rlp, item))
    return _length(0xC0, len(body)) + body


def _length(base: int, size: int) -> bytes:
    if size < 56:
        return bytes([base + size])
    width = (size.bit_length() + 7) // 8
    return bytes([base + 55 + width]) + size.to_bytes(width, "big")


@dataclass(frozen=True)
class Authorization:
    """EIP-7702. A spoiled one is well formed but recovers to somebody else."""

    key: bytes
    chain_id: int
    target: bytes
    nonce: int
    spoiled: bool = False


@dataclass(frozen=True)
class Blob:
    """A blob that encodes a constant polynomial, whose commitment and proofs are known without computing."""

    constant: int

    @property
    def commitment(self) -> bytes:
        return (KZG_POINT_AT_INFINITY, KZG_COMMITMENT_TO_ONE)[self.constant]

    @property
    def content(self) -> bytes:
        return self.constant.to_bytes(32, "big") * (BLOB_BYTES // 32)

    @property
    def versioned_hash(self) -> bytes:
        return versioned_hash(self.commitment)


@dataclass(frozen=True)
class Unsigned:
    """A transaction before it is signed. type: 0 to 4.      max_fee: the gas price for types 0 and 1.

    chain_id: None leaves a type-0 transaction without replay protection.
    """

    type: int
    chain_id: int | None
    nonce: int
    max_fee: int
    priority_fee: int
    gas_limit: int
    to: bytes
    value: int
    data: bytes
    access_list: tuple[tuple[bytes, tuple[bytes, ...]], ...] = ()
    authorizations: tuple[Authorization, ...] = ()
    blobs: tuple[Blob, ...] = ()
    blob_fee: int = 0
    kind: str = field(default="", compare=False)
    """What the generator meant by it."""

    def described(self) -> Mapping[str, object]:
        """The fields worth printing; long data is cut."""
        data = self.data.hex()
        shown = replace(self, data=b"")
        return {
            **vars(shown),
            "to": self.to.hex(),
            "data": data if len(data) < 600 else f"{data[:600]}... ({len(data) // 2} bytes)",
        }


@dataclass(frozen=True)
class Signed:
    """raw: as eth_sendRawTransaction takes it (type 3 with its sidecar).      canonical: as blocks hold it."""

    unsigned: Unsigned
    sender: str
    raw: bytes
    canonical: bytes
    hash: bytes


class Signer:
    """Encodes and signs. sign, keccak: from whoever has them fast.      cell_proofs: in sidecars (EIP-7594), from Osaka on."""

    def __init__(self, sign: Sign, keccak: Keccak, *, cell_proofs: bool = True) -> None:
        self._cell_proofs = cell_proofs
        self._sign = sign
        self._keccak = keccak

    def signed(self, transaction: Unsigned, key: bytes, sender: str) -> Signed:
        """The transaction with `key`'s signature."""
        fields = self._fields(transaction)
        if transaction.type == 0:
            return self._signed_legacy(transaction, fields, key, sender)
        prefix = bytes([transaction.type])
        parity, r, s = self._signature(key, prefix + rlp(fields))
        body = [*fields, parity, r, s]
        canonical = prefix + rlp(body)
        raw = canonical
        if transaction.type == 3:
            raw = prefix + rlp([body, *_sidecar(transaction.blobs, cell_proofs=self._cell_proofs)])
        return Signed(transaction, sender, raw, canonical, self._keccak(canonical))

    def _signed_legacy(self, transaction: Unsigned, fields: list[Rlp], key: bytes, sender: str) -> Signed:
        chain_id = transaction.chain_id
        suffix: list[Rlp] = [] if chain_id is None else [chain_id, 0, 0]
        parity, r, s = self._signature(key, rlp([*fields, *suffix]))
        v = 27 + parity if chain_id is None else 35 + 2 * chain_id + parity
        raw = rlp([*fields, v, r, s])
        return Signed(transaction, sender, raw, raw, self._keccak(raw))

    def _fields(self, t: Unsigned) -> list[Rlp]:
        call: list[Rlp] = [t.gas_limit, t.to, t.value, t.data]
        access: Rlp = [[address, list(slots)] for address, slots in t.access_list]
        chain_id = t.chain_id or 0
        match t.type:
            case 0:
                return [t.nonce, t.max_fee, *call]
            case 1:
                return [chain_id, t.nonce, t.max_fee, *call, access]
            case 2:
                return [chain_id, t.nonce, t.priority_fee, t.max_fee, *call, access]
            case 3:
                hashes = [blob.versioned_hash for blob in t.blobs]
                return [chain_id, t.nonce, t.priority_fee, t.max_fee, *call, access, t.blob_fee, hashes]
            case _:
                tuples: Rlp = [self._authorization(authorization) for authorization in t.authorizations]
                return [chain_id, t.nonce, t.priority_fee, t.max_fee, *call, access, tuples]

    def _authorization(self, authorization: Authorization) -> list[Rlp]:
        body: list[Rlp] = [authorization.chain_id, authorization.target, authorization.nonce]
        parity, r, s = self._signature(authorization.key, b"\x05" + rlp(body))
        if authorization.spoiled:
            s = SECP256K1_ORDER - s  # EIP-2 forbids the high half; the rest of the transaction goes on
        return [*body, parity, r, s]

    def _signature(self, key: bytes, message: bytes) -> tuple[int, int, int]:
        signature = self._sign(key, self._keccak(message))
        r, s = (int.from_bytes(signature[start : start + 32], "big") for start in (0, 32))
        return signature[64] - 27, r, s


@cache
def _sidecar(blobs: tuple[Blob, ...], *, cell_proofs: bool) -> tuple[Rlp, ...]:
    """Blobs, commitments and proofs; EIP-7594 puts the wrapper's version before them and has a proof for each cell."""
    version: tuple[Rlp, ...] = (1,) if cell_proofs else ()
    proofs = len(blobs) * (CELLS_PER_BLOB if cell_proofs else 1)
    return (
        *version,
        [blob.content for blob in blobs],
        [blob.commitment for blob in blobs],
        [KZG_POINT_AT_INFINITY] * proofs,
    )
