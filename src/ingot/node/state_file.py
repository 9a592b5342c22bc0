"""State on disk: our own files, and anvil's JSON. Formats: docs/state-file.md."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingot.engine import keccak256
from ingot.errors import UsageError
from ingot.rpc import rlp
from ingot.rpc.anvil_dump import anvil_document
from ingot.rpc.anvil_state import AnvilState, read_anvil_state

if TYPE_CHECKING:
    from ingot.engine import Engine

__all__ = [
    "AnvilState",
    "check_place",
    "place",
    "read_state",
    "renumbered",
    "write_privately",
    "write_state",
]

_GZIP: Final = b"\x1f\x8b"

# Of our own files: where the version ends and the list begins, and what is where in it.
_VERSION_END: Final = 12
_HEAD: Final = 44
_HEADER: Final = 2
_ROOT: Final = 3
_NUMBER: Final = 8


def place(path: str) -> Path:
    """The file that is meant: in a folder, state.json, as anvil has it."""
    found = Path(path)
    return found / "state.json" if found.is_dir() else found


def read_state(path: Path) -> bytes | AnvilState:
    """What a file holds: our own bytes, or anvil's. Raises: UsageError."""
    try:
        raw = path.read_bytes()
        if raw[:2] == _GZIP:
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if raw.lstrip()[:1] != b"{":
        return raw
    try:
        return read_anvil_state(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} is neither a state of ingot nor one of anvil ({type(error).__name__}: {error}): it may be torn"
        ) from error


def renumbered(engine: Engine, number: int) -> bytes:
    """The engine's state with another number of its latest block, which has no ancestors, and the root of what is there.

    Format: docs/state-file.md.
    """
    dump = engine.dump()
    parts = rlp.decode_list(dump[_HEAD:])
    header: list[Any] = rlp.decode_list(parts[_HEADER])
    header[_ROOT], header[_NUMBER] = engine.state_root(), number
    parts[_HEADER], parts[_HEADER + 1] = rlp.encode(header), rlp.encode([])
    body = rlp.join(parts)
    return dump[:_VERSION_END] + keccak256(body) + body


def check_place(path: Path) -> None:
    """Whether a file can be written there at the end. Raises: UsageError, before anything is lost."""
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        beside.unlink()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:200]}.{os.getpid()}")


def write_privately(path: Path, data: bytes) -> None:
    """Replace a file by one that only its owner reads; what is no file is written to. Raises: UsageError."""
    beside = _beside(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def write_state(engine: Engine, path: Path) -> None:
    """Write the state, in anvil's form if the name ends with .json. Raises: UsageError."""
    data = json.dumps(anvil_document(engine)).encode() if path.suffix == ".json" else engine.dump()
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
