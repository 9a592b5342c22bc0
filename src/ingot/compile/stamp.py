"""The shortest way to know that nothing changed: `.ingot/stamp.json` lists the stat of all that a build depends on.

It is there only after a complete build whose files were all older than the clock's grain; it goes before the next one
starts. Whoever finds it stale takes the long way, which hashes. Imports nothing but the standard library's lightest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["SETTLED_NS", "environment", "read_stamp", "remove_stamp", "stat_list", "write_stamp"]

SETTLED_NS = 100_000_000
"""A file that is older than this when it is read has an mtime that no later write repeats."""

_FORMAT = 1
_NAME = "stamp.json"

StatList = list[int] | None


def stat_list(path: Path) -> StatList:
    """Mtime and ctime in ns, size, inode; None where nothing is."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]


def environment() -> dict[str, str]:
    """The variables that decide which compiler is used."""
    return {name: value for name in ("INGOT_SOLC",) if (value := os.environ.get(name))}


def read_stamp(build_folder: Path, *, version: str) -> str | None:
    """The summary of the last build if nothing has changed since, else None. version: of ingot."""
    try:
        stamp = json.loads((build_folder / _NAME).read_bytes())
        if (stamp["format"], stamp["version"], stamp["environment"]) != (_FORMAT, version, environment()):
            return None
        if stamp["folder"] != str(build_folder):  # the project was copied, and its files are others
            return None
        if any(stat_list(Path(path)) != expected for path, expected in stamp["stats"].items()):
            return None
        summary: str = stamp["summary"]
        return summary
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_stamp(
    build_folder: Path, paths: Iterable[str], *, summary: str, version: str, read_at_ns: int
) -> None:
    """Remember the stats of `paths`, those that do not exist too. Best effort, and nothing if a file is too young.

    Files in `build_folder` are written by us alone, under the lock: they may be young.
    read_at_ns: when the build began to look at the files.
    """
    ours = str(build_folder) + os.sep
    stats = {path: stat_list(Path(path)) for path in paths}
    youngest = max(
        (max(found[:2]) for path, found in stats.items() if found and not path.startswith(ours)), default=0
    )
    if youngest > read_at_ns - SETTLED_NS:
        return
    stamp = {
        "format": _FORMAT,
        "version": version,
        "folder": str(build_folder),
        "environment": environment(),
        "summary": summary,
        "stats": stats,
    }
    beside = build_folder / f"{_NAME}.{os.getpid()}.tmp"
    try:
        beside.write_text(json.dumps(stamp), encoding="utf-8")
        beside.replace(build_folder / _NAME)
    except OSError:
        remove_stamp(build_folder, name=beside.name)


def remove_stamp(build_folder: Path, *, name: str = _NAME) -> None:
    """A build begins: what was known no longer counts. Best effort where the folder cannot be written at all."""
    try:
        (build_folder / name).unlink()
    except OSError:
        return
