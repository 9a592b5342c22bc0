"""What is to be compiled, with which compiler and settings, and what is still good."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256

from ingot.compile.choice import Choice, Demand
from ingot.compile.graph import SourceGraph, Unit
from ingot.compile.libraries import linked_libraries
from ingot.compile.pragma import release_text
from ingot.compile.settings import settings_for, standard_settings
from ingot.config.model import Config, Remapping
from ingot.errors import UsageError

__all__ = ["Job", "Target", "group", "plan_targets", "select"]


_SMALLEST_PART = 32
"""Units. Below this, analysing common imports twice costs more than a second processor gains."""


@dataclass(frozen=True, slots=True)
class Target:
    """A unit whose contracts are to be had. settings: JSON of the standard settings.      closure: with the unit."""

    unit: str
    release: str
    settings: str
    closure: frozenset[str] = field(repr=False)

    def key(self, graph: SourceGraph, long_version: str) -> str:
        """Hash of all that decides the output."""
        sources = sorted((name, graph.units[name].content_hash) for name in self.closure)
        return sha256(json.dumps([long_version, self.settings, sources]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Job:
    """One call of a compiler. units: those whose outputs are wanted.      sources: all that they need."""

    release: str
    settings: str
    units: tuple[str, ...]
    sources: frozenset[str]


def select(
    units: Mapping[str, Unit], patterns: Sequence[str], contracts: Mapping[str, Sequence[str]]
) -> list[str]:
    """The project's units that a pattern names: a path, a glob of paths, a file's name or a contract's.

    contracts: unit -> names, as far as they are known from former builds; without patterns all units.
    Raises: UsageError, for a pattern that names nothing.
    """
    own = sorted(name for name, unit in units.items() if unit.is_own)
    if not patterns:
        return own
    chosen: dict[str, None] = {}
    for pattern in patterns:
        wanted = pattern.removeprefix("./").rstrip("/")
        found = [unit for unit in own if _matches(unit, wanted, contracts.get(unit, ()))]
        if not found:
            raise UsageError(_nothing(pattern, own))
        chosen.update(dict.fromkeys(found))
    return sorted(chosen)


def _matches(unit: str, pattern: str, contracts: Sequence[str]) -> bool:
    name = unit.rpartition("/")[2]
    return (
        fnmatchcase(unit, pattern)
        or fnmatchcase(name, pattern)
        or fnmatchcase(name.removesuffix(".sol"), pattern)
        or unit.startswith(pattern + "/")
        or any(fnmatchcase(contract, pattern) for contract in contracts)
    )


def _nothing(pattern: str, own: Sequence[str]) -> str:
    from difflib import get_close_matches

    names = {
        name: unit for unit in own for name in (unit, unit.rpartition("/")[2], unit.rpartition("/")[2][:-4])
    }
    near = get_close_matches(pattern, names, n=1, cutoff=0.5)
    hint = f"did you mean {names[near[0]]}?" if near else f"there are {', '.join(own[:6]) or 'no sources'}"
    return f"no source matches {pattern!r}; {hint}"


def plan_targets(
    config: Config,
    graph: SourceGraph,
    roots: Sequence[str],
    remappings: Sequence[Remapping],
    choice: Choice,
    choices: dict[str, str],
) -> list[Target]:
    """A target for each root and for each unit that they import.

    An imported unit is compiled as the first root that needs it is. choices: demands -> release; filled here.
    Raises: CompileError, for contradicting pragmas.
    """
    targets: dict[str, Target] = {}
    inherited: list[tuple[Target, str]] = []
    for root in roots:
        closure = graph.closure(root)
        settings = settings_for(config, root)
        demands = _demands(graph, closure, settings.version)
        key = " ".join(sorted({demand.text for demand in demands}))
        if key not in choices:
            choices[key] = release_text(choice.choose(demands))
        libraries = linked_libraries(settings.libraries, graph, closure)
        standard = standard_settings(settings, remappings, libraries)
        target = Target(root, choices[key], json.dumps(standard, sort_keys=True), closure)
        targets[root] = target
        inherited += [(target, unit) for unit in sorted(closure) if not graph.units[unit].is_own]
    for target, unit in inherited:
        if unit not in targets:
            targets[unit] = Target(unit, target.release, target.settings, graph.closure(unit))
    return list(targets.values())


def _demands(graph: SourceGraph, closure: Iterable[str], pinned: str | None) -> list[Demand]:
    demands = [
        Demand(f"{name}:{pragma.line}", pragma.text)
        for name in sorted(closure)
        for pragma in graph.units[name].pragmas
    ]
    if pinned:
        demands.insert(0, Demand("the configuration (solidity.version)", pinned))
    return demands or [Demand("no pragma", "*")]


def group(targets: Iterable[Target], *, processors: int) -> list[Job]:
    """Jobs of one compiler and settings each; a large one is split, so that all processors have work.

    Splitting changes nothing in the bytecode: solc compiles each contract by itself.
    """
    groups: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        groups.setdefault((target.release, target.settings), []).append(target)
    return [
        Job(release, settings, tuple(sorted(target.unit for target in part)), _sources(part))
        for (release, settings), members in groups.items()
        for part in _split(members, processors)
    ]


def _sources(targets: Iterable[Target]) -> frozenset[str]:
    return frozenset().union(*(target.closure for target in targets))


def _split(targets: list[Target], processors: int) -> list[list[Target]]:
    """Neighbours stay together, for what they import in common is analysed once in each part."""
    size = max(_SMALLEST_PART, -(-len(targets) // processors))
    ordered = sorted(targets, key=lambda target: target.unit)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
