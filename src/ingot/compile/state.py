"""What is remembered between builds: `.ingot/state.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingot.compile.diagnostic import Diagnostic
from ingot.compile.graph import Link, Unit
from ingot.compile.source import Pragma
from ingot.compile.stamp import environment
from ingot.config.model import Config

__all__ = ["Output", "State", "fingerprint"]

_FORMAT = 4


@dataclass(frozen=True, slots=True)
class Output:
    """What one unit was compiled to.

    key: hash of everything that went in.      release: `0.8.24`.      contracts: their names, in the source's order.
    """

    key: str
    build_id: str
    release: str
    contracts: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """The last build.

    fingerprint: of the configuration.      remappings: all that were in force.
    absent: paths that would change the meaning of an import if they appeared.
    is_complete: every unit's output is of its present content.
    choices: demands -> release, so that a new compiler on the machine changes no build by itself.
    long_versions: release -> long version of the compiler that was used.
    """

    fingerprint: str = ""
    remappings: tuple[str, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    absent: tuple[str, ...] = ()
    is_complete: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    long_versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it."""
        return {
            "format": _FORMAT,
            "fingerprint": self.fingerprint,
            "remappings": self.remappings,
            "units": [
                (
                    unit.name,
                    str(unit.path),
                    unit.stat,
                    unit.read_at_ns,
                    unit.content_hash,
                    [(link.path, link.line, link.target) for link in unit.links],
                    [(pragma.text, pragma.line) for pragma in unit.pragmas],
                    unit.libraries,
                    unit.is_own,
                )
                for unit in self.units.values()
            ],
            "outputs": {
                name: (output.key, output.build_id, output.release, output.contracts)
                for name, output in self.outputs.items()
            },
            "diagnostics": [diagnostic.to_json() for diagnostic in self.diagnostics],
            "absent": self.absent,
            "is_complete": self.is_complete,
            "choices": dict(self.choices),
            "long_versions": dict(self.long_versions),
        }

    @classmethod
    def from_json(cls, data: Any) -> State:
        """Inverse of `to_json`; the empty state for anything else: a build from nothing is always right."""
        try:
            if data["format"] != _FORMAT:
                return cls()
            units = [
                Unit(
                    name,
                    Path(path),
                    tuple(stat),
                    read_at,
                    content_hash,
                    tuple(Link(*link) for link in links),
                    tuple(Pragma(*pragma) for pragma in pragmas),
                    tuple(libraries),
                    is_own,
                )
                for name, path, stat, read_at, content_hash, links, pragmas, libraries, is_own in data[
                    "units"
                ]
            ]
            return cls(
                fingerprint=data["fingerprint"],
                remappings=tuple(data["remappings"]),
                units={unit.name: unit for unit in units},
                outputs={
                    name: Output(key, build_id, release, tuple(contracts))
                    for name, (key, build_id, release, contracts) in data["outputs"].items()
                },
                diagnostics=tuple(Diagnostic.from_json(item) for item in data["diagnostics"]),
                absent=tuple(data["absent"]),
                is_complete=data["is_complete"],
                choices=data["choices"],
                long_versions=data["long_versions"],
            )
        except (TypeError, KeyError, ValueError):
            return cls()

    def with_units(self, units: Mapping[str, Unit]) -> State:
        """With other stats of the same contents."""
        return replace(self, units=units)


def fingerprint(config: Config) -> str:
    """Hash of what the configuration says about compiling."""
    relevant = (
        config.contracts_folder,
        config.exclude,
        repr(config.solidity),
        repr(config.overrides),
        [str(remapping) for remapping in config.remappings],
        config.solc,
        sorted(environment().items()),
        repr(config.dependencies),
    )
    return sha256(repr(relevant).encode()).hexdigest()
