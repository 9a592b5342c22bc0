"""The route to a module that was compiled before. It is the usual one, so it loads nothing that it does not need."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.version import Version, commit_of
from ingot.compile.solc.wasm.instance import run_module
from ingot.compile.solc.wasm.module import ModuleError, load_module, wasmtime_version

if TYPE_CHECKING:
    from ingot.compile.solc.wasm.module import CompiledModule

__all__ = ["compiled_solc", "of_module", "require_wasmtime"]

_OLDEST_WASMTIME = 47
_WASMTIME_FIX = f"pip install 'wasmtime>={_OLDEST_WASMTIME}'"
_ABSENT = "it was not compiled before"


def compiled_solc(version: Version, context: Context) -> Solc:
    """A module that is in the cache."""
    sha256 = _sha256(version, context)
    if not sha256:
        raise RouteClosed(_ABSENT)
    require_wasmtime()
    try:
        module = load_module(context.cache, sha256)
    except ModuleError as error:
        raise RouteClosed(str(error), fix=_WASMTIME_FIX) from error
    if module is None:
        raise RouteClosed(_ABSENT)
    return of_module(module, version, context)


def _sha256(version: Version, context: Context) -> str:
    if release := known_releases().get(version):
        return release.soljson_sha256
    from ingot.compile.solc.soljson import unknown_sha256

    return unknown_sha256(version, project=context.settings.project, cache=context.cache)


def of_module(module: CompiledModule, version: Version, context: Context) -> Solc:
    """`module` as a Solc; where it crashes, node takes over."""

    def fallback() -> Solc:
        from ingot.compile.solc.routes import node_solc

        return node_solc(version, context)

    long_version = f"{version}+commit.{commit_of(module.long_version)}"
    run = partial(run_module, module, version=str(version))
    return Solc(version, long_version, "wasmtime", module.folder, run, fallback=fallback)


def require_wasmtime() -> None:
    """Raises: RouteClosed, if there is no wasmtime that can do it."""
    found = wasmtime_version()
    if not found:
        raise RouteClosed("wasmtime is not installed", fix=_WASMTIME_FIX)
    if int(found.split(".")[0]) < _OLDEST_WASMTIME:
        raise RouteClosed(f"wasmtime {found} is too old", fix=_WASMTIME_FIX)
