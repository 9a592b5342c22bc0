"""The lines of Solidity behind an execution on this chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ape.logging import logger
from ape.types.trace import SourceTraceback

from ape_ingot.solidity.project import Compiled
from ape_ingot.solidity.tracebacks import traceback_of
from ingot.engine import RECORD_STEPS, RECORD_TAILS, keccak256
from ingot.trace import Steps, code_of, code_that_ran, is_creation, plain_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ape.managers.project import LocalProject

    from ingot.engine import Frame, Outcome
    from ingot.trace import Program, Repetition

__all__ = ["Lines"]


class Lines:
    """Of the contracts of a project, wherever they are deployed."""

    def __init__(self, project: LocalProject) -> None:
        self.project = project
        self._compiled: Compiled | None = None
        self._libraries: object = None

    @property
    def compiled(self) -> Compiled:
        """Compiled when it is first asked for, and again when libraries have been linked since."""
        compiler = self.project.compiler_manager.registered_compilers.get(".sol")
        libraries = repr(getattr(compiler, "libraries", None))
        if self._compiled is None or libraries != self._libraries:
            self._compiled, self._libraries = Compiled(self.project, self._compiled), libraries
        return self._compiled

    def steps(self, outcome: Outcome, repetition: Repetition) -> Steps:
        """The steps of an execution that was recorded with them, or with its tails; of plain code, if they would say little otherwise."""
        recording = outcome.recording
        assert recording is not None
        engine, frames = repetition.engine, recording.frames

        def find(frame: Frame, among: Sequence[Frame]) -> Program | None:
            ran = code_that_ran(frame, among, engine.code)
            creates = is_creation(frame)
            code_hash = keccak256(ran) if creates else frame.code_hash
            return self.compiled.find(code_hash, ran, is_creation=creates) if ran else None

        return plain_steps(
            Steps(recording, lambda frame: find(frame, frames)),
            repetition,
            range(len(frames)),
            recording=RECORD_STEPS if recording.step_count else RECORD_TAILS,
            code_of=lambda frame: code_of(frame, engine.code),
            plain_of=lambda program: self.compiled.plain.like(program),
            find=find,
        )

    def traceback(self, outcome: Outcome, repetition: Repetition) -> SourceTraceback:
        """Empty where no code of the project ran. outcome: recorded with its steps.

        Of what is too long to be recorded, the last steps before it failed are told; if it did not fail, nothing.
        """
        if outcome.recording is not None and outcome.recording.is_truncated:
            if outcome.succeeded:
                logger.warning(
                    "No lines of Solidity can be shown: the execution is too long to be recorded to its end."
                )
                return SourceTraceback.model_construct(root=[])
            outcome = repetition(RECORD_TAILS)
        return traceback_of(self.steps(outcome, repetition), self.project.path)
