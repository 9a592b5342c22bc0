"""One compiled contract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ingot.errors import UsageError
from ingot.types import AddressLike, HasAddress, RawAbi

__all__ = ["Artifact", "ArtifactEntry", "Bytecode", "LinkReference"]

_PLACEHOLDER = re.compile(r"__.{36}__|__.{38}")
_PUSH20 = b"\x73"


@dataclass(frozen=True, slots=True)
class LinkReference:
    """20 bytes at `offset` that await the address of the library `source:name`."""

    source: str
    name: str
    offset: int

    @property
    def library(self) -> str:
        """`contracts/Math.sol:Math`."""
        return f"{self.source}:{self.name}" if self.source else self.name


@dataclass(frozen=True)
class Bytecode:
    """Code as solc printed it; libraries that are not linked yet are placeholders in `text`.

    text: hex without 0x.      source_map: solc's compressed form, "" if it is not known.
    immutable_references: AST id of the variable -> (offset, length) of each place (runtime code only).
    """

    text: str = field(repr=False)
    link_references: tuple[LinkReference, ...] = ()
    source_map: str = field(default="", repr=False)
    immutable_references: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Length in bytes; placeholders count as 20."""
        return len(self.text) // 2

    @cached_property
    def unlinked(self) -> bytes:
        """The code with zeros where libraries go."""
        return bytes.fromhex(_PLACEHOLDER.sub("0" * 40, self.text))

    @property
    def missing_libraries(self) -> tuple[str, ...]:
        """Qualified names of the libraries to link, sorted."""
        return tuple(sorted({reference.library for reference in self.link_references}))

    @cached_property
    def code(self) -> bytes:
        """The code. Raises: UsageError, if libraries are missing."""
        if self.link_references:
            names = ", ".join(self.missing_libraries)
            raise UsageError(
                f"the code needs the libraries {names}: deploy them, then `link` their addresses"
            )
        return bytes.fromhex(self.text)

    def link(self, libraries: Mapping[str, AddressLike]) -> Bytecode:
        """With the addresses put in. Names: qualified, or the bare library name; those not needed are ignored.

        Raises: UsageError, if an address is none.
        """
        text, left = self.text, []
        for reference in self.link_references:
            name = reference.library if reference.library in libraries else reference.name
            if name not in libraries:
                left.append(reference)
                continue
            start = 2 * reference.offset
            text = text[:start] + _address_hex(libraries[name], reference.library) + text[start + 40 :]
        return replace(self, text=text, link_references=tuple(left))

    def masked(self, code: bytes) -> bytes:
        """`code` with zeros where immutables and libraries are: equal for every deployment of this code."""
        masked = bytearray(code)
        places = [place for of_one in self.immutable_references.values() for place in of_one]
        places += [(reference.offset, 20) for reference in self.link_references]
        for offset, length in places:
            masked[offset : offset + length] = bytes(length)
        return bytes(masked)

    def is_code_of(self, found: bytes, *, is_initcode: bool = False, with_metadata: bool = True) -> bool:
        """Whether `found` is this code, up to immutables and library addresses.

        is_initcode: arguments may follow.      with_metadata: False where the hash of sources and settings may differ.
        """
        own = self.unlinked
        size = len(own)
        if not size or len(found) < size or (len(found) > size and not is_initcode):
            return False
        end = size if with_metadata else size - self._metadata_size
        expected, actual = self.masked(own)[:end], self.masked(found[:size])[:end]
        if expected[:21] == _PUSH20 + bytes(
            20
        ):  # a library's code opens with its own address, zeros as compiled
            actual = actual[:1] + bytes(20) + actual[21:]
        return actual == expected

    @cached_property
    def _metadata_size(self) -> int:
        """Bytes at the end that solc has put there and that are never executed."""
        size = int.from_bytes(self.unlinked[-2:]) + 2
        return size if size <= len(self.unlinked) and 0xA1 <= self.unlinked[-size] <= 0xA3 else 0


def _address_hex(value: AddressLike, library: str) -> str:
    address: object = value.address if isinstance(value, HasAddress) else value
    if isinstance(address, (bytes, bytearray)) and len(address) == 20:
        return bytes(address).hex()
    if isinstance(address, str) and re.fullmatch(r"0x[0-9a-fA-F]{40}", address):
        return address[2:].lower()
    raise UsageError(
        f"{address!r} is no address for the library {library}: give 20 bytes, or 0x and 40 hex digits"
    )


