"""Compiled code, and which bytes of which source each of its instructions comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ingot.artifacts import Bytecode
from ingot.artifacts.source_map import Entry, counters_of, entries_of
from ingot.trace.syntax import Function, Statement, Unit

__all__ = ["JUMP", "JUMPDEST", "JUMPI", "Place", "Program"]

_PUSH1, _PUSH32 = 0x60, 0x7F
_ISZERO = 0x15
JUMP, JUMPI, JUMPDEST = 0x56, 0x57, 0x5B
_LABELS = frozenset((JUMPDEST,))
_MOVES = frozenset((JUMPDEST, 0x50, *range(0x5F, 0xA0)))
"""Also POP, PUSH0 to PUSH32, DUP and SWAP."""
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
    """The code of a contract.

    source: name of the unit that declares it.      units: by the number that the source map has for them.      entries: selector -> the function that it stands for;
    that of "" is the constructor.      is_ir: whether it was made by way of Yul, in which functions lose their beginnings.
    is_vague: whether most places were lost, too.
    """

    source: str
    contract: str
    is_creation: bool
    bytecode: Bytecode = field(repr=False)
    units: Mapping[int, Unit] = field(repr=False)
    entries: Mapping[str, tuple[Unit, int]] = field(repr=False)
    is_ir: bool = False
    is_vague: bool = False

    @property
    def code(self) -> bytes:
        """Zeros where libraries and immutables go."""
        return self.bytecode.unlinked

    def is_code_of(self, found: bytes, *, with_metadata: bool = True) -> bool:
        """Whether `found` runs these instructions: equal but for libraries and immutables, and constructor arguments."""
        return self.bytecode.is_code_of(found, is_initcode=self.is_creation, with_metadata=with_metadata)

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
        return zip(counters_of(self.code), entries_of(self.bytecode.source_map), strict=False)

    @cached_property
    def jumps(self) -> dict[int, str]:
        """Program counter -> "i" for a jump into a function, "o" for one out of it. No other jumps."""
        return {
            counter: jump
            for counter, (_, _, _, jump) in self._instructions()
            if jump != "-" and self.code[counter] == JUMP
        }

    def tells(self, operation: int) -> bool:
        """Whether the place of such an instruction says what is executed: by way of Yul, that of moves on the stack does not, which
        are made ahead for what comes later.
        """
        return operation not in (_MOVES if self.is_ir and not self.is_vague else _LABELS)

    @cached_property
    def returns(self) -> dict[int, Place]:
        """Where a statement goes on after a function that it has called -> the place of the call."""
        calls = (counter for counter, jump in self.jumps.items() if jump == "i")
        return {
            counter + 1: self.places[counter]
            for counter in calls
            if counter in self.places and self.places[counter].statement >= 0
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
            if place.statement >= 0 and place.opens and self.tells(self.code[counter]):
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
