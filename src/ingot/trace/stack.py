"""Which functions are running in a call, as the jumps and places of its steps tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from ingot.trace.program import Place, Program
    from ingot.trace.syntax import Function, Unit

__all__ = ["HEAD", "Entry", "Stack"]

HEAD = -1
"""Index that stands for a function's head."""


@dataclass(eq=False)
class Entry:
    """A function on the stack. statement: the last that was reached, HEAD for none.

    unit: None for what solc has made itself, such as the decoder of arguments.      shown: the function that is meant, where solc
    has made the code of two that read the same only once.      is_adrift: whether it may be at any of its statements.
    """

    unit: Unit | None = None
    number: int = -1
    is_call: bool = False
    shown: tuple[Unit, int] | None = None
    statement: int = HEAD
    is_shown: bool = False
    is_adrift: bool = False

    @property
    def meant(self) -> tuple[Unit, int]:
        """The function."""
        assert self.unit is not None
        return self.shown or (self.unit, self.number)

    @property
    def function(self) -> Function:
        """The same."""
        unit, number = self.meant
        return unit.functions[number]

    def is_at(self, place: Place) -> bool:
        """Whether a place is in it."""
        return self.unit is place.unit and self.number == place.function

    def with_code(self, program: Program) -> Set[int]:
        """Its statements that there is code of."""
        assert self.unit is not None
        return program.with_code.get((self.unit, self.number), frozenset())


