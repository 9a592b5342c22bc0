"""The folder `.ingot`: every file is written beside and renamed, so that no reader ever sees half of one.

.ingot/state.json                           what was compiled from what
.ingot/artifacts/contracts/A.sol/A.json     one for each contract
.ingot/build-info/<id>.json                 input and output of the compiler, in Hardhat's format
.ingot/ast/<id>.json                        syntax trees, once somebody asked
.ingot/plain/<id>.json                      its contracts as they are without the optimizer, once somebody asked
.ingot/packages/                            what `ingot install` brought
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ingot.artifacts.files import artifact_file
from ingot.errors import IngotError, UsageError

__all__ = ["Storage"]

_FULL = (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class Storage:
    """The build folder of one project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state_path = folder / "state.json"

    def artifact_path(self, unit: str, name: str) -> Path:
        """Where the artifact of a contract goes."""
        return self.folder / "artifacts" / artifact_file(unit, name)

    def build_info_path(self, build_id: str) -> Path:
        """Where the compiler's input and output go."""
        return self.folder / "build-info" / f"{build_id}.json"

    def ast_path(self, build_id: str) -> Path:
        """Where a build's syntax trees go."""
        return self.folder / "ast" / f"{build_id}.json"

    def plain_path(self, build_id: str) -> Path:
        """Where a build's contracts go as they are without the optimizer."""
        return self.folder / "plain" / f"{build_id}.json"

    def prepare(self) -> None:
        """Make the folder; git is told to ignore it. Raises: IngotError, if it cannot be made."""
        try:
            self.folder.mkdir(exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise self._failed(self.folder, error) from error

    @contextmanager
    def locked(self, *, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Keep other processes from building. waiting: called once if another one is at it. Raises: IngotError."""
        import fcntl

        try:
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._failed(self.folder / "lock", error) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waiting is not None:
                    waiting()
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError:
                pass  # Some network file systems have no locks; that every write is atomic must do there.
            yield
        finally:
            os.close(descriptor)

    def write_json(self, path: Path, content: Any, *, indent: int | None = None) -> None:
        """Replace `path` at once, or not at all. Raises: IngotError, if there is no room or no permission."""
        separators = (",", ":") if indent is None else None
        text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=False)
        beside = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8", errors="surrogateescape")
            beside.replace(path)
        except OSError as error:
            raise self._failed(path, error) from error
        finally:
            beside.unlink(missing_ok=True)

    def read_json(self, path: Path) -> Any:
        """None where there is no such file, or only rubbish."""
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None

    def remove(self, path: Path) -> None:
        """Remove a file and the folders that it leaves empty. Best effort: what stays is stale, not wrong."""
        try:
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.folder:
                    break
                parent.rmdir()
        except OSError:
            return

    def leftovers(self, kind: str, keep: set[Path]) -> list[Path]:
        """Files below `kind` that are not in `keep`, and what a killed process left. The caller holds the lock."""
        stray = (path for path in self.folder.glob("*.tmp") if path.is_file())
        below = (path for path in (self.folder / kind).rglob("*") if path.is_file() and path not in keep)
        return [*stray, *below]

    def _failed(self, path: Path, error: OSError) -> IngotError:
        reason = error.strerror or str(error)
        if error.errno in _FULL:
            return IngotError(
                f"the disk is full: could not write {path}. The former build is intact; make room and repeat."
            )
        if error.errno in _READ_ONLY:
            return UsageError(
                f"cannot write to {self.folder} ({reason}): make the project's folder writable and repeat"
            )
        if error.errno == errno.ENAMETOOLONG:
            return UsageError(
                f"cannot write {path}: the name is too long for this file system; shorten the contract's name"
            )
        return IngotError(f"cannot write {path}: {reason}")
