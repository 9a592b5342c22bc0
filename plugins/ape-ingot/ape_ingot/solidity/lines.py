"""The lines of Solidity behind an execution on this chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ape.logging import logger
from ape.types.trace import SourceTraceback

from ape_ingot.solidity.project import load_programs
from ape_ingot.solidity.tracebacks import traceback_of
from ingot.engine import keccak256
from ingot.trace import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ape.managers.project import LocalProject

    from ingot.engine import Engine, Frame, Outcome
    from ingot.trace import Program, Programs

__all__ = ["Lines"]


class Lines:
    """Of the contracts of a project, wherever they are deployed."""

    def __init__(self, project: LocalProject) -> None:
        self.project = project
        self._programs: Programs | None = None
        self._libraries: object = None

    @property
    def programs(self) -> Programs:
        """Compiled when they are first asked for, and again when libraries have been linked since."""
        compiler = self.project.compiler_manager.registered_compilers.get(".sol")
        libraries = repr(getattr(compiler, "libraries", None))
        if self._programs is None or libraries != self._libraries:
            self._programs, self._libraries = load_programs(self.project, self._programs), libraries
        return self._programs

    def program_of(self, frame: Frame, frames: Sequence[Frame], engine: Engine) -> Program | None:
        """The program that ran in a frame, among `frames`."""
        if frame.kind.startswith("CREATE"):
            return self.programs.find(keccak256(frame.input), frame.input, is_creation=True)
        code = bytes(engine.code(frame.code_address))
        if keccak256(code) != frame.code_hash:  # made by the same transaction, which failed
            made = (one.output for one in frames if one.kind.startswith("CREATE"))
            code = next((output for output in made if keccak256(output) == frame.code_hash), b"")
        return self.programs.find(frame.code_hash, code) if code else None

    def steps(self, outcome: Outcome, engine: Engine) -> Steps:
        """The steps of an execution that was recorded with its steps."""
        recording = outcome.recording
        assert recording is not None
        frames = recording.frames
        return Steps(recording, lambda frame: self.program_of(frame, frames, engine))

    def traceback(self, outcome: Outcome, engine: Engine) -> SourceTraceback:
        """Empty where no code of the project ran, or for too long to be recorded. outcome: recorded with its steps."""
        if outcome.recording is not None and outcome.recording.is_truncated:
            logger.warning(
                "No lines of Solidity can be shown: the execution is too long to be recorded to its end."
            )
            return SourceTraceback.model_construct(root=[])
        return traceback_of(self.steps(outcome, engine), self.project.path)
