"""Coverage of Solidity: which lines the transactions and calls of a run have executed.

Each is executed once more with its steps recorded, unless another took the same way before. Ape's own tracker would know
statements by program counters, which are not unique: two contracts of one file would cover each other.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ape.logging import logger
from ape.pytest.coverage import CoverageData

from ape_ingot.solidity.report import implied_by, lines_to_cover, source_coverage
from ingot.engine import RECORD_COVERAGE, RECORD_EDGES, RECORD_FRAMES, RECORD_STEPS
from ingot.trace import reached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ape.pytest.coverage import CoverageTracker
    from ape.types.coverage import ContractSourceCoverage, CoverageReport

    from ape_ingot.solidity.lines import Lines
    from ingot.engine import Outcome, Recording
    from ingot.trace import Repetition, Unit

__all__ = ["WITH_WAYS", "Coverage", "coverage_of"]

WITH_WAYS = RECORD_FRAMES | RECORD_COVERAGE | RECORD_EDGES
"""What must be recorded of every execution, to know whether another took the same way."""

_Way = tuple[Any, ...]
_Hits = frozenset[tuple["Unit", int, int]]
"""(unit, function, line); line 0 stands for the function."""


def coverage_of(tracker: CoverageTracker, lines: Lines) -> Coverage:
    """The tracker's, made if it has none yet."""
    if not isinstance(tracker._data, Coverage):
        tracker._data = Coverage(tracker, lines)
    return tracker._data


class Coverage(CoverageData):
    """In place of ape's, which goes on counting what is not Solidity."""

    def __init__(self, tracker: CoverageTracker, lines: Lines) -> None:
        project = tracker._project
        super().__init__(project, lambda: project._contract_sources)
        self._exclusions = tracker.exclusions
        self._lines = lines
        self._times: Counter[_Way] = Counter()
        self._hits: dict[_Way, _Hits] = {}
        self._made: tuple[int, CoverageReport] | None = None

    def reset(self) -> None:
        """Nothing was executed yet."""
        super().reset()  # type: ignore[no-untyped-call]
        self._times.clear()
        self._made = None

    def count(self, outcome: Outcome, repetition: Repetition) -> None:
        """One more execution. outcome: recorded WITH_WAYS."""
        recording = outcome.recording
        if recording is None:
            return
        way = _way(recording)
        if way not in self._hits:
            self._hits[way] = self._reached(repetition)
        self._times[way] += 1

    def _reached(self, repetition: Repetition) -> _Hits:
        outcome = repetition(RECORD_STEPS)
        assert outcome.recording is not None
        if outcome.recording.is_truncated:
            logger.warning(
                "Coverage: an execution is too long to be recorded to its end; what came after is not counted."
            )
        functions, statements = reached(self._lines.steps(outcome, repetition))
        hits = {(unit, number, 0) for unit, number in functions}
        for unit, number, index in statements:
            function = unit.functions[number]
            hits.add((unit, number, 0))
            for one in implied_by(function, index):
                hits.add((unit, number, unit.line_at(function.statements[one].start)))
        return frozenset(hits)

    @property
    def report(self) -> CoverageReport:
        """Ape's, with the sources in Solidity."""
        total = self._times.total()
        if self._made is None or self._made[0] != total:
            others = super().report
            (project,) = others.projects
            sources = [source for source in project.sources if not source.source_id.endswith(".sol")]
            covered = project.model_copy(update={"sources": sources + list(self._solidity())})
            self._made = total, others.model_copy(update={"projects": [covered]})
        return self._made[1]

    def _solidity(self) -> Iterable[ContractSourceCoverage]:
        hits: Counter[tuple[Unit, int, int]] = Counter()
        for way, times in self._times.items():
            for hit in self._hits[way]:
                hits[hit] += times
        programs = self._lines.compiled.to_cover
        if programs.is_vague:
            logger.warning(
                "Coverage: of code that was made with `via_ir` and the optimizer, solc knows the places of some statements "
                "only, and too little is shown as covered. With `solidity: optimize: false` nothing is missing."
            )
        folder = Path(self._lines.project.contracts_folder).relative_to(self._lines.project.path)
        for unit in sorted(programs.units.values(), key=lambda unit: unit.name):
            path = PurePosixPath(unit.name)
            if not path.is_relative_to(folder) or any(part.startswith(".") for part in path.parts):
                continue  # of a dependency, which ape-solidity puts into `.cache`
            covered = source_coverage(unit, lines_to_cover(programs, unit), hits, self._exclusions)
            if covered.statements:
                yield covered


def _way(recording: Recording) -> _Way:
    """What was executed, and which way every condition went; not how often."""
    edges = []
    for code_hash, rows in recording.edges.items():
        words = memoryview(rows).cast("I")
        edges.append((code_hash, words[0::3].tobytes(), words[1::3].tobytes()))
    return frozenset(recording.coverage.items()), frozenset(edges)
