"""The process that compiles a module.

A process of its own, because compiling holds on to 900 MB and cannot be interrupted: this one simply dies of
Ctrl-C, and what it had written is not in place yet.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ingot.compile.solc.cache import Cache, discard
from ingot.compile.solc.lock import holding
from ingot.errors import IngotError

__all__ = ["BuildRequest", "failure_name", "lock_path", "main", "start"]

_REMEMBER_S = 24 * 3600.0  # a failed self-test will fail again
_REMEMBER_DISK_S = 600.0
_STALE_S = 3600.0


@dataclass(frozen=True)
class BuildRequest:
    """What to compile, and where to put it.

    entry: its name in the cache at `cache`.      probe_sha256: what its answers must hash to, or "".
    detached: run on after the caller, at the lowest priority, one such build at a time.
    """

    version: str
    soljson: str
    soljson_sha256: str
    cache: str
    entry: str
    probe_sha256: str
    detached: bool


def failure_name(entry: str) -> str:
    """Name under which the cache remembers why the entry could not be built."""
    return entry.replace("/", "-")


def lock_path(folder: Path, entry: str) -> Path:
    """The lock that whoever builds the entry holds."""
    return folder / "locks" / f"{failure_name(entry)}.lock"


def start(request: BuildRequest) -> subprocess.Popen[bytes]:
    """Start the process. If detached, it answers at once and leaves the work to a child of its own."""
    code = (
        "import sys; root = sys.argv[1]\n"
        "if root not in sys.path: sys.path.insert(0, root)\n"
        f"from {__name__} import main; sys.exit(main(sys.argv[2]))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(Path(__file__).parents[4]), json.dumps(asdict(request))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=request.cache,
    )


def _build(request: BuildRequest, soljson: str, cache: Cache) -> None:
    from ingot.compile.solc.probe import check_answers
    from ingot.compile.solc.version import Version
    from ingot.compile.solc.wasm.extract import extract_wasm
    from ingot.compile.solc.wasm.instance import module_version, run_module
    from ingot.compile.solc.wasm.module import compile_module, store_module

    module = compile_module(soljson, extract_wasm(soljson))
    long_version = module_version(module)
    if Version.parse(long_version) != Version.parse(request.version):
        raise IngotError(f"{request.soljson} is solc {long_version}, not {request.version}")
    check_answers(
        lambda text: run_module(module, text, version=request.version), expected=request.probe_sha256
    )
    with cache.writing(request.entry) as folder:
        store_module(module, folder, notes={"version": request.version, "long_version": long_version})


def _locked(request: BuildRequest, cache: Cache) -> int:
    folder = cache.writable()
    with ExitStack() as locks:
        if request.detached:
            locks.enter_context(holding(folder / "locks" / "background.lock"))
        locks.enter_context(holding(lock_path(folder, request.entry)))
        if (folder / request.entry / "meta.json").exists():
            return 0
        _sweep(folder / "wasm")
        try:
            soljson = Path(request.soljson).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            print(f"{request.soljson}: {error.strerror or error}", file=sys.stderr)
            return 1
        try:
            _build(request, soljson, cache)
        except IngotError as error:
            return _failed(request, cache, str(error), _REMEMBER_S)
        except OSError as error:
            reason = f"the compiled module cannot be stored in {folder}: {error.strerror or error}"
            return _failed(request, cache, reason, _REMEMBER_DISK_S)
        cache.forget_failure(failure_name(request.entry))
    return 0


def _sweep(folder: Path) -> None:
    """Remove what a build that was killed has left behind: `writing` names it with a dot."""
    for path in folder.glob(".*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _STALE_S:
                discard(path)


def _failed(request: BuildRequest, cache: Cache, reason: str, remember_s: float) -> int:
    cache.remember_failure(failure_name(request.entry), reason, for_s=remember_s)
    print(reason, file=sys.stderr)
    return 1


def main(text: str) -> int:
    """Build what the request, as JSON, asks for. Returns 0, or 1 with the reason on standard error."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    request = BuildRequest(**json.loads(text))
    if request.detached:
        if os.fork():
            return 0
        os.setsid()
        os.nice(19)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
    return _locked(request, Cache(Path(request.cache), warn=lambda line: print(line, file=sys.stderr)))
