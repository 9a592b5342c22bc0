"""One keystore file: a private key, encrypted with a password (Web3 Secret Storage, version 3).

ape, Foundry, geth and ingot write the same format. eth-account does the cryptography, and is imported only for that.
No error here holds a key or a password, nor the error of a library that might: they are raised outside of `except`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.accounts.secret import Secret
from ingot.conversion import to_address
from ingot.engine import key_address
from ingot.errors import AbiError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.types import Address

__all__ = ["Keystore", "encrypt_key", "read_keystore"]

SCRYPT_ROUNDS = 2**18
"""N of scrypt for new keystores, as eth-account and geth choose it: about a second and 256 MiB for each guess."""

_MOST_MEMORY = 2**31
_MOST_ROUNDS = 10_000_000
_LARGEST_FILE = 2**20


@dataclass(frozen=True, slots=True)
class Keystore:
    """alias: its name for people.      address: None where the file does not say (Foundry's do not).

    origin: "ape" or "foundry", the tool whose folder it is in; "" for a file anywhere else.
    """

    alias: str
    path: Path
    address: Address | None
    origin: str = ""

    def decrypt(self, password: Secret[str]) -> Secret[bytes] | None:
        """The private key, 32 bytes; None if the password is wrong.

        Raises: UsageError, if the file is gone or malformed, or its key belongs to another address than it says.
        """
        document = _read_document(self.path)
        key, problem = _decrypt(document, password)
        if problem:
            raise UsageError(f"{self.path} is no keystore that can be opened: {problem}")
        if key is None:
            return None
        address = _address_of(key)
        if address is None:
            raise UsageError(
                f"{self.path}: what it holds is no private key; restore the file from a backup, or import the key again"
            )
        if self.address is not None and address != self.address:
            raise UsageError(
                f"{self.path} says that it is {self.address}, but its key belongs to {address}: somebody changed the file; "
                "restore it from a backup, or import the key again"
            )
        return key


def read_keystore(path: Path, alias: str, *, origin: str = "") -> Keystore:
    """What a keystore file says without its password. Raises: UsageError, if it is none."""
    document = _read_document(path)
    problem = _shape_problem(document)
    if problem:
        raise UsageError(f"{path} is no keystore: {problem}")
    stated = document.get("address")
    if stated is None or stated == "":
        return Keystore(alias, path, None, origin)
    try:
        address = to_address("0x" + str(stated).lower().removeprefix("0x"))
    except AbiError:
        address = None
    if address is None:
        raise UsageError(f"{path} is no keystore: its address is malformed")
    return Keystore(alias, path, address, origin)


def encrypt_key(key: Secret[bytes], password: Secret[str]) -> str:
    """The text of a new keystore, as eth-account and ape write it. Raises: UsageError, if it cannot be done."""
    from eth_account import Account as EthAccount

    failure = ""
    document: dict[str, Any] = {}
    try:
        document = EthAccount.encrypt(key.reveal(), password.reveal(), kdf="scrypt", iterations=SCRYPT_ROUNDS)
    except UnicodeEncodeError:
        failure = "the password cannot be written as UTF-8: choose another"
    except (ValueError, MemoryError) as error:
        failure = f"the key could not be encrypted ({type(error).__name__}: scrypt needs 256 MiB)"
    if failure:
        raise UsageError(failure)
    return json.dumps(document)


def _read_document(path: Path) -> dict[str, Any]:
    problem = ""
    document: Any = None
    try:
        if path.stat().st_size > _LARGEST_FILE:
            problem = "is no keystore: it is larger than 1 MiB"
        else:
            document = json.loads(path.read_bytes())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError):
        problem = "is no keystore: it is not JSON"
    if not problem and not isinstance(document, dict):
        problem = "is no keystore: it is no JSON object"
    if problem:
        raise UsageError(f"{path} {problem}")
    return {str(name).lower(): value for name, value in document.items()}


def _shape_problem(document: dict[str, Any]) -> str:
    """What is wrong with the parts that a keystore must have, or ""."""
    if document.get("version") != 3:
        return f"its version is {document.get('version')!r}, only 3 is known"
    crypto = document.get("crypto")
    if not isinstance(crypto, dict):
        return "it has no section `crypto`"
    for name, kind in (("cipher", str), ("ciphertext", str), ("mac", str), ("kdf", str), ("kdfparams", dict)):
        if not isinstance(crypto.get(name), kind):
            return f"`crypto.{name}` is missing or malformed"
    if crypto["cipher"] != "aes-128-ctr":
        return f"its cipher is {crypto['cipher']!r}, only aes-128-ctr is known"
    if not isinstance((crypto.get("cipherparams") or {}).get("iv"), str):
        return "`crypto.cipherparams.iv` is missing or malformed"
    return _cost_problem(crypto["kdf"], crypto["kdfparams"])


def _cost_problem(kdf: str, params: dict[str, Any]) -> str:
    """A file from elsewhere must not take all memory, or a day."""
    names = {"scrypt": ("n", "r", "p", "dklen"), "pbkdf2": ("c", "dklen")}.get(kdf)
    if names is None:
        return f"its key derivation is {kdf!r}; scrypt and pbkdf2 are known"
    numbers = [params.get(name) for name in names]
    if not all(isinstance(number, int) and number > 0 for number in numbers) or params["dklen"] < 32:
        return f"`crypto.kdfparams` needs {', '.join(names)} (dklen at least 32)"
    cost = params["n"] * params["r"] * params["p"] * 128 if kdf == "scrypt" else 0
    if cost > _MOST_MEMORY or params.get("c", 0) > _MOST_ROUNDS:
        return "its key derivation asks for more than 2 GiB or 10,000,000 rounds"
    return ""


def _decrypt(document: dict[str, Any], password: Secret[str]) -> tuple[Secret[bytes] | None, str]:
    """The key and "", (None, "") for a wrong password, or (None, what is wrong with the file)."""
    problem = _shape_problem(document)
    if problem:
        return None, problem
    from eth_account import Account as EthAccount

    try:
        return Secret(bytes(EthAccount.decrypt(document, password.reveal()))), ""
    except UnicodeEncodeError:
        return None, ""
    except ValueError as error:
        return None, "" if str(error) == "MAC mismatch" else "a part of `crypto` is malformed"
    except (KeyError, TypeError, AssertionError, NotImplementedError, OverflowError, MemoryError):
        return None, "a part of `crypto` is malformed"


def _address_of(key: Secret[bytes]) -> Address | None:
    try:
        return key_address(key.reveal())
    except (AbiError, UsageError):
        return None
