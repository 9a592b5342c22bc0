"""Which functions had not returned when an execution failed: its traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingot.artifacts.source_map import Place
from ingot.trace.stack import HEAD
from ingot.trace.walk import Walker

if TYPE_CHECKING:
    from ingot.trace.steps import Steps
    from ingot.trace.syntax import Function, Unit

__all__ = ["Activation", "unwind"]

_OUTER: Final = 8
_INNER: Final = 24
"""Of more calls than these, one in the other, those in the middle are left out: their steps would take long."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A function that was running. frame: the call that it ran in, an index.      statement: the one that it was at; HEAD before
    the first one.
    """

    frame: int
    unit: Unit
    number: int
    statement: int

    @property
    def function(self) -> Function:
        """The function."""
        return self.unit.functions[self.number]

    @property
    def place(self) -> Place:
        """The first line of the statement, or of the function."""
        function = self.function
        start = function.start if self.statement == HEAD else function.statements[self.statement].start
        line = self.unit.line_at(start)
        return Place(self.unit.name, line, self.unit.lines[line - 1].strip())


def unwind(steps: Steps) -> list[Activation]:
    """The functions that were running, outermost first; of a call whose sources are not known there are none.

    steps: all, or the tails of what failed.
    """
    walker = Walker(steps)
    found: list[Activation] = []
    path = steps.path
    for frame, end in path[:_OUTER] + path[_OUTER:][-_INNER:]:
        if steps.program(frame) is None:
            continue
        for step in reversed(list(steps.back(frame, end))):
            walker.take(step)
        if frame == path[-1][0]:
            walker.finish(frame)
        for entry in walker.running(frame):
            unit, number = entry.meant
            found.append(Activation(frame, unit, number, entry.statement))
    return found
