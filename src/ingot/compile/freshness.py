"""Whether anything changed since the last build, at the price of a stat for each file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ingot.compile.dependencies import dependency_files, packages_of
from ingot.compile.graph import Sources, Unit
from ingot.compile.remapping import project_remappings, remapping_files
from ingot.compile.source import hash_of, stat_of
from ingot.compile.state import State
from ingot.compile.storage import Storage
from ingot.config.load import CONFIG_FILES
from ingot.config.model import Config

__all__ = ["in_force", "refreshed_units", "watched_paths"]


def refreshed_units(
    config: Config, storage: Storage, state: State, sources: Sources
) -> Mapping[str, Unit] | None:
    """The units of `state` with their present stats, or None if anything changed that a build depends on."""
    # By path: a project that was copied with its `.ingot` is not the one that was compiled.
    if dict(sources.files) != {name: unit.path for name, unit in state.units.items() if unit.is_own}:
        return None
    if in_force(config) != state.remappings:
        return None
    if any(Path(path).exists() for path in state.absent):
        return None
    for compiled, output in state.outputs.items():
        for name in output.contracts:
            if not storage.artifact_path(compiled, name).exists():
                return None
    units = {}
    for name, unit in state.units.items():
        present = _refreshed(unit)
        if present is None:
            return None
        units[name] = present
    return units


def _refreshed(unit: Unit) -> Unit | None:
    stat = stat_of(unit.path)
    if stat == unit.stat and unit.is_settled:
        return unit
    now = time.time_ns()
    try:
        same = stat is not None and hash_of(unit.path.read_bytes()) == unit.content_hash
    except OSError:
        return None
    return replace(unit, stat=stat, read_at_ns=now) if same and stat is not None else None


def in_force(config: Config) -> tuple[str, ...]:
    """What leads from imports to files, apart from the files themselves: remappings and installed dependencies."""
    return (*map(str, project_remappings(config)), *map(repr, packages_of(config)))


def watched_paths(config: Config, storage: Storage, state: State, sources: Sources) -> list[str]:
    """Everything whose stat must stay as it is for a build to stay valid; what does not exist must not appear."""
    paths = [str(config.root / name) for name in (*CONFIG_FILES, "contracts")]
    paths += sources.folders
    paths += [*remapping_files(config), *dependency_files(config)]
    paths += (str(unit.path) for unit in state.units.values())
    paths += state.absent
    paths += (
        str(storage.artifact_path(unit, name))
        for unit, output in state.outputs.items()
        for name in output.contracts
    )
    return paths
