"""What one call of solc has read and made: its sources, and the code of its contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingot.artifacts import Artifact
from ingot.trace.plain import is_vague
from ingot.trace.program import Program
from ingot.trace.syntax import Unit, functions_of

__all__ = ["Compilation", "Programs", "compilation_of"]


@dataclass(frozen=True, eq=False)
class Compilation:
    """The sources of one call of solc.

    units: by the number that source maps have for them.      bases: unit and name of a contract -> itself and what it inherits
    from, the nearest first.      is_ir: whether the code was made by way of Yul.      is_vague: whether the optimizer has lost most of its places.
    """

    units: Mapping[int, Unit] = field(repr=False)
    bases: Mapping[tuple[str, str], Sequence[tuple[Unit, str]]] = field(repr=False)
    is_ir: bool = False
    is_vague: bool = False

    def program(self, artifact: Artifact, *, is_creation: bool) -> Program:
        """The deployed code of a contract, or that which creates it."""
        bytecode = artifact.initcode_object if is_creation else artifact.runtime_object
        entries = _entry_points(self.bases.get((artifact.source, artifact.name), ()))
        return Program(
            artifact.source,
            artifact.name,
            is_creation,
            bytecode,
            self.units,
            entries,
            self.is_ir,
            self.is_vague,
        )


def compilation_of(
    standard_json: Mapping[str, Any],
    sources: Mapping[str, Mapping[str, Any]],
    trees: Mapping[str, Any],
    known: Mapping[str, Unit] | None = None,
) -> Compilation:
    """What solc has made of an input. sources: of its output, which number them.      trees: unit -> syntax tree.

    known: units of former compilations, which stay the same as long as their sources do.
    """
    units = {
        name: _unit(name, standard_json["sources"][name]["content"].encode(), tree, known or {})
        for name, tree in trees.items()
        if "content" in standard_json["sources"].get(name, {})
    }
    settings = standard_json["settings"]
    return Compilation(
        {sources[name]["id"]: unit for name, unit in units.items()},
        _bases(trees, units),
        is_ir=bool(settings.get("viaIR")),
        is_vague=is_vague(settings),
    )


def _unit(name: str, source: bytes, tree: Mapping[str, Any], known: Mapping[str, Unit]) -> Unit:
    if name in known and known[name].source == source:
        return known[name]
    return Unit(name, source, tuple(sorted(functions_of(tree), key=lambda function: function.start)))


def _bases(
    trees: Mapping[str, Any], units: Mapping[str, Unit]
) -> dict[tuple[str, str], list[tuple[Unit, str]]]:
    contracts = {
        node["id"]: (name, node)
        for name, tree in trees.items()
        for node in tree["nodes"]
        if node["nodeType"] == "ContractDefinition" and name in units
    }
    return {
        (name, node["name"]): [
            (units[contracts[base][0]], contracts[base][1]["name"])
            for base in node["linearizedBaseContracts"]
            if base in contracts
        ]
        for name, node in contracts.values()
    }


def _entry_points(bases: Sequence[tuple[Unit, str]]) -> dict[str, tuple[Unit, int]]:
    found: dict[str, tuple[Unit, int]] = {}
    for distance, (unit, contract) in enumerate(bases):
        for index, function in enumerate(unit.functions):
            if function.contract != contract:
                continue
            if function.selector:
                found.setdefault(function.selector, (unit, index))
            elif function.name == "constructor" and not distance:
                found[""] = (unit, index)
    return found


class Programs:
    """All code of a project, to be found by what is on the chain."""

    def __init__(self, programs: Iterable[Program], units: Mapping[str, Unit]) -> None:
        self.units = units
        self.all = tuple(programs)
        self._named = {(one.source, one.contract, one.is_creation): one for one in self.all}
        self._deployed: dict[int, list[Program]] = {}
        self._creating: list[Program] = []
        for program in self.all:
            if program.is_creation:
                self._creating.append(program)
            else:
                self._deployed.setdefault(len(program.code), []).append(program)
        self._creating.sort(key=lambda program: -len(program.code))
        self._found: dict[tuple[bytes, bool], Program | None] = {}

    @cached_property
    def mentioned(self) -> set[str]:
        """The names in all functions that there is code of: who has one of these may have been called."""
        compiled = {place for program in self.all for place in program.functions}
        return {name for unit, number in compiled for name in unit.functions[number].names}

    @property
    def is_vague(self) -> bool:
        """Whether there is code of which solc says only of some statements where they are."""
        return any(program.is_vague for program in self.all)

    def like(self, program: Program) -> Program | None:
        """That of the same contract."""
        return self._named.get((program.source, program.contract, program.is_creation))

    def find(self, code_hash: bytes, code: bytes, *, is_creation: bool = False) -> Program | None:
        """The program of some code; of initcode with arguments behind it, if `is_creation`."""
        key = (code_hash, is_creation)
        if key not in self._found:
            candidates = self._creating if is_creation else self._deployed.get(len(code), ())
            exact = (one for one in candidates if one.is_code_of(code))
            alike = (one for one in candidates if one.is_code_of(code, with_metadata=False))
            self._found[key] = next(exact, None) or next(alike, None)
        return self._found[key]
