"""Versions of solc."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingot.errors import UsageError

__all__ = ["Version", "commit_of", "is_release"]

_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?P<suffix>(?:[-+.][0-9A-Za-z+.-]*)?)")
_COMMIT = re.compile(r"\+commit\.([0-9a-f]{6,40})")


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """A release of solc: `major.minor.patch`. Ordered; prints as solc names it."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str | Version) -> Version:
        """Version in `text`: "0.8.24", "v0.8.24", "0.8.24+commit.e11b9ed9.Linux.g++".

        Raises: UsageError, if it is none.
        """
        if isinstance(text, Version):
            return text
        match = _VERSION.fullmatch(text.strip())
        if not match:
            raise UsageError(f"{text!r} is not a version of solc; write it as 0.8.24")
        return cls(int(match[1]), int(match[2]), int(match[3]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def commit_of(long_version: str) -> str:
    """`e11b9ed9` of `0.8.24+commit.e11b9ed9.Linux.g++`, or "" where there is none."""
    match = _COMMIT.search(long_version)
    return match[1] if match else ""


def is_release(long_version: str) -> bool:
    """Whether it names a release: nightlies and pre-releases carry a hyphen before the commit."""
    return "-" not in long_version.split("+", 1)[0]
