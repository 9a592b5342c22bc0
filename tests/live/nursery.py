"""Starts `ingot` commands quickly, and kills them where they write: run as a program, it forks a process for each.

A fork of a process that has imported everything is what a new process would be, half a second later. On stdin one JSON
object a line: {"words", "cwd", "env", "output", "fault", "file_size"}; on stdout for each {"pid"}, then {"code", "writes"}.

Writes are the calls that change a file below a folder `deployments`, as Python makes them, counted from 1.
fault: {"at": n, "phase": "before" | "torn" | "after"} kills the process at its nth write; torn: half of the bytes arrive.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, NoReturn

CALLS = (
    "open",
    "write",
    "fsync",
    "fdatasync",
    "ftruncate",
    "truncate",
    "replace",
    "rename",
    "link",
    "unlink",
    "mkdir",
)


class Fault:
    """Counts writes below `deployments`, and kills at one of them. log: a file that keeps the count when we die."""

    def __init__(self, at: int, phase: str, log: int) -> None:
        self.at, self.phase, self.log = at, phase, log
        self.count = 0
        for name in CALLS:
            if hasattr(os, name):
                setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(target: Any, *rest: Any, **options: Any) -> Any:
            path = _path_of(target)
            reads = name == "open" and not (rest and rest[0] & os.O_CREAT)
            if reads or "/deployments/" not in path:
                return real(target, *rest, **options)
            self.count += 1
            _write(self.log, f"{name} {path.rpartition('/deployments/')[2]}\n".encode())
            if self.count == self.at:
                if self.phase == "torn" and name == "write":
                    real(target, bytes(rest[0])[: len(rest[0]) // 2])
                elif self.phase != "before":
                    with suppress(OSError):
                        real(target, *rest, **options)
                os.kill(os.getpid(), signal.SIGKILL)
            return real(target, *rest, **options)

        return call


_write = os.write


def _path_of(target: Any) -> str:
    if isinstance(target, int):
        try:
            return os.readlink(f"/proc/self/fd/{target}")  # noqa: PTH115
        except OSError:
            return ""
    return os.path.abspath(os.fspath(target))  # noqa: PTH100  (no pathlib in what is watched)


def _child(order: dict[str, Any], output: int, log: int) -> int:
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    fault = order.get("fault") or {"at": 0, "phase": ""}
    Fault(fault["at"], fault["phase"], log)
    if size := order.get("file_size"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    sys.argv = ["ingot", *order["words"]]
    from ingot.cli import main

    return main(order["words"])


def _warm() -> None:
    """Import what a deployment needs."""
    from importlib import import_module

    for name in sys.argv[1:]:
        import_module(name)


def _tell(**answer: Any) -> None:
    _write(1, (json.dumps(answer) + "\n").encode())


def _ended(order: dict[str, Any], output: int, log: int) -> NoReturn:
    """The life of a command."""
    code = 70
    try:
        code = _child(order, output, log)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _drained(pipes: dict[int, str]) -> None:
    """Copy what comes out of pipes into files until they end. Pipes, for the size of files may be limited."""
    with selectors.DefaultSelector() as waiting, ExitStack() as stack:
        for pipe, path in pipes.items():
            waiting.register(pipe, selectors.EVENT_READ, stack.enter_context(open(path, "wb")))  # noqa: PTH123
        while waiting.get_map():
            for key, _ in waiting.select():
                if chunk := os.read(key.fd, 1 << 16):
                    key.data.write(chunk)
                else:
                    waiting.unregister(key.fd)
                    os.close(key.fd)


def run() -> None:
    """Serve until stdin ends."""
    _warm()
    for line in sys.stdin:
        order = json.loads(line)
        (output, output_end), (log, log_end) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _ended(order, output_end, log_end)
        os.close(output_end)
        os.close(log_end)
        _tell(pid=pid)
        _drained({output: order["output"], log: f"{order['output']}.writes"})
        _, status = os.waitpid(pid, 0)
        _tell(code=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    run()
