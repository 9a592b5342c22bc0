"""The kill test: a deployment that dies anywhere and is run again ends as if it had never died.

INGOT_KILL_SHARE (default 0.1) says how many of the points, `make kill-test` takes all; INGOT_KILL_SEED which ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom

import pytest
from faulty_proxy import killing
from killing_points import KILLED, Course, Point, campaign, differences, sample, undisturbed
from lab import BATCH, DEPLOY, Lab

SHARE = float(os.environ.get("INGOT_KILL_SHARE", "0.1"))
SEED = int(os.environ.get("INGOT_KILL_SEED") or SystemRandom().randrange(2**32))
WORKERS = int(os.environ.get("INGOT_KILL_WORKERS", str(min(4, os.cpu_count() or 1))))
STEPS = 20
PACE_S = 0.02
SLOW = 0.25
"""So much smaller is the share of points where blocks take their time."""
TWICE = 0.2
"""So many journeys more, of those that die once, die a second time while they resume."""


@pytest.fixture(scope="module")
def lab(voyage: Path) -> Iterator[Lab]:
    with Lab(voyage) as made:
        yield made


@pytest.fixture(scope="module")
def course(lab: Lab) -> Course:
    return undisturbed(lab)


def test_undisturbed_deployment_is_complete_and_its_rerun_sends_nothing(lab: Lab, course: Course) -> None:
    assert len(course.steps) >= STEPS
    assert len(course.facts.transactions) >= STEPS
    assert len({sender for sender, *_ in course.facts.transactions}) == 3
    before = len(lab.proxy.calls("eth_sendRawTransaction"))

    outcome = lab.run(*DEPLOY)

    assert outcome.code == 0, outcome.output
    assert len(lab.proxy.calls("eth_sendRawTransaction")) == before
    assert lab.facts() == course.facts


def test_a_deployment_killed_anywhere_ends_as_if_it_had_not_been(
    course: Course, voyage: Path, live_log: list[str]
) -> None:
    random = Random(SEED)
    points = course.points()
    chosen = sample(points, SHARE, random)
    journeys: list[list[Point]] = [[point] for point in chosen]
    journeys += [[first, random.choice(points)] for first in sample(chosen, TWICE, random)]

    tally = campaign(journeys, course, make_lab=lambda: Lab(voyage), workers=WORKERS)

    live_log.append(
        f"kill points: {len(chosen)} of {len(points)} ({len(course.writes)} writes, {len(course.requests)} requests; "
        f"seed {SEED}), {len(journeys) - len(chosen)} journeys died twice: {tally.in_words()}"
    )
    assert not tally.problems, f"seed {SEED}:\n" + "\n".join(tally.problems[:10])
    assert len(tally.missed) <= 0.05 * len(chosen) + 1, tally.missed


def test_the_same_where_blocks_take_their_time(voyage: Path, live_log: list[str]) -> None:
    """Transactions wait in the pool when a process dies, and still do when the next one begins."""
    random = Random(SEED)
    with Lab(voyage, pace_s=PACE_S) as slow:
        course = undisturbed(slow)
    points = [point for point in course.points() if point.kind == "write"]
    chosen = sample(points, SLOW * SHARE, random)

    tally = campaign(
        [[point] for point in chosen], course, make_lab=lambda: Lab(voyage, pace_s=PACE_S), workers=WORKERS
    )

    live_log.append(
        f"kill points while blocks take {PACE_S * 1000:g} ms: {len(chosen)} of {len(points)}: {tally.in_words()}"
    )
    assert not tally.problems, f"seed {SEED}:\n" + "\n".join(tally.problems[:10])
    assert len(tally.missed) <= 0.05 * len(chosen) + 1, tally.missed


def test_batches_killed_anywhere_end_as_if_they_had_not_been(voyage: Path, live_log: list[str]) -> None:
    """Several transactions of several senders are on their way at once."""
    random = Random(SEED)
    with Lab(voyage) as lab:
        course = undisturbed(lab, BATCH)
    points = course.points()
    chosen = sample(points, SHARE if SHARE == 1 else SHARE / 2, random)

    tally = campaign([[point] for point in chosen], course, make_lab=lambda: Lab(voyage), workers=WORKERS)

    live_log.append(f"kill points of batches: {len(chosen)} of {len(points)}: {tally.in_words()}")
    assert not tally.problems, f"seed {SEED}:\n" + "\n".join(tally.problems[:10])
    assert len(tally.missed) <= 0.05 * len(chosen) + 1, tally.missed


@pytest.mark.parametrize("nth", [1, 9, 21])
def test_a_process_of_its_own_that_is_killed_is_continued_by_another(
    nth: int, lab: Lab, course: Course
) -> None:
    lab.reset()
    words = [sys.executable, "-m", "ingot", *DEPLOY]
    settings = {"cwd": lab.project, "env": lab.environment(), "stdin": subprocess.DEVNULL}
    process: list[subprocess.Popen] = []
    lab.proxy.on("eth_sendRawTransaction", killing(lambda: process[0].pid, before=nth % 2 == 0), nth=nth)
    process.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **settings))

    assert process[0].wait() == KILLED
    resumed = subprocess.run(words, capture_output=True, text=True, check=False, **settings)

    assert resumed.returncode == 0, resumed.stderr
    assert differences(lab, course) == []
