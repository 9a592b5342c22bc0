"""Compiled code, and which bytes of which source each of its instructions comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ape_ingot.solidity.syntax import Function, Statement, Unit
from ingot.artifacts.source_map import Entry, counters_of, entries_of

__all__ = ["JUMP", "JUMPDEST", "JUMPI", "Place", "Program", "Programs", "programs_of"]

_PLACEHOLDER = re.compile(r"__.{38}")
_PUSH1, _PUSH32 = 0x60, 0x7F
_PUSH20 = 0x73
_ISZERO = 0x15
JUMP, JUMPI, JUMPDEST = 0x56, 0x57, 0x5B
_LEAVING = frozenset({"Break", "Continue", "Return", "YulBreak", "YulContinue", "YulLeave"})


class Place(NamedTuple):
    """Where an instruction comes from.

    function, statement: indices in `unit`, -1 if it is in none.      opens: whether it is of what the statement executes
    itself; jumps around the bodies of an `if` or a loop are not.      if_taken: it does only where it jumps: solc has made
    one jump of `if (x) continue;`.
    """

    unit: Unit
    function: int
    statement: int
    start: int
    end: int
    opens: bool
    if_taken: bool = False

    @property
    def leaves(self) -> bool:
        """Whether all of it is a statement that goes elsewhere."""
        statement = self.at
        return (
            statement is not None
            and statement.node_type in _LEAVING
            and (self.start, self.end) == (statement.start, statement.end)
        )

    @property
    def definition(self) -> Function | None:
        """The function."""
        return self.unit.functions[self.function] if self.function >= 0 else None

    @property
    def at(self) -> Statement | None:
        """The statement."""
        if self.function < 0 or self.statement < 0:
            return None
        return self.unit.functions[self.function].statements[self.statement]


@dataclass(frozen=True, eq=False)
class Program:
    """The code of a contract. code: zeros where libraries and immutables go.      holes: (offset, length) of those.

    units: by the number that the source map has for them.      entries: selector -> the function that it stands for;
    that of "" is the constructor.      is_ir: whether it was made by way of Yul, in which functions lose their beginnings.
    """

    contract: str
    is_creation: bool
    code: bytes = field(repr=False)
    holes: tuple[tuple[int, int], ...] = field(repr=False)
    source_map: str = field(repr=False)
    units: Mapping[int, Unit] = field(repr=False)
    entries: Mapping[str, tuple[Unit, int]] = field(repr=False)
    is_ir: bool = False

    @cached_property
    def _metadata(self) -> tuple[int, int]:
        """Where solc has put the hash of the sources and settings, which is never executed."""
        length = int.from_bytes(self.code[-2:]) + 2
        is_map = length <= min(len(self.code), 128) and 0xA1 <= self.code[-length] <= 0xA3
        return (len(self.code) - length, length) if is_map else (len(self.code), 0)

    def is_code_of(self, found: bytes, *, with_metadata: bool = True) -> bool:
        """Whether `found` runs these instructions: equal but for libraries and immutables, and constructor arguments."""
        size = len(self.code)
        if len(found) < size or (len(found) > size and not self.is_creation):
            return False
        if self.code[:1] == bytes([_PUSH20]) and not any(self.code[1:21]):
            found = found[:1] + bytes(20) + found[21:]  # a library's code opens with its own address
        masked, own = bytearray(found[:size]), bytearray(self.code)
        for offset, length in self.holes:
            masked[offset : offset + length] = bytes(length)
        if not with_metadata:
            offset, length = self._metadata
            masked[offset:], own[offset:] = b"", b""
        return masked == own

    @cached_property
    def places(self) -> dict[int, Place]:
        """Program counter -> where it comes from. What solc made itself has none."""
        known: dict[tuple[int, int, int], tuple[Unit, int, int, bool]] = {}
        places: dict[int, Place] = {}
        for counter, (start, length, number, _) in self._instructions():
            unit = self.units.get(number)
            if unit is None or start < 0:
                continue
            key = (start, length, number)
            if key not in known:
                known[key] = (unit, *_inside(unit, start, start + length))
            found, function, statement, opens = known[key]
            places[counter] = Place(found, function, statement, start, start + length, opens)
        for counter, place in list(places.items()):
            if place.opens and place.leaves:
                self._leave(places, counter, place)
        return places

    def _leave(self, places: dict[int, Place], counter: int, place: Place) -> None:
        """Solc makes one jump of `if (x) continue;`: where that goes is the second statement's, whether it does, the first's."""
        operation = self.code[counter]
        if _PUSH1 - 1 <= operation <= _PUSH32:
            places[counter] = place._replace(opens=False)
            counter += operation - _PUSH1 + 2
            operation = self.code[counter] if counter < len(self.code) else 0
        if operation == JUMPI:
            places[counter] = place._replace(if_taken=True)
        elif operation == _ISZERO:
            places[counter] = place._replace(opens=False)

    def _instructions(self) -> Iterator[tuple[int, Entry]]:
        return zip(counters_of(self.code), entries_of(self.source_map), strict=False)

    @cached_property
    def jumps(self) -> dict[int, str]:
        """Program counter -> "i" for a jump into a function, "o" for one out of it. No other jumps."""
        return {
            counter: jump
            for counter, (_, _, _, jump) in self._instructions()
            if jump != "-" and self.code[counter] == JUMP
        }

    @cached_property
    def functions(self) -> set[tuple[Unit, int]]:
        """Those that anything in this code is of."""
        return {(place.unit, place.function) for place in self.places.values() if place.function >= 0}

    @cached_property
    def with_code(self) -> dict[tuple[Unit, int], set[int]]:
        """Function -> its statements that are in this code."""
        found: dict[tuple[Unit, int], set[int]] = {}
        for counter, place in self.places.items():
            if place.statement >= 0 and place.opens and self.code[counter] != JUMPDEST:
                found.setdefault((place.unit, place.function), set()).add(place.statement)
        for (unit, number), statements in found.items():
            function = unit.functions[number]
            statements -= {
                index
                for index in statements
                if function.statements[index].node_type == "InlineAssembly"
                and any(function.is_in(inner, index) for inner in statements if inner != index)
            }
        return found


def _inside(unit: Unit, start: int, end: int) -> tuple[int, int, bool]:
    function = unit.function_at(start, end)
    if function < 0:
        return -1, -1, False
    index = unit.functions[function].statement_at(start, end)
    if index < 0:
        return function, -1, False
    statement = unit.functions[function].statements[index]
    is_own = not statement.is_compound or end <= statement.header
    return function, index, is_own or statement.node_type == "InlineAssembly"


class Programs:
    """All code of a project, to be found by what is on the chain.

    is_partial: whether some of it was optimized by way of Yul, after which solc says only of some statements where they are.
    """

    def __init__(
        self, programs: Sequence[Program], units: Mapping[str, Unit], *, is_partial: bool = False
    ) -> None:
        self.units = units
        self.is_partial = is_partial
        self.all = tuple(programs)
        self._deployed: dict[int, list[Program]] = {}
        self._creating: list[Program] = []
        for program in programs:
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

    def find(self, code_hash: bytes, code: bytes, *, is_creation: bool = False) -> Program | None:
        """The program of some code; of initcode with arguments behind it, if `is_creation`."""
        key = (code_hash, is_creation)
        if key not in self._found:
            candidates = self._creating if is_creation else self._deployed.get(len(code), ())
            exact = (one for one in candidates if one.is_code_of(code))
            alike = (one for one in candidates if one.is_code_of(code, with_metadata=False))
            self._found[key] = next(exact, None) or next(alike, None)
        return self._found[key]


def programs_of(
    contracts: Mapping[str, Any],
    units: Mapping[int, Unit],
    bases: Mapping[tuple[str, str], Sequence[tuple[Unit, str]]],
    *,
    is_ir: bool = False,
) -> Iterator[Program]:
    """Deployed and creating code of each contract. contracts: source unit -> name -> solc's output.

    bases: of each contract, by unit and name: itself and what it inherits from, the nearest first.
    """
    for unit, of_unit in contracts.items():
        for name, output in of_unit.items():
            entries = _entry_points(bases.get((unit, name), ()))
            for key, is_creation in (("bytecode", True), ("deployedBytecode", False)):
                printed = output["evm"][key]
                if not printed.get("object"):
                    continue
                holes = [
                    (hole["start"], hole["length"])
                    for hole in _holes(printed.get("linkReferences"), printed.get("immutableReferences"))
                ]
                code = bytes.fromhex(_PLACEHOLDER.sub("0" * 40, printed["object"]))
                source_map = printed.get("sourceMap") or ""
                yield Program(name, is_creation, code, tuple(holes), source_map, units, entries, is_ir)


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


def _holes(
    links: Mapping[str, Mapping[str, list[dict[str, int]]]] | None,
    immutables: Mapping[str, list[dict[str, int]]] | None,
) -> Iterator[dict[str, int]]:
    for of_unit in (links or {}).values():
        for places in of_unit.values():
            yield from places
    for places in (immutables or {}).values():
        yield from places