@dataclass(frozen=True)
class Artifact:
    """One compiled contract, library or interface.

    source: name of its source unit, as solc knows it, `contracts/Token.sol`.
    path: the file that it was read from.      build_id: of the build-info that holds the compiler's input.
    compiler: long version, `0.8.24+commit.e11b9ed9`, or "" where the file does not say.
    storage_layout: None if it was not compiled with one.      method_ids: signature -> selector in hex.
    """

    name: str
    source: str
    abi: RawAbi = field(repr=False)
    initcode_object: Bytecode = field(repr=False)
    runtime_object: Bytecode = field(repr=False)
    path: Path | None = field(default=None, repr=False)
    build_id: str = ""
    compiler: str = ""
    method_ids: Mapping[str, str] = field(default_factory=dict, repr=False)
    storage_layout: Mapping[str, Any] | None = field(default=None, repr=False)
    userdoc: Mapping[str, Any] = field(default_factory=dict, repr=False)
    devdoc: Mapping[str, Any] = field(default_factory=dict, repr=False)
    metadata: str = field(default="", repr=False)

    @property
    def qualified_name(self) -> str:
        """`contracts/Token.sol:Token`."""
        return f"{self.source}:{self.name}"

    @property
    def is_deployable(self) -> bool:
        """False for interfaces and abstract contracts: they have no code."""
        return bool(self.initcode_object.text)

    @property
    def initcode(self) -> bytes:
        """Creation code without constructor arguments. Raises: UsageError, if there is none or it is not linked."""
        if not self.is_deployable:
            raise UsageError(
                f"{self.qualified_name} is an interface or an abstract contract: it has no code. Deploy a contract that "
                "implements it."
            )
        return self._linked(self.initcode_object)

    @property
    def runtime_code(self) -> bytes:
        """Code as stored on the chain, zeros in place of immutables; b"" where there is none. Raises: UsageError."""
        return self._linked(self.runtime_object)

    def _linked(self, bytecode: Bytecode) -> bytes:
        if bytecode.link_references:
            names = ", ".join(bytecode.missing_libraries)
            first = bytecode.missing_libraries[0].rpartition(":")[2]
            raise UsageError(
                f"{self.qualified_name} is not linked: it needs {names}. Deploy that, then use "
                f'`.link({{"{first}": address}})`'
            )
        return bytecode.code

    @property
    def runtime_code_size(self) -> int:
        """Bytes, linked or not; 0 for interfaces and abstract contracts."""
        return self.runtime_object.size

    @property
    def link_references(self) -> tuple[LinkReference, ...]:
        """Libraries that the creation code awaits."""
        return self.initcode_object.link_references

    @property
    def immutable_references(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """AST id of each immutable -> (offset, length) in the runtime code."""
        return self.runtime_object.immutable_references

    def link(self, libraries: Mapping[str, AddressLike]) -> Artifact:
        """With library addresses put into both codes; names qualified or bare.

        Raises: UsageError, if an address is none, or a name is of no library that is needed.
        """
        needed = {*self.initcode_object.link_references, *self.runtime_object.link_references}
        names = {name for reference in needed for name in (reference.library, reference.name)}
        for name in libraries:
            if name not in names:
                awaited = ", ".join(self.initcode_object.missing_libraries) or "no library"
                raise UsageError(f"{self.qualified_name} does not need {name}; it needs {awaited}")
        return replace(
            self,
            initcode_object=self.initcode_object.link(libraries),
            runtime_object=self.runtime_object.link(libraries),
        )

    def is_code_of(self, code: bytes) -> bool:
        """Whether `code`, found on a chain, is this contract's, up to immutables and library addresses."""
        return self.runtime_object.is_code_of(code)


@dataclass(frozen=True, slots=True)
class ArtifactEntry:
    """Where an artifact is, before it is read. is_dependency: it is not of the project's own sources."""

    name: str
    source: str
    path: Path
    is_dependency: bool = False

    @property
    def qualified_name(self) -> str:
        """`contracts/Token.sol:Token`."""
        return f"{self.source}:{self.name}"