@dataclass
class Stack:
    """The functions of a call. base: how many are below it, in the calls around."""

    base: int
    program: Program | None
    entries: list[Entry] = field(default_factory=list)

    def depth_of(self, entry: Entry) -> int:
        """Functions up to an entry."""
        return self.base + len(_running(self.entries[: self.entries.index(entry) + 1]))

    @property
    def running(self) -> list[Entry]:
        """The functions of the sources, outermost first."""
        return _running(self.entries)

    @property
    def known(self) -> Entry | None:
        """The uppermost function of the sources."""
        return next((entry for entry in reversed(self.entries) if entry.unit is not None), None)

    @property
    def is_listening(self) -> bool:
        """Whether places say something: not within what solc has made itself, whose places are those of one of its users."""
        return not self.entries or self.entries[-1].unit is not None or self._is_ir

    @cached_property
    def _is_ir(self) -> bool:
        return self.program is not None and self.program.is_ir

    def enter(self, place: Place | None) -> None:
        """After a jump into a function. One of the sources begins at the whole of its definition."""
        definition = place.definition if place is not None else None
        if (
            place is None
            or definition is None
            or (place.start, place.end) != (definition.start, definition.end)
        ):
            self.entries.append(Entry(is_call=True))
            return
        self._unweave(definition)
        known = self.known
        entry = Entry(place.unit, place.function, is_call=True)
        if known is not None and known.statement == HEAD and not known.is_shown:
            if known.is_at(place):
                self.entries.remove(known)  # until now its arguments were decoded
            elif not _may_call(known.function, definition) and known.function.is_shaped_as(definition):
                self.entries.remove(known)
                entry.shown = known.meant
        if known is not None and entry.shown is None and not _may_call(known.function, definition):
            entry.shown = self._meant(known.function, definition, place.unit)
        self.entries.append(entry)

    def _unweave(self, called: Function) -> None:
        """Before a call: functions that the optimizer has woven into the one that calls have ended, unless they can call."""
        for index in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[index]
            if entry.unit is not None and _may_call(entry.function, called):
                del self.entries[index + 1 :]
                return
            if entry.unit is None or entry.is_call:
                return

    def _meant(self, caller: Function, definition: Function, of: Unit) -> tuple[Unit, int] | None:
        """What `caller` calls and reads as `definition`."""
        assert self.program is not None
        for unit in self.program.units.values():
            for number, function in enumerate(unit.functions):
                if _may_call(caller, function) and function.reads_as(definition, unit, of):
                    return unit, number
        return None

    def resume(self, words: Sequence[int], place: Place | None) -> None:
        """In the middle of the call, where it is not known what came before: where the functions on the stack return to tells which
        they are.

        words: the stack of the EVM, its top last.      place: the first one in a function.
        """
        assert self.program is not None
        seen: set[int] = set()
        for word in words:
            calling = self.program.returns.get(word)
            if calling is None:
                continue
            if word not in seen and self._is_woven_in(calling):
                seen.add(word)  # by way of Yul, a function puts there early what its next calls return to
            elif self._resume_in(calling):
                self.entries.append(Entry(is_call=True))
                seen = {word}
        if place is not None:
            self._resume_in(place)
            if (known := self.known) is not None and known.is_at(place):
                known.is_adrift = True

    def _is_woven_in(self, place: Place) -> bool:
        """Whether a place is in the function that has called last; that is at it, then."""
        known = self.known
        if known is None or known is self.entries[-1] or not known.is_at(place) or not self._is_ir:
            return False
        known.statement = place.statement
        return True

    def _resume_in(self, place: Place) -> bool:
        """Whether a place can be in the uppermost function, or in one that is woven into it; that is at it, then."""
        known, top = self.known, self.entries[-1] if self.entries else None
        called = place.unit.functions[place.function]
        may_be_called = known is None or _may_call(known.function, called)
        if known is not None and known.function.placeholder >= 0:
            may_be_called |= any(one.is_at(place) for one in self.entries)  # the body that it stands around
        if top is None or (top.unit is not None and not top.is_at(place) and may_be_called):
            self.entries.append(top := Entry(place.unit, place.function))
        elif top.unit is None and may_be_called:
            top.unit, top.number = place.unit, place.function
        elif not top.is_at(place):
            return False
        top.statement = place.statement if place.statement >= 0 else top.statement
        return True

    def leave(self) -> None:
        """After a jump out of a function."""
        for index in range(len(self.entries) - 1, -1, -1):
            if self.entries[index].is_call:
                if index:
                    del self.entries[index:]
                return

    def entry_at(self, place: Place) -> tuple[int, Entry | None]:
        """The entry of the function at `place`, and where in the stack it is, or would be: the top one, unless modifiers or the
        optimizer have woven functions together.

        None if it is of a function that cannot be running.
        """
        entries = self.entries
        if entries and entries[-1].unit is None:
            return len(entries) - 1, self._resolved(place)
        if entries and entries[-1].is_at(place):
            return len(entries) - 1, entries[-1]
        for index in range(len(entries) - 2, -1, -1):
            if entries[index].is_at(place):
                return index, entries[index]
            if entries[index + 1].is_call and not self._is_ir:
                break  # what called it goes on when it has returned
        called = place.unit.functions[place.function]
        if not entries:
            return 0, Entry(place.unit, place.function)
        if not self._is_ir:
            return self._entered(place, called)
        for index in range(len(entries) - 1, -1, -1):
            if entries[index].unit is not None and _may_call(entries[index].function, called):
                return index + 1, Entry(place.unit, place.function)
        return -1, None

    def _entered(self, place: Place, called: Function) -> tuple[int, Entry | None]:
        """A function without a jump into it: a modifier, a base constructor, or one that the optimizer has woven in."""
        caller = self.entries[-1]
        if not self._may_call_now(caller, called):
            return -1, None
        entry = Entry(place.unit, place.function)
        if caller.statement != HEAD and called.placeholder >= 0:
            entry.statement = called.placeholder  # what comes after the body that it stands around
        return len(self.entries), entry

    def _may_call_now(self, caller: Entry, called: Function) -> bool:
        """Whether `called` is in the statement that `caller` is at, or in one that may be next."""
        assert self.program is not None
        function, unit = caller.function, caller.meant[0]
        if not _may_call(function, called):
            return False
        if caller.statement == HEAD or called.placeholder >= 0:
            return True
        with_code = caller.with_code(self.program)
        return any(
            called.name in unit.names_in(statement)
            for index, statement in enumerate(function.statements)
            if index == caller.statement or function.follows(caller.statement, index, with_code)
        )

    def _resolved(self, place: Place) -> Entry | None:
        """Where it is not said which function was entered."""
        known = self.known
        if known is not None and known.is_at(place):
            return known
        if known is not None and not _may_call(known.function, place.unit.functions[place.function]):
            return None
        self.entries[-1].unit, self.entries[-1].number = place.unit, place.function
        return self.entries[-1]


def _running(entries: Sequence[Entry]) -> list[Entry]:
    """By way of Yul, a function calls its modifier, which calls what is the same function again: only that one is meant then."""
    shown: list[Entry] = []
    for entry in entries:
        if entry.unit is None:
            continue
        outer = len(shown) - 1
        while outer >= 0 and shown[outer].function.placeholder >= 0:
            outer -= 1
        is_again = 0 <= outer < len(shown) - 1 and shown[outer].statement == HEAD
        if is_again and shown[outer].meant == entry.meant:
            del shown[outer:]
        shown.append(entry)
    return shown


def _may_call(function: Function, called: Function) -> bool:
    if called.name == "constructor":
        return function.name == "constructor"
    return called.name in function.names
