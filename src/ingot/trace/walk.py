"""From steps to the functions and statements they went through, in order: what a debugger would have shown.

Solc's optimizer uses the same code for what is written in several places, and the source map names but one of them. So a step
counts only where it can have come from: a function that is called there, a statement that may come next. Elsewhere the statement
that may come next and reads the same is meant, or the one that was being executed goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingot.trace.program import JUMP
from ingot.trace.stack import HEAD, Entry, Stack

if TYPE_CHECKING:
    from ingot.trace.program import Place, Program
    from ingot.trace.steps import Steps
    from ingot.trace.syntax import Function, Unit

__all__ = ["HEAD", "Flow", "Visit", "Walker", "reached", "walk"]

_FAILING = frozenset((0xFD, 0xFE))
"""REVERT, INVALID."""


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


def reached(steps: Steps) -> tuple[set[tuple[Unit, int]], set[tuple[Unit, int, int]]]:
    """Functions, and statements in them, that were executed."""
    walker = Walker(steps)
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
    walker = Walker(steps)
    for step in range(steps.stop):
        walker.take(step)
    if steps.frames and steps.frames[0].status != "success" and steps.stop:
        walker.finish(steps.frame[steps.stop - 1])
    return walker.flows


class Walker:
    """Takes steps, one after the other."""

    def __init__(self, steps: Steps) -> None:
        self.flows: list[Flow] = []
        self.entered: set[tuple[Unit, int]] = set()
        self._steps = steps
        self._stacks: dict[int, Stack] = {}
        self._entering: set[int] = set()
        self._last: Entry | None = None

    def take(self, step: int) -> None:
        """One more step."""
        steps = self._steps
        number = steps.frame[step]
        stack = self._stacks.get(number) or self._begin(number, step)
        if stack.program is None:
            return
        counter, operation = steps.counter[step], steps.operation[step]
        place = stack.program.places.get(counter)
        if number in self._entering:
            self._entering.discard(number)
            stack.enter(place)
        if place is not None and place.function >= 0 and stack.is_listening and steps.reaches(step, place):
            self._go(stack, place, operation, counter)
        if operation == JUMP:
            jump = stack.program.jumps.get(counter)
            if jump == "i":
                self._entering.add(number)
            elif jump == "o":
                stack.leave()

    def _begin(self, number: int, step: int) -> Stack:
        made = self._steps.frames[number]
        around = None if made.parent is None else self._stacks.get(made.parent)
        program = self._steps.program(number)
        base = around.base + len(around.running) if around else 0
        stack = self._stacks[number] = Stack(base, program)
        if program is not None:
            selector = "" if program.is_creation else made.input[:4].hex()
            known = program.entries.get(selector) if selector or program.is_creation else None
            if known is not None:
                stack.entries.append(Entry(*known))
        if program is not None and number in self._steps.stacks:
            places = (
                program.places.get(self._steps.counter[later]) for later in self._steps.of(number, step)
            )
            first = next((place for place in places if place is not None and place.statement >= 0), None)
            stack.resume(self._steps.stacks[number], first)
        return stack

    def _go(self, stack: Stack, place: Place, operation: int, counter: int) -> None:
        """To a place in a function of the sources."""
        assert stack.program is not None
        entries = stack.entries
        at, entry = stack.entry_at(place)
        statement = place.statement
        if entry is None:  # code that is shared with a function that cannot be meant
            at, entry = len(entries) - 1, entries[-1]
            if entry.unit is None:
                return
            statement = HEAD if entry.statement == place.statement else _alike(entry, place, stack.program)
        if not entry.function.statements:
            self.entered.add(entry.meant)
        if not entries:
            entries.append(entry)  # solc before 0.6 does not say which selector is whose
        if statement < 0:
            return
        if entry.statement == statement:
            if self._last is entry:
                self.flows[-1].visits[-1].counters.add(counter)
            return
        with_code = entry.with_code(stack.program)
        if (
            not place.opens
            or _is_placeholder(entry.function, statement)
            or not stack.program.tells(operation)
        ):
            return
        if entry.is_at(place) and statement not in with_code:
            return
        if entry.is_adrift:
            entry.is_adrift = False
        elif not entry.function.follows(entry.statement, statement, with_code):
            statement = _alike(entry, place, stack.program)
            if statement < 0:
                return
        is_new = not any(one is entry for one in entries)
        entries[at + (not is_new) :] = [entry] if is_new else []
        entry.statement = statement
        self.entered.add(entry.meant)
        self._visit(stack, entry, statement).counters.add(counter)

    def _visit(self, stack: Stack, entry: Entry, statement: int) -> Visit:
        for one in stack.entries[: stack.entries.index(entry)]:
            # whose modifiers, or base constructors, come before its own first statement
            if one.unit is not None and not one.is_shown:
                self._visit(stack, one, HEAD)
        if self._last is not entry:
            self.flows.append(Flow(*entry.meant, stack.depth_of(entry)))
            self._last, entry.is_shown = entry, True
        visit = Visit(statement)
        self.flows[-1].visits.append(visit)
        return visit

    def running(self, frame: int) -> list[Entry]:
        """The functions of the sources that a call is in, outermost first."""
        stack = self._stacks.get(frame)
        return [] if stack is None else stack.running

    def finish(self, frame: int) -> None:
        """What failed comes last: a function that had gone on with the same statement after a call, or at its head."""
        stack = self._stacks[frame]
        entry = stack.known
        if entry is None:
            return
        is_on_purpose = self._steps.operation[self._steps.stop - 1] in _FAILING
        precise = _failing_in_assembly(entry) if is_on_purpose else entry.statement
        if self._last is not entry or precise != entry.statement:
            entry.statement = precise
            self._visit(stack, entry, precise)


def _failing_in_assembly(entry: Entry) -> int:
    """By way of Yul, all of an assembly block comes from the block: if one statement in it fails on purpose, it is that one."""
    function, unit = entry.function, entry.meant[0]
    if entry.statement < 0 or function.statements[entry.statement].node_type != "InlineAssembly":
        return entry.statement
    found = [
        index
        for index, statement in enumerate(function.statements)
        if function.is_in(index, entry.statement)
        and unit.source[statement.start : statement.end].startswith((b"revert", b"invalid"))
    ]
    return found[0] if len(found) == 1 else entry.statement


def _is_placeholder(function: Function, statement: int) -> bool:
    return function.statements[statement].node_type == "PlaceholderStatement"


def _alike(entry: Entry, place: Place, program: Program) -> int:
    """The statement that may come next and reads as the one at `place`; HEAD if there is none."""
    found = place.at
    if found is None or entry.unit is None:
        return HEAD
    text = place.unit.source[found.start : found.end].split()
    with_code, unit = entry.with_code(program), entry.meant[0]
    for index, one in enumerate(entry.function.statements):
        if unit.source[one.start : one.end].split() == text and entry.function.follows(
            entry.statement, index, with_code
        ):
            return index
    return HEAD
