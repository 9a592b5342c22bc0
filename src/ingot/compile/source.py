"""Source files: reading them, and knowing them again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ingot.errors import UsageError

__all__ = ["Pragma", "Stat", "hash_of", "read_source", "stat_of"]

Stat = tuple[int, int, int, int]
"""(mtime_ns, ctime_ns, size, inode)"""

MAX_SOURCE_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Pragma:
    """A `pragma solidity`. text: the range as written.      line: from 1."""

    text: str
    line: int


def stat_of(path: Path) -> Stat | None:
    """None where there is no regular file (links are followed)."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def hash_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return sha256(content).hexdigest()


def read_source(path: Path, shown: str) -> bytes:
    """Bytes of a source. shown: its name in messages.

    Raises: UsageError, if it cannot be read, is a folder, is huge or is not UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > MAX_SOURCE_BYTES:
            raise UsageError(
                f"{shown} has {size:,} bytes: that is no source (the limit is {MAX_SOURCE_BYTES:,}). Move it away, or list "
                "it under `exclude:`."
            )
        content = path.read_bytes()
    except IsADirectoryError:
        raise UsageError(
            f"{shown} is a folder, though its name ends like a source: rename it, or list it under `exclude:`"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot read {shown}: {error.strerror or error}") from error
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{shown}:{line}: not UTF-8 (byte 0x{content[error.start]:02x}): save the file in that encoding"
        ) from None
    return content
