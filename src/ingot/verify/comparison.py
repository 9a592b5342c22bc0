"""Is the code on the chain ours? A pure function of an artifact and of the code that a node answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingot.artifacts import Artifact, Bytecode
from ingot.conversion import to_address
from ingot.types import Address
from ingot.verify.trailer import trailers

__all__ = ["Comparison", "Immutable", "compare", "creation_matches", "linked_libraries"]

_PUSH20 = b"\x73"


@dataclass(frozen=True, slots=True)
class Immutable:
    """What the constructor put into the code. ast_id: of the variable.      word: as it stands there, mostly 32 bytes."""

    ast_id: str
    word: bytes


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    matches: equal up to immutables and libraries, and up to metadata.
    is_exact: metadata included; then sources and settings are the same to the last byte.
    first_difference: offset in the code on the chain, or None where it matches.
    libraries: qualified name -> address that is linked there.
    expected, found: up to 16 bytes of both, from the first difference on.
    own_release, found_release: of the compilers, `0.8.37`, as metadata tells them, or "".
    """

    matches: bool
    is_exact: bool
    own_size: int
    found_size: int
    first_difference: int | None = None
    expected: bytes = b""
    found: bytes = b""
    immutables: tuple[Immutable, ...] = ()
    libraries: Mapping[str, Address] = field(default_factory=dict)
    inconsistent: tuple[str, ...] = ()
    own_release: str = ""
    found_release: str = ""
    has_metadata: bool = True


def compare(artifact: Artifact, code: bytes) -> Comparison:
    """Compare `code`, as the chain has it, to the runtime code of `artifact`.

    Places that deployments of one contract may differ in are left out: immutables, addresses of libraries, a library's
    own address, and metadata, which `is_exact` tells about. An immutable or a library that has two values in one
    contract is `inconsistent`: then no constructor and no linker of ours wrote it.
    """
    bytecode = artifact.runtime_object
    own = bytecode.unlinked
    places = _places(bytecode, own)
    difference = _first_difference(_blank(own, places), _blank(code, places))
    is_exact = difference is None
    if difference is not None:
        difference = _difference_but_metadata(own, code, places)
    immutables, odd_immutables = _immutables(bytecode, code)
    libraries, odd_libraries = linked_libraries(bytecode, code)
    inconsistent = (*odd_immutables, *odd_libraries) if difference is None else ()
    releases = [found[-1].solc if (found := trailers(each)) else "" for each in (own, code)]
    return Comparison(
        matches=difference is None and not inconsistent,
        is_exact=is_exact and not inconsistent,
        own_size=len(own),
        found_size=len(code),
        first_difference=difference,
        expected=b"" if difference is None else own[difference : difference + 16],
        found=b"" if difference is None else code[difference : difference + 16],
        immutables=immutables if difference is None else (),
        libraries=libraries if difference is None else {},
        inconsistent=inconsistent,
        own_release=releases[0],
        found_release=releases[1],
        has_metadata=bool(trailers(code)),
    )


def creation_matches(artifact: Artifact, creation_code: bytes) -> int | None:
    """Compare `creation_code`, arguments behind it or not, to our initcode. Returns: the first difference, or None."""
    bytecode = artifact.initcode_object
    own = bytecode.unlinked
    head = creation_code[: len(own)]
    return _difference_but_metadata(own, head, _places(bytecode, own))


def _places(bytecode: Bytecode, own: bytes) -> list[tuple[int, int]]:
    """(offset, length) of what may differ, metadata aside."""
    places = [place for of_one in bytecode.immutable_references.values() for place in of_one]
    places += [(reference.offset, 20) for reference in bytecode.link_references]
    # A library's runtime code opens with PUSH20 of its own address, zeros as compiled.
    if own[:21] == _PUSH20 + bytes(20):
        places.append((1, 20))
    return places


def _blank(code: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    blank = bytearray(code)
    for offset, length in places:
        end = min(offset + length, len(blank))
        blank[offset:end] = bytes(max(0, end - offset))
    return bytes(blank)


def _difference_but_metadata(own: bytes, code: bytes, places: Sequence[tuple[int, int]]) -> int | None:
    ours, theirs = trailers(own), trailers(code)
    if len(own) == len(code):
        # Only where both have metadata: anything else in its place is another code.
        there = {(trailer.offset, trailer.length) for trailer in theirs}
        both = [place for trailer in ours if (place := (trailer.offset, trailer.length)) in there]
        blank = [*places, *both]
        return _first_difference(_blank(own, blank), _blank(code, blank))
    # Only the last metadata may have another length: then what is before it has to agree.
    if ours and theirs and ours[-1].end == len(own) and theirs[-1].end == len(code):
        blank = [*places, *((trailer.offset, trailer.length) for trailer in ours[:-1])]
        left, right = own[: ours[-1].offset], code[: theirs[-1].offset]
        return _first_difference(_blank(left, blank), _blank(right, blank))
    return _first_difference(_blank(own, places), _blank(code, places))


def _first_difference(own: bytes, code: bytes) -> int | None:
    if own == code:
        return None
    for offset, (left, right) in enumerate(zip(own, code, strict=False)):
        if left != right:
            return offset
    return min(len(own), len(code))


def _immutables(bytecode: Bytecode, code: bytes) -> tuple[tuple[Immutable, ...], tuple[str, ...]]:
    found, odd = [], []
    for ast_id, places in bytecode.immutable_references.items():
        words = [code[offset : offset + length] for offset, length in places]
        found.append(Immutable(ast_id, words[0]))
        if len(set(words)) > 1:
            odd.append(f"the immutable {ast_id}")
    return tuple(found), tuple(odd)


def linked_libraries(bytecode: Bytecode, code: bytes) -> tuple[dict[str, Address], tuple[str, ...]]:
    """Qualified name -> address, as `code` has them; and, in words, those that it has with two addresses."""
    found: dict[str, Address] = {}
    odd: dict[str, None] = {}
    for reference in bytecode.link_references:
        linked = code[reference.offset : reference.offset + 20]
        if len(linked) != 20:
            continue
        address = to_address(linked)
        if found.setdefault(reference.library, address) != address:
            odd[f"the library {reference.library}"] = None
    return found, tuple(odd)
