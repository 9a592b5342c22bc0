"""Reading the sources of a project and all that they import, without a compiler."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ingot.compile.diagnostic import Diagnostic
from ingot.compile.graph import Link, SourceGraph, Unit, find_sources
from ingot.compile.missing import missing_import
from ingot.compile.resolution import Resolution
from ingot.compile.scanning import scan
from ingot.compile.source import hash_of, read_source, stat_of
from ingot.config.model import Config

__all__ = ["read_graph"]


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
