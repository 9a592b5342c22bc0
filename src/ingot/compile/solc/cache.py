"""The cache folder: atomic writes, private folders, and memory of what failed."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["Cache", "Notice"]

Notice = Callable[[str], None]
"""Takes one line for the user."""


class Cache:
    """Files that can be made again. Reads look in `root`; writes go there too, or, if that cannot be
    written, to a folder of this user beneath the system's temporary folder, with one warning.
    """

    def __init__(self, root: Path, *, warn: Notice) -> None:
        self.root = root
        self._warn = warn
        self._writable: Path | None = None

    def find(self, name: str) -> Path | None:
        """Path of the entry `name`, or None."""
        return next(self.find_all(name), None)

    def find_all(self, name: str) -> Iterator[Path]:
        """Paths of the entry, in the order in which they count."""
        path = self.root / name
        if path.exists() and is_private(self.root):
            yield path
        elsewhere = _fallback_folder()
        if (elsewhere / name).exists() and is_private(elsewhere):
            yield elsewhere / name

    def writable(self) -> Path:
        """The folder to write to, made if need be, with mode 0700.

        Raises: OSError, if not even the temporary folder can be written.
        """
        if self._writable is None:
            try:
                self._writable = _claim(self.root)
            except OSError as error:
                self._writable = _claim(_fallback_folder())
                self._warn(
                    f"the cache folder {self.root} cannot be written ({error.strerror or error}); "
                    f"using {self._writable}. Set INGOT_CACHE_DIR to a folder of yours"
                )
        return self._writable

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path beside the entry `name`, which takes its place when the block ends without error.

        What stands at the path may be a file or a folder. Raises: OSError (disk full, ...).
        """
        target = self.writable() / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}.{time.monotonic_ns():x}")
        try:
            yield beside
            put_in_place(beside, target)
        finally:
            discard(beside)

    def write(self, name: str, content: bytes) -> Path:
        """Write the entry `name` at once or not at all. Returns its path. Raises: OSError."""
        with self.writing(name) as path:
            path.write_bytes(content)
        return self.writable() / name

    def read_json(self, name: str) -> Any:
        """Content of the entry, or None if it is absent or damaged."""
        path = self.find(name)
        if path is None:
            return None
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None

    def write_json(self, name: str, content: object) -> None:
        """Write the entry; if that fails (disk full, ...) it is forgotten, for a memory is no necessity."""
        with suppress(OSError):
            self.write(name, json.dumps(content, indent=1).encode())

    def read_dated(self, name: str) -> tuple[Any, float]:
        """(content, age in seconds) of an entry that `write_dated` wrote; (None, inf) if it is absent or damaged."""
        entry = self.read_json(name)
        if not isinstance(entry, dict) or not isinstance(entry.get("at"), (int, float)):
            return None, math.inf
        return entry.get("content"), time.time() - entry["at"]

    def write_dated(self, name: str, content: object) -> None:
        """As `write_json`, with the time."""
        self.write_json(name, {"at": time.time(), "content": content})

    def remember_failure(self, what: str, reason: str, *, for_s: float) -> None:
        """Let `failure(what)` answer `reason` for `for_s` seconds."""
        self.write_json(_failure_name(what), {"what": what, "reason": reason, "until": time.time() + for_s})

    def failure(self, what: str) -> str | None:
        """Why `what` failed a short while ago, or None if it may be tried."""
        entry = self.read_json(_failure_name(what))
        if not isinstance(entry, dict) or not isinstance(entry.get("until"), (int, float)):
            return None
        return str(entry.get("reason", "")) if entry["until"] > time.time() else None

    def forget_failure(self, what: str) -> None:
        """Let `what` be tried again."""
        if path := self.find(_failure_name(what)):
            discard(path)


def _failure_name(what: str) -> str:
    return f"failures/{what}.json"


def put_in_place(beside: Path, target: Path) -> None:
    """Rename `beside` to `target`; a folder that is there already is replaced."""
    try:
        beside.replace(target)
    except OSError:
        if not target.is_dir():
            raise
        discard(target)
        beside.replace(target)


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def is_private(folder: Path) -> bool:
    """Whether nobody but this user (and root) can write into `folder`: compiled modules are trusted input."""
    if os.name == "nt":
        return True
    try:
        status = folder.lstat()
    except OSError:
        return False
    return status.st_uid in (0, os.getuid()) and not status.st_mode & 0o022


def _claim(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_private(folder) and folder.owner() and not folder.is_symlink():
        folder.chmod(0o700)
    if not is_private(folder):
        raise PermissionError(0, "others may write into it")
    probe = folder / f".probe-{os.getpid()}-{time.monotonic_ns():x}"
    probe.touch()
    probe.unlink()
    return folder


def _fallback_folder() -> Path:
    if os.name == "nt":
        return Path(os.environ.get("TEMP", "C:/Temp")) / f"ingot-cache-{os.environ.get('USERNAME', 'user')}"
    # Not the module tempfile: it loads random and hashlib, which most runs have no other use for.
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"ingot-cache-{os.getuid()}"
