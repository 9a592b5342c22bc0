"""Paired measurements: in every round each contestant gets a turn, so that noise falls on all of them alike."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

OURS = "ingot"
MIN_ROUNDS = 7

Turn = Callable[[], float]
"""One measurement, in the row's unit."""


@dataclass(frozen=True)
class Series:
    """One contestant's measurements, a value per round."""

    values: tuple[float, ...]

    @property
    def minimum(self) -> float:
        return min(self.values)

    @property
    def maximum(self) -> float:
        return max(self.values)

    @property
    def median(self) -> float:
        return median(self.values)


@dataclass(frozen=True)
class Row:
    """A line of the table.

    target: what the median must reach, in `unit`; None where only peers are shown.
    more_is_better: for rates.      ratio_target: instead of `target`, the largest ratio to `ratio_peer`.
    failures: contestant -> why there is no figure.      notes: printed under the table.
    """

    name: str
    title: str
    unit: str
    series: Mapping[str, Series]
    target: float | None = None
    more_is_better: bool = False
    ratio_target: float | None = None
    ratio_peer: str = ""
    failures: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def ratio(self, peer: str) -> float | None:
        """How many times better than `peer` ours is: the median over rounds of the paired ratios."""
        if OURS not in self.series or peer not in self.series:
            return None
        pairs = zip(self.series[OURS].values, self.series[peer].values, strict=False)
        return median(ours / theirs if self.more_is_better else theirs / ours for ours, theirs in pairs)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none or nothing was measured."""
        if OURS not in self.series:
            return None
        if self.ratio_target is not None:
            ratio = self.ratio(self.ratio_peer)
            return None if ratio is None else 1 / ratio <= self.ratio_target
        if self.target is None:
            return None
        ours = self.series[OURS].median
        return ours >= self.target if self.more_is_better else ours <= self.target


def interleave(turns: Mapping[str, Turn], rounds: int) -> tuple[dict[str, Series], dict[str, str]]:
    """Give everyone `rounds` turns, starting with another contestant each round.

    A contestant whose turn raises is out, and the reason is kept. Returns: (series, failures).
    """
    values: dict[str, list[float]] = {name: [] for name in turns}
    failures: dict[str, str] = {}
    names = list(turns)
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            if name in failures:
                continue
            try:
                values[name].append(turns[name]())
            except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
                failures[name] = _first_line(error)
    series = {name: Series(tuple(taken)) for name, taken in values.items() if name not in failures}
    return series, failures


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def process_turn(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    scale: float = 1000.0,
    timeout_s: float = 600.0,
) -> Turn:
    """Wall time of a whole process, by default in ms. RuntimeError with its last line unless it exits with 0."""
    words = [str(word) for word in command]

    def turn() -> float:
        started = time.perf_counter()
        done = subprocess.run(
            words, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=timeout_s, check=False
        )
        elapsed = time.perf_counter() - started
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
            raise RuntimeError(f"`{' '.join(words[:4])}` exited with {done.returncode}: {said[-1]}")
        return elapsed * scale

    return turn
