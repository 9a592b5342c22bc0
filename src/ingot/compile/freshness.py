"""Whether anything changed since the last build, at the price of a stat for each file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ingot.compile.graph import Unit, find_sources
from ingot.compile.remapping import project_remappings
from ingot.compile.source import hash_of, stat_of
from ingot.compile.state import State
from ingot.compile.storage import Storage
from ingot.config import Config

__all__ = ["refreshed_units"]


def refreshed_units(config: Config, storage: Storage, state: State) -> Mapping[str, Unit] | None:
    """The units of `state` with their present stats, or None if anything changed that a build depends on."""
    own = find_sources(config)
    if own.keys() != {name for name, unit in state.units.items() if unit.is_own}:
        return None
    if tuple(map(str, project_remappings(config))) != state.remappings:
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
