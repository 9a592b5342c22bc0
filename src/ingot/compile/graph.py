"""The sources of a project and what they import."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ingot.compile.diagnostic import Diagnostic
from ingot.compile.source import Pragma, Stat
from ingot.compile.stamp import SETTLED_NS
from ingot.config.model import Config
from ingot.errors import UsageError

__all__ = ["Link", "SourceGraph", "Sources", "Unit", "find_sources"]


@dataclass(frozen=True, slots=True)
class Link:
    """An import and the unit that it leads to."""

    path: str
    line: int
    target: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A source unit. path: its file.      is_own: whether it lies in the project's contracts folder.

    libraries: names of those that it declares.
    """

    name: str
    path: Path
    stat: Stat
    read_at_ns: int
    content_hash: str
    links: tuple[Link, ...]
    pragmas: tuple[Pragma, ...]
    libraries: tuple[str, ...]
    is_own: bool

    @property
    def is_settled(self) -> bool:
        """Whether an equal stat proves an equal content: the file was older than the clock's grain when it was read."""
        return self.read_at_ns - max(self.stat[0], self.stat[1]) > SETTLED_NS


@dataclass(frozen=True)
class SourceGraph:
    """All units that the project's sources reach.

    problems: what kept units from being read: missing imports.
    absent: paths which would take precedence if they appeared.
    """

    units: Mapping[str, Unit]
    problems: tuple[Diagnostic, ...] = ()
    absent: tuple[str, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def own(self) -> list[str]:
        """Names of the project's own units, sorted."""
        return sorted(name for name, unit in self.units.items() if unit.is_own)

    def closure(self, name: str) -> frozenset[str]:
        """`name` and everything that it imports, directly or not. Cycles are fine."""
        seen = {name}
        waiting = [name]
        while waiting:
            for link in self.units[waiting.pop()].links:
                if link.target not in seen and link.target in self.units:
                    seen.add(link.target)
                    waiting.append(link.target)
        return frozenset(seen)


@dataclass(frozen=True, slots=True)
class Sources:
    """files: unit name -> file, sorted.      folders: those that were searched."""

    files: Mapping[str, Path]
    folders: tuple[str, ...]


def find_sources(config: Config) -> Sources:
    """Every `.sol` below the contracts folder; links are followed, each folder once.

    Raises: UsageError, for a folder that cannot be listed.
    """
    base = config.root / config.contracts_folder
    found: dict[str, Path] = {}
    skipped = {
        config.root / name for name in ("node_modules", ".ingot", ".build", ".git", "lib", "out", "cache")
    }
    seen: set[tuple[int, int]] = set()
    waiting = [str(base)]
    folders: list[str] = []
    while waiting:
        folder = waiting.pop()
        folders.append(folder)
        for entry in _listed(folder, config.root):
            if entry.name.endswith(".sol"):
                path = Path(entry.path)
                unit = path.relative_to(config.root).as_posix()
                if not _is_excluded(config, unit, path):
                    found[_checked(unit)] = path
            elif _is_searched(entry, skipped) and _is_new(entry, seen):
                waiting.append(entry.path)
    return Sources(dict(sorted(found.items())), tuple(folders))


def _checked(unit: str) -> str:
    try:
        unit.encode()
    except UnicodeEncodeError:
        shown = unit.encode(errors="surrogateescape")
        raise UsageError(f"the file {shown!r} cannot be compiled: its name is not UTF-8: rename it") from None
    return unit


def _listed(folder: str, root: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise UsageError(
            f"{os.path.relpath(folder, root)} is a file, not the folder with the contracts"
        ) from None
    except OSError as error:
        shown = os.path.relpath(folder, root)
        raise UsageError(f"cannot list the folder {shown}: {error.strerror}; is it readable?") from error


def _is_searched(entry: os.DirEntry[str], skipped: set[Path]) -> bool:
    return entry.is_dir() and not entry.name.startswith(".") and Path(entry.path) not in skipped


def _is_new(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> bool:
    if not entry.is_symlink():
        return True
    found = entry.stat()
    key = (found.st_dev, found.st_ino)
    if key in seen or os.path.realpath(entry.path) in (
        os.path.realpath(parent) for parent in Path(entry.path).parents
    ):
        return False
    seen.add(key)
    return True


def _is_excluded(config: Config, unit: str, path: Path) -> bool:
    return any(
        fnmatchcase(unit, pattern)
        or fnmatchcase(path.name, pattern)
        or unit.startswith(pattern.rstrip("/") + "/")
        for pattern in config.exclude
    )
