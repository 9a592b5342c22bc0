"""The file that remembers a deployment: `deployments/<network>/<name>/journal.jsonl`. Format: docs/journal.md.

Lines are only ever appended, by `Journal.append` alone; before a transaction is sent, the line with its signature is on
the disk. What a journal says of each step is the fold over its lines: `ingot.deploy.state`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingot.deploy.entries import Entry, Header, entry_of, header_of, line_of
from ingot.deploy.lock import Lock
from ingot.deploy.state import EMPTY, State, apply
from ingot.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["FILE_NAME", "Journal", "Record", "read"]

FILE_NAME = "journal.jsonl"
_LOCK_NAME = ".lock"


@dataclass(frozen=True, slots=True)
class Record:
    """A journal as it was read. size: of what is whole, in bytes; what follows it was torn by a crash.

    ends_whole: False, if the last line wants its newline.
    """

    header: Header | None
    entries: tuple[Entry, ...]
    state: State
    size: int
    ends_whole: bool = True


def read(folder: Path) -> Record:
    """The journal in `folder`; without a header where there is none. Nothing is changed, no lock is needed.

    Raises: DeployError, for a line that is corrupt, with its number, and for a journal of a newer version.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Record(None, (), EMPTY, 0)
    except OSError as error:
        raise DeployError(f"cannot read {path}: {error.strerror}") from error
    return _parse(content, path)


def _parse(content: bytes, path: Path) -> Record:
    header: Header | None = None
    entries: list[Entry] = []
    state, size, ends_whole = EMPTY, 0, True
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        ends_whole = line.endswith(b"\n")
        try:
            parsed = json.loads(line)
            if header is None:
                header = header_of(parsed, where=path)
            else:
                entry = entry_of(parsed)
                state = apply(state, entry)
                entries.append(entry)
        except ValueError as error:  # of JSON, of UTF-8, or ours
            if not ends_whole:  # a crash cut it: nothing was sent on its behalf
                return Record(header, tuple(entries), state, size)
            raise DeployError(
                f"{path}: line {number} is corrupt: {_in_words(error)}. A journal is written by ingot alone: bring the "
                "file back from version control or a backup"
            ) from error
        size += len(line)
    return Record(header, tuple(entries), state, size, ends_whole)


def _in_words(error: ValueError) -> str:
    return "it is no JSON" if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)) else str(error)


class Journal:
    """A journal that is open for writing, locked against other runs. Use it as a context, or `close` it."""

    def __init__(self, folder: Path, header: Header) -> None:
        """Open, or begin. Raises: DeployError, if it is another chain's, in use, corrupt or newer."""
        self.folder = folder
        self.path = folder / FILE_NAME
        self.repaired = 0
        """Bytes of a torn last line that were cut off."""
        _make_folders(folder)
        self._lock = Lock(folder / _LOCK_NAME)
        try:
            self._open(header)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, header: Header) -> None:
        record = read(self.folder)
        if record.header is not None:
            check_header(record.header, header, self.path)
        self.header = record.header or replace(header, at=_now())
        self.entries = list(record.entries)
        self.state = record.state
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(self.path, flags, 0o644)
        self._folder_descriptor = _open_folder(self.folder)
        try:
            self.repaired = os.fstat(self._descriptor).st_size - record.size
            if self.repaired:
                os.ftruncate(self._descriptor, record.size)
            if record.header is None:
                self._write(line_of(self.header), sync=True)
            elif not record.ends_whole or self.repaired:
                self._write(b"" if record.ends_whole else b"\n", sync=True)
        except BaseException:
            self._close_files()
            raise

    def append(self, *entries: Entry, sync: bool = False) -> None:
        """Write lines, all or none. sync: return when they are on the disk, the folder's entry of the file too.

        Raises: DeployError, if they cannot be written: then nothing may be sent.
        """
        stamped = [replace(entry, at=_now()) for entry in entries]
        state = self.state
        for entry in stamped:
            state = apply(state, entry)
        self._write(b"".join(map(line_of, stamped)), sync=sync)
        self.state = state
        self.entries += stamped

    def _write(self, lines: bytes, *, sync: bool) -> None:
        """The only place that writes to a journal."""
        size = os.fstat(self._descriptor).st_size
        try:
            written = 0
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:])
            if sync:
                _sync(self._descriptor)
                if self._folder_descriptor is not None:
                    _sync(self._folder_descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, size)
            raise DeployError(
                f"cannot write {self.path}: {error.strerror}. Nothing is sent without it; run again when it can be written"
            ) from error

    def sync(self) -> None:
        """Return when everything is on the disk."""
        self._write(b"", sync=True)

    def close(self) -> None:
        """Let the next run in."""
        self._close_files()
        self._lock.release()

    def _close_files(self) -> None:
        for descriptor in (self._descriptor, self._folder_descriptor):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
        self._descriptor, self._folder_descriptor = -1, None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<journal {self.header.network}/{self.header.name}, {len(self.entries)} lines>"


def check_header(found: Header, wanted: Header, path: Path) -> None:
    """Raises: DeployError, if the journal is of another chain than the node's."""
    if found.chain_id != wanted.chain_id:
        raise DeployError(
            f"{path} is of chain {found.chain_id}, and the node's is {wanted.chain_id}: use the network that it was made "
            "on, or another deployment with --deployment NAME"
        )
    kept = "0x" not in (found.genesis_hash, wanted.genesis_hash)  # some nodes do not keep block 0
    if kept and found.genesis_hash != wanted.genesis_hash:
        raise DeployError(
            f"{path} is of another chain with the id {found.chain_id}: its block 0 is {found.genesis_hash}, the node's is "
            f"{wanted.genesis_hash}. A local node that was started anew, or a stand-in, is another chain: use another "
            "deployment with --deployment NAME, or move the folder away"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _make_folders(folder: Path) -> None:
    """Each new folder's entry in the one above it is on the disk when this returns."""
    missing = [folder, *folder.parents]
    missing = missing[: next(index for index, each in enumerate(missing) if each.is_dir())]
    for each in reversed(missing):
        try:
            each.mkdir(exist_ok=True)
        except OSError as error:
            raise DeployError(f"cannot make {each}: {error.strerror}") from error
        above = _open_folder(each.parent)
        if above is not None:
            try:
                _sync(above)
            finally:
                os.close(above)


def _open_folder(folder: Path) -> int | None:
    """None where the system opens no folders (Windows): there a file's entry is written with the file."""
    if os.name == "nt":
        return None
    return os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def names(deployments: Path) -> Sequence[tuple[str, str, Path]]:
    """(network, name, folder) of every journal below `deployments/`, sorted."""
    found = sorted(deployments.glob(f"*/*/{FILE_NAME}"))
    return [(path.parent.parent.name, path.parent.name, path.parent) for path in found]
