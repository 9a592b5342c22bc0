"""Rows under ape: its own contract objects, over our provider and over its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks import peers
from benchmarks.measure import OURS, Row, Turn, interleave
from benchmarks.micro import WORKERS, Worker

STOCK = "ape, its own provider"

TITLES = {
    "ape-transaction": ("under ape: token.transfer(...), gas_used read", "transfer", 0.8),
    "ape-call": ("under ape: token.balanceOf(...)", "view", 0.5),
}
"""Row -> title, row of the worker, target in ms."""


def _worker(provider: str) -> Worker:
    python, folder, env = peers.ape()
    return Worker([python, WORKERS / "on_ape.py", provider], cwd=folder, env=env)


def _measure(name: str, rounds: int) -> Row:
    title, worked, target = TITLES[name]
    turns: dict[str, Turn] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        for contestant, provider in ((OURS, "ingot"), (STOCK, "test")):
            print(f"{name}: starting {contestant} ...", file=sys.stderr)
            try:
                worker = _worker(provider)
            except (peers.Unavailable, OSError) as error:
                missing[contestant] = str(error)
            else:
                stack.callback(worker.close)
                turns[contestant] = _in_ms(worker.turn(worked))
        series, failures = interleave(turns, rounds) if turns else ({}, {})
    return Row(name, title, "ms", series, target=target, failures={**missing, **failures})


def _in_ms(turn: Callable[[], float]) -> Turn:
    return lambda: turn() / 1000


def transaction(rounds: int) -> Row:
    """A transaction and its receipt."""
    return _measure("ape-transaction", rounds)


def call(rounds: int) -> Row:
    """A view."""
    return _measure("ape-call", rounds)


ROWS: dict[str, Callable[[int], Row]] = {"ape-transaction": transaction, "ape-call": call}
