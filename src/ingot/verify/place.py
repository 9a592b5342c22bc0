"""From an offset in code to a line of its source, by solc's source map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingot.artifacts import Bytecode

__all__ = ["Place", "instruction_at", "place_of"]

_PUSH1, _PUSH32 = 0x60, 0x7F


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


def place_of(bytecode: Bytecode, own: bytes, offset: int, build_info: Mapping[str, Any]) -> Place | None:
    """The line that made the byte at `offset` of `own`; None for data, generated code and unknown sources.

    own: the code of `bytecode` in bytes.
    """
    entry = _entry(bytecode.source_map, instruction_at(own, offset))
    if entry is None:
        return None
    start, length, file = entry
    sources: Mapping[str, Any] = build_info.get("output", {}).get("sources", {})
    unit = next((name for name, source in sources.items() if source.get("id") == file), None)
    content = build_info.get("input", {}).get("sources", {}).get(unit, {}).get("content")
    if unit is None or content is None or start < 0 or length < 0:
        return None
    text: bytes = content.encode()
    line = text.count(b"\n", 0, start) + 1
    lines = content.split("\n")
    return Place(unit, line, lines[line - 1].strip()) if line <= len(lines) else None


def _entry(source_map: str, index: int) -> tuple[int, int, int] | None:
    """(start, length, file) of an instruction. Empty fields repeat. Source: solc docs, "Source Mappings"."""
    if not source_map:
        return None
    entries = source_map.split(";")
    if index >= len(entries):
        return None
    fields = [-1, -1, -1]
    for entry in entries[: index + 1]:
        for position, text in enumerate(entry.split(":")[:3]):
            if text:
                fields[position] = int(text)
    return fields[0], fields[1], fields[2]
