"""The steps of an execution, frame by frame, and in which frame what made it fail has happened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ingot.engine import RECORD_FRAMES, RECORD_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ape_ingot.solidity.program import Place, Program
    from ingot.engine import Frame, Recording

__all__ = ["WITH_STEPS", "Steps"]

WITH_STEPS = RECORD_FRAMES | RECORD_STEPS
"""What must be recorded of an execution."""


@dataclass(frozen=True)
class Steps:
    """Step by step: its frame, its program counter, its opcode. programs: of each frame, None where it is not known."""

    frames: Sequence[Frame]
    frame: memoryview
    counter: memoryview
    operation: bytes
    programs: Sequence[Program | None]

    @classmethod
    def of(cls, recording: Recording, find: Callable[[Frame], Program | None]) -> Steps:
        """find: the program of a frame."""
        columns = recording.steps()
        frames = recording.frames
        return cls(
            frames,
            memoryview(columns["frame"]).cast("I"),
            memoryview(columns["pc"]).cast("I"),
            columns["op"],
            [find(frame) for frame in frames],
        )

    def __len__(self) -> int:
        return len(self.operation)

    def place(self, step: int) -> Place | None:
        """Where in the sources a step comes from."""
        program = self.programs[self.frame[step]]
        return None if program is None else program.places.get(self.counter[step])

    def reaches(self, step: int, place: Place) -> bool:
        """Whether a step is of its place: some are only if they jump."""
        if not place.if_taken:
            return True
        return step + 1 < len(self) and self.counter[step + 1] != self.counter[step] + 1

    @cached_property
    def _first(self) -> dict[int, int]:
        """Frame -> its first step."""
        first: dict[int, int] = {}
        for step, frame in enumerate(self.frame):
            first.setdefault(frame, step)
        return first

    @cached_property
    def stop(self) -> int:
        """Steps up to here tell the story: what only hands an inner call's failure on is left out."""
        if not self.frames or self.frames[0].status == "success":
            return len(self)
        frame, stop = 0, len(self)
        while (inner := self._cause(frame, stop)) is not None:
            frame, stop = inner
        return stop

    def _cause(self, frame: int, stop: int) -> tuple[int, int] | None:
        """The call in `frame` whose failure it handed on, and where that call ended."""
        output = self.frames[frame].output
        for index in range(len(self.frames) - 1, frame, -1):
            inner = self.frames[index]
            if inner.parent != frame:
                continue
            if inner.status == "success" or inner.output != output or index not in self._first:
                return None
            begun = self._first[index]
            back = next((step for step in range(begun, stop) if self.frame[step] == frame), stop)
            return None if self._goes_on(frame, begun - 1, back, stop) else (index, back)
        return None

    def _goes_on(self, frame: int, calling: int, back: int, stop: int) -> bool:
        """Whether another statement is reached after the call."""
        program = self.programs[frame]
        if program is not None and program.is_ir and self.frames[frame].output:
            return False  # its statements say little; that the same error was made twice is rare
        before = self.place(calling)
        here = None if before is None else (before.unit, before.function, before.statement)
        for step in range(back, stop):
            if self.frame[step] != frame:
                continue
            place = self.place(step)
            if place is None or place.statement < 0 or not place.opens:
                continue
            if (place.unit, place.function, place.statement) != here:
                return True
        return False
