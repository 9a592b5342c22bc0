"""Kill a deployment at one point, resume it, and compare what came of it with the undisturbed run."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

from faulty_proxy import killing
from lab import DEPLOY, Facts, Lab, Outcome

KILLED = -9
WRITE_PHASES = ("before", "torn", "after")
REQUEST_PHASES = ("before", "after")


@dataclass(frozen=True, order=True)
class Point:
    """Where a process dies. kind: "write" or "request".      at: the how manieth.      phase: before, torn or after it."""

    kind: str
    at: int
    phase: str

    def __str__(self) -> str:
        return f"{self.phase} {self.kind} {self.at}"


@dataclass(frozen=True)
class Course:
    """The undisturbed run of a command. writes: in words.      requests: methods of each."""

    command: tuple[str, ...]
    facts: Facts
    steps: tuple[str, ...]
    writes: tuple[str, ...]
    requests: tuple[tuple[str, ...], ...]

    def points(self) -> list[Point]:
        """Every write and every request, before and after; writes of bytes also torn in the middle."""
        writes = [
            Point("write", number, phase)
            for number, call in enumerate(self.writes, start=1)
            for phase in WRITE_PHASES
            if phase != "torn" or call.startswith("write ")
        ]
        requests = [
            Point("request", number, phase)
            for number in range(1, len(self.requests) + 1)
            for phase in REQUEST_PHASES
        ]
        return writes + requests

    def words(self, point: Point) -> str:
        """What happens at a point."""
        listed: Sequence[str] = (
            self.writes if point.kind == "write" else [", ".join(r) for r in self.requests]
        )
        return f"{point} ({listed[point.at - 1] if point.at <= len(listed) else 'one more than undisturbed'})"


@dataclass
class Tally:
    """What a campaign did. missed: points that the first run ended before.      problems: what must not be."""

    killed: int = 0
    missed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        """For the end of the run."""
        return f"{self.killed} kills, {len(self.missed)} points not reached, {len(self.problems)} problems"


def undisturbed(lab: Lab, command: tuple[str, ...] = DEPLOY) -> Course:
    """Run a deployment to the end without a fault. Raises: AssertionError, if that already fails."""
    lab.reset()
    outcome = lab.run(*command)
    assert outcome.code == 0, outcome.output
    facts = lab.facts()
    assert not facts.failed
    assert facts.hashes <= lab.written_down()
    requests = tuple(request.methods for request in lab.proxy.requests)
    return Course(command, facts, _steps(lab), outcome.writes, requests)


def _steps(lab: Lab) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry["step"] for entry in lab.entries if "step" in entry))


def run_until(lab: Lab, point: Point, command: tuple[str, ...] = DEPLOY) -> Outcome:
    """Run a deployment, killed at `point`."""
    first = len(lab.proxy.requests)
    fault = None
    if point.kind == "request":
        lab.proxy.at(first + point.at, killing(lab.nursery.pid, before=point.phase == "before"))
    else:
        fault = (point.at, point.phase)
    outcome = lab.run(*command, fault=fault)
    lab.proxy.behave()  # a run that ended before its point leaves nothing to the next
    return outcome


def die_and_resume(lab: Lab, points: Iterable[Point], course: Course, tally: Tally) -> None:
    """From a new chain: die at each of `points` in turn, then run to the end."""
    lab.reset()
    points = list(points)
    label = ", then ".join(map(course.words, points))
    for again, point in enumerate(points):
        outcome = run_until(lab, point, course.command)
        if outcome.code == KILLED:
            tally.killed += 1
        elif outcome.code == 0:
            if not again:  # a resumed run has less to do
                tally.missed.append(label)
        else:
            tally.problems.append(
                f"{label}: the run ended with {outcome.code} by itself:\n{outcome.output[-1500:]}"
            )
            return
        if not lab.sent() <= lab.written_down():
            tally.problems.append(f"{label}: the node has a transaction that was not written down")
            return
    outcome = lab.run(*course.command)
    if outcome.code:
        tally.problems.append(f"{label}: resumed, it ended with {outcome.code}:\n{outcome.output[-1500:]}")
        return
    tally.problems += [f"{label}: {problem}" for problem in differences(lab, course)]


def differences(lab: Lab, course: Course) -> list[str]:
    """What is not as after the undisturbed run, in words."""
    found, wanted = lab.facts(), course.facts
    problems = []
    lost = set(wanted.transactions) - set(found.transactions)
    more = set(found.transactions) - set(wanted.transactions)
    if lost or more:
        problems.append(
            f"transactions (sender, nonce, to, value, input): missing {_short(lost)}, in excess {_short(more)}"
        )
    elif found.transactions != wanted.transactions:
        problems.append("a transaction is there twice")
    if found.failed:
        problems.append(f"{len(found.failed)} transactions failed")
    if found.waiting:
        problems.append(f"{found.waiting} transactions wait in the pool")
    for address in sorted(set(found.accounts) | set(wanted.accounts)):
        if found.accounts.get(address) != wanted.accounts.get(address):
            problems.append(
                f"account {address}: {found.accounts.get(address)} instead of {wanted.accounts.get(address)}"[
                    :600
                ]
            )
    if not found.hashes <= lab.written_down():
        problems.append("the chain has a transaction that was not written down")
    if sorted(_steps(lab)) != sorted(course.steps):
        problems.append(f"the journal has the steps {_steps(lab)}")
    return problems


def _short(rows: Iterable[tuple[str, int, str | None, int, str]]) -> str:
    return str([(sender[:6], nonce, to, value, data[:18]) for sender, nonce, to, value, data in sorted(rows)])


def campaign(
    journeys: Sequence[Sequence[Point]],
    course: Course,
    *,
    make_lab: Callable[[], Lab],
    workers: int,
) -> Tally:
    """Every journey (points to die at in turn) from a new chain, on several labs at once."""
    waiting: queue.SimpleQueue[Sequence[Point]] = queue.SimpleQueue()
    for journey in journeys:
        waiting.put(journey)
    tally = Tally()
    crashes: list[BaseException] = []

    def work() -> None:
        try:
            with ExitStack() as stack:
                lab = stack.enter_context(make_lab())
                while True:
                    try:
                        journey = waiting.get_nowait()
                    except queue.Empty:
                        return
                    die_and_resume(lab, journey, course, tally)
        except BaseException as crash:
            crashes.append(crash)

    threads = [threading.Thread(target=work) for _ in range(min(workers, len(journeys)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if crashes:
        raise crashes[0]
    return tally


def sample(points: Sequence[Point], share: float, random: Random) -> list[Point]:
    """So many of them, in order."""
    return sorted(random.sample(list(points), max(1, round(len(points) * share))))
