"""The metadata that solc appends to code: a small CBOR map, then its length in two bytes.

It holds a hash of the sources and settings, so it differs when a comment does. Code that creates contracts carries
theirs inside. Source: solc docs, "Contract Metadata", "Encoding of the Metadata Hash in the Bytecode".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Trailer", "trailers"]

_START = re.compile(rb"[\xa1-\xa4](?=\x64ipfs|\x64solc|\x65bzzr[01]|\x6cexperimental)")
_TEXT, _BYTES, _MAP = 3, 2, 5
_FALSE, _TRUE = 0xF4, 0xF5


@dataclass(frozen=True, slots=True)
class Trailer:
    """One of them.

    offset, length: in the code, the two length bytes included.
    solc: `0.8.37`, or "" where it does not say.      source_hash: IPFS multihash or Swarm hash, b"" without one.
    """

    offset: int
    length: int
    solc: str
    source_hash: bytes

    @property
    def end(self) -> int:
        """Behind its last byte."""
        return self.offset + self.length


def trailers(code: bytes) -> list[Trailer]:
    """All metadata in `code`, in order: the contract's own is the last, or ends where its data begins."""
    found: list[Trailer] = []
    for match in _START.finditer(code):
        start = match.start()
        if found and start < found[-1].end:
            continue
        trailer = _read(code, start)
        if trailer is not None:
            found.append(trailer)
    return found


def _read(code: bytes, start: int) -> Trailer | None:
    try:
        entries, end = _map(code, start)
    except (IndexError, ValueError):
        return None
    if int.from_bytes(code[end : end + 2], "big") != end - start:
        return None
    version = entries.get("solc", b"")
    if isinstance(version, bytes) and len(version) == 3:
        release = ".".join(map(str, version))
    else:
        release = version if isinstance(version, str) else ""
    source_hash = next((entries[key] for key in ("ipfs", "bzzr1", "bzzr0") if key in entries), b"")
    return Trailer(start, end + 2 - start, release, source_hash if isinstance(source_hash, bytes) else b"")


def _map(code: bytes, start: int) -> tuple[dict[str, bytes | str | bool], int]:
    count, position = _head(code, start, _MAP)
    entries: dict[str, bytes | str | bool] = {}
    for _ in range(count):
        length, position = _head(code, position, _TEXT)
        key = code[position : position + length].decode("ascii")
        position += length
        entries[key], position = _value(code, position)
    return entries, position


def _value(code: bytes, position: int) -> tuple[bytes | str | bool, int]:
    first = code[position]
    if first in (_FALSE, _TRUE):
        return first == _TRUE, position + 1
    kind = first >> 5
    length, position = _head(code, position, _TEXT if kind == _TEXT else _BYTES)
    value = code[position : position + length]
    if len(value) != length:
        raise ValueError("it ends too early")
    return (value.decode("ascii") if kind == _TEXT else value), position + length


def _head(code: bytes, position: int, kind: int) -> tuple[int, int]:
    """Length, and where the content starts. Raises: ValueError, if it is of another kind or longer than 255."""
    first = code[position]
    if first >> 5 != kind:
        raise ValueError(f"kind {first >> 5}")
    length = first & 0x1F
    if length < 24:
        return length, position + 1
    if length == 24:
        return code[position + 1], position + 2
    raise ValueError("too long")
