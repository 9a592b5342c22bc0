"""Rows of web3.py over a chain of its own process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks import peers
from benchmarks.measure import OURS, Row, Turn
from benchmarks.micro import WORKERS, Worker, anvil_node
from benchmarks.processes import row

CONSTANT = "constant answers"
"""The same Web3 in the same process over answers that are not computed: what web3.py takes itself."""


def _worker(stack: ExitStack, what: str) -> Worker:
    command: Sequence[str] = [sys.executable, "-W", "ignore", str(WORKERS / "on_web3.py"), what]
    worker = Worker(command, cwd=peers.REPOSITORY, env={})
    stack.callback(worker.close)
    return worker


def _measured(name: str, title: str, what: str, extra_us: float, rounds: int) -> Row:
    with ExitStack() as stack:
        ours: list[Worker] = []

        def begin_ours() -> Turn:
            ours.append(_worker(stack, "ingot"))
            return ours[0].turn(what)

        def begin_anvil() -> Turn:
            return _worker(stack, str(stack.enter_context(anvil_node(())))).turn(what)

        makers: dict[str, Callable[[], Turn]] = {
            OURS: begin_ours,
            CONSTANT: lambda: ours[0].turn(f"constant {what}"),
            "eth-tester": lambda: _worker(stack, "eth-tester").turn(what),
            "anvil over HTTP": begin_anvil,
        }
        found = row(name, title, rounds, makers, unit="us")
    constant = found.series.get(CONSTANT)
    target = None if constant is None else constant.median + extra_us
    return Row(name, title, "us", found.series, target=target, failures=found.failures)


ROWS: dict[str, Callable[[int], Row]] = {
    "web3-call": lambda rounds: _measured("web3-call", "web3.py in process: eth_call", "call", 20, rounds),
    "web3-send": lambda rounds: _measured(
        "web3-send", "web3.py in process: a transfer and its receipt", "send", 40, rounds
    ),
}
