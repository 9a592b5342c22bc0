"""Rows of a whole suite under `ape test`: fifty tests of a market maker, over our provider and over ape's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import peers
from benchmarks.measure import MIN_ROUNDS, OURS, Row, Series, interleave
from benchmarks.processes import environment
from benchmarks.under_ape import STOCK

SUITE = Path(__file__).resolve().parent / "suite"
TESTS = 50
TIMEOUT_S = 600


@dataclass(frozen=True)
class Suite:
    """A copy of the suite where it can be run."""

    folder: Path
    python: Path
    env: Mapping[str, str]
    wholes: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of whole processes, by contestant."""

    @classmethod
    def made(cls) -> Suite:
        """Copied and compiled. Raises: Unavailable."""
        python, _, env = peers.ape()
        folder = peers.HOME / "ape-suite"
        for part in ("contracts", "tests"):
            shutil.rmtree(folder / part, ignore_errors=True)
        shutil.copytree(SUITE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        extra = {**env, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
        suite = cls(folder, python, environment(extra))
        peers.run_setup([python.parent / "ape", "compile"], cwd=folder, env=suite.env)
        return suite

    def run(self, contestant: str, provider: str) -> float:
        """Seconds of the tests themselves, first set-up to last teardown. Raises: RuntimeError, unless all passed."""
        phase = self.folder / "phase.txt"
        phase.unlink(missing_ok=True)
        words = [
            self.python.parent / "ape",
            "test",
            "-p",
            "phases",
            "--network",
            f"ethereum:local:{provider}",
        ]
        started = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env={**self.env, "TEST_PHASE_FILE": str(phase)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        whole = time.perf_counter() - started
        passed = re.search(r"(\d+) passed", done.stdout)
        if done.returncode or passed is None or int(passed[1]) != TESTS:
            said = (done.stdout.strip() or done.stderr.strip() or "nothing").splitlines()
            raise RuntimeError(f"`ape test` with {provider} ended with {done.returncode}: {said[-1]}")
        self.wholes.setdefault(contestant, []).append(whole)
        return float(phase.read_text())


def suite(rounds: int) -> list[Row]:
    """The tests, the start-up, the whole."""
    try:
        made = Suite.made()
        for contestant, provider in ((OURS, "ingot"), (STOCK, "test")):
            print(f"ape-suite: setting up {contestant} ...", file=sys.stderr)
            made.run(contestant, provider)
    except (peers.Unavailable, OSError, RuntimeError, subprocess.SubprocessError) as error:
        return [Row("ape-suite", "ape test", "s", {}, failures={OURS: str(error)})]
    made.wholes.clear()
    turns = {OURS: lambda: made.run(OURS, "ingot"), STOCK: lambda: made.run(STOCK, "test")}
    phases, failures = interleave(turns, min(rounds, MIN_ROUNDS))
    wholes = {name: Series(tuple(made.wholes[name])) for name in phases}
    starts = {name: _beyond(wholes[name], phases[name]) for name in phases}
    title = f"under ape: {TESTS} tests of a market maker"
    return [
        Row(
            "ape-suite",
            f"{title}, the tests themselves",
            "s",
            phases,
            ratio_target=1 / 20,
            ratio_peer=STOCK,
            failures=failures,
        ),
        Row("ape-suite", f"{title}, start and end", "s", starts, ratio_target=1.0, ratio_peer=STOCK),
        Row("ape-suite", f"{title}, whole process", "s", wholes),
    ]


def _beyond(whole: Series, part: Series) -> Series:
    return Series(tuple(all_ - some for all_, some in zip(whole.values, part.values, strict=True)))


ROWS: dict[str, Callable[[int], list[Row]]] = {"ape-suite": suite}
