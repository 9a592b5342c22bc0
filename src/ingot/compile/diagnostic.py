"""What the compiler has to say about a place in the source, shown as solc's best."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Diagnostic", "Note", "diagnostics_of", "locate"]

_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;36m"}
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_TAB = 4


@dataclass(frozen=True, slots=True)
class Note:
    """A place in a source. file: "" where there is none.      line and column: from 1, the column in characters.

    text: the line.      length: characters to underline on it, at least 1.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    text: str = ""
    length: int = 1

    @property
    def place(self) -> str:
        """`contracts/A.sol:3:5`."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic(Note):
    """An error, a warning or an info of the compiler, or of ingot about the sources.

    severity: "error", "warning" or "info".      code: solc's number, "" for ours.      kind: "TypeError", ...
    notes: other places that belong to it.
    """

    severity: str = "error"
    code: str = ""
    kind: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def formatted(self) -> str:
        """For people, without colours."""
        return self.render(colour=False)

    def render(self, *, colour: bool) -> str:
        """For people: `contracts/A.sol:3:5: error[7576]: ...`, the source line, and what is meant underlined."""
        paint = _COLOURS.get(self.severity, "") if colour else ""
        title = f"{self.severity}[{self.code}]" if self.code else self.severity
        where = f"{self.place}: " if self.place else ""
        first, _, rest = self.message.strip().partition("\n")
        lines = [
            f"{_painted(where, _BOLD, colour)}{_painted(title, paint, colour)}: {_painted(first, _BOLD, colour)}"
        ]
        lines += [f"  {line}" for line in rest.splitlines()]
        gutter = max((len(str(note.line)) for note in (self, *self.notes) if note.line), default=1)
        lines += _excerpt(self, "^", gutter, paint, colour)
        for note in self.notes:
            lines.append(f"  {note.place + ': ' if note.place else ''}note: {note.message}")
            lines += _excerpt(note, "-", gutter, _COLOURS["info"] if colour else "", colour)
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Diagnostic:
        """Inverse of `to_json`."""
        return cls(**{**data, "notes": tuple(Note(**note) for note in data["notes"])})


def _painted(text: str, paint: str, colour: bool) -> str:
    return f"{paint}{text}{_RESET}" if colour and text and paint else text


def _excerpt(note: Note, mark: str, gutter: int, paint: str, colour: bool) -> list[str]:
    if not note.line:
        return []
    before = note.text[: note.column - 1]
    marked = note.text[note.column - 1 : note.column - 1 + note.length]
    number = _painted(f"{note.line:>{gutter}} | ", _DIM, colour)
    blank = _painted(f"{'':>{gutter}} | ", _DIM, colour)
    underline = " " * _width(before) + _painted(mark * max(1, _width(marked)), paint, colour)
    return [f"  {number}{note.text.replace(chr(9), ' ' * _TAB)}", f"  {blank}{underline}"]


def _width(text: str) -> int:
    """Columns that a terminal needs for `text`."""
    width = 0
    for character in text:
        if character == "\t":
            width += _TAB
        elif unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
            continue
        else:
            width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width


def locate(source: bytes, start: int, end: int) -> dict[str, Any]:
    """line, column, text and length of the bytes start..end of `source`; a span over many lines ends with the first."""
    start = min(max(start, 0), len(source))
    opening = source.rfind(b"\n", 0, start) + 1
    closing = source.find(b"\n", start)
    closing = len(source) if closing < 0 else closing
    text = source[opening:closing].decode(errors="replace").rstrip("\r")
    marked = source[start : max(start, min(end, closing))].decode(errors="replace").rstrip("\r")
    return {
        "line": source.count(b"\n", 0, start) + 1,
        "column": len(source[opening:start].decode(errors="replace")) + 1,
        "text": text,
        "length": max(1, len(marked)),
    }


def diagnostics_of(errors: Iterable[Mapping[str, Any]], sources: Mapping[str, bytes]) -> list[Diagnostic]:
    """Diagnostics of solc's output, each once, in its order.

    errors: `output["errors"]`.      sources: what was compiled, by unit.
    """
    found: dict[Diagnostic, None] = {}
    for error in errors:
        place = error.get("sourceLocation") or {}
        notes = tuple(
            Note(message=other.get("message", ""), **_placed(other, sources))
            for other in error.get("secondarySourceLocations") or ()
        )
        severity = error.get("severity", "error")
        diagnostic = Diagnostic(
            message=error.get("message") or error.get("formattedMessage", "").strip(),
            severity=severity,
            code=str(error.get("errorCode") or ""),
            kind=error.get("type", ""),
            notes=notes,
            **_placed(place, sources),
        )
        found[diagnostic] = None
    return list(found)


def _placed(place: Mapping[str, Any], sources: Mapping[str, bytes]) -> dict[str, Any]:
    file = place.get("file") or ""
    if file not in sources or place.get("start", -1) < 0:
        return {"file": file}
    return {"file": file, **locate(sources[file], place["start"], place["end"])}
