"""The steps of an execution, frame by frame, and in which frame what made it fail has happened."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingot.engine import Frame, Recording
    from ingot.trace.program import Place, Program

__all__ = ["Steps"]

_WORD: Final = 4


class Steps:
    """Step by step: its frame, its program counter, its opcode.

    recording: with its steps, or with the tails of what failed.      find: the program of a frame, None where it is not known; asked
    once.      stacks: frame -> what was on its stack before its first step, where others came before that.
    """

    def __init__(self, recording: Recording, find: Callable[[Frame], Program | None]) -> None:
        columns = recording.steps() if recording.step_count else recording.tails()
        self.frames = recording.frames
        self.stacks = recording.tail_stacks
        self._column: bytes = columns["frame"]
        self.frame = memoryview(self._column).cast("I")
        self.counter = memoryview(columns["pc"]).cast("I")
        self.operation: bytes = columns["op"]
        self._find = find
        self._programs: dict[int, Program | None] = {}

    def __len__(self) -> int:
        return len(self.operation)

    def program(self, frame: int) -> Program | None:
        """The program that ran in a frame."""
        if frame not in self._programs:
            self._programs[frame] = self._find(self.frames[frame])
        return self._programs[frame]

    def place(self, step: int) -> Place | None:
        """Where in the sources a step comes from."""
        program = self.program(self.frame[step])
        return None if program is None else program.places.get(self.counter[step])

    def reaches(self, step: int, place: Place) -> bool:
        """Whether a step is of its place: some are only if they jump."""
        if not place.if_taken:
            return True
        return step + 1 < len(self) and self.counter[step + 1] != self.counter[step] + 1

    def first(self, frame: int, since: int = 0) -> int | None:
        """The first step of a frame from step `since` on; None, if there is none."""
        word, at = frame.to_bytes(_WORD, "little"), since * _WORD
        while (at := self._column.find(word, at)) % _WORD:
            if at < 0:
                return None
            at += 1
        return at // _WORD

    def of(self, frame: int, since: int) -> Iterator[int]:
        """The steps of a frame from step `since` on."""
        return (step for step in range(since, len(self)) if self.frame[step] == frame)

    def back(self, frame: int, end: int) -> Iterator[int]:
        """The steps of a frame before step `end`, from the latest back."""
        word, at = frame.to_bytes(_WORD, "little"), end * _WORD
        while True:
            while (at := self._column.rfind(word, 0, at)) % _WORD:
                if at < 0:
                    return
                at += _WORD - 1
            yield at // _WORD

    @property
    def stop(self) -> int:
        """Steps up to here tell the story: what only hands an inner call's failure on is left out."""
        return self.path[-1][1] if self.path else len(self)

    @cached_property
    def path(self) -> tuple[tuple[int, int], ...]:
        """Of an execution that failed, the frames that the failure came up through, outermost first, and where each of them ends:
        an outer one where it made the call that failed. Empty for one that succeeded.
        """
        if not self.frames or self.frames[0].status == "success":
            return ()
        path: list[tuple[int, int]] = []
        frame, begun, stop = 0, 0, len(self)
        while (inner := self._cause(frame, begun, stop)) is not None:
            path.append((frame, inner[1]))
            frame, begun, stop = inner
        return (*path, (frame, stop))

    def _cause(self, frame: int, begun: int, stop: int) -> tuple[int, int, int] | None:
        """The call in `frame` whose failure it handed on, and where that call began and ended."""
        output = self.frames[frame].output
        for index in range(len(self.frames) - 1, frame, -1):
            inner = self.frames[index]
            if inner.parent != frame:
                continue
            first = self.first(index, begun)
            if inner.status == "success" or inner.output != output or first is None:
                return None
            back = self.first(frame, first)
            back = stop if back is None else min(back, stop)
            return None if self._goes_on(frame, first, back, stop) else (index, first, back)
        return None

    def _hands_on(self, frame: int, stop: int) -> bool:
        """Whether an error is rather handed on by assembly than made once more."""
        program = self.program(frame)
        if program is None or program.is_ir:
            return True  # its statements say little; that the same error was made twice is rare
        places = (program.places.get(self.counter[step]) for step in self.back(frame, stop))
        last = next((place for place in places if place is not None and place.at is not None), None)
        return last is not None and last.at is not None and last.at.is_assembly

    def _goes_on(self, frame: int, called: int, back: int, stop: int) -> bool:
        """Whether another statement is reached after the call, which was made before step `called`."""
        if self.frames[frame].output and self._hands_on(frame, stop):
            return False
        calling = next(self.back(frame, called), None)
        if calling is None:
            return True  # so long ago that it was not kept
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
