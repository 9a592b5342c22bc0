"""What may be a secret that went to the wrong place, mistyped perhaps: messages must not quote it."""

from __future__ import annotations

import re

from ingot.accounts.mnemonic import english_words
from ingot.conversion import resembles_key

__all__ = ["is_mnemonic", "resembles_address", "resembles_secret"]

_ADDRESS = re.compile(r"(0[xX])?[0-9a-fA-F]{40,}")


def is_mnemonic(text: str) -> bool:
    """Whether `text` is a mnemonic, or one with a wrong word at most."""
    words = text.lower().split()
    if len(words) < 12:
        return False
    known = english_words()
    return sum(word in known for word in words) >= len(words) - 1


def resembles_address(text: str) -> bool:
    """Whether `text` is hex digits, as many as an address has or more."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def resembles_secret(text: str) -> bool:
    """Whether `text` may be a key or a mnemonic: any twelve words may."""
    return resembles_key(text) or len(text.split()) >= 12
