"""From steps to the functions and statements they went through, in order: what a debugger would have shown.

Solc's optimizer uses the same code for what is written in several places, and the source map names but one of them. So a step
counts only where it can have come from: a function that is called there, a statement that may come next. Elsewhere the statement
that may come next and reads the same is meant, or the one that was being executed goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ape_ingot.solidity.program import JUMP, JUMPDEST

if TYPE_CHECKING:
    from collections.abc import Set

    from ape_ingot.solidity.program import Place, Program
    from ape_ingot.solidity.steps import Steps
    from ape_ingot.solidity.syntax import Function, Unit

__all__ = ["HEAD", "Flow", "Visit", "reached", "walk"]

HEAD = -1
"""Index that stands for a function's head."""


@dataclass
class Visit:
    """One time that a statement ran. index: in the function, or HEAD."""

    index: int
    counters: set[int] = field(default_factory=set)


@dataclass
class Flow:
    """Statements of a function, one after the other, up to where another function began. depth: 1 for the first."""

    unit: Unit
    function: int
    depth: int
    visits: list[Visit] = field(default_factory=list)


@dataclass(eq=False)
class _Entry:
    """A function on the stack. statement: the last that was reached, HEAD for none.

    unit: None for what solc has made itself, such as the decoder of arguments.
    """

    unit: Unit | None = None
    number: int = -1
    is_call: bool = False
    statement: int = HEAD
    is_shown: bool = False

    @property
    def function(self) -> Function:
        assert self.unit is not None
        return self.unit.functions[self.number]

    def is_at(self, place: Place) -> bool:
        return self.unit is place.unit and self.number == place.function


@dataclass
class _Frame:
    """A call's stack of functions. base: how many functions are below it, in the calls around.

    enters: whether the step before was a jump into a function.
    """

    base: int
    program: Program | None
    stack: list[_Entry] = field(default_factory=list)
    enters: bool = False

    def depth_of(self, entry: _Entry | None) -> int:
        """Functions up to an entry; up to the top, if None."""
        depth = self.base
        for one in self.stack:
            depth += one.unit is not None
            if one is entry:
                break
        return depth


def reached(steps: Steps) -> tuple[set[tuple[Unit, int]], set[tuple[Unit, int, int]]]:
    """Functions, and statements in them, that were executed."""
    walker = _Walker(steps)
    for step in range(len(steps)):
        walker.take(step)
    statements = {
        (flow.unit, flow.function, visit.index)
        for flow in walker.flows
        for visit in flow.visits
        if visit.index != HEAD
    }
    return walker.entered, statements


def walk(steps: Steps) -> list[Flow]:
    """The way of an execution; of one that failed, up to the statement that made it fail."""
    walker = _Walker(steps)
    for step in range(steps.stop):
        walker.take(step)
    if steps.frames and steps.frames[0].status != "success" and steps.stop:
        walker.finish(steps.frame[steps.stop - 1])
    return walker.flows


class _Walker:
    def __init__(self, steps: Steps) -> None:
        self.flows: list[Flow] = []
        self.entered: set[tuple[Unit, int]] = set()
        self._steps = steps
        self._frames: dict[int, _Frame] = {}
        self._last: _Entry | None = None

    def take(self, step: int) -> None:
        """One more step."""
        steps = self._steps
        number = steps.frame[step]
        frame = self._frames.get(number) or self._begin(number)
        if frame.program is None:
            return
        counter, operation = steps.counter[step], steps.operation[step]
        place = frame.program.places.get(counter)
        if frame.enters:
            frame.enters = False
            _enter(frame, place)
        if (
            place is not None
            and place.function >= 0
            and (frame.program.is_ir or not frame.stack or frame.stack[-1].unit is not None)
            and not (place.if_taken and steps.counter[step + 1] == counter + 1)
        ):
            self._go(frame, place, operation, counter)
        if operation == JUMP:
            jump = frame.program.jumps.get(counter)
            frame.enters = jump == "i"
            if jump == "o":
                _leave(frame)

    def _begin(self, number: int) -> _Frame:
        made = self._steps.frames[number]
        around = None if made.parent is None else self._frames.get(made.parent)
        program = self._steps.programs[number]
        frame = self._frames[number] = _Frame(around.depth_of(None) if around else 0, program)
        if program is not None:
            selector = "" if program.is_creation else made.input[:4].hex()
            known = program.entries.get(selector) if selector or program.is_creation else None
            if known is not None:
                frame.stack.append(_Entry(*known))
        return frame

    def _go(self, frame: _Frame, place: Place, operation: int, counter: int) -> None:
        """To a place in a function of the sources."""
        assert frame.program is not None
        entry, statement = _entry_at(frame, place), place.statement
        if entry is None:  # code that is shared with a function that cannot be meant
            entry = frame.stack[-1]
            if entry.unit is None:
                return
            statement = HEAD if entry.statement == place.statement else _alike(entry, place, frame.program)
        assert entry.unit is not None
        self.entered.add((entry.unit, entry.number))
        if statement < 0:
            return
        if entry.statement == statement:
            if self._last is entry:
                self.flows[-1].visits[-1].counters.add(counter)
            return
        if not place.opens or operation == JUMPDEST:
            return
        if not entry.function.follows(entry.statement, statement, _with_code(entry, frame.program)):
            statement = _alike(entry, place, frame.program)
            if statement < 0:
                return
        entry.statement = statement
        self._visit(frame, entry, statement).counters.add(counter)

    def _visit(self, frame: _Frame, entry: _Entry, statement: int) -> Visit:
        below = frame.stack[: frame.stack.index(entry)]
        for one in below:  # whose modifiers, or base constructors, come before its own first statement
            if one.unit is not None and not one.is_shown:
                self._visit(frame, one, HEAD)
        if self._last is not entry:
            assert entry.unit is not None
            self.flows.append(Flow(entry.unit, entry.number, frame.depth_of(entry)))
            self._last, entry.is_shown = entry, True
        visit = Visit(statement)
        self.flows[-1].visits.append(visit)
        return visit

    def finish(self, number: int) -> None:
        """What failed comes last: a function that had gone on with the same statement after a call, or at its head."""
        frame = self._frames[number]
        entry = _known(frame.stack)
        if entry is not None and self._last is not entry:
            self._visit(frame, entry, entry.statement)


