"""Keys on their way into a keystore: typed, piped in, made, or taken from another tool's file."""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING

from ingot.accounts.keystore import read_keystore
from ingot.accounts.mnemonic import TEST_MNEMONIC, derive_key
from ingot.accounts.passwords import ask_hidden
from ingot.accounts.secret import Secret
from ingot.engine import key_address
from ingot.errors import AbiError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.accounts.passwords import Passwords

__all__ = ["adopt_keystore", "is_known_to_everybody", "new_key", "read_key", "read_line"]


def new_key() -> Secret[bytes]:
    """32 bytes of the system's randomness that are a private key."""
    while True:
        key = Secret(secrets.token_bytes(32))
        if _is_key(key):  # all but one in 2**127 are
            return key


def read_line(prompt: str) -> Secret[str]:
    """Ask at a hidden prompt; where standard input is no terminal, read one line of it. Raises: UsageError."""
    if sys.stdin is not None and sys.stdin.isatty():
        return ask_hidden(prompt)
    line: Secret[str] | None = None
    try:
        line = None if sys.stdin is None else Secret(sys.stdin.readline().strip())
    except (OSError, UnicodeDecodeError):
        line = None
    if line is None or not line.reveal():
        what = prompt.partition(" (")[0].lower()
        raise UsageError(f"no {what}: there is no terminal to ask at, and standard input has no line with it")
    return line


def read_key(text: Secret[str]) -> Secret[bytes]:
    """A private key from hex, with or without 0x. Raises: UsageError, which does not quote it."""
    problem = "a private key has 64 hex digits"
    if len(text.reveal().split()) >= 12:
        problem += "; if this was a mnemonic, add --mnemonic"
    try:
        key = Secret(bytes.fromhex(text.reveal().strip().removeprefix("0x").removeprefix("0X")))
    except ValueError:
        key = Secret(b"")
    if len(key.reveal()) == 32:
        if _is_key(key):
            return key
        problem = "a private key is above 0 and below the order of secp256k1"
    raise UsageError(f"this is no private key (it is not shown): {problem}")


def adopt_keystore(path: Path, alias: str, passwords: Passwords) -> str:
    """The text of a keystore file, with the address that ape needs in it. Its password must be known, and stays.

    Raises: UsageError, if it is no keystore, or stays locked.
    """
    keystore = read_keystore(path.expanduser(), alias)
    address = key_address(passwords.unlock(keystore).reveal())
    document = json.loads(keystore.path.read_bytes())
    return json.dumps({**document, "address": address.removeprefix("0x")})


def is_known_to_everybody(key: Secret[bytes]) -> bool:
    """Whether `key` is of one of the test accounts that anvil, Hardhat, Foundry and ape begin with."""
    return any(key.reveal() == derive_key(TEST_MNEMONIC, index) for index in range(20))


def _is_key(key: Secret[bytes]) -> bool:
    try:
        key_address(key.reveal())
    except AbiError:
        return False
    return True
