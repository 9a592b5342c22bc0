"""The mnemonic that anvil makes of a number with --mnemonic-seed-unsafe: everybody who knows the number has the keys.

Source: rand 0.8, `StdRng::seed_from_u64` (PCG32, then ChaCha with 12 rounds), of which coins-bip39 takes a byte of each word.
"""

from __future__ import annotations

import struct
from typing import Final

from ingot.accounts.mnemonic import mnemonic_of
from ingot.accounts.secret import Secret
from ingot.errors import UsageError

__all__ = ["seeded_mnemonic"]

_WORD: Final = 0xFFFFFFFF
_ROUNDS: Final = 12
_QUARTERS: Final = (
    *((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)),
    *((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)),
)


def seeded_mnemonic(seed: int) -> Secret[str]:
    """Twelve words. seed: 0 <= seed < 2**64. Raises: UsageError."""
    if not 0 <= seed < 2**64:
        raise UsageError(f"--mnemonic-seed-unsafe: 0 to {2**64 - 1}, not {seed}")
    words = _chacha(_key(seed))
    return mnemonic_of(bytes(word & 0xFF for word in words))


def _key(state: int) -> list[int]:
    key = []
    for _ in range(8):
        state = (state * 6364136223846793005 + 11634580027462260723) % 2**64
        shifted = (((state >> 18) ^ state) >> 27) & _WORD
        key.append(_turned(shifted, 32 - (state >> 59)))
    return key


def _turned(word: int, left: int) -> int:
    return (word << left % 32 | word >> (32 - left % 32)) & _WORD


def _chacha(key: list[int]) -> list[int]:
    """The first block of the stream."""
    begin = [*struct.unpack("<4I", b"expand 32-byte k"), *key, 0, 0, 0, 0]
    state = begin.copy()
    for _ in range(_ROUNDS // 2):
        for a, b, c, d in _QUARTERS:
            for into, other, turned, left in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                state[into] = (state[into] + state[other]) & _WORD
                state[turned] = _turned(state[turned] ^ state[into], left)
    return [(one + two) & _WORD for one, two in zip(begin, state, strict=True)]
