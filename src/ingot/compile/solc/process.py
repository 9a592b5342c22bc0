"""Compilers that are processes of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingot.errors import SolcCrashed

__all__ = ["LAUNCHER_GUARD", "child_environment", "run_process"]

LAUNCHER_GUARD = "INGOT_SOLC_RUNNING"
"""Set for every compiler that we start: a launcher of ours that sees it refuses, so that nothing recurses."""


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment for a compiler's process."""
    return {**(os.environ if environ is None else environ), LAUNCHER_GUARD: "1"}


def run_process(
    command: Sequence[str | Path],
    text: bytes,
    *,
    version: str,
    route: str,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """Standard output of `command`, given `text` on standard input.

    Raises: SolcCrashed, if it cannot start, is killed, or fails without output.
    """

    def crashed(reason: str) -> SolcCrashed:
        return SolcCrashed(f"solc {version} ({route}) {reason}", version=version, route=route)

    import subprocess

    try:
        done = subprocess.run(
            [os.fspath(word) for word in command],
            input=text,
            capture_output=True,
            cwd=cwd,
            env=child_environment(environ),
            check=False,
        )
    except OSError as error:
        raise crashed(f"does not start: {command[0]}: {error.strerror or error}") from error
    if done.returncode < 0:
        raise crashed(
            f"was killed by {_signal_name(-done.returncode)}; if memory ran out, compile fewer files"
        )
    if not done.stdout.lstrip().startswith(b"{") and (done.returncode or not done.stdout):
        raise crashed(f"failed with exit code {done.returncode}: {last_words(done.stderr or done.stdout)}")
    return done.stdout


def last_words(output: bytes, *, limit: int = 400) -> str:
    """End of a process's output, on one line."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-4:])[-limit:] or "no message"


def _signal_name(number: int) -> str:
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
