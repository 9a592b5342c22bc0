"""What Solidity sources ask for, without a compiler: imports, version pragmas, the libraries that they declare.

Comments and strings are told apart as solc's scanner does; what is left of the text is searched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingot.compile.source import Pragma

__all__ = ["Directives", "Import", "scan"]


@dataclass(frozen=True, slots=True)
class Import:
    """An import directive. path: the literal.      line: from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Directives:
    """What a source asks for. libraries: those that it declares."""

    imports: tuple[Import, ...]
    pragmas: tuple[Pragma, ...]
    libraries: tuple[str, ...] = ()


_TOKENS = re.compile(
    rb"""(?P<comment>//[^\r\n]*|/\*.*?\*/|/\*.*\Z)"""
    rb"""|(?P<string>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*')"""
    rb"""|(?P<word>\b(?:import|pragma)\b)""",
    re.DOTALL,
)
_STRING = rb"\"((?:\\.|[^\"\\\r\n])*)\"|'((?:\\.|[^'\\\r\n])*)'"
_IMPORT = re.compile(rb"import\s*(?:[\w$*{},\s]+?\bfrom\s*)?(?:" + _STRING + rb")", re.DOTALL)
_PRAGMA = re.compile(rb"pragma\s+solidity\b([^;]*);")
_LIBRARY = re.compile(rb"\blibrary\s+([A-Za-z_$][\w$]*)\s*\{")
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def scan(content: bytes) -> Directives:
    """Imports, pragmas and libraries, in order."""
    blanked = bytearray(content)
    starts = []
    strings = []
    for match in _TOKENS.finditer(content):
        start, end = match.span()
        if match["string"] is not None:
            strings.append((start, end))
        elif match["comment"] is not None:
            blanked[start:end] = re.sub(rb"[^\r\n]", b" ", content[start:end])
        else:
            starts.append((start, match["word"]))
    code = bytes(blanked)
    imports, pragmas = [], []
    for start, word in starts:
        if word == b"pragma":
            if found := _PRAGMA.match(code, start):
                pragmas.append(Pragma(" ".join(found[1].decode().split()), _line(code, start)))
        elif found := _IMPORT.match(code, start):
            literal = found[1] if found[1] is not None else found[2]
            path = _ESCAPE.sub(_unescape, literal).decode(errors="replace")
            imports.append(Import(path, _line(code, start)))
    for start, end in strings:
        blanked[start:end] = b" " * (end - start)
    libraries = (found[1].decode() for found in _LIBRARY.finditer(blanked))
    return Directives(tuple(imports), tuple(pragmas), tuple(libraries))


def _line(code: bytes, at: int) -> int:
    return code.count(b"\n", 0, at) + 1


def _unescape(match: re.Match[bytes]) -> bytes:
    body = match[1]
    if len(body) == 3 and body[:1] == b"x":
        return bytes([int(body[1:], 16)])
    if len(body) == 5 and body[:1] == b"u":
        return chr(int(body[1:], 16)).encode(errors="replace")
    return _ESCAPED.get(body, body)
