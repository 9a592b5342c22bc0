"""The routes over wasmtime: a module that was compiled before, or one that is compiled now."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path

from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.lock import is_held
from ingot.compile.solc.node import find_node
from ingot.compile.solc.process import last_words
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.routes import node_solc
from ingot.compile.solc.soljson import SoljsonMissing, find_soljson, known_sha256
from ingot.compile.solc.version import Version, commit_of
from ingot.compile.solc.wasm.build import BuildRequest, failure_name, lock_path, start
from ingot.compile.solc.wasm.instance import run_module
from ingot.compile.solc.wasm.module import (
    CompiledModule,
    ModuleError,
    entry_name,
    load_module,
    wasmtime_version,
)

__all__ = ["compiled_solc", "wasmtime_solc"]

_OLDEST_SOLC = Version(0, 6, 11)  # older ones are wired in other ways
_OLDEST_WASMTIME = 47
_WASMTIME_FIX = f"pip install 'wasmtime>={_OLDEST_WASMTIME}'"
_STARTED_S = 900.0  # a build that says nothing for so long has died


def compiled_solc(version: Version, context: Context) -> Solc:
    """A module that is in the cache."""
    sha256 = known_sha256(version, settings=context.settings, cache=context.cache)
    if not sha256:
        raise RouteClosed("it was not compiled before")
    _require_wasmtime()
    try:
        module = load_module(context.cache, sha256)
    except ModuleError as error:
        raise RouteClosed(str(error), fix=_WASMTIME_FIX) from error
    if module is None:
        raise RouteClosed("it was not compiled before")
    return _of_module(module, version, context)


def _of_module(module: CompiledModule, version: Version, context: Context) -> Solc:
    long_version = f"{version}+commit.{commit_of(module.long_version)}"
    run = partial(run_module, module, version=str(version))
    return Solc(
        version, long_version, "wasmtime", module.folder, run, fallback=partial(node_solc, version, context)
    )


def _require_wasmtime() -> None:
    found = wasmtime_version()
    if not found:
        raise RouteClosed("wasmtime is not installed", fix=_WASMTIME_FIX)
    if int(found.split(".")[0]) < _OLDEST_WASMTIME:
        raise RouteClosed(f"wasmtime {found} is too old", fix=_WASMTIME_FIX)


def wasmtime_solc(version: Version, context: Context) -> Solc:
    """soljson.js, compiled ahead of time first: now, or in the background while node serves."""
    settings = context.settings
    if version < _OLDEST_SOLC:
        raise RouteClosed(f"only soljson.js of {_OLDEST_SOLC} and newer is understood")
    _require_wasmtime()
    if settings.build == "never":
        raise RouteClosed("it was not compiled before, and INGOT_SOLC_BUILD=never forbids that now")
    try:
        soljson = find_soljson(version, settings=settings, cache=context.cache)
    except SoljsonMissing as error:
        raise RouteClosed(str(error), fix=error.fix) from error
    try:
        folder = context.cache.writable()
    except OSError as error:
        raise RouteClosed(f"no folder for the compiled module can be written: {error}") from error
    entry = entry_name(soljson.sha256)
    release = known_releases().get(version)
    request = BuildRequest(
        version=str(version),
        soljson=str(soljson.path),
        soljson_sha256=soljson.sha256,
        cache=str(folder),
        entry=entry,
        probe_sha256=release.probe_sha256 if release else "",
        detached=_in_background(context),
    )
    if reason := context.cache.failure(failure_name(entry)):
        raise RouteClosed(reason)
    if request.detached:
        _leave_to_background(request, context)
    return _build_now(request, context)


def _in_background(context: Context) -> bool:
    build = context.settings.build
    return build == "background" or (
        build == "auto" and hasattr(os, "fork") and find_node(context.settings.environ) is not None
    )


def _leave_to_background(request: BuildRequest, context: Context) -> None:
    """Raises: RouteClosed, always: the module is not there yet."""
    if not is_held(lock_path(Path(request.cache), request.entry)):
        context.progress(
            f"solc {request.version} runs on node while a faster build is made in the background"
        )
        # Until it is done nobody starts another; the build itself replaces or removes this note.
        reason = "it is being compiled in the background"
        context.cache.remember_failure(failure_name(request.entry), reason, for_s=_STARTED_S)
        if _finish(start(request)):
            context.cache.forget_failure(failure_name(request.entry))
            raise RouteClosed("the background build does not start")
    raise RouteClosed("it is being compiled in the background; until then node serves")


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
    return _of_module(module, Version.parse(request.version), context)


def _finish(process: subprocess.Popen[bytes]) -> str:
    """Wait for a build. Returns why it failed, or ""."""
    try:
        _, stderr = process.communicate()
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode < 0:
        return f"compiling it was killed by signal {-process.returncode}; it needs about 900 MB of memory"
    return last_words(stderr) if process.returncode else ""
