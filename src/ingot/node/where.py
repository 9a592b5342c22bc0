"""Through which calls and functions a failure came up, and at which line each of them was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ingot.engine import RECORD_TAILS
from ingot.receipt.failure import failing_frames
from ingot.receipt.wording import words_of_frame
from ingot.trace import Steps, code_of, code_that_ran, is_creation, plain_steps, unwind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingot.artifacts import Artifact
    from ingot.artifacts.source_map import Place
    from ingot.engine import Frame, Outcome, Recording
    from ingot.interface import Interface
    from ingot.node.explanation import Knowledge
    from ingot.node.sources import Sources
    from ingot.provider import Provider
    from ingot.trace import Activation, Function, Program, Repetition

__all__ = ["Stop", "stops_of"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A call, or a function in it, through which a failure came up. place: the line that it was at, if it is known."""

    words: str
    place: Place | None


def stops_of(
    outcome: Outcome, again: Repetition, knowledge: Knowledge, sources: Sources, top: Interface | None
) -> Iterator[Stop]:
    """Innermost first. The functions are known if tails were recorded, and the project has the code.

    again: how it is repeated.
    """
    recording = outcome.recording
    if recording is None:
        return
    frames = recording.frames
    path, running = _way(recording, again, knowledge, sources)
    for index in reversed(path):
        first, *inner = running.get(index, [None])
        for activation in reversed(inner):
            if activation is not None:
                yield Stop(_name(activation.function), activation.place)
        words = words_of_frame(frames[index], cast("Provider", knowledge), top)
        yield Stop(words, None if first is None else first.place)


def _way(
    recording: Recording, again: Repetition, knowledge: Knowledge, sources: Sources
) -> tuple[list[int], dict[int, list[Activation | None]]]:
    """The calls that failed, outermost first, and the functions that each was in."""
    running: dict[int, list[Activation | None]] = {}
    if not recording.tails().get("op"):
        return failing_frames(recording.frames), running
    lookup = _Lookup(knowledge, sources)
    steps = Steps(recording, lambda frame: lookup.find(frame, recording.frames))
    steps = plain_steps(
        steps,
        again,
        [frame for frame, _ in steps.path],
        recording=RECORD_TAILS,
        code_of=lookup.code_of,
        plain_of=lookup.plain_of,
        find=lookup.find,
    )
    for activation in unwind(steps):
        running.setdefault(activation.frame, []).append(activation)
    return [frame for frame, _ in steps.path], running


class _Lookup:
    """The programs of a project that ran in a transaction."""

    def __init__(self, knowledge: Knowledge, sources: Sources) -> None:
        self._knowledge = knowledge
        self._sources = sources
        self._artifacts: dict[Program, Artifact] = {}
        self._found: dict[bytes, Program | None] = {}

    def find(self, frame: Frame, among: Sequence[Frame]) -> Program | None:
        """The program of a frame, as it was deployed or plain."""
        if frame.code_hash not in self._found:
            ran = code_that_ran(frame, among, self._knowledge.get_code)
            self._found[frame.code_hash] = self._program_of(frame, ran)
        return self._found[frame.code_hash]

    def _program_of(self, frame: Frame, ran: bytes) -> Program | None:
        creates = is_creation(frame)
        interface = self._knowledge.interfaces.get(frame.to if creates else frame.code_address)
        artifact = None if interface is None else interface.artifact
        program = None if artifact is None else self._sources.program(artifact, is_creation=creates)
        if artifact is None or program is None:
            return None
        self._artifacts[program] = artifact
        if program.is_code_of(ran) or not program.is_vague:
            return program
        plain = self.plain_of(program)
        return plain if plain is not None and plain.is_code_of(ran) else None

    def plain_of(self, program: Program) -> Program | None:
        """The same without the optimizer."""
        return self._sources.plain(self._artifacts[program], is_creation=program.is_creation)

    def code_of(self, frame: Frame) -> bytes:
        """What runs in a frame, if an account has it."""
        return code_of(frame, self._knowledge.get_code)


def _name(function: Function) -> str:
    return f"{function.contract}.{function.signature}" if function.contract else function.signature
