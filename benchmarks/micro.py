"""Rows of single operations from Python: each contestant is a process that times blocks when told to."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from benchmarks import peers
from benchmarks.measure import OURS, Row, Turn, interleave

WORKERS = Path(__file__).parent / "workers"
BLOCK_S = 0.08
"""How long a timed block lasts, about."""
START_TIMEOUT_S = 300.0
ANSWER_TIMEOUT_S = 120.0

TITLES = {
    "transfer": ("token.transfer(...), gas_used read", 8.0),
    "event": ("token.transfer(...), decoded event read", 15.0),
    "view": ("token.balanceOf(...)", 5.0),
    "snapshot": ("snapshot, 2 views, transaction, revert", 20.0),
}
"""Row -> title, target in us."""


class Worker:
    """One contestant's process. See workers/serve.py for the protocol."""

    def __init__(self, command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._counts: dict[str, int] = {}
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed with the worker
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        self._read(START_TIMEOUT_S)

    def turn(self, row: str) -> Callable[[], float]:
        """A turn that times one block of `row`: us per operation."""

        def measure() -> float:
            count = self._counts.get(row) or self._calibrated(row)
            return self._ns(row, count) / 1000

        return measure

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._said.close()

    def _calibrated(self, row: str) -> int:
        """Warm up, then choose how many operations make a block."""
        self._ns(row, 1)
        count = 3
        for _ in range(3):
            count = max(3, min(20_000, int(BLOCK_S * 1e9 / self._ns(row, count))))
        self._counts[row] = count
        return count

    def _ns(self, row: str, count: int) -> float:
        self._pipe(self._process.stdin).write(json.dumps({"row": row, "count": count}) + "\n")
        self._pipe(self._process.stdin).flush()
        answer = self._read(ANSWER_TIMEOUT_S)
        if "error" in answer:
            raise RuntimeError(str(answer["error"]))
        return float(answer["ns"])

    def _read(self, timeout_s: float) -> dict[str, Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe(self._process.stdout), selectors.EVENT_READ)
            if not selector.select(timeout_s):
                self.close()
                raise peers.Unavailable(f"no answer within {timeout_s:.0f} s")
        line = self._pipe(self._process.stdout).readline()
        if not line:
            self._said.seek(0)
            said = self._said.read().strip().splitlines() or ["nothing"]
            self.close()
            raise peers.Unavailable(f"ended at once: {said[-1]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    @staticmethod
    def _pipe(stream: IO[str] | None) -> IO[str]:
        if stream is None:
            raise RuntimeError("the worker has no pipe")
        return stream


def _ours(stack: ExitStack) -> Worker:
    del stack
    return Worker([sys.executable, WORKERS / "on_ingot.py", peers.REPOSITORY], cwd=peers.REPOSITORY, env={})


def _wake(stack: ExitStack) -> Worker:
    del stack
    python, folder, env = peers.wake()
    return Worker([python, WORKERS / "on_wake.py"], cwd=folder, env=env)


def _ape(stack: ExitStack) -> Worker:
    del stack
    python, folder, env = peers.ape()
    return Worker([python, WORKERS / "on_ape.py"], cwd=folder, env=env)


def _anvil(*options: str) -> Callable[[ExitStack], Worker]:
    def start(stack: ExitStack) -> Worker:
        creation = peers.token_creation_code()
        port = stack.enter_context(anvil_node(options))
        return Worker([sys.executable, WORKERS / "on_anvil.py", str(port), creation], cwd=peers.HOME, env={})

    return start


@contextmanager
def anvil_node(options: Sequence[str]) -> Iterator[int]:
    """An anvil that answers on the port given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(peers.native("anvil")), "--quiet", "--port", str(port), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise peers.Unavailable("anvil did not answer within 20 s")


CONTESTANTS: dict[str, Callable[[ExitStack], Worker]] = {
    OURS: _ours,
    "wake": _wake,
    "anvil": _anvil(),
    "anvil pruned": _anvil("--hardfork", "cancun", "--prune-history"),
    "ape": _ape,
}


def measure(rows: Sequence[str], rounds: int, *, contestants: Sequence[str]) -> Iterator[Row]:
    """The rows asked for, each with all contestants interleaved, on new chains: what one row left costs no other."""
    for row in rows:
        with ExitStack() as stack:
            turns: dict[str, Turn] = {}
            missing: dict[str, str] = {}
            for name in contestants:
                print(f"{row}: starting {name} ...", file=sys.stderr)
                try:
                    worker = CONTESTANTS[name](stack)
                except (peers.Unavailable, OSError) as error:
                    missing[name] = str(error)
                else:
                    stack.callback(worker.close)
                    turns[name] = worker.turn(row)
            title, target = TITLES[row]
            series, failures = interleave(turns, rounds) if turns else ({}, {})
            yield Row(row, title, "us", series, target=target, failures={**missing, **failures})
