"""From an offset in code to a line of its source, by solc's source map. Source: solc docs, "Source Mappings"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingot.artifacts.artifact import Bytecode

__all__ = ["Place", "SourceMap", "SourceTexts", "instruction_at", "place_of"]

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


def instruction_at(code: bytes, offset: int) -> int:
    """Index of the instruction that the byte at `offset` belongs to; pushed data belongs to its PUSH."""
    position = index = 0
    while position < len(code):
        opcode = code[position]
        position += 1 + (opcode - _PUSH1 + 1 if _PUSH1 <= opcode <= _PUSH32 else 0)
        if position > offset:
            return index
        index += 1
    return index


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

    def text(self, entry: tuple[int, int, int]) -> bytes:
        """The piece of source that an entry of a source map means; empty, if it is not known."""
        start, length, file = entry
        known = self._texts.get(file)
        return b"" if known is None or start < 0 or length < 0 else known[1][start : start + length]

    def place(self, entry: tuple[int, int, int]) -> Place | None:
        """The line where it begins."""
        start, length, file = entry
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
        self._entries = _entries(text) if text else []
        self._instructions: dict[int, int] = {}
        position = index = 0
        while position < len(code):
            self._instructions[position] = index
            opcode = code[position]
            position += 1 + (opcode - _PUSH1 + 1 if _PUSH1 <= opcode <= _PUSH32 else 0)
            index += 1

    def statement(self, counter: int, texts: SourceTexts) -> tuple[Place, str] | None:
        """The statement that the instruction at a program counter is of: its first line, and all of its text.

        None for what is of no statement: checks and copies that solc adds, the choice of a function, and the like.
        """
        index = self._instructions.get(counter, -1)
        if not 0 <= index < len(self._entries):
            return None
        entry = self._entries[index]
        piece = texts.text(entry)
        place = texts.place(entry) if piece and not piece.startswith(_WHOLES) else None
        return None if place is None else (place, piece.decode("utf-8", "replace"))


def place_of(bytecode: Bytecode, own: bytes, offset: int, build_info: Mapping[str, Any]) -> Place | None:
    """The line that made the byte at `offset` of `own`; None for data, generated code and unknown sources.

    own: the code of `bytecode` in bytes.
    """
    entries = _entries(bytecode.source_map) if bytecode.source_map else []
    index = instruction_at(own, offset)
    return SourceTexts(build_info).place(entries[index]) if index < len(entries) else None


def _entries(source_map: str) -> list[tuple[int, int, int]]:
    """(start, length, file) of each instruction. Empty fields repeat."""
    start = length = file = -1
    found = []
    for entry in source_map.split(";"):
        if entry:
            fields = entry.split(":", 3)
            start = int(fields[0]) if fields[0] else start
            if len(fields) > 1 and fields[1]:
                length = int(fields[1])
            if len(fields) > 2 and fields[2]:
                file = int(fields[2])
        found.append((start, length, file))
    return found
