"""What a step is to do, before anybody decides when and how it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ingot.engine import keccak256
from ingot.interface.binding import in_words

if TYPE_CHECKING:
    from ingot.abi import Function
    from ingot.artifacts import Artifact
    from ingot.deploy.entries import Intended
    from ingot.interface import Interface
    from ingot.types import Address

__all__ = [
    "Code",
    "Difference",
    "Intent",
    "content_hash",
    "differences",
    "without_metadata",
    "words_of_creation",
]

Difference = Literal["code", "metadata", "arguments", "libraries", "call", "target", "value", "sender"]
"""What of a step changed since it was done. metadata: of the compiler, so that the code does the same as before."""

_METADATA = re.compile(
    rb"\xa2\x64ipfs\x58\x22\x12\x20.{32}\x64solc(?:\x43.{3}|\x78?.{1,40}?)\x00.", re.DOTALL
)
"""CBOR: {"ipfs": multihash, "solc": version}, and its length. Source: solc docs, Contract Metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What is known of a contract that is created.

    initcode: without arguments, zeros where libraries are linked.      arguments: of the constructor, encoded.
    libraries: qualified name -> address.      runtime_size: bytes.
    """

    contract: str
    compiler: str
    build_id: str
    initcode: bytes = field(repr=False)
    arguments: bytes
    libraries: Mapping[str, str]
    runtime_size: int

    @property
    def hash(self) -> str:
        """Of the creation code."""
        return _hex(keccak256(self.initcode))

    @property
    def bare_hash(self) -> str:
        """Of the creation code without the compiler's metadata."""
        return _hex(keccak256(without_metadata(self.initcode)))

    @classmethod
    def of(cls, artifact: Artifact, linked: bytes, arguments: bytes, libraries: Mapping[str, str]) -> Code:
        """Of an artifact. linked: its creation code with the addresses of `libraries`."""
        return cls(
            contract=artifact.qualified_name,
            compiler=artifact.compiler,
            build_id=artifact.build_id,
            initcode=artifact.initcode_object.masked(linked),
            arguments=arguments,
            libraries=dict(libraries),
            runtime_size=artifact.runtime_code_size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A transaction to be. settings: what the script said of gas, fees, type.

    address: of the contract, if that does not depend on the nonce.      after: steps whose contracts it names.
    interface, function: to explain what comes of it.      salt: 32 bytes, of a CREATE2.
    presigned: the transaction itself, where its signature is given.      layout: see `Intended`.
    is_shared: a library, which several contracts use.
    """

    step: str
    action: Literal["create", "create2", "call"]
    words: str
    sender: Address
    to: Address | None
    data: bytes = field(repr=False)
    value: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    code: Code | None = None
    salt: bytes = b""
    address: Address | None = None
    after: tuple[str, ...] = ()
    presigned: bytes = field(default=b"", repr=False)
    layout: str = ""
    is_shared: bool = False
    interface: Interface | None = field(default=None, repr=False)
    function: Function | None = field(default=None, repr=False)

    @property
    def content(self) -> str:
        """What the transaction does, whoever sends it."""
        return content_hash(self.to, self.value, self.data)

    @property
    def artifact(self) -> Artifact | None:
        """Of the contract that is created; None for a call, and for what was not compiled here."""
        return None if self.code is None or self.interface is None else self.interface.artifact


def content_hash(to: Address | None, value: int, data: bytes) -> str:
    """Keccak256 of the target (20 bytes, or none for a creation), the value (32 bytes) and the data."""
    target = b"" if to is None else bytes(to)
    return _hex(keccak256(target + value.to_bytes(32, "big") + data))


def without_metadata(code: bytes) -> bytes:
    """Code with zeros in place of the compiler's metadata, that of contracts inside it too."""
    return _METADATA.sub(lambda found: bytes(len(found.group())), code)


def words_of_creation(name: str, constructor: Function, arguments: bytes) -> str:
    """`Token(supply=5)`"""
    if not constructor.inputs:
        return f"{name}()"
    return f"{name}({in_words(constructor.inputs, constructor.decode_input(arguments))})"


def differences(done: Intended, now: Intent) -> tuple[Difference, ...]:
    """What of a step changed since it was done, most important first; empty if nothing did."""
    found: list[Difference] = []
    if now.code is not None and done.contract:
        if done.bare_code_hash != now.code.bare_hash:
            found.append("code")
        elif done.code_hash != now.code.hash:
            found.append("metadata")
        if done.arguments != _hex(now.code.arguments):
            found.append("arguments")
        if dict(done.libraries) != dict(now.code.libraries):
            found.append("libraries")
        if done.value != now.value:
            found.append("value")
        if done.salt != (_hex(now.salt) if now.salt else ""):
            found.append("target")
    elif done.content != now.content:
        same_target = (done.to or "").lower() == (now.to or "").lower()
        found.append("target" if not same_target else "value" if done.value != now.value else "call")
    if done.sender.lower() != now.sender.lower():
        found.append("sender")
    return tuple(found)


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"