def _with_code(entry: _Entry, program: Program) -> Set[int]:
    assert entry.unit is not None
    return program.with_code.get((entry.unit, entry.number), frozenset())


def _alike(entry: _Entry, place: Place, program: Program) -> int:
    """The statement that may come next and reads as the one at `place`; HEAD if there is none."""
    found = place.at
    if found is None or entry.unit is None:
        return HEAD
    text = place.unit.source[found.start : found.end].split()
    with_code = _with_code(entry, program)
    for index, one in enumerate(entry.function.statements):
        if entry.unit.source[one.start : one.end].split() == text and entry.function.follows(
            entry.statement, index, with_code
        ):
            return index
    return HEAD


def _enter(frame: _Frame, place: Place | None) -> None:
    """After a jump into a function. One of the sources begins at the whole of its definition."""
    definition = place.definition if place is not None else None
    if place is None or definition is None or (place.start, place.end) != (definition.start, definition.end):
        frame.stack.append(_Entry(is_call=True))
        return
    known = _known(frame.stack)
    if known is not None and known.is_at(place) and known.statement == HEAD and not known.is_shown:
        frame.stack.remove(known)  # until now its arguments were decoded
    else:
        known = _Entry(place.unit, place.function)
    known.is_call = True
    frame.stack.append(known)


def _known(stack: list[_Entry]) -> _Entry | None:
    """The uppermost function of the sources."""
    return next((entry for entry in reversed(stack) if entry.unit is not None), None)


def _entry_at(frame: _Frame, place: Place) -> _Entry | None:
    """The entry of the function at `place`: the top one, unless modifiers or the optimizer have woven functions together.

    None if it is of a function that cannot be running.
    """
    stack, is_ir = frame.stack, frame.program is not None and frame.program.is_ir
    if stack and stack[-1].unit is None:
        return _resolved(stack, place)
    if stack and stack[-1].is_at(place):
        return stack[-1]
    for index in range(len(stack) - 2, -1, -1):
        if stack[index].is_at(place):
            del stack[index + 1 :]
            return stack[index]
        if stack[index + 1].is_call and not is_ir:
            break  # what called it goes on when it has returned
    for index in range(len(stack) - 1, -1, -1) if is_ir else (len(stack) - 1,):
        if index < 0 or (stack[index].unit is not None and _may_call(stack[index].function, place)):
            del stack[index + 1 :]
            stack.append(_Entry(place.unit, place.function))
            return stack[-1]
    return None


def _resolved(stack: list[_Entry], place: Place) -> _Entry | None:
    """Where it is not said which function was entered."""
    known = _known(stack)
    if known is not None and known.is_at(place):
        return known
    if known is not None and not _may_call(known.function, place):
        return None
    stack[-1].unit, stack[-1].number = place.unit, place.function
    return stack[-1]


def _may_call(function: Function, place: Place) -> bool:
    called = place.unit.functions[place.function]
    if called.name == "constructor":
        return function.name == "constructor"
    return called.name in function.names


def _leave(frame: _Frame) -> None:
    """After a jump out of a function."""
    for index in range(len(frame.stack) - 1, -1, -1):
        if frame.stack[index].is_call:
            if index:
                del frame.stack[index:]
            return
