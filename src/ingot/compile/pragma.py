"""`pragma solidity` ranges: npm's syntax as solc reads it.

Source: solc's SemVerHandler; `^ ~ >= > < <= =`, `-` between two versions, `x X *` wildcards, `||` between alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Range", "Release", "parse_range", "parse_release", "release_text"]

Release = tuple[int, int, int]
"""(major, minor, patch)"""

_PARTS = r"(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+][0-9A-Za-z.+-]*)?"
_TOKEN = re.compile(rf"\s*(\^|~>?|>=|<=|>|<|=|==)?\s*v?{_PARTS}")
_HYPHEN = re.compile(rf"\s*v?{_PARTS}\s+-\s+v?{_PARTS}\s*")
_CEILING: Release = (10**9, 0, 0)
_NOTHING = ((1, 0, 0), (0, 0, 0))

_Bounds = tuple[Release, Release]
"""At or above the first, below the second."""


@dataclass(frozen=True)
class Range:
    """What a pragma allows. text: as written.      alternatives: (at least, below) pairs; one of them must hold."""

    text: str
    alternatives: tuple[_Bounds, ...]

    def __contains__(self, release: Release) -> bool:
        return any(low <= release < high for low, high in self.alternatives)

    def newest(self, releases: Iterable[Release]) -> Release | None:
        """The newest of `releases` that is allowed."""
        return max((release for release in releases if release in self), default=None)


def parse_release(text: str) -> Release:
    """`0.8.24` as numbers. Raises: ValueError."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no version of solc: write it as 0.8.24")
    return int(match[1]), int(match[2]), int(match[3])


def release_text(release: Release) -> str:
    """`0.8.24`."""
    return ".".join(map(str, release))


@lru_cache(maxsize=512)
def parse_range(text: str) -> Range:
    """The range that `text` denotes; commas separate like spaces, as in ape's configuration. Raises: ValueError."""
    cleaned = text.replace('"', "").replace("'", "").replace(",", " ")
    alternatives = tuple(_alternative(part, text) for part in cleaned.split("||"))
    return Range(" ".join(text.split()), alternatives)


def _alternative(part: str, text: str) -> _Bounds:
    hyphen = _HYPHEN.fullmatch(part)
    if hyphen:
        low, _ = _bounds("", hyphen.groups()[:3])
        _, high = _bounds("<=", hyphen.groups()[3:])
        return low, high
    low, high, at = (0, 0, 0), _CEILING, 0
    if not part.strip():
        raise ValueError(f"{text!r} is no version range: write one such as ^0.8.20")
    while at < len(part.rstrip()):
        match = _TOKEN.match(part, at)
        if match is None or match.end() == at:
            raise ValueError(f"{text!r} is no version range: {part[at:].strip()!r} is not understood")
        least, below = _bounds(match[1] or "", match.groups()[1:])
        low, high, at = max(low, least), min(high, below), match.end()
    return low, high


def _bounds(operator: str, parts: tuple[str | None, ...]) -> _Bounds:
    """(at least, below) of one comparison."""
    numbers = []
    for part in parts:
        if part is None or part in "xX*":
            break
        numbers.append(int(part))
    if not numbers:
        return _NOTHING if operator in ("<", ">") else ((0, 0, 0), _CEILING)
    low: Release = (*numbers, 0, 0)[:3]  # type: ignore[assignment]  # three of them by construction
    beyond = _bump(low, len(numbers) - 1)
    match operator:
        case "^":
            return low, _bump(low, _caret_level(numbers))
        case "~" | "~>":
            return low, _bump(low, min(1, len(numbers) - 1))
        case ">=":
            return low, _CEILING
        case ">":
            return beyond, _CEILING
        case "<":
            return (0, 0, 0), low
        case "<=":
            return (0, 0, 0), beyond
        case _:
            return low, beyond


def _caret_level(numbers: list[int]) -> int:
    """Index of the number that ^ may not raise: the first that is not 0, or the last one written."""
    return next((level for level, number in enumerate(numbers) if number), len(numbers) - 1)


def _bump(release: Release, level: int) -> Release:
    if level == 0:
        return release[0] + 1, 0, 0
    if level == 1:
        return release[0], release[1] + 1, 0
    return release[0], release[1], release[2] + 1
