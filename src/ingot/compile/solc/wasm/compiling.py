"""The route to a module that must be compiled first: now, or in the background while node serves."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.lock import is_held
from ingot.compile.solc.node import find_node
from ingot.compile.solc.process import last_words
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.soljson import Soljson, SoljsonMissing, find_soljson
from ingot.compile.solc.version import Version
from ingot.compile.solc.wasm.build import BuildRequest, failure_name, lock_path, start
from ingot.compile.solc.wasm.compiled import of_module, require_wasmtime
from ingot.compile.solc.wasm.module import entry_name, load_module

__all__ = ["wasmtime_solc"]

_OLDEST_SOLC = Version(0, 8, 0)  # 0.7 works too, 0.6 does not; the probes need 0.8
_STARTED_S = 900.0  # a build that says nothing for so long has died


def wasmtime_solc(version: Version, context: Context) -> Solc:
    """soljson.js, compiled ahead of time first."""
    settings = context.settings
    if version < _OLDEST_SOLC:
        raise RouteClosed(f"it serves solc from {_OLDEST_SOLC} on")
    require_wasmtime()
    if settings.build == "never":
        raise RouteClosed("it was not compiled before, and INGOT_SOLC_BUILD=never forbids that now")
    try:
        soljson = find_soljson(version, settings=settings, cache=context.cache)
        folder = context.cache.writable()
    except SoljsonMissing as error:
        raise RouteClosed(str(error), fix=error.fix) from error
    except OSError as error:
        raise RouteClosed(f"no folder for the compiled module can be written: {error}") from error
    request = _request(soljson, folder, detached=_in_background(context))
    if reason := context.cache.failure(failure_name(request.entry)):
        raise RouteClosed(reason)
    if request.detached:
        _leave_to_background(request, context)
        raise RouteClosed("it is being compiled in the background; until then node serves")
    return _build_now(request, context)


def _request(soljson: Soljson, folder: Path, *, detached: bool) -> BuildRequest:
    release = known_releases().get(soljson.version)
    return BuildRequest(
        version=str(soljson.version),
        soljson=str(soljson.path),
        soljson_sha256=soljson.sha256,
        cache=str(folder),
        entry=entry_name(soljson.sha256),
        probe_sha256=release.probe_sha256 if release else "",
        detached=detached,
    )


def _in_background(context: Context) -> bool:
    if not hasattr(os, "fork"):
        return False
    build = context.settings.build
    return build == "background" or (build == "auto" and _node_can_serve(context))


def _node_can_serve(context: Context) -> bool:
    return "node" in context.settings.routes and find_node(context.settings.environ) is not None


def _leave_to_background(request: BuildRequest, context: Context) -> None:
    """Start the build, unless one was started a short while ago."""
    note = f"{failure_name(request.entry)}-started"
    if context.cache.failure(note) or is_held(lock_path(Path(request.cache), request.entry)):
        return
    context.progress(f"solc {request.version} runs on node while a faster build is made in the background")
    context.cache.remember_failure(note, "it was started", for_s=_STARTED_S)
    if reason := _finish(start(request)):
        raise RouteClosed(f"the background build does not start: {reason}")


def _build_now(request: BuildRequest, context: Context) -> Solc:
    if is_held(lock_path(Path(request.cache), request.entry)):
        context.progress(f"waiting for another process that prepares solc {request.version}")
    else:
        context.progress(
            f"preparing solc {request.version} for this machine, once; it takes about half a minute"
        )
    if reason := _finish(start(request)):
        raise RouteClosed(reason)
    module = load_module(context.cache, request.soljson_sha256)
    if module is None:
        raise RouteClosed("the compiled module disappeared; try again")
    return of_module(module, Version.parse(request.version), context)


def _finish(process: subprocess.Popen[bytes]) -> str:
    """Wait for a build. Returns why it failed, or ""."""
    try:
        _, stderr = process.communicate()
    except BaseException:  # Ctrl-C above all: the build must not outlive us
        process.kill()
        process.communicate()
        raise
    if process.returncode < 0:
        return f"compiling it was killed by signal {-process.returncode}; it needs about 900 MB of memory"
    return last_words(stderr) if process.returncode else ""
