"""From a mnemonic to private keys: BIP-39 seeds, BIP-32 children. No import heavier than hashlib."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from functools import lru_cache

from ingot.accounts.secret import Secret
from ingot.engine import public_key
from ingot.errors import UsageError

__all__ = [
    "DEFAULT_HD_PATH",
    "TEST_MNEMONIC",
    "check_mnemonic",
    "derive_key",
    "english_words",
    "key_at",
    "mnemonic_of",
    "new_mnemonic",
]

TEST_MNEMONIC = "test test test test test test test test test test test junk"
"""Known to everybody: Hardhat's, Foundry's and ape's default. Never hold value with it."""

DEFAULT_HD_PATH = "m/44'/60'/0'/0"
"""Ethereum accounts (BIP-44, coin type 60); the account's index follows."""

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HARDENED = 2**31
_WORD_COUNTS = (12, 15, 18, 21, 24)


def derive_key(mnemonic: str, index: int, hd_path: str = DEFAULT_HD_PATH) -> bytes:
    """The 32-byte private key of account `index` below `hd_path`.

    Raises: UsageError for a malformed mnemonic or path (which is never quoted).      Source: BIP-39, BIP-32.
    """
    if not 0 <= index < _HARDENED:
        raise UsageError(f"an account's index is 0 to {_HARDENED - 1}; {index} is not")
    key, chain_code = _parent(mnemonic, hd_path)
    return _child(key, chain_code, index)[0]


def key_at(mnemonic: Secret[str], path: str) -> Secret[bytes]:
    """The private key at a whole derivation path, the index included: m/44'/60'/0'/0/0.

    Raises: UsageError for a malformed mnemonic or path; the mnemonic is never quoted, nor in scope where it is raised.
    """
    failure = ""
    try:
        return Secret(
            _parent.__wrapped__(mnemonic.reveal(), path)[0]
        )  # past the cache: it would keep the mnemonic
    except UsageError as error:
        failure = str(error)
    raise UsageError(failure)


def new_mnemonic(words: int = 12) -> Secret[str]:
    """A new mnemonic of 12, 15, 18, 21 or 24 words. Raises: UsageError.      Source: BIP-39."""
    if words not in _WORD_COUNTS:
        raise UsageError(f"a mnemonic cannot have {words} words; 12, 15, 18, 21 or 24 are possible")
    return mnemonic_of(secrets.token_bytes(words // 3 * 4))


def mnemonic_of(entropy: bytes) -> Secret[str]:
    """The words of 16, 20, 24, 28 or 32 bytes. Raises: UsageError.      Source: BIP-39."""
    known = list(english_words())
    if len(known) != 2048:
        raise UsageError("the word list of BIP-39 is not where eth-account has it: install eth-account anew")
    checksum_bits = len(entropy) // 4
    bits = int.from_bytes(entropy, "big") << checksum_bits
    bits |= hashlib.sha256(entropy).digest()[0] >> (8 - checksum_bits)
    return Secret(" ".join(known[bits >> 11 * place & 2047] for place in reversed(range(3 * checksum_bits))))


@lru_cache(maxsize=8)
def _parent(mnemonic: str, hd_path: str) -> tuple[bytes, bytes]:
    words = check_mnemonic(mnemonic)
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)
    master = hmac.digest(b"Bitcoin seed", seed, "sha512")
    key, chain_code = master[:32], master[32:]
    for step in _steps(hd_path):
        key, chain_code = _child(key, chain_code, step)
    return key, chain_code


def _child(key: bytes, chain_code: bytes, index: int) -> tuple[bytes, bytes]:
    parent = b"\0" + key if index >= _HARDENED else public_key(key)
    derived = hmac.digest(chain_code, parent + index.to_bytes(4, "big"), "sha512")
    tweak = int.from_bytes(derived[:32], "big")
    child = (tweak + int.from_bytes(key, "big")) % _ORDER
    if tweak >= _ORDER or child == 0:  # BIP-32: with probability 2**-127 there is no such child
        raise UsageError(f"the mnemonic has no account {index}: take the next index")
    return child.to_bytes(32, "big"), derived[32:]


def _steps(hd_path: str) -> list[int]:
    # The index may be written as ape does, m/44'/60'/0'/0/{}.
    root, *parts = hd_path.strip().removesuffix("{}").removesuffix("/").split("/")
    try:
        steps = [
            int(part.rstrip("'hH")) + (_HARDENED if part.endswith(("'", "h", "H")) else 0) for part in parts
        ]
    except ValueError:
        steps = [-1]
    if root != "m" or any(not 0 <= step < 2 * _HARDENED for step in steps):
        raise UsageError(f"{hd_path!r} is no derivation path; write it like {DEFAULT_HD_PATH!r}")
    return steps


def check_mnemonic(mnemonic: str) -> str:
    """The normalised words. Raises: UsageError, if they are no BIP-39 mnemonic; the message never quotes a word."""
    words = unicodedata.normalize("NFKD", mnemonic).split()
    if len(words) not in _WORD_COUNTS:
        raise UsageError(f"the mnemonic has {len(words)} words; 12, 15, 18, 21 or 24 are possible")
    text = " ".join(words)
    if text != TEST_MNEMONIC and text.isascii():
        _check_words(words)
    return text


def _check_words(words: list[str]) -> None:
    known = english_words()
    if not known:
        return
    unknown = [position for position, word in enumerate(words, 1) if word not in known]
    if unknown:
        raise UsageError(
            f"the mnemonic's word number {unknown[0]} is not in BIP-39's English list: check its spelling"
        )
    bits = "".join(f"{known[word]:011b}" for word in words)
    checksum_bits = len(bits) // 33
    entropy = int(bits[:-checksum_bits], 2).to_bytes(checksum_bits * 4, "big")
    expected = f"{hashlib.sha256(entropy).digest()[0]:08b}"[:checksum_bits]
    if bits[-checksum_bits:] != expected:
        raise UsageError("the mnemonic's checksum is wrong: check the words and their order")


def english_words() -> dict[str, int]:
    """BIP-39's list, from the file that eth-account ships; read, not imported: that would take 0.3 s."""
    from importlib.util import find_spec
    from pathlib import Path

    package = find_spec("eth_account")
    for folder in (package.submodule_search_locations or ()) if package else ():
        path = Path(folder) / "hdaccount" / "wordlist" / "english.txt"
        if path.is_file():
            return {word: index for index, word in enumerate(path.read_text(encoding="utf-8").split())}
    return {}
