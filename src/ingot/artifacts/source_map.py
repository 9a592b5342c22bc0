"""From an offset in code to a line of its source, by solc's source map. Source: solc docs, "Source Mappings"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

from ingot.artifacts.artifact import Bytecode

__all__ = ["Entry", "Place", "SourceMap", "SourceTexts", "counters_of", "entries_of", "place_of"]

_PUSH1, _PUSH32 = 0x60, 0x7F

_WHOLES = (
    *(b"contract ", b"abstract contract ", b"library ", b"interface "),
    *(b"function ", b"modifier ", b"constructor", b"receive", b"fallback"),
)
"""What opens a piece of source that is more than a statement."""


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


class SourceTexts:
    """The sources of one build, by the numbers that source maps have for them."""

    def __init__(self, build_info: Mapping[str, Any]) -> None:
        compiled: Mapping[str, Any] = build_info.get("output", {}).get("sources", {})
        given: Mapping[str, Any] = build_info.get("input", {}).get("sources", {})
        self._texts: dict[int, tuple[str, bytes]] = {}
        for unit, source in compiled.items():
            content = given.get(unit, {}).get("content")
            if content is not None:
                self._texts[source.get("id")] = unit, content.encode()

    def text(self, entry: Entry) -> bytes:
        """The piece of source that an entry of a source map means; empty, if it is not known."""
        start, length, file, _ = entry
        known = self._texts.get(file)
        return b"" if known is None or start < 0 or length < 0 else known[1][start : start + length]

    def place(self, entry: Entry) -> Place | None:
        """The line where it begins."""
        start, length, file, _ = entry
        known = self._texts.get(file)
        if known is None or start < 0 or length < 0:
            return None
        unit, text = known
        line = text.count(b"\n", 0, start) + 1
        lines = text.split(b"\n")
        return Place(unit, line, lines[line - 1].decode().strip()) if line <= len(lines) else None


class SourceMap:
    """The source map of one code, read once. text: as solc printed it.      code: what it is of."""

    def __init__(self, text: str, code: bytes) -> None:
        self._entries = dict(zip(counters_of(code), entries_of(text), strict=False))

    def entry(self, counter: int) -> Entry | None:
        """Of the instruction at a program counter."""
        return self._entries.get(counter)

    def statement(self, counter: int, texts: SourceTexts) -> tuple[Place, str] | None:
        """The statement that the instruction at a program counter is of: its first line, and all of its text.

        None for what is of no statement: checks and copies that solc adds, the choice of a function, and the like.
        """
        entry = self.entry(counter)
        if entry is None:
            return None
        piece = texts.text(entry)
        place = texts.place(entry) if piece and not piece.startswith(_WHOLES) else None
        return None if place is None else (place, piece.decode("utf-8", "replace"))


def place_of(bytecode: Bytecode, own: bytes, offset: int, build_info: Mapping[str, Any]) -> Place | None:
    """The line that made the byte at `offset` of `own`; None for data, generated code and unknown sources.

    own: the code of `bytecode` in bytes.
    """
    counters = list(takewhile(lambda counter: counter <= offset, counters_of(own)))
    entry = SourceMap(bytecode.source_map or "", own).entry(counters[-1]) if counters else None
    return None if entry is None else SourceTexts(build_info).place(entry)
