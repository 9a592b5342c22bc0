"""Through which calls a failure came up, and at which line each of them was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from ingot.receipt.failure import failing_frames
from ingot.receipt.wording import words_of_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.artifacts.source_map import Place
    from ingot.engine import Frame, Outcome
    from ingot.interface import Interface
    from ingot.node.explanation import Knowledge
    from ingot.node.sources import Sources
    from ingot.provider import Provider

__all__ = ["Stop", "stops_of"]

_LOOK_BACK: Final = 400
"""So many steps of a call, from its failure back, are looked at for one of a statement."""

_WORD: Final = 4


@dataclass(frozen=True, slots=True)
class Stop:
    """A call through which a failure came up. words: the call.      place: the line that it was at, if it is known."""

    words: str
    place: Place | None


def stops_of(
    outcome: Outcome, knowledge: Knowledge, sources: Sources, top: Interface | None, *, name: str = ""
) -> Iterator[Stop]:
    """Innermost first. The lines are known if steps were recorded, and the project has the code.

    name: of the error, or its reason: what is expected in the statement that failed.
    """
    recording = outcome.recording
    if recording is None:
        return
    frames = recording.frames
    path = failing_frames(frames)
    columns = recording.steps() if recording.step_count and not recording.is_truncated else {}
    steps = _Steps(columns.get("frame", b""), columns.get("pc", b""))
    ends = [*(steps.first(inner) for inner in path[1:]), len(steps)]
    for index, end in reversed(list(zip(path, ends, strict=True))):
        frame = frames[index]
        words = words_of_frame(frame, cast("Provider", knowledge), top)
        yield Stop(words, _place(steps.back(index, end), frame, knowledge, sources, name))
        name = ""


def _place(
    counters: Iterator[int], frame: Frame, knowledge: Knowledge, sources: Sources, name: str
) -> Place | None:
    """The line of the last statement, if possible of one that has `name` in it: solc's optimizer lets statements that end
    alike share their end, and the source map then says of all of them that they are the first one.
    """
    is_creation = frame.kind in ("CREATE", "CREATE2")
    interface = knowledge.interfaces.get(frame.to if is_creation else frame.code_address)
    if interface is None or interface.artifact is None:
        return None
    code = frame.input if is_creation else knowledge.get_code(frame.code_address)
    last = None
    for counter in counters:
        found = sources.statement(interface.artifact, code, counter, is_creation=is_creation)
        if found is None:
            continue
        place, text = found
        if name in text:
            return place
        last = last or place
    return last


class _Steps:
    """Columns of a recording: of each step its call and its program counter, little-endian words of four bytes."""

    def __init__(self, frames: bytes, counters: bytes) -> None:
        self._frames = frames
        self._counters = memoryview(counters).cast("I")

    def __len__(self) -> int:
        return len(self._counters)

    def first(self, frame: int) -> int:
        """The first step of a call; the number of all, if it has none."""
        word, position = frame.to_bytes(_WORD, "little"), 0
        while (position := self._frames.find(word, position)) % _WORD:
            if position < 0:
                return len(self)
            position += 1
        return position // _WORD

    def back(self, frame: int, end: int) -> Iterator[int]:
        """The program counters of a call's last steps before step `end`, from the latest back."""
        word, position = frame.to_bytes(_WORD, "little"), end * _WORD
        for _ in range(_LOOK_BACK):
            while (position := self._frames.rfind(word, 0, position)) % _WORD:
                if position < 0:
                    return
                position += _WORD - 1
            yield self._counters[position // _WORD]
