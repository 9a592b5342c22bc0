"""The sources of a project and what they import, read without a compiler."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ingot.compile.diagnostic import Diagnostic
from ingot.compile.missing import missing_import
from ingot.compile.resolution import Resolution
from ingot.compile.source import Pragma, Stat, hash_of, read_source, scan, stat_of
from ingot.compile.stamp import SETTLED_NS
from ingot.config.model import Config
from ingot.errors import UsageError

__all__ = ["Link", "SourceGraph", "Sources", "Unit", "find_sources", "read_graph"]


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


def read_graph(config: Config, resolution: Resolution, *, known: Mapping[str, Unit]) -> SourceGraph:
    """Read every unit that the project's sources reach.

    known: units as they were; a file whose stat or content is unchanged is not scanned again.
    Raises: UsageError, for a source that cannot be read.
    """
    own = find_sources(config).files
    while True:
        before = len(resolution.derived)
        graph = _read_units(config, resolution, own, known)
        if len(resolution.derived) == before:
            return graph
        # A remapping that one import needed holds for all of them, those seen earlier too.
        known = graph.units


def _read_units(
    config: Config, resolution: Resolution, own: Mapping[str, Path], known: Mapping[str, Unit]
) -> SourceGraph:
    units: dict[str, Unit] = {}
    contents: dict[str, bytes] = {}
    problems: list[Diagnostic] = []
    absent: set[str] = set()
    waiting = list(own.items())
    while waiting:
        name, path = waiting.pop()
        if name in units:
            continue
        unit, content = _read(name, path, known.get(name))
        if content is not None:
            contents[name] = content
        links = []
        for link in unit.links:
            resolved = resolution.resolve(link.path, name, path)
            if resolved.path is None:
                source = content if content is not None else read_source(path, name)
                problems.append(missing_import(config, link, resolved, name, source))
                links.append(Link(link.path, link.line, ""))
                continue
            absent.update(map(str, resolved.looked))
            links.append(Link(link.path, link.line, resolved.unit))
            waiting.append((resolved.unit, resolved.path))
        units[name] = replace(unit, links=tuple(links), is_own=name in own)
    problems.sort(key=lambda problem: (problem.file, problem.line))
    return SourceGraph(units, tuple(problems), tuple(sorted(absent)), contents)


def _read(name: str, path: Path, before: Unit | None) -> tuple[Unit, bytes | None]:
    stat = stat_of(path)
    if before is not None and before.stat == stat and before.is_settled and before.path == path:
        return before, None
    now = time.time_ns()
    content = read_source(path, name)
    content_hash = hash_of(content)
    stat = stat or (0, 0, 0, 0)
    if before is not None and before.content_hash == content_hash:
        return Unit(
            name, path, stat, now, content_hash, before.links, before.pragmas, before.libraries, False
        ), content
    directives = scan(content)
    links = tuple(Link(found.path, found.line, "") for found in directives.imports)
    return Unit(
        name, path, stat, now, content_hash, links, directives.pragmas, directives.libraries, False
    ), content
