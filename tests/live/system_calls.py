"""What a program asked the system for, in order: `strace`, and its output read."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TRACED = "openat,write,pwrite64,writev,fsync,fdatasync,sendto,sendmsg,mkdir,mkdirat,rename,renameat,renameat2"
TIMEOUT_S = 120


@dataclass(frozen=True)
class SystemCall:
    """One call that ended. path: of the descriptor, or of the name.      text: all of it, as strace wrote it."""

    name: str
    path: str
    text: str


def why_not() -> str:
    """Why nothing can be traced here; "" if it can."""
    program = shutil.which("strace")
    if program is None:
        return "strace is not installed: apt-get install strace"
    done = subprocess.run([program, "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace cannot trace here: {done.stderr.strip()}" if done.returncode else ""


def traced(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end under strace. log: what `read` takes."""
    tracer = ["strace", "-f", "-y", "-s", "200000", "-e", f"trace={TRACED}", "-o", str(log)]
    return subprocess.run(
        [*tracer, *words],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


_LINE = re.compile(r"^\d+ +(?P<name>\w+)\((?P<rest>.*)$", re.DOTALL)
_DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")
_NAME = re.compile(r'^(?:AT_FDCWD(?:<[^>]*>)?, )?"(?P<path>[^"]*)"')
_RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$", re.DOTALL)


def read(log: Path) -> Iterator[SystemCall]:
    """The calls in the order in which they ended; one that another thread interrupted in the log is put together."""
    begun: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        pid = line.partition(" ")[0]
        if line.endswith("<unfinished ...>"):
            begun[pid] = line.removesuffix("<unfinished ...>")
            continue
        resumed = _RESUMED.match(line)
        whole = begun.pop(pid, "") + resumed["rest"] if resumed else line
        found = _LINE.match(whole)
        if found is None:
            continue
        rest = found["rest"]
        place = _DESCRIPTOR.match(rest) or _NAME.match(rest)
        yield SystemCall(found["name"], place["path"] if place else "", whole)


_RAW = re.compile(r"0x[0-9a-f]{160,}")
_SYNCS = ("fsync", "fdatasync")


@dataclass(frozen=True)
class Syncs:
    """What a log says of sends. sends: how many transactions were sent.      problems: in words."""

    sends: int
    problems: tuple[str, ...]


def syncs_before_sends(calls: Sequence[SystemCall], journal: Path) -> Syncs:
    """Whether, before each transaction went into a socket, the journal had it, file and folder were synced."""
    sends = 0
    problems = []
    for at, call in enumerate(calls):
        if call.path == str(journal) or "eth_sendRawTransaction" not in call.text:
            continue
        for raw in _RAW.findall(call.text):
            sends += 1
            if problem := _problem(calls[:at], raw, journal):
                problems.append(f"send {sends}: {problem}")
    return Syncs(sends, tuple(problems))


def _problem(before: Sequence[SystemCall], raw: str, journal: Path) -> str:
    """What lacks before the send of `raw`; "" if nothing."""
    path, folder = str(journal), str(journal.parent)
    writes = [
        at
        for at, call in enumerate(before)
        if call.name.startswith(("write", "pwrite")) and call.path == path
    ]
    holding = [at for at in writes if raw in before[at].text]
    if not holding:
        return "the journal does not hold it"
    synced = [at for at, call in enumerate(before) if call.name in _SYNCS and call.text.endswith("= 0")]
    if not any(before[at].path == path and at > holding[0] for at in synced):
        return "the journal was not synced after it was written down"
    if not any(before[at].path == folder and at > writes[0] for at in synced):
        return "the folder was not synced after the journal was made"
    return ""
