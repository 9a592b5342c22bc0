"""Merkle-Patricia roots, written out: a second truth beside the engine's tries.

Source: the Yellow Paper, appendix D.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from differential.signing import Rlp, rlp
from differential.views import AccountView

Keccak = Callable[[bytes], bytes]
Nibbles = tuple[int, ...]
Leaf = tuple[Nibbles, bytes]


def trie_root(items: Mapping[bytes, bytes], keccak: Keccak) -> bytes:
    """Root of a trie; the keys of state and storage have to be hashed before."""
    leaves = sorted((_nibbles(key), value) for key, value in items.items())
    return keccak(rlp(_node(leaves, 0, keccak)))


def ordered_root(values: Sequence[bytes], keccak: Keccak) -> str:
    """Root of a list: of a block's transactions in their canonical encoding."""
    return "0x" + trie_root({rlp(index): value for index, value in enumerate(values)}, keccak).hex()


def state_root(accounts: Mapping[str, AccountView], keccak: Keccak) -> str:
    """State root of accounts whose storage is complete. Empty accounts do not count (EIP-161)."""
    leaves = {}
    for address, one in accounts.items():
        code = bytes.fromhex(one.code[2:])
        if not (one.balance or one.nonce or code):
            continue
        storage = {keccak(slot.to_bytes(32, "big")): rlp(word) for slot, word in one.storage.items() if word}
        fields: list[Rlp] = [one.nonce, one.balance, trie_root(storage, keccak), keccak(code)]
        leaves[keccak(bytes.fromhex(address[2:]))] = rlp(fields)
    return "0x" + trie_root(leaves, keccak).hex()


def _nibbles(key: bytes) -> Nibbles:
    return tuple(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def _node(leaves: Sequence[Leaf], depth: int, keccak: Keccak) -> Rlp:
    if not leaves:
        return b""
    first = leaves[0][0]
    if len(leaves) == 1:
        return [_compact(first[depth:], leaf=True), leaves[0][1]]
    last = leaves[-1][0]  # sorted: what first and last share, all share
    shared = depth
    while first[shared] == last[shared]:  # no key is the beginning of another
        shared += 1
    if shared > depth:
        return [_compact(first[depth:shared], leaf=False), _reference(_node(leaves, shared, keccak), keccak)]
    branches: list[Rlp] = []
    for nibble in range(16):
        below = [leaf for leaf in leaves if leaf[0][depth] == nibble]
        branches.append(_reference(_node(below, depth + 1, keccak), keccak) if below else b"")
    return [*branches, b""]


def _reference(node: Rlp, keccak: Keccak) -> Rlp:
    encoded = rlp(node)
    return node if len(encoded) < 32 else keccak(encoded)


def _compact(nibbles: Nibbles, *, leaf: bool) -> bytes:
    """Hex-prefix encoding."""
    flag = 2 if leaf else 0
    padded = [flag + 1, *nibbles] if len(nibbles) % 2 else [flag, 0, *nibbles]
    return bytes(padded[i] * 16 + padded[i + 1] for i in range(0, len(padded), 2))
