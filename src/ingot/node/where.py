"""Through which calls and functions a failure came up, and at which line each of them was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ingot.receipt.failure import failing_frames
from ingot.receipt.wording import words_of_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.artifacts.source_map import Place
    from ingot.engine import Frame, Outcome, Recording
    from ingot.interface import Interface
    from ingot.node.explanation import Knowledge
    from ingot.node.sources import Sources
    from ingot.provider import Provider
    from ingot.trace import Activation, Function, Program

__all__ = ["Stop", "stops_of"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A call, or a function in it, through which a failure came up. place: the line that it was at, if it is known."""

    words: str
    place: Place | None


def stops_of(
    outcome: Outcome, knowledge: Knowledge, sources: Sources, top: Interface | None
) -> Iterator[Stop]:
    """Innermost first. The functions are known if tails were recorded, and the project has the code."""
    recording = outcome.recording
    if recording is None:
        return
    frames = recording.frames
    path, running = _way(recording, knowledge, sources)
    for index in reversed(path):
        first, *inner = running.get(index, [None])
        for activation in reversed(inner):
            if activation is not None:
                yield Stop(_name(activation.function), activation.place)
        words = words_of_frame(frames[index], cast("Provider", knowledge), top)
        yield Stop(words, None if first is None else first.place)


def _way(
    recording: Recording, knowledge: Knowledge, sources: Sources
) -> tuple[list[int], dict[int, list[Activation | None]]]:
    """The calls that failed, outermost first, and the functions that each was in."""
    running: dict[int, list[Activation | None]] = {}
    if not recording.tails().get("op"):
        return failing_frames(recording.frames), running
    from ingot.trace import Steps, unwind  # not when a node begins

    def program_of(frame: Frame) -> Program | None:
        is_creation = frame.kind in ("CREATE", "CREATE2")
        interface = knowledge.interfaces.get(frame.to if is_creation else frame.code_address)
        if interface is None or interface.artifact is None:
            return None
        return sources.program(interface.artifact, is_creation=is_creation)

    steps = Steps(recording, program_of)
    for activation in unwind(steps):
        running.setdefault(activation.frame, []).append(activation)
    return [frame for frame, _ in steps.path], running


def _name(function: Function) -> str:
    return f"{function.contract}.{function.signature}" if function.contract else function.signature
