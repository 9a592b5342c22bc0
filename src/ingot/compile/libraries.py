"""Libraries whose addresses the configuration knows: which sources they are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ingot.compile.graph import SourceGraph
from ingot.config.section import nearest
from ingot.errors import ConfigError

__all__ = ["linked_libraries"]


def linked_libraries(
    addresses: Mapping[str, str], graph: SourceGraph, closure: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Unit -> name -> address, for solc: it wants the unit, the configuration may give the bare name.

    Only libraries of `closure`: others would change the metadata for nothing.
    Raises: ConfigError, for a name that no source has, or several have.
    """
    reached = set(closure)
    found: dict[str, dict[str, str]] = {}
    for name in sorted(addresses):
        unit, library = _owner(name, graph)
        if unit in reached:
            found.setdefault(unit, {})[library] = addresses[name]
    return found


def _owner(name: str, graph: SourceGraph) -> tuple[str, str]:
    wanted, _, library = name.rpartition(":")
    units = [
        unit.name for unit in graph.units.values() if library in unit.libraries and wanted in ("", unit.name)
    ]
    if len(units) == 1:
        return units[0], library
    if units:
        meant = ", ".join(f"{unit}:{library}" for unit in sorted(units))
        raise ConfigError(f"solidity.libraries: {name} may be {meant}: write which one")
    known = {f"{unit.name}:{own}" for unit in graph.units.values() for own in unit.libraries}
    known |= {own for unit in graph.units.values() for own in unit.libraries}
    raise ConfigError(f"solidity.libraries: no source has the library {name}{nearest(name, known)}")
