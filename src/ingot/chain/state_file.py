"""Files of a chain's state. Format: docs/state-file.md."""

from __future__ import annotations

import os
from pathlib import Path

from ingot.errors import UsageError

__all__ = ["read_state", "write_state"]


def write_state(path: str | os.PathLike[str], data: bytes) -> Path:
    """Replace a file as a whole, or not at all. Returns: its path. Raises: UsageError."""
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    return target


def read_state(path: str | os.PathLike[str]) -> bytes:
    """What it holds. Raises: UsageError."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
