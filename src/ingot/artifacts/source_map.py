"""From an offset in code to a line of its source, by solc's source map. Source: solc docs, "Source Mappings"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat, takewhile
from typing import Any, NamedTuple

from ingot.artifacts.artifact import Bytecode

__all__ = ["Entry", "Place", "counters_of", "entries_of", "place_of"]

_PUSH1, _PUSH32 = 0x60, 0x7F


@dataclass(frozen=True, slots=True)
class Place:
    """A line. unit: the source's name.      line: from 1.      text: of the line, without the space around it."""

    unit: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.unit}:{self.line}: {self.text}"


class Entry(NamedTuple):
    """What a source map says of an instruction. start, length: bytes of source `file`, -1 for none.

    jump: "i" into a function, "o" out of one, "-" for any other.
    """

    start: int
    length: int
    file: int
    jump: str


def entries_of(text: str) -> Iterator[Entry]:
    """A source map as solc printed it, instruction by instruction. What is empty is as in the one before."""
    start = length = file = -1
    jump = "-"
    for entry in text.split(";") if text else ():
        if entry:
            fields = entry.split(":")
            start = int(fields[0]) if fields[0] else start
            length = int(fields[1]) if len(fields) > 1 and fields[1] else length
            file = int(fields[2]) if len(fields) > 2 and fields[2] else file
            jump = fields[3] if len(fields) > 3 and fields[3] else jump
        yield Entry(start, length, file, jump)


def counters_of(code: bytes) -> Iterator[int]:
    """The program counter of each instruction; what a PUSH pushes is part of it."""
    counter, size = 0, len(code)
    while counter < size:
        yield counter
        opcode = code[counter]
        counter += opcode - _PUSH1 + 2 if _PUSH1 <= opcode <= _PUSH32 else 1


def place_of(bytecode: Bytecode, offset: int, build_info: Mapping[str, Any]) -> Place | None:
    """The line that made the byte at `offset`; None for data, generated code and unknown sources."""
    entries = chain(entries_of(bytecode.source_map), repeat(None))  # data comes after all instructions
    upto = takewhile(
        lambda pair: pair[0] <= offset, zip(counters_of(bytecode.unlinked), entries, strict=False)
    )
    entry = max(upto, default=(0, None), key=lambda pair: pair[0])[1]
    if entry is None or entry.start < 0 or entry.length < 0:
        return None
    for unit, source in build_info.get("output", {}).get("sources", {}).items():
        if source.get("id") == entry.file:
            content = build_info["input"]["sources"].get(unit, {}).get("content")
            return None if content is None else _line(unit, content.encode(), entry.start)
    return None


def _line(unit: str, text: bytes, start: int) -> Place | None:
    line = text.count(b"\n", 0, start) + 1
    lines = text.split(b"\n")
    return Place(unit, line, lines[line - 1].decode().strip()) if line <= len(lines) else None
